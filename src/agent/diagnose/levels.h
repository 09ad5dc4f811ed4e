// SPDX-License-Identifier: GPL-3.0-or-later
// levels.h - the usual level of every column of a window, several columns side by side.
//
// An incident begins with two medians of each cell of a row. Taken one by one they cost more than
// all the rest of its first tick, most of it in branches that cannot be foreseen.
#ifndef TEND_AGENT_DIAGNOSE_LEVELS_H
#define TEND_AGENT_DIAGNOSE_LEVELS_H

#include <stdint.h>

enum { LEVELS_ROWS_MAX = 32 };

typedef struct level {
    double centre; // median, in the unit of the column; NAN without a value
    double scale;  // 1.4826 x median absolute deviation, a normal's sigma; 0 without a value
} level;

// Of `rows` <= LEVELS_ROWS_MAX rows of `width` cells, `stride` cells from one to the next. A NAN
// is left out; all other cells are finite. to [width]
void levels_take(const double *from, int64_t stride, int rows, int64_t width, level *to);

#endif
