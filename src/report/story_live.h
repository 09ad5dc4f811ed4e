// SPDX-License-Identifier: GPL-3.0-or-later
// story_live.h - the story as it happens: what is new in this tick, for who watches.
//
// The kinds: "breach" and "healthy", "detected" and "quiet" (the alarm rose, fell), "diagnosed"
// (and again when place or family of the first suspect change), "masked" (when action or rule
// change), "action" or "advice", "escalated" (a person is called).
#ifndef TEND_REPORT_STORY_LIVE_H
#define TEND_REPORT_STORY_LIVE_H

#include "report/event.h"

typedef struct story_live {
    const tend_system *system;
    bool breach, alarm, escalated; // as of the last tick
    bool blaming;
    tend_suspect blamed; // last told
    int wanted, rule;    // last told as masked, -1 when none is
} story_live;

enum { STORY_LIVE_MAX = 6 }; // events a tick can have

void story_live_start(story_live *s, const tend_system *system);

// Fills out [STORY_LIVE_MAX]; how many, or -1 when there was no memory for the words.
int story_live_tick(story_live *s, const tend_frame *frame, event *out);

#endif
