// SPDX-License-Identifier: GPL-3.0-or-later
// test_report_json.c - the report for machines: every field of a record written by hand.
#include "record_support.h"

#include "report/evidence.h"
#include "report/report.h"

#include <cjson/cJSON.h>

// the value at "suspects.0.name"; fails when there is none
static const cJSON *at(const cJSON *root, const char *path)
{
    char key[64];
    const cJSON *node = root;
    for (const char *p = path; node && *p; p += *p == '.') {
        size_t n = strcspn(p, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, p);
        node = cJSON_IsArray(node) ? cJSON_GetArrayItem(node, (int)strtol(key, NULL, 10))
                                   : cJSON_GetObjectItemCaseSensitive(node, key);
        p += n;
    }
    if (!node)
        fail_msg("no %s", path);
    return node;
}

static void expect_text(const cJSON *root, const char *path, const char *want)
{
    const cJSON *node = at(root, path);
    if (!cJSON_IsString(node) || strcmp(node->valuestring, want) != 0)
        fail_msg("%s is %s, expected %s", path, node->valuestring ? node->valuestring : "no text",
                 want);
}

static void expect_number(const cJSON *root, const char *path, double want)
{
    const cJSON *node = at(root, path);
    if (!cJSON_IsNumber(node) || !(node->valuedouble == want))
        fail_msg("%s is %g, expected %g", path, node->valuedouble, want);
}

static void expect_null(const cJSON *root, const char *path)
{
    if (!cJSON_IsNull(at(root, path)))
        fail_msg("%s is not null", path);
}

static void expect_count(const cJSON *root, const char *path, int want)
{
    int n = cJSON_GetArraySize(at(root, path));
    if (n != want)
        fail_msg("%s has %d items, expected %d", path, n, want);
}

static cJSON *report_of(const record *r)
{
    str s = {0};
    report_json(r, &s);
    assert_false(s.failed);
    assert_int_equal(s.text[s.length - 1], '\n');
    cJSON *root = cJSON_Parse(s.text);
    assert_non_null(root);
    str_free(&s);
    return root;
}

static void the_result_of_an_incident_stands_in_named_fields(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    h.r->result.violations = 3;
    cJSON *root = report_of(h.r);
    expect_text(root, "title", "db (contention) made api breach its SLO for 16 steps");
    expect_text(root, "system", "small");
    expect_text(root, "reproduce", "tend episode --seed 5");
    expect_number(root, "detected_at", 15);
    expect_number(root, "first_slo", 14);
    expect_number(root, "recovered", 30);
    expect_number(root, "mttr", 16);
    expect_number(root, "slo_steps", 16);
    expect_number(root, "actions", 2);
    expect_number(root, "masked", 5);
    expect_number(root, "violations", 3);
    expect_number(root, "refused", 0.0125);
    expect_number(root, "reward", 0.62);
    expect_text(root, "state_hash", "fedcba9876543210");
    expect_text(root, "truth", "slow_db on db from t=10, severity 0.70");
    cJSON_Delete(root);
    hand_close(&h);
}

static void each_suspect_has_its_place_its_family_and_its_evidence(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    cJSON *root = report_of(h.r);
    expect_count(root, "suspects", 4);
    expect_text(root, "suspects.0.name", "db");
    expect_text(root, "suspects.0.service", "db");
    expect_null(root, "suspects.0.edge");
    expect_text(root, "suspects.0.family", "contention");
    expect_number(root, "suspects.0.confidence", 0.72);
    expect_text(root, "suspects.0.for",
                "p95_ms 139 against 21.4 (z +41) at t=12; p95_ms moved first");
    expect_text(root, "suspects.0.against", "cpu correlates 0.11 with the symptom");
    expect_count(root, "suspects.0.evidence", 3);
    expect_text(root, "suspects.1.name", "api>cache");
    expect_text(root, "suspects.1.service", "cache");
    expect_text(root, "suspects.1.edge", "api>cache");
    expect_text(root, "suspects.1.family", "network");
    expect_text(root, "suspects.1.for", "");
    expect_count(root, "suspects.1.evidence", 0);
    expect_text(root, "suspects.2.name", "api");
    expect_text(root, "suspects.2.for", "");
    expect_text(root, "suspects.2.against", "p95_ms explained by db, own impact 12 of 480");
    expect_count(root, "suspects.2.evidence", 1);
    cJSON_Delete(root);
    hand_close(&h);
}

