// SPDX-License-Identifier: GPL-3.0-or-later
// eval.c - threads draw episode numbers from a counter; whatever they finish first, every row and
// every lesson has its place by seed, so the outcome does not depend on who did what.
#include "drive/eval.h"

#include "base/str.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct pool {
    eval_job *job;
    episode_lessons *lessons; // [round], NULL without learning
    int first, last;          // episodes of this round
    atomic_int next, finished;
    atomic_bool failed;
    pthread_mutex_t lock; // over done[] while threads play: who sees a mark sees the row
    unsigned char *copy;  // [episodes] of done[], NULL when nothing is kept
} pool;

typedef struct worker {
    pool *pool;
    tend_drive *run;
    reckoner *reckoner; // NULL: nobody asks the oracle
    bool speaks;        // one of them reports progress
    tend_err err;
    tend_rc rc;
    pthread_t thread;
} worker;

// What of an episode is kept beside its row.
typedef struct kept {
    tend_sink lessons, trace; // write NULL: not kept
} kept;

static tend_rc write_kept(void *self, const tend_frame *frame, tend_err *err)
{
    const kept *k = self;
    tend_rc rc = TEND_OK;
    if (k->lessons.write)
        rc = k->lessons.write(k->lessons.self, frame, err);
    if (k->trace.write && rc == TEND_OK)
        rc = k->trace.write(k->trace.self, frame, err);
    return rc;
}

static tend_rc open_trace(const eval_job *job, uint64_t seed, drive_tracer *out, tend_err *err)
{
    str again = {0};
    str_format(&again, "tend episode --seed %" PRIu64 "%s --render", seed, job->again);
    tend_rc rc = again.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory for a command")
                              : tracer_open(out, job->traces, seed, again.text, err);
    str_free(&again);
    return rc;
}

static tend_rc play(worker *w, int i)
{
    eval_job *job = w->pool->job;
    episode_lessons *lessons = w->pool->lessons ? &w->pool->lessons[i - w->pool->first] : NULL;
    uint64_t seed = job->seed0 + (uint64_t)i;
    drive_tracer tracer = {w->run, NULL};
    kept k = {{NULL, NULL}, {NULL, NULL}};
    tend_sink sink = {.self = &k, .write = write_kept};
    tend_rc rc = TEND_OK;
    if (lessons) {
        lessons->count = 0;
        k.lessons = lessons_sink(lessons);
    }
    if (job->traces) {
        rc = open_trace(job, seed, &tracer, &w->err);
        k.trace = tracer_sink(&tracer);
    }
    if (rc == TEND_OK)
        rc = drive_episode(w->run, seed, &job->rows[i], NULL, lessons || job->traces ? &sink : NULL,
                           &w->err);
    tend_rc end = tend_trace_close(tracer.trace, rc == TEND_OK, rc == TEND_OK ? &w->err : NULL);
    rc = rc == TEND_OK ? end : rc;
    oracle_answer answer;
    if (rc == TEND_OK && w->reckoner)
        rc = oracle_book_ask(job->book, w->reckoner, tend_sim_setup_hash(job->setup->sim), seed,
                             &answer, &w->err);
    if (rc == TEND_OK && w->reckoner)
        reckon_row(w->reckoner, &answer, &job->rows[i]);
    if (rc == TEND_OK) {
        pthread_mutex_lock(&w->pool->lock);
        job->done[i] = 1;
        pthread_mutex_unlock(&w->pool->lock);
    }
    return rc;
}

// The copy is taken under the lock, the slow writing is done outside of it.
static void keep(pool *p)
{
    eval_job *job = p->job;
    if (!p->copy || !job->due(job->context))
        return;
    pthread_mutex_lock(&p->lock);
    memcpy(p->copy, job->done, (size_t)job->episodes);
    pthread_mutex_unlock(&p->lock);
    job->keep(job->context, p->copy);
}

static void *work(void *argument)
{
    worker *w = argument;
    pool *p = w->pool;
    while (w->rc == TEND_OK && !atomic_load(&p->failed) && !*p->job->stop) {
        // a shared counter instead of shares: episodes differ in length, threads should not wait
        int i = atomic_fetch_add(&p->next, 1);
        if (i >= p->last)
            break;
        if (!p->job->done[i])
            w->rc = play(w, i);
        if (w->rc != TEND_OK)
            atomic_store(&p->failed, true);
        int finished = atomic_fetch_add(&p->finished, 1) + 1;
        if (w->speaks && p->job->progress)
            p->job->progress(p->job->context, finished);
        if (w->speaks && !p->lessons) // lessons of a round are not learnt before its end
            keep(p);
    }
    return NULL;
}

