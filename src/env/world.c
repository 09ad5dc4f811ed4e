// world.c - the order of one tick, and where an episode begins.
#include "env/model.h"

#include "base/hash.h"
#include "base/math.h"
#include "base/rng.h"

#include <string.h>

size_t world_size(const sim_model *model)
{
    return model->size;
}

static void begin_service(service_state *s, const service_model *d, double users, uint32_t age)
{
    s->swing = sqrt(users * d->visits);
    s->service_s = d->service_s;
    s->own_s = s->mean_s = d->service_s;
    s->down_s = d->hold_s - d->service_s;
    s->busy = d->utilisation < 0.9 ? d->utilisation : 0.9;
    s->backlog = s->busy * d->cores * d->replicas;
    s->errors = d->error_share;
    s->memory = d->memory;
    s->fill = 1;
    s->now = (effects){.slow = 1, .lock = 1, .evict = 1};
    s->replicas = s->ready = s->affected = d->replicas;
    s->live_since = -500 - (int)(age % 20000);
}

// What a call costs before anything has been measured: no failures, a warm cache.
static void begin_edge(edge_state *edge, const sim_model *m, int at)
{
    const edge_model *d = &m->edge[at];
    edge[at].miss = d->guards_miss ? 1 - m->service[d->callee].hit_rate : 1;
    double behind = d->guard >= 0 ? edge[d->guard].miss : 1;
    edge[at].flow = d->times * d->present * behind;
}

void world_init(world *w, const sim_model *model, const scenario *incident, uint64_t seed)
{
    memset(w, 0, model->size);
    uint64_t key = hash_mix(seed ^ 0x776F726C64ull); // "world"
    w->key[0] = (uint32_t)key;
    w->key[1] = (uint32_t)(key >> 32);
    w->tick = -1;
    w->admitted = w->admit = w->flash = 1;
    uint32_t bits[4] = {0};
    double phase = 0;
    for (int s = 0; s < model->S; s++) {
        uint32_t counter[4] = {0, (uint32_t)s, STREAM_START, 0};
        rng_philox(counter, w->key, bits);
        begin_service(&world_services(w, model)[s], &model->service[s],
                      model->plant->base_rps * model->step_s, bits[0]);
        if (s == model->entry) // the episode begins at some hour of the day
            phase = 6.283185307179586 * rng_unit32(bits[1]);
    }
    w->wave_sin = math_sin(phase);
    w->wave_cos = math_sin(phase + 1.5707963267948966);
    for (int e = 0; e < model->E; e++)
        begin_edge(world_edges(w, model), model, e);
    faults_init(w, model, incident);
}

// Users per second who are let in; the rest of them count as refused.
static double users(world *w, const sim_model *m)
{
    const plant *p = m->plant;
    double sine = w->wave_sin, wave = 1 + p->wave * sine;
    w->wave_sin = sine * m->turn_cos + w->wave_cos * m->turn_sin;
    w->wave_cos = w->wave_cos * m->turn_cos - sine * m->turn_sin;
    w->refused = 1 - w->admitted;
    return p->base_rps * wave * w->flash * w->admitted * (1 + p->user_retries * w->user_errors);
}

void world_step(world *w, const sim_model *model)
{
    service_state *service = world_services(w, model);
    w->tick++;
    for (int s = 0; s < model->S; s++)
        service[s].broken = 0;
    faults_apply(w, model);
    actions_tick(w, model);
    queue_pass(w, model, users(w, model));
    calls_pass(w, model);
    observe_pass(w, model);
    w->user_errors = service[model->entry].errors;
}

void world_heal(world *w)
{
    w->faults = 0;
}

uint64_t world_hash(const world *w, const sim_model *model)
{
    return hash_bytes(HASH_START, w, model->size);
}
