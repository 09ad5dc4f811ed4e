// SPDX-License-Identifier: GPL-3.0-or-later
// edge.h - where the loop meets the outside: sources, sinks, actuators.
//
// One turn of the loop (src/loop): next, tend_step, every sink's write, apply. A call that fails
// fills err and ends the loop. Each is a value: whoever made it owns `self`, which must outlive the
// loop and is closed by its own call; the loop opens and closes nothing.
#ifndef TEND_EDGE_H
#define TEND_EDGE_H

#include <tend/frame.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tend_source {
    void *self;
    // The next tick, whose arrays stay valid until the call after; TEND_END when there is no more.
    tend_rc (*next)(void *self, tend_obs *out, tend_err *err);
} tend_source;

typedef struct tend_sink {
    void *self;
    // A tick as it was decided, before it is acted upon. What a sink keeps of it, it copies.
    tend_rc (*write)(void *self, const tend_frame *frame, tend_err *err);
} tend_sink;

typedef struct tend_actuator {
    void *self;
    // Begins an action: never noop, never a recommendation (dry_run). What becomes of it is told by
    // the source's receipts, so a refused action is no error. NULL: shadow mode.
    tend_rc (*apply)(void *self, const tend_decision *decision, tend_err *err);
} tend_actuator;

#ifdef __cplusplus
}
#endif
#endif
