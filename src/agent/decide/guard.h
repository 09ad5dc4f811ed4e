// guard.h - the rules no policy can break: they mask actions before the choice is made.
//
// A veto after the draw would falsify the propensity and credit the reward to an action that was
// not taken, so guard_mask runs first and the policy sees only what is allowed. allowed[0] (do
// nothing) always holds. Disruptive actions are restart, scale-down, clear_cache, rollback,
// reroute and limit. src/report/audit.c checks traces against the same rules, written separately.
#ifndef TEND_AGENT_DECIDE_GUARD_H
#define TEND_AGENT_DECIDE_GUARD_H

#include <tend/plugin.h>

// X(enum, name, help)
#define GUARD_RULE_TABLE(X)                                                                        \
    X(GUARD_KILL_SWITCH, "kill_switch", "everything is masked")                                    \
    X(GUARD_INCIDENT, "incident", "no action without an incident")                                 \
    X(GUARD_ESCALATED, "escalated", "a person has been called: hands off")                         \
    X(GUARD_UNDONE, "undone", "lift needs a limit, limit needs none, undo needs a cause")          \
    X(GUARD_VERIFY, "verify", "wait for the effect of the last action")                            \
    X(GUARD_LIMIT_DUE, "limit_due", "a limit held too long must be lifted first")                  \
    X(GUARD_COOLDOWN, "cooldown", "not the same action on the same target so soon")                \
    X(GUARD_REPLICA_BOUNDS, "replica_bounds", "replicas stay within the system's bounds")          \
    X(GUARD_LAST_REPLICA, "last_replica", "the last healthy replica is never taken down")          \
    X(GUARD_IN_FLIGHT, "in_flight", "one disruptive action at a time")                             \
    X(GUARD_BLAST_RADIUS, "blast_radius", "share of services under change")                        \
    X(GUARD_TARGET_BUDGET, "target_budget", "actions per target in the window")                    \
    X(GUARD_BUDGET, "budget", "actions in the window")                                             \
    X(GUARD_CONFIDENCE, "confidence", "a disruptive action needs a confident diagnosis")           \
    X(GUARD_INEFFECTIVE, "ineffective", "what did not help k times is not repeated")

typedef enum guard_rule {
    GUARD_ALLOWED,
#define GUARD_ENUM(e, name, help) e,
    GUARD_RULE_TABLE(GUARD_ENUM)
#undef GUARD_ENUM
        GUARD_RULES
} guard_rule;

typedef struct guard_params {
    double kill_switch;   // 1: mask everything
    double dry_run;       // 1: decisions are recommendations, the actuator ignores them
    double calm;          // healthy quiet ticks that end an incident
    double verify;        // ticks after an action before the next
    double limit_most;    // ticks a limit may be held before lifting comes first
    double cooldown;      // ticks, same action and target
    double in_flight;     // ticks a disruptive action is in flight
    double blast_radius;  // share of services under change at once
    double window;        // ticks of the sliding budget window
    double target_budget; // actions per target in the window
    double budget;        // actions in the window
    double confidence;    // least confidence of a suspect for a disruptive action
    double ineffective;   // k repeats without effect
    double escalate;      // actions of one incident without recovery after which a person is called
} guard_params;

#define GUARD_LOG_MAX 32 // most actions a budget window can hold

typedef struct guard_log {
    int64_t tick;
    int32_t action, service;
} guard_log;

// One flat block: the head, then per action and per service rows, reached through functions only.
typedef struct guard guard;

extern const tend_param guard_param_table[];

size_t guard_size(const tend_system *system); // multiple of 8
void guard_init(guard *g, const tend_system *system);

// Fills allowed [A] and masked [A] (rule or 0) for this tick.
void guard_mask(guard *g, const guard_params *p, const tend_system *system, const tend_frame *frame,
                bool *allowed, unsigned char *masked);

// Notes what was decided. Escalation shows in decision->escalated.
void guard_note(guard *g, const guard_params *p, const tend_system *system, const tend_obs *obs,
                tend_decision *decision);

int64_t guard_count(const guard *g, int rule); // how often a rule masked a wanted action
bool guard_disruptive(tend_action_kind kind);
bool guard_incident(const guard *g); // an incident is open
bool guard_limited(const guard *g);  // a limit is in force

#endif
