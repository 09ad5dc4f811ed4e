// SPDX-License-Identifier: GPL-3.0-or-later
// test_source_csv.c - recorded metrics as observations, and a system from nothing but a header.
#include "base/str.h"
#include "edge/source_csv.h"
#include "support.h"

static const char system_text[] =
    "{\"name\":\"two\",\"services\":[{\"name\":\"web\"},{\"name\":\"db\",\"kind\":\"database\"}],"
    "\"edges\":[{\"caller\":\"web\",\"callee\":\"db\"}],\"entry\":\"web\","
    "\"slo\":{\"p95_ms\":100,\"error_share\":0.05}}";

static csv_table *table_of(const char *text)
{
    csv_table *t;
    tend_err err = {TEND_OK, ""};

    if (csv_table_parse(text, strlen(text), "m.csv", CSV_TIMES_RISE, &t, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return t;
}

static tend_system *two(void)
{
    tend_system *s;
    tend_err err = {TEND_OK, ""};

    if (tend_system_parse(system_text, sizeof system_text - 1, "two.json", &s, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return s;
}

static double cell(const tend_system *s, const tend_obs *obs, const char *service,
                   tend_metric_kind kind)
{
    return obs->value[tend_system_service(s, service) * s->M + tend_system_column(s, kind)];
}

static void columns_are_matched_and_brought_to_the_systems_units(void **state)
{
    (void)state;
    csv_table *t = table_of("time,web|latency_p95,db|cpu,web|availability,web>db|src_p50,db|ready,"
                            "web|weather\n"
                            "1,0.05,50,100,0.004,2,9\n"
                            "2,0.25,90,,0.005,1,9\n");
    tend_system *s = two();
    csv_source *c;
    tend_err err = {TEND_OK, ""};
    tend_obs obs;

    assert_int_equal(source_csv_open(t, "m.csv", s, &c, &err), TEND_OK);
    assert_int_equal(c->matched, 3);
    assert_int_equal(c->ignored, 1);
    assert_true(c->sees_latency && c->sees_errors);
    tend_source source = source_csv(c);
    assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
    assert_int_equal(obs.tick, 0);
    assert_near(cell(s, &obs, "web", TEND_LATENCY), 50, 1e-9); // seconds -> ms
    assert_near(cell(s, &obs, "db", TEND_CPU), 0.5, 1e-12);    // percent -> share
    assert_near(cell(s, &obs, "web", TEND_ERRORS), 0, 1e-12);  // available -> failed
    assert_near(obs.edge[0], 4, 1e-9);
    assert_true(isnan(obs.edge[1]));
    assert_near(obs.ready[1], 2, 0);
    assert_true(isnan(obs.ready[0]));
    assert_true(isnan(cell(s, &obs, "web", TEND_CPU))); // no column: nothing is made up
    assert_false(obs.breach);
    assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
    assert_near(obs.entry_p95_ms, 250, 1e-9);
    assert_true(isnan(obs.entry_errors));
    assert_true(obs.breach);
    assert_int_equal(source.next(source.self, &obs, &err), TEND_END);
    source_csv_close(c);
    tend_system_free(s);
    csv_table_free(t);
}

static void of_several_quantiles_the_p95_is_taken_and_the_systems_own_name_wins(void **state)
{
    (void)state;
    csv_table *t = table_of("time,web|lat_50,web|lat_95,web|lat_99,db|p95_ms,db|lat_95\n"
                            "1,0.01,0.02,0.03,7,0.09\n");
    tend_system *s = two();
    csv_source *c;
    tend_err err = {TEND_OK, ""};
    tend_obs obs;

    assert_int_equal(source_csv_open(t, "m.csv", s, &c, &err), TEND_OK);
    tend_source source = source_csv(c);
    assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
    assert_near(cell(s, &obs, "web", TEND_LATENCY), 20, 1e-9);
    assert_near(cell(s, &obs, "db", TEND_LATENCY), 7, 0);
    source_csv_close(c);
    tend_system_free(s);
    csv_table_free(t);
}

static void what_users_see_stands_for_the_entry(void **state)
{
    (void)state;
    csv_table *t = table_of("time,SLI|lat_p50,SLI|lat_p95,SLI|success_rate,db|cpu\n"
                            "1,0.05,0.3,90,0.5\n");
    tend_system *s = two();
    csv_source *c;
    tend_err err = {TEND_OK, ""};
    tend_obs obs;

    assert_int_equal(source_csv_open(t, "m.csv", s, &c, &err), TEND_OK);
    tend_source source = source_csv(c);
    assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
    assert_near(obs.entry_p95_ms, 300, 1e-9);
    assert_near(obs.entry_errors, 0.1, 1e-12);
    assert_true(obs.breach);
    source_csv_close(c);
    tend_system_free(s);
    csv_table_free(t);
}

static void what_does_not_belong_is_refused_and_the_nearest_name_given(void **state)
{
    (void)state;
    static const struct {
        const char *text, *what;
    } bad[] = {
        {"time,wab|cpu\n1,2\n", "did you mean \"web\""},
        {"time,web>dbb|src_p50\n1,2\n", "\"dbb\""},
        {"time,db>web|src_p50\n1,2\n", "no such call"},
        {"time,cpu\n1,2\n", "expected service|metric"},
        {"time,web|weather\n1,2\n", "no column shows"},
    };
    tend_system *s = two();

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        csv_table *t = table_of(bad[i].text);
        csv_source *c = NULL;
        tend_err err = {TEND_OK, ""};
        assert_int_equal(source_csv_open(t, "m.csv", s, &c, &err), TEND_INPUT);
        assert_null(c);
        assert_holds(err.text, "m.csv:1");
        assert_holds(err.text, bad[i].what);
        csv_table_free(t);
    }
    tend_system_free(s);
}

// step_s is 1: the row at 12.4 is of tick 2, and those at 13 and 14 are missing.
static void rows_are_placed_by_their_times(void **state)
{
    (void)state;
    static const double times[] = {10, 11, 12.4, 13, 14, 15.2, 16.3, 17.3, 18};
    csv_table *t = table_of("time,web|latency_p95_ms,web|restarts_total,web|ready\n"
                            "10,50,3,2\n11,51,4,2\n12.4,900,4,2\n15.2,53,10,2\n16.3,54,11,2\n"
                            "17.3,55,11,2\n18,56,11,2\n");
    static const char more[] =
        "{\"name\":\"two\",\"services\":[{\"name\":\"web\"}],"
        "\"metrics\":[{\"name\":\"p95_ms\",\"unit\":\"ms\",\"kind\":\"latency\"},"
        "{\"name\":\"restarts\",\"unit\":\"1\",\"kind\":\"restarts\"}],\"entry\":\"web\","
        "\"slo\":{\"p95_ms\":100,\"error_share\":0.05}}";
    static const double p95[] = {50, 51, 900, NAN, NAN, 53, 54, 55, 56};
    static const double grown[] = {NAN, 1, 0, NAN, NAN, 2, 1, 0, 0}; // six in three ticks
    tend_system *s;
    csv_source *c;
    tend_err err = {TEND_OK, ""};
    tend_obs obs;

    if (tend_system_parse(more, sizeof more - 1, "more.json", &s, &err) != TEND_OK ||
        source_csv_open(t, "m.csv", s, &c, &err) != TEND_OK)
        fail_msg("%s", err.text);
    assert_int_equal(source_csv_ticks(c), 9);
    tend_source source = source_csv(c);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
        assert_int_equal(obs.tick, i);
        double seen[] = {cell(s, &obs, "web", TEND_LATENCY), cell(s, &obs, "web", TEND_RESTARTS)};
        double right[] = {p95[i], grown[i]};
        for (int k = 0; k < 2; k++)
            assert_true(isnan(right[k]) ? isnan(seen[k]) : fabs(seen[k] - right[k]) < 1e-12);
        assert_true(isnan(obs.ready[0]) == isnan(p95[i]));
        assert_int_equal(obs.breach, i == 2);
        // a row's own time; of a missing step as many steps after the row before
        assert_near(source_csv_time(c, i), i == 3 ? 13.4 : i == 4 ? 14.4 : times[i], 1e-9);
    }
    assert_int_equal(source.next(source.self, &obs, &err), TEND_END);
    source_csv_close(c);
    tend_system_free(s);
    csv_table_free(t);
}

static void times_that_are_another_steps_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *what; // NULL: taken
    } cases[] = {
        {"5,1\n", NULL},
        {"0,1\n1.49,1\n2,1\n", NULL}, // half a step either way
        {"0,1\n0.4,1\n", "m.csv: time 0.4 is 0.4 s after the row before, expected the system's "
                         "step of 1 s"},
        {"0,1\n1.6,1\n", "m.csv: time 1.6 is 1.6 s after the row before, expected about a step of "
                         "1 s"},
        {"0,1\n1,1\n3,1\n", NULL}, // one step missing of four
        {"0,1\n1,1\n3,1\n5,1\n", "m.csv: time 5 is 2 s"},
        {"0,1\n5,1\n10,1\n15,1\n20,1\n25,1\n", "m.csv: time 5 is 5 s"},
        {"0,1\n1,1\n2,1\n3,1\n1e300,1\n", "m.csv: time 1e+300 is 1e+300 s"},
    };
    tend_system *s = two();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        csv_source *c = NULL;
        tend_err err = {TEND_OK, ""};
        snprintf(text, sizeof text, "time,web|cpu\n%s", cases[i].rows);
        csv_table *t = table_of(text);
        tend_rc rc = source_csv_open(t, "m.csv", s, &c, &err);
        if (rc != (cases[i].what ? TEND_INPUT : TEND_OK))
            fail_msg("%s: %d %s", cases[i].rows, (int)rc, err.text);
        if (cases[i].what)
            assert_holds(err.text, cases[i].what);
        source_csv_close(c);
        csv_table_free(t);
    }
    tend_system_free(s);
    // and nothing is a step of more than a day
    csv_table *t = table_of("time,a|cpu\n0,1\n86401,1\n");
    tend_err err = {TEND_OK, ""};
    assert_int_equal(source_csv_infer(t, "m.csv", NULL, NULL, &s, &err), TEND_INPUT);
    assert_holds(err.text, "m.csv: rows are 86401 s apart, expected");
    csv_table_free(t);
}

