// SPDX-License-Identifier: GPL-3.0-or-later
// source_world.h - a simulated world as a source of observations.
#ifndef TEND_EDGE_SOURCE_WORLD_H
#define TEND_EDGE_SOURCE_WORLD_H

#include <tend/edge.h>
#include <tend/sim.h>

// Plays the episode the simulation is in to its end. Does not own it.
tend_source source_world(tend_sim *sim);

#endif
