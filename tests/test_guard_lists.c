// SPDX-License-Identifier: GPL-3.0-or-later
// test_guard_lists.c - allow-list and freezes: what is read, what is refused, what it means for a
// system; and that an engine and the audit go by it.
#include "guard_support.h"

static tend_err err;

static void taken(tend_config *c, const char *path, const char *value, const char *name,
                  const char *text)
{
    assert_int_equal(tend_config_set(c, path, value, &err), TEND_OK);
    assert_string_equal(tend_config_list(c, "guard", name), text);
}

static void refused(tend_config *c, const char *path, const char *value, const char *told)
{
    const char *name = strchr(path, '.') + 1;
    char before[GUARD_ALLOW_TEXT];
    snprintf(before, sizeof before, "%s", tend_config_list(c, "guard", name));
    assert_int_equal(tend_config_set(c, path, value, &err), TEND_INPUT);
    assert_holds(err.text, path);
    assert_holds(err.text, told);
    assert_string_equal(tend_config_list(c, "guard", name), before);
}

static void a_list_in_one_word_is_split_at_its_commas(void **state)
{
    (void)state;
    tend_config *c;
    assert_int_equal(tend_config_new(&c, &err), TEND_OK);
    assert_string_equal(tend_config_list(c, "guard", "allow"), "all");
    assert_string_equal(tend_config_list(c, "guard", "freeze"), "");
    assert_null(tend_config_list(c, "guard", "cooldown"));
    assert_null(tend_config_list(c, "judge", "allow"));
    taken(c, "guard.allow", "restart,scale(api,+1),lift", "allow", "restart\nscale(api,+1)\nlift");
    taken(c, "guard.allow", "none", "allow", "");
    taken(c, "guard.allow", "all", "allow", "all");
    taken(c, "guard.allow", "a,b,c", "allow", "a\nb\nc");
    taken(c, "guard.freeze", "0-1,3600-7200", "freeze", "0-1\n3600-7200");
    taken(c, "guard.freeze", "5-1000000000000", "freeze", "5-1000000000000");
    refused(c, "guard.freeze", "5-1000000000001", "whole seconds");
    refused(c, "guard.freeze", "60-60", "the first before the second");
    refused(c, "guard.freeze", "90-60", "the first before the second");
    refused(c, "guard.freeze", "1.5-3", "whole seconds");
    refused(c, "guard.freeze", "-5-3", "whole seconds");
    refused(c, "guard.freeze", "5-nan", "whole seconds");
    refused(c, "guard.freeze", "5-1e13", "whole seconds");
    refused(c, "guard.freeze", "5", "expected FROM-UNTIL");
    refused(c, "guard.freeze", "5-", "expected FROM-UNTIL");
    refused(c, "guard.freeze", "5-9x", "expected FROM-UNTIL");
    refused(c, "guard.freeze", "5-9,", "expected FROM-UNTIL");
    refused(c, "guard.freeze", "5x9", "expected FROM-UNTIL");
    refused(c, "guard.freeze", "- 9", "expected FROM-UNTIL");
    refused(c, "guard.allow", "", "expected a kind or name");
    refused(c, "guard.allow", "restart,,lift", "expected a kind or name");
    taken(c, "guard.freeze", "none", "freeze", "");
    tend_config_free(c);
}

// 4095 bytes and the end, the lines between them counted
static void no_more_names_are_taken_than_are_kept(void **state)
{
    (void)state;
    tend_config *c;
    char word[GUARD_ALLOW_TEXT + 1];
    assert_int_equal(tend_config_new(&c, &err), TEND_OK);
    memset(word, 'x', sizeof word);
    word[GUARD_ALLOW_TEXT] = 0;
    refused(c, "guard.allow", word, "more than 4095 bytes");
    word[GUARD_ALLOW_TEXT - 1] = 0;
    taken(c, "guard.allow", word, "allow", word);
    word[2000] = ',';
    assert_int_equal(tend_config_set(c, "guard.allow", word, &err), TEND_OK);
    word[GUARD_ALLOW_TEXT - 1] = 'x';
    refused(c, "guard.allow", word, "more than 4095 bytes");
    tend_config_free(c);
}

