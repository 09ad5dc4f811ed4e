// SPDX-License-Identifier: GPL-3.0-or-later
// place.c - the signs of a place.
#include "agent/diagnose/place.h"

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

// evidence, of 4 sigmas; larger: small crowds are none, smaller: an ordinary day is one
#define LOAD_PLAIN 0.5

double place_load(double common)
{
    return bounded(2 * common / LOAD_PLAIN, 2);
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
    const path_evidence *path = &s->path;
    double reach = bounded(path->reach, 4);
    out[PLACE_slow_reach] = smaller(own_slow, reach);
    out[PLACE_fails_reach] = smaller(own_failing, reach);
    out[PLACE_cpu_reach] = smaller(cpu, reach);
    out[PLACE_saturation_reach] = smaller(out[PLACE_saturation], reach);
    out[PLACE_memory_reach] = smaller(memory, reach);
    out[PLACE_gone_reach] = smaller(out[PLACE_gone], reach);
    out[PLACE_gap] = path->gap;
    out[PLACE_gap_felt] = path->gap_felt;
    out[PLACE_gap_reach] = smaller(path->gap_felt, reach);
    out[PLACE_gap_owed] = path->gap_owed;
    out[PLACE_deeper] = path->deeper;
    out[PLACE_swamped] = path->swamped;
    out[PLACE_behind] = cache ? path->behind : 0;
    out[PLACE_common] = place_load(path->common);
    // 1 at the onset, 1/2 a row later
    out[PLACE_first] = s->first < 0 ? 0 : 1.0 / (1.0 + fabs((double)(s->first - x->onset)));
}
