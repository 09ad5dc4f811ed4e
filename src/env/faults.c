// SPDX-License-Identifier: GPL-3.0-or-later
// faults.c - the fault table at work: what each fault does, how strongly, and what mends it.
//
// A severity is turned into a strength once, from the nominal utilisation and traffic of the
// target: severity 0.5 takes a service just past what it can bear, be it busy or idle. So a fault
// shows itself through queues, timeouts and retries, and nothing else is scripted.
#include "env/fate.h"
#include "env/fleet.h"
#include "env/life.h"

#include "base/rng.h"

#include <math.h>

typedef struct row {
    void (*scale)(const sim_model *m, fault_state *f); // severity -> strength, second
    // level: share of the strength in force, 1 usually
    void (*apply)(world *w, const sim_model *m, fault_state *f, double level);
} row;

static double clamp(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

static fleet_service *target(world *w, const sim_model *m, const fault_state *f)
{
    return &fleet_services(w, m)[f->f.service];
}

// Nominal utilisation of the target.
static double load_of(const sim_model *m, const fault_state *f)
{
    double load = m->service[f->f.service].utilisation;
    return load > 0.01 ? load : 0.01; // strengths of an idle service are at their bounds
}

// Users who pass through the target, at most all of them.
// at least 5 %, or a fault far from the door would need more than all requests to fail
static double exposure(const sim_model *m, const fault_state *f)
{
    return clamp(m->service[f->f.service].visits, 0.05, 1);
}

// A scale turns a severity (0..1) into numbers of this target; an apply writes effects each tick.
// The bounds of clamp() keep a fault visible on an idle service and finite on any: they bite only
// where utilisation is far from the usual. Set on the example systems (docs/simulator.md, 7).
// From what nothing does to the strength, by the share that is in force.
static double toward(double nothing, double strength, double level)
{
    return level < 1 ? nothing + (strength - nothing) * level : strength;
}

static void scale_none(const sim_model *m, fault_state *f)
{
    (void)m;
    (void)f;
}

static void apply_none(world *w, const sim_model *m, fault_state *f, double level)
{
    (void)w;
    (void)m;
    (void)f;
    (void)level;
}

static void scale_cpu_hog(const sim_model *m, fault_state *f)
{
    // utilisation rises to 0.9 ... 1.4 of what cores are left
    f->strength = clamp(1 - load_of(m, f) / (0.9 + 0.5 * f->f.severity), 0.1, 0.985);
}

static void apply_cpu_hog(world *w, const sim_model *m, fault_state *f, double level)
{
    effects *now = &target(w, m, f)->now;
    // two faults on one service each take their share of what the other leaves
    now->lost = 1 - (1 - now->lost) * (1 - toward(0, f->strength, level));
    now->hog = now->lost; // a process of the same host: its cpu is seen as the service's
}

// As a hog, but on the other side of the hypervisor: no metric of the service shows its cpu.
static void scale_noisy_neighbour(const sim_model *m, fault_state *f)
{
    scale_cpu_hog(m, f);
}

static void apply_noisy_neighbour(world *w, const sim_model *m, fault_state *f, double level)
{
    effects *now = &target(w, m, f)->now;
    now->lost = 1 - (1 - now->lost) * (1 - toward(0, f->strength, level));
}

static void scale_memory_leak(const sim_model *m, fault_state *f)
{
    double seconds = 20 + 60 * (1 - f->f.severity); // until memory is full
    f->strength = (1 - m->service[f->f.service].memory) / seconds * m->step_s;
}

static void apply_memory_leak(world *w, const sim_model *m, fault_state *f, double level)
{
    target(w, m, f)->now.leak += toward(0, f->strength, level);
}

static void scale_bad_deploy(const sim_model *m, fault_state *f)
{
    // 8 to 33 % of the users fail, and utilisation rises to 0.7 ... 0.9: errors lead, slowness
    // follows
    f->strength = clamp((0.08 + 0.25 * f->f.severity) / exposure(m, f), 0, 0.95);
    f->second = clamp((0.7 + 0.2 * f->f.severity) / load_of(m, f), 1.2, 8);
}

static void apply_bad_deploy(world *w, const sim_model *m, fault_state *f, double level)
{
    effects *now = &target(w, m, f)->now;
    // lasting errors: a retry meets the same bug
    now->errors = 1 - (1 - now->errors) * (1 - toward(0, f->strength, level));
    now->slow *= toward(1, f->second, level);
    // the deployment is visible, once; harmless ones look the same
    if (w->tick == f->f.start)
        target(w, m, f)->live_since = (int)w->tick;
}

static void scale_slow_db(const sim_model *m, fault_state *f)
{
    // utilisation of 0.95 ... 1.55, with the cpu idle
    f->strength = clamp((0.95 + 0.6 * f->f.severity) / load_of(m, f), 1.5, 60);
}

static void apply_slow_db(world *w, const sim_model *m, fault_state *f, double level)
{
    target(w, m, f)->now.lock *= toward(1, f->strength, level);
}

// A storm needs callers eager enough to keep the service overloaded by their retries alone.
static void scale_retry_storm(const sim_model *m, fault_state *f)
{
    // the trigger: overload of 2 ... 4; attempts: 1.5 times the capacity by retries alone
    f->strength = clamp((2 + 2 * f->f.severity) / load_of(m, f), 3, 60);
    f->second = floor(clamp(1.5 / load_of(m, f) + 0.5, 2, 12)); // half the users calm it again
}

// The trigger is short; the eagerness stays, and shows only while calls fail.
static void apply_retry_storm(world *w, const sim_model *m, fault_state *f, double level)
{
    effects *now = &target(w, m, f)->now;
    now->retries = (int)f->second - 1;
    if (w->tick - f->f.start < f->f.duration)
        now->lock *= toward(1, f->strength, level);
}

// How far the hit rate must fall until the busiest service behind the cache is overloaded.
static void scale_cache_evict(const sim_model *m, fault_state *f)
{
    double hit = m->service[f->f.service].hit_rate, least = 1;
    double wanted = 0.9 + 0.3 * f->f.severity; // utilisation behind the cache, 0.9 ... 1.2
    for (int e = 0; e < m->E; e++) {
        double load = m->service[m->edge[e].callee].utilisation;
        if (m->edge[e].cache != f->f.service || load <= 0 || hit <= 0)
            continue;
        // load x (1 - hit x share) / (1 - hit) = wanted, solved for the share that stays
        double share = clamp((1 - wanted * (1 - hit) / load) / hit, 0, 1);
        least = share < least ? share : least;
    }
    f->strength = least;
}

static void apply_cache_evict(world *w, const sim_model *m, fault_state *f, double level)
{
    fleet_service *s = target(w, m, f);
    // replicas added since then bring memory of their own: each restores 80 % of what is lost
    double lost = 1 - toward(1, f->strength, level);
    for (int i = s->affected; i < s->replicas; i++)
        lost *= 0.2;
    s->now.evict *= 1 - lost;
}

static void scale_cache_poison(const sim_model *m, fault_state *f)
{
    double hit = clamp(m->service[f->f.service].hit_rate, 0.05, 1);
    // 7 to 32 % of the users get a wrong entry
    f->strength = clamp((0.07 + 0.25 * f->f.severity) / (hit * exposure(m, f)), 0, 0.95);
}

static void apply_cache_poison(world *w, const sim_model *m, fault_state *f, double level)
{
    target(w, m, f)->now.poison = toward(0, f->strength, level);
}

static void scale_flash_crowd(const sim_model *m, fault_state *f)
{
    double busiest = 0.01;
    for (int s = 0; s < m->S; s++)
        if (m->service[s].utilisation > busiest)
            busiest = m->service[s].utilisation;
    // the busiest service is taken to 1 ... 1.25: a crowd hits all of them
    f->strength = clamp((1 + 0.25 * f->f.severity) / busiest, 1.2, 20);
}

static void apply_flash_crowd(world *w, const sim_model *m, fault_state *f, double level)
{
    (void)m;
    w->flash *= toward(1, f->strength, level); // crowds multiply
}

// Connections leak until those left cannot carry the load.
static void scale_pool_leak(const sim_model *m, fault_state *f)
{
    const service_model *d = &m->service[f->f.service];
    // share of the pool in use at the usual load
    double needed = d->visits * m->plant->base_rps * d->hold_s / (d->workers * d->replicas);
    f->second = clamp(1 - needed / (1 + 0.4 * f->f.severity), 0.1, 0.995);
    double seconds = 12 + 45 * (1 - f->f.severity); // until they are gone
    f->strength = f->second / seconds * m->step_s;
}

static void apply_pool_leak(world *w, const sim_model *m, fault_state *f, double level)
{
    effects *now = &target(w, m, f)->now;
    now->pool += toward(0, f->strength, level);
    now->pool_most = toward(0, f->second, level);
}

static void scale_crash_loop(const sim_model *m, fault_state *f)
{
    (void)m;
    f->strength = 0.5 + 0.45 * f->f.severity; // share of the replicas that is down at a time
}

// Replicas come and go in blocks of seconds; a crash cuts off what was in flight.
#define CRASH_BLOCK_S 4 // s; shorter flickers too fast to be seen, longer looks like an outage

static void apply_crash_loop(world *w, const sim_model *m, fault_state *f, double level)
{
    fleet_service *s = target(w, m, f);
    int64_t since = w->tick - f->f.start, block = model_ticks(m, CRASH_BLOCK_S);
    // it came with a deployment: only a rollback ends it
    if (since == 0)
        s->live_since = (int)w->tick;
    uint32_t bits[4];
    uint32_t counter[4] = {(uint32_t)(since / block), (uint32_t)f->f.service, STREAM_FAULT, 0};
    rng_philox(counter, w->key, bits);
    // rounded at random, so that one replica of two is down in the right share of blocks
    int down = (int)(s->replicas * toward(0, f->strength, level) + rng_unit32(bits[0]));
    // at its full strength one at least
    down = down > s->replicas ? s->replicas : down < 1 && level >= 1 ? 1 : down;
    double share = (double)down / s->replicas;
    s->now.down = down;
    // between crashes not every caller knows yet who is gone
    double cut = since % block == 0 ? 0.5 : 0.15;
    if (since % block == 0) {
        s->now.kept *= 1 - share;
        s->now.exits += down;
    }
    s->now.broken = 1 - (1 - s->now.broken) * (1 - cut * share);
}

static edge_effects *target_edge(world *w, const sim_model *m, const fault_state *f)
{
    return &fleet_edges(w, m)[m->position[f->f.edge]].now;
}

static void scale_network_delay(const sim_model *m, fault_state *f)
{
    // seconds: 0.5 to 1.7 times the latency objective
    f->strength = m->slo_s * (0.5 + 1.2 * f->f.severity);
}

static void apply_network_delay(world *w, const sim_model *m, fault_state *f, double level)
{
    target_edge(w, m, f)->delay_s +=
        toward(0, f->strength, level); // delays add up, losses meet by chance
}

static void scale_network_loss(const sim_model *m, fault_state *f)
{
    (void)m;
    // share of attempts: 15 to 60 %, each a timeout to its caller
    f->strength = 0.15 + 0.45 * f->f.severity;
}

static void apply_network_loss(world *w, const sim_model *m, fault_state *f, double level)
{
    edge_effects *e = target_edge(w, m, f);
    e->loss = 1 - (1 - e->loss) * (1 - toward(0, f->strength, level));
}

static void scale_dependency_down(const sim_model *m, fault_state *f)
{
    (void)m;
    f->strength = 0.3 + 0.7 * f->f.severity; // share of its answers that are errors
}

static void apply_dependency_down(world *w, const sim_model *m, fault_state *f, double level)
{
    effects *now = &target(w, m, f)->now;
    now->errors = 1 - (1 - now->errors) * (1 - toward(0, f->strength, level));
}

// Stalls of seconds with as long between them: the disk of a noisy volume.
#define STALL_S 4 // s

static void scale_slow_disk(const sim_model *m, fault_state *f)
{
    f->strength = clamp((0.9 + 0.8 * f->f.severity) / load_of(m, f), 1.5, 60);
}

static void apply_slow_disk(world *w, const sim_model *m, fault_state *f, double level)
{
    if ((w->tick - f->f.start) / model_ticks(m, STALL_S) % 2 == 0)
        target(w, m, f)->now.lock *= toward(1, f->strength, level);
}

static void scale_half_config(const sim_model *m, fault_state *f)
{
    // 6 to 46 % of the users ask for what is broken
    f->strength = clamp((0.06 + 0.4 * f->f.severity) / exposure(m, f), 0, 0.95);
    f->second = 1 - f->strength / 2; // what fails at once is half of the work
}

static void apply_half_config(world *w, const sim_model *m, fault_state *f, double level)
{
    effects *now = &target(w, m, f)->now;
    now->errors = 1 - (1 - now->errors) * (1 - toward(0, f->strength, level));
    now->slow *= toward(1, f->second, level);
}

static void scale_expired(const sim_model *m, fault_state *f)
{
    (void)m;
    f->strength = 0.5 + 0.5 * f->f.severity; // share of the clients that look at the date
}

static void apply_expired(world *w, const sim_model *m, fault_state *f, double level)
{
    apply_dependency_down(w, m, f, level);
}

static const row table[FAULT_TYPES] = {
#define ROW(e, name, ...) [e] = {scale_##name, apply_##name},
    FAULT_TABLE(ROW) STRANGE_TABLE(ROW)
#undef ROW
};

// Effects as of a target nothing is wrong with; faults in force are then written anew, in order.
static void clear(world *w, const sim_model *m, const fault_state *f)
{
    target(w, m, f)->now = effects_none;
    if (f->f.edge >= 0)
        *target_edge(w, m, f) = (edge_effects){0};
}

void faults_init(world *w, const sim_model *m, const scenario *incident)
{
    w->faults = incident->faults;
    for (int i = 0; i < w->faults; i++) {
        fault_state *f = &w->fault[i];
        fault_copy(&f->f, &incident->fault[i]);
        table[f->f.type].scale(m, f);
    }
    w->crowd = incident->crowd;
    w->deploys = incident->deploys;
    for (int i = 0; i < w->deploys; i++) {
        w->deploy_service[i] = incident->deploy[i].service;
        w->deploy_tick[i] = incident->deploy[i].tick;
    }
}

// Share of a fault's strength in force now.
static double level_of(const sim_model *m, const fault_state *f, int64_t since)
{
    double level = 1 - m->plant->faint * (1 - f->f.severity);
    if (since < f->f.ramp)
        level *= (double)(since + 1) / f->f.ramp;
    if (f->f.flap > 0 && since / f->f.flap % 2 == 1)
        return 0;
    for (int i = 0; i < f->halved; i++)
        level *= 0.5;
    return level;
}

// What is wrong and what goes on are written anew in each tick, upon services without anything.
static void start_clean(world *w, const sim_model *m)
{
    if (m->life_at)
        life_clear(w, m);
    for (int i = 0; i < w->faults; i++)
        clear(w, m, &w->fault[i]);
    if (m->life_at)
        life_tick(w, m);
    if (w->crowd)
        w->flash *= life_crowd(m, w->tick + 1 - w->crowd);
}

void faults_apply(world *w, const sim_model *m)
{
    fleet_service *service = fleet_services(w, m);
    w->flash = 1;
    for (int s = 0; s < m->S; s++) { // an out-of-memory kill needs no fault in force
        service[s].now.kept = 1;
        service[s].now.broken = 0;
        service[s].now.exits = 0;
    }
    for (int i = 0; i < w->deploys; i++)
        if (w->deploy_tick[i] == w->tick)
            service[w->deploy_service[i]].live_since = (int)w->tick;
    start_clean(w, m);
    for (int i = 0; i < w->faults; i++) {
        fault_state *f = &w->fault[i];
        int64_t since = w->tick - f->f.start;
        double level = 0;
        // what lingers acts on after its time, until it is mended
        bool on = since < f->f.duration || fault_lingers(f->f.type);
        if (!f->over && since >= 0 && on)
            level = level_of(m, f, since);
        if (level > 0)
            table[f->f.type].apply(w, m, f, level);
    }
}

void faults_heal(world *w, const sim_model *m)
{
    for (int i = 0; i < w->faults; i++)
        clear(w, m, &w->fault[i]);
    w->faults = 0;
}

void faults_mended(world *w, const sim_model *m, tend_action_kind by, int service)
{
    bool half = fate_halves(w, m, by, service);
    for (int i = 0; i < w->faults; i++) {
        fault_state *f = &w->fault[i];
        if (f->f.service != service || w->tick < f->f.start || !fault_ends(f->f.type, by))
            continue;
        f->over = !half;
        f->halved += half;
    }
}
