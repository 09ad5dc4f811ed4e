// SPDX-License-Identifier: GPL-3.0-or-later
// setup.h - from file names to a simulation's setup and an agent.
//
// A run_setup is shared by threads and read only once it is open.
#ifndef TEND_DRIVE_SETUP_H
#define TEND_DRIVE_SETUP_H

#include "drive/drive.h"
#include "env/sim.h"

typedef struct run_setup {
    tend_sim_setup *sim;
    tend_config *config;
    tend_learning learning;
    uint64_t hash; // drive_hash of both: rows of one table must share it
} run_setup;

// Files or examples; NULL picks the default system and agent, and draws the scenario.
typedef struct run_files {
    const char *system, *scenario, *agent;
} run_files;

// Loads and checks; call run_setup_close in any case. The options' scenario is the files'.
tend_rc run_setup_open(run_setup *setup, const run_files *files, int steps, tend_err *err);
tend_rc run_setup_open_as(run_setup *setup, const run_files *files, tend_sim_options options,
                          tend_err *err);
void run_setup_close(run_setup *setup);

// A drive of it, learning as it says.
tend_rc run_open(const run_setup *setup, tend_drive **out, tend_err *err);

#endif
