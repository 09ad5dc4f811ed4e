// SPDX-License-Identifier: GPL-3.0-or-later
// audit.h - an independent check of the guard: it sees what a trace shows and nothing else.
//
// Written from the description of the rules (guard.h), not from guard.c, and sharing no code with
// it: it keeps the whole list of actions and asks, at each one, whether every rule held.
#ifndef TEND_REPORT_AUDIT_H
#define TEND_REPORT_AUDIT_H

#include <tend/edge.h>
#include <tend/engine.h>

typedef struct audit_action {
    int64_t tick;
    int action;
    double confidence; // of the first suspect at the time
    bool ended;        // a receipt said how it ended
    bool undone;       // it came to nothing, or a lift perhaps did
} audit_action;

typedef struct audit {
    const tend_system *system;
    const char *allow, *freeze; // lists of the guard section, one entry a line
    double kill_switch, calm, verify, limit_most, cooldown, in_flight, blast_radius, window,
        target_budget, budget, confidence, ineffective, escalate; // of the guard section
    audit_action *past; // owned; every action there was, however many
    int count, room;
    int64_t ticks;    // seen
    int64_t shown;    // the last tick as it stood in the trace
    int64_t now;      // the same in a time that never runs backwards
    int64_t healthy;  // ticks in a row without alarm and breach
    int64_t incident; // tick the incident opened, -1 without one
    int violations;
    char first[128]; // the first violation in words
} audit;

// Begins anew, an audit that has been zeroed or used before. System and configuration must outlive
// it.
void audit_start(audit *a, const tend_system *system, const tend_config *config);
void audit_close(audit *a); // frees what it has noted, not itself

// One tick of a trace: what was seen and what was done (0 = nothing). Out of memory it fails: an
// audit that forgot would miss what it is there for.
tend_rc audit_tick(audit *a, const tend_obs *obs, bool alarm, double confidence, int action,
                   tend_err *err);

tend_sink audit_sink(audit *a); // audit_tick for every frame

#endif
