// SPDX-License-Identifier: GPL-3.0-or-later
// actions.c - what an operator can do, how long it takes and what it costs on the way.
//
// Restarts and rollbacks roll through the replicas, half of them at a time, so capacity drops
// until they are done. A limit bites at once and is lifted in steps. Only a finished action mends.
#include "env/fate.h"
#include "env/fleet.h"

// Chosen for the simulated world, as the strengths in faults.c are: a limit must be able to calm a
// retry storm (more let in would not), and the way back must not be a second flash crowd.
#define ADMIT_UNDER_LIMIT 0.5 // share of the users a limit lets in
#define ADMIT_RATE 0.1        // of the users who come back, per second

// Replicas that go down at once, at least one: the only one is taken down too.
static int half(int replicas)
{
    return replicas > 1 ? replicas / 2 : 1;
}

// Waves until all have been down; the last may be smaller.
static int waves(int replicas)
{
    int wave = half(replicas);
    return (replicas + wave - 1) / wave;
}

static void begin_restart(fleet_service *s, const service_model *d)
{
    s->restart_wave = half(s->replicas);
    // ticks of all waves, one after another
    s->restart_left = waves(s->replicas) * d->restart_ticks;
}

// Rolls as a restart does. In this world the replicas keep their memory and connections.
static void begin_rollback(fleet_service *s, const service_model *d)
{
    s->rollback_wave = half(s->replicas);
    s->rollback_left = waves(s->replicas) * d->restart_ticks;
}

// They arrive one by one, each after scale_ticks; the first has to wait for a machine too.
void actions_order(fleet_service *s, const service_model *d)
{
    if (s->pending++ == 0)
        s->scale_left = d->provision_ticks + d->scale_ticks;
}

// What would run twice or lead beyond the bounds is refused; anything else can always be done.
bool actions_possible(const world *w, const sim_model *m, int action)
{
    const tend_action *a = &m->system->actions[action];
    const fleet_service *s = a->service >= 0 ? &fleet_services_of(w, m)[a->service] : NULL;
    if (a->kind == TEND_RESTART || a->kind == TEND_ROLLBACK)
        return !s->restart_left && !s->rollback_left;
    if (a->kind == TEND_SCALE_UP) // replicas on order count towards the bound
        return s->replicas + s->pending < m->service[a->service].most;
    if (a->kind == TEND_SCALE_DOWN)
        return s->replicas > m->service[a->service].least;
    return true;
}

bool actions_begin(world *w, const sim_model *m, int action)
{
    if (!actions_possible(w, m, action))
        return false;
    const tend_action *a = &m->system->actions[action];
    fleet_service *s = a->service >= 0 ? &fleet_services(w, m)[a->service] : NULL;
    const service_model *d = a->service >= 0 ? &m->service[a->service] : NULL;
    bool half_done = fate_halves(w, m, a->kind, a->service);
    switch (a->kind) {
    case TEND_RESTART:
        begin_restart(s, d);
        break;
    case TEND_SCALE_UP:
        actions_order(s, d);
        break;
    case TEND_SCALE_DOWN: // leaves at once: draining it is not modelled
        s->replicas--;
        break;
    // the misses that follow are the price: what stands behind the cache carries them
    case TEND_CLEAR_CACHE:
        s->fill = half_done ? s->fill / 2 : 0;
        faults_mended(w, m, TEND_CLEAR_CACHE, a->service);
        break;
    case TEND_LIMIT:
        w->admit = half_done ? (1 + ADMIT_UNDER_LIMIT) / 2 : ADMIT_UNDER_LIMIT;
        break;
    case TEND_LIFT:
        w->admit = half_done ? (1 + w->admit) / 2 : 1;
        break;
    case TEND_ROLLBACK:
        begin_rollback(s, d);
        break;
    case TEND_REROUTE:
        fleet_edges(w, m)[m->position[a->edge]].switch_left = model_ticks(m, m->plant->switch_s);
        break;
    case TEND_NOOP:
    case TEND_ACTION_KINDS:
        break;
    }
    return true;
}

