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
                    "actions; healthy ticks that breach: calm 0 %, real 0 %, rough 6.1 %\n");
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
    put("none.json", "{\"name\":\"none\",\"deploys\":[{\"service\":\"db\",\"tick\":9}]}");
    answers("", "none.json", "scenario none: 0 faults, 1 deployment");
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
    refuses("--system shop ", "a.json", "a.json:1: guard.allow: \"restart(api)\" is no kind of");
    refuses("--system nowhere ", "a.json", "nowhere");
}

// Each with its line, whatever else is wrong, and what may have been meant.
static void all_names_of_an_allow_list_are_held_against_the_system(void **state)
{
    (void)state;
    put("a.json", "{\"name\":\"mine\",\"guard\":{\"cooldwn\":3,\"allow\":[\"restart\",\n"
                  "\"scale_up(db)\",\"scale_down(db)\",\n\"restart(dbb)\",\"lift\"]}}");
    char line[600];
    snprintf(line, sizeof line, "--system default %s", inside("a.json"));
    char *text = command_said(&command_check, line, TEND_INPUT);
    assert_holds(text, "a.json:1: guard: guard has no parameter \"cooldwn\"");
    assert_holds(text, "a.json:2: guard.allow: \"scale_up(db)\" is no kind of action and no action "
                       "of default, did you mean \"scale(db,+1)\"?");
    assert_holds(text, "did you mean \"scale(db,-1)\"?");
    assert_holds(text, "a.json:3: guard.allow: \"restart(dbb)\" is no kind of action and no action "
                       "of default, did you mean \"restart(db)\"?");
    free(text);
    put("a.json", "{\"name\":\"mine\",\"guard\":{\"allow\":[\"scale\",\"restart\",\"x(y)\"]}}");
    text = command_said(&command_check, inside("a.json"), TEND_OK);
    assert_holds(text, "warning: ");
    assert_holds(text, "guard.allow: \"scale\" is no kind of action; check with --system");
    assert_null(strstr(text, "\"restart\""));
    assert_null(strstr(text, "x(y)"));
    free(text);
}

static void a_system_that_is_only_watched_needs_no_physics(void **state)
{
    (void)state;
    put("s.json", "{\"name\":\"one\",\"services\":[{\"name\":\"web\"}],\"entry\":\"web\","
                  "\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}");
    answers("", "s.json", "system one: 1 services, 0 calls, 7 actions; without sim: watched only");
    // with some of it, all of it
    put("s.json", "{\"name\":\"one\",\"services\":[{\"name\":\"web\"}],\"entry\":\"web\","
                  "\"slo\":{\"p95_ms\":250,\"error_share\":0.05},\"sim\":{\"base_rps\":9}}");
    refuses("", "s.json", "\"sim\" is missing");
    put("s.json", "{\"name\":\"one\",\"services\":[{\"name\":\"web\",\"sim\":{}}],"
                  "\"entry\":\"web\",\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}");
    refuses("", "s.json", "is missing");
}

// Of one file all faults are told, each once, in the order of reading.
static void tells(const char *name, const char *const *told, int count)
{
    char line[600];
    snprintf(line, sizeof line, "%s", inside(name));
    char *text = command_said(&command_check, line, TEND_INPUT), *at = text;
    for (int i = 0; i < count; i++) {
        char *end = strchr(at, '\n');
        assert_non_null(end);
        *end = 0;
        assert_holds(at, told[i]);
        at = end + 1;
    }
    assert_string_equal(at, "");
    free(text);
}

