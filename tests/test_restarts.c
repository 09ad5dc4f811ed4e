// SPDX-License-Identifier: GPL-3.0-or-later
// test_restarts.c - processes that die, and locks that are waited for: from the world to the clue.
#include "detect_support.h"
#include "world_support.h"

#include "cases/rank.h"
#include "edge/source_csv.h"

#include <math.h>

#define PODS "examples/systems/pods.json"

enum { API, CACHE, DB };

static double seen(const bed *b, const tend_obs *obs, int service, tend_metric_kind kind)
{
    int column = tend_system_column(b->system, kind);
    assert_true(column >= 0);
    return obs->value[service * b->system->M + column];
}

static void set_quiet(bed *b) // nothing missing, late or noisy
{
    b->physics->missing = b->physics->late = b->physics->noise = 0;
    sim_model_close(b->model);
    tend_err err = {TEND_OK, ""};
    assert_int_equal(sim_model_open(b->system, b->physics, &b->model, &err), TEND_OK);
}

static void a_crash_loop_restarts_what_it_takes_down_and_nothing_else_does(void **state)
{
    (void)state;
    bed b = bed_of_file(PODS);
    set_quiet(&b);
    scenario loop = scenario_one(FAULT_CRASH_LOOP, API, -1, 10, 40, 1);
    world_init(b.w, b.model, &loop, 3);
    for (int t = 0; t < 80; t++) {
        tend_obs obs = bed_step(&b);
        double exits = seen(&b, &obs, API, TEND_RESTARTS);
        bool on = t >= 10 && t < 50;
        // at severity 1 at least one of the two replicas goes down at the head of four ticks
        if (on && (t - 10) % 4 == 0)
            assert_true(exits >= 1 && exits <= 2 && exits == floor(exits));
        else
            assert_near(exits, 0, 0);
        assert_near(seen(&b, &obs, DB, TEND_RESTARTS), 0, 0);
    }
    bed_close(&b);
}

static void an_out_of_memory_kill_is_a_restart_and_an_operators_is_none(void **state)
{
    (void)state;
    bed b = bed_of_file(PODS);
    set_quiet(&b);
    scenario leak = scenario_one(FAULT_MEMORY_LEAK, API, -1, 5, 200, 1);
    world_init(b.w, b.model, &leak, 3);
    double exits = 0, full = 0;
    for (int t = 0; t < 60; t++) {
        tend_obs obs = bed_step(&b);
        double now = seen(&b, &obs, API, TEND_RESTARTS);
        // half of the two replicas, in the tick after memory was full
        assert_near(now, full >= 1 && exits == 0 ? 1 : now > 0 ? 1 : 0, 0);
        full = seen(&b, &obs, API, TEND_MEMORY);
        exits += now;
    }
    assert_true(exits >= 1);

    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 3);
    bed_act(&b, TEND_RESTART, API, -1);
    for (int t = 0; t < 20; t++) {
        tend_obs obs = bed_step(&b);
        assert_near(seen(&b, &obs, API, TEND_RESTARTS), 0, 0);
    }
    bed_close(&b);
}

static void a_lock_shows_as_saturation_before_the_pool_is_full(void **state)
{
    (void)state;
    bed b = bed_of_file(PODS);
    set_quiet(&b);
    scenario lock = scenario_one(FAULT_SLOW_DB, DB, -1, 10, 20, 0.01);
    world_init(b.w, b.model, &lock, 3);
    for (int t = 0; t < 40; t++) {
        tend_obs obs = bed_step(&b);
        double held = fleet_services(b.w, b.model)[DB].held;
        double factor = fleet_services(b.w, b.model)[DB].now.lock;
        double waits = 1 - 1 / factor, saturation = seen(&b, &obs, DB, TEND_SATURATION);
        assert_true((factor > 1) == (t >= 10 && t < 30));
        held = held > 1 ? 1 : held;
        assert_near(saturation, waits > held ? waits : held, 1e-12);
        if (t == 10) // it is seen in its first tick, by the lock alone
            assert_true(saturation > 0.5 && held < saturation);
    }
    bed_close(&b);
}

static void columns_come_in_the_order_of_the_system(void **state)
{
    (void)state;
    char *text = get_file("examples/systems/default.json");
    assert_non_null(text);
    char *entry = strstr(text, "\"entry\"");
    char *own = malloc(strlen(text) + 400);
    sprintf(own,
            "%.*s\"metrics\": [{\"name\": \"restarts\", \"kind\": \"restarts\"}, {\"name\": "
            "\"shoes\"}, {\"name\": \"busy\", \"kind\": \"cpu\"}, {\"name\": \"p95\", \"kind\": "
            "\"latency\"}],\n%s",
            (int)(entry - text), text, entry);
    bed b = bed_of_text(own), usual = bed_of_text(text);
    set_quiet(&b);
    set_quiet(&usual);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 5);
    world_init(usual.w, usual.model, &none, 5);
    for (int t = 0; t < 20; t++) {
        tend_obs obs = bed_step(&b), same = bed_step(&usual);
        for (int s = 0; s < 3; s++) {
            assert_near(obs.value[4 * s], 0, 0);
            assert_true(isnan(obs.value[4 * s + 1])); // nobody measures that
            assert_near(obs.value[4 * s + 2], same.value[6 * s + TEND_CPU], 0);
            assert_near(obs.value[4 * s + 3], same.value[6 * s + TEND_LATENCY], 0);
        }
        assert_near(obs.entry_p95_ms, same.entry_p95_ms, 0);
    }
    bed_close(&b);
    bed_close(&usual);
    free(own);
    free(text);
}

