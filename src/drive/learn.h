// SPDX-License-Identifier: GPL-3.0-or-later
// learn.h - a policy that learns episode by episode, and can be had as it is after any number.
//
// Lessons are learnt between rounds of episodes (eval.h). After a number that is no whole number
// of rounds the policy is what an eval of so many would leave, whose last round is a short one; who
// goes on learning from there begins that round again, so that no point changes a later one.
#ifndef TEND_DRIVE_LEARN_H
#define TEND_DRIVE_LEARN_H

#include "drive/eval.h"

typedef struct learner { // learner_open to learner_close
    // setup (TEND_DEFERRED), seed0, threads, round, stop, progress, context and, for the episodes
    // most ever asked for, rows and done are the caller's to fill in
    eval_job job;
    tend_engine *whole;  // what whole rounds have taught
    tend_engine *policy; // what all episodes asked for have
    int learnt;          // episodes of the whole rounds
    int played;          // with those of short ones
} learner;

tend_rc learner_open(learner *l, tend_err *err);
void learner_close(learner *l); // also one half open, or {0}

// Learns until `policy` is what `episodes` leave; not fewer than asked for before.
tend_rc learner_reach(learner *l, int episodes, tend_err *err);

#endif
