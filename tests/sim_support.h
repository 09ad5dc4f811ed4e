// SPDX-License-Identifier: GPL-3.0-or-later
// sim_support.h - what tests of simulations share.
#ifndef TEND_TESTS_SIM_SUPPORT_H
#define TEND_TESTS_SIM_SUPPORT_H

#include "support.h"

#include <tend/sim.h>

static tend_err err;

static inline tend_sim_setup *setup_of(const char *system, tend_sim_options options)
{
    tend_sim_setup *setup = NULL;
    if (tend_sim_setup_open(system, &options, &setup, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return setup;
}

static inline tend_sim *sim_of(const tend_sim_setup *setup, uint64_t seed)
{
    tend_sim *sim;
    assert_int_equal(tend_sim_open(setup, &sim, &err), TEND_OK);
    assert_int_equal(tend_sim_reset(sim, seed, &err), TEND_OK);
    return sim;
}

// Of a line of CSV, from 0; the caller frees it.
static inline char *cell(const char *row, int column)
{
    while (column-- > 0)
        row = strchr(row, ',') + 1;
    return strndup(row, strcspn(row, ",\n"));
}

#endif
