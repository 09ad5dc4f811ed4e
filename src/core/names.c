// SPDX-License-Identifier: GPL-3.0-or-later
// names.c - the words for the enumerations, as they stand in JSON, CSV and reports.
#include "base/assert.h"

#include <tend/plugin.h>

const char *tend_service_kind_name(tend_service_kind kind)
{
    static const char *const names[TEND_SERVICE_KINDS] = {"service", "database", "cache", "queue",
                                                          "external"};
    TEND_ASSERT(kind < TEND_SERVICE_KINDS);
    return names[kind];
}

const char *tend_metric_kind_name(tend_metric_kind kind)
{
    static const char *const names[TEND_METRIC_KINDS] = {"latency",  "errors",     "cpu",  "memory",
                                                         "requests", "saturation", "other"};
    TEND_ASSERT(kind < TEND_METRIC_KINDS);
    return names[kind];
}

const char *tend_action_kind_name(tend_action_kind kind)
{
    static const char *const names[TEND_ACTION_KINDS] = {"noop",       "restart",     "scale_up",
                                                         "scale_down", "clear_cache", "limit",
                                                         "lift",       "rollback",    "reroute"};
    TEND_ASSERT(kind < TEND_ACTION_KINDS);
    return names[kind];
}

const char *tend_family_name(tend_family family)
{
    static const char *const names[TEND_FAMILIES] = {"unknown",    "compute", "memory",  "deploy",
                                                     "contention", "cache",   "traffic", "pool",
                                                     "crash",      "network"};
    TEND_ASSERT(family < TEND_FAMILIES);
    return names[family];
}

const char *tend_evidence_name(tend_evidence_kind kind)
{
    static const char *const names[TEND_EVIDENCE_KINDS] = {
        "deviation", "correlation", "impact", "edge_gap", "onset", "deploy", "explained"};
    TEND_ASSERT(kind < TEND_EVIDENCE_KINDS);
    return names[kind];
}

const char *tend_receipt_name(tend_receipt_state state)
{
    static const char *const names[TEND_RECEIPT_STATES] = {
        "unknown", "accepted", "started", "done", "failed", "timeout", "refused"};
    TEND_ASSERT(state < TEND_RECEIPT_STATES);
    return names[state];
}

const char *tend_param_kind_name(tend_param_kind kind)
{
    static const char *const names[] = {"integer", "flag", "number", "seconds"};
    TEND_ASSERT(kind <= TEND_SECONDS);
    return names[kind];
}
