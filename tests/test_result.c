// SPDX-License-Identifier: GPL-3.0-or-later
// test_result.c - the eval CSV: every column in its place, and what a reader refuses, by line.
#include "support.h"

#include "report/result.h"

// a row in which no two fields are alike
static const result distinct = {
    .seed = 18446744073709551615u,
    .system = "sys",
    .fault_type = "slow_db+cpu_hog",
    .fault_service = "db",
    .fault_t_start = 1,
    .fault_duration = 2,
    .fault_severity = 0.123456789012345678,
    .anomaly_steps = 4,
    .slo_steps = 5,
    .first_slo = 6,
    .recovered = 7,
    .mttr = 8,
    .detected_at = 9,
    .false_alarm_steps = 10,
    .healthy_steps = 11,
    .root_cause = "api>db",
    .top1 = 0,
    .top3 = 1,
    .fault_family_hit = 12,
    .actions = 13,
    .false_actions = 14,
    .masked = 15,
    .violations = 16,
    .refused = 0.25,
    .reward = -1e-7,
    .policy = "ucb",
    .detector = "iforest",
    .diagnoser = "blend",
    .first_visible = 17,
    .delay = 18,
    .confidence = 1,
    .escalated = 19,
    .targeted = 20,
    .wrong_actions = 21,
    .said = 2.5,
    .slo_before = 22,
    .relapses = 23,
    .stuck = 24,
    .escalated_at = 25,
    .escalation_right = 26,
    .fault2_service = "cache",
    .fault2_t_start = 27,
    .fault2_first_slo = 28,
    .fault2_recovered = 29,
    .fault2_top1 = 30,
    .aimed = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
    .aimed_right = {0, 0, 0, 0, 0, 0, 0, 0, 0, 11},
    .aimed_said = {12, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    .state_hash = 0xfedcba9876543210u,
    .config_hash = 0x1u,
    .preset = "real",
    .family = "two",
    .system_seed = 22,
    .lost_first_action = 28,
    .oracle_opens = "restart",
};

#define LATE                                                                                       \
    "slo_before,relapses,stuck,escalated_at,escalation_right,fault2_service,fault2_t_start,"       \
    "fault2_first_slo,fault2_recovered,fault2_top1,aimed,aimed_right,aimed_said,"
#define LATE_ROW                                                                                   \
    "22,23,24,25,26,cache,27,28,29,30,1 2 3 4 5 6 7 8 9 10,0 0 0 0 0 0 0 0 0 11,"                  \
    "12 0 0 0 0 0 0 0 0 0,"

#define HEADER                                                                                     \
    "seed,system,fault_type,fault_service,fault_t_start,fault_duration,fault_severity,"            \
    "anomaly_steps,slo_steps,first_slo,recovered,mttr,detected_at,false_alarm_steps,"              \
    "healthy_steps,root_cause,top1,top3,fault_family_hit,actions,false_actions,masked,"            \
    "violations,refused,reward,policy,detector,diagnoser,first_visible,delay,confidence,"          \
    "escalated,targeted,wrong_actions,said," LATE "state_hash,config_hash,preset,family,"          \
    "system_seed,noop_steps,beam_steps,oracle_steps,lost_detection,"                               \
    "lost_confirmation,lost_first_action,lost_later_actions,oracle_opens\n"

#define ROW                                                                                        \
    "18446744073709551615,sys,slow_db+cpu_hog,db,1,2,0.123456789,4,5,6,7,8,9,10,11,api>db,0,1,12," \
    "13,14,15,16,0.25,-1e-07,ucb,iforest,blend,17,18,1,19,20,21,2.5," LATE_ROW                     \
    "fedcba9876543210,0000000000000001,real,two,22,0,0,0,0,0,28,0,restart\n"

static void every_column_is_written_in_its_place(void **state)
{
    (void)state;
    str s = {0};
    result_csv_header(&s);
    result_csv_row(&distinct, &s);
    assert_string_equal(s.text, HEADER ROW);
    str_free(&s);
    result_csv_row_exact(&distinct, &s);
    assert_holds(s.text, ",0.12345678901234568,");
    str_free(&s);
}

static void what_does_not_apply_is_empty(void **state)
{
    (void)state;
    result r = distinct;
    str s = {0};
    r.fault_t_start = r.fault_duration = r.first_slo = r.top1 = r.delay = r.system_seed = -1;
    r.noop_steps = r.lost_later_actions = -1;
    r.fault_severity = r.reward = (double)NAN;
    r.refused = (double)INFINITY;
    r.fault_service[0] = 0;
    r.relapses = r.fault2_top1 = -1;
    memset(r.aimed_right, 0, sizeof r.aimed_right);
    result_csv_row(&r, &s);
    assert_string_equal(s.text, "18446744073709551615,sys,slow_db+cpu_hog,,,,,4,5,,7,8,9,10,11,"
                                "api>db,,1,12,13,14,15,16,,,ucb,iforest,blend,17,,1,19,20,21,2.5,"
                                "22,,24,25,26,cache,27,28,29,,1 2 3 4 5 6 7 8 9 10,,"
                                "12 0 0 0 0 0 0 0 0 0,fedcba9876543210,0000000000000001,real,"
                                "two,,,0,0,0,0,28,,restart\n");
    str_free(&s);
}

static tend_err err;

static tend_rc parse(const char *text, result **rows, size_t *count)
{
    *rows = NULL;
    err = (tend_err){TEND_OK, ""};
    return result_csv_parse(text, strlen(text), "rows.csv", rows, count, &err);
}

static void a_row_comes_back_field_by_field(void **state)
{
    (void)state;
    result *rows;
    size_t count;
    str s = {0};
    result_csv_header(&s);
    result_csv_row_exact(&distinct, &s);
    assert_int_equal(parse(s.text, &rows, &count), TEND_OK);
    assert_int_equal(count, 1);
    const result *r = &rows[0];
    assert_true(r->seed == distinct.seed);
    assert_string_equal(r->system, "sys");
    assert_string_equal(r->fault_type, "slow_db+cpu_hog");
    assert_string_equal(r->root_cause, "api>db");
    assert_string_equal(r->diagnoser, "blend");
    assert_int_equal(r->fault_t_start, 1);
    assert_int_equal(r->fault_duration, 2);
    assert_true(r->fault_severity == distinct.fault_severity);
    assert_int_equal(r->anomaly_steps, 4);
    assert_int_equal(r->fault_family_hit, 12);
    assert_int_equal(r->violations, 16);
    assert_true(r->reward == -1e-7);
    assert_int_equal(r->wrong_actions, 21);
    assert_true(r->state_hash == distinct.state_hash);
    assert_true(r->config_hash == 1);
    assert_string_equal(r->preset, "real");
    assert_string_equal(r->family, "two");
    assert_int_equal(r->system_seed, 22);
    assert_int_equal(r->lost_first_action, 28);
    assert_string_equal(r->oracle_opens, "restart");
    free(rows);
    str_free(&s);
}

// Files of before there were suites.
static void a_file_without_the_world_is_read(void **state)
{
    (void)state;
    result *rows = NULL;
    size_t count = 0;
    char text[sizeof HEADER + sizeof ROW], *out = text;
    const char *both = HEADER ROW;
    for (const char *c = both; *c; c++) { // the last eleven cells of each line are dropped
        size_t left = strcspn(c, "\n");
        int commas = 0;
        for (size_t i = 0; i < left; i++)
            commas += c[i] == ',';
        if (*c != ',' || commas != 11)
            *out++ = *c;
        else
            c += left - 1;
    }
    *out = 0;
    assert_null(strstr(text, "preset"));
    assert_int_equal(result_csv_parse(text, strlen(text), "old", &rows, &count, &err), TEND_OK);
    assert_int_equal(count, 1);
    assert_true(rows->config_hash == 1);
    assert_string_equal(rows->preset, "");
    assert_int_equal(rows->system_seed, -1);
    assert_int_equal(rows->oracle_steps, -1);
    assert_int_equal(rows->lost_detection, -1);
    assert_string_equal(rows->oracle_opens, "");
    free(rows);
}

static void systems_are_numbered_as_they_come(void **state)
{
    (void)state;
    static const char *const names[] = {"b", "b", "a", "c", "b", "c", "a", "d"};
    static const int expected[] = {0, 0, 1, 2, 0, 2, 1, 3};
    result rows[8];
    int of[8];
    memset(rows, 0, sizeof rows);
    for (int i = 0; i < 8; i++)
        snprintf(rows[i].system, sizeof rows[i].system, "%s", names[i]);
    assert_int_equal(result_systems(rows, 8, of), 4);
    for (int i = 0; i < 8; i++)
        assert_int_equal(of[i], expected[i]);
    assert_int_equal(result_systems(rows, 0, of), 0);
    assert_int_equal(result_systems(rows, 2, of), 1);
}

static void empty_fields_come_back_as_not_applicable(void **state)
{
    (void)state;
    result *rows;
    size_t count;
    assert_int_equal(parse(HEADER
                           "1,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,0,0,,,,,,,,,,,\n",
                           &rows, &count),
                     TEND_OK);
    assert_int_equal(rows[0].fault_t_start, -1);
    assert_int_equal(rows[0].wrong_actions, -1);
    assert_true(isnan(rows[0].fault_severity) && isnan(rows[0].said));
    assert_string_equal(rows[0].system, "");
    assert_int_equal(rows[0].stuck, -1);
    assert_int_equal(rows[0].aimed[9], 0);
    free(rows);
}

// what earlier versions wrote: the columns that came later are not known, which is not none
static void an_older_table_is_read_too(void **state)
{
    (void)state;
    char text[4000], *from;
    result *rows;
    size_t count;
    snprintf(text, sizeof text, "%s%s", HEADER, ROW);
    static const char *const late[] = {LATE, LATE_ROW};
    for (int i = 0; i < 2; i++) {
        from = strstr(text, late[i]);
        memmove(from, from + strlen(late[i]), strlen(from + strlen(late[i])) + 1);
    }
    assert_int_equal(parse(text, &rows, &count), TEND_OK);
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].wrong_actions, 21);
    assert_int_equal(rows[0].config_hash, 1);
    assert_int_equal(rows[0].slo_before, -1);
    assert_int_equal(rows[0].stuck, -1);
    assert_int_equal(rows[0].escalation_right, -1);
    assert_int_equal(rows[0].fault2_top1, -1);
    assert_int_equal(rows[0].aimed[0], 0);
    assert_string_equal(rows[0].fault2_service, "");
    free(rows);
    assert_non_null(from = strstr(text, ",said")); // but no other may be missing
    memcpy(from, ",sand", 5);
    assert_int_equal(parse(text, &rows, &count), TEND_INPUT);
    assert_string_equal(err.text, "rows.csv:1: column \"said\", expected it in the header");
}

