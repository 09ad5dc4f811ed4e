// SPDX-License-Identifier: GPL-3.0-or-later
// evidence.c - levels, deviations, and what each channel makes of them.
#include "agent/diagnose/evidence.h"

#include "agent/diagnose/evidence_path.h"
#include "base/block.h"
#include "base/math.h"
#include "core/params.h"

#include <math.h>
#include <string.h>

typedef struct alone {
    evidence_params of;
} alone;

const tend_param evidence_param_table[] = {EVIDENCE_PARAMS(alone, of), {.name = NULL}};

void evidence_defaults(evidence_params *out)
{
    params_default(evidence_param_table, out);
}

static const struct {
    const char *name;
    int signal;
} channels[CHANNELS] = {
    [CHANNEL_LATENCY] = {"latency", SIGNAL_LATENCY},
    [CHANNEL_ERRORS] = {"errors", SIGNAL_ERRORS},
    [CHANNEL_NETWORK] = {"network", -1},
    [CHANNEL_CPU] = {"cpu", SIGNAL_CPU},
    [CHANNEL_MEMORY] = {"memory", SIGNAL_MEMORY},
    [CHANNEL_SATURATION] = {"saturation", SIGNAL_SATURATION},
    [CHANNEL_RESTARTS] = {"restarts", SIGNAL_RESTARTS},
    [CHANNEL_READY] = {"ready", -1},
    [CHANNEL_REQUESTS] = {"requests", SIGNAL_REQUESTS},
};

const char *evidence_channel_name(evidence_channel channel)
{
    return channels[channel].name;
}

int evidence_signal(evidence_channel channel)
{
    return channels[channel].signal;
}

static size_t lay_out(evidence *x)
{
    block b = {.align = 8};
    size_t width = (size_t)x->width;

    block_add(&b, 1, sizeof *x);
    x->services_at = (int64_t)block_add(&b, (size_t)x->S, sizeof(service_evidence));
    x->edges_at = (int64_t)block_add(&b, (size_t)x->E, sizeof(edge_evidence));
    x->past_at = (int64_t)block_add(&b, width, sizeof(robust_level));
    x->local_at = (int64_t)block_add(&b, width, sizeof(robust_level));
    x->now_at = (int64_t)block_add(&b, width, sizeof(robust_level));
    x->rate_at = (int64_t)block_add(&b, (size_t)x->S + 1, sizeof(double));
    x->scratch_at = (int64_t)block_add(&b, (size_t)x->S + ROBUST_ROWS_MAX, sizeof(double));
    return b.size;
}

size_t evidence_size(int S, int E, int64_t width)
{
    evidence x = {.S = S, .E = E, .width = width};

    return lay_out(&x);
}

void evidence_init(evidence *x, int S, int E, int64_t width)
{
    memset(x, 0, evidence_size(S, E, width));
    x->S = S;
    x->E = E;
    x->width = width;
    lay_out(x);
    x->onset = -1;
}

const service_evidence *evidence_services(const evidence *x)
{
    return (const service_evidence *)(const void *)((const char *)x + x->services_at);
}

const edge_evidence *evidence_edges(const evidence *x)
{
    return (const edge_evidence *)(const void *)((const char *)x + x->edges_at);
}

static service_evidence *services(evidence *x)
{
    return (service_evidence *)(void *)((char *)x + x->services_at);
}

static edge_evidence *edges(evidence *x)
{
    return (edge_evidence *)(void *)((char *)x + x->edges_at);
}

static robust_level *levels(const evidence *x, int64_t at)
{
    return (robust_level *)(void *)((char *)(uintptr_t)x + at);
}

static double *scratch(evidence *x)
{
    return (double *)(void *)((char *)x + x->scratch_at);
}

int evidence_loudest(const service_evidence *of)
{
    int loudest = -1;

    for (int c = 0; c < CHANNELS; c++)
        if (c != CHANNEL_NETWORK && c != CHANNEL_READY && of->of[c].z > EVIDENCE_ODD &&
            (loudest < 0 || of->of[c].z > of->of[loudest].z))
            loudest = c;
    return loudest;
}

