// SPDX-License-Identifier: GPL-3.0-or-later
// test_symptoms.c - onset, baseline and signs of incidents whose numbers are known, and what the
// hypotheses are given of them.
#include "frame_support.h"

#include "agent/diagnose/hypotheses.h"
#include "agent/diagnose/symptoms.h"

enum { ROWS = 128 };

typedef struct bench {
    desk d;
    symptoms *s;
    bool following, open; // trouble now; an incident
} bench;

// usual: api 100 ms at 10/s, cache 20 ms at 8/s, db 50 ms at 4/s, calls of 12 and 30 ms
static void usual(bench *b)
{
    static const double row[SERVICES][METRICS] = {
        {100, 0.01, 0.4, 0.5, 10, 0.3}, {20, 0, 0.2, 0.6, 8, 0.1}, {50, 0.002, 0.3, 0.7, 4, 0.2}};
    static const double edge[EDGES * 2] = {12, 10, 30, 25};
    memcpy(b->d.value, row, sizeof row);
    memcpy(b->d.edge, edge, sizeof edge);
    for (int v = 0; v < SERVICES; v++)
        b->d.ready[v] = 4;
}

static void bench_open(bench *b)
{
    desk_open(&b->d);
    b->s = malloc(symptoms_size(b->d.system, ROWS));
    assert_non_null(b->s);
    symptoms_init(b->s, b->d.system, ROWS);
    usual(b);
}

static void bench_close(bench *b)
{
    free(b->s);
    desk_close(&b->d);
}

static void live(bench *b, int ticks, bool alarm)
{
    for (int i = 0; i < ticks; i++) {
        b->d.frame.findings.alarm = alarm;
        symptoms_push(b->s, b->d.system, &b->d.obs);
        b->open = b->open || alarm || b->d.obs.breach;
        tend_view seen = {.obs = &b->d.obs,
                          .findings = &b->d.frame.findings,
                          .incident = b->d.frame.incident,
                          .incidents = b->open};
        b->following = symptoms_follow(b->s, b->d.system, &seen);
        if (b->following)
            symptoms_measure(b->s, b->d.system, &b->d.obs, 3);
        b->d.obs.tick++;
    }
}

static double *cell(bench *b, int service, int metric)
{
    return &b->d.value[service * METRICS + metric];
}

static void evidence_is_odd_soft_and_bounded(void **state)
{
    (void)state;
    assert_near(symptoms_evidence(0), 0, 1e-15);
    assert_near(symptoms_evidence(2), log(2), 1e-9);
    assert_near(symptoms_evidence(-2), -log(2), 1e-9);
    assert_near(symptoms_evidence(5), log(3.5), 1e-9);
    assert_near(symptoms_evidence(100), log(51), 1e-9);
    // the cap is reached at 107.2, before the logarithm is no longer asked
    for (double z = 0.25; z < 130; z += 0.25)
        assert_near(symptoms_evidence(z), fmin(log(1 + 0.5 * z), 4), 1e-9);
    assert_near(symptoms_evidence((double)INFINITY), 4, 0);
    assert_true(isnan(symptoms_evidence((double)NAN)));
    assert_near(symptoms_evidence(1e9), 4, 0);
    assert_near(symptoms_evidence(-1e9), -4, 0);
}

static void an_onset_is_where_something_first_stood_out(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    live(&b, 50, false);
    assert_false(b.following);
    assert_int_equal(b.s->since, -1);
    *cell(&b, DB, P95) = 90; // from tick 50 on, noticed at 57
    live(&b, 7, false);
    *cell(&b, API, P95) = 160; // from 57
    live(&b, 1, true);
    assert_true(b.following);
    assert_int_equal(b.s->since, 57);
    assert_int_equal(b.s->onset, 50);
    assert_int_equal(symptoms_services(b.s)[DB].first, 50);
    assert_int_equal(symptoms_services(b.s)[API].first, 57);
    assert_int_equal(symptoms_services(b.s)[CACHE].first, -1);
    // calm ticks are part of it until the incident is closed
    usual(&b);
    live(&b, 9, false);
    assert_int_equal(b.s->since, 57);
    b.open = false;
    live(&b, 1, false);
    assert_int_equal(b.s->since, -1);
    assert_int_equal(b.s->onset, -1);
    bench_close(&b);
}

