// SPDX-License-Identifier: GPL-3.0-or-later
// tell.c - from what was measured to pieces of evidence.
#include "agent/diagnose/tell.h"

#include <math.h>
#include <string.h>

#define CLEAR 4.0  // sigmas of what a person is told; smaller: noise is told, larger: faint faults
#define MOSTLY 0.5 // share of its trouble that a callee explains; larger: fewer are excused
#define GROWN 1.1  // times its requests; larger: cpu that follows them is called usual
enum { LOUDEST = 3 }; // metrics of a suspect; a person reads this

typedef struct teller {
    const tell_look *look;
    tend_evidence *out;
    int count;
} teller;

// A blank piece of evidence, NULL when the list is full: the rest is left untold.
static tend_evidence *add(teller *t, tend_evidence_kind kind, int service)
{
    if (t->count == TEND_EVIDENCE_MAX)
        return NULL;
    tend_evidence *e = &t->out[t->count++];
    memset(e, 0, sizeof *e); // the state is hashed, padding and all
    e->kind = kind;
    e->service = service;
    e->metric = e->edge = e->other = -1;
    e->value = e->reference = e->weight = (double)NAN;
    e->tick = -1;
    return e;
}

static tend_evidence *add_against(teller *t, tend_evidence_kind kind, int service)
{
    tend_evidence *e = add(t, kind, service);

    if (e)
        e->against = true;
    return e;
}

int tell_column(const panel *p, evidence_channel channel)
{
    int signal = evidence_signal(channel);

    return signal < 0 ? -1 : (int)p->signal[signal];
}

static const service_evidence *of_service(const teller *t, int service)
{
    return &evidence_services(t->look->evidence)[service];
}

// What is told in any case: a kind beside the usual ones is rare enough, and more requests at the
// entry are a crowd.
static bool always(const teller *t, int channel, int service)
{
    int signal = evidence_signal((evidence_channel)channel);

    return !tend_metric_row(panel_kind(signal))->usual ||
           (channel == CHANNEL_REQUESTS && service == t->look->panel->entry);
}

// Beside those that are told in any case, one of the loudest.
static bool among_loudest(const teller *t, int channel, int service)
{
    const channel_evidence *of = of_service(t, service)->of;
    int louder = 0;

    for (int c = 0; c < CHANNELS; c++)
        if (c != channel && evidence_signal((evidence_channel)c) >= 0 && !always(t, c, service))
            louder += of[c].z > of[channel].z || (of[c].z >= of[channel].z && c < channel);
    return louder < LOUDEST;
}

static void tell_deviations(teller *t, int service)
{
    const service_evidence *of = of_service(t, service);
    tend_evidence *e;

    for (int c = 0; c < CHANNELS; c++) {
        if (evidence_signal((evidence_channel)c) < 0 || !(of->of[c].z > CLEAR) ||
            (!always(t, c, service) && !among_loudest(t, c, service)) ||
            !(e = add(t, TEND_EVIDENCE_DEVIATION, service)))
            continue;
        e->metric = tell_column(t->look->panel, (evidence_channel)c);
        e->value = of->of[c].now;
        e->reference = of->of[c].before;
        e->weight = of->of[c].z;
        e->tick = of->first;
    }
}

// the call that is suspected, in ms; one that nobody times has nothing to show
static void tell_gap(teller *t, const tend_suspect *suspect)
{
    const edge_evidence *link =
        suspect->edge >= 0 ? &evidence_edges(t->look->evidence)[suspect->edge] : NULL;
    tend_evidence *e;

    if (!link || isnan(link->gap - link->usual) ||
        !(e = add(t, TEND_EVIDENCE_EDGE_GAP, suspect->service)))
        return;
    e->edge = suspect->edge;
    e->value = link->gap;
    e->reference = link->usual;
    e->weight = link->z;
}

static void tell_impact(teller *t, int service, evidence_channel channel)
{
    const channel_evidence *at = &of_service(t, service)->of[channel];
    tend_evidence *e;

    // 2 sigmas, for shares add up over many services that are each a little late
    if (!(at->own > 0) || !(at->z > 2) || !(e = add(t, TEND_EVIDENCE_IMPACT, service)))
        return;
    e->metric = tell_column(t->look->panel, channel);
    e->value = at->own;
    e->reference = at->impact;
    e->weight = at->share;
}

