// SPDX-License-Identifier: GPL-3.0-or-later
// source_csv.h - recorded metrics as observations: a tend_source over a metrics table.
//
// Columns `service|metric` and `caller>callee|metric` are matched to the system's services, edges
// and metric columns: by the metric's own name, else by what it measures (cases/metric_name.h).
// Units are brought to the system's: latencies in ms (a name ending in _s, or without a unit, is
// taken for seconds when its first value is below 20), percent to shares, availability to errors; a
// value that is beyond a double's range in that unit is refused like one that was so in the file.
// `service|ready` and `service|deploy_age` are taken when they are there; `SLI|...` is what users
// see. What has no column is NAN in every row: nothing is made up.
// Rows are placed by their times, a step_s apart give or take half of one: a step without a row is
// a tick of which nothing is known. Rows closer than half a step are refused, and files with so
// many steps without a row that another step_s or several recordings are meant.
#ifndef TEND_EDGE_SOURCE_CSV_H
#define TEND_EDGE_SOURCE_CSV_H

#include "edge/csv_table.h"

#include <stdbool.h>
#include <tend/edge.h>

typedef struct csv_source {
    const tend_system *system; // not owned
    const csv_table *table;    // not owned
    int64_t *tick;             // [rows] of each row, the first is 0
    int64_t now;               // tick to be given next
    int row;                   // first row that was not given yet
    struct csv_slot *slot;     // [columns] where each column goes
    double *value, *edge, *ready, *deploy_age;
    double users_latency, users_errors; // of SLI columns in this row, NAN without
    bool *found;                        // [S][M]
    int matched, cells, ignored;        // metric cells found of S x M; columns that mean nothing
    bool sees_latency, sees_errors;     // of the entry or the users: can the SLO be watched?
} csv_source;

// A column of a service the system does not have is an error naming the nearest one. Table and
// system must outlive it.
tend_rc source_csv_open(const csv_table *table, const char *name, const tend_system *system,
                        csv_source **out, tend_err *err);
void source_csv_close(csv_source *source);  // NULL is fine
tend_source source_csv(csv_source *source); // does not own it

int64_t source_csv_ticks(const csv_source *source);             // rows and steps without one
double source_csv_time(const csv_source *source, int64_t tick); // in the file's time

// A system as the header shows it: services, metric kinds, calls from edge columns and, when given,
// from a call graph. entry may be NULL: the service nobody calls that calls most. The SLO is twice
// the median entry latency of the first 60 rows and 5 % errors.
tend_rc source_csv_infer(const csv_table *table, const char *name, const csv_calls *calls,
                         const char *entry, tend_system **out, tend_err *err);

#endif
