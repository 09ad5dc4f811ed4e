// SPDX-License-Identifier: GPL-3.0-or-later
// oracle.h - the best that could have been done about an incident, by search over the true world.
//
// For evaluation only, and never a policy: it forks the very world that is being played, faults,
// noise and the fate of every action included, tries a plan in the fork and keeps the best. What it
// finds is what an agent's breach is held against: the distance to it is what better detection,
// diagnosis and choice could still win.
//
// A plan is up to four actions with four ticks between any two, from a tick on that the caller
// names: the onset of the first fault, so that a late alarm is no excuse. It costs the breach ticks
// until the episode ends; of two that cost the same the cheaper by the prices of `tend params
// judge`. Only what the world would take at that time is tried (tend_sim_mask): no guard, no
// confidence, no cooldown stands in its way.
//
// Beam search (Lowerre 1976, "The HARPY speech recognition system"; Ow, Morton 1988, "Filtered beam
// search in scheduling"): beginning with the plan that does nothing, every plan of the beam is
// tried with every action put in at every tick, before, between and behind those it has. The best
// tick of each action is a candidate, the best candidates are the next beam. In the end each action
// of the best plans is taken out and put in anew where it serves best, until nothing helps. It is a
// search and no proof: a policy may beat it. The reference is therefore the best of the beam and of
// all policies run on the episode (reckon.h).
#ifndef TEND_DRIVE_ORACLE_H
#define TEND_DRIVE_ORACLE_H

#include <tend/sim.h>

#define ORACLE_ACTIONS 4 // of a plan; with more there is hardly an incident they serve
#define ORACLE_GAP 4     // ticks from one action to the next, at least

typedef struct oracle_plan {
    int breach;   // ticks in breach behind the tick it begins at, to the end of the episode
    int last;     // the last of them, -1: none
    double price; // of its actions, in ticks of breach
    int actions;
    struct {
        int tick, action;
    } step[ORACLE_ACTIONS]; // by tick, ascending
} oracle_plan;

// Room for searches, of one thread; the setup must outlive it.
typedef struct oracle oracle;
tend_rc oracle_open(const tend_sim_setup *setup, oracle **out, tend_err *err);
void oracle_close(oracle *o); // NULL is fine

// The best plan from the tick that was simulated last in `from` (of the same setup, with a tick
// played), which stays as it is; none found that helps: the one that does nothing. Deterministic.
typedef struct oracle_task {
    const tend_sim *from;
    int first;               // tick before which nothing is done
    int most;                // actions, up to ORACLE_ACTIONS
    int enough;              // with so many breach ticks the search ends, -1: price matters too
    int64_t ticks;           // simulated at most (and what is left of a roll-out): the work
    const oracle_plan *hint; // tried too, put off until `first` where it must be; NULL: none
} oracle_task;
void oracle_search(oracle *o, const oracle_task *task, oracle_plan *out);

// Ticks simulated by searches since it was opened: what they cost.
int64_t oracle_ticks(const oracle *o);

#endif
