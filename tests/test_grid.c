// SPDX-License-Identifier: GPL-3.0-or-later
// test_grid.c - values listed and counted, every combination of them, and what is refused.
#include "support.h"

#include "runners/grid.h"

static tend_err err;

static tend_rc add(grid *g, const char *text)
{
    err = (tend_err){TEND_OK, ""};
    return grid_add(g, text, &err);
}

// the values of one axis, with blanks between them
static void has_values(const char *text, const char *expected)
{
    grid g = {.axes = 0};
    char said[4096] = "";
    if (add(&g, text) != TEND_OK)
        fail_msg("%s: %s", text, err.text);
    assert_int_equal(g.points, g.axis[0].count);
    for (int i = 0; i < g.points; i++) {
        size_t used = strlen(said);
        snprintf(said + used, sizeof said - used, "%s%s", i ? " " : "", grid_value(&g, i, 0));
    }
    assert_string_equal(said, expected);
    grid_free(&g);
}

static void is_refused(const char *text, const char *message)
{
    grid g = {.axes = 0};
    assert_int_equal(add(&g, text), TEND_USAGE);
    assert_holds(err.text, message);
    grid_free(&g);
}

static void a_list_is_taken_as_it_stands(void **state)
{
    (void)state;
    has_values("guard.cooldown=0,8,30", "0 8 30");
    has_values("world.noise=1e-3,0.50,2", "1e-3 0.50 2");
    has_values("policy=rules,ucb", "rules ucb");
    has_values("guard.cooldown=8", "8");
    has_values("guard.cooldown= 0, 8 ,30 ", "0 8 30");
}

static void a_range_has_both_ends(void **state)
{
    (void)state;
    has_values("a.b=1:3:0.5", "1 1.5 2 2.5 3");
    has_values("a.b=1:3:0.75", "1 1.75 2.5"); // which a step need not meet
    has_values("a.b=30:0:-10", "30 20 10 0");
    has_values("a.b=-1:1:.5", "-1 -0.5 0 0.5 1");
    has_values("a.b=2:2:1", "2");
    has_values("a.b=2:2:-1", "2");
    has_values("a.b=1:2:3", "1");
    has_values("a.b=+1:100:33", "1 34 67 100");
}

static void the_values_of_a_range_are_those_one_would_type(void **state)
{
    (void)state;
    has_values("a.b=0:1:0.1", "0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1");
}

static void every_digit_of_a_range_counts(void **state)
{
    (void)state;
    has_values("a.b=1:1.00000000000002:0.00000000000001", "1 1.00000000000001 1.00000000000002");
    has_values("a.b=999999999999998:999999999999999:1", "999999999999998 999999999999999");
    has_values("a.b=0.000:0.003:0.0010", "0 0.001 0.002 0.003");
    has_values("a.b=-0.05:0.05:0.05", "-0.05 0 0.05");
}

static void a_thousand_steps_end_where_they_should(void **state)
{
    (void)state;
    grid g = {.axes = 0};
    assert_int_equal(add(&g, "a.b=0.001:1:0.001"), TEND_OK);
    assert_int_equal(g.points, 1000);
    assert_string_equal(grid_value(&g, 0, 0), "0.001");
    assert_string_equal(grid_value(&g, 700, 0), "0.701");
    assert_string_equal(grid_value(&g, 999, 0), "1");
    grid_free(&g);
}

static void lists_may_hold_ranges(void **state)
{
    (void)state;
    has_values("guard.cooldown=0,8:12:2,30", "0 8 10 12 30");
}

static void the_last_axis_changes_fastest(void **state)
{
    (void)state;
    static const char *const expected[] = {"0 rules 1", "0 rules 2", "0 ucb 1", "0 ucb 2",
                                           "8 rules 1", "8 rules 2", "8 ucb 1", "8 ucb 2"};
    grid g = {.axes = 0};
    assert_int_equal(add(&g, "guard.cooldown=0,8"), TEND_OK);
    assert_int_equal(add(&g, "policy=rules,ucb"), TEND_OK);
    assert_int_equal(add(&g, "world.noise=1,2"), TEND_OK);
    assert_int_equal(g.axes, 3);
    assert_int_equal(g.points, 8);
    for (int i = 0; i < 8; i++) {
        char said[64];
        snprintf(said, sizeof said, "%s %s %s", grid_value(&g, i, 0), grid_value(&g, i, 1),
                 grid_value(&g, i, 2));
        assert_string_equal(said, expected[i]);
    }
    grid_free(&g);
}

