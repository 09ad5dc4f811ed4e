// SPDX-License-Identifier: GPL-3.0-or-later
// test_engine.c - save, load, fork, determinism and learning of the engine as a whole.
#include "support.h"

#include "base/rng.h"
#include "drive/setup.h"

#include <tend/tend.h>

typedef struct stage {
    run_setup setup;
    tend_drive *run;
} stage;

static int setup_stage(void **state)
{
    static stage x;
    tend_err err = {TEND_OK, ""};
    run_files files = {"examples/systems/default.json", NULL, NULL};
    if (run_setup_open(&x.setup, &files, 240, &err) != TEND_OK ||
        run_open(&x.setup, &x.run, &err) != TEND_OK)
        fail_msg("%s", err.text);
    *state = &x;
    return 0;
}

static int teardown_stage(void **state)
{
    stage *x = *state;
    tend_drive_close(x->run);
    run_setup_close(&x->setup);
    return 0;
}

static void feed(world *w, const run_setup *setup, tend_engine *engine, int ticks)
{
    for (int t = 0; t < ticks; t++) {
        tend_obs obs;
        world_step(w, setup->sim->model);
        world_observe(w, setup->sim->model, &obs);
        const tend_frame *frame = tend_step(engine, &obs);
        if (frame->decision.action)
            world_apply(w, setup->sim->model, frame->decision.action);
    }
}

static void a_loaded_snapshot_continues_like_the_original(void **state)
{
    stage *x = *state;
    tend_err err = {TEND_OK, ""};
    tend_engine *one, *two;
    scenario incident;
    assert_int_equal(tend_open(x->setup.sim->system, x->setup.config, 3, &one, &err), TEND_OK);
    assert_int_equal(tend_open(x->setup.sim->system, x->setup.config, 99, &two, &err), TEND_OK);
    assert_int_equal(scenario_draw(&x->setup.sim->spec, x->setup.sim->system, x->setup.sim->plant,
                                   12, &incident, &err),
                     TEND_OK);
    size_t bytes = world_size(x->setup.sim->model);
    world *first = calloc(1, bytes), *fork = calloc(1, bytes);
    world_init(first, x->setup.sim->model, &incident, 12);
    feed(first, &x->setup, one, 120);
    void *saved = malloc(tend_state_size(one));
    tend_save(one, saved);
    memcpy(fork, first, bytes);
    feed(first, &x->setup, one, 120);
    assert_int_not_equal(tend_hash(two), tend_hash(one));
    assert_int_equal(tend_load(two, saved, tend_state_size(one), &err), TEND_OK);
    feed(fork, &x->setup, two, 120);
    assert_int_equal(tend_hash(two), tend_hash(one));
    assert_int_equal(world_hash(fork, x->setup.sim->model), world_hash(first, x->setup.sim->model));
    free(saved);
    free(first);
    free(fork);
    tend_close(one);
    tend_close(two);
}

static void a_state_of_another_agent_is_refused_and_nothing_changes(void **state)
{
    stage *x = *state;
    tend_err err = {TEND_OK, ""};
    tend_config *other;
    tend_engine *one, *two;
    assert_int_equal(tend_config_new(&other, &err), TEND_OK);
    assert_int_equal(tend_config_set(other, "guard.cooldown", "11", &err), TEND_OK);
    assert_int_equal(tend_open(x->setup.sim->system, x->setup.config, 3, &one, &err), TEND_OK);
    assert_int_equal(tend_open(x->setup.sim->system, other, 3, &two, &err), TEND_OK);
    void *saved = malloc(tend_state_size(one));
    tend_save(one, saved);
    uint64_t before = tend_hash(two);
    assert_int_equal(tend_load(two, saved, tend_state_size(one), &err), TEND_INPUT);
    assert_int_equal(tend_load(two, saved, 5, &err), TEND_INPUT);
    assert_int_equal(tend_hash(two), before);
    free(saved);
    tend_close(one);
    tend_close(two);
    tend_config_free(other);
}

