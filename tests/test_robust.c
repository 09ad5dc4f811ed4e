// SPDX-License-Identifier: GPL-3.0-or-later
// test_robust.c - order statistics, levels, shifts and splits held against plain sorts and sums.
#include "base/rng.h"
#include "core/robust.h"
#include "support.h"

// no multiple of what is sorted side by side, and more than are looked through at once
enum { WIDTH = 137, STRIDE = 141, MOST = 300 };

static double cell[MOST * STRIDE];
static robust_level found[WIDTH + 1];

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Few different values, so that many are equal.
static void draw(rng *r, double *value, int n)
{
    for (int i = 0; i < n; i++)
        value[i] = 0.1 * (double)rng_below(r, 12);
}

static void a_sample_is_clean_or_missing(void **state)
{
    (void)state;
    static const double good[] = {0, 1e-300, 0.5, 7, 1e12};
    static const double bad[] = {-1e-300, -1, 1.0000001e12, 1e300, INFINITY, -INFINITY, NAN};
    for (int i = 0; i < 5; i++)
        assert_near(robust_clean(good[i]), good[i], 0);
    for (int i = 0; i < 7; i++)
        assert_true(isnan(robust_clean(bad[i])));
}

static void selection_and_median_are_those_of_a_sort(void **state)
{
    (void)state;
    rng r = rng_make(3, "robust");
    double given[64], sorted[64], work[64];
    for (int n = 1; n <= 64; n++) {
        draw(&r, given, n);
        memcpy(sorted, given, sizeof given);
        qsort(sorted, (size_t)n, sizeof *sorted, ascending);
        for (int k = 0; k < n; k++) {
            memcpy(work, given, sizeof given);
            assert_near(robust_select(work, n, k), sorted[k], 0);
            for (int i = 0; i < n; i++) // reordered about the k-th, nothing lost
                assert_true(i < k ? work[i] <= sorted[k] : work[i] >= sorted[k]);
            qsort(work, (size_t)n, sizeof *work, ascending);
            assert_memory_equal(work, sorted, (size_t)n * sizeof *work);
        }
        memcpy(work, given, sizeof given);
        assert_near(robust_median(work, n), 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]), 1e-15);
    }
}

// Of a sorted column, between two neighbours in proportion (type 7 of Hyndman and Fan 1996).
static double quantile(const double *sorted, int n, double share)
{
    double at = share * (n - 1), whole = floor(at);
    int i = (int)whole;
    return i + 1 < n ? sorted[i] + (at - whole) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

static robust_level level_of(int column, int rows)
{
    double value[MOST], off[MOST];
    int n = 0, taken = rows < ROBUST_ROWS_MAX ? rows : ROBUST_ROWS_MAX;
    for (int i = 0; i < taken; i++) {
        double x = cell[(i * rows / taken) * STRIDE + column];
        if (!isnan(x))
            value[n++] = x;
    }
    if (n == 0)
        return (robust_level){NAN, NAN, NAN, 0, 0, 0};
    qsort(value, (size_t)n, sizeof *value, ascending);
    double centre = quantile(value, n, 0.5);
    for (int i = 0; i < n; i++)
        off[i] = fabs(value[i] - centre);
    qsort(off, (size_t)n, sizeof *off, ascending);
    double mad = 1.4826 * quantile(off, n, 0.5);
    return (robust_level){.centre = centre,
                          .low = quantile(value, n, 1.0 / 6),
                          .high = quantile(value, n, 5.0 / 6),
                          .down = fmax(mad, (centre - quantile(value, n, 0.1)) / 1.282),
                          .up = fmax(mad, (quantile(value, n, 0.9) - centre) / 1.282),
                          .count = n};
}

static void expect_level(const robust_level *got, const robust_level *want)
{
    assert_int_equal(got->count, want->count);
    assert_near(got->down, want->down, 1e-13);
    assert_near(got->up, want->up, 1e-13);
    if (want->count == 0) {
        assert_true(isnan(got->centre) && isnan(got->low) && isnan(got->high));
        return;
    }
    assert_near(got->centre, want->centre, 1e-13);
    assert_near(got->low, want->low, 1e-13);
    assert_near(got->high, want->high, 1e-13);
}

// With few different values, values that are all different, and a tail on one side. Where there are
// gaps, some columns have nothing else.
static void fill(rng *r, int rows, int gaps)
{
    for (int i = 0; i < rows * STRIDE; i++) {
        double x = rng_uniform(r);
        x = i % 3 == 0 ? floor(20 * x) : i % 3 == 1 ? x : -x * x * x;
        bool gone = (int)rng_below(r, 100) < gaps || (gaps && i % STRIDE % 5 == 2);
        cell[i] = gone ? (double)NAN : x;
    }
}

static void a_level_is_that_of_its_column_alone(void **state)
{
    (void)state;
    static const int rows[] = {0,  1,  2,  3,  4,   5,   7,   8,   9,   15,  16,
                               17, 31, 33, 63, 100, 127, 128, 129, 200, 255, 300};
    rng r = rng_make(11, "levels");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int gaps = 0; gaps <= 90; gaps += 30) {
            fill(&r, rows[i], gaps);
            robust_levels(cell, STRIDE, rows[i], WIDTH, found);
            for (int c = 0; c < WIDTH; c++) {
                robust_level alone = level_of(c, rows[i]);
                expect_level(&found[c], &alone);
            }
        }
}