static void ten_counts_are_ten_counts(void **state)
{
    (void)state;
    static const char *const wrong[] = {"1 2 3", "1 2 3 4 5 6 7 8 9 10 11", "1 2 3 4 5 6 7 8 9 x",
                                        "1 2 3 4 5 6 7 8 9 -1", "1 2 3 4 5 6 7 8 9 3000000000"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[4000];
        result *rows;
        size_t count;
        snprintf(text, sizeof text, "%s%s", HEADER, ROW);
        char *at = strstr(text, "1 2 3 4 5 6 7 8 9 10"), rest[200];
        snprintf(rest, sizeof rest, "%s", at + 20);
        snprintf(at, sizeof text - (size_t)(at - text), "%s%s", wrong[i], rest);
        assert_int_equal(parse(text, &rows, &count), TEND_INPUT);
        assert_holds(err.text, "rows.csv:2: aimed \"");
        assert_holds(err.text, "expected ten counts or nothing");
    }
}

static void columns_may_come_in_any_order_with_others_between(void **state)
{
    (void)state;
    // from last to first, each behind a column nobody knows
    char text[4096] = "", line[4096] = "", copy[2][1200];
    char *names[64], *values[64];
    int n = 0, m = 0;
    snprintf(copy[0], sizeof copy[0], "%s", HEADER);
    snprintf(copy[1], sizeof copy[1], "%s", ROW);
    for (char *word = strtok(copy[0], ",\n"); word; word = strtok(NULL, ",\n"))
        names[n++] = word;
    for (char *word = strtok(copy[1], ",\n"); word; word = strtok(NULL, ",\n"))
        values[m++] = word;
    assert_int_equal(n, m);
    for (int i = n - 1; i >= 0; i--) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "x%d,%s%s", i, names[i],
                 i ? "," : "\n");
        snprintf(line + strlen(line), sizeof line - strlen(line), "?,%s%s", values[i],
                 i ? "," : "\n");
    }
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s", line);
    result *rows;
    size_t count;
    assert_int_equal(parse(text, &rows, &count), TEND_OK);
    str s = {0};
    result_csv_row(&rows[0], &s);
    assert_string_equal(s.text, ROW);
    str_free(&s);
    free(rows);
}