// what is saved of one system, given to an engine of the other
static tend_rc carried(const char *from, const char *to, tend_err *err)
{
    const char *const text[] = {from, to};
    tend_system *system[2];
    tend_engine *engine[2];
    tend_config *config;
    assert_int_equal(tend_config_new(&config, err), TEND_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tend_system_parse(text[i], strlen(text[i]), "s", &system[i], err),
                         TEND_OK);
        assert_int_equal(tend_open(system[i], config, 3, &engine[i], err), TEND_OK);
    }
    size_t size = tend_state_size(engine[0]);
    assert_int_equal(tend_state_size(engine[1]), size);
    void *saved = malloc(size);
    tend_save(engine[0], saved);
    uint64_t before = tend_hash(engine[1]);
    tend_rc rc = tend_load(engine[1], saved, size, err);
    if (rc != TEND_OK)
        assert_int_equal(tend_hash(engine[1]), before);
    free(saved);
    for (int i = 0; i < 2; i++) {
        tend_close(engine[i]);
        tend_system_free(system[i]);
    }
    tend_config_free(config);
    return rc;
}

#define TWO(name, first, kind, second, limits, actions, slo)                                       \
    "{\"name\":\"" name "\",\"services\":[{\"name\":\"" first "\"},{\"name\":\"" second            \
    "\",\"kind\":\"" kind "\"" limits "}],\"edges\":[{\"caller\":\"" first                         \
    "\",\"callee\":\"" second "\"}],\"entry\":\"" first "\",\"slo\":{\"p95_ms\":" slo              \
    ",\"error_share\":0.05},\"actions\":[" actions "]}"
#define HOME TWO("a", "web", "database", "db", "", "\"restart\"", "250")

static void a_state_of_another_system_of_the_same_shape_is_refused(void **state)
{
    (void)state;
    tend_err err = {TEND_OK, ""};
    static const char *const others[] = {
        TWO("a", "db", "database", "web", "", "\"restart\"", "250"),
        TWO("a", "web", "cache", "db", "", "\"restart\"", "250"),
        TWO("a", "web", "database", "db", "", "\"rollback\"", "250"),
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(carried(HOME, others[i], &err), TEND_INPUT);
        assert_holds(err.text, "another system");
    }
    assert_int_equal(carried(HOME, HOME, &err), TEND_OK);
    // another name, objective and bounds: the numbers in the state mean the same
    assert_int_equal(
        carried(HOME,
                TWO("b", "web", "database", "db", ",\"most_replicas\":9", "\"restart\"", "99"),
                &err),
        TEND_OK);
}

static void an_episode_is_the_same_each_time_and_seeds_differ(void **state)
{
    stage *x = *state;
    tend_err err = {TEND_OK, ""};
    result first, again, other;
    assert_int_equal(drive_episode(x->run, 12, &first, NULL, NULL, &err), TEND_OK);
    assert_int_equal(drive_episode(x->run, 13, &other, NULL, NULL, &err), TEND_OK);
    assert_int_equal(drive_episode(x->run, 12, &again, NULL, NULL, &err), TEND_OK);
    assert_int_equal(first.state_hash, again.state_hash);
    assert_int_not_equal(first.state_hash, other.state_hash);
}

static void what_was_learnt_survives_a_round_through_json(void **state)
{
    stage *x = *state;
    tend_err err = {TEND_OK, ""};
    tend_engine *one, *two;
    assert_int_equal(tend_open(x->setup.sim->system, x->setup.config, 3, &one, &err), TEND_OK);
    assert_int_equal(tend_open(x->setup.sim->system, x->setup.config, 3, &two, &err), TEND_OK);
    rng r = rng_make(1, "lessons");
    for (int i = 0; i < 500; i++)
        tend_learn(one, &(tend_outcome){.key = 1 + rng_below(&r, 600),
                                        .arm = (int)rng_below(&r, 7),
                                        .reward = rng_uniform(&r)});
    char *text = NULL, *again = NULL;
    assert_int_equal(tend_policy_write(one, &text, &err), TEND_OK);
    assert_int_equal(tend_policy_parse(two, text, strlen(text), "p.json", &err), TEND_OK);
    assert_int_equal(tend_policy_write(two, &again, &err), TEND_OK);
    assert_string_equal(text, again);
    assert_int_equal(tend_hash(one), tend_hash(two));
    // a truncated file is refused and takes nothing away
    assert_int_equal(tend_policy_parse(two, text, strlen(text) / 2, "p.json", &err), TEND_INPUT);
    assert_non_null(strstr(err.text, "p.json"));
    assert_int_equal(tend_hash(one), tend_hash(two));
    free(text);
    free(again);
    tend_close(one);
    tend_close(two);
}