static void only_as_many_levels_are_written_as_there_are_columns(void **state)
{
    (void)state;
    rng r = rng_make(12, "levels");
    fill(&r, 50, 10);
    for (int width = 1; width <= WIDTH; width++) {
        memset(found, 0x5A, sizeof found);
        robust_level untouched = found[width];
        robust_levels(cell, STRIDE, 50, width, found);
        assert_memory_equal(&found[width], &untouched, sizeof untouched);
        robust_level last = level_of(width - 1, 50);
        expect_level(&found[width - 1], &last);
    }
}

static robust_level about(double low, double high, int count)
{
    return (robust_level){0.5 * (low + high), low, high, 1, 2, count};
}

static void a_shift_is_the_distance_of_a_sixth_in_sigmas(void **state)
{
    (void)state;
    static const struct {
        double low, high, floor, z; // now, against a sixth below 8 and above 12
    } rows[] = {
        {8, 12, 0.1, 0},  {9, 11, 0.1, 0},  {8.5, 11.9, 0.1, 0}, // between
        {9, 18, 0.1, 3},  {9, 18, 4, 1.5},  {12, 13, 2, 0.5},    // up is 2
        {5, 11, 0.1, -3}, {5, 11, 6, -0.5}, {7, 8, 0.1, -1},     // down is 1
        {7, 18, 0.1, 3},  {4, 18, 0.1, -4}, {8, 18, 1e9, 6e-9},
    };
    robust_level before = about(8, 12, 50);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        robust_level now = about(rows[i].low, rows[i].high, 1);
        assert_near(robust_shift(&before, &now, rows[i].floor), rows[i].z, 1e-12);
    }
    robust_level none = {NAN, NAN, NAN, 0, 0, 0}, now = about(50, 60, 9);
    assert_near(robust_shift(&before, &none, 0.1), 0, 0);
    assert_near(robust_shift(&none, &now, 0.1), 0, 0);
}

// One row in five counts beside the first, and eight at most; a floor does not shrink.
static void more_rows_count_more_up_to_a_bound(void **state)
{
    (void)state;
    static const struct {
        int rows;
        double n;
    } rows[] = {{1, 1}, {2, 1.2}, {6, 2}, {16, 4}, {36, 8}, {37, 8}, {1000, 8}};
    robust_level before = about(8, 12, 50);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        robust_level up = about(9, 18, rows[i].rows), down = about(5, 11, rows[i].rows);
        assert_near(robust_shift(&before, &up, 0.1), 3 * sqrt(rows[i].n), 1e-12);
        assert_near(robust_shift(&before, &down, 0.1), -3 * sqrt(rows[i].n), 1e-12);
        assert_near(robust_shift(&before, &up, 2), 3, 1e-12);
    }
}

