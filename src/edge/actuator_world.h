// SPDX-License-Identifier: GPL-3.0-or-later
// actuator_world.h - decisions carried out in a simulated world.
#ifndef TEND_EDGE_ACTUATOR_WORLD_H
#define TEND_EDGE_ACTUATOR_WORLD_H

#include "edge/source_world.h"

// Acts on the world of the source: an action takes effect from the next tick on. Cannot fail.
tend_actuator actuator_world(source_world *w);

#endif
