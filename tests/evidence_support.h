// SPDX-License-Identifier: GPL-3.0-or-later
// evidence_support.h - a panel filled column by column, for tests of evidence, place and family.
//
// BEFORE rows at one level, then AFTER rows at another; what is not filled is missing. Rows are
// numbered from FIRST on, as ticks are.
#ifndef TEND_TESTS_EVIDENCE_SUPPORT_H
#define TEND_TESTS_EVIDENCE_SUPPORT_H

#include "support.h"

#include "agent/diagnose/evidence.h"
#include "base/rng.h"

enum { BEFORE = 60, AFTER = 20, ROWS = BEFORE + AFTER, FIRST = 1000, ONSET = FIRST + BEFORE };
enum { MOST_S = 8, MOST_E = 16, MOST_WIDTH = MOST_S * SIGNALS + 3 * MOST_E + MOST_S + 2 };

typedef struct scene {
    panel p;
    tend_edge edge[MOST_E];
    tend_service service[MOST_S];
    double deploy_age[MOST_S];
    double row[ROWS * MOST_WIDTH];
    evidence *x;
    evidence_params by; // the defaults
} scene;

static inline scene *scene_open(int S, int E, const tend_edge *edges)
{
    scene *s = calloc(1, sizeof *s);
    assert_non_null(s);
    if (E)
        memcpy(s->edge, edges, (size_t)E * sizeof *edges);
    s->p = (panel){.S = S,
                   .E = E,
                   .service = s->service,
                   .edge = s->edge,
                   .row = s->row,
                   .rows = ROWS,
                   .first = FIRST,
                   .width = S * SIGNALS + 3 * E + S + 2,
                   .stride = SIGNALS,
                   .edges_at = S * SIGNALS,
                   .ready_at = S * SIGNALS + 3 * E,
                   .users_at = S * SIGNALS + 3 * E + S,
                   .per_row = 1,
                   .deploy_age = s->deploy_age};
    for (int i = 0; i < SIGNALS; i++) {
        s->p.signal[i] = i;
        s->p.share[i] = strcmp(tend_metric_row(panel_kind(i))->unit, "share") == 0;
    }
    for (int v = 0; v < S; v++) {
        s->service[v] = (tend_service){"x", TEND_SERVICE, 2, 1, 4};
        s->deploy_age[v] = (double)NAN;
    }
    for (int64_t i = 0; i < ROWS * s->p.width; i++)
        s->row[i] = (double)NAN;
    s->x = malloc(evidence_size(S, E, s->p.width));
    assert_non_null(s->x);
    evidence_init(s->x, S, E, s->p.width);
    evidence_defaults(&s->by);
    return s;
}

static inline void scene_close(scene *s)
{
    free(s->x);
    free(s);
}

static inline double *scene_cell(scene *s, int row, int64_t cell)
{
    return &s->row[row * s->p.width + cell];
}

static inline void scene_fill(scene *s, int64_t cell, double before, double after)
{
    for (int i = 0; i < ROWS; i++)
        *scene_cell(s, i, cell) = i < BEFORE ? before : after;
}

static inline void scene_set(scene *s, int service, int signal, double before, double after)
{
    scene_fill(s, panel_cell(&s->p, service, signal), before, after);
}

static inline void scene_ready(scene *s, int service, double before, double after)
{
    scene_fill(s, s->p.ready_at + service, before, after);
}

static inline void scene_users(scene *s, int which, double before, double after)
{
    scene_fill(s, s->p.users_at + which, before, after);
}

// end 0: the client's, 1: the server's
static inline void scene_call(scene *s, int edge, int end, double before, double after)
{
    int64_t cell = s->p.edges_at + 3 * edge;
    scene_fill(s, cell + end, before, after);
    for (int i = 0; i < ROWS; i++)
        *scene_cell(s, i, cell + 2) = *scene_cell(s, i, cell) - *scene_cell(s, i, cell + 1);
}

// Learns what was before the onset and measures all that came after.
static inline const service_evidence *scene_measure(scene *s)
{
    evidence_learn(s->x, &s->p, &s->by, ONSET);
    evidence_measure(s->x, &s->p, &s->by, ONSET, FIRST + ROWS);
    return evidence_services(s->x);
}

// Every cell of a service, of its calls and of what users see at a usual level with some noise.
static inline void scene_usual(scene *s, rng *r)
{
    static const double level[SIGNALS] = {
        [SIGNAL_LATENCY] = 50, [SIGNAL_ERRORS] = 0.002, [SIGNAL_CPU] = 0.3,
        [SIGNAL_MEMORY] = 0.4, [SIGNAL_REQUESTS] = 80,  [SIGNAL_SATURATION] = 0.2};
    for (int i = 0; i < ROWS; i++) {
        for (int v = 0; v < s->p.S; v++) {
            for (int k = 0; k < SIGNALS; k++)
                *scene_cell(s, i, panel_cell(&s->p, v, k)) =
                    level[k] * (1 + 0.03 * rng_normal(r)) * (1 + 0.2 * v);
            *scene_cell(s, i, s->p.ready_at + v) = 2;
        }
        for (int e = 0; e < s->p.E; e++) {
            double *call = scene_cell(s, i, s->p.edges_at + 3 * e);
            call[1] = 20 * (1 + 0.03 * rng_normal(r));
            call[0] = call[1] + 3 * (1 + 0.1 * rng_normal(r));
            call[2] = call[0] - call[1];
        }
        *scene_cell(s, i, s->p.users_at) = 50 * (1 + 0.03 * rng_normal(r));
        *scene_cell(s, i, s->p.users_at + 1) = 0.002;
    }
}

// From the onset on, what was there times `by`.
static inline void scene_times(scene *s, int64_t cell, double by)
{
    for (int i = BEFORE; i < ROWS; i++)
        *scene_cell(s, i, cell) *= by;
}

#endif
