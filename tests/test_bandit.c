// SPDX-License-Identifier: GPL-3.0-or-later
// test_bandit.c - the UCB1 core against exact expected regrets.
//
// Two-armed Bernoulli bandits, T = 100, ties broken uniformly. The published expectations are
// checked twice: exactly, by carrying the distribution over all histories forward, and by playing.
// Published as UCB(alpha = .5) in the convention sqrt(alpha ln t / 2n), which is alpha = .25 here.
#include "support.h"

#include "agent/decide/bandit.h"
#include "base/rng.h"

#include <math.h>

enum { T = 100, SIDE = T + 1 };

static void play(const double p[2], double alpha, rng *r, double *regret)
{
    bandit_arm row[2] = {{0, 0}, {0, 0}};
    const bool allowed[2] = {true, true};
    double index[2], best = p[0] > p[1] ? p[0] : p[1];
    for (int t = 0; t < T; t++) {
        int arm = bandit_choose(row, allowed, 2, alpha, rng_next64(r), index).arm;
        *regret += best - p[arm];
        row[arm].count += 1;
        row[arm].sum += rng_uniform(r) < p[arm] ? 1 : 0;
    }
}

typedef double history[SIDE][SIDE][SIDE]; // [pulls of arm 0][its wins][wins of arm 1]

// probability mass of one history, spread over what the next pull may bring; returns its regret
static double spread(const int pulls[2], const int wins[2], double mass, const double p[2],
                     double alpha, history next)
{
    bandit_arm row[2] = {{pulls[0], wins[0]}, {pulls[1], wins[1]}};
    const bool allowed[2] = {true, true};
    double index[2], regret = 0, best = p[0] > p[1] ? p[0] : p[1];
    bandit_choose(row, allowed, 2, alpha, 0, index);
    for (int arm = 0; arm < 2; arm++) {
        double share = index[arm] > index[1 - arm] ? 1 : index[arm] < index[1 - arm] ? 0 : 0.5;
        regret += mass * share * (best - p[arm]);
        next[pulls[0] + (arm == 0)][wins[0] + (arm == 0)][wins[1] + (arm == 1)] +=
            mass * share * p[arm];
        next[pulls[0] + (arm == 0)][wins[0]][wins[1]] += mass * share * (1 - p[arm]);
    }
    return regret;
}

static double exact_regret(const double p[2], double alpha)
{
    double(*now)[SIDE][SIDE] = calloc(1, sizeof(history)), regret = 0;
    now[0][0][0] = 1;
    for (int t = 0; t < T; t++) {
        double(*next)[SIDE][SIDE] = calloc(1, sizeof(history));
        for (int n = 0; n <= t; n++)
            for (int a = 0; a <= n; a++)
                for (int b = 0; b <= t - n; b++)
                    if (now[n][a][b] > 0)
                        regret += spread((int[2]){n, t - n}, (int[2]){a, b}, now[n][a][b], p, alpha,
                                         next);
        free(now);
        now = next;
    }
    free(now);
    return regret;
}

static void holds(double p0, double p1, double alpha, double expected)
{
    enum { RUNS = 100000 };
    const double p[2] = {p0, p1};
    rng r = rng_make(1, "bandit");
    double sum = 0, squares = 0;
    for (int i = 0; i < RUNS; i++) {
        double regret = 0;
        play(p, alpha, &r, &regret);
        sum += regret;
        squares += regret * regret;
    }
    double mean = sum / RUNS, error = sqrt((squares / RUNS - mean * mean) / RUNS);
    assert_near(exact_regret(p, alpha), expected, 1e-6);
    assert_near(mean, expected, 3 * error);
}

static void expected_regret_of_ucb1_is_exact_on_two_arms(void **state)
{
    (void)state;
    holds(.5, .6, 2, 3.913027);
    holds(.2, .8, 2, 6.816738);
    holds(.9, .95, 2, 2.211357);
}

static void expected_regret_with_less_exploration_is_exact_too(void **state)
{
    (void)state;
    holds(.5, .6, .25, 3.027562);
    holds(.2, .8, .25, 1.910831);
    holds(.9, .95, .25, 1.723907);
}

static void an_arm_that_is_not_allowed_is_never_chosen(void **state)
{
    (void)state;
    const bandit_arm row[3] = {{10, 9}, {0, 0}, {10, 1}};
    double index[3];
    for (int mask = 1; mask < 8; mask++) {
        bool allowed[3] = {mask & 1, mask & 2, mask & 4};
        for (uint64_t seed = 0; seed < 50; seed++)
            assert_true(allowed[bandit_choose(row, allowed, 3, 2, seed, index).arm]);
    }
}

static void an_untried_arm_comes_first_and_without_one_the_best_mean_wins(void **state)
{
    (void)state;
    const bool all[3] = {true, true, true};
    double index[3];
    const bandit_arm untried[3] = {{10, 9}, {0, 0}, {10, 1}};
    assert_int_equal(bandit_choose(untried, all, 3, 2, 5, index).arm, 1);
    const bandit_arm tried[3] = {{10, 9}, {10, 5}, {10, 1}};
    assert_int_equal(bandit_choose(tried, all, 3, 2, 5, index).arm, 0);
}

static void ties_are_shared_and_the_propensity_says_so(void **state)
{
    (void)state;
    const bandit_arm row[4] = {{5, 2}, {5, 2}, {5, 1}, {5, 2}};
    const bool all[4] = {true, true, true, true};
    double index[4];
    int count[4] = {0};
    for (uint64_t seed = 0; seed < 3000; seed++) {
        bandit_choice choice = bandit_choose(row, all, 4, 2, seed, index);
        assert_near(choice.propensity, 1.0 / 3, 1e-15);
        count[choice.arm]++;
    }
    assert_int_equal(count[2], 0);
    for (int arm = 0; arm < 4; arm++)
        assert_true(arm == 2 || abs(count[arm] - 1000) < 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expected_regret_of_ucb1_is_exact_on_two_arms),
        cmocka_unit_test(expected_regret_with_less_exploration_is_exact_too),
        cmocka_unit_test(an_arm_that_is_not_allowed_is_never_chosen),
        cmocka_unit_test(an_untried_arm_comes_first_and_without_one_the_best_mean_wins),
        cmocka_unit_test(ties_are_shared_and_the_propensity_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
