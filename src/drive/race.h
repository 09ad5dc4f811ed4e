// SPDX-License-Identifier: GPL-3.0-or-later
// race.h - which simple policy a system is easiest for, so that one sees that a set of them is not
// many copies of one.
//
// Each runs the same incidents of preset `real`, with the cheapest detector and diagnoser
// (threshold and impact). Nothing is learnt.
#ifndef TEND_DRIVE_RACE_H
#define TEND_DRIVE_RACE_H

#include "agent/decide/playbook.h"
#include "drive/generate.h"

// doing nothing; the rules; and one and the same arm at every alarm, all but waiting
enum { RACERS = 2 + ARMS - 1 };
const char *race_name(int racer); // "noop", "rules", "restart", ...

typedef struct race {
    double steps[RACERS]; // breach steps of an episode, mean
    int best;             // the first of those with the fewest
} race;

tend_rc race_run(const generated *system, int episodes, race *out, tend_err *err);

#endif
