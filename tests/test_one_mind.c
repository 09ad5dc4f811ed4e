// SPDX-License-Identifier: GPL-3.0-or-later
// test_one_mind.c - the same rows give the same evidence, the same place and the same confidence,
// whether they come tick by tick through an engine or at once as a recorded window.
//
// A window tells neither kinds of services nor replicas nor deployments, so the engine is not told
// them either.
#include "sim_support.h"

#include "agent/diagnose/diagnosis.h"
#include "agent/plugins.h"
#include "cases/rank.h"
#include "core/params.h"

#include <tend/engine.h>

enum { STEPS = 200, RECENT = 60, LATEST = 45, COLUMNS_MOST = 600 };

// The diagnoser `impact`, of whose state a copy is kept.
static char *kept;
static size_t kept_size;

static void diagnose(const tend_node *me, const tend_view *view, tend_causes *out)
{
    diagnose_impact.diagnose(me, view, out);
    size_t size = diagnose_impact.base.state_size(me->system, me->params);
    if (size != kept_size) {
        free(kept);
        kept = malloc(kept_size = size);
        assert_non_null(kept);
    }
    memcpy(kept, me->state, size);
}

static const evidence *kept_evidence(void)
{
    const diagnosis *d = (const diagnosis *)(const void *)kept;
    return (const evidence *)(const void *)(kept + d->evidence_at);
}

typedef struct tape { // what was seen, column by column
    double value[COLUMNS_MOST][STEPS];
    window_column column[COLUMNS_MOST];
    int columns, rows;
} tape;

static void tape_column(tape *t, int service, int edge, int role, double per_step)
{
    int c = t->columns++;
    assert_in_range(c, 0, COLUMNS_MOST - 1);
    t->column[c] = (window_column){.name = "x",
                                   .service = service,
                                   .edge = edge,
                                   .role = (metric_role)role,
                                   .statistic = 2,
                                   .per_step = per_step,
                                   .value = t->value[c]};
}

static void tape_open(tape *t, const tend_system *s)
{
    t->columns = t->rows = 0;
    for (int v = 0; v < s->S; v++)
        for (int m = 0; m < s->M; m++)
            tape_column(t, v, -1, METRIC_IGNORED + 1 + (int)s->metrics[m].kind, s->step_s);
    for (int e = 0; e < s->E; e++) {
        tape_column(t, -1, e, METRIC_CLIENT_LATENCY, 1);
        tape_column(t, -1, e, METRIC_SERVER_LATENCY, 1);
    }
    tape_column(t, -1, -1, METRIC_LATENCY, 1);
    tape_column(t, -1, -1, METRIC_ERRORS, 1);
}

static void tape_push(tape *t, const tend_system *s, const tend_obs *obs)
{
    int c = 0, row = t->rows++;
    for (int i = 0; i < s->S * s->M; i++)
        t->value[c++][row] = obs->value[i];
    for (int i = 0; i < 2 * s->E; i++)
        t->value[c++][row] = obs->edge[i];
    t->value[c++][row] = obs->entry_p95_ms;
    t->value[c++][row] = obs->entry_errors;
    assert_int_equal(c, t->columns);
}

static void same(double tick, double whole, double tolerance, const char *what, int service)
{
    if (isnan(tick) && isnan(whole))
        return;
    if (!(fabs(tick - whole) <= tolerance * fmax(1, fabs(whole))))
        fail_msg("%s of %d: %.12g in a tick, %.12g in a window", what, service, tick, whole);
}

#define SAME(field) same(tick->field, whole->field, 1e-9, #field, v)

static void expect_same_service(const service_evidence *tick, const service_evidence *whole, int v)
{
    for (int c = 0; c < CHANNELS; c++) {
        SAME(of[c].z);
        SAME(of[c].e);
        SAME(of[c].share);
        if (c == CHANNEL_REQUESTS) // told by the second in a tick
            continue;
        SAME(of[c].before);
        SAME(of[c].now);
        SAME(of[c].excess);
    }
    same(tick->own_mean, whole->own_mean, 1e-6, "own_mean", v);
    SAME(growth);
    SAME(amplified);
    SAME(explained[0]);
    SAME(explained[1]);
    SAME(dark);
    SAME(deployed);
    SAME(link_in);
    SAME(link_out);
    SAME(below);
    SAME(starved);
    SAME(pushed);
    SAME(everywhere);
    assert_int_equal(tick->edge, whole->edge);
    if (tick->first != whole->first)
        fail_msg("%d stood out first at %d in a tick, at %d in a window", v, (int)tick->first,
                 (int)whole->first);
}

