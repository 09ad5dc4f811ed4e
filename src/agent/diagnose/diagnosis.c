// SPDX-License-Identifier: GPL-3.0-or-later
// diagnosis.c - pacing, suspects in order, evidence.
#include "agent/diagnose/diagnosis.h"

#include "base/block.h"

#include <math.h>
#include <string.h>

enum { TOLD_MOST = 3 }; // suspects whose evidence is told

// Verdicts, suspects, scores and history follow the struct as offsets, so the state can be copied.
static size_t lay_out(const tend_system *system, int rows, diagnosis *d)
{
    size_t S = (size_t)system->S;
    block b = {.align = 8};

    block_add(&b, 1, sizeof *d);
    d->verdicts_at = (int64_t)block_add(&b, S, sizeof(verdict));
    d->suspects_at = (int64_t)block_add(&b, S, sizeof(tend_suspect));
    d->scores_at = (int64_t)block_add(&b, S, sizeof(double));
    d->symptoms_at = (int64_t)block_add(&b, 1, symptoms_size(system, rows));
    return b.size;
}

size_t diagnosis_size(const tend_system *system, const void *params)
{
    const diagnosis_params *p = params;
    diagnosis d;

    return lay_out(system, (int)p->rows, &d);
}

static verdict *verdicts(diagnosis *d)
{
    return (verdict *)(void *)((char *)d + d->verdicts_at);
}

static tend_suspect *suspects(diagnosis *d)
{
    return (tend_suspect *)(void *)((char *)d + d->suspects_at);
}

static double *scores(diagnosis *d)
{
    return (double *)(void *)((char *)d + d->scores_at);
}

static symptoms *history(diagnosis *d)
{
    return (symptoms *)(void *)((char *)d + d->symptoms_at);
}

void diagnosis_init(const tend_node *me, uint64_t seed)
{
    const diagnosis_params *p = me->params;
    diagnosis *d = me->state;

    (void)seed;
    memset(d, 0, sizeof *d);
    lay_out(me->system, (int)p->rows, d);
    memset(verdicts(d), 0, (size_t)(d->symptoms_at - d->verdicts_at));
    d->ranked_at = d->onset = -1;
    symptoms_init(history(d), me->system, (int)p->rows);
}

// A blank piece of evidence, NULL when the list is full: the rest is left untold.
static tend_evidence *add(diagnosis *d, tend_evidence_kind kind, int service)
{
    if (d->evidence_count == TEND_EVIDENCE_MAX)
        return NULL;
    tend_evidence *e = &d->evidence[d->evidence_count++];
    memset(e, 0, sizeof *e); // the state is hashed, padding and all
    e->kind = kind;
    e->service = service;
    e->metric = e->edge = e->other = -1;
    e->value = e->reference = e->weight = (double)NAN;
    e->tick = -1;
    return e;
}

// What speaks for a suspect: its call, its deployment, its own share, its loudest metrics.
static void tell_for(diagnosis *d, const symptoms *s, const tend_obs *obs,
                     const tend_suspect *suspect)
{
    const service_signs *of = &symptoms_services(s)[suspect->service];
    int told = 0;
    tend_evidence *e;

    // the call that is suspected, in ms; one that nobody times has nothing to show
    const edge_signs *link = suspect->edge >= 0 ? &symptoms_edges(s)[suspect->edge] : NULL;
    if (link && !isnan(link->gap - link->usual) &&
        (e = add(d, TEND_EVIDENCE_EDGE_GAP, suspect->service))) {
        e->edge = suspect->edge;
        e->value = link->gap;
        e->reference = link->usual;
        e->weight = link->z;
    }
    if (of->deployed > 0 && (e = add(d, TEND_EVIDENCE_DEPLOY, suspect->service)))
        e->value = symptoms_deploy_lag(s, obs, suspect->service);
    if (of->own[0] > 0 && of->impact[0] > 0 &&
        (e = add(d, TEND_EVIDENCE_IMPACT, suspect->service))) {
        e->metric = (int)s->column[SIGNAL_LATENCY];
        e->value = of->own[0];
        e->reference = of->impact[0];
        e->weight = of->share[0];
    }
    // 3 metrics at most, each clear of noise: a person reads this; a kind beside the usual ones is
    // rare enough to be told in any case
    for (int i = 0; i < SIGNALS; i++) {
        bool usual = tend_metric_row(symptoms_kind(i))->usual;
        if ((usual && told == 3) || of->z[i] <= 4 ||
            !(e = add(d, TEND_EVIDENCE_DEVIATION, suspect->service)))
            continue;
        e->metric = (int)s->column[i];
        e->value = of->now[i];
        e->reference = of->base[i];
        e->weight = of->z[i];
        e->tick = of->first;
        told += usual;
    }
}

