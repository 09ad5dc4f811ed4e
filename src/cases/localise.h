// SPDX-License-Identifier: GPL-3.0-or-later
// localise.h - where did a recorded incident start? Ranks the services of one window of metrics.
//
// The window holds a stretch of normal rows and a stretch of abnormal ones, with the call graph
// where it is known. These channels are weighed: own excess latency and own errors (impact.h), what
// calls lose between their two ends (network), cpu, memory, saturation and restarts. The result is
// a ranking with its evidence, or none when nothing stands out.
// Not part of the tick flow: localise allocates what it needs and gives it back.
#ifndef TEND_CASES_LOCALISE_H
#define TEND_CASES_LOCALISE_H

#include "cases/metric_name.h"

#include <stdbool.h>
#include <tend/system.h>

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
    int target_service;      // where the symptom was noticed, -1 = users or unknown
    metric_role target_role; // what was noticed, METRIC_IGNORED = unknown
} window;

typedef enum localise_channel {
    LOCALISE_LATENCY,
    LOCALISE_ERRORS,
    LOCALISE_NETWORK,
    LOCALISE_CPU,
    LOCALISE_MEMORY,
    LOCALISE_SATURATION,
    LOCALISE_RESTARTS,
    LOCALISE_CHANNELS
} localise_channel;

// What one channel says of one service.
typedef struct localise_clue {
    int column;           // that shows it, -1 for none
    int edge;             // network: the call that loses time, else -1
    double before, after; // level of the column; network: client minus server latency
    double z;             // robust sigmas
    double own, seen;     // latency, errors: impact without and with callees
    double weight;        // contribution to the score
} localise_clue;

typedef struct localise_suspect {
    int service;
    double score;
    double confidence; // 0..1, over all suspects at most 1
} localise_suspect;

typedef struct localise_result {
    bool detected; // false: nothing stands out, no suspects
    int onset;     // first abnormal row, given or found, -1 when neither
    int suspects;
    localise_suspect *suspect;                // [S] best first
    localise_clue (*clue)[LOCALISE_CHANNELS]; // [S]
    int metrics;
    int *metric; // [columns] column indices, the most telling first
} localise_result;

// The caller frees *out with localise_free.
tend_rc localise(const window *w, localise_result **out, tend_err *err);
void localise_free(localise_result *result); // NULL is fine

const char *localise_channel_name(localise_channel channel);

#endif
