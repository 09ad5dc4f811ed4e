// SPDX-License-Identifier: GPL-3.0-or-later
// bench_world.c - the simulator alone: episodes of 240 ticks, each with an incident of its own.
#include "runners/bench.h"

#include "drive/setup.h"
#include "env/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TICKS = 240 }; // as an episode has by default

typedef struct work {
    const run_setup *setup;
    world *world;
    uint64_t seed;
} work;

static double episode(void *self)
{
    work *w = self;
    const sim_model *model = w->setup->sim->model;
    scenario incident;
    w->seed++;
    // a seed without a target is a healthy episode: the work is nearly the same
    if (scenario_draw(&w->setup->sim->spec, w->setup->sim->system, w->setup->sim->plant, w->seed,
                      &incident, NULL) != TEND_OK)
        incident = (scenario){.faults = 0};
    world_init(w->world, model, &incident, w->seed);
    tend_obs obs;
    for (int tick = 0; tick < TICKS; tick++) {
        world_step(w->world, model);
        world_observe(w->world, model, &obs);
    }
    return TICKS;
}

static tend_rc one_system(bench *b, const char *path, tend_err *err)
{
    run_setup setup = {0};
    work w = {.setup = &setup};
    run_files files = {.system = path};
    tend_rc rc = run_setup_open(&setup, &files, TICKS, err);
    if (rc != TEND_OK)
        goto done;
    w.world = malloc(world_size(setup.sim->model));
    if (!w.world) {
        rc = tend_fail(err, TEND_NO_MEMORY, "bench: out of memory");
        goto done;
    }
    double seconds = bench_seconds_per_unit(b, episode, &w);
    char name[64];
    int S = setup.sim->system->S;
    snprintf(name, sizeof name, "simulator, %d services", S);
    bench_at_most(b, name, 1e9 * seconds / S, "ns/service-step", 95);
    // the limit in ticks is for the default system; of others the time per service says more
    bench_at_least(b, name, 1e-6 / seconds, "M ticks/s", S == 3 ? 3.5 : (double)NAN);
done:
    free(w.world);
    run_setup_close(&setup);
    return rc;
}

tend_rc bench_world(bench *b, tend_err *err)
{
    static const char *const examples[] = {"shop", "layered40"};
    tend_rc rc = one_system(b, NULL, err);
    for (int i = 0; rc == TEND_OK && i < 2; i++)
        rc = one_system(b, examples[i], err);
    return rc;
}
