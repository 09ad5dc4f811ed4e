// SPDX-License-Identifier: GPL-3.0-or-later
// test_compare.c - rows of an eval: written, read back, paired, judged by gates.
#include "support.h"

#include "report/compare.h"
#include "report/summary.h"

static result make_row(uint64_t seed, int slo_steps, bool recovered)
{
    result r = {.seed = seed,
                .fault_t_start = 80,
                .fault_duration = 240,
                .fault_severity = 0.5,
                .slo_steps = slo_steps,
                .first_slo = 81,
                .recovered = recovered ? 81 + slo_steps : -1,
                .mttr = recovered ? slo_steps : -1,
                .detected_at = 82,
                .healthy_steps = 80,
                .top1 = 1,
                .top3 = 1,
                .fault_family_hit = 1,
                .actions = 2,
                .reward = 0.5,
                .first_visible = 81,
                .delay = 1,
                .confidence = 0.9};
    snprintf(r.system, sizeof r.system, "default");
    snprintf(r.fault_type, sizeof r.fault_type, "%s", seed % 2 ? "slow_db" : "cpu_hog");
    snprintf(r.fault_service, sizeof r.fault_service, "db");
    return r;
}

static void write_text(const char *path, const char *text, size_t length)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fwrite(text, 1, length, f);
    fclose(f);
}

static void a_row_reads_back_as_it_was_written(void **state)
{
    (void)state;
    char path[] = "/tmp/tend-rows-XXXXXX";
    assert_true(close(mkstemp(path)) == 0);
    result row = make_row(18446744073709551615u, 7, false), *back;
    row.fault_severity = NAN;
    row.state_hash = 0xfedcba9876543210u;
    snprintf(row.root_cause, sizeof row.root_cause, "a,\"b\">c");
    str s = {0}, again = {0};
    size_t count;
    tend_err err = {TEND_OK, ""};
    result_csv_header(&s);
    result_csv_row(&row, &s);
    write_text(path, s.text, s.length);
    assert_int_equal(result_csv_read(path, &back, &count, &err), TEND_OK);
    assert_int_equal(count, 1);
    assert_string_equal(back[0].root_cause, row.root_cause);
    assert_int_equal(back[0].recovered, -1);
    assert_true(isnan(back[0].fault_severity));
    result_csv_header(&again);
    result_csv_row(&back[0], &again);
    assert_string_equal(again.text, s.text);
    free(back);
    str_free(&s);
    str_free(&again);
    unlink(path);
}

static void a_cell_that_looks_like_a_formula_is_text_and_comes_back(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"=cmd()", ",'=cmd(),"}, {"+1", ",'+1,"},
                                           {"-1", ",'-1,"},         {"@x", ",'@x,"},
                                           {"'q", ",''q,"},         {"=a,\"b", ",\"'=a,\"\"b\","},
                                           {"a=b", ",a=b,"},        {"q'", ",q',"}};
    char path[256];
    temp_path(path, sizeof path, "formula.csv");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        result row = {.seed = 1, .fault_severity = -0.5}, *back = NULL;
        size_t count = 0;
        tend_err err = {TEND_OK, ""};
        str s = {0};
        snprintf(row.system, sizeof row.system, "%s", names[i][0]);
        result_csv_header(&s);
        result_csv_row(&row, &s);
        assert_holds(s.text, names[i][1]);
        assert_holds(s.text, ",-0.5,"); // a number stays one
        put_file(path, s.text, s.length);
        assert_int_equal(result_csv_read(path, &back, &count, &err), TEND_OK);
        assert_string_equal(back[0].system, names[i][0]);
        free(back);
        str_free(&s);
    }
    remove(path);
}

static void a_text_that_would_speak_to_the_terminal_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x1b[31m", "\xff", "\xe2\x80\xae"};
    char path[256];
    temp_path(path, sizeof path, "escape.csv");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        result row = {.seed = 1}, *back = NULL;
        size_t count = 0;
        tend_err err = {TEND_OK, ""};
        str s = {0};
        snprintf(row.policy, sizeof row.policy, "%s", bad[i]);
        result_csv_header(&s);
        result_csv_row(&row, &s);
        put_file(path, s.text, s.length);
        assert_int_equal(result_csv_read(path, &back, &count, &err), TEND_INPUT);
        assert_null(back);
        assert_holds(err.text, ":2: policy");
        assert_null(strchr(err.text, 0x1b));
        str_free(&s);
    }
    remove(path);
}

