// SPDX-License-Identifier: GPL-3.0-or-later
// incident.c - from alarm and breach to incidents.
#include "agent/incident.h"

#include <string.h>

void incident_init(incident_state *s)
{
    memset(s, 0, sizeof *s);
    s->place = s->edge = -1;
}

// A fifth place is not told apart: its trouble counts for those that are open.
static void open_one(incident_state *s, int64_t tick, int service, int edge)
{
    if (s->count == TEND_INCIDENTS_MAX)
        return;
    tend_incident *one = &s->open[s->count++];
    // member by member: a struct that is assigned brings what lies in its holes, and states are
    // hashed with theirs
    memset(one, 0, sizeof *one);
    one->id = ++s->opened;
    one->opened = tick;
    one->onset = -1;
    one->service = service;
    one->edge = edge;
}

static void show(const incident_state *s, tend_frame *frame)
{
    frame->incidents = s->count;
    memcpy(frame->incident, s->open, (size_t)s->count * sizeof *s->open);
}

void incident_follow(incident_state *s, int64_t calm, tend_frame *frame)
{
    bool trouble = frame->findings.alarm || frame->obs->breach;
    s->calm = trouble ? 0 : s->calm + 1;
    // closed together: the door of the system is well, whatever a single service shows
    if (s->count > 0 && s->calm >= calm) {
        s->count = s->touched_count = 0;
        s->place = s->edge = -1;
        s->steady = 0;
    }
    if (trouble && s->count == 0)
        open_one(s, frame->obs->tick, -1, -1);
    for (int i = 0; i < s->count; i++) {
        s->open[i].age = frame->obs->tick - s->open[i].opened;
        s->open[i].calm = s->calm;
    }
    show(s, frame);
}

// We acted on it since the first incident opened, so its oddity may be our doing.
static bool touched(const incident_state *s, int service)
{
    for (int i = 0; i < s->touched_count; i++)
        if (s->touched[i] == service)
            return true;
    return false;
}

static bool known(const incident_state *s, int service)
{
    for (int i = 0; i < s->count; i++)
        if (s->open[i].service == service)
            return true;
    return false;
}

void incident_place(incident_state *s, tend_frame *frame)
{
    const tend_causes *causes = &frame->causes;
    if (s->count == 0 || causes->count == 0)
        return;
    const tend_suspect *first = &causes->suspect[0];
    // steady means the same place, surely, in a row: one doubtful tick starts the count anew
    bool same = first->service == s->place && first->edge == s->edge;
    bool sure = first->confidence >= INCIDENT_SURE;
    s->steady = sure ? (same ? s->steady + 1 : 1) : 0;
    s->place = first->service;
    s->edge = first->edge;
    if (s->open[0].onset < 0) // kept once known: later rankings would move it
        s->open[0].onset = causes->onset;
    // exactly once per steady run: the first names the incident, another opens a second
    if (s->steady == INCIDENT_STEADY) {
        if (s->open[0].service < 0) {
            s->open[0].service = first->service;
            s->open[0].edge = first->edge;
        } else if (!known(s, first->service) && !touched(s, first->service)) {
            open_one(s, frame->obs->tick, first->service, first->edge);
        }
    }
    show(s, frame);
}

void incident_note(incident_state *s, const tend_system *system, tend_frame *frame)
{
    const tend_decision *d = &frame->decision;
    const tend_action *action = &system->actions[d->action];
    bool acts = d->action != 0 && action->kind != TEND_LIFT;
    if (s->count == 0)
        return;
    if (acts && action->service >= 0 && s->touched_count < INCIDENT_TOUCHED_MAX)
        s->touched[s->touched_count++] = action->service;
    // an action counts for the incident at its target, else for the first
    int at = 0;
    for (int i = 1; i < s->count; i++)
        if (action->service >= 0 && s->open[i].service == action->service)
            at = i;
    s->open[at].actions += acts;
    for (int i = 0; i < s->count; i++)
        s->open[i].escalated |= d->escalated; // one person is called for all of them
    show(s, frame);
}
