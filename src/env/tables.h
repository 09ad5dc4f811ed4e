// SPDX-License-Identifier: GPL-3.0-or-later
// tables.h - the special functions of a step, as small tables and polynomials.
//
// Erlang C for up to 64 servers, the normal distribution both ways, and what the gamma fit of a
// response time needs (Wilson, Hilferty 1931: the cube root of a gamma variable is nearly normal).
// Filled once per model from base/math.h, so they give the same bits everywhere.
#ifndef TEND_ENV_TABLES_H
#define TEND_ENV_TABLES_H

#include <math.h>
#include <stdint.h>
#include <string.h>

// 64 servers: what a plant may have in all replicas; more would be read as 64. 257 points:
// utilisation in steps of 1/256, interpolated to 2e-4; more only costs cache.
#define ERLANG_SERVERS 64
#define ERLANG_POINTS 257
// sigmas; beyond them a tail of 1e-9 counts as 0
#define TAIL_LIMIT 6.0
#define TAIL_STEPS_PER_UNIT 16 // per sigma; with cubic interpolation the error is 2e-8
#define TAIL_POINTS (2 * 6 * TAIL_STEPS_PER_UNIT + 1)
#define NORMAL_BITS 11 // 2,048 quantiles: 16 KiB, in the first cache; +-3.5 sigmas at most
#define NORMAL_POINTS (1 << NORMAL_BITS)
#define Z95 1.6448536269514722 // 95 % quantile of a standard normal

typedef struct tables {
    double erlang[ERLANG_SERVERS + 1][ERLANG_POINTS]; // P(wait) at utilisation i / 256
    double tail[TAIL_POINTS][2];                      // P(Z > z) and the density at z
    double normal[NORMAL_POINTS];                     // quantiles, scaled to unit variance
} tables;

void tables_fill(tables *t);

// Probability that an arrival waits: M/M/c at utilisation `busy` (0..1); c is rounded.
static inline double table_erlang(const tables *t, double servers, double busy)
{
    int c = servers >= ERLANG_SERVERS ? ERLANG_SERVERS : (int)(servers + 0.5);
    const double *row = t->erlang[c < 1 ? 1 : c];
    double at = busy * (ERLANG_POINTS - 1);
    int i = (int)at;
    if (i >= ERLANG_POINTS - 1)
        return 1;
    return row[i] + (at - i) * (row[i + 1] - row[i]);
}

// P(Z > z); *density is the normal density at z.
static inline double table_tail(const tables *t, double z, double *density)
{
    *density = 0;
    if (z >= TAIL_LIMIT)
        return 0;
    if (z <= -TAIL_LIMIT)
        return 1;
    double at = (z + TAIL_LIMIT) * TAIL_STEPS_PER_UNIT;
    int i = (int)at;
    double u = at - i, h = 1.0 / TAIL_STEPS_PER_UNIT;
    const double *a = t->tail[i], *b = t->tail[i + 1];
    *density = a[1] + u * (b[1] - a[1]);
    // cubic Hermite; the slope of the tail is minus the density
    double rise = b[0] - a[0], left = -a[1] * h, right = -b[1] * h;
    return a[0] + u * (left + u * (3 * rise - 2 * left - right + u * (left + right - 2 * rise)));
}

// A standard normal from 16 random bits: one of 2048 quantiles.
static inline double table_normal(const tables *t, uint32_t bits16)
{
    return t->normal[bits16 >> (16 - NORMAL_BITS)];
}

// Cube root of x > 0: a guess from the exponent, then Halley's iteration. Relative error < 3e-5.
static inline double cube_root(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = bits / 3 + 0x2A9F7893F0000000ull;
    double r;
    memcpy(&r, &bits, sizeof r);
    double cube = r * r * r;
    return r * (cube + 2 * x) / (2 * cube + x);
}

// The Wilson-Hilferty normal of the cube root: level and spread of x^(1/3).
typedef struct root_normal {
    double level, spread;
} root_normal;

// mean > 0
static inline root_normal root_of_gamma(double mean, double variance)
{
    double ninth = variance / (9 * mean * mean), root = cube_root(mean);
    return (root_normal){root * (1 - ninth), root * sqrt(ninth)};
}

// P(X > x); x_root = cube_root(x).
static inline double gamma_tail_over(const tables *t, double x, double x_root, double mean,
                                     double variance)
{
    double room = x - mean, density;
    if (room > 0 && room * room > 100 * variance)
        return 0;
    if (variance < 1e-12 * mean * mean)
        return room > 0 ? 0 : 1;
    root_normal r = root_of_gamma(mean, variance);
    return table_tail(t, (x_root - r.level) / r.spread, &density);
}

// 0 for mean <= 0.
static inline double gamma_p95(double mean, double variance)
{
    if (mean <= 0)
        return 0;
    double ninth = variance / (9 * mean * mean);
    double root = 1 - ninth + Z95 * sqrt(ninth);
    return root > 0 ? mean * root * root * root : 0;
}

// 95 % quantile of: with probability `second` gamma b, else gamma a. *root keeps the cube root of
// the answer as the next start; any value will do.
double gamma_mixture_p95(const tables *t, const double a[2], const double b[2], double second,
                         double *root);

#endif