static void what_is_no_grid_is_refused_by_its_name(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"guard.cooldown", "--grid guard.cooldown, expected PATH=VALUES"},
        {"guard.cooldown=", "--grid guard.cooldown=, expected PATH=VALUES"},
        {"=1,2", "--grid =1,2, expected PATH=VALUES"},
        {"", "expected PATH=VALUES"},
        {"a.b=,1", "--grid a.b: an empty value"},
        {"a.b=1,,2", "an empty value"},
        {"a.b=1,", "an empty value"},
        {"a.b= ", "an empty value"},
        {"a.b=1 2,3", "--grid a.b: \"1 2,3\", expected commas between values"},
        {"a.b=1,2,1", "--grid a.b: 1 twice"},
        {"a.b=1,2,1.0", "--grid a.b: 1.0 twice"},
        {"a.b=0:4:2,2", "--grid a.b: 2 twice"},
        {"policy=ucb,ucb", "--grid policy: ucb twice"},
        {"a.b=0:1", "\"0:1\", expected FROM:TO:STEP"},
        {"a.b=0:1:", "expected FROM:TO:STEP"},
        {"a.b=0:1:1:1", "expected FROM:TO:STEP"},
        {"a.b=0:x:1", "expected FROM:TO:STEP"},
        {"a.b=:1:1", "expected FROM:TO:STEP"},
        {"a.b=0:1:.", "expected FROM:TO:STEP"},
        {"a.b=0:1.2.3:1", "expected FROM:TO:STEP"},
        {"a.b=0:1e3:1", "expected FROM:TO:STEP"},
        {"a.b=0:1 :1", "expected commas"},
        {"a.b=0:1000000000000000:1", "at most 15 digits"},
        {"a.b=0:100:0.00000000000001", "at most 15 digits"},
        {"a.b=0:1:0", "expected a step that leads from the first to the second"},
        {"a.b=0:1:-1", "expected a step"},
        {"a.b=1:0:1", "expected a step"},
        {"a.b=0:1000:1", "has 1001 values, expected at most 1000"},
        {"a.b=0:999999999999999:1", "has 1000000000000000 values"},
        {"a.b=1:600:1,601:1001:1", "more than 1000 values"},
        {"guard.allow=all,none", "--grid guard.allow: a list"},
        {"guard.freeze=none,1-2", "--grid guard.freeze: a list"},
        {"a.b=0123456789012345678901234567890123456789012345678", "a value of 49 bytes"},
        {"a234567890.234567890.234567890.234567890.234567890.234567890.234=1", "expected PATH"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        is_refused(rows[i][0], rows[i][1]);
}

static void a_thousand_points_are_enough(void **state)
{
    (void)state;
    grid g = {.axes = 0};
    assert_int_equal(add(&g, "a.b=1:40:1"), TEND_OK);
    assert_int_equal(add(&g, "a.c=1:25:1"), TEND_OK);
    assert_int_equal(g.points, 1000);
    assert_int_equal(add(&g, "a.d=1,2"), TEND_USAGE);
    assert_holds(err.text, "--grid a.d: 2000 points with it, expected at most 1000");
    grid_free(&g);
    assert_int_equal(add(&g, "a.b=1:143:1"), TEND_OK);
    assert_int_equal(add(&g, "a.c=1:7:1"), TEND_USAGE);
    assert_holds(err.text, "1001 points");
    grid_free(&g);
}

static void a_path_is_given_once_and_nine_at_most(void **state)
{
    (void)state;
    grid g = {.axes = 0};
    assert_int_equal(add(&g, "policy=ucb"), TEND_OK);
    assert_int_equal(add(&g, "policy=rules"), TEND_USAGE);
    assert_holds(err.text, "--grid policy twice");
    for (int i = 1; i < GRID_AXES; i++) {
        char text[32];
        snprintf(text, sizeof text, "a.b%d=1", i);
        assert_int_equal(add(&g, text), TEND_OK);
    }
    assert_int_equal(add(&g, "a.last=1"), TEND_USAGE);
    assert_holds(err.text, "--grid given more than 9 times");
    grid_free(&g);
}

static void plugins_are_told_from_parameters(void **state)
{
    (void)state;
    assert_true(grid_is_plugin("policy") && grid_is_plugin("detector") &&
                grid_is_plugin("diagnoser"));
    assert_false(grid_is_plugin("policy.hold") || grid_is_plugin("guard") || grid_is_plugin(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_taken_as_it_stands),
        cmocka_unit_test(a_range_has_both_ends),
        cmocka_unit_test(the_values_of_a_range_are_those_one_would_type),
        cmocka_unit_test(every_digit_of_a_range_counts),
        cmocka_unit_test(a_thousand_steps_end_where_they_should),
        cmocka_unit_test(lists_may_hold_ranges),
        cmocka_unit_test(the_last_axis_changes_fastest),
        cmocka_unit_test(what_is_no_grid_is_refused_by_its_name),
        cmocka_unit_test(a_thousand_points_are_enough),
        cmocka_unit_test(a_path_is_given_once_and_nine_at_most),
        cmocka_unit_test(plugins_are_told_from_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
