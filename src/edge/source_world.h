// SPDX-License-Identifier: GPL-3.0-or-later
// source_world.h - a simulated world as a source of observations.
//
// Holds the world of one episode at a time and, from the onset on, its twin: the same world with
// the faults taken away, for whoever judges how long a fault stayed invisible. The engine is shown
// observations only; world and twin are for sinks that know the truth.
#ifndef TEND_EDGE_SOURCE_WORLD_H
#define TEND_EDGE_SOURCE_WORLD_H

#include "env/world.h"

#include <tend/edge.h>

// Actions on their way at a time: what a world takes on takes some ticks, so there are few. One
// more than that is carried out, but nothing is told of it.
#define SOURCE_RECEIPTS_MAX 64

typedef struct source_world {
    const sim_model *model;                 // not owned
    world *world, *twin;                    // owned
    int steps;                              // ticks of an episode
    int tick;                               // played so far
    int fork_at;                            // tick before which the twin parts, -1 never
    tend_receipt sent[SOURCE_RECEIPTS_MAX]; // that have not been told to be over
    int sents, told; // the first `told` of them stood in the last observation
} source_world;

tend_rc source_world_open(source_world *w, const sim_model *model, int steps, tend_err *err);
void source_world_close(source_world *w); // what open left half done too

// Begins the episode of a seed. The twin parts at the first fault's onset.
void source_world_start(source_world *w, const scenario *incident, uint64_t seed);

// Acts on the world from the next tick on; what becomes of it is told with the observations.
void source_world_act(source_world *w, const tend_decision *decision);

// The twin's next tick; call it once for each tick played since the onset, or not at all.
void source_world_step_twin(source_world *w);

tend_source source_world_source(source_world *w); // does not own it

#endif
