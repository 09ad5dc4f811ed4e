// SPDX-License-Identifier: GPL-3.0-or-later
// test_report_words.c - the report on a terminal and as Markdown, of a record written by hand.
#include "record_support.h"

#include "report/evidence.h"
#include "report/report.h"

static void add_runs(record *r)
{
    static const struct {
        const char *name;
        int slo_steps, mttr;
    } runs[] = {{"no action", 77, -1}, {"a|b", 21, 0}, {"luck", 0, -1}};
    r->counterfactuals = 3;
    for (int i = 0; i < 3; i++) {
        snprintf(r->counterfactual[i].name, sizeof r->counterfactual[i].name, "%s", runs[i].name);
        r->counterfactual[i].slo_steps = runs[i].slo_steps;
        r->counterfactual[i].mttr = runs[i].mttr;
    }
}

static char *markdown(const record *r)
{
    str s = {0};
    report_markdown(r, &s);
    assert_false(s.failed);
    return s.text;
}

static char *words(const record *r, int columns, bool utf8, bool colour)
{
    str s = {0};
    report_text(r, &(timeline_style){columns, utf8, colour}, &s);
    assert_false(s.failed);
    return s.text;
}

static void a_markdown_report_begins_with_its_facts(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    h.r->result.violations = 3;
    char *text = markdown(h.r);
    static const char head[] =
        "# db (contention) made api breach its SLO for 16 steps\n\n| | |\n|---|---|\n"
        "| **Status** | Recovered at t=30 (MTTR 16 steps) |\n"
        "| **Root cause** | db (contention, confidence 0.72), then api\\>cache (network, "
        "confidence "
        "0.20), then api (compute, confidence 0.05) |\n"
        "| **Detected** | t=15, score 0.80 over 0.60 |\n"
        "| **Impact** | entry p95 100 -> 376 ms; 16 breach steps; 1.25 % of users refused |\n"
        "| **Actions** | 2 taken, 5 masked, 3 guard violations |\n"
        "| **Reproduce** | `tend episode --seed 5` |\n"
        "| **State** | fedcba9876543210 |\n\n## Timeline\n\n";
    assert_int_equal(strncmp(text, head, sizeof head - 1), 0);
    free(text);
    hand_close(&h);
}

static void a_quiet_record_says_that_the_objective_held(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    hand_forget(&h);
    char *text = markdown(h.r);
    assert_holds(text, "| **Status** | The objective held throughout |\n");
    assert_holds(text, "| **Root cause** | none named: nothing stood out |\n");
    assert_holds(text, "| **Detected** | no alarm |\n");
    assert_null(strstr(text, "## Evidence"));
    assert_null(strstr(text, "## What would"));
    free(text);
    h.r->detected_at = h.r->result.first_slo = 0;
    text = markdown(h.r);
    assert_holds(text, "| **Status** | Not recovered when the record ends |\n");
    assert_holds(text, "| **Detected** | t=0, score ");
    free(text);
    h.r->result.recovered = h.r->result.mttr = 0;
    text = markdown(h.r);
    assert_holds(text, "| **Status** | Recovered at t=0 (MTTR 0 steps) |\n");
    free(text);
    hand_close(&h);
}

// What is usual is the median of the first quarter of the record and one tick.
static void the_impact_is_held_against_the_first_quarter(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    h.r->steps = 8; // the first three ticks
    for (int t = 0; t < 8; t++)
        h.r->entry_p95_ms[t] = 10 * (t + 1);
    char *text = markdown(h.r);
    assert_holds(text, "entry p95 20 -> 80 ms;");
    free(text);
    h.r->steps = 1;
    text = markdown(h.r);
    assert_holds(text, "entry p95 10 -> 10 ms;");
    free(text);
    h.r->steps = 4; // two: 10 and 20
    text = markdown(h.r);
    assert_holds(text, "entry p95 15 -> 40 ms;");
    free(text);
    hand_close(&h);
}

static void events_evidence_and_other_runs_are_markdown_tables(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    add_runs(h.r);
    char *text = markdown(h.r);
    assert_holds(text, "## Timeline\n\n| t | event | detail |\n|---:|---|---|\n"
                       "| 10 | fault | slow\\_db on db from t=10, severity 0.70 (ground truth, "
                       "simulation only) |\n| 14 | breach | p95 376 ms (objective 200), ");
    assert_holds(text, "| 415 | advice | restart(db); SLO 0.5x -\\> 0.5x |\n\n## Evidence\n\n"
                       "| candidate | confidence | for | against |\n|---|---:|---|---|\n"
                       "| db | 0.72 | p95\\_ms 139 against 21.4 (z +41) at t=12; p95\\_ms moved "
                       "first | cpu correlates 0.11 with the symptom |\n"
                       "| api\\>cache | 0.20 | - | - |\n"
                       "| api | 0.05 | - | p95\\_ms explained by db, own impact 12 of 480 |\n"
                       "| cache | 0.02 | - | - |\n\n## What would have happened\n\n"
                       "| policy | breach steps | MTTR |\n|---|---:|---:|\n"
                       "| this run | 16 | 16 |\n| no action | 77 | never |\n"
                       "| a\\|b | 21 | 0 |\n| luck | 0 | - |\n\n");
    free(text);
    hand_close(&h);
}

