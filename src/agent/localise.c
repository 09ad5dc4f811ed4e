// localise.c - signals of a recorded window, weighed into a ranking.
//
// The constants below hold for every set of incidents alike; none depends on a set, a system or a
// name.
#include "agent/localise.h"

#include "agent/impact.h"
#include "base/math.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCORE_LEAST 0.4     // below it nothing stands out
#define FLOOR_RELATIVE 0.10 // of the usual level: smaller changes are not worth a sigma
#define FLOOR_ERRORS 0.01   // share of requests
#define FLOOR_SHARE 0.01    // of full scale, for cpu, memory and saturation
#define LEAK_RATIO 1.85     // memory grown this much explains a busy cpu, not the reverse
#define OFF_TARGET 0.4      // weight of a channel other than the one the symptom was noticed in

// the least z that counts, and the weight of the evidence
static const struct {
    const char *name;
    double least, weight;
} channels[LOCALISE_CHANNELS] = {
    [LOCALISE_LATENCY] = {"latency", 3, 1.0},   [LOCALISE_ERRORS] = {"errors", 3, 1.0},
    [LOCALISE_NETWORK] = {"network", 5, 1.5},   [LOCALISE_CPU] = {"cpu", 5, 1.0},
    [LOCALISE_MEMORY] = {"memory", 5, 0.7},     [LOCALISE_SATURATION] = {"saturation", 5, 0.5},
};

// How a column was before the split and is after it.
typedef struct change {
    impact_level before;
    double after; // median
    double mean;  // excess over the centre, mean of all rows after
    double z;
} change;

typedef struct work {
    const window *w;
    int split;
    double *scratch, *row;     // [rows]
    int (*first)[METRIC_ROLES]; // [S + 1] column that speaks for a role; row S: the users
    int (*end)[2];             // [E] client-side and server-side column
    double *impact, *own;      // [S]
    double *lost;              // [E]
    char *called;              // [S] somebody calls it
    localise_result *result;
} work;

const char *localise_channel_name(localise_channel channel)
{
    return channels[channel].name;
}

static bool better(const window *w, int column, int than)
{
    return than < 0 || w->column[column].statistic < w->column[than].statistic;
}

// One column speaks for each service and role; the others say the same with more noise.
static void choose_columns(work *k)
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

