// SPDX-License-Identifier: GPL-3.0-or-later
// test_system.c - system.json: what is read, what is refused, and with which words.
#include "base/str.h"
#include "support.h"

#include <tend/frame.h>

static tend_err err;

#define SLO ", \"slo\": {\"p95_ms\": 250, \"error_share\": 0.05}"
#define PAIR                                                                                       \
    "{\"name\": \"pair\",\n\"services\": [\n{\"name\": \"web\", \"replicas\": 2, "                 \
    "\"most_replicas\": 4},\n{\"name\": \"store\", \"kind\": \"database\"}],\n"                    \
    "\"edges\": [{\"caller\": \"web\", \"callee\": \"store\"}], \"entry\": \"web\"" SLO "}"

static tend_system *parse(const char *text)
{
    tend_system *system = NULL;
    memset(&err, 0, sizeof err);
    tend_rc rc = tend_system_parse(text, strlen(text), "s.json", &system, &err);
    assert_int_equal(rc == TEND_OK, system != NULL);
    return system;
}

static void refused(const char *text, const char *message)
{
    tend_system *system = parse(text);
    if (system)
        print_error("read: %s\n", text);
    assert_null(system);
    assert_int_equal(err.rc, TEND_INPUT);
    assert_holds(err.text, message);
    assert_null(strchr(err.text, '\n'));
}

// PAIR with one part replaced
static void changed(const char *from, const char *to, const char *message)
{
    char text[1200];
    const char *at = strstr(PAIR, from);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - PAIR), PAIR, to, at + strlen(from));
    refused(text, message);
}

static void a_system_is_read_with_its_usual_metrics_and_actions(void **state)
{
    (void)state;
    tend_system *s = parse(PAIR);
    assert_non_null(s);
    assert_string_equal(s->name, "pair");
    assert_near(s->step_s, 1, 0);
    assert_int_equal(s->S, 2);
    assert_int_equal(s->M, 6);
    assert_int_equal(s->E, 1);
    assert_int_equal(s->services[0].replicas, 2);
    assert_int_equal(s->services[0].least_replicas, 1);
    assert_int_equal(s->services[0].most_replicas, 4);
    assert_int_equal(s->services[1].kind, TEND_DATABASE);
    assert_int_equal(s->entry, 0);
    assert_near(s->slo.p95_ms, 250, 0);

    // noop, four per service, limit, lift, one per edge; no cache to clear
    assert_int_equal(s->A, 1 + 4 * 2 + 2 + 1);
    assert_int_equal(s->actions[0].kind, TEND_NOOP);
    assert_string_equal(s->actions[0].name, "noop");
    int reroute = tend_system_action(s, TEND_REROUTE, 1, 0);
    assert_string_equal(s->actions[reroute].name, "reroute(web>store)");
    assert_string_equal(s->actions[tend_system_action(s, TEND_SCALE_DOWN, 1, -1)].name,
                        "scale(store,-1)");
    assert_string_equal(s->actions[tend_system_action(s, TEND_LIMIT, -1, -1)].name, "limit");
    assert_int_equal(tend_system_action(s, TEND_CLEAR_CACHE, -1, -1), -1);
    tend_system_free(s);
}

#define ACTIONS(list)                                                                              \
    "{\"name\": \"pair\", \"services\": [{\"name\": \"web\"}, {\"name\": \"store\", "              \
    "\"kind\": \"database\"}],\n\"edges\": [{\"caller\": \"web\", \"callee\": \"store\"}], "       \
    "\"entry\": \"web\", \"actions\": [\n" list "]" SLO "}"

static void a_list_of_actions_is_kinds_everywhere_or_at_one_place(void **state)
{
    (void)state;
    static const char *const names[] = {"noop",  "restart(web)",       "restart(store)", "lift",
                                        "limit", "reroute(web>store)", "scale(store,+1)"};
    tend_system *s = parse(
        ACTIONS("\"restart\", \"lift\", {\"kind\": \"limit\"}, {\"kind\": \"reroute\", "
                "\"edge\": \"web>store\"},\n{\"kind\": \"scale_up\", \"service\": \"store\"}"));
    assert_non_null(s);
    assert_int_equal(s->A, 7);
    for (int a = 0; a < s->A; a++)
        assert_string_equal(s->actions[a].name, names[a]);
    assert_int_equal(s->actions[5].edge, 0);
    assert_int_equal(s->actions[5].service, 1);
    assert_int_equal(s->actions[6].service, 1);
    assert_int_equal(tend_system_action(s, TEND_ROLLBACK, -1, -1), -1);
    tend_system_free(s);
    s = parse(ACTIONS("")); // nobody may do anything
    assert_non_null(s);
    assert_int_equal(s->A, 1);
    assert_int_equal(s->actions[0].kind, TEND_NOOP);
    tend_system_free(s);
    s = parse(ACTIONS("\"reroute\""));
    assert_non_null(s);
    assert_int_equal(s->A, 2);
    assert_string_equal(s->actions[1].name, "reroute(web>store)");
    tend_system_free(s);
}

