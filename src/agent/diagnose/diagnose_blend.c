// SPDX-License-Identifier: GPL-3.0-or-later
// diagnose_blend.c - the place by impact, tilted by correlation with the symptoms.
//
// A logarithmic opinion pool (Genest and Zidek 1986): each service's odds are multiplied by
// exp(tilt x correlation score). The tilt is small: correlation settles near ties.
#include "agent/diagnose/causes.h"
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
static bool clear_lead(const double *likely, int S, double most)
{
    double first = 0, second = 0;

    for (int v = 0; v < S; v++)
        if (likely[v] > first) {
            second = first;
            first = likely[v];
        } else if (likely[v] > second) {
            second = likely[v];
        }
    return first > most * second;
}

// Pools the two opinions; with a clear lead the place stands as it is.
static double rank(const tend_node *me, const diagnosis_look *look, double *likely, double *score)
{
    const blend_params *p = me->params;
    int S = look->panel->S;

    cause_scores(look->evidence, look->panel, score);
    double none = cause_likely(score, S, likely), all = none;
    if (clear_lead(likely, S, math_exp(p->tilt)))
        return none;
    correlate(look->panel, look->findings->score, (int)p->window, false, score);
    for (int v = 0; v < S; v++) {
        likely[v] *= math_exp(p->tilt * score[v]);
        all += likely[v];
    }
    // "nothing is wrong" is not tilted, so it loses weight as correlations add up
    for (int v = 0; v < S; v++)
        likely[v] /= all;
    return none / all;
}

static void diagnose(const tend_node *me, const tend_view *view, tend_causes *out)
{
    diagnosis_step(me, view, rank, out);
}

const tend_diagnoser diagnose_blend = {
    .base = {.name = "blend",
             .help = "the place by impact, tilted by correlation with the symptoms",
             .params = table,
             .params_size = sizeof(blend_params),
             .state_size = diagnosis_size,
             .init = diagnosis_init},
    .diagnose = diagnose,
};
