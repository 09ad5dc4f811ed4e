// SPDX-License-Identifier: GPL-3.0-or-later
// tell_support.h - three services of which one tells, for tests of what is told for and against.
//
// front (entry) calls back, back calls store. Levels are without noise.
#ifndef TEND_TESTS_TELL_SUPPORT_H
#define TEND_TESTS_TELL_SUPPORT_H

#include "evidence_support.h"

#include "agent/diagnose/tell.h"

enum { FRONT, BACK, STORE, SERVICES };
enum { FRONT_BACK, BACK_STORE, EDGES };

typedef struct telling {
    scene *s;
    own *ours;
    tend_evidence e[TEND_EVIDENCE_MAX];
    int count;
} telling;

static inline void telling_open(telling *t)
{
    static const tend_edge edges[EDGES] = {{FRONT, BACK}, {BACK, STORE}};
    *t = (telling){.s = scene_open(SERVICES, EDGES, edges)};
    for (int v = 0; v < SERVICES; v++) {
        scene_set(t->s, v, SIGNAL_LATENCY, 50, 50);
        scene_set(t->s, v, SIGNAL_ERRORS, 0, 0);
        scene_set(t->s, v, SIGNAL_CPU, 0.3, 0.3);
        scene_set(t->s, v, SIGNAL_MEMORY, 0.4, 0.4);
        scene_set(t->s, v, SIGNAL_SATURATION, 0.2, 0.2);
        scene_set(t->s, v, SIGNAL_REQUESTS, 10, 10);
        scene_ready(t->s, v, 2, 2);
    }
}

static inline void telling_close(telling *t)
{
    free(t->ours);
    scene_close(t->s);
}

// in the order given; suspects beyond the third are told of in part
static inline void tell_of(telling *t, int first, int second, int third)
{
    const tend_suspect list[] = {{first, -1, -1, TEND_FAMILY_UNKNOWN, 0.5},
                                 {second, -1, -1, TEND_FAMILY_UNKNOWN, 0.3},
                                 {third, -1, -1, TEND_FAMILY_UNKNOWN, 0.1}};
    scene_measure(t->s);
    const tell_look look = {t->s->x, &t->s->p, list, 3, t->ours};
    t->count = tell(&look, t->e);
}

static inline const tend_evidence *told(const telling *t, tend_evidence_kind kind, int service,
                                        int metric)
{
    for (int i = 0; i < t->count; i++)
        if (t->e[i].kind == kind && t->e[i].service == service &&
            (metric < 0 || t->e[i].metric == metric))
            return &t->e[i];
    return NULL;
}

static inline void expect(const tend_evidence *e, bool against, double value, double reference,
                          double weight)
{
    assert_non_null(e);
    assert_int_equal(e->against, against);
    assert_near(e->value, value, 1e-9);
    assert_near(e->reference, reference, 1e-9);
    if (isnan(weight))
        assert_true(isnan(e->weight));
    else
        assert_near(e->weight, weight, 1e-9);
}

static inline double sigmas(const telling *t, int service, int signal)
{
    for (int c = 0; c < CHANNELS; c++)
        if (evidence_signal((evidence_channel)c) == signal)
            return evidence_services(t->s->x)[service].of[c].z;
    fail_msg("no channel of signal %d", signal);
    return (double)NAN;
}

// Of a row in which the latency of a service jumps, after the onset.
static inline void jump(telling *t, int service, int after)
{
    int64_t cell = panel_cell(&t->s->p, service, SIGNAL_LATENCY);
    for (int i = BEFORE + after; i < ROWS; i++)
        *scene_cell(t->s, i, cell) = 150;
}

#endif
