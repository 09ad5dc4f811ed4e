// SPDX-License-Identifier: GPL-3.0-or-later
// own.h - what was done to each service, and what of its rows is therefore no evidence.
//
// A restart or a rollback takes replicas away for a while, restarts processes and may bring a new
// version; a replica less is a replica less. Receipts tell (tend_obs.receipt, also of what somebody
// else sent). While such an action is under way, and a little longer, a service has in its row the
// replicas from before it and no restarts; of a version that it brought no age is known. So an
// action makes no suspect, and who had lost replicas before it has lost them still. Latency,
// errors, cpu and requests stay as they are seen: what they do then is what a diagnosis is about.
// Without receipts nothing is known and nothing is changed. No pointers: part of a plug-in's state.
#ifndef TEND_AGENT_DIAGNOSE_OWN_H
#define TEND_AGENT_DIAGNOSE_OWN_H

#include <tend/plugin.h>

typedef struct own_deed { // the newest restart or rollback of a service
    int64_t id, action;   // of its receipt; -2 before the first
    int64_t from, until;  // ticks it was first and last under way; -1 none, not over yet
    double held, low;     // replicas before it, and the fewest since; NAN unknown
    int64_t fewer;        // replicas that scaling down took away since `fewer_at`
    int64_t fewer_id, fewer_action, fewer_at; // of the last that did; -2, 0, -1
} own_deed;

typedef struct own {
    int64_t S, rows;                    // services; rows until a level without a replica is usual
    int64_t deeds_at, ready_at, age_at; // bytes from the start
} own;

size_t own_size(int S);
void own_init(own *o, int S, int rows);

// Takes in a tick; calm: there is no incident.
void own_hear(own *o, const tend_system *system, const tend_obs *obs, bool calm);

const double *own_ready(const own *o);      // [S] as the row is to have them
const double *own_deploy_age(const own *o); // [S] ticks, of versions that no action brought
bool own_veils(const own *o, int service, int64_t tick); // restarts of this tick are no evidence
const own_deed *own_deeds(const own *o);                 // [S]

#endif