// A service that is loud because of what it calls: name the callee that explains it.
static void tell_against(diagnosis *d, const symptoms *s, const tend_system *system)
{
    const service_signs *of = symptoms_services(s);
    const tend_suspect *first = suspects(d);

    for (int i = 0; i < system->E; i++) {
        const tend_edge *edge = &system->edges[i];
        // a caller that is loud (4 sigmas) and owes at least half of it to the callee
        const service_signs *near = &of[edge->caller], *far = &of[edge->callee];
        if (edge->caller == first->service || near->z[SIGNAL_LATENCY] < 4 ||
            far->impact[0] < 0.5 * near->impact[0] || far->impact[0] <= 0)
            continue;
        tend_evidence *e = add(d, TEND_EVIDENCE_EXPLAINED, edge->caller);
        if (!e)
            return;
        e->metric = (int)s->column[SIGNAL_LATENCY];
        e->other = edge->callee;
        e->value = near->own[0] > 0 ? near->own[0] : 0;
        e->reference = near->impact[0];
        e->weight = near->z[SIGNAL_LATENCY];
        e->against = true;
    }
}

// Evidence in the order of a story: when, who and why, and who only looks guilty.
static void tell(diagnosis *d, const symptoms *s, const tend_obs *obs, const tend_system *system)
{
    tend_evidence *e;

    d->evidence_count = 0;
    if (d->count == 0)
        return;
    if ((e = add(d, TEND_EVIDENCE_ONSET, suspects(d)[0].service)))
        e->tick = s->onset;
    for (int i = 0; i < d->count && i < TOLD_MOST; i++)
        tell_for(d, s, obs, &suspects(d)[i]);
    tell_against(d, s, system);
}

// Insertion sort: the list is short and nearly sorted by nature.
static void order(tend_suspect *list, int count)
{
    for (int i = 1; i < count; i++) {
        tend_suspect moved = list[i];
        int j = i;
        for (; j > 0 && list[j - 1].confidence < moved.confidence; j--)
            list[j] = list[j - 1];
        list[j] = moved;
    }
}

// One look: measures, lets the ranker judge, and lists the services by probability.
static void rank(const tend_node *me, diagnosis *d, const tend_view *view, diagnosis_ranker ranker)
{
    const tend_obs *obs = view->obs;
    const diagnosis_params *p = me->params;
    const tend_system *system = me->system;
    symptoms *s = history(d);
    tend_suspect *list = suspects(d);

    symptoms_measure(s, system, obs, (int)p->recent);
    double none = ranker(me, s, obs, view->findings, verdicts(d), scores(d));
    d->ranked_at = obs->tick;
    d->onset = s->onset;
    // an abstention lists nobody: a policy must not act on the least unlikely
    d->count = none >= p->doubt ? 0 : system->S;
    for (int v = 0; v < d->count; v++) {
        const verdict *of = &verdicts(d)[v];
        int signal = symptoms_loudest(&symptoms_services(s)[v]);
        list[v] = (tend_suspect){.service = v,
                                 .edge = of->edge,
                                 .metric = signal < 0 ? -1 : (int)s->column[signal],
                                 .family = (tend_family)of->family,
                                 .confidence = of->total};
    }
    order(list, (int)d->count);
    tell(d, s, obs, system);
}

void diagnosis_step(const tend_node *me, const tend_view *view, diagnosis_ranker ranker,
                    tend_causes *out)
{
    const tend_obs *obs = view->obs;
    const diagnosis_params *p = me->params;
    diagnosis *d = me->state;
    symptoms *s = history(d);

    symptoms_push(s, me->system, obs);
    if (!symptoms_follow(s, me->system, view)) {
        // in a lull of an incident the last ranking is kept, but not told
        if (s->since < 0)
            d->ranked_at = -1;
        return;
    }
    // the first ticks bring most of the evidence; later a ranking costs more than it adds
    int64_t age = obs->tick - s->since;
    if (d->ranked_at < s->since || age < (int64_t)p->eager ||
        obs->tick - d->ranked_at >= (int64_t)p->every)
        rank(me, d, view, ranker);
    memcpy(out->suspect, suspects(d), (size_t)d->count * sizeof *out->suspect);
    memcpy(out->evidence, d->evidence, (size_t)d->evidence_count * sizeof *out->evidence);
    out->count = (int)d->count;
    out->evidence_count = (int)d->evidence_count;
    out->onset = d->count ? d->onset : -1;
}
