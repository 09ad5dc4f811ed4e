// SPDX-License-Identifier: GPL-3.0-or-later
// test_judge_charges.c - what a decision is charged, action by action and user by user.
#include "frame_support.h"

#include "agent/decide/judge.h"
#include "core/params.h"

static judge_params over_ten(void)
{
    judge_params p;
    params_default(judge_param_table, &p);
    p.horizon = 10;
    return p;
}

// a decision at tick 0, ten ticks of the same charge
static tend_outcome price(const judge_params *p, const tend_system *system, int action,
                          const tend_obs *each)
{
    judge_state j;
    tend_frame frame = {.outcomes = 0};
    judge_init(&j);
    judge_note(&j, &(tend_decision){.key = 7, .arm = 2, .action = action, .tick = 0});
    for (int t = 1; t <= 10; t++) {
        tend_obs obs = *each;
        obs.tick = t;
        assert_int_equal(frame.outcomes, 0);
        judge_tick(&j, p, system, &obs, &frame);
    }
    assert_int_equal(frame.outcomes, 1);
    assert_int_equal(j.count, 0);
    return frame.outcome[0];
}

static void refused_users_are_charged_by_their_share(void **state)
{
    (void)state;
    static const struct {
        double refused;
        bool breach;
        double weight, charge; // per tick
    } rows[] = {{0, false, 1, 0},      {0.3, false, 1, 0.3}, {1, false, 1, 1},
                {0.3, false, 2, 0.6},  {0.3, false, 0, 0},   {0.3, true, 1, 1},
                {0.9, true, 1, 1},     {0.5, true, 3, 1.5}, // whichever is worse
                {1.0001, false, 1, 0}, {-0.5, false, 1, 0}, // no share
                {NAN, false, 1, 0},    {NAN, true, 1, 1}};
    tend_system *system = small_system();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judge_params p = over_ten();
        p.refused = rows[i].weight;
        tend_obs each = {.refused = rows[i].refused, .breach = rows[i].breach};
        tend_outcome o = price(&p, system, 0, &each); // waiting is free
        double right = 1 - rows[i].charge < 0 ? 0 : 1 - rows[i].charge;
        if (!(fabs(o.reward - right) < 1e-12))
            fail_msg("row %zu: reward %g, expected %g", i, o.reward, right);
        assert_int_equal(o.breach_ticks, rows[i].breach ? 10 : 0);
        assert_int_equal(o.effective, !rows[i].breach);
        assert_int_equal(o.arm, 2);
    }
    tend_system_free(system);
}

static void every_kind_of_action_has_its_price(void **state)
{
    (void)state;
    const struct {
        tend_action_kind kind;
        int service, edge;
        double cost;
    } rows[] = {{TEND_NOOP, -1, -1, 0},
                {TEND_RESTART, DB, -1, 0.6},
                {TEND_SCALE_UP, DB, -1, 0.4},
                {TEND_SCALE_DOWN, DB, -1, 0.4},
                {TEND_CLEAR_CACHE, CACHE, -1, 0.6},
                {TEND_LIMIT, -1, -1, 0.5},
                {TEND_LIFT, -1, -1, 0},
                {TEND_ROLLBACK, DB, -1, 1},
                {TEND_REROUTE, DB, API_DB, 0.8}};
    tend_system *system = small_system();
    judge_params p = over_ten();
    tend_obs quiet = {.tick = 0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int action = tend_system_action(system, rows[i].kind, rows[i].service, rows[i].edge);
        assert_true(action >= 0);
        tend_outcome o = price(&p, system, action, &quiet);
        assert_near(o.reward, 1 - rows[i].cost / 10, 1e-12);
        assert_int_equal(o.action, action);
    }
    p.cost_noop = 2;
    assert_near(price(&p, system, 0, &quiet).reward, 0.8, 1e-12);
    tend_system_free(system);
}

static void breach_is_weighed_in_seconds(void **state)
{
    (void)state;
    tend_system *made = small_system(), system = *made;
    system.step_s = 5; // ten ticks are fifty seconds, and a rollback still costs one
    judge_params p = over_ten();
    int rollback = tend_system_action(made, TEND_ROLLBACK, DB, -1);
    tend_obs quiet = {.refused = 0.4};
    assert_near(price(&p, &system, rollback, &quiet).reward, 1 - 0.4 - 1.0 / 50, 1e-12);
    tend_system_free(made);
}

static void decisions_settle_in_turn_and_a_few_at_a_time(void **state)
{
    (void)state;
    tend_system *system = small_system();
    judge_params p = over_ten();
    judge_state j;
    tend_frame frame;
    judge_init(&j);
    for (int i = 0; i < TEND_OUTCOMES_MAX + 2; i++)
        judge_note(&j, &(tend_decision){.key = (uint64_t)i + 1, .tick = 0});
    judge_note(&j, &(tend_decision){.key = 99, .tick = 1});
    for (int t = 1; t <= 9; t++) {
        judge_tick(&j, &p, system, &(tend_obs){.tick = t, .breach = t == 1}, &frame);
        assert_int_equal(frame.outcomes, 0);
    }
    judge_tick(&j, &p, system, &(tend_obs){.tick = 10}, &frame);
    assert_int_equal(frame.outcomes, TEND_OUTCOMES_MAX);
    for (int i = 0; i < TEND_OUTCOMES_MAX; i++) {
        assert_int_equal(frame.outcome[i].key, i + 1);
        assert_int_equal(frame.outcome[i].breach_ticks, 1);
    }
    judge_tick(&j, &p, system, &(tend_obs){.tick = 11}, &frame);
    assert_int_equal(frame.outcomes, 3); // the two left over and the next one
    assert_int_equal(frame.outcome[0].key, TEND_OUTCOMES_MAX + 1);
    assert_int_equal(frame.outcome[2].key, 99);
    assert_int_equal(frame.outcome[2].settled, 11);
    assert_int_equal(j.count, 0);
    judge_tick(&j, &p, system, &(tend_obs){.tick = 12}, &frame);
    assert_int_equal(frame.outcomes, 0);
    tend_system_free(system);
}

static void the_horizon_counts_from_the_decision(void **state)
{
    (void)state;
    tend_system *system = small_system();
    judge_params p = over_ten();
    judge_state j;
    tend_frame frame;
    judge_init(&j);
    judge_note(&j, &(tend_decision){.key = 1, .tick = 70});
    for (int t = 71; t < 80; t++) {
        judge_tick(&j, &p, system, &(tend_obs){.tick = t}, &frame);
        assert_int_equal(frame.outcomes, 0);
    }
    judge_tick(&j, &p, system, &(tend_obs){.tick = 80}, &frame);
    assert_int_equal(frame.outcomes, 1);
    assert_int_equal(frame.outcome[0].decided, 70);
    tend_system_free(system);
}

static void defaults_are_as_documented(void **state)
{
    (void)state;
    judge_params p;
    params_default(judge_param_table, &p);
    assert_near(p.horizon, 40, 0);
    assert_near(p.refused, 1, 0);
    assert_near(p.cost_noop, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_users_are_charged_by_their_share),
        cmocka_unit_test(every_kind_of_action_has_its_price),
        cmocka_unit_test(breach_is_weighed_in_seconds),
        cmocka_unit_test(decisions_settle_in_turn_and_a_few_at_a_time),
        cmocka_unit_test(the_horizon_counts_from_the_decision),
        cmocka_unit_test(defaults_are_as_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