static void all_faults_of_a_system_are_told_at_once(void **state)
{
    (void)state;
    static const char *const told[] = {
        ":2: unknown key \"hlep\", did you mean \"help\"?",
        ":2: step_s: -1, expected 0 to 86400",
        ":4: services[0]: unknown key \"replcas\", did you mean \"replicas\"?",
        ":5: services[1]: kind: \"databse\", did you mean \"database\"?",
        ":5: services[1]: replicas: 0, expected 1 to 1000",
        ":6: services[2]: name: missing",
        ":7: edges[0]: callee: \"dbb\", did you mean \"db\"?",
        ":7: edges[1]: caller: \"wbe\", did you mean \"web\"?",
        ":8: entry: \"wep\", did you mean \"web\"?",
        ":8: actions[0]: kind: \"restrat\", did you mean \"restart\"?",
        ":8: actions[1]: unknown key \"service\"",
        ":9: slo: p95_ms: a text, expected a number",
        ":9: slo: error_share: 3, expected 0 to 1",
        ":9: sim: unknown key \"bas_rps\", did you mean \"base_rps\"?",
        ":9: sim: \"base_rps\" is missing",
        ":4: services[0].sim: unknown key \"corse\", did you mean \"cores\"?",
        ":5: services[1].sim: service_ms: 0, expected 0.001 to 60000",
        ":6: services[2]: \"sim\" is missing",
        ":7: edges[0].sim: retries: 99, expected 0 to 10"};
    put("s.json",
        "{\n\"name\": \"x\", \"hlep\": \"typo\", \"step_s\": -1,\n\"services\": [\n"
        "{\"name\": \"web\", \"replcas\": 2, \"sim\": {\"service_ms\": 5, \"corse\": 2}},\n"
        "{\"name\": \"db\", \"kind\": \"databse\", \"replicas\": 0, \"sim\": {\"service_ms\": "
        "0}},\n"
        "{\"kind\": \"cache\"}],\n"
        "\"edges\": [{\"caller\": \"web\", \"callee\": \"dbb\", \"sim\": {\"retries\": 99}}, "
        "{\"caller\": \"wbe\", \"callee\": \"db\", \"sim\": {}}],\n"
        "\"entry\": \"wep\", \"actions\": [\"restrat\", {\"kind\": \"limit\", \"service\": "
        "\"db\"}, "
        "\"lift\"],\n"
        "\"slo\": {\"p95_ms\": \"x\", \"error_share\": 3}, \"sim\": {\"bas_rps\": 3}}");
    tells("s.json", told, sizeof told / sizeof *told);
}

static void all_faults_of_a_scenario_are(void **state)
{
    (void)state;
    static const char *const told[] = {
        ":1: unknown key \"fautls\", did you mean \"faults\"?",
        ":2: faults[0]: type: \"slow_bd\" is unknown, did you mean \"slow_db\"?",
        ":2: faults[0]: severity: 7, expected 0.01 to 1",
        ":2: faults[0]: start 1.5, expected a whole number of ticks",
        ":3: faults[1]: system default: slow_db cannot sit on api, only on db",
        ":4: faults[2]: unknown key \"strat\", did you mean \"start\"?",
        ":4: faults[2]: \"service\" and \"edge\", expected one of them",
        ":5: deploys[0]: service: missing",
        ":5: deploys[0]: tick: -1, expected 0 to 1e+06",
        ":5: deploys[1]: service: \"nope\", expected a known name"};
    put("c.json", "{\"name\": \"s\", \"fautls\": [], \"faults\": [\n"
                  "{\"type\": \"slow_bd\", \"severity\": 7, \"start\": 1.5},\n"
                  "{\"type\": \"slow_db\", \"service\": \"api\"},\n"
                  "{\"service\": \"db\", \"edge\": \"api>db\", \"strat\": 1}],\n"
                  "\"deploys\": [{\"tick\": -1}, {\"service\": \"nope\"}]}");
    tells("c.json", told, sizeof told / sizeof *told);
}

static void all_faults_of_an_agent_are(void **state)
{
    (void)state;
    static const char *const told[] = {":1: unknown key \"guardd\", did you mean \"guard\"?",
                                       ":1: name: an empty text",
                                       ":3: policy.plugin: policy \"ubc\" is not known",
                                       ":4: alarm: expected an object",
                                       ":2: guard: cooldown -1, expected a whole number",
                                       ":2: guard: guard has no parameter \"colddown\"",
                                       ":2: guard.allow: expected an array",
                                       ":4: judge: horizon 1.5, expected a whole number"};
    put("a.json", "{\"name\": \"\", \"guardd\": {},\n"
                  "\"guard\": {\"cooldown\": -1, \"colddown\": 3, \"allow\": 3},\n"
                  "\"policy\": {\"plugin\": \"ubc\", \"alpha\": 9},\n"
                  "\"alarm\": [], \"judge\": {\"horizon\": 1.5}}");
    tells("a.json", told, sizeof told / sizeof *told);
}

