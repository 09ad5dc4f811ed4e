// SPDX-License-Identifier: GPL-3.0-or-later
// bench_loop.c - whole episodes, simulator and agent together, and two threads against one.
#include "runners/bench.h"

#include "drive/setup.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>

// of an episode; episodes of each thread's share, about half a second
enum { TICKS = 240, SHARE = 200 };

typedef struct work {
    tend_drive *run;
    uint64_t seed;
    int episodes; // of one batch
    tend_rc rc;
    tend_err err;
} work;

static double episodes(void *self)
{
    work *w = self;
    result row;
    for (int i = 0; i < w->episodes; i++) {
        w->seed++;
        tend_rc rc = drive_episode(w->run, w->seed, &row, NULL, NULL, &w->err);
        if (rc != TEND_OK)
            w->rc = rc;
    }
    return w->episodes;
}

static void *thread(void *self)
{
    episodes(self);
    return NULL;
}

// Wall seconds of the same 2 x SHARE episodes on one thread, then on two; the ratio.
static double speed_up(work w[2])
{
    // both ways play the same seeds, so the work is the same
    w[0].seed = 1000;
    w[1].seed = 1000 + SHARE;
    double start = bench_wall_clock();
    episodes(&w[0]);
    episodes(&w[1]);
    double one = bench_wall_clock() - start;

    w[0].seed = 1000;
    w[1].seed = 1000 + SHARE;
    start = bench_wall_clock();
    pthread_t second;
    if (pthread_create(&second, NULL, thread, &w[1]) != 0)
        return (double)NAN;
    episodes(&w[0]);
    pthread_join(second, NULL);
    return one / (bench_wall_clock() - start);
}

static tend_rc open_works(work w[2], const run_setup *setup, tend_err *err)
{
    for (int i = 0; i < 2; i++) {
        w[i].episodes = SHARE;
        tend_rc rc = run_open(setup, &w[i].run, err);
        if (rc != TEND_OK)
            return rc;
    }
    return TEND_OK;
}

static tend_rc one_agent(bench *b, const char *detector, double least, tend_err *err)
{
    run_setup setup = {0};
    run_files files = {0};
    work w[2] = {0};
    tend_rc rc = run_setup_open(&setup, &files, TICKS, err);
    if (rc == TEND_OK)
        rc = tend_config_set(setup.config, "detector", detector, err);
    if (rc == TEND_OK)
        rc = open_works(w, &setup, err);
    if (rc != TEND_OK)
        goto done;
    char name[64];
    double seconds = bench_seconds_per_unit(b, episodes, &w[0]);
    snprintf(name, sizeof name, "whole loop, %s", detector);
    bench_at_least(b, name, 1 / seconds, "episodes/s", least);

    // wall time: two threads' CPU time would not tell whether they ran at once
    double ratio[BENCH_REPETITIONS_MAX];
    for (int r = 0; r < b->repetitions; r++)
        ratio[r] = speed_up(w);
    snprintf(name, sizeof name, "two threads against one, %s", detector);
    bench_at_least(b, name, bench_median(ratio, b->repetitions), "times", 1.8);
    for (int i = 0; i < 2; i++)
        if (w[i].rc != TEND_OK)
            rc = tend_fail(err, w[i].rc, "%s", w[i].err.text);
done:
    tend_drive_close(w[0].run);
    tend_drive_close(w[1].run);
    run_setup_close(&setup);
    return rc;
}

tend_rc bench_loop(bench *b, tend_err *err)
{
    tend_rc rc = one_agent(b, "iforest", 400, err);
    return rc == TEND_OK ? one_agent(b, "robust_z", 5000, err) : rc;
}
