// SPDX-License-Identifier: GPL-3.0-or-later
// hypotheses.c - the signs, and the softmax over hypotheses.
#include "agent/diagnose/hypotheses.h"

#include "agent/diagnose/hypotheses_fit.h"
#include "base/math.h"

#include <math.h>
#include <string.h>

// the signals the weights were fitted on, in the order of their columns; others count as evidence
static const int fitted[] = {SIGNAL_LATENCY, SIGNAL_ERRORS,   SIGNAL_CPU,
                             SIGNAL_MEMORY,  SIGNAL_REQUESTS, SIGNAL_SATURATION};

enum { FITTED = sizeof fitted / sizeof *fitted };

enum { FAMILIES = sizeof fit_service / sizeof *fit_service };

#define LEAST_EVIDENCE 1.25 // of a symptom that counts: 5 robust sigmas

// Into -most..most, NAN to -most: one wild sign must not decide.
static double bounded(double x, double most)
{
    return !(x > -most) ? -most : x > most ? most : x;
}

static double known(double x)
{
    return isnan(x) ? 0 : x;
}

// Of two gaps in ms; the tenth keeps a gap of nothing from being infinitely larger than nothing.
static double log_ratio(double now, double usual)
{
    double ratio = (now + 0.1) / (usual + 0.1);

    return isnan(ratio) || ratio <= 0 ? 0 : bounded(math_log(ratio), 4);
}

void hypotheses_service(const symptoms *s, const tend_system *system, int service,
                        double out[SERVICE_SIGNS])
{
    const service_signs *of = &symptoms_services(s)[service];
    tend_service_kind kind = system->services[service].kind;
    // the order is that of the fitted weights: a sign inserted shifts all that follow
    double *f = out;

    *f++ = 1;
    *f++ = of->share[0];
    *f++ = of->share[1];
    for (int i = 0; i < FITTED; i++)
        *f++ = of->e[fitted[i]];
    *f++ = bounded(of->own_mean, 4);
    *f++ = bounded(of->amplified, 3);
    *f++ = of->ready;
    *f++ = of->deployed;
    *f++ = kind == TEND_CACHE;
    *f++ = kind == TEND_DATABASE;
    *f++ = service == system->entry;
    // 1 for who moved first, 1/2 a tick later
    *f++ = of->first < 0 ? 0 : 1.0 / (1.0 + (double)(of->first - s->onset));
    // levels beside deviations: a share near 1 is bad however usual it is
    *f++ = known(of->now[SIGNAL_MEMORY]);
    *f++ = known(of->now[SIGNAL_CPU]);
    *f++ = known(of->now[SIGNAL_SATURATION]);
    *f++ = known(of->now[SIGNAL_ERRORS]);
    // what the neighbours explain
    *f++ = of->link_in;
    *f++ = of->link_out;
    *f++ = of->below;
    *f++ = of->above;
    *f++ = bounded(of->pushed, 3);
    *f++ = bounded(of->starved, 3);
    // slow, and not because it works harder
    *f++ = of->z[SIGNAL_LATENCY] > 3 && of->z[SIGNAL_CPU] < 2 ? of->share[0] : 0;
    // fails, and not because what it calls fails
    *f++ = of->share[1] * of->e[SIGNAL_ERRORS];
    // slow, and not because of a slow callee
    *f++ = of->share[0] * of->e[SIGNAL_LATENCY];
}

void hypotheses_link(const symptoms *s, const tend_system *system, int edge, double out[LINK_SIGNS])
{
    const edge_signs *of = &symptoms_edges(s)[edge];
    const service_signs *near = &symptoms_services(s)[system->edges[edge].caller];
    const service_signs *far = &symptoms_services(s)[system->edges[edge].callee];
    // order of fit_link, see above
    double *f = out;

    *f++ = 1;
    *f++ = of->e;
    *f++ = of->share;
    *f++ = log_ratio(of->gap, of->usual);
    *f++ = symptoms_evidence(of->client);
    *f++ = symptoms_evidence(of->server);
    // what the two ends show speaks against the call between them
    *f++ = near->share[1];
    *f++ = near->e[SIGNAL_ERRORS];
    *f++ = far->e[SIGNAL_ERRORS];
    *f++ = far->e[SIGNAL_LATENCY];
    *f++ = far->e[SIGNAL_CPU];
    *f++ = far->e[SIGNAL_SATURATION];
    *f++ = bounded(far->amplified, 3);
    *f++ = far->ready;
    *f++ = far->share[0];
    // both large, where the sum of the two is not enough
    *f++ = of->share * of->e;
}

