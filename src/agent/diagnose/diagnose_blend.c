// SPDX-License-Identifier: GPL-3.0-or-later
// diagnose_blend.c - impact hypotheses, tilted by correlation with the symptoms.
//
// A logarithmic opinion pool (Genest and Zidek 1986): each service's odds are multiplied by
// exp(tilt x correlation score). The tilt is small: correlation settles near ties.
#include "agent/diagnose/correlate.h"
#include "agent/diagnose/diagnosis.h"
#include "agent/plugins.h"
#include "base/math.h"

typedef struct blend_params {
    diagnosis_params common;
    double window, tilt;
} blend_params;

static const tend_param table[] = {
    DIAGNOSIS_PARAMS(blend_params),
    {"window", offsetof(blend_params, window), TEND_INTEGER, 30, 5, 2000, "samples correlated"},
    {"tilt", offsetof(blend_params, tilt), TEND_NUMBER, 0.3, 0, 20,
     "log odds of a full correlation score"},
    {.name = NULL},
};

// A lead that no tilt can turn round: the correlations need not be computed.
static bool clear_lead(const verdict *verdicts, int S, double most)
{
    double first = 0, second = 0;

    for (int v = 0; v < S; v++) {
        double total = verdicts[v].total;
        if (total > first) {
            second = first;
            first = total;
        } else if (total > second) {
            second = total;
        }
    }
    return first > most * second;
}

// Pools the two opinions; with a clear lead the fitted one stands as it is.
static double rank(const tend_node *me, const symptoms *s, const tend_obs *obs,
                   const tend_findings *findings, verdict *verdicts, double *scores)
{
    const blend_params *p = me->params;
    double none = hypotheses_judge(s, me->system, obs, verdicts), all = none;
    double most = math_exp(p->tilt);

    if (clear_lead(verdicts, me->system->S, most))
        return none;
    correlate(s, me->system, findings->score, (int)p->window, false, scores);
    for (int v = 0; v < me->system->S; v++) {
        double tilt = math_exp(p->tilt * scores[v]);
        verdicts[v].total *= tilt;
        verdicts[v].best *= tilt;
        all += verdicts[v].total;
    }
    for (int v = 0; v < me->system->S; v++) {
        // "nothing is wrong" is not tilted, so it loses weight as correlations add up
        verdicts[v].total /= all;
        verdicts[v].best /= all;
    }
    return none / all;
}

static void diagnose(const tend_node *me, const tend_view *view, tend_causes *out)
{
    diagnosis_step(me, view, rank, out);
}

const tend_diagnoser diagnose_blend = {
    .base = {.name = "blend",
             .help = "impact hypotheses, tilted by correlation with the symptoms",
             .params = table,
             .params_size = sizeof(blend_params),
             .state_size = diagnosis_size,
             .init = diagnosis_init},
    .diagnose = diagnose,
};
