// SPDX-License-Identifier: GPL-3.0-or-later
// test_replay.c - tend replay of a recording made by hand: the events of breach and alarm with
// their values, what is recommended, what was not seen.
//
// A hundred rows five seconds apart; web is slow and fails in rows 60 to 79. Without a system the
// objective is twice the usual 100 ms and 5 % of errors. The static detector alarms at 4 % of
// errors or 90 % of the objective, twice in three rows, until 5 s of quiet: one row.
#include "command_support.h"

#include <cjson/cJSON.h>

enum { ROWS = 100, FROM = 60, UNTIL = 80 };

static char csv_path[256], json_path[256], agent_path[256];

static int step_s = 5;
static int missing_from = ROWS, missing_until = ROWS; // rows that are left out

static void put_rows(const char *head, bool latency, bool errors)
{
    char text[16000];
    snprintf(text, sizeof text, "%s\n", head);
    for (int i = 0; i < ROWS; i++) {
        bool bad = i >= FROM && i < UNTIL;
        if (i >= missing_from && i < missing_until)
            continue;
        char *end = text + strlen(text);
        size_t room = sizeof text - strlen(text);
        int used = snprintf(end, room, "%d,%g", 1000 + step_s * i, bad ? 0.99 : 0.3);
        if (latency)
            used += snprintf(end + used, room - (size_t)used, ",%d", bad ? 500 : 100);
        if (errors)
            used += snprintf(end + used, room - (size_t)used, ",%g", bad ? 0.1 : 0.0);
        snprintf(end + used, room - (size_t)used, ",%d,7\n", bad ? 450 : 50);
    }
    put_file(csv_path, text, strlen(text));
}

#define HEAD "time,web|cpu,web|p95_ms,web|errors,store|p95_ms,web|note"

static char *replayed(const char *options)
{
    char line[900];
    snprintf(line, sizeof line, "%s --detector threshold %s", csv_path, options);
    return command_said(&command_replay, line, TEND_OK);
}

static cJSON *report_of(const char *options)
{
    char more[500];
    snprintf(more, sizeof more, "--quiet --json %s %s", json_path, options);
    char *said = replayed(more);
    assert_string_equal(said, "");
    free(said);
    char *text = get_file(json_path);
    cJSON *root = cJSON_Parse(text);
    assert_non_null(root);
    free(text);
    return root;
}

static double number(const cJSON *item, const char *key)
{
    const cJSON *found = cJSON_GetObjectItem(item, key);
    if (!cJSON_IsNumber(found))
        fail_msg("no number %s", key);
    return found->valuedouble;
}

static const char *text_of(const cJSON *item, const char *key)
{
    const cJSON *found = cJSON_GetObjectItem(item, key);
    assert_non_null(found);
    return cJSON_IsNull(found) ? "null" : found->valuestring;
}

// The n-th event of a kind.
static const cJSON *event(const cJSON *root, const char *kind, int n)
{
    const cJSON *e;
    cJSON_ArrayForEach(e, cJSON_GetObjectItem(root, "events"))
    {
        if (strcmp(text_of(e, "event"), kind) == 0 && n-- == 0)
            return e;
    }
    return NULL;
}

static void breach_and_alarm_are_told_where_they_begin_and_end(void **state)
{
    (void)state;
    put_rows(HEAD, true, true);
    char *said = replayed("--policy noop");
    assert_holds(said, "t=60    1300         breach     p95 500 ms (objective 200), errors 10.00 % "
                       "(objective 5.00 %)\n");
    assert_holds(said, "t=61    1305         detected   web 1.00, overall 1.00 (threshold 0.50)\n");
    assert_holds(said, "t=80    1400         healthy    p95 100 ms (objective 200), errors 0.00 % "
                       "(objective 5.00 %)\n");
    // 100 of 180 ms are a score of 0.28
    assert_holds(said, "t=80    1400         quiet      overall 0.28 (threshold 0.50)\n");
    assert_holds(said, ": 100 rows; 4 of 6 metric columns of recorded found; 1 column ignored\n"
                       "missing: store|errors, store|cpu\n");
    free(said);
}

