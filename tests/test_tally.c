// SPDX-License-Identifier: GPL-3.0-or-later
// test_tally.c - the yardsticks of an episode, counted on frames written by hand.
#include "frame_support.h"

#include "report/tally.h"

typedef struct story { // one character a tick
    const char *alarm, *breach;
} story;

typedef struct bench {
    desk d;
    scenario incident;
    tally t;
} bench;

// a fault on db at tick 20; severity and duration as reported
static void bench_open(bench *b)
{
    desk_open(&b->d);
    memset(&b->incident, 0, sizeof b->incident);
    b->incident.faults = 1;
    b->incident.fault[0] = (fault){FAULT_SLOW_DB, DB, -1, 20, 100, 0, 0, 0.5};
}

static void bench_close(bench *b)
{
    desk_close(&b->d);
}

static void tick(bench *b, bool alarm, bool breach)
{
    b->d.frame.findings.alarm = alarm;
    b->d.obs.breach = breach;
    tally_add(&b->t, &b->d.frame);
    b->d.obs.tick++;
}

static result played(bench *b, const story *s)
{
    result row;
    b->d.obs.tick = 0;
    tally_start(&b->t, b->d.system, &b->incident, NULL);
    for (int i = 0; s->breach[i]; i++)
        tick(b, s->alarm[i] == 'a', s->breach[i] == 'x');
    tally_finish(&b->t, &row);
    return row;
}

static void quiet_ticks(bench *b, int n)
{
    for (int i = 0; i < n; i++)
        tick(b, false, false);
}

static void breaches_detection_and_recovery_are_counted_from_the_onset(void **state)
{
    (void)state;
    // 20 healthy ticks, the fault shows at 22, is found at 24, is gone at 30
    static const story s = {"..a.................aaaa"
                            "aaaaaaaaaaaa..............",
                            "......................xx"
                            "xxxxxx...x.x.............."};
    bench b;
    bench_open(&b);
    result row = played(&b, &s);
    assert_int_equal(row.healthy_steps, 20);
    assert_int_equal(row.false_alarm_steps, 1);
    assert_int_equal(row.detected_at, 20);
    assert_int_equal(row.anomaly_steps, 17);
    assert_int_equal(row.slo_steps, 10);
    assert_int_equal(row.first_slo, 22);
    assert_int_equal(row.recovered, 36); // ten healthy ticks follow the last breach at 35
    assert_int_equal(row.mttr, 14);
    assert_string_equal(row.fault_type, "slow_db");
    assert_string_equal(row.fault_service, "db");
    assert_int_equal(row.fault_t_start, 20);
    assert_int_equal(row.fault_duration, 100);
    assert_near(row.fault_severity, 0.5, 0);
    bench_close(&b);
}

static void ten_healthy_ticks_are_a_recovery_and_nine_are_not(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    for (int healthy = 9; healthy <= 11; healthy++) {
        tally_start(&b.t, b.d.system, &b.incident, NULL);
        b.d.obs.tick = 0;
        quiet_ticks(&b, 25);
        tick(&b, true, true);
        quiet_ticks(&b, healthy);
        tick(&b, true, true);
        quiet_ticks(&b, 3);
        result row;
        tally_finish(&b.t, &row);
        assert_int_equal(row.first_slo, 25);
        assert_int_equal(row.recovered, healthy >= 10 ? 26 : -1);
        assert_int_equal(row.mttr, healthy >= 10 ? 1 : -1);
    }
    bench_close(&b);
}

