// SPDX-License-Identifier: GPL-3.0-or-later
// test_guard_incident.c - each rule about the loop: incident, limit, escalation and their release,
// switches, freezes, the allow-list.
#include "guard_support.h"

static int run_to(yard *y, int64_t from, int64_t to, bool trouble)
{
    yard_trouble(y, trouble, false);
    for (int64_t t = from; t < to; t++)
        yard_look(y, t);
    return (int)(to - from);
}

static void without_trouble_nothing_is_done_and_either_sign_of_it_will_do(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_trouble(&y, false, false);
    assert_string_equal(yard_rule(&y, 0, "scale(web,+1)"), "incident");
    assert_string_equal(yard_rule(&y, 0, "restart(web)"), "incident");
    assert_false(y.frame.incidents > 0);
    yard_trouble(&y, true, false);
    assert_string_equal(yard_rule(&y, 1, "restart(web)"), "");
    assert_true(y.frame.incidents > 0);
    yard_trouble(&y, false, true);
    assert_string_equal(yard_rule(&y, 2, "restart(web)"), "");
    yard_close(&y);
}

static void an_incident_ends_after_calm_healthy_ticks_in_a_row_and_not_before(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_look(&y, 0);
    run_to(&y, 1, 10, false); // nine
    assert_true(y.frame.incidents > 0);
    run_to(&y, 10, 11, true); // starts the count again
    run_to(&y, 11, 20, false);
    assert_true(y.frame.incidents > 0);
    run_to(&y, 20, 21, false);
    assert_false(y.frame.incidents > 0);
    yard_close(&y);
}

static void the_kill_switch_comes_before_every_rule_and_lifting_too(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_take(&y, 0, "limit");
    y.params.kill_switch = 1;
    yard_look(&y, 1);
    for (int a = 1; a < y.system->A; a++)
        assert_int_equal(y.masked[a], GUARD_KILL_SWITCH);
    assert_true(y.allowed[0]);
    y.params.kill_switch = 0;
    assert_string_equal(yard_rule(&y, 2, "lift"), "");
    yard_close(&y);
}

static void what_did_not_help_is_not_repeated_in_the_incident(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    y.params.ineffective = 2;
    y.params.calm = 3;
    yard_take(&y, 0, "restart(web)");
    yard_take(&y, 1, "restart(web)");
    assert_string_equal(yard_rule(&y, 2, "restart(web)"), "ineffective");
    assert_string_equal(yard_rule(&y, 2, "restart(db)"), "");
    for (int i = 0; i < 5; i++) { // a limit is a measure of time, not a remedy
        yard_take(&y, 3 + 2 * i, "limit");
        yard_take(&y, 4 + 2 * i, "lift");
    }
    run_to(&y, 20, 22, false);
    yard_trouble(&y, true, true);
    assert_string_equal(yard_rule(&y, 22, "restart(web)"), "ineffective");
    run_to(&y, 23, 26, false);
    yard_trouble(&y, true, true);
    assert_string_equal(yard_rule(&y, 26, "restart(web)"), "");
    yard_close(&y);
}

static void after_so_many_actions_a_person_is_called_and_hands_stay_off(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    y.params.escalate = 4;
    y.params.calm = 3;
    yard_take(&y, 0, "limit");
    yard_take(&y, 1, "lift"); // is not counted: it takes nothing on
    yard_take(&y, 2, "restart(web)");
    yard_look(&y, 3);
    assert_false(yard_note(&y, "scale(db,+1)", -1).escalated);
    assert_string_equal(yard_rule(&y, 4, "limit"), "");
    assert_true(yard_note(&y, "limit", -1).escalated);
    assert_string_equal(yard_rule(&y, 5, "restart(cart)"), "escalated");
    assert_string_equal(yard_rule(&y, 5, "scale(cart,+1)"), "escalated");
    assert_string_equal(yard_rule(&y, 5, "lift"), ""); // the limit must not outlive the agent
    assert_true(yard_note(&y, "noop", -1).escalated);
    run_to(&y, 6, 8, false);
    assert_true(yard_note(&y, "noop", -1).escalated);
    run_to(&y, 8, 9, false); // calm: the incident is over, the next one is new
    assert_false(yard_note(&y, "noop", -1).escalated);
    yard_trouble(&y, true, true);
    assert_string_equal(yard_rule(&y, 10, "restart(cart)"), "");
    yard_close(&y);
}