static bool bad(int signal)
{
    return tend_metric_row(panel_kind(signal))->bad != TEND_BAD_NEITHER;
}

int64_t evidence_onset(const panel *p, int64_t first, int64_t last, double *gain, double *scratch,
                       int64_t *column)
{
    int count = 0, found;

    for (int i = 0; i < SIGNALS; i++)
        // load follows the day, and its change is not the incident's
        for (int v = 0; v < p->S && p->signal[i] >= 0 && bad(i); v++)
            column[count++] = panel_cell(p, v, i);
    for (int e = 0; e < p->E && p->edges_at >= 0; e++)
        column[count++] = p->edges_at + 3 * e;
    const robust_rows rows = {p->row, p->width, p->rows, count, column};
    found = robust_split(&rows, (int)(first - p->first), (int)(last - p->first), gain, scratch);
    return found < 0 ? -1 : p->first + found;
}

typedef struct look {
    evidence *x;
    const panel *p;
    const evidence_params *by;
} look;

// What a change must exceed to be worth a sigma.
static double floor_of(const look *l, int signal, const robust_level *level)
{
    double caution = level->count > 0 ? 1 + l->by->caution / level->count : 1;
    double whole = signal == SIGNAL_ERRORS     ? l->by->floor_errors
                   : signal == SIGNAL_RESTARTS ? l->by->floor_restarts
                   : l->p->share[signal]       ? l->by->floor_share
                                               : 0;
    // a share is floored in parts of the whole: of 90 % cpu a tenth is much
    double part = whole > 0 ? 0 : l->by->floor_relative * fabs(level->centre);
    double floor = caution * (part > whole ? part : whole);
    return floor > 1e-12 ? floor : 1e-12; // of a series of zeros
}

typedef struct deviation {
    double z, before, excess;
} deviation;

// From all rows before or from the last of them, whichever is closer.
static deviation deviate(const look *l, int64_t cell, int signal)
{
    const evidence *x = l->x;
    const robust_level *past = &levels(x, x->past_at)[cell], *now = &levels(x, x->now_at)[cell];
    const robust_level *local = &levels(x, x->local_at)[cell];
    deviation d = {0, past->centre, 0};

    if (past->count == 0 || now->count == 0)
        return d;
    d.z = robust_shift(past, now, floor_of(l, signal, past));
    const robust_level *from = past;
    if (local->count >= 3) {
        double z = robust_shift(local, now, floor_of(l, signal, local));
        if (fabs(z) < fabs(d.z)) {
            d.z = z * d.z < 0 ? 0 : z;
            from = local;
        }
    }
    d.before = from->centre;
    d.excess = d.z > 0 ? now->high - from->high : d.z < 0 ? now->low - from->low : 0;
    return d;
}

static void note(channel_evidence *at, const look *l, int64_t cell, int signal)
{
    const robust_level *now = &levels(l->x, l->x->now_at)[cell];
    deviation d = deviate(l, cell, signal);

    at->before = d.before;
    // processes die now and then, and not in most rows
    at->now = signal == SIGNAL_RESTARTS ? now->high : now->centre;
    at->excess = d.excess;
    // of what is neither good nor bad more of it
    at->z = panel_worse(signal) * d.z;
    at->e = robust_evidence(at->z);
}

// Factor by which its requests grew; half a request per row keeps idle services near 1.
static double growth(const channel_evidence *requests, double per_row)
{
    double half = per_row > 0 ? 0.5 / per_row : 0.5;
    double ratio = (requests->now + half) / (requests->before + half);

    return isnan(ratio) || ratio <= 0 ? 1 : ratio;
}

// What more requests burn is no theft: the cpu is held against its level times their growth.
static void unload(channel_evidence *cpu, double grown)
{
    if (cpu->z <= 0 || grown <= 1)
        return;
    double explained = (grown - 1) * cpu->before, left = cpu->excess - explained;
    cpu->z = left > 0 ? cpu->z * left / cpu->excess : 0;
    cpu->excess = left > 0 ? left : 0;
    cpu->e = robust_evidence(cpu->z);
}

