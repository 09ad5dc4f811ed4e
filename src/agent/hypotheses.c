// hypotheses.c - the signs, and the softmax over hypotheses.
#include "agent/hypotheses.h"

#include "agent/hypotheses_fit.h"
#include "base/math.h"

#include <math.h>

static double bounded(double x, double most)
{
    return !(x > -most) ? -most : x > most ? most : x;
}

static double known(double x)
{
    return isnan(x) ? 0 : x;
}

static double log_ratio(double now, double usual)
{
    double ratio = (now + 0.1) / (usual + 0.1);

    return isnan(ratio) || ratio <= 0 ? 0 : bounded(math_log(ratio), 4);
}

// What the neighbours show: callees' share of the trouble, links in and out, rivals' load.
static void neighbours(const symptoms *s, const tend_system *system, int service, double *f)
{
    const service_signs *of = symptoms_services(s);
    const edge_signs *edge = symptoms_edges(s);
    double in = 0, out = 0, below = 0, above = 0, pushed = 0, starved = 0;

    for (int e = 0; e < system->E; e++) {
        int caller = system->edges[e].caller, callee = system->edges[e].callee;
        double gap = symptoms_evidence(edge[e].z);
        if (callee == service) {
            in = gap > in ? gap : in;
            above = of[caller].share[1] > above ? of[caller].share[1] : above;
            // do the other services my callers call get more requests than usual?
            for (int o = 0; o < system->E; o++)
                if (system->edges[o].caller == caller && o != e &&
                    of[system->edges[o].callee].amplified > pushed)
                    pushed = of[system->edges[o].callee].amplified;
        }
        if (caller == service) {
            out = gap > out ? gap : out;
            below = of[callee].share[0] > below ? of[callee].share[0] : below;
            starved = -of[callee].amplified > starved ? -of[callee].amplified : starved;
        }
    }
    f[0] = in;
    f[1] = out;
    f[2] = below;
    f[3] = above;
    f[4] = bounded(pushed, 3);
    f[5] = bounded(starved, 3);
}

void hypotheses_service(const symptoms *s, const tend_system *system, int service,
                        double out[SERVICE_SIGNS])
{
    const service_signs *of = &symptoms_services(s)[service];
    tend_service_kind kind = system->services[service].kind;
    double *f = out;

    *f++ = 1;
    *f++ = of->share[0];
    *f++ = of->share[1];
    for (int i = 0; i < SIGNALS; i++)
        *f++ = symptoms_evidence(of->z[i]);
    *f++ = bounded(of->own_mean, 4);
    *f++ = bounded(of->amplified, 3);
    *f++ = of->ready;
    *f++ = of->deployed;
    *f++ = kind == TEND_CACHE;
    *f++ = kind == TEND_DATABASE;
    *f++ = service == system->entry;
    *f++ = of->first < 0 ? 0 : 1.0 / (1.0 + (double)(of->first - s->onset));
    *f++ = known(of->now[SIGNAL_MEMORY]);
    *f++ = known(of->now[SIGNAL_CPU]);
    *f++ = known(of->now[SIGNAL_SATURATION]);
    *f++ = known(of->now[SIGNAL_ERRORS]);
    neighbours(s, system, service, f);
    f += 6;
    // slow, and not because it works harder
    *f++ = of->z[SIGNAL_LATENCY] > 3 && of->z[SIGNAL_CPU] < 2 ? of->share[0] : 0;
    // fails, and not because what it calls fails
    *f++ = of->share[1] * symptoms_evidence(of->z[SIGNAL_ERRORS]);
    *f++ = of->share[0] * symptoms_evidence(of->z[SIGNAL_LATENCY]);
}

void hypotheses_link(const symptoms *s, const tend_system *system, int edge,
                     double out[LINK_SIGNS])
{
    const edge_signs *of = &symptoms_edges(s)[edge];
    const service_signs *near = &symptoms_services(s)[system->edges[edge].caller];
    const service_signs *far = &symptoms_services(s)[system->edges[edge].callee];
    double *f = out;

    *f++ = 1;
    *f++ = symptoms_evidence(of->z);
    *f++ = of->share;
    *f++ = log_ratio(of->gap, of->usual);
    *f++ = symptoms_evidence(of->client);
    *f++ = symptoms_evidence(of->server);
    *f++ = near->share[1];
    *f++ = symptoms_evidence(near->z[SIGNAL_ERRORS]);
    *f++ = symptoms_evidence(far->z[SIGNAL_ERRORS]);
    *f++ = symptoms_evidence(far->z[SIGNAL_LATENCY]);
    *f++ = symptoms_evidence(far->z[SIGNAL_CPU]);
    *f++ = symptoms_evidence(far->z[SIGNAL_SATURATION]);
    *f++ = bounded(far->amplified, 3);
    *f++ = far->ready;
    *f++ = far->share[0];
    *f++ = of->share * symptoms_evidence(of->z);
}

void hypotheses_none(const symptoms *s, const tend_system *system, const tend_obs *obs,
                     double out[NONE_SIGNS])
{
    const service_signs *of = symptoms_services(s);
    const edge_signs *edge = symptoms_edges(s);
    double most = 0, gap = 0, all = 0;

    for (int v = 0; v < system->S; v++)
        for (int i = 0; i < SIGNALS; i++) {
            double e = symptoms_evidence(of[v].z[i]);
            most = e > most ? e : most;
            all += e > 1.25 ? e : 0; // beyond 5 sigmas
        }
    for (int e = 0; e < system->E; e++)
        gap = edge[e].z > gap ? edge[e].z : gap;
    out[0] = 1;
    out[1] = most;
    out[2] = symptoms_evidence(gap);
    out[3] = obs->breach;
    out[4] = math_log(1 + all);
}

static double dot(const double *weight, const double *sign, int count)
{
    double sum = 0;

    for (int i = 0; i < count; i++)
        sum += weight[i] * sign[i];
    return bounded(sum, 60);
}

static void weigh(verdict *v, double odds, int family, int edge)
{
    v->total += odds;
    if (odds > v->best) {
        v->best = odds;
        v->family = family;
        v->edge = edge;
    }
}

double hypotheses_judge(const symptoms *s, const tend_system *system, const tend_obs *obs,
                        verdict *verdicts)
{
    double sign[SERVICE_SIGNS], all;

    hypotheses_none(s, system, obs, sign);
    double none = math_exp(dot(fit_none, sign, NONE_SIGNS));
    all = none;
    for (int v = 0; v < system->S; v++) {
        verdicts[v] = (verdict){.edge = -1};
        hypotheses_service(s, system, v, sign);
        for (int f = 0; f < SERVICE_FAMILIES; f++)
            weigh(&verdicts[v], math_exp(dot(fit_service[f], sign, SERVICE_SIGNS)), f + 1, -1);
    }
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
