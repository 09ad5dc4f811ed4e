// SPDX-License-Identifier: GPL-3.0-or-later
// cause_support.h - random incidents of six services, for tests of signs and of what is made of
// them; and the same incident with services and calls in another order.
#ifndef TEND_TESTS_CAUSE_SUPPORT_H
#define TEND_TESTS_CAUSE_SUPPORT_H

#include "evidence_support.h"

enum { NODES = 6, LINKS = 7 };
static const tend_edge graph[LINKS] = {{0, 1}, {0, 2}, {1, 3}, {2, 3}, {2, 4}, {3, 5}, {0, 4}};

static inline scene *usual(uint64_t seed)
{
    rng r = rng_make(seed, "usual");
    scene *s = scene_open(NODES, LINKS, graph);
    scene_usual(s, &r);
    return s;
}

// Some columns grow or shrink, some are missing; versions, kinds of services.
static inline scene *draw(uint64_t seed)
{
    static const tend_service_kind kinds[] = {TEND_SERVICE, TEND_CACHE, TEND_DATABASE, TEND_QUEUE};
    rng r = rng_make(seed, "place");
    scene *s = usual(seed);
    for (int64_t cell = 0; cell < s->p.width; cell++) {
        uint32_t what = rng_below(&r, 8);
        if (what < 2)
            scene_times(s, cell, 0.3 + 3 * rng_uniform(&r));
        else if (what == 3)
            scene_fill(s, cell, NAN, NAN);
    }
    for (int v = 0; v < NODES; v++) {
        if (rng_below(&r, 4) == 0)
            scene_set(s, v, SIGNAL_RESTARTS, 0, 2);
        s->service[v].kind = kinds[rng_below(&r, 4)];
        s->deploy_age[v] = AFTER - 4 + (double)rng_below(&r, 12);
    }
    return s;
}

static inline scene *permuted(const scene *from, const int *to, const int *edge_to)
{
    static tend_edge edges[LINKS];
    for (int e = 0; e < LINKS; e++)
        edges[edge_to[e]] = (tend_edge){to[graph[e].caller], to[graph[e].callee]};
    scene *s = scene_open(NODES, LINKS, edges);
    s->p.entry = to[from->p.entry];
    for (int v = 0; v < NODES; v++) {
        s->service[to[v]] = from->service[v];
        s->deploy_age[to[v]] = from->deploy_age[v];
    }
    for (int i = 0; i < ROWS; i++) {
        const double *row = from->row + i * from->p.width;
        for (int v = 0; v < NODES; v++) {
            for (int k = 0; k < SIGNALS; k++)
                *scene_cell(s, i, panel_cell(&s->p, to[v], k)) = row[panel_cell(&from->p, v, k)];
            *scene_cell(s, i, s->p.ready_at + to[v]) = row[from->p.ready_at + v];
        }
        for (int k = 0; k < 3 * LINKS; k++)
            *scene_cell(s, i, s->p.edges_at + 3 * edge_to[k / 3] + k % 3) =
                row[from->p.edges_at + k];
        for (int k = 0; k < 2; k++)
            *scene_cell(s, i, s->p.users_at + k) = row[from->p.users_at + k];
    }
    return s;
}

// Which order to hold the seed-th incident against.
static inline const int *order_of(uint64_t seed)
{
    static const int orders[][NODES] = {{5, 4, 3, 2, 1, 0}, {1, 0, 2, 3, 5, 4}, {2, 4, 0, 5, 1, 3}};
    return orders[seed % 3];
}

// Of the calls to a service the first speaks for one that does not tell its latency.
static inline const int *edge_order_of(uint64_t seed)
{
    static const int orders[][LINKS] = {
        {5, 6, 1, 3, 0, 4, 2}, {0, 2, 1, 3, 4, 6, 5}, {3, 1, 4, 6, 0, 5, 2}};
    return orders[seed / 3 % 3];
}

#endif
