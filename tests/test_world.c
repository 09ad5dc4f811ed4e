// SPDX-License-Identifier: GPL-3.0-or-later
// test_world.c - the simulated world as a thing: bytes, noise, actions and what can be seen.
#include "base/rng.h"
#include "world_support.h"

#define DEFAULT "examples/systems/default.json"
enum { API, CACHE, DB }; // services of the default system
enum { API_DB = 1 };     // its second edge

static void equal_seeds_give_equal_bytes_and_others_do_not(void **state)
{
    (void)state;
    bed a = bed_of_file(DEFAULT), b = bed_of_file(DEFAULT);
    scenario incident = scenario_one(FAULT_BAD_DEPLOY, DB, -1, 60, 240, 0.7);
    uint64_t hash[3];
    for (int i = 0; i < 3; i++) {
        bed *bed_i = i == 1 ? &b : &a;
        world_init(bed_i->w, bed_i->model, &incident, i < 2 ? 17 : 18);
        for (int t = 0; t < 240; t++)
            world_step(bed_i->w, bed_i->model);
        hash[i] = world_hash(bed_i->w, bed_i->model);
    }
    assert_true(hash[0] == hash[1]);
    assert_true(hash[0] != hash[2]);
    bed_close(&a);
    bed_close(&b);
}

static void a_copied_world_continues_like_the_original(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario incident = scenario_one(FAULT_MEMORY_LEAK, API, -1, 40, 240, 0.9);
    world_init(b.w, b.model, &incident, 2);
    for (int t = 0; t < 120; t++) {
        world_step(b.w, b.model);
        if (t == 80)
            bed_act(&b, TEND_RESTART, API, -1);
    }
    world *copy = malloc(world_size(b.model));
    assert_non_null(copy);
    memcpy(copy, b.w, world_size(b.model));
    for (int t = 0; t < 60; t++) {
        world_step(b.w, b.model);
        world_step(copy, b.model);
    }
    assert_true(world_hash(b.w, b.model) == world_hash(copy, b.model));
    world_apply(copy, b.model, tend_system_action(b.system, TEND_LIMIT, -1, -1));
    world_step(b.w, b.model);
    world_step(copy, b.model);
    assert_true(world_hash(b.w, b.model) != world_hash(copy, b.model));
    free(copy);
    bed_close(&b);
}

static void every_policy_meets_the_same_noise(void **state)
{
    (void)state;
    bed a = bed_of_file(DEFAULT), b = bed_of_file(DEFAULT);
    scenario none = scenario_none();
    world_init(a.w, a.model, &none, 4);
    world_init(b.w, b.model, &none, 4);
    for (int t = 0; t < 50; t++) {
        if (t == 10)
            bed_act(&b, TEND_SCALE_UP, DB, -1);
        world_step(a.w, a.model);
        world_step(b.w, b.model);
    }
    for (int s = 0; s < 3; s++)
        assert_memory_equal(fluid_services(a.w, a.model)[s].bits,
                            fluid_services(b.w, b.model)[s].bits, 16);
    assert_near(fluid_services(a.w, a.model)[API].arrivals,
                fluid_services(b.w, b.model)[API].arrivals, 1e-3);
    bed_close(&a);
    bed_close(&b);
}

static void nothing_betrays_a_fault_before_its_onset(void **state)
{
    (void)state;
    bed a = bed_of_file(DEFAULT), b = bed_of_file(DEFAULT);
    scenario none = scenario_none();
    for (int type = 1; type < FAULT_TYPES; type++) {
        bool on_edge = type == FAULT_NETWORK_DELAY || type == FAULT_NETWORK_LOSS;
        int service = type == FAULT_FLASH_CROWD                                 ? API
                      : type == FAULT_CACHE_EVICT || type == FAULT_CACHE_POISON ? CACHE
                                                                                : DB;
        scenario one = scenario_one((fault_type)type, service, on_edge ? API_DB : -1, 50, 240, 1);
        world_init(a.w, a.model, &none, 6);
        world_init(b.w, b.model, &one, 6);
        size_t seen = (size_t)b.system->S * USUAL_METRICS * sizeof(double);
        for (int t = 0; t < 70; t++) {
            tend_obs p = bed_step(&a), q = bed_step(&b);
            if (t < 50) {
                assert_memory_equal(p.value, q.value, seen);
                assert_memory_equal(p.edge, q.edge, 4 * sizeof(double));
                assert_memory_equal(p.deploy_age, q.deploy_age, 3 * sizeof(double));
            } else if (t == 69) {
                assert_memory_not_equal(p.value, q.value, seen);
            }
        }
    }
    bed_close(&a);
    bed_close(&b);
}