static void no_more_freezes_are_taken_than_are_kept(void **state)
{
    (void)state;
    tend_config *c;
    assert_int_equal(tend_config_new(&c, &err), TEND_OK);
    char text[400] = "0-1";
    for (int i = 1; i < GUARD_FREEZES_MAX; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), ",%d-%d", 10 * i, 10 * i + 5);
    assert_int_equal(tend_config_set(c, "guard.freeze", text, &err), TEND_OK);
    snprintf(text + strlen(text), sizeof text - strlen(text), ",900-901");
    refused(c, "guard.freeze", text, "more than 16 freezes");
    tend_config_free(c);
}

static tend_rc parse(const char *guard_members, tend_config **out)
{
    char text[400];
    snprintf(text, sizeof text, "{\"name\":\"x\",\n\"guard\":{%s}}", guard_members);
    return tend_config_parse(text, strlen(text), "a.json", out, &err);
}

static void an_agent_file_has_them_as_arrays(void **state)
{
    (void)state;
    tend_config *c = NULL;
    assert_int_equal(parse("\"allow\":[\"restart\",\"limit\"],\"freeze\":[[60,90],[100,101]],"
                           "\"cooldown\":7",
                           &c),
                     TEND_OK);
    assert_string_equal(tend_config_list(c, "guard", "allow"), "restart\nlimit");
    assert_string_equal(tend_config_list(c, "guard", "freeze"), "60-90\n100-101");
    assert_near(tend_config_number(c, "guard", "cooldown"), 7, 0);
    tend_config_free(c);
    assert_int_equal(parse("\"allow\":[]", &c), TEND_OK);
    assert_string_equal(tend_config_list(c, "guard", "allow"), "");
    tend_config_free(c);
    static const char *const wrong[] = {
        "\"allow\":\"restart\"", "\"allow\":[1]", "\"allow\":[\"\"]", "\"freeze\":[60,90]",
        "\"freeze\":[[60]]", "\"freeze\":[[60,90,95]]", "\"freeze\":[[90,60]]",
        "\"freeze\":[[60,\"90\"]]", "\"freeze\":[[60.5,90]]", "\"freeze\":{}",
        "\"allow\":[\"a\\nrestart\"]",
        // a good entry does not make up for a bad one
        "\"allow\":[1,\"restart\"]", "\"freeze\":[[90,60],[1,2]]"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(parse(wrong[i], &c), TEND_INPUT);
        assert_holds(err.text, "a.json:2: guard");
        assert_holds(err.text, "expected");
    }
}

static void names_are_looked_up_when_an_engine_is_opened(void **state)
{
    (void)state;
    yard y;
    tend_engine *engine = NULL;
    yard_open(&y);
    assert_int_equal(tend_config_set(y.config, "guard.allow", "restrat", &err), TEND_OK);
    assert_int_equal(tend_open(y.system, y.config, 1, &engine, &err), TEND_INPUT);
    assert_holds(err.text, "\"restrat\" is no kind of action and no action of yard");
    assert_holds(err.text, "did you mean \"restart\"");
    assert_null(engine);
    assert_int_equal(tend_config_set(y.config, "guard.allow", "clear_cache(hott)", &err), TEND_OK);
    assert_int_equal(tend_open(y.system, y.config, 1, &engine, &err), TEND_INPUT);
    assert_holds(err.text, "did you mean \"clear_cache(hot)\"?");
    assert_int_equal(tend_config_set(y.config, "guard.allow", "restart(db),scale_up", &err),
                     TEND_OK);
    const guard_lists *lists = config_guard_lists(y.config);
    int freezes = -1;
    assert_int_equal(guard_lists_open(lists, y.system, y.listed, y.freeze, &freezes, &err),
                     TEND_OK);
    assert_int_equal(freezes, 0);
    for (int a = 0; a < y.system->A; a++) {
        const tend_action *action = &y.system->actions[a];
        bool named = strcmp(action->name, "restart(db)") == 0 || action->kind == TEND_SCALE_UP;
        assert_true(y.listed[a] == named);
    }
    assert_int_equal(tend_open(y.system, y.config, 1, &engine, &err), TEND_OK);
    tend_close(engine);
    yard_close(&y);
}

