// SPDX-License-Identifier: GPL-3.0-or-later
// measure.c - noise of the instrument, spikes and gaps.
#include "env/measure.h"

#include "base/hash.h"
#include "base/math.h"
#include "base/rng.h"

#include <string.h>

// Columns that one word of 64 random bits serves: a normal takes NORMAL_BITS of them.
#define COLUMNS_PER_WORD (64 / NORMAL_BITS)

typedef struct state {
    double *z; // [S][M], [E]: each column's noise as a standard normal
    int *gap;  // [S] ticks for which the service goes on showing nothing
} state;

static state state_of(const world *w, const sim_model *m)
{
    state s;
    s.z = (double *)(void *)((char *)(uintptr_t)w + m->measure_at);
    s.gap = (int *)(void *)(s.z + m->S * m->M + m->E);
    return s;
}

// How wide a kind is beside a latency. Memory hardly moves; restarts are counted, not measured.
// Medians over the columns of recorded systems, tests/realism.
static double width_of(tend_metric_kind kind)
{
    if (kind == TEND_RESTARTS)
        return 0;
    return kind == TEND_CPU ? 1.5 : kind == TEND_MEMORY ? 0.2 : 1;
}

static void character(const plant *p, rng r, double width, const column_noise *c, int at)
{
    double slow = p->metric_slow * rng_uniform(&r), u = rng_uniform(&r);
    c->slow[at] = slow;
    c->fresh[at] = sqrt(1 - slow * slow);
    // most are nearly normal, a few are far from it
    c->tail[at] = p->metric_tail * u * u * u;
    c->most[at] = (double)INFINITY;
    double spread = p->metric_noise * width * math_exp(p->metric_variety * rng_normal(&r));
    spread = spread < 1 ? spread : 1;
    // 0.455 = 0.6745^2: at the quartile of z the cubic is this share of it, so that the spread is
    // what the median absolute deviation measures, whatever the tail
    c->unit[at] = spread / (1 + 0.455 * c->tail[at]);
}

void measure_fill(const sim_model *m, const column_noise *c)
{
    const tend_system *system = m->system;
    const plant *p = m->plant;
    for (int s = 0; s < m->S; s++) {
        // by name: a system with one service more has the others as they were
        rng of = rng_make(hash_text(system->services[s].name), "column");
        for (int i = 0; i < m->M; i++) {
            rng r = rng_split(&of, system->metrics[i].name, 0);
            tend_metric_kind kind = system->metrics[i].kind;
            int at = s * m->M + i;
            character(p, rng_split(&r, "noise", 0), width_of(kind), c, at);
            // a latency is always there: without any a service cannot be looked after at all
            bool lost = kind != TEND_LATENCY && rng_uniform(&r) < p->lost_columns;
            if (lost)
                c->unit[at] = MISSING; // and so is whatever it makes noise of
            if (strcmp(tend_metric_row(kind)->unit, "share") == 0)
                c->most[at] = 1;
        }
    }
    for (int e = 0; e < m->E; e++) {
        const tend_edge *edge = &system->edges[e];
        rng of = rng_make(hash_text(system->services[edge->caller].name), "edge");
        rng r = rng_split(&of, system->services[edge->callee].name, 0);
        int at = m->S * m->M + e;
        character(p, rng_split(&r, "noise", 0), 1, c, at);
        if (rng_uniform(&r) < p->lost_edges)
            c->unit[at] = MISSING;
    }
}

size_t measure_size(const sim_model *m)
{
    const plant *p = m->plant;
    if (p->metric_noise <= 0 && p->spikes <= 0 && p->gaps_per_hour <= 0 && p->lost_columns <= 0 &&
        p->lost_edges <= 0)
        return 0;
    return (size_t)(m->S * m->M + m->E) * sizeof(double) + (size_t)(m->S + m->S % 2) * sizeof(int);
}

void measure_init(world *w, const sim_model *m)
{
    state s = state_of(w, m);
    for (int i = 0; i < m->S * m->M + m->E; i++) {
        uint32_t bits[4], counter[4] = {0, (uint32_t)i, STREAM_START, 1};
        rng_philox(counter, w->key, bits);
        s.z[i] = table_normal(&m->tables, bits[0] >> 16); // as if it had always gone on
    }
}

