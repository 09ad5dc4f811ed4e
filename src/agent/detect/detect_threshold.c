// SPDX-License-Identifier: GPL-3.0-or-later
// detect_threshold.c - static limits, as a pager is usually set up: the objective of the entry
// service, and a fixed limit per kind of metric.
//
// Nothing is learnt, so it works from the first tick and never drifts; it knows neither the hour
// of the day nor what is usual for a service.
#include "agent/detect/features.h"
#include "agent/plugins.h"

typedef struct threshold_params {
    double near;
    double errors, cpu, memory, saturation;
    double threshold;
} threshold_params;

static const tend_param table[] = {
    {"near", offsetof(threshold_params, near), TEND_NUMBER, 0.9, 0.1, 2,
     "share of the objective that alarms"},
    {"errors", offsetof(threshold_params, errors), TEND_NUMBER, 0.04, 1e-6, 1e12,
     "errors that are too many"},
    {"cpu", offsetof(threshold_params, cpu), TEND_NUMBER, 0.97, 1e-6, 1e12,
     "busy share that is too much"},
    {"memory", offsetof(threshold_params, memory), TEND_NUMBER, 0.85, 1e-6, 1e12,
     "memory that is too much"},
    {"saturation", offsetof(threshold_params, saturation), TEND_NUMBER, 0.9, 1e-6, 1e12,
     "pool use that is too much"},
    {"threshold", offsetof(threshold_params, threshold), TEND_NUMBER, 0.5, 0, 1,
     "overall score above which a tick counts for the alarm; a metric at its limit scores 0.5"},
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

static size_t state_size(const tend_system *system, const void *params)
{
    (void)system, (void)params;
    return 0;
}

// 0.5 at the limit, 1 at twice the limit; 0 for a missing value
static double share_of(double sample, double limit)
{
    double value = feature_read(sample);
    return value == value ? (value < 2 * limit ? 0.5 * value / limit : 1) : 0;
}

static void detect(const tend_node *me, const tend_obs *obs, double *score, int *metric,
                   double *overall, double *threshold)
{
    const threshold_params *p = me->params;
    const tend_system *system = me->system;
    const feature_columns columns = features_find(system);
    const double limit[FEATURES] = {0, p->errors, p->cpu, p->memory, p->saturation};
    *overall = 0;
    for (int s = 0; s < system->S; s++) {
        score[s] = 0;
        metric[s] = -1;
        for (int i = FEATURE_ERRORS; i < FEATURES; i++) {
            int column = columns.of[i];
            double share = column < 0 ? 0 : share_of(obs->value[s * system->M + column], limit[i]);
            if (share > score[s]) {
                score[s] = share;
                metric[s] = column;
            }
        }
    }
    // the objective holds for the users, so the entry service answers for it
    double late = share_of(obs->entry_p95_ms, p->near * system->slo.p95_ms);
    double failed = share_of(obs->entry_errors, p->near * system->slo.error_share);
    double worst = late > failed ? late : failed;
    if (worst > score[system->entry]) {
        score[system->entry] = worst;
        metric[system->entry] = columns.of[late > failed ? FEATURE_LATENCY : FEATURE_ERRORS];
    }
    for (int s = 0; s < system->S; s++)
        *overall = score[s] > *overall ? score[s] : *overall;
    *threshold = p->threshold;
}

const tend_detector detect_threshold = {
    {"threshold", "static limits and the objective of the entry service", table,
     sizeof(threshold_params), state_size, NULL},
    detect,
};
