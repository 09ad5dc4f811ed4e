// SPDX-License-Identifier: GPL-3.0-or-later
// test_own.c - what we did ourselves is no evidence, what happens beside it is.
#include "frame_support.h"

#include "agent/diagnose/diagnosis.h"
#include "agent/plugins.h"

enum { QUIET = 60, ROWS_KEPT = 120 };

typedef struct bench {
    desk d;
    double params[TEND_PARAMS_MAX];
    tend_node me;
    tend_suspect suspect[SERVICES + EDGES];
    tend_causes causes;
    tend_receipt receipt[4];
} bench;

static void bench_open(bench *b)
{
    static const double row[SERVICES][METRICS] = {
        {100, 0, 0.4, 0.5, 10, 0.3}, {20, 0, 0.2, 0.6, 8, 0.1}, {50, 0, 0.3, 0.7, 4, 0.2}};
    static const double edge[EDGES * 2] = {12, 10, 30, 25};
    memset(b, 0, sizeof *b);
    desk_open(&b->d);
    memcpy(b->d.value, row, sizeof row);
    memcpy(b->d.edge, edge, sizeof edge);
    for (int s = 0; s < SERVICES; s++)
        b->d.ready[s] = 3;
    for (const tend_param *p = diagnose_impact.base.params; p->name; p++)
        *(double *)(void *)((char *)b->params + p->offset) = p->initial;
    b->me = (tend_node){.system = b->d.system, .params = b->params};
    b->me.state = calloc(1, diagnose_impact.base.state_size(b->d.system, b->params));
    assert_non_null(b->me.state);
    diagnose_impact.base.init(&b->me, 1);
    b->d.obs.receipt = b->receipt;
}

static void bench_close(bench *b)
{
    free(b->me.state);
    desk_close(&b->d);
}

static void live(bench *b, int ticks, bool trouble)
{
    for (int i = 0; i < ticks; i++) {
        b->d.frame.findings.alarm = trouble;
        b->causes = (tend_causes){.suspect = b->suspect, .room = SERVICES + EDGES, .onset = -1};
        tend_view seen = {.obs = &b->d.obs,
                          .findings = &b->d.frame.findings,
                          .incident = b->d.frame.incident,
                          .incidents = trouble};
        diagnose_impact.diagnose(&b->me, &seen, &b->causes);
        b->d.obs.tick++;
        for (int s = 0; s < SERVICES; s++)
            b->d.deploy_age[s]++;
    }
}

// One receipt in every tick from now on; no action: none.
static void say(bench *b, int action, int64_t id, tend_receipt_state state)
{
    b->receipt[0] = (tend_receipt){.id = id, .action = action, .state = state};
    b->d.obs.receipts = action > 0;
}

static const tend_evidence *told(const bench *b, tend_evidence_kind kind, int service)
{
    for (int i = 0; i < b->causes.evidence_count; i++)
        if (b->causes.evidence[i].kind == kind && b->causes.evidence[i].service == service)
            return &b->causes.evidence[i];
    return NULL;
}

// The db is slow; in the third tick somebody takes two of three replicas of the cache away.
static void lose_cache(bench *b, bool ours, int restarted)
{
    live(b, QUIET, false);
    b->d.value[DB * METRICS + P95] = 140; // slow and no more: of two faults a crash is the worse
    live(b, 3, true);
    assert_int_equal(b->suspect[0].service, DB);
    if (ours)
        say(b, desk_action(&b->d, TEND_RESTART, restarted, -1), QUIET + 2, TEND_RECEIPT_STARTED);
    b->d.ready[CACHE] = 1;
    live(b, 4, true);
}

