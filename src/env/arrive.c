// SPDX-License-Identifier: GPL-3.0-or-later
// arrive.c - a ring of samples for the window, what stands since the last scrape, a ring of those.
//
// Only of the columns that wait for something: what is read each tick is shown as it is.
#include "env/arrive.h"

#include "base/hash.h"
#include "base/rng.h"

#include <string.h>

static int service_of(const sim_model *m, int at) // of a value: [S][M], [E][2]
{
    int services = m->S * m->M;
    return at < services ? at / m->M : m->system->edges[(at - services) / 2].caller;
}

static int kind_of(const sim_model *m, int at)
{
    return at < m->S * m->M ? m->kind[at % m->M] : TEND_LATENCY;
}

static bool is_scraped(const sim_model *m, int at)
{
    int kind = kind_of(m, at);
    bool machine = kind == TEND_CPU || kind == TEND_MEMORY || kind == TEND_RESTARTS;
    uint64_t name = hash_text(m->system->services[service_of(m, at)].name);
    rng r = rng_make(name, machine ? "machine" : "application");
    return rng_uniform(&r) < m->plant->scraped;
}

static bool is_long(const arrival_list *a) // the way of what is not scraped too
{
    return a->window > 1 || a->delay > 0;
}

// The targets of a scraper are spread over its interval: 7 is prime to every usual one. What is not
// scraped comes last.
static int phase_of(const sim_model *m, int at)
{
    const int scrape = m->arrivals.scrape;
    bool scraped = scrape > 1 && is_scraped(m, at);
    return scraped ? service_of(m, at) * 7 % scrape : scrape;
}

int arrive_phases(const plant *p, double step_s)
{
    return p->scrape_s > 0 ? ticks_of(p->scrape_s, step_s) : 1;
}

void arrive_fill(sim_model *m)
{
    const plant *p = m->plant;
    arrival_list *a = &m->arrivals;
    const int services = m->S * m->M, values = services + 2 * m->E;
    a->window = p->smooth_s > 0 ? model_ticks(m, p->smooth_s) : 1;
    a->scrape = arrive_phases(p, m->step_s);
    a->delay = p->delay_s > 0 ? model_ticks(m, p->delay_s) : 0;
    // sorted by counting: how many have a phase, where the next one begins, each from there down
    for (int at = 0; at < values; at++)
        a->due[phase_of(m, at)]++;
    for (int phase = 1; phase <= a->scrape; phase++)
        a->due[phase] += a->due[phase - 1];
    for (int at = values - 1; at >= 0; at--) {
        // between the samples of services and edges lie those of the tick before
        int in_series = at < services ? at : at + services;
        a->column[--a->due[phase_of(m, at)]] = (arrival){in_series, kind_of(m, at)};
    }
    // what is not scraped has a way to go only if that is long
    a->count = is_long(a) ? values : a->due[a->scrape];
}

size_t arrive_size(const sim_model *m)
{
    const arrival_list *a = &m->arrivals;
    int rows = is_long(a) ? a->window + 1 + a->delay : 1;
    return (size_t)rows * (size_t)a->count * sizeof(double);
}

static double *rows(const world *w, const sim_model *m)
{
    return (double *)(void *)((char *)(uintptr_t)w + m->arrive_at);
}

void arrive_init(world *w, const sim_model *m)
{
    for (size_t i = 0; i < arrive_size(m) / sizeof(double); i++)
        rows(w, m)[i] = MISSING;
}

// Mean of the ticks of the window that have a sample; of a gauge the newest, of restarts the most.
static double smooth(const double *ring, const arrival_list *a, int column, int now)
{
    double sum = 0, most = MISSING;
    int count = 0, kind = a->column[column].kind;
    if (kind == TEND_MEMORY || kind == TEND_SATURATION)
        return ring[now * a->count + column];
    for (int i = 0; i < a->window; i++) {
        double x = ring[i * a->count + column];
        if (isnan(x))
            continue;
        sum += x;
        count++;
        most = most > x ? most : x;
    }
    return kind == TEND_RESTARTS ? most : count ? sum / count : MISSING;
}

// What is neither smoothed nor late.
static void hold(const arrival_list *a, int phase, double *restrict stands, double *restrict series)
{
    for (int i = a->due[phase]; i < a->due[phase + 1]; i++)
        stands[i] = series[a->column[i].at];
    for (int i = 0; i < a->count; i++)
        series[a->column[i].at] = stands[i];
}

// All the way: into the window, at a scrape out of it, and then some ticks of delay.
static void pass(const arrival_list *a, int tick, double *ring, double *series)
{
    double *stands = ring + a->window * a->count, *way = stands + a->count;
    const int now = tick % a->window, phase = tick % a->scrape;
    way += a->delay ? tick % a->delay * a->count : 0;
    for (int i = 0; i < a->count; i++)
        ring[now * a->count + i] = series[a->column[i].at];
    for (int i = a->due[phase]; i < a->due[phase + 1]; i++)
        stands[i] = smooth(ring, a, i, now);
    for (int i = a->due[a->scrape]; i < a->count; i++) // read each tick
        stands[i] = smooth(ring, a, i, now);
    for (int i = 0; i < a->count; i++) {
        series[a->column[i].at] = a->delay ? way[i] : stands[i];
        if (a->delay)
            way[i] = stands[i];
    }
}

void arrive_tick(world *w, const sim_model *m)
{
    const arrival_list *a = &m->arrivals;
    if (is_long(a))
        pass(a, (int)w->tick, rows(w, m), world_series(w, m));
    else
        hold(a, (int)w->tick % a->scrape, rows(w, m), world_series(w, m));
}