static void a_system_is_inferred_from_the_header_and_the_call_graph(void **state)
{
    (void)state;
    csv_table *t = table_of("time,front|latency,orders-db|cpu,orders|cpu,orders>orders-db|src\n"
                            "1,0.05,1,2,0.1\n3,0.05,1,2,0.1\n");
    const char calls_text[] = "caller,callee\nfront,orders\n";
    csv_calls *calls;
    tend_system *s;
    tend_err err = {TEND_OK, ""};

    assert_int_equal(csv_calls_parse(calls_text, sizeof calls_text - 1, "g.csv", &calls, &err),
                     TEND_OK);
    if (source_csv_infer(t, "m.csv", calls, NULL, &s, &err) != TEND_OK)
        fail_msg("%s", err.text);
    assert_int_equal(s->S, 3);
    assert_int_equal(s->E, 2);
    assert_string_equal(s->services[s->entry].name, "front");
    assert_int_equal(s->services[tend_system_service(s, "orders-db")].kind, TEND_DATABASE);
    assert_int_equal(s->M, 2); // latency and cpu, no more
    assert_near(s->slo.p95_ms, 100, 1e-9);
    assert_near(s->step_s, 2, 0);
    tend_system_free(s);
    assert_int_equal(source_csv_infer(t, "m.csv", calls, "orders", &s, &err), TEND_OK);
    assert_string_equal(s->services[s->entry].name, "orders");
    tend_system_free(s);
    assert_int_equal(source_csv_infer(t, "m.csv", calls, "fornt", &s, &err), TEND_INPUT);
    assert_null(s);
    assert_holds(err.text, "did you mean \"front\"");
    csv_calls_free(calls);
    csv_table_free(t);
}

