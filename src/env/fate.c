// SPDX-License-Identifier: GPL-3.0-or-later
// fate.c - the few actions under way that do not go as they should.
#include "env/fate.h"

#include "base/rng.h"

#include <string.h>

#define FATES_MAX 16 // at a time; one more goes as it should
#define FAIL_S 15    // longest until a failure is known: a command's usual patience

enum { FATE_NONE, FATE_FAILS, FATE_HALF, FATE_DRAGS };

typedef struct fate {
    int action; // of the system, 0: a free place
    int kind;
    int wait;  // ticks until a failure is told or what drags begins; -1: it has begun
    int ended; // 1: it came to nothing in this tick
} fate;

typedef struct fate_list {
    int active, pad; // places that are taken
    fate of[FATES_MAX];
} fate_list;

static fate_list *list_of(const world *w, const sim_model *m)
{
    return (fate_list *)(void *)((char *)(uintptr_t)w + m->fate_at);
}

static fate *fates(const world *w, const sim_model *m)
{
    return list_of(w, m)->of;
}

size_t fate_size(const sim_model *m)
{
    const plant *p = m->plant;
    bool any = p->action_fails > 0 || p->action_half > 0 || p->action_drags > 0;
    return any ? sizeof(fate_list) : 0;
}

static fate *find(const world *w, const sim_model *m, int action)
{
    for (int i = 0; m->fate_at && i < FATES_MAX; i++)
        if (fates(w, m)[i].action == action)
            return &fates(w, m)[i];
    return NULL;
}

// What has no half fails altogether.
static bool has_half(tend_action_kind kind)
{
    return kind == TEND_RESTART || kind == TEND_ROLLBACK || kind == TEND_CLEAR_CACHE ||
           kind == TEND_LIMIT || kind == TEND_LIFT;
}

static int draw(const world *w, const sim_model *m, int action, double *second)
{
    const plant *p = m->plant;
    uint32_t bits[4], counter[4] = {(uint32_t)w->tick, (uint32_t)action, STREAM_ACTION, 0};
    rng_philox(counter, w->key, bits);
    double u = rng_unit32(bits[0]);
    *second = rng_unit32(bits[1]);
    if ((u -= p->action_fails) < 0)
        return FATE_FAILS;
    if ((u -= p->action_half) < 0)
        return has_half(m->system->actions[action].kind) ? FATE_HALF : FATE_FAILS;
    return u < p->action_drags ? FATE_DRAGS : FATE_NONE;
}

bool fate_possible(const world *w, const sim_model *m, int action)
{
    const fate *f = find(w, m, action);
    return (!f || f->ended) && actions_possible(w, m, action);
}

bool fate_begin(world *w, const sim_model *m, int action)
{
    if (!fate_possible(w, m, action))
        return false;
    double u;
    int kind = m->fate_at ? draw(w, m, action, &u) : FATE_NONE;
    fate *f = kind == FATE_NONE ? NULL : find(w, m, action);
    if (kind != FATE_NONE && !f)
        f = find(w, m, 0);
    if (!f)
        return actions_begin(w, m, action);
    list_of(w, m)->active += f->action == 0;
    double seconds = kind == FATE_FAILS ? FAIL_S : m->plant->drag_s;
    *f = (fate){action, kind, kind == FATE_HALF ? -1 : model_ticks(m, u * seconds), 0};
    return kind == FATE_HALF ? actions_begin(w, m, action) : true;
}

tend_receipt_state fate_progress(const world *w, const sim_model *m, int action)
{
    const fate *f = find(w, m, action);
    if (f && f->ended)
        return TEND_RECEIPT_FAILED;
    if (f && f->wait > 0)
        return TEND_RECEIPT_ACCEPTED;
    bool busy = (f && f->kind == FATE_HALF) || actions_under_way(w, m, action);
    return busy ? TEND_RECEIPT_STARTED : TEND_RECEIPT_DONE;
}

static void forget(world *w, const sim_model *m, fate *f)
{
    memset(f, 0, sizeof *f);
    list_of(w, m)->active--;
}

static void advance(world *w, const sim_model *m, fate *f)
{
    if (f->ended) // told in the last tick
        forget(w, m, f);
    else if (f->wait > 0 && --f->wait == 0 && f->kind == FATE_FAILS)
        f->ended = 1;
    else if (f->wait == 0 && f->kind == FATE_DRAGS) {
        // what has become impossible meanwhile comes to nothing
        f->ended = !actions_begin(w, m, f->action);
        if (!f->ended)
            forget(w, m, f);
    } else if (f->kind == FATE_HALF && !actions_under_way(w, m, f->action))
        f->ended = 1;
}

void fate_tick(world *w, const sim_model *m)
{
    if (list_of(w, m)->active == 0)
        return;
    for (int i = 0; i < FATES_MAX; i++)
        if (fates(w, m)[i].action)
            advance(w, m, &fates(w, m)[i]);
}

bool fate_halves(const world *w, const sim_model *m, tend_action_kind kind, int service)
{
    for (int i = 0; m->fate_at && list_of(w, m)->active > 0 && i < FATES_MAX; i++) {
        const fate *f = &fates(w, m)[i];
        const tend_action *a = &m->system->actions[f->action];
        if (f->kind == FATE_HALF && !f->ended && a->kind == kind && a->service == service)
            return true;
    }
    return false;
}
