// SPDX-License-Identifier: GPL-3.0-or-later
// test_detect_threshold.c - static limits: each is held, from the first tick, and only when passed.
#include "detect_support.h"

static lab *start(void)
{
    lab *l = lab_new(&detect_threshold);
    lab_open(l, 1);
    return l;
}

static void a_healthy_system_is_below_every_limit(void **state)
{
    (void)state;
    lab *l = start();
    assert_int_equal(lab_run(l, 1200), 0);
    lab_close(l);
}

static void each_limit_alarms_when_passed_and_not_before(void **state)
{
    (void)state;
    const struct {
        int metric;
        double below, above;
    } limits[] = {{LAB_ERRORS, 0.03, 0.05},
                  {LAB_CPU, 0.95, 0.99},
                  {LAB_MEMORY, 0.8, 0.9},
                  {LAB_SATURATION, 0.85, 0.95}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        lab *l = start();
        const lab_fault below = {1, limits[i].metric, 0, limits[i].below};
        const lab_fault above = {1, limits[i].metric, 0, limits[i].above};
        assert_int_equal(lab_run_fault(l, below, 1), 0);
        assert_int_equal(lab_run_fault(l, above, 1), 1);
        assert_int_equal(l->metric[1], limits[i].metric);
        assert_true(l->score[0] < l->threshold);
        lab_close(l);
    }
}

static void the_entry_answers_for_the_objective(void **state)
{
    (void)state;
    lab *l = start();
    lab_draw(l);
    l->obs.entry_p95_ms = 190; // of 200
    lab_detect(l);
    assert_true(l->score[0] > l->threshold && l->score[1] < l->threshold);
    assert_int_equal(l->metric[0], LAB_P95);
    lab_draw(l);
    l->obs.entry_errors = 0.2;
    lab_detect(l);
    assert_true(l->score[0] > l->threshold);
    assert_int_equal(l->metric[0], LAB_ERRORS);
    // latency of a service that is not the entry has no limit
    lab_draw(l);
    l->value[1][LAB_P95] = 5000;
    lab_detect(l);
    assert_true(l->overall < l->threshold);
    lab_close(l);
}

static void garbage_neither_alarms_nor_hides_what_else_is_wrong(void **state)
{
    (void)state;
    const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e300, -1e300};
    lab *l = start();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lab_draw(l);
        for (int m = 0; m < LAB_METRICS; m++)
            l->value[1][m] = bad[i];
        l->obs.entry_p95_ms = l->obs.entry_errors = bad[i];
        lab_detect(l);
        assert_true(l->overall < l->threshold);
        assert_int_equal(l->metric[1], -1);
        l->value[1][LAB_CPU] = 1;
        lab_detect(l);
        assert_true(l->overall > l->threshold);
    }
    lab_close(l);
}

// Near is a share of what is allowed, of failures too; the entry keeps what is worse with it, and
// it is the entry wherever it stands.
static void the_objective_is_the_entrys_beside_its_own_limits(void **state)
{
    (void)state;
    tend_system turned = lab_system;
    for (int entry = 0; entry < LAB_SERVICES; entry++) {
        turned.entry = entry;
        lab *l = lab_new(&detect_threshold);
        l->system = &turned;
        lab_open(l, 1);
        for (int near = 0; near < 2; near++) {
            lab_draw(l);
            l->obs.entry_errors = near ? 0.047 : 0.043; // of 0.05
            lab_detect(l);
            assert_int_equal(l->overall > l->threshold, near);
            assert_int_equal(l->score[entry] > l->threshold, near);
            assert_true(l->score[1 - entry] < l->threshold);
        }
        lab_draw(l);
        l->value[entry][LAB_CPU] = 0.99;
        lab_detect(l);
        assert_true(l->score[entry] > l->threshold);
        assert_int_equal(l->metric[entry], LAB_CPU);
        lab_close(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_system_is_below_every_limit),
        cmocka_unit_test(each_limit_alarms_when_passed_and_not_before),
        cmocka_unit_test(the_entry_answers_for_the_objective),
        cmocka_unit_test(garbage_neither_alarms_nor_hides_what_else_is_wrong),
        cmocka_unit_test(the_objective_is_the_entrys_beside_its_own_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
