// SPDX-License-Identifier: GPL-3.0-or-later
// design_sizes.c - how much each service carries and how tight it is made.
//
// From the load downwards: calls, then visits, then a utilisation for each service, of which its
// service time follows; then upwards the response times, of which timeouts, pools and queues
// follow.
#include "base/math.h"
#include "base/rng.h"
#include "drive/design.h"
#include "env/traffic.h"

#include <math.h>

// Of the users' requests, how many reach a service. Below, nobody would notice what happens to it;
// above, it would be a call a hundred times over.
#define VISITS_LEAST 0.12
#define VISITS_MOST 10
#define CALLS_MOST 5 // of one request, where the least of the visits asks for more

// what a kind of service is made like
typedef struct kind_ranges {
    // of which a third to all is the slowest; what would be slower gets fewer cores, then fewer
    // replicas, then less to do
    double service_ms_most;
    double cv2[2];
    double memory[2];
    double restart_s[2];
    double scale_s[2];
} kind_ranges;

static const kind_ranges ranges[TEND_SERVICE_KINDS] = {
    [TEND_SERVICE] = {120, {0.4, 2}, {0.3, 0.6}, {2, 15}, {8, 40}},
    [TEND_DATABASE] = {150, {0.5, 2.5}, {0.35, 0.65}, {4, 30}, {15, 60}},
    [TEND_CACHE] = {12, {0.2, 1}, {0.4, 0.7}, {2, 8}, {6, 25}},
    [TEND_QUEUE] = {40, {0.2, 1.5}, {0.3, 0.6}, {4, 25}, {15, 60}},
    [TEND_EXTERNAL] = {300, {0.5, 3}, {0.3, 0.5}, {5, 30}, {20, 60}},
};

double design_between(rng *r, double least, double most)
{
    return least + (most - least) * rng_uniform(r);
}

double design_ratio(rng *r, double least, double most)
{
    return least * math_exp(rng_uniform(r) * math_log(most / least));
}

// To so many significant digits: what a file says is what was drawn.
double design_round(double x, int digits)
{
    double unit = 1;
    int more = digits - 1;
    if (x <= 0)
        return 0;
    for (; x / unit >= 10; unit *= 10) // of the first digit
        ;
    for (; x / unit < 1; unit /= 10)
        ;
    for (; more > 0; more--)
        unit /= 10;
    double whole = floor(x / unit + 0.5);
    // a division by a power of ten is exact where a product with a negative one is not
    return unit < 1 ? whole / floor(1 / unit + 0.5) : whole * unit;
}

static double draw_in(rng *r, const double range[2], int digits)
{
    return design_round(design_between(r, range[0], range[1]), digits);
}

// How often a request of the caller makes the call: some always, some at times, some in a loop.
static double draw_calls(rng *r)
{
    double u = rng_uniform(r);
    return u < 0.45 ? design_between(r, 0.2, 1) : u < 0.8 ? 1 : design_ratio(r, 1, 3);
}

static double miss_share(const design *d, int e)
{
    return d->call[e].on_miss ? 1 - d->physics[d->call[e].cache].hit_rate : 1;
}

// Callers stand before callees: what reaches them is known. Calls are made more or fewer where a
// service would be visited too seldom or too often.
static void draw_all_calls(design *d, const rng *from)
{
    double visits[DESIGN_SERVICES_MOST] = {1};
    for (int e = 0; e < d->system.E; e++) {
        rng r = rng_split(from, "calls", (uint64_t)e);
        d->call[e].calls = draw_calls(&r);
    }
    // a cache is asked as often as what it stands in front of
    for (int e = 0; e < d->system.E; e++)
        for (int f = 0; d->call[e].on_miss && f < d->system.E; f++)
            if (d->edge[f].caller == d->edge[e].caller && d->edge[f].callee == d->call[e].cache)
                d->call[f].calls = d->call[e].calls;
    for (int s = 1; s < d->system.S; s++) {
        for (int e = 0; e < d->system.E; e++)
            if (d->edge[e].callee == s)
                visits[s] += visits[d->edge[e].caller] * d->call[e].calls * miss_share(d, e);
        double factor = visits[s] < VISITS_LEAST  ? VISITS_LEAST / visits[s]
                        : visits[s] > VISITS_MOST ? VISITS_MOST / visits[s]
                                                  : 1;
        visits[s] = 0;
        for (int e = 0; e < d->system.E; e++) {
            if (d->edge[e].callee != s)
                continue;
            double calls = d->call[e].calls * factor;
            d->call[e].calls = design_round(calls < CALLS_MOST ? calls : CALLS_MOST, 3);
            visits[s] += visits[d->edge[e].caller] * d->call[e].calls * miss_share(d, e);
        }
    }
}

