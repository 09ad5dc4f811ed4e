// SPDX-License-Identifier: GPL-3.0-or-later
// design.h - a system that nobody wrote: structure, physics and names drawn from a seed.
//
// The entry calls layers of services; databases, caches in front of databases, queues and externals
// hang below them. How many there are, who calls whom, how busy each is and how tight its pools are
// is drawn: some designs are chains, some are stars, some are webs. Each service gets a utilisation
// and its service time follows from it and from the load that reaches it (env/traffic.h). A design
// says nothing of the world as a whole but its load: that is a preset's (core/plant_world.h).
// The same seed, attempt and ask give the same design on every machine.
#ifndef TEND_DRIVE_DESIGN_H
#define TEND_DRIVE_DESIGN_H

#include "base/str.h"
#include "core/plant.h"

enum {
    DESIGN_SERVICES_LEAST = 3,
    DESIGN_SERVICES_MOST = 40,
    DESIGN_EDGES_MOST = 200, // each service has one caller, half of them more: far below
    DESIGN_NAME_MAX = 48,
};

typedef struct design_ask {
    int least, most; // services, DESIGN_SERVICES_LEAST to _MOST
    double step_s;   // seconds per tick
} design_ask;

design_ask design_usual(void); // 3 to 40 services, steps of a second
// "3..8", or "8" alone, into least and most; false: none of these, or out of range.
bool design_read_services(const char *text, design_ask *out);

typedef struct design { // system and physics lead into the arrays: not to be copied
    char name[DESIGN_NAME_MAX];
    tend_service service[DESIGN_SERVICES_MOST]; // [0] is the entry
    plant_service physics[DESIGN_SERVICES_MOST];
    tend_edge edge[DESIGN_EDGES_MOST];
    plant_edge call[DESIGN_EDGES_MOST];
    char names[DESIGN_SERVICES_MOST][DESIGN_NAME_MAX];
    int layer[DESIGN_SERVICES_MOST]; // of a service: calls on the longest way from the entry to it
    int depth;                       // layers, 2 to 6
    double slack;                    // the objective is to be so many times the healthy p95
    tend_system system;              // no metrics and actions: the usual ones
    plant plant;                     // base_rps alone
} design;

// Draws it; slo.p95_ms is left so large that nothing breaches it. TEND_NO_MEMORY only.
tend_rc design_draw(const design_ask *ask, uint64_t seed, int attempt, design *out, tend_err *err);

// As system.json: a service and a call a line, physics only where it is not the usual.
void design_write(const design *d, str *out);

// Its parts, in this order: who calls whom; what each is called; how large each is.
struct rng;
void design_structure(const design_ask *ask, const struct rng *from, design *d);
void design_names(const struct rng *from, design *d);
tend_rc design_sizes(const struct rng *from, design *d, tend_err *err);

// Between least and most, evenly or by ratio; and rounded to so many digits as files have.
double design_between(struct rng *r, double least, double most);
double design_ratio(struct rng *r, double least, double most);
double design_round(double x, int digits);

#endif
