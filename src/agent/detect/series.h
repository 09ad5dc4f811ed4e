// SPDX-License-Identifier: GPL-3.0-or-later
// series.h - one metric of one service: what is usual at this load, and how rare what is seen is.
//
// Values are logarithms, for noise of measurement is a factor. Usual is a line on the load index
// (load.h), slope and level running estimates with clipped innovations (Huber 1964); the slope
// starts from what queues do and moves away as far as the load has moved. The residual is counted
// in running scales, and how rare one is follows from peaks over a threshold (Pickands 1975; used
// for streams by Siffer et al. 2017, SPOT): beyond SERIES_FAR scales lies a share of the samples,
// and what they exceed it by is Pareto. Both are learnt per series, from a prior for metrics in
// general, so that a quiet column speaks early and a wild one must shout.
//
// Proof is -log10 of that probability: 3 is one sample in a thousand. One sample alone proves at
// most `single`, whatever it shows; samples before it add as far as successive residuals are not
// alike, for slow noise is one event; and a repeated sample (a scrape that stands) proves nothing.
#ifndef TEND_AGENT_DETECT_SERIES_H
#define TEND_AGENT_DETECT_SERIES_H

#include "agent/detect/features.h"

#define SERIES_FAR 3.0 // scales beyond which the tail begins; larger: too few peaks to learn from

typedef struct series {
    double location, load; // running means of value and index
    double var, cov;       // of the index, and of both, about them
    double scale;          // of the residual
    double often, excess;  // share of residuals in the tail; mean scales they lie beyond its start
    double along, power;   // mean product of successive residuals, mean square
    double peak;           // highest of the present run in the tail, 0: none
    double held;           // proof of the samples before
    double seen;           // samples learnt from, up to 1e6
    double last;           // sample as it came: the same again is a repeated one
    double residual;       // newest, in scales, higher is worse
    double proof, before;  // of the newest sample, and of the one before it
} series;

typedef struct series_rule {
    double rate;   // of the running estimates, per sample
    double clip;   // innovations are clipped to this many scales
    double prior;  // samples that the prior scale and tail count for
    double scale;  // prior scale of a logarithm
    double floor;  // least scale
    double slope;  // prior, of the logarithm on the index
    double slack;  // of a logarithm: what harmless life explains
    double single; // most that one sample proves
} series_rule;

// Takes a sample, NAN for a missing one, and its value (logarithm, higher is worse), at a share of
// the usual rate of learning. Returns the proof.
double series_step(series *s, const series_rule *rule, double sample, double value, double load,
                   double share);

#endif
