// SPDX-License-Identifier: GPL-3.0-or-later
// test_guard_rules.c - each rule about an action and its target, from both sides of where it begins
// and ends.
#include "guard_support.h"

static void the_same_target_waits_for_the_verify_window(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    y.params.verify = 4;
    yard_take(&y, 10, "scale(web,+1)");
    assert_string_equal(yard_rule(&y, 10, "restart(web)"), "verify");
    assert_string_equal(yard_rule(&y, 13, "restart(web)"), "verify");
    assert_string_equal(yard_rule(&y, 13, "reroute(web>cart)"), "second_target");
    assert_string_equal(yard_rule(&y, 14, "restart(web)"), "");
    yard_take(&y, 20, "reroute(cart>db)"); // its target is the callee
    assert_string_equal(yard_rule(&y, 21, "restart(db)"), "verify");
    assert_string_equal(yard_rule(&y, 21, "restart(cart)"), "second_target");
    yard_close(&y);
}

static void an_action_on_the_whole_system_waits_for_every_target_and_makes_all_wait(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    y.params.verify = 4;
    yard_take(&y, 10, "scale(web,+1)");
    y.suspect.confidence = 1; // is no help
    assert_string_equal(yard_rule(&y, 13, "limit"), "verify");
    yard_take(&y, 14, "limit");
    assert_string_equal(yard_rule(&y, 17, "restart(db)"), "verify");
    yard_take(&y, 17, "lift"); // never waits, but is verified like the limit
    assert_string_equal(yard_rule(&y, 20, "scale(db,+1)"), "verify");
    assert_string_equal(yard_rule(&y, 21, "scale(db,+1)"), "");
    yard_close(&y);
}

static void a_second_target_needs_more_confidence_than_the_first_had(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    y.params.verify = 10;
    y.suspect.confidence = 0.6;
    yard_take(&y, 0, "scale(web,+1)");
    assert_string_equal(yard_rule(&y, 1, "scale(db,+1)"), "second_target"); // no more than it
    y.suspect.confidence = 0.5;
    assert_string_equal(yard_rule(&y, 1, "scale(db,+1)"), "second_target");
    y.suspect.confidence = (double)NAN;
    assert_string_equal(yard_rule(&y, 1, "scale(db,+1)"), "second_target");
    y.frame.causes.count = 0; // no suspect, no confidence
    y.suspect.confidence = 1;
    assert_string_equal(yard_rule(&y, 1, "scale(db,+1)"), "second_target");
    y.frame.causes.count = 1;
    y.suspect.confidence = 0.61;
    assert_string_equal(yard_rule(&y, 9, "scale(web,+1)"), "verify"); // however sure
    yard_take(&y, 9, "scale(db,+1)");
    // a third is held against the surest of those being verified
    assert_string_equal(yard_rule(&y, 12, "scale(cart,+1)"), "second_target");
    y.suspect.confidence = 0.62;
    assert_string_equal(yard_rule(&y, 12, "scale(cart,+1)"), "");
    y.suspect.confidence = 0.1; // and against nobody when all are
    assert_string_equal(yard_rule(&y, 18, "scale(cart,+1)"), "second_target");
    yard_take(&y, 19, "scale(cart,+1)");
    y.suspect.confidence = 0.2;
    assert_string_equal(yard_rule(&y, 20, "scale(a,+1)"), "");
    yard_close(&y);
}

static void the_bar_for_a_second_target_does_not_sink_within_a_window(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    y.params.verify = 10;
    y.suspect.confidence = 0.3;
    yard_take(&y, 0, "scale(web,+1)");
    y.suspect.confidence = 0.8;
    yard_take(&y, 5, "scale(db,+1)");
    y.suspect.confidence = 0.7; // web is verified by now, db is not
    assert_string_equal(yard_rule(&y, 12, "scale(cart,+1)"), "second_target");
    assert_string_equal(yard_rule(&y, 12, "scale(web,+1)"), "second_target");
    y.suspect.confidence = 0.81;
    assert_string_equal(yard_rule(&y, 12, "scale(web,+1)"), "");
    yard_close(&y);
}

static void the_same_action_waits_for_its_cooldown_and_others_do_not(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    y.params.cooldown = 10;
    yard_take(&y, 5, "scale(web,+1)");
    assert_string_equal(yard_rule(&y, 5, "scale(web,+1)"), "cooldown");
    assert_string_equal(yard_rule(&y, 14, "scale(web,+1)"), "cooldown");
    assert_string_equal(yard_rule(&y, 14, "scale(db,+1)"), "");
    assert_string_equal(yard_rule(&y, 14, "restart(web)"), "");
    assert_string_equal(yard_rule(&y, 15, "scale(web,+1)"), "");
    y.params.cooldown = 1000; // however many actions lie between
    y.params.escalate = 1e6;
    for (int i = 0; i < 200; i++) {
        yard_note(&y, i % 2 ? "restart(db)" : "restart(cart)", -1);
        yard_look(&y, 16 + i);
    }
    assert_string_equal(yard_rule(&y, 1004, "scale(web,+1)"), "cooldown");
    yard_close(&y);
}

