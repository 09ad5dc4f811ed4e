// SPDX-License-Identifier: GPL-3.0-or-later
// test_guard.c - no sequence of decisions gets past the guard, and the audit is no rubber stamp.
#include "support.h"

#include "agent/config.h"
#include "agent/decide/guard.h"
#include "agent/incident.h"
#include "base/rng.h"
#include "report/audit.h"

#include <tend/engine.h>

enum { S = 4, TICKS = 400, SEQUENCES = 2500 }; // 10^6 decisions

static tend_system *make_system(void)
{
    static const tend_service services[S] = {{"api", TEND_SERVICE, 3, 1, 6},
                                             {"cart", TEND_SERVICE, 2, 1, 4},
                                             {"cache", TEND_CACHE, 1, 1, 2},
                                             {"db", TEND_DATABASE, 2, 2, 3}};
    static const tend_metric metrics[] = {{"p95_ms", "ms", TEND_LATENCY}};
    static const tend_edge edges[] = {{0, 1}, {1, 2}, {1, 3}};
    const tend_system draft = {.name = "four",
                               .step_s = 1,
                               .S = S,
                               .M = 1,
                               .E = 3,
                               .services = services,
                               .metrics = metrics,
                               .edges = edges,
                               .slo = {100, 0.02}};
    tend_system *system = NULL;
    tend_err err = {TEND_OK, ""};
    assert_int_equal(tend_system_build(&draft, &system, &err), TEND_OK);
    return system;
}

// one tick of made-up trouble: alarms and breaches come and go in stretches
typedef struct trouble {
    tend_obs obs;
    tend_frame frame;
    incident_state incidents;
    tend_suspect suspect;
    double ready[S], value[S], edge[6], age[S];
    bool sick;
} trouble;

static void next_trouble(trouble *x, rng *r, int64_t tick)
{
    if (rng_below(r, 40) == 0)
        x->sick = !x->sick;
    for (int s = 0; s < S; s++)
        x->ready[s] = rng_below(r, 10) == 0 ? (double)NAN : (double)rng_below(r, 5);
    x->obs = (tend_obs){.tick = tick,
                        .value = x->value,
                        .edge = x->edge,
                        .ready = x->ready,
                        .deploy_age = x->age,
                        .breach = x->sick && rng_below(r, 3) > 0};
    x->suspect = (tend_suspect){
        .service = (int)rng_below(r, S), .edge = -1, .metric = 0, .confidence = rng_uniform(r)};
    x->frame = (tend_frame){.obs = &x->obs};
    x->frame.findings.alarm = x->sick && rng_below(r, 4) > 0;
    x->frame.causes.suspect = &x->suspect;
    x->frame.causes.count = rng_below(r, 5) > 0;
}

// the mask of a tick, with the incidents followed as the engine does
static void mask(trouble *x, guard *g, const guard_terms *terms, const tend_system *system,
                 bool *allowed, unsigned char *masked)
{
    incident_follow(&x->incidents, (int64_t)terms->params->calm, &x->frame);
    guard_mask(g, terms, system, &x->frame, allowed, masked);
}

static void draw_parameters(tend_config *config, rng *r)
{
    for (const tend_param *p = guard_param_table; p->name; p++) {
        char path[64], value[32];
        if (strcmp(p->name, "kill_switch") == 0 || strcmp(p->name, "dry_run") == 0)
            continue;
        double most = p->most > 30 ? 30 : p->most;
        double drawn =
            p->kind == TEND_NUMBER ? rng_uniform(r) : p->least + rng_below(r, (uint32_t)most);
        snprintf(path, sizeof path, "guard.%s", p->name);
        snprintf(value, sizeof value, "%.17g", drawn > p->most ? p->most : drawn);
        assert_int_equal(tend_config_set(config, path, value, NULL), TEND_OK);
    }
}

