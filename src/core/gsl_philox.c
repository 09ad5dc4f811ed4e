// SPDX-License-Identifier: GPL-3.0-or-later
// gsl_philox.c - base/rng.h behind GSL's table of a generator.
#include "core/gsl_philox.h"

#include "base/rng.h"

static void set(void *state, unsigned long int seed)
{
    *(rng *)state = rng_make(seed, "gsl");
}

static unsigned long int get(void *state)
{
    return rng_next(state);
}

static double get_double(void *state)
{
    return rng_uniform(state);
}

// GSL's distributions are not for the loop: they differ from one libm to the next
static const gsl_rng_type type = {"philox4x32-10", 0xFFFFFFFFul, 0, sizeof(rng), set, get,
                                  get_double};

const gsl_rng_type *const gsl_rng_philox = &type;
