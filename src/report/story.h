// SPDX-License-Identifier: GPL-3.0-or-later
// story.h - the story of an episode: fault, detection, diagnosis, actions, recovery, in order.
#ifndef TEND_REPORT_STORY_H
#define TEND_REPORT_STORY_H

#include "report/event.h"
#include "report/record.h"

typedef struct event_list {
    event *item;
    int count;
    bool failed; // out of memory
} event_list;

event_list events_of(const record *r); // sorted by tick; free with events_free
void events_free(event_list *list);

#endif
