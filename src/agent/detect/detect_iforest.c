// SPDX-License-Identifier: GPL-3.0-or-later
// detect_iforest.c - is the objective near its breach, or has a service become another?
//
// Three questions, each of what the load does not explain (load.h):
//
// - the door: how near are the users to a breach (door.h);
// - proof: how improbable are the metrics of a service, each held against its own past (series.h);
//   noise of different columns is independent, so what several prove together is the sum;
// - the forest: is the row of a service unlike its rows so far (forest.h)? One isolation forest per
//   service, grown on the first `warmup` rows; after that every `refit_every` rows `refit_trees` of
//   its trees are grown anew on rows screened for contamination, so that what is usual may move
//   and a fault does not become usual. Its score is one more column, held against its past.
//
// A service alone must prove much, the door alone must be near; both together need less of each.
//
// A forest has no scale beyond its training rows: a point far out is cut off no sooner than the
// outermost row. So a few anchors are added to the rows: the usual row with one metric moved out
// by some scales. Cuts then fall into the gap, a point there is isolated the sooner the further out
// it is, and a raw score means the same for every service and hour.
//
// With saturation, refit_every, conditioned, anchors and gate 0 it is the plain recipe: a forest
// fitted once on raw values, its raw score held against `threshold`.
#include "agent/detect/door.h"
#include "agent/detect/features.h"
#include "agent/detect/forest.h"
#include "agent/detect/load.h"
#include "agent/detect/series.h"
#include "agent/plugins.h"
#include "base/hash.h"
#include "base/math.h"

#include <stdbool.h>
#include <string.h>

// Of the logarithm of a forest's score, set on generated systems: prior and least scale, and what
// rows of a healthy service reach. Smaller: noise in a few metrics at once alarms.
#define ODD_SCALE 0.1
#define ODD_FLOOR 0.05
#define ODD_SLACK 0.3
#define ODD_FROM 10 // scores before one means something

typedef struct iforest_params {
    double trees, sample, window, warmup;
    double refit_every, refit_trees;
    double saturation, conditioned;
    double anchors, reach;
    double gate, near, proof, beside, single, slack, rate, prior, forget, settle;
    double screen, mean, threshold;
} iforest_params;