static void a_healthy_episode_has_no_detection_only_false_alarms(void **state)
{
    (void)state;
    static const story s = {"..aaa.", "......"};
    bench b;
    bench_open(&b);
    b.incident.faults = 0;
    result row = played(&b, &s);
    assert_string_equal(row.fault_type, "none");
    assert_string_equal(row.fault_service, "");
    assert_int_equal(row.healthy_steps, 6);
    assert_int_equal(row.false_alarm_steps, 3);
    assert_int_equal(row.detected_at, -1);
    assert_int_equal(row.fault_t_start, -1);
    assert_int_equal(row.fault_duration, -1);
    assert_int_equal(row.top1, -1);
    assert_int_equal(row.top3, -1);
    assert_int_equal(row.fault_family_hit, -1);
    assert_int_equal(row.recovered, -1);
    assert_int_equal(row.first_slo, -1);
    assert_true(isnan(row.fault_severity) && isnan(row.confidence) && isnan(row.reward));
    bench_close(&b);
}

static void the_onset_of_several_faults_is_the_first(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    b.incident.faults = 3;
    b.incident.fault[1] = (fault){FAULT_CPU_HOG, API, -1, 12, 50, 0, 0, 0.9};
    b.incident.fault[2] = (fault){FAULT_NETWORK_DELAY, CACHE, API_CACHE, 14, 50, 0, 0, 0.9};
    quiet_ticks(&b, 0);
    static const story s = {"...........aa...", "................"};
    result row = played(&b, &s);
    assert_string_equal(row.fault_type, "cpu_hog+network_delay+slow_db");
    assert_string_equal(row.fault_service, "api");
    assert_int_equal(row.fault_t_start, 12);
    assert_int_equal(row.fault_duration, 50);
    assert_near(row.fault_severity, 0.9, 0);
    assert_string_equal(row.fault2_service, "cache");
    assert_int_equal(row.fault2_t_start, 14);
    assert_int_equal(row.healthy_steps, 12);
    assert_int_equal(row.false_alarm_steps, 1);
    assert_int_equal(row.detected_at, 12);
    record rec = {.system = b.d.system};
    tally_describe(&b.t, &row, &rec);
    assert_true(rec.has_truth);
    assert_string_equal(rec.truth, "slow_db on db from t=20, severity 0.50; "
                                   "cpu_hog on api from t=12, severity 0.90; "
                                   "network_delay on api>cache from t=14, severity");
    assert_int_equal(rec.result.detected_at, 12);
    bench_close(&b);
}

// the alarm comes at the onset; the ranking of the day five ticks later is the one judged
static result judged(bench *b, int ticks)
{
    result row;
    b->d.obs.tick = 0;
    tally_start(&b->t, b->d.system, &b->incident, NULL);
    quiet_ticks(b, 20);
    for (int i = 0; i < ticks; i++)
        tick(b, true, true);
    tally_finish(&b->t, &row);
    return row;
}

static void a_ranking_is_judged_five_ticks_after_detection(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_CONTENTION, 0.75);
    result row = judged(&b, 5);
    assert_int_equal(row.top1, -1);
    assert_string_equal(row.root_cause, "");
    row = judged(&b, 6);
    assert_int_equal(row.top1, 1);
    assert_int_equal(row.top3, 1);
    assert_int_equal(row.fault_family_hit, 1);
    assert_string_equal(row.root_cause, "db");
    assert_near(row.confidence, 0.75, 0);
    bench_close(&b);
}

static void top3_looks_at_three_suspects_and_family_at_the_first(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    desk_suspect(&b.d, 0, API, -1, TEND_FAMILY_CONTENTION, 0.4);
    desk_suspect(&b.d, 1, CACHE, -1, TEND_FAMILY_CACHE, 0.2);
    desk_suspect(&b.d, 2, DB, -1, TEND_FAMILY_COMPUTE, 0.1);
    result row = judged(&b, 10);
    assert_int_equal(row.top1, 0);
    assert_int_equal(row.top3, 1);
    assert_int_equal(row.fault_family_hit, 1);
    assert_string_equal(row.root_cause, "api");

    // fourth is too late
    desk_suspect(&b.d, 2, API, -1, TEND_FAMILY_COMPUTE, 0.1);
    desk_suspect(&b.d, 3, DB, -1, TEND_FAMILY_CONTENTION, 0.1);
    b.d.suspect[0].family = TEND_FAMILY_CRASH;
    row = judged(&b, 10);
    assert_int_equal(row.top3, 0);
    assert_int_equal(row.fault_family_hit, 0);

    // an abstention names nobody
    b.d.frame.causes.count = 0;
    row = judged(&b, 10);
    assert_int_equal(row.top1, 0);
    assert_int_equal(row.top3, 0);
    assert_int_equal(row.fault_family_hit, 0);
    assert_string_equal(row.root_cause, "");
    assert_true(isnan(row.confidence));
    bench_close(&b);
}

