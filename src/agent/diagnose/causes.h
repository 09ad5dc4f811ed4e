// SPDX-License-Identifier: GPL-3.0-or-later
// causes.h - hypotheses: this kind of fault at this place. How likely is each?
//
// Each kind of fault weighs the signs of a place in its own way: lost time on a call speaks for the
// network and against a lock. What a service shows besides is a gate: a softmax over the kinds that
// divides the say among them (mixture of experts, Jacobs et al. 1991): it speaks for no place of
// itself; where a sign of a place shows, it says whose weights count. One softmax over places x
// kinds and "nothing is wrong" (conditional logit, McFadden 1974), tempered on systems it was not
// fitted on, gives the probability of a place; its family is that of the likeliest kinds, unknown
// where none has a fair share. Weights: cause_fit.h, made by `make fit` from generated systems
// alone.
#ifndef TEND_AGENT_DIAGNOSE_CAUSES_H
#define TEND_AGENT_DIAGNOSE_CAUSES_H

#include "agent/diagnose/evidence.h"

// score [S]: logarithm of the summed odds of all kinds at a place.
void cause_scores(const evidence *x, const panel *p, double *score);

// likely [S]: probability of each service from the scores; returns that of none of them.
double cause_likely(const double *score, int S, double *likely);

// The likeliest family of a fault at `service`; TEND_FAMILY_UNKNOWN when none is likely.
tend_family cause_family(const evidence *x, const panel *p, int service);

// How telling each channel is of a service, in evidence; 0 for one that is usual or that a callee
// explains.
void cause_channels(const evidence *x, const panel *p, int service, double weight[CHANNELS]);

#endif
