// SPDX-License-Identifier: GPL-3.0-or-later
// test_detect_robust_z.c - robust deviations: quiet on noise, quick on a shift of any metric.
#include "detect_support.h"

static const lab_fault faults[] = {
    {1, LAB_P95, 2.5, 0},    {0, LAB_ERRORS, 1, 0.06},    {1, LAB_CPU, 1.7, 0},
    {1, LAB_MEMORY, 1.4, 0}, {0, LAB_SATURATION, 1, 0.6},
};

static lab *start(uint64_t seed)
{
    lab *l = lab_new(&detect_robust_z);
    lab_open(l, seed);
    return l;
}

static void the_daily_wave_is_no_anomaly(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        lab *l = start(seed);
        assert_true(lab_run(l, 3000) <= 3);
        lab_close(l);
    }
}

static void a_shift_of_any_metric_is_seen_at_once_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        lab *l = start(i + 1);
        lab_run(l, 100);
        assert_true(lab_run_fault(l, faults[i], 10) >= 8);
        assert_int_equal(l->metric[faults[i].service], faults[i].metric);
        assert_true(l->score[faults[i].service] > l->threshold);
        assert_true(l->score[!faults[i].service] < l->threshold);
        lab_close(l);
    }
}

static void a_fall_and_a_column_of_no_meaning_are_no_trouble(void **state)
{
    (void)state;
    const lab_fault harmless[] = {{0, LAB_REQUESTS, 3, 0}, {1, LAB_CPU, 0.3, 0}};
    for (int i = 0; i < 2; i++) {
        lab *l = start(1);
        lab_run(l, 100);
        assert_int_equal(lab_run_fault(l, harmless[i], 20), 0);
        lab_close(l);
    }
}

static void a_long_fault_stays_seen_and_quiet_returns_after_it(void **state)
{
    (void)state;
    lab *l = start(2);
    lab_run(l, 60);
    assert_true(lab_run_fault(l, faults[0], 150) >= 145);
    lab_run(l, 5);
    assert_true(lab_run(l, 300) <= 1);
    lab_close(l);
}

static void garbage_neither_poisons_nor_blinds(void **state)
{
    (void)state;
    lab *l = start(3);
    int above = 0, seen = 0;
    for (int i = 0; i < 600; i++) {
        lab_draw(l);
        lab_spoil(l, 8);
        lab_detect(l);
        above += l->overall > l->threshold;
    }
    assert_true(above <= 1);
    for (int i = 0; i < 40; i++) {
        lab_draw(l);
        l->value[1][LAB_P95] *= 2.5;
        lab_spoil(l, 8);
        lab_detect(l);
        seen += l->overall > l->threshold;
    }
    assert_true(seen >= 34);
    lab_close(l);
}

static void one_wild_sample_is_no_alarm(void **state)
{
    (void)state;
    lab *l = start(4);
    lab_set(l, "cap", 4); // below the level
    lab_run(l, 100);
    const lab_fault wild = {0, LAB_P95, 1e6, 0};
    assert_int_equal(lab_run_fault(l, wild, 1), 0);
    assert_int_equal(lab_run_fault(l, wild, 2), 2);
    lab_close(l);
}

static void columns_that_are_not_there_are_not_missed(void **state)
{
    (void)state;
    lab *l = lab_new(&detect_robust_z);
    l->system = &lab_narrow;
    lab_open(l, 10);
    assert_true(lab_run(l, 600) <= 1);
    assert_int_equal(lab_run_fault(l, faults[1], 10), 0); // errors, which this system lacks
    assert_true(lab_run_fault(l, faults[2], 10) >= 8);
    assert_int_equal(l->metric[faults[2].service], faults[2].metric);
    lab_close(l);
}

// Of two metrics that moved the one that moved more is named; a higher floor asks for more.
static void the_loudest_is_named_and_the_floor_scales(void **state)
{
    (void)state;
    for (int louder = 0; louder < 2; louder++) {
        lab *l = lab_new(&detect_robust_z);
        lab_open(l, 3);
        lab_run(l, 200);
        lab_draw(l);
        l->value[1][LAB_P95] *= louder ? 1.4 : 5;
        l->value[1][LAB_SATURATION] = louder ? 0.99 : l->value[1][LAB_SATURATION] + 0.15;
        lab_detect(l);
        assert_int_equal(l->metric[1], louder ? LAB_SATURATION : LAB_P95);
        lab_close(l);
    }
    double score[2];
    for (int floored = 0; floored < 2; floored++) {
        lab *l = lab_new(&detect_robust_z);
        lab_set(l, "floor", floored ? 20 : 1);
        lab_open(l, 3);
        lab_run(l, 200);
        lab_draw(l);
        l->value[1][LAB_P95] *= 1.8;
        lab_detect(l);
        score[floored] = l->score[1];
        lab_close(l);
    }
    assert_true(score[0] > 0.3 && score[1] < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_daily_wave_is_no_anomaly),
        cmocka_unit_test(a_shift_of_any_metric_is_seen_at_once_and_named),
        cmocka_unit_test(a_fall_and_a_column_of_no_meaning_are_no_trouble),
        cmocka_unit_test(a_long_fault_stays_seen_and_quiet_returns_after_it),
        cmocka_unit_test(garbage_neither_poisons_nor_blinds),
        cmocka_unit_test(one_wild_sample_is_no_alarm),
        cmocka_unit_test(columns_that_are_not_there_are_not_missed),
        cmocka_unit_test(the_loudest_is_named_and_the_floor_scales),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
