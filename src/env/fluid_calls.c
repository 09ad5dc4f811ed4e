// SPDX-License-Identifier: GPL-3.0-or-later
// fluid_calls.c - pass 2, callees before callers: response times and errors along the calls.
//
// Means and variances add along a caller's calls; an attempt that outlives its timeout fails, a
// failed attempt is retried, and a call that failed for good aborts the calls behind it. A cache
// splits the caller's requests in two populations, hits and misses, and the 95 % quantile is that
// of the mixture.
#include "env/fluid.h"

#include <math.h>

typedef struct call { // all attempts of one call
    double mean, var;
    double failed;  // for good
    double lasting; // share no retry can mend
    double hit;     // share the callee answers from its cache
    int retries;    // at most
    bool away;      // to the fallback: none of it reaches the callee
} call;

typedef struct sum {        // of the calls of one service so far
    double hit[2], miss[2]; // mean, variance
    double reach;           // probability that no call has failed
    double reach_lasting;
    double missing; // share of the requests in `miss`
} sum;

// Expected attempts 1 + p + ... + p^retries, and their second moment.
static double attempts(double p, int retries, double *square)
{
    double n = 1, power = 1;
    *square = 1;
    for (int i = 1; i <= retries && power > 1e-9; i++) {
        power *= p;
        n += power;
        *square += (2 * i + 1) * power; // E n^2 = sum of (2i + 1) P(n > i)
    }
    return n;
}

// Nobody retries the fallback, and nothing is known of its server side.
static call call_fallback(const edge_model *d, fluid_edge *e)
{
    e->client_s = d->fallback_s;
    e->server_s = MISSING;
    e->var = d->fallback_s * d->fallback_s; // as of an exponential
    e->failing = 0;
    return (call){d->fallback_s, e->var, d->fallback_errors, d->fallback_errors, 0, 0, true};
}

// One call with its retries: what it takes, how it fails, and what the client's monitor sees.
static call call_service(const sim_model *m, const edge_model *d, fluid_edge *e,
                         const edge_effects *link, const fluid_service *callee, int eager)
{
    double network = d->network_s + link->delay_s;
    double mean = callee->mean_s + network;
    // the network's own spread: a fifth of its delay
    double var = callee->var + 0.04 * network * network;
    double late = gamma_tail_over(&m->tables, d->timeout_s, d->timeout_root, mean, var);
    double answered = mean < d->timeout_s ? mean : d->timeout_s;
    // seconds a lost attempt costs beyond an answered one
    double wasted = d->timeout_s - answered;
    // one attempt: answered, or lost on the way and given up at the timeout
    double lost = link->loss;
    double attempt = answered + lost * wasted;
    double spread = (1 - lost) * var * (1 - late) + lost * (1 - lost) * wasted * wasted;
    double lasting = callee->lasting_errors;
    double passing = 1 - callee->errors; // survives both kinds of error of the callee
    passing = lasting < 1 ? passing / (1 - lasting) : 0;
    // a retry meets new luck on the link, the clock and the queue, but the same bug
    double transient = 1 - (1 - lost) * (1 - late) * passing;
    double failing = transient + (1 - transient) * lasting;
    // a storm's clients try at least so often
    int retries = d->retries > eager ? d->retries : eager;
    double square, n = attempts(failing, retries, &square), all = transient;
    for (int i = 0; i < retries; i++)
        all *= transient;
    e->client_s = attempt;
    e->server_s = callee->mean_s;
    e->var = var;
    // lags by about two ticks, so that a storm outlives its cause; larger ends storms early
    e->failing += 0.5 * (failing - e->failing);
    return (call){n * attempt,
                  n * spread + (square - n * n) * attempt * attempt,
                  lasting + (1 - lasting) * all,
                  lasting,
                  0,
                  retries,
                  false};
}

// Adds a call that a request makes `times` times with probability `present`.
static void add_time(double into[2], const call *c, double present, double times)
{
    double mean = present * c->mean;
    into[0] += times * mean;
    // variance of a call that is made or not: E x^2 - (E x)^2, independent over the repetitions
    into[1] += times * (present * (c->var + c->mean * c->mean) - mean * mean);
}

// Probability that none of `times` calls fails; the broken part of a repetition is rounded off.
static double survive(double failed, double times)
{
    double survived = 1 - failed;
    for (; times >= 2; times -= 1)
        survived *= 1 - failed;
    return survived;
}

