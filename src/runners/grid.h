// SPDX-License-Identifier: GPL-3.0-or-later
// grid.h - parameters and the values they are to take, and every combination of them.
//
// One word names an axis: PATH=VALUES, where VALUES are parted by commas, each a value or a range
// FROM:TO:STEP with both ends: guard.cooldown=0,8,30, world.noise=1:3:0.5, policy=rules,ucb. The
// values of a range are counted in decimal, so that 0:1:0.1 has the eleven values one would type.
#ifndef TEND_RUNNERS_GRID_H
#define TEND_RUNNERS_GRID_H

#include <stdbool.h>
#include <tend/err.h>

enum {
    GRID_AXES = 9,      // with ten of two values each there are more points than may be
    GRID_POINTS = 1000, // more take days, and nobody reads them
    GRID_PATH = 64,     // bytes with the end; the longest path has half of them
    GRID_VALUE = 48,    // the same of a value: a plug-in's name or a number
};

typedef struct grid_axis {
    char path[GRID_PATH];      // as in --set, or "detector", "diagnoser", "policy"
    char (*value)[GRID_VALUE]; // [count] as it was given, of a range as one would type it
    int count;
} grid_axis;

typedef struct grid { // start with {0}; free with grid_free in any case
    grid_axis axis[GRID_AXES];
    int axes, points;
} grid;

// Adds an axis. TEND_USAGE names the axis: no value, a bad range, a value or path twice, a list of
// the guard (its entries have commas), or more points than may be.
tend_rc grid_add(grid *g, const char *text, tend_err *err);
void grid_free(grid *g);

// The value of an axis at a point: the last axis changes fastest.
const char *grid_value(const grid *g, int point, int axis);

// The path names a plug-in: its values are names, all others' are numbers.
bool grid_is_plugin(const char *path);

#endif