// plays random sequences; obedient: the choice is made among what the guard allows
static int play(bool obedient, int sequences)
{
    tend_system *system = make_system();
    tend_config *config;
    assert_int_equal(tend_config_new(&config, NULL), TEND_OK);
    guard *g = malloc(guard_size(system));
    audit *check = calloc(1, sizeof *check);
    bool *allowed = calloc((size_t)system->A, sizeof *allowed);
    unsigned char *masked = calloc((size_t)system->A, 1);
    rng r = rng_make(7, "guard");
    int violations = 0;
    guard_terms terms = {.params = config_params(config, CONFIG_GUARD)};
    for (int n = 0; n < sequences; n++) {
        draw_parameters(config, &r);
        guard_init(g, system);
        audit_start(check, system, config);
        trouble x = {.sick = false};
        for (int64_t tick = 0; tick < TICKS; tick++) {
            next_trouble(&x, &r, tick);
            mask(&x, g, &terms, system, allowed, masked);
            assert_true(allowed[0]);
            int action = (int)rng_below(&r, (uint32_t)system->A);
            if (obedient && !allowed[action])
                action = 0;
            tend_decision d = {.action = action, .wanted = -1, .masked = masked};
            assert_int_equal(audit_tick(check, &x.obs, x.frame.findings.alarm,
                                        x.frame.causes.count ? x.suspect.confidence : 0, action,
                                        NULL),
                             TEND_OK);
            guard_note(g, &terms, system, &x.obs, &d);
        }
        if (check->violations && obedient)
            print_error("sequence %d: %s\n", n, check->first);
        violations += check->violations;
    }
    free(masked);
    free(allowed);
    audit_close(check);
    free(check);
    free(g);
    tend_config_free(config);
    tend_system_free(system);
    return violations;
}

static void a_million_random_decisions_break_no_rule(void **state)
{
    (void)state;
    assert_int_equal(play(true, SEQUENCES), 0);
}

static void the_audit_finds_what_an_unguarded_agent_breaks(void **state)
{
    (void)state;
    assert_true(play(false, 20) > 1000);
}

typedef struct bench {
    tend_system *system;
    tend_config *config;
    guard *g;
    trouble x;
    bool allowed[64];
    unsigned char masked[64];
    guard_terms terms;
} bench;

static void open_bench(bench *b)
{
    memset(b, 0, sizeof *b);
    b->system = make_system();
    assert_true(b->system->A <= 64);
    assert_int_equal(tend_config_new(&b->config, NULL), TEND_OK);
    b->terms.params = config_params(b->config, CONFIG_GUARD);
    b->g = malloc(guard_size(b->system));
    guard_init(b->g, b->system);
    rng r = rng_make(1, "bench");
    next_trouble(&b->x, &r, 0);
    for (int s = 0; s < S; s++)
        b->x.ready[s] = 2;
    b->x.obs.breach = b->x.frame.findings.alarm = true;
    b->x.frame.causes.count = 1;
    b->x.suspect.confidence = 0.9;
}

static void close_bench(bench *b)
{
    free(b->g);
    tend_config_free(b->config);
    tend_system_free(b->system);
}

static const char *rule_of(bench *b, int64_t tick, tend_action_kind kind, int service)
{
    b->x.obs.tick = tick;
    mask(&b->x, b->g, &b->terms, b->system, b->allowed, b->masked);
    int action = tend_system_action(b->system, kind, service, -1);
    return tend_guard_rule_name(b->masked[action]);
}

static void take(bench *b, int64_t tick, tend_action_kind kind, int service)
{
    b->x.obs.tick = tick;
    int action = tend_system_action(b->system, kind, service, -1);
    tend_decision d = {.action = action, .wanted = -1, .masked = b->masked};
    guard_note(b->g, &b->terms, b->system, &b->x.obs, &d);
}

