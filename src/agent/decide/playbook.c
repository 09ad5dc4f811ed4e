// SPDX-License-Identifier: GPL-3.0-or-later
// playbook.c - arms to actions, and the memory of the incident at hand.
#include "agent/decide/playbook.h"

#include <string.h>

static const char *const arm_names[ARMS] = {"wait",  "restart",  "scale",  "clear_cache",
                                            "limit", "rollback", "reroute"};

const char *playbook_arm_name(int arm)
{
    return arm >= 0 && arm < ARMS ? arm_names[arm] : "";
}

int playbook_find_arm(const char *name)
{
    for (int arm = 0; arm < ARMS; arm++)
        if (strcmp(arm_names[arm], name) == 0)
            return arm;
    return -1;
}

static int cache_of(const tend_system *system, int service)
{
    if (system->services[service].kind == TEND_CACHE)
        return service;
    for (int e = 0; e < system->E; e++)
        if (system->edges[e].caller == service &&
            system->services[system->edges[e].callee].kind == TEND_CACHE)
            return system->edges[e].callee;
    return -1;
}

static int edge_to(const tend_system *system, const tend_suspect *suspect)
{
    if (suspect->edge >= 0)
        return suspect->edge;
    for (int e = 0; e < system->E; e++)
        if (system->edges[e].callee == suspect->service)
            return e;
    return -1;
}

int playbook_action(const tend_system *system, const tend_suspect *suspect, int arm)
{
    static const tend_action_kind kinds[ARMS] = {TEND_NOOP,        TEND_RESTART, TEND_SCALE_UP,
                                                 TEND_CLEAR_CACHE, TEND_LIMIT,   TEND_ROLLBACK,
                                                 TEND_REROUTE};
    if (arm == ARM_WAIT)
        return 0;
    if (arm == ARM_LIMIT)
        return tend_system_action(system, TEND_LIMIT, -1, -1);
    if (suspect->service < 0)
        return -1;
    if (arm == ARM_CLEAR) {
        int cache = cache_of(system, suspect->service);
        return cache < 0 ? -1 : tend_system_action(system, TEND_CLEAR_CACHE, cache, -1);
    }
    if (arm == ARM_REROUTE) {
        int edge = edge_to(system, suspect);
        return edge < 0
                   ? -1
                   : tend_system_action(system, TEND_REROUTE, system->edges[edge].callee, edge);
    }
    return tend_system_action(system, kinds[arm], suspect->service, -1);
}

void playbook_forget(playbook_memory *m)
{
    memset(m, 0, sizeof *m);
    m->service = -1;
}

static void follow(playbook_memory *m, const tend_system *system, const tend_view *view)
{
    const tend_obs *obs = view->obs;
    bool trouble = view->findings->alarm || obs->breach;
    m->troubled = trouble ? m->troubled + 1 : 0;
    if (view->incidents == 0) {
        m->tried = 0;
        m->last_arm = ARM_WAIT;
        m->service = -1;
        m->actions = 0;
    }
    bool well = obs->entry_p95_ms < 0.9 * system->slo.p95_ms &&
                obs->entry_errors < 0.9 * system->slo.error_share;
    m->calm = well ? m->calm + 1 : 0;
}

void playbook_look(playbook_memory *m, const tend_system *system, const playbook_scene *scene,
                   playbook_view *out)
{
    const tend_obs *obs = scene->view->obs;
    const tend_causes *causes = scene->view->causes;
    const bool *allowed = scene->view->allowed;
    follow(m, system, scene->view);
    out->lift = -1;
    out->due = false;
    if (m->limited && m->calm >= scene->lift_after) {
        int lift = tend_system_action(system, TEND_LIFT, -1, -1);
        out->lift = lift >= 0 && allowed[lift] ? lift : -1;
    }
    if (m->troubled < scene->patience || obs->tick < m->held || m->troubled == 0)
        return;
    if (causes->count > 0)
        out->suspect = causes->suspect[0];
    else if (obs->breach)
        out->suspect = (tend_suspect){.service = -1, .edge = -1, .metric = -1};
    else
        return;
    if (out->suspect.service != m->service) {
        m->service = out->suspect.service;
        m->tried = 0;
    }
    for (int arm = 0; arm < ARMS; arm++) {
        int action = playbook_action(system, &out->suspect, arm);
        out->action[arm] = action;
        out->allowed[arm] = action >= 0 && allowed[action];
        out->due |= arm != ARM_WAIT && out->allowed[arm];
    }
}

void playbook_note(playbook_memory *m, const playbook_view *view, int arm, int64_t tick, int hold)
{
    m->held = tick + hold;
    if (arm == ARM_WAIT)
        return;
    m->last_arm = arm;
    m->tried |= 1u << arm;
    m->actions++;
    if (arm == ARM_LIMIT)
        m->limited = view->action[arm] >= 0;
}
