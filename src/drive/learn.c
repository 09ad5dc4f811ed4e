// SPDX-License-Identifier: GPL-3.0-or-later
// learn.c - whole rounds are learnt once, a short last one on a copy.
#include "drive/learn.h"

#include <string.h>

tend_rc learner_open(learner *l, tend_err *err)
{
    const run_setup *setup = l->job.setup;
    l->learnt = l->played = 0;
    tend_rc rc = tend_open(setup->sim->system, setup->config, 0, &l->whole, err);
    return rc == TEND_OK ? tend_open(setup->sim->system, setup->config, 0, &l->policy, err) : rc;
}

void learner_close(learner *l)
{
    tend_close(l->whole);
    tend_close(l->policy);
    l->whole = l->policy = NULL;
}

static tend_rc learn(learner *l, tend_engine *engine, int from, int to, tend_err *err)
{
    eval_job job = l->job;
    job.seed0 += (uint64_t)from;
    job.episodes = to - from;
    job.master = engine;
    memset(job.done, 0, (size_t)job.episodes);
    tend_rc rc = eval_run(&job, err);
    l->played += rc == TEND_OK ? job.episodes : 0;
    return rc;
}

tend_rc learner_reach(learner *l, int episodes, tend_err *err)
{
    int rounds = episodes - episodes % l->job.round;
    tend_rc rc = TEND_OK;
    if (rounds > l->learnt)
        rc = learn(l, l->whole, l->learnt, rounds, err);
    if (rc != TEND_OK)
        return rc;
    l->learnt = rounds > l->learnt ? rounds : l->learnt;
    tend_copy_policy(l->policy, l->whole);
    return episodes > rounds ? learn(l, l->policy, rounds, episodes, err) : TEND_OK;
}