// Calls and replicas stand behind the services in a row; an onset is one of services.
static void a_slow_call_is_no_onset(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    live(&b, 50, false);
    for (int i = 0; i < 2 * EDGES; i++)
        b.d.edge[i] = 900;
    live(&b, 7, false);
    *cell(&b, API, P95) = 160;
    live(&b, 1, true);
    assert_int_equal(b.s->onset, 57);
    bench_close(&b);
}

static void what_stands_out_is_beyond_five_floored_sigmas(void **state)
{
    (void)state;
    // sigma floors: 4 % + 0.5 ms, 0.003, 0.015, 0.008, 0.015; requests and ready are no symptom
    static const struct {
        int metric;
        double below, beyond;
    } rows[] = {{P95, 62.4, 62.6},      {ERRORS, 0.0169, 0.0171},     {CPU, 0.3745, 0.3755},
                {MEMORY, 0.739, 0.741}, {SATURATION, 0.2745, 0.2755}, {REQUESTS, 400, -1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int over = 0; over < 2 && (!over || rows[i].beyond > 0); over++) {
            bench b;
            bench_open(&b);
            live(&b, 50, false);
            *cell(&b, DB, rows[i].metric) = over ? rows[i].beyond : rows[i].below;
            live(&b, 4, false);
            b.d.obs.breach = true; // a breach is trouble as well as an alarm
            live(&b, 1, false);
            assert_true(b.following);
            int64_t right = over ? 50 : 54;
            if (b.s->onset != right)
                fail_msg("row %zu, %d: onset %d", i, over, (int)b.s->onset);
            bench_close(&b);
        }
}

static void one_quiet_row_is_passed_over_and_two_end_the_search(void **state)
{
    (void)state;
    for (int gap = 1; gap <= 2; gap++) {
        bench b;
        bench_open(&b);
        live(&b, 50, false);
        *cell(&b, DB, P95) = 90;
        live(&b, 3, false);
        *cell(&b, DB, P95) = 50;
        live(&b, gap, false);
        *cell(&b, DB, P95) = 90;
        live(&b, 2, false);
        live(&b, 1, true);
        assert_int_equal(b.s->onset, gap == 1 ? 50 : 55);
        bench_close(&b);
    }
}

static void the_signs_of_a_slow_database(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    live(&b, 60, false);
    *cell(&b, DB, P95) = 95;         // 45 ms of 2.5: 18 sigmas
    *cell(&b, API, P95) = 118;       // 18 ms of 4.5: 4 sigmas
    *cell(&b, API, ERRORS) = 0.04;   // 10 sigmas
    *cell(&b, DB, CPU) = 0.27;       // -2 sigmas
    *cell(&b, CACHE, MEMORY) = 0.62; // 2.5 sigmas
    *cell(&b, DB, REQUESTS) = 2;
    b.d.edge[2] = 60, b.d.edge[3] = 54;
    b.d.ready[DB] = 3;
    b.d.deploy_age[CACHE] = 1; // at the tick of the alarm: live since the tick before
    live(&b, 1, true);
    const service_signs *of = symptoms_services(b.s);
    const edge_signs *edge = symptoms_edges(b.s);
    assert_near(of[DB].base[SIGNAL_LATENCY], 50, 0);
    assert_near(of[DB].now[SIGNAL_LATENCY], 95, 0);
    assert_near(of[DB].z[SIGNAL_LATENCY], 18, 1e-12);
    assert_near(of[DB].e[SIGNAL_LATENCY], log(10), 1e-9);
    assert_near(of[API].z[SIGNAL_LATENCY], 4, 1e-12);
    assert_near(of[API].z[SIGNAL_ERRORS], 10, 1e-9);
    assert_near(of[DB].z[SIGNAL_CPU], -2, 1e-9);
    assert_near(of[DB].e[SIGNAL_CPU], -log(2), 1e-9);
    assert_near(of[CACHE].z[SIGNAL_MEMORY], 2.5, 1e-9);
    assert_near(of[DB].z[SIGNAL_REQUESTS], -2 / 0.46, 1e-9);
    // excess x requests; the caller's less its callees'
    assert_near(of[DB].impact[0], 90, 1e-9);
    assert_near(of[API].impact[0], 180, 1e-9);
    assert_near(of[API].own[0], 90, 1e-9);
    assert_near(of[API].share[0], 0.5, 1e-12);
    assert_near(of[DB].share[0], 0.5, 1e-12);
    assert_near(of[CACHE].share[0], 0, 0);
    assert_near(of[API].share[1], 1, 0);
    assert_near(of[API].below, 0.5, 1e-12);
    assert_near(of[DB].above, 1, 0);
    assert_near(of[API].above, 0, 0);
    // the call to db: 30 ms more at the client, 29 at the server
    assert_near(edge[API_DB].client, 30, 0);
    assert_near(edge[API_DB].server, 29, 0);
    assert_near(edge[API_DB].gap, 6, 0);
    assert_near(edge[API_DB].usual, 5, 0);
    assert_near(edge[API_DB].z, 1 / (0.3 + 3 + 1.2), 1e-12);
    assert_near(edge[API_DB].share, 0, 0);
    assert_near(of[API].link_out, edge[API_DB].e, 0);
    assert_near(of[DB].link_in, edge[API_DB].e, 0);
    assert_near(of[CACHE].link_in, 0, 0);
    // api: 0.6 of 18 ms, less 30 ms x 2 / 10.5 calls, over 1 + 5 % of 100 ms
    assert_near(of[API].own_mean, symptoms_evidence((10.8 - 30 * 2 / 10.5) / 6), 1e-12);
    assert_near(of[DB].own_mean, symptoms_evidence(29 / 3.5), 1e-12);
    assert_near(of[DB].amplified, log(2.5 / 4.5), 1e-9);
    assert_near(of[CACHE].amplified, 0, 1e-9);
    assert_near(of[API].starved, log(4.5 / 2.5), 1e-9);
    assert_near(of[CACHE].pushed, 0, 0);
    assert_near(of[DB].ready, 0.25, 1e-12);
    assert_near(of[CACHE].ready, 0, 0);
    assert_near(of[CACHE].deployed, 1 - 1.0 / 12, 1e-12);
    assert_near(of[DB].deployed, 0, 0);
    bench_close(&b);
}

static void a_deployment_counts_from_three_after_to_six_before_the_onset(void **state)
{
    (void)state;
    static const struct {
        double age, sign;
    } rows[] = {{0, 1}, {6, 0.5}, {7, 0}, {3, 0.75}, {1000, 0}, {NAN, 0}};
    bench b;
    bench_open(&b);
    live(&b, 50, false);
    *cell(&b, DB, P95) = 95;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        b.d.deploy_age[DB] = rows[i].age + (double)i; // the onset stays at 50
        live(&b, 1, true);
        assert_int_equal(b.s->onset, 50);
        assert_near(symptoms_services(b.s)[DB].deployed, rows[i].sign, 1e-12);
    }
    b.d.deploy_age[DB] = 3; // at tick 56: live since 53, three after
    live(&b, 1, true);
    assert_near(symptoms_services(b.s)[DB].deployed, 0.75, 1e-12);
    b.d.deploy_age[DB] = 3; // since 54
    live(&b, 1, true);
    assert_near(symptoms_services(b.s)[DB].deployed, 0, 0);
    bench_close(&b);
}

