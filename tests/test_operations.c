// SPDX-License-Identifier: GPL-3.0-or-later
// test_operations.c - actions tick by tick: waves of restarts, pending replicas, limits, switches;
// and what piles up in replicas meanwhile.
#include "world_support.h"

// One service without noise: restarts take 4 ticks a wave, a new replica 6.
static bed one(int replicas, int most)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"name\":\"one\",\"step_s\":1,\"services\":[{\"name\":\"a\",\"kind\":\"cache\","
             "\"replicas\":%d,\"least_replicas\":1,\"most_replicas\":%d,\"sim\":{\"cores\":4,"
             "\"service_ms\":10,\"workers\":50,\"queue\":1000,\"memory\":0.4,\"memory_load\":0.2,"
             "\"hit_rate\":0.5,\"working_set\":1e9,\"restart_s\":4,\"scale_s\":6}}],"
             "\"edges\":[],\"entry\":\"a\",\"slo\":{\"p95_ms\":100000,\"error_share\":0.5},"
             "\"sim\":{\"base_rps\":100,\"noise\":0}}",
             replicas, most);
    bed b = bed_of_text(text);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    bed_step(&b);
    return b;
}

static fleet_service *fleet(bed *b)
{
    return fleet_services(b->w, b->model);
}

// Half of the replicas at a time; each wave leaves behind what it had in memory.
static void a_restart_rolls_through_the_replicas_in_waves(void **state)
{
    (void)state;
    static const struct {
        int replicas, wave, waves;
    } rows[] = {{1, 1, 1}, {2, 1, 2}, {3, 1, 3}, {4, 2, 2}, {5, 2, 3}, {7, 3, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bed b = one(rows[i].replicas, 9);
        double kept =
            rows[i].replicas > rows[i].wave ? 1 - (double)rows[i].wave / rows[i].replicas : 0;
        double left = 1;
        fleet(&b)->leak = 0.1;
        fleet(&b)->pool_leaked = 0.2;
        bed_act(&b, TEND_RESTART, 0, -1);
        for (int t = 1; t <= 4 * rows[i].waves; t++) {
            bed_step(&b);
            bool last = t == 4 * rows[i].waves;
            left *= t % 4 == 1 ? kept : 1;
            assert_int_equal(fleet(&b)->ready,
                             last ? rows[i].replicas : rows[i].replicas - rows[i].wave);
            assert_near(fleet(&b)->leak, last ? 0 : 0.1 * left, 1e-15);
            assert_near(fleet(&b)->pool_leaked, last ? 0 : 0.2 * left, 1e-15);
            assert_near(fleet(&b)->fill, left, 1e-6); // it hardly fills again
        }
        bed_step(&b);
        assert_int_equal(fleet(&b)->ready, rows[i].replicas);
        bed_close(&b);
    }
}

static void a_second_restart_or_rollback_waits_for_the_first(void **state)
{
    (void)state;
    static const tend_action_kind kinds[] = {TEND_RESTART, TEND_ROLLBACK};
    for (int first = 0; first < 2; first++)
        for (int second = 0; second < 2; second++) {
            bed b = one(2, 9);
            bed_act(&b, kinds[first], 0, -1);
            for (int t = 0; t < 3; t++)
                bed_step(&b);
            bed_act(&b, kinds[second], 0, -1); // ignored
            for (int t = 3; t < 8; t++) {
                assert_int_equal(fleet(&b)->ready, 1);
                bed_step(&b);
            }
            assert_int_equal(fleet(&b)->ready, 2);
            bed_act(&b, kinds[second], 0, -1); // and now it is not
            bed_step(&b);
            assert_int_equal(fleet(&b)->ready, 1);
            bed_close(&b);
        }
}

static void a_rollback_is_live_at_its_end_and_keeps_what_is_in_memory(void **state)
{
    (void)state;
    bed b = one(5, 9);
    int before = fleet(&b)->live_since;
    fleet(&b)->leak = 0.1;
    bed_act(&b, TEND_ROLLBACK, 0, -1);
    for (int t = 1; t < 12; t++) {
        bed_step(&b);
        assert_int_equal(fleet(&b)->ready, 3);
        assert_int_equal(fleet(&b)->live_since, before);
    }
    bed_step(&b);
    assert_int_equal(fleet(&b)->ready, 5);
    assert_int_equal(fleet(&b)->live_since, b.w->tick);
    assert_near(fleet(&b)->leak, 0.1, 1e-15);
    assert_near(fleet(&b)->fill, 1, 1e-6);
    bed_close(&b);
}

static void replicas_come_one_after_another_and_go_at_once(void **state)
{
    (void)state;
    bed b = one(2, 5);
    for (int i = 0; i < 4; i++) // the fourth is over the bound
        bed_act(&b, TEND_SCALE_UP, 0, -1);
    for (int t = 1; t <= 30; t++) {
        bed_step(&b);
        int more = t / 6 < 3 ? t / 6 : 3; // six ticks each
        assert_int_equal(fleet(&b)->ready, 2 + more);
        assert_int_equal(fleet(&b)->pending, 3 - more);
    }
    for (int i = 0; i < 6; i++)
        bed_act(&b, TEND_SCALE_DOWN, 0, -1);
    bed_step(&b);
    assert_int_equal(fleet(&b)->ready, 1); // no less than the least
    bed_act(&b, TEND_SCALE_UP, 0, -1);
    for (int t = 0; t < 3; t++)
        bed_step(&b);
    bed_act(&b, TEND_SCALE_UP, 0, -1); // while one is on its way: its time does not start again
    for (int t = 3; t < 6; t++)
        bed_step(&b);
    assert_int_equal(fleet(&b)->ready, 2);
    for (int t = 0; t < 6; t++)
        bed_step(&b);
    assert_int_equal(fleet(&b)->ready, 3);
    bed_close(&b);
}

static void a_limit_bites_at_once_and_is_lifted_by_tenths(void **state)
{
    (void)state;
    static const double admitted[] = {0.6, 0.7, 0.8, 0.9, 1, 1};
    bed b = one(2, 5);
    bed_act(&b, TEND_LIMIT, -1, -1);
    for (int t = 0; t < 3; t++) {
        tend_obs obs = bed_step(&b);
        assert_near(obs.refused, 0.5, 1e-12);
        assert_near(fluid_services(b.w, b.model)->arrivals, 50, 1e-9);
    }
    bed_act(&b, TEND_LIFT, -1, -1);
    for (int t = 0; t < 6; t++) {
        tend_obs obs = bed_step(&b);
        assert_near(obs.refused, 1 - admitted[t], 1e-12);
        assert_near(fluid_services(b.w, b.model)->arrivals, 100 * admitted[t], 1e-9);
        if (t == 1) {
            bed_act(&b, TEND_LIMIT, -1, -1); // taken back on the way
            assert_near(bed_step(&b).refused, 0.5, 1e-12);
            bed_act(&b, TEND_LIFT, -1, -1);
            bed_step(&b);
            bed_step(&b);
        }
    }
    bed_close(&b);
}

// Who failed comes again, and of those let in under a limit the same share.
static void users_who_failed_come_again_under_a_limit_too(void **state)
{
    (void)state;
    bed b = bed_of_file("examples/systems/default.json");
    scenario none = scenario_none();
    double users[2][2];
    for (int limit = 0; limit < 2; limit++)
        for (int failed = 0; failed < 2; failed++) {
            world_init(b.w, b.model, &none, 1);
            if (limit)
                bed_act(&b, TEND_LIMIT, -1, -1);
            b.w->user_errors = failed ? 0.4 : 0;
            users[limit][failed] = fleet_tick(b.w, b.model);
        }
    double again = 1 + 0.4 * b.model->plant->user_retries;
    assert_true(again > 1);
    assert_near(users[0][1] / users[0][0], again, 1e-12);
    assert_near(users[1][1] / users[1][0], again, 1e-12);
    assert_near(users[1][0] / users[0][0], 0.5, 1e-12);
    bed_close(&b);
}

static void a_switched_edge_changes_over_in_the_eighth_tick(void **state)
{
    (void)state;
    bed b = bed_of_file("examples/systems/default.json");
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    for (int edge = 0; edge < 2; edge++) {
        fleet_edge *e = &fleet_edges(b.w, b.model)[b.model->position[edge]];
        bed_act(&b, TEND_REROUTE, b.system->edges[edge].callee, edge);
        for (int t = 1; t <= 10; t++) {
            bed_step(&b);
            assert_int_equal(e->rerouted, t >= 8);
        }
    }
    bed_close(&b);
}

// Half of the replicas are killed and take half of what they were doing with them; the leak moves
// on with the sessions, so only the killed ones' share of it is gone.
static void a_full_memory_kills_half_of_the_replicas(void **state)
{
    (void)state;
    bed b = one(5, 9);
    fleet(&b)->leak = 0.7;
    fleet(&b)->memory = 1;
    bed_step(&b);
    assert_int_equal(fleet(&b)->ready, 3);
    assert_near(fleet(&b)->now.kept, 0.6, 1e-15);
    assert_near(fleet(&b)->now.broken, 0.5 * 0.4, 1e-15);
    assert_near(fleet(&b)->leak, 0.7 * 0.6, 1e-15);
    assert_near(fleet(&b)->fill, 0.6, 1e-6);
    for (int t = 1; t < 4; t++) {
        bed_step(&b);
        assert_int_equal(fleet(&b)->ready, 3);
        assert_near(fleet(&b)->now.kept, 1, 0);
        assert_near(fleet(&b)->now.broken, 0, 0);
    }
    bed_step(&b);
    assert_int_equal(fleet(&b)->ready, 5);
    assert_near(fleet(&b)->leak, 0.7 * 0.6, 1e-15);
    fleet(&b)->memory = 0.999;
    bed_step(&b);
    assert_int_equal(fleet(&b)->ready, 5);
    bed_close(&b);
}

static void a_service_whose_replicas_are_all_down_has_none(void **state)
{
    (void)state;
    bed b = one(2, 9);
    bed_act(&b, TEND_RESTART, 0, -1);
    fleet(&b)->memory = 1;
    bed_step(&b); // one restarts, one is killed
    assert_int_equal(fleet(&b)->ready, 0);
    fleet(&b)->memory = 0.5;
    for (int t = 0; t < 20; t++)
        bed_step(&b);
    assert_int_equal(fleet(&b)->ready, 2);
    bed_close(&b);
}

static const service_model cache_model = {
    .hit_rate = 0.5, .working_set = 300, .workers = 10, .memory = 0.4, .memory_load = 0.2};

static fleet_service warm(void)
{
    return (fleet_service){.fill = 1,
                           .replicas = 4,
                           .affected = 4,
                           .ready = 4,
                           .now = {.slow = 1, .lock = 1, .evict = 1, .kept = 1}};
}

// Of 200 served at fill 0.5 and hit rate 0.5, 150 miss; half of them find room: 75 new entries of
// the 375 that share the missing half.
static void a_cache_fills_by_its_misses_up_to_what_holds(void **state)
{
    (void)state;
    fleet_service s = warm();
    s.fill = 0.5;
    fleet_age(&s, &cache_model, 200, 0);
    assert_near(s.fill, 0.5 + 0.5 * 150 / (300 + 75), 1e-15);
    s.fill = 0.5;
    s.now.evict = 0.6;
    fleet_age(&s, &cache_model, 200, 0);
    assert_near(s.fill, 0.6, 1e-15);
    s.fill = 1; // evicted at once
    fleet_age(&s, &cache_model, 200, 0);
    assert_near(s.fill, 0.6, 1e-15);
    s = warm();
    fleet_age(&s, &cache_model, 200, 0);
    assert_near(s.fill, 1, 0);
    service_model none = cache_model;
    none.hit_rate = 0; // no cache
    s.fill = 0.5;
    fleet_age(&s, &none, 200, 0);
    assert_near(s.fill, 0.5, 0);
}

static void leaks_come_from_the_replicas_of_the_beginning(void **state)
{
    (void)state;
    fleet_service s = warm();
    s.now.leak = 0.01;
    s.now.pool = 0.1;
    s.now.pool_most = 0.25;
    fleet_age(&s, &cache_model, 10, 0);
    assert_near(s.leak, 0.01, 1e-15);
    assert_near(s.pool_leaked, 0.1, 1e-15);
    s.replicas = 8; // half of them are new
    fleet_age(&s, &cache_model, 10, 0);
    assert_near(s.leak, 0.015, 1e-15);
    assert_near(s.pool_leaked, 0.15, 1e-15);
    s.replicas = 4;
    fleet_age(&s, &cache_model, 10, 0);
    assert_near(s.pool_leaked, 0.25, 1e-15);
    fleet_age(&s, &cache_model, 10, 0);
    assert_near(s.pool_leaked, 0.25, 1e-15); // no more than it leaks
    s.now.pool = s.now.leak = 0;
    double leak = s.leak;
    fleet_age(&s, &cache_model, 10, 0);
    assert_near(s.leak, leak, 0);
}

static void memory_follows_the_pool_that_is_held(void **state)
{
    (void)state;
    fleet_service s = warm();
    fleet_age(&s, &cache_model, 10, 20); // of 40 workers
    assert_near(s.held, 0.5, 1e-15);
    assert_near(s.memory, 0.4 + 0.2 * 0.5, 1e-15);
    s.pool_leaked = 0.25;
    s.leak = 0.05;
    fleet_age(&s, &cache_model, 10, 20);
    assert_near(s.held, 0.75, 1e-15);
    assert_near(s.memory, 0.4 + 0.2 * 0.75 + 0.05, 1e-15);
    fleet_age(&s, &cache_model, 10, 400); // queued for a worker: no more memory than all of them
    assert_near(s.held, 10.25, 1e-12);
    assert_near(s.memory, 0.4 + 0.2 + 0.05, 1e-15);
    s.pool_leaked = s.leak = 0;
    s.ready = 0; // as one
    fleet_age(&s, &cache_model, 10, 20);
    assert_near(s.held, 2, 1e-12);
}

// 100 users, a wave of 20 % in 50 ticks; a failed user comes again with probability 0.5.
static void users_come_in_a_daily_wave_and_again_when_they_fail(void **state)
{
    (void)state;
    bed b = bed_of_text(
        "{\"name\":\"one\",\"step_s\":1,\"services\":[{\"name\":\"a\",\"kind\":\"service\","
        "\"replicas\":1,\"least_replicas\":1,\"most_replicas\":2,\"sim\":{\"cores\":40,"
        "\"service_ms\":1,\"error_share\":0.1}}],\"edges\":[],\"entry\":\"a\","
        "\"slo\":{\"p95_ms\":100000,\"error_share\":0.5},\"sim\":{\"base_rps\":100,\"noise\":0,"
        "\"wave\":0.2,\"wave_period_s\":50,\"user_retries\":0.5}}");
    scenario none = scenario_none();
    double first[50], least = 1e9, most = 0, sum = 0;
    world_init(b.w, b.model, &none, 1);
    bed_step(&b); // nobody has failed before
    for (int t = 0; t < 100; t++) {
        bed_step(&b);
        double users = fluid_services(b.w, b.model)->arrivals;
        if (t < 50) {
            first[t] = users;
            sum += users;
            least = users < least ? users : least;
            most = users > most ? users : most;
        } else {
            assert_near(users, first[t - 50], 1e-8);
        }
    }
    assert_near(sum / 50, 105, 1e-8);
    assert_near(most, 105 * 1.2, 105 * 0.2 * 0.002); // within half a tick of the crest
    assert_near(least, 105 * 0.8, 105 * 0.2 * 0.002);
    bed_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_rolls_through_the_replicas_in_waves),
        cmocka_unit_test(a_second_restart_or_rollback_waits_for_the_first),
        cmocka_unit_test(a_rollback_is_live_at_its_end_and_keeps_what_is_in_memory),
        cmocka_unit_test(replicas_come_one_after_another_and_go_at_once),
        cmocka_unit_test(a_limit_bites_at_once_and_is_lifted_by_tenths),
        cmocka_unit_test(users_who_failed_come_again_under_a_limit_too),
        cmocka_unit_test(a_switched_edge_changes_over_in_the_eighth_tick),
        cmocka_unit_test(a_full_memory_kills_half_of_the_replicas),
        cmocka_unit_test(a_service_whose_replicas_are_all_down_has_none),
        cmocka_unit_test(a_cache_fills_by_its_misses_up_to_what_holds),
        cmocka_unit_test(leaks_come_from_the_replicas_of_the_beginning),
        cmocka_unit_test(memory_follows_the_pool_that_is_held),
        cmocka_unit_test(users_come_in_a_daily_wave_and_again_when_they_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
