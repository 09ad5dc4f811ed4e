// SPDX-License-Identifier: GPL-3.0-or-later
// test_record.c - what an episode's record keeps, and the moments it keeps it from.
#include "frame_support.h"

#include "report/record.h"

typedef struct bench {
    desk d;
    record *r;
} bench;

static void bench_open(bench *b, int steps)
{
    tend_err err = {TEND_OK, ""};
    desk_open(&b->d);
    assert_int_equal(record_open(b->d.system, steps, &b->r, &err), TEND_OK);
}

static void bench_close(bench *b)
{
    record_close(b->r);
    desk_close(&b->d);
}

static void tick(bench *b)
{
    tend_err err = {TEND_OK, ""};
    assert_int_equal(record_add(b->r, &b->d.frame, &err), TEND_OK);
    b->d.obs.tick++;
}

// ticks with the alarm up and a first suspect whose confidence tells the tick
static void alarmed(bench *b, int ticks)
{
    b->d.frame.findings.alarm = true;
    for (int i = 0; i < ticks; i++) {
        desk_suspect(&b->d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.01 * (double)b->d.obs.tick);
        tick(b);
    }
}

static void every_tick_is_kept_as_it_was(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 3);
    for (int t = 0; t < 3; t++) {
        for (int i = 0; i < SERVICES * METRICS; i++)
            b.d.value[i] = 100 * t + i;
        for (int s = 0; s < SERVICES; s++)
            b.d.score[s] = t + 0.1 * s;
        b.d.obs.entry_p95_ms = 50 + t;
        b.d.obs.entry_errors = 0.01 * t;
        b.d.obs.refused = 0.1 * t;
        b.d.obs.breach = t == 1;
        b.d.frame.findings.alarm = t == 2;
        b.d.frame.findings.overall = 0.3 * t;
        b.d.frame.findings.threshold = 0.6 + t;
        tick(&b);
    }
    assert_int_equal(b.r->steps, 3);
    for (int t = 0; t < 3; t++) {
        for (int i = 0; i < SERVICES * METRICS; i++)
            assert_near(b.r->value[t * SERVICES * METRICS + i], 100 * t + i, 0);
        for (int s = 0; s < SERVICES; s++)
            assert_near(b.r->score[t * SERVICES + s], t + 0.1 * s, 0);
        assert_near(b.r->entry_p95_ms[t], 50 + t, 0);
        assert_near(b.r->entry_errors[t], 0.01 * t, 0);
        assert_near(b.r->refused[t], 0.1 * t, 0);
        assert_int_equal(b.r->breach[t], t == 1);
        assert_int_equal(b.r->alarm[t], t == 2);
        assert_near(b.r->overall[t], 0.3 * t, 0);
        assert_near(b.r->threshold[t], 0.6 + t, 0);
    }
    bench_close(&b);
}

static void detection_is_kept_from_the_first_alarm_alone(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 40);
    assert_int_equal(b.r->detected_at, -1);
    for (int i = 0; i < 7; i++)
        tick(&b);
    assert_int_equal(b.r->detected_at, -1);
    b.d.score[DB] = 0.9;
    b.d.metric[DB] = CPU;
    b.d.frame.findings.overall = 0.8;
    alarmed(&b, 1);
    b.d.score[DB] = 0.1;
    b.d.metric[DB] = -1;
    b.d.frame.findings.overall = 0.1;
    alarmed(&b, 9);
    assert_int_equal(b.r->detected_at, 7);
    assert_near(b.r->detection.score[DB], 0.9, 0);
    assert_near(b.r->detection.score[API], 0, 0);
    assert_int_equal(b.r->detection.metric[DB], CPU);
    assert_int_equal(b.r->detection.metric[API], -1);
    assert_near(b.r->detection.overall, 0.8, 0);
    bench_close(&b);
}

static void the_ranking_kept_is_the_last_of_five_ticks_after_the_alarm(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 40);
    desk_suspect(&b.d, 0, API, -1, TEND_FAMILY_COMPUTE, 0.5);
    for (int i = 0; i < 3; i++) // a ranking without an alarm is nobody's
        tick(&b);
    assert_int_equal(b.r->diagnosed_at, -1);
    alarmed(&b, 5); // ticks 3 .. 7
    assert_int_equal(b.r->diagnosed_at, 7);
    alarmed(&b, 1);
    assert_int_equal(b.r->diagnosed_at, 8);
    alarmed(&b, 10);
    assert_int_equal(b.r->diagnosed_at, 8);
    assert_int_equal(b.r->diagnosis.count, 1);
    assert_int_equal(b.r->diagnosis.suspect[0].service, DB);
    assert_near(b.r->diagnosis.suspect[0].confidence, 0.08, 1e-15);
    assert_int_equal(b.r->diagnosis.room, SERVICES + EDGES);
    assert_true(b.r->diagnosis.suspect != b.d.suspect);
    bench_close(&b);
}

