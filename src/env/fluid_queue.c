// SPDX-License-Identifier: GPL-3.0-or-later
// fluid_queue.c - pass 1, callers before callees: how much work arrives, how much gets done.
//
// A service is a fluid M/G/c queue observed once per tick. The busy fraction b that balances the
// work A of the tick solves
//     servers b  +  w b / (1 - b)  +  k b  =  A,      w = (1 + cv2)/2 C(b)
// (in service + waiting + completed). At a fixed point k b is the arrivals and the rest is
// Little's number of an M/M/c queue exactly; in overload b goes to 1 and the backlog grows by what
// cannot be served. With w frozen it is a quadratic with one stable root.
#include "env/fluid.h"

#include "base/rng.h"

#include <math.h>

#define NOTHING 1e-9 // requests; less is nobody

// Up to three times slower: 1 at 80 % of memory, 3 at 100 %, so that a leak hurts before it kills.
static double gc_factor(double memory)
{
    double over = (memory < 1 ? memory - 0.8 : 0.2) / 0.2;
    return 1 + 2 * over * over;
}

typedef struct capacity {
    double servers; // that Erlang C sees: cores, or workers when the pool is the bottleneck
    double inside;  // requests in service with every one of them busy
    double rate;    // requests per tick
} capacity;

// The smaller of what the cores and what the pools can carry; sets the service time under faults.
static capacity capacity_of(const sim_model *m, const service_model *d, const fleet_service *f,
                            fluid_service *s)
{
    double cores = d->cores * f->ready;
    if (f->now.lost > 0) // replicas added since are clean
        cores *=
            1 - f->now.lost * (f->affected < f->replicas ? f->affected : f->replicas) / f->replicas;
    if (f->now.lock > 1 && f->replicas > f->affected) // a lock is shared: more replicas only queue
        cores *= (double)f->affected / f->replicas;
    // workers whose connection has not leaked
    double pool = d->workers * f->ready * (1 - f->pool_leaked);
    s->service_s = d->service_s * f->now.slow * f->now.lock;
    if (f->memory > 0.8)
        s->service_s *= gc_factor(f->memory);
    // the pool holds a worker while its callees answer; the smaller limit is the bottleneck
    double hold = s->service_s + s->down_s;
    if (pool * s->service_s < cores * hold)
        // the pool: what waits for callees is in their backlog, here a worker serves for service_s
        // of hold
        return (capacity){pool, pool * s->service_s / hold, pool * m->step_s / hold};
    return (capacity){cores, cores, cores * m->step_s / s->service_s};
}

// The busy fraction that balances the tick, from that of the tick before (see the head). One
// iteration in a steady load, at most three after a jump: the rest of the error is gone a tick
// later.
static double balance(const tables *t, const capacity *c, double factor, double work, double busy)
{
    double p = c->inside + c->rate, before = busy;
    for (int i = 0; i < 3; i++) {
        double w = factor * table_erlang(t, c->servers, busy);
        double sum = p + w + work, gap = p - work;
        // the stable root of the quadratic in its form without cancellation
        busy = 2 * work / (sum + sqrt(gap * gap + w * w + 2 * w * (p + work)));
        if (fabs(busy - before) < 0.1) // the next tick starts from here
            break;
        before = busy;
    }
    return busy;
}

// Response time of the service itself. By Little's law its mean is backlog / throughput; of the
// waiting, the stationary part of the present load is random, the rest of the backlog is not.
static void own_time(const sim_model *m, const service_model *d, fluid_service *s,
                     const capacity *c, double offered, double done)
{
    double per_request = m->step_s / done; // seconds per request completed
    double waiting = s->backlog - c->inside * s->busy;
    if (waiting < 0)
        waiting = 0;
    double load = offered < s->busy ? offered : s->busy;
    // the stationary wait grows without bound at 1; beyond, the backlog itself is the wait
    if (load > 0.985)
        load = 0.985;
    double delayed = table_erlang(&m->tables, c->servers, load);
    double each = d->waiting_factor * load / (1 - load); // waiting, given a wait
    double random = delayed * each;
    random = (random < waiting ? random : waiting) * per_request;
    s->own_s = s->backlog * per_request;
    s->wait_s = waiting * per_request;
    // an exponential wait with probability `delayed`
    // of a wait that is 0 or exponential: variance / mean^2
    double spread = 2 / (delayed + 1e-12) - 1;
    s->own_var = d->cv2 * s->service_s * s->service_s + spread * random * random;
}

