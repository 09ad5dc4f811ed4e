// SPDX-License-Identifier: GPL-3.0-or-later
// audit.c - every rule of the guard, asked again of each action in a trace.
#include "report/audit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void audit_start(audit *a, const tend_system *system, const tend_config *config)
{
    const struct {
        const char *name;
        double *to;
        bool time; // given in seconds, kept in ticks; ages are whole, so a part of a tick is one
    } wanted[] = {
        {"kill_switch", &a->kill_switch, false},
        {"calm", &a->calm, true},
        {"verify", &a->verify, true},
        {"limit_most", &a->limit_most, true},
        {"cooldown", &a->cooldown, true},
        {"in_flight", &a->in_flight, true},
        {"blast_radius", &a->blast_radius, false},
        {"window", &a->window, true},
        {"target_budget", &a->target_budget, false},
        {"budget", &a->budget, false},
        {"confidence", &a->confidence, false},
        {"ineffective", &a->ineffective, false},
        {"escalate", &a->escalate, false},
    };
    a->system = system;
    a->allow = tend_config_list(config, "guard", "allow");
    a->freeze = tend_config_list(config, "guard", "freeze");
    a->count = a->violations = 0;
    a->ticks = a->shown = a->now = 0;
    a->healthy = 0;
    a->incident = -1;
    a->first[0] = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        *wanted[i].to = tend_config_number(config, "guard", wanted[i].name);
        if (wanted[i].time) // 3 s of 0.1 s are 30 ticks and not a hair more
            *wanted[i].to = *wanted[i].to / system->step_s - 1e-9;
    }
}

static const tend_action *past_action(const audit *a, int i)
{
    return &a->system->actions[a->past[i].action];
}

static bool disrupts(tend_action_kind kind)
{
    return tend_action_row(kind)->disruptive;
}

// tick the limit now in force was set, -1 without one
static int64_t limit_since(const audit *a)
{
    int64_t since = -1;
    for (int i = 0; i < a->count; i++) {
        if (a->past[i].undone)
            continue;
        if (past_action(a, i)->kind == TEND_LIMIT)
            since = a->past[i].tick;
        else if (past_action(a, i)->kind == TEND_LIFT)
            since = -1;
    }
    return since;
}

// Replicas as ordered, from the whole history: what stands ready says nothing of what is on order.
static int replicas_asked(const audit *a, int service)
{
    int replicas = a->system->services[service].replicas;
    for (int i = 0; i < a->count; i++) {
        if (past_action(a, i)->service != service || a->past[i].undone)
            continue;
        replicas += tend_action_row(past_action(a, i)->kind)->replicas;
    }
    return replicas;
}

// the action a receipt says is under way, or NULL
static const tend_action *unfinished(const audit *a, const tend_receipt *r)
{
    bool open = r->state == TEND_RECEIPT_ACCEPTED || r->state == TEND_RECEIPT_STARTED;
    return open && r->action > 0 && r->action < a->system->A ? &a->system->actions[r->action]
                                                             : NULL;
}

// By time since an action of ours, or by a receipt of anybody's.
static bool service_in_flight(const audit *a, const tend_obs *obs, int service)
{
    for (int i = 0; i < a->count; i++)
        if (past_action(a, i)->service == service &&
            (double)(a->now - a->past[i].tick) < a->in_flight)
            return true;
    for (int i = 0; i < obs->receipts; i++) {
        const tend_action *action = unfinished(a, &obs->receipt[i]);
        if (action && action->service == service)
            return true;
    }
    return false;
}

// services under change once an action on `service` has begun
static int services_changing(const audit *a, const tend_obs *obs, int service)
{
    int changing = 0;
    for (int s = 0; s < a->system->S; s++)
        changing += s == service || service_in_flight(a, obs, s);
    return changing;
}

// now clashes with what somebody's receipt says is not over
static bool clashes(const audit *a, const tend_obs *obs, const tend_action *now)
{
    for (int i = 0; i < obs->receipts; i++) {
        const tend_action *then = unfinished(a, &obs->receipt[i]);
        if (then && (then == now || (disrupts(then->kind) && disrupts(now->kind))))
            return true;
    }
    return false;
}

