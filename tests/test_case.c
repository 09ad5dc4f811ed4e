// SPDX-License-Identifier: GPL-3.0-or-later
// test_case.c - case.json and its files: what becomes of them, and what is refused.
#include "edge/case_read.h"
#include "folder_support.h"

static int make_folder(void **state)
{
    assert_int_equal(folder_make(state), 0);
    put("normal.csv", "time,web|latency,db|cpu,extra|cpu\n1,10,20,1\n2,11,21,1\n3,10,20,1\n");
    put("abnormal.csv", "time,db|cpu,web|latency,web>db|src_p50,SLI|latency\n"
                        "4,20,10,5,9\n5,90,50,6,9\n");
    put("graph.csv", "caller,callee\nweb,db\nweb,queue\n");
    return 0;
}

#define FILES "\"normal\":\"normal.csv\",\"abnormal\":\"abnormal.csv\",\"graph\":\"graph.csv\""

static tend_rc read_case(const char *json, incident **out, tend_err *err)
{
    case_cache cache = {0};

    put("case.json", json);
    *err = (tend_err){TEND_OK, ""};
    tend_rc rc = case_read(folder, &cache, out, err);
    case_cache_free(&cache);
    return rc;
}

static void normal_rows_come_first_and_columns_are_matched_by_name(void **state)
{
    (void)state;
    incident *c;
    tend_err err;

    assert_int_equal(read_case("{\"case\":\"x\",\"dataset\":\"d\",\"step_s\":60," FILES
                               ",\"onset_row\":1,\"target\":{\"service\":\"web\",\"metric\":"
                               "\"latency_p90\"}}",
                               &c, &err),
                     TEND_OK);
    const window *w = &c->window;
    assert_string_equal(c->name, "x");
    assert_int_equal(c->normal_rows, 3);
    assert_int_equal(w->rows, 5);
    assert_int_equal(w->split, 4);
    assert_int_equal(w->columns, 4);
    assert_int_equal(w->S, 3); // db, web, queue of the graph; extra has no abnormal column
    assert_int_equal(w->E, 2);
    assert_string_equal(w->column[0].name, "db|cpu");
    assert_near(w->column[0].value[0], 20, 0);
    assert_near(w->column[0].value[4], 90, 0);
    assert_near(w->column[1].value[1], 11, 0);
    assert_true(isnan(w->column[2].value[0])); // unknown in normal times
    assert_int_equal(w->column[2].service, -1);
    assert_int_equal(w->column[2].role, METRIC_CLIENT_LATENCY);
    assert_int_equal(w->column[3].service, -1); // what users see is nobody's
    assert_int_equal(w->column[3].edge, -1);
    assert_string_equal(w->service[w->target_service], "web");
    assert_int_equal(w->target_role, METRIC_LATENCY);
    case_free(c);
}

static void without_a_split_a_normal_file_or_a_graph_the_window_says_so(void **state)
{
    (void)state;
    incident *c;
    tend_err err;

    assert_int_equal(read_case("{\"case\":\"x\",\"abnormal\":\"abnormal.csv\",\"normal\":null,"
                               "\"graph\":null,\"onset_row\":null}",
                               &c, &err),
                     TEND_OK);
    assert_int_equal(c->normal_rows, 0);
    assert_int_equal(c->window.split, -1);
    assert_int_equal(c->window.E, 1); // that of the edge column
    assert_int_equal(c->window.target_role, METRIC_IGNORED);
    case_free(c);
    // a split with nothing before it is none
    assert_int_equal(
        read_case("{\"case\":\"x\",\"abnormal\":\"abnormal.csv\",\"onset_row\":0}", &c, &err),
        TEND_OK);
    assert_int_equal(c->window.split, -1);
    case_free(c);
}

