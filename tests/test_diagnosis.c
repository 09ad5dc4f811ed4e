// SPDX-License-Identifier: GPL-3.0-or-later
// test_diagnosis.c - what surrounds a ranking, whoever ranks: when one is made, suspects in order,
// the evidence that is told. The probabilities are the test's own.
#include "frame_support.h"

#include "agent/diagnose/diagnosis.h"

static double likely_given[SERVICES];
static double none_given;
static int ranked;

static double rank(const tend_node *me, const diagnosis_look *look, double *likely, double *scratch)
{
    (void)me, (void)look, (void)scratch;
    memcpy(likely, likely_given, sizeof likely_given);
    ranked++;
    return none_given;
}

typedef struct bench {
    desk d;
    diagnosis_params params;
    tend_node me;
    tend_suspect suspect[SERVICES + EDGES];
    tend_causes causes;
} bench;

// usual: api 100 ms at 10/s, cache 20 ms at 8/s, db 50 ms at 4/s, calls of 12 and 30 ms
static void usual(bench *b)
{
    static const double row[SERVICES][METRICS] = {
        {100, 0, 0.4, 0.5, 10, 0.3}, {20, 0, 0.2, 0.6, 8, 0.1}, {50, 0, 0.3, 0.7, 4, 0.2}};
    static const double edge[EDGES * 2] = {12, 10, 30, 25};
    memcpy(b->d.value, row, sizeof row);
    memcpy(b->d.edge, edge, sizeof edge);
}

static void bench_open(bench *b)
{
    memset(b, 0, sizeof *b);
    desk_open(&b->d);
    b->params = (diagnosis_params){.rows = 120,
                                   .recent = 1,
                                   .eager = 3,
                                   .every = 4,
                                   .doubt = 0.5,
                                   .look_back = 60,
                                   .healed = 24};
    evidence_defaults(&b->params.evidence);
    b->me = (tend_node){.system = b->d.system, .params = &b->params};
    b->me.state = calloc(1, diagnosis_size(b->d.system, &b->params));
    diagnosis_init(&b->me, 1);
    usual(b);
    for (int s = 0; s < SERVICES; s++)
        likely_given[s] = 0.1;
    none_given = 0;
    ranked = 0;
}

static void bench_close(bench *b)
{
    free(b->me.state);
    desk_close(&b->d);
}

static void live(bench *b, int ticks, bool alarm, bool open)
{
    for (int i = 0; i < ticks; i++) {
        b->d.frame.findings.alarm = alarm;
        b->causes = (tend_causes){.suspect = b->suspect, .room = SERVICES + EDGES, .onset = -1};
        tend_view seen = {.obs = &b->d.obs,
                          .findings = &b->d.frame.findings,
                          .incident = b->d.frame.incident,
                          .incidents = open};
        diagnosis_step(&b->me, &seen, rank, &b->causes);
        b->d.obs.tick++;
    }
}

// In each of the first three ticks of an incident, then every fourth.
static void rankings_are_eager_at_first_and_then_paced(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    live(&b, 60, false, false);
    assert_int_equal(ranked, 0);
    static const int made[] = {1, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5};
    for (int i = 0; i < 11; i++) {
        live(&b, 1, true, true);
        assert_int_equal(ranked, made[i]);
        assert_int_equal(b.causes.count, SERVICES); // the last one is kept meanwhile
        assert_int_equal(b.causes.onset, 58);       // no level changed: shortly before the alarm
    }
    live(&b, 1, false, true); // quiet within it: nothing is said
    assert_int_equal(b.causes.count, 0);
    live(&b, 1, false, false);
    live(&b, 1, true, true); // the next incident is ranked at once
    assert_int_equal(ranked, 6);
    bench_close(&b);
}