static void missing_and_late_samples_come_as_often_as_the_plant_says(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario none = scenario_none();
    int missing = 0, late = 0, all = 0;
    double before[3 * USUAL_METRICS] = {0};
    for (uint64_t seed = 1; seed <= 100; seed++) {
        world_init(b.w, b.model, &none, seed);
        for (int t = 0; t < 240; t++) {
            tend_obs obs = bed_step(&b);
            assert_true(isfinite(obs.entry_p95_ms));
            for (int i = 0; i < 3 * USUAL_METRICS; i++, all++) {
                missing += isnan(obs.value[i]) ? 1 : 0;
                late += t > 0 && obs.value[i] == before[i] && i % USUAL_METRICS == TEND_LATENCY;
                before[i] = obs.value[i];
            }
        }
    }
    assert_near((double)missing / all, 0.005, 0.0005);
    assert_near((double)late * USUAL_METRICS / all, 0.005, 0.0015);
    bed_close(&b);
}

static double p95_noise(const char *rps, const char *cores)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"name\":\"one\",\"step_s\":1,\"services\":[{\"name\":\"a\",\"kind\":\"service\","
             "\"replicas\":1,\"least_replicas\":1,\"most_replicas\":2,\"sim\":{\"cores\":%s,"
             "\"service_ms\":3}}],\"edges\":[],\"entry\":\"a\",\"slo\":{\"p95_ms\":500,"
             "\"error_share\":0.5},\"sim\":{\"base_rps\":%s}}",
             cores, rps);
    bed b = bed_of_text(text);
    scenario none = scenario_none();
    double sum = 0, square = 0;
    world_init(b.w, b.model, &none, 1);
    for (int t = 0; t < 2000; t++) {
        double x = bed_step(&b).entry_p95_ms;
        sum += x;
        square += x * x;
    }
    bed_close(&b);
    double mean = sum / 2000;
    return sqrt(square / 2000 - mean * mean) / mean;
}

static void a_p95_of_many_requests_is_less_noisy_than_one_of_few(void **state)
{
    (void)state;
    double few = p95_noise("100", "4"), many = p95_noise("10000", "64");
    assert_near(few, 1.45 / 10, 0.03);
    assert_near(many, 1.45 / 100, 0.003);
}

static void a_slow_link_shows_between_client_and_server(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario link = scenario_one(FAULT_NETWORK_DELAY, DB, API_DB, 50, 240, 0.5);
    world_init(b.w, b.model, &link, 8);
    double gap[2] = {0};
    for (int t = 0; t < 100; t++) {
        tend_obs obs = bed_step(&b);
        gap[t >= 50] += (obs.edge[2 * API_DB] - obs.edge[2 * API_DB + 1]) / 50;
        assert_true(isnan(obs.value[DB * USUAL_METRICS + TEND_LATENCY]) ||
                    obs.value[DB * USUAL_METRICS + TEND_LATENCY] < 120); // the db itself is fine
    }
    assert_near(gap[0], 0.8, 0.1);
    assert_near(gap[1], 0.8 + 150 * (0.5 + 1.2 * 0.5), 10);
    bed_close(&b);
}

static void a_restart_costs_capacity_and_what_was_in_memory(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    for (int t = 0; t < 20; t++)
        bed_step(&b);
    bed_act(&b, TEND_RESTART, CACHE, -1);
    bool down = false;
    double fill = 1;
    for (int t = 0; t < 8; t++) {
        down = bed_step(&b).ready[CACHE] == 1 || down;
        double now = fleet_services(b.w, b.model)[CACHE].fill;
        fill = now < fill ? now : fill;
    }
    assert_true(down);
    assert_true(fill < 0.75);
    assert_true(bed_step(&b).ready[CACHE] == 2);
    bed_close(&b);
}

static void scaling_takes_its_time_and_keeps_to_its_bounds(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    bed_step(&b);
    for (int i = 0; i < 10; i++)
        bed_act(&b, TEND_SCALE_UP, API, -1);
    assert_true(bed_step(&b).ready[API] == 2);
    for (int t = 0; t < 60; t++)
        bed_step(&b);
    assert_true(bed_step(&b).ready[API] == 5);
    for (int i = 0; i < 10; i++)
        bed_act(&b, TEND_SCALE_DOWN, API, -1);
    assert_true(bed_step(&b).ready[API] == 2);
    bed_close(&b);
}

static void a_cleared_cache_sends_the_load_to_the_database(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    for (int t = 0; t < 20; t++)
        bed_step(&b);
    double before = fluid_services(b.w, b.model)[DB].arrivals;
    bed_act(&b, TEND_CLEAR_CACHE, CACHE, -1);
    bed_step(&b);
    bed_step(&b);
    assert_true(fluid_services(b.w, b.model)[DB].arrivals > 1.5 * before);
    for (int t = 0; t < 30; t++)
        bed_step(&b);
    assert_true(fluid_services(b.w, b.model)[DB].arrivals < 1.3 * before);
    bed_close(&b);
}

