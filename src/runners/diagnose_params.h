// SPDX-License-Identifier: GPL-3.0-or-later
// diagnose_params.h - what `tend diagnose` ranks by: an agent's file, and --set over it.
#ifndef TEND_RUNNERS_DIAGNOSE_PARAMS_H
#define TEND_RUNNERS_DIAGNOSE_PARAMS_H

#include "cases/rank.h"
#include "runners/command.h"

// agent: file or example, NULL for the defaults; of it only what a window is ranked by counts. The
// same error as elsewhere for what is unknown or out of range; what is known but of no use to a
// window is one too.
tend_rc diagnose_params(const char *agent, const option_list *set, rank_params *out, tend_err *err);

#endif
