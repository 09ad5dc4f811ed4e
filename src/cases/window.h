// SPDX-License-Identifier: GPL-3.0-or-later
// window.h - a recorded incident as it was read: columns of metrics, a call graph, a symptom.
#ifndef TEND_CASES_WINDOW_H
#define TEND_CASES_WINDOW_H

#include "cases/metric_name.h"

typedef struct window_column {
    const char *name; // "service|metric", "caller>callee|metric"
    int service;      // -1: of an edge, or what users see
    int edge;         // -1: of a service
    metric_role role;
    int statistic;       // metric_name_statistic
    double per_step;     // METRIC_REQUESTS: requests in one row = value x per_step
    const double *value; // [rows], NAN = missing
} window_column;

typedef struct window {
    int S, E, columns, rows;
    const char *const *service; // [S]
    const tend_edge *edges;     // [E]
    const window_column *column;
    int split;               // first abnormal row, -1 = unknown: find it
    int fresh;               // row at which the incident's own file begins, 0 without another
    double step_s;           // seconds from row to row, NAN unknown
    int target_service;      // where the symptom was noticed, -1 = users or unknown
    metric_role target_role; // what was noticed, METRIC_IGNORED = unknown
} window;

#endif
