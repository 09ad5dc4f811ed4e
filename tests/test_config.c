// SPDX-License-Identifier: GPL-3.0-or-later
// test_config.c - an agent's configuration from a file and from single words: what is set, what is
// refused with its place, and what half a file leaves.
#include "support.h"

#include "agent/config.h"

static tend_err err;

static tend_config *fresh(void)
{
    tend_config *c = NULL;
    assert_int_equal(tend_config_new(&c, &err), TEND_OK);
    return c;
}

static tend_rc parse(const char *text, tend_config **out)
{
    err = (tend_err){TEND_OK, ""};
    *out = NULL;
    return tend_config_parse(text, strlen(text), "a.json", out, &err);
}

static void a_new_configuration_is_the_default_agent(void **state)
{
    (void)state;
    tend_config *c = fresh();
    assert_string_equal(tend_config_name(c), "default");
    assert_string_equal(tend_config_plugin(c, "detector"), "iforest");
    assert_string_equal(tend_config_plugin(c, "diagnoser"), "blend");
    assert_string_equal(tend_config_plugin(c, "policy"), "ucb");
    assert_string_equal(tend_config_plugin(c, "guard"), ""); // no plug-in
    assert_string_equal(tend_config_plugin(c, "weather"), "");
    assert_near(tend_config_number(c, "guard", "cooldown"), 10, 0);
    assert_near(tend_config_number(c, "judge", "horizon"), 40, 0);
    assert_near(tend_config_number(c, "alarm", "need"), 2, 0);
    assert_true(isnan(tend_config_number(c, "guard", "warm")));
    assert_true(isnan(tend_config_number(c, "weather", "cooldown")));
    tend_config_free(c);
}

static void a_file_sets_plug_ins_and_numbers(void **state)
{
    (void)state;
    tend_config *c;
    assert_int_equal(parse("{\"name\":\"mine\",\"help\":\"x\",\n"
                           "\"detector\":{\"plugin\":\"robust_z\",\"level\":7},\n"
                           "\"diagnoser\":{\"plugin\":\"impact\"},\n"
                           "\"policy\":{\"hold\":9,\"plugin\":\"rules\"},\n"
                           "\"alarm\":{\"need\":3},\"guard\":{\"cooldown\":12},"
                           "\"judge\":{\"horizon\":33}}",
                           &c),
                     TEND_OK);
    assert_string_equal(tend_config_name(c), "mine");
    assert_string_equal(tend_config_plugin(c, "detector"), "robust_z");
    assert_near(tend_config_number(c, "detector", "level"), 7, 0);
    assert_near(tend_config_number(c, "detector", "cap"), 7, 0); // as it was
    assert_string_equal(tend_config_plugin(c, "diagnoser"), "impact");
    assert_string_equal(tend_config_plugin(c, "policy"), "rules");
    assert_near(tend_config_number(c, "policy", "hold"), 9, 0); // of the plug-in, wherever named
    assert_near(tend_config_number(c, "alarm", "need"), 3, 0);
    assert_near(tend_config_number(c, "guard", "cooldown"), 12, 0);
    assert_near(tend_config_number(c, "judge", "horizon"), 33, 0);
    tend_config_free(c);
}

