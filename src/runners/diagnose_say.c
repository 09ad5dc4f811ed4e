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
        // what is borrowed from the calls to it has no column of its own
        str_format(out, "%s%s %s from %.4g to %.4g", column < 0 ? "its " : "",
                   column < 0 ? evidence_channel_name(channel) : c->column[column].name,
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

// What rounds to nothing is neither more nor less than usual.
static double tenths(double sigmas)
{
    return fabs(sigmas) < 0.05 ? 0 : sigmas;
}

// The channel a piece of evidence is about, -1: none.
static int channel_of(const rank_result *r, const tend_evidence *e)
{
    for (int c = 0; c < CHANNELS && e->metric >= 0; c++)
        if (tell_column(&r->panel.panel, (evidence_channel)c) == e->metric)
            return c;
    // what is explained is latency or failures: where calls alone tell the one, or users the other,
    // no column of a service says which, but the sigmas do
    double slow = evidence_services(r->evidence)[e->service].of[CHANNEL_LATENCY].z;
    if (e->kind == TEND_EVIDENCE_EXPLAINED)
        return e->weight == slow ? CHANNEL_LATENCY : CHANNEL_ERRORS;
    return -1;
}

int diagnose_column_of(const rank_result *r, const tend_evidence *e)
{
    int channel = channel_of(r, e);

    return channel < 0 ? -1 : rank_column(r, e->service, (evidence_channel)channel);
}

int diagnose_against(const rank_result *r, tend_evidence out[TEND_EVIDENCE_MAX])
{
    tend_suspect first[TOLD_MOST];
    int count = 0, kept = 0;

    for (; count < r->suspects && count < TOLD_MOST; count++) {
        const rank_suspect *s = &r->suspect[count];
        bool call = s->family == TEND_FAMILY_NETWORK;
        first[count] =
            (tend_suspect){.service = s->service,
                           .edge = call ? evidence_services(r->evidence)[s->service].edge : -1,
                           .metric = -1,
                           .family = s->family,
                           .confidence = s->confidence};
    }
    const tell_look look = {r->evidence, &r->panel.panel, first, count, NULL};
    int told = count ? tell(&look, out) : 0;
    for (int i = 0; i < told; i++)
        if (out[i].against)
            out[kept++] = out[i];
    return kept;
}

void diagnose_say_why_not(const incident *c, const rank_result *r, const tend_evidence *e, str *out)
{
    const service_evidence *of = &evidence_services(r->evidence)[e->service];
    int channel = channel_of(r, e), column = diagnose_column_of(r, e);
    const char *other = e->other < 0 ? "" : c->service[e->other];

    if (e->kind == TEND_EVIDENCE_EXPLAINED)
        str_format(out, "%.0f %% of its %s is explained by what it calls (%s)",
                   100 * of->explained[channel == CHANNEL_ERRORS],
                   evidence_channel_name((evidence_channel)channel), other);
    else if (e->kind == TEND_EVIDENCE_USUAL)
        str_format(out, "slow with %s as usual, %.4g against %.4g, %.1f sigmas",
                   column < 0 ? "" : c->column[column].name, e->value, e->reference,
                   tenths(e->weight));
    else if (e->kind == TEND_EVIDENCE_NOTHING_OWN)
        str_format(out, "nothing of its own stands out, %.1f sigmas at most", tenths(e->value));
    else if (e->kind == TEND_EVIDENCE_LATER)
        str_format(out, "stands out %.0f rows after %s", e->value, other);
}

static void say_reasons_against(const incident *c, const rank_result *r, int service, str *out)
{
    const service_evidence *of = &evidence_services(r->evidence)[service];
    tend_evidence reason[TEND_EVIDENCE_MAX];
    int count = diagnose_against(r, reason);

    for (int i = 0; i < count; i++) {
        if (reason[i].service != service)
            continue;
        str_add(out, "      against     ");
        diagnose_say_why_not(c, r, &reason[i], out);
        str_char(out, '\n');
    }
    if (of->growth > 1.1)
        str_format(out,
                   "      against     its requests grew %.2f times: cpu is held against that\n",
                   of->growth);
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
