// SPDX-License-Identifier: GPL-3.0-or-later
// bench_oracle.c - what an episode costs more with an oracle: the reference and the split.
#include "drive/drive.h"
#include "drive/setup.h"
#include "runners/bench.h"

#include <stdio.h>

enum { TICKS = 240, SEED = 200001 }; // faults that matter, and some that do not, are among them

typedef struct work {
    run_setup setup;
    tend_drive *drive;
    reckoner *reckoner;
    int episodes;
} work;

static double episodes(void *self)
{
    work *w = self;
    for (int i = 0; i < w->episodes; i++) {
        result row;
        oracle_answer answer;
        // the setup has been tried: nothing is left to fail
        drive_episode(w->drive, (uint64_t)(SEED + i), &row, NULL, NULL, NULL);
        reckon_ask(w->reckoner, (uint64_t)(SEED + i), &answer, NULL);
        reckon_row(w->reckoner, &answer, &row);
    }
    return w->episodes;
}

static tend_rc one_system(bench *b, const char *system, int count, tend_err *err)
{
    work w = {.episodes = count};
    run_files files = {.system = system, .agent = "rules"};
    tend_sim_options options = tend_sim_usual();
    options.steps = TICKS;
    options.preset = "real";
    tend_rc rc = run_setup_open_as(&w.setup, &files, options, err);
    if (rc == TEND_OK)
        rc = run_open(&w.setup, &w.drive, err);
    if (rc == TEND_OK)
        rc = reckon_open(w.setup.sim, &w.reckoner, err);
    if (rc == TEND_OK) {
        drive_watched(w.drive, w.reckoner);
        // seconds each: once is enough
        bench once = {.repetitions = 1, .seconds = b->seconds};
        char name[64];
        int S = w.setup.sim->system->S;
        snprintf(name, sizeof name, "oracle, %d services", S);
        // asked for: 2 s an episode at 3 services, 20 s at 30
        bench_at_most(b, name, bench_seconds_per_unit(&once, episodes, &w), "s/episode",
                      S <= 3 ? 2 : 20.0 * S / 30);
    }
    tend_drive_close(w.drive);
    reckon_close(w.reckoner);
    run_setup_close(&w.setup);
    return rc;
}

tend_rc bench_oracle(bench *b, tend_err *err)
{
    tend_rc rc = one_system(b, "default", 12, err);
    return rc == TEND_OK ? one_system(b, "layered40", 1, err) : rc;
}
