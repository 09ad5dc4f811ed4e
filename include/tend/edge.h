// SPDX-License-Identifier: GPL-3.0-or-later
// edge.h - where the loop meets the outside: sources, sinks, actuators.
//
// The loop over them is loop_run (src/loop): next, tend_step, every sink's write, apply. `self` is
// the caller's; a call that fails fills err and ends the loop.
#ifndef TEND_EDGE_H
#define TEND_EDGE_H

#include <tend/frame.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tend_source {
    void *self;
    tend_rc (*next)(void *self, tend_obs *out, tend_err *err); // TEND_END when there is no more
    void (*close)(void *self);
} tend_source;

typedef struct tend_sink {
    void *self;
    tend_rc (*write)(void *self, const tend_frame *frame, tend_err *err);
    tend_rc (*close)(void *self, tend_err *err);
} tend_sink;

typedef struct tend_actuator {
    void *self;
    tend_rc (*apply)(void *self, const tend_decision *decision, tend_err *err);
} tend_actuator;

#ifdef __cplusplus
}
#endif
#endif
