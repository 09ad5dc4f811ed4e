// SPDX-License-Identifier: GPL-3.0-or-later
// run.h - one simulated episode: world and engine joined tick by tick, and what came of it.
//
// A run_setup is shared by threads and read only; a run is one thread's world, engine and scratch.
// Nothing of the truth reaches the engine: it is given tend_obs and nothing else (test_truth.c
// swaps the truth and compares decisions byte by byte).
#ifndef TEND_RUNNERS_RUN_H
#define TEND_RUNNERS_RUN_H

#include "env/scenario.h"
#include "env/world.h"
#include "report/record.h"
#include "report/result.h"

#include <tend/engine.h>

typedef struct run_setup {
    tend_system *system;
    plant *plant;
    sim_model *model;
    tend_config *config;
    int steps;
    scenario_spec spec;  // what to draw, unless a scenario file is given
    char *scenario_text; // JSON, NULL: draw
    size_t scenario_length;
    char *scenario_name;
    tend_learning learning;
    uint64_t system_hash; // of the file's bytes
    uint64_t hash;        // of everything above: rows of one table must share it
} run_setup;

// Files named on the command line; NULL picks the built-in default system and agent.
typedef struct run_files {
    const char *system, *scenario, *agent;
} run_files;

// Loads and checks; call run_setup_close in any case.
tend_rc run_setup_open(run_setup *setup, const run_files *files, int steps, tend_err *err);
void run_setup_close(run_setup *setup);
uint64_t run_setup_hash(const run_setup *setup);

#define RUN_PATH_MAX 2048

// Reads a file such as "systems/shop": the path itself, examples/ below the working directory, or
// the installed examples. path receives where it was; *text is malloc'ed, the caller frees it.
tend_rc run_read_example(const char *kind, const char *name, char **text, size_t *length,
                         char path[RUN_PATH_MAX], tend_err *err);

// An agent by file or example; NULL: the default one. The caller frees it (tend_config_free).
tend_rc run_read_agent(const char *name, tend_config **out, tend_err *err);

typedef struct run_lessons { // outcomes of one episode, for learning in rounds
    tend_outcome *outcome;
    int count, room;
} run_lessons;

typedef struct run run;
tend_rc run_open(const run_setup *setup, run **out, tend_err *err);
void run_close(run *r);
tend_engine *run_engine(run *r);

tend_sink run_lessons_sink(run_lessons *lessons);

// Plays the episode of a seed. rec and more, a sink beside the usual ones, may be NULL.
tend_rc run_episode(run *r, uint64_t seed, result *out, record *rec, const tend_sink *more,
                    tend_err *err);

#endif
