// SPDX-License-Identifier: GPL-3.0-or-later
// reckon.c - forks an episode where it matters and asks the oracle what could still be won.
#include "drive/reckon.h"

#include "env/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <tend/words.h>

// Ticks simulated for the reference, and for each of the three moments after it. In all some three
// million, which are 4 s of three services or 30 s of thirty. Larger: slower where hardly anything
// helps, and no better elsewhere.
#define TICKS_ONSET 1600000
#define TICKS_LATER 500000

typedef struct moment {
    tend_sim *sim; // as it was
    int tick;      // -1: it has not come
    int breach;    // ticks until then
} moment;

struct reckoner {
    const tend_sim_setup *setup;
    oracle *oracle;
    tend_sim *base;
    moment alarm, act;
    const tend_sim *sim; // being watched
    int onset, breach;
    int action; // the first one
};

tend_rc reckon_open(const tend_sim_setup *setup, reckoner **out, tend_err *err)
{
    *out = NULL;
    reckoner *r = calloc(1, sizeof *r);
    if (!r)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for an oracle");
    r->setup = setup;
    tend_rc rc = oracle_open(setup, &r->oracle, err);
    if (rc == TEND_OK)
        rc = tend_sim_open(setup, &r->base, err);
    if (rc == TEND_OK)
        rc = tend_sim_open(setup, &r->alarm.sim, err);
    if (rc == TEND_OK)
        rc = tend_sim_open(setup, &r->act.sim, err);
    if (rc != TEND_OK) {
        reckon_close(r);
        return rc;
    }
    *out = r;
    return TEND_OK;
}

void reckon_close(reckoner *r)
{
    if (!r)
        return;
    oracle_close(r->oracle);
    tend_sim_close(r->base);
    tend_sim_close(r->alarm.sim);
    tend_sim_close(r->act.sim);
    free(r);
}

static int first_onset(const scenario *incident)
{
    int onset = -1;
    for (int i = 0; i < incident->faults; i++)
        if (onset < 0 || incident->fault[i].start < onset)
            onset = incident->fault[i].start;
    return onset;
}

bool reckon_fits(const reckoner *r, const oracle_answer *answer)
{
    int steps = r->setup->steps; // of which each may be in breach
    const oracle_plan *plan = &answer->plan;
    if (answer->beam < 0)
        return answer->beam == -1;
    if (answer->beam > steps)
        return false;
    if (plan->actions < 0 || plan->actions > ORACLE_ACTIONS)
        return false;
    for (int i = 0, before = -1; i < plan->actions; before = plan->step[i++].tick)
        if (plan->step[i].tick <= before || plan->step[i].tick >= steps ||
            plan->step[i].action < 0 || plan->step[i].action >= r->setup->system->A)
            return false;
    return true;
}

tend_rc reckon_ask(reckoner *r, uint64_t seed, oracle_answer *out, tend_err *err)
{
    tend_obs obs;
    *out = (oracle_answer){.beam = -1};
    tend_rc rc = tend_sim_reset(r->base, seed, err);
    int onset = rc == TEND_OK ? first_onset(sim_incident(r->base)) : -1, before = 0;
    if (onset < 0)
        return rc;
    while (tend_sim_tick(r->base) < onset && tend_sim_step(r->base)) {
        tend_sim_observe(r->base, &obs);
        before += obs.breach;
    }
    oracle_search(r->oracle,
                  &(oracle_task){.from = r->base,
                                 .first = onset,
                                 .most = ORACLE_ACTIONS,
                                 .enough = -1,
                                 .ticks = TICKS_ONSET},
                  &out->plan);
    out->beam = before + out->plan.breach;
    return TEND_OK;
}

static void fork(const reckoner *r, moment *m, int64_t tick)
{
    tend_sim_copy(m->sim, r->sim);
    m->tick = (int)tick;
    m->breach = r->breach;
}

static tend_rc watch(void *self, const tend_frame *frame, tend_err *err)
{
    reckoner *r = self;
    const tend_decision *d = &frame->decision;
    int64_t tick = frame->obs->tick;
    (void)err;
    r->breach += frame->obs->breach;
    if (r->onset < 0 || tick < r->onset)
        return TEND_OK;
    bool acts = d->action != 0 && !d->dry_run;
    if (r->alarm.tick < 0 && (frame->findings.alarm || acts))
        fork(r, &r->alarm, tick);
    if (r->act.tick < 0 && acts) {
        fork(r, &r->act, tick);
        r->action = d->action;
    }
    return TEND_OK;
}

tend_sink reckon_watch(reckoner *r, const tend_sim *sim, int onset)
{
    r->sim = sim;
    r->onset = onset;
    r->breach = 0;
    r->alarm.tick = r->act.tick = -1;
    return (tend_sink){.self = r, .write = watch};
}

// The least that could be made of a moment, if that is less than `known`; `least` is what an
// earlier one made of it: there is nothing to be won below it.
static int best_from(reckoner *r, const moment *m, oracle_task task, int least, int known)
{
    oracle_plan plan;
    if (known <= least)
        return known;
    task.from = m->sim;
    task.enough = least - m->breach;
    task.ticks = TICKS_LATER;
    oracle_search(r->oracle, &task, &plan);
    int found = m->breach + plan.breach;
    return found < known ? found : known;
}

// From the last moment to the first: each may be as good as the next by waiting for it.
static void split(reckoner *r, const oracle_answer *answer, result *row)
{
    int all = row->slo_steps, least = answer->beam, act = all, after = all;
    const oracle_plan *hint = &answer->plan;
    if (r->act.tick >= 0) {
        // `act` first, while its fork is what it was
        int before = best_from(
            r, &r->act, (oracle_task){.first = r->act.tick, .most = ORACLE_ACTIONS, .hint = hint},
            least, all);
        tend_sim_act(r->act.sim, r->action);
        after = best_from(r, &r->act,
                          (oracle_task){.first = r->act.tick + ORACLE_GAP,
                                        .most = ORACLE_ACTIONS - 1,
                                        .hint = hint},
                          before < least ? before : least, all);
        act = before < after ? before : after;
    }
    int alarm = act;
    if (r->alarm.tick >= 0 && r->alarm.tick != r->act.tick)
        alarm =
            best_from(r, &r->alarm,
                      (oracle_task){.first = r->alarm.tick, .most = ORACLE_ACTIONS, .hint = hint},
                      least, act);
    row->oracle_steps = least < alarm ? least : alarm;
    row->lost_detection = alarm - row->oracle_steps;
    row->lost_confirmation = act - alarm;
    row->lost_first_action = after - act;
    row->lost_later_actions = all - after;
}

void reckon_row(reckoner *r, const oracle_answer *answer, result *row)
{
    if (answer->beam < 0)
        return;
    const tend_action *actions = r->setup->system->actions;
    row->beam_steps = answer->beam;
    tend_action_kind opens =
        answer->plan.actions > 0 ? actions[answer->plan.step[0].action].kind : TEND_NOOP;
    snprintf(row->oracle_opens, sizeof row->oracle_opens, "%s", tend_action_row(opens)->name);
    split(r, answer, row);
}
