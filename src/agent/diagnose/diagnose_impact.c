// SPDX-License-Identifier: GPL-3.0-or-later
// diagnose_impact.c - excess-impact flow, network gaps and resources, weighed as signs of a place.
#include "agent/diagnose/causes.h"
#include "agent/diagnose/diagnosis.h"
#include "agent/plugins.h"

typedef struct impact_params {
    diagnosis_params common;
} impact_params;

static const tend_param table[] = {DIAGNOSIS_PARAMS(impact_params), {.name = NULL}};

static double rank(const tend_node *me, const diagnosis_look *look, double *likely, double *score)
{
    (void)me;
    // the evidence is its own: the detector decides when to look, not what is seen
    cause_scores(look->evidence, look->panel, score);
    return cause_likely(score, look->panel->S, likely);
}

static void diagnose(const tend_node *me, const tend_view *view, tend_causes *out)
{
    diagnosis_step(me, view, rank, out);
}

const tend_diagnoser diagnose_impact = {
    .base = {.name = "impact",
             .help = "own excess impact, link gaps and resources, weighed as signs of a place",
             .params = table,
             .params_size = sizeof(impact_params),
             .state_size = diagnosis_size,
             .init = diagnosis_init},
    .diagnose = diagnose,
};
