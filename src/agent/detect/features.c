// SPDX-License-Identifier: GPL-3.0-or-later
// features.c - clipped running location and scale, capped CUSUM.
#include "agent/detect/features.h"

#include <math.h>

#define FIRST_SAMPLES 6 // taken as they are, before clipping makes sense
#define FADE 0.9        // of cusum, per missing sample
#define TO_SIGMA 1.2533 // sqrt(pi / 2): mean absolute deviation to sigma of a normal

#define FLOOR(absolute, relative) absolute, relative
#define ROW_HIGH(e, ...) {TEND_##e, 1, __VA_ARGS__},
#define ROW_LOW(e, ...) {TEND_##e, -1, __VA_ARGS__},
#define ROW_NEITHER(e, ...)
#define ROW_UNKNOWN(e, ...)
#define ROW(e, name, unit, column, usual, bad, watched, ...) ROW_##bad(e, watched)

const feature_row feature_table[FEATURES] = {TEND_METRIC_TABLE(ROW)};

// Looked up once: a name search per tick would cost more than the statistics.
feature_columns features_find(const tend_system *system)
{
    feature_columns columns;
    for (int i = 0; i < FEATURES; i++)
        columns.of[i] = tend_system_column(system, feature_table[i].kind);
    return columns;
}

// One step of the recursive estimates, at `share` of the usual rate.
static void learn(watch *w, const watch_rule *rule, double share, double sample, double floor)
{
    double scale = w->scale > floor ? w->scale : floor;
    double innovation = sample - w->location;
    double limit = rule->clip * scale;
    if (w->seen >= FIRST_SAMPLES)
        innovation = innovation > limit ? limit : innovation < -limit ? -limit : innovation;
    if (w->seen < 1e6) // where counting further would change nothing
        w->seen++;
    // a plain mean of the first 1 / rate samples, then exponential: no memory of a wild first one
    double rate = share * (w->seen * rule->rate < 1 ? 1 / w->seen : rule->rate);
    // the first sample has no deviation: it is the location
    if (w->seen > 1)
        w->scale += rate * (TO_SIGMA * fabs(innovation) - w->scale);
    w->location += rate * innovation;
}

double watch_step(watch *w, const watch_rule *rule, double sample, double floor)
{
    if (sample != sample) {
        // a gap is neither good nor bad news: an alarm fed by it must end, but not at once
        w->cusum *= FADE;
        return 0;
    }
    // before the scale is known everything looks unusual
    if (w->seen < rule->settled) {
        learn(w, rule, 1, sample, floor);
        return 0;
    }
    double deviation = (sample - w->location) / (w->scale > floor ? w->scale : floor);
    // a ceiling, or a long incident would leave a sum that takes as long to come down
    double add = deviation - rule->drift, most = 1.5 * rule->level;
    double sum = w->cusum + (add < rule->cap ? add : rule->cap);
    w->cusum = sum < 0 ? 0 : sum < most ? sum : most;
    // from a change, or the makings of one, hardly anything is learnt
    learn(w, rule, w->cusum > 0.5 * rule->level ? rule->forget : 1, sample, floor);
    return deviation;
}
