// SPDX-License-Identifier: GPL-3.0-or-later
// test_tally_once.c - what a tally counts once, and where it says an action was aimed.
#include "frame_support.h"

#include "report/tally.h"

typedef struct bench {
    desk d;
    scenario incident;
    tally t;
} bench;

// a fault on db at tick 4
static void bench_open(bench *b)
{
    memset(b, 0, sizeof *b);
    desk_open(&b->d);
    b->incident.faults = 1;
    b->incident.fault[0] = (fault){FAULT_SLOW_DB, DB, -1, 4, 100, 0, 0, 0.5};
    tally_start(&b->t, b->d.system, &b->incident, NULL);
}

static void play(bench *b, int ticks, bool alarm, int action)
{
    b->d.frame.findings.alarm = alarm;
    for (int i = 0; i < ticks; i++) {
        b->d.frame.decision.action = action;
        tally_add(&b->t, &b->d.frame);
        b->d.obs.tick++;
    }
}

static void suspect(bench *b, int service)
{
    desk_suspect(&b->d, 0, service, -1, TEND_FAMILY_CONTENTION, 0.1 * (service + 1));
}

static void the_ranking_judged_after_five_ticks_is_the_last_one(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    int restart = desk_action(&b.d, TEND_RESTART, DB, -1);
    suspect(&b, DB);
    play(&b, 4, false, 0);
    play(&b, 6, true, 0);
    assert_int_equal(b.t.row.top1, 1);
    suspect(&b, API); // later ticks and actions change nothing
    play(&b, 9, true, 0);
    play(&b, 1, true, restart);
    assert_int_equal(b.t.row.top1, 1);
    assert_int_equal(b.t.row.top3, 1);
    assert_string_equal(b.t.row.root_cause, "db");
    assert_near(b.t.row.confidence, 0.3, 1e-15);
    desk_close(&b.d);
}

static void the_ranking_of_the_first_action_is_not_judged_again(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    int restart = desk_action(&b.d, TEND_RESTART, DB, -1);
    suspect(&b, API);
    play(&b, 4, false, 0);
    play(&b, 1, true, 0);
    play(&b, 1, true, restart);
    assert_int_equal(b.t.row.top1, 0);
    suspect(&b, DB);
    play(&b, 12, true, restart);
    assert_int_equal(b.t.row.top1, 0);
    assert_int_equal(b.t.row.top3, 0);
    assert_string_equal(b.t.row.root_cause, "api");
    desk_close(&b.d);
}

static void only_the_first_alarm_breach_and_recovery_are_kept(void **state)
{
    (void)state;
    bench b;
    result row;
    bench_open(&b);
    play(&b, 5, false, 0);
    b.d.obs.breach = true;
    play(&b, 2, true, 0); // 5 and 6
    b.d.obs.breach = false;
    play(&b, 12, false, 0); // 7 .. 18
    b.d.obs.breach = true;
    play(&b, 3, true, 0); // 19 .. 21
    b.d.obs.breach = false;
    play(&b, 12, false, 0);
    tally_finish(&b.t, &row);
    assert_int_equal(row.first_slo, 5);
    assert_int_equal(row.detected_at, 5);
    assert_int_equal(row.recovered, 7);
    assert_int_equal(row.mttr, 2);
    assert_int_equal(row.slo_steps, 5);
    assert_int_equal(row.anomaly_steps, 5);
    desk_close(&b.d);
}

static void a_fault_of_the_first_tick_is_detected_there(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    b.incident.fault[0].start = 0;
    tally_start(&b.t, b.d.system, &b.incident, NULL);
    suspect(&b, DB);
    play(&b, 5, true, 0);
    assert_int_equal(b.t.whole.detected, 0);
    assert_int_equal(b.t.row.top1, -1);
    play(&b, 1, true, 0);
    assert_int_equal(b.t.whole.detected, 0);
    assert_int_equal(b.t.row.top1, 1);
    desk_close(&b.d);
}

static void an_action_in_the_first_tick_is_judged_with_its_ranking(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    b.incident.fault[0].start = 0;
    tally_start(&b.t, b.d.system, &b.incident, NULL);
    suspect(&b, DB);
    play(&b, 1, true, desk_action(&b.d, TEND_RESTART, DB, -1));
    assert_int_equal(b.t.row.top1, 1);
    suspect(&b, API);
    play(&b, 9, true, 0);
    assert_int_equal(b.t.row.top1, 1);
    desk_close(&b.d);
}

static void a_breach_in_the_first_tick_has_its_time_to_recover(void **state)
{
    (void)state;
    bench b;
    result row;
    bench_open(&b);
    b.incident.fault[0].start = 0;
    tally_start(&b.t, b.d.system, &b.incident, NULL);
    b.d.obs.breach = true;
    play(&b, 3, true, 0);
    b.d.obs.breach = false;
    play(&b, 12, false, 0);
    tally_finish(&b.t, &row);
    assert_int_equal(row.first_slo, 0);
    assert_int_equal(row.recovered, 3);
    assert_int_equal(row.mttr, 3);
    desk_close(&b.d);
}

static void a_fault_of_the_first_edge_is_named_by_that_edge(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    b.incident.fault[0] = (fault){FAULT_NETWORK_LOSS, CACHE, API_CACHE, 0, 100, 0, 0, 0.5};
    tally_start(&b.t, b.d.system, &b.incident, NULL);
    desk_suspect(&b.d, 0, API, API_CACHE, TEND_FAMILY_NETWORK, 0.5); // whichever end is blamed
    play(&b, 6, true, 0);
    assert_int_equal(b.t.row.top1, 1);
    desk_close(&b.d);
}