bool actions_under_way(const world *w, const sim_model *m, int action)
{
    const tend_action *a = &m->system->actions[action];
    const fleet_service *s = a->service >= 0 ? &fleet_services_of(w, m)[a->service] : NULL;
    switch (a->kind) {
    case TEND_RESTART:
        return s->restart_left > 0;
    case TEND_ROLLBACK:
        return s->rollback_left > 0;
    case TEND_SCALE_UP:
        return s->pending > 0;
    case TEND_REROUTE:
        return fleet_edges_of(w, m)[m->position[a->edge]].switch_left > 0;
    case TEND_LIFT: // the users come back in steps
        return w->admitted < w->admit;
    // done at once, or not done to anything
    case TEND_NOOP:
    case TEND_SCALE_DOWN:
    case TEND_CLEAR_CACHE:
    case TEND_LIMIT:
    case TEND_ACTION_KINDS:
        break;
    }
    return false;
}

// A wave of replicas starts afresh: their memory, connections and cache content are gone.
static void refresh(fleet_service *s, int wave)
{
    double kept = s->replicas > wave ? 1 - (double)wave / s->replicas : 0;
    s->leak *= kept;
    s->pool_leaked *= kept;
    s->fill *= kept;
}

static void tick_restart(world *w, const sim_model *m, int at, fleet_service *s)
{
    int ticks = m->service[at].restart_ticks;
    if (s->restart_left % ticks == 0) // a wave goes down
        refresh(s, s->restart_wave);
    if (--s->restart_left > 0)
        return;
    s->restart_wave = 0;
    // when the last wave is back nothing old is left, whatever the rounding of `kept`
    s->leak = 0;
    s->pool_leaked = 0;
    faults_mended(w, m, TEND_RESTART, at);
}

static void tick_rollback(world *w, const sim_model *m, int at, fleet_service *s)
{
    if (--s->rollback_left > 0)
        return;
    s->rollback_wave = 0;
    // the version changes, so the next diagnosis sees a fresh deployment: ours
    s->live_since = (int)w->tick;
    faults_mended(w, m, TEND_ROLLBACK, at);
}

static void tick_scale(const sim_model *m, int at, fleet_service *s)
{
    if (--s->scale_left > 0)
        return;
    s->replicas++;
    if (--s->pending > 0)
        s->scale_left = m->service[at].scale_ticks;
}

// Out of memory: half of the replicas are killed. Their sessions move on and so does the leak.
static void tick_memory(const sim_model *m, int at, fleet_service *s)
{
    if (s->oom_left > 0 && --s->oom_left == 0)
        s->oom_wave = 0;
    if (s->memory < 1 || s->oom_left > 0)
        return;
    s->oom_wave = half(s->replicas);
    s->oom_left = m->service[at].restart_ticks;
    s->now.exits += s->oom_wave;
    double share = (double)s->oom_wave / s->replicas;
    s->now.kept *= 1 - share;
    // killed in mid-tick: half of what its share of the requests had begun is cut off
    s->now.broken = 1 - (1 - s->now.broken) * (1 - 0.5 * share);
    refresh(s, s->oom_wave);
}

// Timers first, then who is left: a replica may be down for several reasons at once.
static void tick_service(world *w, const sim_model *m, int at, fleet_service *s)
{
    if (s->restart_left > 0)
        tick_restart(w, m, at, s);
    if (s->rollback_left > 0)
        tick_rollback(w, m, at, s);
    if (s->scale_left > 0)
        tick_scale(m, at, s);
    if (s->oom_left > 0 || s->memory >= 1)
        tick_memory(m, at, s);
    // overlaps count twice
    int down = s->restart_wave + s->rollback_wave + s->oom_wave + s->now.down;
    s->ready = s->replicas > down ? s->replicas - down : 0;
}

void actions_tick(world *w, const sim_model *m)
{
    fleet_service *service = fleet_services(w, m);
    fleet_edge *edge = fleet_edges(w, m);
    for (int s = 0; s < m->S; s++)
        tick_service(w, m, s, &service[s]);
    for (int e = 0; e < m->E; e++)
        if (edge[e].switch_left > 0 && --edge[e].switch_left == 0)
            edge[e].rerouted = !edge[e].rerouted; // the fallback and back
    double back = ADMIT_RATE * m->step_s;
    // a limit bites at once, its lift goes in steps
    if (w->admitted > w->admit)
        w->admitted = w->admit;
    else if (w->admitted < w->admit)
        w->admitted = w->admit - w->admitted > back ? w->admitted + back : w->admit;
}
