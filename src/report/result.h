// SPDX-License-Identifier: GPL-3.0-or-later
// result.h - the yardsticks of one episode: one row of the eval CSV, and its reader.
#ifndef TEND_REPORT_RESULT_H
#define TEND_REPORT_RESULT_H

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>
#include <tend/err.h>

// The fixed columns of the command contract, in order, then our own.
#define RESULT_NAME_MAX 64
#define RESULT_TENTHS 10 // of confidence: 0 to below .1, ... .9 to 1
typedef struct result {
    uint64_t seed;
    char system[RESULT_NAME_MAX];
    char fault_type[RESULT_NAME_MAX];     // "none"; of a compound scenario "a+b"
    char fault_service[RESULT_NAME_MAX];  // empty when healthy
    int fault_t_start, fault_duration;    // -1 = not applicable (printed empty), as below
    double fault_severity;                // NAN = not applicable, as below
    int anomaly_steps;                    // ticks with the alarm up
    int slo_steps;                        // ticks in breach
    int first_slo;                        // first breach at or after the onset, -1
    int recovered;                        // first of 10 healthy ticks in a row after it, -1
    int mttr;                             // recovered - first_slo, -1
    int detected_at;                      // first alarm at or after onset, -1
    int false_alarm_steps, healthy_steps; // alarm ticks among the healthy ticks before onset
    char root_cause[RESULT_NAME_MAX];     // what top1 judges; an edge as caller>callee; empty
    int top1, top3, fault_family_hit;     // 0, 1, -1 = not applicable
    int actions, false_actions, masked, violations;
    double refused; // share of all users refused
    double reward;  // mean over settled decisions, noop's too; NAN without one
    char policy[RESULT_NAME_MAX], detector[RESULT_NAME_MAX], diagnoser[RESULT_NAME_MAX];
    // further columns
    int first_visible;    // tick of the first visible deviation (docs/simulator.md), -1
    int delay;            // detected_at - first_visible, -1
    double confidence;    // of the first suspect when judged, NAN
    int escalated;        // 0 / 1
    int targeted;         // actions with a target; limit and lift have none
    int wrong_actions;    // of them, at a place no fault sits at (tally.h)
    double said;          // sum of the first suspect's confidence over the targeted ones
    int slo_before;       // ticks in breach before the onset, of a healthy episode all
    int relapses;         // breaches after 10 healthy ticks in a row, no new fault in between
    int stuck;            // 0 / 1: 60 ticks in breach or more, two actions at most, nobody called
    int escalated_at;     // tick, -1
    int escalation_right; // 0 / 1: a fault was there that no action of the system mends, -1
    // of several faults the second to begin; fault_service and what goes with it are the first's
    char fault2_service[RESULT_NAME_MAX]; // empty without one
    int fault2_t_start;                   // -1, as all of them
    int fault2_first_slo;                 // first breach at or after its onset
    int fault2_recovered;                 // from that
    int fault2_top1;                      // 0 / 1: judged for itself (tally.h)
    // targeted actions by the first suspect's confidence: how many, of them aimed right, and the
    // sum of what was said, in whole percent
    int aimed[RESULT_TENTHS], aimed_right[RESULT_TENTHS], aimed_said[RESULT_TENTHS];
    uint64_t state_hash;  // of world and engine at the end
    uint64_t config_hash; // of system, physics, scenario and agent: rows of a table share it
    // of what the incident was drawn; older files lack them
    char preset[RESULT_NAME_MAX]; // of the world
    char family[RESULT_NAME_MAX]; // of incidents; "scenario" where one was given
    int system_seed;              // of a system drawn for a suite, -1
    int noop_steps; // ticks in breach when nobody does anything; -1: of an episode from outside
    // against the oracle, when it was asked (drive/reckon.h), -1: it was not, or no fault
    int beam_steps;     // ticks in breach with the best plan of the beam
    int oracle_steps;   // the reference: of the best of beam and policy
    int lost_detection; // the four parts of slo_steps - oracle_steps
    int lost_confirmation, lost_first_action, lost_later_actions;
    char oracle_opens[RESULT_NAME_MAX]; // kind of the plan's first action, "noop": nothing helps
} result;

// A text that begins with = + - @ or ' is written with an apostrophe before it, which keeps a
// spreadsheet from running it; the reader takes it off.
void result_csv_header(str *out);
void result_csv_row(const result *r, str *out);
// A row, or with NULL the header, as text of its own that the caller frees.
tend_rc result_csv_text(const result *r, char **out, tend_err *err);
void result_csv_row_exact(const result *r, str *out); // read back to the last bit

// Kinds of fault among the rows, each once, by name, so that tables of two runs line up; how many.
// Names point into the rows. A compound is a kind of its own; kinds beyond the room are left out.
#define RESULT_FAULTS_MAX 64
size_t result_faults(const result *rows, size_t count, const char *names[RESULT_FAULTS_MAX]);

// Numbers 0, 1, ... for the systems of rows, as they first come, into of [count]; how many systems.
size_t result_systems(const result *rows, size_t count, int *of);

// Reads an eval CSV (libcsv): header checked by name, numbers by range; extra columns ignored.
// *rows is malloc'ed, the caller frees it. Errors name file:line and the field.
tend_rc result_csv_read(const char *path, result **rows, size_t *count, tend_err *err);
tend_rc result_csv_parse(const char *text, size_t length, const char *name, result **rows,
                         size_t *count, tend_err *err); // the same from memory

#endif