static localise_clue *clue(work *k, int service, localise_channel channel)
{
    return &k->result->clue[service][channel];
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
        change c = measure(k, gap, 0, floor_of(&client.before, 2 * FLOOR_RELATIVE, 1e-12));
        for (int other = 0; other < w->E; other++)
            callers += w->edges[other].callee == callee;
        if (c.z > channels[LOCALISE_NETWORK].least)
            k->lost[e] = flow(k, gap, c.before.centre, series(k, callee, METRIC_REQUESTS)) /
                         callers;
        localise_clue *at = clue(k, callee, LOCALISE_NETWORK);
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
    double scale = fmax(c.before.spread / full,
                        floor_of(&(impact_level){.centre = 1, .count = c.before.count},
                                 FLOOR_ERRORS, 0));
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

    while (entry < w->S - 1 && (k->called[entry] || k->first[entry][METRIC_REQUESTS] < 0))
        entry++;
    for (int s = 0; s < w->S; s++) {
        int column = errors_column(k, s), requests = k->first[s][METRIC_REQUESTS];
        double sign;
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
    return most > 1000 ? 0 : most > 1.5 ? 100 : 1;
}

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

// The channel in which the symptom was noticed counts in full, its rivals less.
static void aim(work *k)
{
    bool failing = k->w->target_role == METRIC_AVAILABILITY || k->w->target_role == METRIC_ERRORS;

    if (k->w->target_role == METRIC_IGNORED)
        return;
    for (int s = 0; s < k->w->S; s++) {
        if (failing) {
            clue(k, s, LOCALISE_LATENCY)->weight *= OFF_TARGET;
            clue(k, s, LOCALISE_NETWORK)->weight *= OFF_TARGET;
        }
    }
}

static int by_score(const void *a, const void *b)
{
    const localise_suspect *x = a, *y = b;

    if (x->score > y->score)
        return -1;
    if (x->score < y->score)
        return 1;
    return x->service - y->service;
}

static void rank(work *k)
{
    localise_result *r = k->result;
    double all = 0;

    for (int s = 0; s < k->w->S; s++) {
        double score = 0;
        for (int channel = 0; channel < LOCALISE_CHANNELS; channel++)
            score += r->clue[s][channel].weight;
        if (score > 0)
            r->suspect[r->suspects++] = (localise_suspect){.service = s, .score = score};
    }
    qsort(r->suspect, (size_t)r->suspects, sizeof *r->suspect, by_score);
    r->detected = r->suspects && r->suspect[0].score >= SCORE_LEAST;
    if (!r->detected)
        r->suspects = 0;
    for (int i = 0; i < r->suspects; i++)
        all += math_exp(r->suspect[i].score - r->suspect[0].score);
    // a narrow lead or a faint signal is worth less than a clear one
    for (int i = 0; i < r->suspects; i++)
        r->suspect[i].confidence = math_exp(r->suspect[i].score - r->suspect[0].score) / all *
                                   (1 - math_exp(-r->suspect[0].score));
}

// The suspects' columns, best suspect first, within one the heaviest clue first.
static void rank_metrics(work *k)
{
    localise_result *r = k->result;

    for (int i = 0; i < r->suspects; i++) {
        localise_clue *of = r->clue[r->suspect[i].service];
        bool done[LOCALISE_CHANNELS] = {false};
        localise_clue *memory = &of[LOCALISE_MEMORY];
        bool leak = memory->weight > 0 && memory->after >= LEAK_RATIO * memory->before;
        for (;;) {
            int best = leak && !done[LOCALISE_MEMORY] ? LOCALISE_MEMORY : -1;
            for (int c = 0; c < LOCALISE_CHANNELS && !(leak && !done[LOCALISE_MEMORY]); c++)
                if (!done[c] && of[c].weight > 0 && (best < 0 || of[c].weight > of[best].weight))
                    best = c;
            if (best < 0)
                break;
            done[best] = true;
            int column = of[best].column;
            if (best == LOCALISE_NETWORK && of[LOCALISE_LATENCY].column >= 0) {
                column = of[LOCALISE_LATENCY].column;
                done[LOCALISE_LATENCY] = true;
            }
            r->metric[r->metrics++] = column;
        }
    }
}

static tend_rc find_split(work *k, tend_err *err)
{
    const window *w = k->w;
    const double **chosen = malloc((size_t)(w->columns + 1) * sizeof *chosen);
    double *gain = malloc((size_t)(w->rows + 1) * sizeof *gain);
    int count = 0;

    if (!chosen || !gain) {
        free(chosen);
        free(gain);
        return tend_fail(err, TEND_NO_MEMORY, "out of memory");
    }
    for (int s = 0; s <= w->S; s++)
        for (int role = METRIC_IGNORED + 1; role < METRIC_ROLES; role++)
            if (role != METRIC_REQUESTS && k->first[s][role] >= 0)
                chosen[count++] = w->column[k->first[s][role]].value;
    k->split = impact_change_point(chosen, count, w->rows, gain, k->scratch);
    free(chosen);
    free(gain);
    return TEND_OK;
}

static tend_rc work_open(const window *w, work *k, tend_err *err)
{
    size_t S = (size_t)w->S, E = (size_t)w->E, columns = (size_t)w->columns;
    localise_result *r = calloc(1, sizeof *r);

    *k = (work){.w = w, .split = w->split, .result = r};
    k->scratch = malloc(((size_t)w->rows + 1) * sizeof *k->scratch);
    k->row = malloc(((size_t)w->rows + 1) * sizeof *k->row);
    k->first = malloc((S + 1) * sizeof *k->first);
    k->end = malloc((E + 1) * sizeof *k->end);
    k->impact = malloc((S + 1) * sizeof *k->impact);
    k->own = malloc((S + 1) * sizeof *k->own);
    k->lost = calloc(E + 1, sizeof *k->lost);
    k->called = calloc(S + 1, 1);
    if (r) {
        r->suspect = calloc(S + 1, sizeof *r->suspect);
        r->clue = calloc(S + 1, sizeof *r->clue);
        r->metric = malloc((columns + S * LOCALISE_CHANNELS + 1) * sizeof *r->metric);
    }
    if (!k->scratch || !k->row || !k->first || !k->end || !k->impact || !k->own || !k->lost || !k->called ||
        !r || !r->suspect || !r->clue || !r->metric)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory");
    for (size_t s = 0; s < S; s++)
        for (int c = 0; c < LOCALISE_CHANNELS; c++)
            r->clue[s][c] = (localise_clue){.column = -1, .edge = -1};
    return TEND_OK;
}

static void work_close(work *k)
{
    free(k->scratch);
    free(k->row);
    free(k->first);
    free(k->end);
    free(k->impact);
    free(k->own);
    free(k->lost);
    free(k->called);
}

tend_rc localise(const window *w, localise_result **out, tend_err *err)
{
    work k;
    tend_rc rc = work_open(w, &k, err);

    *out = NULL;
    if (rc == TEND_OK)
        choose_columns(&k);
    if (rc == TEND_OK && k.split < 0)
        rc = find_split(&k, err);
    if (rc == TEND_OK && k.split > 0 && k.split < w->rows) {
        network(&k);
        latency(&k);
        errors(&k);
        resource(&k, METRIC_CPU, LOCALISE_CPU);
        resource(&k, METRIC_MEMORY, LOCALISE_MEMORY);
        resource(&k, METRIC_SATURATION, LOCALISE_SATURATION);
        aim(&k);
        rank(&k);
        rank_metrics(&k);
    }
    if (rc == TEND_OK) {
        k.result->onset = k.split > 0 && k.split < w->rows ? k.split : -1;
        *out = k.result;
    } else {
        localise_free(k.result);
    }
    work_close(&k);
    return rc;
}

void localise_free(localise_result *result)
{
    if (!result)
        return;
    free(result->suspect);
    free(result->clue);
    free(result->metric);
    free(result);
}
