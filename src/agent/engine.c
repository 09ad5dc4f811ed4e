// SPDX-License-Identifier: GPL-3.0-or-later
// engine.c - one tick of the loop over one flat block.
//
// Block: head, then score [S], most unusual metric [S], suspects, the guard and the states of the
// three plug-ins. Nothing in it is a pointer; the frame outside it is rebuilt at every step. The
// policy's state comes last, so a new episode clears everything before it. The configuration is
// the engine's own copy: the block is laid out for its parameters, so nobody else may change them.
// A saved state is the block, a hash of what its numbers stand for, and a checksum of both.
#include "agent/config.h"
#include "agent/decide/guard.h"
#include "agent/decide/guard_lists.h"
#include "agent/decide/judge.h"
#include "agent/detect/alarm.h"
#include "agent/engine_policy.h"
#include "agent/incident.h"
#include "agent/plugins.h"
#include "base/assert.h"
#include "base/block.h"
#include "base/hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct head {
    uint64_t cookie; // of system shape and configuration
    uint64_t seed;
    int64_t steps;       // taken
    int64_t given, tick; // of the last step: as the caller counts, and as the engine does
    alarm_state alarm;
    incident_state incidents;
    judge_state judge;
} head;

struct tend_engine {
    const tend_system *system;
    tend_config *config; // a copy; only the guard's switches change
    uint64_t cookie;     // of system shape and configuration, its switches off
    uint64_t meaning;    // of what the numbers in the block stand for
    const tend_detector *detector;
    const tend_diagnoser *diagnoser;
    const tend_policy *policy;
    tend_learning learning;
    unsigned char *block;
    size_t size, at_score, at_metric, at_suspect, at_guard, at_detector, at_diagnoser, at_policy;
    guard_terms terms; // the guard's part of the configuration
    guard_freeze freeze[GUARD_FREEZES_MAX];
    bool *listed;          // [A] by the guard's allow-list
    bool *allowed;         // [A] scratch
    unsigned char *masked; // [A] scratch
    double *unknown;       // NAN, as many as the longest array of an observation
    tend_obs obs;          // what the caller gave, completed
    tend_frame frame;
};

static head *engine_head(const tend_engine *e)
{
    return (head *)(void *)e->block;
}

static guard *engine_guard(const tend_engine *e)
{
    return (guard *)(void *)(e->block + e->at_guard);
}

// What a plug-in sees of its engine: system, parameters, its own state.
static tend_node node(const tend_engine *e, config_part part, size_t at)
{
    return (tend_node){.system = e->system,
                       .params = config_params(e->config, part),
                       .state = e->block + at,
                       .learning = e->learning};
}

static size_t plugin_size(const tend_engine *e, config_part part)
{
    const tend_plugin *plugin = config_plugin(e->config, part);
    return plugin->state_size ? plugin->state_size(e->system, config_params(e->config, part)) : 0;
}

static void lay_out(tend_engine *e)
{
    size_t S = (size_t)e->system->S, rooms = S + (size_t)e->system->E;
    block b = {.align = 16}; // what any type of a plug-in's state may need
    block_add(&b, 1, sizeof(head));
    e->at_score = block_add(&b, S, sizeof(double));
    e->at_metric = block_add(&b, S, sizeof(int));
    e->at_suspect = block_add(&b, rooms, sizeof(tend_suspect));
    e->at_guard = block_add(&b, 1, guard_size(e->system));
    e->at_detector = block_add(&b, 1, plugin_size(e, CONFIG_DETECTOR));
    e->at_diagnoser = block_add(&b, 1, plugin_size(e, CONFIG_DIAGNOSER));
    e->at_policy = block_add(&b, 1, plugin_size(e, CONFIG_POLICY));
    e->size = b.size;
}

// A saved state fits where this is the same: offsets depend on nothing else.
static uint64_t shape_cookie(const tend_system *system, const tend_config *config)
{
    int shape[] = {system->S, system->M, system->E, system->A};
    return hash_bytes(config_hash(config), shape, sizeof shape);
}