static void many_rows_are_kept_in_order(void **state)
{
    (void)state;
    enum { ROWS = 1500 };
    char path[256];
    str s = {0};
    result_csv_header(&s);
    for (int i = 0; i < ROWS; i++) {
        result r = distinct;
        r.seed = (uint64_t)i;
        r.slo_steps = i;
        result_csv_row(&r, &s);
    }
    temp_path(path, sizeof path, "many.csv");
    put_file(path, s.text, s.length);
    for (int from_file = 0; from_file < 2; from_file++) {
        result *rows = NULL;
        size_t count = 0;
        assert_int_equal(from_file ? result_csv_read(path, &rows, &count, &err)
                                   : parse(s.text, &rows, &count),
                         TEND_OK);
        assert_int_equal(count, ROWS);
        for (int i = 0; i < ROWS; i++)
            assert_true(rows[i].seed == (uint64_t)i && rows[i].slo_steps == i);
        free(rows);
    }
    unlink(path);
    str_free(&s);
    assert_int_equal(result_csv_read(path, NULL, NULL, &err), TEND_IO);
    assert_holds(err.text, "cannot open");
}

// The row with one field changed, after `good` good ones.
static void change(const char *field, const char *to, int good, char *text, size_t room)
{
    char names[1200], row[1200] = "";
    const char *value = ROW;
    snprintf(names, sizeof names, "%s", HEADER);
    for (char *name = strtok(names, ",\n"); name; name = strtok(NULL, ",\n")) {
        size_t length = strcspn(value, ",\n");
        bool here = strcmp(name, field) == 0;
        snprintf(row + strlen(row), sizeof row - strlen(row), "%s%.*s", row[0] ? "," : "",
                 here ? (int)strlen(to) : (int)length, here ? to : value);
        value += length + 1;
    }
    snprintf(text, room, "%s", HEADER);
    for (int i = 0; i < good; i++)
        snprintf(text + strlen(text), room - strlen(text), "%s", ROW);
    snprintf(text + strlen(text), room - strlen(text), "%s\n", row);
}

