// SPDX-License-Identifier: GPL-3.0-or-later
// test_detect_door.c - how near a breach is: what a breach leaves behind, what never becomes usual,
// what noise, load, a start and a single wild tick make of it.
#include "support.h"

#include "agent/detect/door.h"

enum { REQUESTS, LATENCY, ERRORS, METRICS };
enum { SERVICES = 2, ENTRY = 1 };

static const tend_metric metrics[METRICS] = {
    {"requests", "1/s", TEND_REQUESTS}, {"p95", "ms", TEND_LATENCY}, {"errors", "1", TEND_ERRORS}};
static const tend_system two = {
    .S = SERVICES, .M = METRICS, .metrics = metrics, .entry = ENTRY, .slo = {200, 0.05}};
static const double unknown[SERVICES * METRICS] = {NAN, NAN, NAN, NAN, NAN, NAN};

typedef struct tick {
    double p95_ms, errors, load;
    bool breach;
} tick;

static const tick calm = {80, 0.0005, 0, false}; // of 200 ms and 5 %: all the way is to go

static double step(door *d, tick t)
{
    const door_rule rule = {1, 20};
    const tend_obs obs = {
        .value = unknown, .entry_p95_ms = t.p95_ms, .entry_errors = t.errors, .breach = t.breach};
    return door_step(d, &rule, &two, &obs, t.load);
}

static double steps(door *d, tick t, int ticks)
{
    double near = 0;
    for (int i = 0; i < ticks; i++)
        near = step(d, t);
    return near;
}

static door usual(void)
{
    door d = {.usual = 0};
    assert_true(steps(&d, calm, 100) < 0.2);
    return d;
}

// The p95 at a share of the way from what is usual to the objective.
static double on_the_way(double share)
{
    return 80 * pow(200.0 / 80, share);
}

// Halfway back to the objective within two ticks is the same trouble; less, or later, is not.
static void a_breach_is_remembered_for_two_ticks(void **state)
{
    (void)state;
    for (int half = 0; half < 2; half++) {
        door d = usual();
        const tick after = {on_the_way(half ? 0.56 : 0.4), 0.0005, 0, false};
        assert_true(step(&d, after) < 1);
        steps(&d, calm, 5);
        assert_true(step(&d, (tick){after.p95_ms, 0.0005, 0, true}) > 1);
        for (int i = 0; i < 4; i++)
            assert_true((step(&d, after) > 1) == (half && i < 2));
    }
    door d = usual();
    assert_true(steps(&d, (tick){80, 0.0005, 0, true}, 3) > 1); // a breach whatever is measured
    assert_true(step(&d, calm) < 1);
    door young = {.usual = 0}; // that no breach was before the first tick is no breach
    assert_between(step(&young, (tick){180, 0.0005, 0, false}), 0.9, 1);
}

// The same with failures, where they usually come and go.
static void failures_right_after_a_breach_are_the_same_trouble(void **state)
{
    (void)state;
    for (int breached = 0; breached < 2; breached++) {
        door d = {.usual = 0};
        for (int i = 0; i < 200; i++)
            step(&d, (tick){80, i % 2 ? 0 : 0.028, 0, false});
        door faint = d;
        step(&d, (tick){80, 0, 0, breached});
        assert_true((step(&d, (tick){80, 0.04, 0, false}) > 1) == breached);
        step(&faint, (tick){80, 0, 0, breached});
        assert_true(step(&faint, (tick){80, 0.03, 0, false}) < 1);
    }
}

static void what_is_near_the_objective_does_not_become_usual(void **state)
{
    (void)state;
    door d = usual();
    assert_true(steps(&d, (tick){on_the_way(0.7), 0.0005, 0, false}, 40) > 1.3);
    d = usual();
    assert_true(steps(&d, (tick){on_the_way(0.3), 0.0005, 0, false}, 200) < 0.2); // that does
    d = (door){.usual = 0};
    assert_true(steps(&d, (tick){195, 0.0005, 0, false}, 400) > 1.1);
    d = usual();
    assert_true(steps(&d, (tick){80, 0.045, 0, false}, 60) > 4);
    assert_true(steps(&d, (tick){80, 0.045, 0, false}, 3000) > 0.7);
    d = usual();
    assert_true(steps(&d, (tick){80, 0.005, 0, false}, 300) < 0.2);
}

static void noise_asks_for_more_until_the_objective_itself(void **state)
{
    (void)state;
    for (int noisy = 0; noisy < 3; noisy++) {
        static const double noise[] = {0, 0.12, 0.4};
        door d = {.usual = 0};
        for (int i = 0; i < 200; i++)
            step(&d, (tick){80 * exp(i % 2 ? noise[noisy] : -noise[noisy]), 0.0005, 0, false});
        door once = d, often = d, there = d;
        double near = step(&once, (tick){on_the_way(0.83), 0.0005, 0, false});
        assert_true(noisy == 2 ? near < 1 : noisy == 1 || near > 1);
        near = steps(&often, (tick){on_the_way(0.55), 0.0005, 0, false}, 20);
        assert_true(noisy == 2 || near > 1); // noise of twenty is less than of one
        assert_true(step(&there, (tick){202, 0.0005, 0, false}) >= 1);
    }
}