static bool odd(const look *l, int v, const double *row)
{
    const robust_level *past = levels(l->x, l->x->past_at);

    for (int s = 0; s < SIGNALS; s++) {
        int64_t cell = panel_cell(l->p, v, s);
        if (cell < 0 || !bad(s) || past[cell].count == 0)
            continue;
        double floor = floor_of(l, s, &past[cell]), worse = panel_worse(s);
        double scale = worse > 0 ? past[cell].up : past[cell].down;
        double off = l->by->off_sigmas * (scale > floor ? scale : floor);
        if (worse * (row[cell] - past[cell].centre) > off)
            return true;
    }
    return false;
}

// Row from which a service stands out in a metric that can be bad, two rows in a row; -1: none.
static int64_t first_odd(const look *l, int v, int64_t end)
{
    const panel *p = l->p;
    int64_t i = l->x->onset - 3 < p->first ? p->first : l->x->onset - 3;
    int run = 0;

    for (; i < end; i++) {
        run = odd(l, v, p->row + (i - p->first) * p->width) ? run + 1 : 0;
        if (run == 2)
            return i - 1;
    }
    return run ? end - 1 : -1;
}

// Replicas lost, as a share; the evidence is that of three sigmas for each tenth.
static void measure_ready(channel_evidence *at, const evidence *x, int64_t cell)
{
    const robust_level *past = &levels(x, x->past_at)[cell], *now = &levels(x, x->now_at)[cell];

    at->before = past->centre;
    at->now = now->count ? now->low : (double)NAN;
    double lost = past->count && now->count && past->centre > 0 ? 1 - now->low / past->centre : 0;
    at->excess = lost > 0 ? lost : 0;
    at->z = 30 * at->excess;
    at->e = robust_evidence(at->z);
}

// Of a service that does not tell its latency what the calls to it show: at its own end, or else at
// the client's.
static void borrow_latency(const look *l, int v, channel_evidence *at)
{
    const panel *p = l->p;

    for (int end = 1; end >= 0 && isnan(at->now); end--)
        for (int e = 0; e < p->E && isnan(at->now); e++) {
            int64_t cell = p->edges_at + 3 * e + end;
            if (p->edge[e].callee == v && levels(l->x, l->x->past_at)[cell].count > 0)
                note(at, l, cell, SIGNAL_LATENCY);
        }
}

static void measure_service(const look *l, int v, int64_t end)
{
    evidence *x = l->x;
    const panel *p = l->p;
    service_evidence *of = &services(x)[v];
    int64_t first = of->first; // kept once known: the rows that told it leave the ring

    memset(of, 0, sizeof *of);
    of->edge = -1;
    for (int c = 0; c < CHANNELS; c++) {
        of->of[c].before = of->of[c].now = (double)NAN;
        int64_t cell = channels[c].signal < 0 ? -1 : panel_cell(p, v, channels[c].signal);
        if (cell >= 0 && levels(x, x->past_at)[cell].count > 0)
            note(&of->of[c], l, cell, channels[c].signal);
    }
    if (p->edges_at >= 0)
        borrow_latency(l, v, &of->of[CHANNEL_LATENCY]);
    of->growth = growth(&of->of[CHANNEL_REQUESTS], p->per_row);
    if (panel_cell(p, v, SIGNAL_CPU) >= 0)
        unload(&of->of[CHANNEL_CPU], of->growth);
    if (p->ready_at >= 0)
        measure_ready(&of->of[CHANNEL_READY], x, p->ready_at + v);
    of->first = x->onset - 3 < p->first && first >= 0 ? first : first_odd(l, v, end);
    of->deploy_lag = (double)NAN;
    if (p->deploy_age)
        of->deploy_lag = p->deploy_age[v] - (double)(p->first + p->rows - 1 - x->onset);
    // the onset is known to 3 rows
    if (of->deploy_lag >= -3 && of->deploy_lag <= EVIDENCE_DEPLOY_BEFORE)
        // 1 at the onset, 1/2 at the end of the span
        of->deployed = 1 - fabs(of->deploy_lag) / (2 * EVIDENCE_DEPLOY_BEFORE);
}

