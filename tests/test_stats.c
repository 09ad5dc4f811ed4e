// SPDX-License-Identifier: GPL-3.0-or-later
// test_stats.c - intervals against known values and against themselves.
#include "support.h"

#include "base/rng.h"
#include "report/stats.h"

static void wilson_gives_the_published_interval(void **state)
{
    (void)state;
    interval i = stats_share(15, 20); // Newcombe 1998: 0.5313 .. 0.8881
    assert_near(i.value, 0.75, 1e-12);
    assert_near(i.low, 0.5313, 1e-4);
    assert_near(i.high, 0.8881, 1e-4);
    i = stats_share(20, 20);
    assert_near(i.high, 1, 1e-12);
    assert_true(i.low > 0.8 && i.low < 0.9);
    assert_near(i.low, 1 / (1 + 3.841459 / 20), 1e-6); // n / (n + z^2)
    i = stats_share(0, 20);
    assert_near(i.low, 0, 0);
    assert_near(i.high, 3.841459 / 23.841459, 1e-6);
    assert_true(isnan(stats_share(0, 0).value));
}

static void the_bootstrap_covers_the_mean_about_as_often_as_it_says(void **state)
{
    (void)state;
    enum { RUNS = 300, N = 60 };
    rng r = rng_make(5, "coverage");
    int covered = 0;
    for (int run = 0; run < RUNS; run++) {
        double x[N];
        interval i;
        for (int k = 0; k < N; k++)
            x[k] = 3 + 2 * rng_normal(&r);
        assert_int_equal(stats_mean(x, N, &i, NULL), TEND_OK);
        covered += i.low <= 3 && 3 <= i.high;
    }
    assert_between((double)covered / RUNS, 0.89, 0.985);
}

// of many samples the bounds are the normal ones: 1.96 standard errors on either side
static void the_bootstrap_of_many_samples_is_the_normal_interval(void **state)
{
    (void)state;
    enum { N = 1000 };
    double x[N];
    interval i;
    for (int k = 0; k < N; k++)
        x[k] = 10 + 0.01 * k; // uniform on 10 .. 20: standard deviation 10 / sqrt 12
    assert_int_equal(stats_mean(x, N, &i, NULL), TEND_OK);
    assert_near(i.value, 14.995, 1e-9);
    assert_near(i.value - i.low, 1.96 * 10 / sqrt(12.0 * N), 0.012);
    assert_near(i.high - i.value, 1.96 * 10 / sqrt(12.0 * N), 0.012);
    assert_int_equal(stats_mean(x, 0, &i, NULL), TEND_OK);
    assert_true(isnan(i.value) && isnan(i.low) && isnan(i.high));
}

// Samples of a system that are all alike say as much as one: the interval is that of the systems.
static void systems_are_drawn_with_all_they_have(void **state)
{
    (void)state;
    enum { SYSTEMS = 50, EACH = 20, N = SYSTEMS * EACH };
    double x[N], one[SYSTEMS];
    int of[N];
    interval by, alone, flat;
    for (int i = 0; i < N; i++) {
        of[i] = i % SYSTEMS; // in any order
        one[i % SYSTEMS] = x[i] = 10 + 0.2 * (i % SYSTEMS);
    }
    assert_int_equal(stats_mean_by(x, of, N, SYSTEMS, &by, NULL), TEND_OK);
    assert_int_equal(stats_mean(one, SYSTEMS, &alone, NULL), TEND_OK);
    assert_int_equal(stats_mean(x, N, &flat, NULL), TEND_OK);
    assert_near(by.value, 14.9, 1e-9);
    assert_near(by.low, alone.low, 1e-9);
    assert_near(by.high, alone.high, 1e-9);
    // episodes drawn one by one would be believed too much, by the root of their number
    assert_near((by.high - by.low) / (flat.high - flat.low), sqrt(EACH), 0.3);
    // a system with more episodes weighs more
    double few[] = {1, 1, 1, 5};
    int two[] = {0, 0, 0, 1};
    assert_int_equal(stats_mean_by(few, two, 4, 2, &by, NULL), TEND_OK);
    assert_near(by.value, 2, 1e-12);
    assert_near(by.low, 1, 1e-12);
    assert_near(by.high, 5, 1e-12);
    // one without a sample is not drawn, and one system is as stats_mean
    int three[] = {0, 0, 0, 2};
    interval same;
    assert_int_equal(stats_mean_by(few, three, 4, 3, &same, NULL), TEND_OK);
    assert_near(same.low, by.low, 0);
    assert_near(same.high, by.high, 0);
    assert_int_equal(stats_mean_by(x, of, N, 1, &same, NULL), TEND_OK);
    assert_near(same.low, flat.low, 0);
    int lone[] = {2, 2, 2, 2};
    assert_int_equal(stats_mean_by(few, lone, 4, 3, &same, NULL), TEND_OK);
    assert_int_equal(stats_mean(few, 4, &alone, NULL), TEND_OK);
    assert_near(same.low, alone.low, 0);
    assert_near(same.high, alone.high, 0);
    assert_int_equal(stats_mean_by(x, of, 0, 3, &same, NULL), TEND_OK);
    assert_true(isnan(same.value) && isnan(same.low));
}

