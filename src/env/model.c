// SPDX-License-Identifier: GPL-3.0-or-later
// model.c - everything about a system that a step would otherwise work out again and again.
#include "env/arrive.h"
#include "env/fate.h"
#include "env/fleet.h"
#include "env/life.h"
#include "env/measure.h"

#include "base/block.h"
#include "base/math.h"
#include "env/traffic.h"

#include <math.h>
#include <stdlib.h>

// Ratios and seconds a step needs; the plant speaks milliseconds.
static void fill_service(sim_model *m, int s, const traffic *t)
{
    const plant_service *p = &m->plant->services[s];
    const tend_service *t_s = &m->system->services[s];
    service_model *d = &m->service[s];
    d->cores = p->cores;
    d->service_s = p->service_ms / 1000;
    d->cv2 = p->cv2;
    d->waiting_factor = (1 + p->cv2) / 2; // Allen and Cunneen's: 1 for exponential service
    d->workers = p->workers;
    d->queue = p->queue;
    d->memory = p->memory;
    d->memory_load = p->memory_load;
    d->error_share = p->error_share;
    d->hit_rate = p->hit_rate;
    d->working_set = p->working_set;
    d->utilisation = t->utilisation[s];
    d->visits = t->visits[s];
    d->hold_s = t->hold_s[s];
    d->restart_ticks = model_ticks(m, p->restart_s);
    d->scale_ticks = model_ticks(m, p->scale_s);
    d->provision_ticks = m->plant->provision_s > 0 ? model_ticks(m, m->plant->provision_s) : 0;
    d->cache = -1; // found by fill_edges
    d->replicas = t_s->replicas;
    d->least = t_s->least_replicas;
    d->most = t_s->most_replicas;
}

static void fill_edge(sim_model *m, edge_model *d, int e)
{
    const plant_edge *p = &m->plant->edges[e];
    d->index = e;
    d->caller = m->system->edges[e].caller;
    d->callee = m->system->edges[e].callee;
    d->cache = p->on_miss ? p->cache : -1;
    d->guard = -1;
    // 0.3 calls are a call in 30 % of the requests, 2.5 are always and 2.5 times
    d->present = p->calls < 1 ? p->calls : 1;
    d->times = p->calls < 1 ? 1 : p->calls;
    d->timeout_s = p->timeout_ms / 1000;
    d->timeout_root = cube_root(d->timeout_s);
    d->network_s = p->network_ms / 1000;
    // an answer of no use is a failed one
    d->fallback_errors = p->fallback_errors + (1 - p->fallback_errors) * m->plant->fallback_price;
    d->fallback_s = p->fallback_ms / 1000;
    d->retries = (int)p->retries;
}

// The callee is a cache whose misses decide about another call of the same caller.
static bool guards_a_miss(const sim_model *m, int e)
{
    const tend_edge *edge = &m->system->edges[e];
    for (int i = 0; i < m->E; i++)
        if (m->plant->edges[i].on_miss && m->plant->edges[i].cache == edge->callee &&
            m->system->edges[i].caller == edge->caller)
            return true;
    return false;
}

// Edges by caller; within a caller the caches first, since a miss decides about the others.
static void fill_edges(sim_model *m)
{
    int placed = 0;
    for (int s = 0; s < m->S; s++) {
        service_model *caller = &m->service[s];
        caller->first_edge = placed;
        for (int guards = 1; guards >= 0; guards--)
            for (int e = 0; e < m->E; e++) {
                if (m->system->edges[e].caller != s || guards_a_miss(m, e) != (guards == 1))
                    continue;
                fill_edge(m, &m->edge[placed], e);
                m->edge[placed].guards_miss = guards == 1;
                m->position[e] = placed++;
            }
        caller->edges = placed - caller->first_edge;
        for (int i = caller->first_edge; i < placed; i++) {
            // the first caller of a service gets the spare random bits of its samples
            // (fluid_observe.c)
            m->edge[i].first = true;
            for (int j = 0; j < i; j++)
                if (m->edge[j].callee == m->edge[i].callee)
                    m->edge[i].first = false;
        }
        for (int i = caller->first_edge; i < placed; i++) {
            edge_model *edge = &m->edge[i];
            if (edge->cache < 0) // not behind a cache
                continue;
            // one cache splits a caller's response times; of further ones only the miss share
            // counts
            if (caller->cache < 0)
                caller->cache = edge->cache;
            for (int j = caller->first_edge; j < placed; j++)
                if (m->edge[j].callee == edge->cache)
                    edge->guard = j;
        }
    }
}

// A part that a world may have, at its end; no bytes: it has none.
static size_t lay_part(block *b, size_t bytes)
{
    return bytes ? block_add(b, 1, bytes) : 0;
}