static void a_bad_link_shows_as_a_gap_and_a_rival_is_pushed(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    live(&b, 50, false);
    b.d.edge[0] = 112; // the call to cache waits on the way
    *cell(&b, DB, REQUESTS) = 17.5;
    live(&b, 5, true);
    const service_signs *of = symptoms_services(b.s);
    const edge_signs *edge = symptoms_edges(b.s);
    double z = 100 / (0.3 + 1.2 + 0.02 * 112);
    assert_near(edge[API_CACHE].z, z, 1e-9);
    assert_near(edge[API_CACHE].share, 1, 0);
    assert_near(of[API].link_out, symptoms_evidence(z), 1e-12);
    assert_near(of[CACHE].link_in, symptoms_evidence(z), 1e-12);
    assert_near(of[DB].link_in, 0, 0);
    assert_near(of[DB].amplified, log(4), 1e-9); // 18 over 4.5
    assert_near(of[CACHE].pushed, log(4), 1e-9);
    assert_near(of[DB].pushed, 0, 0);
    assert_near(of[API].starved, 0, 0);

    double sign[LINK_SIGNS];
    hypotheses_link(b.s, b.d.system, API_CACHE, sign);
    const double right[LINK_SIGNS] = {[0] = 1,
                                      [1] = symptoms_evidence(z),
                                      [2] = 1,
                                      [3] = log(102.1 / 2.1),
                                      [4] = symptoms_evidence(100),
                                      [15] = symptoms_evidence(z)};
    for (int i = 0; i < LINK_SIGNS; i++)
        assert_near(sign[i], right[i], 1e-9);
    verdict verdicts[SERVICES];
    double none = hypotheses_judge(b.s, b.d.system, &b.d.obs, verdicts);
    double all = none;
    for (int v = 0; v < SERVICES; v++) {
        all += verdicts[v].total;
        assert_true(verdicts[v].best <= verdicts[v].total + 1e-15);
    }
    assert_near(all, 1, 1e-12);
    assert_int_equal(verdicts[CACHE].family, TEND_FAMILY_NETWORK);
    assert_int_equal(verdicts[CACHE].edge, API_CACHE);
    assert_true(verdicts[CACHE].best > 0.5);
    bench_close(&b);
}

