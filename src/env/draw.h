// SPDX-License-Identifier: GPL-3.0-or-later
// draw.h - one fault or the harmless deployments of an episode, drawn from a random stream.
//
// Shared by scenario.c (an incident of a seed) and scenario_read.c (fields a file leaves open).
#ifndef TEND_ENV_DRAW_H
#define TEND_ENV_DRAW_H

#include "base/rng.h"
#include "env/scenario.h"
#include "env/traffic.h"

// One of count >= 1 names, evenly. Each name draws a ticket of its own and the highest wins, so a
// name added or taken away changes only the draws it wins.
int draw_name(const rng *from, const char *const names[], int count);

typedef struct draw_place { // where faults may sit
    const tend_system *system;
    const plant *p;
    const traffic *t;
} draw_place;

// It can sit on this service, or on this edge, at all; users would notice it there.
bool fault_possible(const tend_system *system, const plant *p, fault_type type, int service,
                    int edge);
bool fault_matters(const draw_place *in, fault_type type, int service, int edge);

typedef struct fault_course { // in which share of incidents it passes by itself, and after
    double passes;
    int least, spread; // ticks
} fault_course;
fault_course fault_usual_course(fault_type type);

// A named target need only be possible; an unnamed one is drawn from those where it matters.
tend_rc draw_fault(const scenario_spec *spec, const draw_place *place, const rng *from, fault *out,
                   tend_err *err);

void draw_deploys(const draw_place *place, int steps, const rng *from, scenario *out);

#endif