// A kind of action is one, whether this system has something to do it to or not.
static void a_kind_may_be_named_that_a_system_does_not_have(void **state)
{
    (void)state;
    tend_config *c;
    tend_action actions[] = {{"noop", TEND_NOOP, -1, -1}, {"restart(a)", TEND_RESTART, 0, -1}};
    tend_system system = {.name = "bare", .step_s = 1, .S = 1, .A = 2, .actions = actions};
    bool listed[2] = {true, true};
    guard_freeze freeze[GUARD_FREEZES_MAX];
    int freezes;
    assert_int_equal(tend_config_new(&c, &err), TEND_OK);
    assert_int_equal(tend_config_set(c, "guard.allow", "clear_cache,reroute", &err), TEND_OK);
    assert_int_equal(
        guard_lists_open(config_guard_lists(c), &system, listed, freeze, &freezes, &err), TEND_OK);
    assert_false(listed[0] || listed[1]);
    tend_config_free(c);
}

static void freezes_cover_every_tick_they_touch(void **state)
{
    (void)state;
    static const struct {
        double step_s;
        int64_t from, until;
    } cases[] = {{1, 60, 91}, {5, 12, 19}, {15, 4, 7}, {60, 1, 2}, {0.1, 600, 910}};
    yard y;
    yard_open(&y);
    assert_int_equal(tend_config_set(y.config, "guard.freeze", "60-91,600-601", &err), TEND_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tend_system system = *y.system;
        int freezes = 0;
        system.step_s = cases[i].step_s;
        assert_int_equal(guard_lists_open(config_guard_lists(y.config), &system, y.listed, y.freeze,
                                          &freezes, &err),
                         TEND_OK);
        assert_int_equal(freezes, 2);
        assert_int_equal(y.freeze[0].from, cases[i].from);
        assert_int_equal(y.freeze[0].until, cases[i].until);
        assert_true(y.listed[1]); // without a list everything is
    }
    yard_close(&y);
}

static void lists_are_part_of_what_a_configuration_is(void **state)
{
    (void)state;
    tend_config *plain, *other;
    assert_int_equal(tend_config_new(&plain, &err), TEND_OK);
    assert_int_equal(tend_config_new(&other, &err), TEND_OK);
    assert_int_equal(config_hash(plain), config_hash(other));
    assert_int_equal(tend_config_set(other, "guard.allow", "none", &err), TEND_OK);
    uint64_t none = config_hash(other);
    assert_int_not_equal(config_hash(plain), none);
    assert_int_equal(tend_config_set(other, "guard.allow", "limit", &err), TEND_OK);
    assert_int_not_equal(config_hash(other), none);
    assert_int_equal(tend_config_set(other, "guard.allow", "all", &err), TEND_OK);
    assert_int_equal(config_hash(plain), config_hash(other));
    assert_int_equal(tend_config_set(other, "guard.freeze", "1-2", &err), TEND_OK);
    assert_int_not_equal(config_hash(plain), config_hash(other));
    tend_config_free(plain);
    tend_config_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_in_one_word_is_split_at_its_commas),
        cmocka_unit_test(no_more_names_are_taken_than_are_kept),
        cmocka_unit_test(no_more_freezes_are_taken_than_are_kept),
        cmocka_unit_test(an_agent_file_has_them_as_arrays),
        cmocka_unit_test(names_are_looked_up_when_an_engine_is_opened),
        cmocka_unit_test(a_kind_may_be_named_that_a_system_does_not_have),
        cmocka_unit_test(freezes_cover_every_tick_they_touch),
        cmocka_unit_test(lists_are_part_of_what_a_configuration_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
