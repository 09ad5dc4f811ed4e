// SPDX-License-Identifier: GPL-3.0-or-later
// rng.h - counter-based random streams, Philox4x32-10.
//
// Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3". A draw is a pure
// function of (key, counter): no hidden state, any order, any thread. An rng is a value that is
// passed in; rng_split derives an independent stream by name, so adding a component shifts nobody
// else's numbers. Also registered as a gsl_rng_type (core/gsl_philox.h).
#ifndef TEND_BASE_RNG_H
#define TEND_BASE_RNG_H

#include <stdint.h>

// One block: 128 random bits from a 64-bit key and a 128-bit counter.
void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

typedef struct rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    uint32_t used; // words of block handed out, 4 = empty
    uint32_t pad;
} rng;

rng rng_make(uint64_t seed, const char *name);
rng rng_split(const rng *parent, const char *name, uint64_t index);
uint32_t rng_next(rng *r);
uint64_t rng_next64(rng *r);
double rng_uniform(rng *r);             // [0, 1), 53 bits
uint32_t rng_below(rng *r, uint32_t n); // 0 .. n - 1 without bias, n > 0
double rng_normal(rng *r);              // standard normal, by inversion

// u in (0, 1) from 32 bits; never 0 or 1.
static inline double rng_unit32(uint32_t word)
{
    return ((double)word + 0.5) * 0x1p-32;
}

#endif