static void bad_cases_are_refused_with_what_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *json, *what;
    } bad[] = {
        {"", "case.json"},
        {"[1]", "not an object"},
        {"{\"case\":\"x\"", "case.json"},
        {"{\"abnormal\":\"abnormal.csv\"}", "no case"},
        {"{\"case\":\"x\"}", "no abnormal"},
        {"{\"case\":\"x\",\"abnormal\":7}", "abnormal is no text"},
        {"{\"case\":\"x\",\"abnormal\":\"\"}", "abnormal is empty"},
        {"{\"case\":\"x\",\"abnormal\":\"gone.csv\"}", "gone.csv"},
        {"{\"case\":\"x\",\"abnormal\":\"abnormal.csv\",\"onset_row\":2}", "onset_row 2"},
        {"{\"case\":\"x\",\"abnormal\":\"abnormal.csv\",\"onset_row\":-1}", "onset_row -1"},
        {"{\"case\":\"x\",\"abnormal\":\"abnormal.csv\",\"onset_row\":0.5}", "onset_row 0.5"},
        {"{\"case\":\"x\",\"abnormal\":\"abnormal.csv\",\"onset_row\":1e400}", "case.json"},
        {"{\"case\":\"x\",\"abnormal\":\"abnormal.csv\",\"onset_rwo\":1}", "\"onset_row\""},
        {"{\"case\":\"x\",\"abnormal\":\"abnormal.csv\",\"target\":3}", "target"},
        {"{\"case\":\"x\",\"abnormal\":\"abnormal.csv\",\"step_s\":-1}", "step_s"},
        {"{\"case\":\"x\",\"abnormal\":\"abnormal.csv\",\"graph\":\"normal.csv\"}", "normal.csv:1"},
        {"{\"case\":\"x\",\"abnormal\":\"graph.csv\"}", "graph.csv:1"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        incident *c = NULL;
        tend_err err;
        assert_int_not_equal(read_case(bad[i].json, &c, &err), TEND_OK);
        assert_null(c);
        assert_holds(err.text, bad[i].what);
        assert_null(strchr(err.text, '\n'));
    }
}

static void foreign_keys_are_left_alone(void **state)
{
    (void)state;
    incident *c;
    tend_err err;

    assert_int_equal(
        read_case("{\"case\":\"x\",\"abnormal\":\"abnormal.csv\",\"weather\":{}}", &c, &err),
        TEND_OK);
    case_free(c);
}

static void a_column_that_names_no_metric_is_refused(void **state)
{
    (void)state;
    static const char *const headers[] = {"time,cpu\n1,2\n", "time,|cpu\n1,2\n", "time,db|\n1,2\n",
                                          "time,>db|x\n1,2\n", "time,a>a|x\n1,2\n"};

    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        incident *c = NULL;
        tend_err err;
        put("abnormal.csv", headers[i]);
        assert_int_equal(read_case("{\"case\":\"x\",\"abnormal\":\"abnormal.csv\"}", &c, &err),
                         TEND_INPUT);
        assert_holds(err.text, "abnormal.csv:1");
    }
}

static void names_that_would_speak_to_the_terminal_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"{\"case\":\"x\\u001b]0;t\",\"abnormal\":\"abnormal.csv\"}",
                                      "{\"case\":\"x\\u202e\",\"abnormal\":\"abnormal.csv\"}"};
    incident *c = NULL;
    tend_err err;

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(read_case(bad[i], &c, &err), TEND_INPUT);
        assert_null(c);
        assert_holds(err.text, "expected no control characters");
    }
    put("abnormal.csv", "time,w\x1b[31m|cpu\n1,2\n2,3\n");
    assert_int_equal(read_case("{\"case\":\"x\",\"abnormal\":\"abnormal.csv\"}", &c, &err),
                     TEND_INPUT);
    assert_null(c);
    assert_holds(err.text, "abnormal.csv:1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(normal_rows_come_first_and_columns_are_matched_by_name,
                                        make_folder, folder_remove),
        cmocka_unit_test_setup_teardown(without_a_split_a_normal_file_or_a_graph_the_window_says_so,
                                        make_folder, folder_remove),
        cmocka_unit_test_setup_teardown(bad_cases_are_refused_with_what_and_where, make_folder,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(foreign_keys_are_left_alone, make_folder, folder_remove),
        cmocka_unit_test_setup_teardown(names_that_would_speak_to_the_terminal_are_refused,
                                        make_folder, folder_remove),
        cmocka_unit_test_setup_teardown(a_column_that_names_no_metric_is_refused, make_folder,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