static void a_bad_table_is_refused_with_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *find, *replace, *part;
    } cases[] = {
        {"slo_steps", "slo_stops", "slo_steps"}, // column missing
        {",7,", ",seven,", ":2: slo_steps \"seven\""},
        {",7,", ",7,7,", ":2:"},
        {"default", "\"default", "quoted"},
        {",0.5,", ",nan,", "fault_severity"},
        {",0.5,", ",1e999,", "fault_severity"},
    };
    char path[] = "/tmp/tend-rows-XXXXXX";
    assert_true(close(mkstemp(path)) == 0);
    result row = make_row(3, 7, true), *back;
    str s = {0};
    result_csv_header(&s);
    result_csv_row(&row, &s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[4096];
        size_t count;
        tend_err err = {TEND_OK, ""};
        const char *at = strstr(s.text, cases[i].find);
        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - s.text), s.text, cases[i].replace,
                 at + strlen(cases[i].find));
        write_text(path, text, strlen(text));
        assert_int_equal(result_csv_read(path, &back, &count, &err), TEND_INPUT);
        assert_non_null(strstr(err.text, path));
        if (!strstr(err.text, cases[i].part))
            fail_msg("\"%s\" does not say %s", err.text, cases[i].part);
    }
    write_text(path, "", 0);
    size_t count;
    assert_int_equal(result_csv_read(path, &back, &count, NULL), TEND_INPUT);
    unlink(path);
    assert_int_equal(result_csv_read(path, &back, &count, NULL), TEND_IO);
    // a folder opens and an address that is not there fails when read: neither is an empty file
    tend_err told = {TEND_OK, ""};
    assert_int_equal(result_csv_read("/tmp", &back, &count, &told), TEND_IO);
    assert_non_null(strstr(told.text, "/tmp: a directory"));
    if (access("/proc/self/mem", R_OK) == 0) {
        assert_int_equal(result_csv_read("/proc/self/mem", &back, &count, &told), TEND_IO);
        assert_non_null(strstr(told.text, "/proc/self/mem: cannot read"));
    }
    str_free(&s);
}

static const contrast *find(const contrast *rows, size_t count, const char *group,
                            const char *measure)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(rows[i].group, group) && !strcmp(rows[i].measure, measure))
            return &rows[i];
    fail_msg("no %s for %s", measure, group);
    return NULL;
}

static void a_paired_difference_is_found_and_no_difference_is_not_made_up(void **state)
{
    (void)state;
    enum { N = 40 };
    result before[N], after[N];
    contrast *rows;
    size_t count;
    for (int i = 0; i < N; i++) {
        before[i] = make_row((uint64_t)i, 20 + i % 7, true);
        after[N - 1 - i] = make_row((uint64_t)i, 20 + i % 7 - (i % 2 ? 5 : 0), true);
    }
    assert_int_equal(
        compare_rows((compare_run){before, N}, (compare_run){after, N}, 240, &rows, &count, NULL),
        TEND_OK);
    const contrast *all = find(rows, count, "all", "slo_steps");
    assert_near(all->change.value, -2.5, 1e-9);
    assert_true(all->change.high < 0);
    assert_int_equal(all->differ, N / 2);
    const contrast *hog = find(rows, count, "cpu_hog", "slo_steps");
    assert_int_equal(hog->differ, 0);
    assert_near(hog->change.low, 0, 1e-12);
    assert_near(hog->change.high, 0, 1e-12);
    free(rows);
}

static void an_incident_never_recovered_counts_to_the_end_of_the_episode(void **state)
{
    (void)state;
    result before = make_row(1, 50, true), after = make_row(1, 159, false);
    contrast *rows;
    size_t count;
    assert_int_equal(
        compare_rows((compare_run){&before, 1}, (compare_run){&after, 1}, 240, &rows, &count, NULL),
        TEND_OK);
    assert_near(find(rows, count, "all", "mttr_mean")->after, 240 - 81, 1e-9);
    free(rows);
}

static void runs_that_do_not_match_are_refused(void **state)
{
    (void)state;
    result a[2] = {make_row(1, 5, true), make_row(2, 5, true)}, b[2];
    contrast *rows;
    size_t count;
    tend_err err = {TEND_OK, ""};
    memcpy(b, a, sizeof b);
    b[1].seed = 3;
    assert_int_equal(
        compare_rows((compare_run){a, 2}, (compare_run){b, 2}, 240, &rows, &count, &err),
        TEND_INPUT);
    assert_non_null(strstr(err.text, "seed 2"));
    b[1] = b[0];
    assert_int_equal(
        compare_rows((compare_run){a, 2}, (compare_run){b, 2}, 240, &rows, &count, &err),
        TEND_INPUT);
    assert_non_null(strstr(err.text, "twice"));
    memcpy(b, a, sizeof b);
    b[0].fault_t_start = 99;
    assert_int_equal(
        compare_rows((compare_run){a, 2}, (compare_run){b, 2}, 240, &rows, &count, &err),
        TEND_INPUT);
    assert_non_null(strstr(err.text, "same incident"));
}

