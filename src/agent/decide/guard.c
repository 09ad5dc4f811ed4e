// SPDX-License-Identifier: GPL-3.0-or-later
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

// Defaults for systems that answer within seconds; where actions take minutes, times are longer.
// verify, cooldown, in_flight: larger is slower but knows what helped, smaller lets actions overlap
// that none can be judged by. Budgets, blast_radius: larger harms more when the agent errs, smaller
// gives up on real incidents. confidence: larger waits while users suffer, smaller acts on guesses.
// calm: larger joins incidents, smaller forgets what was tried.
const tend_param guard_param_table[] = {
    ENTRY(kill_switch, TEND_FLAG, 0, 0, 1, "1: nothing may be done"),
    ENTRY(dry_run, TEND_FLAG, 0, 0, 1, "1: decisions are recommendations only"),
    ENTRY(calm, TEND_SECONDS, 10, 1, 86400, "healthy and quiet: ends an incident"),
    ENTRY(verify, TEND_SECONDS, 4, 0, 86400, "after an action before the next on its target"),
    ENTRY(limit_most, TEND_SECONDS, 60, 1, 1e6, "a limit may be held before lifting comes first"),
    ENTRY(cooldown, TEND_SECONDS, 10, 0, 1e6, "before the same action on the same target"),
    ENTRY(in_flight, TEND_SECONDS, 5, 0, 1e6, "for which a disruptive action is in flight"),
    ENTRY(blast_radius, TEND_NUMBER, 0.5, 0, 1, "share of services under change (at least one)"),
    ENTRY(window, TEND_SECONDS, 120, 1, 1e6, "sliding window of the budgets"),
    ENTRY(target_budget, TEND_INTEGER, 6, 0, GUARD_BUDGET_MAX, "actions per target in the window"),
    ENTRY(budget, TEND_INTEGER, 12, 0, GUARD_BUDGET_MAX, "actions in the window"),
    ENTRY(confidence, TEND_NUMBER, 0.2, 0, 1, "least confidence for a disruptive action"),
    ENTRY(ineffective, TEND_INTEGER, 3, 1, 32, "repeats without effect before it is masked"),
    ENTRY(escalate, TEND_INTEGER, 12, 1, 32, "actions without recovery until a person is called"),
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

#define NEVER (-1) // ticks are 0 or more

struct guard {
    int64_t incident;             // tick the incident opened, NEVER without one
    int64_t acted;                // tick of the last action
    int64_t whole;                // tick of the last action on the system as a whole
    int64_t disrupted;            // tick of the last disruptive action
    int64_t limited;              // tick the limit was set, NEVER without one
    int64_t lifted;               // what `limited` was before the last lift
    int64_t taken;                // actions of this incident
    int64_t escalated;            // 1: a person has been called
    double confidence;            // of the first suspect in this tick
    double bar;                   // the most confidence of the actions being verified
    int64_t logged;               // entries ever written to log
    int64_t counts[GUARD_RULES];  // masks of wanted actions
    guard_log log[GUARD_LOG_MAX]; // the last actions
    int64_t S, A;
    int64_t row[]; // [A] last tick taken, [A] times taken in this incident,
                   // [S] last tick under change, [S] replicas asked for,
                   // [A] tick of the last one whose end is known
};

// the rows behind the head, in the order of `row`
static int64_t *last_taken(guard *g)
{
    return g->row;
}

static int64_t *times_taken(guard *g)
{
    return g->row + g->A;
}

static const int64_t *last_changed(const guard *g)
{
    return g->row + 2 * g->A;
}

static int64_t *replicas(guard *g)
{
    return g->row + 2 * g->A + g->S;
}

static int64_t *last_ended(guard *g)
{
    return g->row + 2 * g->A + 2 * g->S;
}

size_t guard_size(const tend_system *system)
{
    size_t cells = 3 * (size_t)system->A + 2 * (size_t)system->S;
    return sizeof(guard) + cells * sizeof(int64_t);
}

void guard_init(guard *g, const tend_system *system)
{
    memset(g, 0, guard_size(system));
    g->incident = g->limited = g->lifted = NEVER;
    g->acted = g->whole = g->disrupted = NEVER;
    g->S = system->S;
    g->A = system->A;
    for (int a = 0; a < system->A; a++)
        last_taken(g)[a] = last_ended(g)[a] = NEVER;
    for (int s = 0; s < system->S; s++) {
        g->row[2 * g->A + s] = NEVER;
        replicas(g)[s] = system->services[s].replicas;
    }
}

// it happened less than `ticks` ago; of something in the future, no time has passed since
static bool within(int64_t tick, int64_t then, double ticks)
{
    return then != NEVER && tick - then < (int64_t)ticks;
}

int64_t guard_count(const guard *g, int rule)
{
    return g->counts[rule];
}

// Counters per incident start afresh with a new one; budgets and cooldowns run on.
static void follow_incident(guard *g, const tend_frame *frame)
{
    int64_t opened = frame->incidents > 0 ? frame->incident[0].opened : NEVER;
    bool over = g->incident != NEVER && g->incident != opened;
    g->incident = opened;
    if (over) {
        g->taken = g->escalated = 0;
        memset(times_taken(g), 0, (size_t)g->A * sizeof(int64_t));
    }
}

// The action is accepted or under way, whoever sent it.
static bool open_receipt(const guard *g, const tend_receipt *r)
{
    return r->action > 0 && r->action < (int)g->A &&
           (r->state == TEND_RECEIPT_ACCEPTED || r->state == TEND_RECEIPT_STARTED);
}

// An action has come to nothing, or perhaps has: what is believed of the system is put right. In
// doubt a replica counts as asked for, and a limit as in force.
static void take_back(guard *g, const tend_action *action, const tend_receipt *r)
{
    bool doubt = r->state == TEND_RECEIPT_TIMEOUT;
    int change = tend_action_row(action->kind)->replicas;
    if (change != 0 && !doubt)
        replicas(g)[action->service] -= change;
    else if (action->kind == TEND_LIFT && g->lifted != NEVER)
        g->limited = g->lifted;
    else if (action->kind == TEND_LIMIT && !doubt) {
        // nor is there anything that a lift of it, should that fail, would leave in force
        g->limited = g->limited == r->id ? NEVER : g->limited;
        g->lifted = g->lifted == r->id ? NEVER : g->lifted;
    }
}

// The end of an action is heard once, and only of its last sending: older news is stale.
static void read_receipts(guard *g, const tend_system *system, const tend_obs *obs)
{
    for (int i = 0; i < obs->receipts; i++) {
        const tend_receipt *r = &obs->receipt[i];
        if (r->state < TEND_RECEIPT_DONE || r->state >= TEND_RECEIPT_STATES || r->action <= 0 ||
            r->action >= (int)g->A || r->id < 0 || last_taken(g)[r->action] != r->id ||
            last_ended(g)[r->action] == r->id)
            continue;
        last_ended(g)[r->action] = r->id;
        if (r->state != TEND_RECEIPT_DONE)
            take_back(g, &system->actions[r->action], r);
    }
}

// what the past holds, gathered once per tick
typedef struct tally {
    const tend_obs *obs;
    int64_t tick;
    int actions;       // in the window
    int changing;      // services with an action in flight
    bool disruptive;   // a disruptive action is in flight
    bool verifying;    // an action is being verified
    bool frozen;       // a change freeze is on
    bool trouble;      // alarm or breach now
    double confidence; // of the first suspect
} tally;

// By receipt as long as it says so, else by time since our last action on it.
static bool service_changing(const guard *g, const guard_params *p, const tend_system *system,
                             const tend_obs *obs, int service)
{
    for (int i = 0; i < obs->receipts; i++)
        if (open_receipt(g, &obs->receipt[i]) &&
            system->actions[obs->receipt[i].action].service == service)
            return true;
    return within(obs->tick, last_changed(g)[service], p->in_flight);
}

static bool under_way(const guard *g, const tend_obs *obs, int action)
{
    for (int i = 0; i < obs->receipts; i++)
        if (open_receipt(g, &obs->receipt[i]) && obs->receipt[i].action == action)
            return true;
    return false;
}

// service < 0: on any target, the system as a whole included.
static int logged_in_window(const guard *g, const guard_params *p, int64_t tick, int service)
{
    int count = 0;
    int64_t kept = g->logged < GUARD_LOG_MAX ? g->logged : GUARD_LOG_MAX;
    for (int64_t i = 0; i < kept; i++)
        count += within(tick, g->log[i].tick, p->window) &&
                 (service < 0 || g->log[i].service == service);
    return count;
}

static tally take_tally(guard *g, const guard_terms *terms, const tend_system *system,
                        const tend_frame *frame)
{
    const guard_params *p = terms->params;
    const tend_obs *obs = frame->obs;
    int64_t tick = obs->tick;
    tally t = {.obs = obs, .tick = tick};
    t.trouble = frame->findings.alarm || obs->breach;
    t.confidence = frame->causes.count > 0 ? frame->causes.suspect[0].confidence : 0;
    g->confidence = t.confidence;
    if (!t.trouble)
        return t; // nothing but lifting a limit is allowed, whatever the log says
    t.disruptive = within(tick, g->disrupted, p->in_flight);
    t.verifying = within(tick, g->acted, p->verify);
    for (int i = 0; i < terms->freezes; i++)
        t.frozen |= tick >= terms->freeze[i].from && tick < terms->freeze[i].until;
    for (int i = 0; i < obs->receipts; i++)
        t.disruptive |= open_receipt(g, &obs->receipt[i]) &&
                        tend_action_row(system->actions[obs->receipt[i].action].kind)->disruptive;
    // nothing was ever done, so nothing is counted or changing
    if (g->logged == 0 && obs->receipts == 0)
        return t;
    t.actions = logged_in_window(g, p, tick, -1);
    for (int s = 0; s < (int)g->S; s++)
        t.changing += service_changing(g, p, system, obs, s);
    return t;
}

// Counted are replicas asked for, not ready ones: those on order would be ordered again.
static bool bounds_object(guard *g, const tend_system *system, const tend_action_word *word, int at)
{
    if (word->replicas == 0)
        return false;
    const tend_service *service = &system->services[at];
    int64_t after = replicas(g)[at] + word->replicas;
    return after > service->most_replicas || after < service->least_replicas;
}

#define READY_MOST 1e6 // more than any service has: a reading beyond it is garbage

// A restart or scale-down takes a replica away: at least two must be known to be ready. With none
// ready a restart has nothing to lose. (A rollback brings in the other version replica by replica.)
static bool last_replica_objects(const tend_obs *obs, const tend_action_word *word, int service)
{
    if (word->need != TEND_NEED_REPLICA)
        return false;
    double ready = obs->ready[service];
    if (word->replicas == 0 && ready >= 0 && ready < 0.5)
        return false;
    return !(ready >= 2 && ready <= READY_MOST);
}

#define AGE_MOST 1e12 // ticks: a deployment longer ago than any record is none

static bool rollback_objects(const tend_obs *obs, const tend_action_word *word, int service)
{
    if (word->need != TEND_NEED_DEPLOYMENT)
        return false;
    double age = obs->deploy_age[service];
    return !(age >= 0 && age <= AGE_MOST);
}

// A target already under change adds nothing; one service may always be changed.
static bool blast_objects(const guard *g, const guard_params *p, const tend_system *system,
                          const tally *t, const tend_action *action)
{
    if (action->service < 0 || service_changing(g, p, system, t->obs, action->service))
        return false;
    double most = p->blast_radius * (double)g->S;
    return t->changing + 1 > (most > 1 ? most : 1);
}

static bool lift_due(const guard *g, const guard_params *p, int64_t tick)
{
    return g->limited != NEVER && tick - g->limited >= (int64_t)p->limit_most;
}

// rules about the state of the loop, the same for every target
static guard_rule loop_rule(const guard *g, const guard_params *p, const tally *t,
                            tend_action_kind kind)
{
    if (p->kill_switch > 0)
        return GUARD_KILL_SWITCH;
    // before the rules below: undoing a limit must never be masked by what it protects from
    if (kind == TEND_LIFT)
        return g->limited == NEVER ? GUARD_UNDONE : GUARD_ALLOWED;
    if (g->escalated)
        return GUARD_ESCALATED;
    if (kind == TEND_LIMIT && g->limited != NEVER)
        return GUARD_UNDONE;
    if (t->frozen && tend_action_row(kind)->disruptive)
        return GUARD_FREEZE;
    // an action on the whole system is verified on every target
    if (t->verifying &&
        (within(t->tick, g->whole, p->verify) || tend_action_row(kind)->target == TEND_AT_SYSTEM))
        return GUARD_VERIFY;
    // users are refused meanwhile: first the limit goes, then something else may be tried
    if (lift_due(g, p, t->tick))
        return GUARD_LIMIT_DUE;
    return GUARD_ALLOWED;
}

// rules about one action and what it has done before
static guard_rule history_rule(guard *g, const guard_params *p, const tend_system *system,
                               const tally *t, int a, bool disruptive)
{
    const tend_action *action = &system->actions[a];
    bool targeted = action->service >= 0;
    if ((disruptive && t->disruptive) || under_way(g, t->obs, a))
        return GUARD_IN_FLIGHT;
    if (blast_objects(g, p, system, t, action))
        return GUARD_BLAST_RADIUS;
    // of all actions in the window no more can be on one target
    if (targeted && t->actions >= (int)p->target_budget &&
        logged_in_window(g, p, t->tick, action->service) >= (int)p->target_budget)
        return GUARD_TARGET_BUDGET;
    if (t->actions >= (int)p->budget)
        return GUARD_BUDGET;
    if (disruptive && !(t->confidence >= p->confidence))
        return GUARD_CONFIDENCE;
    if (times_taken(g)[a] >= (int64_t)p->ineffective)
        return GUARD_INEFFECTIVE;
    return GUARD_ALLOWED;
}

// rules about one action and its target as it is
static guard_rule target_rule(guard *g, const guard_params *p, const tend_system *system,
                              const tally *t, int a)
{
    const tend_action *action = &system->actions[a];
    if (t->verifying && action->service >= 0) {
        if (within(t->tick, last_changed(g)[action->service], p->verify))
            return GUARD_VERIFY;
        // a diagnosis no surer than the one being verified may well be its echo
        if (!(t->confidence > g->bar))
            return GUARD_SECOND_TARGET;
    }
    if (within(t->tick, last_taken(g)[a], p->cooldown))
        return GUARD_COOLDOWN;
    const tend_action_word *word = tend_action_row(action->kind);
    if (bounds_object(g, system, word, action->service))
        return GUARD_REPLICA_BOUNDS;
    if (last_replica_objects(t->obs, word, action->service))
        return GUARD_LAST_REPLICA;
    if (rollback_objects(t->obs, word, action->service))
        return GUARD_ROLLBACK_KNOWN;
    return history_rule(g, p, system, t, a, word->disruptive);
}

// Without trouble nothing is asked of an action but its kind: most ticks are such.
static void mask_quiet(const guard *g, const guard_terms *terms, const tend_system *system,
                       bool *allowed, unsigned char *masked)
{
    bool killed = terms->params->kill_switch > 0;
    const tend_action *action = system->actions;
    const bool *listed = terms->listed;
    const int A = killed ? 1 : system->A; // nothing more is asked then
    memset(masked, killed ? GUARD_KILL_SWITCH : GUARD_INCIDENT, (size_t)system->A);
    memset(allowed, false, (size_t)system->A * sizeof *allowed);
    for (int a = 1; a < A; a++) {
        if (action[a].kind == TEND_LIFT) {
            masked[a] = g->limited == NEVER ? GUARD_UNDONE : GUARD_ALLOWED;
            allowed[a] = g->limited != NEVER;
        } else if (listed && !listed[a]) {
            masked[a] = GUARD_ALLOW_LIST;
        }
    }
    masked[0] = GUARD_ALLOWED;
    allowed[0] = true;
}

void guard_mask(guard *g, const guard_terms *terms, const tend_system *system,
                const tend_frame *frame, bool *allowed, unsigned char *masked)
{
    const guard_params *p = terms->params;
    follow_incident(g, frame);
    read_receipts(g, system, frame->obs);
    tally t = take_tally(g, terms, system, frame);
    if (!t.trouble) {
        mask_quiet(g, terms, system, allowed, masked);
        return;
    }
    // rules of the loop once per kind, those of the target per action: A may be thousands
    guard_rule by_kind[TEND_ACTION_KINDS];
    for (int kind = 0; kind < TEND_ACTION_KINDS; kind++)
        by_kind[kind] = loop_rule(g, p, &t, (tend_action_kind)kind);
    for (int a = 1; a < system->A; a++) {
        tend_action_kind kind = system->actions[a].kind;
        guard_rule rule = by_kind[kind];
        if (rule != GUARD_KILL_SWITCH && kind != TEND_LIFT && terms->listed && !terms->listed[a])
            rule = GUARD_ALLOW_LIST;
        else if (rule == GUARD_ALLOWED && kind != TEND_LIFT)
            rule = target_rule(g, p, system, &t, a);
        masked[a] = (unsigned char)rule;
        allowed[a] = rule == GUARD_ALLOWED;
    }
    masked[0] = GUARD_ALLOWED;
    allowed[0] = true;
}

bool guard_lift_due(const guard *g, const guard_terms *terms, int64_t tick)
{
    return lift_due(g, terms->params, tick);
}

static void note_action(guard *g, const guard_params *p, const tend_system *system, int64_t tick,
                        int a)
{
    const tend_action *action = &system->actions[a];
    bool verifying = within(tick, g->acted, p->verify);
    // several actions in one window: the surest of them is the bar
    g->bar = verifying && g->bar > g->confidence ? g->bar : g->confidence;
    g->acted = last_taken(g)[a] = tick;
    if (action->service >= 0)
        g->row[2 * g->A + action->service] = tick;
    else
        g->whole = tick;
    const tend_action_word *word = tend_action_row(action->kind);
    if (word->disruptive)
        g->disrupted = tick;
    g->log[g->logged++ % GUARD_LOG_MAX] = (guard_log){tick, a, action->service};
    if (action->kind == TEND_LIMIT)
        g->limited = tick;
    else if (action->kind == TEND_LIFT)
        g->lifted = g->limited, g->limited = NEVER;
    else
        times_taken(g)[a]++;
    if (word->replicas != 0)
        replicas(g)[action->service] += word->replicas;
    if (action->kind != TEND_LIFT)
        g->taken++;
}

void guard_note(guard *g, const guard_terms *terms, const tend_system *system, const tend_obs *obs,
                tend_decision *decision)
{
    const guard_params *p = terms->params;
    // a mask counts only where it changed what would have been done; what was allowed and yet not
    // chosen, as of two the policy holds equal, was not wanted
    if (decision->wanted >= 0 && decision->masked[decision->wanted] == GUARD_ALLOWED)
        decision->wanted = -1;
    if (decision->wanted > 0)
        g->counts[decision->masked[decision->wanted]]++;
    decision->dry_run = p->dry_run > 0;
    if (decision->action != 0)
        note_action(g, p, system, obs->tick, decision->action);
    if (g->incident != NEVER && g->taken >= (int64_t)p->escalate)
        g->escalated = 1;
    decision->escalated = g->escalated != 0;
}

int tend_guard_rules(void)
{
    return GUARD_RULES - 1; // rule 0 is none
}

static const struct {
    const char *name, *help;
} rules[GUARD_RULES] = {{"", ""},
#define ROW(e, name, help) [GUARD_##e] = {name, help},
                        TEND_GUARD_TABLE(ROW)
#undef ROW
};

const char *tend_guard_rule_name(int rule)
{
    return rule > GUARD_ALLOWED && rule < GUARD_RULES ? rules[rule].name : "";
}

const char *tend_guard_rule_help(int rule)
{
    return rule > GUARD_ALLOWED && rule < GUARD_RULES ? rules[rule].help : "";
}
