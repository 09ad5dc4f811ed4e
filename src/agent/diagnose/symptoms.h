// SPDX-License-Identifier: GPL-3.0-or-later
// symptoms.h - what a diagnoser remembers of the last minutes, and what an incident changed.
//
// On a quiet tick one row is pushed and nothing else happens. When an alarm or a breach begins,
// symptoms_follow looks back for the onset (the alarm comes late), takes the levels before it as
// the baseline and holds them for the whole incident; while it lasts, the last few rows are held
// against them. All state is one flat block without pointers.
#ifndef TEND_AGENT_DIAGNOSE_SYMPTOMS_H
#define TEND_AGENT_DIAGNOSE_SYMPTOMS_H

#include "base/ring.h"

#include <tend/plugin.h>

// SIGNAL_LATENCY, SIGNAL_ERRORS, ...: every kind of metric of which something is known
#define SIGNAL_HIGH(e) SIGNAL_##e,
#define SIGNAL_LOW(e) SIGNAL_##e,
#define SIGNAL_NEITHER(e) SIGNAL_##e,
#define SIGNAL_UNKNOWN(e)
#define SIGNAL(e, name, unit, column, usual, bad, ...) SIGNAL_##bad(e)
enum { TEND_METRIC_TABLE(SIGNAL) SIGNALS };

tend_metric_kind symptoms_kind(int signal);

// ticks a deployment may lie before the onset to be near it; larger blames old ones
#define SYMPTOMS_DEPLOY_BEFORE 6.0

// One service during the incident.
typedef struct service_signs {
    double base[SIGNALS], now[SIGNALS]; // NAN where the system has no such column
    double z[SIGNALS];                  // floored robust sigmas, 0 where unknown; higher is worse
    double e[SIGNALS];                  // symptoms_evidence of them
    double impact[2], own[2];           // latency, errors: excess x requests, and without callees
    double share[2];                    // own impact over all services' positive own impact
    double own_mean;  // evidence of mean latency added by the service itself, from its edges
    double amplified; // log of how much faster its requests grew than its callers'
    double ready;     // share of its replicas lost
    double deployed;  // 1 = deployed at the onset, fading to 1/2; 0 = not near it
    // what the neighbours show
    double link_in, link_out; // most evidence of a gap in a call to it, by it
    double below;             // largest share of the latency impact among its callees
    double above;             // largest share of the error impact among its callers
    double starved;           // most its callees' requests fell behind its own
    double pushed;            // most a rival's did run ahead: another callee of its callers
    int64_t first;            // tick it first stood out, -1
} service_signs;

// The signal that stands for a service in reports; -1: none is beyond 3 sigmas.
int symptoms_loudest(const service_signs *of);

// One call during the incident.
typedef struct edge_signs {
    double client, server; // excess mean latency in ms, 0 where unknown
    double gap, usual;     // client minus server latency in ms, now and usually
    double z, e;           // of the gap: sigmas, evidence
    double share;          // of all edges' excess gap x requests
} edge_signs;

typedef struct symptoms {
    int64_t rows, width;     // ring rows; doubles in one row
    int64_t since;           // tick the incident was noticed, -1 in quiet times
    int64_t onset;           // tick, -1 in quiet times
    int64_t column[SIGNALS]; // metric columns, -1 = none
    int64_t levels_at, signs_at, edges_at, ring_at; // bytes from the start of this struct
    int64_t bytes;
} symptoms;

size_t symptoms_size(const tend_system *system, int rows);
void symptoms_init(symptoms *s, const tend_system *system, int rows);
void symptoms_push(symptoms *s, const tend_system *system, const tend_obs *obs);

// True while there is trouble to explain; the first call in an incident finds onset and baseline.
bool symptoms_follow(symptoms *s, const tend_system *system, const tend_view *view);

// Fills the signs from the last `recent` rows since the onset.
void symptoms_measure(symptoms *s, const tend_system *system, const tend_obs *obs, int recent);

// Age of a service's deployment at the onset in ticks: below 0 it came later. NAN if unknown.
double symptoms_deploy_lag(const symptoms *s, const tend_obs *obs, int service);

const service_signs *symptoms_services(const symptoms *s); // [S]
const edge_signs *symptoms_edges(const symptoms *s);       // [E]
const ring *symptoms_ring(const symptoms *s);              // rows [S][M], then the rest

// z -> evidence: odd, logarithmic, within -4..4.
double symptoms_evidence(double z);

#endif