// trees and sample are Liu's, the others were set on the simulated systems. window: larger keeps
// hours that are over, smaller has too few rows for a tree. refit_*: more follows the day faster
// and costs more. anchors, reach: further out a row must be stranger to be called so.
// near, proof, slack: larger misses faint faults, smaller alarms on noise and on what is harmless.
// screen: larger trains on faults, smaller starves the forest of new rows.
static const tend_param table[] = {
    {"trees", offsetof(iforest_params, trees), TEND_INTEGER, 50, 1, 1000,
     "trees per service (Liu et al. 2008)"},
    {"sample", offsetof(iforest_params, sample), TEND_INTEGER, 256, 2, FOREST_SAMPLE_MAX,
     "rows a tree is grown on, at most (Liu et al. 2008)"},
    {"window", offsetof(iforest_params, window), TEND_INTEGER, 118, 8, 10000,
     "rows kept for re-fits"},
    {"warmup", offsetof(iforest_params, warmup), TEND_INTEGER, 40, 2, 1e6,
     "samples before the first fit"},
    {"refit_every", offsetof(iforest_params, refit_every), TEND_INTEGER, 25, 0, 1e6,
     "samples between re-fits, 0: never"},
    {"refit_trees", offsetof(iforest_params, refit_trees), TEND_INTEGER, 5, 0, 1000,
     "trees grown anew"},
    {"saturation", offsetof(iforest_params, saturation), TEND_FLAG, 1, 0, 1,
     "1: with the pool in use"},
    {"conditioned", offsetof(iforest_params, conditioned), TEND_FLAG, 1, 0, 1,
     "1: rows of what the load leaves unexplained, in scales; 0: of raw values"},
    {"anchors", offsetof(iforest_params, anchors), TEND_INTEGER, 2, 0, 16,
     "synthetic rows per metric"},
    {"reach", offsetof(iforest_params, reach), TEND_NUMBER, 6, 0.1, 1000,
     "scales from anchor to anchor"},
    {"gate", offsetof(iforest_params, gate), TEND_FLAG, 1, 0, 1,
     "1: door, proof and forest; 0: the forest's raw score"},
    {"near", offsetof(iforest_params, near), TEND_NUMBER, 1, 0.1, 100,
     "factor on how near the objective's breach is near"},
    {"proof", offsetof(iforest_params, proof), TEND_NUMBER, 7, 0.1, 1000,
     "powers of ten of improbability that a service alone must show"},
    {"beside", offsetof(iforest_params, beside), TEND_NUMBER, 1.4, 1, 1000,
     "nearness to which proof adds: what both need together"},
    {"single", offsetof(iforest_params, single), TEND_NUMBER, 2, 0, 100,
     "powers of ten that one sample proves at most"},
    {"slack", offsetof(iforest_params, slack), TEND_NUMBER, 1, 0, 100,
     "factor on the deviations that harmless life explains"},
    {"rate", offsetof(iforest_params, rate), TEND_NUMBER, 0.03, 1e-4, 1,
     "of the running estimates, per sample"},
    {"prior", offsetof(iforest_params, prior), TEND_NUMBER, 40, 0, 1e6,
     "samples that what is usual of metrics in general counts for"},
    {"forget", offsetof(iforest_params, forget), TEND_NUMBER, 0.05, 0, 1,
     "share of the rate at which a changed metric is learnt"},
    {"settle", offsetof(iforest_params, settle), TEND_INTEGER, 20, 1, 1e6,
     "samples before a service is judged by its past"},
    {"screen", offsetof(iforest_params, screen), TEND_NUMBER, 0.2, 0, 1,
     "rows of services that score above this are not trained on"},
    {"mean", offsetof(iforest_params, mean), TEND_FLAG, 0, 0, 1,
     "1: overall is the mean of the services, 0: the most of them and the door"},
    {"threshold", offsetof(iforest_params, threshold), TEND_NUMBER, 0.5, 0, 1,
     "overall score above which a sample counts for the alarm"},
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

typedef struct unit {        // one service; its training rows and its forest follow
    series metric[FEATURES]; // in the order of the row
    series odd;              // of the forest's score
    double last[FEATURES];   // raw value last seen
    int64_t kept;            // rows ever kept for training
    int64_t next_tree;
} unit;

typedef struct iforest_state {
    feature_columns columns;
    int requests; // column, -1: none
    uint64_t seed;
    int64_t ticks;
    double load, near; // of this tick
    door door;
    // load_reference [S], scratch [S], unit [S], then per service rows
    // [anchors x metrics + window][width] and a forest
} iforest_state;

// What a row is made of. The first five features are in every row, whether the system has their
// columns or not; kinds that joined the vocabulary later only where it has them, so that what is
// found in a system does not depend on words it does not use.
typedef struct shape {
    const iforest_params *p;
    int metrics;
    int feature[FEATURES]; // [metrics]
} shape;

static shape shape_of(const feature_columns *columns, const iforest_params *p)
{
    shape k = {.p = p};
    for (int i = 0; i < FEATURES; i++)
        if (i > FEATURE_SATURATION ? columns->of[i] >= 0
                                   : i < FEATURE_SATURATION || p->saturation > 0)
            k.feature[k.metrics++] = i;
    return k;
}

static int anchor_rows(const shape *k)
{
    return (int)k->p->anchors * k->metrics;
}

// rows a fit may see
static int rows_most(const shape *k)
{
    return anchor_rows(k) + (int)k->p->window;
}

static int sample_rows(const shape *k)
{
    return (int)k->p->sample < rows_most(k) ? (int)k->p->sample : rows_most(k);
}

static size_t rows_size(const shape *k)
{
    return (size_t)rows_most(k) * (size_t)k->metrics * sizeof(double);
}

static size_t service_size(const shape *k)
{
    return sizeof(unit) + rows_size(k) + forest_size((int)k->p->trees, sample_rows(k), k->metrics);
}

// of what all services share
static size_t common_size(const tend_system *system)
{
    return (size_t)system->S * (sizeof(load_reference) + sizeof(double));
}

static size_t state_size(const tend_system *system, const void *params)
{
    const feature_columns columns = features_find(system);
    const shape k = shape_of(&columns, params);
    return sizeof(iforest_state) + common_size(system) + (size_t)system->S * service_size(&k);
}

static load_reference *references_of(iforest_state *state)
{
    return (load_reference *)(void *)(state + 1);
}

static unit *unit_of(const tend_node *me, const shape *k, int service)
{
    unsigned char *first = (unsigned char *)me->state + sizeof(iforest_state);
    return (unit *)(void *)(first + common_size(me->system) + (size_t)service * service_size(k));
}

static double *rows_of(unit *u)
{
    return (double *)(void *)(u + 1);
}

static forest *forest_of(unit *u, const shape *k)
{
    return (forest *)(void *)((unsigned char *)(u + 1) + rows_size(k));
}

static void init(const tend_node *me, uint64_t seed)
{
    iforest_state *state = me->state;
    memset(state, 0, state_size(me->system, me->params));
    state->columns = features_find(me->system);
    state->requests = tend_system_column(me->system, TEND_REQUESTS);
    state->seed = seed;
    const shape k = shape_of(&state->columns, me->params);
    for (int s = 0; s < me->system->S; s++)
        forest_init(forest_of(unit_of(me, &k, s), &k), (int)k.p->trees, sample_rows(&k), k.metrics);
}

// What is known of a kind of metric before anything is seen.
typedef struct habit {
    double offset; // added before the logarithm: below it a metric is as good as nothing
    double scale;  // prior, of the logarithm: spread of recorded columns (tests/realism)
    double least;  // least scale, of the logarithm
    double slope;  // prior, on the load
    double slack;  // of the logarithm: what pauses, jobs and hosts that breach nothing do
    double slow;   // share of the rate: a leak must not become usual while it grows
    bool none;     // 0 is a sample like others
} habit;

static const habit habits[FEATURES] = {
    [FEATURE_LATENCY] = {0.1, 0.1, 0.03, 0.4, 0.3, 1, false},
    [FEATURE_ERRORS] = {0.005, 0.2, 0.03, 0, 0.7, 1, true},
    [FEATURE_CPU] = {0.02, 0.15, 0.03, 0.8, 0.2, 1, false},
    [FEATURE_MEMORY] = {0.02, 0.03, 0.01, 0, 0.05, 0.3, false},
    [FEATURE_SATURATION] = {0.03, 0.1, 0.03, 1, 0.4, 1, true},
    [FEATURE_RESTARTS] = {1, 0.1, 0.03, 0, 0.2, 1, true},
};

// Of a kind that joined the vocabulary later only what its row says.
static habit habit_of(int feature)
{
    if (habits[feature].scale > 0)
        return habits[feature];
    return (habit){feature_table[feature].absolute, 0.1, 0.03, 0, 0.3, 1, true};
}

static series_rule rule_of(const iforest_params *p, const habit *h)
{
    return (series_rule){.rate = p->rate * h->slow,
                         .clip = 3,
                         .prior = p->prior,
                         .scale = h->scale,
                         .floor = h->least,
                         .slope = h->slope,
                         .slack = p->slack * h->slack,
                         .single = p->single};
}

// The usual row with one metric moved out, at distances that double: near and far with a few rows.
static void put_anchors(const shape *k, unit *u)
{
    double *row = rows_of(u);
    for (int i = 0; i < k->metrics; i++) {
        double distance = k->p->reach;
        if (u->metric[i].seen < 1)
            distance = 0; // a column that never spoke: its anchors are usual rows
        for (int n = 0; n < (int)k->p->anchors; n++) {
            memset(row, 0, (size_t)k->metrics * sizeof *row);
            row[i] = distance;
            row += k->metrics;
            distance *= 2;
        }
    }
}

static void keep_row(const shape *k, unit *u, const double *row)
{
    size_t width = (size_t)k->metrics, slot = (size_t)(u->kept++ % (int64_t)k->p->window);
    memcpy(rows_of(u) + ((size_t)anchor_rows(k) + slot) * width, row, width * sizeof *row);
}

static int rows_kept(const shape *k, const unit *u)
{
    return anchor_rows(k) +
           (int)(u->kept < (int64_t)k->p->window ? u->kept : (int64_t)k->p->window);
}

// all trees at the end of the warm-up, later some of them in turn
static void fit(const shape *k, unit *u, int64_t tick, uint64_t seed)
{
    forest *f = forest_of(u, k);
    bool first = f->fitted == 0;
    if (u->kept < 2 ||
        (!first && (k->p->refit_every < 1 || tick % (int64_t)k->p->refit_every != 0)))
        return;
    put_anchors(k, u);
    if (first) {
        forest_fit(f, rows_of(u), rows_kept(k, u), seed);
        return;
    }
    int left = (int)k->p->refit_trees < f->trees ? (int)k->p->refit_trees : f->trees;
    while (left > 0) {
        int at = (int)u->next_tree, count = f->trees - at < left ? f->trees - at : left;
        forest_replace(f, (forest_range){at, count}, rows_of(u), rows_kept(k, u), seed);
        // in turn: every tree has been grown anew after trees / refit_trees of these
        u->next_tree = (at + count) % f->trees;
        left -= count;
    }
}

// Each metric against its past: what they prove together, which one most, and the row.
// From what may be a fault hardly anything is learnt.
static double prove(const iforest_state *state, const shape *k, unit *u, const double *value,
                    double *row, int *metric)
{
    double sum = 0, unusual = 0;
    *metric = -1;
    for (int i = 0; i < k->metrics; i++) {
        int feature = k->feature[i], column = state->columns.of[feature];
        const habit h = habit_of(feature);
        series *one = &u->metric[i];
        const series_rule rule = rule_of(k->p, &h);
        double sample = column < 0 ? (double)NAN : feature_read(value[column]);
        // nothing at all, of what a running service always has some of, was not measured
        bool told = sample > 0 || (h.none && sample == sample);
        double log = told ? math_log(sample + h.offset) : (double)NAN;
        bool proved = one->proof > k->p->single || one->held > k->p->single;
        bool changed = one->seen > k->p->settle && (proved || state->near > 1);
        // a count may be the same again and be news
        double proof =
            series_step(one, &rule, feature == FEATURE_RESTARTS ? 0 : sample,
                        feature_table[feature].sign * log, state->load, changed ? k->p->forget : 1);
        // one power of ten is nothing: there are many columns
        sum += proof > 1 ? proof - 1 : 0;
        // named is the metric that proves most; the residual only separates those without proof
        double weight = one->residual + 100 * proof;
        if (weight > unusual) {
            unusual = weight;
            *metric = column;
        }
        if (sample == sample)
            u->last[i] = feature_table[feature].sign * sample;
        row[i] = k->p->conditioned > 0 ? one->residual : u->last[i];
    }
    return sum;
}

// 0 at 0, 0.5 at 1, towards 1: a share of a level becomes a score.
static double half_at_one(double x)
{
    return x > 0 ? x / (1 + x) : 0;
}

// What the forest adds: its score is a column as others, held against its own past. Metrics that
// are each a little odd, short of any tail, make a row unlike those it was grown on.
static double vouch(const shape *k, unit *u, double raw, double near)
{
    const series_rule rule = {.rate = k->p->rate,
                              .clip = 3,
                              .prior = k->p->prior,
                              .scale = ODD_SCALE,
                              .floor = ODD_FLOOR,
                              .slack = ODD_SLACK * k->p->slack,
                              .single = k->p->single};
    bool changed = u->odd.proof > k->p->single || near > 1;
    double odd = series_step(&u->odd, &rule, raw, math_log(raw), 0, changed ? k->p->forget : 1);
    return u->odd.seen > ODD_FROM && odd > 1 ? odd - 1 : 0;
}

// What is proved of a service, as a share of what must be.
static double judge(const tend_node *me, const shape *k, const tend_obs *obs, int service,
                    double *score, int *metric)
{
    const iforest_params *p = k->p;
    const iforest_state *state = me->state;
    unit *u = unit_of(me, k, service);
    forest *f = forest_of(u, k);
    double row[FEATURES];
    double proved = prove(state, k, u, obs->value + service * me->system->M, row, metric);
    double raw = f->fitted > 0 ? forest_score(f, row) : 0;
    if (p->gate > 0 && f->fitted > 0)
        proved += vouch(k, u, raw, state->near);
    // whoever has no past yet is not judged by it
    double share = state->ticks < (int64_t)p->settle ? 0 : proved / p->proof;
    *score = p->gate > 0 ? half_at_one(share) : raw;
    // a row that looks like a fault must not become usual; until the first fit nothing can tell
    if (f->fitted == 0 ||
        (p->gate > 0 ? *score < p->screen && state->near < 1 : *score < p->threshold))
        keep_row(k, u, row);
    if (state->ticks + 1 >= (int64_t)p->warmup)
        fit(k, u, state->ticks + 1,
            // a seed per tick and service: services that see the same rows still grow different
            // trees
            hash_mix(state->seed + hash_mix((uint64_t)(state->ticks * me->system->S + service))));
    return share;
}

static void detect(const tend_node *me, const tend_obs *obs, double *score, int *metric,
                   double *overall, double *threshold)
{
    const iforest_params *p = me->params;
    const tend_system *system = me->system;
    iforest_state *state = me->state;
    const shape k = shape_of(&state->columns, p);
    const door_rule rule = {p->near, p->settle};
    load_reference *references = references_of(state);
    double sum = 0, most = 0, next = 0, best = 0;
    state->load = load_index(references, system, obs, state->requests, state->load,
                             (double *)(void *)(references + system->S));
    const double near = door_step(&state->door, &rule, system, obs, state->load);
    state->near = near;
    for (int s = 0; s < system->S; s++) {
        double proof = judge(me, &k, obs, s, &score[s], &metric[s]);
        sum += score[s];
        best = score[s] > best ? score[s] : best;
        next = proof > most ? most : proof > next ? proof : next;
        most = proof > most ? proof : most;
    }
    state->ticks++;
    *threshold = p->threshold;
    // the most, unless told: a mean would drown one fault in a large system
    *overall = p->mean > 0 ? sum / system->S : best;
    if (p->gate <= 0 || p->mean > 0)
        return;
    // a fault shows at the door and in two services, at its place and with who waits for it
    double both = (near + p->beside * (most + next)) / p->beside;
    both = near > both ? near : both;
    both = most + next > both ? most + next : both;
    *overall = half_at_one(both);
}

const tend_detector detect_iforest = {
    {"iforest", "nearness to a breach, improbable metrics, one isolation forest per service", table,
     sizeof(iforest_params), state_size, init},
    detect,
};
