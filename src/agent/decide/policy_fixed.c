// SPDX-License-Identifier: GPL-3.0-or-later
// policy_fixed.c - the blind policy: one and the same arm at every alarm. A world in which it does
// well is not worth learning in; `tend eval --policy fixed --set policy.arm=K` measures that.
#include "agent/decide/context.h"
#include "agent/plugins.h"

typedef struct fixed_params {
    double arm, lift_after, hold;
} fixed_params;

static const tend_param table[] = {
    {"arm", offsetof(fixed_params, arm), TEND_INTEGER, ARM_RESTART, ARM_RESTART, ARMS - 1,
     "1 restart, 2 scale, 3 clear_cache, 4 limit, 5 rollback, 6 reroute"},
    {"lift_after", offsetof(fixed_params, lift_after), TEND_SECONDS, 5, 1, 86400,
     "calm that ends a limit"},
    {"hold", offsetof(fixed_params, hold), TEND_SECONDS, 5, 1, 86400,
     "from one decision to the next"},
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

static void decide(const tend_node *me, const tend_view *seen, tend_decision *out)
{
    const fixed_params *p = me->params;
    playbook_memory *memory = me->state;
    playbook_view options;
    playbook_scene scene = {seen, 1, (int)p->lift_after};
    int arm = (int)p->arm;
    if (!playbook_turn(memory, me->system, &scene, &options, out) || !options.allowed[arm])
        return;
    context_scene now = {me->system, seen, &options, memory};
    context where = context_of(&now, CONTEXT_SEVERE);
    context_tell(&now, &where, arm, NULL, out);
    playbook_note(memory, &options, arm, seen->obs->tick, (int)p->hold);
}

const tend_policy policy_fixed = {
    .base = {.name = "fixed",
             .help = "one and the same action on the suspect at every alarm",
             .params = table,
             .params_size = sizeof(fixed_params),
             .state_size = playbook_state_size,
             .init = playbook_reset},
    .decide = decide,
    .reset = playbook_reset,
};