static void a_wrong_action_is_told_with_its_line(void **state)
{
    (void)state;
    refused(ACTIONS("\"restart\",\n\"rollbck\""),
            "s.json:4: actions[1]: kind: \"rollbck\", did you mean \"rollback\"?");
    refused(ACTIONS("\"noop\""), "s.json:3: actions[0]: kind: \"noop\", expected one of restart, ");
    refused(ACTIONS("7"), "actions[0]: expected a kind of action, or an object");
    refused(ACTIONS("{\"service\": \"web\"}"), "actions[0]: expected a kind of action");
    refused(ACTIONS("{\"kind\": \"restart\"}"), "actions[0]: service: missing, expected a text");
    refused(ACTIONS("{\"kind\": \"restart\", \"service\": \"stor\"}"),
            "actions[0]: service: \"stor\", did you mean \"store\"?");
    refused(ACTIONS("{\"kind\": \"restart\", \"service\": \"web\", \"edge\": \"web>store\"}"),
            "actions[0]: unknown key \"edge\"");
    refused(ACTIONS("{\"kind\": \"limit\", \"service\": \"web\"}"), "unknown key \"service\"");
    refused(ACTIONS("{\"kind\": \"reroute\", \"edge\": \"store>web\"}"),
            "actions[0]: edge: \"store>web\", expected \"caller>callee\" of the system");
    refused(ACTIONS("{\"kind\": \"reroute\", \"edge\": \"web\"}"), "edge: \"web\", expected");
    refused(ACTIONS("{\"kind\": \"clear_cache\", \"service\": \"web\"}"),
            "actions[0]: clear_cache on web, expected a cache");
    refused(ACTIONS("\"clear_cache\""), "clear_cache: the system has nothing it could be done to");
    refused(ACTIONS("\"restart\", \"lift\",\n{\"kind\": \"restart\", \"service\": \"store\"}"),
            "s.json:4: restart(store) twice among the actions, expected it once");
    refused("{\"name\": \"x\", \"services\": [{\"name\": \"a\"}], \"entry\": \"a\", "
            "\"slo\": {\"p95_ms\": 250}}",
            "slo: error_share: missing, expected a number");
    refused(ACTIONS("\"restart\",\n\"limit\""),
            "s.json:4: a limit without lift, expected what ends it too");
    refused("{\"name\": \"x\", \"services\": [{\"name\": \"a\"}], \"entry\": \"a\", "
            "\"actions\": \"restart\"" SLO "}",
            "actions");
}

static void names_lead_to_indices_and_unknown_ones_to_none(void **state)
{
    (void)state;
    tend_system *s = parse(PAIR);
    assert_int_equal(tend_system_service(s, "store"), 1);
    assert_int_equal(tend_system_service(s, "stor"), -1);
    assert_int_equal(tend_system_metric(s, "cpu"), 2);
    assert_int_equal(tend_system_metric(s, "gpu"), -1);
    assert_int_equal(tend_system_edge(s, 0, 1), 0);
    assert_int_equal(tend_system_edge(s, 1, 0), -1);
    assert_int_equal(tend_system_column(s, TEND_SATURATION), 5);
    assert_int_equal(tend_system_column(s, TEND_OTHER), -1);
    tend_system_free(s);
}

static void a_copy_is_deep_and_equal(void **state)
{
    (void)state;
    tend_system *s = parse(PAIR), *copy = NULL;
    assert_int_equal(tend_system_build(s, &copy, &err), TEND_OK);
    tend_system_free(s);
    assert_string_equal(copy->services[1].name, "store");
    assert_string_equal(copy->metrics[0].unit, "ms");
    assert_string_equal(copy->name, "pair");
    tend_system_free(copy);
    tend_system_free(NULL);
}

