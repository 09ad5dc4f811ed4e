// SPDX-License-Identifier: GPL-3.0-or-later
// observe.c - what can be seen of a tick, of any engine: some samples missing, some late.
#include "env/arrive.h"
#include "env/fleet.h"
#include "env/measure.h"

#include "base/hash.h"
#include "base/rng.h"

// A sample of a service of which some are missing or late; the gate is in fill_samples, model.c.
static double spoil(const world *w, const sim_model *m, int at, int column, double now,
                    double before)
{
    uint32_t bits[4];
    uint32_t counter[4] = {(uint32_t)w->tick, (uint32_t)at, STREAM_SAMPLE, (uint32_t)column};
    rng_philox(counter, w->key, bits);
    // one draw for both: missing first, then late
    double u = rng_unit32(bits[0]);
    return u < m->sample_missing ? MISSING : u < m->sample_late ? before : now;
}

void series_show(world *w, const sim_model *m, int at, const double now[TEND_METRIC_KINDS],
                 uint32_t gate)
{
    const fleet_service *s = &fleet_services(w, m)[at];
    // copies: the compiler must take it that the stores below may change the model
    const int S = m->S, M = m->M, *kind = m->kind;
    double *shown = world_series(w, m) + at * M;
    double *before = shown + S * M, *of = series_of(w, m) + at;
    bool spoilt = gate < m->sample_gate;
    for (int i = 0; i < M; i++) {
        double sample = now[kind[i]];
        shown[i] = spoilt ? spoil(w, m, at, i, sample, before[i]) : sample;
        // the true one is kept for the next tick: a late one shows it even after a missing one
        before[i] = sample;
    }
    of[SERIES_READY * S] = s->ready;
    of[SERIES_AGE * S] = (double)(w->tick - s->live_since);
    if (at == m->entry) { // the objective is watched at the door: never missing, never late
        w->seen_p95_ms = now[TEND_LATENCY];
        w->seen_errors = now[TEND_ERRORS];
    }
}

void series_judge(world *w, const sim_model *m)
{
    const tend_slo *slo = &m->system->slo;
    if (m->measure_at)
        measure_tick(w, m, world_series(w, m), series_edges(w, m));
    if (m->arrive_at)
        arrive_tick(w, m);
    // to a user, being turned away is a failure: a limit cannot cure a breach by refusing
    double failed = 1 - (1 - w->refused) * (1 - w->seen_errors);
    w->breach = w->seen_p95_ms > slo->p95_ms || failed > slo->error_share;
}

void series_observe(const world *w, const sim_model *m, tend_obs *out)
{
    const double *series = (const double *)(const void *)((const char *)w + m->series_at);
    const double *edges = series + 2 * m->S * m->M;
    const double *of = edges + 2 * m->E;
    *out = (tend_obs){.size = sizeof *out,
                      .tick = w->tick,
                      .value = series,
                      .edge = edges,
                      .ready = of + SERIES_READY * m->S,
                      .deploy_age = of + SERIES_AGE * m->S,
                      .entry_p95_ms = w->seen_p95_ms,
                      .entry_errors = w->seen_errors,
                      .refused = w->refused,
                      .breach = w->breach,
                      .receipt = NULL,
                      .receipts = 0}; // all fields named: then nothing need be cleared first
}

void series_truth(const world *w, const sim_model *m, tend_facts *out)
{
    const double *series = (const double *)(const void *)((const char *)w + m->series_at);
    const double *of = series + 2 * m->S * m->M + 2 * m->E;
    out->backlog = of + SERIES_BACKLOG * m->S;
    out->utilisation = of + SERIES_UTILISATION * m->S;
    out->arrivals = of + SERIES_ARRIVALS * m->S;
    out->throughput = of + SERIES_THROUGHPUT * m->S;
    out->mean_ms = of + SERIES_MEAN * m->S;
    out->p95_ms = of + SERIES_P95 * m->S;
    out->errors = of + SERIES_ERRORS * m->S;
    out->refused = w->refused;
}

uint64_t series_hash(const world *w, const sim_model *m)
{
    // the whole block, what is not seen included: a fork must agree in that too
    return hash_bytes(HASH_START, w, m->size);
}
