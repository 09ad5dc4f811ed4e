// SPDX-License-Identifier: GPL-3.0-or-later
// vec.c - episodes side by side over threads that wait for each other at every step.
#include "drive/price.h"
#include "env/sim.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tend/vec.h>

// Looks at a counter before a thread goes to sleep, some ten microseconds: to wake it again takes
// twice that, a step of 64 episodes four times. More burns a core while nobody steps.
#define SPINS 8000

typedef struct worker {
    tend_vec *vec;
    int first, last; // episodes of its own
    pthread_t thread;
    bool started;
    int failed; // index of the first that failed, -1
    tend_err err;
} worker;

struct tend_vec {
    const tend_sim_setup *setup;
    int count, threads, columns;
    tend_sim **sim; // [count]
    double *price;  // [A] of an action, in ticks of breach
    worker *worker; // [threads], the first is the caller's
    // of the step at hand; written by the caller while the others wait
    const int32_t *action;
    double *obs, *reward;
    unsigned char *ended;
    atomic_uint round; // steps begun
    atomic_int left;   // workers not yet through with it
    atomic_int asleep; // workers that must be woken
    bool over;         // under the lock: threads are to end
    pthread_mutex_t lock;
    pthread_cond_t go;
};

static double *copy(double *to, const double *from, int count)
{
    memcpy(to, from, (size_t)count * sizeof *to);
    return to + count;
}

static void fill_row(const tend_sim *sim, const tend_system *s, double *row)
{
    tend_obs obs;
    tend_sim_observe(sim, &obs);
    row = copy(row, obs.value, s->S * s->M);
    row = copy(row, obs.edge, 2 * s->E);
    row = copy(row, obs.ready, s->S);
    row = copy(row, obs.deploy_age, s->S);
    row[0] = obs.entry_p95_ms;
    row[1] = obs.entry_errors;
    row[2] = obs.refused;
    row[3] = obs.breach;
}

int tend_vec_columns(const tend_sim_setup *setup)
{
    const tend_system *s = setup->system;
    return s->S * s->M + 2 * s->E + 2 * s->S + 4;
}

size_t tend_vec_column(const tend_sim_setup *setup, int column, char *name, size_t room)
{
    static const char *const last[] = {"entry.p95_ms", "entry.errors", "refused", "breach"};
    const tend_system *s = setup->system;
    int i = column, length = 0;
    if (column < 0 || column >= tend_vec_columns(setup))
        return 0;
    if (i < s->S * s->M) {
        length =
            snprintf(name, room, "%s.%s", s->services[i / s->M].name, s->metrics[i % s->M].name);
    } else if ((i -= s->S * s->M) < 2 * s->E) {
        const tend_edge *e = &s->edges[i / 2];
        length = snprintf(name, room, "%s>%s.%s", s->services[e->caller].name,
                          s->services[e->callee].name, i % 2 ? "server_ms" : "client_ms");
    } else if ((i -= 2 * s->E) < 2 * s->S) {
        length = snprintf(name, room, "%s.%s", s->services[i % s->S].name,
                          i < s->S ? "ready" : "deploy_age");
    } else {
        length = snprintf(name, room, "%s", last[i - 2 * s->S]);
    }
    return (size_t)length;
}

// Of one episode: its action, its next tick and what that is worth; or the next episode.
static tend_rc step_one(tend_vec *v, int i, tend_err *err)
{
    tend_sim *sim = v->sim[i];
    double *row = v->obs + (size_t)i * (size_t)v->columns;
    tend_rc rc = TEND_OK;
    bool begins = tend_sim_tick(sim) + 1 >= v->setup->steps;
    double price = 0;
    if (begins)
        rc = tend_sim_reset(sim, sim_seed(sim) + (uint64_t)v->count, err);
    else if (tend_sim_act(sim, v->action[i])) // what is refused costs nothing
        price = v->price[v->action[i]];
    if (rc != TEND_OK)
        return rc;
    tend_sim_step(sim);
    fill_row(sim, v->setup->system, row);
    v->reward[i] = begins ? 0 : 1 - row[v->columns - 1] - price;
    v->ended[i] = tend_sim_tick(sim) + 1 >= v->setup->steps;
    return TEND_OK;
}

static void step_some(worker *w)
{
    w->failed = -1;
    for (int i = w->first; i < w->last; i++)
        if (step_one(w->vec, i, &w->err) != TEND_OK && w->failed < 0)
            w->failed = i;
}

// False when the threads are to end. Looks for a while before it sleeps.
static bool wait_for(tend_vec *v, unsigned round)
{
    for (int i = 0; i < SPINS; i++)
        if (atomic_load_explicit(&v->round, memory_order_acquire) != round)
            return true;
    pthread_mutex_lock(&v->lock);
    // before the counter is looked at again: who counts on sees that somebody sleeps, or is seen
    atomic_fetch_add(&v->asleep, 1);
    while (atomic_load(&v->round) == round && !v->over)
        pthread_cond_wait(&v->go, &v->lock);
    atomic_fetch_sub(&v->asleep, 1);
    bool over = v->over;
    pthread_mutex_unlock(&v->lock);
    return !over;
}

static void *work(void *self)
{
    worker *w = self;
    for (unsigned round = 0; wait_for(w->vec, round); round++) {
        step_some(w);
        atomic_fetch_sub_explicit(&w->vec->left, 1, memory_order_release);
    }
    return NULL;
}

