// SPDX-License-Identifier: GPL-3.0-or-later
// keeper.h - what a long run has finished, shown and kept while the rest is played.
#ifndef TEND_RUNNERS_KEEPER_H
#define TEND_RUNNERS_KEEPER_H

#include "runners/partial.h"
#include "runners/progress.h"

typedef struct keeper { // start with the time between two savings; keeper_close frees
    double every, next; // seconds; when the next is due, on progress_clock
    partial partial;    // its job and identity are the caller's to fill in before keeper_open
    progress progress;
    bool warned;
} keeper;

#define KEEPER_EVERY 30 // seconds, unless asked for; longer: a kill costs more

// Finds the partial file of an output and, to resume, takes its rows into job; before the first
// episode, for later is too late.
tend_rc keeper_open(keeper *k, eval_job *job, const char *out, bool resume, tend_err *err);
void keeper_close(keeper *k);

// From here on the clock runs.
void keeper_begin(keeper *k);
bool keeper_due(const keeper *k);
// Keeps the episodes marked in done; failing to is told once and does not fail the run.
void keeper_save(keeper *k, const unsigned char *done);

// The result of an interruption: how much is kept, and how to go on.
tend_rc keeper_interrupted(keeper *k, tend_err *err);
// After the end: what was kept is removed or, when the results could not be written, completed.
void keeper_settle(keeper *k, bool written);

#endif
