// SPDX-License-Identifier: GPL-3.0-or-later
// compare.h - two evals of the same seeds, paired: what changed, and is it more than chance?
#ifndef TEND_REPORT_COMPARE_H
#define TEND_REPORT_COMPARE_H

#include "base/str.h"
#include "report/result.h"
#include "report/stats.h"

// One yardstick over one group of pairs.
typedef struct contrast {
    const char *group;    // fault type, or "all"
    const char *measure;  // a figure's name: "slo_steps", "recovered", ... (figures.h)
    size_t pairs;         // seeds of which it speaks in both runs
    size_t differ;        // pairs in which the two differ: they decide it
    double before, after; // means of each run over these pairs, NAN without one
    interval change;      // mean of after - before, bootstrap bounds
    double reference;     // of "gap_closed": breach steps of the best known, mean; else 0
    size_t beaten;        // and pairs in which the oracle's search alone did not find it
} contrast;

// Pairs the rows by seed and contrasts the figures that have a scope beyond eval over all and per
// fault type. Both runs must hold the same seeds with the same incidents; a seed twice or missing
// is an error that names it. What never recovered counts to the end of the episode (`steps`).
// Where one was held against the oracle, "gap_closed" over all is the last of that group: the
// share of what could be won over doing nothing, (noop - policy) / (noop - reference), sums over
// the pairs. The reference of an episode is the best that either run knows of it, oracle_steps or
// its own slo_steps, so that neither is held against a plan the other shows to be poor.
// *out is malloc'ed, the caller frees it.
typedef struct compare_run {
    const result *rows;
    size_t count;
} compare_run;

tend_rc compare_rows(compare_run before, compare_run after, int steps, contrast **out,
                     size_t *count, tend_err *err);
// The same over all only, without the kinds of fault.
tend_rc compare_overall(compare_run before, compare_run after, int steps, contrast **out,
                        size_t *count, tend_err *err);

// How a table shows one of its numbers, four digits at least `room` wide, and the word behind an
// interval: lower, higher, unclear, or nothing where there is none,
// or where fewer than 5 pairs are behind it.
void compare_number(str *out, double value, int room, bool sign);
const char *compare_verdict(const contrast *c);
// The bounds of an interval: the lower one right at `room`, two points, the upper one left in six.
void compare_bounds(str *out, const interval *x, int room, bool sign);

void compare_text(const contrast *rows, size_t count, const char *before, const char *after,
                  str *out);
void compare_json(const contrast *rows, size_t count, str *out);

#endif
