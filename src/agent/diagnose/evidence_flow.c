// SPDX-License-Identifier: GPL-3.0-or-later
// evidence_flow.c - failures, excess impact along the graph, calls that lose time, neighbours.
#include "agent/diagnose/evidence_flow.h"

#include "agent/diagnose/evidence_path.h"
#include "base/math.h"

#include <math.h>

// 0 for noise, towards 1 for what is clear: within some sigmas nothing flows, or noise would add up
// along the graph.
static double clear(double z)
{
    return z > 0 ? z * z / (z * z + ROBUST_ODD * ROBUST_ODD) : 0;
}

static double known(double x, double otherwise)
{
    return isnan(x) ? otherwise : x;
}

// Weight of a service's latency: requests of who does not tell are taken to be the most of who
// calls it and whom it calls. Where nobody tells any, all services weigh the same.
static void measure_load(const panel *p, service_evidence *of)
{
    for (int v = 0; v < p->S; v++)
        of[v].load = of[v].of[CHANNEL_REQUESTS].now;
    for (int up = 1; up >= 0; up--)
        for (int e = 0; e < p->E; e++) {
            const tend_edge *edge = &p->edge[e];
            service_evidence *to = &of[up ? edge->callee : edge->caller];
            double theirs = of[up ? edge->caller : edge->callee].of[CHANNEL_REQUESTS].now;
            if (isnan(to->of[CHANNEL_REQUESTS].now) && !isnan(theirs))
                to->load = fmax(theirs, known(to->load, 0));
        }
    for (int v = 0; v < p->S; v++)
        of[v].load = known(of[v].load, 1);
}

static double requests(const service_evidence *of)
{
    return of->load;
}

typedef struct failures { // counted where requests are known, else rows
    double failed, made;
} failures;

typedef struct stretch {
    int from, end; // rows
} stretch;

static failures count(const panel *p, int64_t cell, int64_t asked, double centre, double most,
                      stretch rows)
{
    failures f = {0, 0};

    for (int i = rows.from; i < rows.end; i++) {
        const double *row = p->row + i * p->width;
        double share = row[cell] - centre, all = asked < 0 ? 1 : row[asked] * p->per_row;
        // past incidents among the usual rows must not pass for usual failures
        if (isnan(share) || !(all > 0) || share > most)
            continue;
        f.failed += share * all;
        f.made += all;
    }
    return f;
}

// The column of requests that weighs a column of failures, -1 where nobody counts them.
static int64_t asked_of(const panel *p, const robust_level *past, int v)
{
    int64_t cell = v < 0 ? -1 : panel_cell(p, v, SIGNAL_REQUESTS);

    return cell >= 0 && past[cell].count > 0 && p->per_row > 0 ? cell : -1;
}

static double usual_rate(const panel *p, const robust_level *past, int rows, int64_t cell, int v)
{
    double most = past[cell].high - past[cell].centre + 1e-9;
    failures f = count(p, cell, asked_of(p, past, v), past[cell].centre, most, (stretch){0, rows});

    return f.made > 0 && f.failed > 0 ? f.failed / f.made : 0;
}

void flow_rates(const panel *p, const robust_level *past, int rows, double *rate)
{
    for (int v = 0; v < p->S; v++) {
        int64_t cell = panel_cell(p, v, SIGNAL_ERRORS);
        rate[v] = cell < 0 ? 0 : usual_rate(p, past, rows, cell, v);
    }
    rate[p->S] = p->users_at < 0 ? 0 : usual_rate(p, past, rows, p->users_at + 1, p->entry);
}

// Failures come in bursts: the mean tells, and where requests are counted a Poisson count.
static void measure_errors(const panel *p, const flow_levels *at, int64_t cell, int asks,
                           double rate, channel_evidence *to)
{
    const robust_level *past = &at->past[cell];
    int64_t asked = asked_of(p, at->past, asks);

    *to = (channel_evidence){.before = past->centre, .now = (double)NAN};
    if (past->count == 0 || at->now[cell].count == 0)
        return;
    failures now =
        count(p, cell, asked, past->centre, (double)INFINITY, (stretch){at->from, at->end});
    if (now.made <= 0)
        return;
    double share = now.failed / now.made;
    to->now = past->centre + share;
    to->excess = share - rate;
    double scale = at->by->floor_rare * (1 + at->by->caution / past->count);
    scale = past->up > scale ? past->up : scale;
    to->z = to->excess / scale;
    if (asked >= 0) {
        double expected = rate * now.made;
        double counted = (now.failed - expected) / sqrt(expected + at->by->failures_few);
        double most = to->excess / at->by->floor_failures;
        to->z = fabs(counted) < fabs(most) ? counted : most;
    }
    to->e = robust_evidence(to->z);
}