// Cores, replicas and the time a request takes there, from the load that reaches it.
static void draw_service(design *d, int s, double rate, const rng *from)
{
    rng r = rng_split(from, "service", (uint64_t)s);
    tend_service *t = &d->service[s];
    plant_service *p = &d->physics[s];
    const kind_ranges *of = &ranges[t->kind];
    p->cores = 1 + rng_below(&r, 4);
    t->replicas = 2 + (int)rng_below(&r, 3);
    // a hair within .2 and .8, for the service time is rounded
    double load = design_between(&r, 0.202, 0.798);
    double slowest = of->service_ms_most * design_between(&r, 0.3, 1);
    while (1000 * load * p->cores * t->replicas / rate > slowest && p->cores > 1)
        p->cores--;
    while (1000 * load * p->cores * t->replicas / rate > slowest && t->replicas > 2)
        t->replicas--;
    p->service_ms = 1000 * load * p->cores * t->replicas / rate;
    if (p->service_ms > slowest) {
        double least = 1000 * 0.202 * p->cores * t->replicas / rate;
        p->service_ms = least > slowest ? least : slowest;
    }
    p->service_ms = design_round(p->service_ms, 4);
    t->least_replicas = 1 + (int)rng_below(&r, 2);
    t->most_replicas = t->replicas + 1 + (int)rng_below(&r, 4);
    p->cv2 = draw_in(&r, of->cv2, 2);
    p->memory = draw_in(&r, of->memory, 2);
    p->memory_load = design_round(design_between(&r, 0.03, 0.2), 2);
    p->restart_s = draw_in(&r, of->restart_s, 2);
    p->scale_s = draw_in(&r, of->scale_s, 2);
    p->error_share = design_round(design_ratio(&r, 2e-5, 5e-4), 2);
    p->working_set = 1000; // the usual: of a cache alone it says anything
    // filled again within half a minute to three of its traffic
    if (t->kind == TEND_CACHE)
        p->working_set = design_round(rate * design_between(&r, 0.3, 3) + 10, 2);
}

// Mean wait of a request for a core over its service time, Sakasegawa 1977: M/M/c within a few per
// cent, times (1 + cv2) / 2. Here it only says what is usual.
static double wait_share(const plant_service *p, double servers, double load)
{
    double power = math_exp((sqrt(2 * (servers + 1)) - 1) * math_log(load));
    return (1 + p->cv2) / 2 * power / (servers * (1 - load));
}

// Mean response times [S] in seconds, callees first, waiting included.
static void respond(const design *d, const traffic *t, double *mean_s)
{
    for (int i = d->system.S - 1; i >= 0; i--) {
        int s = t->order[i];
        const plant_service *p = &d->physics[s];
        double servers = p->cores * d->service[s].replicas;
        mean_s[s] = p->service_ms / 1000 * (1 + wait_share(p, servers, t->utilisation[s]));
        for (int e = 0; e < d->system.E; e++)
            if (d->edge[e].caller == s)
                mean_s[s] += t->crossing[e] / t->visits[s] *
                             (mean_s[d->edge[e].callee] + d->call[e].network_ms / 1000);
    }
}