// Adds one edge: time in both populations, load on the callee, and how far the request gets.
static void add_call(const service_model *caller, const edge_model *d, fluid_edge *edge, int at,
                     const call *c, sum *total)
{
    fluid_edge *e = &edge[at];
    double behind = d->guard >= 0 ? edge[d->guard].miss : 1; // reached past the cache
    // a failed call aborts those behind it, so order matters: load stops where errors begin
    double present = d->present * total->reach, square;
    bool split = d->cache >= 0 && d->cache == caller->cache;
    // behind the caller's own cache only its misses wait for the call
    if (split) {
        total->missing = behind;
        add_time(total->miss, c, present, d->times);
    } else {
        add_time(total->hit, c, present * behind, d->times);
        add_time(total->miss, c, present * behind, d->times);
    }
    // each attempt is a call the callee must serve, also those that will fail
    double load = d->times * present * behind;
    e->flow = c->away ? 0 : load * attempts(e->failing, c->retries, &square);
    double failed = c->failed;
    if (d->guards_miss) { // a cache that cannot be asked is a miss, only a wrong answer fails
        double unanswered = c->lasting < 1 ? (c->failed - c->lasting) / (1 - c->lasting) : 0;
        e->miss = 1 - c->hit * (1 - unanswered);
        failed = c->lasting;
    }
    total->reach *= survive(d->present * behind * failed, d->times);
    total->reach_lasting *= survive(d->present * behind * c->lasting, d->times);
}

// Sums up a service: own time and calls to mean, variance and p95; errors of both kinds.
static void finish(const sim_model *m, const service_model *d, const fleet_service *f,
                   fluid_service *s, const sum *total)
{
    double hit[2] = {s->own_s + total->hit[0], s->own_var + total->hit[1]};
    double miss[2] = {s->own_s + total->miss[0], s->own_var + total->miss[1]};
    double p = total->missing;
    // below a thousandth the other population cannot move a p95: one gamma will do
    if (d->cache < 0 || p < 0.001) {
        s->mean_s = hit[0];
        s->var = hit[1];
        s->p95_s = gamma_p95(hit[0], hit[1]);
    } else {
        // law of total variance: within and between the populations
        double apart = miss[0] - hit[0];
        s->mean_s = hit[0] + p * apart;
        s->var = hit[1] + p * (miss[1] - hit[1]) + p * (1 - p) * apart * apart;
        s->p95_s = p > 0.999 ? gamma_p95(miss[0], miss[1])
                             : gamma_mixture_p95(&m->tables, hit, miss, p, &s->root);
    }
    // averaged over about two ticks, or pool and response time would swing against each other
    s->down_s += 0.5 * (s->mean_s - s->own_s - s->down_s);
    // wrong entries and bugs last; crashes, full queues and the usual errors pass
    double hits = d->hit_rate * f->fill;
    double lasting = (1 - f->now.errors) * (1 - hits * f->now.poison);
    double passing = (1 - s->shed) * (1 - d->error_share) * (1 - f->now.broken);
    s->lasting_errors = 1 - lasting * total->reach_lasting;
    s->errors = 1 - lasting * passing * total->reach;
}

void fluid_calls_pass(world *w, const sim_model *m)
{
    const fleet_service *fleet = fleet_services(w, m);
    const fleet_edge *link = fleet_edges(w, m);
    fluid_service *service = fluid_services(w, m);
    fluid_edge *edge = fluid_edges(w, m);
    // callees first: a caller's response time contains theirs
    for (int i = m->S - 1; i >= 0; i--) {
        const int caller = m->order[i];
        const service_model *d = &m->service[caller];
        sum total = {{0, 0}, {0, 0}, 1, 1, 0};
        for (int at = d->first_edge; at < d->first_edge + d->edges; at++) {
            const edge_model *e = &m->edge[at];
            const fleet_service *callee = &fleet[e->callee];
            call c = link[at].rerouted ? call_fallback(e, &edge[at])
                                       : call_service(m, e, &edge[at], &link[at].now,
                                                      &service[e->callee], callee->now.retries);
            c.hit = m->service[e->callee].hit_rate * callee->fill;
            add_call(d, e, edge, at, &c, &total);
        }
        finish(m, d, &fleet[caller], &service[caller], &total);
    }
}
