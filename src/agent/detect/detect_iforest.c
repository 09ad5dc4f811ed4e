// SPDX-License-Identifier: GPL-3.0-or-later
// detect_iforest.c - one isolation forest per service (forest.h), kept up with the daily wave.
//
// A row of a service: p95 latency (log), errors, cpu, memory, pool in use, and how far each is
// above its own slow average. The forest is fitted on the first `warmup` rows; after that every
// `refit_every` ticks `refit_trees` of its trees are grown anew on rows screened for contamination,
// so that what is usual may move and a fault does not become usual.
//
// A forest has no scale beyond its training rows: a point far out is cut off no sooner than the
// outermost row. So a few anchors are added to the rows: the usual row with one metric moved out
// by some robust scales. Cuts then fall into the gap, a point there is isolated the sooner the
// further out it is, and a raw score means the same for every service and hour. The gate, when
// on, asks that a change point test of a single metric (features.h) confirm: the score is the
// lesser of the two, each 0.5 at its level.
//
// With saturation, refit_every, ewma_features, log_latency, anchors and gate 0 it is the plain
// recipe: a forest fitted once, its raw score held against `threshold`.
#include "agent/detect/features.h"
#include "agent/detect/forest.h"
#include "agent/plugins.h"
#include "base/hash.h"
#include "base/math.h"

#include <stdbool.h>
#include <string.h>

#define WIDTH (2 * FEATURES) // of the widest row: values and their deviations
// Set on the simulated systems. SETTLE larger: slower to confirm; smaller: alarms in the warm-up.
#define SETTLE 30    // samples before a metric's change point test starts
#define ORDINARY 0.3 // forest score of a row in the thick of its like
#define STALE 0.7    // share of its distance from the usual that a missing metric keeps per tick

typedef struct iforest_params {
    double trees, sample, window, warmup;
    double refit_every, refit_trees;
    double saturation, ewma_features, ewma_rate, log_latency;
    double anchors, reach;
    double gate, gate_level, gate_drift, gate_cap, forget, floor;
    double level, screen, mean, threshold;
} iforest_params;

