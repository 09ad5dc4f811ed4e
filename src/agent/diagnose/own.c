// SPDX-License-Identifier: GPL-3.0-or-later
// own.c - from receipts to rows as they would be without what was done.
#include "agent/diagnose/own.h"

#include "base/block.h"

#include <math.h>
#include <string.h>

// rows after the end of an action that still show it: what is sampled is told a little later.
// Larger hides a crash that follows, smaller blames who comes back
enum { OWN_TAIL = 2 };

static size_t lay_out(own *o, int S)
{
    block b = {.align = 8};

    block_add(&b, 1, sizeof *o);
    o->deeds_at = (int64_t)block_add(&b, (size_t)S, sizeof(own_deed));
    o->ready_at = (int64_t)block_add(&b, (size_t)S, sizeof(double));
    o->age_at = (int64_t)block_add(&b, (size_t)S, sizeof(double));
    return b.size;
}

size_t own_size(int S)
{
    own o;

    return lay_out(&o, S);
}

const own_deed *own_deeds(const own *o)
{
    return (const own_deed *)(const void *)((const char *)o + o->deeds_at);
}

const double *own_ready(const own *o)
{
    return (const double *)(const void *)((const char *)o + o->ready_at);
}

const double *own_deploy_age(const own *o)
{
    return (const double *)(const void *)((const char *)o + o->age_at);
}

static own_deed *deeds(own *o)
{
    return (own_deed *)(void *)((char *)o + o->deeds_at);
}

void own_init(own *o, int S, int rows)
{
    memset(o, 0, own_size(S));
    lay_out(o, S);
    o->S = S;
    o->rows = rows;
    double *ready = (double *)(void *)((char *)o + o->ready_at);
    double *age = (double *)(void *)((char *)o + o->age_at);
    for (int v = 0; v < S; v++) {
        own_deed *d = &deeds(o)[v];
        d->id = d->fewer_id = -2;
        d->from = d->until = d->fewer_at = -1;
        d->held = d->low = ready[v] = age[v] = (double)NAN;
    }
}

static bool under_way(const own_deed *d)
{
    return d->from >= 0 && d->until < 0;
}

bool own_veils(const own *o, int service, int64_t tick)
{
    const own_deed *d = &own_deeds(o)[service];

    return under_way(d) || (d->from >= 0 && tick <= d->until + OWN_TAIL);
}

// Ticks are the same numbers as doubles, which are exact far beyond any run.
static void hear_restart(own *o, const tend_receipt *told, int service, int64_t tick)
{
    own_deed *d = &deeds(o)[service];
    bool over = told->state >= TEND_RECEIPT_DONE;
    // of what somebody else sent, which has no number, one that has ended may be told for ever
    bool fresh = told->id < 0 ? !under_way(d) && !over : told->id > d->id;

    if (fresh && told->state != TEND_RECEIPT_REFUSED) {
        if (!own_veils(o, service, tick)) // else what it looks like now is of the last one
            d->held = d->low = own_ready(o)[service];
        d->id = told->id;
        d->action = told->action;
        d->from = tick;
        d->until = -1;
    }
    if (under_way(d) && d->id == told->id && d->action == told->action && over)
        d->until = tick;
}

static void hear_fewer(own_deed *d, const tend_receipt *told, int replicas, int64_t tick)
{
    // one whose end nobody knows may have been carried out
    bool done = told->state == TEND_RECEIPT_DONE || told->state == TEND_RECEIPT_TIMEOUT;

    if (!done || told->id <= d->fewer_id)
        return;
    d->fewer_id = told->id;
    d->fewer = d->fewer > replicas ? d->fewer - replicas : 0;
    if (replicas < 0) {
        d->fewer_at = tick;
        d->fewer_action = told->action;
    }
}

// An action that no receipt speaks of any more is over, whatever became of it.
static bool spoken_of(const own_deed *d, const tend_obs *obs)
{
    for (int i = 0; i < obs->receipts; i++)
        if (obs->receipt[i].id == d->id && obs->receipt[i].action == d->action)
            return true;
    return false;
}

static void hear(own *o, const tend_system *system, const tend_obs *obs)
{
    for (int i = 0; i < obs->receipts; i++) {
        const tend_receipt *told = &obs->receipt[i];
        bool known = told->action > 0 && told->action < system->A &&
                     told->state > TEND_RECEIPT_UNKNOWN && told->state < TEND_RECEIPT_STATES;
        if (!known)
            continue;
        const tend_action *action = &system->actions[told->action];
        const tend_action_word *row = tend_action_row(action->kind);
        if (row->target != TEND_AT_SERVICE)
            continue;
        if (row->replicas)
            hear_fewer(&deeds(o)[action->service], told, row->replicas, obs->tick);
        else
            hear_restart(o, told, action->service, obs->tick);
    }
}

// What was taken away counts until all rows are from after it; levels are held in an incident.
static void forget(const own *o, own_deed *d, int64_t tick, bool calm)
{
    if (calm && d->fewer > 0 && tick - d->fewer_at >= o->rows)
        d->fewer = 0;
}

void own_hear(own *o, const tend_system *system, const tend_obs *obs, bool calm)
{
    double *ready = (double *)(void *)((char *)o + o->ready_at);
    double *age = (double *)(void *)((char *)o + o->age_at);

    hear(o, system, obs);
    for (int v = 0; v < system->S; v++) {
        own_deed *d = &deeds(o)[v];
        if (under_way(d) && !spoken_of(d, obs))
            d->until = obs->tick;
        forget(o, d, obs->tick, calm);
        // a hole in the data stays one
        bool held = own_veils(o, v, obs->tick) && obs->ready[v] < d->held;
        if (held && obs->ready[v] < d->low)
            d->low = obs->ready[v];
        ready[v] = held ? d->held : obs->ready[v] + (double)d->fewer;
        age[v] = obs->deploy_age[v];
        double live = (double)obs->tick - age[v]; // the tick it went live in
        // the receipt of an action comes a tick after its decision
        if (d->from >= 0 && live >= (double)(d->from - 1) &&
            (d->until < 0 || live <= (double)(d->until + OWN_TAIL)))
            age[v] = (double)NAN;
    }
}
