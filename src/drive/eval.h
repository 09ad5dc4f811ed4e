// SPDX-License-Identifier: GPL-3.0-or-later
// eval.h - many episodes over threads: rows in seed order, the same bytes for any thread count.
#ifndef TEND_DRIVE_EVAL_H
#define TEND_DRIVE_EVAL_H

#include "drive/oracle_book.h"
#include "drive/setup.h"

#include <signal.h>

typedef struct eval_job {
    const run_setup *setup;
    uint64_t seed0;
    int episodes, threads;
    int round;           // episodes per learning round; 0: the policy stays as it is
    tend_engine *master; // holds what was learnt; updated in seed order after each round
    result *rows;        // [episodes]
    oracle_book *book;   // NULL: no oracle, its columns stay empty
    unsigned char *done; // [episodes] rows already there are not played again
    const char *traces;  // folder for the trace of each episode played, SEED.jsonl; NULL: none
    const char *again;   // options that play one of them again: " --system shop", for the traces
    const volatile sig_atomic_t *stop; // non-zero: finish the episodes at hand and return
    void (*progress)(void *context, int finished); // may be NULL
    // Between episodes (with learning: between rounds) `due` is asked whether to keep what is done,
    // and `keep` is given a copy of done[] that the other threads no longer change. NULL: never.
    bool (*due)(void *context);
    void (*keep)(void *context, const unsigned char *done);
    void *context;
} eval_job;

// TEND_INTERRUPTED when stopped early; with learning, whole rounds only are then marked done.
tend_rc eval_run(eval_job *job, tend_err *err);

#endif
