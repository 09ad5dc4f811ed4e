// SPDX-License-Identifier: GPL-3.0-or-later
// env.c - the engines there are, and a world's calls through the table of its model's engine.
#include "env/env.h"

#include "env/model.h"

// a second engine is one line here; the order matters, the first is what a model opens with
const env_engine *const env_engines[] = {&env_fluid, NULL};

size_t world_size(const sim_model *model)
{
    return model->size;
}

void world_init(world *w, const sim_model *model, const scenario *incident, uint64_t seed)
{
    model->engine->init(w, model, incident, seed);
}

void world_step(world *w, const sim_model *model)
{
    model->engine->step(w, model);
}

void world_observe(const world *w, const sim_model *model, tend_obs *out)
{
    model->engine->observe(w, model, out);
}

bool world_apply(world *w, const sim_model *model, int action)
{
    return model->engine->apply(w, model, action);
}

bool world_can(const world *w, const sim_model *model, int action)
{
    return model->engine->can(w, model, action);
}

tend_receipt_state world_progress(const world *w, const sim_model *model, int action)
{
    return model->engine->progress(w, model, action);
}

void world_look_behind(const world *w, const sim_model *model, tend_facts *out)
{
    model->engine->truth(w, model, out);
}

void world_heal(world *w, const sim_model *model)
{
    model->engine->heal(w, model);
}

uint64_t world_hash(const world *w, const sim_model *model)
{
    return model->engine->hash(w, model);
}
