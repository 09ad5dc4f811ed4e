// SPDX-License-Identifier: GPL-3.0-or-later
// story.h - the story of an episode: fault, detection, diagnosis, actions, recovery, in order.
#ifndef TEND_REPORT_STORY_H
#define TEND_REPORT_STORY_H

#include "base/str.h"
#include "report/record.h"

typedef struct event {
    int64_t tick;
    char mark[4];     // as in the timeline: F D 1..9 R, or empty
    const char *kind; // "fault", "detected", "diagnosed", "action", "masked", "recovered", ...
    char detail[400]; // in words
    // the same for machines: -1 and NAN where it does not apply
    int service, edge, action, rule;
    double value, reference; // p95 and objective, score and threshold, confidence, reward
    int64_t until;           // of a run of masked ticks; of an action, the tick it was over
    const char *receipt;     // of an action: what became of it, NULL when nothing was told
} event;

typedef struct event_list {
    event *item;
    int count;
    bool failed; // out of memory
} event_list;

event_list events_of(const record *r); // sorted by tick; free with events_free
void events_free(event_list *list);

#endif
