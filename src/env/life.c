// SPDX-License-Identifier: GPL-3.0-or-later
// life.c - crowds, jobs, pauses, hosts and an autoscaler.
#include "env/life.h"

#include "base/rng.h"

// Utilisation that no harmless thing takes a service beyond. Chosen: at 0.9 a third of the healthy
// episodes of the default system breach under `real`, at 0.8 one in forty.
#define HEADROOM 0.8

// of an autoscaler: patience with much and with little load, as of a usual controller
#define HOT_S 30
#define COLD_S 120
#define SCRIPTED_CROWD_S 180 // of a crowd in a scenario

typedef struct spell { // of one kind of thing at a time
    int left, ticks;
    int service;
    int pad;
    double strength;
} spell;

typedef struct life {
    spell crowd, job, pause, host;
} life;

typedef struct scaler { // of a service, ticks
    int hot, cold;
} scaler;

static life *life_of(world *w, const sim_model *m)
{
    return (life *)(void *)((char *)w + m->life_at);
}

size_t life_size(const sim_model *m)
{
    const plant *p = m->plant;
    if (p->crowds_per_hour <= 0 && p->jobs_per_hour <= 0 && p->pauses_per_hour <= 0 &&
        p->hosts_per_hour <= 0 && p->autoscale <= 0)
        return 0;
    return sizeof(life) + (size_t)m->S * sizeof(scaler);
}

void life_fill(const sim_model *m, uint32_t gate[LIFE_KINDS])
{
    const plant *p = m->plant;
    const double per_hour[LIFE_KINDS] = {p->crowds_per_hour, p->jobs_per_hour, p->pauses_per_hour,
                                         p->hosts_per_hour};
    for (int i = 0; i < LIFE_KINDS; i++) {
        double of = ceil(65536 * per_hour[i] * m->step_s / 3600);
        gate[i] = of < 65536 ? (uint32_t)of : 65536;
    }
}

// False while one goes on or none begins. bits: 16 of the tick.
static bool begins(spell *s, uint32_t gate, uint64_t bits)
{
    if (s->left > 0) {
        s->left--;
        return false;
    }
    return (bits & 0xFFFF) < gate;
}

// Seconds it lasts: minutes of a crowd, a cron job, one collection, steal of a host.
typedef struct spell_kind {
    uint32_t item; // of its random bits
    double least_s, spread_s;
} spell_kind;

static const spell_kind of_crowds = {0, 60, 240}, of_jobs = {1, 20, 100}, of_pauses = {2, 1, 1},
                        of_hosts = {3, 3, 7};

// How long and where; a uniform that says how strongly.
static double begin(const world *w, const sim_model *m, spell *s, const spell_kind *kind)
{
    uint32_t bits[4], counter[4] = {(uint32_t)w->tick, kind->item, STREAM_LIFE, 1};
    rng_philox(counter, w->key, bits);
    s->ticks = s->left = model_ticks(m, kind->least_s + kind->spread_s * rng_unit32(bits[0]));
    s->service = (int)(bits[1] % (uint32_t)m->S);
    return rng_unit32(bits[2]);
}

// Up in the first quarter, down in the last.
static double shape(int since, int ticks)
{
    double quarter = ticks / 4.0, end = ticks - since;
    double up = since + 1 < quarter ? (since + 1) / quarter : 1;
    double down = end < quarter ? end / quarter : 1;
    return up < down ? up : down;
}

static double least_of(double a, double b)
{
    return a < b ? a : b;
}

// Factor on the load that leaves a utilisation its headroom; 1 when it has none.
static double room(double utilisation)
{
    return utilisation < HEADROOM ? HEADROOM / utilisation : 1;
}

static void crowd(world *w, const sim_model *m, spell *s, uint64_t bits)
{
    if (begins(s, m->life_gate[LIFE_CROWD], bits)) {
        double u = begin(w, m, s, &of_crowds);
        s->strength = least_of(m->plant->crowd * (2 * u - 1), room(m->busiest) - 1);
        s->strength = s->strength > -0.9 ? s->strength : -0.9;
    }
    if (s->left > 0)
        w->flash *= 1 + s->strength * shape(s->ticks - s->left, s->ticks);
}

