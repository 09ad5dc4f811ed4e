// SPDX-License-Identifier: GPL-3.0-or-later
// suite_summary.h - what a suite found: the figures over all of its systems, and per world and kind
// of incident.
//
// Intervals are those of systems drawn anew (figures.h): they say how another set of systems would
// come out, not how another set of episodes would.
#ifndef TEND_REPORT_SUITE_SUMMARY_H
#define TEND_REPORT_SUITE_SUMMARY_H

#include "report/summary.h"

typedef struct suite_told {
    const char *suite;
    const result *rows; // [count], at least one, in the order of the suite
    size_t count;
    const figure *figures; // [FIGURES] made of them
    int rejected;          // designs not well at rest
    // Adds the command that plays the episode of a row again.
    void (*reproduce)(void *context, size_t row, str *out);
    void *context;
} suite_told;

tend_rc suite_summary_text(const suite_told *told, const summary_options *options, str *out,
                           tend_err *err);
tend_rc suite_summary_json(const suite_told *told, const summary_options *options, str *out,
                           tend_err *err);

#endif
