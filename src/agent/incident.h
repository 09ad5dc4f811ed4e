// SPDX-License-Identifier: GPL-3.0-or-later
// incident.h - the one definition of an incident: opened, aged, placed and closed here.
//
// An incident opens in the first tick with an alarm or a breach, ages while it lasts and closes
// when `calm` ticks in a row had neither. Guard, playbook, diagnosis and reports read it from the
// frame; none of them decides for itself when one is over. (The audit does, to check; the tally
// dates the recovery of the users, which is another question.) All incidents close together: health
// is judged at the door of the system, not per service.
//
// Two faults at two places are two incidents. The trouble is one signal, so the second is told by
// its place: another first suspect, as sure as INCIDENT_SURE for INCIDENT_STEADY ticks in a row,
// after the first place was just as steady. What our own actions touched looks odd for a while and
// never opens one.
#ifndef TEND_AGENT_INCIDENT_H
#define TEND_AGENT_INCIDENT_H

#include <tend/frame.h>

// confidence of a place; smaller: a wavering diagnosis is counted as a second fault
#define INCIDENT_SURE 0.5
// ticks in a row; smaller: the same, larger: two faults are told apart later
#define INCIDENT_STEADY 5
#define INCIDENT_TOUCHED_MAX 16 // targets of our own actions kept; further ones are forgotten

typedef struct incident_state {
    tend_incident open[TEND_INCIDENTS_MAX];
    int32_t count, touched_count;
    int64_t calm;                          // ticks in a row without alarm and breach
    int64_t opened;                        // incidents ever opened
    int32_t place, edge;                   // first suspect of the last ticks, -1 nobody
    int64_t steady;                        // ticks in a row it was that, and sure
    int32_t touched[INCIDENT_TOUCHED_MAX]; // services acted upon since the first one opened
} incident_state;

void incident_init(incident_state *s);

// After detection: opens, ages or closes, and fills the frame's incidents.
void incident_follow(incident_state *s, int64_t calm, tend_frame *frame);

// After diagnosis: where the incidents are, and whether there is another one.
void incident_place(incident_state *s, tend_frame *frame);

// After the decision: counts the action; an escalation stays until the incident closes.
void incident_note(incident_state *s, const tend_system *system, tend_frame *frame);

#endif
