// SPDX-License-Identifier: GPL-3.0-or-later
// math.c - series and rational approximations; see math.h for why not libm.
#include "base/math.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LN2_HI 6.93147180369123816490e-01 // fdlibm's split: k * LN2_HI is exact for |k| < 2^20
#define LN2_LO 1.90821492927058770002e-10
#define LOG2E 1.44269504088896338700e+00

static double scale_by_power_of_two(double x, int k)
{
    // two steps, so that results near the subnormal range round once only
    for (; k < -1000; k += 1000)
        x *= 0x1p-1000;
    for (; k > 1000; k -= 1000)
        x *= 0x1p1000;
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return x * power;
}

// x = k ln 2 + r: the series needs only a small r, |r| <= ln2 / 2; the power of two is exact.
static double exp_rest(double x, int *k)
{
    *k = (int)(x * LOG2E + (x < 0 ? -0.5 : 0.5));
    return (x - *k * LN2_HI) - *k * LN2_LO;
}

// NAN, and where the result is no number or nothing; *out is then what it is.
static bool exp_is_extreme(double x, double *out)
{
    // ln of the largest double; below -745.13 not even a subnormal is left
    *out = x > 709.782712893384 ? (double)INFINITY : x < -745.2 ? 0 : x;
    return !(x <= 709.782712893384 && x >= -745.2);
}

enum { EXP_TERMS = 14 }; // the next is below 1e-19 at the largest r

double math_exp(double x)
{
    double extreme, sum = 1;
    if (exp_is_extreme(x, &extreme))
        return extreme;
    int k;
    double r = exp_rest(x, &k);
    for (int n = EXP_TERMS; n >= 1; n--)
        sum = 1 + r * sum / n;
    return scale_by_power_of_two(sum, k);
}

enum { LANES = 8 }; // as many divisions as can be under way at a time

// One term of `LANES` series that do not wait for each other.
static void exp_term(double *restrict sum, const double *restrict r, double n)
{
    for (int l = 0; l < LANES; l++)
        sum[l] = 1 + r[l] * sum[l] / n;
}

static void exp_lanes(double *x, int count)
{
    double r[LANES] = {0}, sum[LANES], extreme;
    int k[LANES];
    for (int l = 0; l < LANES; l++)
        sum[l] = 1;
    for (int l = 0; l < count; l++)
        r[l] = exp_is_extreme(x[l], &extreme) ? 0 : exp_rest(x[l], &k[l]);
    for (int n = EXP_TERMS; n >= 1; n--)
        exp_term(sum, r, n);
    for (int l = 0; l < count; l++)
        x[l] = exp_is_extreme(x[l], &extreme) ? extreme : scale_by_power_of_two(sum[l], k[l]);
}

void math_exp_each(double *x, int count)
{
    for (int at = 0; at < count; at += LANES)
        exp_lanes(x + at, count - at < LANES ? count - at : LANES);
}

double math_log(double x)
{
    if (x != x || x < 0)
        return (double)NAN;
    if (x == 0)
        return -(double)INFINITY;
    if (x > 1.7976931348623157e308)
        return x;
    int k = 0;
    if (x < 0x1p-1022) { // subnormal
        x *= 0x1p54;
        k = -54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    k += (int)(bits >> 52) - 1023;
    bits = (bits & 0xFFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
    memcpy(&x, &bits, sizeof x);
    // mantissa into 1/sqrt 2 ... sqrt 2, where the series below is short and symmetric
    if (x > 1.4142135623730951) {
        x *= 0.5;
        k++;
    }
    // ln x = 2 artanh((x - 1) / (x + 1))
    double s = (x - 1) / (x + 1), s2 = s * s, sum = 0; // |s| <= 0.1716
    for (int n = 21; n >= 3; n -= 2)
        sum = (sum + 1.0 / n) * s2;
    return k * LN2_HI + (k * LN2_LO + 2 * s * (1 + sum));
}

double math_sin(double x)
{
    double turns = x * 0.31830988618379067; // 1 / pi
    int64_t k = (int64_t)(turns + (turns < 0 ? -0.5 : 0.5));
    // pi in two parts, so that little is lost to cancellation for the few turns anybody asks for
    double r = (x - (double)k * 3.1415926218032837) - (double)k * 3.178650954705639e-8;
    double r2 = r * r, sum = 1; // |r| <= pi / 2
    for (int n = 23; n >= 3; n -= 2)
        sum = 1 - sum * r2 / (n * (n - 1));
    return (k & 1) ? -r * sum : r * sum;
}

double math_erfc(double x)
{
    if (x != x)
        return x;
    if (x < 0)
        return 2 - math_erfc(-x);
    if (x > 27.3)
        return 0;
    double gauss = math_exp(-x * x);
    if (x < 1.25) {
        // erf = 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!!: no cancellation inside
        double term = x, sum = x;
        for (int n = 1; n < 60; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 1 - 1.1283791670955126 * gauss * sum;
    }
    double fraction = x; // continued fraction, from the tail up
    for (int n = 120; n >= 1; n--)
        fraction = x + 0.5 * n / fraction;
    return gauss / (fraction * 1.7724538509055161);
}

double math_normal_tail(double z)
{
    return 0.5 * math_erfc(z * 0.70710678118654752);
}

static double polynomial(const double *c, int n, double x)
{
    double sum = c[n - 1];
    for (int i = n - 2; i >= 0; i--)
        sum = sum * x + c[i];
    return sum;
}

double math_normal_quantile(double p)
{
    // two coefficients, one line
    // clang-format off
    static const double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                               1.9715909503065514427e+3, 1.3731693765509461125e+4,
                               4.5921953931549871457e+4, 6.7265770927008700853e+4,
                               3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[] = {1.0,
                               4.2313330701600911252e+1, 6.8718700749205790830e+2,
                               5.3941960214247511077e+3, 2.1213794301586595867e+4,
                               3.9307895800092710610e+4, 2.8729085735721942674e+4,
                               5.2264952788528545610e+3};
    static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                               5.76949722146069140550e0,  3.64784832476320460504e0,
                               1.27045825245236838258e0,  2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1.0,
                               2.05319162663775882187e0,  1.67638483018380384940e0,
                               6.89767334985100004550e-1, 1.48103976427480074590e-1,
                               1.51986665636164571966e-2, 5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                               1.78482653991729133580e0,  2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[] = {1.0,
                               5.99832206555887937690e-1, 1.36929880922735805310e-1,
                               1.48753612908506148525e-2, 7.86869131145613259100e-4,
                               1.84631831751005468180e-5, 1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    // clang-format on
    // three ranges: the middle 85 %, the tails, and the far tails below 1.4e-11
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * polynomial(a, 8, r) / polynomial(b, 8, r);
    }
    double r = sqrt(-math_log(q < 0 ? p : 1 - p)), z;
    if (r <= 5)
        z = polynomial(c, 8, r - 1.6) / polynomial(d, 8, r - 1.6);
    else
        z = polynomial(e, 8, r - 5) / polynomial(f, 8, r - 5);
    return q < 0 ? -z : z;
}
