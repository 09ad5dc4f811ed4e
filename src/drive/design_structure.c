// SPDX-License-Identifier: GPL-3.0-or-later
// design_structure.c - how many services there are, in how many layers, and who calls whom.
#include "base/rng.h"
#include "drive/design.h"

#include <math.h>
#include <string.h>

// A layer wider than this is no system anybody drew: larger gives stars of 39, smaller no stars.
#define WIDTH_MOST 16
#define CALLEES_MOST 12 // of one service, as far as others can have them

// The shape of one design, between extremes, so that no two designs are made after one recipe.
typedef struct shape {
    int S, services, depth;
    double hub;    // share of callees that go to the first service of the layer above
    double web;    // further calls per service
    double shared; // share of stores with a second and a third caller
} shape;

static int whole(rng *r, int least, int most)
{
    return least + (most > least ? (int)rng_below(r, (uint32_t)(most - least + 1)) : 0);
}

static shape draw_shape(const design_ask *ask, const rng *from)
{
    rng r = rng_split(from, "shape", 0);
    shape s = {.S = whole(&r, ask->least, ask->most)};
    int least = 1 + (s.S - 1 + WIDTH_MOST - 1) / WIDTH_MOST;
    s.depth = whole(&r, least > 2 ? least : 2, s.S < 6 ? s.S : 6);
    // the rest are services; each layer above the last needs one
    int stores = (int)floor((s.S - 1) * design_between(&r, 0.25, 0.55) + 0.5);
    int most = s.S - (s.depth - 1);
    stores = stores < 1 ? 1 : stores > most ? most : stores;
    s.services = s.S - stores;
    s.hub = design_between(&r, 0, 0.8);
    s.web = design_between(&r, 0, 0.8);
    s.shared = design_between(&r, 0, 0.5);
    return s;
}

static int edge_of(const design *d, int caller, int callee)
{
    for (int e = 0; e < d->system.E; e++)
        if (d->edge[e].caller == caller && d->edge[e].callee == callee)
            return e;
    return -1;
}

static int callees(const design *d, int caller)
{
    int n = 0;
    for (int e = 0; e < d->system.E; e++)
        n += d->edge[e].caller == caller;
    return n;
}

// -1: there is one already, or no room for more.
static int add_edge(design *d, int caller, int callee)
{
    int e = d->system.E;
    if (e == DESIGN_EDGES_MOST || edge_of(d, caller, callee) >= 0)
        return -1;
    d->edge[e] = (tend_edge){caller, callee};
    d->call[e] = (plant_edge){.cache = -1};
    d->system.E++;
    return e;
}

// One of the services of layers first to last; fewer callees are better, but nothing is forbidden.
static int pick_caller(const design *d, const shape *s, rng *r, int first, int last)
{
    int among[DESIGN_SERVICES_MOST], n = 0, chosen = 0;
    for (int i = 0; i < s->services; i++)
        if (d->layer[i] >= first && d->layer[i] <= last)
            among[n++] = i;
    for (int i = 0; i < 3; i++) {
        chosen = rng_uniform(r) < s->hub ? among[0] : among[rng_below(r, (uint32_t)n)];
        if (callees(d, chosen) < CALLEES_MOST)
            break;
    }
    return chosen;
}

// The entry, one service in each layer that must have one, the others anywhere below; by layer, so
// that callers stand before callees.
static void draw_services(design *d, const shape *s, const rng *from)
{
    int in[DESIGN_SERVICES_MOST] = {0}, n = 0;
    rng r = rng_split(from, "layers", 0);
    for (int i = 1; i < s->services; i++) {
        int layer = i < s->depth - 1 ? i : whole(&r, 1, s->depth - 1);
        in[layer]++;
    }
    in[0] = 1;
    for (int layer = 0; layer < s->depth; layer++)
        for (int i = 0; i < in[layer]; i++) {
            d->layer[n] = layer;
            d->service[n++].kind = TEND_SERVICE;
        }
    for (int i = 1; i < s->services; i++) {
        rng call = rng_split(from, "caller", (uint64_t)i);
        add_edge(d, pick_caller(d, s, &call, d->layer[i] - 1, d->layer[i] - 1), i);
    }
    for (int i = 0; i < (int)(s->web * (s->services - 2)); i++) {
        rng call = rng_split(from, "web", (uint64_t)i);
        int callee = whole(&call, 1, s->services - 1);
        add_edge(d, pick_caller(d, s, &call, 0, d->layer[callee] - 1), callee);
    }
}

// A call of a database that no cache stands in front of, -1 when there is none.
static int uncached(const design *d, rng *r)
{
    int among[DESIGN_EDGES_MOST], n = 0;
    for (int e = 0; e < d->system.E; e++)
        if (d->service[d->edge[e].callee].kind == TEND_DATABASE && !d->call[e].on_miss)
            among[n++] = e;
    return n > 0 ? among[rng_below(r, (uint32_t)n)] : -1;
}

static void put_cache(design *d, int cache, int e)
{
    d->call[e].on_miss = true;
    d->call[e].cache = cache;
    d->layer[cache] = d->layer[d->edge[e].caller] + 1;
    add_edge(d, d->edge[e].caller, cache);
}

// What is needed most first: a design without any database is rare.
static tend_service_kind draw_kind(const design *d, rng *r, bool first)
{
    double u = rng_uniform(r);
    if (first)
        return u < 0.85 ? TEND_DATABASE : u < 0.93 ? TEND_QUEUE : TEND_EXTERNAL;
    if (u < 0.32 && uncached(d, r) >= 0)
        return TEND_CACHE;
    return u < 0.72 ? TEND_DATABASE : u < 0.86 ? TEND_QUEUE : TEND_EXTERNAL;
}

// The first goes below the deepest services, so that the last layer is there.
static void draw_store(design *d, const shape *s, const rng *from, int i)
{
    rng r = rng_split(from, "store", (uint64_t)i);
    bool first = i == s->services;
    tend_service_kind kind = draw_kind(d, &r, first);
    int deepest = s->depth - 2, at = kind == TEND_CACHE ? uncached(d, &r) : -1;
    d->service[i].kind = kind;
    if (at >= 0) {
        put_cache(d, i, at);
        return;
    }
    int callers = rng_uniform(&r) < s->shared ? whole(&r, 2, 3) : 1;
    for (int n = 0; n < callers; n++) {
        int caller = pick_caller(d, s, &r, first && n == 0 ? deepest : 0, deepest);
        add_edge(d, caller, i);
        int below = d->layer[caller] + 1;
        d->layer[i] = below > d->layer[i] ? below : d->layer[i];
    }
}

void design_structure(const design_ask *ask, const rng *from, design *d)
{
    shape s = draw_shape(ask, from);
    d->system.S = s.S;
    d->depth = s.depth;
    draw_services(d, &s, from);
    for (int i = s.services; i < s.S; i++)
        draw_store(d, &s, from, i);
}
