// SPDX-License-Identifier: GPL-3.0-or-later
// test_command_runs.c - episode, eval and compare as a user calls them: runs beside each other.
#include "command_support.h"

#include <cjson/cJSON.h>
#include <strings.h>

static cJSON *report_of(const char *options)
{
    char line[300];
    snprintf(line, sizeof line, "--preset calm --fault cpu_hog --steps 160 --json - %s", options);
    char *text = command_said(&command_episode, line, TEND_OK);
    cJSON *root = cJSON_Parse(text);
    assert_non_null(root);
    free(text);
    return root;
}

// -1 where it is null, as for an incident that was never recovered from
static int count_of(const cJSON *from, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(from, key);
    assert_non_null(item);
    return cJSON_IsNull(item) ? -1 : item->valueint;
}

// Reports beside a run what the same seed gives under noop and rules, called with `options`.
static int told_beside(const char *run, const char *options)
{
    static const char *const policies[] = {"noop", "rules"};
    cJSON *own = report_of(run);
    const cJSON *others = cJSON_GetObjectItem(own, "counterfactuals");
    int unlike = 0;
    assert_int_equal(cJSON_GetArraySize(others), 2);
    for (int i = 0; i < 2; i++) {
        char line[200];
        const cJSON *beside = cJSON_GetArrayItem(others, i);
        snprintf(line, sizeof line, "--policy %s %s", policies[i], options);
        cJSON *same = report_of(line);
        assert_int_equal(count_of(beside, "slo_steps"), count_of(same, "slo_steps"));
        assert_int_equal(count_of(beside, "mttr"), count_of(same, "mttr"));
        unlike += count_of(same, "mttr") != count_of(own, "mttr");
        cJSON_Delete(same);
    }
    cJSON_Delete(own);
    return unlike;
}

static void what_would_have_happened_is_what_happens_under_the_other_policy(void **state)
{
    (void)state;
    int unlike = 0;
    for (int seed = 1; seed <= 6; seed++) {
        char line[32];
        snprintf(line, sizeof line, "--seed %d", seed);
        unlike += told_beside(line, line);
    }
    assert_true(unlike > 3); // else anybody's figures would do
}

static void the_other_policy_has_what_was_set_but_for_the_policys_own(void **state)
{
    (void)state;
    told_beside("--seed 2 --set policy.alpha=0.1 --set policy.hold=9", "--seed 2");
    told_beside("--seed 2 --set guard.kill_switch=1 --set policy.hold=9",
                "--seed 2 --set guard.kill_switch=1");
    cJSON *free_hand = report_of("--seed 2 --policy rules"),
          *tied = report_of("--seed 2 --policy rules --set guard.kill_switch=1");
    assert_int_not_equal(count_of(free_hand, "slo_steps"), count_of(tied, "slo_steps"));
    cJSON_Delete(free_hand);
    cJSON_Delete(tied);
}

static void a_report_has_the_form_its_name_ends_in(void **state)
{
    (void)state;
    static const char *const forms[][2] = {
        {"r.md", "# "}, {"r.html", "<!doctype html>"}, {"r.json", "{"}};
    for (int i = 0; i < 3; i++) {
        char path[256], line[400];
        temp_path(path, sizeof path, forms[i][0]);
        snprintf(line, sizeof line, "--seed 2 --steps 100 --report %s", path);
        free(command_said(&command_episode, line, TEND_OK));
        char *text = get_file(path);
        assert_int_equal(strncasecmp(text, forms[i][1], strlen(forms[i][1])), 0);
        free(text);
        unlink(path);
    }
}

static void one_gate_that_fails_is_enough(void **state)
{
    (void)state;
    static const char *const lines[] = {"--gate top1>=2 --gate violations==0",
                                        "--gate violations==0 --gate top1>=2"};
    for (int i = 0; i < 2; i++) {
        char line[200];
        snprintf(line, sizeof line, "--episodes 3 --steps 100 --quiet %s", lines[i]);
        free(command_said(&command_eval, line, TEND_GATE));
        assert_string_equal(command_err.text, "1 gates failed");
    }
    free(command_said(&command_eval, "--episodes 3 --steps 100 --gate violations==0", TEND_OK));
}

static double before_of(const char *json, const char *measure)
{
    cJSON *rows = cJSON_Parse(json);
    const cJSON *row, *found = NULL;
    cJSON_ArrayForEach(
        row, rows) if (!found && strcmp(cJSON_GetObjectItem(row, "measure")->valuestring,
                                        measure) == 0) found = cJSON_GetObjectItem(row, "before");
    assert_true(cJSON_IsNumber(found));
    double value = found->valuedouble;
    cJSON_Delete(rows);
    return value;
}

// An incident nobody recovers from lasts to the end of the episode, which only --steps can say.
static void compare_counts_to_the_end_it_is_told(void **state)
{
    (void)state;
    char rows[256], empty[256], line[700];
    temp_path(rows, sizeof rows, "rows.csv");
    temp_path(empty, sizeof empty, "empty.csv");
    snprintf(line, sizeof line,
             "--fault slow_db --severity 1 --policy noop --episodes 4 --steps 100 --quiet --out %s",
             rows);
    free(command_said(&command_eval, line, TEND_OK));
    double mttr[2];
    for (int i = 0; i < 2; i++) {
        snprintf(line, sizeof line, "--steps %d --json - %s %s", i ? 1100 : 100, rows, rows);
        char *json = command_said(&command_compare, line, TEND_OK);
        mttr[i] = before_of(json, "mttr_mean");
        free(json);
    }
    assert_near(mttr[1] - mttr[0], 1000, 1e-6);

    char *text = get_file(rows);
    put_file(empty, text, strcspn(text, "\n") + 1); // a header alone
    free(text);
    snprintf(line, sizeof line, "%s %s", empty, empty);
    free(command_said(&command_compare, line, TEND_INPUT));
    assert_holds(command_err.text, "empty.csv: no rows, expected at least one");
    unlink(rows);
    unlink(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_would_have_happened_is_what_happens_under_the_other_policy),
        cmocka_unit_test(the_other_policy_has_what_was_set_but_for_the_policys_own),
        cmocka_unit_test(a_report_has_the_form_its_name_ends_in),
        cmocka_unit_test(one_gate_that_fails_is_enough),
        cmocka_unit_test(compare_counts_to_the_end_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
