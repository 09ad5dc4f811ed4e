// SPDX-License-Identifier: GPL-3.0-or-later
// oracle.c - beam search for the best plan in forks of the true world.
#include "drive/oracle.h"

#include "drive/price.h"
#include "env/sim.h"

#include <limits.h>
#include <stdlib.h>

// Plans kept from one action to the next; docs/simulator.md has what other widths found. Smaller:
// incidents that need two actions at once are missed; larger: slower, and no more found.
enum { BEAM = 16 };
// Of them, so many are polished in the end. Larger: slower, and no more found.
enum { POLISHED = 8 };

// Of the distance to the objective, how much is no trouble and how much is as deep as can be.
#define USUAL 0.5
#define DEEP 8

typedef struct trial { // a plan and how it came about
    oracle_plan plan;
    double depth;         // how deep in trouble it was, summed over the ticks
    int parent, inserted; // index in the beam before; action
} trial;

typedef bool before(const trial *a, const trial *b);

typedef struct beam { // best first, one of each parent and action
    trial of[BEAM];
    int count, room;
    before *order;
} beam;

struct oracle {
    const tend_sim_setup *setup;
    int A;
    tend_sim *walk, *roll; // along a plan; off it
    double *price;         // [A]
    bool *possible;        // [A]
    const oracle_task *task;
    int64_t ticks, until; // simulated; when the search must end
};

tend_rc oracle_open(const tend_sim_setup *setup, oracle **out, tend_err *err)
{
    *out = NULL;
    oracle *o = calloc(1, sizeof *o);
    if (!o)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for an oracle");
    o->setup = setup;
    o->A = setup->system->A;
    o->price = calloc((size_t)o->A, sizeof *o->price);
    o->possible = calloc((size_t)o->A, sizeof *o->possible);
    tend_rc rc = TEND_OK;
    if (!o->price || !o->possible)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for an oracle");
    if (rc == TEND_OK)
        rc = price_actions(setup->system, o->price, err);
    if (rc == TEND_OK)
        rc = tend_sim_open(setup, &o->walk, err);
    if (rc == TEND_OK)
        rc = tend_sim_open(setup, &o->roll, err);
    if (rc != TEND_OK) {
        oracle_close(o);
        return rc;
    }
    *out = o;
    return TEND_OK;
}

void oracle_close(oracle *o)
{
    if (!o)
        return;
    tend_sim_close(o->walk);
    tend_sim_close(o->roll);
    free(o->price);
    free(o->possible);
    free(o);
}

int64_t oracle_ticks(const oracle *o)
{
    return o->ticks;
}

// By breach, then by price: what is looked for.
static bool cheaper(const trial *a, const trial *b)
{
    return a->plan.breach != b->plan.breach ? a->plan.breach < b->plan.breach
                                            : a->plan.price < b->plan.price;
}

// By breach, then by how deep it was: of two actions of which neither suffices alone, each makes it
// less deep.
static bool closer(const trial *a, const trial *b)
{
    if (a->plan.breach != b->plan.breach)
        return a->plan.breach < b->plan.breach;
    return a->depth < b->depth;
}

// One tick further; what it adds to the cost of a plan.
static bool step(oracle *o, tend_sim *sim, trial *t)
{
    const tend_slo *slo = &o->setup->system->slo;
    tend_obs obs;
    if (!tend_sim_step(sim))
        return false;
    o->ticks++;
    tend_sim_observe(sim, &obs);
    // in objectives; half of one is usual, and beyond a few, further makes no difference
    double p95 = obs.entry_p95_ms / slo->p95_ms, failed = obs.entry_errors / slo->error_share;
    double worse = p95 > failed ? p95 : failed;
    t->depth += worse > DEEP ? DEEP : worse > USUAL ? worse - USUAL : 0;
    if (obs.breach) {
        t->plan.breach++;
        t->plan.last = (int)obs.tick;
    }
    return true;
}

