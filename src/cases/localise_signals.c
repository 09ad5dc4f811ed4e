// SPDX-License-Identifier: GPL-3.0-or-later
// localise_signals.c - what changed at the split, channel by channel.
//
// The constants here and in localise.c hold for every set of incidents alike; none depends on a
// set, a system or a name.
#include "cases/localise_work.h"

#include "agent/diagnose/impact.h"

#include <math.h>
#include <string.h>

// Larger: faint changes are missed; smaller: a steady series shouts at a wobble.
#define FLOOR_RELATIVE 0.10 // of the usual level: smaller changes are not worth a sigma
#define FLOOR_ERRORS 0.01   // share of requests
#define FLOOR_SHARE 0.01    // of full scale, for cpu, memory and saturation

// the least z that counts, and the weight of the evidence
static const struct {
    const char *name;
    double least, weight;
} channels[LOCALISE_CHANNELS] = {
    [LOCALISE_LATENCY] = {"latency", 3, 1.0},   [LOCALISE_ERRORS] = {"errors", 3, 1.0},
    [LOCALISE_NETWORK] = {"network", 5, 1.5},   [LOCALISE_CPU] = {"cpu", 5, 1.0},
    [LOCALISE_MEMORY] = {"memory", 5, 0.7},     [LOCALISE_SATURATION] = {"saturation", 5, 0.5},
    [LOCALISE_RESTARTS] = {"restarts", 5, 1.0},
};

// How a column was before the split and is after it.
typedef struct change {
    impact_level before;
    double after; // median
    double mean;  // excess over the centre, mean of all rows after
    double z;
} change;

const char *localise_channel_name(localise_channel channel)
{
    return channels[channel].name;
}

// The lower statistic is closer to what all requests see (metric_name.h).
static bool better(const window *w, int column, int than)
{
    return than < 0 || w->column[column].statistic < w->column[than].statistic;
}

// One column speaks for each service and role; the others say the same with more noise.
void localise_columns(work *k)
{
    const window *w = k->w;

    memset(k->first, -1, (size_t)(w->S + 1) * sizeof *k->first);
    memset(k->end, -1, (size_t)w->E * sizeof *k->end);
    for (int c = 0; c < w->columns; c++) {
        const window_column *column = &w->column[c];
        int *slot;
        if (column->edge >= 0 && column->role == METRIC_CLIENT_LATENCY)
            slot = &k->end[column->edge][0];
        else if (column->edge >= 0 && column->role == METRIC_SERVER_LATENCY)
            slot = &k->end[column->edge][1];
        else if (column->edge < 0)
            slot = &k->first[column->service < 0 ? w->S : column->service][column->role];
        else
            continue;
        if (better(w, c, *slot))
            *slot = c;
    }
    for (int e = 0; e < w->E; e++)
        k->called[w->edges[e].callee] = 1;
}

// The fewer rows a level was learnt from, the more it may be off.
static double floor_of(const impact_level *level, double relative, double least)
{
    double caution = level->count > 0 ? 1 + 6.0 / level->count : 1;
    double floor = relative * caution * fabs(level->centre);

    return floor > least ? floor : least;
}

// Level before, level after, and their distance in floored sigmas.
static change measure(work *k, const double *value, double relative, double least)
{
    const window *w = k->w;
    change c = {.before = impact_baseline(value, k->split, k->scratch)};
    int n = 0;

    for (int i = k->split; i < w->rows; i++)
        if (!isnan(value[i])) {
            k->scratch[n++] = value[i];
            c.mean += value[i];
        }
    // a series that begins or ends at the split says nothing of a change
    if (n == 0 || c.before.count == 0) {
        c.after = c.before.centre;
        c.mean = 0;
        return c;
    }
    c.mean = c.mean / n - c.before.centre;
    c.after = impact_median(k->scratch, n);
    double scale = floor_of(&c.before, relative, least);
    if (c.before.spread > scale)
        scale = c.before.spread;
    c.z = (c.after - c.before.centre) / scale;
    return c;
}

static const double *series(const work *k, int service, metric_role role)
{
    int column = k->first[service][role];

    return column < 0 ? NULL : k->w->column[column].value;
}

// Mean over the abnormal rows of excess x requests; without a request count every row weighs 1.
static double flow(const work *k, const double *value, double centre, const double *requests)
{
    double sum = 0;
    int rows = k->w->rows - k->split;

    for (int i = k->split; i < k->w->rows; i++) {
        double excess = value[i] - centre;
        double weight = requests ? requests[i] : 1;
        if (!isnan(excess) && !isnan(weight))
            sum += excess * weight;
    }
    return rows ? sum / rows : 0;
}

static void note(localise_clue *at, int column, const change *c)
{
    at->column = column;
    at->before = c->before.centre;
    at->after = c->after;
    at->z = c->z;
}

