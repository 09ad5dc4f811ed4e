// SPDX-License-Identifier: GPL-3.0-or-later
// frame.h - what passes through the loop in one tick, stage by stage.
//
// A stage reads everything upstream as const and writes only its own struct. Pointers belong to
// whoever filled the struct and stay valid until the next tick.
#ifndef TEND_FRAME_H
#define TEND_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tend/system.h>

#ifdef __cplusplus
extern "C" {
#endif

// What became of an action that was sent. A state that ends the story (done to refused) may be told
// once or again and again: the first that is heard counts.
typedef struct tend_receipt {
    int64_t id; // tick of the decision (tend_decision.tick); -1 of what somebody else sent
    int action;
    tend_receipt_state state;
} tend_receipt;

// One tick as it can be seen from outside. NAN = missing or unknown, in every field and in every
// cell of an array; an array that is NULL is unknown altogether.
typedef struct tend_obs {
    size_t size;              // sizeof(tend_obs) where the caller was compiled; 0: TEND_OBS_FIRST
    int64_t tick;             // 0, 1, 2, ...; see tend_step for others
    const double *value;      // [S][M]
    const double *edge;       // [E][2] mean latency of the call in ms: client-side, server-side
    const double *ready;      // [S] replicas ready to serve
    const double *deploy_age; // [S] ticks since the running version went live
    double entry_p95_ms;
    double entry_errors; // share of admitted users whose request failed
    double refused;      // share of users turned away by a limit
    bool breach;         // the SLO is breached in this tick
    // new fields are added here: what a caller's size does not cover is unknown
    // Of every action under way or ended since the last tick. Without them a guard goes by time
    // alone. One that names no action of the system, or has no such state, says nothing; of an
    // action sent twice only what is said of the later time counts.
    const tend_receipt *receipt; // [receipts]
    int receipts;
} tend_obs;

// Bytes of the first tend_obs there was, which a caller that leaves `size` 0 is taken to mean.
#define TEND_OBS_FIRST (offsetof(tend_obs, breach) + sizeof(bool))

typedef struct tend_findings {
    const double *score; // [S] 0..1, how unusual each service is
    const int *metric;   // [S] the most unusual metric column, -1 for none
    double overall;      // 0..1
    double threshold;    // the level overall was held against
    bool alarm;          // raised and kept with hysteresis
    int64_t since;       // tick the alarm rose, -1 without one
} tend_findings;

typedef struct tend_suspect {
    int service; // index; of an edge, the callee
    int edge;    // index of the suspected edge, -1 when it is the service itself
    int metric;  // column that speaks most against it, -1 for none
    tend_family family;
    double confidence; // 0..1, calibrated; over all suspects at most 1
} tend_suspect;

// Trouble from its first tick on until it has been quiet for a while (agent/incident.h).
typedef struct tend_incident {
    int64_t id;        // 1, 2, ... in the order they opened
    int64_t opened;    // tick of the first alarm or breach
    int64_t onset;     // tick the diagnoser places the onset at, -1 unknown
    int64_t age;       // ticks since it opened
    int64_t calm;      // ticks in a row without alarm and breach
    int service, edge; // where, once the diagnosis has been steady; -1 unknown
    int actions;       // taken for it, a lifted limit not counted
    bool escalated;    // a person has been called
} tend_incident;

#define TEND_INCIDENTS_MAX 4 // open at a time; a fifth place is not told apart

typedef struct tend_evidence {
    tend_evidence_kind kind;
    int service, metric, edge, other; // -1 where it does not apply
    double value, reference, weight;
    int64_t tick; // when, -1 where it does not apply
    bool against; // speaks against the service rather than for it
    int action;   // that was done to it, 0 where it does not apply
} tend_evidence;

// Three suspects at up to 19 pieces each, when it began, and some of others; what has no room is
// left untold.
#define TEND_EVIDENCE_MAX 64

typedef struct tend_causes {
    tend_suspect *suspect; // [room], best first
    int room;              // >= S + E, given by the engine
    int count;             // 0 = abstains
    int64_t onset;         // tick the diagnoser places the onset at, -1 when it abstains
    tend_evidence evidence[TEND_EVIDENCE_MAX];
    int evidence_count;
} tend_causes;

#define TEND_COMPARED_MAX 16
#define TEND_CONTEXT_MAX 256 // bytes of a context's name with its end

typedef struct tend_compared {
    int action;
    double index; // what the policy ranked by
} tend_compared;

typedef struct tend_decision {
    int action;        // index into system->actions, 0 = noop
    double propensity; // probability with which the policy chose it, given the mask; above 0, <= 1
    uint64_t key;      // context the policy looked up, 0 without one
    int arm;           // policy's own arm number within key, -1 without one
    int64_t tick;
    char context[TEND_CONTEXT_MAX]; // the key in words, the same in every build; empty without one
    double confidence;              // of the suspect acted upon, 0 without one
    bool escalated;                 // the guard has given up on this incident and calls a person
    bool dry_run;                   // a recommendation: the actuator must not carry it out
    tend_compared compared[TEND_COMPARED_MAX]; // best first
    int compared_count;
    // [A] 0 = was allowed, else the guard rule (guard.h) that masked it
    const unsigned char *masked;
    int wanted; // what the policy would have preferred unmasked, -1: its choice
} tend_decision;

// The price of one earlier decision, known when its effect window has passed.
typedef struct tend_outcome {
    uint64_t key;
    int arm;
    int action;
    int64_t decided, settled; // ticks
    double reward;            // 0..1
    int breach_ticks;         // in the window
    bool effective;           // the SLO held at the end of the window
} tend_outcome;

#define TEND_OUTCOMES_MAX 4 // settle windows may end together

typedef struct tend_frame {
    const tend_obs *obs;
    tend_findings findings;
    tend_incident incident[TEND_INCIDENTS_MAX]; // oldest first
    int incidents;
    tend_causes causes;
    tend_decision decision;
    tend_outcome outcome[TEND_OUTCOMES_MAX];
    int outcomes;
} tend_frame;

#ifdef __cplusplus
}
#endif
#endif
