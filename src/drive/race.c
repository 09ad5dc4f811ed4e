// SPDX-License-Identifier: GPL-3.0-or-later
// race.c - simple policies on the same incidents of a generated system.
#include "drive/race.h"

#include "drive/drive.h"

#include <stdio.h>
#include <string.h>

#define NAMED 2 // racers before the arms

const char *race_name(int racer)
{
    static const char *const named[NAMED] = {"noop", "rules"};
    return racer < NAMED ? named[racer] : playbook_arm_name(racer - NAMED + 1);
}

static tend_rc configure(tend_config *config, int racer, tend_err *err)
{
    char arm[16];
    tend_rc rc = tend_config_set(config, "detector", "threshold", err);
    if (rc == TEND_OK)
        rc = tend_config_set(config, "diagnoser", "impact", err);
    if (rc != TEND_OK || racer < NAMED)
        return rc == TEND_OK ? tend_config_set(config, "policy", race_name(racer), err) : rc;
    snprintf(arm, sizeof arm, "%d", racer - NAMED + 1);
    rc = tend_config_set(config, "policy", "fixed", err);
    return rc == TEND_OK ? tend_config_set(config, "policy.arm", arm, err) : rc;
}

static tend_rc run(const tend_sim_setup *setup, int racer, int episodes, double *steps,
                   tend_err *err)
{
    tend_config *config = NULL;
    tend_drive *drive = NULL;
    tend_rc rc = tend_config_new(&config, err);
    if (rc == TEND_OK)
        rc = configure(config, racer, err);
    if (rc == TEND_OK)
        rc = tend_drive_open(setup, config, &drive, err);
    for (int i = 1; i <= episodes && rc == TEND_OK; i++) {
        result row;
        rc = drive_episode(drive, (uint64_t)i, &row, NULL, NULL, err);
        *steps += rc == TEND_OK ? (double)row.slo_steps / episodes : 0;
    }
    tend_drive_close(drive);
    tend_config_free(config);
    return rc;
}

tend_rc race_run(const generated *system, int episodes, race *out, tend_err *err)
{
    tend_sim_options options = tend_sim_usual();
    tend_sim_setup *setup;
    options.preset = "real";
    memset(out, 0, sizeof *out);
    tend_rc rc =
        tend_sim_setup_parse(system->text, system->length, system->name, &options, &setup, err);
    for (int i = 0; i < RACERS && rc == TEND_OK; i++) {
        rc = run(setup, i, episodes, &out->steps[i], err);
        if (out->steps[i] < out->steps[out->best])
            out->best = i;
    }
    tend_sim_setup_close(setup);
    return rc;
}
