// SPDX-License-Identifier: GPL-3.0-or-later
// evidence_flow.h - the half of evidence.c that follows the call graph; for no other file.
#ifndef TEND_AGENT_DIAGNOSE_EVIDENCE_FLOW_H
#define TEND_AGENT_DIAGNOSE_EVIDENCE_FLOW_H

#include "agent/diagnose/evidence.h"

// The levels evidence_measure has taken, [width] each.
typedef struct flow_levels {
    const robust_level *past, *local, *now;
    const double *rate; // [S + 1] usual share of failures; of what users see last
    const evidence_params *by;
    const robust_level *common; // [2] of all rows before, of the last of them (evidence_path.h)
    double *scratch;            // [S + ROBUST_ROWS_MAX]
    int from, end;              // indices of the incident's rows
} flow_levels;

// Usual shares of failures in the first `rows` rows. rate [S + 1]
void flow_rates(const panel *p, const robust_level *past, int rows, double *rate);

// Fills errors, flows, calls and surroundings of all services from what each shows by itself.
void flow_all(const panel *p, const flow_levels *at, service_evidence *of, edge_evidence *edge);

#endif
