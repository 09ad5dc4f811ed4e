// observe.c - what a monitor would show of the tick: samples with noise, some missing, some late.
//
// Noise shrinks with the number of requests behind a sample. All of a service's noise comes from
// the one block of random bits drawn for it in this tick.
#include "env/model.h"

#include "base/rng.h"

#include <math.h>

#define P95_SPREAD 1.45 // relative error of a p95 of n requests is about this / sqrt(n)

static double limit(double x, double least, double most)
{
    x = x > least ? x : least;
    return x < most ? x : most;
}

static void sample(const sim_model *m, const service_model *d, const service_state *s,
                   double out[WORLD_METRICS])
{
    const tables *t = &m->tables;
    double noise = m->plant->noise;
    double requests = s->throughput * m->step_s;
    double rate = noise / sqrt(requests > 1 ? requests : 1);
    double z = table_normal(t, s->bits[0] & 0xFFFF);
    out[WORLD_P95] = 1000 * s->p95_s * limit(1 + P95_SPREAD * rate * z, 0.3, 3);
    z = table_normal(t, s->bits[1] >> 16);
    double e = s->errors;
    out[WORLD_ERRORS] = limit(e + rate * sqrt(e * (1 - e)) * z, 0, 1);
    // a locked request occupies no cpu; a hog does
    z = table_normal(t, s->bits[1] & 0xFFFF);
    double cores = d->cores * (s->ready > 0 ? s->ready : 1);
    double cpu = s->now.hog + s->throughput * s->service_s / (s->now.lock * cores);
    out[WORLD_CPU] = limit(limit(cpu, 0, 1) * (1 + 0.02 * noise * z), 0, 1);
    z = table_normal(t, s->bits[2] >> 16);
    out[WORLD_MEMORY] = limit(s->memory + 0.004 * noise * z, 0, 1);
    out[WORLD_REQUESTS] = s->throughput;
    z = table_normal(t, s->bits[2] & 0xFFFF);
    out[WORLD_SATURATION] = limit(limit(s->held, 0, 1) * (1 + 0.02 * noise * z), 0, 1);
}

// Some sample of this service is missing or late; see fill_samples in model.c for the gate.
static void spoil(const world *w, const sim_model *m, int at, const double *before, double *shown)
{
    for (int i = 0; i < WORLD_METRICS; i++) {
        uint32_t bits[4];
        uint32_t counter[4] = {(uint32_t)w->tick, (uint32_t)at, STREAM_SAMPLE, (uint32_t)i};
        rng_philox(counter, w->key, bits);
        double u = rng_unit32(bits[0]);
        if (u < m->sample_missing)
            shown[i] = MISSING;
        else if (u < m->sample_late)
            shown[i] = before[i];
    }
}

// A service's first caller takes what bits are left over from the service's own samples.
static void edge_bits(world *w, const sim_model *m, int at, uint32_t bits[2])
{
    const uint32_t *left = world_services(w, m)[m->edge[at].callee].bits;
    if (m->edge[at].first) {
        bits[0] = left[3] >> 16;
        bits[1] = (left[0] & 31) << 11 | (left[1] & 31) << 6 | (left[2] & 31) << 1;
        return;
    }
    uint32_t own[4];
    uint32_t counter[4] = {(uint32_t)w->tick, (uint32_t)at, STREAM_EDGE, 0};
    rng_philox(counter, w->key, own);
    bits[0] = own[0] >> 16;
    bits[1] = own[1] >> 16;
}

static void observe_edges(world *w, const sim_model *m, double *out)
{
    const edge_state *edge = world_edges(w, m);
    for (int i = 0; i < m->E; i++) {
        const edge_state *e = &edge[i];
        double *pair = out + 2 * m->edge[i].index;
        uint32_t bits[2];
        edge_bits(w, m, i, bits);
        double calls = e->calls * m->step_s;
        if (!e->rerouted && calls < 0.5) {
            pair[0] = pair[1] = MISSING;
            continue;
        }
        // both ends time the same requests, so they share the noise but for the network's part
        double z = table_normal(&m->tables, bits[0]) * m->plant->noise;
        double jitter = table_normal(&m->tables, bits[1]) * m->plant->noise;
        double spread = z * sqrt(e->var / (calls > 1 ? calls : 1));
        double network = m->edge[i].network_s + e->delay_s;
        pair[0] = 1000 * limit(e->client_s + spread + 0.1 * network * jitter, 0.3 * e->client_s,
                               3 * e->client_s);
        pair[1] = e->rerouted
                      ? MISSING
                      : 1000 * limit(e->server_s + spread, 0.3 * e->server_s, 3 * e->server_s);
    }
}

