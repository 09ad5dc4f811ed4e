// SPDX-License-Identifier: GPL-3.0-or-later
// arrive.h - metrics as they arrive: smoothed over a window, scraped now and then, seen late.
//
// What Prometheus does to a metric on its way: rates and latencies are means over a window
// (rate[1m], histogram_quantile over it), a value stands until the next scrape, and what is looked
// at is some seconds old. The objective at the door is judged without any of it.
#ifndef TEND_ENV_ARRIVE_H
#define TEND_ENV_ARRIVE_H

#include "env/model.h"

int arrive_phases(const plant *p, double step_s); // ticks between two scrapes, at least 1
// Fills m->arrivals, whose arrays lie behind the model: which values wait for what. It is of a
// system, not of a seed. A service has two exporters, of the machine (cpu, memory, restarts) and of
// the application; a call is its caller's application's.
void arrive_fill(sim_model *m);

size_t arrive_size(const sim_model *m); // bytes of state in a world, 0: what is shown is the tick
void arrive_init(world *w, const sim_model *m);
// Replaces the samples of this tick in the world's series by what has arrived of them.
void arrive_tick(world *w, const sim_model *m);

#endif
