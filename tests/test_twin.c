// SPDX-License-Identifier: GPL-3.0-or-later
// test_twin.c - an episode as a source, its twin without the fault, and what a tally makes
// of the two.
#include "world_support.h"

#include "edge/actuator_world.h"
#include "report/tally.h"

enum { STEPS = 120 };

// One service whose load swings by half in sixty ticks, without noise.
static bed swinging(void)
{
    return bed_of_text(
        "{\"name\":\"one\",\"step_s\":1,\"services\":[{\"name\":\"a\",\"kind\":\"database\","
        "\"replicas\":2,\"least_replicas\":1,\"most_replicas\":4,\"sim\":{\"cores\":4,"
        "\"service_ms\":10,\"workers\":1000,\"queue\":1000,\"error_share\":0}}],\"edges\":[],"
        "\"entry\":\"a\",\"slo\":{\"p95_ms\":100,\"error_share\":0.5},\"sim\":{\"base_rps\":200,"
        "\"noise\":0,\"wave\":0.5,\"wave_period_s\":60}}");
}

static void an_episode_ends_after_its_steps(void **state)
{
    (void)state;
    bed b = swinging();
    source_world w;
    tend_obs obs;
    tend_err err = {TEND_OK, ""};
    scenario none = scenario_none();
    assert_int_equal(source_world_open(&w, b.model, 7, &err), TEND_OK);
    for (int round = 0; round < 2; round++) {
        source_world_start(&w, &none, 3);
        assert_int_equal(w.fork_at, -1);
        tend_source source = source_world_source(&w);
        for (int t = 0; t < 7; t++) {
            assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
            assert_int_equal(obs.tick, t);
        }
        assert_int_equal(source.next(source.self, &obs, &err), TEND_END);
        assert_int_equal(source.next(source.self, &obs, &err), TEND_END);
    }
    source_world_close(&w);
    bed_close(&b);
}

static void the_twin_is_the_same_world_with_nothing_wrong(void **state)
{
    (void)state;
    static const int onsets[][2] = {{40, 60}, {60, 40}, {0, 50}};
    bed b = swinging();
    source_world w;
    tend_err err = {TEND_OK, ""};
    assert_int_equal(source_world_open(&w, b.model, STEPS, &err), TEND_OK);
    for (int i = 0; i < 3; i++) {
        scenario two = scenario_one(FAULT_SLOW_DB, 0, -1, onsets[i][0], 100, 0.9), none;
        two.faults = 2;
        two.fault[1] = (fault){FAULT_CPU_HOG, 0, -1, onsets[i][1], 100, 0.9};
        none = scenario_none();
        int first = onsets[i][0] < onsets[i][1] ? onsets[i][0] : onsets[i][1];
        source_world_start(&w, &two, 5);
        world_init(b.w, b.model, &none, 5);
        assert_int_equal(w.fork_at, first);
        tend_source source = source_world_source(&w);
        bool apart = false;
        for (int t = 0; t < STEPS; t++) {
            tend_obs obs;
            world_truth sick, twin, well;
            assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
            world_step(b.w, b.model);
            if (t < first)
                continue;
            source_world_step_twin(&w);
            world_look_behind(w.world, b.model, &sick);
            world_look_behind(w.twin, b.model, &twin);
            world_look_behind(b.w, b.model, &well);
            assert_near(twin.p95_ms[0], well.p95_ms[0], 0);
            assert_near(twin.utilisation[0], well.utilisation[0], 0);
            apart = apart || sick.p95_ms[0] > 2 * twin.p95_ms[0];
        }
        assert_true(apart);
    }
    source_world_close(&w);
    bed_close(&b);
}

// The first tick a tally sees a deviation in.
static int visible(bed *b, fault_type type, int start, double severity)
{
    source_world w;
    tend_err err = {TEND_OK, ""};
    scenario one = scenario_one(type, 0, -1, start, 1000, severity);
    tally t;
    result row;
    assert_int_equal(source_world_open(&w, b->model, STEPS, &err), TEND_OK);
    source_world_start(&w, &one, 5);
    tally_start(&t, b->system, &one, &w);
    tend_source source = source_world_source(&w);
    tend_sink sink = tally_sink(&t);
    tend_obs obs;
    tend_frame frame = {.obs = &obs, .decision.wanted = -1};
    while (source.next(source.self, &obs, &err) == TEND_OK)
        assert_int_equal(sink.write(sink.self, &frame, &err), TEND_OK);
    tally_finish(&t, &row);
    source_world_close(&w);
    return row.first_visible;
}

static void a_fault_is_visible_when_it_differs_from_the_twin_not_from_yesterday(void **state)
{
    (void)state;
    bed b = swinging();
    // the lock makes every request slower at once
    assert_int_equal(visible(&b, FAULT_SLOW_DB, 40, 0.9), 40);
    assert_int_equal(visible(&b, FAULT_SLOW_DB, 0, 0.9), 0);
    // a fifth of the cpu is gone: nobody waits for it, though the load swings threefold
    b.model->service[0].utilisation = 0.75;
    assert_int_equal(visible(&b, FAULT_NOISY_NEIGHBOUR, 5, 0), -1);
    bed_close(&b);
}

static void what_was_decided_is_done_from_the_next_tick_on(void **state)
{
    (void)state;
    bed b = swinging();
    source_world w;
    tend_err err = {TEND_OK, ""};
    scenario none = scenario_none();
    tend_obs obs;
    assert_int_equal(source_world_open(&w, b.model, STEPS, &err), TEND_OK);
    source_world_start(&w, &none, 3);
    tend_source source = source_world_source(&w);
    tend_actuator actuator = actuator_world(&w);
    tend_decision limit = {.action = tend_system_action(b.system, TEND_LIMIT, -1, -1)};
    assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
    assert_int_equal(actuator.apply(actuator.self, &limit, &err), TEND_OK);
    assert_near(obs.refused, 0, 0);
    assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
    assert_near(obs.refused, 0.5, 1e-12);
    source_world_close(&w);
    bed_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_episode_ends_after_its_steps),
        cmocka_unit_test(the_twin_is_the_same_world_with_nothing_wrong),
        cmocka_unit_test(a_fault_is_visible_when_it_differs_from_the_twin_not_from_yesterday),
        cmocka_unit_test(what_was_decided_is_done_from_the_next_tick_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
