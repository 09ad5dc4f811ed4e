// SPDX-License-Identifier: GPL-3.0-or-later
// test_tally_account.c - what was before the onset, what came back, and whom one had to call.
#include "frame_support.h"

#include "report/remedy.h"
#include "report/tally.h"

typedef struct bench {
    desk d;
    scenario incident;
    tally t;
} bench;

// two faults, on db at tick 20 and on cache at tick 50; `faults` of them
static void bench_open(bench *b, int faults)
{
    memset(b, 0, sizeof *b);
    desk_open(&b->d);
    b->incident.faults = faults;
    b->incident.fault[0] = (fault){FAULT_SLOW_DB, DB, -1, 20, 100, 0, 0, 0.5};
    b->incident.fault[1] = (fault){FAULT_CPU_HOG, CACHE, -1, 50, 100, 0, 0, 0.7};
}

static void play(bench *b, int ticks, bool breach)
{
    b->d.obs.breach = breach;
    for (int i = 0; i < ticks; i++) {
        tally_add(&b->t, &b->d.frame);
        b->d.obs.tick++;
    }
}

// healthy for the first number of ticks, then in breach, and so on; ended by -1
static result of_runs(bench *b, const int *ticks)
{
    result row;
    b->d.obs.tick = 0;
    tally_start(&b->t, b->d.system, &b->incident, NULL);
    for (int i = 0; ticks[i] >= 0; i++)
        play(b, ticks[i], i % 2 == 1);
    tally_finish(&b->t, &row);
    return row;
}
#define RUNS(...) of_runs(&b, (const int[]){__VA_ARGS__, -1})

static void a_breach_before_the_onset_is_not_the_faults(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 1);
    result row = RUNS(5, 2, 18, 4, 20);
    assert_int_equal(row.slo_steps, 6);
    assert_int_equal(row.slo_before, 2);
    assert_int_equal(row.first_slo, 25);
    assert_int_equal(row.recovered, 29);
    assert_int_equal(row.mttr, 4);
    row = RUNS(5, 2, 40); // the fault itself breaches nothing
    assert_int_equal(row.first_slo, -1);
    assert_int_equal(row.recovered, -1);
    assert_int_equal(row.mttr, -1);
    row = RUNS(15, 7, 40); // one that is there at the onset counts from it
    assert_int_equal(row.first_slo, 20);
    assert_int_equal(row.slo_before, 5);
    assert_int_equal(row.mttr, 2);
    desk_close(&b.d);
    bench_open(&b, 0); // of a healthy episode all is before
    row = RUNS(5, 2, 18);
    assert_int_equal(row.slo_before, 2);
    assert_int_equal(row.first_slo, 5);
    assert_int_equal(row.recovered, 7);
    desk_close(&b.d);
}

static void what_comes_back_is_a_relapse_unless_a_fault_brings_it(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 1);
    assert_int_equal(RUNS(22, 3, 9, 2, 9, 1, 30).relapses, 0); // it was never over
    assert_int_equal(RUNS(22, 3, 10, 2, 30).relapses, 1);
    assert_int_equal(RUNS(22, 3, 10, 2, 12, 5, 15, 1).relapses, 3);
    assert_int_equal(RUNS(22, 3, 10, 2, 12, 5, 15, 1).recovered, 25);
    assert_int_equal(RUNS(30).relapses, 0);
    assert_int_equal(RUNS(2, 1, 22, 3, 4).relapses, 0); // the fault began in between
    assert_int_equal(RUNS(2, 1, 17, 3, 4).relapses, 0); // in the tick of its breach
    assert_int_equal(RUNS(2, 1, 12, 3, 4).relapses, 1); // before it: noise comes back too
    b.incident.faults = 2;
    assert_int_equal(RUNS(22, 3, 30, 2, 9).relapses, 0); // the second fault's own
    assert_int_equal(RUNS(22, 3, 30, 2, 11, 1).relapses, 1);
    desk_close(&b.d);
}

static void the_second_fault_has_an_account_of_its_own(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 2);
    result row = RUNS(22, 3, 30, 6, 12);
    assert_string_equal(row.fault_service, "db");
    assert_int_equal(row.recovered, 25);
    assert_string_equal(row.fault2_service, "cache");
    assert_int_equal(row.fault2_t_start, 50);
    assert_int_equal(row.fault2_first_slo, 55);
    assert_int_equal(row.fault2_recovered, 61);
    row = RUNS(22, 3, 30, 6, 9); // never over, which the first one's account does not tell
    assert_int_equal(row.recovered, 25);
    assert_int_equal(row.fault2_recovered, -1);
    assert_int_equal(RUNS(22, 3, 50).fault2_first_slo, -1);
    b.incident.faults = 1;
    row = RUNS(22, 3, 30, 6, 12);
    assert_string_equal(row.fault2_service, "");
    assert_int_equal(row.fault2_t_start, -1);
    assert_int_equal(row.fault2_first_slo, -1);
    assert_int_equal(row.fault2_recovered, -1);
    assert_int_equal(row.fault2_top1, -1);
    desk_close(&b.d);
}