static uint64_t hash_name(uint64_t hash, const char *name)
{
    // with its end, so that two names never run together
    return hash_bytes(hash, name, strlen(name) + 1);
}

// The block knows services, columns, edges and actions by number: a system of the same shape with
// other things behind the numbers would read it as its own. Objective and bounds are not in it.
static uint64_t system_meaning(const tend_system *system)
{
    uint64_t hash = hash_bytes(HASH_START, &system->step_s, sizeof system->step_s);
    hash = hash_bytes(hash, &system->entry, sizeof system->entry);
    for (int s = 0; s < system->S; s++) {
        int kind = (int)system->services[s].kind;
        hash = hash_bytes(hash_name(hash, system->services[s].name), &kind, sizeof kind);
    }
    for (int m = 0; m < system->M; m++) {
        int kind = (int)system->metrics[m].kind;
        hash = hash_bytes(hash_name(hash, system->metrics[m].name), &kind, sizeof kind);
    }
    for (int k = 0; k < system->E; k++) {
        int ends[] = {system->edges[k].caller, system->edges[k].callee};
        hash = hash_bytes(hash, ends, sizeof ends);
    }
    for (int a = 0; a < system->A; a++) {
        const tend_action *action = &system->actions[a];
        int what[] = {(int)action->kind, action->service, action->edge};
        hash = hash_bytes(hash, what, sizeof what);
    }
    return hash;
}

static void init_plugin(tend_engine *e, config_part part, size_t at, uint64_t seed)
{
    tend_node me = node(e, part, at);
    const tend_plugin *plugin = config_plugin(e->config, part);
    if (plugin->init)
        plugin->init(&me, seed);
}

// the caller's configuration, owned; the cookie is of its switches off, for they may be thrown
// between a save and a load
static tend_rc take_config(tend_engine *e, const tend_config *config, tend_err *err)
{
    tend_rc rc = config_copy(config, &e->config, err);
    if (rc != TEND_OK)
        return rc;
    config_to_ticks(e->config, e->system->step_s);
    const guard_params *rules = config_params(config, CONFIG_GUARD);
    config_switch(e->config, "kill_switch", false);
    config_switch(e->config, "dry_run", false);
    e->cookie = shape_cookie(e->system, e->config);
    config_switch(e->config, "kill_switch", rules->kill_switch > 0);
    config_switch(e->config, "dry_run", rules->dry_run > 0);
    // `base` is the first member of every plug-in, so its address is the plug-in's
    e->detector = (const tend_detector *)config_plugin(config, CONFIG_DETECTOR);
    e->diagnoser = (const tend_diagnoser *)config_plugin(config, CONFIG_DIAGNOSER);
    e->policy = (const tend_policy *)config_plugin(config, CONFIG_POLICY);
    return TEND_OK;
}

// All the memory an engine ever has: tend_step takes none, so it cannot fail.
static tend_rc allocate(tend_engine *e, tend_err *err)
{
    size_t S = (size_t)e->system->S, M = (size_t)e->system->M, E = (size_t)e->system->E;
    size_t longest = S * M > 2 * E ? S * M : 2 * E;
    lay_out(e);
    e->block = calloc(1, e->size);
    e->allowed = calloc((size_t)e->system->A, sizeof *e->allowed);
    e->masked = calloc((size_t)e->system->A, 1);
    e->listed = calloc((size_t)e->system->A, sizeof *e->listed);
    e->unknown = calloc(longest, sizeof *e->unknown);
    if (!e->block || !e->listed || !e->allowed || !e->masked || !e->unknown)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu bytes", e->size);
    for (size_t i = 0; i < longest; i++)
        e->unknown[i] = (double)NAN;
    e->terms = (guard_terms){config_params(e->config, CONFIG_GUARD), e->listed, e->freeze, 0};
    tend_rc rc = guard_lists_open(config_guard_lists(e->config), e->system, e->listed, e->freeze,
                                  &e->terms.freezes, err);
    if (!config_guard_lists(e->config)->listed)
        e->terms.listed = NULL; // everything is: then nobody need look
    return rc;
}

