// SPDX-License-Identifier: GPL-3.0-or-later
// test_tally_twin.c - the world without the fault does what was done before it.
#include "sim_support.h"

#include "env/sim.h"
#include "report/tally.h"

// When the fault of seed 9 is first seen with an action right before its onset: done, or advised.
static int visible_with(const tend_sim_setup *setup, tend_action_kind kind, bool done)
{
    const tend_system *system = tend_sim_system(setup);
    tend_sim *sim = sim_of(setup, 9), *twin;
    assert_int_equal(tend_sim_open(setup, &twin, &err), TEND_OK);
    tally t;
    result row;
    tally_start(&t, system, sim_incident(sim), &(tally_watch){sim, twin});
    int action = kind == TEND_NOOP ? 0 : tend_system_action(system, kind, 2, -1);
    while (tend_sim_step(sim)) {
        tend_obs obs;
        tend_sim_observe(sim, &obs);
        tend_frame frame = {.obs = &obs, .decision = {.wanted = -1, .dry_run = !done}};
        frame.decision.action = obs.tick == t.onset - 1 ? action : 0;
        tally_watch_tick(&t, &frame);
        if (frame.decision.action && done)
            assert_true(tend_sim_act(sim, frame.decision.action));
    }
    tally_finish(&t, &row);
    tend_sim_close(sim);
    tend_sim_close(twin);
    return row.first_visible;
}

// A restart takes half of the database away at once; a leak is seen long after its onset.
static void what_is_done_right_before_the_onset_is_no_sign_of_the_fault(void **state)
{
    (void)state;
    tend_sim_options options = tend_sim_usual();
    options.fault = "memory_leak";
    options.severity = 0.5;
    options.preset = "calm";
    tend_sim_setup *setup = setup_of("default", options);
    int usual = visible_with(setup, TEND_NOOP, true);
    assert_true(usual > 100);
    // it ends behind the onset and mends what nobody has seen yet
    assert_int_equal(visible_with(setup, TEND_RESTART, true), -1);
    assert_int_equal(visible_with(setup, TEND_RESTART, false), usual);
    tend_sim_setup_close(setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_done_right_before_the_onset_is_no_sign_of_the_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
