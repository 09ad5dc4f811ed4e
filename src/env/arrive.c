// SPDX-License-Identifier: GPL-3.0-or-later
// arrive.c - a ring of samples for the window, what stands since the last scrape, a ring of those.
#include "env/arrive.h"

#include "base/hash.h"
#include "base/rng.h"

#include <string.h>

typedef struct shape {
    int values;                // of a tick: [S][M], [E][2]
    int window, scrape, delay; // ticks, at least 1, 1 and 0
} shape;

static shape shape_of(const sim_model *m)
{
    const plant *p = m->plant;
    shape s = {.values = m->S * m->M + 2 * m->E, .window = 1, .scrape = 1, .delay = 0};
    if (p->smooth_s > 0)
        s.window = model_ticks(m, p->smooth_s);
    if (p->scrape_s > 0)
        s.scrape = model_ticks(m, p->scrape_s);
    if (p->delay_s > 0)
        s.delay = model_ticks(m, p->delay_s);
    return s;
}

static int rows_of(const shape *s) // of values: the window, what stands, what is on its way
{
    return s->window + 1 + s->delay;
}

size_t arrive_size(const sim_model *m)
{
    shape s = shape_of(m);
    if (s.window == 1 && s.scrape == 1 && s.delay == 0)
        return 0;
    return (size_t)rows_of(&s) * (size_t)s.values * sizeof(double);
}

static double *rows(const world *w, const sim_model *m)
{
    return (double *)(void *)((char *)(uintptr_t)w + m->arrive_at);
}

void arrive_init(world *w, const sim_model *m)
{
    shape s = shape_of(m);
    for (int i = 0; i < rows_of(&s) * s.values; i++)
        rows(w, m)[i] = MISSING;
}

// Mean of the ticks of the window that have a sample; of a gauge the newest, of restarts the most.
static double smooth(const double *ring, const shape *s, int at, int now, int kind)
{
    double sum = 0, most = MISSING;
    int count = 0;
    if (kind == TEND_MEMORY || kind == TEND_SATURATION)
        return ring[now * s->values + at];
    for (int i = 0; i < s->window; i++) {
        double x = ring[i * s->values + at];
        if (isnan(x))
            continue;
        sum += x;
        count++;
        most = most > x ? most : x;
    }
    return kind == TEND_RESTARTS ? most : count ? sum / count : MISSING;
}

static int service_of(const sim_model *m, int at)
{
    int services = m->S * m->M;
    return at < services ? at / m->M : m->system->edges[(at - services) / 2].caller;
}

void arrive_fill(const sim_model *m, unsigned char *scraped)
{
    for (int at = 0; at < m->S * m->M + 2 * m->E; at++) {
        int kind = at < m->S * m->M ? m->kind[at % m->M] : TEND_LATENCY;
        bool machine = kind == TEND_CPU || kind == TEND_MEMORY || kind == TEND_RESTARTS;
        uint64_t name = hash_text(m->system->services[service_of(m, at)].name);
        rng r = rng_make(name, machine ? "machine" : "application");
        scraped[at] = rng_uniform(&r) < m->plant->scraped;
    }
}

// A value's way: into the window, at a scrape out of it, and then some ticks of delay.
static double pass(const world *w, const sim_model *m, const shape *s, int at, double sample)
{
    double *ring = rows(w, m), *stands = ring + s->window * s->values, *way = stands + s->values;
    int kind = at < m->S * m->M ? m->kind[at % m->M] : TEND_LATENCY;
    int now = (int)(w->tick % s->window);
    ring[now * s->values + at] = sample;
    // the targets of a scraper are spread over its interval: 7 is prime to every usual one
    int phase = service_of(m, at) * 7 % s->scrape;
    if (!m->scraped[at] || w->tick % s->scrape == phase)
        stands[at] = smooth(ring, s, at, now, kind);
    if (s->delay == 0)
        return stands[at];
    double *old = &way[(int)(w->tick % s->delay) * s->values + at], shown = *old;
    *old = stands[at];
    return shown;
}

void arrive_tick(world *w, const sim_model *m, double *services, double *edges)
{
    shape s = shape_of(m);
    int first = m->S * m->M;
    bool all = s.window > 1 || s.delay > 0; // else what is read each tick is shown as it is
    for (int at = 0; at < s.values; at++) {
        if (!all && !m->scraped[at])
            continue;
        double *shown = at < first ? &services[at] : &edges[at - first];
        *shown = pass(w, m, &s, at, *shown);
    }
}