static tend_rc start_threads(tend_vec *v, tend_err *err)
{
    for (int i = 0; i < v->threads; i++) {
        worker *w = &v->worker[i];
        w->vec = v;
        w->first = (int)((int64_t)v->count * i / v->threads);
        w->last = (int)((int64_t)v->count * (i + 1) / v->threads);
        if (i > 0 && pthread_create(&w->thread, NULL, work, w) != 0)
            return tend_fail(err, TEND_FAILED, "cannot start %d threads", v->threads);
        w->started = i > 0;
    }
    return TEND_OK;
}

static tend_rc check(int count, int threads, tend_err *err)
{
    if (count < 1 || count > TEND_VEC_MOST)
        return tend_fail(err, TEND_USAGE, "%d episodes side by side, expected 1 to %d", count,
                         TEND_VEC_MOST);
    if (threads < 1 || threads > TEND_VEC_THREADS_MOST)
        return tend_fail(err, TEND_USAGE, "%d threads, expected 1 to %d", threads,
                         TEND_VEC_THREADS_MOST);
    return TEND_OK;
}

tend_rc tend_vec_open(const tend_sim_setup *setup, int count, int threads, tend_vec **out,
                      tend_err *err)
{
    *out = NULL;
    tend_rc rc = check(count, threads, err);
    if (rc != TEND_OK)
        return rc;
    tend_vec *v = calloc(1, sizeof *v);
    if (!v)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %d episodes", count);
    v->setup = setup;
    v->count = count;
    v->threads = threads < count ? threads : count; // one without an episode is waste
    v->columns = tend_vec_columns(setup);
    pthread_mutex_init(&v->lock, NULL);
    pthread_cond_init(&v->go, NULL);
    v->sim = calloc((size_t)count, sizeof *v->sim);
    v->price = calloc((size_t)setup->system->A, sizeof *v->price);
    v->worker = calloc((size_t)v->threads, sizeof *v->worker);
    if (!v->sim || !v->price || !v->worker)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for %d episodes", count);
    else
        rc = price_actions(setup->system, v->price, err);
    for (int i = 0; i < count && rc == TEND_OK; i++)
        rc = tend_sim_open(setup, &v->sim[i], err);
    if (rc == TEND_OK)
        rc = start_threads(v, err);
    if (rc != TEND_OK) {
        tend_vec_close(v);
        return rc;
    }
    *out = v;
    return TEND_OK;
}

void tend_vec_close(tend_vec *v)
{
    if (!v)
        return;
    pthread_mutex_lock(&v->lock);
    v->over = true;
    pthread_cond_broadcast(&v->go);
    pthread_mutex_unlock(&v->lock);
    for (int i = 1; v->worker && i < v->threads; i++)
        if (v->worker[i].started)
            pthread_join(v->worker[i].thread, NULL);
    for (int i = 0; v->sim && i < v->count; i++)
        tend_sim_close(v->sim[i]);
    pthread_mutex_destroy(&v->lock);
    pthread_cond_destroy(&v->go);
    free(v->sim);
    free(v->price);
    free(v->worker);
    free(v);
}

tend_rc tend_vec_reset(tend_vec *v, const uint64_t *seed, double *obs, tend_err *err)
{
    for (int i = 0; i < v->count; i++) {
        tend_rc rc = tend_sim_reset(v->sim[i], seed[i], err);
        if (rc != TEND_OK)
            return rc;
        tend_sim_step(v->sim[i]);
        fill_row(v->sim[i], v->setup->system, obs + (size_t)i * (size_t)v->columns);
    }
    return TEND_OK;
}

// The others begin when they see the round; this thread does its own share meanwhile.
static void step_all(tend_vec *v)
{
    if (v->threads == 1) {
        step_some(&v->worker[0]);
        return;
    }
    atomic_store(&v->left, v->threads - 1);
    atomic_fetch_add(&v->round, 1);
    if (atomic_load(&v->asleep) > 0) {
        pthread_mutex_lock(&v->lock);
        pthread_cond_broadcast(&v->go);
        pthread_mutex_unlock(&v->lock);
    }
    step_some(&v->worker[0]);
    for (int i = 0; atomic_load_explicit(&v->left, memory_order_acquire) > 0; i++)
        if (i > SPINS) // more threads than cores
            sched_yield();
}

tend_rc tend_vec_step(tend_vec *v, const int32_t *action, double *obs, double *reward,
                      unsigned char *ended, tend_err *err)
{
    for (int i = 0; i < v->count; i++) {
        if (tend_sim_tick(v->sim[i]) < 0)
            return tend_fail(err, TEND_USAGE, "a step before the first reset");
        if (action[i] < 0 || action[i] >= v->setup->system->A)
            return tend_fail(err, TEND_USAGE, "action %d of episode %d, expected 0 to %d",
                             action[i], i, v->setup->system->A - 1);
    }
    v->action = action;
    v->obs = obs;
    v->reward = reward;
    v->ended = ended;
    step_all(v);
    for (int t = 0; t < v->threads; t++)
        if (v->worker[t].failed >= 0)
            return tend_fail(err, v->worker[t].err.rc, "episode %d: %s", v->worker[t].failed,
                             v->worker[t].err.text);
    return TEND_OK;
}

tend_sim *tend_vec_sim(tend_vec *v, int index)
{
    return index >= 0 && index < v->count ? v->sim[index] : NULL;
}

void tend_vec_row(const tend_vec *v, int index, double *obs)
{
    if (index >= 0 && index < v->count && tend_sim_tick(v->sim[index]) >= 0)
        fill_row(v->sim[index], v->setup->system, obs);
}
