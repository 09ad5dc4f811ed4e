// SPDX-License-Identifier: GPL-3.0-or-later
// traffic.c - visits and utilisation from the call graph, in one sweep down and one up.
#include "env/traffic.h"

#include <stdlib.h>

// Kahn 1962. The reader has refused cyclic graphs, so every service gets its place.
static void sort_callers_first(const tend_system *system, int *order, double *callers)
{
    int placed = 0;
    for (int s = 0; s < system->S; s++)
        callers[s] = 0;
    for (int e = 0; e < system->E; e++)
        callers[system->edges[e].callee] += 1;
    for (int s = 0; s < system->S; s++)
        if (callers[s] < 0.5)
            order[placed++] = s;
    for (int next = 0; next < placed; next++)
        for (int e = 0; e < system->E; e++)
            if (system->edges[e].caller == order[next]) {
                int callee = system->edges[e].callee;
                callers[callee] -= 1;
                if (callers[callee] < 0.5)
                    order[placed++] = callee;
            }
}

// Visits per user request, callers first: calls, less the share a warm cache answers.
static void sweep_down(const tend_system *system, const plant *physics, traffic *t)
{
    for (int s = 0; s < system->S; s++)
        t->visits[s] = s == system->entry;
    for (int i = 0; i < system->S; i++)
        for (int e = 0; e < system->E; e++) {
            const tend_edge *edge = &system->edges[e];
            const plant_edge *p = &physics->edges[e];
            if (edge->caller != t->order[i])
                continue;
            double miss = p->on_miss ? 1 - physics->services[p->cache].hit_rate : 1;
            t->crossing[e] = t->visits[edge->caller] * p->calls * miss;
            t->visits[edge->callee] += t->crossing[e];
        }
}

// Offered load over capacity, both in busy cores.
static double load_of(const tend_system *system, const plant *physics, int s, double visits)
{
    const plant_service *p = &physics->services[s];
    double servers = p->cores * system->services[s].replicas;
    return visits * physics->base_rps * p->service_ms / 1000 / servers;
}

// Seconds a worker is held per request, callees first: its own work and every call it waits for.
static void sweep_up(const tend_system *system, const plant *physics, traffic *t)
{
    for (int i = system->S - 1; i >= 0; i--) {
        int s = t->order[i];
        t->hold_s[s] = physics->services[s].service_ms / 1000;
        for (int e = 0; e < system->E; e++)
            if (system->edges[e].caller == s && t->visits[s] > 0)
                t->hold_s[s] +=
                    t->crossing[e] / t->visits[s] *
                    (t->hold_s[system->edges[e].callee] + physics->edges[e].network_ms / 1000);
    }
}

tend_rc traffic_open(const tend_system *system, const plant *physics, traffic **out, tend_err *err)
{
    size_t S = (size_t)system->S, E = (size_t)system->E;
    // one allocation, the widest type first
    traffic *t = calloc(1, sizeof *t + (3 * S + E) * sizeof(double) + S * sizeof(int));
    *out = t;
    if (!t)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a system of %d services",
                         system->S);
    t->visits = (double *)(t + 1);
    t->utilisation = t->visits + S;
    t->hold_s = t->utilisation + S;
    t->crossing = t->hold_s + S;
    t->order = (int *)(t->crossing + E);
    sort_callers_first(system, t->order, t->visits); // visits is scratch here
    sweep_down(system, physics, t);
    for (int s = 0; s < system->S; s++)
        t->utilisation[s] = load_of(system, physics, s, t->visits[s]);
    sweep_up(system, physics, t);
    return TEND_OK;
}

void traffic_close(traffic *t)
{
    free(t);
}
