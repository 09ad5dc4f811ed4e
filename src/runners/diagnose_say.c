// SPDX-License-Identifier: GPL-3.0-or-later
// diagnose_say.c - evidence of a recorded incident, for and against, in sentences.
#include "runners/diagnose_say.h"

#include <math.h>

void diagnose_say_channel(const incident *c, const rank_result *r, int service,
                          evidence_channel channel, str *out)
{
    const service_evidence *of = &evidence_services(r->evidence)[service];
    const channel_evidence *at = &of->of[channel];
    int column = rank_column(r, service, channel);
    double before = at->before, now = at->now;

    if (column >= 0 && channel == CHANNEL_ERRORS &&
        c->column[column].role == METRIC_AVAILABILITY) { // told as the column tells it
        before = 1 - before;
        now = 1 - now;
    }
    if (channel == CHANNEL_NETWORK) {
        const tend_edge *edge = &c->window.edges[of->edge];
        str_format(out, "calls %s>%s lose %.3g more between client and server than usual (%.3g)",
                   c->service[edge->caller], c->service[edge->callee], at->excess, before);
    } else {
        str_format(out, "%s %s from %.4g to %.4g", column < 0 ? "" : c->column[column].name,
                   now > before ? "rose" : "fell", before, now);
    }
    // beyond 9,999 only the width grows
    str_format(out, ", %.0f sigmas", fmin(fabs(at->z), 9999));
    if ((channel == CHANNEL_LATENCY || channel == CHANNEL_ERRORS) && at->impact > 0)
        str_format(out, "; %.0f %% of its impact is its own",
                   100 * fmax(0, fmin(1, at->own / at->impact)));
}

void diagnose_say_evidence(const incident *c, const rank_result *r, int place, str *out)
{
    int service = r->suspect[place].service;
    evidence_channel order[CHANNELS];
    double weight[CHANNELS];
    int count = rank_channels(r, service, order, weight);

    for (int i = 0; i < count; i++) {
        str_add(out, i ? "; " : "");
        diagnose_say_channel(c, r, service, order[i], out);
    }
}

int diagnose_loudest_of(const incident *c, const rank_result *r)
{
    int loudest = -1;

    for (int s = 0; s < c->window.S && r->suspects; s++) {
        const channel_evidence *at = &evidence_services(r->evidence)[s].of[CHANNEL_LATENCY];
        // loud is more than 3 sigmas; it is its callees' when less than half stays its own
        if (s != r->suspect[0].service && at->z > 3 && at->impact > 0 &&
            at->own < 0.5 * at->impact &&
            (loudest < 0 ||
             at->impact > evidence_services(r->evidence)[loudest].of[CHANNEL_LATENCY].impact))
            loudest = s;
    }
    return loudest;
}

// Why the loudest is not the cause: the question a reader asks first.
void diagnose_say_against(const incident *c, const rank_result *r, str *out)
{
    int loudest = diagnose_loudest_of(c, r);

    if (loudest < 0)
        return;
    const channel_evidence *at = &evidence_services(r->evidence)[loudest].of[CHANNEL_LATENCY];
    str_format(out,
               "against %s: its latency rose from %.4g to %.4g, but %.0f %% of that is its "
               "callees'",
               c->service[loudest], at->before, at->now, 100 * (1 - fmax(0, at->own / at->impact)));
}

// The callee that explains most of a caller's latency or failures, -1: none does.
static int explainer(const incident *c, const rank_result *r, int service, evidence_channel channel)
{
    const service_evidence *of = evidence_services(r->evidence);
    int best = -1;

    for (int e = 0; e < c->window.E; e++) {
        int callee = c->window.edges[e].callee;
        if (c->window.edges[e].caller == service && of[callee].of[channel].z > 0 &&
            (best < 0 || of[callee].of[channel].excess > of[best].of[channel].excess))
            best = callee;
    }
    return best;
}

static void say_usual(const service_evidence *of, str *out)
{
    bool any = false;

    for (int i = 0; i < CHANNELS; i++) {
        if (isnan(of->of[i].before) || fabs(of->of[i].z) >= 2)
            continue;
        str_format(out, "%s%s", any ? ", " : "      against  usual: ",
                   evidence_channel_name((evidence_channel)i));
        any = true;
    }
    if (any)
        str_char(out, '\n');
}

static void say_reasons_against(const incident *c, const rank_result *r, int service, str *out)
{
    static const evidence_channel flows[] = {CHANNEL_LATENCY, CHANNEL_ERRORS};
    const service_evidence *of = &evidence_services(r->evidence)[service];

    for (int i = 0; i < 2; i++) {
        int callee = explainer(c, r, service, flows[i]);
        if (of->explained[i] > 0.05 && of->of[flows[i]].z > 2 && callee >= 0)
            str_format(out, "      against  %.0f %% of its %s is explained by what it calls (%s)\n",
                       100 * of->explained[i], evidence_channel_name(flows[i]), c->service[callee]);
    }
    if (of->growth > 1.1)
        str_format(out, "      against  its requests grew %.2f times: cpu is held against that\n",
                   of->growth);
    say_usual(of, out);
}

void diagnose_say_explained(const incident *c, const rank_result *r, int place, str *out)
{
    int service = r->suspect[place].service;
    const service_evidence *of = &evidence_services(r->evidence)[service];
    evidence_channel order[CHANNELS];
    double weight[CHANNELS];
    int count = rank_channels(r, service, order, weight);

    str_format(out, "    %d. %s %.2f %s, score %.2f\n", place + 1, c->service[service],
               r->suspect[place].confidence, tend_family_name(r->suspect[place].family),
               r->suspect[place].score);
    for (int i = 0; i < count; i++) {
        str_format(out, "      for %+5.2f  ", weight[order[i]]);
        diagnose_say_channel(c, r, service, order[i], out);
        str_char(out, '\n');
    }
    if (of->first >= 0)
        str_format(out, "      for         stands out from row %lld; the onset is row %lld\n",
                   (long long)of->first - c->normal_rows, (long long)r->onset - c->normal_rows);
    say_reasons_against(c, r, service, out);
}
