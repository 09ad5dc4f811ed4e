// SPDX-License-Identifier: GPL-3.0-or-later
// test_common.c - options that episode and eval share: what they set, what is refused, and the
// command line that says the same again.
#include "command_support.h"

#include "runners/common.h"

static tend_err err;

static tend_rc opened(const common_options *o, run_setup *setup)
{
    err = (tend_err){TEND_OK, ""};
    return common_open(o, setup, &err);
}

static void without_options_the_defaults_are_drawn_from(void **state)
{
    (void)state;
    common_options o = common_defaults();
    run_setup setup;
    assert_int_equal(opened(&o, &setup), TEND_OK);
    assert_string_equal(setup.sim->system->name, "default");
    assert_int_equal(setup.sim->steps, 240);
    assert_int_equal(setup.sim->spec.type, -1);
    assert_int_equal(setup.sim->spec.service, -1);
    assert_int_equal(setup.sim->spec.edge, -1);
    assert_true(isnan(setup.sim->spec.severity));
    assert_near(setup.sim->spec.healthy, 0.1, 0);
    assert_near(setup.sim->spec.compound, 0, 0);
    assert_int_equal(setup.sim->spec.steps, 240);
    assert_string_equal(tend_config_plugin(setup.config, "detector"), "iforest");
    run_setup_close(&setup);
}

static void every_option_narrows_what_it_names(void **state)
{
    (void)state;
    common_options o = common_defaults();
    run_setup setup;
    o.system = "shop";
    o.steps = 100;
    o.severity = 0.7;
    o.healthy = 0.25;
    o.compound = 0.5;
    o.detector = "threshold";
    o.diagnoser = "impact";
    o.policy = "rules";
    o.set.item[o.set.count++] = "guard.cooldown=3";
    o.set.item[o.set.count++] = "policy.hold=9";
    assert_int_equal(opened(&o, &setup), TEND_OK);
    assert_string_equal(setup.sim->system->name, "shop");
    assert_int_equal(setup.sim->steps, 100);
    assert_int_equal(setup.sim->spec.steps, 100);
    assert_near(setup.sim->spec.severity, 0.7, 0);
    assert_near(setup.sim->spec.healthy, 0.25, 0);
    assert_near(setup.sim->spec.compound, 0.5, 0);
    assert_string_equal(tend_config_plugin(setup.config, "detector"), "threshold");
    assert_string_equal(tend_config_plugin(setup.config, "diagnoser"), "impact");
    assert_string_equal(tend_config_plugin(setup.config, "policy"), "rules");
    assert_near(tend_config_number(setup.config, "guard", "cooldown"), 3, 0);
    assert_near(tend_config_number(setup.config, "policy", "hold"), 9, 0);
    run_setup_close(&setup);
}

static void a_fault_leaves_no_healthy_episodes_and_none_leaves_no_others(void **state)
{
    (void)state;
    common_options o = common_defaults();
    run_setup setup;
    o.healthy = 0.4;
    o.fault = "slow_db";
    assert_int_equal(opened(&o, &setup), TEND_OK);
    assert_int_equal(setup.sim->spec.type, FAULT_SLOW_DB);
    assert_near(setup.sim->spec.healthy, 0, 0);
    run_setup_close(&setup);
    o.fault = "none";
    assert_int_equal(opened(&o, &setup), TEND_OK);
    assert_int_equal(setup.sim->spec.type, FAULT_NONE);
    assert_near(setup.sim->spec.healthy, 0.4, 0);
    run_setup_close(&setup);
}

static void a_target_is_a_service_or_a_call(void **state)
{
    (void)state;
    common_options o = common_defaults();
    run_setup setup;
    o.target = "db";
    assert_int_equal(opened(&o, &setup), TEND_OK);
    assert_int_equal(setup.sim->spec.service, tend_system_service(setup.sim->system, "db"));
    assert_int_equal(setup.sim->spec.edge, -1);
    run_setup_close(&setup);
    o.target = "api>db";
    assert_int_equal(opened(&o, &setup), TEND_OK);
    assert_int_equal(setup.sim->spec.service, -1);
    assert_int_equal(setup.sim->spec.edge, 1);
    run_setup_close(&setup);
}

