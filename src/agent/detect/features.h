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

// The sample, or NAN. Inline, as the next two: they are asked for every sample of every tick.
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

// Takes one sample (NAN: a missing one lets cusum fade a little) and returns how many scales it is
// above the location it met, 0 when missing. The scale is at least `floor`, in the sample's unit.
double watch_step(watch *w, const watch_rule *rule, double sample, double floor);

#endif
