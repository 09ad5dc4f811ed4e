// SPDX-License-Identifier: GPL-3.0-or-later
// sim.h - what a simulation is made of, for those who judge it; everybody else has <tend/sim.h>.
#ifndef TEND_ENV_SIM_H
#define TEND_ENV_SIM_H

#include "env/scenario.h"
#include "env/world.h"

#include <tend/sim.h>

struct tend_sim_setup {
    tend_system *system;
    plant *plant;
    sim_model *model;
    int steps;
    scenario_spec spec; // what to draw, unless a scenario is given
    plant_preset preset;
    char *scenario_text; // JSON, NULL: draw
    size_t scenario_length;
    char *scenario_name;
    uint64_t system_hash; // of the file's bytes, and of world parameters set over them
};

const tend_sim_setup *sim_setup_of(const tend_sim *sim);
// The incident of the episode begun last, and the world in it.
const scenario *sim_incident(const tend_sim *sim);
const world *sim_world(const tend_sim *sim);
uint64_t sim_seed(const tend_sim *sim);
bool sim_begun(const tend_sim *sim); // an episode, whether or not a tick of it
bool sim_same_setup(const tend_sim *a, const tend_sim *b);

// Begins an episode with an incident of one's own instead of the setup's.
void sim_begin(tend_sim *sim, const scenario *incident, uint64_t seed);

// Of everything that decides what happens to a seed, from a hash of whatever else does.
uint64_t sim_setup_hash(const tend_sim_setup *setup, uint64_t from);

#endif