static void what_is_unknown_or_impossible_is_refused_before_anything_runs(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *target, *policy, *set, *told;
        tend_rc rc;
    } rows[] = {
        {"slow_bd", NULL, NULL, NULL, "--fault \"slow_bd\" is not known, did you mean \"slow_db\"?",
         TEND_USAGE},
        {"xxxxxxxx", NULL, NULL, NULL, "--fault \"xxxxxxxx\" is not known", TEND_USAGE},
        {NULL, "cahce", NULL, NULL,
         "--target: service \"cahce\" is not known, did you mean "
         "\"cache\"?",
         TEND_USAGE},
        {NULL, "ap>db", NULL, NULL, "service \"ap\" is not known, did you mean \"api\"?",
         TEND_USAGE},
        {NULL, "api>d", NULL, NULL, "service \"d\" is not known", TEND_USAGE},
        {NULL, "db>api", NULL, NULL, "--target: db does not call api", TEND_USAGE},
        {"slow_db", "api", NULL, NULL, "slow_db", TEND_INPUT},
        {NULL, NULL, "ubc", NULL, "did you mean", TEND_USAGE},
        {NULL, NULL, NULL, "guard", "--set guard, expected section.parameter=number", TEND_USAGE},
        {NULL, NULL, NULL, "guard.cooldown=x", "cooldown", TEND_USAGE},
        {NULL, NULL, NULL, "wrold.noise=2",
         "wrold.noise: no section \"wrold\", did you mean \"world\"?", TEND_USAGE},
        {NULL, NULL, NULL, "gaurd.cooldown=2", "did you mean \"guard\"?", TEND_USAGE},
        {NULL, NULL, NULL, "world", "--set world, expected section.parameter", TEND_USAGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        common_options o = common_defaults();
        run_setup setup;
        o.fault = rows[i].fault;
        o.target = rows[i].target;
        o.policy = rows[i].policy;
        o.set.item[0] = rows[i].set;
        o.set.count = rows[i].set != NULL;
        assert_int_equal(opened(&o, &setup), rows[i].rc);
        assert_int_equal(err.rc, rows[i].rc);
        assert_holds(err.text, rows[i].told);
        run_setup_close(&setup);
    }
    // a path of 127 letters is looked up, a longer one is not even that
    for (int length = 127; length <= 128; length++) {
        common_options o = common_defaults();
        run_setup setup;
        char text[160];
        memset(text, 'x', sizeof text);
        snprintf(text + length, sizeof text - (size_t)length, "=1");
        o.set.item[o.set.count++] = text;
        assert_int_equal(opened(&o, &setup), TEND_USAGE);
        assert_int_equal(strstr(err.text, "expected section.parameter=number") != NULL,
                         length == 128);
        run_setup_close(&setup);
    }
}

static void reproduces(const common_options *o, const char *line)
{
    str s = {0};
    common_reproduce(o, &s);
    assert_string_equal(s.text ? s.text : "", line);
    str_free(&s);
}

static void what_differs_from_the_defaults_is_repeated_in_order(void **state)
{
    (void)state;
    common_options o = common_defaults();
    reproduces(&o, " --preset real"); // which may be another in another release
    o.steps = 241;
    o.system = "shop";
    o.scenario = "s.json";
    o.agent = "a.json";
    o.detector = "robust_z";
    o.diagnoser = "impact";
    o.policy = "rules";
    o.set.item[o.set.count++] = "guard.cooldown=3";
    o.set.item[o.set.count++] = "judge.horizon=30";
    o.policy_in = "p.json";
    o.fault = "network_loss";
    o.target = "api>db";
    o.severity = 0.25;
    o.healthy = 0;
    o.compound = 1;
    o.family = "two";
    o.preset = "calm";
    reproduces(&o,
               " --steps 241 --system shop --scenario s.json --agent a.json --detector robust_z "
               "--diagnoser impact --policy rules --set guard.cooldown=3 --set "
               "judge.horizon=30 --policy-in p.json --fault network_loss --target 'api>db' "
               "--severity 0.25 --healthy 0 --compound 1 --family two --preset calm");
}

static void a_strength_comes_back_to_the_last_bit(void **state)
{
    (void)state;
    common_options o = common_defaults();
    o.severity = 0.1 + 0.2;
    o.healthy = 0.3;
    reproduces(&o, " --severity 0.30000000000000004 --healthy 0.3 --preset real");
    run_setup setup;
    o.severity = 0; // the least there is, and none is drawn
    assert_int_equal(opened(&o, &setup), TEND_OK);
    assert_near(setup.sim->spec.severity, 0, 0);
    run_setup_close(&setup);
}

// Every name a shell would take apart is quoted, so that the line can be pasted.
static void a_name_comes_back_from_the_shell_as_it_was(void **state)
{
    (void)state;
    static const char *const names[] = {
        "plain", "two words", "a>b",  "it's",  "\"q\"", "$HOME",    "a&b",    "a|b", "a;b",
        "a<b",   "$(id)",     "(x)",  "a*b",   "~",     "a\\b",     "`date`", "#x",  "a?b",
        "'",     "a'b'c d",   "[ab]", "{a,b}", "!x",    "tab\tbed", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        common_options o = common_defaults();
        char line[300], got[120] = "";
        str s = {0};
        o.system = names[i];
        common_reproduce(&o, &s);
        snprintf(line, sizeof line, "cd / && printf '%%s,' %s", s.text);
        FILE *shell = popen(line, "r");
        assert_non_null(shell);
        size_t n = fread(got, 1, sizeof got - 1, shell);
        got[n] = 0;
        assert_int_equal(pclose(shell), 0);
        char want[120];
        snprintf(want, sizeof want, "--system,%s,--preset,real,", names[i]);
        assert_string_equal(got, want);
        str_free(&s);
    }
}