static void each_rule_masks_what_it_names_and_nothing_before(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    assert_string_equal(rule_of(&b, 0, TEND_RESTART, 0), "");
    assert_string_equal(rule_of(&b, 0, TEND_LIFT, -1), "undone");
    take(&b, 0, TEND_RESTART, 0);
    assert_string_equal(rule_of(&b, 1, TEND_RESTART, 0), "verify");
    assert_string_equal(rule_of(&b, 1, TEND_RESTART, 1), "second_target");
    assert_string_equal(rule_of(&b, 4, TEND_RESTART, 1), "in_flight");
    assert_string_equal(rule_of(&b, 9, TEND_RESTART, 0), "cooldown");
    assert_string_equal(rule_of(&b, 10, TEND_RESTART, 0), "");
    b.x.ready[0] = 1;
    assert_string_equal(rule_of(&b, 10, TEND_RESTART, 0), "last_replica");
    b.x.ready[0] = 0; // nothing left to lose
    assert_string_equal(rule_of(&b, 10, TEND_RESTART, 0), "");
    assert_string_equal(rule_of(&b, 10, TEND_SCALE_DOWN, 3), "replica_bounds");
    b.x.suspect.confidence = 0.05;
    assert_string_equal(rule_of(&b, 10, TEND_ROLLBACK, 1), "confidence");
    assert_string_equal(rule_of(&b, 10, TEND_SCALE_UP, 1), "");
    close_bench(&b);
}

static void without_an_incident_nothing_but_lifting_is_allowed(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    take(&b, 0, TEND_LIMIT, -1);
    b.x.obs.breach = b.x.frame.findings.alarm = false;
    assert_string_equal(rule_of(&b, 9, TEND_SCALE_UP, 1), "incident");
    assert_string_equal(rule_of(&b, 9, TEND_LIFT, -1), "");
    close_bench(&b);
}

static void a_limit_held_too_long_must_go_before_anything_else(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    take(&b, 0, TEND_LIMIT, -1);
    assert_string_equal(rule_of(&b, 59, TEND_SCALE_UP, 1), "");
    assert_false(guard_lift_due(b.g, &b.terms, 59));
    assert_string_equal(rule_of(&b, 60, TEND_SCALE_UP, 1), "limit_due");
    assert_true(guard_lift_due(b.g, &b.terms, 60));
    assert_string_equal(rule_of(&b, 60, TEND_LIFT, -1), "");
    take(&b, 60, TEND_LIFT, -1);
    assert_false(guard_lift_due(b.g, &b.terms, 61));
    close_bench(&b);
}

static void what_did_not_help_three_times_is_not_repeated_until_the_incident_ends(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(rule_of(&b, 20 * i, TEND_RESTART, 0), "");
        take(&b, 20 * i, TEND_RESTART, 0);
    }
    assert_string_equal(rule_of(&b, 60, TEND_RESTART, 0), "ineffective");
    b.x.obs.breach = b.x.frame.findings.alarm = false;
    for (int i = 0; i < 10; i++)
        rule_of(&b, 61 + i, TEND_RESTART, 0);
    b.x.obs.breach = true;
    assert_string_equal(rule_of(&b, 80, TEND_RESTART, 0), "");
    close_bench(&b);
}

static void the_kill_switch_masks_everything_but_doing_nothing(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    assert_int_equal(tend_config_set(b.config, "guard.kill_switch", "1", NULL), TEND_OK);
    rule_of(&b, 0, TEND_RESTART, 0);
    for (int a = 0; a < b.system->A; a++)
        assert_true(b.allowed[a] == (a == 0));
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_random_decisions_break_no_rule),
        cmocka_unit_test(the_audit_finds_what_an_unguarded_agent_breaks),
        cmocka_unit_test(each_rule_masks_what_it_names_and_nothing_before),
        cmocka_unit_test(without_an_incident_nothing_but_lifting_is_allowed),
        cmocka_unit_test(a_limit_held_too_long_must_go_before_anything_else),
        cmocka_unit_test(what_did_not_help_three_times_is_not_repeated_until_the_incident_ends),
        cmocka_unit_test(the_kill_switch_masks_everything_but_doing_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