// A tick's noise of up to COLUMNS_PER_WORD columns, from one word of random bits.
static inline void draw(double *restrict z, const column_noise *c, int at, int count,
                        const double *restrict normal, uint64_t bits)
{
    for (int i = at; i < at + count; i++, bits >>= NORMAL_BITS)
        z[i] = c->slow[i] * z[i] + c->fresh[i] * normal[bits & (NORMAL_POINTS - 1)];
}

// The same of any number of them, which are numbered from `at` on.
static inline void draw_all(double *restrict z, const column_noise *c, int at, int end,
                            const double *restrict normal, uint64_t key)
{
    for (; at + COLUMNS_PER_WORD <= end; at += COLUMNS_PER_WORD)
        draw(z, c, at, COLUMNS_PER_WORD, normal, world_word(key, at));
    if (at < end)
        draw(z, c, at, end - at, normal, world_word(key, at));
}

// The factor of a noise z. x + sqrt(1 + x^2) is 1 + x for a small x, never negative, and as far up
// as down: that of -x is its inverse.
static inline double factor_of(double z, double unit, double tail)
{
    double x = unit * z * (1 + tail * z * z);
    return x + sqrt(1 + x * x);
}

// Loops of their own over plain arrays: two columns at a time fit the narrowest vectors.
static void blur_columns(const column_noise *c, const double *restrict z, int columns,
                         double *restrict services)
{
    const double *unit = c->unit, *tail = c->tail, *most = c->most;
    for (int i = 0; i < columns; i++) {
        double x = services[i] * factor_of(z[i], unit[i], tail[i]);
        services[i] = most[i] < x ? most[i] : x; // MISSING stays
    }
}

static void blur_edges(const column_noise *c, const double *restrict z, int first, int count,
                       double *restrict edges)
{
    const double *unit = c->unit + first, *tail = c->tail + first;
    z += first;
    for (int e = 0; e < count; e++) {
        // both ends time the same requests with clocks of the same make
        double factor = factor_of(z[e], unit[e], tail[e]);
        edges[2 * e] *= factor;
        edges[2 * e + 1] *= factor;
    }
}

// One sample of a service leaps, or all of them begin to be gone for a while.
static void misfortune(world *w, const sim_model *m, int at, uint64_t bits, double *sample)
{
    uint32_t fortune = bits & 0xFFFF;
    double u = rng_unit32((uint32_t)(bits >> 32));
    if (fortune >= 65536 - m->gap_gate)
        state_of(w, m).gap[at] = 1 + model_ticks(m, u * m->plant->gap_s);
    if (fortune >= m->spike_gate)
        return;
    int c = (int)(bits >> 16 & 0xFFFF) % m->M;
    // neither is ever seen to leap for a moment
    if (m->kind[c] != TEND_MEMORY && m->kind[c] != TEND_RESTARTS)
        sample[c] *= 1 + (m->plant->spike_size - 1) * u * u;
}

static void misfortunes(world *w, const sim_model *m, uint64_t key, double *services)
{
    int *gap = state_of(w, m).gap;
    const int S = m->S, M = m->M;
    // nothing happens to fortunes between the gates: there are few others
    const uint32_t least = m->spike_gate, most = 65536 - m->gap_gate;
    for (int s = 0; s < S; s++) {
        uint64_t bits = world_word(key, -1 - s);
        uint32_t fortune = bits & 0xFFFF;
        if (fortune < least || fortune >= most)
            misfortune(w, m, s, bits, services + s * M);
        if (gap[s] > 0 && --gap[s] > 0)
            for (int i = 0; i < M; i++)
                services[s * M + i] = MISSING;
    }
}

void measure_tick(world *w, const sim_model *m, double *services, double *edges)
{
    double *z = state_of(w, m).z;
    const int columns = m->S * m->M;
    uint64_t key = world_key(w, STREAM_METRIC);
    if (m->spike_gate || m->gap_gate)
        misfortunes(w, m, key, services);
    draw_all(z, &m->column, 0, columns, m->tables.normal, key);
    draw_all(z, &m->column, columns, columns + m->E, m->tables.normal, key);
    blur_columns(&m->column, z, columns, services);
    blur_edges(&m->column, z, columns, m->E, edges);
}
