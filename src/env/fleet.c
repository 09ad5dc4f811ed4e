// SPDX-License-Identifier: GPL-3.0-or-later
// fleet.c - where an episode begins, who comes in, and what piles up in the replicas.
#include "env/fleet.h"
#include "env/arrive.h"
#include "env/fate.h"
#include "env/life.h"
#include "env/measure.h"

#include "base/hash.h"
#include "base/math.h"
#include "base/rng.h"

#include <string.h>

const effects effects_none = {.slow = 1, .lock = 1, .evict = 1, .kept = 1};

// A warm, clean service with all its replicas ready.
static void begin_service(fleet_service *s, const service_model *d, double age_s, double step_s)
{
    s->memory = d->memory;
    s->fill = 1;
    s->now = effects_none;
    s->replicas = s->ready = s->affected = d->replicas;
    s->live_since = -(int)(age_s / step_s);
}

void fleet_init(world *w, const sim_model *m, const scenario *incident, uint64_t seed)
{
    memset(w, 0, m->size);
    // its own stream of the seed: the scenario is drawn from another
    uint64_t key = hash_mix(seed ^ 0x776F726C64ull); // "world"
    w->key[0] = (uint32_t)key;
    w->key[1] = (uint32_t)(key >> 32);
    w->tick = -1;
    w->admitted = w->admit = w->flash = 1;
    uint32_t bits[4] = {0};
    double phase = 0;
    for (int s = 0; s < m->S; s++) {
        uint32_t counter[4] = {0, (uint32_t)s, STREAM_START, 0};
        rng_philox(counter, w->key, bits);
        // the running versions went live minutes to hours ago, or one would look like the cause
        begin_service(&fleet_services(w, m)[s], &m->service[s], 500 + bits[0] % 20000, m->step_s);
        if (s == m->entry) // the episode begins at some hour of the day
            phase = 6.283185307179586 * rng_unit32(bits[1]);
    }
    w->wave_sin = math_sin(phase);
    w->wave_cos = math_sin(phase + 1.5707963267948966);
    if (m->measure_at)
        measure_init(w, m);
    if (m->arrive_at)
        arrive_init(w, m);
    faults_init(w, m, incident);
}

// Users per second who are let in; the rest of them count as refused.
static double users(world *w, const sim_model *m)
{
    const plant *p = m->plant;
    // the wave's vector is turned by a fixed angle: cheaper than a sine, and no libm
    double sine = w->wave_sin, wave = 1 + p->wave * sine;
    w->wave_sin = sine * m->turn_cos + w->wave_cos * m->turn_sin;
    w->wave_cos = w->wave_cos * m->turn_cos - sine * m->turn_sin;
    w->refused = 1 - w->admitted;
    // users who failed in the last tick come again: the outer loop of a storm
    return p->base_rps * wave * w->flash * w->admitted * (1 + p->user_retries * w->user_errors);
}

double fleet_tick(world *w, const sim_model *m)
{
    w->tick++;
    // faults before actions: what an action ends in this tick has acted for the last time
    faults_apply(w, m);
    if (m->fate_at)
        fate_tick(w, m);
    actions_tick(w, m);
    return users(w, m);
}

void fleet_age(fleet_service *s, const service_model *d, double served, double taken)
{
    if (d->hit_rate > 0 && (s->fill < 1 || s->now.evict < 1)) {
        // every miss brings an entry, less often a new one the fuller it is
        double misses = served * (1 - d->hit_rate * s->fill);
        double room = 1 - s->fill;
        // an implicit step: never overshoots
        s->fill += room * misses / (d->working_set + room * misses);
        if (s->fill > s->now.evict)
            s->fill = s->now.evict;
    }
    // only the replicas that were there leak; the share of the fleet dilutes with clean ones
    if (s->now.leak > 0)
        s->leak += s->now.leak * s->affected / s->replicas;
    if (s->now.pool > 0 && s->pool_leaked < s->now.pool_most) {
        s->pool_leaked += s->now.pool * s->affected / s->replicas;
        if (s->pool_leaked > s->now.pool_most)
            s->pool_leaked = s->now.pool_most;
    }
    // with nobody ready the pool of one replica stands for it, lest the share be infinite
    double pool = d->workers * (s->ready > 0 ? s->ready : 1);
    s->held = taken / pool + s->pool_leaked;
    s->memory = d->memory + d->memory_load * (s->held < 1 ? s->held : 1) + s->leak;
}