static void tell_for(teller *t, const tend_suspect *suspect)
{
    const service_evidence *of = of_service(t, suspect->service);
    const channel_evidence *ready = &of->of[CHANNEL_READY];
    tend_evidence *e;

    tell_gap(t, suspect);
    if (of->deployed > 0 && (e = add(t, TEND_EVIDENCE_DEPLOY, suspect->service)))
        e->value = of->deploy_lag;
    tell_impact(t, suspect->service, CHANNEL_LATENCY);
    tell_impact(t, suspect->service, CHANNEL_ERRORS);
    if (ready->z > CLEAR && (e = add(t, TEND_EVIDENCE_REPLICAS, suspect->service))) {
        e->value = ready->now;
        e->reference = ready->before;
        e->weight = ready->z;
    }
    tell_deviations(t, suspect->service);
}

// How much a callee shows of its caller's trouble, in the caller's unit; 0: nothing.
static double shown(const teller *t, int edge, evidence_channel channel)
{
    const channel_evidence *far = of_service(t, t->look->panel->edge[edge].callee)->of;
    double most = far[channel].z > EVIDENCE_ODD ? far[channel].excess : 0;
    double link = evidence_edges(t->look->evidence)[edge].client;

    return channel == CHANNEL_LATENCY && link > most ? link : most;
}

// The callee that explains its caller's latency or failures best: by the same trouble, else by
// another that callers feel. -1: none.
static int explainer(const teller *t, int service, evidence_channel channel)
{
    const panel *p = t->look->panel;
    int best = -1;
    double most = 0;

    for (int e = 0; e < p->E; e++)
        if (p->edge[e].caller == service && shown(t, e, channel) > most) {
            most = shown(t, e, channel);
            best = p->edge[e].callee;
        }
    for (int e = 0; e < p->E && most <= 0; e++) {
        const channel_evidence *far = of_service(t, p->edge[e].callee)->of;
        double z = fmax(far[CHANNEL_LATENCY].z, far[CHANNEL_ERRORS].z);
        z = fmax(z, fmax(far[CHANNEL_READY].z, far[CHANNEL_RESTARTS].z));
        if (p->edge[e].caller == service && z > EVIDENCE_ODD &&
            (best < 0 || z > -most)) { // below 0 while it is another trouble
            most = -z;
            best = p->edge[e].callee;
        }
    }
    return best;
}

// Loud, and at least half of it is a callee's.
static bool excused(const service_evidence *of, int flow)
{
    return of->of[flow ? CHANNEL_ERRORS : CHANNEL_LATENCY].z >= CLEAR &&
           of->explained[flow] >= MOSTLY;
}

static void tell_explained(teller *t, int service)
{
    static const evidence_channel flows[] = {CHANNEL_LATENCY, CHANNEL_ERRORS};
    const service_evidence *of = of_service(t, service);
    tend_evidence *e;

    for (int i = 0; i < 2; i++) {
        const channel_evidence *at = &of->of[flows[i]];
        int callee = excused(of, i) ? explainer(t, service, flows[i]) : -1;
        if (callee < 0 || !(e = add_against(t, TEND_EVIDENCE_EXPLAINED, service)))
            continue;
        // two ways to count: what its callees' impact leaves, what the worst one does not show
        double left = fmin(at->own, (1 - of->explained[i]) * at->impact);
        e->metric = tell_column(t->look->panel, flows[i]);
        e->other = callee;
        e->value = left > 0 ? left : 0;
        e->reference = at->impact;
        e->weight = at->z;
        e->tick = of->first;
    }
}

// It is slow, and nothing it works with is short.
static void tell_usual(teller *t, int service)
{
    static const evidence_channel works[] = {CHANNEL_CPU, CHANNEL_MEMORY, CHANNEL_SATURATION};
    const service_evidence *of = of_service(t, service);
    tend_evidence *e;

    if (!(of->of[CHANNEL_LATENCY].z >= CLEAR))
        return;
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        const channel_evidence *at = &of->of[works[i]];
        // of cpu that follows more requests the sigmas are usual, the level is not
        bool loaded = works[i] == CHANNEL_CPU && of->growth > GROWN;
        if (loaded || isnan(at->now) || isnan(at->before) || fabs(at->z) > EVIDENCE_ODD ||
            !(e = add_against(t, TEND_EVIDENCE_USUAL, service)))
            continue;
        e->metric = tell_column(t->look->panel, works[i]);
        e->value = at->now;
        e->reference = at->before;
        e->weight = at->z;
    }
}

