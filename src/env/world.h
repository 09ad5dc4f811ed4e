// SPDX-License-Identifier: GPL-3.0-or-later
// world.h - the simulated system: one flat block that a step carries one tick forward.
//
// docs/simulator.md describes it; env.h lists the engines. A sim_model is immutable and shared by
// threads; a world holds every changing number of one episode as plain values without pointers, so
// `memcpy` forks it. Same model, scenario and seed: same bytes. All noise is keyed by (seed, tick,
// service, stream), never by what was drawn before, so every policy meets the same incident.
#ifndef TEND_ENV_WORLD_H
#define TEND_ENV_WORLD_H

#include "core/plant.h"
#include "env/scenario.h"

#include <tend/sim.h>

typedef struct sim_model sim_model; // system + plant + tables (Erlang C, graph order)
tend_rc sim_model_open(const tend_system *system, const plant *physics, sim_model **out,
                       tend_err *err);
void sim_model_close(sim_model *model);

typedef struct world world;
size_t world_size(const sim_model *model); // bytes, multiple of 8; the caller owns the memory
void world_init(world *w, const sim_model *model, const scenario *incident, uint64_t seed);

// One tick: load, faults, pending actions, queues, metrics. No allocation, cannot fail.
void world_step(world *w, const sim_model *model);

// What can be seen of the tick just simulated. Pointers lead into the world. A column shows what
// its kind says; of a kind the engine does not measure it is missing in every tick.
void world_observe(const world *w, const sim_model *model, tend_obs *out);

// An action by index into system->actions; it takes effect from the next tick on, with its delay.
// False: it cannot be done now (a restart of what is being restarted, a replica beyond the bounds)
// and nothing has changed.
bool world_apply(world *w, const sim_model *model, int action);
// Whether it would be done now.
bool world_can(const world *w, const sim_model *model, int action);
// Where an action that was begun stands: accepted, started, done or failed.
tend_receipt_state world_progress(const world *w, const sim_model *model, int action);

// Noise-free, for tests, calibration and evaluation; never given to the agent.
void world_look_behind(const world *w, const sim_model *model, tend_facts *out);

// Takes the scenario's faults away without a trace on what they already did: a fork made at the
// onset and healed is the same world with nothing wrong.
void world_heal(world *w, const sim_model *model);

uint64_t world_hash(const world *w, const sim_model *model);

#endif