static void all_faults_of_a_case_are(void **state)
{
    (void)state;
    static const char *const told[] = {"unknown key \"stepp_s\", expected \"step_s\"?",
                                       "case is no text", "step_s: -1, expected 0.001 to 1e+06",
                                       "onset_row 2, expected a row from 0 to 1",
                                       "service is no text"};
    put("abnormal.csv", "time,web|latency\n3,10\n4,99\n");
    put("k.json", "{\"case\": 3, \"stepp_s\": 3, \"step_s\": -1, \"abnormal\": \"abnormal.csv\", "
                  "\"onset_row\": 2, \"target\": {\"service\": 4}}");
    tells("k.json", told, sizeof told / sizeof *told);
    // a file that is not there ends the looking, and is told after what was found before
    static const char *const missing[] = {"case is no text", "nowhere.csv"};
    put("k.json", "{\"case\": 3, \"abnormal\": \"nowhere.csv\"}");
    char *text = command_said(&command_check, inside("k.json"), TEND_IO);
    assert_holds(text, missing[0]);
    assert_holds(text, missing[1]);
    free(text);
}

static void no_more_than_twenty_are_told(void **state)
{
    (void)state;
    char text[2000] = "{\"name\": \"x\", \"faults\": []";
    for (int i = 0; i < 40; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), ", \"zebra%d\": 1", i);
    snprintf(text + strlen(text), sizeof text - strlen(text), "}");
    put("c.json", text);
    char *said = command_said(&command_check, inside("c.json"), TEND_INPUT);
    assert_holds(said, "\"zebra19\"");
    assert_null(strstr(said, "\"zebra20\""));
    assert_holds(said, "and perhaps more: 20 are told at a time");
    free(said);
}

// the default system with more users than it was made for
static void put_system(const char *rps)
{
    char *text = get_file("examples/systems/default.json"), *at = strstr(text, "\"base_rps\": 300");
    assert_non_null(at);
    memcpy(at + strlen("\"base_rps\": "), rps, 3);
    put("hot.json", text);
    free(text);
}

static void a_system_that_breaches_in_health_is_warned_of(void **state)
{
    (void)state;
    put_system("500");
    char *text = command_said(&command_check, inside("hot.json"), TEND_OK);
    assert_holds(text, "ok  ");
    assert_holds(text, "tend: warning: ");
    assert_holds(text, "healthy runs breach the SLO in ");
    assert_holds(text, "p95 of api is ");
    assert_holds(text, "(objective 150)");
    assert_holds(text, "busiest is api, 9");
    free(text);
    char line[600];
    snprintf(line, sizeof line, "--quiet %s", inside("hot.json"));
    text = command_said(&command_check, line, TEND_OK);
    assert_string_equal(text, "");
    free(text);
    put_system("300");
    answers("", "hot.json",
            "system default: 3 services, 2 calls, 18 actions; healthy ticks that breach: calm 0 %, "
            "real 0 %, rough 6.1 %");
    put_system("9000"); // all of them, in every world
    text = command_said(&command_check, inside("hot.json"), TEND_OK);
    assert_holds(text, "calm 100 %, real 100 %, rough 100 %");
    free(text);
}

