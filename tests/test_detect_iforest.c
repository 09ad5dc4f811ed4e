// SPDX-License-Identifier: GPL-3.0-or-later
// test_detect_iforest.c - the default detector: quiet on the wave, awake for faults.
#include "detect_support.h"

static const lab_fault faults[] = {
    {1, LAB_P95, 2.5, 0},    {0, LAB_ERRORS, 1, 0.06},    {1, LAB_CPU, 1.7, 0},
    {1, LAB_MEMORY, 1.4, 0}, {0, LAB_SATURATION, 1, 0.6},
};

static lab *start(uint64_t seed)
{
    lab *l = lab_new(&detect_iforest);
    lab_open(l, seed);
    return l;
}

static void the_daily_wave_is_no_anomaly(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        lab *l = start(seed);
        assert_true(lab_run(l, 1800) <= 1);
        lab_close(l);
    }
}

static void a_service_without_a_past_is_not_judged_by_it(void **state)
{
    (void)state;
    lab *l = start(1);
    lab_run(l, 10);
    lab_run_fault(l, faults[0], 9);
    assert_true(l->score[1] == 0);
    lab_close(l);
    l = start(1);
    lab_run(l, 100);
    lab_run_fault(l, faults[0], 9);
    assert_true(l->score[1] > l->threshold);
    lab_close(l);
}

// Ticks of a healthy system with the users' own figures replaced.
static int run_door(lab *l, double p95_ms, double errors, bool breach, int ticks)
{
    int above = 0;
    for (int i = 0; i < ticks; i++) {
        lab_draw(l);
        l->obs.entry_p95_ms = p95_ms;
        l->obs.entry_errors = errors;
        l->obs.breach = breach;
        lab_detect(l);
        above += l->overall > l->threshold;
    }
    l->obs.breach = false;
    return above;
}

static void what_users_suffer_is_seen_from_the_first_tick_on(void **state)
{
    (void)state;
    lab *l = start(1);
    assert_int_equal(run_door(l, 190, 0.001, false, 3), 3); // of 200 allowed
    lab_close(l);
    l = start(1);
    assert_int_equal(run_door(l, 90, 0.04, false, 3), 3); // of 0.05
    lab_close(l);
    l = start(1);
    assert_int_equal(run_door(l, 90, 0.001, true, 3), 3);
    lab_close(l);
    l = start(1);
    assert_int_equal(run_door(l, 110, 0.002, false, 3), 0);
    lab_close(l);
}

static void a_little_for_long_at_the_door_is_as_near_as_much_at_once(void **state)
{
    (void)state;
    lab *l = start(2);
    run_door(l, 90, 0.001, false, 100);
    assert_int_equal(run_door(l, 90, 0.01, false, 4), 0); // a fifth of the errors allowed
    assert_true(run_door(l, 90, 0.01, false, 20) >= 10);
    lab_close(l);
}

static void a_fault_in_any_metric_is_seen_within_four_samples_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        lab *l = start(i + 1);
        lab_run(l, 150);
        assert_true(lab_run_fault(l, faults[i], 10) >= 6);
        assert_int_equal(l->metric[faults[i].service], faults[i].metric);
        assert_true(l->score[faults[i].service] > l->threshold);
        assert_true(l->score[!faults[i].service] < l->threshold);
        lab_close(l);
    }
}

static void a_long_fault_does_not_become_usual(void **state)
{
    (void)state;
    lab *l = start(3);
    lab_run(l, 100);
    assert_true(lab_run_fault(l, faults[0], 140) >= 135);
    lab_close(l);
}

static void a_lasting_new_level_becomes_usual_in_the_end(void **state)
{
    (void)state;
    lab *l = start(3);
    lab_run(l, 100);
    const lab_fault milder = {1, LAB_MEMORY, 1.2, 0};
    assert_true(lab_run_fault(l, milder, 50) > 40);
    lab_run_fault(l, milder, 6000);
    assert_int_equal(lab_run_fault(l, milder, 200), 0);
    lab_close(l);
}

static void it_is_quiet_again_after_the_fault(void **state)
{
    (void)state;
    lab *l = start(4);
    lab_run(l, 100);
    lab_run_fault(l, faults[0], 60);
    lab_run(l, 5);
    assert_true(lab_run(l, 400) <= 1);
    lab_close(l);
}

static void garbage_neither_poisons_nor_blinds(void **state)
{
    (void)state;
    lab *l = start(5);
    int above = 0, seen = 0;
    for (int i = 0; i < 600; i++) {
        lab_draw(l);
        lab_spoil(l, 10);
        lab_detect(l);
        above += l->overall > l->threshold;
    }
    assert_true(above <= 1);
    for (int i = 0; i < 40; i++) {
        lab_draw(l);
        l->value[1][LAB_P95] *= 2.5;
        lab_spoil(l, 10);
        lab_detect(l);
        seen += l->overall > l->threshold;
    }
    assert_true(seen >= 34);
    lab_close(l);
}

