// SPDX-License-Identifier: GPL-3.0-or-later
// tally_outside.c - the yardsticks of an episode that somebody else drives.
#include "drive/drive.h"
#include "env/sim.h"
#include "report/tally.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <tend/drive.h>

struct tend_tally {
    const tend_sim_setup *setup;
    tend_sim *twin;
    scenario incident; // a copy: the simulation may begin another before the row is asked for
    uint64_t seed;
    tally counts;
};

tend_rc tend_tally_open(const tend_sim_setup *setup, tend_tally **out, tend_err *err)
{
    *out = NULL;
    tend_tally *t = calloc(1, sizeof *t);
    if (!t)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a tally");
    t->setup = setup;
    tend_rc rc = tend_sim_open(setup, &t->twin, err);
    if (rc != TEND_OK) {
        free(t);
        return rc;
    }
    tally_start(&t->counts, setup->system, &t->incident, NULL);
    *out = t;
    return TEND_OK;
}

void tend_tally_close(tend_tally *t)
{
    if (t)
        tend_sim_close(t->twin);
    free(t);
}

bool tend_tally_start(tend_tally *t, const tend_sim *sim)
{
    // of another setup: its services would be looked up in this system
    if (!sim_same_setup(t->twin, sim) || !sim_begun(sim))
        return false;
    scenario_copy(&t->incident, sim_incident(sim));
    t->seed = sim_seed(sim);
    tally_start(&t->counts, t->setup->system, &t->incident, &(tally_watch){sim, t->twin});
    // amid an episode: ticks keep their numbers, and past the onset no world without it can part
    const int64_t tick = tend_sim_tick(sim);
    t->counts.first = t->counts.ticks = tick > 0 ? (int)tick : 0;
    if (tick >= t->counts.onset)
        t->counts.watch.twin = NULL;
    return true;
}

bool tend_tally_add(tend_tally *t, const tend_sim *sim, int action)
{
    tend_obs obs;
    if (!sim_same_setup(t->twin, sim) || tend_sim_tick(sim) < 0 || action < 0 ||
        action >= t->setup->system->A)
        return false;
    tend_sim_observe(sim, &obs);
    tend_frame frame = {.obs = &obs, .decision = {.action = action, .wanted = -1}};
    t->counts.watch.sim = sim;
    tally_watch_tick(&t->counts, &frame);
    return true;
}

bool tend_tally_copy(tend_tally *to, const tend_tally *from)
{
    if (to == from)
        return true;
    if (!tend_sim_copy(to->twin, from->twin))
        return false;
    to->incident = from->incident;
    to->seed = from->seed;
    to->counts = from->counts;
    to->counts.incident = &to->incident;
    to->counts.watch.twin = from->counts.watch.twin ? to->twin : NULL;
    return true;
}

tend_rc tend_tally_row(const tend_tally *t, const tend_sim *sim, char **out, tend_err *err)
{
    result row;
    tally_finish(&t->counts, &row);
    row.seed = t->seed;
    snprintf(row.policy, sizeof row.policy, "external");
    // nobody has watched these: an empty cell, not a zero
    row.anomaly_steps = row.false_alarm_steps = row.masked = row.violations = row.escalated =
        row.stuck = -1;
    row.said = (double)NAN;
    row.state_hash = tend_sim_hash(sim);
    row.config_hash = tend_sim_setup_hash(t->setup);
    drive_name_world(t->setup, &row);
    return result_csv_text(&row, out, err);
}
