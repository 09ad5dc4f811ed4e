// SPDX-License-Identifier: GPL-3.0-or-later
// story_live.c - notices what has changed since the last tick.
#include "report/story_live.h"

#include <math.h>

void story_live_start(story_live *s, const tend_system *system)
{
    *s = (story_live){.system = system, .wanted = -1, .rule = -1};
}

typedef struct telling {
    event *out;
    int count;
    bool failed;
} telling;

static void tell(telling *t, event e, str *words)
{
    t->failed |= !event_say(&e, words);
    t->out[t->count++] = e;
}

// Told when it begins and when it ends, not while it lasts.
static void see_breach(story_live *s, const tend_obs *obs, telling *t)
{
    str words = {0};
    // a hole in the data is not the end of a breach
    bool seen = !isnan(obs->entry_p95_ms) || !isnan(obs->entry_errors);
    if (obs->breach == s->breach || (!obs->breach && !seen))
        return;
    s->breach = obs->breach;
    event e = event_breach(s->system, obs->tick, obs->entry_p95_ms, obs->entry_errors, &words);
    if (!obs->breach)
        e.kind = "healthy";
    tell(t, e, &words);
}

static void see_alarm(story_live *s, int64_t tick, const tend_findings *f, telling *t)
{
    str words = {0};
    if (f->alarm == s->alarm)
        return;
    s->alarm = f->alarm;
    event e = event_detected(s->system, tick, f, &words);
    // the loudest service stands for the alarm
    for (int i = 0; i < s->system->S && f->alarm; i++)
        if (e.service < 0 || f->score[i] > f->score[e.service])
            e.service = i;
    e.metric = e.service >= 0 ? f->metric[e.service] : -1;
    if (!f->alarm)
        e.kind = "quiet";
    tell(t, e, &words);
}

static void see_causes(story_live *s, const tend_frame *frame, telling *t)
{
    const tend_causes *causes = &frame->causes;
    str words = {0};
    if (causes->count == 0) {
        s->blaming &= frame->findings.alarm; // a pause of the diagnosis is not its end
        return;
    }
    const tend_suspect *first = &causes->suspect[0];
    // the same suspect in a new order of confidence is no news
    if (s->blaming && first->service == s->blamed.service && first->edge == s->blamed.edge &&
        first->family == s->blamed.family)
        return;
    event e = event_diagnosed(s->system, frame->obs->tick, causes, s->blaming ? &s->blamed : NULL,
                              &words);
    e.metric = first->metric;
    s->blaming = true;
    s->blamed = *first;
    tell(t, e, &words);
}

// A mask is news when it is another action or another rule; an action always is.
static void see_decision(story_live *s, int64_t tick, const tend_decision *d, telling *t)
{
    bool masked = d->wanted > 0 && d->masked;
    int rule = masked ? d->masked[d->wanted] : -1;
    str words = {0};
    if (masked && (d->wanted != s->wanted || rule != s->rule))
        tell(t, event_masked(s->system, tick, d->wanted, rule, &words), &words);
    s->wanted = masked ? d->wanted : -1;
    s->rule = rule;
    if (d->action > 0) {
        event e = event_decided(s->system, tick, d, &words);
        e.service = s->system->actions[d->action].service;
        e.edge = s->system->actions[d->action].edge;
        e.value = d->propensity;
        tell(t, e, &words);
    }
    if (d->escalated && !s->escalated) {
        str_add(&words, "a person is called: nothing left to try");
        tell(t, event_at(tick, "escalated"), &words);
    }
    s->escalated = d->escalated;
}

int story_live_tick(story_live *s, const tend_frame *frame, event *out)
{
    telling t = {out, 0, false};
    see_breach(s, frame->obs, &t);
    see_alarm(s, frame->obs->tick, &frame->findings, &t);
    see_causes(s, frame, &t);
    see_decision(s, frame->obs->tick, &frame->decision, &t);
    return t.failed ? -1 : t.count;
}
