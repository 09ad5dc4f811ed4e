// SPDX-License-Identifier: GPL-3.0-or-later
// record.h - an episode kept in memory tick by tick, for timeline, reports and counterfactuals.
#ifndef TEND_REPORT_RECORD_H
#define TEND_REPORT_RECORD_H

#include "report/result.h"

#include <tend/edge.h>
#include <tend/engine.h>
#include <tend/frame.h>

typedef struct record_action { // one action taken
    tend_decision decision;    // `masked` is NULL here; see masked_by
    tend_outcome outcome;      // settled < 0 when the episode ended first
    int64_t tick;
    tend_receipt_state became; // the last that was told of it; unknown: nothing was
    int64_t over;              // tick it was told to have ended at, -1 not yet
} record_action;

typedef struct record_masked { // an action the playbook wanted but a guard rule masked
    int64_t tick;
    int action, rule;
} record_masked;

// pieces of a kind: as many as an event has room for
enum { RECORD_REASONS = 2 };

typedef struct record_blame { // the first suspect changed
    int64_t tick;
    tend_suspect suspect, was;
    tend_evidence reason[2 * RECORD_REASONS]; // for the new one, against the old one
    int reasons;
} record_blame;

typedef struct record {
    const tend_system *system;
    int steps, room;                               // ticks held, ticks allocated
    double *value;                                 // [steps][S][M]
    double *entry_p95_ms, *entry_errors, *refused; // [steps]
    unsigned char *breach, *alarm;                 // [steps]
    double *overall, *threshold;                   // [steps]
    double *score;                                 // [steps][S]
    record_action *action;
    int actions;
    record_masked *masked;
    int maskeds;
    record_blame *blame;
    int blames;
    bool blaming;            // there has been a ranking
    tend_suspect blamed;     // first suspect of the last one seen
    tend_causes diagnosis;   // the ranking that was judged; suspects owned by the record
    int64_t diagnosed_at;    // -1: never
    tend_findings detection; // at the tick of detection; arrays owned by the record
    int64_t detected_at;     // -1
    result result;           // filled when the episode has ended
    bool has_truth;          // false: of recorded or live data, where no fault is known
    char truth[128];         // "slow_db on db from t=71, severity 0.71" (simulation only)
    const char *reproduce;   // ready-to-paste command, whole; not owned, "" without one
    // other runs of the same seed: filled by the runner, 0 .. 3 rows
    struct {
        char name[96]; // "no action (same seed)"
        int slo_steps, mttr;
    } counterfactual[4];
    int counterfactuals;
} record;

tend_rc record_open(const tend_system *system, int steps, record **out, tend_err *err);
void record_close(record *r);
// Appends one tick. Allocates only when actions or masks outgrow their arrays.
tend_rc record_add(record *r, const tend_frame *frame, tend_err *err);
tend_sink record_sink(record *r); // record_add for every frame

#endif
