// SPDX-License-Identifier: GPL-3.0-or-later
// oracle.h - what rows with the oracle's columns say: gap closed, where steps were lost, and how
// the best plans begin. Over the episodes with a fault; result.h has the columns.
#ifndef TEND_REPORT_ORACLE_H
#define TEND_REPORT_ORACLE_H

#include "core/json_write.h"
#include "report/result.h"
#include "report/stats.h"

#include <tend/words.h>

typedef struct oracle_figures {
    int episodes;                         // with a fault; 0: the oracle was not asked
    int beaten;                           // of them, in which the beam was not the best
    double noop, policy, beam, reference; // breach steps of an episode, means
    // (noop - policy) / (noop - reference), sums over the episodes, its interval over systems where
    // there are several; NAN when nothing can be won
    interval gap;
    double lost[4];               // steps of an episode, means: detection, confirmation, first
                                  // action, later actions
    int opens[TEND_ACTION_KINDS]; // plans by the kind of their first action; TEND_NOOP: nothing
                                  // helps or is needed
} oracle_figures;

tend_rc oracle_figures_make(const result *row, size_t count, oracle_figures *out, tend_err *err);

void oracle_figures_text(const oracle_figures *f, str *out);
void oracle_figures_put(json_writer *w, const char *key, const oracle_figures *f); // an object

#endif
