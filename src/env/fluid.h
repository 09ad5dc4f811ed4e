// SPDX-License-Identifier: GPL-3.0-or-later
// fluid.h - the fluid engine's own state: queues and response times as flows, no single request.
#ifndef TEND_ENV_FLUID_H
#define TEND_ENV_FLUID_H

#include "env/fleet.h"

typedef struct fluid_service {
    // fluid_queue.c
    double arrivals, backlog, busy, throughput, capacity; // 1/s, requests, share, 1/s, 1/s
    double service_s;                                     // service time under faults and GC
    double wait_s, own_s, own_var; // waiting; waiting and service; its variance
    double shed;                   // share of arrivals turned away by a full queue
    double down_s;                 // mean time a worker waits for callees
    double offered;                // 1/s, gathered from the callers in this tick
    double swing;                  // standard deviation of its arrivals, requests
    // fluid_calls.c
    double mean_s, var, p95_s, root; // with callees
    double errors, lasting_errors;   // all; those a retry cannot mend
    uint32_t bits[4];                // random bits of this tick
} fluid_service;

typedef struct fluid_edge {
    double flow;    // calls on the callee per request of the caller
    double failing; // lagged failure share of an attempt
    double miss;    // of a guard edge: share of the calls that go on behind it
    double client_s, server_s, var, calls; // per call; s^2; 1/s
} fluid_edge;

static inline fluid_service *fluid_services(world *w, const sim_model *m)
{
    return (fluid_service *)(void *)((char *)w + m->own_at);
}

static inline fluid_edge *fluid_edges(world *w, const sim_model *m)
{
    return (fluid_edge *)(void *)(fluid_services(w, m) + m->S);
}

void fluid_queue_pass(world *w, const sim_model *m, double users);
void fluid_calls_pass(world *w, const sim_model *m);
void fluid_observe_pass(world *w, const sim_model *m);

#endif
