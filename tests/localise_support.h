// SPDX-License-Identifier: GPL-3.0-or-later
// localise_support.h - a window of three services filled column by column, for tests of localise.
#ifndef TEND_TESTS_LOCALISE_SUPPORT_H
#define TEND_TESTS_LOCALISE_SUPPORT_H

#include "support.h"

#include "cases/localise.h"

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

static inline localise_result *result_of(const bench *b)
{
    localise_result *r = NULL;
    tend_err err = {TEND_OK, ""};
    if (localise(&b->w, &r, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return r;
}

// evidence of z over the least that counts
static inline double evidence(double z, double least)
{
    return z > least ? log(1 + (z - least) / 3) : 0;
}

static inline void expect_clue(const localise_clue *c, int column, double before, double after,
                               double z, double weight)
{
    assert_int_equal(c->column, column);
    assert_near(c->before, before, 1e-12);
    assert_near(c->after, after, 1e-12);
    assert_near(c->z, z, 1e-9);
    assert_near(c->weight, weight, 1e-9);
}

// Everybody is 40 ms slower, the front 10 ms more: 5000, 4000 and 4000 ms a row of 100 requests.
// What a service adds itself is 1000, 0 and 4000.

#endif
