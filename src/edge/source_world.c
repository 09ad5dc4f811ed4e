// SPDX-License-Identifier: GPL-3.0-or-later
// source_world.c - an episode, tick by tick.
#include "edge/source_world.h"

static tend_rc next(void *self, tend_obs *out, tend_err *err)
{
    tend_sim *sim = self;
    (void)err;
    if (!tend_sim_step(sim))
        return TEND_END;
    tend_sim_observe(sim, out);
    return TEND_OK;
}

tend_source source_world(tend_sim *sim)
{
    return (tend_source){.self = sim, .next = next};
}
