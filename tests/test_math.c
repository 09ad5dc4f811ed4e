// SPDX-License-Identifier: GPL-3.0-or-later
// test_math.c - our functions against GSL's special functions, over the whole stated range.
#include "support.h"

#include "base/math.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_erf.h>

#define TOLERANCE 1e-14

static void exp_agrees_with_the_library(void **state)
{
    (void)state;
    for (double x = -708; x < 709.7; x += 0.0837)
        assert_near_relative(math_exp(x), exp(x), TOLERANCE);
    assert_near(math_exp(0), 1, 0);
    assert_near(math_exp(-746), 0, 0);
    assert_true(isinf(math_exp(710)));
    assert_true(isnan(math_exp((double)NAN)));
    assert_true(math_exp(-720) > 0); // subnormal, not lost
}

static void exp_of_many_has_the_bits_of_exp_of_one(void **state)
{
    (void)state;
    // what is no number, nothing or subnormal stands between the others, and past the last is left
    double x[40], y[40];
    for (int count = 0; count < 40; count++) {
        for (int i = 0; i < 40; i++)
            x[i] = (i - 20) * 0.7183 * (count + 1);
        x[1] = (double)NAN;
        x[5] = 710;
        x[9] = -746;
        x[14] = -720.25;
        memcpy(y, x, sizeof y);
        math_exp_each(y, count);
        for (int i = 0; i < 40; i++) {
            double one = i < count ? math_exp(x[i]) : x[i];
            assert_true(isnan(one) ? isnan(y[i]) : y[i] == one);
        }
    }
}

static void log_agrees_with_the_library(void **state)
{
    (void)state;
    for (double x = 1e-300; x < 1e300; x *= 1.37)
        assert_near(math_log(x), log(x), TOLERANCE * fmax(fabs(log(x)), 1e-300));
    for (double x = 0.5; x < 2; x += 0.00137)
        assert_near(math_log(x), log(x), TOLERANCE * fabs(log(x)));
    assert_near(math_log(1), 0, 0);
    assert_near_relative(math_log(5e-324), log(5e-324), TOLERANCE);
    assert_true(isinf(math_log(0)) && math_log(0) < 0);
    assert_true(isnan(math_log(-1)));
}

static void exp_undoes_log(void **state)
{
    (void)state;
    for (double x = 1e-3; x < 1e3; x *= 1.01)
        assert_near_relative(math_exp(math_log(x)), x, TOLERANCE);
}

static void sin_agrees_with_the_library(void **state)
{
    (void)state;
    for (double x = -50; x < 50; x += 0.00737)
        assert_near(math_sin(x), sin(x), TOLERANCE);
    for (double x = -1e6; x < 1e6; x += 997.13)
        assert_near(math_sin(x), sin(x), 1e-9); // the argument's reduction keeps fewer bits
    assert_near(math_sin(0), 0, 0);
}

static void erfc_agrees_with_gsl(void **state)
{
    (void)state;
    for (double x = -5; x < 1; x += 0.0093)
        assert_near_relative(math_erfc(x), gsl_sf_erfc(x), TOLERANCE);
    for (double x = 1; x < 26; x += 0.0093) // x^2 in the exponent costs bits
        assert_near_relative(math_erfc(x), gsl_sf_erfc(x), TOLERANCE + 4e-16 * x * x);
    assert_near(math_erfc(30), 0, 0);
    assert_near(math_erfc(-30), 2, 0);
    assert_true(isnan(math_erfc((double)NAN)));
}

static void the_normal_tail_agrees_with_gsl(void **state)
{
    (void)state;
    for (double z = -8; z < 30; z += 0.0171)
        assert_near_relative(math_normal_tail(z), gsl_cdf_ugaussian_Q(z), 2e-14 + 4e-16 * z * z);
}

static void the_normal_quantile_agrees_with_gsl_and_undoes_the_tail(void **state)
{
    (void)state;
    for (double p = 1e-300; p < 0.5; p *= 1.7)
        assert_near_relative(math_normal_quantile(p), gsl_cdf_ugaussian_Pinv(p), 1e-13);
    for (double p = 0.001; p < 1; p += 0.001) {
        double z = math_normal_quantile(p);
        assert_near(z, -math_normal_quantile(1 - p), 2e-13);
        assert_near(math_normal_tail(-z), p, 1e-14);
    }
    assert_near(math_normal_quantile(0.5), 0, 0);
    assert_near(math_normal_quantile(0.975), 1.9599639845400545, 1e-14);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_agrees_with_the_library),
        cmocka_unit_test(exp_of_many_has_the_bits_of_exp_of_one),
        cmocka_unit_test(log_agrees_with_the_library),
        cmocka_unit_test(exp_undoes_log),
        cmocka_unit_test(sin_agrees_with_the_library),
        cmocka_unit_test(erfc_agrees_with_gsl),
        cmocka_unit_test(the_normal_tail_agrees_with_gsl),
        cmocka_unit_test(the_normal_quantile_agrees_with_gsl_and_undoes_the_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
