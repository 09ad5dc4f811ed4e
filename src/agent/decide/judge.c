// SPDX-License-Identifier: GPL-3.0-or-later
// judge.c - a short queue of open decisions, charged tick by tick.
#include "agent/decide/judge.h"

#include <string.h>

// it takes #field for a directive
// clang-format off
#define ENTRY(field, initial, most, help)                                                          \
    {#field, offsetof(judge_params, field), TEND_NUMBER, initial, 0, most, help}
// clang-format on

// horizon: larger credits an action with what came later, smaller finds slow remedies useless.
// Prices are what a person would pay to avoid the action, in seconds of breach: larger makes
// policies wait, smaller makes them act without need. Chosen, not fitted.
const tend_param judge_param_table[] = {
    {"horizon", offsetof(judge_params, horizon), TEND_SECONDS, 40, 1, 1e6,
     "over which a decision is judged, at least 3 ticks"},
#define ENTRY_PRICE(parameter, seconds, help) ENTRY(cost_##parameter, seconds, 100, help),
#define ENTRY_PRICED_AS(parameter)
#define COST(e, name, target, disruptive, undo, replicas, need, price, ...) ENTRY_##price
    TEND_ACTION_TABLE(COST)
        ENTRY(refused, 1, 100, "breach that refusing every user for as long is worth"),
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

// where the price of a kind of action stands; kinds may share one
#define AT_PRICE(parameter, seconds, help) offsetof(judge_params, cost_##parameter)
#define AT_PRICED_AS(parameter) offsetof(judge_params, cost_##parameter)
#define AT(e, name, target, disruptive, undo, replicas, need, price, ...) [TEND_##e] = AT_##price,

static double action_cost(const judge_params *p, tend_action_kind kind)
{
    static const size_t at[TEND_ACTION_KINDS] = {TEND_ACTION_TABLE(AT)};
    double cost;
    memcpy(&cost, (const char *)p + at[kind], sizeof cost);
    return cost;
}

double judge_horizon(double ticks, double seconds)
{
    double least = seconds < JUDGE_TICKS_LEAST ? seconds : JUDGE_TICKS_LEAST;
    return ticks > least ? ticks : least;
}

void judge_init(judge_state *j)
{
    memset(j, 0, sizeof *j);
}

// The price of a decision as a reward: its seconds of breach and its action's cost by the horizon.
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
                          // so that one disaster weighs no more than a lost window
                          .reward = reward > 0 ? reward : 0,
                          .breach_ticks = d->breach_ticks,
                          .effective = !obs->breach};
}

// A receipt says that the action was not done, or that nobody knows.
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
    // refused users count by share; where a limit is itself a breach, the larger counts, not both
    double charge = obs->breach ? 1 : 0;
    if (obs->refused > 0 && obs->refused <= 1) {
        double refused = p->refused * obs->refused;
        charge = refused > charge ? refused : charge;
    }
    for (int64_t i = 0; i < j->count; i++) {
        j->pending[i].cost += charge * system->step_s;
        j->pending[i].breach_ticks += obs->breach;
    }
    // oldest first; more than the frame has room for wait a tick, and are charged for it
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
    // a full queue drops the newest: what is already charged is worth more than what is not
    if (decision->key == 0 || j->count == JUDGE_PENDING_MAX)
        return;
    j->pending[j->count++] = (judge_pending){.key = decision->key,
                                             .decided = decision->tick,
                                             .arm = decision->arm,
                                             .action = decision->action};
}
