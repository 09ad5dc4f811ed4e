// SPDX-License-Identifier: GPL-3.0-or-later
// test_case_window.c - the window a case becomes: where it is found, onset and counts, services and
// calls in their order, the file that cases share.
#include "edge/case_read.h"
#include "folder_support.h"

static char inner[300];
static tend_err err;

static int make_folder(void **state)
{
    int bad = folder_make(state);
    snprintf(inner, sizeof inner, "%s/one", folder);
    return bad || mkdir(inner, 0700);
}

static incident *read_at(const char *path, tend_rc want)
{
    case_cache cache = {0};
    incident *c = NULL;
    err = (tend_err){TEND_OK, ""};
    tend_rc rc = case_read(path, &cache, &c, &err);
    case_cache_free(&cache);
    if (rc != want)
        print_error("%s\n", err.text);
    assert_int_equal(rc, want);
    return c;
}

// the case of these members over five normal and three abnormal rows
static incident *read_with(const char *members, tend_rc want)
{
    char text[600];
    put("normal.csv", "time,a|cpu,b|cpu\n1,1,10\n2,2,20\n3,3,30\n4,4,40\n5,5,50\n");
    put("abnormal.csv", "time,b|cpu,a|cpu\n6,60,6\n7,70,7\n8,80,8\n");
    snprintf(text, sizeof text, "{\"case\":\"x\",\"abnormal\":\"abnormal.csv\"%s}", members);
    put("case.json", text);
    return read_at(folder, want);
}

static void a_case_is_its_folder_or_its_file(void **state)
{
    (void)state;
    char path[400];
    case_free(read_with("", TEND_OK));
    static const char *const ends[] = {"/", "/case.json", "//case.json"};
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", folder, ends[i]);
        incident *c = read_at(path, TEND_OK);
        assert_string_equal(c->name, "x");
        assert_string_equal(c->dataset, "");
        assert_true(isnan(c->step_s));
        case_free(c);
    }
    // files are beside it, or where an absolute path says
    char text[900];
    snprintf(text, sizeof text,
             "{\"case\":\"y\",\"abnormal\":\"../abnormal.csv\",\"normal\":\"%s/normal.csv\"}",
             folder);
    put("one/case.json", text);
    incident *c = read_at(inner, TEND_OK);
    assert_int_equal(c->window.rows, 8);
    case_free(c);
    put("a.json", "{\"case\":\"z\",\"abnormal\":\"abnormal.csv\"}"); // any name in .json
    snprintf(path, sizeof path, "%s/a.json", folder);
    case_free(read_at(path, TEND_OK));
    put("json", "{\"case\":\"z\",\"abnormal\":\"abnormal.csv\"}"); // else a folder
    snprintf(path, sizeof path, "%s/json", folder);
    read_at(path, TEND_IO);
}