static void totals_and_events_are_fields_for_machines(void **state)
{
    (void)state;
    put_rows(HEAD, true, true);
    cJSON *root = report_of("--policy noop --seed 9");
    assert_string_equal(text_of(root, "source"), csv_path);
    assert_string_equal(text_of(root, "system"), "recorded");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "system_inferred")));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "sees_latency")));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "sees_errors")));
    assert_near(number(root, "seed"), 9, 0);
    assert_near(number(root, "ticks"), ROWS, 0);
    assert_near(number(root, "breach_ticks"), UNTIL - FROM, 0);
    assert_near(number(root, "alarm_ticks"), UNTIL - FROM - 1, 0);
    assert_near(number(root, "recommendations"), 0, 0);
    assert_null(event(root, "advice", 0));
    static const struct {
        const char *kind, *service, *metric;
        double tick, value, reference;
    } rows[] = {{"breach", "web", "null", 60, 500, 200},
                {"detected", "web", "errors", 61, 1, 0.5},
                {"healthy", "web", "null", 80, 100, 200},
                {"quiet", "null", "null", 80, 0.5 * 100 / 180, 0.5}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const cJSON *e = event(root, rows[i].kind, 0);
        assert_non_null(e);
        assert_null(event(root, rows[i].kind, 1));
        assert_near(number(e, "t"), rows[i].tick, 0);
        assert_near(number(e, "time"), 1000 + 5 * rows[i].tick, 0);
        assert_near(number(e, "value"), rows[i].value, 1e-12);
        assert_near(number(e, "reference"), rows[i].reference, 1e-12);
        assert_string_equal(text_of(e, "service"), rows[i].service);
        assert_string_equal(text_of(e, "metric"), rows[i].metric);
        assert_string_equal(text_of(e, "edge"), "null");
        assert_string_equal(text_of(e, "action"), "null");
    }
    const cJSON *missing = cJSON_GetObjectItem(root, "missing");
    assert_int_equal(cJSON_GetArraySize(missing), 2);
    assert_string_equal(cJSON_GetArrayItem(missing, 0)->valuestring, "store|errors");
    assert_string_equal(cJSON_GetArrayItem(missing, 1)->valuestring, "store|cpu");
    cJSON_Delete(root);
}

// A replica for the suspect again and again; nobody adds one.
static void recommendations_are_counted_and_none_is_taken(void **state)
{
    (void)state;
    put_rows(HEAD, true, true);
    static const char agent[] = "{\"name\":\"more\",\"policy\":{\"plugin\":\"fixed\",\"arm\":2}}";
    put_file(agent_path, agent, sizeof agent - 1);
    char more[300];
    snprintf(more, sizeof more, "--agent %s", agent_path);
    cJSON *root = report_of(more);
    int actions = 0;
    for (const cJSON *e; (e = event(root, "advice", actions)); actions++) {
        char want[200];
        snprintf(want, sizeof want, "scale(%s,+1)", text_of(e, "service"));
        assert_string_equal(text_of(e, "action"), want);
        assert_string_equal(text_of(e, "detail"), want);
        assert_near(number(e, "value"), 1, 0);
        assert_in_range((int)number(e, "t"), FROM, UNTIL);
    }
    assert_in_range(actions, 1, 5);
    assert_near(number(root, "recommendations"), actions, 0);
    const cJSON *blamed = event(root, "diagnosed", 0);
    assert_non_null(blamed);
    assert_string_equal(text_of(event(root, "advice", 0), "service"), text_of(blamed, "service"));
    assert_holds(text_of(blamed, "detail"), text_of(blamed, "service"));
    assert_near(number(root, "breach_ticks"), UNTIL - FROM, 0); // it did not help
    cJSON_Delete(root);
    char *said = replayed(more), want[200];
    snprintf(want, sizeof want, "; %d action%s recommended, none taken; seed 1\n", actions,
             actions == 1 ? "" : "s");
    assert_holds(said, want);
    assert_holds(said, "100 ticks, 19 with an alarm, 20 in breach;");
    free(said);
}

static void what_cannot_be_seen_is_said_first(void **state)
{
    (void)state;
    put_rows("time,web|cpu,web|errors,store|p95_ms,web|note", false, true);
    char *said = replayed("--policy noop --entry web");
    assert_holds(said, "no latency of web: a slow system does not count as a breach here\n");
    assert_holds(said, "system inferred from the header: entry web, replicas assumed\n");
    assert_null(strstr(said, "no errors of"));
    assert_holds(said, "breach     errors 10.00 % (objective 5.00 %)\n");
    free(said);
    cJSON *root = report_of("--policy noop --entry web");
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(root, "sees_latency")));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "sees_errors")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(event(root, "breach", 0), "value")));
    cJSON_Delete(root);
    put_rows("time,web|cpu,web|p95_ms,store|p95_ms,web|note", true, false);
    said = replayed("--policy noop --entry web");
    assert_holds(said, "no errors of web: a failing system does not count as a breach here\n");
    assert_holds(said, "entry web, SLO 200 ms (twice the first rows' median), replicas assumed\n");
    assert_holds(said, "breach     p95 500 ms (objective 200)\n");
    free(said);
    put_rows("time,web|cpu,store|p95_ms,web|note", false, false);
    said = replayed("--policy noop --entry web"); // both are said where both are lacking
    assert_holds(said, "no latency of web");
    assert_holds(said, "no errors of web");
    free(said);
}

