// SPDX-License-Identifier: GPL-3.0-or-later
// test_playbook.c - what an arm stands for, and how the memory follows an incident.
#include "frame_support.h"

#include "agent/decide/playbook.h"

static void an_arm_is_an_action_relative_to_the_suspect(void **state)
{
    (void)state;
    static const struct {
        playbook_arm arm;
        int service, edge;
        tend_action_kind kind;
        int target, link; // -2: makes no sense
    } rows[] = {
        {ARM_WAIT, DB, -1, TEND_NOOP, -1, -1},
        {ARM_RESTART, DB, -1, TEND_RESTART, DB, -1},
        {ARM_SCALE, API, -1, TEND_SCALE_UP, API, -1},
        {ARM_ROLLBACK, CACHE, -1, TEND_ROLLBACK, CACHE, -1},
        {ARM_LIMIT, DB, -1, TEND_LIMIT, -1, -1},
        {ARM_LIMIT, -1, -1, TEND_LIMIT, -1, -1},
        {ARM_WAIT, -1, -1, TEND_NOOP, -1, -1},
        {ARM_RESTART, -1, -1, TEND_NOOP, -2, -1},
        {ARM_REROUTE, -1, -1, TEND_NOOP, -2, -1},
        // a cache itself, or the cache a service calls; db calls none
        {ARM_CLEAR, CACHE, -1, TEND_CLEAR_CACHE, CACHE, -1},
        {ARM_CLEAR, API, -1, TEND_CLEAR_CACHE, CACHE, -1},
        {ARM_CLEAR, DB, -1, TEND_NOOP, -2, -1},
        // the suspected edge, else the one into the suspect; nothing calls api
        {ARM_REROUTE, DB, API_DB, TEND_REROUTE, DB, API_DB},
        {ARM_REROUTE, CACHE, API_DB, TEND_REROUTE, DB, API_DB},
        {ARM_REROUTE, CACHE, -1, TEND_REROUTE, CACHE, API_CACHE},
        {ARM_REROUTE, DB, -1, TEND_REROUTE, DB, API_DB},
        {ARM_REROUTE, API, -1, TEND_NOOP, -2, -1},
    };
    tend_system *system = small_system();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tend_suspect suspect = {rows[i].service, rows[i].edge, -1, TEND_FAMILY_UNKNOWN, 0.5};
        int action = playbook_action(system, &suspect, rows[i].arm);
        int right = rows[i].target == -2
                        ? -1
                        : tend_system_action(system, rows[i].kind, rows[i].target, rows[i].link);
        if (action != right)
            fail_msg("row %zu: action %d, expected %d", i, action, right);
        if (rows[i].target != -2)
            assert_true(action >= 0);
    }
    tend_system_free(system);
}

static void arms_have_the_names_of_the_vocabulary(void **state)
{
    (void)state;
    static const char *const names[ARMS] = {"wait",  "restart",  "scale",  "clear_cache",
                                            "limit", "rollback", "reroute"};
    for (int arm = 0; arm < ARMS; arm++) {
        assert_string_equal(playbook_arm_name(arm), names[arm]);
    }
    assert_string_equal(playbook_arm_name(-1), "");
    assert_string_equal(playbook_arm_name(ARMS), "");
}

typedef struct bench {
    desk d;
    playbook_memory m;
    playbook_view view;
    playbook_scene scene;
    tend_view seen;
} bench;

static void bench_open(bench *b, int patience, int lift_after)
{
    desk_open(&b->d);
    playbook_forget(&b->m);
    b->seen = (tend_view){.obs = &b->d.obs,
                          .findings = &b->d.frame.findings,
                          .incident = b->d.frame.incident,
                          .causes = &b->d.frame.causes,
                          .allowed = b->d.allowed};
    b->scene = (playbook_scene){&b->seen, patience, lift_after};
}

static void look(bench *b, bool alarm, bool breach)
{
    b->d.frame.findings.alarm = alarm;
    b->d.obs.breach = breach;
    if (alarm || breach)
        b->seen.incidents = 1;
    playbook_look(&b->m, b->d.system, &b->scene, &b->view);
    b->d.obs.tick++;
}

