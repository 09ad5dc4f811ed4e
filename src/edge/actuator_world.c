// SPDX-License-Identifier: GPL-3.0-or-later
// actuator_world.c - hands an action to the world.
#include "edge/actuator_world.h"

static tend_rc apply(void *self, const tend_decision *decision, tend_err *err)
{
    source_world *w = self;
    (void)err;
    world_apply(w->world, w->model, decision->action);
    return TEND_OK;
}

tend_actuator actuator_world(source_world *w)
{
    return (tend_actuator){.self = w, .apply = apply};
}
