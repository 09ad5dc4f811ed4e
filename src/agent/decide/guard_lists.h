// SPDX-License-Identifier: GPL-3.0-or-later
// guard_lists.h - what a guard's configuration has beside numbers: an allow-list and freezes.
//
// Kept as text, one entry a line, because an agent file is read before the system it is for is
// known: the names are looked up, and the seconds become ticks, when an engine is opened. In an
// agent file:
//     "guard": {"allow": ["restart", "scale(api,+1)"], "freeze": [[3600, 7200]]}
// and in one word: guard.allow=restart,scale(api,+1) (all: no list; none: an empty one) and
// guard.freeze=3600-7200,9000-9600 (none).
#ifndef TEND_AGENT_DECIDE_GUARD_LISTS_H
#define TEND_AGENT_DECIDE_GUARD_LISTS_H

#include "agent/decide/guard.h"

#include "core/key.h"

// bytes of text with its end, and freezes: what an engine holds without allocating; more is refused
enum { GUARD_ALLOW_TEXT = 4096, GUARD_FREEZE_TEXT = 512, GUARD_FREEZES_MAX = 16 };

typedef struct guard_lists {
    bool listed;                    // there is an allow-list
    char allow[GUARD_ALLOW_TEXT];   // kinds ("restart") and names ("restart(db)") of actions
    char freeze[GUARD_FREEZE_TEXT]; // "3600-7200": seconds from tick 0, the second excluded
} guard_lists;

extern const key_row guard_list_table[]; // ended by a NULL name

// Whether there is a list of that name.
bool guard_lists_have(const char *name);
// The list as text, one entry a line; of no allow-list "all".
const char *guard_lists_text(const guard_lists *lists, const char *name);
// From one word, entries separated by commas outside of brackets.
tend_rc guard_lists_set(guard_lists *lists, const char *name, const char *value, const char *where,
                        tend_err *err);
// From a member of an agent file, item->string its name.
tend_rc guard_lists_read(guard_lists *lists, const cJSON *item, const char *where, tend_err *err);
// Continues a hash; without lists it stays as it was.
uint64_t guard_lists_hash(const guard_lists *lists, uint64_t hash);

// For a system: which actions are listed [A], and the freezes in ticks [GUARD_FREEZES_MAX], which
// begin with the tick the first second falls into. *freezes: how many. Fails on a name that is
// neither a kind nor an action of the system.
tend_rc guard_lists_open(const guard_lists *lists, const tend_system *system, bool *listed,
                         guard_freeze *freeze, int *freezes, tend_err *err);
// Whether an entry of the allow-list names something of a system; otherwise what may be meant.
bool guard_lists_fits(const char *entry, const tend_system *system, tend_err *err);

#endif