static void one_disruptive_action_is_in_flight_at_a_time_for_any_time(void **state)
{
    (void)state;
    static const char *const disruptive[] = {"restart(db)",  "scale(a,-1)", "clear_cache(hot)",
                                             "rollback(db)", "limit",       "reroute(web>cart)"};
    for (size_t i = 0; i < sizeof disruptive / sizeof *disruptive; i++) {
        yard y;
        yard_open(&y);
        yard_loosen(&y);
        y.params.in_flight = 100000;
        y.params.escalate = 1e6;
        y.params.budget = 1e6;
        yard_take(&y, 7, disruptive[i]);
        if (strcmp(disruptive[i], "limit") == 0)
            yard_take(&y, 8, "lift");
        for (int n = 0; n < 500; n++) { // actions that are not: no log forgets the one that is
            yard_look(&y, 9 + n);
            yard_note(&y, n % 2 ? "scale(web,+1)" : "noop", -1);
        }
        assert_string_equal(yard_rule(&y, 100006, "restart(cart)"), "in_flight");
        assert_string_equal(yard_rule(&y, 100006, "limit"), "in_flight");
        assert_string_equal(yard_rule(&y, 100006, "scale(cart,+1)"), "");
        assert_string_equal(yard_rule(&y, 100007, "restart(cart)"), "");
        yard_close(&y);
    }
}

static void what_disrupts_is_known_for_every_kind(void **state)
{
    (void)state;
    static const tend_action_kind harmless[] = {TEND_NOOP, TEND_SCALE_UP, TEND_LIFT};
    int count = 0;
    for (int kind = 0; kind < TEND_ACTION_KINDS; kind++)
        count += tend_action_row((tend_action_kind)kind)->disruptive;
    assert_int_equal(count, TEND_ACTION_KINDS - 3);
    for (int i = 0; i < 3; i++)
        assert_false(tend_action_row(harmless[i])->disruptive);
}

static void replicas_asked_for_stay_within_their_bounds(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    for (int i = 0; i < 6; i++)
        yard_take(&y, i, "scale(web,+1)"); // 3 to 9
    assert_string_equal(yard_rule(&y, 6, "scale(web,+1)"), "replica_bounds");
    yard_take(&y, 6, "scale(web,-1)");
    assert_string_equal(yard_rule(&y, 7, "scale(web,+1)"), "");
    yard_take(&y, 8, "scale(db,-1)"); // 3 to 2, its least
    assert_string_equal(yard_rule(&y, 9, "scale(db,-1)"), "replica_bounds");
    assert_string_equal(yard_rule(&y, 9, "restart(db)"), "");
    yard_close(&y);
}

static void the_last_replica_is_not_taken_down_and_an_unknown_one_may_be_it(void **state)
{
    (void)state;
    static const struct {
        double ready;
        bool restart, scale_down; // allowed
    } cases[] = {{3, true, true},
                 {2, true, true},
                 {1.9, false, false},
                 {1, false, false},
                 {0.5, false, false},
                 {0.4, true, false},
                 {0, true, false},
                 {-1, false, false},
                 {1e6, true, true},
                 {1e7, false, false},
                 {(double)NAN, false, false},
                 {(double)INFINITY, false, false}};
    yard y;
    yard_open(&y);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        y.ready[0] = cases[i].ready;
        assert_string_equal(yard_rule(&y, 0, "restart(web)"),
                            cases[i].restart ? "" : "last_replica");
        assert_string_equal(yard_rule(&y, 0, "scale(web,-1)"),
                            cases[i].scale_down ? "" : "last_replica");
        assert_string_equal(yard_rule(&y, 0, "restart(db)"), ""); // of another service
        assert_string_equal(yard_rule(&y, 0, "scale(web,+1)"), "");
        assert_string_equal(yard_rule(&y, 0, "rollback(web)"), "");
    }
    yard_close(&y);
}

static void a_rollback_needs_a_deployment_that_is_known(void **state)
{
    (void)state;
    static const struct {
        double age;
        bool known;
    } cases[] = {
        {0, true},   {1e12, true}, {(double)NAN, false}, {(double)INFINITY, false}, {1e13, false},
        {-1, false}, {12, true}};
    yard y;
    yard_open(&y);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        y.age[3] = cases[i].age;
        assert_string_equal(yard_rule(&y, 0, "rollback(db)"),
                            cases[i].known ? "" : "rollback_known");
        assert_string_equal(yard_rule(&y, 0, "restart(db)"), "");
        assert_string_equal(yard_rule(&y, 0, "rollback(web)"), "");
    }
    yard_close(&y);
}

