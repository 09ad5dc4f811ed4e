// SPDX-License-Identifier: GPL-3.0-or-later
// detect_threshold.c - static limits, as a pager is usually set up: the objective of the entry
// service, and a fixed limit per kind of metric.
//
// Nothing is learnt, so it works from the first tick and never drifts; it knows neither the hour
// of the day nor what is usual for a service.
#include "agent/detect/features.h"
#include "agent/plugins.h"

#include <string.h>

#define FIELD_LIMIT(parameter, initial, help) double parameter;
#define FIELD_NO_LIMIT
#define FIELD(e, name, unit, column, usual, bad, watched, baseline, limit, ...) FIELD_##limit

typedef struct threshold_params {
    double near;
    TEND_METRIC_TABLE(FIELD) // errors, cpu, ...: of the kinds with a limit in words.h
    double threshold;
} threshold_params;

// it takes #parameter for a directive
// clang-format off
#define ENTRY_LIMIT(parameter, initial, help)                                                      \
    {#parameter, offsetof(threshold_params, parameter), TEND_NUMBER, initial, 1e-6, 1e12, help},
// clang-format on
#define ENTRY_NO_LIMIT
#define ENTRY(e, name, unit, column, usual, bad, watched, baseline, limit, ...) ENTRY_##limit

// The limits are those of words.h. near: larger alarms when the users have noticed, smaller while
// all is well.
static const tend_param table[] = {
    {"near", offsetof(threshold_params, near), TEND_NUMBER, 0.9, 0.1, 2,
     "share of the objective that alarms"},
    TEND_METRIC_TABLE(ENTRY){"threshold", offsetof(threshold_params, threshold), TEND_NUMBER, 0.5,
                             0, 1,
                             "overall score above which a tick counts for the alarm; a metric at "
                             "its limit scores 0.5"},
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

#define AT_LIMIT(parameter, initial, help) offsetof(threshold_params, parameter)
#define AT_NO_LIMIT 0
#define AT(e, name, unit, column, usual, bad, watched, baseline, limit, ...)                       \
    [TEND_##e] = AT_##limit,

// the limit of a kind, 0 without one
static double limit_of(const threshold_params *p, tend_metric_kind kind)
{
    static const size_t at[TEND_METRIC_KINDS] = {TEND_METRIC_TABLE(AT)};
    double limit = 0;
    if (at[kind] > 0) // `near` stands at 0, so no limit does
        memcpy(&limit, (const char *)p + at[kind], sizeof limit);
    return limit;
}

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

// the same of what is bad when low: 1 at half the limit
static double share_below(double sample, double limit)
{
    double value = feature_read(sample);
    return value == value ? (value > 0.5 * limit ? 0.5 * limit / value : 1) : 0;
}

static void detect(const tend_node *me, const tend_obs *obs, double *score, int *metric,
                   double *overall, double *threshold)
{
    const threshold_params *p = me->params;
    const tend_system *system = me->system;
    const feature_columns columns = features_find(system);
    double limit[FEATURES];
    for (int i = 0; i < FEATURES; i++)
        limit[i] = limit_of(p, feature_table[i].kind);
    *overall = 0;
    for (int s = 0; s < system->S; s++) {
        score[s] = 0;
        metric[s] = -1;
        for (int i = 0; i < FEATURES; i++) {
            int column = columns.of[i];
            if (column < 0 || limit[i] <= 0)
                continue;
            // what has no limit in words.h (latency) is judged by the objective below
            bool low = tend_metric_row(feature_table[i].kind)->bad == TEND_BAD_LOW;
            double share =
                (low ? share_below : share_of)(obs->value[s * system->M + column], limit[i]);
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
        // the objective outranks the entry's own limits only where it is the worse of the two
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
