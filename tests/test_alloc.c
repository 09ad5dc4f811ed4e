// SPDX-License-Identifier: GPL-3.0-or-later
// test_alloc.c - nothing is allocated while the loop runs, and every open survives a full heap.
//
// Linked with --wrap: the library's calls of malloc, calloc, realloc and strdup come here, are
// counted, and the one numbered `fail_at` gets NULL. Leaks on the way out are LeakSanitizer's to
// find (`make sanitize` runs this test too).
#include "support.h"

#include "cases/rank.h"
#include "core/json.h"
#include "drive/setup.h"
#include "drive/suite.h"
#include "edge/csv_table.h"
#include "report/record.h"
#include "report/report.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static long asked, fail_at = -1;

static bool refused(void)
{
    return asked++ == fail_at;
}

void *__wrap_malloc(size_t size)
{
    return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return refused() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return refused() ? NULL : __real_strdup(text);
}

static run_setup setup;

static int open_setup(void **state)
{
    (void)state;
    tend_err err;
    run_files files = {0};
    cJSON_Hooks ours = {malloc, free}; // a shared library's own calls are not wrapped
    cJSON_InitHooks(&ours);
    return run_setup_open(&setup, &files, 240, &err) == TEND_OK ? 0 : 1;
}

static int close_setup(void **state)
{
    (void)state;
    run_setup_close(&setup);
    return 0;
}

// Refuses the first allocation of `attempt`, then the second, ..., until it needs no more.
// At least `least` of them must exist, else the test tests nothing.
static void sweep(tend_rc (*attempt)(tend_err *err), int least)
{
    for (long n = 0; n < 10000; n++) {
        tend_err err = {.rc = TEND_OK};
        asked = 0;
        fail_at = n;
        tend_rc rc = attempt(&err);
        bool reached = asked > n;
        fail_at = -1;
        if (!reached) {
            assert_int_equal(rc, TEND_OK);
            assert_true(n >= least);
            return;
        }
        if (rc != TEND_NO_MEMORY)
            print_error("allocation %ld refused: %s\n", n, tend_rc_text(rc));
        assert_int_equal(rc, TEND_NO_MEMORY);
        assert_true(err.text[0] != 0);
    }
    fail_msg("an open that never ends");
}

static tend_rc attempt_engine(tend_err *err)
{
    tend_engine *engine = NULL;
    tend_rc rc = tend_open(setup.sim->system, setup.config, 1, &engine, err);
    if (rc == TEND_OK)
        tend_close(engine);
    return rc;
}

static tend_rc attempt_config(tend_err *err)
{
    tend_config *config = NULL;
    tend_rc rc = tend_config_new(&config, err);
    if (rc == TEND_OK)
        tend_config_free(config);
    return rc;
}

static tend_rc attempt_json(tend_err *err)
{
    static const char text[] = "{\"a\": [1, \"two\", {\"three\": null}], \"b\": \"\\u00e9\"}";
    cJSON *root = NULL;
    tend_rc rc = json_parse(text, sizeof text - 1, "t.json", &root, err);
    cJSON_Delete(root);
    return rc;
}

static tend_rc attempt_agent(tend_err *err)
{
    static const char text[] = "{\"name\": \"x\", \"detector\": {\"plugin\": \"iforest\"}, "
                               "\"guard\": {\"cooldown\": 9}}";
    tend_config *config = NULL;
    tend_rc rc = tend_config_parse(text, sizeof text - 1, "a.json", &config, err);
    tend_config_free(config);
    return rc;
}

static tend_rc attempt_scenario(tend_err *err)
{
    static const char text[] = "{\"name\": \"x\", \"faults\": [{\"type\": \"slow_db\"}]}";
    scenario incident;
    return scenario_parse(&(scenario_file){text, sizeof text - 1, "s.json", 240, 1},
                          setup.sim->system, setup.sim->plant, &incident, err);
}

static tend_rc attempt_suite(tend_err *err)
{
    static const char text[] =
        "{\"name\": \"x\", \"help\": \"y\", \"entries\": [{\"system\": \"shop\"},"
        "{\"system\": {\"generate\": {\"services\": \"3..5\"}}}]}";
    suite *s = NULL;
    tend_rc rc = suite_parse(&(json_file){text, sizeof text - 1, "s.json"}, NULL, &s, err);
    suite_free(s);
    return rc;
}

// The drawing alone: what plays a design is swept above.
static tend_rc attempt_design(tend_err *err)
{
    static design d;
    design_ask ask = design_usual();
    return design_draw(&ask, 3, 0, &d, err);
}

