// SPDX-License-Identifier: GPL-3.0-or-later
// tell.h - why, and why not: the evidence for and against each of the first suspects, in numbers.
//
// The same for a tick and for a window. Nothing is judged here: what stands in the list is what the
// ranking has already weighed. No memory, no I/O.
#ifndef TEND_AGENT_DIAGNOSE_TELL_H
#define TEND_AGENT_DIAGNOSE_TELL_H

#include "agent/diagnose/evidence.h"
#include "agent/diagnose/own.h"

#include <tend/frame.h>

enum { TOLD_MOST = 3 }; // suspects that are told of in full

typedef struct tell_look {
    const evidence *evidence; // measured
    const panel *panel;
    const tend_suspect *suspect; // [suspects] best first; service and edge are read
    int suspects;
    const own *ours; // what was done; NULL: nothing is known
} tell_look;

// Fills out [TEND_EVIDENCE_MAX] in the order of a story: when it began; for each of the first three
// what speaks for it, the first suspect first; then for each what speaks against it; then other
// services that are loud because of what they call. What has no room is left out. Returns how many.
// A metric is the panel's column of service 0, a tick the number of a row.
int tell(const tell_look *look, tend_evidence out[TEND_EVIDENCE_MAX]);

// The column that shows a channel, -1: none does.
int tell_column(const panel *p, evidence_channel channel);

#endif
