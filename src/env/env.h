// SPDX-License-Identifier: GPL-3.0-or-later
// env.h - the engines a world can run on, behind one table.
//
// An engine turns users and the state of the fleet into queues, response times and errors. All
// engines share the world's header, the fleet and the series that are seen (model.h, fleet.h); each
// has a part of the block of its own. A second engine is one file and one line in env.c.
#ifndef TEND_ENV_ENV_H
#define TEND_ENV_ENV_H

#include "env/world.h"

typedef struct env_engine {
    const char *name;
    size_t (*size)(const sim_model *m); // bytes of its own part of a world, multiple of 8
    void (*init)(world *w, const sim_model *m, const scenario *incident, uint64_t seed);
    void (*step)(world *w, const sim_model *m);
    void (*observe)(const world *w, const sim_model *m, tend_obs *out);
    bool (*apply)(world *w, const sim_model *m, int action); // see world_apply
    bool (*can)(const world *w, const sim_model *m, int action);
    tend_receipt_state (*progress)(const world *w, const sim_model *m, int action);
    void (*truth)(const world *w, const sim_model *m, tend_facts *out);
    void (*heal)(world *w, const sim_model *m);
    uint64_t (*hash)(const world *w, const sim_model *m);
} env_engine;

extern const env_engine env_fluid;

extern const env_engine *const env_engines[]; // the first is the usual one; NULL at the end

// The series behind every engine's observe and truth, and the hash of the whole block.
void series_observe(const world *w, const sim_model *m, tend_obs *out);
void series_truth(const world *w, const sim_model *m, tend_facts *out);
uint64_t series_hash(const world *w, const sim_model *m);

#endif
