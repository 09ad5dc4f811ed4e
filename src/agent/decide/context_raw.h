// SPDX-License-Identifier: GPL-3.0-or-later
// context_raw.h - the original recipe for a context: the suspected service, latency, errors.
//
// The latter two are whether they are beyond the objective. It knows services by name, so that what
// was learnt is of use on systems with services of the same names, and on no others.
#ifndef TEND_AGENT_DECIDE_CONTEXT_RAW_H
#define TEND_AGENT_DECIDE_CONTEXT_RAW_H

#include "agent/decide/context.h"

int context_raws(const tend_system *system); // how many there are
int context_raw(const context_scene *s);     // 0..context_raws-1

// "suspect db, latency 1, errors 0" or "no suspect, latency 1, errors 0", and back.
void context_raw_name(const tend_system *system, int number, char out[TEND_CONTEXT_MAX]);
tend_rc context_raw_find(const tend_system *system, const char *name, int *out, tend_err *err);
uint64_t context_raw_vocabulary(const tend_system *system);

#endif