static void an_edge_fault_is_named_by_its_edge_or_its_callee(void **state)
{
    (void)state;
    static const struct {
        int service, edge, hit;
        const char *cause;
    } rows[] = {{DB, API_DB, 1, "api>db"},
                {DB, -1, 1, "db"},
                {CACHE, API_CACHE, 0, "api>cache"},
                {API, -1, 0, "api"}};
    bench b;
    bench_open(&b);
    b.incident.fault[0] = (fault){FAULT_NETWORK_LOSS, DB, API_DB, 20, 100, 0, 0, 0.5};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        desk_suspect(&b.d, 0, rows[i].service, rows[i].edge, TEND_FAMILY_NETWORK, 0.9);
        result row = judged(&b, 10);
        assert_int_equal(row.top1, rows[i].hit);
        assert_string_equal(row.root_cause, rows[i].cause);
    }
    // a service fault is not named by a healthy edge elsewhere
    b.incident.fault[0] = (fault){FAULT_CPU_HOG, API, -1, 20, 100, 0, 0, 0.5};
    desk_suspect(&b.d, 0, DB, API_DB, TEND_FAMILY_NETWORK, 0.9);
    assert_int_equal(judged(&b, 10).top1, 0);
    bench_close(&b);
}

static void a_compound_is_hit_by_naming_either_fault(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    b.incident.faults = 2;
    b.incident.fault[1] = (fault){FAULT_CPU_HOG, API, -1, 30, 100, 0, 0, 0.5};
    // judged at tick 25: what has not begun by then is named by luck
    for (int begins = 25; begins <= 26; begins++)
        for (int service = 0; service < SERVICES; service++) {
            b.incident.fault[1].start = begins;
            desk_suspect(&b.d, 0, service, -1, TEND_FAMILY_COMPUTE, 0.9);
            result row = judged(&b, 10);
            assert_int_equal(row.top1, service == DB || (service == API && begins == 25));
            assert_int_equal(row.top3, row.top1);
            assert_int_equal(row.fault_family_hit, begins == 25);
        }
    bench_close(&b);
}

static void act(bench *b, int action, bool alarm)
{
    b->d.frame.decision.action = action;
    tick(b, alarm, alarm);
    b->d.frame.decision.action = 0;
}

static void the_first_disruptive_action_brings_the_judgement_forward(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    const struct {
        tend_action_kind kind;
        int service, edge, judged;
    } rows[] = {{TEND_RESTART, DB, -1, 1},
                {TEND_ROLLBACK, DB, -1, 1},
                {TEND_LIMIT, -1, -1, 1},
                {TEND_SCALE_UP, DB, -1, 0}};
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_CONTENTION, 0.75);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        result row;
        int action = desk_action(&b.d, rows[i].kind, rows[i].service, rows[i].edge);
        b.d.obs.tick = 0;
        tally_start(&b.t, b.d.system, &b.incident, NULL);
        quiet_ticks(&b, 20);
        act(&b, action, false); // nothing is detected yet
        assert_false(b.t.whole.judged);
        act(&b, action, true);
        tally_finish(&b.t, &row);
        assert_int_equal(row.top1, rows[i].judged ? 1 : -1);
        assert_int_equal(row.actions, 2);
        assert_int_equal(row.false_actions, 0);
    }
    bench_close(&b);
}

