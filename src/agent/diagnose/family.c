// SPDX-License-Identifier: GPL-3.0-or-later
// family.c - the signs of a family.
#include "agent/diagnose/family.h"

#include "agent/diagnose/place.h"

#include <math.h>

#define FAMILY_SIGN_NAME(name, help) #name,
const char *const family_sign_names[FAMILY_SIGNS] = {FAMILY_SIGN_TABLE(FAMILY_SIGN_NAME)};

// Into -most..most, NAN to 0: one wild sign must not decide.
static double bounded(double x, double most)
{
    return isnan(x) ? 0 : x < -most ? -most : x > most ? most : x;
}

void family_signs(const evidence *x, const panel *p, int service, double out[FAMILY_SIGNS])
{
    const service_evidence *s = &evidence_services(x)[service];
    const channel_evidence *of = s->of;
    tend_service_kind kind = p->service ? p->service[service].kind : TEND_SERVICE;

    out[FAMILY_one] = 1;
    out[FAMILY_latency] = of[CHANNEL_LATENCY].e;
    out[FAMILY_latency_own] = of[CHANNEL_LATENCY].share;
    out[FAMILY_errors] = of[CHANNEL_ERRORS].e;
    out[FAMILY_errors_own] = of[CHANNEL_ERRORS].share;
    out[FAMILY_link_out] = s->link_out;
    out[FAMILY_cpu] = of[CHANNEL_CPU].e;
    out[FAMILY_memory] = of[CHANNEL_MEMORY].e;
    out[FAMILY_saturation] = of[CHANNEL_SATURATION].e;
    out[FAMILY_requests] = of[CHANNEL_REQUESTS].e;
    out[FAMILY_amplified] = bounded(s->amplified, 4);
    out[FAMILY_pushed] = bounded(s->pushed, 4);
    out[FAMILY_deployed] = s->deployed;
    out[FAMILY_own_mean] = s->own_mean;
    out[FAMILY_idle] = of[CHANNEL_LATENCY].share * of[CHANNEL_LATENCY].e *
                       (of[CHANNEL_CPU].e > 0 ? 1 / (1 + of[CHANNEL_CPU].e) : 1);
    out[FAMILY_cache] = kind == TEND_CACHE;
    out[FAMILY_database] = kind == TEND_DATABASE;
    out[FAMILY_entry] = service == p->entry && !isnan(of[CHANNEL_REQUESTS].now);
    out[FAMILY_load] = p->entry < 0 ? 0 : place_load(evidence_services(x)[p->entry].path.common);
}
