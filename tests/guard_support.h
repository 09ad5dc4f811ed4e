// SPDX-License-Identifier: GPL-3.0-or-later
// guard_support.h - a guard beside its audit, on a made-up system whose trouble a test sets.
#ifndef TEND_TESTS_GUARD_SUPPORT_H
#define TEND_TESTS_GUARD_SUPPORT_H

#include "support.h"

#include "agent/config.h"
#include "agent/decide/guard.h"
#include "agent/decide/guard_lists.h"
#include "agent/incident.h"
#include "report/audit.h"

#include <tend/engine.h>

enum { YARD_S = 6, YARD_ACTIONS = 64 };

// six services so that the blast radius leaves room for three; web is called, hot is a cache
static const tend_service yard_services[YARD_S] = {
    {"web", TEND_SERVICE, 3, 1, 9},  {"cart", TEND_SERVICE, 3, 1, 9}, {"hot", TEND_CACHE, 3, 1, 9},
    {"db", TEND_DATABASE, 3, 2, 40}, {"a", TEND_SERVICE, 3, 1, 9},    {"b", TEND_SERVICE, 3, 1, 9}};

typedef struct yard {
    tend_system *system;
    tend_config *config;
    guard *g;
    guard_terms terms;
    guard_params params; // of the guard, in ticks; a test changes them at will
    guard_freeze freeze[GUARD_FREEZES_MAX];
    bool listed[YARD_ACTIONS], allowed[YARD_ACTIONS];
    unsigned char masked[YARD_ACTIONS];
    tend_obs obs;
    tend_frame frame;
    incident_state incidents;
    tend_suspect suspect;
    double value[YARD_S], edge[10], ready[YARD_S], age[YARD_S];
} yard;

static inline void yard_open(yard *y)
{
    static const tend_metric metrics[] = {{"p95_ms", "ms", TEND_LATENCY}};
    static const tend_edge edges[] = {{0, 1}, {1, 2}, {1, 3}, {0, 4}, {0, 5}};
    const tend_system draft = {.name = "yard",
                               .step_s = 1,
                               .S = YARD_S,
                               .M = 1,
                               .E = 5,
                               .services = yard_services,
                               .metrics = metrics,
                               .edges = edges,
                               .slo = {100, 0.02}};
    memset(y, 0, sizeof *y);
    assert_int_equal(tend_system_build(&draft, &y->system, NULL), TEND_OK);
    assert_true(y->system->A <= YARD_ACTIONS);
    assert_int_equal(tend_config_new(&y->config, NULL), TEND_OK);
    memcpy(&y->params, config_params(y->config, CONFIG_GUARD), sizeof y->params);
    y->terms = (guard_terms){.params = &y->params, .freeze = y->freeze};
    incident_init(&y->incidents);
    y->g = malloc(guard_size(y->system));
    guard_init(y->g, y->system);
    for (int s = 0; s < YARD_S; s++)
        y->ready[s] = 3, y->age[s] = 1000;
    y->suspect = (tend_suspect){.edge = -1, .metric = -1, .confidence = 0.9};
    y->obs = (tend_obs){.size = sizeof y->obs,
                        .value = y->value,
                        .edge = y->edge,
                        .ready = y->ready,
                        .deploy_age = y->age,
                        .breach = true};
    y->frame = (tend_frame){.obs = &y->obs};
    y->frame.findings.alarm = true;
    y->frame.causes.suspect = &y->suspect;
    y->frame.causes.count = 1;
}

static inline void yard_close(yard *y)
{
    free(y->g);
    tend_config_free(y->config);
    tend_system_free(y->system);
}

static inline void yard_trouble(yard *y, bool alarm, bool breach)
{
    y->frame.findings.alarm = alarm;
    y->obs.breach = breach;
}

static inline int yard_action(const yard *y, const char *name)
{
    for (int a = 0; a < y->system->A; a++)
        if (strcmp(y->system->actions[a].name, name) == 0)
            return a;
    fail_msg("no action %s", name);
    return -1;
}

// one tick of the guard
static inline void yard_look(yard *y, int64_t tick)
{
    y->obs.tick = tick;
    incident_follow(&y->incidents, (int64_t)y->params.calm, &y->frame);
    guard_mask(y->g, &y->terms, y->system, &y->frame, y->allowed, y->masked);
    for (int a = 0; a < y->system->A; a++)
        assert_true(y->allowed[a] == (y->masked[a] == 0));
}

// the rule that masks an action at a tick, "" when it is allowed
static inline const char *yard_rule(yard *y, int64_t tick, const char *action)
{
    yard_look(y, tick);
    return tend_guard_rule_name(y->masked[yard_action(y, action)]);
}

static inline tend_decision yard_note(yard *y, const char *action, int wanted)
{
    tend_decision d = {.action = yard_action(y, action), .wanted = wanted, .masked = y->masked};
    guard_note(y->g, &y->terms, y->system, &y->obs, &d);
    return d;
}

// takes an action that the guard must allow
static inline void yard_take(yard *y, int64_t tick, const char *action)
{
    assert_string_equal(yard_rule(y, tick, action), "");
    yard_note(y, action, -1);
}

// every rule that looks at the past out of the way, so that a test can put one back
static inline void yard_loosen(yard *y)
{
    y->params.verify = y->params.cooldown = y->params.in_flight = 0;
    y->params.window = y->params.calm = 1;
    y->params.target_budget = y->params.budget = 32;
    y->params.ineffective = y->params.escalate = 32;
    y->params.limit_most = 1e6;
    y->params.blast_radius = 1;
}

#endif
