// SPDX-License-Identifier: GPL-3.0-or-later
// summary.h - what an eval found, in words and for machines: gates first, then the figures with
// their intervals, the table per fault, calibration, the worst cases.
#ifndef TEND_REPORT_SUMMARY_H
#define TEND_REPORT_SUMMARY_H

#include "base/str.h"
#include "core/json_write.h"
#include "report/figures.h"

typedef struct summary_options {
    int steps, threads;
    double seconds; // wall time, shown only
    bool colour;
    const char *out;             // CSV that was written, NULL for none
    const char *command;         // to reproduce the whole
    const char *episode_options; // to reproduce one episode: " --system shop ..."
    const gate *gates;           // [gate_count]
    int gate_count;
} summary_options;

// Adds to out; rows [count], at least one, and the figures made of them.
tend_rc summary_text(const result *rows, size_t count, const figure figures[FIGURES],
                     const summary_options *options, str *out, tend_err *err);
void summary_json(const result *rows, size_t count, const figure figures[FIGURES],
                  const summary_options *options, str *out);
// The figures of it alone, an object of objects.
void summary_put_figures(json_writer *w, const char *key, const figure figures[FIGURES]);

#endif
