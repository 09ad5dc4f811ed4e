// SPDX-License-Identifier: GPL-3.0-or-later
// test_detect_series.c - what one sample does to a series that is known: its proof by the formula,
// what the tail learns, and what is held, faded or left alone.
#include "support.h"

#include "agent/detect/series.h"

// half of it slope, slack of 0.2, and a sample may prove anything
static const series_rule rule = {0.03, 3, 40, 0.1, 0.03, 0.5, 0.2, 1000};

static series known(void)
{
    return (series){.scale = 0.1, .often = 0.05, .excess = 2, .power = 1, .seen = 300, .last = 1};
}

// Powers of ten of a share in the tail that is Pareto beyond three scales.
static double proof(double beyond, double often, double excess)
{
    double b = beyond - SERIES_FAR;
    return b > 0 ? -log10(often) + log10(1 + 0.3 * b / excess) / 0.3 : 0;
}

static void a_sample_proves_by_its_tail(void **state)
{
    (void)state;
    static const double value[] = {-3, 0, 0.3, 0.49, 0.6, 1, 4};
    for (size_t i = 0; i < sizeof value / sizeof *value; i++) {
        series s = known();
        double beyond = value[i] > 0.2 ? (value[i] - 0.2) / 0.1 : 0; // beyond what life explains
        assert_near(series_step(&s, &rule, 2, value[i], 0, 0), proof(beyond, 0.05, 2), 1e-3);
        s = known();
        s.scale = 1e-6; // no series is that still
        assert_near(series_step(&s, &rule, 2, value[i], 0, 0), proof(beyond * 0.1 / 0.03, 0.05, 2),
                    1e-3);
    }
}

// The slope is within what queues do, however the load has moved before.
static void no_load_explains_everything(void **state)
{
    (void)state;
    static const double slope[] = {-9, -0.2, 0.5, 2, 9}, taken[] = {-0.5, -0.2, 0.5, 2, 2.5};
    for (int i = 0; i < 5; i++) {
        series s = known();
        s.var = 1;
        s.cov = slope[i] * 1.01 - 0.5 * 0.01; // with the prior's worth of 0.01
        series_step(&s, &rule, 2, 3, 0.4, 0);
        assert_near(s.residual, (3 - 0.4 * taken[i]) / 0.1, 1e-9);
    }
}

// A run of peaks is one, as high as its highest, and learnt when it is over.
static void a_tail_learns_from_runs_of_peaks(void **state)
{
    (void)state;
    series s = known();
    series_step(&s, &rule, 2, 1.3, 0, 0); // 10 beyond
    assert_near(s.peak, 10, 1e-9);
    assert_near(s.excess, 2, 0);
    series_step(&s, &rule, 3, 0.5, 0, 0);
    assert_near(s.peak, 10, 1e-9);
    series_step(&s, &rule, 4, 1e9, 0, 0);
    assert_near(s.peak, 30, 1e-9); // beyond is another world
    series_step(&s, &rule, 5, 0, 0, 0);
    assert_near(s.peak, 0, 0);
    assert_near(s.excess, 2 + 0.1 * 28, 1e-9);
    series_step(&s, &rule, 6, 0, 0, 0); // once
    assert_near(s.excess, 2 + 0.1 * 28, 1e-9);
}

// A series without peaks is believed a little sooner with every sample, and never at a whisper.
static void a_tail_narrows_slowly_and_not_for_ever(void **state)
{
    (void)state;
    series s = known();
    s.often = 0.02;
    series_step(&s, &rule, 2, 0, 0, 1);
    assert_between(s.excess, 1.99, 2 - 1e-6);
    s.often = 0.001;
    s.excess = 0.5;
    series_step(&s, &rule, 3, 0, 0, 1);
    assert_near(s.often, 0.001, 0);
    s.peak = 0.1;
    series_step(&s, &rule, 4, 0, 0, 1);
    assert_near(s.excess, 0.5, 0);
}

// Samples add to those before, as far as they are news, up to a bound, and from the 30th on; once a
// sample is usual what was held says nothing.
static void proof_is_held_as_far_as_it_is_news(void **state)
{
    (void)state;
    static const double along[] = {-1, 0, 0.5, 1, 3}, news[] = {1, 1, 0.5, 0, 0};
    for (int i = 0; i < 5; i++) {
        series s = known();
        s.along = along[i];
        s.proof = 3;
        series_step(&s, &rule, 2, 1, 0, 0);
        assert_near(s.held, 2 * news[i], 1e-9);
        s.seen = 29;
        s.held = 0;
        s.proof = 3;
        series_step(&s, &rule, 3, 1, 0, 0);
        assert_near(s.held, 0, 0);
    }
    series s = known();
    s.held = 6;
    s.proof = 60;
    assert_true(series_step(&s, &rule, 2, 1, 0, 0) > 8);
    assert_near(s.held, 8, 0);
    assert_near(series_step(&s, &rule, 3, 0.1, 0, 0), 0, 0);
    assert_true(s.held > 0);
}

// What was proved fades while nothing is heard; none of a count may be news again, nothing else.
static void silence_fades_and_a_repeated_sample_is_none(void **state)
{
    (void)state;
    series s = known();
    s.proof = s.before = 4;
    s.held = 2;
    s.residual = 5;
    assert_near(series_step(&s, &rule, NAN, NAN, 0, 1), 0.9 * 6, 1e-12);
    assert_near(s.held, 1.8, 1e-12);
    assert_near(s.before, 3.6, 1e-12);
    assert_near(s.residual, 4.5, 1e-12);
    for (int none = 0; none < 2; none++) {
        s = known();
        s.last = none ? 0 : 1;
        series_step(&s, &rule, s.last, 1, 0, 1);
        assert_near(s.seen, none ? 301 : 300, 0);
    }
}

// The first samples are a plain mean, one wild one among them; later ones are clipped.
static void the_first_samples_count_as_they_are(void **state)
{
    (void)state;
    series s = {0};
    for (int i = 0; i < 3; i++)
        series_step(&s, &rule, i + 1, i == 2 ? 9 : 0, 0, 1);
    assert_near(s.location, 3, 1e-9);
    s = known();
    series_step(&s, &rule, 2, 9, 0, 1);
    assert_near(s.location, 0.03 * 0.3, 1e-9); // three scales
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_proves_by_its_tail),
        cmocka_unit_test(no_load_explains_everything),
        cmocka_unit_test(a_tail_learns_from_runs_of_peaks),
        cmocka_unit_test(a_tail_narrows_slowly_and_not_for_ever),
        cmocka_unit_test(proof_is_held_as_far_as_it_is_news),
        cmocka_unit_test(silence_fades_and_a_repeated_sample_is_none),
        cmocka_unit_test(the_first_samples_count_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
