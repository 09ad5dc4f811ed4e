// SPDX-License-Identifier: GPL-3.0-or-later
// keeper.c - when to keep, and what to say of it.
#include "runners/keeper.h"

#include <stdio.h>

tend_rc keeper_open(keeper *k, eval_job *job, const char *out, bool resume, tend_err *err)
{
    tend_rc rc = partial_find(&k->partial, out, resume, err);
    return rc == TEND_OK && resume ? partial_load(&k->partial, job, err) : rc;
}

void keeper_close(keeper *k)
{
    partial_close(&k->partial);
}

static int finished(const eval_job *job)
{
    int count = 0;
    for (int i = 0; i < job->episodes; i++)
        count += job->done[i];
    return count;
}

void keeper_begin(keeper *k)
{
    const eval_job *job = k->partial.job;
    k->progress =
        (progress){.episodes = job->episodes, .before = finished(job), .began = progress_clock()};
    k->next = k->progress.began + k->every;
}

bool keeper_due(const keeper *k)
{
    return progress_clock() >= k->next;
}

// Where keeping takes long it happens less often, so that it never takes more than about a
// twentieth of the time.
void keeper_save(keeper *k, const unsigned char *done)
{
    tend_err err = {TEND_OK, ""};
    double started = progress_clock();
    if (partial_save(&k->partial, done, &err) != TEND_OK && !k->warned) {
        fprintf(stderr, "tend: warning: %s\n", err.text);
        k->warned = true;
    }
    double now = progress_clock(), rest = 20 * (now - started);
    k->next = now + (k->every > 0 && rest > k->every ? rest : k->every);
}

tend_rc keeper_interrupted(keeper *k, tend_err *err)
{
    const eval_job *job = k->partial.job;
    const char *path = k->partial.path;
    int count = finished(job);
    if (!path || count == 0)
        return tend_fail(err, TEND_INTERRUPTED, "interrupted after %d of %d episodes%s", count,
                         job->episodes, path ? "" : "; without --out FILE none are kept");
    tend_rc rc = partial_save(&k->partial, job->done, err);
    return rc == TEND_OK ? tend_fail(err, TEND_INTERRUPTED,
                                     "interrupted; %d of %d episodes are in %s, --resume goes on",
                                     count, job->episodes, path)
                         : rc;
}

void keeper_settle(keeper *k, bool written)
{
    tend_err other;
    if (written)
        partial_remove(&k->partial);
    else if (k->partial.ours) // long enough to be kept so far: keep all of it
        partial_save(&k->partial, k->partial.job->done, &other);
}
