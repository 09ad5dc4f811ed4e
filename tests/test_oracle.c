// SPDX-License-Identifier: GPL-3.0-or-later
// test_oracle.c - the search keeps its promises: never worse than what is tried by hand, a plan
// does what it says, the same again, nothing it forks is touched.
#include "support.h"

#include "drive/oracle.h"
#include "drive/price.h"

#include <limits.h>
#include <tend/sim.h>

enum { STEPS = 60, PLENTY = 100000000 };

typedef struct stage { // an episode at its first fault's onset
    tend_sim_setup *setup;
    tend_sim *sim, *fork;
    oracle *o;
    const tend_system *system;
    int onset;
} stage;

static void close_stage(stage *x)
{
    oracle_close(x->o);
    tend_sim_close(x->sim);
    tend_sim_close(x->fork);
    tend_sim_setup_close(x->setup);
}

static void at_onset(stage *x, uint64_t seed)
{
    tend_truth truth;
    tend_err err = {TEND_OK, ""};
    assert_int_equal(tend_sim_reset(x->sim, seed, &err), TEND_OK);
    tend_sim_truth(x->sim, &truth);
    assert_true(truth.faults > 0);
    x->onset = INT_MAX;
    for (int i = 0; i < truth.faults; i++)
        if (truth.fault[i].start < x->onset)
            x->onset = truth.fault[i].start;
    while (tend_sim_tick(x->sim) < x->onset)
        assert_true(tend_sim_step(x->sim));
}

static stage open_as(tend_sim_options options)
{
    stage x = {0};
    tend_err err = {TEND_OK, ""};
    if (tend_sim_setup_open("default", &options, &x.setup, &err) != TEND_OK)
        fail_msg("%s", err.text);
    x.system = tend_sim_system(x.setup);
    assert_int_equal(tend_sim_open(x.setup, &x.sim, &err), TEND_OK);
    assert_int_equal(tend_sim_open(x.setup, &x.fork, &err), TEND_OK);
    assert_int_equal(oracle_open(x.setup, &x.o, &err), TEND_OK);
    return x;
}

static stage open_stage(const char *only, int steps)
{
    tend_sim_options options = tend_sim_usual();
    options.steps = steps;
    options.fault = only;
    options.severity = 0.8;
    options.preset = "calm";
    return open_as(options);
}

static oracle_task whole(const stage *x)
{
    return (oracle_task){
        .from = x->sim, .first = x->onset, .most = ORACLE_ACTIONS, .enough = -1, .ticks = PLENTY};
}

// Plays steps of tick and action by hand; INT_MAX when one is refused, or above `bound`.
static int play(stage *x, const int (*step)[2], int steps, int bound)
{
    tend_obs obs;
    int breach = 0, next = 0;
    tend_sim_copy(x->fork, x->sim);
    do {
        if (next < steps && tend_sim_tick(x->fork) == step[next][0] &&
            !tend_sim_act(x->fork, step[next++][1]))
            return INT_MAX;
        if (!tend_sim_step(x->fork))
            return breach;
        tend_sim_observe(x->fork, &obs);
        breach += obs.breach;
    } while (breach <= bound);
    return INT_MAX;
}

// The best of no action, of any one and of any two.
static int by_hand(stage *x)
{
    int best = play(x, NULL, 0, INT_MAX - 1), A = x->system->A;
    for (int t = x->onset; t < STEPS; t++)
        for (int a = 1; a < A && best > 0; a++) {
            int step[2][2] = {{t, a}}, found = play(x, (const int(*)[2])step, 1, best - 1);
            best = found < best ? found : best;
            for (step[1][0] = t + ORACLE_GAP; step[1][0] < STEPS; step[1][0]++)
                for (step[1][1] = 1; step[1][1] < A && best > 0; step[1][1]++) {
                    found = play(x, (const int(*)[2])step, 2, best - 1);
                    best = found < best ? found : best;
                }
        }
    return best;
}

