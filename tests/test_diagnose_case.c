// SPDX-License-Identifier: GPL-3.0-or-later
// test_diagnose_case.c - tend diagnose on cases worked out by hand: what is printed, what is
// written, and how many were looked at. The arithmetic behind the numbers is held by
// test_evidence.c and test_rank.c; weights are fitted, so confidences are held against each other.
#include "command_support.h"
#include "folder_support.h"

#include <cjson/cJSON.h>

// sixty even rows, then forty other even rows; front calls back calls store
static void put_case(const char *head, const char *before, const char *after)
{
    char text[8000];
    for (int part = 0; part < 2; part++) {
        snprintf(text, sizeof text, "time,%s\n", head);
        for (int i = part ? 60 : 0; i < (part ? 100 : 60); i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%s\n", i,
                     part ? after : before);
        put(part ? "abnormal.csv" : "normal.csv", text);
    }
    put("graph.csv", "caller,callee\nfront,back\nback,store\n");
    put("case.json", "{\"case\":\"x-1\",\"dataset\":\"d\",\"step_s\":60,\"normal\":\"normal.csv\","
                     "\"abnormal\":\"abnormal.csv\",\"graph\":\"graph.csv\",\"onset_row\":0}");
}

static cJSON *line_of(void)
{
    char line[400];
    snprintf(line, sizeof line, "%s --quiet --out -", folder);
    char *text = command_said(&command_diagnose, line, TEND_OK);
    assert_int_equal(strchr(text, '\n') - text, (long)strlen(text) - 1); // one line
    cJSON *root = cJSON_Parse(text);
    assert_non_null(root);
    free(text);
    return root;
}

static const cJSON *at(const cJSON *root, const char *key, int index)
{
    const cJSON *list = cJSON_GetObjectItem(root, key);
    if (!cJSON_IsArray(list) || index >= cJSON_GetArraySize(list))
        fail_msg("no %s %d", key, index);
    return cJSON_GetArrayItem(list, index);
}

static void expect_texts(const cJSON *root, const char *key, const char *const *want, int count)
{
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, key)), count);
    for (int i = 0; i < count; i++)
        assert_string_equal(at(root, key, i)->valuestring, want[i]);
}

static void expect_text(const cJSON *item, const char *key, const char *want)
{
    const cJSON *found = cJSON_GetObjectItem(item, key);
    assert_non_null(found);
    if (!want)
        assert_true(cJSON_IsNull(found));
    else
        assert_string_equal(found->valuestring, want);
}

static void expect_number(const cJSON *item, const char *key, double want)
{
    const cJSON *found = cJSON_GetObjectItem(item, key);
    assert_non_null(found);
    if (isnan(want))
        assert_true(cJSON_IsNull(found));
    else
        assert_near(found->valuedouble, want, 1e-9);
}

#define SLOW_HEAD                                                                                  \
    "front|latency,back|latency,store|latency,front|requests,back|requests,store|requests"
#define SLOW_BEFORE "50,30,10,100,100,100"
#define SLOW_AFTER "100,70,50,100,100,100"

static double confidence_of(const cJSON *root, int place)
{
    return at(root, "confidence", place)->valuedouble;
}

// the store adds 40 ms to itself and its callers, the front 10
static void a_slow_store_is_named_with_its_evidence_and_what_speaks_against_its_caller(void **state)
{
    (void)state;
    put_case(SLOW_HEAD, SLOW_BEFORE, SLOW_AFTER);
    cJSON *root = line_of();
    char *text = command_said(&command_diagnose, folder, TEND_OK);
    const char *line = strstr(text, "x-1: store ");
    assert_non_null(line);
    double told[2]; // to hundredths, and for machines to thousandths
    char family[2][40];
    assert_int_equal(sscanf(line, "x-1: store %lf %39[a-z], front %lf %39[a-z], back ", &told[0],
                            family[0], &told[1], family[1]),
                     4);
    for (int i = 0; i < 2; i++) {
        assert_near(told[i], confidence_of(root, i), 0.0056);
        assert_string_equal(family[i], at(root, "family", i)->valuestring);
    }
    assert_holds(text,
                 "\n    store|latency rose from 10 to 50, 40 sigmas; 100 % of its impact is "
                 "its own\n"
                 "    against front: its latency rose from 50 to 100, but 83 % of that is its "
                 "callees'\n");
    assert_holds(text, "1 case, 1 with a suspect; ");
    assert_null(strstr(text, "written"));
    cJSON_Delete(root);
    free(text);
}

