// SPDX-License-Identifier: GPL-3.0-or-later
// features.c - which metrics the detectors look at, and in which columns they are.
#include "agent/detect/features.h"

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