static void at_most_three_causes_and_six_candidates_are_written(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    tend_suspect many[8], *own = h.r->diagnosis.suspect;
    for (int i = 0; i < 8; i++)
        many[i] = (tend_suspect){CACHE, -1, -1, TEND_FAMILY_CACHE, 0.11 + 0.01 * i};
    h.r->diagnosis.suspect = many;
    h.r->diagnosis.count = 8;
    char *text = markdown(h.r);
    assert_holds(text, "confidence 0.13) |\n");
    assert_holds(text, "| cache | 0.16 | - | - |\n\n");
    assert_null(strstr(text, "| cache | 0.17"));
    free(text);
    h.r->diagnosis.suspect = own;
    hand_close(&h);
}

static void a_command_with_backticks_is_fenced_by_more(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"a", "`a`"},
                                           {"a`b", "`` a`b ``"},
                                           {"a``b`c", "``` a``b`c ```"},
                                           {"a`b``", "``` a`b`` ```"},
                                           {"a|b\x1b", "`a\\|b\\x1b`"}};
    hand h;
    hand_open(&h);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char part[64];
        h.r->reproduce = cases[i][0];
        snprintf(part, sizeof part, "| **Reproduce** | %s |\n", cases[i][1]);
        char *text = markdown(h.r);
        assert_holds(text, part);
        free(text);
    }
    hand_close(&h);
}

static void the_terminal_tells_events_verdict_and_command(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    add_runs(h.r);
    char *text = words(h.r, 100, false, false);
    static const char head[] =
        "db (contention) made api breach its SLO for 16 steps\n\n"
        "  t=10   F  fault      slow_db on db from t=10, severity 0.70 (ground truth, simulation "
        "only)\n"
        "  t=14      breach     p95 376 ms (objective 200), errors 3.00 % (objective 2.00 %)\n"
        "  t=15   D  detected   api 0.65, db 0.90, overall 0.80 (threshold 0.60), 5 steps after "
        "onset\n"
        "  t=16      diagnosed  db 0.72 | api>cache 0.20 | api 0.05; contention: p95_ms 139 "
        "against 21.4 (z\n"
        "                       +41) at t=12; p95_ms moved first\n";
    if (strncmp(text, head, sizeof head - 1) != 0)
        fail_msg("%s", text);
    assert_holds(text, "\n\n  + detected   + correct root cause   x 1 of 2 actions aimed right   "
                       "+ recovered\n  + no false alarm   + guard held\n"
                       "  2 actions, 5 masked, 16 breach steps, 1.25 % of users refused, mean "
                       "reward 0.62, waits included\n\n"
                       "  what would have happened          breach steps    MTTR\n"
                       "    this run                                  16      16\n"
                       "    no action                                 77   never\n"
                       "    a|b                                       21       0\n"
                       "    luck                                       0       -\n"
                       "\n  reproduce: tend episode --seed 5\n");
    free(text);
    hand_close(&h);
}

static void a_verdict_counts_what_went_wrong(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    record *r = h.r;
    r->result.detected_at = r->result.recovered = r->result.mttr = -1;
    r->result.top1 = 0;
    r->result.wrong_actions = 0;
    r->result.false_alarm_steps = r->result.violations = 1;
    r->result.refused = 0;
    r->result.reward = NAN;
    char *text = words(r, 100, true, false);
    assert_holds(text, "  ✗ not detected   ✗ wrong root cause   ✓ 2 of 2 actions aimed right   "
                       "✗ not recovered\n  ✗ false alarms   ✗ guard violated\n"
                       "  2 actions, 5 masked, 16 breach steps\n\n  reproduce");
    free(text);
    // what does not apply is not judged
    r->result.top1 = -1;
    r->result.targeted = 0;
    r->result.first_slo = -1;
    r->has_truth = false;
    r->reproduce = "";
    text = words(r, 90, false, false);
    assert_holds(text, "\n\n  x false alarms   x guard violated\n  2 actions");
    assert_null(strstr(text, "reproduce"));
    free(text);
    text = words(r, 89, false, false); // narrow, and nothing before it: no line of blanks
    assert_holds(text, "\n\n  x false alarms   x guard violated\n");
    free(text);
    r->has_truth = true;
    r->result.fault_t_start = r->result.detected_at = r->result.first_slo = 0;
    r->result.recovered = 0;
    r->result.top1 = 0;
    text = words(r, 90, false, false);
    assert_holds(text, "  + detected   x wrong root cause   + recovered   x false alarms");
    free(text);
    r->result.fault_t_start = -1; // a healthy episode has nothing to detect
    text = words(r, 90, false, false);
    assert_null(strstr(text, "detected   x"));
    free(text);
    hand_close(&h);
}