static void draw_call(design *d, int e, const traffic *t, const double *mean_s, const rng *from)
{
    rng r = rng_split(from, "call", (uint64_t)e);
    plant_edge *c = &d->call[e];
    double mean_ms = 1000 * mean_s[d->edge[e].callee] + c->network_ms, u = rng_uniform(&r);
    double share = t->crossing[e] < 1 ? t->crossing[e] : 1;
    c->timeout_ms = design_round(mean_ms * design_ratio(&r, 8, 30), 3);
    c->retries = u < 0.35 ? 0 : u < 0.7 ? 1 : u < 0.9 ? 2 : 3;
    // the fallback's wrong answers cost users from a fifth to one and a half of what the objective
    // allows: never for nothing, at times too much
    double errors = d->system.slo.error_share * design_ratio(&r, 0.2, 1.5) / share;
    c->fallback_errors = design_round(errors < 0.5 ? errors : 0.5, 2);
    c->fallback_ms = design_round(mean_ms * design_ratio(&r, 0.5, 3), 2);
}

// Pools hold from twice to ten times what is inside on the average, queues what comes in a part of
// the time their callers wait.
static void draw_pool(design *d, int s, const traffic *t, const double *mean_s, const rng *from)
{
    rng r = rng_split(from, "pool", (uint64_t)s);
    plant_service *p = &d->physics[s];
    double rate = t->visits[s] * d->plant.base_rps / d->service[s].replicas;
    double patience_s = 10 * mean_s[s]; // users'
    for (int e = 0; e < d->system.E; e++)
        if (d->edge[e].callee == s && d->call[e].timeout_ms / 1000 > patience_s)
            patience_s = d->call[e].timeout_ms / 1000;
    double workers = rate * mean_s[s] * design_ratio(&r, 2, 10);
    double queue = p->cores / p->service_ms * 1000 * patience_s * design_ratio(&r, 0.3, 3);
    p->workers = ceil(workers > 2 * p->cores ? workers : 2 * p->cores);
    p->queue = ceil(queue > 20 ? queue : 20);
}

// The network of a call; what runs elsewhere is far away.
static double draw_network(const design *d, int e, const rng *from)
{
    rng r = rng_split(from, "network", (uint64_t)e);
    bool far = d->service[d->edge[e].callee].kind == TEND_EXTERNAL;
    return design_round(far ? design_ratio(&r, 4, 40) : design_ratio(&r, 0.2, 3), 2);
}

tend_rc design_sizes(const rng *from, design *d, tend_err *err)
{
    double mean_s[DESIGN_SERVICES_MOST];
    traffic *flow;
    rng r = rng_split(from, "whole", 0);
    d->plant.base_rps = design_round(design_ratio(&r, 40, 600), 3);
    d->system.slo.error_share = design_round(design_between(&r, 0.02, 0.06), 2);
    d->slack = design_between(&r, 1.5, 3);
    for (int s = 0; s < d->system.S; s++)
        if (d->service[s].kind == TEND_CACHE) {
            rng hit = rng_split(from, "hit", (uint64_t)s);
            d->physics[s].hit_rate = design_round(design_between(&hit, 0.5, 0.9), 2);
        }
    draw_all_calls(d, from);
    for (int e = 0; e < d->system.E; e++)
        d->call[e].network_ms = draw_network(d, e, from);
    // twice: visits give the service times, those what waits
    tend_rc rc = traffic_open(&d->system, &d->plant, &flow, err);
    if (rc != TEND_OK)
        return rc;
    for (int s = 0; s < d->system.S; s++)
        draw_service(d, s, flow->visits[s] * d->plant.base_rps, from);
    traffic_close(flow);
    rc = traffic_open(&d->system, &d->plant, &flow, err);
    if (rc != TEND_OK)
        return rc;
    respond(d, flow, mean_s);
    for (int e = 0; e < d->system.E; e++)
        draw_call(d, e, flow, mean_s, from);
    for (int s = 0; s < d->system.S; s++)
        draw_pool(d, s, flow, mean_s, from);
    traffic_close(flow);
    return TEND_OK;
}