static void suspects_come_by_confidence_and_doubt_abstains(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    live(&b, 60, false, false);
    likely_given[API] = 0.2;
    likely_given[CACHE] = 0.2;
    likely_given[DB] = 0.55;
    b.d.value[DB * METRICS + CPU] = 0.9;
    b.d.value[DB * METRICS + P95] = 120;
    live(&b, 1, true, true);
    static const int order[] = {DB, API, CACHE}; // of equals the first
    for (int i = 0; i < 3; i++)
        assert_int_equal(b.causes.suspect[i].service, order[i]);
    for (int i = 0; i < 3; i++) // a call is suspected where the network is
        assert_int_equal(b.causes.suspect[i].edge, -1);
    assert_int_not_equal(b.causes.suspect[0].family, TEND_FAMILY_NETWORK);
    assert_near(b.causes.suspect[0].confidence, 0.55, 0);
    // cpu is 0.6 / 0.015 sigmas off, latency 70 / 5
    assert_int_equal(b.causes.suspect[0].metric, CPU);
    assert_int_equal(b.causes.suspect[1].metric, -1);
    // as likely as the likeliest place
    none_given = 0.5499;
    live(&b, 1, true, true);
    assert_int_equal(b.causes.count, SERVICES);
    none_given = 0.55;
    live(&b, 1, true, true);
    assert_int_equal(b.causes.count, 0);
    assert_int_equal(b.causes.evidence_count, 0);
    assert_int_equal(b.causes.onset, -1);
    // users suffer: something is wrong, and until the incident is over it was not nothing
    assert_int_equal(ranked, 3); // the next look is not due yet
    b.d.obs.breach = true;
    live(&b, 1, true, true);
    assert_int_equal(ranked, 4);
    assert_int_equal(b.causes.count, SERVICES);
    b.d.obs.breach = false;
    live(&b, 8, true, true);
    assert_int_equal(b.causes.count, SERVICES);
    live(&b, 1, false, false);
    // nor does it matter whether the breach met a look
    none_given = 0;
    live(&b, 4, true, true);
    none_given = 0.55;
    b.d.obs.breach = true;
    live(&b, 1, true, true);
    b.d.obs.breach = false;
    int before = ranked;
    live(&b, 4, true, true);
    assert_int_equal(ranked, before + 1);
    assert_int_equal(b.causes.count, SERVICES);
    live(&b, 1, false, false);
    live(&b, 1, true, true);
    assert_int_equal(b.causes.count, 0);
    bench_close(&b);
}

static const tend_evidence *told(const bench *b, tend_evidence_kind kind, int service, int n)
{
    for (int i = 0; i < b->causes.evidence_count; i++)
        if (b->causes.evidence[i].kind == kind && b->causes.evidence[i].service == service &&
            n-- == 0)
            return &b->causes.evidence[i];
    return NULL;
}

static double clear(double z)
{
    return z * z / (z * z + 9);
}

// db is 90 ms slower at 4 requests, 18 sigmas of 5 ms; api 60 ms at 10, 6 sigmas of 10 ms.
static void evidence_is_told_for_the_suspects_and_against_who_is_explained(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    live(&b, 60, false, false);
    likely_given[DB] = 0.8;
    double db = clear(18) * 90 * 4, api = clear(6) * 60 * 10;
    b.d.value[DB * METRICS + P95] = 140;
    b.d.value[API * METRICS + P95] = 160;
    b.d.deploy_age[DB] = 2;
    live(&b, 1, true, true);
    const tend_evidence *e = told(&b, TEND_EVIDENCE_ONSET, DB, 0);
    assert_non_null(e);
    assert_int_equal(e->tick, 60);
    assert_ptr_equal(e, &b.causes.evidence[0]);
    e = told(&b, TEND_EVIDENCE_DEPLOY, DB, 0); // two ticks before the onset
    assert_non_null(e);
    assert_near(e->value, 2, 1e-12);
    e = told(&b, TEND_EVIDENCE_IMPACT, DB, 0);
    assert_non_null(e);
    assert_near(e->value, db, 1e-9);
    assert_near(e->reference, db, 1e-9);
    assert_near(e->weight, db / api, 1e-12); // api adds what is left
    assert_int_equal(e->metric, P95);
    e = told(&b, TEND_EVIDENCE_DEVIATION, DB, 0);
    assert_non_null(e);
    assert_int_equal(e->metric, P95);
    assert_near(e->value, 140, 1e-9);
    assert_near(e->reference, 50, 1e-9);
    assert_near(e->weight, 18, 1e-9);
    assert_int_equal(e->tick, 60);
    assert_null(told(&b, TEND_EVIDENCE_DEVIATION, DB, 1));
    e = told(&b, TEND_EVIDENCE_EXPLAINED, API, 0);
    assert_non_null(e);
    assert_true(e->against);
    assert_int_equal(e->other, DB);
    assert_near(e->value, 0, 1e-9); // the db shows all of it in one call
    assert_near(e->reference, api, 1e-9);
    assert_near(e->weight, 6, 1e-9);
    assert_null(told(&b, TEND_EVIDENCE_EXPLAINED, API, 1));
    for (int i = 0; i < b.causes.evidence_count; i++) {
        tend_evidence_kind kind = b.causes.evidence[i].kind;
        assert_true(b.causes.evidence[i].against ==
                    (kind == TEND_EVIDENCE_EXPLAINED || kind == TEND_EVIDENCE_USUAL ||
                     kind == TEND_EVIDENCE_NOTHING_OWN));
        // what speaks for comes first
        assert_true(i == 0 || !b.causes.evidence[i - 1].against || b.causes.evidence[i].against);
    }
    bench_close(&b);
}

