// SPDX-License-Identifier: GPL-3.0-or-later
// figures.h - the yardsticks of an eval, one table for everybody who shows them.
//
// The summary, its gates, the table per fault and `tend compare` read the same rows, so that one
// CSV gives one number. A row says of which episodes it speaks: `of` is NAN for the others.
#ifndef TEND_REPORT_FIGURES_H
#define TEND_REPORT_FIGURES_H

#include "report/result.h"
#include "report/stats.h"

#include <stdbool.h>

typedef enum figure_kind {
    FIGURE_SHARE,    // of is 0 or 1; Wilson interval
    FIGURE_MEAN,     // bootstrap interval
    FIGURE_MEDIAN,   // no interval
    FIGURE_SURVIVAL, // Kaplan-Meier median of times, those without their event censored; band
    FIGURE_RATE,     // per 1000 healthy steps; no interval
    FIGURE_TOTAL
} figure_kind;

typedef enum figure_scope { FIGURE_EVAL, FIGURE_COMPARED, FIGURE_COMPARED_PER_FAULT } figure_scope;

typedef struct figure_row {
    const char *name, *unit, *help;
    figure_kind kind;
    figure_scope scope;
    double (*of)(const result *r, int steps); // one episode of so many steps
    bool (*seen)(const result *r);            // of a time: its event has come; NULL of all others
} figure_row;

enum { FIGURES = 30 }; // rows of the table in figures.c
extern const figure_row figure_table[FIGURES];

typedef struct figure {
    const char *name, *unit, *help; // of its row
    interval value;                 // NAN when it speaks of none of the episodes
} figure;

int figures_row(const char *name); // of the table, which has it

// All of them over rows [count]. Of rows of several systems the intervals of means and shares are
// those of systems drawn anew (stats_mean_by). bounds: with the bootstrap intervals, which take a
// while.
tend_rc figures_make(const result *row, size_t count, int steps, bool bounds,
                     figure figures[FIGURES], tend_err *err);

const figure *figures_find(const figure figures[FIGURES], const char *name); // NULL: none

// A figure held against a bound: "top1>=0.9".
typedef struct gate {
    int figure;   // row of the table
    char sign[3]; // >=, <=, ==, >, <
    double bound;
} gate;

// An unknown name is an error that names the nearest.
tend_rc gate_parse(const char *text, gate *out, tend_err *err);
bool gate_holds(const gate *g, const figure figures[FIGURES]); // NAN holds nothing

#endif
