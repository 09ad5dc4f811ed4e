// SPDX-License-Identifier: GPL-3.0-or-later
// localise_work.h - what localise.c and localise_signals.c share; for no other file.
#ifndef TEND_CASES_LOCALISE_WORK_H
#define TEND_CASES_LOCALISE_WORK_H

#include "cases/localise.h"

typedef struct work {
    const window *w;
    int split;
    double *scratch, *row;      // [rows]
    int (*first)[METRIC_ROLES]; // [S + 1] column that speaks for a role; row S: the users
    int (*end)[2];              // [E] client-side and server-side column
    double *impact, *own;       // [S]
    double *lost;               // [E]
    char *called;               // [S] somebody calls it
    localise_result *result;
} work;

static inline localise_clue *clue(work *k, int service, localise_channel channel)
{
    return &k->result->clue[service][channel];
}

// Fills k->first, k->end and k->called: one column speaks for each service and role.
void localise_columns(work *k);

// Fills every clue from the rows before and after k->split.
void localise_signals(work *k);

#endif