static void the_onset_counts_from_the_first_abnormal_row(void **state)
{
    (void)state;
    static const struct {
        const char *members;
        int split, normal;
    } rows[] = {{",\"normal\":\"normal.csv\",\"onset_row\":0", 5, 5},
                {",\"normal\":\"normal.csv\",\"onset_row\":2", 7, 5},
                {",\"normal\":\"normal.csv\",\"onset_row\":null", -1, 5},
                {",\"onset_row\":1", 1, 0},
                {",\"onset_row\":0", -1, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        incident *c = read_with(rows[i].members, TEND_OK);
        assert_int_equal(c->window.split, rows[i].split);
        assert_int_equal(c->normal_rows, rows[i].normal);
        assert_int_equal(c->window.rows, rows[i].normal + 3);
        case_free(c);
    }
    read_with(",\"onset_row\":3", TEND_INPUT);
    assert_holds(err.text, "onset_row 3, expected a row from 0 to 2 or null");
    read_with(",\"onset_row\":\"1\"", TEND_INPUT);
    assert_holds(err.text, "onset_row is no number, expected a row from 0 to 2 or null");
}

static void columns_are_joined_row_by_row(void **state)
{
    (void)state;
    incident *c = read_with(",\"normal\":\"normal.csv\"", TEND_OK);
    assert_int_equal(c->window.columns, 2);
    assert_string_equal(c->window.column[0].name, "b|cpu");
    for (int i = 0; i < 8; i++) {
        assert_near(c->window.column[0].value[i], 10 * (i + 1), 0);
        assert_near(c->window.column[1].value[i], i + 1, 0);
    }
    assert_string_equal(c->window.service[c->window.column[0].service], "b");
    assert_string_equal(c->window.service[c->window.column[1].service], "a");
    case_free(c);
}

// A rate is per second, so a row of a minute has sixty times as many; a sum is what it is.
static void requests_of_a_row_are_rate_times_step(void **state)
{
    (void)state;
    static const struct {
        const char *members;
        double rate, sum;
    } rows[] = {{"", 1, 1}, {",\"step_s\":60", 60, 1}, {",\"step_s\":0.001", 0.001, 1}};
    for (size_t i = 0; i < 3; i++) {
        char text[300];
        put("requests.csv", "time,a|rps,a|request_sum\n1,5,5\n2,5,5\n");
        snprintf(text, sizeof text, "{\"case\":\"x\",\"abnormal\":\"requests.csv\"%s}",
                 rows[i].members);
        put("case.json", text);
        incident *c = read_at(folder, TEND_OK);
        assert_near(c->window.column[0].per_step, rows[i].rate, 0);
        assert_near(c->window.column[1].per_step, rows[i].sum, 0);
        case_free(c);
    }
    read_with(",\"step_s\":0.0009", TEND_INPUT);
    assert_holds(err.text, "step_s");
    read_with(",\"step_s\":1000001", TEND_INPUT);
}

static void services_and_calls_stand_in_the_order_they_are_named(void **state)
{
    (void)state;
    put("wide.csv", "time,b|cpu,a>b|src_p50,SLI|p50,SLIM|cpu,a>b|dst_p50,b>c|src_p50\n"
                    "1,1,1,1,1,1,1\n2,1,1,1,1,1,1\n");
    put("graph.csv", "caller,callee\nc,d\na,b\nb,a\n");
    put("case.json", "{\"case\":\"x\",\"abnormal\":\"wide.csv\",\"graph\":\"graph.csv\"}");
    incident *c = read_at(folder, TEND_OK);
    static const char *const services[] = {"b", "a", "SLIM", "c", "d"};
    static const int edges[][2] = {{1, 0}, {0, 3}, {3, 4}, {0, 1}};
    assert_int_equal(c->window.S, 5);
    for (int s = 0; s < 5; s++)
        assert_string_equal(c->window.service[s], services[s]);
    assert_int_equal(c->window.E, 4);
    for (int e = 0; e < 4; e++) {
        assert_int_equal(c->window.edges[e].caller, edges[e][0]);
        assert_int_equal(c->window.edges[e].callee, edges[e][1]);
    }
    static const int service[] = {0, -1, -1, 2, -1, -1}, edge[] = {-1, 0, -1, -1, 0, 1};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(c->window.column[i].service, service[i]);
        assert_int_equal(c->window.column[i].edge, edge[i]);
    }
    case_free(c);
}

