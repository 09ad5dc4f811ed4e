// SPDX-License-Identifier: GPL-3.0-or-later
// test_engine_api.c - what an embedding program may do to an open engine, and what it may not.
#include "support.h"

#include <signal.h>
#include <sys/wait.h>
#include <tend/tend.h>
#include <unistd.h>

static const char pair[] =
    "{\"name\":\"pair\",\"services\":[{\"name\":\"web\",\"replicas\":2,\"most_replicas\":4},"
    "{\"name\":\"db\",\"kind\":\"database\",\"replicas\":2,\"most_replicas\":4}],"
    "\"edges\":[{\"caller\":\"web\",\"callee\":\"db\"}],\"entry\":\"web\","
    "\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}";

typedef struct rig {
    tend_system *system;
    tend_config *config;
    tend_engine *engine;
    double value[12], edge[2], ready[2], age[2];
} rig;

static tend_err err;

static void open_rig(rig *r, const char *policy)
{
    *r = (rig){.edge = {5, 4}, .ready = {2, 2}, .age = {1000, 1000}};
    assert_int_equal(tend_system_parse(pair, sizeof pair - 1, "pair", &r->system, &err), TEND_OK);
    assert_int_equal(tend_config_new(&r->config, &err), TEND_OK);
    assert_int_equal(tend_config_set(r->config, "policy", policy, &err), TEND_OK);
    assert_int_equal(tend_config_set(r->config, "guard.confidence", "0", &err), TEND_OK);
    assert_int_equal(tend_open(r->system, r->config, 7, &r->engine, &err), TEND_OK);
}

static void close_rig(rig *r)
{
    tend_close(r->engine);
    tend_config_free(r->config);
    tend_system_free(r->system);
}

static tend_obs look(rig *r, int64_t tick, bool breach)
{
    for (int i = 0; i < 12; i++)
        r->value[i] = 0.3 + 0.001 * (double)((tick * 7 + i) % 5);
    r->value[0] = r->value[6] = breach ? 400 : 20;
    return (tend_obs){.size = sizeof(tend_obs),
                      .tick = tick,
                      .value = r->value,
                      .edge = r->edge,
                      .ready = r->ready,
                      .deploy_age = r->age,
                      .entry_p95_ms = breach ? 900 : 20,
                      .breach = breach};
}

// runs ticks from..to-1, breached for the first 25 of every 40; how often it acted
static int run(rig *r, tend_engine *engine, int64_t from, int64_t to)
{
    int acted = 0;
    for (int64_t t = from; t < to; t++) {
        tend_obs obs = look(r, t, t % 40 < 25);
        acted += tend_step(engine, &obs)->decision.action != 0;
    }
    return acted;
}

static void what_becomes_of_the_configuration_leaves_an_open_engine_as_it_is(void **state)
{
    (void)state;
    rig r;
    tend_engine *other;
    open_rig(&r, "random");
    assert_int_equal(tend_open(r.system, r.config, 7, &other, &err), TEND_OK);
    // every one of these is laid out for in the state block, or read at every tick
    assert_int_equal(tend_config_set(r.config, "detector.window", "4000", &err), TEND_OK);
    assert_int_equal(tend_config_set(r.config, "diagnoser.rows", "900", &err), TEND_OK);
    assert_int_equal(tend_config_set(r.config, "guard.kill_switch", "1", &err), TEND_OK);
    assert_int_equal(tend_config_set(r.config, "policy", "noop", &err), TEND_OK);
    int acted = run(&r, r.engine, 0, 400);
    tend_config_free(r.config);
    assert_true(acted > 0);
    assert_int_equal(run(&r, other, 0, 400), acted);
    assert_int_equal(tend_hash(other), tend_hash(r.engine));
    r.config = NULL;
    tend_close(other);
    close_rig(&r);
}

static void an_engine_opened_after_a_change_has_it(void **state)
{
    (void)state;
    rig r;
    tend_engine *other;
    open_rig(&r, "random");
    assert_int_equal(tend_config_set(r.config, "detector.window", "4000", &err), TEND_OK);
    assert_int_equal(tend_open(r.system, r.config, 7, &other, &err), TEND_OK);
    assert_true(tend_state_size(other) > tend_state_size(r.engine));
    tend_close(other);
    close_rig(&r);
}

static void the_kill_switch_can_be_thrown_and_released_while_running(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, "random");
    assert_true(run(&r, r.engine, 0, 200) > 0);
    assert_int_equal(tend_guard_switch(r.engine, "kill_switch", true, &err), TEND_OK);
    assert_int_equal(run(&r, r.engine, 200, 600), 0);
    assert_int_equal(tend_guard_switch(r.engine, "kill_switch", false, &err), TEND_OK);
    assert_true(run(&r, r.engine, 600, 800) > 0);
    close_rig(&r);
}

