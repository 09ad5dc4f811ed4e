// SPDX-License-Identifier: GPL-3.0-or-later
// evidence_path.c - what users feel, followed down the calls; who suffers for whom.
//
// A cause that costs is felt on a path of callers up to the entry; noise is felt by nobody else.
#include "agent/diagnose/evidence_path.h"

#include <math.h>

static double positive(double x)
{
    return x > 0 ? x : 0; // NAN to 0
}

// Evidence that requests to it are slow or fail.
static double felt(const service_evidence *s)
{
    return fmax(positive(s->of[CHANNEL_LATENCY].e), positive(s->of[CHANNEL_ERRORS].e));
}

// Evidence of anything that goes wrong in it.
static double trouble(const service_evidence *s)
{
    double own = fmax(positive(s->of[CHANNEL_CPU].e), positive(s->of[CHANNEL_SATURATION].e));

    own = fmax(own, fmax(positive(s->of[CHANNEL_READY].e), positive(s->of[CHANNEL_RESTARTS].e)));
    return fmax(own, felt(s));
}

// What is felt in a caller; one that tells neither latency nor failures lets everything through.
static double passed(const service_evidence *s)
{
    bool mute = isnan(s->of[CHANNEL_LATENCY].now) && isnan(s->of[CHANNEL_ERRORS].now);

    return mute ? ROBUST_EVIDENCE_MOST : felt(s);
}

// The widest path from the entry, its width the least that any caller on it feels (Pollack 1960).
// Who has no callers is asked by users.
static void measure_reach(const panel *p, service_evidence *of)
{
    for (int v = 0; v < p->S; v++)
        of[v].path.reach = -1;
    for (int e = 0; e < p->E; e++)
        if (p->edge[e].callee != p->entry)
            of[p->edge[e].callee].path.reach = 0;
    for (int v = 0; v < p->S; v++)
        if (of[v].path.reach < 0)
            of[v].path.reach = passed(&of[v]);
    bool wider = true;
    for (int round = 0; wider && round < p->S; round++) {
        wider = false;
        for (int e = 0; e < p->E; e++) {
            const service_evidence *near = &of[p->edge[e].caller];
            service_evidence *far = &of[p->edge[e].callee];
            double width = fmin(near->path.reach, passed(near));
            if (width > far->path.reach) {
                far->path.reach = width;
                wider = true;
            }
        }
    }
}

static void measure_calls(const panel *p, service_evidence *of, const edge_evidence *edge)
{
    for (int e = 0; e < p->E; e++) {
        service_evidence *near = &of[p->edge[e].caller], *far = &of[p->edge[e].callee];
        // a client that starves measures its own waiting; one that repeats calls is a little busier
        double busy = positive(near->of[CHANNEL_CPU].z) / (3 * ROBUST_ODD);
        double gap = positive(edge[e].e) / (1 + busy * busy), suffers = felt(near);
        far->path.gap = fmax(far->path.gap, gap);
        far->path.gap_felt = fmax(far->path.gap_felt, fmin(gap, suffers));
        near->path.gap_owed = fmax(near->path.gap_owed, fmin(gap, suffers));
        near->path.deeper = fmax(near->path.deeper, fmin(trouble(far), suffers));
    }
}

// A callee that is asked more often than its callers are, and suffers from it, is swamped: by who
// repeats calls, or by a cache beside it that misses.
static void measure_swamped(const panel *p, service_evidence *of)
{
    for (int v = 0; v < p->S; v++)
        of[v].path.swamped = fmin(positive(of[v].amplified), trouble(&of[v]));
    for (int e = 0; e < p->E; e++) {
        double most = of[p->edge[e].callee].path.swamped;
        if (most <= 0)
            continue;
        for (int o = 0; o < p->E; o++)
            if (o != e && p->edge[o].caller == p->edge[e].caller) {
                path_evidence *rival = &of[p->edge[o].callee].path;
                rival->behind = fmax(rival->behind, most);
            }
    }
}

// of the requests all services share, worth a sigma at least; set on generated systems, where a
// median over ten services is as restless. Smaller: the day is a crowd, larger: a crowd is none
#define FLOOR_COMMON 0.04

// Per row the median over the services of their requests in parts of the usual: one service is
// noise, all of them are users. Rows thinned out evenly to ROBUST_ROWS_MAX. Returns the rows.
static int common_rows(const panel *p, const robust_level *past, int from, int end, double *scratch)
{
    double *row_of = scratch + p->S;
    int rows = end - from, used = rows < ROBUST_ROWS_MAX ? rows : ROBUST_ROWS_MAX;

    for (int i = 0; i < used; i++) {
        const double *row = p->row + (from + (int64_t)i * rows / used) * p->width;
        int count = 0;
        for (int v = 0; v < p->S; v++) {
            int64_t cell = panel_cell(p, v, SIGNAL_REQUESTS);
            if (cell < 0 || past[cell].count == 0 || !(past[cell].centre > 0))
                continue;
            double part = row[cell] / past[cell].centre;
            if (isfinite(part)) // of next to nothing anything is a multiple
                scratch[count++] = part;
        }
        row_of[i] = count > 0 ? robust_median(scratch, count) : (double)NAN;
    }
    return used;
}

void path_common(const panel *p, const robust_level *past, int from, int end, double *scratch,
                 robust_level *to)
{
    int rows = common_rows(p, past, from, end, scratch);

    robust_levels(scratch + p->S, 1, rows, 1, to);
}

// Growth that all services share, from its usual or its latest level, whichever is closer.
static void measure_common(const panel *p, const flow_levels *at, service_evidence *of)
{
    const robust_level *past = &at->common[0], *local = &at->common[1];
    robust_level now;

    // where it is not known where users come in, a crowd has no place
    if (p->entry < 0 || p->E == 0 || isnan(of[p->entry].of[CHANNEL_REQUESTS].now))
        return;
    path_common(p, at->past, at->from, at->end, at->scratch, &now);
    double z = robust_shift(past, &now, FLOOR_COMMON);
    if (local->count >= 3) {
        double near = robust_shift(local, &now, FLOOR_COMMON);
        if (fabs(near) < fabs(z))
            z = near * z < 0 ? 0 : near;
    }
    of[p->entry].path.common = robust_evidence(z);
}

void path_all(const panel *p, const flow_levels *at, service_evidence *of,
              const edge_evidence *edge)
{
    measure_reach(p, of);
    measure_calls(p, of, edge);
    measure_swamped(p, of);
    measure_common(p, at, of);
}