static void one_wild_tick_is_one(void **state)
{
    (void)state;
    door d = usual();
    assert_true(step(&d, (tick){1e6, 0.0005, 0, false}) > 1);
    assert_true(step(&d, calm) < 1);
    d = usual();
    assert_true(step(&d, (tick){80, 1, 0, false}) > 1);
    assert_true(step(&d, calm) < 1.3);
    steps(&d, calm, 2);
    assert_true(step(&d, calm) < 1);
}

// Before anything is known of what is usual a rise means nothing, and the objective all.
static void a_rise_needs_a_past(void **state)
{
    (void)state;
    const tick risen = {on_the_way(0.65), 0.0005, 0, false};
    door d = {.usual = 0};
    steps(&d, calm, 6);
    assert_true(steps(&d, risen, 10) < 0.9);
    d = usual();
    assert_true(steps(&d, risen, 10) > 1);
    d = (door){.usual = 0};
    steps(&d, calm, 3);
    assert_true(step(&d, (tick){199, 0.0005, 0, false}) > 1);
    d = (door){.usual = 0}; // nor is what is near the objective usual for coming first
    assert_true(step(&d, (tick){190, 0.0005, 0, false}) > 1);
}

// Load explains a rise, but not that there is no way left; who is faster under load is not slower.
static void load_explains_a_rise_up_to_the_objective(void **state)
{
    (void)state;
    door d = usual();
    assert_true(step(&d, (tick){199, 0.0005, 1.5, false}) > 1);
    d = usual();
    assert_true(steps(&d, (tick){on_the_way(0.6), 0.0005, 0.9, false}, 5) < 0.8);
    d = usual();
    assert_true(steps(&d, (tick){on_the_way(0.6), 0.0005, 0, false}, 20) > 1);
    d = (door){.usual = 0};
    for (int i = 0; i < 300; i++) {
        double load = 0.3 * sin(i / 10.0);
        step(&d, (tick){80 * exp(-load), 0.0005, load, false});
    }
    assert_true(steps(&d, (tick){80, 0.0005, 0.8, false}, 5) < 0.3);
}

static void either_of_both_is_enough_and_the_rule_scales_both(void **state)
{
    (void)state;
    static const tick worse[] = {{190, 0.0005, 0, false}, {80, 0.04, 0, false}};
    for (int i = 0; i < 2; i++) {
        door d = usual(), half = d;
        double near = step(&d, worse[i]);
        assert_true(near > 1);
        const tend_obs obs = {
            .value = unknown, .entry_p95_ms = worse[i].p95_ms, .entry_errors = worse[i].errors};
        assert_near(door_step(&half, &(door_rule){2, 20}, &two, &obs, 0), near / 2, 1e-12);
    }
}

// Where nothing is told of users their service speaks, and only that.
static void the_entry_stands_in_for_its_users(void **state)
{
    (void)state;
    for (int at = 0; at < SERVICES; at++)
        for (int what = LATENCY; what <= ERRORS; what++) {
            double value[SERVICES * METRICS];
            const tend_obs obs = {.value = value, .entry_p95_ms = NAN, .entry_errors = NAN};
            door d = {.usual = 0};
            double near = 0;
            for (int t = 0; t < 60; t++) {
                for (int s = 0; s < SERVICES; s++) {
                    bool bad = s == at && t >= 50;
                    value[s * METRICS + REQUESTS] = 10;
                    value[s * METRICS + LATENCY] = bad && what == LATENCY ? 190 : 80;
                    value[s * METRICS + ERRORS] = bad && what == ERRORS ? 0.04 : 0;
                }
                near = door_step(&d, &(door_rule){1, 20}, &two, &obs, 0);
            }
            assert_true((near > 1) == (at == ENTRY));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_breach_is_remembered_for_two_ticks),
        cmocka_unit_test(failures_right_after_a_breach_are_the_same_trouble),
        cmocka_unit_test(what_is_near_the_objective_does_not_become_usual),
        cmocka_unit_test(noise_asks_for_more_until_the_objective_itself),
        cmocka_unit_test(one_wild_tick_is_one),
        cmocka_unit_test(a_rise_needs_a_past),
        cmocka_unit_test(load_explains_a_rise_up_to_the_objective),
        cmocka_unit_test(either_of_both_is_enough_and_the_rule_scales_both),
        cmocka_unit_test(the_entry_stands_in_for_its_users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
