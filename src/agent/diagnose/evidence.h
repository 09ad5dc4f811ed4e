// SPDX-License-Identifier: GPL-3.0-or-later
// evidence.h - what the rows of an incident say of each service and each call, channel by channel.
//
// The rows before the onset tell the usual level, the rows of the incident what became of it
// (robust.h); the deviation is measured from the level of all rows before or of the last of them,
// whichever is closer, so that a slow drift is no cause. Excess impact flows up the call graph: a
// caller waits for what it calls, so impact(v) = excess latency (or errors) of v times its requests
// is what v's callers see, and own(v) = impact(v) - sum of its callees' positive impact is what v
// adds itself; callers cancel out, the cause keeps its share. A call that is slow at its client's
// end alone lost its time on the way. What load explains is taken away from the cpu.
// The same rows give the same evidence in a tick and in a window. No memory, no I/O.
#ifndef TEND_AGENT_DIAGNOSE_EVIDENCE_H
#define TEND_AGENT_DIAGNOSE_EVIDENCE_H

#include "agent/diagnose/evidence_params.h"
#include "agent/diagnose/panel.h"
#include "core/robust.h"

typedef enum evidence_channel {
    CHANNEL_LATENCY,
    CHANNEL_ERRORS,
    CHANNEL_NETWORK, // the worst of the calls to it
    CHANNEL_CPU,     // beyond what its requests explain
    CHANNEL_MEMORY,
    CHANNEL_SATURATION,
    CHANNEL_RESTARTS,
    CHANNEL_READY, // replicas lost
    CHANNEL_REQUESTS,
    CHANNELS
} evidence_channel;

const char *evidence_channel_name(evidence_channel channel);

// What a service's callers, callees and rivals say of it: evidence, 0..4, of common -4..4
// (evidence_path.c).
typedef struct path_evidence {
    double reach;    // the least trouble of a caller on the path from the entry that has most of it
    double gap;      // most lost time of a call to it
    double gap_felt; // the same, as far as the caller suffers
    double gap_owed; // its own suffering, as far as a call it makes loses time
    double deeper;   // its own suffering, as far as something it calls is in trouble too
    double swamped;  // it is in trouble, and asked more often than its callers are
    double behind;   // the most of a rival: of what its callers call too
    double common;   // of the entry: growth of requests that all services share
} path_evidence;

// What one channel says of one service.
typedef struct channel_evidence {
    double before, now; // level, NAN unknown; network: client minus server latency
    double excess;      // now - before as the deviation is measured, 0 unknown
    double z, e;        // sigmas, higher is worse; robust_evidence of them
    double impact, own; // latency, errors: excess x requests, and without callees
    double share;       // own over all services' own
} channel_evidence;

typedef struct service_evidence {
    channel_evidence of[CHANNELS];
    double own_mean;     // evidence of mean latency the service adds itself, from its edges
    double load;         // requests that weigh its latency
    double growth;       // factor by which its requests grew, 1 unknown
    double amplified;    // evidence that they grew faster than its callers', below 0: slower
    double explained[2]; // share of its excess latency, errors that its worst callee explains, 0..1
    double dark;         // what callers cannot explain, of a call to it that nobody times
    double deploy_lag;   // rows from its deployment to the onset, NAN unknown
    double deployed;     // 1 = deployed at the onset, fading to 1/2; 0 = not near it
    // what its surroundings show
    double link_in, link_out; // most evidence of a gap in a call to it, by it
    double below;             // largest share of all own excess latency among its callees, if clear
    double starved, pushed;   // evidence that a callee's requests fell behind; a rival's ran ahead
    double everywhere;        // of the entry: mean evidence of more requests, over all services
    path_evidence path;
    int edge;      // the call to it that lost most, -1
    int64_t first; // row in which it first stood out, -1
} service_evidence;

typedef struct edge_evidence {
    double client, server; // excess mean latency, 0 where unknown
    double usual, gap;     // client minus server latency, usually and now
    double z, e;           // of the gap
    double share;          // of all edges' excess gap x requests
} edge_evidence;

typedef struct evidence {
    int S, E;
    int64_t width;
    int64_t onset;          // row, levels are of those before it; -1: none learnt
    robust_level common[2]; // of the load all services share, in parts of it: all rows, the last
    int64_t scratch_at;
    int64_t services_at, edges_at, past_at, local_at, now_at, rate_at; // bytes from the start
} evidence;

// sigmas that are beyond noise; larger: faint signs are not told, smaller: noise is
#define EVIDENCE_ODD 3.0

// rows a deployment may lie before the onset to be near it; larger blames old ones
#define EVIDENCE_DEPLOY_BEFORE 6.0

size_t evidence_size(int S, int E, int64_t width);
void evidence_init(evidence *x, int S, int E, int64_t width);

// Rows are told by their numbers, panel.first + index.

// Where levels changed, looked for in rows first..last; -1: nowhere. gain [rows] and scratch [rows]
// are overwritten, column [width] too.
int64_t evidence_onset(const panel *p, int64_t first, int64_t last, double *gain, double *scratch,
                       int64_t *column);

// Takes the levels of the rows before `onset`, of which the panel has at least one.
void evidence_learn(evidence *x, const panel *p, const evidence_params *by, int64_t onset);

// Holds rows from..end-1 against them. Learn and measure by the same parameters.
void evidence_measure(evidence *x, const panel *p, const evidence_params *by, int64_t from,
                      int64_t end);

const service_evidence *evidence_services(const evidence *x); // [S]
const edge_evidence *evidence_edges(const evidence *x);       // [E]

// The channel that stands for a service in reports; -1: none is beyond 3 sigmas.
int evidence_loudest(const service_evidence *of);
// The signal a channel is read from; -1 for network and ready.
int evidence_signal(evidence_channel channel);

#endif