// the alarm is up from `from` on; what the ranking of the desk says of the second fault
static int second_named(bench *b, int from, int until, int restart_at)
{
    result row;
    int restart = desk_action(&b->d, TEND_RESTART, DB, -1);
    b->d.obs.tick = 0;
    tally_start(&b->t, b->d.system, &b->incident, NULL);
    for (int i = 0; i < until; i++) {
        b->d.frame.findings.alarm = i >= from;
        b->d.frame.decision.action = i == restart_at ? restart : 0;
        play(b, 1, false);
    }
    b->d.frame.decision.action = 0;
    tally_finish(&b->t, &row);
    return row.fault2_top1;
}

static void the_second_fault_is_judged_for_itself(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 2);
    desk_suspect(&b.d, 0, CACHE, -1, TEND_FAMILY_COMPUTE, 0.6);
    assert_int_equal(second_named(&b, 22, 55, -1), -1); // at tick 55, not before
    assert_int_equal(second_named(&b, 22, 56, -1), 1);
    assert_int_equal(second_named(&b, 53, 58, -1), -1);
    assert_int_equal(second_named(&b, 53, 59, -1), 1);
    assert_int_equal(second_named(&b, 22, 53, 51), 1);  // or when one acts
    assert_int_equal(second_named(&b, 52, 53, 51), -1); // but not before the alarm
    assert_int_equal(second_named(&b, 22, 50, 30), -1);
    assert_int_equal(second_named(&b, 90, 80, -1), -1); // never detected
    // who names the first fault is right too
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_CONTENTION, 0.6);
    desk_suspect(&b.d, 1, CACHE, -1, TEND_FAMILY_COMPUTE, 0.3);
    assert_int_equal(second_named(&b, 22, 56, -1), 1);
    desk_suspect(&b.d, 1, API, -1, TEND_FAMILY_COMPUTE, 0.3); // an innocent is not
    desk_suspect(&b.d, 2, CACHE, -1, TEND_FAMILY_COMPUTE, 0.1);
    assert_int_equal(second_named(&b, 22, 56, -1), 0);
    b.d.frame.causes.count = 1;
    assert_int_equal(second_named(&b, 22, 56, -1), 0);
    b.d.frame.causes.count = 0;
    assert_int_equal(second_named(&b, 22, 56, -1), 0);
    // the same fault again: its place is the first one's
    b.incident.fault[1].service = DB;
    b.d.frame.causes.count = 1;
    assert_int_equal(second_named(&b, 22, 56, -1), 1);
    desk_close(&b.d);
}

static result watched(bench *b, int breach, int actions, int called)
{
    result row;
    int scale = desk_action(&b->d, TEND_SCALE_UP, DB, -1);
    tally_start(&b->t, b->d.system, &b->incident, NULL);
    for (int i = 0; i < 120; i++) {
        b->d.frame.decision.action = i >= 30 && i < 30 + actions ? scale : 0;
        b->d.frame.decision.escalated = called >= 0 && i >= called;
        play(b, 1, i >= 25 && i < 25 + breach);
    }
    b->d.frame.decision.action = 0;
    tally_finish(&b->t, &row);
    return row;
}

static void stuck_is_who_watches_for_a_minute_and_calls_nobody(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 1);
    assert_int_equal(watched(&b, 60, 2, -1).stuck, 1);
    assert_int_equal(watched(&b, 59, 2, -1).stuck, 0);
    assert_int_equal(watched(&b, 60, 3, -1).stuck, 0);
    assert_int_equal(watched(&b, 60, 2, 119).stuck, 0);
    assert_int_equal(watched(&b, 60, 2, -1).escalated_at, -1);
    assert_int_equal(watched(&b, 60, 2, -1).escalation_right, -1);
    desk_close(&b.d);
}

static void a_call_is_right_where_nothing_mends(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 1);
    assert_int_equal(watched(&b, 60, 2, 40).escalated_at, 40);
    assert_int_equal(watched(&b, 60, 2, 40).escalation_right, 0); // a restart would have done
    b.incident.fault[0].type = FAULT_SLOW_DISK;
    assert_int_equal(watched(&b, 60, 2, 40).escalation_right, 1);
    assert_int_equal(watched(&b, 60, 2, 20).escalation_right, 1);
    assert_int_equal(watched(&b, 60, 2, 19).escalation_right, 0); // it has not begun
    b.incident.fault[0].duration = 20;
    assert_int_equal(watched(&b, 60, 2, 39).escalation_right, 1);
    assert_int_equal(watched(&b, 60, 2, 40).escalation_right, 0); // it has passed
    b.incident.faults = 2;
    b.incident.fault[1].type = FAULT_EXPIRED;
    assert_int_equal(watched(&b, 60, 2, 60).escalation_right, 1);
    b.incident.faults = 0;
    assert_int_equal(watched(&b, 60, 2, 40).escalation_right, 0);
    desk_close(&b.d);
}