static void a_wrong_field_is_named_with_its_line(void **state)
{
    (void)state;
    char longest[64], longer[65];
    memset(longest, 'n', sizeof longest);
    memset(longer, 'n', sizeof longer);
    longest[63] = longer[64] = 0;
    const struct {
        const char *field, *to, *expected; // NULL: taken
    } cases[] = {{"slo_steps", "-1", NULL},
                 {"slo_steps", "-2", "a count or nothing"},
                 {"slo_steps", "2147483647", NULL},
                 {"slo_steps", "2147483648", "a count or nothing"},
                 {"slo_steps", "99999999999999999999", "a count or nothing"},
                 {"slo_steps", "7x", "a count or nothing"},
                 {"slo_steps", "x", "a count or nothing"},
                 {"refused", "1e-3", NULL},
                 {"refused", "1e999", "a number or nothing"},
                 {"refused", "inf", "a number or nothing"},
                 {"refused", "nan", "a number or nothing"},
                 {"refused", "0.5x", "a number or nothing"},
                 {"seed", "", "a seed"},
                 {"seed", "-1", "a seed"},
                 {"seed", "1x", "a seed"},
                 {"seed", "18446744073709551616", "a seed"},
                 {"seed", "0", NULL},
                 {"state_hash", "g", "a hash"},
                 {"state_hash", "", "a hash"},
                 {"state_hash", "FF", NULL},
                 {"state_hash", "10000000000000000", "a hash"},
                 {"policy", longest, NULL},
                 {"policy", longer, "fewer than 64 bytes"},
                 {"policy", "a\x1b[1m", "no control characters"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int good = 0; good < 3; good += 2) {
            char text[4000], where[64];
            result *rows;
            size_t count;
            change(cases[i].field, cases[i].to, good, text, sizeof text);
            tend_rc rc = parse(text, &rows, &count);
            if ((rc == TEND_OK) != !cases[i].expected)
                fail_msg("%s %s: %s", cases[i].field, cases[i].to, err.text);
            if (cases[i].expected) {
                snprintf(where, sizeof where, "rows.csv:%d: %s \"", good + 2, cases[i].field);
                assert_holds(err.text, where);
                assert_holds(err.text, cases[i].expected);
            } else {
                assert_int_equal(count, good + 1);
            }
            free(rows);
        }
}

static void refused(const char *text, const char *told)
{
    result *rows;
    size_t count;
    assert_int_equal(parse(text, &rows, &count), TEND_INPUT);
    assert_null(rows);
    assert_holds(err.text, told);
}

static void a_table_must_have_its_columns_once_and_its_rows_whole(void **state)
{
    (void)state;
    char text[8000];
    refused("", "rows.csv: empty");
    refused("seed,system\n1,x\n", "expected it in the header");
    snprintf(text, sizeof text, "seed,%s", HEADER);
    refused(text, ":1: column \"seed\", expected it once");
    snprintf(text, sizeof text, "%s1,2,3\n", HEADER);
    refused(text, ":2: row");
    snprintf(text, sizeof text, "%s%.*s,9\n", HEADER, (int)strlen(ROW) - 1, ROW);
    refused(text, ":2: field \"9\", expected as many fields as the header");
    snprintf(text, sizeof text, "%s%s\"open", HEADER, ROW);
    refused(text, "rows.csv:3:");
    snprintf(text, sizeof text, "%s%s\"a\"b\n", HEADER, ROW);
    refused(text, "valid CSV");
    // 512 columns are taken and one more is not
    for (int columns = 512; columns <= 513; columns++) {
        snprintf(text, sizeof text, "%.*s", (int)strlen(HEADER) - 1, HEADER);
        for (int i = 61; i < columns; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), ",x");
        snprintf(text + strlen(text), sizeof text - strlen(text), "\n");
        result *rows;
        size_t count = 9;
        assert_int_equal(parse(text, &rows, &count), columns == 512 ? TEND_OK : TEND_INPUT);
        if (columns == 512)
            assert_int_equal(count, 0);
        free(rows);
    }
    const char nul[] = HEADER "1,a\0b\n";
    result *rows = NULL;
    size_t count;
    assert_int_equal(result_csv_parse(nul, sizeof nul - 1, "rows.csv", &rows, &count, &err),
                     TEND_INPUT);
    assert_holds(err.text, "no NUL byte");
}

