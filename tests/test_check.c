// SPDX-License-Identifier: GPL-3.0-or-later
// test_check.c - tend check: what it says of each kind of file, of several, and of none.
#include "command_support.h"
#include "folder_support.h"

#include "drive/setup.h"

// the answer to one file of the folder: "ok  PATH  WHAT"
static void answers(const char *options, const char *name, const char *what)
{
    char line[600], want[600];
    snprintf(line, sizeof line, "%s%s", options, inside(name));
    snprintf(want, sizeof want, "ok  %s  %s\n", inside(name), what);
    char *text = command_said(&command_check, line, TEND_OK);
    assert_string_equal(text, want);
    free(text);
}

static void refuses(const char *options, const char *name, const char *told)
{
    char line[600];
    snprintf(line, sizeof line, "%s%s", options, inside(name));
    char *text = command_said(&command_check, line, TEND_INPUT);
    assert_int_equal(strncmp(text, "tend: ", 6), 0);
    assert_holds(text, told);
    assert_string_equal(command_err.text, "1 of 1 files are not valid");
    free(text);
}

static void a_system_is_counted(void **state)
{
    (void)state;
    // three services of four actions each, a cache, a limit and its lift, two edges, doing nothing
    command_printed(&command_check, "examples/systems/default.json",
                    "ok  examples/systems/default.json  system default: 3 services, 2 calls, 18 "
                    "actions\n");
    char *text = get_file("examples/systems/default.json");
    char *sim = strstr(text, "\"sim\"");
    memcpy(sim, "\"sin\"", 5); // it says nothing of how it behaves
    put("system.json", text);
    refuses("", "system.json", "\"sin\"");
    free(text);
}

static void a_scenario_is_read_against_its_system(void **state)
{
    (void)state;
    put("none.json", "{\"name\":\"none\",\"faults\":[],\"deploys\":[{\"service\":\"db\","
                     "\"tick\":9},{\"service\":\"api\",\"tick\":7}]}");
    answers("", "none.json", "scenario none: 0 faults, 2 deployments");
    put("one.json", "{\"name\":\"one\",\"faults\":[{\"type\":\"slow_db\"}],"
                    "\"deploys\":[{\"service\":\"db\",\"tick\":9}]}");
    answers("", "one.json", "scenario one: 1 fault, 1 deployment");
    put("two.json", "{\"name\":\"two\",\"faults\":[{\"type\":\"slow_db\"},{\"type\":\"cpu_hog\","
                    "\"service\":\"front-end\"}],\"deploys\":[]}");
    refuses("", "two.json", "front-end");
    answers("--system shop ", "two.json", "scenario two: 2 faults, 0 deployments");
    put("one.json", "{\"name\":\"one\",\"faults\":[{\"type\":\"slow_db\",\"severity\":7}]}");
    refuses("", "one.json", "severity");
}

static void an_agent_is_told_by_its_parts(void **state)
{
    (void)state;
    put("a.json", "{\"name\":\"mine\",\"detector\":{\"plugin\":\"robust_z\"},"
                  "\"policy\":{\"plugin\":\"rules\"}}");
    answers("", "a.json", "agent mine: robust_z + blend + rules");
    put("a.json", "{\"name\":\"half\",\"policy\":{\"plugin\":\"noop\"}}");
    answers("", "a.json", "agent half: iforest + blend + noop");
    put("a.json", "{\"name\":\"half\",\"detector\":{\"plugin\":\"threshold\"}}");
    answers("", "a.json", "agent half: threshold + blend + ucb");
    put("a.json", "{\"name\":\"half\",\"guard\":{\"cooldown\":3}}");
    answers("", "a.json", "agent half: iforest + blend + ucb");
    put("a.json", "{\"name\":\"half\",\"guart\":{\"cooldown\":3}}");
    refuses("", "a.json", "expected a system (services), an agent");
}

// What was learnt under one set of parameters is read back under these, whatever the defaults are.
static void a_learnt_policy_is_held_against_its_own_parameters(void **state)
{
    (void)state;
    run_setup setup;
    run_files files = {NULL, NULL, NULL};
    tend_engine *engine = NULL;
    char *text = NULL;
    assert_int_equal(run_setup_open(&setup, &files, 240, &command_err), TEND_OK);
    assert_int_equal(tend_config_set(setup.config, "policy.alpha", "0.5", &command_err), TEND_OK);
    assert_int_equal(tend_config_set(setup.config, "policy.severe", "3", &command_err), TEND_OK);
    assert_int_equal(tend_open(setup.sim->system, setup.config, 1, &engine, &command_err), TEND_OK);
    tend_learn(engine, &(tend_outcome){.key = 1, .arm = 1, .reward = 0.5});
    assert_int_equal(tend_policy_write(engine, &text, &command_err), TEND_OK);
    put("learnt.json", text);
    answers("", "learnt.json", "what policy ucb has learnt");
    free(text);
    tend_close(engine);
    run_setup_close(&setup);
}

static void an_agent_may_name_actions_of_the_system_given(void **state)
{
    (void)state;
    put("a.json", "{\"name\":\"mine\",\"guard\":{\"allow\":[\"restart(api)\"]}}");
    answers("", "a.json", "agent mine: iforest + blend + ucb");
    answers("--system default ", "a.json", "agent mine: iforest + blend + ucb");
    refuses("--system shop ", "a.json", "\"restart(api)\" is no kind of action");
    refuses("--system nowhere ", "a.json", "nowhere");
}

