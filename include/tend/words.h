// SPDX-License-Identifier: GPL-3.0-or-later
// words.h - the vocabulary: one table per list of words, one row per word.
//
// A row says all there is to know of its word. Enumerations, names in JSON and CSV, the usual
// actions, prices, playbooks, what the guard asks and the phrases of reports are derived from it;
// a row with a column too few or too many does not compile. A new word is a new row at the end of
// its table, so that the numbers of the others stay, and what it does in the simulated world: of an
// action its cases in src/env/actions.c, of a metric a line in src/env/fluid_observe.c
// (docs/adding-a-word.md; tests/test_words.sh does it).
// src/core/words.c has the rows at run time; the faults, known to the simulator alone, stand in
// src/env/scenario.h.
#ifndef TEND_WORDS_H
#define TEND_WORDS_H

#include <stdbool.h>
#include <tend/api.h>

#ifdef __cplusplus
extern "C" {
#endif

// X(TEND_..., name, what policies tell apart it by: SERVICE, STORE or CACHE)
#define TEND_SERVICE_TABLE(X)                                                                      \
    X(SERVICE, "service", SERVICE)                                                                 \
    X(DATABASE, "database", STORE)                                                                 \
    X(CACHE, "cache", CACHE)                                                                       \
    X(QUEUE, "queue", STORE)                                                                       \
    X(EXTERNAL, "external", SERVICE)

// X(TEND_..., name, unit, usual name of its column, whether systems have it unless they list their
//   metrics, when it is bad (HIGH, LOW, NEITHER; UNKNOWN: nothing is known and nobody looks at it),
//   least scale of a detector's running estimate and of a diagnoser's baseline,
//   static limit of a pager (LIMIT(its parameter, initial, help) or NO_LIMIT),
//   family it hints at when it is the loudest, help)
// FLOOR(absolute, relative): in the unit + share of the level. What moves by less than a few of
// these is no deviation, however steady it was; larger: faint faults are missed, smaller: alarms on
// noise. Both were set on the simulated systems; the detector's is the larger, as it tests each
// tick.
#define TEND_METRIC_TABLE(X)                                                                       \
    X(LATENCY, "latency", "ms", "p95_ms", true, HIGH, FLOOR(0, 0.08), FLOOR(0.5, 0.04), NO_LIMIT,  \
      CONTENTION, "response time with callees, p95 where there is a choice")                       \
    X(ERRORS, "errors", "share", "errors", true, HIGH, FLOOR(0.005, 0.05), FLOOR(0.003, 0),        \
      LIMIT(errors, 0.04, "errors that are too many"), DEPLOY, "failed share of the requests")     \
    X(CPU, "cpu", "share", "cpu", true, HIGH, FLOOR(0.02, 0.04), FLOOR(0.015, 0),                  \
      LIMIT(cpu, 0.97, "busy share that is too much"), COMPUTE,                                    \
      "busy share of the cores provisioned")                                                       \
    X(MEMORY, "memory", "share", "memory", true, HIGH, FLOOR(0.01, 0.02), FLOOR(0.008, 0),         \
      LIMIT(memory, 0.85, "memory that is too much"), MEMORY, "share of the limit in use")         \
    X(REQUESTS, "requests", "1/s", "requests", true, NEITHER, FLOOR(0.3, 0.04), FLOOR(0.3, 0.04),  \
      NO_LIMIT, TRAFFIC, "completed per second")                                                   \
    X(SATURATION, "saturation", "share", "saturation", true, HIGH, FLOOR(0.03, 0.05),              \
      FLOOR(0.015, 0), LIMIT(saturation, 0.9, "pool use that is too much"), POOL,                  \
      "workers, connections or locks in use")                                                      \
    X(OTHER, "other", "", "other", false, UNKNOWN, FLOOR(0.5, 0.04), FLOOR(0.5, 0.04), NO_LIMIT,   \
      UNKNOWN, "anything else")                                                                    \
    X(RESTARTS, "restarts", "1", "restarts", false, HIGH, FLOOR(0.2, 0.05), FLOOR(0.05, 0),        \
      LIMIT(restarts, 0.5, "restarts that are too many"), CRASH,                                   \
      "processes of the service that crashed or were killed in the tick")

// X(TEND_..., name, what it is done to (NOTHING, SERVICE, CACHE, EDGE, SYSTEM), whether it takes
//   something away for a while, the kind that takes it back (NOOP: nothing does), replicas it adds,
//   what must be known of the target (NOTHING; REPLICA: one to spare; DEPLOYMENT: when),
//   price (PRICE(parameter of the judge, initial seconds of breach, help) or PRICED_AS(parameter)),
//   ARM(ARM_..., name) of the policies that choose by suspect, or NO_ARM, help)
#define TEND_ACTION_TABLE(X)                                                                       \
    X(NOOP, "noop", NOTHING, false, NOOP, 0, NOTHING,                                              \
      PRICE(noop, 0, "cost of waiting, in seconds of breach"), ARM(WAIT, "wait"), "do nothing")    \
    X(RESTART, "restart", SERVICE, true, NOOP, 0, REPLICA,                                         \
      PRICE(restart, 0.6, "cost of a restart, in seconds of breach"), ARM(RESTART, "restart"),     \
      "capacity drops for some steps, memory and cache start afresh")                              \
    X(SCALE_UP, "scale_up", SERVICE, false, SCALE_DOWN, 1, NOTHING,                                \
      PRICE(scale, 0.4, "cost of a replica, in seconds of breach"), ARM(SCALE, "scale"),           \
      "one replica more, after a delay")                                                           \
    X(SCALE_DOWN, "scale_down", SERVICE, true, SCALE_UP, -1, REPLICA, PRICED_AS(scale), NO_ARM,    \
      "one replica less")                                                                          \
    X(CLEAR_CACHE, "clear_cache", CACHE, true, NOOP, 0, NOTHING,                                   \
      PRICE(clear, 0.6, "cost of clearing a cache, in seconds of breach"),                         \
      ARM(CLEAR, "clear_cache"), "drops the content, which must warm up again")                    \
    X(LIMIT, "limit", SYSTEM, true, LIFT, 0, NOTHING,                                              \
      PRICE(limit, 0.5, "cost of a limit beyond the users it refuses"), ARM(LIMIT, "limit"),       \
      "admits a share of the users, refuses the others")                                           \
    X(LIFT, "lift", SYSTEM, false, LIMIT, 0, NOTHING, PRICED_AS(noop), NO_ARM,                     \
      "admits everybody again")                                                                    \
    X(ROLLBACK, "rollback", SERVICE, true, NOOP, 0, DEPLOYMENT,                                    \
      PRICE(rollback, 1, "cost of a rollback, in seconds of breach"), ARM(ROLLBACK, "rollback"),   \
      "back to the version before the last deployment")                                            \
    X(REROUTE, "reroute", EDGE, true, REROUTE, 0, NOTHING,                                         \
      PRICE(reroute, 0.8, "cost of a reroute, in seconds of breach"), ARM(REROUTE, "reroute"),     \
      "sends the calls to a fallback; a second one switches back")

// X(TEND_FAMILY_..., name, PLAYBOOK(kinds of actions, the best first, what is left out last),
//   what it looks like)
// The target follows from the kind: the suspect, a cache it has, the suspected call, or the system.
#define TEND_FAMILY_TABLE(X)                                                                       \
    X(UNKNOWN, "unknown", PLAYBOOK(TEND_RESTART, TEND_SCALE_UP, TEND_LIMIT), "no family fits")     \
    X(COMPUTE, "compute", PLAYBOOK(TEND_RESTART, TEND_SCALE_UP, TEND_LIMIT), "cpu is taken")       \
    X(MEMORY, "memory", PLAYBOOK(TEND_RESTART, TEND_SCALE_UP), "memory grows")                     \
    X(DEPLOY, "deploy", PLAYBOOK(TEND_ROLLBACK, TEND_RESTART, TEND_SCALE_UP), "a bad version")     \
    X(CONTENTION, "contention", PLAYBOOK(TEND_RESTART, TEND_LIMIT, TEND_SCALE_UP),                 \
      "slow without being busy")                                                                   \
    X(CACHE, "cache", PLAYBOOK(TEND_CLEAR_CACHE, TEND_RESTART, TEND_SCALE_UP),                     \
      "a cache that misses, or hits that fail")                                                    \
    X(TRAFFIC, "traffic", PLAYBOOK(TEND_SCALE_UP, TEND_LIMIT), "more requests than usual")         \
    X(POOL, "pool", PLAYBOOK(TEND_RESTART, TEND_SCALE_UP), "workers or connections run out")       \
    X(CRASH, "crash", PLAYBOOK(TEND_ROLLBACK, TEND_RESTART, TEND_SCALE_UP),                        \
      "replicas come and go")                                                                      \
    X(NETWORK, "network", PLAYBOOK(TEND_REROUTE), "calls are lost or late between two services")

// X(TEND_EVIDENCE_..., name, what value, reference and weight of a tend_evidence mean, phrase)
// SAY(format, what goes into it): METRIC, OTHER and ACTION are names, VALUE, REFERENCE and WEIGHT
// numbers.
#define TEND_EVIDENCE_TABLE(X)                                                                     \
    X(DEVIATION, "deviation", "the metric now", "its baseline", "robust sigmas between them",      \
      SAY("%s %.3g against %.3g (z %+.0f)", METRIC, VALUE, REFERENCE, WEIGHT))                     \
    X(CORRELATION, "correlation", "correlation with the symptom at the entry", "none", "none",     \
      SAY("%s correlates %.2f with the symptom", METRIC, VALUE))                                   \
    X(IMPACT, "impact", "own excess impact", "impact seen, callees included",                      \
      "share of all services' own impact",                                                         \
      SAY("own impact on %s %.*f of %.*f seen (excess x requests)", METRIC, VALUE < 10 ? 2 : 0,    \
          VALUE, REFERENCE < 10 ? 2 : 0, REFERENCE))                                               \
    X(EDGE_GAP, "edge_gap", "client minus server latency in ms", "usual gap",                      \
      "robust sigmas between them",                                                                \
      SAY("client-server gap %.3g ms against %.3g", VALUE, REFERENCE))                             \
    X(ONSET, "onset", "none", "none", "none", SAY("%s moved first", METRIC))                       \
    X(DEPLOY, "deploy", "ticks from a deployment to the onset, below 0: after it", "none", "none", \
      SAY("deployed %.0f steps %s the onset", VALUE < 0 ? -VALUE : VALUE,                          \
          VALUE < 0 ? "after" : "before"))                                                         \
    X(EXPLAINED, "explained", "own impact that `other` does not explain", "impact seen",           \
      "robust sigmas of the metric",                                                               \
      SAY("%s explained by %s, own impact %.*f of %.*f", METRIC, OTHER, VALUE < 10 ? 2 : 0, VALUE, \
          REFERENCE < 10 ? 2 : 0, REFERENCE))                                                      \
    X(REPLICAS, "replicas", "replicas ready now", "usually", "sigmas between them",                \
      SAY("%.3g of %.3g replicas ready", VALUE, REFERENCE))                                        \
    X(USUAL, "usual", "the metric now", "its baseline", "robust sigmas between them",              \
      SAY("slow with %s as usual, %.3g against %.3g (z %+.1f)", METRIC, VALUE, REFERENCE, WEIGHT)) \
    X(NOTHING_OWN, "nothing_own", "sigmas of the loudest that is its own",                         \
      "sigmas of what is odd", "share of all services' own impact",                                \
      SAY("nothing of its own stands out (z %+.1f at most)", VALUE))                               \
    X(LATER, "later", "ticks after `other`", "tick `other` stood out in", "none",                  \
      SAY("stood out %.0f steps after %s", VALUE, OTHER))                                          \
    X(DONE, "done", "fewest replicas ready since `action`", "replicas before it", "none",          \
      SAY("%s explains lost replicas and restarts", ACTION))

// X(GUARD_..., name, help), in no order: which of several objections is named is the guard's.
#define TEND_GUARD_TABLE(X)                                                                        \
    X(KILL_SWITCH, "kill_switch", "everything is masked")                                          \
    X(ALLOW_LIST, "allow_list", "only what the agent's allow-list names is done")                  \
    X(INCIDENT, "incident", "no action without an incident")                                       \
    X(ESCALATED, "escalated", "a person has been called: hands off")                               \
    X(UNDONE, "undone", "lift needs a limit, limit needs none, undo needs a cause")                \
    X(FREEZE, "freeze", "nothing disruptive during a change freeze")                               \
    X(VERIFY, "verify", "wait for the effect of the last action on the target")                    \
    X(SECOND_TARGET, "second_target",                                                              \
      "while one target is verified another needs more confidence than it had")                    \
    X(LIMIT_DUE, "limit_due", "a limit held too long must be lifted first")                        \
    X(COOLDOWN, "cooldown", "not the same action on the same target so soon")                      \
    X(REPLICA_BOUNDS, "replica_bounds", "replicas stay within the system's bounds")                \
    X(LAST_REPLICA, "last_replica", "the last healthy replica is never taken down")                \
    X(ROLLBACK_KNOWN, "rollback_known", "a rollback needs a known deployment")                     \
    X(IN_FLIGHT, "in_flight", "one disruptive action at a time, none twice at once")               \
    X(BLAST_RADIUS, "blast_radius", "share of services under change")                              \
    X(TARGET_BUDGET, "target_budget", "actions per target in the window")                          \
    X(BUDGET, "budget", "actions in the window")                                                   \
    X(CONFIDENCE, "confidence", "a disruptive action needs a confident diagnosis")                 \
    X(INEFFECTIVE, "ineffective", "what did not help k times is not repeated")

// X(TEND_RECEIPT_..., name, what became of the action); from DONE on the story has ended
#define TEND_RECEIPT_TABLE(X)                                                                      \
    X(UNKNOWN, "unknown", "nothing is known: as if there were no receipt")                         \
    X(ACCEPTED, "accepted", "taken on, not begun")                                                 \
    X(STARTED, "started", "under way")                                                             \
    X(DONE, "done", "carried out")                                                                 \
    X(FAILED, "failed", "begun and given up: the system is as it was")                             \
    X(TIMEOUT, "timeout", "no word in time: it may have been carried out or not")                  \
    X(REFUSED, "refused", "never begun")

#define TEND_PLAIN_ENUM(e, ...) TEND_##e,
#define TEND_FAMILY_ENUM(e, ...) TEND_FAMILY_##e,
#define TEND_EVIDENCE_ENUM(e, ...) TEND_EVIDENCE_##e,

typedef enum tend_service_kind {
    TEND_SERVICE_TABLE(TEND_PLAIN_ENUM) TEND_SERVICE_KINDS
} tend_service_kind;

typedef enum tend_metric_kind {
    TEND_METRIC_TABLE(TEND_PLAIN_ENUM) TEND_METRIC_KINDS
} tend_metric_kind;

typedef enum tend_action_kind {
    TEND_ACTION_TABLE(TEND_PLAIN_ENUM) TEND_ACTION_KINDS
} tend_action_kind;

// What sort of trouble a suspect is in: a small vocabulary that playbooks and policies can key on.
typedef enum tend_family { TEND_FAMILY_TABLE(TEND_FAMILY_ENUM) TEND_FAMILIES } tend_family;

typedef enum tend_evidence_kind {
    TEND_EVIDENCE_TABLE(TEND_EVIDENCE_ENUM) TEND_EVIDENCE_KINDS
} tend_evidence_kind;

#define TEND_RECEIPT_ENUM(e, ...) TEND_RECEIPT_##e,
typedef enum tend_receipt_state {
    TEND_RECEIPT_TABLE(TEND_RECEIPT_ENUM) TEND_RECEIPT_STATES
} tend_receipt_state;

// What policies tell services apart by.
typedef enum tend_class {
    TEND_CLASS_SERVICE,
    TEND_CLASS_STORE,
    TEND_CLASS_CACHE,
    TEND_CLASSES
} tend_class;

typedef enum tend_bad { TEND_BAD_HIGH, TEND_BAD_LOW, TEND_BAD_NEITHER, TEND_BAD_UNKNOWN } tend_bad;

// In the order of the usual actions of a system.
typedef enum tend_target {
    TEND_AT_NOTHING,
    TEND_AT_SERVICE,
    TEND_AT_CACHE, // a service of kind cache
    TEND_AT_SYSTEM,
    TEND_AT_EDGE,
    TEND_TARGETS
} tend_target;

typedef enum tend_need { TEND_NEED_NOTHING, TEND_NEED_REPLICA, TEND_NEED_DEPLOYMENT } tend_need;

typedef struct tend_service_word {
    const char *name;
    tend_class policy_class;
} tend_service_word;

typedef struct tend_floor {
    double absolute, relative; // in the metric's unit, share of its level
} tend_floor;

typedef struct tend_metric_word {
    const char *name, *unit, *column;
    bool usual;
    tend_bad bad;
    tend_floor watched, baseline; // of a detector, of a diagnoser
    tend_family hint;
    const char *help;
} tend_metric_word;

typedef struct tend_action_word {
    const char *name;
    tend_target target;
    bool disruptive;
    tend_action_kind undo; // TEND_NOOP: nothing takes it back
    int replicas;          // it adds
    tend_need need;
    const char *cost; // parameter of the judge with its price
    const char *arm;  // NULL: no arm
    const char *help;
} tend_action_word;

#define TEND_PLAYBOOK_MAX 4 // actions a family may name; a fifth does not compile

typedef struct tend_family_word {
    const char *name;
    tend_action_kind playbook[TEND_PLAYBOOK_MAX]; // best first, ended by TEND_NOOP
    const char *help;
} tend_family_word;

typedef struct tend_evidence_word {
    const char *name, *value, *reference, *weight;
} tend_evidence_word;

// The row of a word; static, never NULL. The kind must be one of its enumeration.
TEND_API const tend_service_word *tend_service_row(tend_service_kind kind);
TEND_API const tend_metric_word *tend_metric_row(tend_metric_kind kind);
TEND_API const tend_action_word *tend_action_row(tend_action_kind kind);
TEND_API const tend_family_word *tend_family_row(tend_family family);
TEND_API const tend_evidence_word *tend_evidence_row(tend_evidence_kind kind);

// The name of a word, as it stands in JSON, CSV and reports.
TEND_API const char *tend_service_kind_name(tend_service_kind kind);
TEND_API const char *tend_metric_kind_name(tend_metric_kind kind);
TEND_API const char *tend_action_kind_name(tend_action_kind kind);
TEND_API const char *tend_family_name(tend_family family);
TEND_API const char *tend_evidence_name(tend_evidence_kind kind);
TEND_API const char *tend_receipt_name(tend_receipt_state state); // "accepted", "started", ...

#ifdef __cplusplus
}
#endif
#endif