// What the calls of each edge lose on the way, client-side minus server-side latency.
static void network(work *k)
{
    const window *w = k->w;
    double *gap = k->row;

    for (int e = 0; e < w->E; e++) {
        int near = k->end[e][0], far = k->end[e][1], callee = w->edges[e].callee, callers = 0;
        k->lost[e] = 0;
        if (near < 0 || far < 0)
            continue;
        for (int i = 0; i < w->rows; i++)
            gap[i] = w->column[near].value[i] - w->column[far].value[i];
        change client = measure(k, w->column[near].value, FLOOR_RELATIVE, 0);
        // floored at twice the client's share: a gap is the difference of two latencies
        change c = measure(k, gap, 0, floor_of(&client.before, 2 * FLOOR_RELATIVE, 1e-12));
        // shared by all callers: each edge owes its part of the callee's requests
        for (int other = 0; other < w->E; other++)
            callers += w->edges[other].callee == callee;
        if (c.z > channels[LOCALISE_NETWORK].least)
            k->lost[e] =
                flow(k, gap, c.before.centre, series(k, callee, METRIC_REQUESTS)) / callers;
        localise_clue *at = clue(k, callee, LOCALISE_NETWORK);
        // the worst of a callee's calls stands for it
        if (at->edge < 0 || c.z > at->z) {
            note(at, near, &c);
            at->edge = e;
            at->weight = channels[LOCALISE_NETWORK].weight *
                         impact_evidence(c.z, channels[LOCALISE_NETWORK].least);
        }
    }
}

// own impact -> share of all own impact -> weight
static void weigh_flow(work *k, localise_channel channel, bool edges)
{
    const window *w = k->w;
    double all = 0;

    impact_own(w->S, w->E, w->edges, k->impact, edges ? k->lost : NULL, k->own);
    for (int s = 0; s < w->S; s++)
        if (k->own[s] > 0 && clue(k, s, channel)->z > channels[channel].least)
            all += k->own[s];
    for (int s = 0; s < w->S; s++) {
        localise_clue *at = clue(k, s, channel);
        at->seen = k->impact[s];
        at->own = k->own[s];
        if (at->own > 0 && all > 0)
            at->weight = channels[channel].weight * (at->own / all) *
                         impact_evidence(at->z, channels[channel].least);
    }
}

// Excess latency as impact: what it adds beyond its callees and the network is its own.
static void latency(work *k)
{
    for (int s = 0; s < k->w->S; s++) {
        int column = k->first[s][METRIC_LATENCY];
        k->impact[s] = 0;
        if (column < 0)
            continue;
        const double *value = k->w->column[column].value;
        change c = measure(k, value, FLOOR_RELATIVE, 1e-12);
        note(clue(k, s, LOCALISE_LATENCY), column, &c);
        if (c.before.count)
            k->impact[s] = flow(k, value, c.before.centre, series(k, s, METRIC_REQUESTS));
    }
    weigh_flow(k, LOCALISE_LATENCY, true);
}

// The share of requests below which 95 % of the rows before the split failed: past incidents in the
// normal rows must not pass for its usual failures.
static double usual_most(work *k, const double *value, double sign, double centre)
{
    int n = 0;

    for (int i = 0; i < k->split; i++)
        if (!isnan(value[i]))
            k->scratch[n++] = sign * (value[i] - centre);
    return n ? impact_select(k->scratch, n, (int)(0.95 * (n - 1))) : 0;
}

// Failed requests after the split in sigmas of a Poisson count with the rate before it; the 4 keeps
// a handful of failures in a service that never failed from counting as an incident.
static double count_sigmas(work *k, const double *value, int requests, double sign, double centre)
{
    const window_column *count = &k->w->column[requests];
    double failed[2] = {0, 0}, made[2] = {0, 0}, most = usual_most(k, value, sign, centre);

    for (int i = 0; i < k->w->rows; i++) {
        double share = sign * (value[i] - centre);
        double all = count->value[i] * count->per_step;
        if (isnan(share) || isnan(all) || all <= 0 || (i < k->split && share > most))
            continue;
        failed[i >= k->split] += share * all;
        made[i >= k->split] += all;
    }
    double expected = made[0] > 0 ? fmax(0, failed[0] / made[0]) * made[1] : 0;
    return (failed[1] - expected) / sqrt(expected + 4);
}

// Failed share of requests: of an errors column as it is, of an availability column what is
// missing to its usual level; percent becomes a share.
static change failures(work *k, int column, int requests, double *sign)
{
    const window *w = k->w;
    bool available = w->column[column].role == METRIC_AVAILABILITY;
    change c = measure(k, w->column[column].value, 0, FLOOR_ERRORS);
    double full = available && c.before.centre > 1.5 ? 100 : 1;

    *sign = (available ? -1 : 1) / full;
    c.after = c.before.centre + c.mean;
    if (requests >= 0)
        c.z = count_sigmas(k, w->column[column].value, requests, *sign, c.before.centre);
    if (requests >= 0)
        return c;
    double scale =
        fmax(c.before.spread / full,
             floor_of(&(impact_level){.centre = 1, .count = c.before.count}, FLOOR_ERRORS, 0));
    c.z = c.mean * *sign / scale; // the mean: failures may come in bursts
    return c;
}