// how the last sending of each action ended, the first time it is told
static void hear(audit *a, const tend_obs *obs)
{
    for (int i = 0; i < obs->receipts; i++) {
        const tend_receipt *r = &obs->receipt[i];
        int last = a->count - 1;
        while (last >= 0 && a->past[last].action != r->action)
            last--;
        if (r->state < TEND_RECEIPT_DONE || r->state > TEND_RECEIPT_REFUSED || last < 0 ||
            a->past[last].tick != r->id || a->past[last].ended)
            continue;
        bool lift = past_action(a, last)->kind == TEND_LIFT;
        a->past[last].ended = true;
        a->past[last].undone = r->state == TEND_RECEIPT_FAILED ||
                               r->state == TEND_RECEIPT_REFUSED ||
                               (lift && r->state == TEND_RECEIPT_TIMEOUT);
    }
}

// A whole line of the list, not a part of one.
static bool has_line(const char *lines, const char *wanted)
{
    size_t length = strlen(wanted);
    for (const char *at = lines; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, wanted, length) == 0 && (at[length] == 0 || at[length] == '\n'))
            return true;
    }
    return false;
}

static bool listed(const audit *a, const tend_action *now)
{
    return strcmp(a->allow, "all") == 0 || has_line(a->allow, now->name) ||
           has_line(a->allow, tend_action_kind_name(now->kind));
}

// whether the tick that begins now shares time with a freeze
static bool frozen(const audit *a)
{
    double begins = (double)a->now * a->system->step_s, ends = begins + a->system->step_s;
    for (const char *at = a->freeze; at; at = strchr(at, '\n')) {
        char *dash, *end;
        at += *at == '\n';
        double from = strtod(at, &dash);
        if (dash == at || *dash != '-')
            continue; // there is none
        double until = strtod(dash + 1, &end);
        // a tick that ends where a freeze begins shares no time with it
        if (end > dash + 1 && begins < until - 1e-9 && ends > from + 1e-9)
            return true;
    }
    return false;
}

// what an action must wait for after an earlier one, or NULL
static const char *too_soon(const audit *a, int i, const tend_action *now, double confidence)
{
    const tend_action *then = past_action(a, i);
    double age = (double)(a->now - a->past[i].tick);
    // an action on the whole system has every service for a target
    bool both = now->service >= 0 && then->service >= 0;
    if (age < a->verify && (!both || now->service == then->service))
        return "verify";
    if (age < a->verify && !(confidence > a->past[i].confidence))
        return "second_target";
    if (then == now && age < a->cooldown)
        return "cooldown";
    if (disrupts(now->kind) && disrupts(then->kind) && age < a->in_flight)
        return "in_flight";
    return NULL;
}

// Every past action is asked every question: slow, and unlike the guard's running counters.
static const char *history_broken(const audit *a, int action, double confidence)
{
    const tend_action *now = &a->system->actions[action];
    int on_target = 0, in_window = 0, repeats = 0, in_incident = 0;
    for (int i = 0; i < a->count; i++) {
        const tend_action *then = past_action(a, i);
        // budgets count all actions, those of the incident only what was tried in it
        bool counts = (double)(a->now - a->past[i].tick) < a->window;
        const char *rule = too_soon(a, i, now, confidence);
        if (rule)
            return rule;
        in_window += counts;
        on_target += counts && then->service == now->service;
        if (a->incident >= 0 && a->past[i].tick >= a->incident) {
            repeats += then == now;
            in_incident += then->kind != TEND_LIFT;
        }
    }
    if (now->service >= 0 && on_target + 1 > (int)a->target_budget)
        return "target_budget";
    if (in_window + 1 > (int)a->budget)
        return "budget";
    if (repeats >= (int)a->ineffective && now->kind != TEND_LIMIT)
        return "ineffective";
    if (in_incident >= (int)a->escalate)
        return "escalated";
    return NULL;
}

