// SPDX-License-Identifier: GPL-3.0-or-later
// test_commands.c - help, params and check as a user calls them; what the terminal is taken for.
#include "command_support.h"

#include "core/json.h"
#include "edge/file.h"

static char in_path[256];

// check says what is wrong with each file on stderr, then how many were wrong
static void wrong(const char *name, const char *content, const char *message)
{
    temp_path(in_path, sizeof in_path, name);
    put_file(in_path, content, strlen(content));
    char *text = command_said(&command_check, in_path, TEND_INPUT);
    assert_holds(text, message);
    assert_holds(command_err.text, "1 of 1 files");
    free(text);
    unlink(in_path);
}

static void help_lists_every_command(void **state)
{
    (void)state;
    char *text = command_said(&command_help, "", TEND_OK);
    for (const command *const *c = command_table(); *c; c++) {
        assert_holds(text, (*c)->name);
        assert_holds(text, (*c)->help);
    }
    assert_holds(text, "Exit status");
    free(text);
}

static void every_command_explains_itself(void **state)
{
    (void)state;
    for (const command *const *c = command_table(); *c; c++) {
        char *asked = command_said(&command_help, (*c)->name, TEND_OK),
             *own = command_said(*c, "--help", TEND_OK);
        assert_string_equal(asked, own);
        for (const option *o = (*c)->options; o->name; o++)
            assert_holds(own, o->name);
        free(asked);
        free(own);
    }
    command_failed(&command_help, "evla", TEND_USAGE, "no command evla, did you mean eval?");
}

static void manual_and_completion_hold_every_option(void **state)
{
    (void)state;
    char *manual = command_said(&command_help, "--man", TEND_OK);
    char *shell = command_said(&command_help, "--completion bash", TEND_OK), name[64];
    assert_holds(manual, ".TH TEND 1");
    for (const command *const *c = command_table(); *c; c++) {
        snprintf(name, sizeof name, "    %s)", (*c)->name);
        assert_holds(shell, name);
        for (const option *o = (*c)->options; o->name; o++) {
            assert_holds(shell, o->name);
            snprintf(name, sizeof name, "\\-\\-%s", o->name + 2); // until its first inner dash
            name[4 + strcspn(o->name + 2, "-")] = 0;
            assert_holds(manual, name);
        }
    }
    free(manual);
    free(shell);
    command_failed(&command_help, "--completion fish", TEND_USAGE,
                   "--completion fish, expected bash");
}

static tend_rc version(int argc, char **argv, tend_err *e)
{
    (void)argc, (void)argv, (void)e;
    return command_version();
}

static void the_version_names_the_libraries(void **state)
{
    (void)state;
    static const command cmd = {.name = "--version", .run = version};
    command_printed(&cmd, "", "tend " TEND_VERSION "\n");
    command_printed(&cmd, "", "GSL ");
}

static void params_prints_every_section_or_one(void **state)
{
    (void)state;
    char *text = command_said(&command_params, "", TEND_OK);
    assert_holds(text, "detector.iforest");
    assert_holds(text, "policy.ucb");
    assert_holds(text, "cooldown");
    free(text);
    text = command_said(&command_params, "guard", TEND_OK);
    assert_holds(text, "cooldown");
    assert_null(strstr(text, "iforest"));
    free(text);
    command_printed(&command_params, "judge",
                    "  horizon                40  1..1e+06      seconds ");
    command_printed(&command_params, "alarm",
                    "  need                    2  1..60         integer ");
    command_failed(&command_params, "gaurd", TEND_USAGE, "no section gaurd, did you mean guard?");
    command_failed(&command_params, "world", TEND_USAGE, "no section world, did you mean sim?");
    command_failed(&command_params, "guard judge", TEND_USAGE, "expected one section");
    command_failed(&command_params, "--json /dev/full", TEND_IO, "No space left");
}