static void a_system_may_be_given_or_inferred_but_not_both(void **state)
{
    (void)state;
    char line[600];
    const char *head = "time,api|cpu,api|p95_ms,api|errors,db|p95_ms,api|note";
    put_rows(head, true, true); // five seconds apart
    snprintf(line, sizeof line, "%s --system default", csv_path);
    command_failed(&command_replay, line, TEND_INPUT, "expected about a step of 1 s");
    step_s = 1;
    put_rows(head, true, true);
    step_s = 5;
    char *said = replayed("--policy noop --system default");
    assert_null(strstr(said, "inferred"));
    // its objective is 150 ms; 18 columns, of which four are there
    assert_holds(said, "4 of 18 metric columns of default found; 1 column ignored\nmissing: ");
    assert_holds(said, " and 8 more\n");
    assert_holds(said,
                 "breach     p95 500 ms (objective 150), errors 10.00 % (objective 5.00 %)\n");
    free(said);
    cJSON *root = report_of("--policy noop --system default");
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(root, "system_inferred")));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(root, "missing")), 14);
    cJSON_Delete(root);
    snprintf(line, sizeof line, "%s --system default --entry web", csv_path);
    command_failed(&command_replay, line, TEND_USAGE, "--graph and --entry describe a system");
    snprintf(line, sizeof line, "%s --system default --graph g.csv", csv_path);
    command_failed(&command_replay, line, TEND_USAGE, "--graph and --entry describe a system");
    command_failed(&command_replay, "", TEND_USAGE, "replay: 0 files, expected one metrics CSV");
    snprintf(line, sizeof line, "%s %s", csv_path, csv_path);
    command_failed(&command_replay, line, TEND_USAGE, "replay: 2 files");
    snprintf(line, sizeof line, "%s --detector thresh", csv_path);
    free(command_said(&command_replay, line, TEND_USAGE));
    assert_holds(command_err.text, "thresh");
}

// Seven rows are missing in the middle of the breach: time goes on without them.
static void a_gap_is_ticks_of_which_nothing_is_known(void **state)
{
    (void)state;
    missing_from = 65, missing_until = 72;
    put_rows(HEAD, true, true);
    missing_from = missing_until = ROWS;
    char *said = replayed("--policy noop");
    assert_holds(said, ": 93 rows; 4 of 6 metric columns");
    assert_holds(said, "7 steps of 5 s without a row: nothing is known of them\n");
    assert_holds(said, "t=60    1300         breach ");
    assert_holds(said, "t=80    1400         healthy "); // of its own time still
    assert_holds(said, "100 ticks, ");
    assert_holds(said, " 13 in breach");
    assert_null(strstr(said, "nan"));
    free(said);
    cJSON *root = report_of("--policy noop");
    assert_near(number(root, "ticks"), 100, 0);
    assert_near(number(root, "missing_ticks"), 7, 0);
    assert_near(number(root, "breach_ticks"), 13, 0);
    assert_near(number(event(root, "healthy", 0), "time"), 1400, 0);
    assert_null(event(root, "healthy", 1));
    cJSON_Delete(root);
    put_rows(HEAD, true, true);
    said = replayed("--policy noop");
    assert_null(strstr(said, "without a row"));
    free(said);
    root = report_of("--policy noop");
    assert_near(number(root, "missing_ticks"), 0, 0);
    cJSON_Delete(root);
}

static void events_give_way_to_json_on_stdout(void **state)
{
    (void)state;
    put_rows(HEAD, true, true);
    char *said = replayed("--policy noop --quiet --json -");
    cJSON *root = cJSON_Parse(said);
    assert_non_null(root);
    cJSON_Delete(root);
    assert_null(strstr(said, "t=60 "));
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breach_and_alarm_are_told_where_they_begin_and_end),
        cmocka_unit_test(totals_and_events_are_fields_for_machines),
        cmocka_unit_test(recommendations_are_counted_and_none_is_taken),
        cmocka_unit_test(what_cannot_be_seen_is_said_first),
        cmocka_unit_test(a_system_may_be_given_or_inferred_but_not_both),
        cmocka_unit_test(a_gap_is_ticks_of_which_nothing_is_known),
        cmocka_unit_test(events_give_way_to_json_on_stdout),
    };
    temp_path(csv_path, sizeof csv_path, "replay.csv");
    temp_path(json_path, sizeof json_path, "replay.json");
    temp_path(agent_path, sizeof agent_path, "agent.json");
    int bad = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(csv_path);
    unlink(json_path);
    unlink(agent_path);
    return bad;
}