static void evidence_has_all_its_fields_and_null_where_none_applies(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    cJSON *root = report_of(h.r);
    expect_text(root, "suspects.0.evidence.0.kind", "deviation");
    expect_text(root, "suspects.0.evidence.0.service", "db");
    expect_text(root, "suspects.0.evidence.0.metric", "p95_ms");
    expect_null(root, "suspects.0.evidence.0.edge");
    expect_null(root, "suspects.0.evidence.0.other");
    expect_number(root, "suspects.0.evidence.0.value", 139);
    expect_number(root, "suspects.0.evidence.0.reference", 21.4);
    expect_number(root, "suspects.0.evidence.0.weight", 41);
    expect_number(root, "suspects.0.evidence.0.tick", 12);
    assert_true(cJSON_IsFalse(at(root, "suspects.0.evidence.0.against")));
    expect_text(root, "suspects.0.evidence.0.text", "p95_ms 139 against 21.4 (z +41) at t=12");
    expect_text(root, "suspects.0.evidence.1.kind", "onset");
    expect_null(root, "suspects.0.evidence.1.value");
    expect_null(root, "suspects.0.evidence.1.tick");
    assert_true(cJSON_IsTrue(at(root, "suspects.0.evidence.2.against")));
    expect_text(root, "suspects.2.evidence.0.kind", "explained");
    expect_text(root, "suspects.2.evidence.0.service", "api");
    expect_text(root, "suspects.2.evidence.0.metric", "p95_ms");
    expect_null(root, "suspects.2.evidence.0.action");
    expect_text(root, "suspects.2.evidence.0.edge", "api>db");
    expect_text(root, "suspects.2.evidence.0.other", "db");
    cJSON_Delete(root);
    hand_close(&h);
}

static void events_carry_place_action_rule_and_values(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    cJSON *root = report_of(h.r);
    expect_count(root, "events", 11);
    static const struct {
        int t;
        const char *event;
    } order[] = {{10, "fault"},     {14, "breach"},    {15, "detected"}, {16, "diagnosed"},
                 {16, "masked"},    {17, "action"},    {19, "masked"},   {20, "masked"},
                 {25, "diagnosed"}, {30, "recovered"}, {415, "advice"}};
    for (int i = 0; i < 11; i++) {
        char path[32];
        snprintf(path, sizeof path, "events.%d.t", i);
        expect_number(root, path, order[i].t);
        snprintf(path, sizeof path, "events.%d.event", i);
        expect_text(root, path, order[i].event);
    }
    expect_text(root, "events.1.service", "api");
    expect_number(root, "events.1.value", 376);
    expect_number(root, "events.1.reference", 200);
    expect_null(root, "events.1.action");
    expect_null(root, "events.1.rule");
    expect_null(root, "events.1.until");
    expect_text(root, "events.4.action", "scale(api,+1)");
    expect_text(root, "events.4.rule", tend_guard_rule_name(1));
    expect_number(root, "events.4.until", 18);
    expect_null(root, "events.4.service");
    expect_null(root, "events.4.value");
    expect_text(root, "events.5.action", "clear_cache(cache)");
    expect_number(root, "events.5.value", 0.62);
    expect_text(root, "events.8.service", "db");
    expect_text(root, "events.8.edge", "api>db");
    expect_text(root, "events.8.detail", "now api>db 0.50; network; was db (contention)");
    cJSON_Delete(root);
    hand_close(&h);
}

