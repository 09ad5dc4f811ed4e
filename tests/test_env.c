// SPDX-License-Identifier: GPL-3.0-or-later
// test_env.c - the border between what all engines share and what one of them keeps for itself.
#include "env/fate.h"
#include "world_support.h"

#define DEFAULT "examples/systems/default.json"
enum { API, CACHE, DB }; // services of the default system
enum { API_DB = 1 };     // its second edge

static scenario any_fault(fault_type type, int start, int duration)
{
    bool on_edge = type == FAULT_NETWORK_DELAY || type == FAULT_NETWORK_LOSS;
    bool on_cache = type == FAULT_CACHE_EVICT || type == FAULT_CACHE_POISON;
    int service = type == FAULT_FLASH_CROWD ? API : on_cache ? CACHE : DB;
    return scenario_one(type, service, on_edge ? API_DB : -1, start, duration, 0.9);
}

// An engine of no queues: it counts calls in its own eight bytes and shows the tick's users.
static size_t counting_size(const sim_model *m)
{
    (void)m;
    return sizeof(double);
}

static double *counted(world *w, const sim_model *m)
{
    return (double *)(void *)((char *)w + m->own_at);
}

static void counting_step(world *w, const sim_model *m)
{
    double users = fleet_tick(w, m), now[TEND_METRIC_KINDS] = {0};
    *counted(w, m) += 1;
    now[TEND_REQUESTS] = users;
    for (int s = 0; s < m->S; s++)
        series_show(w, m, s, now, 0xFFFF);
    series_judge(w, m);
}

static const env_engine counting = {
    "counting",       counting_size, fleet_init,   counting_step, series_observe, actions_begin,
    actions_possible, fate_progress, series_truth, faults_heal,   series_hash,
};

static void a_world_runs_on_the_engine_of_its_model(void **state)
{
    (void)state;
    assert_ptr_equal(env_engines[0], &env_fluid);
    bed b = bed_of_file(DEFAULT);
    assert_ptr_equal(b.model->engine, &env_fluid);
    assert_int_equal(b.model->size, b.model->own_at + env_fluid.size(b.model));
    b.model->engine = &counting; // eight bytes are less than the flows have
    scenario crowd = any_fault(FAULT_FLASH_CROWD, 3, 2);
    world_init(b.w, b.model, &crowd, 1);
    double users[8];
    for (int t = 0; t < 8; t++) {
        tend_obs obs = bed_step(&b);
        users[t] = obs.value[API * USUAL_METRICS + TEND_REQUESTS];
        assert_near(obs.entry_p95_ms, 0, 0);
        assert_near(*counted(b.w, b.model), t + 1, 0);
    }
    assert_true(users[3] > 1.2 * users[2] && users[4] > 1.2 * users[2]);
    assert_true(users[2] < 1.1 * users[0] && users[5] < 1.1 * users[0]);
    bed_act(&b, TEND_SCALE_DOWN, API, -1);
    bed_act(&b, TEND_LIMIT, -1, -1);
    tend_obs obs = bed_step(&b);
    assert_near(obs.refused, 0.5, 1e-12);
    tend_facts truth;
    world_look_behind(b.w, b.model, &truth);
    assert_near(truth.backlog[API], 0, 0);
    bed_close(&b);
}

static void no_fault_and_no_action_writes_what_an_engine_keeps(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    size_t own = b.model->size - b.model->own_at;
    char *before = malloc(own);
    assert_non_null(before);
    for (int type = 1; type < FAULT_TYPES; type++) {
        scenario one = any_fault((fault_type)type, 20, 240);
        world_init(b.w, b.model, &one, 7);
        for (int t = 0; t < 20; t++)
            world_step(b.w, b.model);
        world *healthy = malloc(b.model->size);
        assert_non_null(healthy);
        memcpy(healthy, b.w, b.model->size);
        world_heal(healthy, b.model);
        memcpy(before, fluid_services(b.w, b.model), own);
        b.w->tick++;
        healthy->tick++;
        faults_apply(b.w, b.model);
        faults_apply(healthy, b.model);
        assert_memory_equal(before, fluid_services(b.w, b.model), own);
        // the fault shows in the users, or in the effects
        bool shows = b.w->flash > healthy->flash ||
                     memcmp(fleet_services(b.w, b.model), fleet_services(healthy, b.model),
                            b.model->series_at - b.model->fleet_at) != 0;
        assert_true(shows);
        for (int a = 0; a < b.system->A; a++)
            world_apply(b.w, b.model, a);
        for (int t = 0; t < 40; t++)
            actions_tick(b.w, b.model);
        assert_memory_equal(before, fluid_services(b.w, b.model), own);
        free(healthy);
    }
    free(before);
    bed_close(&b);
}