static void a_silent_service_is_no_reason_to_alarm(void **state)
{
    (void)state;
    lab *l = start(6);
    lab_run(l, 100);
    for (int i = 0; i < 100; i++) {
        lab_draw(l);
        for (int m = 0; m < LAB_METRICS; m++)
            l->value[1][m] = (double)NAN;
        lab_detect(l);
        assert_true(l->overall < l->threshold);
    }
    assert_true(lab_run_fault(l, faults[2], 30) >= 20);
    lab_close(l);
}

static void the_plain_recipe_is_fitted_once_and_never_moves(void **state)
{
    (void)state;
    static const char *const off[] = {"refit_every", "conditioned", "gate", "anchors",
                                      "saturation"};
    for (int refit = 0; refit <= 1; refit++) {
        lab *l = lab_new(&detect_iforest);
        for (size_t i = 0; i < sizeof off / sizeof *off; i++)
            lab_set(l, off[i], 0);
        lab_set(l, "warmup", 60);
        lab_set(l, "mean", 1);
        lab_set(l, "refit_every", refit ? 10 : 0);
        lab_set(l, "threshold", 0.9); // all rows are kept
        lab_open(l, 7);
        lab_run(l, 61);
        double early = l->score[0];
        assert_true(early > 0.3 && early < 0.8);
        assert_near(l->overall, (l->score[0] + l->score[1]) / 2, 1e-12);
        double row[LAB_SERVICES][LAB_METRICS];
        memcpy(row, l->value, sizeof row);
        lab_run(l, 500);
        memcpy(l->value, row, sizeof row);
        lab_detect(l);
        assert_true((l->score[0] == early) == !refit);
        lab_close(l);
    }
}

static void a_copied_state_continues_like_the_original(void **state)
{
    (void)state;
    lab *l = start(8), *copy = start(9);
    lab_run(l, 130);
    memcpy(copy->node.state, l->node.state, l->size);
    copy->noise = l->noise;
    copy->obs.tick = l->obs.tick;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(lab_run(l, 1), lab_run(copy, 1));
        assert_memory_equal(l->score, copy->score, sizeof l->score);
    }
    assert_memory_equal(l->node.state, copy->node.state, l->size);
    lab_close(l);
    lab_close(copy);
}

static void the_same_seed_gives_the_same_state_and_another_does_not(void **state)
{
    (void)state;
    lab *a = start(1), *b = start(1), *c = start(2);
    lab_run(a, 200);
    lab_run(b, 200);
    lab_run(c, 200);
    assert_memory_equal(a->node.state, b->node.state, a->size);
    assert_memory_not_equal(a->node.state, c->node.state, a->size);
    lab_close(a);
    lab_close(b);
    lab_close(c);
}

static void columns_that_are_not_there_are_not_missed(void **state)
{
    (void)state;
    lab *l = lab_new(&detect_iforest);
    l->system = &lab_narrow;
    lab_open(l, 10);
    assert_true(lab_run(l, 600) <= 1);
    assert_int_equal(lab_run_fault(l, faults[1], 10), 0); // errors, which this system lacks
    assert_true(lab_run_fault(l, faults[2], 10) >= 8);
    assert_int_equal(l->metric[faults[2].service], faults[2].metric);
    lab_close(l);
}

static double odds(double score)
{
    return score / (1 - score);
}

// With users at ease what is proved of each service is added once.
static void what_is_proved_of_services_is_added(void **state)
{
    (void)state;
    for (int both = 0; both < 2; both++)
        for (int first = 0; first < LAB_SERVICES; first++) {
            lab *l = start(2);
            double most = 0;
            for (int i = 0; i < 170; i++) {
                lab_draw(l);
                l->obs.entry_p95_ms = 60;
                l->obs.entry_errors = 0.001;
                if (i >= 160)
                    l->value[first][LAB_CPU] *= 1.6;
                if (i >= 160 && both)
                    l->value[1 - first][LAB_MEMORY] *= 1.3;
                lab_detect(l);
                double sum = odds(l->score[0]) + odds(l->score[1]);
                assert_near(odds(l->overall), sum, 0.1);
                most = sum > most ? sum : most;
            }
            assert_true(most > 0.5);
            lab_close(l);
        }
}