static void observe_service(world *w, const sim_model *m, int at, double *shown, double *before)
{
    service_state *s = &world_services(w, m)[at];
    double now[WORLD_METRICS];
    sample(m, &m->service[at], s, now);
    for (int i = 0; i < WORLD_METRICS; i++)
        shown[i] = now[i];
    if ((s->bits[3] & 0xFFFF) < m->sample_gate)
        spoil(w, m, at, before, shown);
    for (int i = 0; i < WORLD_METRICS; i++)
        before[i] = now[i];
    if (at == m->entry) { // the objective is watched at the door: never missing, never late
        w->seen_p95_ms = now[WORLD_P95];
        w->seen_errors = now[WORLD_ERRORS];
    }
}

void observe_pass(world *w, const sim_model *m)
{
    const service_state *service = world_services(w, m);
    double *series = world_series(w, m);
    double *before = series + m->S * WORLD_METRICS;
    double *edges = before + m->S * WORLD_METRICS, *of = edges + 2 * m->E;
    for (int i = 0; i < m->S; i++) {
        observe_service(w, m, i, series + i * WORLD_METRICS, before + i * WORLD_METRICS);
        const service_state *s = &service[i];
        of[SERIES_READY * m->S + i] = s->ready;
        of[SERIES_AGE * m->S + i] = (double)(w->tick - s->live_since);
        of[SERIES_BACKLOG * m->S + i] = s->backlog;
        of[SERIES_UTILISATION * m->S + i] = s->busy;
        of[SERIES_ARRIVALS * m->S + i] = s->arrivals;
        of[SERIES_THROUGHPUT * m->S + i] = s->throughput;
        of[SERIES_MEAN * m->S + i] = 1000 * s->own_s;
        of[SERIES_P95 * m->S + i] = 1000 * s->p95_s;
        of[SERIES_ERRORS * m->S + i] = s->errors;
    }
    observe_edges(w, m, edges);
    const tend_slo *slo = &m->system->slo;
    double failed = 1 - (1 - w->refused) * (1 - w->seen_errors);
    w->breach = w->seen_p95_ms > slo->p95_ms || failed > slo->error_share;
}

void world_observe(const world *w, const sim_model *model, tend_obs *out)
{
    const double *series = (const double *)(const void *)((const char *)w + model->series_at);
    const double *edges = series + 2 * model->S * WORLD_METRICS;
    const double *of = edges + 2 * model->E;
    *out = (tend_obs){.size = sizeof *out,
                      .tick = w->tick,
                      .value = series,
                      .edge = edges,
                      .ready = of + SERIES_READY * model->S,
                      .deploy_age = of + SERIES_AGE * model->S,
                      .entry_p95_ms = w->seen_p95_ms,
                      .entry_errors = w->seen_errors,
                      .refused = w->refused,
                      .breach = w->breach};
}

void world_look_behind(const world *w, const sim_model *model, world_truth *out)
{
    const double *series = (const double *)(const void *)((const char *)w + model->series_at);
    const double *of = series + 2 * model->S * WORLD_METRICS + 2 * model->E;
    out->backlog = of + SERIES_BACKLOG * model->S;
    out->utilisation = of + SERIES_UTILISATION * model->S;
    out->arrivals = of + SERIES_ARRIVALS * model->S;
    out->throughput = of + SERIES_THROUGHPUT * model->S;
    out->mean_ms = of + SERIES_MEAN * model->S;
    out->p95_ms = of + SERIES_P95 * model->S;
    out->errors = of + SERIES_ERRORS * model->S;
    out->refused = w->refused;
}
