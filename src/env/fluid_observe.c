// SPDX-License-Identifier: GPL-3.0-or-later
// fluid_observe.c - what a monitor measures of the flows: samples with noise, and the truth.
//
// Noise shrinks with the number of requests behind a sample. All of a service's noise comes from
// the one block of random bits drawn for it in this tick.
#include "env/fluid.h"

#include "base/rng.h"

#include <math.h>

// 1.45: asymptotic error of the 95 % quantile of an exponential, sqrt(.95 .05) / (.05 ln 20).
// Larger hides faint faults, smaller makes latency tell more than a monitor can know.
#define P95_SPREAD 1.45 // relative error of a p95 of n requests is about this / sqrt(n)

// Into least..most, NAN to least.
static double limit(double x, double least, double most)
{
    x = x > least ? x : least;
    return x < most ? x : most;
}

// What a monitor reads of each kind. 0.02 is the relative error of a sampled cpu and pool, 0.004 of
// the memory limit: chosen, not measured; larger drowns slow leaks.
static void sample(const sim_model *m, const service_model *d, const fleet_service *f,
                   const fluid_service *s, double out[TEND_METRIC_KINDS])
{
    const tables *t = &m->tables;
    double noise = m->plant->noise;
    for (int kind = 0; kind < TEND_METRIC_KINDS; kind++)
        out[kind] = MISSING;
    double requests = s->throughput * m->step_s;
    // relative error of a mean of so many requests
    double rate = noise / sqrt(requests > 1 ? requests : 1);
    double z = table_normal(t, s->bits[0] & 0xFFFF);
    // a measured p95 is wrong, but not by more than a factor of three
    out[TEND_LATENCY] = 1000 * s->p95_s * limit(1 + P95_SPREAD * rate * z, 0.3, 3);
    z = table_normal(t, s->bits[1] >> 16);
    double e = s->errors;
    out[TEND_ERRORS] = limit(e + rate * sqrt(e * (1 - e)) * z, 0, 1); // binomial
    // a locked request occupies no cpu; a hog does
    z = table_normal(t, s->bits[1] & 0xFFFF);
    // share of the cores provisioned; without a replica that of one
    double cores = d->cores * (f->ready > 0 ? f->ready : 1);
    double cpu = f->now.hog + s->throughput * s->service_s / (f->now.lock * cores);
    out[TEND_CPU] = limit(limit(cpu, 0, 1) * (1 + 0.02 * noise * z), 0, 1);
    z = table_normal(t, s->bits[2] >> 16);
    out[TEND_MEMORY] = limit(f->memory + 0.004 * noise * z, 0, 1);
    out[TEND_REQUESTS] = s->throughput;
    z = table_normal(t, s->bits[2] & 0xFFFF);
    double held = limit(f->held, 0, 1);
    if (f->now.lock > 1) // of its time a request waits for the lock
        held = limit(held, 1 - 1 / f->now.lock, 1);
    out[TEND_SATURATION] = limit(held * (1 + 0.02 * noise * z), 0, 1);
    out[TEND_RESTARTS] = f->now.exits;
}

// A service's first caller takes what bits are left over from the service's own samples.
static void edge_bits(world *w, const sim_model *m, int at, uint32_t bits[2])
{
    const uint32_t *left = fluid_services(w, m)[m->edge[at].callee].bits;
    if (m->edge[at].first) {
        // the low 5 bits of each half are below what a normal of 2,048 quantiles reads
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
    const fleet_edge *fleet = fleet_edges(w, m);
    const fluid_edge *edge = fluid_edges(w, m);
    for (int i = 0; i < m->E; i++) {
        const fluid_edge *e = &edge[i];
        bool away = fleet[i].rerouted;
        double *pair = out + 2 * m->edge[i].index;
        uint32_t bits[2];
        edge_bits(w, m, i, bits);
        double calls = e->calls * m->step_s;
        // nobody called: a monitor has no mean of nothing
        if (!away && calls < 0.5) {
            pair[0] = pair[1] = MISSING;
            continue;
        }
        // both ends time the same requests, so they share the noise but for the network's part
        double z = table_normal(&m->tables, bits[0]) * m->plant->noise;
        double jitter = table_normal(&m->tables, bits[1]) * m->plant->noise;
        double spread = z * sqrt(e->var / (calls > 1 ? calls : 1)); // standard error of the mean
        double network = m->edge[i].network_s + fleet[i].now.delay_s;
        // jitter: a tenth of the network's delay; both bounds as for the p95
        pair[0] = 1000 * limit(e->client_s + spread + 0.1 * network * jitter, 0.3 * e->client_s,
                               3 * e->client_s);
        pair[1] =
            away ? MISSING : 1000 * limit(e->server_s + spread, 0.3 * e->server_s, 3 * e->server_s);
    }
}

// The truth behind the samples, for tests and yardsticks; the agent never gets it.
static void tell(world *w, const sim_model *m, int at)
{
    const fluid_service *s = &fluid_services(w, m)[at];
    double *of = series_of(w, m) + at;
    of[SERIES_BACKLOG * m->S] = s->backlog;
    of[SERIES_UTILISATION * m->S] = s->busy;
    of[SERIES_ARRIVALS * m->S] = s->arrivals;
    of[SERIES_THROUGHPUT * m->S] = s->throughput;
    of[SERIES_MEAN * m->S] = 1000 * s->own_s;
    of[SERIES_P95 * m->S] = 1000 * s->p95_s;
    of[SERIES_ERRORS * m->S] = s->errors;
}

void fluid_observe_pass(world *w, const sim_model *m)
{
    const fleet_service *fleet = fleet_services(w, m);
    const fluid_service *service = fluid_services(w, m);
    for (int i = 0; i < m->S; i++) {
        double now[TEND_METRIC_KINDS];
        sample(m, &m->service[i], &fleet[i], &service[i], now);
        series_show(w, m, i, now, service[i].bits[3] & 0xFFFF);
        tell(w, m, i);
    }
    observe_edges(w, m, series_edges(w, m));
    // last: the breach is judged on what was shown of the entry
    series_judge(w, m);
}
