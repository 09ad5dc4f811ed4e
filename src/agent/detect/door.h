// SPDX-License-Identifier: GPL-3.0-or-later
// door.h - how near the users' objective is to its breach.
//
// What users see of the entry is measured best of all, and it is what counts: a fault that never
// shows there costs nothing, and what harmless life does there the load explains, mostly. Two
// numbers per tick: the rise of the entry's p95 above what is usual at this load, as a share of the
// way from there to the objective, and its errors as a share of those allowed. Each is averaged
// over windows of some lengths, for how long a change will last is not known (Willsky, Jones 1976):
// one tick must be nearly there, of twenty in a row less than half of the way is enough.
#ifndef TEND_AGENT_DETECT_DOOR_H
#define TEND_AGENT_DETECT_DOOR_H

#include <tend/frame.h>

enum { DOOR_TICKS = 20, DOOR_RISE = 0, DOOR_ERRORS, DOOR_CHANNELS };

typedef struct door {
    double usual, load;          // running means of log(p95 / objective) and of the load index
    double var, cov;             // of the index, and of both
    double seen, heard;          // samples of p95 and of errors
    double failing;              // running mean of errors / allowed
    double noise[DOOR_CHANNELS]; // of a tick, sigma
    double recent[DOOR_CHANNELS][DOOR_TICKS]; // a ring
    int64_t ticks, since;                     // seen; since the last breach, or since the first
} door;

typedef struct door_rule {
    double near;   // factor on every level: larger alarms later and less often
    double warmup; // ticks before a rise means something
} door_rule;

// How near, above 1 for an alarm; in a breach always. Latency and errors of the entry stand in
// where the observation says nothing of users.
double door_step(door *d, const door_rule *rule, const tend_system *system, const tend_obs *obs,
                 double load);

#endif
