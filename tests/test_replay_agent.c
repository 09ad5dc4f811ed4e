// SPDX-License-Identifier: GPL-3.0-or-later
// test_replay_agent.c - tend replay: whose agent it is that looks at recorded metrics.
#include "command_support.h"

static char metrics[256], policy[256];

// a web that turns slow and busy at row 60 of 90, and stays so
static int write_metrics(void **state)
{
    (void)state;
    temp_path(metrics, sizeof metrics, "metrics.csv");
    temp_path(policy, sizeof policy, "policy.json");
    FILE *to = fopen(metrics, "w");
    assert_non_null(to);
    fputs("time,web|p95_ms,web|errors,web|cpu,web|ready\n", to);
    for (int t = 0; t < 90; t++)
        fprintf(to, "%d,%d,0,%.2f,3\n", t, t < 60 ? 50 + t % 3 : 900, t < 60 ? 0.3 : 0.99);
    return fclose(to);
}

static int remove_files(void **state)
{
    (void)state;
    unlink(policy);
    return unlink(metrics);
}

static char *replayed(const char *options, tend_rc rc)
{
    char line[900];
    snprintf(line, sizeof line, "%s %s", options, metrics);
    return command_said(&command_replay, line, rc);
}

static void a_parameter_is_set_for_one_replay(void **state)
{
    (void)state;
    char *text = replayed("--detector robust_z", TEND_OK);
    assert_holds(text, "advice");
    free(text);
    text = replayed("--detector robust_z --set guard.allow=none", TEND_OK);
    assert_holds(text, "diagnosed");
    assert_null(strstr(text, "advice"));
    free(text);
    free(replayed("--set guard.cooldwn=3", TEND_USAGE));
    assert_holds(command_err.text, "did you mean \"cooldown\"");
}

static void nothing_makes_of_an_advice_an_action(void **state)
{
    (void)state;
    char *text = replayed("--detector robust_z --set guard.dry_run=0", TEND_OK);
    assert_holds(text, "advice");
    assert_null(strstr(text, "action  "));
    free(text);
}

// Nothing is tried out on a recording: the best is advised, by what is believed of it alone.
static void beliefs_are_told_as_they_are(void **state)
{
    (void)state;
    char *text = replayed("--detector robust_z", TEND_OK);
    assert_holds(text, "restart(web): 0.80 against 0.70 for scale(web,+1)");
    free(text);
}

static void what_was_learnt_elsewhere_is_asked(void **state)
{
    (void)state;
    char line[600], options[600];
    snprintf(line, sizeof line, "--episodes 40 --steps 120 --learn --quiet --policy-out %s",
             policy);
    free(command_said(&command_eval, line, TEND_OK));
    snprintf(options, sizeof options, "--detector robust_z --policy-in %s", policy);
    free(replayed(options, TEND_OK));
    // it is the learnt policy that is asked, not one that happens to be there
    snprintf(options, sizeof options, "--policy random --policy-in %s", policy);
    free(replayed(options, TEND_INPUT));
    assert_holds(command_err.text, "policy");
    free(replayed("--policy-in /nonexistent.json", TEND_IO));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parameter_is_set_for_one_replay),
        cmocka_unit_test(nothing_makes_of_an_advice_an_action),
        cmocka_unit_test(beliefs_are_told_as_they_are),
        cmocka_unit_test(what_was_learnt_elsewhere_is_asked),
    };
    return cmocka_run_group_tests(tests, write_metrics, remove_files);
}
