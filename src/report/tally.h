// SPDX-License-Identifier: GPL-3.0-or-later
// tally.h - counts an episode's yardsticks tick by tick, with the truth the agent never sees.
#ifndef TEND_REPORT_TALLY_H
#define TEND_REPORT_TALLY_H

#include "env/scenario.h"
#include "report/record.h"
#include "report/result.h"

#include <tend/sim.h>

#define TALLY_RECOVERED 10    // healthy ticks in a row that count as recovered
#define TALLY_JUDGED_AFTER 5  // ticks after detection at which the ranking is judged
#define TALLY_STUCK 60        // ticks in breach in which somebody should have done something
#define TALLY_STUCK_ACTIONS 2 // actions that are still next to nothing

// From an onset on: the first breach opens the account, ten healthy ticks close it.
typedef struct tally_account {
    int onset;            // tick from which on it counts, TALLY_NEVER
    int detected;         // first tick with the alarm up, -1
    int first, recovered; // of the breach, -1
    bool judged;
} tally_account;
#define TALLY_NEVER INT32_MAX

// What a tally looks behind: the simulation being played and, from the onset on, its twin without
// the faults, which nobody acts upon.
typedef struct tally_watch {
    const tend_sim *sim;
    tend_sim *twin;
} tally_watch;

typedef struct tally {
    const tend_system *system;
    const scenario *incident;
    tally_watch watch;              // without a twin first_visible stays unknown
    int onset;                      // of the first fault, -1 in a healthy episode
    int order[SCENARIO_FAULTS_MAX]; // the incident's faults as they begin
    tally_account whole;            // from the onset; of a healthy episode all but detection
    tally_account second;           // from the onset of the second fault
    int first;                      // tick at which it began to count
    int ticks, healthy;             // played, those before `first` too; in a row without breach
    int last_breach;                // tick, -1
    int first_visible;
    double refused, reward;
    int settled;
    result row;
} tally;

// Of an episode just begun; watch may be NULL.
// Faults count in the order in which they begin. top1, top3 and the family are judged against those
// that have begun by then. The second fault is judged for itself: five ticks after the first alarm
// at or after its onset, or at the first disruptive action from that alarm on; a suspect that names
// another fault that has begun is right too and is passed over.
void tally_start(tally *t, const tend_system *system, const scenario *incident,
                 const tally_watch *watch);
// An action is wrong when it is aimed at a service where no fault sits: neither the faulty one nor
// an end of a faulty edge; of a traffic fault the entry is right. Limit and lift have no target.
void tally_add(tally *t, const tend_frame *frame);
// The comparison with the twin, then tally_add, before the decision is carried out.
void tally_watch_tick(tally *t, const tend_frame *frame);
tend_sink tally_sink(tally *t); // tally_watch_tick for every frame

// First visible deviation: the first tick from the onset on at which a service's noise-free p95 or
// utilisation differs from the same world's without the fault by more than a quarter (and 2 ms or
// 5 points), or its error share by more than one point. Until then a twin is compared.
bool tally_wants_twin(const tally *t, int tick);
void tally_compare(tally *t, int tick, const tend_facts *with, const tend_facts *without);

void tally_finish(const tally *t, result *row);
void tally_describe(const tally *t, const result *row, record *out);

#endif
