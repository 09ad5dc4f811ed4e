// SPDX-License-Identifier: GPL-3.0-or-later
// diagnosis.c - pacing, suspects in order, evidence.
#include "agent/diagnose/diagnosis.h"

#include "agent/diagnose/family.h"
#include "base/block.h"

#include <math.h>
#include <string.h>

enum { TOLD_MOST = 3 }; // suspects whose evidence is told

static size_t lay_out(const tend_system *system, int rows, diagnosis *d)
{
    size_t S = (size_t)system->S, width = (size_t)history_width(system);
    block b = {.align = 8};

    block_add(&b, 1, sizeof *d);
    d->likely_at = (int64_t)block_add(&b, S, sizeof(double));
    d->suspects_at = (int64_t)block_add(&b, S, sizeof(tend_suspect));
    d->scratch_at = (int64_t)block_add(&b, 2 * (size_t)rows + S, sizeof(double));
    d->column_at = (int64_t)block_add(&b, width, sizeof(int64_t));
    d->evidence_at = (int64_t)block_add(&b, 1, evidence_size(system->S, system->E, (int64_t)width));
    d->past_at = (int64_t)block_add(&b, 1, history_size(system, rows));
    return b.size;
}

size_t diagnosis_size(const tend_system *system, const void *params)
{
    const diagnosis_params *p = params;
    diagnosis d;

    return lay_out(system, (int)p->rows, &d);
}

static void *part(diagnosis *d, int64_t at)
{
    return (char *)d + at;
}