static void params_tells_what_files_may_hold(void **state)
{
    (void)state;
    char *text = command_said(&command_params, "sim", TEND_OK);
    assert_holds(text, "sim - \"sim\" of a system: --set world.NAME=X sets one");
    assert_holds(text, "\n  noise                   1  0..10         number ");
    assert_holds(text, "\n  base_rps         required  0.001..1e+06  number ");
    assert_holds(text, "\nsim.service - ");
    assert_holds(text, "\n  service_ms       required  ");
    assert_holds(text, "\nsim.edge - ");
    assert_holds(text, "\n  cache                none                text ");
    assert_null(strstr(text, "cooldown"));
    free(text);
    text = command_said(&command_params, "scenario", TEND_OK);
    assert_holds(text, "\n  severity            drawn  0.01..1       number ");
    assert_holds(text, "\n  service          required                text ");
    free(text);
    text = command_said(&command_params, "case", TEND_OK);
    assert_holds(text, "\n  step_s            unknown  0.001..1e+06  number ");
    assert_holds(text, "\n  abnormal         required  ");
    assert_null(strstr(text, "severity"));
    free(text);
    command_failed(&command_params, "scenaro", TEND_USAGE, "did you mean scenario?");
}

static const cJSON *row_named(const cJSON *root, const char *section, const char *name)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, root)
    {
        if (strcmp(cJSON_GetObjectItem(row, "section")->valuestring, section) == 0 &&
            strcmp(cJSON_GetObjectItem(row, "name")->valuestring, name) == 0)
            return row;
    }
    return NULL;
}

static void keys_of_files_are_in_the_json_too(void **state)
{
    (void)state;
    char *text = command_said(&command_params, "--json -", TEND_OK);
    cJSON *root = NULL;
    assert_int_equal(json_parse(text, strlen(text), "params", &root, &command_err), TEND_OK);
    const cJSON *row = row_named(root, "sim", "noise");
    assert_near(cJSON_GetObjectItem(row, "default")->valuedouble, 1, 0);
    assert_near(cJSON_GetObjectItem(row, "most")->valuedouble, 10, 0);
    row = row_named(root, "sim", "base_rps");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(row, "default"))); // required
    row = row_named(root, "scenario.fault", "severity");
    assert_string_equal(cJSON_GetObjectItem(row, "default")->valuestring, "drawn");
    assert_near(cJSON_GetObjectItem(row, "least")->valuedouble, 0.01, 0);
    row = row_named(root, "case", "abnormal");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(row, "default")));
    assert_false(cJSON_HasObjectItem(row, "least")); // a text has no range
    row = row_named(root, "guard", "freeze");
    assert_string_equal(cJSON_GetObjectItem(row, "default")->valuestring, "none");
    assert_string_equal(cJSON_GetObjectItem(row, "kind")->valuestring, "list");
    cJSON_Delete(root);
    free(text);
}

static void params_as_json_is_json(void **state)
{
    (void)state;
    char *text = command_said(&command_params, "--json -", TEND_OK);
    cJSON *root = NULL;
    assert_int_equal(json_parse(text, strlen(text), "params", &root, &command_err), TEND_OK);
    assert_true(cJSON_GetArraySize(root) > 50);
    const cJSON *first = cJSON_GetArrayItem(root, 0);
    assert_true(cJSON_HasObjectItem(first, "section") && cJSON_HasObjectItem(first, "default"));
    cJSON_Delete(root);
    free(text);
    text = command_said(&command_params, "--json - detector", TEND_OK); // all of them, by its begin
    assert_holds(text, "detector.iforest");
    assert_holds(text, "detector.threshold");
    assert_null(strstr(text, "policy"));
    free(text);
}

static void check_tells_files_by_what_they_hold(void **state)
{
    (void)state;
    command_printed(&command_check, "examples/systems/default.json", "system default: 3 services");
    command_printed(&command_check, "examples/agents/default.json",
                    "agent default: iforest + blend + ucb");
    command_printed(&command_check, "examples/scenarios/db_lock.json",
                    "scenario db_lock: 1 fault,");
    command_printed(&command_check, "--quiet examples/systems/default.json", "");
    temp_path(in_path, sizeof in_path, "m.csv");
    put_file(in_path, "time,web|cpu\n1,0.5\n2,0.6\n", 25);
    command_printed(&command_check, in_path, "metrics: 2 rows of 1 columns");
    put_file(in_path, "caller,callee\nweb,db\n", 21);
    command_printed(&command_check, in_path, "call graph: 1 calls");
    unlink(in_path);
    command_failed(&command_check, "", TEND_USAGE, "no file named");
}