static void no_more_than_a_share_of_the_services_changes_at_once(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    y.params.in_flight = 10;
    y.params.blast_radius = 0.5; // three of six
    yard_take(&y, 0, "scale(web,+1)");
    yard_take(&y, 1, "scale(cart,+1)");
    yard_take(&y, 2, "scale(db,+1)");
    assert_string_equal(yard_rule(&y, 9, "scale(a,+1)"), "blast_radius");
    assert_string_equal(yard_rule(&y, 9, "scale(web,+1)"), ""); // changes already
    assert_string_equal(yard_rule(&y, 9, "limit"), "");         // changes no service
    assert_string_equal(yard_rule(&y, 10, "scale(a,+1)"), "");  // web is through
    y.params.blast_radius = 0.49;
    assert_string_equal(yard_rule(&y, 10, "scale(a,+1)"), "blast_radius");
    y.params.blast_radius = 2.0 / 6; // web is through, cart and db are changing
    assert_string_equal(yard_rule(&y, 10, "scale(a,+1)"), "blast_radius");
    assert_string_equal(yard_rule(&y, 11, "scale(a,+1)"), ""); // db alone
    y.params.blast_radius = 0;                                 // one at least
    assert_string_equal(yard_rule(&y, 11, "scale(a,+1)"), "blast_radius");
    assert_string_equal(yard_rule(&y, 12, "scale(a,+1)"), "");
    yard_close(&y);
}

static void budgets_count_the_actions_of_their_window(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    y.params.window = 100;
    y.params.budget = 4;
    y.params.target_budget = 2;
    yard_take(&y, 10, "scale(web,+1)");
    yard_take(&y, 20, "scale(web,+1)");
    assert_string_equal(yard_rule(&y, 30, "restart(web)"), "target_budget");
    assert_string_equal(yard_rule(&y, 109, "restart(web)"), "target_budget");
    assert_string_equal(yard_rule(&y, 110, "restart(web)"), ""); // the first has left
    yard_take(&y, 30, "scale(db,+1)");
    yard_take(&y, 31, "scale(db,+1)");
    assert_string_equal(yard_rule(&y, 32, "scale(cart,+1)"), "budget");
    assert_string_equal(yard_rule(&y, 32, "limit"), "budget");
    assert_string_equal(yard_rule(&y, 109, "scale(cart,+1)"), "budget");
    assert_string_equal(yard_rule(&y, 110, "scale(cart,+1)"), "");
    yard_close(&y);
}

static void the_largest_budgets_are_exact_with_lifts_among_the_actions(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    y.params.window = 1000;
    yard_take(&y, 0, "scale(web,+1)");
    for (int i = 0; i < 15; i++) {
        yard_take(&y, 1 + 2 * i, "limit");
        yard_take(&y, 2 + 2 * i, "lift");
    }
    yard_take(&y, 40, "limit"); // the 32nd
    assert_string_equal(yard_rule(&y, 41, "scale(db,+1)"), "budget");
    yard_take(&y, 42, "lift"); // the 33rd
    assert_string_equal(yard_rule(&y, 999, "scale(db,+1)"), "budget");
    // one has left the window, 32 are in it; and of the next it is the second
    assert_string_equal(yard_rule(&y, 1000, "scale(db,+1)"), "budget");
    assert_string_equal(yard_rule(&y, 1001, "scale(db,+1)"), "");
    yard_close(&y);
}

static void a_disruptive_action_needs_confidence(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    y.suspect.confidence = 0.2;
    assert_string_equal(yard_rule(&y, 0, "restart(web)"), "");
    y.suspect.confidence = 0.19;
    assert_string_equal(yard_rule(&y, 0, "restart(web)"), "confidence");
    assert_string_equal(yard_rule(&y, 0, "limit"), "confidence");
    assert_string_equal(yard_rule(&y, 0, "scale(web,+1)"), "");
    y.suspect.confidence = (double)NAN;
    assert_string_equal(yard_rule(&y, 0, "restart(web)"), "confidence");
    y.suspect.confidence = 1;
    y.frame.causes.count = 0;
    assert_string_equal(yard_rule(&y, 0, "restart(web)"), "confidence");
    yard_close(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_target_waits_for_the_verify_window),
        cmocka_unit_test(an_action_on_the_whole_system_waits_for_every_target_and_makes_all_wait),
        cmocka_unit_test(a_second_target_needs_more_confidence_than_the_first_had),
        cmocka_unit_test(the_bar_for_a_second_target_does_not_sink_within_a_window),
        cmocka_unit_test(the_same_action_waits_for_its_cooldown_and_others_do_not),
        cmocka_unit_test(one_disruptive_action_is_in_flight_at_a_time_for_any_time),
        cmocka_unit_test(what_disrupts_is_known_for_every_kind),
        cmocka_unit_test(replicas_asked_for_stay_within_their_bounds),
        cmocka_unit_test(the_last_replica_is_not_taken_down_and_an_unknown_one_may_be_it),
        cmocka_unit_test(a_rollback_needs_a_deployment_that_is_known),
        cmocka_unit_test(no_more_than_a_share_of_the_services_changes_at_once),
        cmocka_unit_test(budgets_count_the_actions_of_their_window),
        cmocka_unit_test(the_largest_budgets_are_exact_with_lifts_among_the_actions),
        cmocka_unit_test(a_disruptive_action_needs_confidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