tend_rc tend_open(const tend_system *system, const tend_config *config, uint64_t seed,
                  tend_engine **out, tend_err *err)
{
    tend_engine *e = calloc(1, sizeof *e);
    if (!e)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for an engine");
    e->system = system;
    e->meaning = system_meaning(system);
    e->learning = TEND_ONLINE;
    tend_rc rc = take_config(e, config, err);
    if (rc == TEND_OK)
        rc = allocate(e, err);
    if (rc != TEND_OK) {
        tend_close(e);
        return rc;
    }
    // the policy is made once and reset for each episode: what it has learnt stays
    init_plugin(e, CONFIG_POLICY, e->at_policy, seed);
    tend_reset(e, seed);
    *out = e;
    return TEND_OK;
}

void tend_close(tend_engine *engine)
{
    if (!engine)
        return;
    tend_config_free(engine->config);
    free(engine->block);
    free(engine->listed);
    free(engine->allowed);
    free(engine->masked);
    free(engine->unknown);
    free(engine);
}

void tend_reset(tend_engine *e, uint64_t seed)
{
    // everything before the policy: an episode begins from nothing but seed and lessons
    memset(e->block, 0, e->at_policy);
    head *h = engine_head(e);
    h->cookie = e->cookie;
    h->seed = seed;
    alarm_init(&h->alarm);
    incident_init(&h->incidents);
    judge_init(&h->judge);
    guard_init(engine_guard(e), e->system);
    // a seed of its own for each: one plug-in's draws must not repeat another's
    init_plugin(e, CONFIG_DETECTOR, e->at_detector, hash_mix(seed + 1));
    init_plugin(e, CONFIG_DIAGNOSER, e->at_diagnoser, hash_mix(seed + 2));
    tend_node me = node(e, CONFIG_POLICY, e->at_policy);
    if (e->policy->reset)
        e->policy->reset(&me, hash_mix(seed + 3));
    else
        init_plugin(e, CONFIG_POLICY, e->at_policy, hash_mix(seed + 3));
}

#ifdef TEND_HARD
// hostile build: the block moves at every tick, so that a stored pointer is found at once
static void move_block(tend_engine *e)
{
    unsigned char *moved = malloc(e->size);
    TEND_ASSERT(moved);
    memcpy(moved, e->block, e->size);
    memset(e->block, 0xA5, e->size);
    free(e->block);
    e->block = moved;
}
#endif

// Deferred lessons are handed out in the frame, for whoever calls tend_learn.
static void learn(tend_engine *e)
{
    if (e->learning != TEND_ONLINE)
        return;
    for (int i = 0; i < e->frame.outcomes; i++)
        tend_learn(e, &e->frame.outcome[i]);
}

static void detect(tend_engine *e, const tend_obs *obs)
{
    tend_node me = node(e, CONFIG_DETECTOR, e->at_detector);
    double *score = (double *)(void *)(e->block + e->at_score);
    int *metric = (int *)(void *)(e->block + e->at_metric);
    tend_findings *f = &e->frame.findings;
    *f = (tend_findings){.score = score, .metric = metric};
    e->detector->detect(&me, obs, score, metric, &f->overall, &f->threshold);
    alarm_update(&engine_head(e)->alarm, config_params(e->config, CONFIG_ALARM), obs->tick, f);
}

// What is known before the diagnosis; the others fill in what follows.
static tend_view view_of(const tend_engine *e)
{
    const tend_frame *f = &e->frame;
    return (tend_view){.obs = f->obs,
                       .findings = &f->findings,
                       .incident = f->incident,
                       .incidents = f->incidents};
}

static void follow(tend_engine *e)
{
    incident_follow(&engine_head(e)->incidents, (int64_t)e->terms.params->calm, &e->frame);
}

// The list of suspects lies in the block; the frame only points into it.
static void diagnose(tend_engine *e)
{
    tend_node me = node(e, CONFIG_DIAGNOSER, e->at_diagnoser);
    tend_causes *causes = &e->frame.causes;
    causes->suspect = (tend_suspect *)(void *)(e->block + e->at_suspect);
    causes->room = e->system->S + e->system->E;
    causes->count = causes->evidence_count = 0;
    causes->onset = -1;
    tend_view view = view_of(e);
    e->diagnoser->diagnose(&me, &view, causes);
    incident_place(&engine_head(e)->incidents, &e->frame);
}

