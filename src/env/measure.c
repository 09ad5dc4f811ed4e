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

static column_noise character(const plant *p, rng r, double width)
{
    double slow = p->metric_slow * rng_uniform(&r), u = rng_uniform(&r);
    // most are nearly normal, a few are far from it
    column_noise c = {
        .slow = slow, .fresh = sqrt(1 - slow * slow), .tail = p->metric_tail * u * u * u};
    double spread = p->metric_noise * width * math_exp(p->metric_variety * rng_normal(&r));
    spread = spread < 1 ? spread : 1;
    // 0.455 = 0.6745^2: at the quartile of z the cubic is this share of it, so that the spread is
    // what the median absolute deviation measures, whatever the tail
    c.unit = spread / (1 + 0.455 * c.tail);
    return c;
}

void measure_fill(const sim_model *m, column_noise *out)
{
    const tend_system *system = m->system;
    const plant *p = m->plant;
    for (int s = 0; s < m->S; s++) {
        // by name: a system with one service more has the others as they were
        rng of = rng_make(hash_text(system->services[s].name), "column");
        for (int c = 0; c < m->M; c++) {
            rng r = rng_split(&of, system->metrics[c].name, 0);
            tend_metric_kind kind = system->metrics[c].kind;
            column_noise *into = &out[s * m->M + c];
            *into = character(p, rng_split(&r, "noise", 0), width_of(kind));
            // a latency is always there: without any a service cannot be looked after at all
            bool lost = kind != TEND_LATENCY && rng_uniform(&r) < p->lost_columns;
            if (lost)
                into->unit = MISSING; // and so is whatever it makes noise of
            into->most = strcmp(tend_metric_row(kind)->unit, "share") == 0 ? 1 : (double)INFINITY;
        }
    }
    for (int e = 0; e < m->E; e++) {
        const tend_edge *edge = &system->edges[e];
        rng of = rng_make(hash_text(system->services[edge->caller].name), "edge");
        rng r = rng_split(&of, system->services[edge->callee].name, 0);
        column_noise *into = &out[m->S * m->M + e];
        *into = character(p, rng_split(&r, "noise", 0), 1);
        if (rng_uniform(&r) < p->lost_edges)
            into->unit = MISSING;
        into->most = (double)INFINITY;
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

// The factor of a column's noise in this tick. x + sqrt(1 + x^2) is 1 + x for a small x, never
// negative, and as far up as down: that of -x is its inverse.
static inline double factor_of(const double *normal, const column_noise *c, double *z,
                               uint64_t bits)
{
    double now = c->slow * *z + c->fresh * normal[bits & (NORMAL_POINTS - 1)];
    double x = c->unit * now * (1 + c->tail * now * now);
    *z = now;
    return x + sqrt(1 + x * x);
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
    for (int s = 0; s < m->S; s++) {
        double *sample = services + s * m->M;
        misfortune(w, m, s, world_word(key, -1 - s), sample);
        if (gap[s] > 0 && --gap[s] > 0)
            for (int i = 0; i < m->M; i++)
                sample[i] = MISSING;
    }
}

void measure_tick(world *w, const sim_model *m, double *restrict services, double *restrict edges)
{
    // apart from each other: the compiler may keep what it has read
    double *restrict z = state_of(w, m).z;
    const column_noise *restrict c = m->column;
    const double *restrict normal = m->tables.normal;
    const int columns = m->S * m->M;
    uint64_t key = world_key(w, STREAM_METRIC);
    if (m->spike_gate || m->gap_gate)
        misfortunes(w, m, key, services);
    for (int from = 0; from < columns; from += COLUMNS_PER_WORD) {
        uint64_t word = world_word(key, from);
        int to = from + COLUMNS_PER_WORD < columns ? from + COLUMNS_PER_WORD : columns;
        for (int i = from; i < to; i++, word >>= NORMAL_BITS) {
            double x = services[i] * factor_of(normal, &c[i], &z[i], word);
            services[i] = x > c[i].most ? c[i].most : x; // MISSING stays
        }
    }
    c += columns;
    z += columns;
    for (int from = 0; from < m->E; from += COLUMNS_PER_WORD) {
        uint64_t word = world_word(key, columns + from);
        int to = from + COLUMNS_PER_WORD < m->E ? from + COLUMNS_PER_WORD : m->E;
        for (int e = from; e < to; e++, word >>= NORMAL_BITS) {
            // both ends time the same requests with clocks of the same make
            double factor = factor_of(normal, &c[e], &z[e], word);
            edges[2 * e] *= factor;
            edges[2 * e + 1] *= factor;
        }
    }
}
