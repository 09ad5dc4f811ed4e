// SPDX-License-Identifier: GPL-3.0-or-later
// test_features.c - what is read from a service, and the running picture of what is usual.
#include "support.h"

#include "agent/detect/features.h"
#include "base/rng.h"

static const watch_rule rule = {0.03, 2.5, 2, 6, 5, 20, 0.05};

static watch settle(int samples, double location, double scale)
{
    watch w = {0};
    rng r = rng_make(1, "watch");
    for (int i = 0; i < samples; i++)
        watch_step(&w, &rule, location + scale * rng_normal(&r), 1e-9);
    return w;
}

static void a_garbage_sample_reads_as_missing(void **state)
{
    (void)state;
    const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e300, -1e300, -0.1};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(isnan(feature_read(bad[i])));
    assert_near(feature_read(0), 0, 0);
    assert_near(feature_read(8e9), 8e9, 0);
}

// Half of the level that counts as a change stops the learning, less does not.
static void from_half_of_a_change_on_hardly_anything_is_learnt(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        watch w = settle(2000, 50, 4), before = w;
        w.cusum = over ? rule.level : 0;
        before.cusum = w.cusum;
        // two sigmas off add nothing to the sum
        double sample = w.location + 2 * w.scale;
        watch_step(&w, &rule, sample, 1e-9);
        assert_near(w.cusum, before.cusum, 1e-9);
        double rate = rule.rate * (over ? rule.forget : 1);
        assert_near(w.location - before.location, rate * 2 * before.scale, 1e-9);
    }
    watch w = settle(2000, 50, 4), before = w;
    w.cusum = 0.45 * rule.level;
    watch_step(&w, &rule, w.location + 2 * w.scale, 1e-9);
    assert_near(w.location - before.location, rule.rate * 2 * before.scale, 1e-9);
}

static void columns_are_found_by_their_kind(void **state)
{
    (void)state;
    const tend_metric metrics[] = {{"x", "", TEND_OTHER},
                                   {"mem", "share", TEND_MEMORY},
                                   {"cpu", "share", TEND_CPU},
                                   {"p95_ms", "ms", TEND_LATENCY}};
    const tend_system system = {.M = 4, .metrics = metrics};
    feature_columns columns = features_find(&system);
    int found = 0;
    for (int i = 0; i < FEATURES; i++) {
        tend_metric_kind kind = feature_table[i].kind;
        int right = kind == TEND_MEMORY ? 1 : kind == TEND_CPU ? 2 : kind == TEND_LATENCY ? 3 : -1;
        assert_int_equal(columns.of[i], right);
        found += right >= 0;
    }
    assert_int_equal(found, 3);
}

static void location_and_scale_settle_on_those_of_the_series(void **state)
{
    (void)state;
    watch w = settle(3000, 50, 4);
    assert_near(w.location, 50, 2);
    assert_near(w.scale, 4, 1);
}

static void a_tenth_of_wild_samples_moves_the_location_little(void **state)
{
    (void)state;
    watch w = {0};
    rng r = rng_make(2, "watch");
    for (int i = 0; i < 3000; i++)
        watch_step(&w, &rule, rng_below(&r, 10) == 0 ? 1e9 : 50 + 4 * rng_normal(&r), 1e-9);
    assert_near(w.location, 50, 8);
}

static void the_sum_grows_on_a_shift_and_not_on_noise(void **state)
{
    (void)state;
    watch w = settle(2000, 50, 4);
    assert_true(w.cusum < rule.level);
    assert_true(watch_step(&w, &rule, 80, 1e-9) > 5);
    watch_step(&w, &rule, 80, 1e-9);
    assert_true(w.cusum > rule.level);
    // a fall is no trouble
    w = settle(2000, 50, 4);
    watch_step(&w, &rule, 20, 1e-9);
    watch_step(&w, &rule, 20, 1e-9);
    assert_near(w.cusum, 0, 0);
}

static void one_sample_adds_no_more_than_the_cap(void **state)
{
    (void)state;
    watch w = settle(2000, 50, 4);
    w.cusum = 0;
    watch_rule low = rule;
    low.cap = 3;
    watch_step(&w, &low, 1e9, 1e-9);
    assert_near(w.cusum, 3, 0);
}

static void a_constant_series_is_judged_by_the_floor(void **state)
{
    (void)state;
    watch w = {0};
    for (int i = 0; i < 100; i++)
        watch_step(&w, &rule, 7, 0.5);
    assert_near(watch_step(&w, &rule, 8, 0.5), 2, 1e-9);
}

static void a_missing_sample_teaches_nothing_and_lets_the_sum_fade(void **state)
{
    (void)state;
    watch w = settle(2000, 50, 4), before;
    w.cusum = 4;
    before = w;
    assert_near(watch_step(&w, &rule, (double)NAN, 1e-9), 0, 0);
    assert_near(w.location, before.location, 0);
    assert_near(w.scale, before.scale, 0);
    assert_between(w.cusum, 0, 4);
}

static void a_change_is_learnt_slowly_even_by_a_young_series(void **state)
{
    (void)state;
    watch w = settle(40, 50, 1);
    double before = w.location;
    for (int i = 0; i < 100; i++)
        watch_step(&w, &rule, 60, 1e-9);
    assert_near(w.location, before, 2);
    assert_true(w.cusum > rule.level);
}

static void floors_grow_with_the_level(void **state)
{
    (void)state;
    for (int i = 0; i < FEATURES; i++) {
        assert_true(feature_floor(i, 100, 1) > feature_floor(i, 1, 1));
        assert_near(feature_floor(i, 1, 3), 3 * feature_floor(i, 1, 1), 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_garbage_sample_reads_as_missing),
        cmocka_unit_test(from_half_of_a_change_on_hardly_anything_is_learnt),
        cmocka_unit_test(columns_are_found_by_their_kind),
        cmocka_unit_test(location_and_scale_settle_on_those_of_the_series),
        cmocka_unit_test(a_tenth_of_wild_samples_moves_the_location_little),
        cmocka_unit_test(the_sum_grows_on_a_shift_and_not_on_noise),
        cmocka_unit_test(one_sample_adds_no_more_than_the_cap),
        cmocka_unit_test(a_constant_series_is_judged_by_the_floor),
        cmocka_unit_test(a_missing_sample_teaches_nothing_and_lets_the_sum_fade),
        cmocka_unit_test(a_change_is_learnt_slowly_even_by_a_young_series),
        cmocka_unit_test(floors_grow_with_the_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
