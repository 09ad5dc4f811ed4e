// SPDX-License-Identifier: GPL-3.0-or-later
// place.h - evidence -> the signs that an incident started at a service.
//
// Structure decides: every service has the same few signs, each 0..4; what they are worth,
// causes.h tells.
#ifndef TEND_AGENT_DIAGNOSE_PLACE_H
#define TEND_AGENT_DIAGNOSE_PLACE_H

#include "agent/diagnose/evidence.h"

// X(sign, help)
#define PLACE_TABLE(X)                                                                             \
    X(latency, "share of all own excess latency x evidence of its latency")                        \
    X(errors, "share of all own failures x evidence of its errors")                                \
    X(slow, "evidence of its latency, less the share that a callee explains")                      \
    X(fails, "evidence of its errors, less the share that a callee explains")                      \
    X(slow_echo, "evidence of its latency, the share that a callee explains")                      \
    X(fails_echo, "evidence of its errors, the share that a callee explains")                      \
    X(network, "evidence that a call to it loses time on the way")                                 \
    X(dark, "a caller is slow, no callee explains it, and nobody times its calls to this one")     \
    X(cpu, "evidence of cpu beyond what its requests explain")                                     \
    X(cpu_slow, "the same or evidence of own latency, the smaller")                                \
    X(memory, "evidence of memory")                                                                \
    X(memory_slow, "the same or evidence of own latency, the smaller")                             \
    X(saturation, "evidence of saturation, less what slow callees explain")                        \
    X(gone, "evidence of crashed processes or of lost replicas, the larger")                       \
    X(deployed, "a deployment at the onset x evidence of own latency or errors")                   \
    X(crowd, "of the entry: evidence of more requests")                                            \
    X(everywhere, "of the entry: mean evidence of more requests over all services")                \
    X(amplified, "its requests grew faster than its callers'")                                     \
    X(pushed, "of a cache: requests of a rival grew faster than their callers'")                   \
    X(starved, "a callee's requests fell behind its own")                                          \
    X(own_mean, "evidence of mean latency between what it serves and what it calls")               \
    X(first, "it stood out first")                                                                 \
    X(slow_reach, "slow and reach, the smaller")                                                   \
    X(fails_reach, "fails and reach, the smaller")                                                 \
    X(cpu_reach, "cpu and reach, the smaller")                                                     \
    X(saturation_reach, "saturation and reach, the smaller")                                       \
    X(memory_reach, "memory and reach, the smaller")                                               \
    X(gone_reach, "gone and reach, the smaller")                                                   \
    X(gap, "lost time of a call to it, less of a busy client's")                                   \
    X(gap_felt, "the same or the suffering of the caller, the smaller")                            \
    X(gap_reach, "the same or reach, the smaller")                                                 \
    X(gap_owed, "a call it makes loses time, and it suffers")                                      \
    X(deeper, "something it calls is in trouble, and it suffers")                                  \
    X(swamped, "in trouble and asked more often than its callers")                                 \
    X(behind, "of a cache: the same of a rival")                                                   \
    X(common, "of the entry: growth that all services share")

#define PLACE_SIGN(name, help) PLACE_##name,
typedef enum place_sign { PLACE_TABLE(PLACE_SIGN) PLACE_SIGNS } place_sign;

extern const char *const place_sign_names[PLACE_SIGNS];

// Growth that all services share, 0..2: 2 from four sigmas on; a crowd that is plain is no plainer
// when it is larger.
double place_load(double common);

void place_signs(const evidence *x, const panel *p, int service, double out[PLACE_SIGNS]);

#endif