// Too many is the fault of the file that names them.
static void the_file_that_names_too_many_is_named(void **state)
{
    (void)state;
    enum { MANY = 1100 }; // calls between twice as many services
    static char text[MANY * 18];
    for (int in_graph = 0; in_graph < 2; in_graph++) {
        char *at = text + sprintf(text, in_graph ? "caller,callee\n" : "time");
        for (int i = 0; i < MANY; i++)
            at += sprintf(at, in_graph ? "a%d,b%d\n" : ",a%d>b%d|p50", i, i);
        if (!in_graph) { // a header alone is no file
            at += sprintf(at, "\n1");
            memset(at, ',', MANY);
            strcpy(at + MANY, "\n");
        }
        put(in_graph ? "graph.csv" : "wide.csv", text);
        if (in_graph)
            put("wide.csv", "time,a|cpu\n1,1\n");
        put("case.json", in_graph
                             ? "{\"case\":\"x\",\"abnormal\":\"wide.csv\",\"graph\":\"graph.csv\"}"
                             : "{\"case\":\"x\",\"abnormal\":\"wide.csv\"}");
        read_at(folder, TEND_INPUT);
        assert_holds(err.text, in_graph ? "graph.csv: more than 2048 services or 16384 calls"
                                        : "wide.csv: more than 2048 services or 16384 calls");
    }
}

static void the_symptom_is_found_by_service_and_metric(void **state)
{
    (void)state;
    incident *c = read_with(",\"target\":{\"service\":\"a\",\"metric\":\"availability\"}", TEND_OK);
    assert_string_equal(c->window.service[c->window.target_service], "a");
    assert_int_equal(c->window.target_role, METRIC_AVAILABILITY);
    case_free(c);
    c = read_with(",\"target\":{\"service\":\"users\",\"metric\":null}", TEND_OK);
    assert_int_equal(c->window.target_service, -1);
    assert_int_equal(c->window.target_role, METRIC_IGNORED);
    case_free(c);
    c = read_with(",\"target\":null,\"dataset\":\"set\"", TEND_OK);
    assert_int_equal(c->window.target_service, -1);
    assert_string_equal(c->dataset, "set");
    case_free(c);
    read_with(",\"target\":{\"service\":7}", TEND_INPUT);
    read_with(",\"target\":{\"metric\":\"\"}", TEND_INPUT);
    read_with(",\"dataset\":7", TEND_INPUT);
}

static void a_normal_file_is_read_once_for_many_cases(void **state)
{
    (void)state;
    case_cache cache = {0};
    incident *c = NULL;
    case_free(read_with(",\"normal\":\"normal.csv\"", TEND_OK));
    assert_int_equal(case_read(folder, &cache, &c, &err), TEND_OK);
    const csv_table *first = cache.table;
    assert_non_null(first);
    case_free(c);
    put("normal.csv", "time,a|cpu\n1,7\n2,7\n"); // it is not looked at again
    assert_int_equal(case_read(folder, &cache, &c, &err), TEND_OK);
    assert_ptr_equal(cache.table, first);
    assert_int_equal(c->normal_rows, 5);
    case_free(c);
    put("other.csv", "time,a|cpu\n1,7\n2,7\n");
    put("case.json", "{\"case\":\"x\",\"abnormal\":\"abnormal.csv\",\"normal\":\"other.csv\"}");
    assert_int_equal(case_read(folder, &cache, &c, &err), TEND_OK);
    assert_int_equal(c->normal_rows, 2);
    assert_true(isnan(c->window.column[0].value[1])); // b has no normal rows there
    assert_near(c->window.column[0].value[2], 60, 0);
    assert_near(c->window.column[1].value[1], 7, 0);
    case_free(c);
    case_cache_free(&cache);
    assert_null(cache.table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_is_its_folder_or_its_file),
        cmocka_unit_test(the_onset_counts_from_the_first_abnormal_row),
        cmocka_unit_test(columns_are_joined_row_by_row),
        cmocka_unit_test(requests_of_a_row_are_rate_times_step),
        cmocka_unit_test(services_and_calls_stand_in_the_order_they_are_named),
        cmocka_unit_test(the_file_that_names_too_many_is_named),
        cmocka_unit_test(the_symptom_is_found_by_service_and_metric),
        cmocka_unit_test(a_normal_file_is_read_once_for_many_cases),
    };
    return cmocka_run_group_tests(tests, make_folder, folder_remove);
}
