// SPDX-License-Identifier: GPL-3.0-or-later
// test_levels.c - medians of many columns at once, held against medians of one.
#include "agent/diagnose/impact.h"
#include "agent/diagnose/levels.h"
#include "base/rng.h"
#include "support.h"

enum { WIDTH = 37, STRIDE = 41 }; // no multiple of what is sorted side by side

static double cell[LEVELS_ROWS_MAX * STRIDE];
static level found[WIDTH + 1];

// Few different values, so that many are equal; `gaps` of a hundred are missing.
static void fill(rng *r, int gaps)
{
    for (int i = 0; i < LEVELS_ROWS_MAX * STRIDE; i++)
        cell[i] = (int)rng_below(r, 100) < gaps ? (double)NAN : 0.1 * (double)rng_below(r, 40);
}

// Returns how many of the column's rows hold a value.
static int one_by_one(int column, int rows, level *out)
{
    double value[LEVELS_ROWS_MAX];
    int n = 0;
    for (int i = 0; i < rows; i++)
        if (!isnan(cell[i * STRIDE + column]))
            value[n++] = cell[i * STRIDE + column];
    if (n == 0)
        return 0;
    out->centre = impact_median(value, n);
    for (int i = 0; i < n; i++)
        value[i] = fabs(value[i] - out->centre);
    out->scale = 1.4826 * impact_median(value, n);
    return n;
}

static void a_level_is_that_of_its_column_alone(void **state)
{
    (void)state;
    rng r = rng_make(11, "levels");
    for (int rows = 0; rows <= LEVELS_ROWS_MAX; rows++)
        for (int gaps = 0; gaps <= 90; gaps += 30) {
            fill(&r, gaps);
            levels_take(cell, STRIDE, rows, WIDTH, found);
            for (int c = 0; c < WIDTH; c++) {
                level alone;
                if (one_by_one(c, rows, &alone)) {
                    assert_near(found[c].centre, alone.centre, 0);
                    assert_near(found[c].scale, alone.scale, 0);
                } else {
                    assert_true(isnan(found[c].centre));
                    assert_near(found[c].scale, 0, 0);
                }
            }
        }
}

static void only_as_many_levels_are_written_as_there_are_columns(void **state)
{
    (void)state;
    rng r = rng_make(12, "levels");
    fill(&r, 0);
    for (int width = 1; width <= WIDTH; width++) {
        found[width].centre = found[width].scale = -7;
        levels_take(cell, STRIDE, LEVELS_ROWS_MAX, width, found);
        assert_near(found[width].centre, -7, 0);
        assert_near(found[width].scale, -7, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_is_that_of_its_column_alone),
        cmocka_unit_test(only_as_many_levels_are_written_as_there_are_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
