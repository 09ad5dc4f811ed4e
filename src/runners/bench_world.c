// SPDX-License-Identifier: GPL-3.0-or-later
// bench_world.c - the simulator alone, as a client of <tend/sim.h> drives it: steps and looks.
#include "runners/bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <tend/sim.h>

enum { TICKS = 240 };

typedef struct work {
    tend_sim *sim;
    uint64_t seed;
} work;

static double episode(void *self)
{
    work *w = self;
    tend_obs obs;
    tend_sim_reset(w->sim, ++w->seed, NULL); // the setup has been tried: nothing is left to fail
    while (tend_sim_step(w->sim))
        tend_sim_observe(w->sim, &obs);
    return TICKS;
}

static tend_rc one_system(bench *b, const char *path, const char *preset, tend_err *err)
{
    tend_sim_setup *setup = NULL;
    work w = {.seed = 1000};
    tend_sim_options options = tend_sim_usual();
    options.steps = TICKS;
    options.preset = preset;
    tend_rc rc = tend_sim_setup_open(path, &options, &setup, err);
    if (rc == TEND_OK)
        rc = tend_sim_open(setup, &w.sim, err);
    if (rc == TEND_OK) {
        double seconds = bench_seconds_per_unit(b, episode, &w);
        char name[64];
        int S = tend_sim_system(setup)->S;
        bool calm = strcmp(preset, "calm") == 0;
        snprintf(name, sizeof name, "simulator, %d services%s%s", S, calm ? "" : ", ",
                 calm ? "" : preset);
        // asked of `real`: a fifth more than of `calm`
        bench_at_most(b, name, 1e9 * seconds / S, "ns/service-step", calm ? 95 : 114);
        // the limit in ticks is for the default system; of others the time per service says more
        if (calm)
            bench_at_least(b, name, 1e-6 / seconds, "M ticks/s", S == 3 ? 3.5 : (double)NAN);
    }
    tend_sim_close(w.sim);
    tend_sim_setup_close(setup);
    return rc;
}

tend_rc bench_world(bench *b, tend_err *err)
{
    static const char *const examples[] = {"shop", "layered40"};
    tend_rc rc = one_system(b, "default", "calm", err);
    for (int i = 0; rc == TEND_OK && i < 2; i++)
        rc = one_system(b, examples[i], "calm", err);
    for (int i = 0; rc == TEND_OK && i < 2; i++)
        rc = one_system(b, examples[i], "real", err);
    return rc;
}
