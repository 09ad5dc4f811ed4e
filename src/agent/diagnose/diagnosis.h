// SPDX-License-Identifier: GPL-3.0-or-later
// diagnosis.h - the frame all diagnosers share: when to rank, how to tell.
//
// A quiet tick costs one pushed row. During an incident the ranking is made anew in each of the
// first ticks and then every few, and held in between. A ranker fills the verdicts; this module
// turns them into suspects, evidence for and against, and an abstention when "nothing is wrong" is
// the likeliest of all.
#ifndef TEND_AGENT_DIAGNOSE_DIAGNOSIS_H
#define TEND_AGENT_DIAGNOSE_DIAGNOSIS_H

#include "agent/diagnose/hypotheses.h"

#include <tend/plugin.h>

typedef struct diagnosis_params { // first member of every diagnoser's parameter struct
    double rows;                  // history
    double recent;                // newest rows that are averaged
    double eager;                 // ticks of an incident that are all ranked
    double every;                 // then one in so many
    double doubt;                 // abstain when "nothing is wrong" is at least this likely
} diagnosis_params;

// one parameter, one line
// clang-format off
#define DIAGNOSIS_ROW(type, field, kind, initial, least, most, help)                               \
    {#field, offsetof(type, common.field), kind, initial, least, most, help}
// Set on the simulated systems. rows: larger finds slow leaks and costs memory; below 60 the first
// baseline is the older half. recent: larger is steadier, and late to follow. eager, every: smaller
// every costs time in long incidents. doubt: larger names somebody oftener, and wrongly.
#define DIAGNOSIS_PARAMS(type)                                                                     \
    DIAGNOSIS_ROW(type, rows, TEND_INTEGER, 120, 40, 2000, "samples of history kept"),             \
    DIAGNOSIS_ROW(type, recent, TEND_INTEGER, 5, 1, 60, "newest samples averaged in a ranking"),   \
    DIAGNOSIS_ROW(type, eager, TEND_SECONDS, 8, 1, 1e6, "start of an incident, all ranked"),       \
    DIAGNOSIS_ROW(type, every, TEND_SECONDS, 8, 1, 1e6, "then from one ranking to the next"),      \
    DIAGNOSIS_ROW(type, doubt, TEND_NUMBER, 0.5, 0, 1, "abstain at this probability of no incident")
// clang-format on

typedef struct diagnosis {
    int64_t ranked_at, count, evidence_count, onset;
    int64_t verdicts_at, suspects_at, scores_at, symptoms_at; // bytes from the start
    tend_evidence evidence[TEND_EVIDENCE_MAX];
} diagnosis;

// Ranks: fills verdicts [S] and returns the probability that nothing is wrong. scores [S] is
// scratch that survives until the evidence is told.
typedef double (*diagnosis_ranker)(const tend_node *me, const symptoms *s, const tend_obs *obs,
                                   const tend_findings *findings, verdict *verdicts,
                                   double *scores);

size_t diagnosis_size(const tend_system *system, const void *params);
void diagnosis_init(const tend_node *me, uint64_t seed);
void diagnosis_step(const tend_node *me, const tend_view *view, diagnosis_ranker ranker,
                    tend_causes *out);

#endif
