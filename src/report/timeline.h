// SPDX-License-Identifier: GPL-3.0-or-later
// timeline.h - an episode drawn in at most 100 columns: metrics, anomaly, breach, events.
//
// Each row is scaled to its own baseline, the median of the first quarter: at rest a row is a low,
// even bar, whatever its unit. Services that had a part in the incident come first; how many are
// left out is said.
#ifndef TEND_REPORT_TIMELINE_H
#define TEND_REPORT_TIMELINE_H

#include "base/str.h"
#include "report/record.h"

typedef struct timeline_style {
    int columns; // 60..100
    bool utf8, colour;
} timeline_style;

// The mark of an action, as in the row of events: 1 to 9, a to z, and + of all that follow.
char timeline_mark(int action);

void timeline_draw(const record *r, const timeline_style *style, str *out);

#endif
