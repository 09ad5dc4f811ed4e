// SPDX-License-Identifier: GPL-3.0-or-later
// features.h - what the detectors look at, and the running picture of what is usual.
//
// Of each service the columns of the kinds that can be bad: FEATURE_LATENCY, FEATURE_ERRORS, ... in
// the order of words.h, turned so that higher is worse. A garbage sample (NAN, infinite, negative,
// beyond 1e12) reads as NAN = missing.
#ifndef TEND_AGENT_DETECT_FEATURES_H
#define TEND_AGENT_DETECT_FEATURES_H

#include <math.h>
#include <tend/frame.h>

#define FEATURE_HIGH(e) FEATURE_##e,
#define FEATURE_LOW(e) FEATURE_##e,
#define FEATURE_NEITHER(e)
#define FEATURE_UNKNOWN(e)
#define FEATURE(e, name, unit, column, usual, bad, ...) FEATURE_##bad(e)
enum { TEND_METRIC_TABLE(FEATURE) FEATURES };

// First column of each kind, -1 where the system has none.
typedef struct feature_columns {
    int of[FEATURES];
} feature_columns;

feature_columns features_find(const tend_system *system);

typedef struct feature_row {
    tend_metric_kind kind;
    double sign; // of a change for the worse
    double absolute, relative;
} feature_row;

extern const feature_row feature_table[FEATURES];

#define FEATURE_MOST 1e12 // in any unit; beyond is garbage that would swamp a mean

// The sample, or NAN. Inline, as all below: they are asked for every sample of every tick.
static inline double feature_read(double sample)
{
    return sample >= 0 && sample <= FEATURE_MOST ? sample : (double)NAN;
}

static inline double feature_sample(int feature, double sample) // the same, higher is worse
{
    return feature_table[feature].sign * feature_read(sample);
}

static inline double feature_floor(int feature, double location, double times) // for watch_step
{
    const feature_row *row = &feature_table[feature];
    return times * (row->absolute + row->relative * fabs(location));
}

// One running series: robust location and scale, and a change point statistic.
//
// Location and scale are exponentially weighted means of innovations clipped to a few scales, a
// recursive Huber estimate (Huber 1964): constant time and memory, and no single sample moves them
// far. cusum is Page's test (Page 1954) for an upward shift whose step is capped, as a likelihood
// ratio with heavy tails is, so that one wild sample cannot raise it to the level of an alarm.
typedef struct watch {
    double location, scale, cusum;
    double seen; // samples learnt from, counted up to 1e6
} watch;

typedef struct watch_rule {
    double rate;    // of location and scale, per sample
    double clip;    // innovations are clipped to this many scales
    double drift;   // scales an ordinary sample may be off before cusum grows
    double cap;     // most that one sample adds to cusum
    double level;   // cusum that counts as a change; its ceiling is 1.5 times this
    double settled; // samples before cusum starts
    double forget;  // share of the rate at which a changed series is learnt
} watch_rule;

#define WATCH_FIRST 6         // samples taken as they are, before clipping makes sense
#define WATCH_FADE 0.9        // of cusum, per missing sample
#define WATCH_TO_SIGMA 1.2533 // sqrt(pi / 2): mean absolute deviation to sigma of a normal

// One step of the recursive estimates, at `share` of the usual rate.
static inline void watch_learn(watch *w, const watch_rule *rule, double share, double innovation,
                               double scale)
{
    double limit = rule->clip * scale;
    if (w->seen >= WATCH_FIRST)
        innovation = innovation > limit ? limit : innovation < -limit ? -limit : innovation;
    if (w->seen < 1e6) // where counting further would change nothing
        w->seen++;
    // a plain mean of the first 1 / rate samples, then exponential: no memory of a wild first one
    double rate = share * (w->seen * rule->rate < 1 ? 1 / w->seen : rule->rate);
    // the first sample has no deviation: it is the location
    if (w->seen > 1)
        w->scale += rate * (WATCH_TO_SIGMA * fabs(innovation) - w->scale);
    w->location += rate * innovation;
}

// Takes one sample (NAN: a missing one lets cusum fade a little) and returns how many scales it is
// above the location it met, 0 when missing. The scale is at least `floor`, in the sample's unit.
static inline double watch_step(watch *w, const watch_rule *rule, double sample, double floor)
{
    double innovation = sample - w->location, scale = w->scale > floor ? w->scale : floor;
    double deviation = 0, share = 1;
    if (sample != sample) {
        // a gap is neither good nor bad news: an alarm fed by it must end, but not at once
        w->cusum *= WATCH_FADE;
        return 0;
    }
    // before the scale is known everything looks unusual
    if (w->seen >= rule->settled) {
        deviation = innovation / scale;
        // a ceiling, or a long incident would leave a sum that takes as long to come down
        double add = deviation - rule->drift, most = 1.5 * rule->level;
        double sum = w->cusum + (add < rule->cap ? add : rule->cap);
        w->cusum = sum < 0 ? 0 : sum < most ? sum : most;
        // from a change, or the makings of one, hardly anything is learnt
        share = w->cusum > 0.5 * rule->level ? rule->forget : 1;
    }
    watch_learn(w, rule, share, innovation, scale);
    return deviation;
}

#endif
