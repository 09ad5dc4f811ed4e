// SPDX-License-Identifier: GPL-3.0-or-later
// place.c - the signs of a place and their sum.
#include "agent/diagnose/place.h"

#include "agent/diagnose/place_fit.h"
#include "base/math.h"

#include <math.h>

#define PLACE_NAME(name, help) #name,
const char *const place_sign_names[PLACE_SIGNS] = {PLACE_TABLE(PLACE_NAME)};

// Into 0..most, NAN to 0: one wild sign must not decide.
static double bounded(double x, double most)
{
    return !(x > 0) ? 0 : x > most ? most : x;
}

static double smaller(double x, double y)
{
    return x < y ? x : y;
}

void place_signs(const evidence *x, const panel *p, int service, double out[PLACE_SIGNS])
{
    const service_evidence *s = &evidence_services(x)[service];
    const channel_evidence *of = s->of;
    double slow = bounded(of[CHANNEL_LATENCY].e, 4), failing = bounded(of[CHANNEL_ERRORS].e, 4);
    double own_slow = slow * (1 - s->explained[0]);
    double own_failing = failing * (1 - s->explained[1]);
    double cpu = bounded(of[CHANNEL_CPU].e, 4), memory = bounded(of[CHANNEL_MEMORY].e, 4);
    bool cache = p->service && p->service[service].kind == TEND_CACHE;

    out[PLACE_latency] = of[CHANNEL_LATENCY].share * slow;
    out[PLACE_errors] = of[CHANNEL_ERRORS].share * failing;
    out[PLACE_slow] = own_slow;
    out[PLACE_fails] = own_failing;
    out[PLACE_slow_echo] = slow - own_slow;
    out[PLACE_fails_echo] = failing - own_failing;
    out[PLACE_network] = bounded(of[CHANNEL_NETWORK].e, 4);
    out[PLACE_dark] = bounded(s->dark, 4);
    out[PLACE_cpu] = cpu;
    out[PLACE_cpu_slow] = smaller(cpu, own_slow);
    out[PLACE_memory] = memory;
    out[PLACE_memory_slow] = smaller(memory, own_slow);
    out[PLACE_saturation] = bounded(of[CHANNEL_SATURATION].e, 4) * (1 - s->below);
    out[PLACE_gone] = bounded(fmax(of[CHANNEL_READY].e, of[CHANNEL_RESTARTS].e), 4);
    out[PLACE_deployed] = s->deployed * (own_slow > own_failing ? own_slow : own_failing);
    out[PLACE_crowd] = service == p->entry ? bounded(of[CHANNEL_REQUESTS].e, 4) : 0;
    out[PLACE_everywhere] = s->everywhere;
    out[PLACE_amplified] = bounded(s->amplified, 4);
    out[PLACE_pushed] = cache ? bounded(s->pushed, 4) : 0;
    out[PLACE_starved] = bounded(s->starved, 4);
    out[PLACE_own_mean] = bounded(s->own_mean, 4);
    // 1 at the onset, 1/2 a row later
    out[PLACE_first] = s->first < 0 ? 0 : 1.0 / (1.0 + fabs((double)(s->first - x->onset)));
}

void place_channels(const evidence *x, const panel *p, int service, double weight[CHANNELS])
{
    static const place_sign of[CHANNELS] = {
        [CHANNEL_LATENCY] = PLACE_latency, [CHANNEL_ERRORS] = PLACE_errors,
        [CHANNEL_NETWORK] = PLACE_network, [CHANNEL_CPU] = PLACE_cpu,
        [CHANNEL_MEMORY] = PLACE_memory,   [CHANNEL_SATURATION] = PLACE_saturation,
        [CHANNEL_RESTARTS] = PLACE_gone,   [CHANNEL_READY] = PLACE_gone,
        [CHANNEL_REQUESTS] = PLACE_crowd,
    };
    double sign[PLACE_SIGNS];

    place_signs(x, p, service, sign);
    for (int c = 0; c < CHANNELS; c++)
        weight[c] = place_weight[of[c]] * sign[of[c]];
    // what a service adds itself counts for the channel that shows it
    weight[CHANNEL_LATENCY] += place_weight[PLACE_slow] * sign[PLACE_slow];
    weight[CHANNEL_ERRORS] += place_weight[PLACE_fails] * sign[PLACE_fails];
    weight[CHANNEL_CPU] += place_weight[PLACE_cpu_slow] * sign[PLACE_cpu_slow];
    weight[CHANNEL_MEMORY] += place_weight[PLACE_memory_slow] * sign[PLACE_memory_slow];
    const service_evidence *s = &evidence_services(x)[service];
    bool crashed = s->of[CHANNEL_RESTARTS].e > s->of[CHANNEL_READY].e;
    weight[crashed ? CHANNEL_READY : CHANNEL_RESTARTS] = 0;
}

void place_scores(const evidence *x, const panel *p, double *score)
{
    double sign[PLACE_SIGNS];

    for (int v = 0; v < p->S; v++) {
        place_signs(x, p, v, sign);
        score[v] = 0;
        for (int i = 0; i < PLACE_SIGNS; i++)
            score[v] += place_weight[i] * sign[i];
    }
}

double place_likely(const double *score, int S, double *likely)
{
    double most = PLACE_NONE;

    for (int v = 0; v < S; v++)
        most = score[v] > most ? score[v] : most;
    double none = math_exp(PLACE_NONE - most), all = none;
    for (int v = 0; v < S; v++) {
        // 60 below the best is nothing, and keeps the exponential finite
        likely[v] = score[v] < most - 60 ? 0 : math_exp(score[v] - most);
        all += likely[v];
    }
    for (int v = 0; v < S; v++)
        likely[v] /= all;
    return none / all;
}