// 10 and 13 sigmas of front and back, of which these parts count.
static void the_line_for_machines_has_ranking_confidence_and_evidence(void **state)
{
    (void)state;
    double front = 100 / 109.0 * 50, back = 1600 / 1681.0 * 40, own = (front - back) / front;
    char want[100];
    put_case(SLOW_HEAD, SLOW_BEFORE, SLOW_AFTER);
    static const char *const ranking[] = {"store", "front", "back"};
    cJSON *root = line_of();
    expect_text(root, "case", "x-1");
    expect_texts(root, "ranking", ranking, 3);
    assert_string_equal(at(root, "metric_ranking", 0)->valuestring, "store|latency");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "detected")));
    expect_number(root, "onset_row", 0);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "confidence")), 3);
    double sum = 0;
    for (int i = 0; i < 3; i++) { // rounded to thousandths
        sum += confidence_of(root, i);
        assert_true(i == 0 || confidence_of(root, i) <= confidence_of(root, i - 1));
        assert_near(fmod(confidence_of(root, i) * 1000 + 0.5, 1), 0.5, 1e-6);
    }
    assert_true(sum <= 1.0015 && confidence_of(root, 0) > 0.3);
    assert_true(cJSON_GetObjectItem(root, "ms")->valuedouble >= 0);
    const cJSON *e = at(root, "evidence", 0);
    expect_text(e, "kind", "latency");
    expect_text(e, "service", "store");
    expect_text(e, "caller", NULL);
    expect_text(e, "callee", NULL);
    expect_text(e, "metric", "store|latency");
    expect_number(e, "value", 50);
    expect_number(e, "reference", 10);
    expect_number(e, "sigmas", 40);
    expect_number(e, "own_share", 1);
    assert_true(cJSON_GetObjectItem(e, "weight")->valuedouble > 0);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(e, "against")));
    expect_text(e, "text",
                "store|latency rose from 10 to 50, 40 sigmas; 100 % of its impact is its own");
    int count = cJSON_GetArraySize(cJSON_GetObjectItem(root, "evidence"));
    bool against = false;
    e = NULL;
    for (int i = 0; i < count; i++) { // what speaks for a suspect stands before what is against
        const cJSON *one = at(root, "evidence", i);
        bool is = cJSON_IsTrue(cJSON_GetObjectItem(one, "against"));
        assert_true(is || !against);
        against = is;
        if (is && strcmp(cJSON_GetObjectItem(one, "service")->valuestring, "front") == 0 && !e)
            e = one;
    }
    assert_non_null(e);
    expect_text(e, "kind", "explained");
    expect_text(e, "callee", "back");
    expect_text(e, "metric", "front|latency");
    assert_near(cJSON_GetObjectItem(e, "own_share")->valuedouble, own, 0.02);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(e, "against")));
    snprintf(want, sizeof want, "%.0f %% of its latency is explained by what it calls (back)",
             100 * back / 50);
    expect_text(e, "text", want);
    cJSON_Delete(root);
}

static void a_lossy_call_is_told_by_its_ends(void **state)
{
    (void)state;
    put_case("back>store|src_p50,back>store|dst_p50,store|cpu", "12,10,0.3", "52,10,0.3");
    cJSON *root = line_of();
    const cJSON *e = at(root, "evidence", 0);
    expect_text(e, "kind", "network");
    expect_text(e, "service", "store");
    expect_text(e, "caller", "back");
    expect_text(e, "callee", "store");
    expect_text(e, "metric", NULL);
    expect_number(e, "value", 42);
    expect_number(e, "reference", 2);
    expect_number(e, "own_share", NAN);
    expect_text(e, "text",
                "calls back>store lose 40 more between client and server than usual (2), "
                "20 sigmas");
    cJSON_Delete(root);
    char *text = command_said(&command_diagnose, folder, TEND_OK);
    assert_holds(text, "\n    no other service is louder\n");
    free(text);
}

static void channels_are_told_by_weight(void **state)
{
    (void)state;
    put_case("store|cpu,store|errors,store|mem", "0.3,0,0.3", "0.9,0.1,0.9");
    char *text = command_said(&command_diagnose, folder, TEND_OK);
    assert_holds(text, "store|cpu rose from 0.3 to 0.9, 40 sigmas");
    assert_holds(text, "store|mem rose from 0.3 to 0.9, 40 sigmas");
    assert_holds(text,
                 "store|errors rose from 0 to 0.1, 15 sigmas; 100 % of its impact is its own");
    free(text);
    cJSON *root = line_of();
    double last = INFINITY;
    for (int i = 0; i < 3; i++) {
        double weight = cJSON_GetObjectItem(at(root, "evidence", i), "weight")->valuedouble;
        assert_true(weight > 0 && weight <= last);
        last = weight;
    }
    cJSON_Delete(root);
}