// No replica is ready: everything is shed, what was inside is lost.
static void nobody_home(const service_model *d, fluid_service *s)
{
    s->shed = 1;
    s->backlog = 0;
    s->busy = 0;
    s->throughput = 0;
    s->capacity = 0;
    s->wait_s = 0;
    s->service_s = d->service_s;
    s->own_s = d->service_s;
    s->own_var = 0;
}

// One service, one tick: draws the arrivals, balances the queue, sheds what is too much.
static void serve(const sim_model *m, const service_model *d, const fleet_service *f,
                  fluid_service *s)
{
    // a count of arrivals is nearly normal; `noise` 0 makes it the mean
    double z = table_normal(&m->tables, s->bits[0] >> 16) * m->plant->noise;
    double expected = s->offered * m->step_s;
    // the width of the noise is that of the tick before, so that nothing has to wait for a root
    double arrived = expected + s->swing * z;
    if (arrived < 0 || expected <= 0)
        arrived = 0; // the normal's tail below none
    s->swing = sqrt(expected);
    s->arrivals = arrived / m->step_s;
    if (f->ready <= 0) {
        nobody_home(d, s);
        return;
    }
    capacity c = capacity_of(m, d, f, s);
    // a crash takes its share of the backlog with it
    double work = s->backlog * f->now.kept + arrived;
    // else a service nobody calls would decay for ever into denormals
    if (work < NOTHING)
        work = 0;
    s->busy = balance(&m->tables, &c, d->waiting_factor, work, s->busy);
    double done = c.rate * s->busy;
    s->backlog = work - done;
    s->capacity = c.rate / m->step_s;
    s->throughput = done / m->step_s;
    // beyond a full queue, load is shed
    s->shed = 0;
    double most = d->queue * f->ready + c.inside;
    if (s->backlog > most) {
        double over = s->backlog - most;
        s->backlog = most;
        s->shed = over < arrived ? over / arrived : 1; // at most all; older ones go uncounted
    }
    // without work there is no Little's law to divide by
    if (work > 0) {
        own_time(m, d, s, &c, expected / c.rate, done);
    } else {
        s->own_s = s->service_s;
        s->own_var = d->cv2 * s->service_s * s->service_s;
        s->wait_s = 0;
    }
}

void fluid_queue_pass(world *w, const sim_model *m, double users)
{
    fleet_service *fleet = fleet_services(w, m);
    fluid_service *service = fluid_services(w, m);
    fluid_edge *edge = fluid_edges(w, m);
    for (int i = 0; i < m->S; i++) {
        // all noise of a service comes from (seed, tick, service): what others drew does not matter
        uint32_t counter[4] = {(uint32_t)w->tick, (uint32_t)i, STREAM_SERVICE, 0};
        rng_philox(counter, w->key, service[i].bits);
        service[i].offered = 0;
    }
    service[m->entry].offered = users;
    for (int i = 0; i < m->S; i++) {
        // callers first: their calls are the offered load of those behind them
        int at = m->order[i];
        const service_model *d = &m->service[at];
        fluid_service *s = &service[at];
        serve(m, d, &fleet[at], s);
        fleet_age(&fleet[at], d, s->throughput * m->step_s, s->backlog + s->throughput * s->down_s);
        for (int e = d->first_edge; e < d->first_edge + d->edges; e++) {
            edge[e].calls = s->throughput * edge[e].flow;
            service[m->edge[e].callee].offered += edge[e].calls;
        }
    }
}