// More samples than are drawn one by one: the same interval, in whatever order they come.
static void a_great_many_samples_are_drawn_by_the_hand(void **state)
{
    (void)state;
    enum { N = 200000 };
    double *x = malloc(N * sizeof *x), spread[3][2];
    interval i;
    assert_non_null(x);
    for (int k = 0; k < N; k++)
        x[k] = 10 + 10.0 * k / N; // rising
    assert_int_equal(stats_mean(x, N, &i, NULL), TEND_OK);
    assert_near(i.value, 15, 1e-4);
    spread[0][0] = i.value - i.low, spread[0][1] = i.high - i.value;
    for (int k = 0; k < N; k++)
        x[k] = 10 + 10.0 * (k % 1000) / 1000; // again and again
    assert_int_equal(stats_mean(x, N, &i, NULL), TEND_OK);
    spread[1][0] = i.value - i.low, spread[1][1] = i.high - i.value;
    for (int k = 0; k < N; k++)
        x[k] = k % 4000 == 7 ? 1 : 0; // 50 of them: bounds of a Poisson of mean 50
    assert_int_equal(stats_mean(x, N, &i, NULL), TEND_OK);
    assert_near(i.value, 50.0 / N, 1e-12);
    spread[2][0] = i.value - i.low, spread[2][1] = i.high - i.value;
    for (int side = 0; side < 2; side++) {
        // 2000 resamples know a bound to 3 % of its distance
        assert_near_relative(spread[0][side], 1.96 * 10 / sqrt(12.0 * N), 0.12);
        assert_near_relative(spread[1][side], 1.96 * 10 / sqrt(12.0 * N), 0.12);
        assert_near_relative(spread[2][side], 1.96 * sqrt(50) / N, 0.12);
    }
    free(x);
}

// One sample more than are drawn one by one moves the bounds as little as one sample does.
static void dealing_begins_without_a_jump(void **state)
{
    (void)state;
    double x[2002];
    interval one, more;
    rng r = rng_make(6, "jump");
    for (int k = 0; k < 2002; k++)
        x[k] = rng_normal(&r);
    assert_int_equal(stats_mean(x, 2000, &one, NULL), TEND_OK);
    assert_int_equal(stats_mean(x, 2002, &more, NULL), TEND_OK);
    assert_near(more.value, one.value, 0.003);
    assert_near(more.low, one.low, 0.006); // the standard error is 0.022
    assert_near(more.high, one.high, 0.006);
}

static void a_quantile_lies_between_the_sorted_samples(void **state)
{
    (void)state;
    double x[] = {40, 10, 30, 20, 50};
    assert_near(stats_quantile(x, 5, 0.5), 30, 0);
    assert_near(stats_quantile(x, 5, 0.25), 20, 0);
    assert_near(stats_quantile(x, 5, 0.9), 46, 1e-12);
    assert_true(isnan(stats_quantile(x, 0, 0.5)));
}

static void the_same_data_give_the_same_interval(void **state)
{
    (void)state;
    const double x[] = {1, 5, 2, 8, 3};
    interval a, b;
    stats_mean(x, 5, &a, NULL);
    stats_mean(x, 5, &b, NULL);
    assert_memory_equal(&a, &b, sizeof a);
    assert_near(a.value, 3.8, 1e-12);
    assert_true(a.low < a.value && a.value < a.high);
}