// Rows in which nobody dies are many, but those in which somebody does are what is told.
static void what_happens_now_and_then_is_told_as_it_is_seen(void **state)
{
    (void)state;
    put_case("store|restarts,back|restarts", "0,0", "0,0");
    char text[4000] = "time,store|restarts,back|restarts\n";
    for (int i = 60; i < 100; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%d,0\n", i, i % 4 ? 0 : 2);
    put("abnormal.csv", text);
    char *said = command_said(&command_diagnose, folder, TEND_OK);
    assert_holds(said, "x-1: store ");
    assert_holds(said, "store|restarts rose from 0 to 2, ");
    free(said);
}

// Shares are told as shares, whatever the unit; that what is available rose would be a lie.
static void percent_is_told_as_a_share_and_availability_as_what_is_lost(void **state)
{
    (void)state;
    put_case("store|cpu,store|availability", "30,100", "90,75");
    char *text = command_said(&command_diagnose, folder, TEND_OK);
    assert_holds(text, "store|cpu rose from 0.3 to 0.9, 40 sigmas");
    assert_holds(text, "store|availability");
    assert_null(strstr(text, "store|availability rose"));
    free(text);
}

static void each_suspect_is_explained_for_and_against(void **state)
{
    (void)state;
    char line[400];
    put_case(SLOW_HEAD ",store|cpu", SLOW_BEFORE ",0.3", SLOW_AFTER ",0.2999");
    snprintf(line, sizeof line, "--explain %s", folder);
    cJSON *root = line_of();
    char *text = command_said(&command_diagnose, line, TEND_OK), want[100];
    const char *after = text;
    for (int i = 0; i < 3; i++) { // in the order of the ranking, each with its family
        snprintf(want, sizeof want, "    %d. %s ", i + 1, at(root, "ranking", i)->valuestring);
        assert_holds(after, want);
        after = strstr(after, want);
        snprintf(want, sizeof want, " %s, score ", at(root, "family", i)->valuestring);
        assert_holds(after, want);
        after = strstr(after, want);
    }
    char *front = strstr(text, ". front"), *store = strstr(text, "1. store");
    assert_true(front && store && store < front);
    *front = 0; // what is said of the store stands before it
    assert_holds(store, "store|latency rose from 10 to 50, 40 sigmas");
    assert_holds(store, "stands out from row 0; the onset is row 0\n");
    // what rounds to nothing has no sign
    assert_holds(store,
                 "against     slow with store|cpu as usual, 0.2999 against 0.3, 0.0 sigmas\n");
    assert_null(strstr(store, "explained by"));
    // of 10 sigmas of the front's 50 ms and 13 of the back's 40
    snprintf(want, sizeof want,
             "against     %.0f %% of its latency is explained by what it calls (back)",
             100 * 1600 / 1681.0 * 40 / 50);
    assert_holds(front + 1, want);
    assert_null(strstr(front + 1, "its requests grew"));
    cJSON_Delete(root);
    free(text);
    put_case(SLOW_HEAD ",store|cpu", SLOW_BEFORE ",0.3", "100,70,50,200,100,100,0.29");
    text = command_said(&command_diagnose, line, TEND_OK);
    assert_holds(text, "against     its requests grew 2.00 times: cpu is held against that\n");
    assert_holds(text, "store|cpu as usual, 0.29 against 0.3, -0.7 sigmas\n");
    free(text);
}

static void an_enormous_deviation_is_told_as_9999_sigmas(void **state)
{
    (void)state;
    put_case("store|latency", "0.001", "1000");
    char *text = command_said(&command_diagnose, folder, TEND_OK);
    assert_holds(text, "store|latency rose from 0.001 to 1000, 9999 sigmas; 100 % of");
    free(text);
}

static void nothing_is_said_where_nothing_stands_out(void **state)
{
    (void)state;
    put_case(SLOW_HEAD, SLOW_BEFORE, SLOW_BEFORE);
    char *text = command_said(&command_diagnose, folder, TEND_OK);
    const char *out = strstr(text, "x-1: nothing stands out");
    assert_non_null(out);
    assert_true(strchr(" ;,:\n", out[strlen("x-1: nothing stands out")])); // words stand apart
    assert_null(strstr(text, "\n    \n"));                                 // a line of blanks
    assert_holds(text, "  (onset row 0, ");
    assert_holds(text, " ms)\n");
    assert_holds(text, "1 case, 0 with a suspect; ");
    free(text);
    cJSON *root = line_of();
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(root, "detected")));
    for (int i = 0; i < 3; i++) // which is all there is to say of anybody
        expect_text(at(root, "evidence", i), "kind", "nothing_own");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "evidence")), 3);
    expect_number(root, "onset_row", 0);
    cJSON_Delete(root);
    // too few rows to find an onset in
    put("normal.csv", "time,store|cpu\n1,0.3\n2,0.3\n");
    put("abnormal.csv", "time,store|cpu\n3,0.9\n4,0.9\n");
    put("case.json", "{\"case\":\"x-2\",\"dataset\":\"d\",\"step_s\":60,"
                     "\"abnormal\":\"abnormal.csv\"}");
    text = command_said(&command_diagnose, folder, TEND_OK);
    assert_holds(text, "x-2: nothing stands out\n");
    free(text);
    root = line_of();
    expect_texts(root, "ranking", NULL, 0);
    expect_texts(root, "metric_ranking", NULL, 0);
    expect_texts(root, "confidence", NULL, 0);
    expect_texts(root, "evidence", NULL, 0);
    expect_number(root, "onset_row", NAN);
    cJSON_Delete(root);
}

