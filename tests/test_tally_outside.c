// SPDX-License-Identifier: GPL-3.0-or-later
// test_tally_outside.c - a tally of what somebody else drives counts that and nothing else.
#include "sim_support.h"

#include <tend/drive.h>

// The twin parts at the onset; who comes later has none.
static void a_tally_started_amid_an_episode_keeps_the_ticks(void **state)
{
    (void)state;
    enum { FIRST_SLO = 9, FIRST_VISIBLE = 28 };
    tend_sim_options options = tend_sim_usual();
    options.fault = "slow_db";
    options.severity = 0.9;
    tend_sim_setup *setup = setup_of("default", options);
    tend_tally *tally;
    assert_int_equal(tend_tally_open(setup, &tally, &err), TEND_OK);
    tend_sim *sim = sim_of(setup, 9);
    tend_truth truth;
    tend_sim_truth(sim, &truth);
    const int onset = truth.fault[0].start, starts[] = {-1, 10, onset - 1, onset, onset + 20};
    char *whole = NULL, *row;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        assert_int_equal(tend_sim_reset(sim, 9, &err), TEND_OK);
        while (tend_sim_tick(sim) < starts[i])
            tend_sim_step(sim);
        assert_true(tend_tally_start(tally, sim));
        while (starts[i] >= 0     ? tend_tally_add(tally, sim, 0),
               tend_sim_step(sim) : tend_sim_step(sim) && tend_tally_add(tally, sim, 0))
            ;
        assert_int_equal(tend_tally_row(tally, sim, &row, &err), TEND_OK);
        char *slo = cell(row, FIRST_SLO), *visible = cell(row, FIRST_VISIBLE);
        whole = whole ? whole : strdup(row);
        char *slo_of_whole = cell(whole, FIRST_SLO), *visible_of_whole = cell(whole, FIRST_VISIBLE);
        assert_true(atoi(visible_of_whole) >= onset);
        assert_true(starts[i] <= atoi(slo_of_whole) ? strcmp(slo, slo_of_whole) == 0
                                                    : atoi(slo) == starts[i]);
        assert_string_equal(visible, starts[i] < onset ? visible_of_whole : "");
        free(slo);
        free(visible);
        free(slo_of_whole);
        free(visible_of_whole);
        free(row);
    }
    free(whole);
    tend_sim_close(sim);
    tend_tally_close(tally);
    tend_sim_setup_close(setup);
}

static void a_tally_counts_nothing_of_what_is_not_its_own(void **state)
{
    (void)state;
    tend_sim_setup *own = setup_of("default", tend_sim_usual()),
                   *shop = setup_of("shop", tend_sim_usual());
    tend_tally *tally;
    char *before, *after;
    assert_int_equal(tend_tally_open(own, &tally, &err), TEND_OK);
    tend_sim *fresh, *sim = sim_of(own, 31), *other = sim_of(shop, 31);
    assert_int_equal(tend_sim_open(own, &fresh, &err), TEND_OK);
    assert_false(tend_tally_start(tally, other));
    assert_false(tend_tally_start(tally, fresh)); // no episode yet
    assert_true(tend_tally_start(tally, sim));
    assert_false(tend_tally_add(tally, sim, 0)); // no tick yet
    assert_true(tend_sim_step(sim) && tend_sim_step(other));
    assert_int_equal(tend_tally_row(tally, sim, &before, &err), TEND_OK);
    const int actions = tend_sim_system(own)->A;
    assert_false(tend_tally_add(tally, sim, -1));
    assert_false(tend_tally_add(tally, sim, actions));
    assert_false(tend_tally_add(tally, other, 0));
    assert_int_equal(tend_tally_row(tally, sim, &after, &err), TEND_OK);
    assert_string_equal(before, after);
    free(after);
    assert_true(tend_tally_add(tally, sim, actions - 1));
    assert_int_equal(tend_tally_row(tally, sim, &after, &err), TEND_OK);
    assert_string_not_equal(before, after);
    free(after);
    free(before);
    tend_sim_close(fresh);
    tend_sim_close(sim);
    tend_sim_close(other);
    tend_tally_close(tally);
    tend_sim_setup_close(own);
    tend_sim_setup_close(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tally_started_amid_an_episode_keeps_the_ticks),
        cmocka_unit_test(a_tally_counts_nothing_of_what_is_not_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
