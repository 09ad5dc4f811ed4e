// SPDX-License-Identifier: GPL-3.0-or-later
// guard.h - the rules no policy can break: they mask actions before the choice is made.
//
// A veto after the draw would falsify the propensity and credit the reward to an action that was
// not taken, so guard_mask runs first and the policy sees only what is allowed. allowed[0] (do
// nothing) always holds; lifting a limit is refused by the kill switch alone. Which actions are
// disruptive, change replicas or need something of their target is told by their rows in words.h.
// What is not known counts as bad: a service whose ready replicas are unknown has its last one, a
// deployment of unknown age was none, a confidence that is no number is none.
// What the guard counts are attempts; what it believes of the system follows the receipts: an
// action under way, whoever sent it, is in flight for as long as it takes and is not repeated; a
// replica or a limit that came to nothing is taken back, a lift that may have may be repeated.
// The rules hold exactly for every legal parameter: what they ask of the past is kept as the tick
// of the last such action, and only budgets need a log (GUARD_LOG_MAX).
// src/report/audit.c checks traces against the same rules, written separately.
#ifndef TEND_AGENT_DECIDE_GUARD_H
#define TEND_AGENT_DECIDE_GUARD_H

#include <tend/plugin.h>

typedef enum guard_rule {
    GUARD_ALLOWED,
#define GUARD_ENUM(e, name, help) GUARD_##e,
    TEND_GUARD_TABLE(GUARD_ENUM)
#undef GUARD_ENUM
        GUARD_RULES
} guard_rule;

typedef struct guard_params { // times in ticks
    double kill_switch;       // 1: mask everything
    double dry_run;           // 1: decisions are recommendations, the actuator ignores them
    double calm;              // healthy and quiet for so long ends an incident
    double verify;            // after an action before the next on the same target
    double limit_most;        // a limit may be held so long before lifting comes first
    double cooldown;          // same action and target
    double in_flight;         // a disruptive action is in flight for so long
    double blast_radius;      // share of services under change at once
    double window;            // of the budgets
    double target_budget;     // actions per target in the window
    double budget;            // actions in the window
    double confidence;        // least confidence of a suspect for a disruptive action
    double ineffective;       // k repeats without effect
    double escalate;          // actions of one incident without recovery until a person is called
} guard_params;

typedef struct guard_freeze {
    int64_t from, until; // ticks, until excluded
} guard_freeze;

typedef struct guard_terms { // what a guard goes by; nothing of it changes but the two switches
    const guard_params *params;
    const bool *listed; // [A] what may be done at all; NULL: everything
    const guard_freeze *freeze;
    int freezes;
} guard_terms;

#define GUARD_BUDGET_MAX 32 // actions a budget may allow in its window

// What a log of this length drops is older than all it holds. If it still counts, so do these, and
// they are more than any budget allows: all but a lift is masked. Lifts alone can fill it, as no
// budget masks them and one that is refused may be sent again in every tick.
#define GUARD_LOG_MAX (GUARD_BUDGET_MAX + 1)

typedef struct guard_log {
    int64_t tick;
    int32_t action, service;
} guard_log;

// One flat block: the head, then per action and per service rows, reached through functions only.
typedef struct guard guard;

extern const tend_param guard_param_table[];

size_t guard_size(const tend_system *system); // multiple of 8
void guard_init(guard *g, const tend_system *system);

// Fills allowed [A] and masked [A] (rule or 0) for this tick. Ticks are 0 or more; at one that is
// before an earlier one, no time has passed.
void guard_mask(guard *g, const guard_terms *terms, const tend_system *system,
                const tend_frame *frame, bool *allowed, unsigned char *masked);

// A limit is in force that has been held for limit_most: only lifting it is left.
bool guard_lift_due(const guard *g, const guard_terms *terms, int64_t tick);

// Notes what was decided after guard_mask in this tick. A wish that was not masked is taken back:
// decision->wanted becomes -1. Escalation shows in decision->escalated.
void guard_note(guard *g, const guard_terms *terms, const tend_system *system, const tend_obs *obs,
                tend_decision *decision);

int64_t guard_count(const guard *g, int rule); // how often a rule masked a wanted action

#endif
