// SPDX-License-Identifier: GPL-3.0-or-later
// reckon.h - what an episode lost against the best that could have been done, and where.
//
// The best is counted in breach ticks of the whole episode, from four moments of it, each as late
// as the one before or later:
//     onset   of the first fault, in the world nobody has touched: what the oracle finds there
//     alarm   the first tick from the onset on with the alarm up (an action counts as one)
//     act     the tick of the first action from then on, before it is done
//     after   the same tick, when it has been done
// In the last three it is the policy's own world that is forked, with what it has done until then;
// `after` has the action behind it and three left, the others have four. best(after) is not above
// what the policy has made of it, and none is above the next: who may act earlier may also wait. So
//     oracle_steps        = best(onset), the reference
//     lost_detection      = best(alarm) - best(onset)    what waiting for the alarm cost
//     lost_confirmation   = best(act)   - best(alarm)    what waiting with the alarm up cost
//     lost_first_action   = best(after) - best(act)      what the first action spoilt
//     lost_later_actions  = slo_steps   - best(after)    all that came then
// and the four add up to slo_steps - oracle_steps, none below 0. Without an alarm all is lost in
// detection, without an action what is lost behind the alarm in confirmation. An action before the
// onset belongs to the world that is found at the alarm: what it spoilt is in detection.
//
// The reference is thus the best of the beam, of doing nothing (a plan of the beam too) and of the
// policy that was run; of several policies' rows for one episode the least oracle_steps is the
// reference of all. beam_steps is the beam's alone: it was not the best where it is larger.
#ifndef TEND_DRIVE_RECKON_H
#define TEND_DRIVE_RECKON_H

#include "drive/oracle.h"
#include "report/result.h"

#include <tend/edge.h>

// What a policy has no part in: of a setup and a seed, whoever asks.
typedef struct oracle_answer {
    int beam;         // breach ticks of the episode with the plan; -1: no fault, no answer
    oracle_plan plan; // from the onset on
} oracle_answer;

typedef struct reckoner reckoner; // of one thread; the setup must outlive it
tend_rc reckon_open(const tend_sim_setup *setup, reckoner **out, tend_err *err);
void reckon_close(reckoner *r); // NULL is fine

// Whether it can be an answer of this setup at all; a file may hold anything.
bool reckon_fits(const reckoner *r, const oracle_answer *answer);
tend_rc reckon_ask(reckoner *r, uint64_t seed, oracle_answer *out, tend_err *err);

// Watches an episode that is about to be played on `sim`, as a sink; its first fault's onset, -1.
tend_sink reckon_watch(reckoner *r, const tend_sim *sim, int onset);
// Of the episode watched last: fills the oracle's columns of its row (result.h).
void reckon_row(reckoner *r, const oracle_answer *answer, result *row);

#endif