// Nothing is done, so far. Texts and lists are only ended: clearing them cost more than deciding.
static void begin_decision(tend_decision *d, int64_t tick)
{
    d->propensity = 1;
    d->tick = tick;
    d->arm = d->wanted = -1;
    d->action = d->compared_count = 0;
    d->context[0] = 0;
    d->key = 0;
    d->confidence = 0;
    d->escalated = d->dry_run = false;
}

static void decide(tend_engine *e, const tend_obs *obs)
{
    tend_node me = node(e, CONFIG_POLICY, e->at_policy);
    guard_mask(engine_guard(e), &e->terms, e->system, &e->frame, e->allowed, e->masked);
    tend_decision *d = &e->frame.decision;
    begin_decision(d, obs->tick);
    // by tick, not from a stream: a fork that skips a decision draws the same afterwards
    me.seed = hash_mix(engine_head(e)->seed ^ hash_mix((uint64_t)obs->tick));
    tend_view view = view_of(e);
    view.causes = &e->frame.causes;
    view.allowed = e->allowed;
    view.lift_due = guard_lift_due(engine_guard(e), &e->terms, obs->tick);
    e->policy->decide(&me, &view, d);
    TEND_ASSERT(d->action >= 0 && d->action < e->system->A && e->allowed[d->action]);
    TEND_ASSERT(d->propensity > 0 && d->propensity <= 1); // a policy that breaks the law is broken
    d->masked = e->masked;
    guard_note(engine_guard(e), &e->terms, e->system, obs, d);
    incident_note(&engine_head(e)->incidents, e->system, &e->frame);
}

#define TICK_MOST ((int64_t)1 << 60) // of a first tick: far from where differences overflow
#define LEAP_MOST ((int64_t)1 << 31) // more than any parameter in ticks; 2^30 of them still fit

static int64_t next_tick(head *h, int64_t given)
{
    int64_t tick = h->tick + 1;
    if (h->steps++ == 0)
        tick = given >= 0 && given <= TICK_MOST ? given : 0;
    else if (given > h->given) { // unsigned: from the least to the most an int64_t overflows
        uint64_t leap = (uint64_t)given - (uint64_t)h->given;
        tick = h->tick + (leap < (uint64_t)LEAP_MOST ? (int64_t)leap : LEAP_MOST);
    }
    h->given = given;
    h->tick = tick;
    return tick;
}

#define FIELD_END(field) (offsetof(tend_obs, field) + sizeof((const tend_obs *)0)->field)
#define GIVEN(field, otherwise) (size >= FIELD_END(field) ? given->field : (otherwise))

// The fields that an older or newer caller's tend_obs has, whole ones only.
static tend_obs cut(const tend_obs *given, size_t size, int64_t next)
{
    return (tend_obs){.tick = GIVEN(tick, next),
                      .value = GIVEN(value, NULL),
                      .edge = GIVEN(edge, NULL),
                      .ready = GIVEN(ready, NULL),
                      .deploy_age = GIVEN(deploy_age, NULL),
                      .entry_p95_ms = GIVEN(entry_p95_ms, (double)NAN),
                      .entry_errors = GIVEN(entry_errors, (double)NAN),
                      .refused = GIVEN(refused, (double)NAN),
                      .breach = GIVEN(breach, false),
                      .receipt = GIVEN(receipt, NULL),
                      .receipts = GIVEN(receipts, 0)};
}

// What was given; what was not is unknown.
static const tend_obs *complete(tend_engine *e, head *h, const tend_obs *given)
{
    tend_obs *o = &e->obs;
    if (given->size == sizeof *o) // nearly every caller's
        *o = *given;
    else
        *o = cut(given, given->size ? given->size : TEND_OBS_FIRST, h->given + 1);
    o->size = sizeof *o;
    o->tick = next_tick(h, o->tick);
    o->value = o->value ? o->value : e->unknown;
    o->edge = o->edge ? o->edge : e->unknown;
    o->ready = o->ready ? o->ready : e->unknown;
    o->deploy_age = o->deploy_age ? o->deploy_age : e->unknown;
    o->receipts = o->receipt ? o->receipts : 0;
    return o;
}

