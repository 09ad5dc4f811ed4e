// SPDX-License-Identifier: GPL-3.0-or-later
// generate.h - systems nobody saw: designs that are well when nothing is wrong.
//
// A design is played without a fault, in the world of preset `calm` and in that of `real`. Its
// objective is 1.5 to 3 times the median of the p95 seen in the calm one, and at least 1.15 times
// their 99 % quantile. A design that breaches it at rest is rejected, and the next attempt of the
// same seed is drawn: every seed is a system, whatever else is asked for, and none is skipped.
#ifndef TEND_DRIVE_GENERATE_H
#define TEND_DRIVE_GENERATE_H

#include "drive/design.h"

typedef struct generated { // generated_free
    char *text;            // of its system.json
    size_t length;
    char name[DESIGN_NAME_MAX];
    int rejected; // designs before it
    int services, depth;
    double fan_out;                           // callees of those that call, mean
    double utilisation[DESIGN_SERVICES_MOST]; // [services]
    double slack;                             // objective over healthy p95
    double breaches;                          // share of the ticks of healthy episodes under `real`
} generated;

// Fails with TEND_INPUT when none of GENERATE_ATTEMPTS designs is well.
enum { GENERATE_ATTEMPTS = 50 };
tend_rc generate_system(const design_ask *ask, uint64_t seed, generated *out, tend_err *err);
void generated_free(generated *g);

#endif
