// SPDX-License-Identifier: GPL-3.0-or-later
// diagnosis.h - the frame all diagnosers share: when to rank, how to tell.
//
// A quiet tick costs one pushed row. During an incident the ranking is made anew in each of the
// first ticks and then every few, and held in between. A ranker tells how likely each service is;
// this module turns that into suspects, evidence for and against, and an abstention when "nothing
// is wrong" is the likeliest of all and no user has suffered in the incident.
#ifndef TEND_AGENT_DIAGNOSE_DIAGNOSIS_H
#define TEND_AGENT_DIAGNOSE_DIAGNOSIS_H

#include "agent/diagnose/evidence.h"
#include "agent/diagnose/history.h"

#include <tend/plugin.h>

typedef struct diagnosis_params { // first member of every diagnoser's parameter struct
    double rows;                  // history
    double recent;                // newest rows whose level is held against the usual one
    double eager;                 // ticks of an incident that are all ranked
    double every;                 // then one in so many
    double doubt;                 // abstain when "nothing is wrong" has this share of the two
    double look_back;             // rows before the alarm in which the onset is looked for
    double healed;                // rows after an incident that make a level of their own
    evidence_params evidence;
} diagnosis_params;

// one parameter, one line
// clang-format off
#define DIAGNOSIS_ROW(type, field, kind, initial, least, most, help)                               \
    {#field, offsetof(type, common.field), kind, initial, least, most, help}
// Set on the simulated systems. rows: larger finds slow leaks and costs memory; below 60 the first
// baseline is short. recent: larger is steadier, and late to follow. eager, every: smaller
// every costs time in long incidents. doubt: larger names somebody oftener, and wrongly. look_back:
// smaller cuts a slow leak short, larger finds what was over before. healed: larger mixes the new
// level with what was before and during the incident.
#define DIAGNOSIS_PARAMS(type)                                                                     \
    DIAGNOSIS_ROW(type, rows, TEND_INTEGER, 120, 40, 2000, "samples of history kept"),             \
    DIAGNOSIS_ROW(type, recent, TEND_INTEGER, 10, 1, 60, "newest samples a ranking looks at"),     \
    DIAGNOSIS_ROW(type, eager, TEND_SECONDS, 8, 1, 1e6, "start of an incident, all ranked"),       \
    DIAGNOSIS_ROW(type, every, TEND_SECONDS, 8, 1, 1e6, "then from one ranking to the next"),      \
    DIAGNOSIS_ROW(type, doubt, TEND_NUMBER, 0.5, 0, 1,                                             \
                  "abstain when no incident is this likely, beside the likeliest place"),          \
    DIAGNOSIS_ROW(type, look_back, TEND_INTEGER, 60, 0, 2000,                                      \
                  "samples before an alarm where the onset is looked for"),                        \
    DIAGNOSIS_ROW(type, healed, TEND_INTEGER, 24, 1, 2000,                                         \
                  "samples after an incident that count as a level of their own"),                 \
    EVIDENCE_PARAMS(type, common.evidence)
// clang-format on

typedef struct diagnosis {
    int64_t ranked_at, since, count, evidence_count;
    int64_t healed;   // tick the last incident was over
    int64_t suffered; // users did, in this incident
    int64_t known;    // rows the levels were learnt from
    int64_t likely_at, suspects_at, scratch_at, column_at, past_at; // bytes
    int64_t evidence_at, own_at;
    tend_evidence evidence[TEND_EVIDENCE_MAX];
} diagnosis;

// What a ranker looks at.
typedef struct diagnosis_look {
    const evidence *evidence;
    const panel *panel;
    const tend_findings *findings;
} diagnosis_look;

// Ranks: fills likely [S] and returns the probability that nothing is wrong; scratch [S].
typedef double (*diagnosis_ranker)(const tend_node *me, const diagnosis_look *look, double *likely,
                                   double *scratch);

size_t diagnosis_size(const tend_system *system, const void *params);
void diagnosis_init(const tend_node *me, uint64_t seed);
void diagnosis_step(const tend_node *me, const tend_view *view, diagnosis_ranker ranker,
                    tend_causes *out);

#endif
