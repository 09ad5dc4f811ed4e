// SPDX-License-Identifier: GPL-3.0-or-later
// test_hypotheses.c - verdicts as a softmax over hypotheses, worked out again from their signs and
// the fitted weights: of a service the sum, the likeliest and its call.
#include "frame_support.h"

#include "agent/diagnose/hypotheses.h"
#include "agent/diagnose/hypotheses_fit.h"
#include "agent/diagnose/symptoms.h"

enum { ROWS = 128, KINDS = sizeof fit_service / sizeof *fit_service };

typedef struct bench {
    desk d;
    symptoms *s;
} bench;

static void usual(bench *b)
{
    static const double row[SERVICES][METRICS] = {
        {100, 0.01, 0.4, 0.5, 10, 0.3}, {20, 0, 0.2, 0.6, 8, 0.1}, {50, 0.002, 0.3, 0.7, 4, 0.2}};
    static const double edge[EDGES * 2] = {12, 10, 30, 25};
    memcpy(b->d.value, row, sizeof row);
    memcpy(b->d.edge, edge, sizeof edge);
}

static void live(bench *b, int ticks, bool alarm)
{
    for (int i = 0; i < ticks; i++) {
        b->d.frame.findings.alarm = alarm;
        symptoms_push(b->s, b->d.system, &b->d.obs);
        tend_view seen = {.obs = &b->d.obs,
                          .findings = &b->d.frame.findings,
                          .incident = b->d.frame.incident,
                          .incidents = alarm};
        if (symptoms_follow(b->s, b->d.system, &seen))
            symptoms_measure(b->s, b->d.system, &b->d.obs, 3);
        b->d.obs.tick++;
    }
}

static void bench_open(bench *b)
{
    desk_open(&b->d);
    b->s = calloc(1, symptoms_size(b->d.system, ROWS));
    assert_non_null(b->s);
    symptoms_init(b->s, b->d.system, ROWS);
    usual(b);
    live(b, 60, false);
}

static void bench_close(bench *b)
{
    free(b->s);
    desk_close(&b->d);
}

// e to the weighted sum of the signs, which is kept within 60
static double odds(const double *weight, const double *sign, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += weight[i] * sign[i];
    return exp(sum > 60 ? 60 : sum < -60 ? -60 : sum);
}

typedef struct expected {
    double total, best;
    int family, edge;
} expected;

static void offer(expected *e, double weight, int family, int edge)
{
    e->total += weight;
    if (weight > e->best)
        *e = (expected){e->total, weight, family, edge};
}

// The verdicts of this moment by the book; returns the share of "nothing is wrong".
static double by_the_book(bench *b, expected want[SERVICES])
{
    double sign[SERVICE_SIGNS + LINK_SIGNS], all;
    hypotheses_none(b->s, b->d.system, &b->d.obs, sign);
    double none = all = odds(fit_none, sign, NONE_SIGNS);
    for (int v = 0; v < SERVICES; v++) {
        want[v] = (expected){0, 0, 0, -1};
        hypotheses_service(b->s, b->d.system, v, sign);
        for (int k = 0; k < KINDS; k++)
            offer(&want[v], odds(fit_service[k].weight, sign, SERVICE_SIGNS),
                  (int)fit_service[k].family, -1);
    }
    for (int e = 0; e < EDGES; e++) {
        hypotheses_link(b->s, b->d.system, e, sign);
        offer(&want[b->d.system->edges[e].callee], odds(fit_link, sign, LINK_SIGNS),
              TEND_FAMILY_NETWORK, e);
    }
    for (int v = 0; v < SERVICES; v++)
        all += want[v].total;
    for (int v = 0; v < SERVICES; v++)
        want[v].total /= all, want[v].best /= all;
    return none / all;
}

static void judged_by_the_book(bench *b, verdict verdicts[SERVICES])
{
    expected want[SERVICES];
    double none = hypotheses_judge(b->s, b->d.system, &b->d.obs, verdicts);
    assert_near(none, by_the_book(b, want), 1e-9);
    double sum = none;
    for (int v = 0; v < SERVICES; v++) {
        assert_near(verdicts[v].total, want[v].total, 1e-9);
        assert_near(verdicts[v].best, want[v].best, 1e-9);
        assert_int_equal(verdicts[v].family, want[v].family);
        assert_int_equal(verdicts[v].edge, want[v].edge);
        sum += verdicts[v].total;
    }
    assert_near(sum, 1, 1e-12);
}