// What the target's own state forbids; unknown counts as bad.
static const char *target_broken(const audit *a, const tend_obs *obs, const tend_action *now)
{
    if (now->service < 0)
        return NULL;
    const tend_service *service = &a->system->services[now->service];
    const tend_action_word *word = tend_action_row(now->kind);
    int after = replicas_asked(a, now->service) + word->replicas;
    // each bound is asked of the direction that can break it
    if (word->replicas > 0 && after > service->most_replicas)
        return "replica_bounds";
    if (word->replicas < 0 && after < service->least_replicas)
        return "replica_bounds";
    double ready = obs->ready[now->service], age = obs->deploy_age[now->service];
    bool two = isfinite(ready) && ready >= 2 && ready <= 1e6, none = ready >= 0 && ready < 0.5;
    if (word->need == TEND_NEED_REPLICA && !two && !(none && word->replicas == 0))
        return "last_replica";
    if (word->need == TEND_NEED_DEPLOYMENT && !(isfinite(age) && age >= 0))
        return "rollback_known";
    // at least one service may always be changed
    double most = a->blast_radius * a->system->S;
    if (!service_in_flight(a, obs, now->service) &&
        services_changing(a, obs, now->service) > (most > 1 ? most : 1))
        return "blast_radius";
    return NULL;
}

// Name of the first rule an action breaks, NULL when it is in order.
static const char *broken_rule(const audit *a, const tend_obs *obs, bool trouble, double confidence,
                               int action)
{
    const tend_action *now = &a->system->actions[action];
    int64_t limited = limit_since(a);
    if (a->kill_switch > 0)
        return "kill_switch";
    // a lift may always be done when there is a limit
    if (now->kind == TEND_LIFT)
        return limited < 0 ? "undone" : NULL;
    if (!listed(a, now))
        return "allow_list";
    if (!trouble)
        return "incident";
    if (now->kind == TEND_LIMIT && limited >= 0)
        return "undone";
    if (disrupts(now->kind) && frozen(a))
        return "freeze";
    if (limited >= 0 && (double)(a->now - limited) >= a->limit_most)
        return "limit_due";
    if (disrupts(now->kind) && !(confidence >= a->confidence))
        return "confidence";
    if (clashes(a, obs, now))
        return "in_flight";
    const char *rule = target_broken(a, obs, now);
    return rule ? rule : history_broken(a, action, confidence);
}

// time as the engine counts it (tend_step): onwards only
static void pass_time(audit *a, int64_t shown)
{
    if (a->ticks++ == 0) {
        // 2^60: later ticks cannot overflow
        a->now = shown < 0 || shown > INT64_C(1) << 60 ? 0 : shown;
    } else if (shown <= a->shown) {
        a->now++; // told twice or backwards: a tick all the same
    } else {
        double gap = (double)shown - (double)a->shown;
        // 2^31: further leaps count as that
        a->now += gap < 0x1p31 ? shown - a->shown : INT64_C(1) << 31;
    }
    a->shown = shown;
}

static tend_rc note(audit *a, int action, double confidence, tend_err *err)
{
    if (a->count == a->room) {
        int room = a->room > 0 ? 2 * a->room : 64; // actions; an episode has a few dozen
        audit_action *more = realloc(a->past, (size_t)room * sizeof *more);
        if (!more)
            return tend_fail(err, TEND_NO_MEMORY, "out of memory for an audit of %d actions", room);
        a->past = more;
        a->room = room;
    }
    a->past[a->count++] =
        (audit_action){.tick = a->now, .action = action, .confidence = confidence};
    return TEND_OK;
}

tend_rc audit_tick(audit *a, const tend_obs *obs, bool alarm, double confidence, int action,
                   tend_err *err)
{
    bool trouble = alarm || obs->breach;
    pass_time(a, obs->tick);
    a->healthy = trouble ? 0 : a->healthy + 1;
    if (trouble && a->incident < 0)
        a->incident = a->now;
    // quiet for long enough: counters of the incident start afresh
    if ((double)a->healthy >= a->calm)
        a->incident = -1;
    hear(a, obs);
    if (action == 0)
        return TEND_OK;
    const char *rule = broken_rule(a, obs, trouble, confidence, action);
    // the first is told in words, the others are counted
    if (rule && a->violations++ == 0)
        snprintf(a->first, sizeof a->first, "t=%lld %s breaks %s", (long long)obs->tick,
                 a->system->actions[action].name, rule);
    return note(a, action, confidence, err);
}

void audit_close(audit *a)
{
    free(a->past);
    a->past = NULL;
    a->count = a->room = 0;
}

static tend_rc write(void *self, const tend_frame *frame, tend_err *err)
{
    double confidence = frame->causes.count > 0 ? frame->causes.suspect[0].confidence : 0;
    return audit_tick(self, frame->obs, frame->findings.alarm, confidence, frame->decision.action,
                      err);
}

tend_sink audit_sink(audit *a)
{
    return (tend_sink){.self = a, .write = write};
}
