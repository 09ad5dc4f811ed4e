// SPDX-License-Identifier: GPL-3.0-or-later
// test_detect_load.c - what load explains, what a series proves, how near the door is.
#include "support.h"

#include "agent/detect/door.h"
#include "agent/detect/load.h"
#include "agent/detect/series.h"
#include "base/math.h"
#include "base/rng.h"

#define SERVICES 5

static const tend_metric metrics[] = {{"requests", "1/s", TEND_REQUESTS}};
static const tend_system five = {.S = SERVICES, .M = 1, .metrics = metrics, .slo = {200, 0.05}};

// The index after `ticks` of 100 requests a second each, then one tick of `then`.
static double index_of(const double then[SERVICES])
{
    load_reference of[SERVICES] = {{0, 0}};
    double scratch[SERVICES], value[SERVICES], load = 0;
    const tend_obs obs = {.value = value};
    for (int t = 0; t <= 30; t++) {
        for (int s = 0; s < SERVICES; s++)
            value[s] = t < 30 ? 100 * (s + 1) : then[s];
        load = load_index(of, &five, &obs, 0, load, scratch);
    }
    return load;
}

static void what_all_services_share_is_load_and_what_two_of_five_do_is_not(void **state)
{
    (void)state;
    assert_near(index_of((double[]){150, 300, 450, 600, 750}), math_log(1.5), 1e-9);
    assert_near(index_of((double[]){100, 200, 300, 2000, 2500}), 0, 1e-9);
    assert_near(index_of((double[]){NAN, NAN, 450, NAN, NAN}), math_log(1.5), 1e-9);
    assert_near(index_of((double[]){NAN, 0, -1, NAN, 1e300}), 0, 1e-9);
}

// Who joins late joins where the others are, one leap moves no reference far, and where nobody says
// anything it is as it was.
static void a_reference_is_slow_and_its_own(void **state)
{
    (void)state;
    load_reference of[SERVICES] = {{0, 0}};
    double scratch[SERVICES], value[SERVICES], load = 0;
    const tend_obs obs = {.value = value};
    for (int t = 0; t < 200; t++) {
        for (int s = 0; s < SERVICES; s++)
            value[s] = s < 3 ? NAN : 100;
        load = load_index(of, &five, &obs, 0, load, scratch);
    }
    assert_near(of[4].seen, LOAD_SLOW, 0);
    for (int t = 0; t < 2; t++) { // twice as much, and then three more services are heard of
        for (int s = 0; s < SERVICES; s++)
            value[s] = s >= 3 ? 200 : t ? 7 : NAN;
        load = load_index(of, &five, &obs, 0, load, scratch);
        assert_near(load, math_log(2), 0.02);
    }
    double last = load;
    value[0] = 7 * 1e6; // a leap of its own
    double level = of[0].level;
    load = load_index(of, &five, &obs, 0, load, scratch);
    assert_between(of[0].level - level, 0, 0.5 + 1e-9); // half of a step of 1, its second sample
    assert_near(load, last, 0.05);
    for (int s = 0; s < SERVICES; s++)
        value[s] = NAN;
    assert_near(load_index(of, &five, &obs, 0, 0.7, scratch), 0.7, 0);
    assert_near(load_index(of, &five, &obs, -1, 0.7, scratch), 0.7, 0);
}

static const series_rule rule = {0.03, 3, 40, 0.1, 0.03, 0.8, 0.2, 2};

// A series on a load that swings by half, with noise of which `slow` is left a tick later.
static series settle(double noise, double slow, double *most)
{
    series s = {0};
    rng r = rng_make(1, "series");
    double z = 0;
    *most = 0;
    for (int i = 0; i < 300; i++) {
        double load = 0.4 * (double)(i % 60 < 30 ? i % 30 : 30 - i % 30) / 30;
        z = slow * z + sqrt(1 - slow * slow) * rng_normal(&r);
        double value = 1 + load + noise * z;
        double proof = series_step(&s, &rule, math_exp(value), value, load, 1);
        *most = i > 30 && proof > *most ? proof : *most;
    }
    return s;
}

