// SPDX-License-Identifier: GPL-3.0-or-later
// correlate.h - who moves with the symptom at the entry: the classic recipe for root causes.
#ifndef TEND_AGENT_DIAGNOSE_CORRELATE_H
#define TEND_AGENT_DIAGNOSE_CORRELATE_H

#include "agent/diagnose/panel.h"

// score [S], 0..1: anomaly score x the largest correlation (Pearson, over the last `rows` rows) of
// a metric of the service with the entry's latency or errors. The entry is left with the metrics
// that are not the symptom itself; with `self` it keeps its correlation with itself, which is 1.
void correlate(const panel *p, const double *anomaly, int rows, bool self, double *score);

#endif