// All workers begin a round with what the master has learnt, and meet again at its end.
static tend_rc play_round(pool *p, worker *workers, int threads, tend_err *err)
{
    int started = 0;
    tend_rc rc = TEND_OK;
    atomic_store(&p->next, p->first);
    for (int i = 0; i < threads; i++) {
        workers[i].rc = TEND_OK;
        if (p->job->master)
            tend_copy_policy(tend_drive_engine(workers[i].run), p->job->master);
    }
    for (int i = 1; i < threads; i++, started++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            break;     // fewer threads do the same work
    work(&workers[0]); // this thread is one of them
    for (int i = 1; i <= started; i++)
        pthread_join(workers[i].thread, NULL);
    for (int i = 0; i <= started && rc == TEND_OK; i++)
        if (workers[i].rc != TEND_OK)
            rc = tend_fail(err, workers[i].rc, "%s", workers[i].err.text);
    return rc;
}

// By seed, not by who finished first: the policy is the same for any number of threads.
static void merge(pool *p)
{
    for (int i = p->first; i < p->last; i++) {
        const episode_lessons *lessons = &p->lessons[i - p->first];
        for (int k = 0; k < lessons->count; k++)
            tend_learn(p->job->master, &lessons->outcome[k]);
    }
}

static bool complete(const pool *p)
{
    return !memchr(p->job->done + p->first, 0, (size_t)(p->last - p->first));
}

static tend_rc play_all(pool *p, worker *workers, tend_err *err)
{
    eval_job *job = p->job;
    int size = p->lessons ? job->round : job->episodes;
    for (p->first = 0; p->first < job->episodes; p->first = p->last) {
        p->last = p->first + size < job->episodes ? p->first + size : job->episodes;
        if (p->lessons && job->done[p->last - 1]) // a round learnt before the interruption
            continue;
        tend_rc rc = play_round(p, workers, job->threads, err);
        if (rc != TEND_OK)
            return rc;
        if (*job->stop && !complete(p)) {
            if (p->lessons)
                // half a round has taught nothing: its rows would be ahead of the policy
                memset(job->done + p->first, 0, (size_t)(p->last - p->first));
            return tend_fail(err, TEND_INTERRUPTED, "interrupted");
        }
        if (p->lessons) {
            merge(p);
            keep(p);
        }
    }
    return TEND_OK;
}

tend_rc eval_run(eval_job *job, tend_err *err)
{
    pool p = {.job = job, .lock = PTHREAD_MUTEX_INITIALIZER};
    // a thread without an episode is waste
    int threads = job->threads > job->episodes ? job->episodes : job->threads;
    job->threads = threads > 0 ? threads : 1;
    worker *workers = calloc((size_t)job->threads, sizeof *workers);
    tend_rc rc = TEND_OK;
    if (job->round > 0)
        p.lessons = calloc((size_t)job->round, sizeof *p.lessons);
    if (job->keep)
        p.copy = malloc((size_t)job->episodes);
    if (!workers || (job->round > 0 && !p.lessons) || (job->keep && !p.copy))
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for %d threads", job->threads);
    for (int i = 0; i < job->threads && rc == TEND_OK; i++) {
        workers[i].pool = &p;
        workers[i].speaks = i == 0;
        // each worker has a world and an engine of its own
        rc = run_open(job->setup, &workers[i].run, err);
        if (rc == TEND_OK && job->book)
            rc = reckon_open(job->setup->sim, &workers[i].reckoner, err);
        if (rc == TEND_OK)
            drive_watched(workers[i].run, workers[i].reckoner);
    }
    if (rc == TEND_OK)
        rc = play_all(&p, workers, err);
    for (int i = 0; workers && i < job->threads; i++) {
        tend_drive_close(workers[i].run);
        reckon_close(workers[i].reckoner);
    }
    for (int i = 0; p.lessons && i < job->round; i++)
        free(p.lessons[i].outcome);
    free(p.lessons);
    free(p.copy);
    free(workers);
    return rc;
}
