// SPDX-License-Identifier: GPL-3.0-or-later
// test_fate.c - what an action that fails, drags or half works does, and to whom.
#include "env/fate.h"
#include "env/fleet.h"
#include "world_support.h"

#define DEFAULT "examples/systems/default.json"
enum { API, CACHE, DB };

static bed bed_with(const char *const *set, uint64_t seed)
{
    bed b = bed_of_world(DEFAULT, set);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, seed);
    bed_step(&b);
    return b;
}

static int find(const bed *b, tend_action_kind kind, int service)
{
    int action = tend_system_action(b->system, kind, service, -1);
    assert_true(action > 0);
    return action;
}

// Ticks until it is told as failed; -1: never within 300.
static int fails_after(bed *b, int action)
{
    assert_true(world_apply(b->w, b->model, action));
    for (int t = 1; t <= 300; t++) {
        bed_step(b);
        if (world_progress(b->w, b->model, action) == TEND_RECEIPT_FAILED)
            return t;
    }
    return -1;
}

static void a_failure_is_known_within_a_commands_patience(void **state)
{
    (void)state;
    int first = 300, last = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        // how long others drag has nothing to do with it
        bed b = bed_with((const char *const[]){"action_fails=1", "drag_s=200", NULL}, seed);
        int after = fails_after(&b, find(&b, TEND_RESTART, DB));
        assert_between(after, 0, 16);
        assert_int_equal(fleet_services(b.w, b.model)[DB].ready, 2); // it came to nothing
        first = after < first ? after : first;
        last = after > last ? after : last;
        bed_close(&b);
    }
    assert_true(first <= 2 && last >= 13);
}

static void a_half_done_lift_lets_half_of_them_back(void **state)
{
    (void)state;
    bed b = bed_with((const char *const[]){"action_half=1", "noise=0", NULL}, 1);
    int lift = find(&b, TEND_LIFT, -1);
    assert_true(world_apply(b.w, b.model, find(&b, TEND_LIMIT, -1)));
    tend_obs obs = bed_step(&b);
    assert_near(obs.refused, 0.25, 1e-12); // half of the limit
    int after = fails_after(&b, lift);
    assert_true(after > 0);
    for (int t = 0; t < 10; t++)
        obs = bed_step(&b);
    assert_near(obs.refused, 0.125, 1e-12);
    bed_close(&b);
}

static void a_half_cleared_cache_keeps_half_of_its_entries(void **state)
{
    (void)state;
    bed half = bed_with((const char *const[]){"action_half=1", "noise=0", NULL}, 1);
    bed whole = bed_with((const char *const[]){"noise=0", NULL}, 1);
    double before = fleet_services(half.w, half.model)[CACHE].fill;
    assert_true(before > 0.5);
    bed_act(&half, TEND_CLEAR_CACHE, CACHE, -1);
    bed_act(&whole, TEND_CLEAR_CACHE, CACHE, -1);
    assert_near(fleet_services(half.w, half.model)[CACHE].fill, before / 2, 1e-12);
    assert_near(fleet_services(whole.w, whole.model)[CACHE].fill, 0, 0);
    bed_close(&half);
    bed_close(&whole);
}

// Its likes elsewhere, and others here, do all they should.
static void half_of_one_service_is_no_half_of_another(void **state)
{
    (void)state;
    bed b = bed_with((const char *const[]){"action_half=1", NULL}, 1);
    assert_false(fate_halves(b.w, b.model, TEND_RESTART, DB));
    assert_true(world_apply(b.w, b.model, find(&b, TEND_RESTART, DB)));
    bed_step(&b);
    assert_true(fate_halves(b.w, b.model, TEND_RESTART, DB));
    assert_false(fate_halves(b.w, b.model, TEND_RESTART, API));
    assert_false(fate_halves(b.w, b.model, TEND_ROLLBACK, DB));
    bed_close(&b);
}

// Two that drag exclude each other: who begins second finds the service in the other's hands.
static void what_has_become_impossible_fails(void **state)
{
    (void)state;
    int failed = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        bed b = bed_with((const char *const[]){"action_drags=1", "drag_s=10", NULL}, seed);
        int both[2] = {find(&b, TEND_RESTART, DB), find(&b, TEND_ROLLBACK, DB)};
        bool fails[2] = {false, false}, began[2] = {false, false};
        assert_true(world_apply(b.w, b.model, both[0]) && world_apply(b.w, b.model, both[1]));
        for (int t = 0; t < 40; t++) {
            bed_step(&b);
            for (int i = 0; i < 2; i++) {
                tend_receipt_state now = world_progress(b.w, b.model, both[i]);
                fails[i] |= now == TEND_RECEIPT_FAILED;
                began[i] |= now == TEND_RECEIPT_STARTED;
            }
        }
        assert_false(fails[0] && fails[1]);
        for (int i = 0; i < 2; i++)
            assert_int_equal(began[i], !fails[i]);
        failed += fails[0] || fails[1];
        bed_close(&b);
    }
    assert_between(failed, 14, 21); // a restart is done in 12 s, later than the other may wait
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_known_within_a_commands_patience),
        cmocka_unit_test(a_half_done_lift_lets_half_of_them_back),
        cmocka_unit_test(a_half_cleared_cache_keeps_half_of_its_entries),
        cmocka_unit_test(half_of_one_service_is_no_half_of_another),
        cmocka_unit_test(what_has_become_impossible_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
