// SPDX-License-Identifier: GPL-3.0-or-later
// setup.c - from file names to a checked system, plant, scenario and agent.
#include "drive/setup.h"

#include "edge/example.h"

#include <stdlib.h>
#include <string.h>

tend_rc run_setup_open_as(run_setup *setup, const run_files *files, tend_sim_options options,
                          tend_err *err)
{
    char path[EXAMPLE_PATH_MAX], *text = NULL;
    tend_rc rc = TEND_OK;
    memset(setup, 0, sizeof *setup);
    setup->learning = TEND_FROZEN;
    if (files->scenario)
        rc = example_read("scenarios", files->scenario, &text, &options.scenario_length, path, err);
    options.scenario = text;
    options.scenario_name = path;
    if (rc == TEND_OK)
        rc = tend_sim_setup_open(files->system ? files->system : "default", &options, &setup->sim,
                                 err);
    free(text);
    if (rc == TEND_OK)
        rc = tend_config_open(files->agent, &setup->config, err);
    if (rc == TEND_OK)
        setup->hash = drive_hash(setup->sim, setup->config);
    return rc;
}

tend_rc run_setup_open(run_setup *setup, const run_files *files, int steps, tend_err *err)
{
    tend_sim_options options = tend_sim_usual();
    options.preset = "calm";
    options.steps = steps;
    return run_setup_open_as(setup, files, options, err);
}

void run_setup_close(run_setup *setup)
{
    tend_sim_setup_close(setup->sim);
    tend_config_free(setup->config);
    memset(setup, 0, sizeof *setup);
}

tend_rc run_open(const run_setup *setup, tend_drive **out, tend_err *err)
{
    tend_rc rc = tend_drive_open(setup->sim, setup->config, out, err);
    if (rc == TEND_OK)
        tend_set_learning(tend_drive_engine(*out), setup->learning);
    return rc;
}
