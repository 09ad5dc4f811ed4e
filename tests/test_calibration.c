// SPDX-License-Identifier: GPL-3.0-or-later
// test_calibration.c - what was said against what was right.
#include "support.h"

#include "report/calibration.h"

#define MANY 400

// a fault, its ranking judged with confidence c
static result call(double c, int right)
{
    result r = {.fault_t_start = 80, .top1 = right, .confidence = c};
    snprintf(r.system, sizeof r.system, "shop");
    return r;
}

static void calls_are_counted_by_tenths_and_their_error_weighed(void **state)
{
    (void)state;
    // .2: one of two right; .95: all three; said .4 + 2.85, |.4 - 1| + |2.85 - 3| of five calls
    result rows[] = {call(0.2, 1),  call(0.2, 0),         call(0.95, 1), call(0.95, 1),
                     call(0.95, 1), call((double)NAN, 0), call(0.9, -1), call(0.9, 1)};
    rows[7].fault_t_start = -1; // healthy
    calibration c;
    assert_int_equal(calibration_make(rows, 8, CALIBRATION_EARLY, &c, NULL), TEND_OK);
    assert_near(c.calls, 5, 0);
    assert_near(c.bin[2].calls, 2, 0);
    assert_near(c.bin[2].said, 0.4, 1e-12);
    assert_near(c.bin[2].right, 1, 0);
    assert_near(c.bin[9].calls, 3, 0);
    assert_near(c.ece.value, (0.6 + 0.15) / 5, 1e-12);
    assert_true(c.ece.low <= c.ece.value && c.ece.value <= c.ece.high);
    assert_int_equal(calibration_make(rows, 8, CALIBRATION_ACTION, &c, NULL), TEND_OK);
    assert_near(c.calls, 0, 0);
    assert_true(isnan(c.ece.value) && isnan(c.ece.low) && isnan(c.ece.high));
    // 1 is in the last tenth, 0 in the first
    result ends[] = {call(0, 0), call(1, 1)};
    assert_int_equal(calibration_make(ends, 2, CALIBRATION_EARLY, &c, NULL), TEND_OK);
    assert_near(c.bin[0].calls, 1, 0);
    assert_near(c.bin[9].calls, 1, 0);
    assert_near(c.ece.value, 0, 0);
}

static void actions_are_read_from_their_counts(void **state)
{
    (void)state;
    result rows[] = {call(0.5, 1), call(0.5, 1)};
    rows[0].aimed[8] = 4, rows[0].aimed_right[8] = 1, rows[0].aimed_said[8] = 340;
    rows[1].aimed[3] = 1, rows[1].aimed_right[3] = 0, rows[1].aimed_said[3] = 30;
    rows[1].fault_t_start = -1; // an action in a healthy episode is wrong all the same
    calibration c;
    assert_int_equal(calibration_make(rows, 2, CALIBRATION_ACTION, &c, NULL), TEND_OK);
    assert_near(c.calls, 5, 0);
    assert_near(c.ece.value, (2.4 + 0.3) / 5, 1e-12);
}

static void the_bounds_narrow_with_the_calls_and_widen_with_the_systems(void **state)
{
    (void)state;
    static result rows[MANY];
    calibration few, many, clustered;
    for (int i = 0; i < MANY; i++) // said .7, right in a half
        rows[i] = call(0.7, i % 2);
    assert_int_equal(calibration_make(rows, 40, CALIBRATION_EARLY, &few, NULL), TEND_OK);
    assert_int_equal(calibration_make(rows, MANY, CALIBRATION_EARLY, &many, NULL), TEND_OK);
    assert_near(many.ece.value, 0.2, 1e-12);
    // the share of 400 halves varies by 1.96 x .025
    assert_near(many.ece.low, 0.2 - 0.049, 0.008);
    assert_near(many.ece.high, 0.2 + 0.049, 0.008);
    assert_true(few.ece.high - few.ece.low > 2 * (many.ece.high - many.ece.low));
    // ten systems, each all right or all wrong
    for (int i = 0; i < MANY; i++) {
        rows[i] = call(0.7, i / 40 % 2);
        snprintf(rows[i].system, sizeof rows[i].system, "system-%d", i / 40);
        rows[i].system_seed = i / 40;
    }
    assert_int_equal(calibration_make(rows, MANY, CALIBRATION_EARLY, &clustered, NULL), TEND_OK);
    assert_near(clustered.ece.value, 0.2, 1e-12);
    assert_true(clustered.ece.high - clustered.ece.low > 3 * (many.ece.high - many.ece.low));
}

// Of two systems, one all right and one all wrong, a resample has one of them twice, or both.
static void only_systems_are_drawn_where_there_are_several(void **state)
{
    (void)state;
    result rows[20];
    calibration c;
    for (int i = 0; i < 20; i++) {
        rows[i] = call(0.7, i < 10);
        snprintf(rows[i].system, sizeof rows[i].system, "%s", i < 10 ? "a" : "b");
    }
    assert_int_equal(calibration_make(rows, 20, CALIBRATION_EARLY, &c, NULL), TEND_OK);
    assert_near(c.ece.value, 0.2, 1e-12);
    assert_near(c.ece.low, 0.2, 1e-12);
    assert_near(c.ece.high, 0.7, 1e-12);
}

static void the_risk_is_that_of_the_surest(void **state)
{
    (void)state;
    // ten faults, eight with a ranking, the two least sure of which are wrong
    result rows[10];
    for (int i = 0; i < 10; i++)
        rows[i] = i < 8 ? call(0.2 + 0.1 * i, i >= 2) : call((double)NAN, -1);
    risk_point p[RISK_POINTS];
    assert_int_equal(calibration_risk(rows, 10, p, NULL), TEND_OK);
    assert_near(p[0].coverage, 0.1, 1e-12);
    assert_near(p[0].confidence, 0.9, 1e-12);
    assert_near(p[5].risk, 0, 0);
    assert_near(p[6].risk, 1.0 / 7, 1e-12);
    assert_near(p[7].risk, 2.0 / 8, 1e-12);
    assert_near(p[7].confidence, 0.2, 1e-12);
    assert_true(isnan(p[8].risk) && isnan(p[9].risk)); // nobody can be asked
    assert_near(p[9].coverage, 1, 0);
    rows[9].anomaly_steps = rows[8].anomaly_steps = -1; // nobody watched those
    assert_int_equal(calibration_risk(rows, 10, p, NULL), TEND_OK);
    assert_near(p[9].risk, 2.0 / 8, 1e-12);
    // of seven a tenth is one, and three tenths are three
    assert_int_equal(calibration_risk(rows, 7, p, NULL), TEND_OK);
    assert_near(p[0].confidence, 0.8, 1e-12);
    assert_near(p[2].confidence, 0.6, 1e-12);
    assert_near(p[9].risk, 2.0 / 7, 1e-12);
    assert_int_equal(calibration_risk(rows, 0, p, NULL), TEND_OK);
    assert_true(isnan(p[9].risk));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_counted_by_tenths_and_their_error_weighed),
        cmocka_unit_test(actions_are_read_from_their_counts),
        cmocka_unit_test(the_bounds_narrow_with_the_calls_and_widen_with_the_systems),
        cmocka_unit_test(only_systems_are_drawn_where_there_are_several),
        cmocka_unit_test(the_risk_is_that_of_the_surest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
