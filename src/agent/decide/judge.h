// SPDX-License-Identifier: GPL-3.0-or-later
// judge.h - prices a decision when its effect has had time to show.
//
// The reward of a decision is recovery-based: 1 - (weighted seconds of breach over the `horizon`
// that follows it) / horizon - cost of the action, clipped to 0..1. Users refused by a limit count
// like breach, by share. The window runs on through later decisions of the same incident, so an
// action is credited with what it leads to (a Monte-Carlo return), not with one tick after it.
// A decision whose action was not carried out, or perhaps not (failed, refused, timeout), is not
// judged: what followed says nothing about that action.
#ifndef TEND_AGENT_DECIDE_JUDGE_H
#define TEND_AGENT_DECIDE_JUDGE_H

#include <tend/plugin.h>

typedef struct judge_params {
    double horizon; // ticks
    // cost_noop, cost_restart, ...: in seconds of breach
#define JUDGE_FIELD_PRICE(parameter, seconds, help) double cost_##parameter;
#define JUDGE_FIELD_PRICED_AS(parameter)
#define JUDGE_FIELD(e, name, target, disruptive, undo, replicas, need, price, ...)                 \
    JUDGE_FIELD_##price
    TEND_ACTION_TABLE(JUDGE_FIELD)
    double refused; // a tick in which every user is refused counts as this many in breach
} judge_params;

// A horizon has at least so many ticks, or as many as seconds when fewer are given: at a minute a
// tick 40 s are one, and whether an action helped is not seen at the first look after it. Larger
// credits it with what came long after where ticks are long.
#define JUDGE_TICKS_LEAST 3

#define JUDGE_PENDING_MAX 32 // decisions waiting for their price; further ones are not judged

typedef struct judge_pending {
    uint64_t key;
    int64_t decided;
    double cost; // seconds of breach and of refused users so far
    int arm, action, breach_ticks, pad;
} judge_pending;

typedef struct judge_state {
    int64_t count;
    judge_pending pending[JUDGE_PENDING_MAX]; // oldest first
} judge_state;

extern const tend_param judge_param_table[];

// The ticks of a horizon of so many seconds, at least 1 of either.
double judge_horizon(double ticks, double seconds);

void judge_init(judge_state *j);
// Charges the tick to every pending decision and settles those that are due.
void judge_tick(judge_state *j, const judge_params *p, const tend_system *system,
                const tend_obs *obs, tend_frame *frame);
// Notes a decision that has a key; others are not judged.
void judge_note(judge_state *j, const tend_decision *decision);

#endif
