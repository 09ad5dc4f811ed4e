// SPDX-License-Identifier: GPL-3.0-or-later
// judge.c - a short queue of open decisions, charged tick by tick.
#include "agent/decide/judge.h"

#include <string.h>

// it takes #field for a directive
// clang-format off
#define ENTRY(field, initial, most, help)                                                          \
    {#field, offsetof(judge_params, field), TEND_NUMBER, initial, 0, most, help}
// clang-format on

const tend_param judge_param_table[] = {
    {"horizon", offsetof(judge_params, horizon), TEND_SECONDS, 40, 1, 1e6,
     "over which a decision is judged"},
    ENTRY(cost_noop, 0, 100, "cost of waiting, in seconds of breach"),
    ENTRY(cost_restart, 0.6, 100, "cost of a restart, in seconds of breach"),
    ENTRY(cost_scale, 0.4, 100, "cost of a replica, in seconds of breach"),
    ENTRY(cost_clear, 0.6, 100, "cost of clearing a cache, in seconds of breach"),
    ENTRY(cost_limit, 0.5, 100, "cost of a limit beyond the users it refuses"),
    ENTRY(cost_rollback, 1, 100, "cost of a rollback, in seconds of breach"),
    ENTRY(cost_reroute, 0.8, 100, "cost of a reroute, in seconds of breach"),
    ENTRY(refused, 1, 100, "breach that refusing every user for as long is worth"),
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

static double action_cost(const judge_params *p, tend_action_kind kind)
{
    switch (kind) {
    case TEND_RESTART:
        return p->cost_restart;
    case TEND_SCALE_UP:
    case TEND_SCALE_DOWN:
        return p->cost_scale;
    case TEND_CLEAR_CACHE:
        return p->cost_clear;
    case TEND_LIMIT:
        return p->cost_limit;
    case TEND_ROLLBACK:
        return p->cost_rollback;
    case TEND_REROUTE:
        return p->cost_reroute;
    case TEND_NOOP:
    case TEND_LIFT:
    case TEND_ACTION_KINDS:
        break;
    }
    return p->cost_noop;
}

void judge_init(judge_state *j)
{
    memset(j, 0, sizeof *j);
}

static tend_outcome settle(const judge_pending *d, const judge_params *p, const tend_system *system,
                           const tend_obs *obs)
{
    double cost = d->cost + action_cost(p, system->actions[d->action].kind);
    double reward = 1 - cost / (p->horizon * system->step_s);
    return (tend_outcome){.key = d->key,
                          .arm = d->arm,
                          .action = d->action,
                          .decided = d->decided,
                          .settled = obs->tick,
                          .reward = reward > 0 ? reward : 0,
                          .breach_ticks = d->breach_ticks,
                          .effective = !obs->breach};
}

static bool came_to_nothing(const judge_pending *d, const tend_obs *obs)
{
    for (int i = 0; i < obs->receipts; i++) {
        const tend_receipt *r = &obs->receipt[i];
        if (r->id == d->decided && r->action == d->action &&
            (r->state == TEND_RECEIPT_FAILED || r->state == TEND_RECEIPT_TIMEOUT ||
             r->state == TEND_RECEIPT_REFUSED))
            return true;
    }
    return false;
}

static void drop_void(judge_state *j, const tend_obs *obs)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < j->count; i++)
        if (!came_to_nothing(&j->pending[i], obs))
            j->pending[kept++] = j->pending[i];
    j->count = kept;
}

void judge_tick(judge_state *j, const judge_params *p, const tend_system *system,
                const tend_obs *obs, tend_frame *frame)
{
    frame->outcomes = 0;
    if (j->count == 0)
        return;
    if (obs->receipts > 0)
        drop_void(j, obs);
    double charge = obs->breach ? 1 : 0;
    if (obs->refused > 0 && obs->refused <= 1) {
        double refused = p->refused * obs->refused;
        charge = refused > charge ? refused : charge;
    }
    for (int64_t i = 0; i < j->count; i++) {
        j->pending[i].cost += charge * system->step_s;
        j->pending[i].breach_ticks += obs->breach;
    }
    int64_t due = 0;
    while (due < j->count && frame->outcomes < TEND_OUTCOMES_MAX &&
           obs->tick - j->pending[due].decided >= (int64_t)p->horizon)
        frame->outcome[frame->outcomes++] = settle(&j->pending[due++], p, system, obs);
    if (due > 0) {
        j->count -= due;
        memmove(j->pending, j->pending + due, (size_t)j->count * sizeof *j->pending);
    }
}

void judge_note(judge_state *j, const tend_decision *decision)
{
    if (decision->key == 0 || j->count == JUDGE_PENDING_MAX)
        return;
    j->pending[j->count++] = (judge_pending){.key = decision->key,
                                             .decided = decision->tick,
                                             .arm = decision->arm,
                                             .action = decision->action};
}
