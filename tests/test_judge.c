// SPDX-License-Identifier: GPL-3.0-or-later
// test_judge.c - alarm hysteresis and the price of a decision.
#include "support.h"

#include "agent/decide/judge.h"
#include "agent/detect/alarm.h"
#include "core/params.h"

static bool alarm_after(const char *scores)
{
    alarm_state a;
    alarm_params p = {2, 3, 4};
    tend_findings f = {.threshold = 0.5};
    alarm_init(&a);
    for (int64_t t = 0; scores[t]; t++) {
        f.overall = scores[t] == 'x' ? 1 : 0;
        alarm_update(&a, &p, t, &f);
    }
    return f.alarm;
}

static void one_noisy_sample_raises_no_alarm(void **state)
{
    (void)state;
    assert_false(alarm_after("...x"));
    assert_false(alarm_after("x..x"));
    assert_true(alarm_after("xx"));
    assert_true(alarm_after("x.x"));
}

static void an_alarm_is_kept_until_a_run_of_quiet_ticks(void **state)
{
    (void)state;
    assert_true(alarm_after("xx..."));
    assert_true(alarm_after("xx...x..."));
    assert_false(alarm_after("xx...."));
}

// At the threshold, or where nothing can be told, nothing is above it; since when it is told.
static void an_alarm_needs_more_than_the_threshold(void **state)
{
    (void)state;
    static const double overall[] = {0.5, NAN, 0.51};
    for (int i = 0; i < 3; i++) {
        alarm_state a;
        alarm_params p = {2, 3, 4};
        tend_findings f = {.overall = overall[i], .threshold = 0.5};
        alarm_init(&a);
        for (int64_t t = 7; t < 12; t++) {
            alarm_update(&a, &p, t, &f);
            assert_int_equal(f.alarm, i == 2 && t > 7);
            assert_int_equal(f.since, f.alarm ? 8 : -1);
        }
    }
}

static const tend_action actions[] = {{"noop", TEND_NOOP, -1, -1},
                                      {"rollback(api)", TEND_ROLLBACK, 0, -1}};
static const tend_system system_of_one = {
    .name = "one", .step_s = 1, .S = 1, .A = 2, .actions = actions};

static judge_params defaults(void)
{
    judge_params p;
    params_default(judge_param_table, &p);
    p.horizon = 10;
    return p;
}

// decides at tick 0, then lives through ticks 1.. of the string: x breach, l half refused, b both
static int live(const char *ticks, tend_outcome *out)
{
    judge_state j;
    judge_params p = defaults();
    tend_frame frame;
    int settled = 0;
    judge_init(&j);
    judge_note(&j, &(tend_decision){.key = 9, .arm = 3, .action = 1, .tick = 0});
    for (int64_t t = 1; ticks[t - 1]; t++) {
        tend_obs obs = {.tick = t,
                        .breach = strchr("xb", ticks[t - 1]) != NULL,
                        .refused = strchr("lb", ticks[t - 1]) ? 0.5 : 0};
        judge_tick(&j, &p, &system_of_one, &obs, &frame);
        if (frame.outcomes)
            *out = frame.outcome[0];
        settled += frame.outcomes;
    }
    return settled;
}

static void a_decision_settles_once_and_not_before_its_horizon(void **state)
{
    (void)state;
    tend_outcome o;
    assert_int_equal(live(".........", &o), 0);
    assert_int_equal(live("..........", &o), 1);
    assert_int_equal(live("....................", &o), 1);
    assert_int_equal(o.decided, 0);
    assert_int_equal(o.settled, 10);
    assert_int_equal(o.key, 9);
    assert_int_equal(o.arm, 3);
}

static void breach_refused_users_and_the_action_itself_cost_reward(void **state)
{
    (void)state;
    tend_outcome o;
    double rollback = defaults().cost_rollback / 10;
    live("..........", &o);
    assert_near(o.reward, 1 - rollback, 1e-12);
    assert_true(o.effective);
    live("xxxx......", &o);
    assert_near(o.reward, 0.6 - rollback, 1e-12);
    assert_true(o.effective); // it is over by the horizon
    live("bbbb......", &o);   // the larger of the two is charged, not both
    assert_near(o.reward, 0.6 - rollback, 1e-12);
    live("llll......", &o);
    assert_near(o.reward, 0.8 - rollback, 1e-12);
    live("xxxxxxxxxx", &o);
    assert_near(o.reward, 0, 1e-12);
    assert_false(o.effective);
    live(".........x", &o); // one tick of breach, but the last
    assert_near(o.reward, 0.9 - rollback, 1e-12);
    assert_false(o.effective);
}

static void a_decision_without_a_key_is_not_judged(void **state)
{
    (void)state;
    judge_state j;
    judge_init(&j);
    judge_note(&j, &(tend_decision){.key = 0, .action = 1});
    assert_int_equal(j.count, 0);
    for (int i = 0; i < 2 * JUDGE_PENDING_MAX; i++)
        judge_note(&j, &(tend_decision){.key = 1, .action = 1});
    assert_int_equal(j.count, JUDGE_PENDING_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_noisy_sample_raises_no_alarm),
        cmocka_unit_test(an_alarm_is_kept_until_a_run_of_quiet_ticks),
        cmocka_unit_test(an_alarm_needs_more_than_the_threshold),
        cmocka_unit_test(a_decision_settles_once_and_not_before_its_horizon),
        cmocka_unit_test(breach_refused_users_and_the_action_itself_cost_reward),
        cmocka_unit_test(a_decision_without_a_key_is_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