static void a_header_without_metrics_or_with_a_cycle_makes_no_system(void **state)
{
    (void)state;
    csv_table *none = table_of("time,a|weather\n1,2\n");
    csv_table *cycle = table_of("time,a|cpu,a>b|src,b>a|src\n1,2,3,4\n");
    tend_system *s = NULL;
    tend_err err = {TEND_OK, ""};

    assert_int_equal(source_csv_infer(none, "m.csv", NULL, NULL, &s, &err), TEND_INPUT);
    assert_null(s);
    assert_int_equal(source_csv_infer(cycle, "m.csv", NULL, NULL, &s, &err), TEND_INPUT);
    assert_null(s);
    csv_table_free(none);
    csv_table_free(cycle);
}

// A header of ever new services is refused at the system's limit, not after it was taken in.
static void a_header_of_more_services_than_a_system_may_have_is_refused(void **state)
{
    (void)state;
    enum { MOST = 2048 };
    for (int over = 0; over <= 1; over++) {
        str text = {0};
        str_add(&text, "time");
        for (int i = 0; i < MOST + over; i++)
            str_format(&text, ",s%d|latency", i);
        str_add(&text, "\n1");
        for (int i = 0; i < MOST + over; i++)
            str_add(&text, ",1");
        assert_false(text.failed);
        csv_table *t = table_of(text.text);
        tend_system *s = NULL;
        tend_err err = {TEND_OK, ""};
        assert_int_equal(source_csv_infer(t, "m.csv", NULL, NULL, &s, &err),
                         over ? TEND_INPUT : TEND_OK);
        assert_int_equal(s ? s->S : 0, over ? 0 : MOST);
        assert_true(!over || strstr(err.text, "expected 1 to 2048"));
        tend_system_free(s);
        csv_table_free(t);
        str_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_matched_and_brought_to_the_systems_units),
        cmocka_unit_test(of_several_quantiles_the_p95_is_taken_and_the_systems_own_name_wins),
        cmocka_unit_test(what_users_see_stands_for_the_entry),
        cmocka_unit_test(what_does_not_belong_is_refused_and_the_nearest_name_given),
        cmocka_unit_test(rows_are_placed_by_their_times),
        cmocka_unit_test(times_that_are_another_steps_are_refused),
        cmocka_unit_test(a_system_is_inferred_from_the_header_and_the_call_graph),
        cmocka_unit_test(a_header_of_more_services_than_a_system_may_have_is_refused),
        cmocka_unit_test(a_header_without_metrics_or_with_a_cycle_makes_no_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
