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
tend_rc summary_json(const result *rows, size_t count, const figure figures[FIGURES],
                     const summary_options *options, str *out, tend_err *err);
// The figures of it alone, an object of objects.
void summary_put_figures(json_writer *w, const char *key, const figure figures[FIGURES]);

// Parts of it, for those who have more to tell than one system: the gates that were asked for; all
// figures; head and rows of the table per fault, of rows that stand side by side; the whole of that
// table; the calibration; what stands below.
void summary_gates(const summary_options *o, const figure *figures, str *out);
void summary_figures(const figure *figures, str *out);
void summary_head(const char *what, str *out);
tend_rc summary_row(const result *rows, size_t count, const char *name, int steps, str *out,
                    tend_err *err);
tend_rc summary_faults(const result *rows, size_t count, int steps, str *out, tend_err *err);
// Against the oracle; nothing when it was not asked.
tend_rc summary_oracle(const result *rows, size_t count, str *out, tend_err *err);
tend_rc summary_put_oracle(json_writer *w, const result *rows, size_t count, tend_err *err);
void summary_calibration(const result *rows, size_t count, str *out);
void summary_end(size_t count, const figure *figures, const summary_options *o, str *out);
void summary_put_gates(json_writer *w, const summary_options *o, const figure figures[FIGURES]);
// The rows with most breach steps, first the worst, into worst [3]; how many there are.
int summary_worst(const result *rows, size_t count, size_t worst[3]);

#endif