static void the_mean_is_of_the_last_rows_since_the_onset(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    live(&b, 50, false);
    const double p95[] = {80, 90, 110, 130};
    const double mean[] = {80, 85, 280.0 / 3, 110}; // of three at most
    for (int i = 0; i < 4; i++) {
        *cell(&b, DB, P95) = p95[i];
        live(&b, 1, true);
        assert_near(symptoms_services(b.s)[DB].now[SIGNAL_LATENCY], mean[i], 1e-9);
    }
    *cell(&b, DB, P95) = -5; // no measurement: the mean is of the others
    live(&b, 1, true);
    assert_near(symptoms_services(b.s)[DB].now[SIGNAL_LATENCY], 120, 1e-9);
    *cell(&b, DB, P95) = 1.1e12;
    live(&b, 2, true);
    assert_true(isnan(symptoms_services(b.s)[DB].now[SIGNAL_LATENCY]));
    assert_near(symptoms_services(b.s)[DB].z[SIGNAL_LATENCY], 0, 0);
    bench_close(&b);
}

static void check_none(bench *b, const service_signs *of)
{
    double none[NONE_SIGNS];
    b->d.obs.breach = true;
    hypotheses_none(b->s, b->d.system, &b->d.obs, none);
    assert_near(none[0], 1, 0);
    assert_near(none[1], of->e[SIGNAL_REQUESTS], 1e-12); // the most
    assert_near(none[2], 0, 0);
    assert_near(none[3], 1, 0);
    // beyond five sigmas: latency, errors and requests of db
    double all = of->e[SIGNAL_LATENCY] + of->e[SIGNAL_ERRORS] + of->e[SIGNAL_REQUESTS];
    assert_near(none[4], log(1 + all), 1e-9);
}

static void hypotheses_are_given_the_signs_in_their_order(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    live(&b, 60, false);
    *cell(&b, DB, P95) = 95;
    *cell(&b, DB, ERRORS) = 0.05;
    *cell(&b, DB, REQUESTS) = 17.5;
    *cell(&b, CACHE, REQUESTS) = 3.75;
    live(&b, 2, false);
    b.d.ready[DB] = 1;
    live(&b, 1, true);
    double sign[SERVICE_SIGNS];
    const service_signs *of = &symptoms_services(b.s)[DB];
    hypotheses_service(b.s, b.d.system, DB, sign);
    assert_true(of->share[0] > 0.9 && of->share[1] > 0.9 && of->amplified > 1);
    const double right[SERVICE_SIGNS] = {
        1,
        of->share[0],
        of->share[1],
        of->e[SIGNAL_LATENCY],
        of->e[SIGNAL_ERRORS],
        of->e[SIGNAL_CPU],
        of->e[SIGNAL_MEMORY],
        of->e[SIGNAL_REQUESTS],
        of->e[SIGNAL_SATURATION],
        of->own_mean,
        of->amplified,
        of->ready,
        of->deployed,
        0,   // a cache
        1,   // a database
        0,   // the entry
        1,   // how early it stood out
        0.7, // memory
        0.3, // cpu
        0.2, // saturation
        0.05,
        of->link_in,
        of->link_out,
        of->below,
        of->above,
        of->pushed,
        of->starved,
        of->share[0], // slow without working harder
        of->share[1] * of->e[SIGNAL_ERRORS],
        of->share[0] * of->e[SIGNAL_LATENCY],
    };
    for (int i = 0; i < SERVICE_SIGNS; i++)
        if (!(fabs(sign[i] - right[i]) < 1e-12))
            fail_msg("sign %d is %g, expected %g", i, sign[i], right[i]);
    hypotheses_service(b.s, b.d.system, API, sign);
    assert_near(sign[13], 0, 0);
    assert_near(sign[14], 0, 0);
    assert_near(sign[15], 1, 0);
    assert_near(sign[16], 0, 0); // it never stood out
    hypotheses_service(b.s, b.d.system, CACHE, sign);
    assert_near(sign[13], 1, 0);
    assert_near(sign[25], log(4), 1e-9); // pushed
    check_none(&b, of);
    bench_close(&b);
}