// '.' quiet, 'a' alarm, 'x' breach; returns whether an action is due at the last of them
static bool due_after(bench *b, const char *ticks)
{
    for (; *ticks; ticks++)
        look(b, *ticks == 'a', *ticks == 'x');
    return b->view.due;
}

static void patience_counts_ticks_of_trouble_in_a_row(void **state)
{
    (void)state;
    static const struct {
        const char *ticks;
        bool due;
    } rows[] = {{"aa", false},  {"aaa", true},   {"axa", true},   {"aa.a", false},
                {"...", false}, {"a.aaa", true}, {"aaa.", false}, {"aaaaaaaa", true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        bench_open(&b, 3, 4);
        desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.5);
        assert_int_equal(due_after(&b, rows[i].ticks), rows[i].due);
        desk_close(&b.d);
    }
}

static void without_patience_a_quiet_tick_still_starts_nothing(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 0, 4);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.5);
    assert_false(due_after(&b, "."));
    assert_true(due_after(&b, "a"));
    desk_close(&b.d);
}

static void without_a_suspect_only_a_breach_calls_for_something(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 1, 4);
    assert_false(due_after(&b, "a"));
    assert_true(due_after(&b, "x"));
    assert_int_equal(b.view.suspect.service, -1);
    assert_int_equal(b.view.suspect.edge, -1);
    assert_int_equal(b.view.suspect.metric, -1);
    for (int arm = 0; arm < ARMS; arm++) // nobody to restart, but users can be limited
        assert_int_equal(b.view.allowed[arm], arm == ARM_WAIT || arm == ARM_LIMIT);
    desk_close(&b.d);
}

static void what_the_guard_masks_is_not_allowed_and_waiting_alone_is_not_due(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 1, 4);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.5);
    int restart = desk_action(&b.d, TEND_RESTART, DB, -1);
    b.d.allowed[restart] = false;
    assert_true(due_after(&b, "a"));
    assert_int_equal(b.view.action[ARM_RESTART], restart);
    assert_false(b.view.allowed[ARM_RESTART]);
    assert_true(b.view.allowed[ARM_SCALE]);
    memset(b.d.allowed + 1, 0, sizeof b.d.allowed - 1);
    assert_false(due_after(&b, "a"));
    assert_true(b.view.allowed[ARM_WAIT]);
    desk_close(&b.d);
}

static void a_decision_holds_the_next_one_back(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 1, 4);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.5);
    assert_true(due_after(&b, "aaa")); // ticks 0 .. 2
    playbook_note(&b.m, &b.view, ARM_RESTART, 2, 3);
    assert_int_equal(b.m.last_arm, ARM_RESTART);
    assert_int_equal(b.m.tried, 1u << ARM_RESTART);
    assert_int_equal(b.m.actions, 1);
    assert_int_equal(b.m.limited, 0);
    assert_false(due_after(&b, "aa")); // 3, 4
    assert_true(due_after(&b, "a"));   // 5
    playbook_note(&b.m, &b.view, ARM_WAIT, 5, 2);
    assert_int_equal(b.m.last_arm, ARM_RESTART); // waiting is no action
    assert_int_equal(b.m.tried, 1u << ARM_RESTART);
    assert_int_equal(b.m.actions, 1);
    assert_false(due_after(&b, "a")); // 6
    assert_true(due_after(&b, "a"));  // 7
    playbook_note(&b.m, &b.view, ARM_SCALE, 7, 1);
    assert_int_equal(b.m.tried, 1u << ARM_RESTART | 1u << ARM_SCALE);
    assert_int_equal(b.m.actions, 2);
    desk_close(&b.d);
}

static void what_was_done_is_forgotten_when_the_incident_is_closed(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 1, 4);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.5);
    assert_true(due_after(&b, "a"));
    playbook_note(&b.m, &b.view, ARM_RESTART, 0, 1);
    due_after(&b, "..............");
    assert_int_equal(b.m.last_arm, ARM_RESTART);
    assert_int_equal(b.m.tried, 1u << ARM_RESTART);
    assert_int_equal(b.m.service, DB);
    assert_int_equal(b.m.actions, 1);
    b.seen.incidents = 0;
    due_after(&b, ".");
    assert_int_equal(b.m.last_arm, ARM_WAIT);
    assert_int_equal(b.m.tried, 0);
    assert_int_equal(b.m.service, -1);
    assert_int_equal(b.m.actions, 0);
    desk_close(&b.d);
}

