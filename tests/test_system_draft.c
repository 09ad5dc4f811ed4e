// SPDX-License-Identifier: GPL-3.0-or-later
// test_system_draft.c - a description put together by hand: nothing in it is taken on trust.
#include "support.h"

#include <tend/system.h>

static tend_err err;

typedef struct draft {
    tend_system system;
    tend_service service[2];
    tend_metric metric[1];
    tend_edge edge[1];
    tend_action action[8];
} draft;

static void fill(draft *d)
{
    *d = (draft){.system = {.name = "hand", .step_s = 1, .S = 2, .M = 1, .E = 1, .slo = {100, 0.1}},
                 .service = {{"web", TEND_SERVICE, 2, 1, 3}, {"hot", TEND_CACHE, 1, 1, 2}},
                 .metric = {{"p95_ms", NULL, TEND_LATENCY}},
                 .edge = {{0, 1}},
                 .action = {{NULL, TEND_NOOP, -1, -1},
                            {NULL, TEND_RESTART, 0, -1},
                            {"rinse", TEND_CLEAR_CACHE, 1, -1},
                            {NULL, TEND_LIMIT, -1, -1},
                            {NULL, TEND_LIFT, -1, -1},
                            {NULL, TEND_REROUTE, 1, 0}}};
    d->system.services = d->service;
    d->system.metrics = d->metric;
    d->system.edges = d->edge;
}

static void own_actions(draft *d)
{
    fill(d);
    d->system.actions = d->action;
    d->system.A = 6;
}

static void refused(const draft *d, const char *why)
{
    tend_system *built = NULL;
    assert_int_equal(tend_system_build(&d->system, &built, &err), TEND_INPUT);
    assert_holds(err.text, why);
    assert_null(built);
}

static void missing_names_and_arrays_are_refused(void **state)
{
    (void)state;
    draft d;
    fill(&d);
    d.system.name = NULL;
    refused(&d, "no name");
    fill(&d);
    d.system.services = NULL;
    refused(&d, "hand: no services");
    fill(&d);
    d.system.metrics = NULL;
    refused(&d, "hand: no metrics");
    fill(&d);
    d.system.edges = NULL;
    refused(&d, "hand: no edges");
    fill(&d);
    d.service[1].name = NULL;
    refused(&d, "service name \"\"");
    fill(&d);
    d.metric[0].name = NULL;
    refused(&d, "metric name \"\"");
}

static void kinds_out_of_range_are_refused(void **state)
{
    (void)state;
    draft d;
    fill(&d);
    d.service[0].kind = TEND_SERVICE_KINDS;
    refused(&d, "service \"web\": kind 5");
    d.service[0].kind = (tend_service_kind)-1;
    refused(&d, "service \"web\": kind -1");
    fill(&d);
    d.metric[0].kind = TEND_METRIC_KINDS;
    refused(&d, "metric \"p95_ms\": kind");
    own_actions(&d);
    d.action[1].kind = TEND_ACTION_KINDS;
    refused(&d, "action 1: kind");
}

static void a_list_of_its_own_is_taken_as_it_is(void **state)
{
    (void)state;
    draft d;
    own_actions(&d);
    tend_system *s = NULL, *copy = NULL;
    assert_int_equal(tend_system_build(&d.system, &s, &err), TEND_OK);
    assert_int_equal(s->A, 6);
    assert_string_equal(s->actions[1].name, "restart(web)");
    assert_string_equal(s->actions[2].name, "rinse");
    assert_string_equal(s->actions[5].name, "reroute(web>hot)");
    assert_int_equal(tend_system_action(s, TEND_RESTART, 1, -1), -1);
    assert_int_equal(tend_system_build(s, &copy, &err), TEND_OK);
    assert_int_equal(copy->A, 6);
    assert_string_equal(copy->actions[2].name, "rinse");
    assert_ptr_not_equal(copy->actions[2].name, s->actions[2].name);
    tend_system_free(copy);
    tend_system_free(s);
    d.system.A = 1; // nothing but doing nothing
    assert_int_equal(tend_system_build(&d.system, &s, &err), TEND_OK);
    assert_int_equal(s->A, 1);
    tend_system_free(s);
}

static void without_a_list_the_usual_actions_are_made(void **state)
{
    (void)state;
    draft d;
    tend_system *s = NULL;
    fill(&d);
    d.system.A = 6; // but no array
    assert_int_equal(tend_system_build(&d.system, &s, &err), TEND_OK);
    assert_int_equal(s->A, 1 + 4 * 2 + 1 + 2 + 1);
    tend_system_free(s);
    own_actions(&d);
    d.system.A = 0;
    assert_int_equal(tend_system_build(&d.system, &s, &err), TEND_OK);
    assert_int_equal(s->A, 1 + 4 * 2 + 1 + 2 + 1);
    tend_system_free(s);
}

static void an_action_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const struct {
        int at;
        tend_action action;
        const char *why;
    } wrong[] = {
        {0, {NULL, TEND_RESTART, 0, -1}, "noop first"},
        {3, {NULL, TEND_NOOP, -1, -1}, "noop first and only there"},
        {1, {NULL, TEND_RESTART, -1, -1}, "action 1, restart: service -1"},
        {1, {NULL, TEND_RESTART, 2, -1}, "action 1, restart: service 2"},
        {1, {NULL, TEND_RESTART, 0, 0}, "edge 0"},
        {3, {NULL, TEND_LIMIT, 0, -1}, "action 3, limit: service 0"},
        {5, {NULL, TEND_REROUTE, 1, 1}, "edge 1"},
        {5, {NULL, TEND_REROUTE, 1, -1}, "edge -1"},
        {5, {NULL, TEND_REROUTE, 0, 0}, "action 5, reroute: service 0"},
        {2, {NULL, TEND_CLEAR_CACHE, 0, -1}, "action 2, clear_cache: service 0"}, // no cache
        {5,
         {"again", TEND_RESTART, 0, -1},
         "restart(web) twice among the actions, expected it once"},
        {5, {"rinse", TEND_REROUTE, 1, 0}, "action \"rinse\" twice"},
        {5, {"a\x1b[31m", TEND_REROUTE, 1, 0}, "no control bytes"},
        {4, {NULL, TEND_SCALE_UP, 0, -1}, "a limit without lift"},
    };
    draft d;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        own_actions(&d);
        d.action[wrong[i].at] = wrong[i].action;
        refused(&d, wrong[i].why);
    }
    own_actions(&d);
    d.system.A = -1;
    refused(&d, "-1 actions");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_names_and_arrays_are_refused),
        cmocka_unit_test(kinds_out_of_range_are_refused),
        cmocka_unit_test(a_list_of_its_own_is_taken_as_it_is),
        cmocka_unit_test(without_a_list_the_usual_actions_are_made),
        cmocka_unit_test(an_action_that_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
