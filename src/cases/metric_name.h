// SPDX-License-Identifier: GPL-3.0-or-later
// metric_name.h - what a recorded metric measures, told by its name.
//
// Recorded data carries names of many makers. One table of patterns (metric_name.c) sorts them
// into roles; a name that fits none is METRIC_IGNORED and plays no part in a diagnosis.
#ifndef TEND_CASES_METRIC_NAME_H
#define TEND_CASES_METRIC_NAME_H

#include <stdbool.h>
#include <tend/system.h>

typedef enum metric_role {
    METRIC_IGNORED,
// METRIC_LATENCY, METRIC_ERRORS, ...: one for each kind of metric in words.h, in their order
#define METRIC_ROLE(e, ...) METRIC_##e,
    TEND_METRIC_TABLE(METRIC_ROLE)
    // time the calls a service makes take, or a call as its caller sees it
    METRIC_CLIENT_LATENCY,
    METRIC_SERVER_LATENCY, // of an edge: the same call as its callee sees it
    METRIC_AVAILABILITY,   // 1 - errors, as a share or in percent
    METRIC_ROLES
} metric_role;

metric_role metric_name_role(const char *name, bool edge);

// How directly the metric shows what all requests see: 0 mean, 1 median, 2 unnamed, 3 p75 and p90,
// 4 p95, 5 p99 and above. Of several columns in one role the lowest speaks for it.
int metric_name_statistic(const char *name);

// Counted from some beginning on ("total"), as counters of processes are: only its growth means
// something.
bool metric_name_is_counter(const char *name);
// What a counter grew by; one that fell was begun anew.
double metric_count_grown(double before, double now);

// Of a METRIC_REQUESTS name: per second (true) or counted per sampling step ("sum", "count").
bool metric_name_is_rate(const char *name);

tend_metric_kind metric_role_kind(metric_role role);

#endif
