// SPDX-License-Identifier: GPL-3.0-or-later
// test_event.c - a choice in words: what it was between.
#include "frame_support.h"

#include "report/event.h"

static void decided(const tend_decision *d, const tend_system *system, const char *want)
{
    str words = {0};
    event e = event_decided(system, 5, d, &words);
    assert_string_equal(e.kind, "action");
    assert_int_equal(e.action, d->action);
    assert_string_equal(words.text, want);
    str_free(&words);
}

static void a_choice_is_held_against_the_best_of_the_others(void **state)
{
    (void)state;
    tend_system *system = small_system();
    int limit = tend_system_action(system, TEND_LIMIT, -1, -1);
    int restart = tend_system_action(system, TEND_RESTART, DB, -1);
    tend_decision d = {.action = restart,
                       .compared = {{restart, 0.8}, {limit, 0.6}, {0, 0.4}},
                       .compared_count = 3};
    decided(&d, system, "restart(db): 0.80 against 0.60 for limit");
    // of two that are equal, or exploring, it need not be the first
    d.action = limit;
    decided(&d, system, "limit: 0.60 against 0.80 for restart(db)");
    d.action = 0;
    decided(&d, system, "noop: 0.40 against 0.80 for restart(db)");
    tend_system_free(system);
}

static void a_choice_without_an_alternative_is_held_against_nothing(void **state)
{
    (void)state;
    tend_system *system = small_system();
    int limit = tend_system_action(system, TEND_LIMIT, -1, -1);
    tend_decision d = {.action = limit, .compared = {{limit, 0.6}}, .compared_count = 1};
    decided(&d, system, "limit");
    d.compared_count = 0;
    decided(&d, system, "limit");
    // one that was not ranked has no figure of its own
    d.action = tend_system_action(system, TEND_LIFT, -1, -1);
    d.compared[1] = (tend_compared){0, 0.4};
    d.compared_count = 2;
    decided(&d, system, "lift");
    tend_system_free(system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_choice_is_held_against_the_best_of_the_others),
        cmocka_unit_test(a_choice_without_an_alternative_is_held_against_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