static void detectors_see_restarts_where_there_is_such_a_column(void **state)
{
    (void)state;
    const tend_detector *detectors[] = {&detect_robust_z, &detect_iforest, &detect_threshold};
    tend_metric metrics[LAB_METRICS];
    memcpy(metrics, lab_metrics, sizeof metrics);
    metrics[LAB_REQUESTS] = (tend_metric){"restarts", "1", TEND_RESTARTS};
    tend_system system = lab_system;
    system.metrics = metrics;
    for (int i = 0; i < 3; i++) {
        lab *l = lab_new(detectors[i]);
        l->system = &system;
        lab_open(l, 1);
        for (int t = 0; t < 160; t++) {
            lab_draw(l);
            for (int s = 0; s < LAB_SERVICES; s++)
                l->value[s][LAB_REQUESTS] = t >= 150 && s == 1 ? 2 : 0;
            lab_detect(l);
            if (t >= 60 && t < 150)
                assert_true(l->overall < l->threshold);
        }
        assert_true(l->score[1] > l->threshold && l->score[0] < l->threshold);
        assert_int_equal(l->metric[1], LAB_REQUESTS);
        lab_close(l);
    }
}

static void recorded_names_tell_restarts(void **state)
{
    (void)state;
    const char *const names[] = {"restarts",      "container_restarts", "pod_restarts_total",
                                 "restart_count", "oom_kills",          "crashes"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(metric_name_role(names[i], false), METRIC_RESTARTS);
    assert_int_equal(metric_role_kind(METRIC_RESTARTS), TEND_RESTARTS);
    assert_int_equal(metric_name_role("restart_errors", false), METRIC_ERRORS);
    assert_int_equal(metric_name_role("rooms", false), METRIC_IGNORED);
}

static void a_recorded_counter_is_read_as_what_it_grew_by(void **state)
{
    (void)state;
    static const char text[] = "time,web|latency_ms,web|restarts_total,db|restarts_total\n"
                               "1,10,7,0\n2,10,7,0\n3,10,9,1\n4,10,1,1\n";
    const double right[] = {NAN, 0, 2, 1}; // begun anew at the end
    csv_table *t;
    csv_source *c;
    tend_system *s;
    tend_obs obs;
    tend_err err = {TEND_OK, ""};
    assert_int_equal(csv_table_parse(text, sizeof text - 1, "m.csv", CSV_TIMES_RISE, &t, &err),
                     TEND_OK);
    assert_int_equal(source_csv_infer(t, "m.csv", NULL, "web", &s, &err), TEND_OK);
    int column = tend_system_column(s, TEND_RESTARTS);
    assert_true(column >= 0);
    assert_string_equal(s->metrics[column].name, "restarts");
    assert_int_equal(source_csv_open(t, "m.csv", s, &c, &err), TEND_OK);
    tend_source source = source_csv(c);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(source.next(source.self, &obs, &err), TEND_OK);
        double got = obs.value[column];
        assert_true(isnan(right[i]) ? isnan(got) : got == right[i]);
    }
    source_csv_close(c);
    tend_system_free(s);
    csv_table_free(t);
}

// two services; db dies in every fourth row from the split on, in `column` a count or a counter
static int blamed_for(const char *name, bool counter, double *after)
{
    enum { ROWS = 120, SPLIT = 60 };
    static const char *const services[] = {"web", "db"};
    static const tend_edge calls[] = {{0, 1}};
    double value[2][ROWS], sum = 40;
    for (int i = 0; i < ROWS; i++) {
        double dies = i >= SPLIT && i % 4 == 0 ? 2 : 0;
        sum += dies;
        value[0][i] = 0;
        value[1][i] = counter ? sum : dies;
    }
    window_column columns[2] = {
        {"web|restarts", 0, -1, METRIC_RESTARTS, 2, 1, value[0]},
        {name, 1, -1, METRIC_RESTARTS, 2, 1, value[1]},
    };
    window w = {.S = 2,
                .E = 1,
                .columns = 2,
                .rows = ROWS,
                .service = services,
                .edges = calls,
                .column = columns,
                .split = SPLIT,
                .target_service = -1,
                .target_role = METRIC_IGNORED};
    rank_result *r;
    rank_params by;
    tend_err err = {TEND_OK, ""};
    rank_defaults(&by);
    assert_int_equal(rank_window(&w, &by, &r, &err), TEND_OK);
    int first = r->detected ? r->suspect[0].service : -1;
    const channel_evidence *at = &evidence_services(r->evidence)[1].of[CHANNEL_RESTARTS];
    *after = at->before + at->excess; // of the upper sixth of the rows
    rank_free(r);
    return first;
}

static void who_dies_now_and_then_is_blamed(void **state)
{
    (void)state;
    double after;
    assert_int_equal(blamed_for("db|restarts", false, &after), 1);
    assert_near(after, 2, 1e-12);
    assert_int_equal(blamed_for("db|restarts_total", true, &after), 1);
    assert_near(after, 2, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_loop_restarts_what_it_takes_down_and_nothing_else_does),
        cmocka_unit_test(an_out_of_memory_kill_is_a_restart_and_an_operators_is_none),
        cmocka_unit_test(a_lock_shows_as_saturation_before_the_pool_is_full),
        cmocka_unit_test(columns_come_in_the_order_of_the_system),
        cmocka_unit_test(detectors_see_restarts_where_there_is_such_a_column),
        cmocka_unit_test(recorded_names_tell_restarts),
        cmocka_unit_test(a_recorded_counter_is_read_as_what_it_grew_by),
        cmocka_unit_test(who_dies_now_and_then_is_blamed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