// Another value for a constant of the evidence, in both; a list is ended by no name.
typedef struct changed {
    const char *name, *value;
} changed;

static rank_params window_params(const changed *other)
{
    rank_params by;
    rank_defaults(&by);
    for (; other && other->name; other++) {
        const tend_param *entry = params_find(evidence_param_table, other->name);
        assert_non_null(entry);
        double value = strtod(other->value, NULL);
        assert_true(value != entry->initial);
        assert_int_equal(params_set(entry, &by.evidence, value, "window", &err), TEND_OK);
    }
    return by;
}

static void compare(const tend_system *s, const tape *t, const tend_causes *causes,
                    const rank_params *by)
{
    const window w = {.S = s->S,
                      .E = s->E,
                      .columns = t->columns,
                      .rows = t->rows,
                      .edges = s->edges,
                      .column = t->column,
                      .split = (int)causes->onset,
                      .step_s = INFINITY, // the onset is known to the row
                      .target_service = -1};
    rank_result *r = NULL;
    if (rank_window(&w, by, &r, &err) != TEND_OK)
        fail_msg("%s", err.text);
    assert_int_equal(r->onset, causes->onset);
    assert_int_equal(r->panel.panel.entry, s->entry);
    const evidence *x = kept_evidence();
    assert_int_equal(x->onset, r->onset);
    for (int v = 0; v < s->S; v++)
        expect_same_service(&evidence_services(x)[v], &evidence_services(r->evidence)[v], v);
    for (int e = 0; e < s->E; e++) {
        const edge_evidence *tick = &evidence_edges(x)[e], *whole = &evidence_edges(r->evidence)[e];
        int v = e;
        SAME(client);
        SAME(server);
        SAME(gap);
        SAME(z);
        SAME(share);
    }
    assert_int_equal(causes->count, s->S);
    assert_int_equal(r->suspects, s->S);
    for (int i = 0; i < s->S; i++)
        for (int k = 0; k < s->S; k++) // equals may stand in another order
            if (r->suspect[k].service == causes->suspect[i].service) {
                same(causes->suspect[i].confidence, r->suspect[k].confidence, 1e-9, "confidence",
                     causes->suspect[i].service);
                assert_int_equal(causes->suspect[i].family, r->suspect[k].family);
            }
    rank_free(r);
}

