// SPDX-License-Identifier: GPL-3.0-or-later
// fluid.c - the fluid engine: the order of one tick, and where its flows begin.
#include "env/fluid.h"
#include "env/fate.h"

#include "env/env.h"

#include <math.h>

// Whole doubles, so the block stays a multiple of 8.
static size_t size(const sim_model *m)
{
    return (size_t)m->S * sizeof(fluid_service) + (size_t)m->E * sizeof(fluid_edge);
}

// Near the fixed point of the nominal load, so that an episode does not open with a transient.
static void begin_service(fluid_service *s, const service_model *d, double users)
{
    s->swing = sqrt(users * d->visits); // Poisson: the deviation of a count is its root
    s->service_s = d->service_s;
    s->own_s = s->mean_s = d->service_s;
    s->down_s = d->hold_s - d->service_s;
    // an overloaded service has no fixed point: it starts below one and finds its own way up
    s->busy = d->utilisation < 0.9 ? d->utilisation : 0.9;
    s->backlog = s->busy * d->cores * d->replicas;
    s->errors = d->error_share;
}

// What a call costs before anything has been measured: no failures, a warm cache.
static void begin_edge(fluid_edge *edge, const sim_model *m, int at)
{
    const edge_model *d = &m->edge[at];
    edge[at].miss = d->guards_miss ? 1 - m->service[d->callee].hit_rate : 1;
    double behind = d->guard >= 0 ? edge[d->guard].miss : 1;
    edge[at].flow = d->times * d->present * behind;
}

static void init(world *w, const sim_model *m, const scenario *incident, uint64_t seed)
{
    fleet_init(w, m, incident, seed);
    for (int s = 0; s < m->S; s++)
        begin_service(&fluid_services(w, m)[s], &m->service[s], m->plant->base_rps * m->step_s);
    for (int e = 0; e < m->E; e++)
        begin_edge(fluid_edges(w, m), m, e);
}

static void step(world *w, const sim_model *m)
{
    // queues before calls: response times need this tick's waits, loads last tick's failures
    double users = fleet_tick(w, m);
    fluid_queue_pass(w, m, users);
    fluid_calls_pass(w, m);
    fluid_observe_pass(w, m);
    // users retry on what they saw, a tick later
    w->user_errors = fluid_services(w, m)[m->entry].errors;
}

const env_engine env_fluid = {
    .name = "fluid",
    .size = size,
    .init = init,
    .step = step,
    .observe = series_observe,
    .apply = fate_begin,
    .can = fate_possible,
    .progress = fate_progress,
    .truth = series_truth,
    .heal = faults_heal,
    .hash = series_hash,
};
