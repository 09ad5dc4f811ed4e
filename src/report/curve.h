// SPDX-License-Identifier: GPL-3.0-or-later
// curve.h - learning curves: what a policy does after so many episodes of learning, how far that
// depends on which episodes they were, and whether it is more than chance.
//
// A curve has points (episodes learnt from, the first of them 0) and repeats, each of which learns
// from seeds of its own. At every point of every repeat the policy, frozen, plays the same tests.
// At 0 episodes all repeats are one. The figures are those of figures.h, each over the tests of one
// repeat; a repeat is one sample, however many tests it plays.
#ifndef TEND_REPORT_CURVE_H
#define TEND_REPORT_CURVE_H

#include "base/str.h"
#include "report/figures.h"

#define CURVE_POINTS_MOST 64 // larger: a table nobody reads; more would only cost tests

typedef struct curve {             // curve_open to curve_close
    int learnt[CURVE_POINTS_MOST]; // [points] episodes, increasing from 0
    int points, repeats;
    int tests, steps; // episodes of each point and repeat, and their ticks
    double *figure;   // [points][repeats][FIGURES]
    double *breach;   // [points][repeats][tests] breach steps of each, NAN without a fault
} curve;

// "0,20,40" into learnt and points; 0 comes first even when it is not given. TEND_USAGE names what
// is wrong.
tend_rc curve_parse(const char *text, curve *out, tend_err *err);

// Room for repeats and tests of the points that are there. Close in any case.
tend_rc curve_open(curve *c, tend_err *err);
void curve_close(curve *c);

// What the tests [tests] of a repeat gave at a point; at point 0 it is all repeats'.
tend_rc curve_put(curve *c, int point, int repeat, const result *rows, tend_err *err);

typedef struct curve_spread {     // of a figure over the repeats of which it speaks; NAN: of none
    double mean, sd, least, most; // sd with n - 1, NAN of fewer than two
} curve_spread;

curve_spread curve_spread_of(const curve *c, int point, int row); // of figure_table

// Breach steps of an episode at a point minus those at 0 episodes, paired by test.
typedef struct curve_change {
    interval alone; // 95 % bounds for other learning seeds and other tests (stats_crossed)
    interval all; // the same for all points above 0 together (Bonferroni): what a finding rests on
    int worse;    // repeats with more breach steps than at 0 episodes
} curve_change;

tend_rc curve_change_of(const curve *c, int point, curve_change *out, tend_err *err);

typedef struct curve_table {
    const curve *curve;
    const curve_change *change; // [points]
    const char *policy;
    const char *system, *preset;           // learnt on
    const char *test_system, *test_preset; // tested on
    uint64_t seed0, test_seed0;
    int round;           // episodes of a learning round
    const char *command; // makes it again
    const char *out;     // CSV that was written, NULL for none
} curve_table;

// A row for each repeat and point, repeat by repeat; a figure without a number is an empty cell.
void curve_csv(const curve_table *t, str *out);
void curve_text(const curve_table *t, str *out);
void curve_json(const curve_table *t, str *out);

// What the curve says, in a sentence or two, ended by a blank each.
void curve_finding(const curve_table *t, str *out);

#endif