void hypotheses_none(const symptoms *s, const tend_system *system, const tend_obs *obs,
                     double out[NONE_SIGNS])
{
    const service_signs *of = symptoms_services(s);
    const edge_signs *edge = symptoms_edges(s);
    double most = 0, gap = 0, all = 0;

    for (int v = 0; v < system->S; v++)
        for (int i = 0; i < SIGNALS; i++) {
            double e = of[v].e[i];
            most = e > most ? e : most;
            all += e > 1.25 ? e : 0; // beyond 5 sigmas
        }
    for (int e = 0; e < system->E; e++)
        gap = edge[e].e > gap ? edge[e].e : gap;
    out[0] = 1;
    out[1] = most;
    out[2] = gap;
    out[3] = obs->breach;
    out[4] = math_log(1 + all);
}

// Log odds; +-60 keeps exp() and the sum of all odds finite.
static double dot(const double *weight, const double *sign, int count)
{
    double sum = 0;

    for (int i = 0; i < count; i++)
        sum += weight[i] * sign[i];
    return bounded(sum, 60);
}

// Adds a hypothesis to its service, which is named by the likeliest of them.
static void weigh(verdict *v, double odds, int family, int edge)
{
    v->total += odds;
    if (odds > v->best) {
        v->best = odds;
        v->family = family;
        v->edge = edge;
    }
}

// Nothing stands out, whatever the fit says: no signal and no gap beyond noise, nobody is missing.
static bool quiet(const symptoms *s, const tend_system *system, const tend_obs *obs,
                  const double none[NONE_SIGNS])
{
    const service_signs *of = symptoms_services(s);
    double least = LEAST_EVIDENCE;

    for (int v = 0; v < system->S; v++)
        if (of[v].ready > 0)
            return false;
    return !obs->breach && none[1] < least && none[2] < least;
}

double hypotheses_judge(const symptoms *s, const tend_system *system, const tend_obs *obs,
                        verdict *verdicts)
{
    double sign[SERVICE_SIGNS], odds[FAMILIES], all;

    hypotheses_none(s, system, obs, sign);
    if (quiet(s, system, obs, sign)) {
        memset(verdicts, 0, (size_t)system->S * sizeof *verdicts);
        return 1;
    }
    double none = math_exp(dot(fit_none, sign, NONE_SIGNS));
    all = none;
    for (int v = 0; v < system->S; v++) {
        verdicts[v] = (verdict){.edge = -1};
        hypotheses_service(s, system, v, sign);
        for (int f = 0; f < FAMILIES; f++)
            odds[f] = dot(fit_service[f].weight, sign, SERVICE_SIGNS);
        math_exp_each(odds, FAMILIES);
        for (int f = 0; f < FAMILIES; f++)
            weigh(&verdicts[v], odds[f], (int)fit_service[f].family, -1);
    }
    // a bad link is told of its callee: what to do about it starts there
    for (int e = 0; e < system->E; e++) {
        hypotheses_link(s, system, e, sign);
        weigh(&verdicts[system->edges[e].callee], math_exp(dot(fit_link, sign, LINK_SIGNS)),
              TEND_FAMILY_NETWORK, e);
    }
    for (int v = 0; v < system->S; v++)
        all += verdicts[v].total;
    for (int v = 0; v < system->S; v++) {
        verdicts[v].total /= all;
        verdicts[v].best /= all;
    }
    return none / all;
}