static void good_is_green_and_bad_is_red(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    char *text = words(h.r, 100, true, true);
    assert_holds(text, "\033[32m✓\033[0m correct root cause   "
                       "\033[31m✗\033[0m 1 of 2 actions aimed right   ");
    free(text);
    hand_close(&h);
}

// Lines break at the last space that fits, or hard where half the room has none.
static void long_details_are_wrapped_into_their_column(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    hand_forget(&h);
    h.r->has_truth = true;
    h.r->result.fault_t_start = 1;
    // 60 columns leave 37
    snprintf(
        h.r->truth, sizeof h.r->truth,
        "123456789 123456789 123456789 1234567 next-word-that-is-far-too-long-to-fit-anywhere");
    char *text = words(h.r, 60, false, false);
    assert_holds(text, " fault      123456789 123456789 123456789 1234567\n"
                       "                       next-word-that-is-far-too-long-to-fit\n"
                       "                       -anywhere (ground truth, simulation\n"
                       "                       only)\n");
    free(text);
    for (int i = 0; i < 60; i++) // two bytes each: 18 fit, and none is cut in two
        memcpy(h.r->truth + 2 * i, "\xc3\xa9", 3);
    text = words(h.r, 60, false, false);
    assert_holds(text, "\xc3\xa9\n                       \xc3\xa9");
    assert_null(strstr(text, "\xc3\n"));
    free(text);
    hand_close(&h);
}

// What speaks against each of the first three; a fourth is left out, one without reasons too.
static void the_terminal_tells_why_not(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    hand_evidence(&h,
                  (tend_evidence){TEND_EVIDENCE_LATER, API, -1, -1, DB, 3, 12, NAN, 15, true, 0});
    char *text = words(h.r, 100, false, false);
    assert_holds(text,
                 "\n\n  why not    db: cpu correlates 0.11 with the symptom\n"
                 "             api: p95_ms explained by db, own impact 12 of 480; stood out 3 "
                 "steps after db at t=15\n\n");
    assert_null(strstr(text, "cache: "));
    free(text);
    text = words(h.r, 60, false, false);
    assert_holds(text, "\n             api: p95_ms explained by db, own impact 12 of\n"
                       "             480; stood out 3 steps after db at t=15\n");
    free(text);
    h.r->diagnosis.evidence_count = 1; // for the db alone
    text = words(h.r, 100, false, false);
    assert_null(strstr(text, "why not"));
    free(text);
    hand_close(&h);
}

static void a_run_never_recovered_and_the_first_tick_are_shown(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    add_runs(h.r);
    h.r->result.mttr = -1;
    char *text = words(h.r, 100, false, false);
    assert_holds(text, "    this run                                  16   never\n");
    free(text);
    h.r->result.mttr = 0;
    text = words(h.r, 100, false, false);
    assert_holds(text, "    this run                                  16       0\n");
    free(text);
    hand_close(&h);
}

static void the_strain_is_unknown_outside_the_record(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    assert_true(isnan(record_strain(h.r, -1)));
    assert_true(isnan(record_strain(h.r, TICKS)));
    assert_near(record_strain(h.r, TICKS - 1), 0.5, 0);
    assert_near(record_strain(h.r, 0), 0.5, 0);
    hand_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_markdown_report_begins_with_its_facts),
        cmocka_unit_test(a_quiet_record_says_that_the_objective_held),
        cmocka_unit_test(the_impact_is_held_against_the_first_quarter),
        cmocka_unit_test(events_evidence_and_other_runs_are_markdown_tables),
        cmocka_unit_test(at_most_three_causes_and_six_candidates_are_written),
        cmocka_unit_test(a_command_with_backticks_is_fenced_by_more),
        cmocka_unit_test(the_terminal_tells_events_verdict_and_command),
        cmocka_unit_test(a_verdict_counts_what_went_wrong),
        cmocka_unit_test(good_is_green_and_bad_is_red),
        cmocka_unit_test(long_details_are_wrapped_into_their_column),
        cmocka_unit_test(the_terminal_tells_why_not),
        cmocka_unit_test(a_run_never_recovered_and_the_first_tick_are_shown),
        cmocka_unit_test(the_strain_is_unknown_outside_the_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