static void a_cyclic_call_graph_is_refused_with_the_whole_cycle(void **state)
{
    (void)state;
    refused("{\"name\": \"x\", \"services\": [{\"name\": \"a\"}, {\"name\": \"b\"}, "
            "{\"name\": \"c\"}, {\"name\": \"d\"}], \"edges\": [\n"
            "{\"caller\": \"a\", \"callee\": \"b\"},\n{\"caller\": \"b\", \"callee\": \"c\"},\n"
            "{\"caller\": \"b\", \"callee\": \"d\"},\n{\"caller\": \"c\", \"callee\": \"d\"},\n"
            "{\"caller\": \"d\", \"callee\": \"b\"}], \"entry\": \"a\"" SLO "}",
            "s.json:6: calls in a cycle: b > c > d > b, expected an acyclic call graph");
    changed("\"callee\": \"store\"", "\"callee\": \"web\"", "calls in a cycle: web > web");
}

static void a_diamond_is_no_cycle(void **state)
{
    (void)state;
    tend_system *s =
        parse("{\"name\": \"x\", \"services\": [{\"name\": \"a\"}, {\"name\": \"b\"}, "
              "{\"name\": \"c\"}, {\"name\": \"d\"}], \"edges\": ["
              "{\"caller\": \"c\", \"callee\": \"d\"}, {\"caller\": \"a\", \"callee\": \"b\"}, "
              "{\"caller\": \"a\", \"callee\": \"c\"}, {\"caller\": \"b\", \"callee\": \"d\"}], "
              "\"entry\": \"a\"" SLO "}");
    assert_non_null(s);
    tend_system_free(s);
}

static void wrong_names_are_told_with_line_and_nearest(void **state)
{
    (void)state;
    changed("\"callee\": \"store\"", "\"callee\": \"stroe\"",
            "s.json:5: edges[0]: callee: \"stroe\", did you mean \"store\"?");
    changed("\"entry\": \"web\"", "\"entry\": \"wbe\"", "entry: \"wbe\", did you mean \"web\"?");
    changed("\"entry\": \"web\"", "\"entry\": \"somewhere\"",
            "entry: \"somewhere\", expected one of web, store");
    changed("\"replicas\": 2", "\"replcias\": 2",
            "s.json:3: services[0]: unknown key \"replcias\", did you mean \"replicas\"?");
    changed("\"database\"", "\"databse\"", "kind: \"databse\", did you mean \"database\"?");
    changed("\"database\"", "\"oven\"",
            "expected one of service, database, cache, queue, external");
    changed("\"entry\": \"web\",", "", "entry: missing, expected a text");
    changed("\"name\": \"store\"", "\"name\": \"web\"",
            "s.json:4: service \"web\" twice, expected unique names");
    changed("[{\"caller\"", "[{\"caller\": \"web\", \"callee\": \"store\"}, {\"caller\"",
            "edge web>store twice");
    changed("\"name\": \"store\"", "\"name\": \"a|b\"", "without '|' and '>'");
    changed("\"name\": \"store\"", "\"name\": \"\"", "an empty text");
}

static void wrong_numbers_are_told_with_their_range(void **state)
{
    (void)state;
    changed("\"replicas\": 2", "\"replicas\": -2", "replicas: -2, expected 1 to 1000");
    changed("\"replicas\": 2", "\"replicas\": 2.5", "replicas: 2.5, expected a whole number");
    changed("\"replicas\": 2", "\"replicas\": \"2\"", "replicas: a text, expected a number");
    changed("\"replicas\": 2", "\"replicas\": 1e400", "that a double can hold");
    changed("\"replicas\": 2", "\"replicas\": 9", "9 replicas of 1 to 4");
    changed("250", "0", "p95_ms 0, expected more than 0");
    changed("250", "-1", "p95_ms: -1, expected 0 to 1e+09");
    changed("0.05", "1.5", "error_share: 1.5, expected 0 to 1");
    changed("0.05", "0", "error_share 0, expected more than 0");
    changed("\"pair\"", "\"pair\", \"step_s\": 0", "step_s 0, expected more than 0");
}

