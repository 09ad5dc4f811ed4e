// SPDX-License-Identifier: GPL-3.0-or-later
// measure.h - metrics as they are measured: noise of the instrument, apart from that of arrivals.
//
// Every column of a system has a character of its own, the same in every episode: how wide its
// noise is, how slow (first-order autoregression) and how heavy its tail (Fleishman 1978, "A method
// for simulating non-normal distributions": z + tail z^3). To that come single spikes, and gaps in
// which a whole service shows nothing. All of it is off in a model whose plant has none of it.
#ifndef TEND_ENV_MEASURE_H
#define TEND_ENV_MEASURE_H

#include "env/model.h"

// Characters of [S][M] columns, then of [E] edges; of the system, not of a seed.
void measure_fill(const sim_model *m, const column_noise *c);
size_t measure_size(const sim_model *m); // bytes of state in a world, 0: nothing to do
void measure_init(world *w, const sim_model *m);

// Of all that is shown of a tick, in place: [S][M] and [E][2]. Entry and truth are not touched.
void measure_tick(world *w, const sim_model *m, double *services, double *edges);

#endif
