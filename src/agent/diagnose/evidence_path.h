// SPDX-License-Identifier: GPL-3.0-or-later
// evidence_path.h - the part of evidence.c that asks who else suffers; for no other file.
#ifndef TEND_AGENT_DIAGNOSE_EVIDENCE_PATH_H
#define TEND_AGENT_DIAGNOSE_EVIDENCE_PATH_H

#include "agent/diagnose/evidence_flow.h"

// Level of the load that all services share over rows from..end-1, in parts of the usual.
// scratch [S + ROBUST_ROWS_MAX]
void path_common(const panel *p, const robust_level *past, int from, int end, double *scratch,
                 robust_level *to);

// Fills path_evidence of all services from what each shows and what flows between them.
void path_all(const panel *p, const flow_levels *at, service_evidence *of,
              const edge_evidence *edge);

#endif