// The system as it is simulated, but of services of one kind; one action is enough.
static tend_system *plain(const tend_system *from)
{
    static const tend_action noop = {"noop", TEND_NOOP, -1, -1};
    tend_service services[64];
    tend_system draft = *from, *made = NULL;
    assert_in_range(from->S, 1, 64);
    for (int v = 0; v < from->S; v++) {
        services[v] = from->services[v];
        services[v].kind = TEND_SERVICE;
    }
    draft.services = services;
    draft.actions = &noop;
    draft.A = 1;
    if (tend_system_build(&draft, &made, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return made;
}

static tend_config *spy(const tend_diagnoser *diagnoser, const changed *other)
{
    static const char *const set[][2] = {{"diagnoser", "spy"},
                                         {"diagnoser.rows", "400"},
                                         {"diagnoser.recent", "60"},
                                         {"diagnoser.doubt", "1"},
                                         {"diagnoser.eager", "1e6"}};
    tend_config *config = NULL;
    if (tend_config_new(&config, &err) != TEND_OK ||
        tend_config_register_diagnoser(config, diagnoser, &err) != TEND_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        if (tend_config_set(config, set[i][0], set[i][1], &err) != TEND_OK)
            fail_msg("%s", err.text);
    for (; other && other->name; other++) {
        char path[64];
        snprintf(path, sizeof path, "diagnoser.%s", other->name);
        if (tend_config_set(config, path, other->value, &err) != TEND_OK)
            fail_msg("%s", err.text);
    }
    return config;
}

// The simulation of a file whose rows are `step` seconds apart.
static tend_sim_setup *stepping(const char *path, char step)
{
    tend_sim_options options = tend_sim_usual();
    tend_sim_setup *setup = NULL;
    char *text = get_file(path), *at = text ? strstr(text, "\"step_s\": 1,") : NULL;
    assert_non_null(at);
    at[strlen("\"step_s\": ")] = step;
    options.steps = STEPS;
    options.healthy = 0;
    if (tend_sim_setup_parse(text, strlen(text), path, &options, &setup, &err) != TEND_OK)
        fail_msg("%s", err.text);
    free(text);
    return setup;
}

// Plays some episodes of a system; how many ticks were held against a window.
static int play(const char *path, char step, int episodes, const changed *other)
{
    tend_diagnoser diagnoser = diagnose_impact;
    diagnoser.base.name = "spy";
    diagnoser.diagnose = diagnose;
    tend_sim_setup *setup = stepping(path, step);
    tend_system *system = plain(tend_sim_system(setup));
    tend_config *config = spy(&diagnoser, other);
    const rank_params by = window_params(other);
    tape *t = calloc(1, sizeof *t);
    tend_engine *engine = NULL;
    int compared = 0;
    assert_non_null(t);
    assert_int_equal(tend_open(system, config, 1, &engine, &err), TEND_OK);
    for (int seed = 1; seed <= episodes; seed++) {
        tend_sim *sim = sim_of(setup, (uint64_t)seed);
        tape_open(t, system);
        tend_reset(engine, (uint64_t)seed);
        while (tend_sim_step(sim)) {
            tend_obs obs;
            tend_sim_observe(sim, &obs);
            obs.ready = obs.deploy_age = NULL;
            tape_push(t, system, &obs);
            const tend_frame *frame = tend_step(engine, &obs);
            int64_t age = obs.tick - frame->causes.onset;
            if (frame->causes.count == 0 || age >= LATEST || age % 2)
                continue;
            compare(system, t, &frame->causes, &by);
            compared++;
        }
        tend_sim_close(sim);
    }
    tend_close(engine);
    tend_config_free(config);
    tend_system_free(system);
    tend_sim_setup_close(setup);
    free(t);
    free(kept);
    kept = NULL;
    kept_size = 0;

    return compared;
}

static void ticks_and_windows_of_the_default_system_agree(void **state)
{
    (void)state;
    assert_true(play("examples/systems/default.json", '1', 14, NULL) > 60);
}

// Requests are told by the second in ticks, and by the row in windows.
static void rows_of_several_seconds_agree(void **state)
{
    (void)state;
    assert_true(play("examples/systems/default.json", '5', 12, NULL) > 60);
}

static void ticks_and_windows_of_larger_systems_agree(void **state)
{
    (void)state;
    assert_true(play("examples/systems/shop.json", '1', 8, NULL) > 20);
    assert_true(play("examples/systems/pods.json", '1', 12, NULL) > 20); // with restarts
    assert_true(play("examples/systems/layered40.json", '1', 2, NULL) > 4);
}

// Every constant other than it is, in both.
static void they_agree_by_other_constants_too(void **state)
{
    (void)state;
    static const changed other[] = {{"local_rows", "16"},
                                    {"floor_relative", "0.12"},
                                    {"floor_share", "0.02"},
                                    {"floor_errors", "0.01"},
                                    {"floor_restarts", "0.03"},
                                    {"floor_gap", "0.1"},
                                    {"floor_failures", "0.001"},
                                    {"floor_rare", "0.004"},
                                    {"floor_growth", "0.08"},
                                    {"caution", "9"},
                                    {"failures_few", "6"},
                                    {"off_sigmas", "4"},
                                    {NULL, NULL}};
    assert_true(play("examples/systems/default.json", '1', 14, other) > 60);
    assert_true(play("examples/systems/pods.json", '1', 12, other) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_and_windows_of_the_default_system_agree),
        cmocka_unit_test(rows_of_several_seconds_agree),
        cmocka_unit_test(ticks_and_windows_of_larger_systems_agree),
        cmocka_unit_test(they_agree_by_other_constants_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