static void kinds_of_fault_are_listed_once_and_by_name(void **state)
{
    (void)state;
    static const char *const types[] = {"slow_db", "none", "slow_db+cpu_hog", "cpu_hog", "none"};
    static result rows[RESULT_FAULTS_MAX + 10];
    const char *names[RESULT_FAULTS_MAX];
    for (int i = 0; i < 5; i++)
        snprintf(rows[i].fault_type, sizeof rows[i].fault_type, "%s", types[i]);
    assert_int_equal(result_faults(rows, 0, names), 0);
    assert_int_equal(result_faults(rows, 5, names), 4);
    assert_string_equal(names[0], "cpu_hog");
    assert_string_equal(names[1], "none");
    assert_string_equal(names[2], "slow_db");
    assert_string_equal(names[3], "slow_db+cpu_hog");
    for (int i = 0; i < RESULT_FAULTS_MAX + 10; i++)
        snprintf(rows[i].fault_type, sizeof rows[i].fault_type, "fault%02d", i);
    assert_int_equal(result_faults(rows, RESULT_FAULTS_MAX + 10, names), RESULT_FAULTS_MAX);
    assert_string_equal(names[RESULT_FAULTS_MAX - 1], "fault63"); // the later ones found no room
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_is_written_in_its_place),
        cmocka_unit_test(what_does_not_apply_is_empty),
        cmocka_unit_test(a_row_comes_back_field_by_field),
        cmocka_unit_test(a_file_without_the_world_is_read),
        cmocka_unit_test(systems_are_numbered_as_they_come),
        cmocka_unit_test(empty_fields_come_back_as_not_applicable),
        cmocka_unit_test(an_older_table_is_read_too),
        cmocka_unit_test(ten_counts_are_ten_counts),
        cmocka_unit_test(columns_may_come_in_any_order_with_others_between),
        cmocka_unit_test(many_rows_are_kept_in_order),
        cmocka_unit_test(a_wrong_field_is_named_with_its_line),
        cmocka_unit_test(kinds_of_fault_are_listed_once_and_by_name),
        cmocka_unit_test(a_table_must_have_its_columns_once_and_its_rows_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