static void a_system_that_is_only_watched_needs_no_physics(void **state)
{
    (void)state;
    put("s.json", "{\"name\":\"one\",\"services\":[{\"name\":\"web\"}],\"entry\":\"web\","
                  "\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}");
    answers("", "s.json",
            "system one: 1 services, 0 calls, 7 actions; without sim: for replay only");
    // with some of it, all of it
    put("s.json", "{\"name\":\"one\",\"services\":[{\"name\":\"web\"}],\"entry\":\"web\","
                  "\"slo\":{\"p95_ms\":250,\"error_share\":0.05},\"sim\":{\"base_rps\":9}}");
    refuses("", "s.json", "\"sim\" is missing");
    put("s.json", "{\"name\":\"one\",\"services\":[{\"name\":\"web\",\"sim\":{}}],"
                  "\"entry\":\"web\",\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}");
    refuses("", "s.json", "is missing");
}

static void csv_files_are_metrics_or_a_call_graph(void **state)
{
    (void)state;
    put("m.csv", "time,web|cpu,db|cpu\n1,0.5,1\n2,0.6,1\n3,0.6,1\n");
    answers("", "m.csv", "metrics: 3 rows of 2 columns");
    put("g.csv", "caller,callee\nweb,db\nweb,queue\n");
    answers("", "g.csv", "call graph: 2 calls");
    put("g.csv", "caller,calleee\nweb,db\n");
    refuses("", "g.csv", "g.csv");
    put("x.csv", "{}");
    refuses("", "x.csv", "x.csv:");
    put("csv", "{}"); // no such ending
    refuses("", "csv", "expected a system");
    put("m.csv.json", "time,web|cpu\n1,0.5\n");
    refuses("", "m.csv.json", "m.csv.json:1:");
}

static void a_folder_or_its_file_is_a_case(void **state)
{
    (void)state;
    put("normal.csv", "time,web|latency\n1,10\n2,11\n");
    put("abnormal.csv", "time,web|latency\n3,10\n4,99\n");
    put("case.json", "{\"case\":\"x-1\",\"dataset\":\"d\",\"step_s\":60,"
                     "\"normal\":\"normal.csv\",\"abnormal\":\"abnormal.csv\"}");
    char want[400];
    snprintf(want, sizeof want, "ok  %s  case x-1\n", folder);
    char *text = command_said(&command_check, folder, TEND_OK);
    assert_string_equal(text, want);
    free(text);
    unlink(inside("abnormal.csv"));
    free(command_said(&command_check, folder, TEND_IO));
    unlink(inside("case.json"));
    free(command_said(&command_check, folder, TEND_IO));
}

static void every_file_is_looked_at_and_the_bad_ones_are_counted(void **state)
{
    (void)state;
    char line[1200];
    put("good.csv", "time,web|cpu\n1,0.5\n");
    put("bad.json", "{");
    snprintf(line, sizeof line, "%s/bad.json %s/good.csv %s/missing.json %s/good.csv", folder,
             folder, folder, folder);
    char *text = command_said(&command_check, line, TEND_IO); // of the last that is wrong
    assert_string_equal(command_err.text, "2 of 4 files are not valid");
    assert_holds(text, "bad.json:1: ");
    assert_holds(text, "missing.json");
    const char *good = strstr(text, "good.csv  metrics: 1 rows of 1 columns\n");
    assert_non_null(good);
    assert_non_null(strstr(good + 1, "good.csv  metrics"));
    free(text);
    snprintf(line, sizeof line, "%s/missing.json %s/bad.json", folder, folder);
    free(command_said(&command_check, line, TEND_INPUT));
    assert_string_equal(command_err.text, "2 of 2 files are not valid");
}

static void quiet_prints_errors_only(void **state)
{
    (void)state;
    char line[1200];
    put("good.csv", "time,web|cpu\n1,0.5\n");
    put("bad.json", "{");
    snprintf(line, sizeof line, "--quiet %s/good.csv", folder);
    char *text = command_said(&command_check, line, TEND_OK);
    assert_string_equal(text, "");
    free(text);
    snprintf(line, sizeof line, "-q %s/good.csv %s/bad.json", folder, folder);
    text = command_said(&command_check, line, TEND_INPUT);
    assert_null(strstr(text, "good"));
    assert_holds(text, "bad.json:1:");
    free(text);
}

static void nothing_named_is_a_usage_error_and_help_is_not(void **state)
{
    (void)state;
    command_failed(&command_check, "", TEND_USAGE, "check: no file named");
    command_failed(&command_check, "--quiet", TEND_USAGE, "check: no file named");
    command_failed(&command_check, "--qiet x", TEND_USAGE, "--quiet");
    command_printed(&command_check, "--help", "Usage: tend check FILE...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_system_is_counted),
        cmocka_unit_test(a_scenario_is_read_against_its_system),
        cmocka_unit_test(an_agent_is_told_by_its_parts),
        cmocka_unit_test(a_learnt_policy_is_held_against_its_own_parameters),
        cmocka_unit_test(an_agent_may_name_actions_of_the_system_given),
        cmocka_unit_test(a_system_that_is_only_watched_needs_no_physics),
        cmocka_unit_test(csv_files_are_metrics_or_a_call_graph),
        cmocka_unit_test(a_folder_or_its_file_is_a_case),
        cmocka_unit_test(every_file_is_looked_at_and_the_bad_ones_are_counted),
        cmocka_unit_test(quiet_prints_errors_only),
        cmocka_unit_test(nothing_named_is_a_usage_error_and_help_is_not),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