// One block: header, fleet, series, engine, parts. Offsets only, so that memcpy forks a world.
static void lay_out(sim_model *m)
{
    size_t S = (size_t)m->S, E = (size_t)m->E;
    block b = {.align = 8};
    block_add(&b, 1, sizeof(world));
    m->fleet_at = block_add(&b, S, sizeof(fleet_service));
    m->fleet_edge_at = block_add(&b, E, sizeof(fleet_edge));
    m->series_at = block_add(&b, 2 * S * (size_t)m->M + 2 * E + S * SERIES_COUNT, sizeof(double));
    m->own_at = block_add(&b, 1, m->engine->size(m));
    m->measure_at = lay_part(&b, measure_size(m));
    m->arrive_at = lay_part(&b, arrive_size(m));
    m->life_at = lay_part(&b, life_size(m));
    m->fate_at = lay_part(&b, fate_size(m));
    m->size = b.size;
}

// A service whose samples are all well costs one draw: the gate asks whether any is not.
static void fill_samples(sim_model *m)
{
    // a tick in which all samples of a service are well is decided by 16 spare bits
    double well = (1 - m->plant->missing) * (1 - m->plant->late), all = 1;
    for (int i = 0; i < m->M; i++)
        all *= well;
    double gate = ceil((1 - all) * 65536);
    m->sample_gate = (uint32_t)gate;
    if (gate > 0) {
        // conditional on a gate that let it through
        double given = 65536 / gate, missing = m->plant->missing;
        m->sample_missing = missing * given;
        m->sample_late = m->sample_missing + (1 - missing) * m->plant->late * given;
    }
}

// In 65536ths: a service has at least one spike; a gap begins.
static void fill_misfortunes(sim_model *m)
{
    double calm = 1, per_tick = m->plant->gaps_per_hour * m->step_s / 3600;
    for (int i = 0; i < m->M; i++)
        calm *= 1 - m->plant->spikes;
    m->spike_gate = (uint32_t)((1 - calm) * 65536 + 0.5);
    m->gap_gate = (uint32_t)((per_tick < 0.5 ? per_tick : 0.5) * 65536 + 0.5);
}

// One allocation: the arrays follow the struct, the widest type first.
static size_t arrays_size(const tend_system *system, const plant *p)
{
    size_t S = (size_t)system->S, E = (size_t)system->E, M = (size_t)system->M;
    size_t phases = (size_t)arrive_phases(p, system->step_s);
    return S * sizeof(service_model) + E * sizeof(edge_model) +
           COLUMN_NOISE_ARRAYS * (S * M + E) * sizeof(double) + (S * M + 2 * E) * sizeof(arrival) +
           (S + E + M + phases + 1) * sizeof(int);
}

static void place_arrays(sim_model *m)
{
    const int columns = m->S * m->M + m->E;
    m->service = (service_model *)(void *)(m + 1);
    m->edge = (edge_model *)(void *)(m->service + m->S);
    double *column = (double *)(void *)(m->edge + m->E);
    m->column = (column_noise){.slow = column,
                               .fresh = column + columns,
                               .tail = column + 2 * columns,
                               .unit = column + 3 * columns,
                               .most = column + 4 * columns};
    m->arrivals.column = (arrival *)(void *)(column + COLUMN_NOISE_ARRAYS * columns);
    m->order = (int *)(void *)(m->arrivals.column + columns + m->E);
    m->position = m->order + m->S;
    m->kind = m->position + m->E;
    m->arrivals.due = m->kind + m->M;
}

tend_rc sim_model_open(const tend_system *system, const plant *physics, sim_model **out,
                       tend_err *err)
{
    traffic *t = NULL;
    sim_model *m = calloc(1, sizeof *m + arrays_size(system, physics));
    *out = NULL;
    if (!m)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a system of %d services",
                         system->S);
    tend_rc rc = traffic_open(system, physics, &t, err);
    if (rc != TEND_OK)
        goto fail;
    m->engine = env_engines[0];
    m->system = system;
    m->plant = physics;
    m->S = system->S;
    m->E = system->E;
    m->M = system->M;
    m->entry = system->entry;
    m->step_s = system->step_s;
    m->slo_s = system->slo.p95_ms / 1000;
    // radians of the daily wave per tick
    double turn = 6.283185307179586 * m->step_s / physics->wave_period_s;
    m->turn_sin = math_sin(turn);
    m->turn_cos = math_sin(turn + 1.5707963267948966);
    place_arrays(m);
    for (int c = 0; c < m->M; c++)
        m->kind[c] = (int)system->metrics[c].kind;
    tables_fill(&m->tables);
    for (int s = 0; s < m->S; s++) {
        fill_service(m, s, t);
        m->order[s] = t->order[s];
        if (m->service[s].utilisation > m->busiest)
            m->busiest = m->service[s].utilisation;
    }
    fill_edges(m);
    fill_samples(m);
    fill_misfortunes(m);
    measure_fill(m, &m->column);
    arrive_fill(m);
    life_fill(m, m->life_gate);
    lay_out(m);
    traffic_close(t);
    *out = m;
    return TEND_OK;

fail:
    traffic_close(t);
    sim_model_close(m);
    return rc;
}

void sim_model_close(sim_model *model)
{
    free(model);
}