// The onset is found to be at 60; a version of four ticks later has nothing to do with it.
static void a_deployment_is_told_as_before_or_after_the_onset(void **state)
{
    (void)state;
    static const struct {
        double age;   // at tick 64
        double value; // ticks before the onset, NAN: not told
    } rows[] = {{10, 6}, {6, 2}, {4, 0}, {3, -1}, {1, -3}, {0, NAN}, {11, NAN}, {NAN, NAN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        bench_open(&b);
        live(&b, 60, false, false);
        likely_given[DB] = 0.8;
        b.d.value[DB * METRICS + P95] = 110;
        live(&b, 4, true, true);
        b.d.deploy_age[DB] = rows[i].age;
        b.params.every = 1; // a ranking at 64
        live(&b, 1, true, true);
        assert_int_equal(b.causes.onset, 60);
        const tend_evidence *e = told(&b, TEND_EVIDENCE_DEPLOY, DB, 0);
        assert_int_equal(e != NULL, !isnan(rows[i].value));
        if (e)
            assert_near(e->value, rows[i].value, 1e-12);
        bench_close(&b);
    }
}

static void a_caller_is_explained_by_half_of_its_trouble_whoever_is_blamed(void **state)
{
    (void)state;
    static const struct {
        double api, db; // ms more
        int first;
        bool explained;
    } rows[] = {{60, 90, DB, true},  {60, 36, DB, true}, // 30.7 of 60 ms, and next 29.6
                {60, 35, DB, false}, {41, 90, DB, true}, // four sigmas are 40 ms
                {39, 90, DB, false}, {60, 90, API, true}, {60, 35, API, false}, {60, 0, DB, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        bench_open(&b);
        live(&b, 60, false, false);
        likely_given[rows[i].first] = 0.8;
        b.d.value[DB * METRICS + P95] = 50 + rows[i].db;
        b.d.value[API * METRICS + P95] = 100 + rows[i].api;
        live(&b, 1, true, true);
        assert_int_equal(told(&b, TEND_EVIDENCE_EXPLAINED, API, 0) != NULL, rows[i].explained);
        bench_close(&b);
    }
}

// The gap of a call is told for a suspected edge; of many deviations three, of suspects three.
static void a_suspected_call_shows_its_gap_and_a_suspect_three_deviations(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    live(&b, 60, false, false);
    likely_given[DB] = 0.8;
    b.d.edge[2 * API_DB] = 75;
    live(&b, 1, true, true);
    assert_int_equal(b.causes.suspect[0].family, TEND_FAMILY_NETWORK);
    const tend_evidence *e = told(&b, TEND_EVIDENCE_EDGE_GAP, DB, 0);
    assert_non_null(e);
    assert_int_equal(e->edge, API_DB);
    assert_near(e->value, 50, 1e-9);
    assert_near(e->reference, 5, 1e-9);
    assert_near(e->weight, 45 / (0.15 * 30 * 1.1), 1e-9); // of a client's level of 60 rows
    assert_null(told(&b, TEND_EVIDENCE_EDGE_GAP, API, 0));
    for (int m = 0; m < METRICS; m++)
        b.d.value[DB * METRICS + m] *= 3;
    b.d.value[DB * METRICS + ERRORS] = 0.2;
    live(&b, 1, true, true);
    int deviations = 0;
    while (told(&b, TEND_EVIDENCE_DEVIATION, DB, deviations))
        deviations++;
    assert_int_equal(deviations, 3);
    bench_close(&b);
}

// Of latencies nobody took there is no gap, and no call to suspect.
static void an_untimed_call_has_no_gap(void **state)
{
    (void)state;
    static const struct {
        double client, later; // ms before and during the incident
        bool told;
    } rows[] = {{30, 75, true}, {NAN, NAN, false}, {30, NAN, false}, {NAN, 75, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        bench_open(&b);
        b.d.edge[2 * API_DB] = rows[i].client;
        live(&b, 60, false, false);
        likely_given[DB] = 0.8;
        b.d.edge[2 * API_DB] = rows[i].later;
        live(&b, 1, true, true);
        assert_int_equal(b.causes.suspect[0].service, DB);
        assert_int_equal(b.causes.suspect[0].edge, rows[i].told ? API_DB : -1);
        assert_int_equal(told(&b, TEND_EVIDENCE_EDGE_GAP, DB, 0) != NULL, rows[i].told);
        bench_close(&b);
    }
}

// Levels change 20 ticks before the alarm.
static void an_onset_is_looked_for_as_far_back_as_it_says(void **state)
{
    (void)state;
    static const struct {
        double look_back;
        int64_t onset;
    } rows[] = {{60, 40}, {20, 40}, {5, 55}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        bench_open(&b);
        b.params.look_back = rows[i].look_back;
        live(&b, 40, false, false);
        b.d.value[DB * METRICS + P95] = 150;
        live(&b, 20, false, false);
        live(&b, 1, true, true);
        assert_int_equal(b.causes.onset, rows[i].onset);
        bench_close(&b);
    }
}

// 40 ticks after an incident in which the store stayed slower than it was.
static void what_an_incident_left_is_usual_once_it_has_lasted(void **state)
{
    (void)state;
    static const struct {
        double healed, before;
    } rows[] = {{24, 80}, {40, 80}, {41, 50}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        bench_open(&b);
        b.params.healed = rows[i].healed;
        live(&b, 60, false, false);
        b.d.value[DB * METRICS + P95] = 200;
        live(&b, 10, true, true);
        b.d.value[DB * METRICS + P95] = 80;
        live(&b, 40, false, false);
        b.d.value[DB * METRICS + P95] = 200;
        live(&b, 1, true, true);
        const diagnosis *d = b.me.state;
        const evidence *x = (const evidence *)(const void *)((const char *)d + d->evidence_at);
        assert_near(evidence_services(x)[DB].of[CHANNEL_LATENCY].before, rows[i].before, 0);
        bench_close(&b);
    }
}

// Latency grows by 3.6 sigmas a tick before the alarm: of three rows it is noise, of four a change,
// which is seen when next one is looked for, in the fourth tick.
static void an_onset_is_looked_for_anew_at_growing_distances(void **state)
{
    (void)state;
    static const int64_t onset[] = {58, 58, 58, 59, 59, 59};
    bench b;
    bench_open(&b);
    b.params.every = 1;
    live(&b, 59, false, false);
    b.d.value[DB * METRICS + P95] = 59;
    live(&b, 1, false, false);
    for (int i = 0; i < 6; i++) {
        live(&b, 1, true, true);
        assert_int_equal(b.causes.onset, onset[i]);
    }
    bench_close(&b);
}

// An alarm that was there before anything was known is held against what came with it.
static void where_nothing_was_known_what_changes_since_is_told(void **state)
{
    (void)state;
    for (int known = 3; known < 60; known += 56) {
        bench b;
        bench_open(&b);
        b.params.every = 1;
        live(&b, known, false, false);
        live(&b, 20, true, true);
        assert_int_equal(b.causes.onset, known == 3 ? 3 + 20 - 1 - 2 : known - 2);
        b.d.value[DB * METRICS + P95] = 200;
        live(&b, 3, true, true);
        const diagnosis *d = b.me.state;
        const evidence *x = (const evidence *)(const void *)((const char *)d + d->evidence_at);
        assert_true(evidence_services(x)[DB].of[CHANNEL_LATENCY].z > EVIDENCE_ODD);
        bench_close(&b);
    }
}

// The newest rows, and none from before the onset.
static void what_is_measured_is_recent_and_of_the_incident(void **state)
{
    (void)state;
    static const struct {
        double recent;
        int ticks;
        double now;
    } rows[] = {{10, 1, 140}, {10, 10, 140}, {4, 10, 140}, {4, 14, 60}, {60, 14, 140}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        bench_open(&b);
        b.params.recent = rows[i].recent;
        b.params.every = 1;
        live(&b, 60, false, false);
        for (int t = 0; t < rows[i].ticks; t++) {
            b.d.value[DB * METRICS + P95] = t < 10 ? 140 : 60;
            live(&b, 1, true, true);
        }
        const diagnosis *d = b.me.state;
        const evidence *x = (const evidence *)(const void *)((const char *)d + d->evidence_at);
        assert_int_equal(b.causes.onset, 60);
        assert_near(evidence_services(x)[DB].of[CHANNEL_LATENCY].now, rows[i].now, 0);
        bench_close(&b);
    }
}

// Users who suffer are trouble enough, whatever the detector says.
static void a_breach_without_an_alarm_is_ranked(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    live(&b, 60, false, false);
    b.d.obs.breach = true;
    live(&b, 1, false, true);
    assert_int_equal(ranked, 1);
    assert_int_equal(b.causes.count, SERVICES);
    b.d.obs.breach = false;
    live(&b, 1, false, true);
    assert_int_equal(b.causes.count, 0);
    bench_close(&b);
}

// A call that loses some time is no suspect where its callee is plainly busy.
static void a_call_is_suspected_where_the_network_is_alone(void **state)
{
    (void)state;
    for (int busy = 0; busy < 2; busy++) {
        bench b;
        bench_open(&b);
        live(&b, 60, false, false);
        likely_given[DB] = 0.8;
        b.d.edge[2 * API_DB] = busy ? 36 : 75;
        b.d.value[DB * METRICS + CPU] = busy ? 0.95 : 0.3;
        b.d.value[DB * METRICS + P95] = busy ? 200 : 50;
        live(&b, 1, true, true);
        assert_int_equal(b.causes.suspect[0].service, DB);
        assert_int_equal(b.causes.suspect[0].family == TEND_FAMILY_NETWORK, !busy);
        assert_int_equal(b.causes.suspect[0].edge, busy ? -1 : API_DB);
        bench_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rankings_are_eager_at_first_and_then_paced),
        cmocka_unit_test(suspects_come_by_confidence_and_doubt_abstains),
        cmocka_unit_test(evidence_is_told_for_the_suspects_and_against_who_is_explained),
        cmocka_unit_test(a_deployment_is_told_as_before_or_after_the_onset),
        cmocka_unit_test(a_caller_is_explained_by_half_of_its_trouble_whoever_is_blamed),
        cmocka_unit_test(an_untimed_call_has_no_gap),
        cmocka_unit_test(an_onset_is_looked_for_as_far_back_as_it_says),
        cmocka_unit_test(what_an_incident_left_is_usual_once_it_has_lasted),
        cmocka_unit_test(a_suspected_call_shows_its_gap_and_a_suspect_three_deviations),
        cmocka_unit_test(an_onset_is_looked_for_anew_at_growing_distances),
        cmocka_unit_test(where_nothing_was_known_what_changes_since_is_told),
        cmocka_unit_test(what_is_measured_is_recent_and_of_the_incident),
        cmocka_unit_test(a_breach_without_an_alarm_is_ranked),
        cmocka_unit_test(a_call_is_suspected_where_the_network_is_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
