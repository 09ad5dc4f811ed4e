// SPDX-License-Identifier: GPL-3.0-or-later
// bench_world.c - the simulator alone, as a client of <tend/sim.h> drives it: steps and looks.
#include "runners/bench.h"

#include <math.h>
#include <stdio.h>
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

static tend_rc open_work(work *w, const char *path, const char *preset, tend_sim_setup **setup,
                         tend_err *err)
{
    tend_sim_options options = tend_sim_usual();
    options.steps = TICKS;
    options.preset = preset;
    w->seed = 1000;
    tend_rc rc = tend_sim_setup_open(path, &options, setup, err);
    return rc == TEND_OK ? tend_sim_open(*setup, &w->sim, err) : rc;
}

// What a name says of the system comes last.
static const char *of(char name[64], const char *what, int S, const char *preset)
{
    snprintf(name, 64, "%s, %d services%s", what, S, preset);
    return name;
}

static tend_rc one_system(bench *b, const char *path, tend_err *err)
{
    static const char *const presets[] = {"calm", "real"};
    tend_sim_setup *setup[2] = {NULL, NULL};
    work w[2] = {{0}, {0}};
    tend_rc rc = TEND_OK;
    for (int i = 0; rc == TEND_OK && i < 2; i++)
        rc = open_work(&w[i], path, presets[i], &setup[i], err);
    if (rc == TEND_OK) {
        double seconds[2], ratio = bench_pair(b, episode, (void *const[]){&w[0], &w[1]}, seconds);
        int S = tend_sim_system(setup[0])->S;
        char name[64];
        bench_at_most(b, of(name, "simulator", S, ""), 1e9 * seconds[0] / S, "ns/service-step", 95);
        // the limit in ticks is for the default system; of others the time per service says more
        bench_at_least(b, name, 1e-6 / seconds[0], "M ticks/s", S == 3 ? 3.5 : (double)NAN);
        // asked of `real`: a fifth more than of `calm`
        bench_at_most(b, of(name, "simulator", S, ", real"), 1e9 * seconds[1] / S,
                      "ns/service-step", 114);
        bench_at_most(b, of(name, "real beside calm", S, ""), ratio, "times", 1.2);
    }
    for (int i = 0; i < 2; i++) {
        tend_sim_close(w[i].sim);
        tend_sim_setup_close(setup[i]);
    }
    return rc;
}

tend_rc bench_world(bench *b, tend_err *err)
{
    static const char *const examples[] = {"default", "shop", "layered40"};
    tend_rc rc = TEND_OK;
    for (int i = 0; rc == TEND_OK && i < 3; i++)
        rc = one_system(b, examples[i], err);
    return rc;
}