static void it_is_never_worse_than_any_plan_of_up_to_two_actions(void **state)
{
    (void)state;
    static const char *const faults[] = {"bad_deploy",  "cache_evict",  "flash_crowd", "slow_db",
                                         "retry_storm", "cache_poison", "crash_loop"};
    int could = 0;
    for (int i = 0; i < 7; i++) {
        stage x = open_stage(faults[i], STEPS);
        for (uint64_t seed = 1; seed <= 1; seed++) {
            oracle_plan plan;
            at_onset(&x, seed);
            oracle_search(x.o, &(oracle_task){x.sim, x.onset, ORACLE_ACTIONS, -1, PLENTY, NULL},
                          &plan);
            int best = by_hand(&x), nothing = play(&x, NULL, 0, INT_MAX - 1);
            if (plan.breach > best)
                fail_msg("%s, seed %d: %d breach ticks, by hand %d", faults[i], (int)seed,
                         plan.breach, best);
            could += nothing - best;
        }
        close_stage(&x);
    }
    assert_true(could > 50); // else nothing was to be won, and nothing was tested
}

// It says what happens when its plan is played: ticks in breach, the last of them, and rules kept.
static void a_plan_does_what_it_says(void **state)
{
    (void)state;
    int acted = 0;
    stage x = open_stage(NULL, 240);
    for (uint64_t seed = 30; seed < 40; seed++) {
        tend_truth truth;
        tend_err err = {TEND_OK, ""};
        assert_int_equal(tend_sim_reset(x.sim, seed, &err), TEND_OK);
        tend_sim_truth(x.sim, &truth);
        if (truth.faults == 0)
            continue;
        at_onset(&x, seed);
        oracle_plan plan;
        oracle_task task = whole(&x);
        task.ticks = 100000;
        oracle_search(x.o, &task, &plan);
        int step[ORACLE_ACTIONS][2];
        assert_in_range(plan.actions, 0, ORACLE_ACTIONS);
        for (int i = 0; i < plan.actions; i++) {
            step[i][0] = plan.step[i].tick;
            step[i][1] = plan.step[i].action;
            assert_in_range(step[i][1], 1, x.system->A - 1);
            assert_true(step[i][0] >= (i ? step[i - 1][0] + ORACLE_GAP : x.onset));
        }
        assert_int_equal(play(&x, (const int(*)[2])step, plan.actions, INT_MAX - 1), plan.breach);
        assert_true(plan.breach <= play(&x, NULL, 0, INT_MAX - 1));
        acted += plan.actions;
    }
    assert_true(acted > 2);
    close_stage(&x);
}

static void a_faulty_version_is_rolled_back_or_passed_by(void **state)
{
    (void)state;
    stage x = open_stage("bad_deploy", 240);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        oracle_plan plan;
        at_onset(&x, seed);
        oracle_task task = whole(&x);
        task.ticks = 200000;
        oracle_search(x.o, &task, &plan);
        int nothing = play(&x, NULL, 0, INT_MAX - 1);
        assert_true(nothing > 60);
        assert_true(plan.breach < nothing / 4);
    }
    close_stage(&x);
}

static void it_gives_the_same_again_and_leaves_the_world_as_it_was(void **state)
{
    (void)state;
    stage x = open_stage("retry_storm", 80), y = open_stage("retry_storm", 80);
    at_onset(&x, 5);
    at_onset(&y, 5);
    uint64_t before = tend_sim_hash(x.sim);
    oracle_plan first, again, other;
    oracle_task task = whole(&x), same = whole(&y);
    oracle_search(x.o, &task, &first);
    int64_t ticks = oracle_ticks(x.o);
    oracle_search(x.o, &task, &again);
    oracle_search(y.o, &same, &other);
    assert_true(tend_sim_hash(x.sim) == before);
    assert_true(tend_sim_hash(y.sim) == before);
    assert_true(oracle_ticks(x.o) == 2 * ticks);
    assert_memory_equal(&first, &again, sizeof first);
    assert_memory_equal(&first, &other, sizeof first);
    close_stage(&x);
    close_stage(&y);
}