static void other_runs_of_the_seed_are_listed(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    cJSON *root = report_of(h.r);
    expect_count(root, "counterfactuals", 0);
    cJSON_Delete(root);
    h.r->counterfactuals = 2;
    snprintf(h.r->counterfactual[0].name, sizeof h.r->counterfactual[0].name, "no action");
    h.r->counterfactual[0].slo_steps = 77;
    h.r->counterfactual[0].mttr = -1;
    snprintf(h.r->counterfactual[1].name, sizeof h.r->counterfactual[1].name, "rules");
    h.r->counterfactual[1].slo_steps = 21;
    h.r->counterfactual[1].mttr = 22;
    root = report_of(h.r);
    expect_count(root, "counterfactuals", 2);
    expect_text(root, "counterfactuals.0.policy", "no action");
    expect_number(root, "counterfactuals.0.slo_steps", 77);
    expect_null(root, "counterfactuals.0.mttr");
    expect_text(root, "counterfactuals.1.policy", "rules");
    expect_number(root, "counterfactuals.1.slo_steps", 21);
    expect_number(root, "counterfactuals.1.mttr", 22);
    cJSON_Delete(root);
    hand_close(&h);
}

static void what_did_not_happen_is_null(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    hand_forget(&h);
    cJSON *root = report_of(h.r);
    static const char *const none[] = {"detected_at", "first_slo", "recovered", "mttr", "reward"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        expect_null(root, none[i]);
    assert_false(cJSON_HasObjectItem(root, "truth"));
    expect_count(root, "events", 0);
    expect_count(root, "suspects", 0);
    expect_text(root, "title", "Nothing happened: no alarm, no breach");
    cJSON_Delete(root);
    h.r->detected_at = 0;
    root = report_of(h.r);
    expect_number(root, "detected_at", 0);
    expect_text(root, "title", "An unnamed cause was dealt with before api breached its SLO");
    cJSON_Delete(root);
    h.r->detected_at = -1;
    h.r->result.slo_steps = 1;
    root = report_of(h.r);
    expect_text(root, "title", "An unnamed cause made api breach its SLO for 1 steps");
    cJSON_Delete(root);
    hand_close(&h);
}

static void evidence_reads_as_a_phrase_of_its_kind(void **state)
{
    (void)state;
    static const struct {
        tend_evidence e;
        const char *text;
    } cases[] = {
        {{TEND_EVIDENCE_DEVIATION, DB, CPU, -1, -1, 0.9, 0.3, -4.6, -1, false, 0},
         "cpu 0.9 against 0.3 (z -5)"},
        {{TEND_EVIDENCE_CORRELATION, DB, P95, -1, -1, 0.876, NAN, NAN, -1, false, 0},
         "p95_ms correlates 0.88 with the symptom"},
        {{TEND_EVIDENCE_IMPACT, DB, P95, -1, -1, 12.5, 80, NAN, 0, false, 0},
         "own impact on p95_ms 12 of 80 seen (excess x requests) at t=0"},
        {{TEND_EVIDENCE_IMPACT, DB, ERRORS, -1, -1, 0.126, 9.99, NAN, -1, false, 0},
         "own impact on errors 0.13 of 9.99 seen (excess x requests)"},
        {{TEND_EVIDENCE_EDGE_GAP, DB, -1, API_DB, -1, 44.4, 2.25, NAN, -1, false, 0},
         "client-server gap 44.4 ms against 2.25"},
        // what a number is not known of is told without it
        {{TEND_EVIDENCE_EDGE_GAP, DB, -1, API_DB, -1, NAN, NAN, 0, -1, false, 0},
         "edge gap, not measured"},
        {{TEND_EVIDENCE_EDGE_GAP, DB, -1, API_DB, -1, 44.4, NAN, 0, 4, false, 0},
         "edge gap, not measured at t=4"},
        {{TEND_EVIDENCE_DEVIATION, DB, CPU, -1, -1, 0.9, 0.3, INFINITY, -1, false, 0},
         "deviation, not measured"},
        {{TEND_EVIDENCE_DEPLOY, DB, -1, -1, -1, NAN, NAN, NAN, -1, false, 0},
         "deploy, not measured"},
        {{TEND_EVIDENCE_ONSET, DB, MEMORY, -1, -1, NAN, NAN, NAN, 7, false, 0},
         "memory moved first at t=7"},
        {{TEND_EVIDENCE_DEPLOY, DB, -1, -1, -1, 3, NAN, NAN, -1, false, 0},
         "deployed 3 steps before the onset"},
        {{TEND_EVIDENCE_DEPLOY, DB, -1, -1, -1, -2, NAN, NAN, -1, false, 0},
         "deployed 2 steps after the onset"},
        {{TEND_EVIDENCE_EXPLAINED, API, P95, -1, DB, 2, 480, 6, -1, true, 0},
         "p95_ms explained by db, own impact 2.00 of 480"},
        {{TEND_EVIDENCE_EXPLAINED, API, -1, -1, -1, 12, 4, 6, -1, true, 0},
         "it explained by -, own impact 12 of 4.00"},
        {{TEND_EVIDENCE_EXPLAINED, API, P95, -1, SERVICES, 12, 480, 6, 9, true, 0},
         "p95_ms explained by -, own impact 12 of 480 at t=9"},
        {{TEND_EVIDENCE_REPLICAS, DB, -1, -1, -1, 1, 3, 20, -1, false, 0}, "1 of 3 replicas ready"},
        {{TEND_EVIDENCE_USUAL, DB, CPU, -1, -1, 0.31, 0.3, 0.25, -1, true, 0},
         "slow with cpu as usual, 0.31 against 0.3 (z +0.2)"},
        {{TEND_EVIDENCE_NOTHING_OWN, DB, CPU, -1, -1, 1.26, 3, 0, -1, true, 0},
         "nothing of its own stands out (z +1.3 at most)"},
        {{TEND_EVIDENCE_LATER, DB, -1, -1, API, 7, 60, NAN, 67, true, 0},
         "stood out 7 steps after api at t=67"},
        {{TEND_EVIDENCE_DONE, DB, -1, -1, -1, NAN, NAN, NAN, 61, true, 0},
         "- explains lost replicas and restarts at t=61"},
        {{TEND_EVIDENCE_DONE, DB, -1, -1, -1, NAN, NAN, NAN, 61, true, 1000},
         "- explains lost replicas and restarts at t=61"},
        {{TEND_EVIDENCE_ONSET, DB, -1, -1, -1, NAN, NAN, NAN, -1, false, 0}, "it moved first"},
        {{TEND_EVIDENCE_ONSET, DB, METRICS, -1, -1, NAN, NAN, NAN, -1, false, 0}, "it moved first"},
    };
    desk d;
    desk_open(&d);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str s = {0};
        evidence_text(d.system, &cases[i].e, &s);
        assert_string_equal(s.text, cases[i].text);
        str_free(&s);
    }
    desk_close(&d);
}