static void a_dry_run_can_be_switched_on_while_running(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, "noop");
    tend_obs obs = look(&r, 0, false);
    assert_false(tend_step(r.engine, &obs)->decision.dry_run);
    assert_int_equal(tend_guard_switch(r.engine, "dry_run", true, &err), TEND_OK);
    obs.tick = 1;
    assert_true(tend_step(r.engine, &obs)->decision.dry_run);
    assert_int_equal(tend_guard_switch(r.engine, "dry_run", false, &err), TEND_OK);
    obs.tick = 2;
    assert_false(tend_step(r.engine, &obs)->decision.dry_run);
    close_rig(&r);
}

static void nothing_but_the_switches_can_be_changed_while_running(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, "noop");
    static const char *const others[] = {"cooldown", "kill", "", "guard.kill_switch", "allow"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(tend_guard_switch(r.engine, others[i], true, &err), TEND_USAGE);
        assert_holds(err.text, "expected kill_switch or dry_run");
    }
    close_rig(&r);
}

static void a_state_saved_before_the_kill_switch_does_not_lift_it(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, "random");
    run(&r, r.engine, 0, 100);
    size_t size = tend_state_size(r.engine);
    void *saved = malloc(size);
    tend_save(r.engine, saved);
    assert_int_equal(tend_guard_switch(r.engine, "kill_switch", true, &err), TEND_OK);
    assert_int_equal(tend_load(r.engine, saved, size, &err), TEND_OK);
    assert_int_equal(run(&r, r.engine, 100, 400), 0);
    free(saved);
    close_rig(&r);
}

static void a_damaged_state_is_refused_and_the_engine_keeps_its_own(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, "random");
    run(&r, r.engine, 0, 80);
    size_t size = tend_state_size(r.engine);
    unsigned char *saved = malloc(size), *damaged = malloc(size);
    tend_save(r.engine, saved);
    uint64_t before = tend_hash(r.engine);
    for (size_t at = 0; at < size; at += at < 4000 || at + 16 > size ? 1 : 997) {
        memcpy(damaged, saved, size);
        damaged[at] ^= 0x10;
        assert_int_equal(tend_load(r.engine, damaged, size, &err), TEND_INPUT);
        // the cookie and the hash of the system say whose it is
        bool whose = at < 8 || (at >= size - 16 && at < size - 8);
        assert_holds(err.text, whose ? "another system or agent" : "damaged");
        assert_int_equal(tend_hash(r.engine), before);
    }
    assert_int_equal(tend_load(r.engine, saved, size - 1, &err), TEND_INPUT);
    assert_int_equal(tend_load(r.engine, saved, size, &err), TEND_OK);
    assert_int_equal(tend_hash(r.engine), before);
    free(damaged);
    free(saved);
    close_rig(&r);
}

static void an_observation_without_a_size_means_all_the_first_fields(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, "noop");
    tend_obs obs = look(&r, 5, true);
    obs.size = 0;
    const tend_obs *seen = tend_step(r.engine, &obs)->obs;
    assert_int_equal(seen->size, sizeof(tend_obs));
    assert_int_equal(seen->tick, 5);
    assert_true(seen->breach && seen->value == r.value && seen->deploy_age == r.age);
    assert_near(seen->entry_p95_ms, 900, 0);
    close_rig(&r);
}

static void fields_past_a_callers_size_are_unknown(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, "noop");
    tend_obs obs = look(&r, 5, true);
    obs.size = offsetof(tend_obs, deploy_age) + 1; // half a pointer is no pointer
    const tend_obs *seen = tend_step(r.engine, &obs)->obs;
    assert_int_equal(seen->tick, 5);
    assert_true(seen->ready == r.ready && seen->deploy_age != r.age);
    assert_true(isnan(seen->deploy_age[0]) && isnan(seen->deploy_age[1]));
    assert_true(isnan(seen->entry_p95_ms) && isnan(seen->refused) && !seen->breach);
    obs.size = sizeof obs.size; // of nothing but the size, a tick has passed all the same
    seen = tend_step(r.engine, &obs)->obs;
    assert_int_equal(seen->tick, 6);
    for (int i = 0; i < 12; i++)
        assert_true(isnan(seen->value[i]));
    obs.size = 4 * sizeof obs; // of a newer header
    seen = tend_step(r.engine, &obs)->obs;
    assert_true(seen->breach && seen->size == sizeof obs);
    close_rig(&r);
}

static void an_array_that_is_null_is_unknown(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, "rules");
    for (int64_t t = 0; t < 120; t++) {
        tend_obs obs = {.size = sizeof obs, .tick = t, .entry_p95_ms = 900, .breach = t > 60};
        const tend_frame *frame = tend_step(r.engine, &obs);
        assert_true(isnan(frame->obs->value[11]) && isnan(frame->obs->edge[1]));
        assert_true(isnan(frame->obs->ready[1]) && isnan(frame->obs->deploy_age[1]));
    }
    close_rig(&r);
}

