// SPDX-License-Identifier: GPL-3.0-or-later
// test_recorded_units.c - recorded metrics brought to the system's units, and what a header alone
// says of a system.
#include "frame_support.h"

#include "edge/source_csv.h"

static tend_err err;

static csv_table *table_of(const char *text)
{
    csv_table *t = NULL;
    if (csv_table_parse(text, strlen(text), "m.csv", CSV_TIMES_RISE, &t, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return t;
}

// the first row of a table as the small system sees it
typedef struct seen {
    tend_system *system;
    csv_table *table;
    csv_source *source;
    tend_obs obs;
} seen;

static seen see(const char *text)
{
    seen s = {.system = small_system(), .table = table_of(text)};
    if (source_csv_open(s.table, "m.csv", s.system, &s.source, &err) != TEND_OK)
        fail_msg("%s", err.text);
    tend_source source = source_csv(s.source);
    assert_int_equal(source.next(source.self, &s.obs, &err), TEND_OK);
    return s;
}

static void forget(seen *s)
{
    source_csv_close(s->source);
    csv_table_free(s->table);
    tend_system_free(s->system);
}

static void every_unit_is_told_by_name_or_by_size(void **state)
{
    (void)state;
    static const struct {
        const char *metric, *first, *second;
        int cell;
        double value;
    } rows[] = {
        {"p95_ms", "5", "5", P95, 5}, // the system's own column
        {"lat_p95_ms", "5", "5", P95, 5},
        {"lat_ms_p95", "5", "5", P95, 5},
        {"lat_p95_us", "5000", "5", P95, 5},
        {"lat_p95_s", "30", "5", P95, 30000},
        {"latency_p95", "5", "900", P95, 5000}, // no unit: by the first value
        {"latency_p95", "20", "1", P95, 20000},
        {"latency_p95", "20.5", "1", P95, 20.5},
        {"errors", "0.5", "1.5", ERRORS, 0.5},
        {"errors", "0.5", "1.6", ERRORS, 0.005}, // percent
        {"error_rate", "1", "1.5", ERRORS, 1},
        {"error_rate", "2", "1", ERRORS, 0.02},
        {"availability", "99", "98", ERRORS, 0.01},
        {"availability", "0.98", "1", ERRORS, 0.02},
        {"cpu", "0.5", "0.6", CPU, 0.5},
        {"cpu_usage", "55", "60", CPU, 0.55},
        {"memory", "0.5", "1", MEMORY, 0.5},
        {"mem_rss", "1", "1.5", MEMORY, 1},
        {"mem_rss", "60", "100", MEMORY, 0.6},
        {"mem_rss", "200", "400", MEMORY, 0.5}, // bytes: twice the first is full
        {"mem_rss", "0", "101", MEMORY, 0},
        {"request_rate", "1234", "1", REQUESTS, 1234},
        {"connections", "80", "1", SATURATION, 0.8},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[200];
        snprintf(text, sizeof text, "time,db|%s\n1,%s\n2,%s\n", rows[i].metric, rows[i].first,
                 rows[i].second);
        seen s = see(text);
        double got = s.obs.value[DB * METRICS + rows[i].cell];
        if (!(fabs(got - rows[i].value) < 1e-9))
            fail_msg("%s %s: %g, expected %g", rows[i].metric, rows[i].first, got, rows[i].value);
        assert_int_equal(s.source->matched, 1);
        forget(&s);
    }
}

static void a_unit_is_that_of_the_first_value_there_is(void **state)
{
    (void)state;
    seen s = see("time,db|latency_p95,db|cpu\n1,,0.5\n2,30,0.5\n");
    tend_source source = source_csv(s.source);
    assert_true(isnan(s.obs.value[DB * METRICS + P95]));
    assert_int_equal(source.next(source.self, &s.obs, &err), TEND_OK);
    assert_near(s.obs.value[DB * METRICS + P95], 30, 0);
    assert_int_equal(source.next(source.self, &s.obs, &err), TEND_END);
    forget(&s);
}

static void both_ends_of_calls_replicas_and_deployments_are_taken(void **state)
{
    (void)state;
    seen s = see("time,api>db|client_lat,api>db|dst_us,api>cache|src_p50,db|ready,db|deploy_age,"
                 "db|cpu,db|note\n1,2,5000,30,3,17,0.5,9\n");
    assert_near(s.obs.edge[2 * API_DB], 2000, 0);
    assert_near(s.obs.edge[2 * API_DB + 1], 5, 0);
    assert_near(s.obs.edge[2 * API_CACHE], 30, 0);
    assert_true(isnan(s.obs.edge[2 * API_CACHE + 1]));
    assert_near(s.obs.ready[DB], 3, 0);
    assert_true(isnan(s.obs.ready[API]));
    assert_near(s.obs.deploy_age[DB], 17, 0);
    assert_int_equal(s.source->matched, 1);
    assert_int_equal(s.source->ignored, 1);
    assert_int_equal(s.source->cells, SERVICES * METRICS);
    forget(&s);
}

static void of_columns_that_say_the_same_the_nearest_to_the_p95_speaks(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        double value;                                              // of the columns 10, 20, 30
    } rows[] = {{"db|lat_avg_ms,db|lat_p99_ms,db|lat_p90_ms", 20}, // as near: the first
                {"db|lat_p90_ms,db|lat_p99_ms,db|lat_avg_ms", 10},
                {"db|lat_p50_ms,db|lat_max_ms,db|lat_p95_ms", 30},
                {"db|lat_p95_ms,db|p95_ms,db|lat_p99_ms", 20}, // the system's own name wins
                {"db|p95_ms,db|lat_p95_ms,db|lat_p99_ms", 10}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[200];
        snprintf(text, sizeof text, "time,%s\n1,10,20,30\n", rows[i].head);
        seen s = see(text);
        if (s.obs.value[DB * METRICS + P95] != rows[i].value)
            fail_msg("%s: %g", rows[i].head, s.obs.value[DB * METRICS + P95]);
        assert_int_equal(s.source->matched, 1);
        assert_int_equal(s.source->ignored, 2);
        forget(&s);
    }
}

// A name that the system itself uses outranks what another name hints at, however telling that is.
static void the_systems_own_name_wins_in_any_order(void **state)
{
    (void)state;
    static const char *const heads[] = {"db|pool,db|connections_p95", "db|connections_p95,db|pool"};
    for (int i = 0; i < 2; i++) {
        char text[100];
        snprintf(text, sizeof text, "time,%s\n1,%s\n", heads[i], i ? "0.2,0.1" : "0.1,0.2");
        seen s = see(text);
        assert_near(s.obs.value[DB * METRICS + SATURATION], 0.1, 0);
        assert_int_equal(s.source->ignored, 1);
        forget(&s);
    }
}

// The objective of the small system is 200 ms and 2 % at api.
static void the_objective_is_watched_where_it_can_be_seen(void **state)
{
    (void)state;
    static const struct {
        const char *head, *row;
        bool latency, errors, breach;
    } rows[] = {{"api|p95_ms,api|errors", "200,0.02", true, true, false},
                {"api|p95_ms,api|errors", "201,0.02", true, true, true},
                {"api|p95_ms,api|errors", "200,0.021", true, true, true},
                {"db|p95_ms,db|errors", "900,1", false, false, false},
                {"SLI|lat_p95_ms,db|cpu", "201,1", true, false, true},
                {"SLI|error_rate,db|cpu", "0.03,1", false, true, true},
                {"SLI|availability,db|cpu", "0.97,1", false, true, true},
                {"SLI|lat_p95_ms,api|p95_ms", "100,900", true, false, false}, // users before entry
                {"SLI|lat_p50_ms,SLI|lat_p95_ms,db|cpu", "100,201,1", true, false, true},
                {"SLI|lat_p95_ms,SLI|lat_p50_ms,db|cpu", "201,100,1", true, false, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[200];
        snprintf(text, sizeof text, "time,%s\n1,%s\n", rows[i].head, rows[i].row);
        seen s = see(text);
        if (s.source->sees_latency != rows[i].latency || s.source->sees_errors != rows[i].errors ||
            s.obs.breach != rows[i].breach)
            fail_msg("%s %s", rows[i].head, rows[i].row);
        assert_true(isnan(s.obs.refused));
        forget(&s);
    }
}

static tend_system *inferred(const char *text, const char *entry)
{
    csv_table *t = table_of(text);
    tend_system *s = NULL;
    if (source_csv_infer(t, "m.csv", NULL, entry, &s, &err) != TEND_OK)
        fail_msg("%s", err.text);
    csv_table_free(t);
    return s;
}

static void a_name_tells_the_kind_of_a_service(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        tend_service_kind kind;
    } rows[] = {
        {"web", TEND_SERVICE},        {"cart-cache", TEND_CACHE}, {"redis", TEND_CACHE},
        {"memcached", TEND_CACHE},    {"db", TEND_DATABASE},      {"user-db", TEND_DATABASE},
        {"mysql", TEND_DATABASE},     {"mongo-1", TEND_DATABASE}, {"database", TEND_DATABASE},
        {"queue-master", TEND_QUEUE}, {"rabbitmq", TEND_QUEUE},   {"kafka", TEND_QUEUE},
        {"dbx", TEND_SERVICE},        {"d", TEND_SERVICE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[100];
        snprintf(text, sizeof text, "time,%s|cpu\n1,0.5\n", rows[i].name);
        tend_system *s = inferred(text, NULL);
        if (s->services[0].kind != rows[i].kind)
            fail_msg("%s: %s", rows[i].name, tend_service_kind_name(s->services[0].kind));
        assert_int_equal(s->services[0].replicas, 2);
        assert_int_equal(s->services[0].least_replicas, 1);
        assert_int_equal(s->services[0].most_replicas, 4);
        tend_system_free(s);
    }
}

static void users_enter_where_nobody_calls_and_most_is_called(void **state)
{
    (void)state;
    static const struct {
        const char *calls, *given, *entry;
    } rows[] = {{"b>c|lat,a>b|lat", NULL, "a"},
                {"c>d|lat,a>b|lat,a>c|lat", NULL, "a"},
                {"a>b|lat,c>d|lat", NULL, "a"}, // of equals the first
                {"a>b|lat,c>d|lat,c>e|lat", NULL, "c"},
                {"a>b|lat,c>d|lat", "d", "d"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[200];
        snprintf(text, sizeof text, "time,b|cpu,%s\n1,1,1%s%s\n", rows[i].calls,
                 strchr(rows[i].calls, ',') ? ",1" : "",
                 strchr(rows[i].calls, ',') != strrchr(rows[i].calls, ',') ? ",1" : "");
        tend_system *s = inferred(text, rows[i].given);
        assert_string_equal(s->services[s->entry].name, rows[i].entry);
        tend_system_free(s);
    }
}

static void the_step_is_that_of_the_first_rows(void **state)
{
    (void)state;
    static const struct {
        const char *rows;
        double step_s;
    } rows[] = {{"100,1\n", 1},
                {"100,1\n115,1\n", 15},
                {"100,1\n100.5,1\n", 0.5},
                {"0,1\n86400,1\n", 86400},
                {"0,1\n120,1\n180,1\n240,1\n300,1\n", 60}, // the second is missing
                {"0,1\n61,1\n120,1\n180,1\n", 60}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[100];
        snprintf(text, sizeof text, "time,a|cpu\n%s", rows[i].rows);
        tend_system *s = inferred(text, NULL);
        assert_near(s->step_s, rows[i].step_s, 1e-12);
        tend_system_free(s);
    }
}

// 1.7e305 s are 1.7e308 ms, the largest doubles there are; 1.9e305 s have no number in ms.
static void what_has_no_number_in_the_unit_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *head, *value;
        bool taken;
    } rows[] = {
        {"db|lat_p95_s", "1.7e305", true}, {"db|lat_p95_s", "1.9e305", false},
        {"db|lat_p95_s", "1e308", false},  {"db|lat_p95_s", "-1e308", false},
        {"db|p95_ms", "1e308", true},      {"SLI|lat_p95_s", "1e308", false},
        {"api>db|dst_s", "1e308", false},  {"db|restarts_total", "1e308", true},
        {"db|notes_s", "1e308", true}, // in nobody's unit
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[200];
        csv_source *c = NULL;
        tend_system *system = small_system();
        snprintf(text, sizeof text, "time,db|cpu,%s\n1,0.5,1\n2,0.5,%s\n", rows[i].head,
                 rows[i].value);
        csv_table *t = table_of(text);
        tend_rc rc = source_csv_open(t, "m.csv", system, &c, &err);
        if ((rc == TEND_OK) != rows[i].taken)
            fail_msg("%s %s: %d", rows[i].head, rows[i].value, (int)rc);
        if (rc != TEND_OK) {
            assert_int_equal(rc, TEND_INPUT);
            assert_non_null(strstr(err.text, "m.csv: "));
            assert_non_null(strstr(err.text, rows[i].head));
            assert_non_null(strstr(err.text, "at time 2"));
        }
        source_csv_close(c);
        csv_table_free(t);
        tend_system_free(system);
    }
}

// Twice the median of the first sixty rows; what is 0 or missing says nothing.
static void the_objective_is_twice_the_usual_latency(void **state)
{
    (void)state;
    char text[4000] = "time,a|p95_ms\n";
    for (int i = 0; i < 80; i++) // 100 .. 158, with a hole, then an incident
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 i == 7   ? "%d,\n"
                 : i == 8 ? "%d,0\n"
                          : "%d,%d\n",
                 i, i < 60 ? 100 + i : 9000);
    tend_system *s = inferred(text, NULL);
    // 58 values: 100 .. 106 and 109 .. 159; the middle two are 130 and 131
    assert_near(s->slo.p95_ms, 261, 1e-12);
    assert_near(s->slo.error_share, 0.05, 0);
    assert_string_equal(s->name, "recorded");
    tend_system_free(s);
    s = inferred("time,a|cpu\n1,0.5\n", NULL); // no latency: nothing can breach it
    assert_near(s->slo.p95_ms, 1e6, 0);
    assert_int_equal(s->M, 1);
    assert_string_equal(s->metrics[0].name, "cpu");
    tend_system_free(s);
}