static void a_limit_is_set_once_and_lifted_once(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    assert_string_equal(yard_rule(&y, 0, "lift"), "undone");
    yard_take(&y, 0, "limit");
    assert_string_equal(yard_rule(&y, 1, "limit"), "undone");
    yard_trouble(&y, false, false);
    assert_string_equal(yard_rule(&y, 2, "lift"), ""); // without trouble too
    yard_take(&y, 2, "lift");
    assert_string_equal(yard_rule(&y, 3, "lift"), "undone");
    yard_close(&y);
}

static void a_limit_held_too_long_comes_first(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    y.params.limit_most = 60;
    yard_take(&y, 5, "limit");
    assert_string_equal(yard_rule(&y, 64, "scale(web,+1)"), "");
    assert_string_equal(yard_rule(&y, 65, "scale(web,+1)"), "limit_due");
    yard_take(&y, 66, "lift");
    assert_string_equal(yard_rule(&y, 67, "scale(web,+1)"), "");
    yard_close(&y);
}

static void in_a_freeze_nothing_disruptive_is_done(void **state)
{
    (void)state;
    static const char *const disruptive[] = {"restart(db)",  "scale(a,-1)", "clear_cache(hot)",
                                             "rollback(db)", "limit",       "reroute(web>cart)"};
    yard y;
    yard_open(&y);
    y.freeze[0] = (guard_freeze){100, 200};
    y.freeze[1] = (guard_freeze){300, 301};
    y.terms.freezes = 2;
    for (size_t i = 0; i < sizeof disruptive / sizeof *disruptive; i++) {
        assert_string_equal(yard_rule(&y, 99, disruptive[i]), "");
        assert_string_equal(yard_rule(&y, 100, disruptive[i]), "freeze");
        assert_string_equal(yard_rule(&y, 199, disruptive[i]), "freeze");
        assert_string_equal(yard_rule(&y, 200, disruptive[i]), "");
        assert_string_equal(yard_rule(&y, 299, disruptive[i]), "");
        assert_string_equal(yard_rule(&y, 300, disruptive[i]), "freeze");
        assert_string_equal(yard_rule(&y, 301, disruptive[i]), "");
        assert_string_equal(yard_rule(&y, 150, "scale(db,+1)"), "");
    }
    yard_take(&y, 90, "limit");
    assert_string_equal(yard_rule(&y, 150, "lift"), "");
    yard_close(&y);
}

static void only_what_the_allow_list_names_is_done_and_lifting(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_loosen(&y);
    yard_take(&y, 0, "limit");
    y.terms.listed = y.listed;
    y.listed[yard_action(&y, "restart(db)")] = true;
    for (int a = 1; a < y.system->A; a++) {
        const char *name = y.system->actions[a].name;
        bool named = strcmp(name, "restart(db)") == 0 || strcmp(name, "lift") == 0;
        assert_string_equal(yard_rule(&y, 1, name), named ? "" : "allow_list");
    }
    assert_true(y.allowed[0]);
    yard_close(&y);
}

// what a quiet tick says of an action, whatever the arrays held before
static const char *quiet_rule(yard *y, int64_t tick, const char *action)
{
    memset(y->masked, 77, sizeof y->masked);
    memset(y->allowed, 1, sizeof y->allowed);
    yard_trouble(y, false, false);
    const char *rule = yard_rule(y, tick, action); // holds allowed and masked together
    assert_int_equal(y->masked[0], GUARD_ALLOWED);
    assert_true(y->allowed[0]);
    return rule;
}

static void without_trouble_the_kind_of_an_action_says_all(void **state)
{
    (void)state;
    static const char *const others[] = {"restart(db)", "scale(web,+1)", "limit", "rollback(a)",
                                         "clear_cache(hot)"};
    for (int limited = 0; limited < 2; limited++)
        for (int killed = 0; killed < 2; killed++)
            for (int listing = 0; listing < 2; listing++) {
                yard y;
                yard_open(&y);
                yard_loosen(&y);
                y.params.calm = 100;
                if (limited)
                    yard_take(&y, 0, "limit");
                y.params.kill_switch = killed;
                y.terms.listed = listing ? y.listed : NULL;
                y.listed[yard_action(&y, "restart(db)")] = true;
                assert_string_equal(quiet_rule(&y, 1, "lift"), killed    ? "kill_switch"
                                                               : limited ? ""
                                                                         : "undone");
                for (int i = 0; i < 5; i++)
                    assert_string_equal(quiet_rule(&y, 2 + i, others[i]), killed ? "kill_switch"
                                                                          : listing && (i > 0)
                                                                              ? "allow_list"
                                                                              : "incident");
                yard_close(&y);
            }
}