// Sigmas of the loudest thing that is its own: not what callees explain, not its requests unless
// they come from users.
static double own_sigmas(const teller *t, int service, int *channel)
{
    const service_evidence *of = of_service(t, service);
    double most = -(double)INFINITY;

    *channel = -1;
    for (int c = 0; c < CHANNELS; c++) {
        bool theirs = (c == CHANNEL_LATENCY && excused(of, 0)) ||
                      (c == CHANNEL_ERRORS && excused(of, 1)) ||
                      (c == CHANNEL_REQUESTS && service != t->look->panel->entry);
        if (theirs || isnan(of->of[c].before) || !(of->of[c].z > most))
            continue;
        most = of->of[c].z;
        *channel = c;
    }
    return most;
}

// It is named for its surroundings alone.
static void tell_nothing_own(teller *t, const tend_suspect *suspect)
{
    const service_evidence *of = of_service(t, suspect->service);
    int channel;
    double most = own_sigmas(t, suspect->service, &channel);
    tend_evidence *e;

    if (channel < 0 || most > EVIDENCE_ODD || of->deployed > 0 || suspect->edge >= 0 ||
        !(e = add_against(t, TEND_EVIDENCE_NOTHING_OWN, suspect->service)))
        return;
    e->metric = tell_column(t->look->panel, (evidence_channel)channel);
    e->value = most;
    e->reference = EVIDENCE_ODD;
    e->weight = of->of[CHANNEL_LATENCY].share;
}

// Later than the first suspect; of the first, later than the earliest of the others.
static void tell_later(teller *t, int place)
{
    const tend_suspect *list = t->look->suspect;
    int64_t first = of_service(t, list[place].service)->first, than = -1;
    int other = -1;
    tend_evidence *e;

    for (int i = 0; i < t->look->suspects && i < TOLD_MOST; i++) {
        int64_t at = of_service(t, list[i].service)->first;
        if ((place == 0) == (i == 0) || at < 0 || at >= first || (other >= 0 && at >= than))
            continue;
        other = list[i].service;
        than = at;
    }
    if (other < 0 || !(e = add_against(t, TEND_EVIDENCE_LATER, list[place].service)))
        return;
    e->other = other;
    e->value = (double)(first - than);
    e->reference = (double)than;
    e->tick = first;
}

// What was done to it since shortly before the onset: its replicas, restarts and version are that.
static void tell_done(teller *t, int service)
{
    const tell_look *look = t->look;
    const own_deed *d = look->ours ? &own_deeds(look->ours)[service] : NULL;
    int64_t onset = look->evidence->onset;
    const double *last = look->panel->row + (look->panel->rows - 1) * look->panel->width;
    tend_evidence *e;

    if (d && d->from >= 0 && (d->until < 0 || d->until >= onset) &&
        (e = add_against(t, TEND_EVIDENCE_DONE, service))) {
        e->action = (int)d->action;
        e->value = d->low;
        e->reference = d->held;
        e->tick = d->from;
    }
    if (d && d->fewer > 0 && d->fewer_at >= onset &&
        (e = add_against(t, TEND_EVIDENCE_DONE, service))) {
        e->action = (int)d->fewer_action;
        e->reference = last[look->panel->ready_at + service];
        e->value = e->reference - (double)d->fewer;
        e->tick = d->fewer_at;
    }
}

int tell(const tell_look *look, tend_evidence out[TEND_EVIDENCE_MAX])
{
    teller t = {.look = look, .out = out};
    const tend_suspect *list = look->suspect;
    int most = look->suspects < TOLD_MOST ? look->suspects : TOLD_MOST;
    tend_evidence *e;

    if (most == 0)
        return 0;
    if ((e = add(&t, TEND_EVIDENCE_ONSET, list[0].service)))
        e->tick = look->evidence->onset;
    for (int i = 0; i < most; i++)
        tell_for(&t, &list[i]);
    for (int i = 0; i < most; i++) {
        tell_done(&t, list[i].service);
        tell_explained(&t, list[i].service);
        tell_nothing_own(&t, &list[i]);
        tell_later(&t, i);
        tell_usual(&t, list[i].service);
    }
    for (int i = most; i < look->suspects; i++)
        tell_explained(&t, list[i].service);
    return t.count;
}
