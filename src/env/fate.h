// SPDX-License-Identifier: GPL-3.0-or-later
// fate.h - actions as they go: most do what they should, some fail, some drag, some half work.
//
// What becomes of an action is drawn from (seed, tick, action): the same action at the same time
// has the same fate whoever sends it. Its receipt tells: failed when nothing or half was done.
#ifndef TEND_ENV_FATE_H
#define TEND_ENV_FATE_H

#include "env/fleet.h"

size_t fate_size(const sim_model *m); // bytes of state in a world, 0: every action works

// As actions_begin and actions_possible, with what may become of it.
bool fate_begin(world *w, const sim_model *m, int action);
bool fate_possible(const world *w, const sim_model *m, int action);
// Where an action that was begun stands.
tend_receipt_state fate_progress(const world *w, const sim_model *m, int action);
// Once a tick, before the timers of actions.
void fate_tick(world *w, const sim_model *m);
// Whether the action of that kind now under way on a service does half of what it should.
bool fate_halves(const world *w, const sim_model *m, tend_action_kind kind, int service);

#endif