// the median of the samples there are; four: the mean of the middle two
static void a_baseline_is_the_median_of_what_is_there(void **state)
{
    (void)state;
    const double rows[][2] = {{9, 1}, {3, 2}, {NAN, 50}, {1, 3}, {7, INFINITY}, {100, 4}};
    assert_near(record_baseline(&rows[0][0], 2, 5), 5, 0); // 1 3 7 9
    assert_near(record_baseline(&rows[0][0], 2, 6), 7, 0);
    assert_near(record_baseline(&rows[0][1], 2, 6), 3, 0); // 1 2 3 4 50
    assert_near(record_baseline(&rows[2][0], 2, 1), 0, 0); // nothing was seen
    assert_near(record_baseline(&rows[0][0], 2, 0), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_result_of_an_incident_stands_in_named_fields),
        cmocka_unit_test(each_suspect_has_its_place_its_family_and_its_evidence),
        cmocka_unit_test(evidence_has_all_its_fields_and_null_where_none_applies),
        cmocka_unit_test(events_carry_place_action_rule_and_values),
        cmocka_unit_test(other_runs_of_the_seed_are_listed),
        cmocka_unit_test(what_did_not_happen_is_null),
        cmocka_unit_test(evidence_reads_as_a_phrase_of_its_kind),
        cmocka_unit_test(a_baseline_is_the_median_of_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