static void load_explains_what_follows_it(void **state)
{
    (void)state;
    double most;
    series s = settle(0.02, 0, &most);
    assert_true(most < 1);
    series with = s, without = s;
    assert_near(series_step(&with, &rule, 4, 1.9, 0.9, 1), 0, 0);
    assert_true(series_step(&without, &rule, 4, 1.9, 0.1, 1) >= 2);
}

static void one_sample_proves_little_a_repeated_one_nothing_and_more_of_them_more(void **state)
{
    (void)state;
    double most;
    series s = settle(0.02, 0, &most);
    assert_near(series_step(&s, &rule, 8, 2, 0, 1), rule.single, 1e-12);
    for (int i = 0; i < 5; i++)
        assert_near(series_step(&s, &rule, 8, 2, 0, 1), rule.single, 1e-12);
    double second = series_step(&s, &rule, 8.1, 2.01, 0, 1);
    assert_true(second > rule.single + 1);
    assert_true(series_step(&s, &rule, 8.2, 2.02, 0, 1) > second);
}

static void slow_noise_proves_less_than_fast_noise(void **state)
{
    (void)state;
    double most, proof[2];
    for (int slow = 0; slow < 2; slow++) {
        series s = settle(0.03, slow ? 0.95 : 0, &most);
        for (int i = 0; i < 4; i++)
            proof[slow] = series_step(&s, &rule, 8 + i, 2 + 0.01 * i, 0, 1);
    }
    assert_true(proof[0] > proof[1] + 2);
}

static void a_gap_is_no_news_and_garbage_moves_nothing(void **state)
{
    (void)state;
    double most;
    series s = settle(0.02, 0, &most), before = s;
    assert_near(series_step(&s, &rule, NAN, NAN, 0, 1), 0, 0);
    assert_near(s.location, before.location, 0);
    assert_near(s.scale, before.scale, 0);
}

static double at_door(door *d, double p95_ms, double errors, double load, int ticks)
{
    const door_rule usual = {1, 20};
    const tend_obs obs = {.entry_p95_ms = p95_ms, .entry_errors = errors};
    double near = 0;
    for (int i = 0; i < ticks; i++)
        near = door_step(d, &usual, &five, &obs, load);
    return near;
}

static void a_rise_without_load_is_nearer_than_the_same_rise_with_it(void **state)
{
    (void)state;
    door alone = {.usual = 0};
    at_door(&alone, 80, 0.001, 0, 100);
    door crowd = alone;
    assert_true(at_door(&alone, 155, 0.001, 0, 6) > 1);
    assert_true(at_door(&crowd, 155, 0.001, 0.5, 6) < 1);
}

static void what_is_over_at_the_door_is_over(void **state)
{
    (void)state;
    door d = {.usual = 0};
    at_door(&d, 80, 0.001, 0, 100);
    assert_true(at_door(&d, 400, 0.5, 0, 20) > 1);
    assert_true(at_door(&d, 80, 0.001, 0, 4) < 1);
}

static void nothing_told_of_users_is_no_alarm(void **state)
{
    (void)state;
    door d = {.usual = 0};
    assert_near(at_door(&d, NAN, NAN, 0, 50), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_all_services_share_is_load_and_what_two_of_five_do_is_not),
        cmocka_unit_test(a_reference_is_slow_and_its_own),
        cmocka_unit_test(load_explains_what_follows_it),
        cmocka_unit_test(one_sample_proves_little_a_repeated_one_nothing_and_more_of_them_more),
        cmocka_unit_test(slow_noise_proves_less_than_fast_noise),
        cmocka_unit_test(a_gap_is_no_news_and_garbage_moves_nothing),
        cmocka_unit_test(a_rise_without_load_is_nearer_than_the_same_rise_with_it),
        cmocka_unit_test(what_is_over_at_the_door_is_over),
        cmocka_unit_test(nothing_told_of_users_is_no_alarm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