const tend_frame *tend_step(tend_engine *e, const tend_obs *given)
{
#ifdef TEND_HARD
    move_block(e);
#endif
    head *h = engine_head(e);
    const tend_obs *obs = e->frame.obs = complete(e, h, given);
    // the order is the design: what is judged is learnt before the next choice, and noted after it
    judge_tick(&h->judge, config_params(e->config, CONFIG_JUDGE), e->system, obs, &e->frame);
    learn(e);
    detect(e, obs);
    follow(e);
    diagnose(e);
    decide(e, obs);
    judge_note(&h->judge, &e->frame.decision);
    return &e->frame;
}

void tend_set_learning(tend_engine *engine, tend_learning mode)
{
    engine->learning = mode;
}

void tend_learn(tend_engine *engine, const tend_outcome *outcome)
{
    tend_node me = node(engine, CONFIG_POLICY, engine->at_policy);
    if (engine->policy->learn)
        engine->policy->learn(&me, outcome);
}

tend_rc tend_guard_switch(tend_engine *engine, const char *name, bool on, tend_err *err)
{
    if (config_switch(engine->config, name, on))
        return TEND_OK;
    return tend_fail(err, TEND_USAGE, "guard switch \"%s\", expected kill_switch or dry_run", name);
}

typedef struct tail { // behind the block of a saved state
    uint64_t meaning, seal;
} tail;

size_t tend_state_size(const tend_engine *engine)
{
    return engine->size + sizeof(tail);
}

static uint64_t seal_of(const void *bytes, size_t size, uint64_t meaning)
{
    return hash_bytes(hash_bytes(HASH_START, bytes, size), &meaning, sizeof meaning);
}

void tend_save(const tend_engine *engine, void *out)
{
    tail end = {engine->meaning, seal_of(engine->block, engine->size, engine->meaning)};
    memcpy(out, engine->block, engine->size);
    memcpy((unsigned char *)out + engine->size, &end, sizeof end);
}

tend_rc tend_load(tend_engine *engine, const void *state, size_t size, tend_err *err)
{
    uint64_t cookie;
    tail end;
    if (size != tend_state_size(engine))
        return tend_fail(err, TEND_INPUT, "state of %zu bytes, expected %zu", size,
                         tend_state_size(engine));
    memcpy(&cookie, state, sizeof cookie);
    memcpy(&end, (const unsigned char *)state + engine->size, sizeof end);
    if (cookie != engine->cookie || end.meaning != engine->meaning)
        return tend_fail(err, TEND_INPUT, "state of another system or agent");
    // a damaged block would lead far outside of itself: what is in it is never checked again
    if (end.seal != seal_of(state, engine->size, end.meaning))
        return tend_fail(err, TEND_INPUT, "state is damaged: its checksum does not hold");
    memcpy(engine->block, state, engine->size);
    return TEND_OK;
}

uint64_t tend_hash(const tend_engine *engine)
{
    return hash_bytes(HASH_START, engine->block, engine->size);
}

uint64_t tend_hash_episode(const tend_engine *engine)
{
    return hash_bytes(HASH_START, engine->block, engine->at_policy);
}

void tend_copy_policy(tend_engine *to, const tend_engine *from)
{
    TEND_ASSERT(to->policy == from->policy && to->size == from->size);
    memcpy(to->block + to->at_policy, from->block + from->at_policy, to->size - to->at_policy);
}

const tend_policy *engine_policy(const tend_engine *engine, tend_node *me)
{
    *me = node(engine, CONFIG_POLICY, engine->at_policy);
    return engine->policy;
}

const tend_config *engine_config(const tend_engine *engine)
{
    return engine->config;
}

int64_t tend_guard_count(const tend_engine *engine, int rule)
{
    TEND_ASSERT(rule >= 0 && rule < GUARD_RULES);
    return guard_count(engine_guard(engine), rule);
}