static void wrong_shapes_are_refused(void **state)
{
    (void)state;
    refused("[]", "expected an object that describes a system");
    refused("{}", "name: missing");
    refused("7", "expected an object");
    refused("{\"name\": \"x\"}", "services: missing, expected an array");
    refused("{\"name\": \"x\", \"services\": {}}", "services: an object, expected an array");
    refused("{\"name\": \"x\", \"services\": [7]}", "services[0]: expected an object");
    refused("{\"name\": \"x\", \"services\": [], \"entry\": \"a\"" SLO "}",
            "0 services, expected 1");
    changed(SLO, "", "slo: missing, expected an object");
    changed(SLO, ", \"slo\": 3", "slo: not an object");
    changed("\"edges\": [{", "\"edges\": [3, {", "edges[0]: expected an object");
    changed("\"entry\"", "\"metrics\": [], \"entry\"", "0 metrics, expected 1 to 256");
    changed("\"entry\"", "\"metrics\": [{\"name\": \"x\"}, {\"name\": \"x\"}], \"entry\"",
            "metric \"x\" twice");
    changed("\"entry\"", "\"metrics\": [{\"name\": \"a>b\"}], \"entry\"", "metric name \"a>b\"");
}

static void metrics_of_its_own_replace_the_usual_ones(void **state)
{
    (void)state;
    char text[1200];
    const char *at = strstr(PAIR, "\"entry\"");
    snprintf(text, sizeof text,
             "%.*s\"metrics\": [{\"name\": \"lag\", \"unit\": \"s\", \"kind\": \"saturation\"}, "
             "{\"name\": \"heat\"}], %s",
             (int)(at - PAIR), PAIR, at);
    tend_system *s = parse(text);
    assert_non_null(s);
    assert_int_equal(s->M, 2);
    assert_string_equal(s->metrics[0].unit, "s");
    assert_int_equal(s->metrics[0].kind, TEND_SATURATION);
    assert_int_equal(s->metrics[1].kind, TEND_OTHER);
    tend_system_free(s);
}

static void a_draft_built_by_hand_is_checked_too(void **state)
{
    (void)state;
    const tend_service services[] = {{"web", TEND_SERVICE, 1, 1, 1}, {"c", TEND_CACHE, 1, 1, 2}};
    const tend_metric metrics[] = {{"p95_ms", NULL, TEND_LATENCY}};
    const tend_edge edges[] = {{0, 1}}, stray[] = {{0, 2}};
    tend_system draft = {.name = "hand",
                         .step_s = 1,
                         .S = 2,
                         .M = 1,
                         .E = 1,
                         .services = services,
                         .metrics = metrics,
                         .edges = edges,
                         .slo = {100, 0.1}};
    tend_system *s = NULL;
    assert_int_equal(tend_system_build(&draft, &s, &err), TEND_OK);
    assert_true(tend_system_action(s, TEND_CLEAR_CACHE, 1, -1) > 0);
    tend_system_free(s);

    draft.edges = stray;
    assert_int_equal(tend_system_build(&draft, &s, &err), TEND_INPUT);
    assert_holds(err.text, "hand: an edge from 0 to 2");
    draft.edges = edges;
    draft.entry = 2;
    assert_int_equal(tend_system_build(&draft, &s, &err), TEND_INPUT);
    draft.entry = 0;
    draft.slo.p95_ms = (double)NAN;
    assert_int_equal(tend_system_build(&draft, &s, &err), TEND_INPUT);
    draft.slo.p95_ms = (double)INFINITY;
    assert_int_equal(tend_system_build(&draft, &s, &err), TEND_INPUT);
    draft.slo.p95_ms = 100;
    draft.S = 0;
    assert_int_equal(tend_system_build(&draft, &s, NULL), TEND_INPUT); // without an err
}