static tend_rc attempt_system(tend_err *err)
{
    static const char text[] = "{\"name\": \"pair\", \"services\": [{\"name\": \"web\", \"kind\": "
                               "\"service\", \"replicas\": 2}, {\"name\": \"store\", \"kind\": "
                               "\"database\", \"replicas\": 1}], \"edges\": [{\"caller\": \"web\", "
                               "\"callee\": \"store\"}], \"entry\": \"web\", "
                               "\"actions\": [\"restart\", \"limit\", \"lift\", {\"kind\": "
                               "\"reroute\", \"edge\": \"web>store\"}], "
                               "\"slo\": {\"p95_ms\": 250, \"error_share\": 0.05}}";
    tend_system *system = NULL;
    tend_rc rc = tend_system_parse(text, sizeof text - 1, "pair", &system, err);
    if (rc == TEND_OK)
        tend_system_free(system);
    return rc;
}

static tend_rc attempt_copy(tend_err *err)
{
    tend_system *system = NULL;
    tend_rc rc = tend_system_build(setup.sim->system, &system, err);
    if (rc == TEND_OK)
        tend_system_free(system);
    return rc;
}

static tend_rc attempt_model(tend_err *err)
{
    sim_model *model = NULL;
    tend_rc rc = sim_model_open(setup.sim->system, setup.sim->plant, &model, err);
    if (rc == TEND_OK)
        sim_model_close(model);
    return rc;
}

static tend_rc attempt_run(tend_err *err)
{
    tend_drive *r = NULL;
    tend_rc rc = run_open(&setup, &r, err);
    if (rc == TEND_OK)
        tend_drive_close(r);
    return rc;
}

static tend_rc attempt_record(tend_err *err)
{
    record *r = NULL;
    tend_rc rc = record_open(setup.sim->system, 240, &r, err);
    if (rc == TEND_OK)
        record_close(r);
    return rc;
}

// What a report could not say for want of memory it must not leave out in silence.
static tend_rc report_with(void (*write)(const record *, str *), tend_err *err)
{
    record *r = NULL;
    str out = {0};
    tend_rc rc = record_open(setup.sim->system, 240, &r, err);
    if (rc != TEND_OK)
        return rc;
    r->detected_at = r->diagnosed_at = 7;
    r->diagnosis.count = r->diagnosis.evidence_count = 1;
    r->diagnosis.suspect[0] = (tend_suspect){1, 0, 0, TEND_FAMILY_CACHE, 0.5};
    r->diagnosis.evidence[0] =
        (tend_evidence){TEND_EVIDENCE_DEVIATION, 1, 0, 0, -1, 1, 2, 3, 4, false, 0};
    write(r, &out);
    if (out.failed)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for a report");
    else
        assert_holds(out.text, "p95_ms 1 against 2 (z +3)");
    str_free(&out);
    record_close(r);
    return rc;
}

static tend_rc attempt_report_json(tend_err *err)
{
    return report_with(report_json, err);
}

static void write_markdown(const record *r, str *out)
{
    report_markdown(r, out);
    for (char *at = out->text; !out->failed && at && (at = strchr(at, '\\')) != NULL;)
        memmove(at, at + 1, strlen(at)); // the words without their escapes
}

static tend_rc attempt_report_markdown(tend_err *err)
{
    return report_with(write_markdown, err);
}

static tend_rc attempt_report_html(tend_err *err)
{
    return report_with(report_html, err);
}

static tend_rc attempt_table(tend_err *err)
{
    static const char text[] = "time,web|latency,web|cpu\n1,10,0.2\n2,11,0.3\n3,,0.2\n";
    csv_table *table = NULL;
    tend_rc rc = csv_table_parse(text, sizeof text - 1, "t.csv", CSV_TIMES_RISE, &table, err);
    if (rc == TEND_OK)
        csv_table_free(table);
    return rc;
}

static tend_rc attempt_policy(tend_err *err)
{
    tend_engine *engine = NULL;
    char *text = NULL;
    tend_rc rc = tend_open(setup.sim->system, setup.config, 1, &engine, err);
    if (rc == TEND_OK)
        rc = tend_policy_write(engine, &text, err);
    if (rc == TEND_OK)
        rc = tend_policy_parse(engine, text, strlen(text), "policy.json", err);
    free(text);
    tend_close(engine);
    return rc;
}