static void a_bad_file_is_refused_with_line_and_part(void **state)
{
    (void)state;
    static const struct {
        const char *text, *told;
    } rows[] = {
        {"[1]", "a.json: expected an object"},
        {"{", "a.json:1:"},
        {"{\"policy\":{}}", "name"},
        {"{\"name\":7}", "name"},
        {"{\"name\":\"x\",\n\"plicy\":{}}", "\"policy\""},
        {"{\"name\":\"x\",\n\"policy\":[]}", "a.json:2: policy: expected an object"},
        {"{\"name\":\"x\",\n\"policy\":{\n\"plugin\":7}}",
         "a.json:3: policy.plugin: expected the name of a policy"},
        {"{\"name\":\"x\",\n\"guard\":{\n\"plugin\":\"rules\"}}",
         "a.json:3: guard.plugin: not expected here"},
        {"{\"name\":\"x\",\"policy\":{\n\"plugin\":\"rulse\"}}",
         "a.json:2: policy.plugin: policy \"rulse\" is not known, did you mean \"rules\"?"},
        {"{\"name\":\"x\",\"policy\":{\"plugin\":\"wwwwwwww\"}}",
         "policy \"wwwwwwww\" is not known; see `tend params`"},
        {"{\"name\":\"x\",\"guard\":{\n\"cooldwn\":3}}",
         "a.json:2: guard: guard has no parameter \"cooldwn\", did you mean \"cooldown\"?"},
        {"{\"name\":\"x\",\"guard\":{\"wwwwwwww\":3}}",
         "guard has no parameter \"wwwwwwww\"; see `tend params`"},
        {"{\"name\":\"x\",\"guard\":{\n\"cooldown\":\"3\"}}",
         "a.json:2: guard.cooldown: expected a number"},
        {"{\"name\":\"x\",\"guard\":{\"cooldown\":-1}}", "cooldown -1"},
        {"{\"name\":\"x\",\"policy\":{\"plugin\":\"noop\",\"hold\":3}}",
         "policy noop has no parameter \"hold\", but ucb has; see `tend params policy`"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tend_config *c;
        assert_int_equal(parse(rows[i].text, &c), TEND_INPUT);
        assert_null(c);
        assert_holds(err.text, rows[i].told);
    }
}

static void half_a_file_changes_nothing(void **state)
{
    (void)state;
    tend_config *c = fresh();
    uint64_t before = config_hash(c);
    static const char bad[] = "{\"name\":\"x\",\"policy\":{\"plugin\":\"rules\"},"
                              "\"guard\":{\"cooldown\":3,\"cooldwn\":3}}";
    assert_int_equal(tend_config_read(c, bad, sizeof bad - 1, "a.json", &err), TEND_INPUT);
    assert_true(config_hash(c) == before);
    assert_string_equal(tend_config_name(c), "default");
    static const char good[] = "{\"name\":\"x\",\"policy\":{\"plugin\":\"rules\"}}";
    assert_int_equal(tend_config_read(c, good, sizeof good - 1, "a.json", &err), TEND_OK);
    assert_string_equal(tend_config_plugin(c, "policy"), "rules");
    assert_true(config_hash(c) != before);
    tend_config_free(c);
}

static void one_word_sets_a_plug_in_or_a_number(void **state)
{
    (void)state;
    static const struct {
        const char *path, *value;
        tend_rc rc;
        const char *told;
    } rows[] = {
        {"policy", "rules", TEND_OK, NULL},
        {"policy.hold", "11", TEND_OK, NULL},
        {"guard.cooldown", "1e1", TEND_OK, NULL},
        {"guard.cooldown", "", TEND_USAGE, "guard.cooldown: \"\", expected a number"},
        {"guard.cooldown", "3x", TEND_USAGE, "guard.cooldown: \"3x\", expected a number"},
        {"guard.cooldown", "inf", TEND_USAGE, "expected a number"},
        {"guard.cooldown", "nan", TEND_USAGE, "expected a number"},
        {"gaurd.cooldown", "3", TEND_USAGE, "no section \"gaurd\", did you mean \"guard\"?"},
        {"xxxxxxxxx.y", "3", TEND_USAGE, "xxxxxxxxx.y: no section \"xxxxxxxxx\""},
        {"guardx.cooldown", "3", TEND_USAGE, "did you mean \"guard\"?"},
        {"guar.cooldown", "3", TEND_USAGE, "did you mean \"guard\"?"},
        {"policy", "rulse", TEND_INPUT, "policy: policy \"rulse\" is not known"},
        {"guard", "rules", TEND_INPUT, "guard: guard \"rules\" is not known"},
        {"guard.", "3", TEND_INPUT, "guard has no parameter \"\""},
        {"policy.hold.x", "3", TEND_INPUT, "policy has no parameter \"hold.x\""},
    };
    tend_config *c = fresh();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        err = (tend_err){TEND_OK, ""};
        if (tend_config_set(c, rows[i].path, rows[i].value, &err) != rows[i].rc)
            fail_msg("%s=%s: %s", rows[i].path, rows[i].value, err.text);
        if (rows[i].told)
            assert_holds(err.text, rows[i].told);
    }
    assert_string_equal(tend_config_plugin(c, "policy"), "rules");
    assert_near(tend_config_number(c, "policy", "hold"), 11, 0);
    assert_near(tend_config_number(c, "guard", "cooldown"), 10, 0);
    assert_int_equal(tend_config_set(c, "policy", "ucb", &err), TEND_OK);
    assert_near(tend_config_number(c, "policy", "hold"), 8, 0); // another plug-in, its own defaults
    tend_config_free(c);
}

