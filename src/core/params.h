// SPDX-License-Identifier: GPL-3.0-or-later
// params.h - parameter tables at work: defaults, range checks, lookup, nearest names.
#ifndef TEND_CORE_PARAMS_H
#define TEND_CORE_PARAMS_H

#include <tend/plugin.h>

void params_default(const tend_param *table, void *params);
const tend_param *params_find(const tend_param *table, const char *name); // NULL when unknown
double params_get(const tend_param *entry, const void *params);
// Held against kind and range; the message names the parameter, what was found and expected.
tend_rc params_set(const tend_param *entry, void *params, double value, const char *where,
                   tend_err *err);

// Seconds to ticks of step_s seconds, in place: the one way a time of a configuration gets there.
void params_to_ticks(const tend_param *table, void *params, double step_s);

// The candidate nearest to `name` (Damerau-Levenshtein, at most a third of its length off), or
// NULL. names is ended by NULL.
const char *nearest_name(const char *name, const char *const *names);

#endif
