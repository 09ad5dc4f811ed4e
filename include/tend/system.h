// SPDX-License-Identifier: GPL-3.0-or-later
// system.h - the immutable description of a watched system, shared by every world.
//
// A tend_system says what exists: services, metric columns, call edges, the actions an operator
// could take, and the objective. It says nothing of how the system behaves (that is the plant,
// known to the simulator alone) and nothing of what is wrong (nobody tells the agent that).
// Dimensions used everywhere: S services, M metrics, E edges, A actions. Arrays are row-major.
// Built by tend_system_parse or tend_system_build; freed by tend_system_free; never written after.
#ifndef TEND_SYSTEM_H
#define TEND_SYSTEM_H

#include <stddef.h>
#include <tend/err.h>
#include <tend/words.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tend_service {
    const char *name;
    tend_service_kind kind;
    int replicas;       // at the start, >= 1
    int least_replicas; // bounds of scaling, 1 <= least <= replicas <= most
    int most_replicas;
} tend_service;

typedef struct tend_metric {
    const char *name; // "p95_ms"
    const char *unit; // "ms", "share", "1/s", ...
    tend_metric_kind kind;
} tend_metric;

typedef struct tend_edge {
    int caller, callee; // indices of services
} tend_edge;

typedef struct tend_action {
    const char *name; // "restart(db)", "limit", "reroute(api>db)"
    tend_action_kind kind;
    int service; // target, -1 for none; of an edge action, the callee
    int edge;    // target edge, -1 for none
} tend_action;

typedef struct tend_slo {
    double p95_ms;      // entry p95 latency above this is a breach
    double error_share; // entry failures + refused users above this share is a breach
} tend_slo;

typedef struct tend_system {
    const char *name;
    double step_s; // seconds per tick
    int S, M, E, A;
    const tend_service *services; // [S]
    const tend_metric *metrics;   // [M]
    const tend_edge *edges;       // [E]
    const tend_action *actions;   // [A]; actions[0] is noop
    int entry;                    // index of the service users call
    tend_slo slo;
} tend_system;

// Reads a system from JSON text (docs/formats.md). `name` is used in messages.
// Checks: unique names, an acyclic call graph, an existing entry, finite numbers in range, known
// keys (an unknown key is an error that names the nearest known one).
TEND_API tend_rc tend_system_parse(const char *text, size_t length, const char *name,
                                   tend_system **out, tend_err *err);

// Deep copy of a description put together by hand, with the same checks as parse. With A 0 or
// actions NULL the usual set is made: noop, then per service restart, scale+1, scale-1, rollback,
// per cache clear_cache, limit, lift, per edge reroute. A list of its own starts with noop, names
// no action twice, and has lift where it has limit; an action without a name gets the usual one.
TEND_API tend_rc tend_system_build(const tend_system *draft, tend_system **out, tend_err *err);

TEND_API void tend_system_free(tend_system *system); // NULL is fine

// Index by name, or -1.
TEND_API int tend_system_service(const tend_system *system, const char *name);
TEND_API int tend_system_metric(const tend_system *system, const char *name);
TEND_API int tend_system_edge(const tend_system *system, int caller, int callee);
TEND_API int tend_system_action(const tend_system *system, tend_action_kind kind, int service,
                                int edge);
// First metric column of that kind, or -1.
TEND_API int tend_system_column(const tend_system *system, tend_metric_kind kind);

#ifdef __cplusplus
}
#endif
#endif
