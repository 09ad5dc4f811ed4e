// SPDX-License-Identifier: GPL-3.0-or-later
// case_read.h - a recorded incident: case.json, its metrics and its call graph -> a window.
//
// Keys of case.json: case_keys, case_target_keys and docs/formats.md; paths are relative to it.
// Metrics are named `service|metric`, of a call `caller>callee|metric`; `SLI|metric` is what users
// see and never a suspect. onset_row is the first abnormal row of the abnormal file; null = find
// it. A column the normal file lacks counts as missing there.
#ifndef TEND_EDGE_CASE_READ_H
#define TEND_EDGE_CASE_READ_H

#include "cases/window.h"
#include "core/key.h"
#include "edge/csv_table.h"

// The normal file last read: many cases of a set share one.
typedef struct case_cache { // start with {0}; free with case_cache_free
    char *path;
    csv_table *table;
} case_cache;

void case_cache_free(case_cache *cache);

typedef struct incident {
    char *name, *dataset;
    double step_s;   // NAN when not given
    int normal_rows; // rows of the window that come from the normal file
    window window;
    // what the window's pointers lead to
    const char **service; // [S]
    tend_edge *edges;     // [E]
    window_column *column;
    double *value; // [columns][rows]
    csv_table *abnormal;
    csv_calls *calls;
    char *names; // of services that appear in edge columns
} incident;

// Tables ended by a NULL name.
const key_row *case_keys(void);
const key_row *case_target_keys(void);

// path: a directory that holds case.json, or the JSON file itself.
tend_rc case_read(const char *path, case_cache *cache, incident **out, tend_err *err);
// With a list for faults.
tend_rc case_read_all(const char *path, case_cache *cache, err_list *all, incident **out,
                      tend_err *err);
void case_free(incident *c); // NULL is fine

#endif