static void every_number_and_plug_in_is_part_of_the_hash(void **state)
{
    (void)state;
    static const char *const words[][2] = {
        {"policy", "rules"},      {"detector", "threshold"}, {"diagnoser", "impact"},
        {"alarm.need", "3"},      {"guard.escalate", "11"},  {"judge.refused", "2"},
        {"detector.trees", "99"}, {"diagnoser.tilt", "0.4"}, {"policy.severe", "3"}};
    enum { WORDS = sizeof words / sizeof *words };
    uint64_t seen[WORDS + 1];
    tend_config *c = fresh();
    seen[WORDS] = config_hash(c);
    tend_config_free(c);
    for (int i = 0; i < WORDS; i++) {
        c = fresh();
        assert_int_equal(tend_config_set(c, words[i][0], words[i][1], &err), TEND_OK);
        seen[i] = config_hash(c);
        assert_true(seen[i] != seen[WORDS]);
        for (int k = 0; k < i; k++)
            assert_true(seen[i] != seen[k]);
        tend_config *copy;
        assert_int_equal(config_copy(c, &copy, &err), TEND_OK);
        assert_true(config_hash(copy) == seen[i]);
        tend_config_free(copy);
        tend_config_free(c);
    }
}

static void the_switches_are_the_guards_two(void **state)
{
    (void)state;
    tend_config *c = fresh();
    assert_true(config_switch(c, "kill_switch", true));
    assert_near(tend_config_number(c, "guard", "kill_switch"), 1, 0);
    assert_near(tend_config_number(c, "guard", "dry_run"), 0, 0);
    assert_true(config_switch(c, "dry_run", true));
    assert_true(config_switch(c, "kill_switch", false));
    assert_near(tend_config_number(c, "guard", "kill_switch"), 0, 0);
    assert_near(tend_config_number(c, "guard", "dry_run"), 1, 0);
    assert_false(config_switch(c, "cooldown", true));
    assert_near(tend_config_number(c, "guard", "cooldown"), 10, 0);
    tend_config_free(c);
}

static void times_become_ticks_in_every_part(void **state)
{
    (void)state;
    tend_config *c = fresh();
    config_to_ticks(c, 5);
    assert_near(tend_config_number(c, "guard", "cooldown"), 2, 0);  // 10 s
    assert_near(tend_config_number(c, "guard", "verify"), 1, 0);    // 4 s, rounded up
    assert_near(tend_config_number(c, "judge", "horizon"), 8, 0);   // 40 s
    assert_near(tend_config_number(c, "diagnoser", "eager"), 2, 0); // 8 s
    assert_near(tend_config_number(c, "policy", "hold"), 2, 0);     // 8 s
    assert_near(tend_config_number(c, "alarm", "release"), 1, 0);   // 5 s
    assert_near(tend_config_number(c, "guard", "budget"), 12, 0);   // no time
    assert_near(tend_config_number(c, "policy", "alpha"), 0.02, 0);
    tend_config_free(c);
}

// At a minute a tick 40 s are one, too few to see what an action did; a second asked for is one.
static void a_horizon_has_three_ticks_unless_fewer_seconds_are_given(void **state)
{
    (void)state;
    static const struct {
        const char *seconds;
        double step_s, ticks;
    } rows[] = {{"40", 1, 40}, {"40", 5, 8},  {"40", 10, 4}, {"40", 15, 3},
                {"40", 20, 3}, {"40", 60, 3}, {"3", 60, 3},  {"2", 60, 2},
                {"1", 60, 1},  {"1", 1, 1},   {"2", 1, 2},   {"200", 60, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tend_config *c = fresh();
        assert_int_equal(tend_config_set(c, "judge.horizon", rows[i].seconds, &err), TEND_OK);
        config_to_ticks(c, rows[i].step_s);
        assert_near(tend_config_number(c, "judge", "horizon"), rows[i].ticks, 0);
        tend_config_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_configuration_is_the_default_agent),
        cmocka_unit_test(a_file_sets_plug_ins_and_numbers),
        cmocka_unit_test(a_bad_file_is_refused_with_line_and_part),
        cmocka_unit_test(half_a_file_changes_nothing),
        cmocka_unit_test(one_word_sets_a_plug_in_or_a_number),
        cmocka_unit_test(every_number_and_plug_in_is_part_of_the_hash),
        cmocka_unit_test(the_switches_are_the_guards_two),
        cmocka_unit_test(times_become_ticks_in_every_part),
        cmocka_unit_test(a_horizon_has_three_ticks_unless_fewer_seconds_are_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