static void what_was_wanted_and_masked_is_counted_by_rule(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    y.suspect.confidence = 0;
    yard_look(&y, 0);
    int restart = yard_action(&y, "restart(web)");
    yard_note(&y, "noop", restart);
    yard_look(&y, 1);
    yard_note(&y, "noop", restart);
    yard_look(&y, 2);
    yard_note(&y, "noop", -1);
    yard_note(&y, "noop", 0);
    yard_note(&y, "scale(db,+1)", restart); // whatever is done instead
    for (int rule = 0; rule < GUARD_RULES; rule++)
        assert_int_equal(guard_count(y.g, rule), rule == GUARD_CONFIDENCE ? 3 : 0);
    yard_close(&y);
}

// a policy that holds two actions equal may name the one it did not take
static void a_wish_that_was_not_masked_is_taken_back(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    y.suspect.confidence = 0;
    yard_look(&y, 0);
    int restart = yard_action(&y, "restart(web)"), scale = yard_action(&y, "scale(db,+1)");
    assert_int_equal(yard_note(&y, "noop", restart).wanted, restart);
    assert_int_equal(y.masked[scale], GUARD_ALLOWED);
    assert_int_equal(yard_note(&y, "noop", scale).wanted, -1);
    assert_int_equal(yard_note(&y, "noop", 0).wanted, -1);
    assert_int_equal(guard_count(y.g, GUARD_ALLOWED), 0);
    yard_close(&y);
}

static void a_dry_run_is_said_so_and_otherwise_not(void **state)
{
    (void)state;
    yard y;
    yard_open(&y);
    yard_look(&y, 0);
    assert_false(yard_note(&y, "noop", -1).dry_run);
    y.params.dry_run = 1;
    assert_true(yard_note(&y, "noop", -1).dry_run);
    yard_close(&y);
}

static void every_rule_has_a_name_and_a_meaning(void **state)
{
    (void)state;
    assert_int_equal(tend_guard_rules(), GUARD_RULES - 1);
    for (int rule = 1; rule <= tend_guard_rules(); rule++) {
        assert_true(tend_guard_rule_name(rule)[0] && tend_guard_rule_help(rule)[0]);
        for (int other = 1; other < rule; other++)
            assert_string_not_equal(tend_guard_rule_name(rule), tend_guard_rule_name(other));
    }
    assert_string_equal(tend_guard_rule_name(0), "");
    assert_string_equal(tend_guard_rule_name(GUARD_RULES), "");
    assert_string_equal(tend_guard_rule_help(GUARD_RULES), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_trouble_nothing_is_done_and_either_sign_of_it_will_do),
        cmocka_unit_test(an_incident_ends_after_calm_healthy_ticks_in_a_row_and_not_before),
        cmocka_unit_test(the_kill_switch_comes_before_every_rule_and_lifting_too),
        cmocka_unit_test(what_did_not_help_is_not_repeated_in_the_incident),
        cmocka_unit_test(after_so_many_actions_a_person_is_called_and_hands_stay_off),
        cmocka_unit_test(a_limit_is_set_once_and_lifted_once),
        cmocka_unit_test(a_limit_held_too_long_comes_first),
        cmocka_unit_test(in_a_freeze_nothing_disruptive_is_done),
        cmocka_unit_test(only_what_the_allow_list_names_is_done_and_lifting),
        cmocka_unit_test(without_trouble_the_kind_of_an_action_says_all),
        cmocka_unit_test(what_was_wanted_and_masked_is_counted_by_rule),
        cmocka_unit_test(a_wish_that_was_not_masked_is_taken_back),
        cmocka_unit_test(a_dry_run_is_said_so_and_otherwise_not),
        cmocka_unit_test(every_rule_has_a_name_and_a_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