static void a_late_first_ranking_is_kept_and_no_later_one(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 40);
    b.d.frame.findings.alarm = true;
    for (int i = 0; i < 12; i++) // abstains
        tick(&b);
    assert_int_equal(b.r->diagnosed_at, -1);
    alarmed(&b, 3);
    assert_int_equal(b.r->diagnosed_at, 12);
    bench_close(&b);
}

static void the_ranking_of_the_first_action_is_the_last_one_kept(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 40);
    alarmed(&b, 2);
    b.d.frame.decision.action = desk_action(&b.d, TEND_RESTART, DB, -1);
    alarmed(&b, 1); // tick 2
    b.d.frame.decision.action = 0;
    alarmed(&b, 2);
    assert_int_equal(b.r->diagnosed_at, 2);
    assert_near(b.r->diagnosis.suspect[0].confidence, 0.02, 1e-15);
    bench_close(&b);
}

static void actions_masks_and_prices_are_listed_in_order(void **state)
{
    (void)state;
    enum { N = 9 }; // more than the lists begin with
    bench b;
    bench_open(&b, 40);
    int restart = desk_action(&b.d, TEND_RESTART, DB, -1);
    int scale = desk_action(&b.d, TEND_SCALE_UP, API, -1);
    tend_decision *decision = &b.d.frame.decision;
    decision->masked = b.d.masked;
    b.d.masked[scale] = 4;
    for (int i = 0; i < N; i++) {
        decision->action = restart + i % 2;
        decision->wanted = scale;
        decision->key = (uint64_t)i + 1;
        tick(&b);
        decision->action = 0;
        decision->wanted = i % 2 ? 0 : -1; // 0: it wished for nothing
        tick(&b);
    }
    assert_int_equal(b.r->actions, N);
    assert_int_equal(b.r->maskeds, N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(b.r->action[i].tick, 2 * i);
        assert_int_equal(b.r->action[i].decision.action, restart + i % 2);
        assert_int_equal(b.r->action[i].decision.key, i + 1);
        assert_null(b.r->action[i].decision.masked);
        assert_int_equal(b.r->action[i].outcome.settled, -1);
        assert_int_equal(b.r->masked[i].tick, 2 * i);
        assert_int_equal(b.r->masked[i].action, scale);
        assert_int_equal(b.r->masked[i].rule, 4);
    }
    // the price comes later, to the decision it belongs to
    b.d.frame.outcomes = 2;
    b.d.frame.outcome[0] = (tend_outcome){.decided = 4, .settled = 18, .reward = 0.5};
    b.d.frame.outcome[1] = (tend_outcome){.decided = 5, .settled = 18, .reward = 0.9};
    tick(&b);
    for (int i = 0; i < N; i++)
        assert_int_equal(b.r->action[i].outcome.settled, i == 2 ? 18 : -1);
    assert_near(b.r->action[2].outcome.reward, 0.5, 0);
    bench_close(&b);
}

static void a_full_record_says_so(void **state)
{
    (void)state;
    bench b;
    tend_err err = {TEND_OK, ""};
    bench_open(&b, 2);
    tick(&b);
    tick(&b);
    assert_int_equal(record_add(b.r, &b.d.frame, &err), TEND_FAILED);
    assert_holds(err.text, "2 steps");
    assert_int_equal(b.r->steps, 2);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tick_is_kept_as_it_was),
        cmocka_unit_test(detection_is_kept_from_the_first_alarm_alone),
        cmocka_unit_test(the_ranking_kept_is_the_last_of_five_ticks_after_the_alarm),
        cmocka_unit_test(a_late_first_ranking_is_kept_and_no_later_one),
        cmocka_unit_test(the_ranking_of_the_first_action_is_the_last_one_kept),
        cmocka_unit_test(actions_masks_and_prices_are_listed_in_order),
        cmocka_unit_test(a_full_record_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
