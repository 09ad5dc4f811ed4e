// SPDX-License-Identifier: GPL-3.0-or-later
// math.h - exp, log, sin and friends that give the same bits on every machine.
//
// glibc picks variants by CPU and they differ in the last bit; a loop that feeds back on itself
// turns that into another run. These use + - * / and IEEE sqrt only. Relative error below 1e-14
// in the stated range (tests/test_math.c holds them against GSL).
#ifndef TEND_BASE_MATH_H
#define TEND_BASE_MATH_H

#include "base/machine.h"

double math_exp(double x);                // 0 below -745, infinity above 709.78
void math_exp_each(double *x, int count); // of many at a time: the same bits, sooner
double math_log(double x);                // x > 0 and finite; -infinity for 0, NAN below
double math_sin(double x);                // |x| < 1e6
double math_erfc(double x);               // complementary error function
double math_normal_tail(double z);        // P(Z > z), standard normal
double math_normal_quantile(double p);    // 0 < p < 1; Wichura 1988, AS 241 (PPND16)

#endif