static void censored_times_raise_the_median_instead_of_lowering_it(void **state)
{
    (void)state;
    // Kaplan-Meier of 6 13 21 30 31+ 37 38 47+ 49 50: S is .6 at 30 and .6 x 4/5 = .48 at 37
    const double time[] = {6, 13, 21, 30, 31, 37, 38, 47, 49, 50};
    const unsigned char seen[] = {1, 1, 1, 1, 0, 1, 1, 0, 1, 1};
    interval median;
    assert_int_equal(stats_survival_median(time, seen, 10, &median, NULL), TEND_OK);
    assert_near(median.value, 37, 0);
    const unsigned char few[] = {1, 1, 0, 0, 0, 0, 0, 0, 0, 0};
    assert_int_equal(stats_survival_median(time, few, 10, &median, NULL), TEND_OK);
    assert_true(isinf(median.value));
    const unsigned char all[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    assert_int_equal(stats_survival_median(time, all, 10, &median, NULL), TEND_OK);
    assert_near(median.value, 31, 1e-12);
    // ties: of 8, two of three at 5 have ended (.75), and two of three at 9 (.75 x 3/5 = .45)
    const double tied[] = {9, 5, 20, 5, 9, 5, 9, 20};
    const unsigned char ended[] = {1, 1, 0, 0, 1, 1, 0, 0};
    assert_int_equal(stats_survival_median(tied, ended, 8, &median, NULL), TEND_OK);
    assert_near(median.value, 9, 0);
    assert_int_equal(stats_survival_median(tied, ended, 0, &median, NULL), TEND_OK);
    assert_true(isnan(median.value));
    // of n, after n / 2 exactly a half is left, however the product of the shares is rounded
    double rising[100];
    unsigned char every[100];
    for (int n = 2; n <= 100; n += 2) {
        for (int i = 0; i < n; i++) {
            rising[i] = i + 1;
            every[i] = 1;
        }
        assert_int_equal(stats_survival_median(rising, every, (size_t)n, &median, NULL), TEND_OK);
        assert_near(median.value, n / 2, 0);
    }
    // who ended at one time were all at risk: of five, two at 1 leave .6, one of three at 2 .4; of
    // seven, two at 1 leave 5/7, one of five at 2 4/7, one of four at 3 3/7
    const double pairs[] = {1, 1, 2, 3, 4, 5, 6};
    assert_int_equal(stats_survival_median(pairs, all, 5, &median, NULL), TEND_OK);
    assert_near(median.value, 2, 0);
    assert_int_equal(stats_survival_median(pairs, all, 7, &median, NULL), TEND_OK);
    assert_near(median.value, 3, 0);
    const double one = 4;
    assert_int_equal(stats_survival_median(&one, all, 1, &median, NULL), TEND_OK);
    assert_near(median.value, 4, 0);
}

// the trial of maintenance in leukaemia (Miles, Embury), as everybody who has a survival curve
static void the_band_of_a_median_is_that_of_its_curve(void **state)
{
    (void)state;
    const double kept[] = {9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161},
                 not_kept[] = {5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45};
    const unsigned char seen[] = {1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0},
                        not_seen[] = {1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1};
    interval median;
    assert_int_equal(stats_survival_median(kept, seen, 11, &median, NULL), TEND_OK);
    assert_near(median.value, 31, 0);
    assert_near(median.low, 13, 0);
    assert_true(isinf(median.high));
    assert_int_equal(stats_survival_median(not_kept, not_seen, 12, &median, NULL), TEND_OK);
    assert_near(median.value, 23, 0);
    assert_near(median.low, 5, 0);
    assert_near(median.high, 33, 0);
    // many: 1000 times 1 .. 1000, of which all are seen, are as good as a normal quantile
    double time[1000];
    unsigned char all[1000];
    for (int i = 0; i < 1000; i++) {
        time[i] = i + 1;
        all[i] = 1;
    }
    assert_int_equal(stats_survival_median(time, all, 1000, &median, NULL), TEND_OK);
    assert_near(median.value, 500, 0);
    assert_near(median.low, 469, 2);
    assert_near(median.high, 531, 2);
}

static void a_ratio_is_of_the_sums(void **state)
{
    (void)state;
    const double x[] = {3, 0, 0, 0}, y[] = {4, 0, 0, 0}, more[] = {1, 2, 3, 6},
                 of[] = {2, 4, 8, 10};
    interval i;
    // resamples of nothing say nothing: a third of them has the first of the four not once
    assert_int_equal(stats_ratio(x, y, 4, &i, NULL), TEND_OK);
    assert_near(i.value, 0.75, 1e-15);
    assert_near(i.low, 0.75, 1e-15);
    assert_near(i.high, 0.75, 1e-15);
    assert_int_equal(stats_ratio(more, of, 4, &i, NULL), TEND_OK);
    assert_near(i.value, 0.5, 1e-15);
    assert_true(i.low >= 0.375 && i.low < 0.45 && i.high > 0.53 && i.high <= 0.6);
    assert_int_equal(stats_ratio(x, y + 1, 3, &i, NULL), TEND_OK);
    assert_true(isnan(i.value) && isnan(i.low)); // of nothing
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wilson_gives_the_published_interval),
        cmocka_unit_test(the_bootstrap_covers_the_mean_about_as_often_as_it_says),
        cmocka_unit_test(the_bootstrap_of_many_samples_is_the_normal_interval),
        cmocka_unit_test(systems_are_drawn_with_all_they_have),
        cmocka_unit_test(a_great_many_samples_are_drawn_by_the_hand),
        cmocka_unit_test(dealing_begins_without_a_jump),
        cmocka_unit_test(a_quantile_lies_between_the_sorted_samples),
        cmocka_unit_test(the_same_data_give_the_same_interval),
        cmocka_unit_test(censored_times_raise_the_median_instead_of_lowering_it),
        cmocka_unit_test(a_ratio_is_of_the_sums),
        cmocka_unit_test(the_band_of_a_median_is_that_of_its_curve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