// Requests that fail in a service do not reach what it calls: the service whose callee's share of
// its requests has fallen most, while its own requests have not. -1: none.
static int starving(const panel *p, const service_evidence *of)
{
    double most = 0.1; // a tenth of its calls, in logarithms; smaller: the noise of two rates
    int worst = -1;

    for (int e = 0; e < p->E; e++) {
        const service_evidence *near = &of[p->edge[e].caller], *far = &of[p->edge[e].callee];
        double fell = math_log(near->growth / far->growth);
        if (fell > most) {
            most = fell;
            worst = p->edge[e].caller;
        }
    }
    return worst;
}

static bool called(const panel *p, int v)
{
    for (int e = 0; e < p->E; e++)
        if (p->edge[e].callee == v)
            return true;
    return false;
}

// What users see is failing, and no service says so itself: a service that starves its callees is
// to blame, else the ones users call.
static void borrow_errors(const panel *p, const flow_levels *at, service_evidence *of)
{
    int64_t users = p->users_at + 1;
    if (p->users_at < 0 || at->past[users].count == 0)
        return;
    int blamed = starving(p, of);
    for (int v = 0; v < p->S; v++) {
        int64_t own = panel_cell(p, v, SIGNAL_ERRORS);
        bool silent = own < 0 || at->past[own].count == 0;
        if (silent && (blamed >= 0 ? v == blamed : !called(p, v)))
            measure_errors(p, at, users, p->entry, at->rate[p->S], &of[v].of[CHANNEL_ERRORS]);
    }
}

static void flow(const panel *p, service_evidence *of, evidence_channel channel,
                 const edge_evidence *edge)
{
    double all = 0;

    for (int v = 0; v < p->S; v++) {
        channel_evidence *at = &of[v].of[channel];
        at->impact = at->own = clear(at->z) * (at->excess > 0 ? at->excess : 0) * requests(&of[v]);
    }
    for (int e = 0; e < p->E; e++) {
        channel_evidence *near = &of[p->edge[e].caller].of[channel];
        const service_evidence *far = &of[p->edge[e].callee];
        // a callee that got faster must not make its caller look guilty
        if (far->of[channel].impact > 0)
            near->own -= far->of[channel].impact;
        if (edge && edge[e].z > 0)
            near->own -= clear(edge[e].z) * (edge[e].gap - edge[e].usual) * requests(far);
    }
    for (int v = 0; v < p->S; v++)
        all += of[v].of[channel].own > 0 ? of[v].of[channel].own : 0;
    for (int v = 0; v < p->S; v++) {
        channel_evidence *at = &of[v].of[channel];
        at->share = all > 0 && at->own > 0 ? at->own / all : 0;
    }
}

static double risen(const flow_levels *at, int64_t cell)
{
    return known(at->now[cell].centre - at->past[cell].centre, 0);
}

// The nearer of the gap's two usual levels counts, as of every other column.
static void measure_edge(const flow_levels *at, int64_t cell, edge_evidence *to)
{
    const robust_level *past = &at->past[cell + 2], *local = &at->local[cell + 2];
    const robust_level *now = &at->now[cell + 2];

    to->client = risen(at, cell);
    to->server = risen(at, cell + 1);
    to->usual = past->centre;
    to->gap = now->centre;
    to->z = to->e = to->share = 0;
    if (past->count == 0 || now->count == 0)
        return;
    double caution = 1 + at->by->caution / past->count;
    double floor = at->by->floor_gap * fabs(at->past[cell].centre) * caution + 1e-12;
    to->z = robust_shift(past, now, floor);
    if (local->count >= 3) {
        double z = robust_shift(local, now, floor);
        to->z = z * to->z < 0 ? 0 : fabs(z) < fabs(to->z) ? z : to->z;
    }
    to->e = robust_evidence(to->z);
}

