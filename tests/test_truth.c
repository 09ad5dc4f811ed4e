// SPDX-License-Identifier: GPL-3.0-or-later
// test_truth.c - the agent sees observations only: swapping the truth behind them changes nothing.
#include "support.h"

#include "drive/setup.h"

#include <tend/sim.h>
#include <tend/tend.h>

enum { TICKS = 240, RECEIPTS = 64 };

typedef struct stage {
    run_setup setup;
    world *world;
    tend_engine *engine;
} stage;

static void open_stage(stage *x)
{
    tend_err err = {TEND_OK, ""};
    run_files files = {"examples/systems/default.json", NULL, NULL};
    if (run_setup_open(&x->setup, &files, TICKS, &err) != TEND_OK)
        fail_msg("%s", err.text);
    x->world = calloc(1, world_size(x->setup.sim->model));
    assert_int_equal(tend_open(x->setup.sim->system, x->setup.config, 5, &x->engine, &err),
                     TEND_OK);
    tend_set_learning(x->engine, TEND_FROZEN); // or the first play teaches the second
}

static void close_stage(stage *x)
{
    tend_close(x->engine);
    free(x->world);
    run_setup_close(&x->setup);
}

static void start(stage *x, fault_type type, int service, int onset)
{
    scenario incident = {.name = "swap", .faults = 1};
    incident.fault[0] = (fault){.type = type,
                                .service = service,
                                .edge = -1,
                                .start = onset,
                                .duration = TICKS,
                                .severity = 0.9};
    world_init(x->world, x->setup.sim->model, &incident, 77);
    tend_reset(x->engine, 77);
}

static uint64_t play(stage *x, int ticks)
{
    for (int t = 0; t < ticks; t++) {
        tend_obs obs;
        world_step(x->world, x->setup.sim->model);
        world_observe(x->world, x->setup.sim->model, &obs);
        const tend_frame *frame = tend_step(x->engine, &obs);
        if (frame->decision.action)
            world_apply(x->world, x->setup.sim->model, frame->decision.action);
    }
    return tend_hash(x->engine);
}

static void before_its_onset_no_fault_leaves_a_trace_in_the_agent(void **state)
{
    stage *x = *state;
    int db = tend_system_service(x->setup.sim->system, "db");
    start(x, FAULT_SLOW_DB, db, 200);
    uint64_t slow = play(x, 200);
    start(x, FAULT_CPU_HOG, 0, 200);
    assert_int_equal(play(x, 200), slow);
    start(x, FAULT_CPU_HOG, 0, 100); // and the test can fail: an onset inside shows
    assert_int_not_equal(play(x, 200), slow);
}

// the same observations from other memory, with another incident going on in the world behind
static void the_same_observations_give_the_same_decisions_whatever_the_truth(void **state)
{
    stage *x = *state;
    const tend_system *s = x->setup.sim->system;
    size_t cells = (size_t)(s->S * s->M + 2 * s->E + 2 * s->S);
    double *log = calloc(cells * TICKS, sizeof *log);
    tend_obs seen[TICKS];
    start(x, FAULT_SLOW_DB, tend_system_service(s, "db"), 100);
    for (int t = 0; t < TICKS; t++) {
        tend_obs obs;
        world_step(x->world, x->setup.sim->model);
        world_observe(x->world, x->setup.sim->model, &obs);
        double *to = log + cells * (size_t)t;
        seen[t] = obs;
        seen[t].value = memcpy(to, obs.value, (size_t)(s->S * s->M) * sizeof *to);
        seen[t].edge = memcpy(to + s->S * s->M, obs.edge, (size_t)(2 * s->E) * sizeof *to);
        to += s->S * s->M + 2 * s->E;
        seen[t].ready = memcpy(to, obs.ready, (size_t)s->S * sizeof *to);
        seen[t].deploy_age = memcpy(to + s->S, obs.deploy_age, (size_t)s->S * sizeof *to);
        tend_step(x->engine, &obs);
    }
    uint64_t hash = tend_hash(x->engine);
    start(x, FAULT_FLASH_CROWD, s->entry, 60);
    for (int t = 0; t < TICKS; t++) {
        world_step(x->world, x->setup.sim->model);
        tend_step(x->engine, &seen[t]);
    }
    assert_int_equal(tend_hash(x->engine), hash);
    free(log);
}

typedef struct told { // of one tick, in memory of its own
    tend_obs obs;
    tend_receipt receipt[RECEIPTS];
    double *values;
} told;

static void keep(told *t, const tend_system *s, const tend_obs *obs)
{
    const size_t width[] = {(size_t)(s->S * s->M), 2 * (size_t)s->E, (size_t)s->S, (size_t)s->S};
    const double *from[] = {obs->value, obs->edge, obs->ready, obs->deploy_age};
    double *to = calloc(width[0] + width[1] + width[2] + width[3], sizeof *to);
    t->obs = *obs;
    t->values = to;
    for (int i = 0; i < 4; i++) {
        const double *copy = memcpy(to, from[i], width[i] * sizeof *to);
        *(const double **[]){&t->obs.value, &t->obs.edge, &t->obs.ready, &t->obs.deploy_age}[i] =
            copy;
        to += width[i];
    }
    assert_in_range(obs->receipts, 0, RECEIPTS);
    memcpy(t->receipt, obs->receipt, (size_t)obs->receipts * sizeof *t->receipt);
    t->obs.receipt = t->receipt;
}

// The loop closed, with actions that take effect and receipts of them; then the same agent is told
// the same once more, with no world at all.
static void what_it_was_told_makes_the_agent_again_without_a_world(void **state)
{
    stage *x = *state;
    tend_err err = {TEND_OK, ""};
    tend_sim *sim = NULL;
    told *log = calloc(TICKS, sizeof *log);
    int actions = 0, receipts = 0, taken[TICKS];
    assert_int_equal(tend_sim_open(x->setup.sim, &sim, &err), TEND_OK);
    assert_int_equal(tend_sim_reset(sim, 7, &err), TEND_OK);
    tend_reset(x->engine, 7);
    for (int t = 0; t < TICKS; t++) {
        tend_obs obs;
        assert_true(tend_sim_step(sim));
        tend_sim_observe(sim, &obs);
        keep(&log[t], x->setup.sim->system, &obs);
        taken[t] = tend_step(x->engine, &obs)->decision.action;
        receipts += obs.receipts;
        actions += taken[t] != 0;
        tend_sim_act(sim, taken[t]);
    }
    uint64_t hash = tend_hash(x->engine);
    tend_sim_close(sim);
    assert_true(actions > 0 && receipts >= actions);
    tend_reset(x->engine, 7);
    for (int t = 0; t < TICKS; t++)
        assert_int_equal(tend_step(x->engine, &log[t].obs)->decision.action, taken[t]);
    assert_int_equal(tend_hash(x->engine), hash);
    for (int t = 0; t < TICKS; t++)
        free(log[t].values);
    free(log);
}

static int setup_stage(void **state)
{
    static stage x;
    open_stage(&x);
    *state = &x;
    return 0;
}

static int teardown_stage(void **state)
{
    close_stage(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_its_onset_no_fault_leaves_a_trace_in_the_agent),
        cmocka_unit_test(the_same_observations_give_the_same_decisions_whatever_the_truth),
        cmocka_unit_test(what_it_was_told_makes_the_agent_again_without_a_world),
    };
    return cmocka_run_group_tests(tests, setup_stage, teardown_stage);
}