static void what_will_not_do_what_was_meant_is_warned_of(void **state)
{
    (void)state;
    const char *const file =
        "{\"name\":\"one\",\"services\":[{\"name\":\"web\",\"replicas\":2,"
        "\"least_replicas\":2%s,\"sim\":{\"service_ms\":1}},{\"name\":\"far\",\"sim\":"
        "{\"service_ms\":1}}],\"edges\":[%s],\"entry\":\"web\",\"metrics\":[%s],\"actions\":["
        "{\"kind\":\"scale_up\",\"service\":\"web\"}],\"slo\":{\"p95_ms\":250,\"error_share\":"
        "0.05},\"sim\":{\"base_rps\":9}}";
    char system[900];
    snprintf(system, sizeof system, file, "", "", "{\"name\":\"cpu\",\"kind\":\"cpu\"}");
    put("s.json", system);
    char *text = command_said(&command_check, inside("s.json"), TEND_OK);
    assert_holds(text, "s.json: no column of kind latency");
    assert_holds(text, "s.json: no column of kind errors");
    assert_holds(text, "s.json: no request reaches far: nothing calls it on the way from web");
    assert_holds(text,
                 "s.json: scale_up of web can never be done: it has 2 replicas, most_replicas "
                 "is 2");
    free(text);
    snprintf(system, sizeof system, file, ",\"most_replicas\":3",
             "{\"caller\":\"web\",\"callee\":\"far\",\"sim\":{}}",
             "{\"name\":\"p95\",\"kind\":\"latency\"},{\"name\":\"bad\",\"kind\":\"errors\"}");
    put("s.json", system);
    answers("", "s.json",
            "system one: 2 services, 1 calls, 2 actions; healthy ticks that breach: calm 0 %, "
            "real 0 %, rough 0.083 %");
    put("c.json", "{\"name\":\"c\",\"faults\":[{\"type\":\"slow_db\",\"start\":239},"
                  "{\"type\":\"slow_db\",\"start\":240}]}");
    text = command_said(&command_check, inside("c.json"), TEND_OK);
    assert_holds(text, "faults[1] starts at tick 240: never in an episode of the usual 240");
    assert_null(strstr(text, "faults[0]"));
    free(text);
}

static void a_trace_is_known_and_its_lines_are_looked_at(void **state)
{
    (void)state;
    put("t.jsonl", "{\"format\":\"tend-trace\",\"version\":2}\n{\"t\":0}\n{\"t\":1}\n");
    answers("", "t.jsonl", "trace: 2 ticks, a line of JSON each");
    put("t.jsonl", "{\"format\":\"tend-trace\",\"version\":2}\n{\"t\":0}\n{\"t\":1\n");
    refuses("", "t.jsonl", "t.jsonl:3: expected a tick of the trace");
    put("t.jsonl", "{\"format\":\"tend-trace\",\"version\":2}\n{\"t\":0}\n{\"t\":1}");
    refuses("", "t.jsonl", "t.jsonl:3: expected a tick of the trace");
    put("t.jsonl", "{\"format\":\"other\",\"version\":2}\n{\"t\":0}\n");
    refuses("", "t.jsonl", "t.jsonl:2: ");
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
        cmocka_unit_test(all_names_of_an_allow_list_are_held_against_the_system),
        cmocka_unit_test(a_system_that_is_only_watched_needs_no_physics),
        cmocka_unit_test(all_faults_of_a_system_are_told_at_once),
        cmocka_unit_test(all_faults_of_a_scenario_are),
        cmocka_unit_test(all_faults_of_an_agent_are),
        cmocka_unit_test(all_faults_of_a_case_are),
        cmocka_unit_test(no_more_than_twenty_are_told),
        cmocka_unit_test(a_system_that_breaches_in_health_is_warned_of),
        cmocka_unit_test(what_will_not_do_what_was_meant_is_warned_of),
        cmocka_unit_test(a_trace_is_known_and_its_lines_are_looked_at),
        cmocka_unit_test(csv_files_are_metrics_or_a_call_graph),
        cmocka_unit_test(a_folder_or_its_file_is_a_case),
        cmocka_unit_test(every_file_is_looked_at_and_the_bad_ones_are_counted),
        cmocka_unit_test(quiet_prints_errors_only),
        cmocka_unit_test(nothing_named_is_a_usage_error_and_help_is_not),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
