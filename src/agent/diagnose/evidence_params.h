// SPDX-License-Identifier: GPL-3.0-or-later
// evidence_params.h - the constants of the evidence: what a change must exceed to count.
//
// The same in every diagnoser (`--set diagnoser.NAME=X`) and in `tend diagnose`, which reads whole
// windows with them. Set by hand with the visible recorded sets and generated systems in sight;
// `make results-constants` tells what hangs on each of them.
#ifndef TEND_AGENT_DIAGNOSE_EVIDENCE_PARAMS_H
#define TEND_AGENT_DIAGNOSE_EVIDENCE_PARAMS_H

#include <tend/plugin.h>

typedef struct evidence_params {
    double local_rows; // rows before the onset that tell the level an incident began from; larger
                       // follows a drift later, smaller is noise
    // worth a sigma at least, of a level taken from many rows; larger misses faint changes, smaller
    // takes the noise of a quiet column for one
    double floor_relative; // of the usual level, where no unit is known
    double floor_share;    // of one whole: cpu, memory, saturation
    double floor_errors;   // of the requests: a tail of failed shares
    double floor_restarts; // restarts in a row
    double floor_gap;      // of a client's usual latency: the gap of a call is a difference of two
    double floor_failures; // of the requests: a mean share, however many requests are counted
    double floor_rare;     // the same where nobody counts the requests
    double floor_growth;   // of the requests: growth beside that of the callers
    double caution; // a level of n rows is floored 1 + caution / n times as high; larger: a short
                    // baseline sees loud incidents alone
    double failures_few; // failures beside which more are held: a handful in a service that never
                         // failed is no incident; larger needs more of them
    double off_sigmas;   // from its level, two rows in a row: a service stands out; larger dates
                         // who is hurt slowly later, smaller dates noise
} evidence_params;

// one parameter, one line; `at` is the evidence_params in `type`
// clang-format off
#define EVIDENCE_ROW(type, at, field, kind, initial, least, most, help)                            \
    {#field, offsetof(type, at.field), kind, initial, least, most, help}
#define EVIDENCE_PARAMS(type, at)                                                                  \
    EVIDENCE_ROW(type, at, local_rows, TEND_INTEGER, 24, 3, 2000,                                  \
                 "samples before the onset that tell the level it began from"),                    \
    EVIDENCE_ROW(type, at, floor_relative, TEND_NUMBER, 0.08, 1e-6, 1,                             \
                 "least change worth a sigma, of the usual level"),                                \
    EVIDENCE_ROW(type, at, floor_share, TEND_NUMBER, 0.012, 1e-6, 1,                               \
                 "the same of cpu, memory and saturation, of one whole"),                          \
    EVIDENCE_ROW(type, at, floor_errors, TEND_NUMBER, 0.006, 1e-6, 1,                              \
                 "the same of errors, of the requests"),                                           \
    EVIDENCE_ROW(type, at, floor_restarts, TEND_NUMBER, 0.05, 1e-6, 100,                           \
                 "the same of restarts, in a sample"),                                             \
    EVIDENCE_ROW(type, at, floor_gap, TEND_NUMBER, 0.15, 1e-6, 10,                                 \
                 "the same of a call's gap, of its usual latency"),                                \
    EVIDENCE_ROW(type, at, floor_failures, TEND_NUMBER, 0.0015, 1e-6, 1,                           \
                 "the same of mean errors, of counted requests"),                                  \
    EVIDENCE_ROW(type, at, floor_rare, TEND_NUMBER, 0.006, 1e-6, 1,                                \
                 "the same where requests are not counted"),                                       \
    EVIDENCE_ROW(type, at, floor_growth, TEND_NUMBER, 0.05, 1e-6, 10,                              \
                 "the same of requests beside the callers', of them"),                             \
    EVIDENCE_ROW(type, at, caution, TEND_NUMBER, 6, 0, 1000,                                       \
                 "a level of n samples has floors 1 + caution / n times as high"),                 \
    EVIDENCE_ROW(type, at, failures_few, TEND_NUMBER, 4, 0.001, 1e6,                               \
                 "failures that are no incident where there were none"),                           \
    EVIDENCE_ROW(type, at, off_sigmas, TEND_NUMBER, 5, 0, 1000,                                    \
                 "sigmas off its level at which a service stands out")
// clang-format on

extern const tend_param evidence_param_table[]; // of an evidence_params alone
void evidence_defaults(evidence_params *out);

#endif