static void a_remedy_is_an_action_of_the_system_at_the_place(void **state)
{
    (void)state;
    desk d;
    desk_open(&d);
    static const struct {
        fault_type type;
        int service, edge;
        tend_action_kind remedy;
    } rows[] = {{FAULT_CPU_HOG, DB, -1, TEND_RESTART},
                {FAULT_BAD_DEPLOY, API, -1, TEND_ROLLBACK},
                {FAULT_CACHE_EVICT, CACHE, -1, TEND_SCALE_UP},
                {FAULT_NOISY_NEIGHBOUR, DB, -1, TEND_SCALE_UP},
                {FAULT_NETWORK_DELAY, DB, API_DB, TEND_REROUTE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const fault f = {rows[i].type, rows[i].service, rows[i].edge, 20, 100, 0, 0, 0.5};
        assert_true(remedy_known(&f, d.system));
        // without that one action, and with nothing but it
        tend_action list[64];
        tend_system less = *d.system;
        less.actions = list;
        less.A = 0;
        for (int a = 0; a < d.system->A; a++)
            if (d.system->actions[a].kind != rows[i].remedy ||
                d.system->actions[a].service != rows[i].service)
                list[less.A++] = d.system->actions[a];
        assert_int_equal(less.A, d.system->A - 1);
        assert_false(remedy_known(&f, &less));
        list[0] = d.system->actions[desk_action(&d, rows[i].remedy, rows[i].service, rows[i].edge)];
        less.A = 1;
        assert_true(remedy_known(&f, &less));
    }
    for (int type = FAULT_FIRST_STRANGE; type < FAULT_TYPES; type++) {
        const fault f = {(fault_type)type, DB, -1, 20, 100, 0, 0, 0.5};
        assert_false(remedy_known(&f, d.system));
    }
    const fault storm = {FAULT_RETRY_STORM, DB, -1, 20, 8, 0, 0, 0.5};
    assert_true(remedy_known(&storm, d.system));
    assert_true(fault_present(&storm, 90)); // its trigger is over, it is not
    assert_false(fault_present(&storm, 19));
    desk_close(&d);
}

static void aims_are_counted_by_what_was_said(void **state)
{
    (void)state;
    bench b;
    result row;
    bench_open(&b, 1);
    tally_start(&b.t, b.d.system, &b.incident, NULL);
    const struct {
        double said;
        int service, tenth, percent;
    } rows[] = {{0, DB, 0, 0},      {0.0999, API, 0, 10}, {0.1, DB, 1, 10},
                {0.555, DB, 5, 56}, {0.9999, DB, 9, 100}, {1, CACHE, 9, 100}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_CONTENTION, rows[i].said);
        b.d.frame.decision.action = desk_action(&b.d, TEND_RESTART, rows[i].service, -1);
        play(&b, 1, false);
    }
    b.d.frame.decision.action = desk_action(&b.d, TEND_LIMIT, -1, -1); // aimed at nobody
    play(&b, 1, false);
    tally_finish(&b.t, &row);
    const int aimed[] = {2, 1, 0, 0, 0, 1, 0, 0, 0, 2}, right[] = {1, 1, 0, 0, 0, 1, 0, 0, 0, 1},
              said[] = {10, 10, 0, 0, 0, 56, 0, 0, 0, 200};
    for (int i = 0; i < RESULT_TENTHS; i++) {
        assert_int_equal(row.aimed[i], aimed[i]);
        assert_int_equal(row.aimed_right[i], right[i]);
        assert_int_equal(row.aimed_said[i], said[i]);
    }
    assert_int_equal(row.targeted, 6);
    assert_int_equal(row.wrong_actions, 2);
    desk_close(&b.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_breach_before_the_onset_is_not_the_faults),
        cmocka_unit_test(what_comes_back_is_a_relapse_unless_a_fault_brings_it),
        cmocka_unit_test(the_second_fault_has_an_account_of_its_own),
        cmocka_unit_test(the_second_fault_is_judged_for_itself),
        cmocka_unit_test(stuck_is_who_watches_for_a_minute_and_calls_nobody),
        cmocka_unit_test(a_call_is_right_where_nothing_mends),
        cmocka_unit_test(a_remedy_is_an_action_of_the_system_at_the_place),
        cmocka_unit_test(aims_are_counted_by_what_was_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
