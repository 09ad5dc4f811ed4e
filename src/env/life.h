// SPDX-License-Identifier: GPL-3.0-or-later
// life.h - what goes on in a healthy system: harmless, and looking like trouble.
//
// Surges and ebbs of users, batch jobs beside a service, collections of garbage, a noisy host, an
// autoscaler. When and how strongly is drawn from (seed, tick) alone, so that every policy meets
// the same life. No service is taken beyond four fifths of its capacity: life does not breach by
// itself where the objective leaves room.
#ifndef TEND_ENV_LIFE_H
#define TEND_ENV_LIFE_H

#include "env/fleet.h"

// How probably one of each kind begins in a tick, in 65536ths.
void life_fill(const sim_model *m, uint32_t gate[LIFE_KINDS]);
size_t life_size(const sim_model *m); // bytes of state in a world, 0: nothing goes on
// Effects as of a system without anything, of the services that life touched in the tick before;
// then those of this tick, and w->flash.
void life_clear(world *w, const sim_model *m);
void life_tick(world *w, const sim_model *m);

// Factor on the users of a crowd that a scenario has beside its fault, since its beginning.
double life_crowd(const sim_model *m, int64_t since);

#endif