// An onset that is known, and one that is looked for, which takes memory of its own.
static tend_rc attempt_rank(tend_err *err)
{
    enum { ROWS = 40 };
    static const char *const services[] = {"web", "store"};
    static const tend_edge calls[] = {{0, 1}};
    static double value[ROWS];
    static const window_column column = {"store|latency", 1, -1, METRIC_LATENCY, 2, 1, value};
    rank_params by;
    tend_rc rc = TEND_OK;
    rank_defaults(&by);
    for (int i = 0; i < ROWS; i++)
        value[i] = i < ROWS / 2 ? 10 : 90;
    for (int split = -1; split < ROWS && rc == TEND_OK; split += 1 + ROWS / 2) {
        rank_result *r = NULL;
        const window w = {.S = 2,
                          .E = 1,
                          .columns = 1,
                          .rows = ROWS,
                          .service = services,
                          .edges = calls,
                          .column = &column,
                          .split = split,
                          .step_s = 60,
                          .target_service = -1,
                          .target_role = METRIC_IGNORED};
        rc = rank_window(&w, &by, &r, err);
        assert_true((r != NULL) == (rc == TEND_OK));
        rank_free(r);
    }
    return rc;
}

static void an_engine_survives_a_full_heap(void **state)
{
    (void)state;
    sweep(attempt_engine, 1);
}

static void a_configuration_survives_a_full_heap(void **state)
{
    (void)state;
    sweep(attempt_config, 1);
}

static void a_system_survives_a_full_heap(void **state)
{
    (void)state;
    sweep(attempt_system, 20);
    sweep(attempt_copy, 1);
}

static void json_readers_survive_a_full_heap(void **state)
{
    (void)state;
    sweep(attempt_json, 8);
    sweep(attempt_agent, 8);
    sweep(attempt_scenario, 8);
    sweep(attempt_suite, 12);
    sweep(attempt_design, 2);
}

static void a_simulator_survives_a_full_heap(void **state)
{
    (void)state;
    sweep(attempt_model, 1);
}

static void an_episode_survives_a_full_heap(void **state)
{
    (void)state;
    sweep(attempt_run, 3);
    sweep(attempt_record, 3);
}

static void a_report_is_whole_or_an_error(void **state)
{
    (void)state;
    sweep(attempt_report_json, 8);
    sweep(attempt_report_markdown, 8);
    sweep(attempt_report_html, 8);
}

static void a_metrics_table_survives_a_full_heap(void **state)
{
    (void)state;
    sweep(attempt_table, 2);
}

static void a_ranking_survives_a_full_heap(void **state)
{
    (void)state;
    sweep(attempt_rank, 20);
}

static void a_policy_file_survives_a_full_heap(void **state)
{
    (void)state;
    sweep(attempt_policy, 2);
}

// A breach from tick 120 on, so that detection, diagnosis and decision all have work.
static void the_loop_allocates_nothing(void **state)
{
    (void)state;
    tend_err err;
    tend_engine *engine = NULL;
    scenario incident;
    world *w = calloc(1, world_size(setup.sim->model));
    assert_non_null(w);
    setup.sim->spec.healthy = 0;
    assert_int_equal(
        scenario_draw(&setup.sim->spec, setup.sim->system, setup.sim->plant, 7, &incident, &err),
        TEND_OK);
    asked = 0;
    assert_int_equal(tend_open(setup.sim->system, setup.config, 7, &engine, &err), TEND_OK);
    assert_true(asked > 0); // the count works: opening allocates
    world_init(w, setup.sim->model, &incident, 7);

    asked = 0;
    int alarms = 0, acted = 0;
    for (int tick = 0; tick < 240; tick++) {
        tend_obs obs;
        world_step(w, setup.sim->model);
        world_observe(w, setup.sim->model, &obs);
        const tend_frame *frame = tend_step(engine, &obs);
        alarms += frame->findings.alarm;
        acted += frame->decision.action != 0;
        world_apply(w, setup.sim->model, frame->decision.action);
    }
#ifndef TEND_HARD // that build moves the state block at every tick
    assert_int_equal(asked, 0);
#endif
    assert_true(alarms > 0);
    assert_true(acted > 0);
    tend_close(engine);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loop_allocates_nothing),
        cmocka_unit_test(an_engine_survives_a_full_heap),
        cmocka_unit_test(a_configuration_survives_a_full_heap),
        cmocka_unit_test(a_system_survives_a_full_heap),
        cmocka_unit_test(json_readers_survive_a_full_heap),
        cmocka_unit_test(a_simulator_survives_a_full_heap),
        cmocka_unit_test(an_episode_survives_a_full_heap),
        cmocka_unit_test(a_report_is_whole_or_an_error),
        cmocka_unit_test(a_metrics_table_survives_a_full_heap),
        cmocka_unit_test(a_ranking_survives_a_full_heap),
        cmocka_unit_test(a_policy_file_survives_a_full_heap),
    };
    return cmocka_run_group_tests(tests, open_setup, close_setup);
}
