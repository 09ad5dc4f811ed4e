// SPDX-License-Identifier: GPL-3.0-or-later
// gsl_philox.h - our counter-based generator, for GSL's samplers and shuffles.
//
// gsl_rng_set(r, seed) starts the stream rng_make(seed, "gsl"); gsl_rng_get gives its 32-bit words
// in order, gsl_rng_uniform 53 bits. State is a plain value: gsl_rng_clone and gsl_rng_fwrite work.
#ifndef TEND_CORE_GSL_PHILOX_H
#define TEND_CORE_GSL_PHILOX_H

#include <gsl/gsl_rng.h>

extern const gsl_rng_type *const gsl_rng_philox;

#endif