static void gates_hold_and_fail_and_typos_are_named(void **state)
{
    (void)state;
    result rows[4];
    tend_err err = {TEND_OK, ""};
    for (int i = 0; i < 4; i++)
        rows[i] = make_row((uint64_t)i, 10, i != 0);
    figure f[FIGURES];
    assert_int_equal(figures_make(rows, 4, 240, false, f, NULL), TEND_OK);
    static const struct {
        const char *text;
        bool holds;
    } cases[] = {
        {"recovered>=0.7", true},       {"recovered>=0.75", true}, {"recovered>0.75", false},
        {"recovered<=0.75", true},      {"recovered<0.75", false}, {"recovered<0.76", true},
        {"recovered>=0.9", false},      {"slo_steps<=10", true},   {"slo_steps==10", true},
        {"slo_steps==11", false},       {"violations == 0", true}, {"top1>0.5", true},
        {"false_action_rate<=1", false}}; // of no episode: unknown holds nothing
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gate g;
        assert_int_equal(gate_parse(cases[i].text, &g, &err), TEND_OK);
        if (gate_holds(&g, f) != cases[i].holds)
            fail_msg("%s", cases[i].text);
    }
    gate g;
    assert_int_equal(gate_parse("recoverd>=0.9", &g, &err), TEND_USAGE);
    assert_holds(err.text, "did you mean recovered");
    static const char *const wrong[] = {"top1",    ">=3",       "top1>=x", "top1=>=1", "top1=>1",
                                        "top1<>1", "top1>=1 x", "top1=1",  "top1>="};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(gate_parse(wrong[i], &g, &err), TEND_USAGE);
}

static void figures_follow_their_definitions(void **state)
{
    (void)state;
    result rows[4];
    figure f[FIGURES];
    for (int i = 0; i < 3; i++)
        rows[i] = make_row((uint64_t)i, 10 * (i + 1), true);
    rows[2].detected_at = rows[2].delay = rows[2].top1 = -1; // a miss
    rows[3] = (result){.seed = 3,
                       .fault_t_start = -1,
                       .first_slo = -1,
                       .detected_at = -1,
                       .recovered = -1,
                       .top1 = -1,
                       .top3 = -1,
                       .fault_family_hit = -1,
                       .delay = -1,
                       .false_alarm_steps = 2,
                       .healthy_steps = 240,
                       .actions = 1,
                       .false_actions = 1,
                       .reward = NAN,
                       .confidence = NAN};
    assert_int_equal(figures_make(rows, 4, 240, true, f, NULL), TEND_OK);
    for (int i = 0; i < FIGURES; i++) {
        double v = f[i].value.value;
        if (!strcmp(f[i].name, "detection_rate"))
            assert_near(v, 2.0 / 3, 1e-12);
        if (!strcmp(f[i].name, "top1"))
            assert_near(v, 2.0 / 3, 1e-12);
        if (!strcmp(f[i].name, "slo_steps"))
            assert_near(v, 20, 1e-12);
        if (!strcmp(f[i].name, "false_alarms_per_1000"))
            assert_near(v, 2000.0 / (240 + 3 * 80), 1e-9);
        if (!strcmp(f[i].name, "false_action_rate"))
            assert_near(v, 1, 1e-12);
        if (!strcmp(f[i].name, "mttr_p50"))
            assert_near(v, 20, 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_that_looks_like_a_formula_is_text_and_comes_back),
        cmocka_unit_test(a_text_that_would_speak_to_the_terminal_is_refused),
        cmocka_unit_test(a_row_reads_back_as_it_was_written),
        cmocka_unit_test(a_bad_table_is_refused_with_file_and_line),
        cmocka_unit_test(a_paired_difference_is_found_and_no_difference_is_not_made_up),
        cmocka_unit_test(an_incident_never_recovered_counts_to_the_end_of_the_episode),
        cmocka_unit_test(runs_that_do_not_match_are_refused),
        cmocka_unit_test(gates_hold_and_fail_and_typos_are_named),
        cmocka_unit_test(figures_follow_their_definitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
