// SPDX-License-Identifier: GPL-3.0-or-later
// family.h - evidence -> the signs of what kind of fault a service has, each -4..4.
#ifndef TEND_AGENT_DIAGNOSE_FAMILY_H
#define TEND_AGENT_DIAGNOSE_FAMILY_H

#include "agent/diagnose/evidence.h"

// X(sign, help)
#define FAMILY_SIGN_TABLE(X)                                                                       \
    X(one, "always 1")                                                                             \
    X(latency, "evidence of its latency")                                                          \
    X(latency_own, "share of all own excess latency")                                              \
    X(errors, "evidence of its errors")                                                            \
    X(errors_own, "share of all own failures")                                                     \
    X(link_out, "evidence that a call it makes loses time on the way")                             \
    X(cpu, "evidence of cpu beyond what its requests explain, of less cpu below 0")                \
    X(memory, "evidence of memory")                                                                \
    X(saturation, "evidence of saturation")                                                        \
    X(requests, "evidence of requests, of fewer below 0")                                          \
    X(amplified, "evidence that its requests grew faster than its callers', slower below 0")       \
    X(pushed, "requests of a rival grew faster than their callers'")                               \
    X(deployed, "a deployment at the onset")                                                       \
    X(own_mean, "evidence of mean latency between what it serves and what it calls")               \
    X(idle, "slow, and not because it works harder")                                               \
    X(cache, "it is a cache")                                                                      \
    X(database, "it is a database")                                                                \
    X(entry, "it is where users come in")                                                          \
    X(load, "growth of requests that all services share, of any service")

#define FAMILY_SIGN(name, help) FAMILY_##name,
typedef enum family_sign { FAMILY_SIGN_TABLE(FAMILY_SIGN) FAMILY_SIGNS } family_sign;

extern const char *const family_sign_names[FAMILY_SIGNS];

void family_signs(const evidence *x, const panel *p, int service, double out[FAMILY_SIGNS]);

#endif
