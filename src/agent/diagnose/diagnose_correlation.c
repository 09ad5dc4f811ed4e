// SPDX-License-Identifier: GPL-3.0-or-later
// diagnose_correlation.c - anomaly score x correlation with the symptoms at the entry.
//
// Kept beside the others as the recipe to beat.
#include "agent/diagnose/correlate.h"
#include "agent/diagnose/diagnosis.h"
#include "agent/plugins.h"

typedef struct correlation_params {
    diagnosis_params common;
    double window, self;
} correlation_params;

static const tend_param table[] = {
    DIAGNOSIS_PARAMS(correlation_params),
    {"window", offsetof(correlation_params, window), TEND_INTEGER, 30, 5, 2000,
     "samples correlated"},
    {"self", offsetof(correlation_params, self), TEND_FLAG, 0, 0, 1,
     "1: the entry keeps its correlation with itself, which is 1"},
    {.name = NULL},
};

static double rank(const tend_node *me, const diagnosis_look *look, double *likely, double *score)
{
    const correlation_params *p = me->params;
    int S = look->panel->S;
    // squares set the best apart; the doubt is of the size of one score of a third
    double all = 0.1;

    correlate(look->panel, look->findings->score, (int)p->window, p->self > 0.5, score);
    for (int v = 0; v < S; v++)
        all += score[v] * score[v];
    for (int v = 0; v < S; v++)
        likely[v] = score[v] * score[v] / all;
    return 0.1 / all;
}

static void diagnose(const tend_node *me, const tend_view *view, tend_causes *out)
{
    diagnosis_step(me, view, rank, out);
}

const tend_diagnoser diagnose_correlation = {
    .base = {.name = "correlation",
             .help = "anomaly score x correlation with the symptoms at the entry",
             .params = table,
             .params_size = sizeof(correlation_params),
             .state_size = diagnosis_size,
             .init = diagnosis_init},
    .diagnose = diagnose,
};