// More lessons than the list begins with: an incident nobody mends, decided upon again and again.
static void an_episode_may_have_many_lessons(void **state)
{
    (void)state;
    common_options o = common_defaults();
    run_setup setup;
    tend_drive *r = NULL;
    episode_lessons lessons = {NULL, 0, 0};
    tend_sink sink = lessons_sink(&lessons);
    result row;
    o.steps = 300;
    o.fault = "noisy_neighbour";
    o.severity = 1;
    o.set.item[o.set.count++] = "policy.hold=1";
    o.set.item[o.set.count++] = "guard.escalate=32";
    o.set.item[o.set.count++] = "judge.horizon=2";
    assert_int_equal(opened(&o, &setup), TEND_OK);
    setup.learning = TEND_DEFERRED;
    assert_int_equal(run_open(&setup, &r, &err), TEND_OK);
    for (uint64_t seed = 1; seed <= 14; seed++) {
        int before = lessons.count;
        assert_int_equal(drive_episode(r, seed, &row, NULL, &sink, &err), TEND_OK);
        for (int i = before; i < lessons.count; i++) {
            const tend_outcome *it = &lessons.outcome[i];
            assert_true(it->key > 0 && it->reward >= 0 && it->reward <= 1);
            assert_int_equal(it->settled - it->decided, 2);
            assert_true(i == before || it->decided > it[-1].decided);
        }
    }
    assert_true(lessons.count > 64);
    free(lessons.outcome);
    tend_drive_close(r);
    run_setup_close(&setup);
}

static void a_row_says_who_played(void **state)
{
    (void)state;
    common_options o = common_defaults();
    run_setup setup;
    tend_drive *r = NULL;
    result row;
    o.detector = "robust_z";
    o.diagnoser = "correlation";
    o.policy = "fixed";
    assert_int_equal(opened(&o, &setup), TEND_OK);
    assert_int_equal(run_open(&setup, &r, &err), TEND_OK);
    assert_int_equal(drive_episode(r, 77, &row, NULL, NULL, &err), TEND_OK);
    assert_int_equal(row.seed, 77);
    assert_string_equal(row.system, "default");
    assert_string_equal(row.detector, "robust_z");
    assert_string_equal(row.diagnoser, "correlation");
    assert_string_equal(row.policy, "fixed");
    assert_true(row.config_hash == setup.hash);
    assert_int_equal(row.violations, 0);
    tend_drive_close(r);
    run_setup_close(&setup);
}

// Whatever a row depends on is in the hash the rows of a table share.
static void the_hash_of_a_run_changes_with_every_option(void **state)
{
    (void)state;
    uint64_t seen[16];
    int n = 0;
    for (int k = 0; k < 11; k++) {
        common_options o = common_defaults();
        run_setup setup;
        if (k == 1)
            o.steps = 100;
        if (k == 2)
            o.system = "shop";
        if (k == 3)
            o.fault = "slow_db";
        if (k == 4)
            o.target = "db";
        if (k == 5)
            o.severity = 0.5;
        if (k == 6)
            o.healthy = 0.2;
        if (k == 7)
            o.compound = 0.2;
        if (k == 8)
            o.policy = "rules";
        if (k == 9)
            o.scenario = "db_lock";
        if (k == 10)
            o.target = "api>db";
        assert_int_equal(opened(&o, &setup), TEND_OK);
        for (int i = 0; i < n; i++)
            assert_true(seen[i] != setup.hash);
        seen[n++] = setup.hash;
        run_setup_close(&setup);
        assert_int_equal(opened(&o, &setup), TEND_OK); // and with nothing else
        assert_true(setup.hash == seen[n - 1]);
        run_setup_close(&setup);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_the_defaults_are_drawn_from),
        cmocka_unit_test(every_option_narrows_what_it_names),
        cmocka_unit_test(a_fault_leaves_no_healthy_episodes_and_none_leaves_no_others),
        cmocka_unit_test(a_target_is_a_service_or_a_call),
        cmocka_unit_test(what_is_unknown_or_impossible_is_refused_before_anything_runs),
        cmocka_unit_test(what_differs_from_the_defaults_is_repeated_in_order),
        cmocka_unit_test(a_strength_comes_back_to_the_last_bit),
        cmocka_unit_test(a_name_comes_back_from_the_shell_as_it_was),
        cmocka_unit_test(an_episode_may_have_many_lessons),
        cmocka_unit_test(a_row_says_who_played),
        cmocka_unit_test(the_hash_of_a_run_changes_with_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