// Each field of a decision, that of a tick in which nothing was chosen.
static void nothing_was_chosen(const tend_decision *d, int64_t tick)
{
    assert_true(d->action == 0 && d->arm == -1 && d->wanted == -1 && d->key == 0);
    assert_true(d->tick == tick && d->compared_count == 0 && !d->dry_run);
    assert_string_equal(d->context, "");
    assert_near(d->propensity, 1, 0);
    assert_near(d->confidence, 0, 0);
}

static void a_tick_without_a_choice_says_nothing_of_the_choice_before(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, "ucb");
    int chosen = 0, quiet = 0;
    for (int64_t t = 0; t < 400; t++) {
        tend_obs obs = look(&r, t, t > 60 && t % 40 < 25);
        const tend_decision *d = &tend_step(r.engine, &obs)->decision;
        if (d->key != 0) {
            chosen++;
            assert_true(d->context[0] && d->compared_count > 0 && d->arm >= 0);
        } else if (d->action == 0) { // a limit is lifted without a choice
            quiet++;
            nothing_was_chosen(d, t);
        }
    }
    assert_true(chosen > 5 && quiet > 50);
    close_rig(&r);
}

// Whatever is done about it users suffer: a limit must not be held for longer than the guard says.
static void a_limit_ends_in_a_breach_that_does_not(void **state)
{
    (void)state;
    const char *const policies[] = {"rules", "ucb", "random", "fixed"};
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        rig r;
        open_rig(&r, policies[i]);
        tend_engine *engine;
        // rules wait for a page that is masked
        const char *allow = i == 0 ? "limit,restart,scale_up" : "limit";
        assert_int_equal(tend_config_set(r.config, "guard.allow", allow, &err), TEND_OK);
        if (i == 3)
            assert_int_equal(tend_config_set(r.config, "policy.arm", "4", &err), TEND_OK);
        assert_int_equal(tend_open(r.system, r.config, 7, &engine, &err), TEND_OK);
        int64_t since = -1, held = 0, limits = 0;
        for (int64_t t = 0; t < 300; t++) {
            tend_obs obs = look(&r, t, t > 60);
            int action = tend_step(engine, &obs)->decision.action;
            tend_action_kind kind = r.system->actions[action].kind;
            limits += kind == TEND_LIMIT;
            since = kind == TEND_LIMIT ? t : kind == TEND_LIFT ? -1 : since;
            held = since >= 0 && t - since > held ? t - since : held;
        }
        if (limits == 0 || held != 59) // limit_most is 60
            fail_msg("%s: %d limits, held for %d ticks", policies[i], (int)limits, (int)held);
        tend_close(engine);
        close_rig(&r);
    }
}

static double told; // what the policy below says of its choice

static void say(const tend_node *me, const tend_view *view, tend_decision *out)
{
    (void)me;
    (void)view;
    out->propensity = told;
}

// Whether an engine goes on with a policy that says this of its choice; asked in a process apart.
static bool goes_on(double propensity)
{
    static const tend_policy own = {.base = {.name = "own", .help = "says it"}, .decide = say};
    rig r;
    told = propensity;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGILL, SIG_DFL); // cmocka's would go on with the next test
        signal(SIGTRAP, SIG_DFL);
        tend_config *config;
        open_rig(&r, "noop");
        if (tend_config_new(&config, &err) != TEND_OK ||
            tend_config_register_policy(config, &own, &err) != TEND_OK ||
            tend_config_set(config, "policy", "own", &err) != TEND_OK ||
            tend_open(r.system, config, 7, &r.engine, &err) != TEND_OK)
            _exit(0); // which the impossible ones must not
        run(&r, r.engine, 0, 2);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void a_propensity_that_is_no_probability_stops_the_program(void **state)
{
    (void)state;
    assert_true(goes_on(1) && goes_on(0.25));
    assert_false(goes_on(2));
    assert_false(goes_on(0));
    assert_false(goes_on(-1));
    assert_false(goes_on((double)NAN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_becomes_of_the_configuration_leaves_an_open_engine_as_it_is),
        cmocka_unit_test(an_engine_opened_after_a_change_has_it),
        cmocka_unit_test(the_kill_switch_can_be_thrown_and_released_while_running),
        cmocka_unit_test(a_dry_run_can_be_switched_on_while_running),
        cmocka_unit_test(nothing_but_the_switches_can_be_changed_while_running),
        cmocka_unit_test(a_state_saved_before_the_kill_switch_does_not_lift_it),
        cmocka_unit_test(a_damaged_state_is_refused_and_the_engine_keeps_its_own),
        cmocka_unit_test(an_observation_without_a_size_means_all_the_first_fields),
        cmocka_unit_test(fields_past_a_callers_size_are_unknown),
        cmocka_unit_test(an_array_that_is_null_is_unknown),
        cmocka_unit_test(a_limit_ends_in_a_breach_that_does_not),
        cmocka_unit_test(a_propensity_that_is_no_probability_stops_the_program),
        cmocka_unit_test(a_tick_without_a_choice_says_nothing_of_the_choice_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
