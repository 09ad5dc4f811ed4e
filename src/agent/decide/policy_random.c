// SPDX-License-Identifier: GPL-3.0-or-later
// policy_random.c - a uniform choice among the allowed arms at every decision point.
#include "agent/decide/context.h"
#include "agent/plugins.h"
#include "base/hash.h"

typedef struct random_params {
    double patience, lift_after, hold;
} random_params;

static const tend_param table[] = {
    {"patience", offsetof(random_params, patience), TEND_PATIENCE, 2, 1, 86400,
     "trouble before acting"},
    {"lift_after", offsetof(random_params, lift_after), TEND_SECONDS, 5, 1, 86400,
     "calm that ends a limit"},
    {"hold", offsetof(random_params, hold), TEND_SECONDS, 5, 1, 86400,
     "from one decision to the next"},
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

static void decide(const tend_node *me, const tend_view *seen, tend_decision *out)
{
    const random_params *p = me->params;
    playbook_memory *memory = me->state;
    playbook_view options;
    playbook_scene scene = {seen, (int)p->patience, (int)p->lift_after};
    if (!playbook_turn(memory, me->system, &scene, &options, out))
        return;
    int arms = 0;
    for (int arm = 0; arm < ARMS; arm++)
        arms += options.allowed[arm];
    // the engine's seed of this tick: no state, so a fork draws the same
    int skip = (int)(hash_mix(me->seed) % (uint64_t)arms), arm = 0;
    while (!options.allowed[arm] || skip-- > 0)
        arm++;
    context_scene now = {me->system, seen, &options, memory};
    context where = context_of(&now, CONTEXT_SEVERE);
    context_tell(&now, &where, arm, NULL, out);
    // what off-policy estimators divide by: exact, as the mask came before the draw
    out->propensity = 1.0 / arms;
    playbook_note(memory, &options, arm, seen->obs->tick, (int)p->hold);
}

const tend_policy policy_random = {
    .base = {.name = "random",
             .help = "a uniform choice among the allowed actions on the suspect",
             .params = table,
             .params_size = sizeof(random_params),
             .state_size = playbook_state_size,
             .init = playbook_reset},
    .decide = decide,
    .reset = playbook_reset,
};