// Plays what is left of a plan, from its step `next` on; false when it costs more than `bound` or
// the world refuses one of its actions.
static bool finish(oracle *o, trial *t, int next, int bound)
{
    const oracle_plan *plan = &t->plan;
    while (plan->breach <= bound && step(o, o->roll, t))
        if (next < plan->actions && tend_sim_tick(o->roll) == plan->step[next].tick &&
            !tend_sim_act(o->roll, plan->step[next++].action))
            return false;
    return plan->breach <= bound;
}

// Of the whole plan, from the beginning.
static bool weigh(oracle *o, trial *t)
{
    oracle_plan *plan = &t->plan;
    plan->breach = 0;
    plan->last = -1;
    plan->price = t->depth = 0;
    for (int i = 0; i < plan->actions; i++)
        plan->price += o->price[plan->step[i].action];
    tend_sim_copy(o->roll, o->task->from);
    if (plan->actions > 0 && plan->step[0].tick == tend_sim_tick(o->roll))
        return tend_sim_act(o->roll, plan->step[0].action) && finish(o, t, 1, INT_MAX);
    return finish(o, t, 0, INT_MAX);
}

static void insert(oracle_plan *plan, int at, int tick, int action)
{
    for (int i = plan->actions++; i > at; i--)
        plan->step[i] = plan->step[i - 1];
    plan->step[at].tick = tick;
    plan->step[at].action = action;
}

static bool same(const oracle_plan *a, const oracle_plan *b)
{
    if (a->actions != b->actions)
        return false;
    for (int i = 0; i < a->actions; i++)
        if (a->step[i].tick != b->step[i].tick || a->step[i].action != b->step[i].action)
            return false;
    return true;
}

static void take_out(oracle_plan *plan, int at)
{
    plan->actions--;
    for (int i = at; i < plan->actions; i++)
        plan->step[i] = plan->step[i + 1];
}

// Where one of the same parent and action stands; b->count: nowhere.
static int place(const beam *b, int parent, int action)
{
    int i = 0;
    while (i < b->count && (b->of[i].parent != parent || b->of[i].inserted != action))
        i++;
    return i;
}

// What a trial may cost to get into the beam.
static int bound_of(const beam *b, int parent, int action)
{
    int at = place(b, parent, action);
    if (at < b->count)
        return b->of[at].plan.breach;
    return b->count == b->room ? b->of[b->count - 1].plan.breach : INT_MAX;
}

static void keep(beam *b, const trial *t)
{
    int at = place(b, t->parent, t->inserted);
    if (at < b->count && !b->order(t, &b->of[at]))
        return;
    for (int i = 0; i < b->count; i++)
        if (same(&b->of[i].plan, &t->plan))
            return;
    if (at == b->count && b->count < b->room)
        b->count++;
    else if (at == b->count && !b->order(t, &b->of[--at]))
        return;
    for (; at > 0 && b->order(t, &b->of[at - 1]); at--)
        b->of[at] = b->of[at - 1];
    b->of[at] = *t;
}

// Every action at this tick of the plan being walked, of which `next` steps are behind it.
static void try_actions(oracle *o, const trial *walked, int next, beam *to)
{
    int tick = (int)tend_sim_tick(o->walk);
    tend_sim_mask(o->walk, o->possible);
    for (int a = 1; a < o->A; a++) {
        int bound = o->possible[a] ? bound_of(to, walked->parent, a) : -1;
        if (walked->plan.breach > bound)
            continue;
        trial t = *walked;
        t.inserted = a;
        t.plan.price += o->price[a];
        insert(&t.plan, next, tick, a);
        tend_sim_copy(o->roll, o->walk);
        if (tend_sim_act(o->roll, a) && finish(o, &t, next + 1, bound))
            keep(to, &t);
    }
}