static void actions_before_the_onset_are_false_and_wishes_are_masked(void **state)
{
    (void)state;
    bench b;
    result row;
    bench_open(&b);
    int restart = desk_action(&b.d, TEND_RESTART, DB, -1);
    tally_start(&b.t, b.d.system, &b.incident, NULL);
    quiet_ticks(&b, 18);
    act(&b, restart, false);
    b.d.frame.decision.wanted = restart;
    act(&b, 0, false);      // tick 19
    act(&b, restart, true); // tick 20: the onset
    b.d.frame.decision.wanted = 0;
    act(&b, 0, true);
    b.d.frame.decision.wanted = -1;
    quiet_ticks(&b, 3);
    tally_finish(&b.t, &row);
    assert_int_equal(row.actions, 2);
    assert_int_equal(row.false_actions, 1);
    assert_int_equal(row.masked, 2);

    b.incident.faults = 0; // in a healthy episode every action is false
    b.d.obs.tick = 0;
    tally_start(&b.t, b.d.system, &b.incident, NULL);
    act(&b, restart, true);
    act(&b, restart, true);
    tally_finish(&b.t, &row);
    assert_int_equal(row.false_actions, 2);
    bench_close(&b);
}

static void refused_users_and_rewards_are_means(void **state)
{
    (void)state;
    bench b;
    result row;
    bench_open(&b);
    tally_start(&b.t, b.d.system, &b.incident, NULL);
    b.d.obs.refused = 0.4;
    quiet_ticks(&b, 2);
    b.d.obs.refused = (double)NAN; // unknown is nobody
    quiet_ticks(&b, 1);
    b.d.obs.refused = 0;
    b.d.frame.outcomes = 2;
    b.d.frame.outcome[0].reward = 0.5;
    b.d.frame.outcome[1].reward = 0.4;
    quiet_ticks(&b, 1);
    b.d.frame.outcomes = 1;
    b.d.frame.outcome[0].reward = 0;
    quiet_ticks(&b, 1);
    b.d.frame.outcomes = 0;
    tally_finish(&b.t, &row);
    assert_near(row.refused, 0.8 / 5, 1e-15);
    assert_near(row.reward, 0.3, 1e-15); // (0.5 + 0.4 + 0) / 3
    assert_int_equal(row.escalated, 0);
    b.d.frame.decision.escalated = true;
    quiet_ticks(&b, 1);
    b.d.frame.decision.escalated = false;
    quiet_ticks(&b, 1);
    tally_finish(&b.t, &row);
    assert_int_equal(row.escalated, 1);
    bench_close(&b);
}

static int visible(const tend_facts *with, const tend_facts *without)
{
    bench b;
    bench_open(&b);
    tally_start(&b.t, b.d.system, &b.incident, NULL);
    tally_compare(&b.t, 33, with, without);
    int first = b.t.first_visible;
    bench_close(&b);
    return first;
}