static void job(world *w, const sim_model *m, spell *s, uint64_t bits)
{
    if (begins(s, m->life_gate[LIFE_JOB], bits)) {
        double u = begin(w, m, s, &of_jobs);
        double free = 1 - 1 / room(m->service[s->service].utilisation);
        s->strength = least_of(m->plant->job * u, free);
    }
    if (s->left > 0) {
        effects *now = &fleet_services(w, m)[s->service].now;
        now->lost = 1 - (1 - now->lost) * (1 - s->strength);
        now->hog = now->lost;
    }
}

static void pause(world *w, const sim_model *m, spell *s, uint64_t bits)
{
    if (begins(s, m->life_gate[LIFE_PAUSE], bits)) {
        double u = begin(w, m, s, &of_pauses);
        s->strength =
            least_of(1 + (m->plant->pause - 1) * u, room(m->service[s->service].utilisation));
    }
    if (s->left > 0)
        fleet_services(w, m)[s->service].now.slow *= s->strength;
}

static void host(world *w, const sim_model *m, spell *s, uint64_t bits)
{
    if (begins(s, m->life_gate[LIFE_HOST], bits)) {
        double u = begin(w, m, s, &of_hosts);
        s->strength = least_of(1 + (m->plant->host - 1) * u, room(m->busiest));
    }
    for (int i = 0; s->left > 0 && i < m->S; i++)
        fleet_services(w, m)[i].now.slow *= s->strength;
}

// One replica more after HOT_S over the mark, one less after COLD_S below half of it.
static void autoscale(world *w, const sim_model *m, scaler *of)
{
    const double *busy = series_of(w, m) + SERIES_UTILISATION * m->S; // of the tick before
    for (int i = 0; i < m->S; i++) {
        fleet_service *s = &fleet_services(w, m)[i];
        const service_model *d = &m->service[i];
        of[i].hot = busy[i] > m->plant->autoscale ? of[i].hot + 1 : 0;
        of[i].cold = busy[i] < m->plant->autoscale / 2 ? of[i].cold + 1 : 0;
        if (of[i].hot >= model_ticks(m, HOT_S) && s->replicas + s->pending < d->most) {
            actions_order(s, d);
            of[i].hot = 0;
        } else if (of[i].cold >= model_ticks(m, COLD_S) && s->replicas > d->replicas) {
            s->replicas--;
            of[i].cold = 0;
        }
    }
}

void life_clear(world *w, const sim_model *m)
{
    fleet_service *service = fleet_services(w, m);
    const life *l = life_of(w, m);
    // what went on in the tick before has something left, be it this tick or none
    if (l->job.left > 0)
        service[l->job.service].now = effects_none;
    if (l->pause.left > 0)
        service[l->pause.service].now = effects_none;
    for (int i = 0; l->host.left > 0 && i < m->S; i++)
        service[i].now = effects_none;
}

void life_tick(world *w, const sim_model *m)
{
    life *l = life_of(w, m);
    uint64_t bits = world_key(w, STREAM_LIFE);
    crowd(w, m, &l->crowd, bits);
    job(w, m, &l->job, bits >> 16);
    pause(w, m, &l->pause, bits >> 32);
    host(w, m, &l->host, bits >> 48);
    if (m->plant->autoscale > 0)
        autoscale(w, m, (scaler *)(void *)(l + 1));
}

double life_crowd(const sim_model *m, int64_t since)
{
    int ticks = model_ticks(m, SCRIPTED_CROWD_S);
    if (since < 0 || since >= ticks)
        return 1;
    double most = m->plant->crowd > 0 ? m->plant->crowd : 0.5; // as the usual crowd
    return 1 + least_of(most, room(m->busiest) - 1) * shape((int)since, ticks);
}