// Puts every action into the plan at every tick. Behind its last breach nothing is to be won.
static void expand(oracle *o, const trial *from, int parent, beam *to)
{
    const oracle_plan *plan = &from->plan;
    trial walked = *from;
    int next = 0, last = INT_MIN / 2;
    walked.parent = parent;
    walked.plan.breach = 0;
    walked.plan.last = -1;
    walked.depth = 0;
    tend_sim_copy(o->walk, o->task->from);
    do {
        int tick = (int)tend_sim_tick(o->walk);
        if (tick >= plan->last || o->ticks > o->until)
            break;
        if (next < plan->actions && plan->step[next].tick == tick) {
            tend_sim_act(o->walk, plan->step[next++].action);
            last = tick;
        } else if (tick >= o->task->first && tick >= last + ORACLE_GAP &&
                   (next == plan->actions || tick + ORACLE_GAP <= plan->step[next].tick)) {
            try_actions(o, &walked, next, to);
        }
    } while (step(o, o->walk, &walked));
}

// Takes an action out and puts the one that serves best in its place, or none.
static void renew(oracle *o, int at, trial *t)
{
    trial less = *t;
    beam best = {.room = 1, .count = 1, .order = cheaper, .of = {*t}};
    take_out(&less.plan, at);
    if (weigh(o, &less)) {
        if (cheaper(&less, &best.of[0]))
            best.of[0] = less;
        best.of[0].parent = -1; // whatever is better takes its place
        expand(o, &less, 0, &best);
    }
    *t = best.of[0];
}

// Two actions change places: with a gap to keep neither can get past the other alone.
static void exchange(oracle *o, int at, int with, trial *t)
{
    trial other = *t;
    other.plan.step[at].action = t->plan.step[with].action;
    other.plan.step[with].action = t->plan.step[at].action;
    if (weigh(o, &other) && cheaper(&other, t))
        *t = other;
}

// Until neither helps any more.
static void polish(oracle *o, trial *t)
{
    trial was;
    do {
        was = *t;
        for (int i = 0; i < t->plan.actions && o->ticks <= o->until; i++)
            renew(o, i, t);
        for (int i = 0; i < t->plan.actions; i++)
            for (int k = i + 1; k < t->plan.actions && o->ticks <= o->until; k++)
                exchange(o, i, k, t);
    } while (cheaper(t, &was) && o->ticks <= o->until);
}

// A plan put off until it may begin, with its gaps; what comes too late or is too much is left out.
static bool take_hint(oracle *o, const oracle_task *task, trial *t)
{
    *t = (trial){.parent = -1};
    int earliest = task->first;
    for (int i = 0; task->hint && i < task->hint->actions && i < task->most; i++) {
        int tick = task->hint->step[i].tick;
        tick = tick > earliest ? tick : earliest;
        insert(&t->plan, i, tick, task->hint->step[i].action);
        earliest = tick + ORACLE_GAP;
    }
    return t->plan.actions > 0 && weigh(o, t);
}

void oracle_search(oracle *o, const oracle_task *task, oracle_plan *out)
{
    beam now = {.room = BEAM, .count = 1, .order = closer}, next = now;
    trial best, hint;
    o->task = task;
    o->until = o->ticks + task->ticks;
    weigh(o, &now.of[0]);
    best = now.of[0];
    if (take_hint(o, task, &hint) && cheaper(&hint, &best))
        best = hint;
    for (int i = 0; i < task->most && now.count > 0 && best.plan.breach > task->enough; i++) {
        next.count = 0;
        for (int k = 0; k < now.count; k++)
            expand(o, &now.of[k], k, &next);
        // they are in the order of the search, which is not that of the prices
        for (int k = 0; k < next.count; k++)
            if (cheaper(&next.of[k], &best))
                best = next.of[k];
        if (best.plan.breach == 0) // more actions only cost more
            break;
        now = next;
    }
    for (int k = 0; k < now.count && k < POLISHED && best.plan.breach > task->enough; k++) {
        polish(o, &now.of[k]);
        if (cheaper(&now.of[k], &best))
            best = now.of[k];
    }
    if (best.plan.breach > task->enough)
        polish(o, &best);
    *out = best.plan;
}