static void a_shift_of_mirrored_rows_is_the_opposite(void **state)
{
    (void)state;
    rng r = rng_make(5, "shift");
    int moved = 0;
    for (int i = 0; i < 300; i++) {
        double row[40][4];
        double by = 3 * rng_normal(&r);
        for (int k = 0; k < 40; k++) {
            row[k][0] = rng_normal(&r) * (k % 3);
            row[k][1] = rng_normal(&r) + by;
            row[k][2] = -row[k][0];
            row[k][3] = -row[k][1];
        }
        robust_level before[4], now[4];
        robust_levels(&row[0][0], 4, 30, 4, before);
        robust_levels(&row[30][0], 4, 10, 4, now);
        double z = robust_shift(&before[0], &now[1], 0.05);
        assert_near(robust_shift(&before[2], &now[3], 0.05), -z, 1e-9);
        moved += z != 0;
        assert_true(by < 6 || z > 0);
        assert_true(by > -6 || z < 0);
    }
    assert_true(moved > 100);
}

static void evidence_is_odd_soft_and_bounded(void **state)
{
    (void)state;
    double last = 0;
    for (double z = 0; z < 500; z += 0.25) {
        double e = robust_evidence(z), formula = 0.5 * log(1 + z * z / 9);
        assert_near(robust_evidence(-z), -e, 0);
        assert_near(e, formula < 4 ? formula : 4, z < 160 || z > 164 ? 1e-9 : 0.03);
        assert_true(e >= last);
        last = e;
    }
    assert_near(robust_evidence(3), 0.35, 0.005);
    assert_near(robust_evidence(9), 1.15, 0.005);
    assert_near(robust_evidence(100), 3.5, 0.01);
    assert_near(robust_evidence(INFINITY), 4, 0);
    assert_near(robust_evidence(-1e300), -4, 0);
    assert_near(robust_evidence(NAN), 0, 0);
}

enum { SERIES = 80, COLUMNS = 5 };
static double series[SERIES * COLUMNS], gain[SERIES + 1], scratch[SERIES + 1];
static const int64_t all[COLUMNS] = {0, 1, 2, 3, 4};

// Gain of every row from the means of both sides, sum by sum; adds to `to`.
static void gain_of(int column, double *to)
{
    double value[SERIES], sorted[SERIES], step[SERIES];
    int n = 0, steps = 0;
    for (int i = 0; i < SERIES; i++)
        if (!isnan(value[i] = series[i * COLUMNS + column]))
            sorted[n++] = value[i];
    if (n < SERIES / 2)
        return;
    qsort(sorted, (size_t)n, sizeof *sorted, ascending);
    double centre = quantile(sorted, n, 0.5);
    for (int i = 1; i < SERIES; i++)
        if (!isnan(value[i]) && !isnan(value[i - 1]))
            step[steps++] = fabs(value[i] - value[i - 1]);
    qsort(step, (size_t)steps, sizeof *step, ascending);
    double sigma = steps ? 1.4826 / sqrt(2) * quantile(step, steps, 0.5) : 0;
    sigma = fmax(fmax(sigma, 0.05 * fabs(centre)), 1e-9);
    for (int at = 1; at < SERIES; at++) {
        double sum[2] = {0, 0}, count[2] = {0, 0}, whole = 0, won = 0;
        for (int i = 0; i < SERIES; i++)
            if (!isnan(value[i])) {
                double z = fmax(-10, fmin(10, (value[i] - centre) / sigma));
                sum[i >= at] += z, count[i >= at]++, whole += z;
            }
        if (count[0] == 0 || count[1] == 0)
            continue;
        for (int side = 0; side < 2; side++)
            won += sum[side] * sum[side] / count[side];
        to[at] += fmax(0, won - whole * whole / n - 40);
    }
}

static int split(int columns, int first, int last)
{
    const robust_rows rows = {series, COLUMNS, SERIES, columns, all};
    return robust_split(&rows, first, last, gain, scratch);
}

// Noise about 100; column c steps by `by` at row 20 + 9 c, every `gap`-th value is missing.
static void draw_series(rng *r, double by, int gap)
{
    for (int i = 0; i < SERIES; i++)
        for (int c = 0; c < COLUMNS; c++)
            series[i * COLUMNS + c] = gap && (i * 7 + c) % gap == 0
                                          ? (double)NAN
                                          : 100 + 4 * rng_normal(r) + (i >= 20 + 9 * c ? by : 0);
}