static void at_most_three_suspects_are_told(void **state)
{
    (void)state;
    put_case("a|cpu,b|cpu,c|cpu,d|cpu", "0.3,0.3,0.3,0.3", "0.9,0.9,0.9,0.9");
    char *text = command_said(&command_diagnose, folder, TEND_OK);
    assert_holds(text, "x-1: a 0.");
    assert_holds(text, ", b 0.");
    assert_holds(text, ", c 0.");
    assert_null(strstr(text, ", d 0."));
    free(text);
    cJSON *root = line_of();
    // four and those of the call graph
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "ranking")), 7);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "evidence")), 3);
    cJSON_Delete(root);
}

static void several_cases_are_counted_and_written(void **state)
{
    (void)state;
    char line[1600], path[300], want[400];
    put_case(SLOW_HEAD, SLOW_BEFORE, SLOW_AFTER);
    snprintf(path, sizeof path, "%s/ranking", folder);
    snprintf(line, sizeof line, "%s %s %s --out %s", folder, folder, folder, path);
    char *said = command_said(&command_diagnose, line, TEND_OK);
    assert_holds(said, "3 cases, 3 with a suspect; ");
    snprintf(want, sizeof want, "; written to %s\n", path);
    assert_holds(said, want);
    assert_holds(said, "x-1: store 0.");
    free(said);
    char *text = get_file(path);
    int lines = 0;
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 3);
    free(text);
    snprintf(line, sizeof line, "%s -q --json %s", folder, path);
    said = command_said(&command_diagnose, line, TEND_OK); // quiet, and the other name of --out
    assert_string_equal(said, "");
    free(said);
    text = get_file(path);
    assert_int_equal(strncmp(text, "{\"ranking\":[\"store\"", 19), 0);
    free(text);
    snprintf(line, sizeof line, "%s --out -", folder);
    said = command_said(&command_diagnose, line, TEND_OK);
    assert_null(strstr(said, "x-1: store")); // stdout is for the lines
    assert_holds(said, "1 case, 1 with a suspect; ");
    free(said);
    command_failed(&command_diagnose, "", TEND_USAGE, "diagnose: no case");
}

// What is said of the slow store with some options before the case.
static char *said_by(const char *words)
{
    char line[1000];
    snprintf(line, sizeof line, "%s %s", words, folder);
    return command_said(&command_diagnose, line, TEND_OK);
}

// 40 ms at .08 x 10 ms x 1.1 are 40 sigmas, 20 at twice the floor
static void constants_are_set_by_hand_or_by_an_agents_file(void **state)
{
    (void)state;
    static const struct {
        const char *words, *expected;
    } rows[] = {{"", "10 to 50, 40 sigmas"},
                {"--set diagnoser.floor_relative=0.08", "10 to 50, 40 sigmas"},
                {"--set diagnoser.floor_relative=0.16", "10 to 50, 20 sigmas"},
                {"--agent %s", "10 to 50, 13 sigmas"},
                {"--set diagnoser.floor_relative=0.16 --agent %s", "10 to 50, 20 sigmas"}};
    char path[300], words[500];
    put_case(SLOW_HEAD, SLOW_BEFORE, SLOW_AFTER);
    put("agent.json", "{\"name\":\"mine\",\"guard\":{\"cooldown\":9},\"diagnoser\":"
                      "{\"plugin\":\"impact\",\"rows\":90,\"floor_relative\":0.24}}");
    snprintf(path, sizeof path, "%s/agent.json", folder);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *at = strstr(rows[i].words, "%s");
        snprintf(words, sizeof words, "%.*s%s", at ? (int)(at - rows[i].words) : 400, rows[i].words,
                 at ? path : "");
        char *text = said_by(words);
        assert_holds(text, rows[i].expected);
        free(text);
    }
    char line[1000], *kept = get_file(path);
    snprintf(line, sizeof line, "--agent %s --out %s %s", path, path, folder);
    command_failed(&command_diagnose, line, TEND_USAGE, "would replace --agent");
    char *now = get_file(path);
    assert_string_equal(now, kept);
    free(now);
    free(kept);
}

