// SPDX-License-Identifier: GPL-3.0-or-later
// playbook.c - arms to actions, and the memory of the incident at hand.
#include "agent/decide/playbook.h"

#include <string.h>

// the kinds that have an arm, in the order of words.h; arms are their places in this list
#define TAKE(e) TEND_##e,
#define SKIP(e)
#define ARMED_ARM(arm, name) TAKE
#define ARMED_NO_ARM SKIP
#define ARMED(e, name, target, disruptive, undo, replicas, need, price, arm, help) ARMED_##arm(e)

static const tend_action_kind kinds[ARMS] = {TEND_ACTION_TABLE(ARMED)}; // arm -> kind of action

_Static_assert(ARMS <= 32, "playbook_memory.tried has a bit per arm");

const char *playbook_arm_name(int arm)
{
    return arm >= 0 && arm < ARMS ? tend_action_row(kinds[arm])->arm : "";
}

int playbook_rank(tend_family family, int arm)
{
    const tend_action_kind *playbook = tend_family_row(family)->playbook;
    for (int rank = 0; rank < TEND_PLAYBOOK_MAX && playbook[rank] != TEND_NOOP; rank++)
        if (playbook[rank] == kinds[arm])
            return rank;
    return -1;
}

// The cache a service is or first calls, -1 without one.
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

// The suspected call, else the first one into the suspect: a network fault is told of its callee.
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
    tend_action_kind kind = kinds[arm];
    tend_target target = tend_action_row(kind)->target;
    int service = suspect->service, edge = -1;
    if (target == TEND_AT_NOTHING) // waiting is the system's action 0
        return 0;
    if (target == TEND_AT_SYSTEM)
        return tend_system_action(system, kind, -1, -1);
    if (service >= 0 && target == TEND_AT_CACHE)
        service = cache_of(system, service);
    if (service >= 0 && target == TEND_AT_EDGE) {
        edge = edge_to(system, suspect);
        service = edge < 0 ? -1 : system->edges[edge].callee;
    }
    return service < 0 ? -1 : tend_system_action(system, kind, service, edge);
}

void playbook_forget(playbook_memory *m)
{
    memset(m, 0, sizeof *m);
    m->service = -1;
}

size_t playbook_state_size(const tend_system *system, const void *params)
{
    (void)system, (void)params;
    return sizeof(playbook_memory);
}

void playbook_reset(const tend_node *me, uint64_t seed)
{
    (void)seed;
    playbook_forget(me->state);
}

// Keeps the counters of an incident, and forgets it when the engine says that it is over.
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
    // nine tenths: a limit lifted right at the objective would bring the breach back
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
    // before everything else and without a suspect: a limit refuses users for as long as it stays.
    // One that is due goes in a breach too: refusing users is one, which would hold it for ever
    if (scene->view->lift_due || (m->limited && m->calm >= scene->lift_after)) {
        int lift = tend_system_action(system, TEND_LIFT, -1, -1);
        out->lift = lift >= 0 && allowed[lift] ? lift : -1;
    }
    // too early, held after the last decision, or nothing to do
    if (m->troubled < scene->patience || obs->tick < m->held || m->troubled == 0)
        return;
    if (causes->count > 0)
        out->suspect = causes->suspect[0];
    // users suffer and nobody is suspected: what works on the whole system is still open
    else if (obs->breach)
        out->suspect = (tend_suspect){.service = -1, .edge = -1, .metric = -1};
    else
        return;
    // a new suspect: what was tried on the old one says nothing
    if (out->suspect.service != m->service) {
        m->service = out->suspect.service;
        m->tried = 0;
    }
    for (int arm = 0; arm < ARMS; arm++) {
        int action = playbook_action(system, &out->suspect, arm);
        out->action[arm] = action;
        out->allowed[arm] = action >= 0 && allowed[action];
        // a choice between waiting and waiting is none: it would teach that waiting is priced so
        out->due |= arm != ARM_WAIT && out->allowed[arm];
    }
}

bool playbook_turn(playbook_memory *m, const tend_system *system, const playbook_scene *scene,
                   playbook_view *view, tend_decision *out)
{
    playbook_look(m, system, scene, view);
    if (view->lift < 0)
        return view->due;
    out->action = view->lift;
    // counted as lifted when sent; the guard knows if it came to nothing
    m->limited = 0;
    return false;
}

void playbook_note(playbook_memory *m, const playbook_view *view, int arm, int64_t tick, int hold)
{
    // waiting is a decision too, and is held as long, or it would be judged every tick
    m->held = tick + hold;
    if (arm == ARM_WAIT)
        return;
    m->last_arm = arm;
    m->tried |= 1u << arm;
    m->actions++;
    if (arm == ARM_LIMIT)
        m->limited = view->action[arm] >= 0;
}