static void a_restart_of_ours_makes_no_suspect_and_a_crash_does(void **state)
{
    (void)state;
    static const struct {
        bool ours;
        int restarted, first;
    } rows[] = {{true, CACHE, DB}, {false, CACHE, CACHE}, {true, DB, CACHE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        bench_open(&b);
        lose_cache(&b, rows[i].ours, rows[i].restarted);
        assert_int_equal(b.suspect[0].service, rows[i].first);
        assert_int_equal(told(&b, TEND_EVIDENCE_REPLICAS, CACHE) != NULL, rows[i].first == CACHE);
        const tend_evidence *e = told(&b, TEND_EVIDENCE_DONE, rows[i].restarted);
        assert_int_equal(e != NULL, rows[i].ours);
        if (i == 0) {
            assert_true(e->against);
            assert_int_equal(e->action, b.receipt[0].action);
            assert_near(e->value, 1, 0);
            assert_near(e->reference, 3, 0);
            assert_int_equal(e->tick, QUIET + 3);
        }
        bench_close(&b);
    }
}

// What was gone before is no doing of the restart, nor what stays gone after it, a little later.
static void only_what_an_action_takes_is_excused_and_only_while_it_does(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    live(&b, QUIET, false);
    b.d.ready[CACHE] = 1;
    live(&b, 3, true);
    assert_int_equal(b.suspect[0].service, CACHE);
    say(&b, desk_action(&b.d, TEND_RESTART, CACHE, -1), QUIET + 2, TEND_RECEIPT_STARTED);
    b.d.ready[CACHE] = 0;
    live(&b, 16, true); // longer than what a ranking looks at
    assert_int_equal(b.suspect[0].service, CACHE);
    const tend_evidence *e = told(&b, TEND_EVIDENCE_REPLICAS, CACHE);
    assert_non_null(e);
    assert_near(e->value, 1, 0); // not the 0 of the restart
    bench_close(&b);

    bench_open(&b);
    lose_cache(&b, true, CACHE);
    say(&b, b.receipt[0].action, b.receipt[0].id, TEND_RECEIPT_DONE);
    live(&b, 2, true);
    assert_null(told(&b, TEND_EVIDENCE_REPLICAS, CACHE));
    live(&b, 16, true); // it never came back
    assert_non_null(told(&b, TEND_EVIDENCE_REPLICAS, CACHE));
    assert_int_equal(b.suspect[0].service, CACHE);
    bench_close(&b);
}

static void a_replica_that_we_scaled_away_is_not_lost(void **state)
{
    (void)state;
    for (int ours = 0; ours <= 1; ours++) {
        bench b;
        bench_open(&b);
        live(&b, QUIET, false);
        b.d.value[DB * METRICS + P95] = 140;
        b.d.value[DB * METRICS + CPU] = 0.9;
        live(&b, 2, true);
        if (ours)
            say(&b, desk_action(&b.d, TEND_SCALE_DOWN, CACHE, -1), QUIET + 1, TEND_RECEIPT_DONE);
        b.d.ready[CACHE] = 2;
        live(&b, 12, true); // told again and again it counts once
        assert_int_equal(told(&b, TEND_EVIDENCE_REPLICAS, CACHE) == NULL, ours);
        const tend_evidence *e = told(&b, TEND_EVIDENCE_DONE, CACHE);
        assert_int_equal(e != NULL, ours);
        if (ours) {
            assert_int_equal(e->action, b.receipt[0].action);
            assert_near(e->value, 2, 0);
            assert_near(e->reference, 3, 0);
            live(&b, ROWS_KEPT, true); // as long as the incident lasts
            assert_null(told(&b, TEND_EVIDENCE_REPLICAS, CACHE));
            b.d.ready[CACHE] = 1; // one more is not ours
            live(&b, 12, true);
            assert_non_null(told(&b, TEND_EVIDENCE_REPLICAS, CACHE));
        }
        bench_close(&b);
    }
}

static void a_version_that_a_rollback_brought_is_no_deployment(void **state)
{
    (void)state;
    for (int ours = 0; ours <= 1; ours++) {
        bench b;
        bench_open(&b);
        live(&b, QUIET, false);
        b.d.value[DB * METRICS + P95] = 140;
        b.d.value[DB * METRICS + CPU] = 0.9;
        live(&b, 1, true);
        if (ours)
            say(&b, desk_action(&b.d, TEND_ROLLBACK, DB, -1), QUIET, TEND_RECEIPT_DONE);
        b.d.deploy_age[DB] = 0;
        live(&b, 1, true);
        say(&b, 0, 0, TEND_RECEIPT_UNKNOWN);
        live(&b, 3, true);
        assert_true(b.causes.count > 0);
        assert_int_equal(told(&b, TEND_EVIDENCE_DEPLOY, DB) == NULL, ours);
        bench_close(&b);
    }
}

typedef struct rows {
    desk d;
    own *o;
} rows;

static void hear(rows *r, int64_t tick, double ready, bool calm)
{
    r->d.obs.tick = tick;
    r->d.ready[DB] = ready;
    own_hear(r->o, r->d.system, &r->d.obs, calm);
}

static void rows_open(rows *r)
{
    desk_open(&r->d);
    r->o = malloc(own_size(SERVICES));
    assert_non_null(r->o);
    own_init(r->o, SERVICES, ROWS_KEPT);
}

static void rows_close(rows *r)
{
    free(r->o);
    desk_close(&r->d);
}

// Of the states of a receipt those that say it was begun; without a word it is over.
static void an_action_is_under_way_while_receipts_say_so(void **state)
{
    (void)state;
    static const struct {
        tend_receipt_state said;
        bool veiled;
        int until; // tick of the last row that is not believed
    } cases[] = {{TEND_RECEIPT_UNKNOWN, false, 5}, {TEND_RECEIPT_ACCEPTED, true, 9},
                 {TEND_RECEIPT_STARTED, true, 9},  {TEND_RECEIPT_DONE, true, 8},
                 {TEND_RECEIPT_FAILED, true, 8},   {TEND_RECEIPT_TIMEOUT, true, 8},
                 {TEND_RECEIPT_REFUSED, false, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rows r;
        rows_open(&r);
        tend_receipt said = {5, desk_action(&r.d, TEND_RESTART, DB, -1), cases[i].said};
        hear(&r, 5, 2, true);
        r.d.obs.receipt = &said;
        r.d.obs.receipts = 1;
        hear(&r, 6, 1, false);
        assert_int_equal(own_veils(r.o, DB, 6), cases[i].veiled);
        assert_false(own_veils(r.o, API, 6));
        assert_near(own_ready(r.o)[DB], cases[i].veiled ? 2 : 1, 0);
        r.d.obs.receipts = 0;
        for (int t = 7; t <= 10; t++) { // no word: it was over in the tick before
            hear(&r, t, 1, false);
            assert_int_equal(own_veils(r.o, DB, t), t <= cases[i].until);
            assert_near(own_ready(r.o)[DB], t <= cases[i].until ? 2 : 1, 0);
        }
        rows_close(&r);
    }
}

// While it is under way the fewest count, more than before are more, and a hole is a hole; a second
// action in its wake looks at the replicas from before the first.
static void what_an_action_takes_is_held_against_what_was_before(void **state)
{
    (void)state;
    rows r;
    rows_open(&r);
    tend_receipt said = {5, desk_action(&r.d, TEND_RESTART, DB, -1), TEND_RECEIPT_STARTED};
    hear(&r, 5, 3, true);
    r.d.obs.receipt = &said;
    r.d.obs.receipts = 1;
    static const double seen[] = {2, 1, 2, 4, NAN, 2}, row[] = {3, 3, 3, 4, NAN, 3};
    for (int i = 0; i < 6; i++) {
        hear(&r, 6 + i, seen[i], false);
        assert_true(isnan(row[i]) ? isnan(own_ready(r.o)[DB]) : own_ready(r.o)[DB] == row[i]);
        assert_near(own_deeds(r.o)[DB].low, i ? 1 : 2, 0);
    }
    hear(&r, 12, 3, false);
    said.id = 12;
    hear(&r, 13, 3, false);
    assert_int_equal(own_deeds(r.o)[DB].from, 13);
    assert_near(own_deeds(r.o)[DB].low, 1, 0);
    said.state = TEND_RECEIPT_DONE;
    for (int t = 14; t < 20; t++)
        hear(&r, t, 3, true);
    said = (tend_receipt){20, said.action, TEND_RECEIPT_STARTED}; // the last is long over
    hear(&r, 21, 3, false);
    assert_near(own_deeds(r.o)[DB].low, 3, 0);
    rows_close(&r);
}

// Of one decision two receipts may be told, and of another service's action nothing is meant here.
static void a_receipt_is_of_its_own_action_alone(void **state)
{
    (void)state;
    for (int both = 0; both < 2; both++) {
        rows r;
        rows_open(&r);
        int restart = desk_action(&r.d, TEND_RESTART, DB, -1);
        tend_receipt said[] = {{5, restart, TEND_RECEIPT_STARTED},
                               {5, desk_action(&r.d, TEND_ROLLBACK, DB, -1), TEND_RECEIPT_DONE}};
        hear(&r, 5, 2, true);
        r.d.obs.receipt = said;
        r.d.obs.receipts = 1;
        hear(&r, 6, 1, false);
        r.d.obs.receipts = 2;
        if (!both) // of the restart no word any more
            said[0].action = desk_action(&r.d, TEND_RESTART, CACHE, -1);
        hear(&r, 7, 1, false);
        assert_int_equal(own_deeds(r.o)[DB].until, both ? -1 : 7);
        rows_close(&r);
    }
}

// From the tick of the decision until a little after the end, what goes live is the action's.
static void an_older_or_a_later_version_is_not_ours(void **state)
{
    (void)state;
    for (int live = 16; live <= 26; live++) {
        rows r;
        rows_open(&r);
        tend_receipt said = {19, desk_action(&r.d, TEND_ROLLBACK, DB, -1), TEND_RECEIPT_STARTED};
        r.d.obs.receipt = &said;
        for (int t = 10; t <= 30; t++) {
            r.d.obs.receipts = t >= 20 && t <= 22;
            said.state = t < 22 ? TEND_RECEIPT_STARTED : TEND_RECEIPT_DONE;
            r.d.deploy_age[DB] = t >= live ? t - live : 1000;
            hear(&r, t, 2, true);
            bool ours = live >= 19 && live <= 24 && t >= 20 && t >= live;
            assert_true(isnan(own_deploy_age(r.o)[DB]) == ours);
        }
        rows_close(&r);
    }
}

// What another sent has no number: its end, told for ever, begins nothing, a new start does.
static void actions_of_others_are_heard_of_too(void **state)
{
    (void)state;
    rows r;
    rows_open(&r);
    tend_receipt said = {-1, desk_action(&r.d, TEND_RESTART, DB, -1), TEND_RECEIPT_STARTED};
    r.d.obs.receipt = &said;
    r.d.obs.receipts = 1;
    hear(&r, 5, 1, true);
    assert_true(own_veils(r.o, DB, 5));
    said.state = TEND_RECEIPT_DONE;
    for (int t = 6; t <= 12; t++)
        hear(&r, t, 2, true);
    assert_false(own_veils(r.o, DB, 12));
    said.state = TEND_RECEIPT_STARTED;
    hear(&r, 13, 1, true);
    assert_true(own_veils(r.o, DB, 13));
    assert_near(own_ready(r.o)[DB], 2, 0);
    assert_int_equal(own_deeds(r.o)[DB].from, 13);
    rows_close(&r);
}

// What a receipt may say in vain: no such action, no service, an older one told late.
static void a_receipt_of_nothing_known_changes_nothing(void **state)
{
    (void)state;
    rows r;
    rows_open(&r);
    int restart = desk_action(&r.d, TEND_RESTART, DB, -1);
    const tend_receipt said[] = {{5, -3, TEND_RECEIPT_STARTED},
                                 {5, 0, TEND_RECEIPT_STARTED},
                                 {5, 100000, TEND_RECEIPT_STARTED},
                                 {5, restart, TEND_RECEIPT_STATES},
                                 {5, desk_action(&r.d, TEND_LIMIT, -1, -1), TEND_RECEIPT_STARTED}};
    r.d.obs.receipt = said;
    r.d.obs.receipts = sizeof said / sizeof *said;
    hear(&r, 6, 2, false);
    for (int s = 0; s < SERVICES; s++)
        assert_false(own_veils(r.o, s, 6));
    const tend_receipt late[] = {{9, restart, TEND_RECEIPT_DONE},
                                 {8, restart, TEND_RECEIPT_STARTED}};
    r.d.obs.receipt = late;
    r.d.obs.receipts = 2;
    hear(&r, 10, 2, false);
    assert_int_equal(own_deeds(r.o)[DB].id, 9);
    assert_int_equal(own_deeds(r.o)[DB].until, 10);
    rows_close(&r);
}

// Until every row is from after it, and no level is held from before.
static void a_level_without_the_replica_is_usual_in_time(void **state)
{
    (void)state;
    rows r;
    rows_open(&r);
    tend_receipt said = {5, desk_action(&r.d, TEND_SCALE_DOWN, DB, -1), TEND_RECEIPT_DONE};
    r.d.obs.receipt = &said;
    r.d.obs.receipts = 1;
    hear(&r, 6, 1, false);
    assert_near(own_ready(r.o)[DB], 2, 0);
    r.d.obs.receipts = 0;
    hear(&r, 6 + ROWS_KEPT, 1, false); // an incident holds its levels
    assert_near(own_ready(r.o)[DB], 2, 0);
    hear(&r, 7 + ROWS_KEPT, 1, true);
    assert_near(own_ready(r.o)[DB], 1, 0);
    // one whose end nobody knows may have been carried out; not so what was refused or failed
    for (int k = 0; k < 3; k++) {
        static const tend_receipt_state ends[] = {TEND_RECEIPT_FAILED, TEND_RECEIPT_REFUSED,
                                                  TEND_RECEIPT_TIMEOUT};
        said.id = 200 + k;
        said.state = ends[k];
        r.d.obs.receipts = 1;
        hear(&r, 201 + k, 1, true);
        assert_near(own_ready(r.o)[DB], k < 2 ? 1 : 2, 0);
    }
    r.d.obs.receipts = 0;
    hear(&r, 202 + ROWS_KEPT, 1, true); // calm, and one row is from before it
    assert_near(own_ready(r.o)[DB], 2, 0);
    hear(&r, 203 + ROWS_KEPT, 1, true);
    assert_near(own_ready(r.o)[DB], 1, 0);
    said.state = TEND_RECEIPT_DONE;
    // taken away and given back
    said.id = 400;
    r.d.obs.receipts = 1;
    hear(&r, 401, 1, false);
    assert_near(own_ready(r.o)[DB], 2, 0);
    said = (tend_receipt){410, desk_action(&r.d, TEND_SCALE_UP, DB, -1), TEND_RECEIPT_STARTED};
    hear(&r, 411, 1, false);
    assert_near(own_ready(r.o)[DB], 2, 0); // on its way
    said.state = TEND_RECEIPT_DONE;
    hear(&r, 412, 2, false);
    assert_near(own_ready(r.o)[DB], 2, 0);
    said.id = 420; // one more than there were is none taken away
    hear(&r, 421, 3, false);
    assert_near(own_ready(r.o)[DB], 3, 0);
    rows_close(&r);
}

// Restarts that our own restart causes are left out of the row.
static void restarts_of_an_action_are_no_crashes(void **state)
{
    (void)state;
    static const tend_service services[] = {{"a", TEND_SERVICE, 2, 1, 4},
                                            {"b", TEND_SERVICE, 2, 1, 4}};
    static const tend_metric metrics[] = {{"p95_ms", "ms", TEND_LATENCY},
                                          {"restarts", "1", TEND_RESTARTS}};
    tend_system draft = {.name = "two",
                         .step_s = 10,
                         .S = 2,
                         .M = 2,
                         .services = services,
                         .metrics = metrics,
                         .slo = {200, 0.02}};
    tend_system *system = NULL;
    tend_err err = {TEND_OK, ""};
    assert_int_equal(tend_system_build(&draft, &system, &err), TEND_OK);
    history *h = malloc(history_size(system, 10));
    own *o = malloc(own_size(2));
    assert_true(h && o);
    history_init(h, system, 10);
    own_init(o, 2, 10);
    const double value[] = {50, 1, 60, 1}, ready[] = {2, 2}, age[] = {9, 9};
    tend_receipt said = {0, tend_system_action(system, TEND_RESTART, 1, -1), TEND_RECEIPT_STARTED};
    const tend_obs obs = {.size = sizeof obs,
                          .tick = 1,
                          .value = value,
                          .ready = ready,
                          .deploy_age = age,
                          .entry_p95_ms = 70,
                          .entry_errors = 0.25,
                          .receipt = &said,
                          .receipts = 1};
    own_hear(o, system, &obs, true);
    history_push(h, system, &obs, o);
    const panel p = history_panel(h, system, &obs, o);
    assert_near(p.row[panel_cell(&p, 0, SIGNAL_RESTARTS)], 1, 0);
    assert_true(isnan(p.row[panel_cell(&p, 1, SIGNAL_RESTARTS)]));
    assert_near(p.row[panel_cell(&p, 1, SIGNAL_LATENCY)], 60, 0);
    assert_near(p.row[p.users_at], 70, 0);
    assert_near(p.row[p.users_at + 1], 0.25, 0);
    assert_near(p.per_row, 10, 0); // seconds of a rate
    free(h);
    free(o);
    tend_system_free(system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_of_ours_makes_no_suspect_and_a_crash_does),
        cmocka_unit_test(only_what_an_action_takes_is_excused_and_only_while_it_does),
        cmocka_unit_test(a_replica_that_we_scaled_away_is_not_lost),
        cmocka_unit_test(a_version_that_a_rollback_brought_is_no_deployment),
        cmocka_unit_test(an_action_is_under_way_while_receipts_say_so),
        cmocka_unit_test(what_an_action_takes_is_held_against_what_was_before),
        cmocka_unit_test(a_receipt_is_of_its_own_action_alone),
        cmocka_unit_test(an_older_or_a_later_version_is_not_ours),
        cmocka_unit_test(actions_of_others_are_heard_of_too),
        cmocka_unit_test(a_receipt_of_nothing_known_changes_nothing),
        cmocka_unit_test(a_level_without_the_replica_is_usual_in_time),
        cmocka_unit_test(restarts_of_an_action_are_no_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
