// SPDX-License-Identifier: GPL-3.0-or-later
// suite_run.h - plays a suite over threads: rows in its order, the same bytes for any thread count.
#ifndef TEND_DRIVE_SUITE_RUN_H
#define TEND_DRIVE_SUITE_RUN_H

#include "drive/oracle_book.h"
#include "drive/suite.h"
#include "report/result.h"

#include <signal.h>
#include <tend/engine.h>

typedef struct suite_job {
    const suite *suite;
    const tend_config *config; // of the agent
    const char *const *set;    // world parameters instead of the presets', ended by NULL
    const char *policy;        // what the agent's has learnt, JSON; NULL: nothing
    size_t policy_length;
    const char *policy_name; // for messages
    int threads;
    oracle_book *book;  // NULL: no oracle
    const char *traces; // folder for the trace of each row, ROW.jsonl from 1 on; NULL: none
    // A command that plays a row again, for the head of its trace; not NULL with traces.
    void (*again)(void *context, size_t row, str *out);
    result *rows;                                  // [suite_episodes]
    const volatile sig_atomic_t *stop;             // non-zero: finish the episodes at hand
    void (*progress)(void *context, int finished); // may be NULL
    void *context;
    int rejected; // out: designs that were not well at rest (generate.h)
} suite_job;

// TEND_INTERRUPTED when stopped early.
tend_rc suite_run(suite_job *job, tend_err *err);

#endif
