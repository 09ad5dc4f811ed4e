// SPDX-License-Identifier: GPL-3.0-or-later
// actuator_world.h - decisions carried out in a simulated world.
#ifndef TEND_EDGE_ACTUATOR_WORLD_H
#define TEND_EDGE_ACTUATOR_WORLD_H

#include <tend/edge.h>
#include <tend/sim.h>

// An action takes effect from the next tick on; of one that is refused a receipt says so. Cannot
// fail. Does not own the simulation.
tend_actuator actuator_world(tend_sim *sim);

#endif
