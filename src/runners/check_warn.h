// SPDX-License-Identifier: GPL-3.0-or-later
// check_warn.h - what a sound file is still not fit for, a line each.
#ifndef TEND_RUNNERS_CHECK_WARN_H
#define TEND_RUNNERS_CHECK_WARN_H

#include "base/str.h"
#include "core/err_list.h"
#include "env/scenario.h"

#include <cjson/cJSON.h>

// Columns that the agent judges by and the system has not, services no request reaches, actions of
// its own list that can never be done. `root` is the file's.
void check_warn_system(const tend_system *system, const cJSON *root, bool simulated, str *out);

// Faults that begin behind the last tick of an episode as long as it usually is.
void check_warn_scenario(const scenario *drawn, int steps, str *out);

// The names of an agent's guard.allow: those the system (NULL: not known) does not have are added
// to `all` with their place; without a system those that no system has are warned of.
tend_rc check_allow(const cJSON *root, const char *name, const tend_system *system, err_list *all,
                    str *out, tend_err *err);

#endif
