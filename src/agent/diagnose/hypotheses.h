// SPDX-License-Identifier: GPL-3.0-or-later
// hypotheses.h - signs of an incident -> how likely is each (service, family) and each bad link.
//
// Every hypothesis "service v suffers from family f", "link e is bad" and "nothing is wrong" is a
// linear form over a short list of signs; the softmax over all of them is its probability, which
// makes confidences calibrated by construction (multinomial logit, McFadden 1974). The weights in
// hypotheses_fit.h were fitted by tests/parity/fit_hypotheses.py on simulated incidents.
#ifndef TEND_AGENT_DIAGNOSE_HYPOTHESES_H
#define TEND_AGENT_DIAGNOSE_HYPOTHESES_H

#include "agent/diagnose/symptoms.h"

// as many as the weights in hypotheses_fit.h have columns
enum { SERVICE_SIGNS = 30, LINK_SIGNS = 16, NONE_SIGNS = 5 };

void hypotheses_service(const symptoms *s, const tend_system *system, int service,
                        double out[SERVICE_SIGNS]);
void hypotheses_link(const symptoms *s, const tend_system *system, int edge,
                     double out[LINK_SIGNS]);
void hypotheses_none(const symptoms *s, const tend_system *system, const tend_obs *obs,
                     double out[NONE_SIGNS]);

// What was found about one service.
typedef struct verdict {
    double total; // probability of all hypotheses about the service, its incoming links included
    double best;  // of the likeliest of them
    int32_t family, edge;
} verdict;

// verdicts [S]; returns the probability that nothing is wrong.
double hypotheses_judge(const symptoms *s, const tend_system *system, const tend_obs *obs,
                        verdict *verdicts);

#endif