// trees and sample are Liu's, the others were set on the simulated systems. window: larger keeps
// hours that are over, smaller has too few rows for a tree. refit_*: more follows the day faster
// and costs more. anchors, reach: further out a row must be stranger to be called so. level,
// gate_*, floor: larger misses faint faults, smaller alarms on noise. screen: larger trains on
// faults, smaller starves the forest of new rows.
static const tend_param table[] = {
    {"trees", offsetof(iforest_params, trees), TEND_INTEGER, 100, 1, 1000,
     "trees per service (Liu et al. 2008)"},
    {"sample", offsetof(iforest_params, sample), TEND_INTEGER, 256, 2, FOREST_SAMPLE_MAX,
     "rows a tree is grown on, at most (Liu et al. 2008)"},
    {"window", offsetof(iforest_params, window), TEND_INTEGER, 118, 8, 10000,
     "rows kept for re-fits"},
    {"warmup", offsetof(iforest_params, warmup), TEND_SECONDS, 40, 4, 1e6, "before the first fit"},
    {"refit_every", offsetof(iforest_params, refit_every), TEND_SECONDS, 25, 0, 1e6,
     "between re-fits, 0: never"},
    {"refit_trees", offsetof(iforest_params, refit_trees), TEND_INTEGER, 10, 0, 1000,
     "trees grown anew"},
    {"saturation", offsetof(iforest_params, saturation), TEND_FLAG, 1, 0, 1,
     "1: with the pool in use"},
    {"ewma_features", offsetof(iforest_params, ewma_features), TEND_FLAG, 1, 0, 1,
     "1: with deviations from a slow average"},
    {"ewma_rate", offsetof(iforest_params, ewma_rate), TEND_NUMBER, 0.03, 1e-4, 1,
     "rate of the slow average"},
    {"log_latency", offsetof(iforest_params, log_latency), TEND_FLAG, 1, 0, 1,
     "1: logarithm of latency"},
    {"anchors", offsetof(iforest_params, anchors), TEND_INTEGER, 2, 0, 16,
     "synthetic rows per metric"},
    {"reach", offsetof(iforest_params, reach), TEND_NUMBER, 6, 0.1, 1000,
     "scales from anchor to anchor"},
    {"gate", offsetof(iforest_params, gate), TEND_FLAG, 1, 0, 1,
     "1: calibrated and confirmed score"},
    {"gate_level", offsetof(iforest_params, gate_level), TEND_NUMBER, 6, 0.1, 1000,
     "sum that confirms"},
    {"gate_drift", offsetof(iforest_params, gate_drift), TEND_NUMBER, 1.5, 0, 100,
     "scales that are usual"},
    {"gate_cap", offsetof(iforest_params, gate_cap), TEND_NUMBER, 7, 0.1, 1000,
     "most one sample adds"},
    {"forget", offsetof(iforest_params, forget), TEND_NUMBER, 0.05, 0, 1,
     "rate of learning a changed metric"},
    {"floor", offsetof(iforest_params, floor), TEND_NUMBER, 1, 1e-3, 1000,
     "factor on the least scales"},
    {"level", offsetof(iforest_params, level), TEND_NUMBER, 0.44, 0.31, 1,
     "forest score that counts as unusual, with the gate"},
    {"screen", offsetof(iforest_params, screen), TEND_NUMBER, 0.35, 0, 1,
     "rows of services that score above this are not trained on"},
    {"mean", offsetof(iforest_params, mean), TEND_FLAG, 0, 0, 1,
     "1: overall is the mean, 0: the most"},
    {"threshold", offsetof(iforest_params, threshold), TEND_NUMBER, 0.5, 0, 1,
     "overall score above which a sample counts for the alarm"},
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

typedef struct unit {       // one service; its training rows and its forest follow
    watch metric[FEATURES]; // as in the row: latency may be a logarithm
    double last[FEATURES];  // value last seen, fading to the usual one while it is missing
    watch score;            // of the raw forest score
    int64_t kept;           // rows ever kept for training
    int64_t next_tree;
} unit;

typedef struct iforest_state {
    feature_columns columns;
    int pad;
    uint64_t seed;
    int64_t ticks;
    // unit [S], then per service rows [anchors x metrics + window][width] and a forest
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

static int row_width(const shape *k)
{
    return k->p->ewma_features > 0 ? 2 * k->metrics : k->metrics;
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
    return (size_t)rows_most(k) * (size_t)row_width(k) * sizeof(double);
}

static size_t service_size(const shape *k)
{
    return sizeof(unit) + rows_size(k) +
           forest_size((int)k->p->trees, sample_rows(k), row_width(k));
}

static size_t state_size(const tend_system *system, const void *params)
{
    const feature_columns columns = features_find(system);
    const shape k = shape_of(&columns, params);
    return sizeof(iforest_state) + (size_t)system->S * service_size(&k);
}

static unit *unit_of(iforest_state *state, const shape *k, int service)
{
    unsigned char *first = (unsigned char *)(state + 1);
    return (unit *)(void *)(first + (size_t)service * service_size(k));
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
    state->seed = seed;
    const shape k = shape_of(&state->columns, me->params);
    for (int s = 0; s < me->system->S; s++)
        forest_init(forest_of(unit_of(state, &k, s), &k), (int)k.p->trees, sample_rows(&k),
                    row_width(&k));
}

// In the unit of the row, where latency may be a logarithm.
static double least_scale(const shape *k, const unit *u, int i)
{
    int feature = k->feature[i];
    if (feature == FEATURE_LATENCY && k->p->log_latency > 0)
        return feature_floor(feature, 1, k->p->floor); // a difference of logarithms is a proportion
    return feature_floor(feature, u->metric[i].location, k->p->floor);
}

// samples [metrics], NAN for missing, and the row with missing values filled in
static void read_row(const shape *k, unit *u, double *sample, double *row)
{
    for (int i = 0; i < k->metrics; i++) {
        // below a nanosecond a logarithm says nothing of a latency but is far out
        if (k->feature[i] == FEATURE_LATENCY && k->p->log_latency > 0 && sample[i] > 1e-6)
            sample[i] = math_log(sample[i]);
        // a gap fades to the usual value: neither a jump to it nor the last reading held for ever
        double usual = u->metric[i].seen > 0 ? u->metric[i].location : 0;
        u->last[i] = sample[i] == sample[i] ? sample[i] : usual + STALE * (u->last[i] - usual);
        row[i] = u->last[i];
        if (k->p->ewma_features > 0)
            row[k->metrics + i] = u->metric[i].seen > 0 ? u->last[i] - usual : 0;
    }
}

// the usual row with one metric moved out, at distances that double
static void put_anchors(const shape *k, unit *u)
{
    int width = row_width(k);
    double *row = rows_of(u);
    for (int i = 0; i < k->metrics; i++) {
        double least = least_scale(k, u, i), scale = u->metric[i].scale;
        double distance = k->p->reach * (scale > least ? scale : least);
        if (u->metric[i].seen < 1)
            distance = 0; // a column that never spoke: its anchors are usual rows
        for (int n = 0; n < (int)k->p->anchors; n++) {
            memset(row, 0, (size_t)width * sizeof *row);
            for (int j = 0; j < k->metrics; j++)
                row[j] = u->metric[j].location;
            row[i] += distance;
            if (k->p->ewma_features > 0)
                row[k->metrics + i] = distance;
            row += width;
            distance *= 2; // doubling covers near and far with a few rows
        }
    }
}

static void keep_row(const shape *k, unit *u, const double *row)
{
    size_t width = (size_t)row_width(k), slot = (size_t)(u->kept++ % (int64_t)k->p->window);
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

// change point test of each metric; the largest sum as a share of its level, and which metric
static double watch_metrics(const shape *k, unit *u, const double *sample, int *most)
{
    // clip 3: the scale follows the noise, not the fault; the rate is that of the row's slow
    // average
    const watch_rule rule = {k->p->ewma_rate,  3,      k->p->gate_drift, k->p->gate_cap,
                             k->p->gate_level, SETTLE, k->p->forget};
    double best = 0, unusual = 0;
    *most = -1;
    for (int i = 0; i < k->metrics; i++) {
        watch *w = &u->metric[i];
        double deviation = watch_step(w, &rule, sample[i], least_scale(k, u, i));
        // named is the metric with the largest sum; the deviation only separates those without one
        double weight = deviation + 10 * w->cusum;
        if (weight > unusual) {
            unusual = weight;
            *most = i;
        }
        best = w->cusum > best ? w->cusum : best;
    }
    return best / k->p->gate_level;
}

// 0 at 0, 0.5 at 1, towards 1: a share of a level becomes a score.
static double half_at_one(double x)
{
    return x > 0 ? x / (1 + x) : 0;
}

// 0..1: the forest's score, confirmed by the gate
static double confirm(const iforest_params *p, double raw, double confirmed)
{
    double unusual = (raw - ORDINARY) / (p->level - ORDINARY);
    return half_at_one(unusual < confirmed ? unusual : confirmed);
}

static double judge(const tend_node *me, const shape *k, const tend_obs *obs, int service,
                    int *metric)
{
    const iforest_params *p = k->p;
    iforest_state *state = me->state;
    unit *u = unit_of(state, k, service);
    double sample[FEATURES], row[WIDTH], score = 0;
    for (int i = 0; i < k->metrics; i++) {
        int column = state->columns.of[k->feature[i]];
        sample[i] = feature_sample(k->feature[i],
                                   column < 0 ? -1 : obs->value[service * me->system->M + column]);
    }
    read_row(k, u, sample, row);
    int most;
    double confirmed = watch_metrics(k, u, sample, &most);
    *metric = most < 0 ? -1 : state->columns.of[k->feature[most]];
    forest *f = forest_of(u, k);
    if (f->fitted > 0) {
        double raw = forest_score(f, row);
        score = p->gate > 0 ? confirm(p, raw, confirmed) : raw;
    }
    // a row that looks like a fault must not become usual; until the first fit nothing can tell
    if (score < (p->gate > 0 ? p->screen : p->threshold) || f->fitted == 0)
        keep_row(k, u, row);
    if (state->ticks + 1 >= (int64_t)p->warmup)
        fit(k, u, state->ticks + 1,
            // a seed per tick and service: services that see the same rows still grow different
            // trees
            hash_mix(state->seed + hash_mix((uint64_t)(state->ticks * me->system->S + service))));
    return score;
}

static void detect(const tend_node *me, const tend_obs *obs, double *score, int *metric,
                   double *overall, double *threshold)
{
    const iforest_params *p = me->params;
    iforest_state *state = me->state;
    const shape k = shape_of(&state->columns, p);
    double most = 0, sum = 0;
    for (int s = 0; s < me->system->S; s++) {
        score[s] = judge(me, &k, obs, s, &metric[s]);
        sum += score[s];
        most = score[s] > most ? score[s] : most;
    }
    state->ticks++;
    // the most, unless told: a mean would drown one fault in a large system
    *overall = p->mean > 0 ? sum / me->system->S : most;
    *threshold = p->threshold;
}

const tend_detector detect_iforest = {
    {"iforest", "one isolation forest per service, re-fitted on a screened sliding window", table,
     sizeof(iforest_params), state_size, init},
    detect,
};
