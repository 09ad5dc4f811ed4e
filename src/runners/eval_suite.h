// SPDX-License-Identifier: GPL-3.0-or-later
// eval_suite.h - `tend eval --suite`: a frozen list of systems and worlds instead of one.
#ifndef TEND_RUNNERS_EVAL_SUITE_H
#define TEND_RUNNERS_EVAL_SUITE_H

#include "runners/common.h"

typedef struct eval_suite_ask {
    const char *suite;            // file or example
    const common_options *common; // of the agent; --set may name the world's parameters too
    const option_list *gate;
    const char *out, *json, *oracle_cache, *traces; // may be NULL
    int threads;
    bool quiet, oracle;
} eval_suite_ask;

tend_rc eval_suite(const eval_suite_ask *ask, tend_err *err);

#endif