void diagnosis_init(const tend_node *me, uint64_t seed)
{
    const diagnosis_params *p = me->params;
    diagnosis *d = me->state;

    (void)seed;
    memset(d, 0, sizeof *d);
    lay_out(me->system, (int)p->rows, d);
    memset(part(d, d->likely_at), 0, (size_t)(d->past_at - d->likely_at));
    d->ranked_at = d->since = -1;
    evidence_init(part(d, d->evidence_at), me->system->S, me->system->E, history_width(me->system));
    history_init(part(d, d->past_at), me->system, (int)p->rows);
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

// channel -> the metric column that shows it, -1
static int column_of(const tend_system *system, evidence_channel channel)
{
    int signal = evidence_signal(channel);

    return signal < 0 ? -1 : tend_system_column(system, panel_kind(signal));
}

// 3 metrics at most, each clear of noise: a person reads this; a kind beside the usual ones is rare
// enough to be told in any case
static void tell_deviations(diagnosis *d, const tend_system *system, const service_evidence *of,
                            int service)
{
    tend_evidence *e;
    int told = 0;

    for (int c = 0; c < CHANNELS; c++) {
        int signal = evidence_signal((evidence_channel)c);
        bool usual = signal >= 0 && tend_metric_row(panel_kind(signal))->usual;
        if (signal < 0 || (usual && told == 3) || of->of[c].z <= 4 ||
            !(e = add(d, TEND_EVIDENCE_DEVIATION, service)))
            continue;
        e->metric = column_of(system, (evidence_channel)c);
        e->value = of->of[c].now;
        e->reference = of->of[c].before;
        e->weight = of->of[c].z;
        e->tick = of->first;
        told += usual;
    }
}

// What speaks for a suspect: its call, its deployment, its own share, its loudest metrics.
static void tell_for(diagnosis *d, const tend_system *system, const evidence *x,
                     const tend_suspect *suspect)
{
    const service_evidence *of = &evidence_services(x)[suspect->service];
    const channel_evidence *latency = &of->of[CHANNEL_LATENCY];
    tend_evidence *e;

    // the call that is suspected, in ms; one that nobody times has nothing to show
    const edge_evidence *link = suspect->edge >= 0 ? &evidence_edges(x)[suspect->edge] : NULL;
    if (link && !isnan(link->gap - link->usual) &&
        (e = add(d, TEND_EVIDENCE_EDGE_GAP, suspect->service))) {
        e->edge = suspect->edge;
        e->value = link->gap;
        e->reference = link->usual;
        e->weight = link->z;
    }
    if (of->deployed > 0 && (e = add(d, TEND_EVIDENCE_DEPLOY, suspect->service)))
        e->value = of->deploy_lag;
    if (latency->own > 0 && latency->z > 2 &&
        (e = add(d, TEND_EVIDENCE_IMPACT, suspect->service))) {
        e->metric = column_of(system, CHANNEL_LATENCY);
        e->value = latency->own;
        e->reference = latency->impact;
        e->weight = latency->share;
    }
    tell_deviations(d, system, of, suspect->service);
}

// A service that is loud because of what it calls: name the callee that explains it.
static void tell_against(diagnosis *d, const tend_system *system, const evidence *x)
{
    const service_evidence *of = evidence_services(x);
    const tend_suspect *first = part(d, d->suspects_at);

    for (int i = 0; i < system->E; i++) {
        const tend_edge *edge = &system->edges[i];
        // a caller that is loud (4 sigmas) and owes at least half of it to the callee
        const channel_evidence *near = &of[edge->caller].of[CHANNEL_LATENCY];
        const channel_evidence *far = &of[edge->callee].of[CHANNEL_LATENCY];
        if (edge->caller == first->service || near->z < 4 || far->impact < 0.5 * near->impact ||
            far->impact <= 0)
            continue;
        tend_evidence *e = add(d, TEND_EVIDENCE_EXPLAINED, edge->caller);
        if (!e)
            return;
        e->metric = column_of(system, CHANNEL_LATENCY);
        e->other = edge->callee;
        e->value = near->own > 0 ? near->own : 0;
        e->reference = near->impact;
        e->weight = near->z;
        e->against = true;
    }
}

// Evidence in the order of a story: when, who and why, and who only looks guilty.
static void tell(diagnosis *d, const tend_system *system, const evidence *x)
{
    const tend_suspect *list = part(d, d->suspects_at);
    tend_evidence *e;

    d->evidence_count = 0;
    if (d->count == 0)
        return;
    if ((e = add(d, TEND_EVIDENCE_ONSET, list[0].service)))
        e->tick = x->onset;
    for (int i = 0; i < d->count && i < TOLD_MOST; i++)
        tell_for(d, system, x, &list[i]);
    tell_against(d, system, x);
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

enum { LEAST_ROWS = 6 }; // a level of fewer tells nothing

// Where levels changed before the alarm, else the alarm itself; two rows before it are not trusted.
static int64_t onset_of(diagnosis *d, const diagnosis_params *params, const panel *p, int64_t since)
{
    double *gain = part(d, d->scratch_at);
    int64_t first = since - (int64_t)params->look_back, least = p->first + LEAST_ROWS;

    first = first < least ? least : first;
    int64_t found = first > since ? -1
                                  : evidence_onset(p, first, since, gain, gain + p->rows,
                                                   part(d, d->column_at));
    found = found < 0 ? since - 2 : found;
    return found < p->first ? p->first : found;
}

// Rows of an incident that is over are not what is usual: where enough have followed, only those
// count.
static panel since_healed(const diagnosis *d, const diagnosis_params *params, panel p)
{
    int64_t skip = d->healed - p.first;

    if (skip > 0 && d->since - d->healed >= (int64_t)params->healed) {
        p.row += skip * p.width;
        p.rows -= (int)skip;
        p.first += skip;
    }
    return p;
}

// Looked for anew while evidence is coming in, each time after twice as many ticks.
static bool settles(int64_t age)
{
    return age < 8 && (age & (age + 1)) == 0;
}

// Where an alarm was there before anything was known, what changes since is all there is to go by.
static void learn(diagnosis *d, const diagnosis_params *params, const panel *p, int64_t tick)
{
    bool early = d->known < LEAST_ROWS && tick - d->since >= LEAST_ROWS;

    if (!early && !settles(tick - d->since))
        return;
    panel usual = since_healed(d, params, *p);
    int64_t onset = onset_of(d, params, &usual, early ? tick : d->since);
    if (!early)
        d->known = onset - usual.first;
    evidence_learn(part(d, d->evidence_at), &usual, &params->evidence, onset);
}

// One look: measures, lets the ranker judge, and lists the services by probability.
static void rank(const tend_node *me, diagnosis *d, const tend_view *view, diagnosis_ranker ranker)
{
    const tend_obs *obs = view->obs;
    const diagnosis_params *params = me->params;
    const tend_system *system = me->system;
    panel p = history_panel(part(d, d->past_at), system, obs);
    evidence *x = part(d, d->evidence_at);
    tend_suspect *list = part(d, d->suspects_at);
    double *likely = part(d, d->likely_at);

    learn(d, params, &p, obs->tick);
    // rows before the onset would dilute the signs
    int64_t from = obs->tick - (int64_t)params->recent + 1;
    evidence_measure(x, &p, &params->evidence, from < x->onset ? x->onset : from, obs->tick + 1);
    const diagnosis_look look = {x, &p, view->findings};
    double none = ranker(me, &look, likely, part(d, d->scratch_at));
    d->ranked_at = obs->tick;
    // an abstention lists nobody: a policy must not act on the least unlikely
    double best = 0;
    for (int v = 0; v < system->S; v++)
        best = likely[v] > best ? likely[v] : best;
    d->count = none >= params->doubt * (none + best) ? 0 : system->S;
    for (int v = 0; v < d->count; v++) {
        const service_evidence *of = &evidence_services(x)[v];
        int channel = evidence_loudest(of);
        list[v] = (tend_suspect){
            .service = v,
            .edge = -1,
            .metric = channel < 0 ? -1 : column_of(system, (evidence_channel)channel),
            .confidence = likely[v]};
    }
    order(list, (int)d->count);
    for (int i = 0; i < d->count; i++) {
        list[i].family = family_of(x, &p, list[i].service);
        if (list[i].family == TEND_FAMILY_NETWORK)
            list[i].edge = evidence_services(x)[list[i].service].edge;
    }
    tell(d, system, x);
}

// True while there is trouble to explain. Levels are held until the incident is over, else a long
// one would become the usual.
static bool follow(diagnosis *d, const tend_view *view)
{
    if (view->incidents == 0) {
        if (d->since >= 0)
            d->healed = view->obs->tick;
        d->since = d->ranked_at = -1;
    }
    if (!view->findings->alarm && !view->obs->breach)
        return false;
    if (d->since < 0)
        d->since = view->obs->tick;
    return true;
}

void diagnosis_step(const tend_node *me, const tend_view *view, diagnosis_ranker ranker,
                    tend_causes *out)
{
    const tend_obs *obs = view->obs;
    const diagnosis_params *p = me->params;
    diagnosis *d = me->state;

    history_push(part(d, d->past_at), me->system, obs);
    // in a lull of an incident the last ranking is kept, but not told
    if (!follow(d, view))
        return;
    // the first ticks bring most of the evidence; later a ranking costs more than it adds
    int64_t age = obs->tick - d->since;
    if (d->ranked_at < d->since || age < (int64_t)p->eager ||
        obs->tick - d->ranked_at >= (int64_t)p->every)
        rank(me, d, view, ranker);
    const evidence *x = part(d, d->evidence_at);
    memcpy(out->suspect, part(d, d->suspects_at), (size_t)d->count * sizeof *out->suspect);
    memcpy(out->evidence, d->evidence, (size_t)d->evidence_count * sizeof *out->evidence);
    out->count = (int)d->count;
    out->evidence_count = (int)d->evidence_count;
    out->onset = d->count ? x->onset : -1;
}
