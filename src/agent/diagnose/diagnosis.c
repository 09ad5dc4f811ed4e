// SPDX-License-Identifier: GPL-3.0-or-later
// diagnosis.c - pacing, onset, suspects in order.
#include "agent/diagnose/diagnosis.h"

#include "agent/diagnose/causes.h"
#include "agent/diagnose/tell.h"
#include "base/block.h"

#include <math.h>
#include <string.h>

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
    d->own_at = (int64_t)block_add(&b, 1, own_size(system->S));
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
    own_init(part(d, d->own_at), me->system->S, (int)p->rows);
    history_init(part(d, d->past_at), me->system, (int)p->rows);
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
    const own *ours = part(d, d->own_at);
    panel p = history_panel(part(d, d->past_at), system, obs, ours);
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
    // nobody is listed while nothing is likelier and no user has suffered in this incident; once
    // one has, the confidence alone says how little is known
    double best = 0;
    for (int v = 0; v < system->S; v++)
        best = likely[v] > best ? likely[v] : best;
    d->count = !d->suffered && none >= params->doubt * (none + best) ? 0 : system->S;
    for (int v = 0; v < d->count; v++) {
        const service_evidence *of = &evidence_services(x)[v];
        int channel = evidence_loudest(of);
        list[v] =
            (tend_suspect){.service = v,
                           .edge = -1,
                           .metric = channel < 0 ? -1 : tell_column(&p, (evidence_channel)channel),
                           .confidence = likely[v]};
    }
    order(list, (int)d->count);
    for (int i = 0; i < d->count; i++) {
        list[i].family = cause_family(x, &p, list[i].service);
        if (list[i].family == TEND_FAMILY_NETWORK)
            list[i].edge = evidence_services(x)[list[i].service].edge;
    }
    const tell_look told = {x, &p, list, (int)d->count, ours};
    d->evidence_count = tell(&told, d->evidence);
}

// True while there is trouble to explain. Levels are held until the incident is over, else a long
// one would become the usual.
static bool follow(diagnosis *d, const tend_view *view)
{
    if (view->incidents == 0) {
        if (d->since >= 0)
            d->healed = view->obs->tick;
        d->since = d->ranked_at = -1;
        d->suffered = 0;
    }
    if (!view->findings->alarm && !view->obs->breach)
        return false;
    if (d->since < 0)
        d->since = view->obs->tick;
    d->suffered |= view->obs->breach;
    return true;
}

void diagnosis_step(const tend_node *me, const tend_view *view, diagnosis_ranker ranker,
                    tend_causes *out)
{
    const tend_obs *obs = view->obs;
    const diagnosis_params *p = me->params;
    diagnosis *d = me->state;

    own_hear(part(d, d->own_at), me->system, obs, view->incidents == 0);
    history_push(part(d, d->past_at), me->system, obs, part(d, d->own_at));
    // in a lull of an incident the last ranking is kept, but not told
    if (!follow(d, view))
        return;
    // the first ticks bring most of the evidence; later a ranking costs more than it adds
    int64_t age = obs->tick - d->since;
    bool unnamed = d->suffered && d->count == 0;
    if (d->ranked_at < d->since || age < (int64_t)p->eager || unnamed ||
        obs->tick - d->ranked_at >= (int64_t)p->every)
        rank(me, d, view, ranker);
    const evidence *x = part(d, d->evidence_at);
    memcpy(out->suspect, part(d, d->suspects_at), (size_t)d->count * sizeof *out->suspect);
    memcpy(out->evidence, d->evidence, (size_t)d->evidence_count * sizeof *out->evidence);
    out->count = (int)d->count;
    out->evidence_count = (int)d->evidence_count;
    out->onset = d->count ? x->onset : -1;
}
