// SPDX-License-Identifier: GPL-3.0-or-later
// summary.h - what an eval found: figures with intervals, gates, a table per fault, calibration.
#ifndef TEND_REPORT_SUMMARY_H
#define TEND_REPORT_SUMMARY_H

#include "base/str.h"
#include "report/result.h"
#include "report/stats.h"

#include <stdbool.h>

typedef struct summary_options {
    int steps, threads, columns;
    double seconds; // wall time, shown only
    bool colour, utf8;
    const char *out, *json;      // files written, NULL for none; json is written here
    const char *command;         // to reproduce the whole
    const char *episode_options; // to reproduce one episode: " --system shop ..."
    const char *const *gates;    // "top1>=0.9"
    int gate_count;
} summary_options;

// Names, comparison and number of every gate are checked; an unknown name names the nearest.
tend_rc summary_check_gates(const char *const *gates, int count, tend_err *err);

// Prints the summary to stdout (not when quiet), writes options->json, judges the gates:
// TEND_GATE when one does not hold.
tend_rc summary_report(const result *rows, size_t count, const summary_options *options, bool quiet,
                       tend_err *err);

// The figures a gate can name.
typedef struct figure {
    const char *name, *unit, *help;
    interval value;
} figure;

#define SUMMARY_FIGURES 19
// Fills figures over rows [count]; steps = length of an episode, for censoring. bounds: with the
// bootstrap intervals of means, which take a while.
tend_rc summary_figures(const result *rows, size_t count, int steps, bool bounds,
                        figure figures[SUMMARY_FIGURES], tend_err *err);

#endif