// The same fault, seen by who is let judge so early, and by who takes less for harmless.
static void who_judges_when_and_what_is_harmless_are_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double value;
        bool seen;
    } rows[] = {
        {"settle", 20, true}, {"settle", 200, false}, {"slack", 1, true}, {"slack", 6, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lab *l = lab_new(&detect_iforest);
        lab_set(l, rows[i].name, rows[i].value);
        lab_open(l, 1);
        lab_run(l, 150);
        lab_run_fault(l, faults[2], 9);
        assert_int_equal(l->score[1] > l->threshold, rows[i].seen);
        assert_true(rows[i].seen || l->score[1] < 0.1);
        lab_close(l);
    }
}

static void the_mean_is_taken_where_it_is_asked_for(void **state)
{
    (void)state;
    lab *l = lab_new(&detect_iforest);
    lab_set(l, "mean", 1);
    lab_open(l, 1);
    lab_run(l, 100);
    for (int i = 0; i < 9; i++) {
        lab_run_fault(l, faults[2], 1);
        assert_near(l->overall, (l->score[0] + l->score[1]) / 2, 1e-12);
    }
    assert_true(l->score[1] > l->threshold);
    lab_close(l);
}

// Two services that see the same have forests of their own.
static void forests_of_services_are_their_own(void **state)
{
    (void)state;
    lab *l = lab_new(&detect_iforest);
    lab_set(l, "gate", 0);
    lab_open(l, 1);
    int apart = 0;
    for (int i = 0; i < 100; i++) {
        lab_draw(l);
        memcpy(l->value[1], l->value[0], sizeof l->value[0]);
        lab_detect(l);
        apart += l->score[0] != l->score[1];
    }
    assert_true(apart > 40);
    lab_close(l);
}

// Two powers of ten at most of one sample, and one of them is nothing: of seven that are asked for.
static void one_wild_sample_of_one_column_proves_a_seventh(void **state)
{
    (void)state;
    for (int m = 0; m < LAB_METRICS; m++) {
        if (m == LAB_REQUESTS)
            continue;
        lab *l = lab_new(&detect_iforest);
        lab_set(l, "warmup", 1e6); // without a forest
        lab_open(l, 1);
        lab_run(l, 150);
        assert_true(l->score[1] < 0.05);
        lab_draw(l);
        l->value[1][m] = l->value[1][m] * 4 + 0.3;
        lab_detect(l);
        assert_near(odds(l->score[1]), 1.0 / 7, 1e-9);
        assert_int_equal(l->metric[1], m);
        lab_close(l);
    }
}

// What grows slowly for long is not taken for usual while it grows.
static void a_leak_is_seen_while_it_grows(void **state)
{
    (void)state;
    for (int leaks = 0; leaks < 2; leaks++) {
        lab *l = start(4);
        lab_run(l, 150);
        int seen = 0;
        double more = 1;
        for (int i = 0; i < 120; i++) {
            lab_draw(l);
            more *= leaks ? 1.006 : 1;
            l->value[1][LAB_MEMORY] *= more;
            lab_detect(l);
            seen += l->score[1] > l->threshold;
        }
        assert_true(leaks ? seen > 30 : seen == 0);
        lab_close(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_daily_wave_is_no_anomaly),
        cmocka_unit_test(a_service_without_a_past_is_not_judged_by_it),
        cmocka_unit_test(what_users_suffer_is_seen_from_the_first_tick_on),
        cmocka_unit_test(a_little_for_long_at_the_door_is_as_near_as_much_at_once),
        cmocka_unit_test(a_fault_in_any_metric_is_seen_within_four_samples_and_named),
        cmocka_unit_test(a_long_fault_does_not_become_usual),
        cmocka_unit_test(a_lasting_new_level_becomes_usual_in_the_end),
        cmocka_unit_test(it_is_quiet_again_after_the_fault),
        cmocka_unit_test(garbage_neither_poisons_nor_blinds),
        cmocka_unit_test(a_silent_service_is_no_reason_to_alarm),
        cmocka_unit_test(the_plain_recipe_is_fitted_once_and_never_moves),
        cmocka_unit_test(a_copied_state_continues_like_the_original),
        cmocka_unit_test(the_same_seed_gives_the_same_state_and_another_does_not),
        cmocka_unit_test(columns_that_are_not_there_are_not_missed),
        cmocka_unit_test(what_is_proved_of_services_is_added),
        cmocka_unit_test(who_judges_when_and_what_is_harmless_are_parameters),
        cmocka_unit_test(the_mean_is_taken_where_it_is_asked_for),
        cmocka_unit_test(forests_of_services_are_their_own),
        cmocka_unit_test(one_wild_sample_of_one_column_proves_a_seventh),
        cmocka_unit_test(a_leak_is_seen_while_it_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