static void every_wish_but_to_wait_that_was_not_granted_is_masked(void **state)
{
    (void)state;
    static const int wanted[] = {-1, 0, 1, 2};
    for (int i = 0; i < 4; i++) {
        bench b;
        bench_open(&b);
        b.d.frame.decision.wanted = wanted[i];
        play(&b, 3, false, 0);
        assert_int_equal(b.t.row.masked, wanted[i] > 0 ? 3 : 0);
        desk_close(&b.d);
    }
}

static void a_healthy_episode_is_described_by_nothing(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    b.incident.faults = 0;
    tally_start(&b.t, b.d.system, &b.incident, NULL);
    record rec = {.truth = "of the episode before"};
    tally_describe(&b.t, &b.t.row, &rec);
    assert_string_equal(rec.truth, "");
    desk_close(&b.d);
}

static void an_action_is_aimed_right_at_a_fault_and_wrong_elsewhere(void **state)
{
    (void)state;
    static const struct {
        fault f;
        tend_action_kind kind;
        int service, edge, targeted, wrong;
    } rows[] = {
        {{FAULT_SLOW_DB, DB, -1, 0, 9, 0, 0, 1}, TEND_RESTART, DB, -1, 1, 0},
        {{FAULT_SLOW_DB, DB, -1, 0, 9, 0, 0, 1}, TEND_RESTART, CACHE, -1, 1, 1},
        {{FAULT_SLOW_DB, DB, -1, 0, 9, 0, 0, 1}, TEND_RESTART, API, -1, 1, 1},
        {{FAULT_SLOW_DB, DB, -1, 0, 9, 0, 0, 1}, TEND_LIMIT, -1, -1, 0, 0}, // has no target
        {{FAULT_NETWORK_LOSS, DB, API_DB, 0, 9, 0, 0, 1}, TEND_RESTART, API, -1, 1, 0}, // both ends
        {{FAULT_NETWORK_LOSS, DB, API_DB, 0, 9, 0, 0, 1}, TEND_RESTART, DB, -1, 1, 0},
        {{FAULT_NETWORK_LOSS, DB, API_DB, 0, 9, 0, 0, 1}, TEND_RESTART, CACHE, -1, 1, 1},
        {{FAULT_FLASH_CROWD, DB, -1, 0, 9, 0, 0, 1}, TEND_SCALE_UP, API, -1, 1, 0}, // the entry
        {{FAULT_FLASH_CROWD, DB, -1, 0, 9, 0, 0, 1}, TEND_SCALE_UP, CACHE, -1, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        bench_open(&b);
        b.incident.fault[0] = rows[i].f;
        suspect(&b, DB);
        int action = desk_action(&b.d, rows[i].kind, rows[i].service, rows[i].edge);
        play(&b, 2, true, action);
        if (b.t.row.targeted != 2 * rows[i].targeted || b.t.row.wrong_actions != 2 * rows[i].wrong)
            fail_msg("row %zu: %d targeted, %d wrong", i, b.t.row.targeted, b.t.row.wrong_actions);
        assert_near(b.t.row.said, rows[i].targeted ? 2 * 0.3 : 0, 1e-15);
        b.d.frame.causes.count = 0; // nobody named: nothing was said
        play(&b, 1, true, action);
        assert_near(b.t.row.said, rows[i].targeted ? 2 * 0.3 : 0, 1e-15);
        desk_close(&b.d);
    }
}

static void of_two_faults_either_may_be_aimed_at(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    b.incident.faults = 2;
    b.incident.fault[1] = (fault){FAULT_NETWORK_LOSS, CACHE, API_CACHE, 0, 9, 0, 0, 1};
    for (int service = 0; service < SERVICES; service++)
        play(&b, 1, true, desk_action(&b.d, TEND_RESTART, service, -1));
    assert_int_equal(b.t.row.targeted, 3);
    assert_int_equal(b.t.row.wrong_actions, 0);
    b.incident.faults = 0; // in a healthy episode each is wrong
    for (int service = 0; service < SERVICES; service++)
        play(&b, 1, true, desk_action(&b.d, TEND_RESTART, service, -1));
    assert_int_equal(b.t.row.wrong_actions, 3);
    desk_close(&b.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ranking_judged_after_five_ticks_is_the_last_one),
        cmocka_unit_test(the_ranking_of_the_first_action_is_not_judged_again),
        cmocka_unit_test(only_the_first_alarm_breach_and_recovery_are_kept),
        cmocka_unit_test(a_fault_of_the_first_tick_is_detected_there),
        cmocka_unit_test(an_action_in_the_first_tick_is_judged_with_its_ranking),
        cmocka_unit_test(a_breach_in_the_first_tick_has_its_time_to_recover),
        cmocka_unit_test(a_fault_of_the_first_edge_is_named_by_that_edge),
        cmocka_unit_test(every_wish_but_to_wait_that_was_not_granted_is_masked),
        cmocka_unit_test(a_healthy_episode_is_described_by_nothing),
        cmocka_unit_test(an_action_is_aimed_right_at_a_fault_and_wrong_elsewhere),
        cmocka_unit_test(of_two_faults_either_may_be_aimed_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
