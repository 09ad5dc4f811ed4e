// SPDX-License-Identifier: GPL-3.0-or-later
// loop.h - the one loop: a source's tick through the engine, to the sinks, to the actuator.
//
// Every runner plays this loop and nothing else: simulated episodes, recorded incidents, live
// systems. The sinks see a frame before it is acted upon, so what was decided is on record even
// when carrying it out fails. Knows neither worlds nor files: whoever calls it brings both.
#ifndef TEND_LOOP_LOOP_H
#define TEND_LOOP_LOOP_H

#include <tend/edge.h>
#include <tend/engine.h>

#define LOOP_SINKS_MAX 8 // a run adds five at most

typedef struct loop {
    tend_source source;
    tend_engine *engine;
    tend_actuator actuator; // without an apply: shadow mode, nothing is carried out
    tend_sink sink[LOOP_SINKS_MAX];
    int sinks;
} loop;

void loop_add(loop *l, tend_sink sink);

// Plays until the source ends (TEND_OK) or one of them fails. Advice (dry_run) is not carried out.
// Closes nothing.
tend_rc loop_run(const loop *l, tend_err *err);

#endif
