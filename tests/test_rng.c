// SPDX-License-Identifier: GPL-3.0-or-later
// test_rng.c - Philox against its published vectors, and streams that do not disturb each other.
#include "support.h"

#include "base/rng.h"
#include "core/gsl_philox.h"

#include <gsl/gsl_cdf.h>

// Random123 1.14, tests/kat_vectors, "philox4x32 10"
static void philox_gives_the_published_words(void **state)
{
    (void)state;
    static const struct vector {
        uint32_t counter[4], key[2], out[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint32_t out[4];
        rng_philox(vectors[i].counter, vectors[i].key, out);
        assert_memory_equal(out, vectors[i].out, sizeof out);
    }
}

static void a_stream_is_its_blocks_in_order(void **state)
{
    (void)state;
    rng r = rng_make(7, "test");
    for (uint32_t block = 0; block < 3; block++) {
        uint32_t counter[4] = {block, 0, 0, 0}, out[4];
        rng_philox(counter, r.key, out);
        for (int i = 0; i < 4; i++)
            assert_int_equal(rng_next(&r), out[i]);
    }
}

static void the_counter_carries_into_the_next_word(void **state)
{
    (void)state;
    rng r = rng_make(7, "test");
    r.counter[0] = 0xFFFFFFFFu;
    rng_next(&r);
    assert_int_equal(r.counter[0], 0);
    assert_int_equal(r.counter[1], 1);
    assert_int_equal(r.counter[2], 0);
}

static void a_copy_continues_like_the_original(void **state)
{
    (void)state;
    rng a = rng_make(7, "test");
    for (int i = 0; i < 5; i++)
        rng_next(&a);
    rng b = a;
    for (int i = 0; i < 100; i++)
        assert_int_equal(rng_next(&a), rng_next(&b));
}

static int equal_words(rng a, rng b)
{
    int equal = 0;
    for (int i = 0; i < 1000; i++)
        equal += rng_next(&a) == rng_next(&b);
    return equal;
}

static void seeds_names_and_indices_tell_streams_apart(void **state)
{
    (void)state;
    rng a = rng_make(7, "noise");
    assert_int_equal(equal_words(a, rng_make(7, "noise")), 1000);
    assert_int_equal(equal_words(a, rng_make(8, "noise")), 0);
    assert_int_equal(equal_words(a, rng_make(7, "nois")), 0);
    assert_int_equal(equal_words(rng_split(&a, "cpu", 0), rng_split(&a, "cpu", 0)), 1000);
    assert_int_equal(equal_words(rng_split(&a, "cpu", 0), rng_split(&a, "cpu", 1)), 0);
    assert_int_equal(equal_words(rng_split(&a, "cpu", 0), rng_split(&a, "mem", 0)), 0);
    assert_int_equal(equal_words(rng_split(&a, "cpu", 0), a), 0);
}

static void a_split_ignores_what_the_parent_has_drawn(void **state)
{
    (void)state;
    rng a = rng_make(7, "noise");
    rng before = rng_split(&a, "cpu", 3);
    for (int i = 0; i < 77; i++)
        rng_next(&a);
    assert_int_equal(equal_words(before, rng_split(&a, "cpu", 3)), 1000);
}

static void uniform_draws_fill_the_unit_interval_evenly(void **state)
{
    (void)state;
    rng r = rng_make(11, "test");
    enum { DRAWS = 100000, BINS = 50 };
    int bin[BINS] = {0};
    for (int i = 0; i < DRAWS; i++) {
        double u = rng_uniform(&r);
        assert_true(u >= 0 && u < 1);
        bin[(int)(u * BINS)]++;
    }
    double chi2 = 0, expected = (double)DRAWS / BINS;
    for (int i = 0; i < BINS; i++)
        chi2 += (bin[i] - expected) * (bin[i] - expected) / expected;
    assert_between(gsl_cdf_chisq_Q(chi2, BINS - 1), 0.001, 0.999);
}

static void unit_words_never_reach_zero_or_one(void **state)
{
    (void)state;
    assert_true(rng_unit32(0) > 0);
    assert_true(rng_unit32(0xFFFFFFFFu) < 1);
}

static void whole_numbers_below_n_are_equally_likely(void **state)
{
    (void)state;
    rng r = rng_make(13, "test");
    int count[7] = {0};
    for (int i = 0; i < 70000; i++)
        count[rng_below(&r, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_between(count[i], 10000 - 400, 10000 + 400); // 4.3 standard deviations
    for (int i = 0; i < 100; i++)
        assert_int_equal(rng_below(&r, 1), 0);
    // n just above 2^31: nearly half of the words must be rejected, and the mean stays n / 2
    double sum = 0;
    uint32_t n = 0x80000001u;
    for (int i = 0; i < 20000; i++) {
        uint32_t x = rng_below(&r, n);
        assert_true(x < n);
        sum += x;
    }
    assert_near(sum / 20000 / n, 0.5, 0.009);
}

static void normal_draws_have_the_moments_of_a_normal(void **state)
{
    (void)state;
    rng r = rng_make(14, "test");
    enum { DRAWS = 200000 };
    double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
    for (int i = 0; i < DRAWS; i++) {
        double x = rng_normal(&r);
        m1 += x;
        m2 += x * x;
        m3 += x * x * x;
        m4 += x * x * x * x;
    }
    // four standard errors each
    assert_near(m1 / DRAWS, 0, 4 * sqrt(1.0 / DRAWS));
    assert_near(m2 / DRAWS, 1, 4 * sqrt(2.0 / DRAWS));
    assert_near(m3 / DRAWS, 0, 4 * sqrt(15.0 / DRAWS));
    assert_near(m4 / DRAWS, 3, 4 * sqrt(96.0 / DRAWS));
}

static void gsl_draws_the_same_words(void **state)
{
    (void)state;
    gsl_rng *g = gsl_rng_alloc(gsl_rng_philox);
    assert_non_null(g);
    gsl_rng_set(g, 42);
    rng r = rng_make(42, "gsl");
    for (int i = 0; i < 9; i++)
        assert_int_equal(gsl_rng_get(g), rng_next(&r));
    assert_near(gsl_rng_uniform(g), rng_uniform(&r), 0);

    gsl_rng *copy = gsl_rng_clone(g);
    assert_int_equal(gsl_rng_get(g), gsl_rng_get(copy));
    gsl_rng_set(copy, 43);
    assert_true(gsl_rng_get(g) != gsl_rng_get(copy));
    gsl_rng_free(copy);
    gsl_rng_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_words),
        cmocka_unit_test(a_stream_is_its_blocks_in_order),
        cmocka_unit_test(the_counter_carries_into_the_next_word),
        cmocka_unit_test(a_copy_continues_like_the_original),
        cmocka_unit_test(seeds_names_and_indices_tell_streams_apart),
        cmocka_unit_test(a_split_ignores_what_the_parent_has_drawn),
        cmocka_unit_test(uniform_draws_fill_the_unit_interval_evenly),
        cmocka_unit_test(unit_words_never_reach_zero_or_one),
        cmocka_unit_test(whole_numbers_below_n_are_equally_likely),
        cmocka_unit_test(normal_draws_have_the_moments_of_a_normal),
        cmocka_unit_test(gsl_draws_the_same_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