// A gap is the network's unless an end of it computes, waits or is gone: neither an accept queue
// nor a client that waits for its turn is in the server's own figure.
static double undisturbed(const service_evidence *near, const service_evidence *far)
{
    static const evidence_channel own[] = {CHANNEL_CPU, CHANNEL_SATURATION, CHANNEL_READY,
                                           CHANNEL_RESTARTS};
    // a client that repeats its calls is a little busier for it
    double most = clear(near->of[CHANNEL_CPU].z / 3);

    for (int i = 0; i < 4; i++)
        most = fmax(most, clear(far->of[own[i]].z));
    return 1 - most;
}

static void measure_edges(const panel *p, const flow_levels *at, service_evidence *of,
                          edge_evidence *edge)
{
    double all = 0;

    for (int e = 0; e < p->E; e++) {
        service_evidence *near = &of[p->edge[e].caller], *far = &of[p->edge[e].callee];
        edge[e] = (edge_evidence){.usual = (double)NAN, .gap = (double)NAN};
        if (p->edges_at >= 0)
            measure_edge(at, p->edges_at + 3 * e, &edge[e]);
        edge[e].share = clear(edge[e].z) * known(edge[e].gap - edge[e].usual, 0) * requests(far);
        edge[e].share = edge[e].share > 0 ? edge[e].share : 0;
        all += edge[e].share;
        near->link_out = fmax(near->link_out, edge[e].e);
        channel_evidence *to = &far->of[CHANNEL_NETWORK];
        if (edge[e].z > to->z) { // the worst of a callee's calls stands for it
            to->before = edge[e].usual;
            to->now = edge[e].gap;
            to->excess = edge[e].gap - edge[e].usual;
            to->z = edge[e].z;
            far->link_in = edge[e].e * undisturbed(near, far);
            far->edge = e;
        }
    }
    for (int e = 0; e < p->E; e++)
        edge[e].share = all > 0 ? edge[e].share / all : 0;
    for (int v = 0; v < p->S; v++)
        of[v].of[CHANNEL_NETWORK].e = of[v].link_in;
}

// Mean latency a service adds itself: server side of the calls to it, less client side of its own.
static void measure_means(const panel *p, service_evidence *of, const edge_evidence *edge)
{
    for (int v = 0; v < p->S; v++) {
        double served = 0, made = 0, usual = known(of[v].of[CHANNEL_LATENCY].before, 0);
        int callers = 0;
        for (int e = 0; e < p->E; e++) {
            // calls per request, bounded as a ratio of two noisy rates
            double calls = requests(&of[p->edge[e].callee]) / (requests(&of[v]) + 1e-9);
            if (p->edge[e].caller == v)
                made += edge[e].client * (calls < 3 ? calls : 3);
            if (p->edge[e].callee == v) {
                served += edge[e].server;
                callers++;
            }
        }
        // nobody measures the entry from outside: its mean moves by about 0.6 of its p95
        served = callers > 0 ? served / callers : 0.6 * fmax(0, of[v].of[CHANNEL_LATENCY].excess);
        of[v].own_mean = robust_evidence((served - made) / (0.08 * usual + 1e-9));
    }
}

// Spread of the logarithm of a service's requests, of both sides the larger.
static double unrest(const panel *p, const flow_levels *at, int v)
{
    int64_t cell = panel_cell(p, v, SIGNAL_REQUESTS);

    if (cell < 0 || at->past[cell].count == 0 || !(at->past[cell].centre > 0))
        return (double)NAN;
    return fmax(at->past[cell].up, at->past[cell].down) / at->past[cell].centre;
}

// How its requests grew beside its callers', in the spread that both usually have.
static void measure_growth(const panel *p, const flow_levels *at, service_evidence *of)
{
    for (int v = 0; v < p->S; v++) {
        double sum = 0, spread = unrest(p, at, v);
        int callers = 0;
        of[v].amplified = 0;
        for (int e = 0; e < p->E; e++)
            if (p->edge[e].callee == v) {
                sum += of[p->edge[e].caller].growth;
                spread = fmax(spread, known(unrest(p, at, p->edge[e].caller), 0));
                callers++;
            }
        if (callers && !isnan(spread))
            of[v].amplified = robust_evidence(math_log(of[v].growth * callers / sum) /
                                              fmax(at->by->floor_growth, spread));
    }
}

