// SPDX-License-Identifier: GPL-3.0-or-later
// window_support.h - a window of three services filled column by column, for tests of src/cases.
#ifndef TEND_TESTS_WINDOW_SUPPORT_H
#define TEND_TESTS_WINDOW_SUPPORT_H

#include "support.h"

#include "cases/rank.h"

enum { FRONT, BACK, STORE, SERVICES };
enum { FRONT_BACK, BACK_STORE, EDGES };
enum { BEFORE = 60, AFTER = 40, ROWS = BEFORE + AFTER, MOST = 32 };

typedef struct bench {
    double value[MOST][ROWS];
    window_column column[MOST];
    window w;
} bench;

static const tend_edge edges[EDGES] = {{FRONT, BACK}, {BACK, STORE}};

static inline void begin(bench *b)
{
    static const char *const names[SERVICES] = {"front", "back", "store"};
    memset(b, 0, sizeof *b);
    b->w = (window){.S = SERVICES,
                    .E = EDGES,
                    .rows = ROWS,
                    .service = names,
                    .edges = edges,
                    .column = b->column,
                    .split = BEFORE,
                    .step_s = 60,
                    .target_service = -1};
}

// a column at one level and then at another; returns its index
static inline int add(bench *b, int service, int edge, metric_role role, double before,
                      double after)
{
    int c = b->w.columns++;
    assert_in_range(c, 0, MOST - 1);
    for (int i = 0; i < ROWS; i++)
        b->value[c][i] = i < BEFORE ? before : after;
    b->column[c] = (window_column){.name = "x",
                                   .service = service,
                                   .edge = edge,
                                   .role = role,
                                   .statistic = 2,
                                   .per_step = 1,
                                   .value = b->value[c]};
    return c;
}

static inline int of(bench *b, int service, metric_role role, double before, double after)
{
    return add(b, service, -1, role, before, after);
}

static inline double wobble(int i)
{
    return 1 + 0.02 * ((i * 7) % 5 - 2);
}

// Front calls back calls store, 100 requests each; all are as slow as the store makes them.
static inline void slow_store(bench *b)
{
    static const double before[] = {80, 50, 20};
    begin(b);
    for (int s = 0; s < SERVICES; s++) {
        of(b, s, METRIC_LATENCY, before[s], before[s] + 200);
        of(b, s, METRIC_REQUESTS, 100, 100);
    }
    of(b, STORE, METRIC_CPU, 0.3, 0.95);
    of(b, FRONT, METRIC_CPU, 0.3, 0.3);
    for (int c = 0; c < b->w.columns; c++)
        for (int i = 0; i < ROWS; i++)
            b->value[c][i] *= wobble(i + c);
}

static inline rank_result *result_by(const bench *b, const rank_params *by)
{
    rank_result *r = NULL;
    tend_err err = {TEND_OK, ""};
    if (rank_window(&b->w, by, &r, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return r;
}

static inline rank_result *result_of(const bench *b)
{
    rank_params usual;
    rank_defaults(&usual);
    return result_by(b, &usual);
}

static inline const channel_evidence *seen(const rank_result *r, int service,
                                           evidence_channel channel)
{
    return &evidence_services(r->evidence)[service].of[channel];
}

static inline int place_of(const rank_result *r, int service)
{
    for (int i = 0; i < r->suspects; i++)
        if (r->suspect[i].service == service)
            return i;
    return -1;
}

#endif
