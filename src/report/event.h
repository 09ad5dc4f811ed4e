// SPDX-License-Identifier: GPL-3.0-or-later
// event.h - one thing that happened: in words for people, in fields for programs.
//
// The makers put it into words from what a tick shows; they do not decide when it is worth telling.
// Told afterwards, of a record, that is story.h; told as it happens, it is story_live.h.
#ifndef TEND_REPORT_EVENT_H
#define TEND_REPORT_EVENT_H

#include "base/str.h"
#include "core/json_write.h"

#include <tend/frame.h>

enum { EVENT_REASONS = 2 }; // for and against, of a change of mind

typedef struct event {
    int64_t tick;
    char mark[4];     // as in the timeline: F D 1..9 a..z R, or empty
    const char *kind; // "breach", "detected", "diagnosed", "action", "masked", ...
    char detail[400]; // in words; what a terminal may not be shown is \xNN
    // the same for machines: -1, NAN and NULL where it does not apply
    int service, edge, metric, action, rule;
    double value, reference; // p95 and objective, score and threshold, confidence, reward
    int64_t until;           // of a run of masked ticks; of an action, the tick it was over
    const char *receipt;     // of an action: what became of it, NULL when nothing was told
} event;

event event_at(int64_t tick, const char *kind); // nothing applies
// Takes the words over and frees them; false when there was no memory for them.
bool event_say(event *e, str *words);

// Each adds its words; the caller may add more before event_say.
event event_breach(const tend_system *system, int64_t tick, double p95_ms, double errors,
                   str *words);
event event_detected(const tend_system *system, int64_t tick, const tend_findings *findings,
                     str *words);
// With the evidence for the first suspect. was: the blame went from it, for which the loudest
// reasons for the one and against the other are enough; NULL: it was nobody's before.
event event_diagnosed(const tend_system *system, int64_t tick, const tend_causes *causes,
                      const tend_suspect *was, str *words);
event event_decided(const tend_system *system, int64_t tick, const tend_decision *decision,
                    str *words); // "action", of a dry run "advice"
event event_masked(const tend_system *system, int64_t tick, int action, int rule, str *words);

// The fields and the words, into an object that the caller has opened.
void event_json(const tend_system *system, const event *e, json_writer *w);

#endif
