// SPDX-License-Identifier: GPL-3.0-or-later
// causes.c - the odds of each kind of fault at each place.
#include "agent/diagnose/causes.h"

#include "agent/diagnose/family.h"
#include "agent/diagnose/place.h"
#include "base/math.h"

#include <math.h>

typedef struct cause_row { // log odds of a sign
    const char *fault;
    tend_family family;
    double place[PLACE_SIGNS], kind[FAMILY_SIGNS];
} cause_row;

#include "agent/diagnose/cause_fit.h"

enum { KINDS = sizeof cause_fit / sizeof *cause_fit };

// 60 below the best is nothing, and keeps the exponential finite
#define NOTHING 60.0

static int likeliest(const double odds[KINDS])
{
    int best = 0;

    for (int k = 1; k < KINDS; k++)
        if (odds[k] > odds[best])
            best = k;
    return best;
}

// Logarithm of the summed odds of the kinds.
static double log_sum(const double odds[KINDS])
{
    double most = odds[likeliest(odds)], all = 0;

    for (int k = 0; k < KINDS; k++)
        all += odds[k] < most - NOTHING ? 0 : math_exp(odds[k] - most);
    return most + math_log(all);
}

static void weigh(const evidence *x, const panel *p, int service, double odds[KINDS])
{
    double place[PLACE_SIGNS], kind[FAMILY_SIGNS], gate[KINDS];

    place_signs(x, p, service, place);
    family_signs(x, p, service, kind);
    for (int k = 0; k < KINDS; k++) {
        gate[k] = 0;
        for (int i = 0; i < FAMILY_SIGNS; i++)
            gate[k] += cause_fit[k].kind[i] * kind[i];
    }
    // a gate divides the say among the kinds: where no sign of a place shows, all places are alike
    double all = log_sum(gate);
    for (int k = 0; k < KINDS; k++) {
        odds[k] = gate[k] - all - CAUSE_NONE_KINDS;
        for (int i = 0; i < PLACE_SIGNS; i++)
            odds[k] += cause_fit[k].place[i] * place[i];
    }
}

void cause_scores(const evidence *x, const panel *p, double *score)
{
    double odds[KINDS];

    for (int v = 0; v < p->S; v++) {
        weigh(x, p, v, odds);
        score[v] = CAUSE_TEMPER * log_sum(odds);
    }
}

double cause_likely(const double *score, int S, double *likely)
{
    double most = CAUSE_NONE;

    for (int v = 0; v < S; v++)
        most = score[v] > most ? score[v] : most;
    double none = CAUSE_NONE < most - NOTHING ? 0 : math_exp(CAUSE_NONE - most), all = none;
    for (int v = 0; v < S; v++) {
        likely[v] = score[v] < most - NOTHING ? 0 : math_exp(score[v] - most);
        all += likely[v];
    }
    for (int v = 0; v < S; v++)
        likely[v] /= all;
    return none / all;
}

// Something of it is beyond noise; what is not has no family.
static bool stands_out(const service_evidence *s)
{
    for (int c = 0; c < CHANNELS; c++)
        if (fabs(s->of[c].z) > EVIDENCE_ODD)
            return true;
    return s->deployed > 0 || s->dark > robust_evidence(EVIDENCE_ODD);
}

tend_family cause_family(const evidence *x, const panel *p, int service)
{
    double odds[KINDS], share[TEND_FAMILIES] = {0};

    if (!stands_out(&evidence_services(x)[service]))
        return TEND_FAMILY_UNKNOWN;
    weigh(x, p, service, odds);
    double all = log_sum(odds);
    for (int k = 0; k < KINDS; k++)
        share[cause_fit[k].family] += odds[k] < all - NOTHING ? 0 : math_exp(odds[k] - all);
    int best = 0;
    for (int f = 1; f < TEND_FAMILIES; f++)
        if (share[f] > share[best])
            best = f;
    return share[best] < CAUSE_FAMILY_LEAST ? TEND_FAMILY_UNKNOWN : (tend_family)best;
}

// Worth of what is seen of a service from outside, beside 1 of a resource, which is nearer to the
// cause. Set by hand with recorded metrics in sight; larger names the latency of a busy service
// before its cpu.
#define SYMPTOM 0.4

void cause_channels(const evidence *x, const panel *p, int service, double weight[CHANNELS])
{
    static const struct {
        place_sign sign;
        double worth;
    } of[CHANNELS] = {
        [CHANNEL_LATENCY] = {PLACE_slow, SYMPTOM},   [CHANNEL_ERRORS] = {PLACE_fails, SYMPTOM},
        [CHANNEL_NETWORK] = {PLACE_network, 1},      [CHANNEL_CPU] = {PLACE_cpu, 1},
        [CHANNEL_MEMORY] = {PLACE_memory, 1},        [CHANNEL_SATURATION] = {PLACE_saturation, 1},
        [CHANNEL_RESTARTS] = {PLACE_gone, 1},        [CHANNEL_READY] = {PLACE_gone, 1},
        [CHANNEL_REQUESTS] = {PLACE_crowd, SYMPTOM},
    };
    const service_evidence *s = &evidence_services(x)[service];
    double sign[PLACE_SIGNS];

    place_signs(x, p, service, sign);
    for (int c = 0; c < CHANNELS; c++)
        weight[c] = of[c].worth * sign[of[c].sign];
    bool crashed = s->of[CHANNEL_RESTARTS].e > s->of[CHANNEL_READY].e;
    weight[crashed ? CHANNEL_READY : CHANNEL_RESTARTS] = 0;
}