static void the_windows_own_constants_are_set_too(void **state)
{
    (void)state;
    put_case(SLOW_HEAD, SLOW_BEFORE, SLOW_AFTER);
    put("case.json", "{\"case\":\"x-1\",\"dataset\":\"d\",\"step_s\":60,\"normal\":\"normal.csv\","
                     "\"abnormal\":\"abnormal.csv\",\"graph\":\"graph.csv\",\"onset_row\":2}");
    char *text = said_by("");
    assert_holds(text, "(onset row 0,");
    free(text);
    text = said_by("--set window.alarm_off=0");
    assert_holds(text, "(onset row 2,");
    free(text);
}

static void a_wrong_constant_is_named_with_what_was_meant(void **state)
{
    (void)state;
    static const struct {
        const char *words, *message;
    } rows[] = {
        {"diagnoser.floor_gp=1", "diagnoser.floor_gp: no parameter \"floor_gp\", did you mean "
                                 "\"floor_gap\"?"},
        {"diagnoser.floor_gap=11", "diagnoser.floor_gap: floor_gap 11, expected 1e-06 to 10"},
        {"diagnoser.local_rows=2.5", "local_rows 2.5, expected a whole number, 3 to 2000"},
        {"diagnoser.rows=90", "diagnoser.rows: of use to a running system, not to a recorded"},
        {"diagnoser.tilt=1", "diagnoser.tilt: of use to a running system, not to a recorded"},
        {"diagnoser=impact", "diagnoser: no parameter \"\"; see `tend params`"},
        {"diagnozer.caution=1", "no section \"diagnozer\", did you mean \"diagnoser\"?"},
        {"guard.cooldown=8",
         "guard.cooldown: a recorded incident knows \"diagnoser\" and \"window\""},
        {"window.contxt=9", "window.contxt: no parameter \"contxt\", did you mean \"context\"?"},
        {"window.context=1", "window.context: context 1, expected a whole number, 3 to 100000"},
        {"diagnoser.caution=6x", "diagnoser.caution: \"6x\", expected a number"},
        {"diagnoser.caution=inf", "diagnoser.caution: \"inf\", expected a number"},
        {"diagnoser.caution", "--set diagnoser.caution, expected section.parameter=number"},
    };
    char line[1000];
    put_case(SLOW_HEAD, SLOW_BEFORE, SLOW_AFTER);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(line, sizeof line, "%s --set %s", folder, rows[i].words);
        command_failed(&command_diagnose, line, TEND_USAGE, rows[i].message);
    }
    put("agent.json", "{\"name\":\"mine\",\"diagnoser\":{\"floor_gp\":1}}");
    snprintf(line, sizeof line, "%s --agent %s/agent.json", folder, folder);
    command_failed(&command_diagnose, line, TEND_INPUT, "did you mean \"floor_gap\"?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_slow_store_is_named_with_its_evidence_and_what_speaks_against_its_caller),
        cmocka_unit_test(the_line_for_machines_has_ranking_confidence_and_evidence),
        cmocka_unit_test(a_lossy_call_is_told_by_its_ends),
        cmocka_unit_test(channels_are_told_by_weight),
        cmocka_unit_test(what_happens_now_and_then_is_told_as_it_is_seen),
        cmocka_unit_test(percent_is_told_as_a_share_and_availability_as_what_is_lost),
        cmocka_unit_test(each_suspect_is_explained_for_and_against),
        cmocka_unit_test(an_enormous_deviation_is_told_as_9999_sigmas),
        cmocka_unit_test(nothing_is_said_where_nothing_stands_out),
        cmocka_unit_test(at_most_three_suspects_are_told),
        cmocka_unit_test(several_cases_are_counted_and_written),
        cmocka_unit_test(constants_are_set_by_hand_or_by_an_agents_file),
        cmocka_unit_test(the_windows_own_constants_are_set_too),
        cmocka_unit_test(a_wrong_constant_is_named_with_what_was_meant),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
