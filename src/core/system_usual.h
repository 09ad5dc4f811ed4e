// SPDX-License-Identifier: GPL-3.0-or-later
// system_usual.h - what a system description has where it says nothing of its own.
#ifndef TEND_CORE_SYSTEM_USUAL_H
#define TEND_CORE_SYSTEM_USUAL_H

#include <tend/system.h>

// The metrics of a system that lists none, into out [TEND_METRIC_KINDS]; how many they are.
int system_usual_metrics(tend_metric *out);

// Every action of that kind a system can have, into out unless that is NULL; how many they are.
int system_spread(const tend_system *d, tend_action_kind kind, tend_action *out);

// The same of every kind, ordered by the sort of target: the actions of a system that lists none.
int system_usual_actions(const tend_system *d, tend_action *out);

// "restart(db)", "scale(api,+1)", "limit", "reroute(api>db)": the usual name of an action. The
// caller frees it; NULL: out of memory.
char *system_action_label(const tend_system *d, const tend_action *a);

#endif