static void a_split_is_the_best_of_all_rows(void **state)
{
    (void)state;
    rng r = rng_make(8, "split");
    int found_any = 0;
    gain[SERIES] = scratch[SERIES] = -7;
    for (int draws = 0; draws < 60; draws++) {
        double want[SERIES] = {0};
        int columns = 1 + draws % COLUMNS, first = 5, last = 70, best = -1;
        draw_series(&r, draws % 4 ? (draws % 2 ? -9 : 3) * (double)(draws % 11) : 0,
                    draws % 3 ? 0 : 6);
        for (int c = 0; c < columns; c++)
            gain_of(c, want);
        for (int i = first; i <= last; i++)
            if (want[i] > 1e-6 && (best < 0 || want[i] > want[best]))
                best = i;
        assert_int_equal(split(columns, first, last), best);
        for (int i = 0; i < SERIES; i++)
            assert_near(gain[i], want[i], 1e-6);
        found_any += best >= 0;
    }
    assert_between(found_any, 20, 59); // both sides were seen
    assert_near(gain[SERIES], -7, 0);
    assert_near(scratch[SERIES], -7, 0);
}

static void a_step_is_found_and_a_spike_or_noise_is_not(void **state)
{
    (void)state;
    rng r = rng_make(9, "split");
    draw_series(&r, 60, 0);
    assert_int_equal(split(1, 1, SERIES - 1), 20);
    for (int i = 0; i < SERIES; i++) // downwards, and without noise
        series[i * COLUMNS] = i < 33 ? 1 : 0.5;
    assert_int_equal(split(1, 1, SERIES - 1), 33);
    assert_int_equal(split(1, 33, 33), 33);
    int beside = split(1, 40, 50); // the nearest there is
    assert_int_equal(beside, 40);
    draw_series(&r, 0, 0);
    assert_int_equal(split(COLUMNS, 1, SERIES - 1), -1);
    series[40 * COLUMNS] = 1e9;
    assert_int_equal(split(COLUMNS, 1, SERIES - 1), -1);
    for (int i = 0; i < SERIES * COLUMNS; i++)
        series[i] = 0;
    assert_int_equal(split(COLUMNS, 1, SERIES - 1), -1);
}

static void gaps_neither_hide_a_step_nor_are_one(void **state)
{
    (void)state;
    rng r = rng_make(10, "split");
    draw_series(&r, 60, 4);
    int at = split(1, 1, SERIES - 1);
    assert_in_range(at, 19, 20); // a missing row there may stand on either side
    for (int i = 0; i < SERIES; i++)
        series[i * COLUMNS] = i < 45 ? NAN : i < 50 ? 1 : 100; // less than half of it is there
    assert_int_equal(split(1, 1, SERIES - 1), -1);
    for (int i = 0; i < SERIES; i++)
        series[i * COLUMNS] = NAN;
    assert_int_equal(split(1, 1, SERIES - 1), -1);
    assert_int_equal(split(0, 1, SERIES - 1), -1);
}

// Rows outside the series are none.
static void the_row_is_looked_for_in_its_bounds_only(void **state)
{
    (void)state;
    for (int i = 0; i < SERIES; i++)
        series[i * COLUMNS] = i < SERIES - 8 ? 100 : 500;
    assert_int_equal(split(1, -5, SERIES + 5), SERIES - 8);
    assert_int_equal(split(1, SERIES - 4, SERIES + 5), SERIES - 4);
    assert_int_equal(split(1, 0, 0), -1);
    assert_int_equal(split(1, SERIES, SERIES + 5), -1);
    assert_int_equal(split(1, 30, 20), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_is_clean_or_missing),
        cmocka_unit_test(selection_and_median_are_those_of_a_sort),
        cmocka_unit_test(a_level_is_that_of_its_column_alone),
        cmocka_unit_test(only_as_many_levels_are_written_as_there_are_columns),
        cmocka_unit_test(a_shift_is_the_distance_of_a_sixth_in_sigmas),
        cmocka_unit_test(more_rows_count_more_up_to_a_bound),
        cmocka_unit_test(a_shift_of_mirrored_rows_is_the_opposite),
        cmocka_unit_test(evidence_is_odd_soft_and_bounded),
        cmocka_unit_test(a_split_is_the_best_of_all_rows),
        cmocka_unit_test(a_step_is_found_and_a_spike_or_noise_is_not),
        cmocka_unit_test(gaps_neither_hide_a_step_nor_are_one),
        cmocka_unit_test(the_row_is_looked_for_in_its_bounds_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
