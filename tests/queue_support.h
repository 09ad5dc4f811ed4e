// SPDX-License-Identifier: GPL-3.0-or-later
// queue_support.h - one service alone, without noise, and the exact theory it is held against.
#ifndef TEND_TESTS_QUEUE_SUPPORT_H
#define TEND_TESTS_QUEUE_SUPPORT_H

#include "world_support.h"

typedef struct queue_of {
    const char *kind; // "service", "database" (has locks)
    int cores;
    double service_s, cv2, rps;
    int workers, queue;
} queue_of;

static inline bed queue_bed(queue_of q)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"name\":\"one\",\"step_s\":1,\"services\":[{\"name\":\"a\",\"kind\":\"%s\","
             "\"replicas\":1,\"least_replicas\":1,\"most_replicas\":4,\"sim\":{\"cores\":%d,"
             "\"service_ms\":%.17g,\"cv2\":%.17g,\"workers\":%d,\"queue\":%d,\"error_share\":0}}],"
             "\"edges\":[],\"entry\":\"a\",\"slo\":{\"p95_ms\":100000,\"error_share\":0.5},"
             "\"sim\":{\"base_rps\":%.17g,\"noise\":0}}",
             q.kind, q.cores, 1000 * q.service_s, q.cv2, q.workers, q.queue, q.rps);
    bed b = bed_of_text(text);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    return b;
}

// The chance that a request of an M/M/c queue waits (Erlang 1917, his second formula).
static inline double erlang_c(int c, double utilisation)
{
    double load = c * utilisation, term = 1, sum = 1;
    for (int k = 1; k < c; k++) {
        term *= load / k;
        sum += term;
    }
    term *= load / c;
    return term / (1 - utilisation) / (sum + term / (1 - utilisation));
}

#endif
