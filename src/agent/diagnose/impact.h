// SPDX-License-Identifier: GPL-3.0-or-later
// impact.h - the localisation kernel: excess-impact flow over a call graph.
//
// A caller waits for what it calls, so a symptom is seen in every service between its cause and
// the users. impact(v) = excess latency (or errors) of v times its requests is what v's callers
// see; own(v) = impact(v) - sum of its callees' positive impact is what v adds itself. Callers
// cancel out, the cause keeps its share. Deviations are measured in floored robust sigmas (median
// and MAD), so that a constant baseline cannot turn a wobble into an alarm.
// Used on recorded windows (localise.h) and tick by tick (diagnose_impact.c). No memory, no I/O.
#ifndef TEND_AGENT_DIAGNOSE_IMPACT_H
#define TEND_AGENT_DIAGNOSE_IMPACT_H

#include <tend/system.h>

// The level a series keeps while all is well.
typedef struct impact_level {
    double centre; // median
    double spread; // robust sigma: of MAD and of the upper tail the larger
    int count;     // values that were not missing
} impact_level;

// NAN values are skipped; scratch has room for count doubles.
impact_level impact_baseline(const double *value, int count, double *scratch);

// The k-th smallest of n > 0 values (k from 0), which it reorders. Hoare 1961, Algorithm 65.
double impact_select(double *value, int n, int k);
double impact_median(double *value, int n); // mean of the middle two when n is even

// own [S] from impact [S]. through [E] is what calls lose between their two ends (NULL: nothing).
void impact_own(int S, int E, const tend_edge *edges, const double *impact, const double *through,
                double *own);

// z -> evidence: 0 up to `least`, then growing with the logarithm, so that one enormous deviation
// cannot outvote everything else. Uses math_log.
double impact_evidence(double z, double least);

// The row where `columns` series [columns][rows] change their level together: the split of the
// largest summed likelihood gain, each value capped at +-10 robust sigmas. Returns -1 when rows
// are too few. gain [rows] and scratch [rows] are overwritten.
int impact_change_point(const double *const *series, int columns, int rows, double *gain,
                        double *scratch);

#endif