static void what_was_tried_belongs_to_the_suspect(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 1, 4);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.5);
    assert_true(due_after(&b, "a"));
    playbook_note(&b.m, &b.view, ARM_RESTART, 0, 1);
    assert_true(due_after(&b, "aa"));
    assert_int_equal(b.m.tried, 1u << ARM_RESTART);
    desk_suspect(&b.d, 0, API, -1, TEND_FAMILY_COMPUTE, 0.5);
    assert_true(due_after(&b, "a"));
    assert_int_equal(b.m.tried, 0);
    assert_int_equal(b.m.service, API);
    assert_int_equal(b.m.last_arm, ARM_RESTART); // but something was done in this incident
    desk_close(&b.d);
}

static void a_limit_is_lifted_after_enough_calm(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 1, 3);
    int lift = desk_action(&b.d, TEND_LIFT, -1, -1);
    assert_true(due_after(&b, "x"));
    playbook_note(&b.m, &b.view, ARM_LIMIT, 0, 1);
    assert_int_equal(b.m.limited, 1);
    b.d.obs.entry_p95_ms = 181; // 0.9 of 200 ms is 180
    due_after(&b, "xxxx");
    assert_int_equal(b.view.lift, -1);
    b.d.obs.entry_p95_ms = 179;
    b.d.obs.entry_errors = 0.0181; // 0.9 of 2 % is 1.8 %
    due_after(&b, "xxxx");
    assert_int_equal(b.view.lift, -1);
    b.d.obs.entry_errors = 0.0179;
    due_after(&b, "xx"); // a breach because of the refused users is no hindrance
    assert_int_equal(b.view.lift, -1);
    b.d.allowed[lift] = false;
    due_after(&b, "x");
    assert_int_equal(b.view.lift, -1);
    b.d.allowed[lift] = true;
    due_after(&b, "x");
    assert_int_equal(b.view.lift, lift);
    b.d.obs.entry_p95_ms = (double)NAN; // unknown is not calm
    due_after(&b, "x");
    assert_int_equal(b.view.lift, -1);
    b.d.obs.entry_p95_ms = 50;
    due_after(&b, "..");
    assert_int_equal(b.view.lift, -1);
    due_after(&b, ".");
    assert_int_equal(b.view.lift, lift);
    b.m.limited = 0;
    due_after(&b, ".");
    assert_int_equal(b.view.lift, -1);
    desk_close(&b.d);
}

// Refusing users is a breach itself: one that waits for calm would hold the limit for ever.
static void a_limit_that_is_due_goes_in_a_breach_too(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 1, 3);
    int lift = desk_action(&b.d, TEND_LIFT, -1, -1);
    b.d.obs.entry_p95_ms = 900;
    assert_true(due_after(&b, "x"));
    playbook_note(&b.m, &b.view, ARM_LIMIT, 0, 1);
    due_after(&b, "xxx");
    assert_int_equal(b.view.lift, -1);
    b.seen.lift_due = true;
    tend_decision out = {.action = 0};
    assert_false(playbook_turn(&b.m, b.d.system, &b.scene, &b.view, &out)); // there is no choice
    assert_int_equal(out.action, lift);
    b.d.allowed[lift] = false; // by the kill switch
    due_after(&b, "x");
    assert_int_equal(b.view.lift, -1);
    desk_close(&b.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arm_is_an_action_relative_to_the_suspect),
        cmocka_unit_test(arms_have_the_names_of_the_vocabulary),
        cmocka_unit_test(patience_counts_ticks_of_trouble_in_a_row),
        cmocka_unit_test(without_patience_a_quiet_tick_still_starts_nothing),
        cmocka_unit_test(without_a_suspect_only_a_breach_calls_for_something),
        cmocka_unit_test(what_the_guard_masks_is_not_allowed_and_waiting_alone_is_not_due),
        cmocka_unit_test(a_decision_holds_the_next_one_back),
        cmocka_unit_test(what_was_done_is_forgotten_when_the_incident_is_closed),
        cmocka_unit_test(what_was_tried_belongs_to_the_suspect),
        cmocka_unit_test(a_limit_is_lifted_after_enough_calm),
        cmocka_unit_test(a_limit_that_is_due_goes_in_a_breach_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