static void check_names_file_line_and_what_is_wrong(void **state)
{
    (void)state;
    wrong("a.json", "{\"name\": \"x\",\n\"guard\": {\n\"cooldwn\": 3}}",
          "a.json:3: guard: guard has no parameter \"cooldwn\", did you mean \"cooldown\"?");
    wrong("a.json", "{\"name\": \"x\"}", "a.json: expected a system");
    wrong("a.json", "{\"name\": \"x\",\n\"policy\": {\n\"plugin\": \"ubc\"}}",
          "a.json:3: policy.plugin: policy \"ubc\" is not known, did you mean \"ucb\"?");
    wrong("a.json", "{\"name\": \"x\", \"detector\": {\n\"trees\": -3}}",
          "a.json:2: detector: trees -3");
    wrong("s.json", "{\"name\": \"x\", \"faults\": [\n{\"type\": \"slow_bd\"}]}",
          "s.json:2: faults[0]");
    wrong("y.json", "{\"services\": []}", "y.json:1: name: missing");
    wrong("p.json",
          "{\"format\": \"tend-policy\", \"version\": 1, \"policy\": \"ucb\", \"rows\": [7]}",
          "version 1, expected 3: contexts went by number");
    wrong("p.json",
          "{\"format\": \"tend-policy\", \"version\": 1, \"policy\": \"ucb\", \"rows\": [",
          "p.json:1: end of text");
    wrong("e.json", "", "e.json:1: end of text");
    wrong("e.csv", "", "e.csv:1: empty");
    wrong("n.csv", "time,a|b\n1,NaN\n", "n.csv:2:");
    wrong("c.json", "{\"case\": 3}", "expected");
    command_failed(&command_check, "no/such/file.json", TEND_IO, "1 of 1 files are not valid");
}

static void colour_follows_the_choice(void **state)
{
    (void)state;
    FILE *null = fopen("/dev/null", "w");
    assert_non_null(null);
    assert_false(output_colour(null)); // auto: not a terminal
    assert_true(output_set_colour("always"));
    assert_true(output_colour(null));
    assert_true(output_set_colour("never"));
    assert_false(output_colour(null));
    assert_false(output_set_colour("sometimes"));
    assert_true(output_set_colour("auto"));
    fclose(null);
}

static void the_locale_decides_about_utf8(void **state)
{
    (void)state;
    setenv("LC_ALL", "C", 1);
    assert_false(output_utf8());
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    assert_true(output_utf8());
    setenv("LC_ALL", "en_US.utf8", 1);
    assert_true(output_utf8());
    unsetenv("LC_ALL");
    int width = output_columns();
    assert_true(width >= 60 && width <= 100);
    const struct {
        const char *set;
        int columns;
    } rows[] = {{"80", 80}, {"7", 60}, {"300", 100}, {"", width}, {"wide", width}, {"-4", width}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        setenv("COLUMNS", rows[i].set, 1);
        assert_int_equal(output_columns(), rows[i].columns);
    }
    unsetenv("COLUMNS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_lists_every_command),
        cmocka_unit_test(every_command_explains_itself),
        cmocka_unit_test(manual_and_completion_hold_every_option),
        cmocka_unit_test(the_version_names_the_libraries),
        cmocka_unit_test(params_prints_every_section_or_one),
        cmocka_unit_test(params_as_json_is_json),
        cmocka_unit_test(params_tells_what_files_may_hold),
        cmocka_unit_test(keys_of_files_are_in_the_json_too),
        cmocka_unit_test(check_tells_files_by_what_they_hold),
        cmocka_unit_test(check_names_file_line_and_what_is_wrong),
        cmocka_unit_test(colour_follows_the_choice),
        cmocka_unit_test(the_locale_decides_about_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
