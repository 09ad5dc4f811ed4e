// SPDX-License-Identifier: GPL-3.0-or-later
// actuator_world.c - hands an action to the world.
#include "edge/actuator_world.h"

static tend_rc apply(void *self, const tend_decision *decision, tend_err *err)
{
    (void)err;
    tend_sim_act(self, decision->action);
    return TEND_OK;
}

tend_actuator actuator_world(tend_sim *sim)
{
    return (tend_actuator){.self = sim, .apply = apply};
}