// rows of the incident's own time that tell where a level stood by then; fewer are a spike, or the
// incident itself when its onset is told late; larger believes less in what drifted before
enum { OWN_LEAST = 2 };

// Usual rows may be of another day. Where those of the incident's own stand apart from them, all on
// one side, the level is that of the other rows moved to where they stand.
static void move(const robust_level *before, const robust_level *own, double relative,
                 robust_level *to)
{
    double by = own->centre - before->centre;
    double apart = by > 0 ? own->low - before->centre : before->centre - own->high;
    double usual = fmax(fmax(before->up, before->down), relative * fabs(before->centre));

    if (before->count == 0 || own->count < OWN_LEAST || !(apart >= EVIDENCE_ODD * usual))
        return;
    *to = *before;
    to->centre += by;
    to->low += by;
    to->high += by;
}

// Puts the local levels of columns, and of the load all share, where the `own` rows before `rows`
// are.
static void learn_own(evidence *x, const panel *p, const evidence_params *by, int rows, int own)
{
    const robust_level *past = levels(x, x->past_at);
    robust_level before, now;

    for (int64_t cell = 0; cell < p->width; cell++) {
        const double *column = p->row + cell;
        robust_levels(column + (rows - own) * p->width, p->width, own, 1, &now);
        if (past[cell].count == 0 || now.count < OWN_LEAST || now.centre == past[cell].centre)
            continue;
        robust_levels(column, p->width, rows - own, 1, &before);
        move(&before, &now, by->floor_relative, &levels(x, x->local_at)[cell]);
    }
    path_common(p, past, 0, rows - own, scratch(x), &before);
    path_common(p, past, rows - own, rows, scratch(x), &now);
    move(&before, &now, by->floor_relative, &x->common[1]);
}

void evidence_learn(evidence *x, const panel *p, const evidence_params *by, int64_t onset)
{
    int rows = (int)(onset - p->first), local = (int)by->local_rows;
    local = rows < local ? rows : local;

    x->onset = onset;
    robust_levels(p->row, p->width, rows, p->width, levels(x, x->past_at));
    robust_levels(p->row + (rows - local) * p->width, p->width, local, p->width,
                  levels(x, x->local_at));
    flow_rates(p, levels(x, x->past_at), rows, (double *)(void *)((char *)x + x->rate_at));
    path_common(p, levels(x, x->past_at), 0, rows, scratch(x), &x->common[0]);
    path_common(p, levels(x, x->past_at), rows - local, rows, scratch(x), &x->common[1]);
    int64_t own = onset - p->fresh;
    if (p->fresh > 0 && own >= OWN_LEAST && own < local)
        learn_own(x, p, by, rows, (int)own);
    for (int v = 0; v < p->S; v++)
        services(x)[v].first = -1;
}

void evidence_measure(evidence *x, const panel *p, const evidence_params *by, int64_t from,
                      int64_t end)
{
    const look l = {x, p, by};
    from = from < p->first ? p->first : from;
    const flow_levels at = {.past = levels(x, x->past_at),
                            .local = levels(x, x->local_at),
                            .now = levels(x, x->now_at),
                            .rate = (const double *)(const void *)((const char *)x + x->rate_at),
                            .by = by,
                            .common = x->common,
                            .scratch = scratch(x),
                            .from = (int)(from - p->first),
                            .end = (int)(end - p->first)};
    robust_levels(p->row + at.from * p->width, p->width, at.end - at.from, p->width,
                  levels(x, x->now_at));
    for (int v = 0; v < p->S; v++)
        measure_service(&l, v, end);
    flow_all(p, &at, services(x), edges(x));
}