static void a_latency_no_objective_can_be_made_of_is_refused_with_its_file(void **state)
{
    (void)state;
    csv_table *t = table_of("time,a|p95_ms\n1,1e308\n2,1e308\n3,1e308\n");
    tend_system *s = NULL;
    assert_int_equal(source_csv_infer(t, "m.csv", NULL, NULL, &s, &err), TEND_INPUT);
    assert_holds(err.text, "m.csv: usual latency of a is beyond");
    csv_table_free(t);
}

static void a_header_shows_kinds_of_metrics_calls_and_services(void **state)
{
    (void)state;
    tend_system *s = inferred("time,b|mem_rss,b|availability,a>b|lat,a>b|src_p50,SLI|p50,a|note,"
                              "b|lat_50\n1,1,1,1,1,1,1,1\n",
                              NULL);
    assert_int_equal(s->S, 2);
    assert_string_equal(s->services[0].name, "b");
    assert_string_equal(s->services[1].name, "a");
    assert_int_equal(s->E, 1);
    assert_int_equal(s->edges[0].caller, 1);
    assert_int_equal(s->edges[0].callee, 0);
    assert_int_equal(s->M, 3); // availability counts as errors, a note as nothing
    assert_int_equal(s->metrics[0].kind, TEND_LATENCY);
    assert_int_equal(s->metrics[1].kind, TEND_ERRORS);
    assert_int_equal(s->metrics[2].kind, TEND_MEMORY);
    tend_system_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_unit_is_told_by_name_or_by_size),
        cmocka_unit_test(a_unit_is_that_of_the_first_value_there_is),
        cmocka_unit_test(both_ends_of_calls_replicas_and_deployments_are_taken),
        cmocka_unit_test(of_columns_that_say_the_same_the_nearest_to_the_p95_speaks),
        cmocka_unit_test(the_systems_own_name_wins_in_any_order),
        cmocka_unit_test(the_objective_is_watched_where_it_can_be_seen),
        cmocka_unit_test(a_name_tells_the_kind_of_a_service),
        cmocka_unit_test(users_enter_where_nobody_calls_and_most_is_called),
        cmocka_unit_test(the_step_is_that_of_the_first_rows),
        cmocka_unit_test(what_has_no_number_in_the_unit_is_refused),
        cmocka_unit_test(the_objective_is_twice_the_usual_latency),
        cmocka_unit_test(a_latency_no_objective_can_be_made_of_is_refused_with_its_file),
        cmocka_unit_test(a_header_shows_kinds_of_metrics_calls_and_services),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
