// SPDX-License-Identifier: GPL-3.0-or-later
// sweep.h - what a grid of parameters did: of every point eval's figures, and compare's change
// against the first point, in words and for machines.
#ifndef TEND_REPORT_SWEEP_H
#define TEND_REPORT_SWEEP_H

#include "report/compare.h"
#include "report/figures.h"

typedef struct sweep_point {
    const char *const *value; // [axes] as text
    const char *command;      // plays this point alone
    figure figures[FIGURES];
    contrast *change; // [changes] over all, against the first point; NULL: that is this one, or
    size_t changes;   // the incidents are others there, as `unpaired` says (else empty)
    tend_err unpaired;
    double *breach; // [episodes] breach steps of each, NAN without a fault
} sweep_point;      // start with {0}; end with sweep_point_free

typedef struct sweep_table {
    const char *const *path; // [axes]; without a point in it a plug-in: values are no numbers
    int axes;
    const sweep_point *point; // [points]
    int points;
    uint64_t seed0;
    int episodes, steps;
    const char *system;  // its name
    const char *command; // plays all of it
    const char *out;     // CSV that was written, NULL for none
} sweep_table;

// Makes a point's figures, with intervals, of its rows; first: the rows of the first point, with
// rows NULL for that point itself. Other incidents are no error.
tend_rc sweep_point_make(sweep_point *p, compare_run rows, compare_run first, int steps,
                         tend_err *err);
void sweep_point_free(sweep_point *p);

typedef struct sweep_best {
    int point;   // the first of the choice with the fewest breach steps
    int choices; // points that differ in more than the world
    int alike;   // other choices that the episodes do not tell apart from it
    bool worlds; // a choice was played in several worlds
} sweep_best;

tend_rc sweep_best_find(const sweep_table *t, sweep_best *out, tend_err *err);

void sweep_text(const sweep_table *t, const sweep_best *best, str *out);
void sweep_json(const sweep_table *t, str *out);

#endif
