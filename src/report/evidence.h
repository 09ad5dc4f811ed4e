// SPDX-License-Identifier: GPL-3.0-or-later
// evidence.h - one item of evidence, a suspect, a breach: the phrases every report shares.
#ifndef TEND_REPORT_EVIDENCE_H
#define TEND_REPORT_EVIDENCE_H

#include "base/str.h"
#include "core/json_write.h"
#include "report/record.h"

// "p95_ms 139 against 21.4 (z +41) at t=109"
void evidence_text(const tend_system *system, const tend_evidence *e, str *out);

// The same as an object: kind, service, metric, edge, other, value, reference, weight, tick,
// against, action, text; null where a field does not apply.
void evidence_json(const tend_system *system, const tend_evidence *e, json_writer *w);

// "db" of a service, "api>db" of an edge, null below 0.
void json_put_service(json_writer *w, const char *key, const tend_system *system, int service);
void json_put_edge(json_writer *w, const char *key, const tend_system *system, int edge);

// All items for (or against) a service, joined by "; "; false when there is none.
bool evidence_about(const tend_system *system, const tend_causes *causes, int service, bool against,
                    str *out);

// "db" or "api>db"
void suspect_name(const tend_system *system, const tend_suspect *suspect, str *out);

// "db slow_db made api breach its SLO for 19 steps"
void incident_title(const record *r, str *out);

// p95 of the entry in times of the objective at a tick, NAN outside the record
double record_strain(const record *r, int64_t tick);

// median of the first `count` ticks of a series with a stride; NAN values are left out; NAN: out of
// memory
double record_baseline(const double *series, int stride, int count);

#endif
