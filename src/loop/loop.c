// SPDX-License-Identifier: GPL-3.0-or-later
// loop.c - where source, engine, sinks and actuator meet, and nowhere else.
#include "loop/loop.h"

#include "base/assert.h"

void loop_add(loop *l, tend_sink sink)
{
    TEND_ASSERT(l->sinks < LOOP_SINKS_MAX);
    l->sink[l->sinks++] = sink;
}

// Sinks see the frame before the actuator acts on it: what they tell is what was decided.
static tend_rc show(const loop *l, const tend_frame *frame, tend_err *err)
{
    tend_rc rc = TEND_OK;
    for (int i = 0; i < l->sinks && rc == TEND_OK; i++)
        rc = l->sink[i].write(l->sink[i].self, frame, err);
    return rc;
}

static tend_rc act(const loop *l, const tend_frame *frame, tend_err *err)
{
    const tend_decision *d = &frame->decision;
    // no actuator, or a recommendation: the one place where nothing is done
    if (!l->actuator.apply || d->dry_run || d->action == 0)
        return TEND_OK;
    return l->actuator.apply(l->actuator.self, d, err);
}

tend_rc loop_run(const loop *l, tend_err *err)
{
    tend_obs obs;
    tend_rc rc;
    while ((rc = l->source.next(l->source.self, &obs, err)) == TEND_OK) {
        const tend_frame *frame = tend_step(l->engine, &obs);
        if ((rc = show(l, frame, err)) != TEND_OK || (rc = act(l, frame, err)) != TEND_OK)
            return rc;
    }
    // the end of a source is how a run ends well
    return rc == TEND_END ? TEND_OK : rc;
}
