// SPDX-License-Identifier: GPL-3.0-or-later
// alarm.h - from a score per tick to an alarm with hysteresis.
//
// Raised when the detector's overall score passed its threshold in `need` of the last `of` ticks,
// kept until `release` ticks in a row stayed below: never on one noisy sample.
#ifndef TEND_AGENT_DETECT_ALARM_H
#define TEND_AGENT_DETECT_ALARM_H

#include <tend/plugin.h>

typedef struct alarm_params {
    double need, of, release;
} alarm_params;

typedef struct alarm_state {
    uint64_t above; // bit i: i ticks ago the score was above the threshold
    int64_t since;  // tick the alarm rose, -1 without one
    int64_t quiet;  // ticks in a row below
} alarm_state;

extern const tend_param alarm_param_table[];

void alarm_init(alarm_state *a);
// Sets alarm and since from overall and threshold.
void alarm_update(alarm_state *a, const alarm_params *p, int64_t tick, tend_findings *findings);

#endif