// A late onset leaves good rows behind the first baseline: it is learnt again, up to the onset.
static void the_second_baseline_ends_where_the_trouble_begins(void **state)
{
    (void)state;
    // requests are no symptom: ever more of them, and far more in the trouble that nobody notices
    static const struct {
        int until, requests;
    } spans[] = {{47, 4}, {73, 6}, {100, 8}, {125, 20}};
    bench b;
    bench_open(&b);
    for (int i = 0, t = 0; i < 4; i++) {
        *cell(&b, DB, REQUESTS) = spans[i].requests;
        *cell(&b, DB, P95) = i < 3 ? 50 : 90;
        live(&b, spans[i].until - t, false);
        t = spans[i].until;
    }
    live(&b, 1, true);
    assert_int_equal(b.s->onset, 100);
    // of the rows up to 85 it would be 4, of all but the first 27 it would be 8
    assert_near(symptoms_services(b.s)[DB].base[SIGNAL_REQUESTS], 6, 0);
    bench_close(&b);
}

static void where_nothing_stands_out_nothing_is_wrong(void **state)
{
    (void)state;
    bench b;
    verdict verdicts[SERVICES];
    bench_open(&b);
    live(&b, 60, false);
    live(&b, 2, true);
    assert_near(hypotheses_judge(b.s, b.d.system, &b.d.obs, verdicts), 1, 0);
    for (int v = 0; v < SERVICES; v++)
        assert_near(verdicts[v].total, 0, 0);
    // just under five sigmas of latency is nothing, just over is something
    *cell(&b, DB, P95) = 50 + 2.5 * 4.95;
    live(&b, 3, true);
    assert_near(hypotheses_judge(b.s, b.d.system, &b.d.obs, verdicts), 1, 0);
    *cell(&b, DB, P95) = 50 + 2.5 * 5.05;
    live(&b, 3, true);
    assert_true(hypotheses_judge(b.s, b.d.system, &b.d.obs, verdicts) < 1);
    usual(&b);
    live(&b, 3, true);
    b.d.obs.breach = true; // a breach is something, whatever stands out
    assert_true(hypotheses_judge(b.s, b.d.system, &b.d.obs, verdicts) < 1);
    b.d.obs.breach = false;
    assert_near(hypotheses_judge(b.s, b.d.system, &b.d.obs, verdicts), 1, 0);
    b.d.ready[CACHE] = 3; // so is a missing replica
    live(&b, 1, true);
    assert_true(hypotheses_judge(b.s, b.d.system, &b.d.obs, verdicts) < 1);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_is_odd_soft_and_bounded),
        cmocka_unit_test(an_onset_is_where_something_first_stood_out),
        cmocka_unit_test(a_slow_call_is_no_onset),
        cmocka_unit_test(what_stands_out_is_beyond_five_floored_sigmas),
        cmocka_unit_test(one_quiet_row_is_passed_over_and_two_end_the_search),
        cmocka_unit_test(the_signs_of_a_slow_database),
        cmocka_unit_test(a_deployment_counts_from_three_after_to_six_before_the_onset),
        cmocka_unit_test(a_bad_link_shows_as_a_gap_and_a_rival_is_pushed),
        cmocka_unit_test(the_mean_is_of_the_last_rows_since_the_onset),
        cmocka_unit_test(hypotheses_are_given_the_signs_in_their_order),
        cmocka_unit_test(the_second_baseline_ends_where_the_trouble_begins),
        cmocka_unit_test(where_nothing_stands_out_nothing_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