static void a_crash_cuts_off_its_share_of_the_work_in_flight(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario crash = any_fault(FAULT_CRASH_LOOP, 20, 240);
    world_init(b.w, b.model, &crash, 7);
    for (int t = 0; t < 20; t++)
        world_step(b.w, b.model);
    for (int since = 0; since < 8; since++) {
        double before = fluid_services(b.w, b.model)[DB].backlog;
        world_step(b.w, b.model);
        const fleet_service *f = &fleet_services(b.w, b.model)[DB];
        const fluid_service *s = &fluid_services(b.w, b.model)[DB];
        double share = (double)f->now.down / f->replicas;
        assert_true(f->now.down >= 1 && f->ready == f->replicas - f->now.down);
        assert_near(f->now.kept, since % 4 == 0 ? 1 - share : 1, 0);
        assert_near(f->now.broken, (since % 4 == 0 ? 0.5 : 0.15) * share, 1e-12);
        if (f->ready > 0) {
            double came = s->arrivals * (1 - s->shed) * b.model->step_s;
            double done = s->throughput * b.model->step_s;
            assert_near(f->now.kept * before + came - done, s->backlog, 1e-9 * (1 + before));
        }
        assert_near(fleet_services(b.w, b.model)[API].now.kept, 1, 0);
        assert_near(fleet_services(b.w, b.model)[API].now.broken, 0, 0);
    }
    bed_close(&b);
}

static void only_a_fault_that_lingers_acts_when_its_time_is_over(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    effects calm = {.slow = 1, .lock = 1, .evict = 1, .kept = 1};
    for (int type = 1; type < FAULT_TYPES; type++) {
        scenario one = any_fault((fault_type)type, 20, 10);
        world_init(b.w, b.model, &one, 7);
        for (int t = 0; t < 31; t++)
            world_step(b.w, b.model);
        const effects *now = &fleet_services(b.w, b.model)[one.fault[0].service].now;
        assert_int_equal(fault_lingers((fault_type)type), type == FAULT_RETRY_STORM);
        if (type == FAULT_RETRY_STORM) {
            assert_true(now->retries >= 1);
            assert_near(now->lock, 1, 0); // the trigger has passed
        } else {
            assert_memory_equal(now, &calm, sizeof calm);
        }
        const edge_effects *link = &fleet_edges(b.w, b.model)[API_DB].now;
        assert_true(link->delay_s == 0 && link->loss == 0);
        assert_near(b.w->flash, 1, 0);
    }
    bed_close(&b);
}

static void a_healed_world_has_no_effect_left(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    effects calm = {.slow = 1, .lock = 1, .evict = 1, .kept = 1};
    for (int type = 1; type < FAULT_TYPES; type++) {
        scenario one = any_fault((fault_type)type, 20, 240);
        world_init(b.w, b.model, &one, 7);
        for (int t = 0; t < 25; t++)
            world_step(b.w, b.model);
        double leak = fleet_services(b.w, b.model)[DB].leak;
        world_heal(b.w, b.model);
        world_step(b.w, b.model);
        for (int s = 0; s < b.system->S; s++)
            assert_memory_equal(&fleet_services(b.w, b.model)[s].now, &calm, sizeof calm);
        for (int e = 0; e < b.system->E; e++)
            assert_true(fleet_edges(b.w, b.model)[e].now.delay_s == 0 &&
                        fleet_edges(b.w, b.model)[e].now.loss == 0);
        assert_near(b.w->flash, 1, 0);
        assert_near(fleet_services(b.w, b.model)[DB].leak, leak, 0); // what it did stays
    }
    bed_close(&b);
}

static void the_right_action_ends_a_fault_and_no_other(void **state)
{
    (void)state;
    static const struct {
        fault_type type;
        unsigned by;
    } want[] = {{FAULT_CPU_HOG, 1u << TEND_RESTART},
                {FAULT_BAD_DEPLOY, 1u << TEND_ROLLBACK},
                {FAULT_CACHE_POISON, 1u << TEND_CLEAR_CACHE | 1u << TEND_RESTART},
                {FAULT_CRASH_LOOP, 1u << TEND_ROLLBACK},
                {FAULT_RETRY_STORM, 0},
                {FAULT_NETWORK_LOSS, 0}};
    bed b = bed_of_file(DEFAULT);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        for (int kind = 0; kind < TEND_ACTION_KINDS; kind++) {
            bool ends = want[i].by >> kind & 1;
            assert_int_equal(fault_ends(want[i].type, (tend_action_kind)kind), ends);
            scenario one = any_fault(want[i].type, 0, 240);
            world_init(b.w, b.model, &one, 7);
            world_step(b.w, b.model);
            faults_mended(b.w, b.model, (tend_action_kind)kind, API == one.fault[0].service);
            assert_int_equal(b.w->fault[0].over, 0); // done to another service
            faults_mended(b.w, b.model, (tend_action_kind)kind, one.fault[0].service);
            assert_int_equal(b.w->fault[0].over, ends);
        }
    bed_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_world_runs_on_the_engine_of_its_model),
        cmocka_unit_test(no_fault_and_no_action_writes_what_an_engine_keeps),
        cmocka_unit_test(a_crash_cuts_off_its_share_of_the_work_in_flight),
        cmocka_unit_test(only_a_fault_that_lingers_acts_when_its_time_is_over),
        cmocka_unit_test(a_healed_world_has_no_effect_left),
        cmocka_unit_test(the_right_action_ends_a_fault_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
