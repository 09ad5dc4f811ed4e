// SPDX-License-Identifier: GPL-3.0-or-later
// family.c - the signs of a family and the odds of each.
#include "agent/diagnose/family.h"

#include "agent/diagnose/family_fit.h"

#include <math.h>

#define FAMILY_SIGN_NAME(name, help) #name,
const char *const family_sign_names[FAMILY_SIGNS] = {FAMILY_SIGN_TABLE(FAMILY_SIGN_NAME)};

// Into -most..most, NAN to 0: one wild sign must not decide.
static double bounded(double x, double most)
{
    return isnan(x) ? 0 : x < -most ? -most : x > most ? most : x;
}

// A level in parts of one whole.
static double level(const panel *p, int signal, double now)
{
    return p->share[signal] ? bounded(now, 1) : 0;
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
    out[FAMILY_failing] = level(p, SIGNAL_ERRORS, of[CHANNEL_ERRORS].now);
    out[FAMILY_network] = of[CHANNEL_NETWORK].e;
    out[FAMILY_link_out] = s->link_out;
    out[FAMILY_cpu] = of[CHANNEL_CPU].e;
    out[FAMILY_busy] = level(p, SIGNAL_CPU, of[CHANNEL_CPU].now);
    out[FAMILY_memory] = of[CHANNEL_MEMORY].e;
    out[FAMILY_full] = level(p, SIGNAL_MEMORY, of[CHANNEL_MEMORY].now);
    out[FAMILY_saturation] = of[CHANNEL_SATURATION].e;
    out[FAMILY_used] = level(p, SIGNAL_SATURATION, of[CHANNEL_SATURATION].now);
    out[FAMILY_gone] = fmax(of[CHANNEL_READY].e, of[CHANNEL_RESTARTS].e);
    out[FAMILY_requests] = of[CHANNEL_REQUESTS].e;
    out[FAMILY_amplified] = bounded(s->amplified, 4);
    out[FAMILY_pushed] = bounded(s->pushed, 4);
    out[FAMILY_starved] = bounded(s->starved, 4);
    out[FAMILY_deployed] = s->deployed;
    out[FAMILY_own_mean] = s->own_mean;
    out[FAMILY_idle] = of[CHANNEL_LATENCY].share * of[CHANNEL_LATENCY].e *
                       (of[CHANNEL_CPU].e > 0 ? 1 / (1 + of[CHANNEL_CPU].e) : 1);
    out[FAMILY_cache] = kind == TEND_CACHE;
    out[FAMILY_database] = kind == TEND_DATABASE;
    out[FAMILY_everywhere] = s->everywhere;
}

// Something of it is beyond noise; what is not has no family.
static bool stands_out(const service_evidence *s)
{
    for (int c = 0; c < CHANNELS; c++)
        if (fabs(s->of[c].z) > EVIDENCE_ODD)
            return true;
    return s->deployed > 0 || s->dark > robust_evidence(EVIDENCE_ODD);
}

tend_family family_of(const evidence *x, const panel *p, int service)
{
    double sign[FAMILY_SIGNS], most = FAMILY_LEAST;
    tend_family best = TEND_FAMILY_UNKNOWN;

    if (!stands_out(&evidence_services(x)[service]))
        return best;
    family_signs(x, p, service, sign);
    for (size_t f = 0; f < sizeof family_fit / sizeof *family_fit; f++) {
        double odds = 0;
        for (int i = 0; i < FAMILY_SIGNS; i++)
            odds += family_fit[f].weight[i] * sign[i];
        if (odds > most) {
            most = odds;
            best = family_fit[f].family;
        }
    }
    return best;
}