static void value(bench *b, int service, int metric, double x)
{
    b->d.value[service * METRICS + metric] = x;
}

static void verdicts_are_shares_of_all_hypotheses(void **state)
{
    (void)state;
    bench b;
    verdict verdicts[SERVICES];
    bench_open(&b); // a slow database, felt at the entry
    value(&b, DB, P95, 300);
    value(&b, API, P95, 350);
    b.d.edge[2 * API_DB] = 280, b.d.edge[2 * API_DB + 1] = 275;
    live(&b, 3, true);
    judged_by_the_book(&b, verdicts);
    assert_true(verdicts[DB].total > verdicts[API].total && verdicts[DB].total > 0.5);
    assert_int_equal(verdicts[DB].edge, -1);
    bench_close(&b);

    bench_open(&b); // a busy cpu
    value(&b, DB, CPU, 0.99);
    value(&b, DB, P95, 120);
    live(&b, 3, true);
    judged_by_the_book(&b, verdicts);
    assert_true(verdicts[DB].total > 0.5);
    bench_close(&b);

    bench_open(&b); // a slow link: the client waits, the server does not work longer
    b.d.edge[2 * API_DB] = 330;
    value(&b, API, P95, 420);
    live(&b, 3, true);
    judged_by_the_book(&b, verdicts);
    assert_true(verdicts[DB].total > 0.5);
    assert_int_equal(verdicts[DB].family, TEND_FAMILY_NETWORK);
    assert_int_equal(verdicts[DB].edge, API_DB);
    bench_close(&b);
}

static void a_link_is_given_both_its_ends_in_order(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    value(&b, DB, P95, 95);
    value(&b, DB, ERRORS, 0.05);
    value(&b, DB, CPU, 0.5);
    value(&b, DB, SATURATION, 0.6);
    value(&b, DB, REQUESTS, 9);
    value(&b, API, P95, 300);
    value(&b, API, ERRORS, 0.2);
    value(&b, API, REQUESTS, 11);
    b.d.ready[DB] = 1;
    b.d.edge[2 * API_DB] = 90, b.d.edge[2 * API_DB + 1] = 40;
    live(&b, 1, true);
    const service_signs *near = &symptoms_services(b.s)[API], *far = &symptoms_services(b.s)[DB];
    const edge_signs *of = &symptoms_edges(b.s)[API_DB];
    double sign[LINK_SIGNS];
    const double right[LINK_SIGNS] = {
        1,
        of->e,
        of->share,
        log(50.1 / 5.1), // ms between client and server, now and usually
        symptoms_evidence(60),
        symptoms_evidence(15),
        near->share[1],
        near->e[SIGNAL_ERRORS],
        far->e[SIGNAL_ERRORS],
        far->e[SIGNAL_LATENCY],
        far->e[SIGNAL_CPU],
        far->e[SIGNAL_SATURATION],
        far->amplified,
        far->ready,
        far->share[0],
        of->share * of->e,
    };
    hypotheses_link(b.s, b.d.system, API_DB, sign);
    for (int i = 0; i < LINK_SIGNS; i++) {
        if (!(fabs(sign[i] - right[i]) < 1e-9))
            fail_msg("sign %d is %g, expected %g", i, sign[i], right[i]);
        // those of the two ends all differ, so that none can stand for another
        for (int k = 6; i >= 6 && k < i; k++)
            if (fabs(right[i] - right[k]) < 1e-3)
                fail_msg("signs %d and %d are both %g", k, i, right[i]);
    }
    bench_close(&b);
}

static void a_whisper_is_nothing_unless_the_objective_is_breached(void **state)
{
    (void)state;
    for (int breach = 0; breach < 2; breach++) {
        bench b;
        verdict verdicts[SERVICES];
        bench_open(&b);
        live(&b, 1, true);
        b.d.obs.breach = breach;
        double none = hypotheses_judge(b.s, b.d.system, &b.d.obs, verdicts);
        if (breach) {
            judged_by_the_book(&b, verdicts);
        } else {
            assert_near(none, 1, 0);
            for (int v = 0; v < SERVICES; v++)
                assert_near(verdicts[v].total, 0, 0);
        }
        bench_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_are_shares_of_all_hypotheses),
        cmocka_unit_test(a_link_is_given_both_its_ends_in_order),
        cmocka_unit_test(a_whisper_is_nothing_unless_the_objective_is_breached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
