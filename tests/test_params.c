// SPDX-License-Identifier: GPL-3.0-or-later
// test_params.c - parameter tables and the nearest name; every plug-in's table is sound.
#include "support.h"

#include "agent/config.h"
#include "core/params.h"

typedef struct pair {
    double first, second;
} pair;

static const tend_param table[] = {
    {"first", offsetof(pair, first), TEND_INTEGER, 3, 1, 9, "the first"},
    {"second", offsetof(pair, second), TEND_NUMBER, 0.5, 0, 1, "the second"},
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

static void defaults_come_from_the_table(void **state)
{
    (void)state;
    pair p = {-1, -1};
    params_default(table, &p);
    assert_near(p.first, 3, 0);
    assert_near(p.second, 0.5, 0);
}

static void a_value_in_range_is_set_and_one_outside_refused(void **state)
{
    (void)state;
    pair p = {3, 0.5};
    tend_err err;
    const tend_param *second = params_find(table, "second");
    assert_non_null(second);
    assert_int_equal(params_set(second, &p, 1, "a.json", &err), TEND_OK);
    assert_near(params_get(second, &p), 1, 0);
    assert_near(p.first, 3, 0);
    const double bad[] = {-0.001, 1.001, (double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(params_set(second, &p, bad[i], "a.json", &err), TEND_INPUT);
        assert_holds(err.text, "a.json: second ");
        assert_holds(err.text, "expected 0 to 1");
    }
    assert_near(p.second, 1, 0);
    assert_null(params_find(table, "third"));
}

static void the_nearest_name_forgives_typing(void **state)
{
    (void)state;
    static const char *const names[] = {"restart", "replicas", "api", "db", "rollback", NULL};
    assert_string_equal(nearest_name("restrat", names), "restart");    // swapped
    assert_string_equal(nearest_name("replica", names), "replicas");   // missing
    assert_string_equal(nearest_name("rolllback", names), "rollback"); // doubled
    assert_string_equal(nearest_name("app", names), "api");            // changed
    assert_string_equal(nearest_name("db2", names), "db");
    assert_string_equal(nearest_name("api", names), "api");
}

static void a_far_name_has_no_nearest(void **state)
{
    (void)state;
    static const char *const names[] = {"restart", "replicas", NULL}, *const none[] = {NULL};
    char longest[100];
    memset(longest, 'x', sizeof longest);
    longest[99] = 0;
    assert_null(nearest_name("zebra", names));
    assert_null(nearest_name("", names));
    assert_null(nearest_name(longest, names));
    assert_null(nearest_name("restart", none));
}

static void sound(const tend_param *rows, size_t size)
{
    for (const tend_param *p = rows; p && p->name; p++) {
        assert_true(p->least <= p->initial && p->initial <= p->most);
        assert_true(p->offset % sizeof(double) == 0 && p->offset + sizeof(double) <= size);
        assert_non_null(p->help);
        assert_null(strpbrk(p->help, "\"\\\n")); // it is printed inside JSON
        for (const tend_param *q = rows; q < p; q++) {
            assert_string_not_equal(p->name, q->name);
            assert_int_not_equal(p->offset, q->offset);
        }
    }
}

static void every_part_of_the_agent_has_a_sound_table(void **state)
{
    (void)state;
    size_t room = TEND_PARAMS_MAX * sizeof(double);
    for (int i = 0; tend_detectors()[i]; i++)
        sound(tend_detectors()[i]->base.params, tend_detectors()[i]->base.params_size);
    for (int i = 0; tend_diagnosers()[i]; i++)
        sound(tend_diagnosers()[i]->base.params, tend_diagnosers()[i]->base.params_size);
    for (int i = 0; tend_policies()[i]; i++)
        sound(tend_policies()[i]->base.params, tend_policies()[i]->base.params_size);
    sound(config_table(CONFIG_ALARM, NULL), room);
    sound(config_table(CONFIG_GUARD, NULL), room);
    sound(config_table(CONFIG_JUDGE, NULL), room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(a_value_in_range_is_set_and_one_outside_refused),
        cmocka_unit_test(the_nearest_name_forgives_typing),
        cmocka_unit_test(a_far_name_has_no_nearest),
        cmocka_unit_test(every_part_of_the_agent_has_a_sound_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