static void every_enumerator_has_its_own_name(void **state)
{
    (void)state;
    for (int a = 0; a < TEND_FAMILIES; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(tend_family_name((tend_family)a),
                                    tend_family_name((tend_family)b));
    for (int a = 0; a < TEND_EVIDENCE_KINDS; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(tend_evidence_name((tend_evidence_kind)a),
                                    tend_evidence_name((tend_evidence_kind)b));
    for (int a = 0; a < TEND_ACTION_KINDS; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(tend_action_kind_name((tend_action_kind)a),
                                    tend_action_kind_name((tend_action_kind)b));
}

static void every_return_code_has_a_text_and_a_status(void **state)
{
    (void)state;
    assert_int_equal(tend_rc_status(TEND_OK), 0);
    assert_int_equal(tend_rc_status(TEND_FAILED), 1);
    assert_int_equal(tend_rc_status(TEND_USAGE), 2);
    assert_int_equal(tend_rc_status(TEND_INPUT), 3);
    assert_int_equal(tend_rc_status(TEND_IO), 3);
    assert_int_equal(tend_rc_status(TEND_GATE), 4);
    assert_int_equal(tend_rc_status(TEND_INTERRUPTED), 130);
    assert_string_equal(tend_rc_text(TEND_GATE), "a gate failed");
    assert_int_equal(tend_fail(&err, TEND_INPUT, "a\nb %s", "\x01"), TEND_INPUT);
    assert_string_equal(err.text, "a\\x0ab \\x01"); // one line, whatever the input held
}

static void names_that_would_speak_to_the_terminal_are_refused(void **state)
{
    (void)state;
    changed("\"name\": \"pair\"", "\"name\": \"p\\u001b[31m\"", "name: \"p\\x1b[31m\"");
    changed("\"name\": \"store\"", "\"name\": \"s\\u009b\"", "services[1]: name");
    changed("\"name\": \"store\"", "\"name\": \"s\\u202e\"", "expected no control characters");
    tend_system *s = parse(PAIR), *copy = NULL;
    assert_non_null(s);
    tend_system draft = *s; // put together by hand, past the reader
    draft.name = "p\x1b";
    assert_int_equal(tend_system_build(&draft, &copy, &err), TEND_INPUT);
    assert_null(copy);
    assert_holds(err.text, "control characters");
    tend_system_free(s);
}

// Each is refused by its count, before 20,000 edges are looked at one by one.
static void too_many_of_anything_are_refused_before_they_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *head, *item, *message;
    } many[] = {{"{\"name\":\"x\",\"services\":[", "{}", "services, expected at most 2048"},
                {"{\"name\":\"x\",\"services\":[{\"name\":\"a\"}],\"metrics\":[", "{}",
                 "metrics, expected at most 256"},
                {"{\"name\":\"x\",\"services\":[{\"name\":\"a\"}],\"edges\":[", "{}",
                 "edges, expected at most 16384"}};
    for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
        str text = {0};
        str_add(&text, many[i].head);
        for (int k = 0; k < 20000; k++)
            str_format(&text, "%s%s", k ? "," : "", many[i].item);
        str_add(&text, "]}");
        assert_false(text.failed);
        refused(text.text, many[i].message);
        assert_holds(err.text, "20000");
        str_free(&text);
    }
}

static void examples_are_read(void **state)
{
    (void)state;
    static const char *const paths[] = {"examples/systems/default.json",
                                        "examples/systems/shop.json",
                                        "examples/systems/layered40.json"};
    static const int services[] = {3, 11, 40};
    for (int i = 0; i < 3; i++) {
        char *text = get_file(paths[i]);
        assert_non_null(text);
        tend_system *s = parse(text);
        if (!s)
            print_error("%s\n", err.text);
        assert_non_null(s);
        assert_int_equal(s->S, services[i]);
        tend_system_free(s);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_system_is_read_with_its_usual_metrics_and_actions),
        cmocka_unit_test(a_list_of_actions_is_kinds_everywhere_or_at_one_place),
        cmocka_unit_test(a_wrong_action_is_told_with_its_line),
        cmocka_unit_test(names_lead_to_indices_and_unknown_ones_to_none),
        cmocka_unit_test(a_copy_is_deep_and_equal),
        cmocka_unit_test(a_cyclic_call_graph_is_refused_with_the_whole_cycle),
        cmocka_unit_test(a_diamond_is_no_cycle),
        cmocka_unit_test(wrong_names_are_told_with_line_and_nearest),
        cmocka_unit_test(wrong_numbers_are_told_with_their_range),
        cmocka_unit_test(wrong_shapes_are_refused),
        cmocka_unit_test(metrics_of_its_own_replace_the_usual_ones),
        cmocka_unit_test(a_draft_built_by_hand_is_checked_too),
        cmocka_unit_test(every_enumerator_has_its_own_name),
        cmocka_unit_test(every_return_code_has_a_text_and_a_status),
        cmocka_unit_test(names_that_would_speak_to_the_terminal_are_refused),
        cmocka_unit_test(too_many_of_anything_are_refused_before_they_are_read),
        cmocka_unit_test(examples_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