static void a_limit_refuses_users_and_breaches_until_it_is_lifted(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    assert_false(bed_step(&b).breach);
    bed_act(&b, TEND_LIMIT, -1, -1);
    for (int t = 0; t < 30; t++) {
        tend_obs obs = bed_step(&b);
        assert_true(obs.breach);
        assert_near(obs.refused, 0.5, 1e-12);
    }
    bed_act(&b, TEND_LIFT, -1, -1);
    for (int t = 0; t < 6; t++)
        bed_step(&b);
    tend_obs obs = bed_step(&b);
    assert_false(obs.breach);
    assert_near(obs.refused, 0, 1e-12);
    bed_close(&b);
}

static void a_rerouted_edge_spares_its_callee_until_it_is_switched_back(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    for (int round = 0; round < 2; round++) {
        bed_act(&b, TEND_REROUTE, DB, API_DB);
        for (int t = 0; t < 12; t++)
            bed_step(&b);
        double arrivals = fluid_services(b.w, b.model)[DB].arrivals;
        tend_obs obs = bed_step(&b);
        assert_int_equal(isnan(obs.edge[2 * API_DB + 1]) != 0, round == 0);
        assert_false(obs.breach);
        assert_true(round == 0 ? arrivals == 0 : arrivals > 50);
    }
    bed_close(&b);
}

static void a_rollback_of_a_healthy_service_is_a_new_version_and_a_waste(void **state)
{
    (void)state;
    bed b = bed_of_file(DEFAULT);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    assert_true(bed_step(&b).deploy_age[DB] > 400);
    bed_act(&b, TEND_ROLLBACK, DB, -1);
    assert_true(bed_step(&b).ready[DB] == 1);
    for (int t = 0; t < 20; t++)
        bed_step(&b);
    assert_true(bed_step(&b).deploy_age[DB] < 20);
    assert_true(bed_step(&b).ready[DB] == 2);
    bed_close(&b);
}

static void any_scenario_and_any_actions_leave_finite_numbers(void **state)
{
    (void)state;
    static const char *const files[] = {DEFAULT, "examples/systems/shop.json",
                                        "examples/systems/layered40.json"};
    for (int f = 0; f < 3; f++) {
        bed b = bed_of_file(files[f]);
        scenario_spec spec = scenario_any(120);
        spec.compound = 0.5;
        for (uint64_t seed = 1; seed <= (f == 2 ? 20u : 100u); seed++) {
            scenario incident;
            tend_err err;
            assert_int_equal(scenario_draw(&spec, b.system, b.physics, seed, &incident, &err), 0);
            world_init(b.w, b.model, &incident, seed);
            rng r = rng_make(seed, "actions");
            for (int t = 0; t < 120; t++) {
                tend_obs obs = bed_step(&b);
                world_apply(b.w, b.model, (int)rng_below(&r, (uint32_t)b.system->A));
                assert_true(isfinite(obs.entry_p95_ms) && obs.entry_p95_ms >= 0);
                assert_true(obs.entry_errors >= 0 && obs.entry_errors <= 1);
                for (int i = 0; i < b.system->S * USUAL_METRICS; i++)
                    assert_true(isnan(obs.value[i]) ||
                                (isfinite(obs.value[i]) && obs.value[i] >= 0));
                for (int i = 0; i < 2 * b.system->E; i++)
                    assert_true(isnan(obs.edge[i]) || (isfinite(obs.edge[i]) && obs.edge[i] >= 0));
                for (int s = 0; s < b.system->S; s++)
                    assert_true(obs.ready[s] >= 0 &&
                                obs.ready[s] <= b.system->services[s].most_replicas);
            }
        }
        bed_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_seeds_give_equal_bytes_and_others_do_not),
        cmocka_unit_test(a_copied_world_continues_like_the_original),
        cmocka_unit_test(every_policy_meets_the_same_noise),
        cmocka_unit_test(nothing_betrays_a_fault_before_its_onset),
        cmocka_unit_test(missing_and_late_samples_come_as_often_as_the_plant_says),
        cmocka_unit_test(a_p95_of_many_requests_is_less_noisy_than_one_of_few),
        cmocka_unit_test(a_slow_link_shows_between_client_and_server),
        cmocka_unit_test(a_restart_costs_capacity_and_what_was_in_memory),
        cmocka_unit_test(scaling_takes_its_time_and_keeps_to_its_bounds),
        cmocka_unit_test(a_cleared_cache_sends_the_load_to_the_database),
        cmocka_unit_test(a_limit_refuses_users_and_breaches_until_it_is_lifted),
        cmocka_unit_test(a_rerouted_edge_spares_its_callee_until_it_is_switched_back),
        cmocka_unit_test(a_rollback_of_a_healthy_service_is_a_new_version_and_a_waste),
        cmocka_unit_test(any_scenario_and_any_actions_leave_finite_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
