// SPDX-License-Identifier: GPL-3.0-or-later
// diagnose_impact.c - excess-impact flow, network gaps and resources, weighed as hypotheses.
#include "agent/diagnose/diagnosis.h"
#include "agent/plugins.h"

typedef struct impact_params {
    diagnosis_params common;
} impact_params;

static const tend_param table[] = {DIAGNOSIS_PARAMS(impact_params), {.name = NULL}};

static double rank(const tend_node *me, const symptoms *s, const tend_obs *obs,
                   const tend_findings *findings, verdict *verdicts, double *scores)
{
    // the fit has its own evidence: the detector decides when to look, not what is seen
    (void)findings;
    (void)scores;
    return hypotheses_judge(s, me->system, obs, verdicts);
}

static void diagnose(const tend_node *me, const tend_view *view, tend_causes *out)
{
    diagnosis_step(me, view, rank, out);
}

const tend_diagnoser diagnose_impact = {
    .base = {.name = "impact",
             .help = "own excess impact, link gaps and resources, weighed as hypotheses",
             .params = table,
             .params_size = sizeof(impact_params),
             .state_size = diagnosis_size,
             .init = diagnosis_init},
    .diagnose = diagnose,
};