static void garbage_in_a_sample_neither_poisons_nor_blinds(void **state)
{
    stage *x = *state;
    tend_err err = {TEND_OK, ""};
    const tend_system *s = x->setup.sim->system;
    static const double garbage[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300};
    scenario healthy = {.name = "healthy"}, sick = {.name = "sick", .faults = 1};
    sick.fault[0] = (fault){FAULT_SLOW_DB, tend_system_service(s, "db"), -1, 150, 240, 0, 0, 0.9};
    double *value = calloc((size_t)(s->S * s->M), sizeof *value);
    world *w = calloc(1, world_size(x->setup.sim->model));
    tend_engine *engine;
    assert_int_equal(tend_open(s, x->setup.config, 3, &engine, &err), TEND_OK);
    for (int round = 0; round < 2; round++) {
        int alarms = 0;
        rng r = rng_make(3, "garbage");
        world_init(w, x->setup.sim->model, round ? &sick : &healthy, 4);
        tend_reset(engine, 4);
        for (int t = 0; t < 240; t++) {
            tend_obs obs;
            world_step(w, x->setup.sim->model);
            world_observe(w, x->setup.sim->model, &obs);
            memcpy(value, obs.value, (size_t)(s->S * s->M) * sizeof *value);
            value[rng_below(&r, (uint32_t)(s->S * s->M))] = garbage[t % 5];
            obs.value = value;
            alarms += tend_step(engine, &obs)->findings.alarm;
        }
        assert_true(round ? alarms > 40 : alarms == 0);
    }
    tend_close(engine);
    free(w);
    free(value);
}

static void a_dry_run_recommends_and_touches_nothing(void **state)
{
    stage *x = *state;
    tend_err err = {TEND_OK, ""};
    run_setup dry = x->setup;
    tend_sim_setup slow = *x->setup.sim;
    tend_config *config;
    tend_drive *r;
    result watched, untouched;
    assert_int_equal(tend_config_new(&config, &err), TEND_OK);
    assert_int_equal(tend_config_set(config, "guard.dry_run", "1", &err), TEND_OK);
    dry.config = config;
    slow.spec.type = FAULT_SLOW_DB;
    slow.spec.healthy = 0;
    dry.sim = &slow;
    assert_int_equal(run_open(&dry, &r, &err), TEND_OK);
    assert_int_equal(drive_episode(r, 12, &watched, NULL, NULL, &err), TEND_OK);
    tend_drive_close(r);
    assert_int_equal(tend_config_set(config, "policy", "noop", &err), TEND_OK);
    assert_int_equal(run_open(&dry, &r, &err), TEND_OK);
    assert_int_equal(drive_episode(r, 12, &untouched, NULL, NULL, &err), TEND_OK);
    tend_drive_close(r);
    assert_true(watched.actions > 0);
    assert_int_equal(untouched.actions, 0);
    assert_int_equal(watched.slo_steps, untouched.slo_steps);
    tend_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loaded_snapshot_continues_like_the_original),
        cmocka_unit_test(a_state_of_another_agent_is_refused_and_nothing_changes),
        cmocka_unit_test(a_state_of_another_system_of_the_same_shape_is_refused),
        cmocka_unit_test(an_episode_is_the_same_each_time_and_seeds_differ),
        cmocka_unit_test(what_was_learnt_survives_a_round_through_json),
        cmocka_unit_test(garbage_in_a_sample_neither_poisons_nor_blinds),
        cmocka_unit_test(a_dry_run_recommends_and_touches_nothing),
    };
    return cmocka_run_group_tests(tests, setup_stage, teardown_stage);
}