static void a_deviation_is_visible_beyond_a_quarter_and_a_floor(void **state)
{
    (void)state;
    static const struct {
        double p95[2], busy[2], errors[2];
        int seen;
    } rows[] = {
        {{100, 100}, {0.5, 0.5}, {0, 0}, -1},      // nothing
        {{124, 100}, {0.5, 0.5}, {0, 0}, -1},      // under a quarter
        {{126, 100}, {0.5, 0.5}, {0, 0}, 33},      // over it
        {{74, 100}, {0.5, 0.5}, {0, 0}, 33},       // to the better is a deviation too
        {{5.9, 4}, {0.5, 0.5}, {0, 0}, -1},        // half as much again, but not 2 ms
        {{6.1, 4}, {0.5, 0.5}, {0, 0}, 33},        //
        {{100, 100}, {0.14, 0.10}, {0, 0}, -1},    // under 5 points
        {{100, 100}, {0.16, 0.10}, {0, 0}, 33},    //
        {{100, 100}, {0.62, 0.5}, {0, 0}, -1},     // 12 points are under a quarter
        {{100, 100}, {0.63, 0.5}, {0, 0}, 33},     //
        {{100, 100}, {0.5, 0.5}, {0.009, 0}, -1},  // under one point of errors
        {{100, 100}, {0.5, 0.5}, {0.011, 0}, 33},  //
        {{100, 100}, {0.5, 0.5}, {0.02, 0.04}, 33} // and fewer errors
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int at = 0; at < SERVICES; at++) {
            double x[2][3][SERVICES]; // with and without: p95, utilisation, errors
            for (int k = 0; k < 2; k++)
                for (int v = 0; v < SERVICES; v++) {
                    x[k][0][v] = v == at ? rows[i].p95[k] : 100;
                    x[k][1][v] = v == at ? rows[i].busy[k] : 0.3;
                    x[k][2][v] = v == at ? rows[i].errors[k] : 0.002;
                }
            tend_facts with = {.p95_ms = x[0][0], .utilisation = x[0][1], .errors = x[0][2]};
            tend_facts without = {.p95_ms = x[1][0], .utilisation = x[1][1], .errors = x[1][2]};
            if (visible(&with, &without) != rows[i].seen)
                fail_msg("row %zu, service %d: %d", i, at, visible(&with, &without));
        }
}

static void a_twin_is_wanted_from_the_onset_to_the_first_deviation(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    tally_start(&b.t, b.d.system, &b.incident, NULL);
    assert_false(tally_wants_twin(&b.t, 19));
    assert_true(tally_wants_twin(&b.t, 20));
    assert_true(tally_wants_twin(&b.t, 90));
    b.t.first_visible = 0;
    assert_false(tally_wants_twin(&b.t, 20));
    b.incident.faults = 0;
    tally_start(&b.t, b.d.system, &b.incident, NULL);
    assert_false(tally_wants_twin(&b.t, 20));
    bench_close(&b);
}

static void the_delay_counts_from_what_could_be_seen(void **state)
{
    (void)state;
    static const struct {
        int detected, visible, delay;
    } rows[] = {{30, 26, 4}, {30, 30, 0}, {30, 31, 0}, {-1, 26, -1}, {30, -1, -1}, {0, 0, 0}};
    bench b;
    result row;
    bench_open(&b);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tally_start(&b.t, b.d.system, &b.incident, NULL);
        b.t.whole.detected = rows[i].detected;
        b.t.first_visible = rows[i].visible;
        tally_finish(&b.t, &row);
        assert_int_equal(row.first_visible, rows[i].visible);
        assert_int_equal(row.delay, rows[i].delay);
        assert_near(row.refused, 0, 0); // and no tick is no division by zero
    }
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breaches_detection_and_recovery_are_counted_from_the_onset),
        cmocka_unit_test(ten_healthy_ticks_are_a_recovery_and_nine_are_not),
        cmocka_unit_test(a_healthy_episode_has_no_detection_only_false_alarms),
        cmocka_unit_test(the_onset_of_several_faults_is_the_first),
        cmocka_unit_test(a_ranking_is_judged_five_ticks_after_detection),
        cmocka_unit_test(top3_looks_at_three_suspects_and_family_at_the_first),
        cmocka_unit_test(an_edge_fault_is_named_by_its_edge_or_its_callee),
        cmocka_unit_test(a_compound_is_hit_by_naming_either_fault),
        cmocka_unit_test(the_first_disruptive_action_brings_the_judgement_forward),
        cmocka_unit_test(actions_before_the_onset_are_false_and_wishes_are_masked),
        cmocka_unit_test(refused_users_and_rewards_are_means),
        cmocka_unit_test(a_deviation_is_visible_beyond_a_quarter_and_a_floor),
        cmocka_unit_test(a_twin_is_wanted_from_the_onset_to_the_first_deviation),
        cmocka_unit_test(the_delay_counts_from_what_could_be_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
