// SPDX-License-Identifier: GPL-3.0-or-later
// tally.h - counts an episode's yardsticks tick by tick, with the truth the agent never sees.
#ifndef TEND_REPORT_TALLY_H
#define TEND_REPORT_TALLY_H

#include "edge/source_world.h"
#include "report/record.h"
#include "report/result.h"

#define TALLY_RECOVERED 10   // healthy ticks in a row that count as recovered
#define TALLY_JUDGED_AFTER 5 // ticks after detection at which the ranking is judged

typedef struct tally {
    const tend_system *system;
    const scenario *incident;
    source_world *world; // to compare with its twin; NULL: first_visible stays unknown
    int onset;           // of the first fault, -1 in a healthy episode
    int ticks, healthy;  // played; in a row without breach
    int first_visible;
    bool judged;
    double refused, reward;
    int settled;
    result row;
} tally;

void tally_start(tally *t, const tend_system *system, const scenario *incident,
                 source_world *played);
// An action is wrong when it is aimed at a service where no fault sits: neither the faulty one nor
// an end of a faulty edge; of a traffic fault the entry is right. Limit and lift have no target.
void tally_add(tally *t, const tend_frame *frame);
tend_sink tally_sink(tally *t); // the comparison with the twin, then tally_add, for every frame

// First visible deviation: the first tick from the onset on at which a service's noise-free p95 or
// utilisation differs from the same world's without the fault by more than a quarter (and 2 ms or
// 5 points), or its error share by more than one point. Until then a twin is compared.
bool tally_wants_twin(const tally *t, int tick);
void tally_compare(tally *t, int tick, const world_truth *with, const world_truth *without);

void tally_finish(tally *t, result *out);
void tally_describe(const tally *t, const result *row, record *out);

#endif
