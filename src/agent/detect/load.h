// SPDX-License-Identifier: GPL-3.0-or-later
// load.h - how much traffic there is, beside what is usual: one number that all services share.
//
// A daily wave, a crowd or an ebb moves the requests of every service alike; a fault, a retry storm
// or a noisy column moves some. The index is the median over the services of the logarithm of their
// requests over their own slow reference, so no minority of columns can move it. What is left of a
// metric once this is taken into account (series.h) is its own.
#ifndef TEND_AGENT_DETECT_LOAD_H
#define TEND_AGENT_DETECT_LOAD_H

#include <tend/frame.h>

typedef struct load_reference { // of a service
    double level;               // logarithm of its requests at an index of 0
    double seen;                // samples, up to LOAD_SLOW
} load_reference;

// Samples over which a reference is an average. Larger: a service that gains users for good bends
// the index for longer; smaller: a wave is taken into the reference before it is over. It hardly
// matters, for what is conditioned on the index follows it too.
#define LOAD_SLOW 60

// The index of this tick: 0 usual, 0.1 about a tenth more. `before`, that of the last tick, where
// no service says how many requests it had (column < 0: none does). scratch [S]; learns of [S].
double load_index(load_reference *of, const tend_system *system, const tend_obs *obs, int column,
                  double before, double *scratch);

#endif
