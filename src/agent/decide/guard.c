// guard.c - one predicate per rule, tried in the order of the table; the first that objects names
// the mask. A quiet tick costs nothing: without an incident the mask is constant.
#include "agent/decide/guard.h"

#include <string.h>
#include <tend/engine.h>

// it takes #field for a directive
// clang-format off
#define ENTRY(field, kind, initial, least, most, help)                                             \
    {#field, offsetof(guard_params, field), kind, initial, least, most, help}
// clang-format on

const tend_param guard_param_table[] = {
    ENTRY(kill_switch, TEND_FLAG, 0, 0, 1, "1: nothing may be done"),
    ENTRY(dry_run, TEND_FLAG, 0, 0, 1, "1: decisions are recommendations only"),
    ENTRY(calm, TEND_SECONDS, 10, 1, 86400, "healthy and quiet: ends an incident"),
    ENTRY(verify, TEND_SECONDS, 4, 0, 86400, "after an action before the next"),
    ENTRY(limit_most, TEND_SECONDS, 60, 1, 1e6, "a limit may be held before lifting comes first"),
    ENTRY(cooldown, TEND_SECONDS, 10, 0, 1e6, "before the same action on the same target"),
    ENTRY(in_flight, TEND_SECONDS, 5, 0, 1e6, "for which a disruptive action is in flight"),
    ENTRY(blast_radius, TEND_NUMBER, 0.5, 0, 1, "share of services under change (at least one)"),
    ENTRY(window, TEND_SECONDS, 120, 1, 1e6, "sliding window of the budgets"),
    ENTRY(target_budget, TEND_INTEGER, 6, 0, 32, "actions per target in the window"),
    ENTRY(budget, TEND_INTEGER, 12, 0, 32, "actions in the window"),
    ENTRY(confidence, TEND_NUMBER, 0.2, 0, 1, "least confidence for a disruptive action"),
    ENTRY(ineffective, TEND_INTEGER, 3, 1, 32, "repeats without effect before it is masked"),
    ENTRY(escalate, TEND_INTEGER, 12, 1, 32, "actions without recovery until a person is called"),
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

struct guard {
    int64_t incident; // tick the incident opened, -1 without one
    int64_t acted;    // tick of the last action
    int64_t limited;  // tick the limit was set, -1 without one
    int64_t taken;    // actions of this incident
    int64_t escalated;
    int64_t logged;               // entries ever written to log
    int64_t counts[GUARD_RULES];  // masks of wanted actions
    guard_log log[GUARD_LOG_MAX]; // the last actions
    int64_t S, A;
    int64_t row[]; // [A] last tick taken, [A] times taken in this incident, [S] replicas asked for
};

static int64_t *last_taken(guard *g)
{
    return g->row;
}

static int64_t *times_taken(guard *g)
{
    return g->row + g->A;
}

static int64_t *replicas(guard *g)
{
    return g->row + 2 * g->A;
}

size_t guard_size(const tend_system *system)
{
    size_t cells = 2 * (size_t)system->A + (size_t)system->S;
    return sizeof(guard) + cells * sizeof(int64_t);
}

void guard_init(guard *g, const tend_system *system)
{
    memset(g, 0, guard_size(system));
    g->incident = g->limited = -1;
    g->acted = INT64_MIN / 2;
    g->S = system->S;
    g->A = system->A;
    for (int a = 0; a < system->A; a++)
        last_taken(g)[a] = INT64_MIN / 2;
    for (int s = 0; s < system->S; s++)
        replicas(g)[s] = system->services[s].replicas;
}

bool guard_disruptive(tend_action_kind kind)
{
    return kind == TEND_RESTART || kind == TEND_SCALE_DOWN || kind == TEND_CLEAR_CACHE ||
           kind == TEND_ROLLBACK || kind == TEND_REROUTE || kind == TEND_LIMIT;
}

bool guard_incident(const guard *g)
{
    return g->incident >= 0;
}

bool guard_limited(const guard *g)
{
    return g->limited >= 0;
}

int64_t guard_count(const guard *g, int rule)
{
    return g->counts[rule];
}

static void follow_incident(guard *g, const tend_frame *frame)
{
    int64_t opened = frame->incidents > 0 ? frame->incident[0].opened : -1;
    bool over = g->incident >= 0 && g->incident != opened;
    g->incident = opened;
    if (over) {
        g->taken = g->escalated = 0;
        memset(times_taken(g), 0, (size_t)g->A * sizeof(int64_t));
    }
}

// what the window holds, gathered once per tick
typedef struct tally {
    int64_t since; // first tick of the window
    int64_t tick;
    int actions;       // in the window
    int changing;      // services with an action in flight
    bool disruptive;   // a disruptive action is in flight
    bool trouble;      // alarm or breach now
    double confidence; // of the first suspect
} tally;

static bool service_changing(const guard *g, const guard_params *p, int64_t tick, int service)
{
    int64_t kept = g->logged < GUARD_LOG_MAX ? g->logged : GUARD_LOG_MAX;
    for (int64_t i = 0; i < kept; i++)
        if (g->log[i].service == service && tick - g->log[i].tick < (int64_t)p->in_flight)
            return true;
    return false;
}

static tally take_tally(const guard *g, const guard_params *p, const tend_system *system,
                        const tend_frame *frame)
{
    tally t = {.tick = frame->obs->tick, .since = frame->obs->tick - (int64_t)p->window};
    t.trouble = frame->findings.alarm || frame->obs->breach;
    t.confidence = frame->causes.count > 0 ? frame->causes.suspect[0].confidence : 0;
    if (!t.trouble)
        return t; // nothing but lifting a limit is allowed, whatever the log says
    int64_t kept = g->logged < GUARD_LOG_MAX ? g->logged : GUARD_LOG_MAX;
    for (int64_t i = 0; i < kept; i++) {
        const guard_log *entry = &g->log[i];
        t.actions += entry->tick > t.since;
        if (t.tick - entry->tick < (int64_t)p->in_flight &&
            guard_disruptive(system->actions[entry->action].kind))
            t.disruptive = true;
    }
    for (int s = 0; s < system->S && kept > 0; s++)
        t.changing += service_changing(g, p, t.tick, s);
    return t;
}

static int actions_on(const guard *g, int service, int64_t since)
{
    int count = 0;
    int64_t kept = g->logged < GUARD_LOG_MAX ? g->logged : GUARD_LOG_MAX;
    for (int64_t i = 0; i < kept; i++)
        count += g->log[i].service == service && g->log[i].tick > since;
    return count;
}

static bool bounds_object(guard *g, const tend_system *system, const tend_action *action)
{
    if (action->kind != TEND_SCALE_UP && action->kind != TEND_SCALE_DOWN)
        return false;
    const tend_service *service = &system->services[action->service];
    int64_t after = replicas(g)[action->service] + (action->kind == TEND_SCALE_UP ? 1 : -1);
    return after > service->most_replicas || after < service->least_replicas;
}

// a restart, rollback or scale-down takes a replica away; with none ready nothing can be lost
static bool last_replica_objects(const tend_obs *obs, const tend_system *system,
                                 const tend_action *action)
{
    if (action->kind != TEND_RESTART && action->kind != TEND_SCALE_DOWN)
        return false;
    double ready = obs->ready[action->service];
    if (!(ready >= 0))
        ready = system->services[action->service].replicas;
    if (action->kind == TEND_RESTART && ready < 0.5)
        return false;
    return ready < 1.5;
}

static bool blast_objects(const guard *g, const guard_params *p, const tally *t,
                          const tend_action *action)
{
    if (action->service < 0 || service_changing(g, p, t->tick, action->service))
        return false;
    double most = p->blast_radius * (double)g->S;
    return t->changing + 1 > (most > 1 ? most : 1);
}

// rules about the state of the loop, the same for every target
static guard_rule loop_rule(const guard *g, const guard_params *p, const tally *t,
                            tend_action_kind kind)
{
    if (p->kill_switch > 0)
        return GUARD_KILL_SWITCH;
    if (kind == TEND_LIFT)
        return g->limited < 0 ? GUARD_UNDONE : GUARD_ALLOWED;
    if (!t->trouble)
        return GUARD_INCIDENT;
    if (g->escalated)
        return GUARD_ESCALATED;
    if (kind == TEND_LIMIT && g->limited >= 0)
        return GUARD_UNDONE;
    if (t->tick - g->acted < (int64_t)p->verify)
        return GUARD_VERIFY;
    if (g->limited >= 0 && t->tick - g->limited >= (int64_t)p->limit_most)
        return GUARD_LIMIT_DUE;
    return GUARD_ALLOWED;
}

// rules about one action and its target
static guard_rule target_rule(guard *g, const guard_params *p, const tend_system *system,
                              const tend_obs *obs, const tally *t, int a)
{
    const tend_action *action = &system->actions[a];
    if (t->tick - last_taken(g)[a] < (int64_t)p->cooldown)
        return GUARD_COOLDOWN;
    if (bounds_object(g, system, action))
        return GUARD_REPLICA_BOUNDS;
    if (last_replica_objects(obs, system, action))
        return GUARD_LAST_REPLICA;
    if (guard_disruptive(action->kind) && t->disruptive)
        return GUARD_IN_FLIGHT;
    if (blast_objects(g, p, t, action))
        return GUARD_BLAST_RADIUS;
    if (action->service >= 0 && actions_on(g, action->service, t->since) >= (int)p->target_budget)
        return GUARD_TARGET_BUDGET;
    if (t->actions >= (int)p->budget)
        return GUARD_BUDGET;
    if (guard_disruptive(action->kind) && t->confidence < p->confidence)
        return GUARD_CONFIDENCE;
    if (times_taken(g)[a] >= (int64_t)p->ineffective)
        return GUARD_INEFFECTIVE;
    return GUARD_ALLOWED;
}

void guard_mask(guard *g, const guard_params *p, const tend_system *system, const tend_frame *frame,
                bool *allowed, unsigned char *masked)
{
    follow_incident(g, frame);
    tally t = take_tally(g, p, system, frame);
    guard_rule by_kind[TEND_ACTION_KINDS];
    for (int kind = 0; kind < TEND_ACTION_KINDS; kind++)
        by_kind[kind] = loop_rule(g, p, &t, (tend_action_kind)kind);
    for (int a = 1; a < system->A; a++) {
        tend_action_kind kind = system->actions[a].kind;
        guard_rule rule = by_kind[kind];
        if (rule == GUARD_ALLOWED && kind != TEND_LIFT)
            rule = target_rule(g, p, system, frame->obs, &t, a);
        masked[a] = (unsigned char)rule;
        allowed[a] = rule == GUARD_ALLOWED;
    }
    masked[0] = GUARD_ALLOWED;
    allowed[0] = true;
}

void guard_note(guard *g, const guard_params *p, const tend_system *system, const tend_obs *obs,
                tend_decision *decision)
{
    if (decision->wanted > 0)
        g->counts[decision->masked[decision->wanted]]++;
    decision->dry_run = p->dry_run > 0;
    if (decision->action != 0) {
        const tend_action *action = &system->actions[decision->action];
        g->acted = obs->tick;
        last_taken(g)[decision->action] = obs->tick;
        g->log[g->logged++ % GUARD_LOG_MAX] =
            (guard_log){obs->tick, decision->action, action->service};
        if (action->kind == TEND_LIMIT)
            g->limited = obs->tick;
        else if (action->kind == TEND_LIFT)
            g->limited = -1;
        else
            times_taken(g)[decision->action]++;
        if (action->kind == TEND_SCALE_UP)
            replicas(g)[action->service]++;
        else if (action->kind == TEND_SCALE_DOWN)
            replicas(g)[action->service]--;
        if (action->kind != TEND_LIFT)
            g->taken++;
    }
    if (g->incident >= 0 && g->taken >= (int64_t)p->escalate)
        g->escalated = 1;
    decision->escalated = g->escalated != 0;
}

int tend_guard_rules(void)
{
    return GUARD_RULES - 1;
}

const char *tend_guard_rule_name(int rule)
{
    switch (rule) {
#define NAME(e, name, help)                                                                        \
    case e:                                                                                        \
        return name;
        GUARD_RULE_TABLE(NAME)
#undef NAME
    default:
        return "";
    }
}

const char *tend_guard_rule_help(int rule)
{
    switch (rule) {
#define HELP(e, name, help)                                                                        \
    case e:                                                                                        \
        return help;
        GUARD_RULE_TABLE(HELP)
#undef HELP
    default:
        return "";
    }
}