// Requests that fail in a service do not reach what it calls: the service whose callee's share of
// its requests has fallen most, while its own requests have not. -1: none.
static int starving(work *k)
{
    const window *w = k->w;
    double *share = k->row, most = channels[LOCALISE_ERRORS].least;
    int worst = -1;

    for (int e = 0; e < w->E; e++) {
        const double *from = series(k, w->edges[e].caller, METRIC_REQUESTS);
        const double *to = series(k, w->edges[e].callee, METRIC_REQUESTS);
        if (!from || !to)
            continue;
        for (int i = 0; i < w->rows; i++)
            share[i] = from[i] > 0 ? to[i] / from[i] : (double)NAN;
        change c = measure(k, share, 2 * FLOOR_RELATIVE, 1e-12);
        if (-c.z > most) {
            most = -c.z;
            worst = w->edges[e].caller;
        }
    }
    return worst;
}

static int errors_column(const work *k, int row)
{
    int column = k->first[row][METRIC_ERRORS];

    return column < 0 ? k->first[row][METRIC_AVAILABILITY] : column;
}

// What users see is failing, and no service says so itself: a service that starves its callees is
// to blame, else the one users call.
static void errors(work *k)
{
    const window *w = k->w;
    int users = errors_column(k, w->S), blamed = users < 0 ? -1 : starving(k), entry = 0;

    // the first service nobody calls that counts requests stands for the users' requests
    while (entry < w->S - 1 && (k->called[entry] || k->first[entry][METRIC_REQUESTS] < 0))
        entry++;
    for (int s = 0; s < w->S; s++) {
        int column = errors_column(k, s), requests = k->first[s][METRIC_REQUESTS];
        double sign;
        // borrowed from the users: only by the one to blame
        if (column < 0 && users >= 0 && (blamed >= 0 ? s == blamed : !k->called[s])) {
            column = users;
            requests = k->first[entry][METRIC_REQUESTS];
        }
        k->impact[s] = 0;
        if (column < 0)
            continue;
        const double *value = w->column[column].value;
        change c = failures(k, column, requests, &sign);
        note(clue(k, s, LOCALISE_ERRORS), column, &c);
        if (c.before.count)
            k->impact[s] = sign * flow(k, value, c.before.centre,
                                       requests < 0 ? NULL : w->column[requests].value);
    }
    weigh_flow(k, LOCALISE_ERRORS, false);
}

// A metric in percent of something has its small changes floored at one of a hundred.
static double full_scale(const work *k, metric_role role)
{
    double most = 0;

    for (int s = 0; s < k->w->S; s++) {
        const double *value = series(k, s, role);
        for (int i = 0; value && i < k->w->rows; i++)
            if (value[i] > most)
                most = value[i];
    }
    return most > 1000 ? 0 : most > 1.5 ? 100 : 1; // neither percent nor share: bytes or counts
}

// A resource needs no flow: its owner is who uses it.
static void resource(work *k, metric_role role, localise_channel channel)
{
    double floor = FLOOR_SHARE * full_scale(k, role);

    for (int s = 0; s < k->w->S; s++) {
        int column = k->first[s][role];
        if (column < 0)
            continue;
        change c = measure(k, k->w->column[column].value, FLOOR_RELATIVE, fmax(floor, 1e-12));
        localise_clue *at = clue(k, s, channel);
        note(at, column, &c);
        at->weight = channels[channel].weight * impact_evidence(c.z, channels[channel].least);
    }
}

// Processes die now and then, and not in most rows: the mean tells, where the median is none.
static void restarts(work *k)
{
    for (int s = 0; s < k->w->S; s++) {
        int column = k->first[s][METRIC_RESTARTS];
        if (column < 0)
            continue;
        const window_column *from = &k->w->column[column];
        const double *value = from->value;
        for (int i = 0; i < k->w->rows && metric_name_is_counter(from->name); i++)
            k->row[i] = i ? metric_count_grown(value[i - 1], value[i]) : (double)NAN;
        if (metric_name_is_counter(from->name))
            value = k->row;
        double least = tend_metric_row(TEND_RESTARTS)->baseline.absolute;
        change c = measure(k, value, FLOOR_RELATIVE, least);
        double scale = floor_of(&c.before, FLOOR_RELATIVE, least);
        c.after = c.before.centre + c.mean;
        c.z = c.mean / (c.before.spread > scale ? c.before.spread : scale);
        localise_clue *at = clue(k, s, LOCALISE_RESTARTS);
        note(at, column, &c);
        at->weight = channels[LOCALISE_RESTARTS].weight *
                     impact_evidence(c.z, channels[LOCALISE_RESTARTS].least);
    }
}

void localise_signals(work *k)
{
    network(k);
    latency(k);
    errors(k);
    resource(k, METRIC_CPU, LOCALISE_CPU);
    resource(k, METRIC_MEMORY, LOCALISE_MEMORY);
    resource(k, METRIC_SATURATION, LOCALISE_SATURATION);
    restarts(k);
}
