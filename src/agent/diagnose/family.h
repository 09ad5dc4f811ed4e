// SPDX-License-Identifier: GPL-3.0-or-later
// family.h - given the place, what kind of fault it is, or that none of them fits.
//
// One logistic regression per family over the same signs, each against all the others: a fault that
// looks like nothing known is far from all of them, where a softmax would have to name one
// (Scheirer et al. 2013 on open sets). Weights: family_fit.h, made by `make fit`.
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
    X(failing, "failed share of its requests now")                                                 \
    X(network, "evidence that a call to it loses time on the way")                                 \
    X(link_out, "evidence that a call it makes loses time on the way")                             \
    X(cpu, "evidence of cpu beyond what its requests explain, of less cpu below 0")                \
    X(busy, "cpu now, where it is a share")                                                        \
    X(memory, "evidence of memory")                                                                \
    X(full, "memory now, where it is a share")                                                     \
    X(saturation, "evidence of saturation")                                                        \
    X(used, "saturation now, where it is a share")                                                 \
    X(gone, "evidence of crashed processes or of lost replicas, the larger")                       \
    X(requests, "evidence of requests, of fewer below 0")                                          \
    X(amplified, "evidence that its requests grew faster than its callers', slower below 0")       \
    X(pushed, "requests of a rival grew faster than their callers'")                               \
    X(starved, "its callees' requests fell behind its own")                                        \
    X(deployed, "a deployment at the onset")                                                       \
    X(own_mean, "evidence of mean latency between what it serves and what it calls")               \
    X(idle, "slow, and not because it works harder")                                               \
    X(cache, "it is a cache")                                                                      \
    X(database, "it is a database")                                                                \
    X(everywhere, "of the entry: mean evidence of more requests over all services")

#define FAMILY_SIGN(name, help) FAMILY_##name,
typedef enum family_sign { FAMILY_SIGN_TABLE(FAMILY_SIGN) FAMILY_SIGNS } family_sign;

extern const char *const family_sign_names[FAMILY_SIGNS];

void family_signs(const evidence *x, const panel *p, int service, double out[FAMILY_SIGNS]);

// The likeliest family of a fault at `service`; TEND_FAMILY_UNKNOWN when none is likely.
tend_family family_of(const evidence *x, const panel *p, int service);

#endif