// The share of a caller's excess that a callee shows too; the callee's calls per request do not
// count, as one slow call is enough.
static void explain(const panel *p, service_evidence *of, const edge_evidence *edge)
{
    for (int e = 0; e < p->E; e++) {
        service_evidence *near = &of[p->edge[e].caller], *far = &of[p->edge[e].callee];
        const channel_evidence *slow = &far->of[CHANNEL_LATENCY], *fail = &far->of[CHANNEL_ERRORS];
        // a mean moves by about 0.6 of a p95
        double shown = fmax(clear(slow->z) * slow->excess, edge[e].client / 0.6);
        double most = near->of[CHANNEL_LATENCY].excess, failed = near->of[CHANNEL_ERRORS].excess;
        if (most > 0)
            near->explained[0] = fmax(near->explained[0], fmin(1, shown / most));
        double calls = fmin(1, requests(far) / (requests(near) + 1e-9));
        if (failed > 0)
            near->explained[1] =
                fmax(near->explained[1], fmin(1, clear(fail->z) * calls * fail->excess / failed));
        // who waits too long gives up: a slow callee explains failures too, and one that is gone
        // both
        near->explained[1] = fmax(near->explained[1], 0.5 * clear(slow->z));
        double gone = clear(fmax(far->of[CHANNEL_READY].z, far->of[CHANNEL_RESTARTS].z));
        for (int i = 0; i < 2; i++)
            near->explained[i] = fmax(near->explained[i], gone);
    }
}

// What only the surroundings tell: a cause upstream or downstream explains the service away.
static void measure_neighbours(const panel *p, const flow_levels *at, service_evidence *of)
{
    double all = 0;
    for (int v = 0; v < p->S; v++)
        all += fmin(1.5, fmax(0, of[v].of[CHANNEL_REQUESTS].e));
    if (p->entry >= 0 && !isnan(of[p->entry].of[CHANNEL_REQUESTS].now))
        of[p->entry].everywhere = all / p->S;
    int timed_edges = 0;
    for (int e = 0; e < p->E && p->edges_at >= 0; e++)
        timed_edges += at->past[p->edges_at + 3 * e].count > 0;
    for (int e = 0; e < p->E; e++) {
        service_evidence *near = &of[p->edge[e].caller], *far = &of[p->edge[e].callee];
        near->below =
            fmax(near->below, far->of[CHANNEL_LATENCY].share * clear(far->of[CHANNEL_LATENCY].z));
        near->starved = fmax(near->starved, -far->amplified);
        // where nobody times any call, one that is not timed tells nothing
        bool timed = timed_edges == 0 || at->past[p->edges_at + 3 * e].count > 0;
        if (!timed)
            far->dark =
                fmax(far->dark, fmax(0, near->of[CHANNEL_LATENCY].e) * (1 - near->explained[0]));
    }
    for (int e = 0; e < p->E; e++) {
        // load that one callee gets more of is often load another gets less of: a cache that misses
        double more = of[p->edge[e].callee].amplified;
        if (more <= 0)
            continue;
        for (int o = 0; o < p->E; o++) // rivals: called by the same service
            if (o != e && p->edge[o].caller == p->edge[e].caller)
                of[p->edge[o].callee].pushed = fmax(of[p->edge[o].callee].pushed, more);
    }
}

void flow_all(const panel *p, const flow_levels *at, service_evidence *of, edge_evidence *edge)
{
    measure_load(p, of);
    for (int v = 0; v < p->S; v++) {
        int64_t cell = panel_cell(p, v, SIGNAL_ERRORS);
        if (cell >= 0)
            measure_errors(p, at, cell, v, at->rate[v], &of[v].of[CHANNEL_ERRORS]);
    }
    borrow_errors(p, at, of);
    measure_edges(p, at, of, edge);
    flow(p, of, CHANNEL_LATENCY, edge);
    flow(p, of, CHANNEL_ERRORS, NULL);
    measure_means(p, of, edge);
    measure_growth(p, at, of);
    explain(p, of, edge);
    measure_neighbours(p, at, of);
    path_all(p, at, of, edge);
}