static void it_keeps_to_what_it_is_given(void **state)
{
    (void)state;
    stage x = open_stage("bad_deploy", 240);
    oracle_plan best, late, one, short_of;
    at_onset(&x, 2);
    oracle_task task = whole(&x);
    task.ticks = 400000;
    oracle_search(x.o, &task, &best);
    assert_true(best.actions > 0);
    // later, with the plan that was best as a hint: it is put off and no better
    task.first = x.onset + 40;
    task.hint = &best;
    oracle_search(x.o, &task, &late);
    assert_true(late.actions > 0);
    assert_true(late.step[0].tick >= task.first);
    assert_true(late.breach >= best.breach);
    // one action, and none
    task = whole(&x);
    task.most = 1;
    oracle_search(x.o, &task, &one);
    assert_int_equal(one.actions, 1);
    task.most = 0;
    oracle_search(x.o, &task, &one);
    assert_int_equal(one.actions, 0);
    assert_int_equal(one.breach, play(&x, NULL, 0, INT_MAX - 1));
    // what is enough ends it before it has begun, and so does work that may not be done
    task = whole(&x);
    task.enough = one.breach;
    int64_t before = oracle_ticks(x.o);
    oracle_search(x.o, &task, &short_of);
    assert_int_equal(short_of.actions, 0);
    assert_true(oracle_ticks(x.o) - before < 240);
    task.enough = -1;
    task.ticks = 5000;
    before = oracle_ticks(x.o);
    oracle_search(x.o, &task, &short_of);
    // the ticks of a roll-out under way and of one row of actions come on top
    assert_in_range(oracle_ticks(x.o) - before, 5000, 5000 + 240 * (x.system->A + 2));
    close_stage(&x);
}

// Where several actions help, in worlds as they usually are.
static void actions_of_a_plan_keep_their_distance(void **state)
{
    (void)state;
    static const char *const families[] = {"single", "two"};
    int pairs = 0;
    for (int i = 0; i < 2; i++) {
        tend_sim_options options = tend_sim_usual();
        options.steps = 120;
        options.preset = "real";
        options.family = families[i];
        stage x = open_as(options);
        for (uint64_t seed = 1; seed <= 16; seed++) {
            oracle_plan plan;
            at_onset(&x, seed);
            oracle_task task = whole(&x);
            task.ticks = 150000;
            oracle_search(x.o, &task, &plan);
            for (int k = 1; k < plan.actions; k++, pairs++)
                assert_true(plan.step[k].tick >= plan.step[k - 1].tick + ORACLE_GAP);
        }
        close_stage(&x);
    }
    assert_true(pairs > 3);
}

// What a search has no time to find it takes from the hint, if that is any good.
static void a_good_hint_is_taken_and_a_bad_one_is_not(void **state)
{
    (void)state;
    stage x = open_stage("bad_deploy", 240);
    oracle_plan best, hinted, plain;
    at_onset(&x, 2);
    oracle_task task = whole(&x);
    task.ticks = 400000;
    oracle_search(x.o, &task, &best);
    task.ticks = 0;
    oracle_search(x.o, &task, &plain);
    task.hint = &best;
    oracle_search(x.o, &task, &hinted);
    assert_true(plain.breach > best.breach);
    assert_int_equal(hinted.breach, best.breach);
    oracle_plan bad = {.actions = 1};
    bad.step[0].tick = x.onset;
    bad.step[0].action = tend_system_action(x.system, TEND_LIMIT, -1, -1);
    task.hint = &bad;
    oracle_search(x.o, &task, &hinted);
    assert_int_equal(hinted.breach, plain.breach);
    assert_int_equal(hinted.actions, plain.actions);
    close_stage(&x);
}

// Prices are seconds of breach; a tick of 15 s is worth 15 of them.
static void a_price_is_counted_in_ticks(void **state)
{
    (void)state;
    stage x = open_stage(NULL, STEPS);
    tend_err err;
    double price[64], slow[64];
    tend_system system = *x.system;
    assert_in_range(system.A, 2, 64);
    assert_int_equal(price_actions(&system, price, &err), TEND_OK);
    system.step_s = 15 * x.system->step_s;
    assert_int_equal(price_actions(&system, slow, &err), TEND_OK);
    assert_near(price[0], 0, 0);
    assert_true(price[tend_system_action(&system, TEND_RESTART, 0, -1)] > 0);
    for (int a = 1; a < system.A; a++) {
        assert_near(slow[a], price[a] / 15, 1e-12);
    }
    close_stage(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_never_worse_than_any_plan_of_up_to_two_actions),
        cmocka_unit_test(a_plan_does_what_it_says),
        cmocka_unit_test(a_faulty_version_is_rolled_back_or_passed_by),
        cmocka_unit_test(it_gives_the_same_again_and_leaves_the_world_as_it_was),
        cmocka_unit_test(actions_of_a_plan_keep_their_distance),
        cmocka_unit_test(a_good_hint_is_taken_and_a_bad_one_is_not),
        cmocka_unit_test(a_price_is_counted_in_ticks),
        cmocka_unit_test(it_keeps_to_what_it_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
