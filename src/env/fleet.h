// SPDX-License-Identifier: GPL-3.0-or-later
// fleet.h - what any engine of a world shares: replicas, timers, versions, and the faults' effects.
//
// Faults write effects and nothing else; actions work on replicas and their timers; what a replica
// carries with it (leaked memory and connections, cached entries) is lost with the replica. How
// load turns into queues and response times is the engine's business: it reads the fleet, and
// tells it what was served (fleet_age), so that caches fill and memory grows.
#ifndef TEND_ENV_FLEET_H
#define TEND_ENV_FLEET_H

#include "env/model.h"

typedef struct effects { // of the faults in force, on one service
    double slow;         // factor on the service time, busy
    double lock;         // factor on the service time, idle
    double lost;         // share of the cores of the replicas it began with
    double hog;          // share of the cpu that another process is seen to use
    double errors;       // share of requests that fail however often they are tried
    double leak;         // memory per tick
    double pool;         // leaked share of the pool per tick
    double pool_most;
    double evict;  // share of the cache that holds
    double poison; // share of the hits that are wrong
    double kept;   // share of the work in flight that this tick's crashes leave
    double broken; // share of requests cut off by a crash in this tick
    int down;      // replicas in a crash loop
    int exits;     // replicas whose process crashed or was killed in this tick
    int retries;   // that its callers make at least
} effects;

extern const effects effects_none; // of a service nothing is wrong with

typedef struct edge_effects { // of the faults in force, on one edge
    double delay_s, loss;
} edge_effects;

typedef struct fleet_service {
    effects now;
    double held;                      // share of the pool in use or leaked, may exceed 1
    double memory, leak, pool_leaked; // shares; leak: what a leak has added to memory
    double fill;                      // share of the cache's entries that are there
    int replicas, ready, pending, scale_left;
    int restart_left, restart_wave, rollback_left, rollback_wave;
    int oom_left, oom_wave;
    int live_since; // tick the running version went live
    int affected;   // replicas when the episode began
} fleet_service;

typedef struct fleet_edge {
    edge_effects now;
    int rerouted, switch_left; // goes to the fallback; ticks until it changes over
} fleet_edge;

static inline fleet_service *fleet_services(world *w, const sim_model *m)
{
    return (fleet_service *)(void *)((char *)w + m->fleet_at);
}

static inline const fleet_service *fleet_services_of(const world *w, const sim_model *m)
{
    return (const fleet_service *)(const void *)((const char *)w + m->fleet_at);
}

static inline fleet_edge *fleet_edges(world *w, const sim_model *m)
{
    return (fleet_edge *)(void *)((char *)w + m->fleet_edge_at);
}

static inline const fleet_edge *fleet_edges_of(const world *w, const sim_model *m)
{
    return (const fleet_edge *)(const void *)((const char *)w + m->fleet_edge_at);
}

// The whole block is zeroed; then header, fleet and faults as an episode begins.
void fleet_init(world *w, const sim_model *m, const scenario *incident, uint64_t seed);

// Faults, then timers of actions, of the next tick. The users per second who come in.
double fleet_tick(world *w, const sim_model *m);

// What grows or fills slowly, after a tick in which a service served so many requests and so many
// of its workers (or requests queued for one) are taken.
void fleet_age(fleet_service *s, const service_model *d, double served, double taken);

// faults.c
void faults_init(world *w, const sim_model *m, const scenario *incident);
void faults_apply(world *w, const sim_model *m);
// Takes all of them away, and what they do at present; what they did stays.
void faults_heal(world *w, const sim_model *m);
// An action on `service` has been carried out: faults it mends are over.
void faults_mended(world *w, const sim_model *m, tend_action_kind by, int service);

// actions.c
bool actions_begin(world *w, const sim_model *m, int action); // false: refused
bool actions_possible(const world *w, const sim_model *m, int action);
bool actions_under_way(const world *w, const sim_model *m, int action); // its timer runs
void actions_order(fleet_service *s, const service_model *d);           // one more replica
void actions_tick(world *w, const sim_model *m);

#endif
