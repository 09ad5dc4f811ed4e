// SPDX-License-Identifier: GPL-3.0-or-later
// detect_robust_z.c - how many robust sigmas each metric is above what is usual, summed by a capped
// CUSUM: cheap, and quick to see a change, at the price of looking at one metric at a time.
//
// Location and scale are running Huber estimates (features.h) in place of a window's median and
// MAD: the same robustness for a constant cost per sample. A metric that has changed is learnt
// slowly (`forget`), so that a lasting new level becomes usual in the end but a fault does not.
#include "agent/detect/features.h"
#include "agent/plugins.h"

#include <string.h>

typedef struct z_params {
    watch_rule rule;
    double floor;
    double threshold;
} z_params;

// Set on the simulated systems. rate, forget: larger takes a slow fault for usual, smaller alarms
// at the daily wave. drift, level, floor: larger misses faint faults, smaller alarms on noise. cap:
// a little above level, so that one wild sample counts for one tick; larger, and it outlives that.
static const tend_param table[] = {
    {"rate", offsetof(z_params, rule.rate), TEND_NUMBER, 0.03, 1e-4, 1,
     "share of a sample that is learnt"},
    {"clip", offsetof(z_params, rule.clip), TEND_NUMBER, 2.5, 0.5, 100,
     "scales an innovation is clipped to"},
    {"drift", offsetof(z_params, rule.drift), TEND_NUMBER, 2, 0, 100,
     "scales allowed before the sum grows"},
    {"cap", offsetof(z_params, rule.cap), TEND_NUMBER, 7, 0.1, 1000,
     "most one sample adds to the sum"},
    {"level", offsetof(z_params, rule.level), TEND_NUMBER, 6, 0.1, 1000,
     "sum that counts as a change"},
    {"warmup", offsetof(z_params, rule.settled), TEND_INTEGER, 30, 2, 1e6,
     "samples before the test starts"},
    {"forget", offsetof(z_params, rule.forget), TEND_NUMBER, 0.05, 0, 1,
     "rate of learning a changed metric"},
    {"floor", offsetof(z_params, floor), TEND_NUMBER, 1, 1e-3, 1000,
     "factor on the least scale per metric"},
    {"threshold", offsetof(z_params, threshold), TEND_NUMBER, 0.5, 0, 1,
     "overall score above which a tick counts for the alarm; a sum at its level scores 0.5"},
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

typedef struct z_state {
    feature_columns columns;
    int pad;
    watch series[]; // [S][FEATURES]
} z_state;

static size_t state_size(const tend_system *system, const void *params)
{
    (void)params;
    return sizeof(z_state) + (size_t)system->S * FEATURES * sizeof(watch);
}

static void init(const tend_node *me, uint64_t seed)
{
    (void)seed;
    z_state *state = me->state;
    memset(state, 0, state_size(me->system, me->params));
    state->columns = features_find(me->system);
}

static void detect(const tend_node *me, const tend_obs *obs, double *score, int *metric,
                   double *overall, double *threshold)
{
    const z_params *p = me->params;
    z_state *state = me->state;
    // copies: the compiler must take it that a series may lie over what it is held against
    const watch_rule rule = p->rule;
    const feature_columns columns = state->columns;
    const double floor = p->floor;
    *overall = 0;
    for (int s = 0; s < me->system->S; s++) {
        watch *series = state->series + (size_t)s * FEATURES;
        const double *value = obs->value + s * me->system->M;
        double most = 0;
        int loudest = -1;
        for (int i = 0; i < FEATURES; i++) {
            int column = columns.of[i];
            if (column < 0)
                continue;
            watch_step(&series[i], &rule, feature_sample(i, value[column]),
                       feature_floor(i, series[i].location, floor));
            if (series[i].cusum > most) {
                most = series[i].cusum;
                loudest = column;
            }
        }
        metric[s] = loudest;
        // saturates: half at the level, towards 1 far above, so scores of all detectors compare
        score[s] = most / (most + rule.level);
        // the worst service decides: a mean would drown one fault in a large system
        *overall = score[s] > *overall ? score[s] : *overall;
    }
    *threshold = p->threshold;
}

const tend_detector detect_robust_z = {
    {"robust_z", "robust deviations and a capped change point test per metric", table,
     sizeof(z_params), state_size, init},
    detect,
};
