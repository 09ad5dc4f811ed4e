// SPDX-License-Identifier: GPL-3.0-or-later
// machine.h - refuses to compile where the results would be others.
//
// States, hashes and saved files hold numbers as they lie in memory, and every figure is an IEEE
// double rounded after each operation. A build that breaks this runs, but agrees with no other.
#ifndef TEND_BASE_MACHINE_H
#define TEND_BASE_MACHINE_H

#include <float.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "tend needs a little-endian machine: hashes and saved states hold numbers as in memory"
#endif

#if defined(__FAST_MATH__) || defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "tend needs IEEE arithmetic: build without -ffast-math, -Ofast, -ffinite-math-only"
#endif

#if FLT_EVAL_METHOD != 0
#error "tend needs doubles rounded after each operation: on 32-bit x86 add -msse2 -mfpmath=sse"
#endif

_Static_assert(sizeof(double) == 8 && DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024,
               "tend needs IEEE 754 doubles");

#endif
