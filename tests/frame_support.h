// SPDX-License-Identifier: GPL-3.0-or-later
// frame_support.h - a small system and a frame to fill by hand, for tests of what reads frames.
#ifndef TEND_TESTS_FRAME_SUPPORT_H
#define TEND_TESTS_FRAME_SUPPORT_H

#include "support.h"

#include <tend/frame.h>

enum { API, CACHE, DB, SERVICES };
enum { API_CACHE, API_DB, EDGES };
enum { P95, ERRORS, CPU, MEMORY, REQUESTS, SATURATION, METRICS };

// api calls cache and db; the objective is 200 ms and 2 % of errors
static inline tend_system *small_system(void)
{
    static const tend_service services[SERVICES] = {{"api", TEND_SERVICE, 2, 1, 4},
                                                    {"cache", TEND_CACHE, 1, 1, 2},
                                                    {"db", TEND_DATABASE, 1, 1, 2}};
    static const tend_metric metrics[METRICS] = {
        {"p95_ms", "ms", TEND_LATENCY}, {"errors", "share", TEND_ERRORS},
        {"cpu", "share", TEND_CPU},     {"memory", "share", TEND_MEMORY},
        {"rps", "1/s", TEND_REQUESTS},  {"pool", "share", TEND_SATURATION}};
    static const tend_edge edges[EDGES] = {{API, CACHE}, {API, DB}};
    tend_system draft = {.name = "small",
                         .step_s = 1,
                         .S = SERVICES,
                         .M = METRICS,
                         .E = EDGES,
                         .services = services,
                         .metrics = metrics,
                         .edges = edges,
                         .entry = API,
                         .slo = {200, 0.02}};
    tend_system *made = NULL;
    tend_err err = {TEND_OK, ""};
    if (tend_system_build(&draft, &made, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return made;
}

typedef struct desk { // one frame and everything it points to
    tend_system *system;
    double value[SERVICES * METRICS], edge[EDGES * 2], ready[SERVICES], deploy_age[SERVICES];
    double score[SERVICES];
    int metric[SERVICES];
    tend_suspect suspect[SERVICES + EDGES];
    unsigned char masked[64];
    bool allowed[64];
    tend_obs obs;
    tend_frame frame;
} desk;

// everything usual, nothing forbidden; `d` must not move afterwards
static inline void desk_open(desk *d)
{
    memset(d, 0, sizeof *d);
    d->system = small_system();
    for (int s = 0; s < SERVICES; s++)
        d->ready[s] = d->system->services[s].replicas, d->deploy_age[s] = 1000;
    for (int s = 0; s < SERVICES; s++)
        d->metric[s] = -1;
    for (size_t a = 0; a < sizeof d->allowed; a++)
        d->allowed[a] = true;
    d->obs = (tend_obs){.size = sizeof(tend_obs),
                        .value = d->value,
                        .edge = d->edge,
                        .ready = d->ready,
                        .deploy_age = d->deploy_age,
                        .entry_p95_ms = 50};
    d->frame.obs = &d->obs;
    d->frame.findings = (tend_findings){.score = d->score, .metric = d->metric, .since = -1};
    d->frame.causes = (tend_causes){.suspect = d->suspect, .room = SERVICES + EDGES, .onset = -1};
    d->frame.decision.wanted = -1;
}

static inline void desk_close(desk *d)
{
    tend_system_free(d->system);
}

static inline void desk_suspect(desk *d, int rank, int service, int edge, tend_family family,
                                double confidence)
{
    d->suspect[rank] = (tend_suspect){service, edge, -1, family, confidence};
    if (d->frame.causes.count <= rank)
        d->frame.causes.count = rank + 1;
}

static inline int desk_action(const desk *d, tend_action_kind kind, int service, int edge)
{
    int action = tend_system_action(d->system, kind, service, edge);
    assert_true(action >= 0);
    return action;
}

#endif
