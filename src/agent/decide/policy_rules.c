// SPDX-License-Identifier: GPL-3.0-or-later
// policy_rules.c - the threshold playbook of an operations team: static limits on the suspect's
// metrics, tried from the most to the least telling, each at most once per incident.
#include "agent/decide/context.h"
#include "agent/plugins.h"

typedef struct rules_params {
    double patience, lift_after, hold;
    double deploy_age, errors, memory, cpu, saturation;
} rules_params;

static const tend_param table[] = {
    {"patience", offsetof(rules_params, patience), TEND_PATIENCE, 3, 1, 86400,
     "trouble before acting"},
    {"lift_after", offsetof(rules_params, lift_after), TEND_SECONDS, 5, 1, 86400,
     "calm that ends a limit"},
    {"hold", offsetof(rules_params, hold), TEND_SECONDS, 8, 1, 86400,
     "from one action to the next"},
    {"deploy_age", offsetof(rules_params, deploy_age), TEND_SECONDS, 30, 0, 1e6,
     "for which a deployment is recent"},
    {"errors", offsetof(rules_params, errors), TEND_NUMBER, 0.02, 0, 1,
     "share of errors that is too many"},
    {"memory", offsetof(rules_params, memory), TEND_NUMBER, 0.85, 0, 1,
     "share of memory that is too much"},
    {"cpu", offsetof(rules_params, cpu), TEND_NUMBER, 0.85, 0, 1, "busy share that is too much"},
    {"saturation", offsetof(rules_params, saturation), TEND_NUMBER, 0.9, 0, 1,
     "pool use that is too much"},
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

typedef struct rules_state {
    playbook_memory memory;
    int64_t rerouted; // this incident: a second reroute would switch back
} rules_state;

static size_t state_size(const tend_system *system, const void *params)
{
    (void)system, (void)params;
    return sizeof(rules_state);
}

static void reset(const tend_node *me, uint64_t seed)
{
    (void)seed;
    rules_state *state = me->state;
    playbook_forget(&state->memory);
    state->rerouted = 0;
}

static double reading(const tend_system *system, const tend_obs *obs, int service,
                      tend_metric_kind kind)
{
    int column = tend_system_column(system, kind);
    return column < 0 || service < 0 ? 0 : obs->value[service * system->M + column];
}

// the playbook's pages in the order they are tried; a missing reading (NAN) opens no page
static int choose(const tend_node *me, const tend_obs *obs, const playbook_view *view,
                  const rules_state *state)
{
    const rules_params *p = me->params;
    const playbook_memory *memory = &state->memory;
    int service = view->suspect.service;
    double errors = reading(me->system, obs, service, TEND_ERRORS);
    double cpu = reading(me->system, obs, service, TEND_CPU);
    bool recent = service >= 0 && obs->deploy_age[service] <= p->deploy_age;
    bool cache = service >= 0 && me->system->services[service].kind == TEND_CACHE;
    struct {
        bool applies;
        playbook_arm arm;
    } pages[] = {
        {recent, ARM_ROLLBACK},
        {view->suspect.edge >= 0 && !state->rerouted, ARM_REROUTE},
        {reading(me->system, obs, service, TEND_MEMORY) > p->memory, ARM_RESTART},
        {cache, ARM_CLEAR},
        {cpu > p->cpu, ARM_SCALE},
        {reading(me->system, obs, service, TEND_SATURATION) > p->saturation, ARM_RESTART},
        {errors > p->errors, ARM_RESTART},
        {service >= 0, ARM_SCALE},
        {service >= 0, ARM_RESTART},
        {obs->breach, ARM_LIMIT},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (pages[i].applies && view->action[pages[i].arm] >= 0 &&
            !(memory->tried & 1u << pages[i].arm))
            return (int)pages[i].arm;
    return ARM_WAIT;
}

static void decide(const tend_node *me, const tend_view *seen, tend_decision *out)
{
    const rules_params *p = me->params;
    rules_state *state = me->state;
    playbook_memory *memory = &state->memory;
    playbook_view options;
    playbook_scene scene = {seen, (int)p->patience, (int)p->lift_after};
    bool due = playbook_turn(memory, me->system, &scene, &options, out);
    if (memory->actions == 0)
        state->rerouted = 0;
    if (!due || (memory->actions > 0 && !seen->obs->breach))
        return; // the objective holds since the last page: leave it alone
    int arm = choose(me, seen->obs, &options, state);
    if (arm != ARM_WAIT && !options.allowed[arm]) {
        out->wanted = options.action[arm];
        return;
    }
    context_scene now = {me->system, seen, &options, memory};
    context where = context_of(&now, CONTEXT_SEVERE);
    context_tell(&now, &where, arm, NULL, out);
    state->rerouted |= arm == ARM_REROUTE;
    playbook_note(memory, &options, arm, seen->obs->tick, (int)p->hold);
}

const tend_policy policy_rules = {
    .base = {.name = "rules",
             .help = "threshold playbook: static limits on the suspect's metrics",
             .params = table,
             .params_size = sizeof(rules_params),
             .state_size = state_size,
             .init = reset},
    .decide = decide,
    .reset = reset,
};
