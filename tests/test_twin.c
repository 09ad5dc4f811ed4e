// SPDX-License-Identifier: GPL-3.0-or-later
// test_twin.c - an episode as a source, its twin without the fault, and what a tally makes
// of the two.
#include "world_support.h"

#include "edge/actuator_world.h"
#include "edge/source_world.h"
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
    tend_sim_setup setup;
    tend_obs obs;
    tend_err err = {TEND_OK, ""};
    scenario none = scenario_none();
    tend_sim *sim = bed_sim(&b, 7, &setup);
    for (int round = 0; round < 2; round++) {
        sim_begin(sim, &none, 3);
        tend_source source = source_world(sim);
        for (int t = 0; t < 7; t++) {
            assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
            assert_int_equal(obs.tick, t);
        }
        assert_int_equal(source.next(source.self, &obs, &err), TEND_END);
        assert_int_equal(source.next(source.self, &obs, &err), TEND_END);
    }
    tend_sim_close(sim);
    bed_close(&b);
}

// The incident played to its end under a tally that compares with a twin.
typedef struct played {
    bed *b;
    tend_sim_setup setup;
    tend_sim *sim, *twin;
    tally t;
} played;

static void play_begin(played *p, const scenario *incident)
{
    p->sim = bed_sim(p->b, STEPS, &p->setup);
    p->twin = bed_sim(p->b, STEPS, &p->setup);
    sim_begin(p->sim, incident, 5);
    tally_start(&p->t, p->b->system, sim_incident(p->sim), &(tally_watch){p->sim, p->twin});
}

static bool play_tick(played *p, int action)
{
    tend_err err = {TEND_OK, ""};
    tend_source source = source_world(p->sim);
    tend_sink sink = tally_sink(&p->t);
    tend_obs obs;
    tend_frame frame = {.obs = &obs, .decision = {.wanted = -1, .action = action}};
    if (source.next(source.self, &obs, &err) != TEND_OK)
        return false;
    assert_int_equal(sink.write(sink.self, &frame, &err), TEND_OK);
    tend_sim_act(p->sim, action);
    return true;
}

static void play_end(played *p)
{
    tend_sim_close(p->sim);
    tend_sim_close(p->twin);
}

// Until the first difference is seen; then nobody needs the twin any more.
static void the_twin_is_the_same_world_with_nothing_wrong(void **state)
{
    (void)state;
    static const int onsets[][2] = {{40, 60}, {60, 40}, {0, 50}};
    bed b = swinging();
    b.model->service[0].utilisation = 0.75;
    for (int i = 0; i < 3; i++) {
        // too weak to be seen: the twin goes on
        scenario two = scenario_one(FAULT_NOISY_NEIGHBOUR, 0, -1, onsets[i][0], 100, 0);
        scenario none = scenario_none();
        two.faults = 2;
        two.fault[1] = (fault){FAULT_NOISY_NEIGHBOUR, 0, -1, onsets[i][1], 100, 0, 0, 0};
        int first = onsets[i][0] < onsets[i][1] ? onsets[i][0] : onsets[i][1], apart = 0;
        played p = {.b = &b};
        play_begin(&p, &two);
        world_init(b.w, b.model, &none, 5);
        for (int t = 0; play_tick(&p, 0) && p.t.first_visible < 0; t++) {
            tend_facts sick, twin, well;
            world_step(b.w, b.model);
            if (t < first)
                continue;
            tend_sim_facts(p.sim, &sick);
            tend_sim_facts(p.twin, &twin);
            world_look_behind(b.w, b.model, &well);
            assert_near(twin.p95_ms[0], well.p95_ms[0], 0);
            assert_near(twin.utilisation[0], well.utilisation[0], 0);
            apart += sick.utilisation[0] > twin.utilisation[0];
        }
        assert_true(apart > 10);
        play_end(&p);
    }
    bed_close(&b);
}

// What is done in the last tick before the onset is done to both, later things to one.
static void an_action_before_the_onset_is_the_twins_too(void **state)
{
    (void)state;
    bed b = swinging();
    b.model->service[0].utilisation = 0.75;
    int limit = tend_system_action(b.system, TEND_LIMIT, -1, -1);
    scenario weak = scenario_one(FAULT_NOISY_NEIGHBOUR, 0, -1, 40, 100, 0);
    for (int at = 38; at <= 41; at++) {
        played p = {.b = &b};
        tend_facts sick, twin;
        play_begin(&p, &weak);
        for (int t = 0; t <= 42 && p.t.first_visible < 0; t++)
            assert_true(play_tick(&p, t == at ? limit : 0));
        tend_sim_facts(p.sim, &sick);
        tend_sim_facts(p.twin, &twin);
        assert_near(sick.refused, 0.5, 1e-12);
        assert_near(twin.refused, at < 40 ? 0.5 : 0, 1e-12);
        play_end(&p);
    }
    bed_close(&b);
}

// The first tick a tally sees a deviation in.
static int visible(bed *b, fault_type type, int start, double severity)
{
    scenario one = scenario_one(type, 0, -1, start, 1000, severity);
    result row;
    played p = {.b = b};
    play_begin(&p, &one);
    while (play_tick(&p, 0))
        ;
    tally_finish(&p.t, &row);
    play_end(&p);
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
    tend_sim_setup setup;
    tend_err err = {TEND_OK, ""};
    scenario none = scenario_none();
    tend_obs obs;
    tend_sim *sim = bed_sim(&b, STEPS, &setup);
    sim_begin(sim, &none, 3);
    tend_source source = source_world(sim);
    tend_actuator actuator = actuator_world(sim);
    tend_decision limit = {.action = tend_system_action(b.system, TEND_LIMIT, -1, -1)};
    assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
    assert_int_equal(actuator.apply(actuator.self, &limit, &err), TEND_OK);
    assert_near(obs.refused, 0, 0);
    assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
    assert_near(obs.refused, 0.5, 1e-12);
    tend_sim_close(sim);
    bed_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_episode_ends_after_its_steps),
        cmocka_unit_test(the_twin_is_the_same_world_with_nothing_wrong),
        cmocka_unit_test(an_action_before_the_onset_is_the_twins_too),
        cmocka_unit_test(a_fault_is_visible_when_it_differs_from_the_twin_not_from_yesterday),
        cmocka_unit_test(what_was_decided_is_done_from_the_next_tick_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
