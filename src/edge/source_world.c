// SPDX-License-Identifier: GPL-3.0-or-later
// source_world.c - an episode, tick by tick.
#include "edge/source_world.h"

#include <stdlib.h>
#include <string.h>

tend_rc source_world_open(source_world *w, const sim_model *model, int steps, tend_err *err)
{
    *w = (source_world){.model = model, .steps = steps, .fork_at = -1};
    w->world = calloc(1, world_size(model));
    w->twin = calloc(1, world_size(model));
    if (w->world && w->twin)
        return TEND_OK;
    source_world_close(w);
    return tend_fail(err, TEND_NO_MEMORY, "out of memory for a world");
}

void source_world_close(source_world *w)
{
    free(w->world);
    free(w->twin);
    w->world = w->twin = NULL;
}

// The twin is forked in front of the first fault: the same world with nothing wrong.
void source_world_start(source_world *w, const scenario *incident, uint64_t seed)
{
    world_init(w->world, w->model, incident, seed);
    w->tick = w->sents = w->told = 0;
    w->fork_at = -1;
    for (int i = 0; i < incident->faults; i++)
        if (w->fork_at < 0 || incident->fault[i].start < w->fork_at)
            w->fork_at = incident->fault[i].start;
}

void source_world_step_twin(source_world *w)
{
    world_step(w->twin, w->model);
}

void source_world_act(source_world *w, const tend_decision *decision)
{
    bool accepted = world_apply(w->world, w->model, decision->action);
    // an action whose receipt finds no room is told by time alone, as without receipts
    if (w->sents < SOURCE_RECEIPTS_MAX)
        w->sent[w->sents++] =
            (tend_receipt){.id = decision->tick,
                           .action = decision->action,
                           .state = accepted ? TEND_RECEIPT_ACCEPTED : TEND_RECEIPT_REFUSED};
}

// The states stand in the order of a story: what is behind STARTED has ended.
static bool over(tend_receipt_state state)
{
    return state > TEND_RECEIPT_STARTED;
}

// What was over at the last tick has been told and is dropped; the others are looked at anew.
static void renew_receipts(source_world *w)
{
    int kept = 0;
    for (int i = 0; i < w->sents; i++) {
        tend_receipt *r = &w->sent[i];
        // told once is enough: the first end that is heard counts
        if (over(r->state) && w->told > i)
            continue;
        if (!over(r->state))
            r->state = world_under_way(w->world, w->model, r->action) ? TEND_RECEIPT_STARTED
                                                                      : TEND_RECEIPT_DONE;
        w->sent[kept++] = *r;
    }
    w->sents = w->told = kept;
}

// Step, look, then the receipts: what was sent in this tick is told of in the next.
static tend_rc next(void *self, tend_obs *out, tend_err *err)
{
    source_world *w = self;
    (void)err;
    if (w->tick >= w->steps)
        return TEND_END;
    if (w->tick == w->fork_at) {
        memcpy(w->twin, w->world, world_size(w->model));
        world_heal(w->twin, w->model);
    }
    world_step(w->world, w->model);
    world_observe(w->world, w->model, out);
    renew_receipts(w);
    out->receipt = w->sent;
    out->receipts = w->sents;
    w->tick++;
    return TEND_OK;
}

tend_source source_world_source(source_world *w)
{
    return (tend_source){.self = w, .next = next};
}
