// SPDX-License-Identifier: GPL-3.0-or-later
// test_story.c - the events of a record written by hand: their order, words and fields.
#include "record_support.h"

#include "report/story.h"

typedef struct line { // an event as it must be
    int tick;
    const char *mark, *kind;
    int service, edge;
    const char *action; // NULL: none
    int rule;
    double value, reference;
    int until;
    const char *detail;
} line;

static void check(const hand *h, const event *e, const line *want)
{
    assert_string_equal(e->kind, want->kind);
    assert_int_equal(e->tick, want->tick);
    assert_string_equal(e->mark, want->mark);
    assert_int_equal(e->service, want->service);
    assert_int_equal(e->edge, want->edge);
    assert_int_equal(e->action >= 0, want->action != NULL);
    if (want->action)
        assert_string_equal(h->d.system->actions[e->action].name, want->action);
    assert_int_equal(e->rule, want->rule);
    assert_true(isnan(want->value) ? isnan(e->value) : e->value == want->value);
    assert_true(isnan(want->reference) ? isnan(e->reference) : e->reference == want->reference);
    assert_int_equal(e->until, want->until);
    assert_string_equal(e->detail, want->detail);
}

// "scale(api,+1) by rule NAME (HELP)", with what follows
static const char *masked_text(char *room, size_t size, const char *action, int rule,
                               const char *rest)
{
    snprintf(room, size, "%s by rule %s (%s)%s", action, tend_guard_rule_name(rule),
             tend_guard_rule_help(rule), rest);
    return room;
}

static void an_incident_is_told_in_order_each_event_in_words_and_fields(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    char three[300], one[300], other[300];
    masked_text(three, sizeof three, "scale(api,+1)", 1, ", 3 times until t=18");
    masked_text(one, sizeof one, "scale(api,+1)", 2, "");
    masked_text(other, sizeof other, "restart(db)", 2, "");
    // the breach is 376 / 200 = 1.9 objectives (3 % of 2 % are only 1.5), nine ticks on 2 of 422
    const line want[] = {
        {ONSET, "F", "fault", -1, -1, NULL, -1, NAN, NAN, -1,
         "slow_db on db from t=10, severity 0.70 (ground truth, simulation only)"},
        {BREACH, "", "breach", API, -1, NULL, -1, 376, 200, -1,
         "p95 376 ms (objective 200), errors 3.00 % (objective 2.00 %)"},
        {DETECTED, "D", "detected", -1, -1, NULL, -1, 0.8, 0.6, -1,
         "api 0.65, db 0.90, overall 0.80 (threshold 0.60), 5 steps after onset"},
        {16, "", "diagnosed", DB, -1, NULL, -1, 0.72, NAN, -1,
         "db 0.72 | api>cache 0.20 | api 0.05; contention: p95_ms 139 against 21.4 (z +41) at "
         "t=12; "
         "p95_ms moved first"},
        {16, "", "masked", -1, -1, "scale(api,+1)", 1, NAN, NAN, 18, three},
        {17, "1", "action", -1, -1, "clear_cache(cache)", -1, 0.62, NAN, -1,
         "clear_cache(cache): 0.81 against 0.64 for restart(db); SLO 1.9x -> 1.9x; reward 0.62"},
        {19, "", "masked", -1, -1, "scale(api,+1)", 2, NAN, NAN, 19, one},
        {20, "", "masked", -1, -1, "restart(db)", 2, NAN, NAN, 20, other},
        {25, "", "diagnosed", DB, API_DB, NULL, -1, 0.5, NAN, -1,
         "now api>db 0.50; network; was db (contention)"},
        {RECOVERED, "R", "recovered", -1, -1, NULL, -1, NAN, NAN, -1,
         "10 healthy steps in a row from here; MTTR 16 steps"},
        {415, "2", "advice", -1, -1, "restart(db)", -1, NAN, NAN, -1,
         "restart(db); SLO 0.5x -> 0.5x"},
    };
    event_list list = events_of(h.r);
    assert_false(list.failed);
    assert_int_equal(list.count, sizeof want / sizeof *want);
    for (int i = 0; i < list.count; i++)
        check(&h, &list.item[i], &want[i]);
    events_free(&list);
    assert_null(list.item);
    assert_int_equal(list.count, 0);
    hand_close(&h);
}

static void nothing_noticed_is_an_empty_story(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    hand_forget(&h);
    event_list list = events_of(h.r);
    assert_int_equal(list.count, 0);
    assert_false(list.failed);
    events_free(&list);
    hand_close(&h);
}

// The one event of a kind; fails when there is none.
static event the(const hand *h, const char *kind)
{
    event_list list = events_of(h->r);
    event found = {.tick = -9};
    for (int i = 0; i < list.count; i++)
        if (strcmp(list.item[i].kind, kind) == 0)
            found = list.item[i];
    events_free(&list);
    if (found.tick == -9)
        fail_msg("no event %s", kind);
    return found;
}

static int count(const hand *h, const char *kind)
{
    event_list list = events_of(h->r);
    int n = 0;
    for (int i = 0; i < list.count; i++)
        n += strcmp(list.item[i].kind, kind) == 0;
    events_free(&list);
    return n;
}

static void the_delay_of_a_detection_needs_a_known_onset_before_it(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    h.r->result.fault_t_start = DETECTED;
    assert_holds(the(&h, "detected").detail, "(threshold 0.60), 0 steps after onset");
    h.r->result.fault_t_start = DETECTED + 1; // a false alarm, then a fault
    assert_null(strstr(the(&h, "detected").detail, "onset"));
    assert_int_equal(count(&h, "fault"), 1);
    h.r->result.fault_t_start = 0;
    assert_holds(the(&h, "detected").detail, ", 15 steps after onset");
    assert_int_equal(the(&h, "fault").tick, 0);
    h.r->result.fault_t_start = -1;
    assert_null(strstr(the(&h, "detected").detail, "onset"));
    assert_int_equal(count(&h, "fault"), 0);
    h.r->result.fault_t_start = ONSET;
    h.r->has_truth = false; // recorded data knows of no fault
    assert_null(strstr(the(&h, "detected").detail, "onset"));
    assert_int_equal(count(&h, "fault"), 0);
    hand_close(&h);
}

static void what_happens_in_the_first_tick_is_told_too(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    h.r->detected_at = h.r->diagnosed_at = 0;
    h.r->result.first_slo = h.r->result.recovered = 0;
    h.r->action[0].outcome.settled = 0;
    assert_int_equal(the(&h, "detected").tick, 0);
    assert_int_equal(the(&h, "breach").tick, 0);
    assert_holds(the(&h, "breach").detail, "p95 100 ms (objective 200), errors 0.00 %");
    assert_int_equal(the(&h, "recovered").tick, 0);
    assert_holds(the(&h, "action").detail, "; reward 0.62");
    assert_near(the(&h, "action").value, 0.62, 0);
    hand_close(&h);
}

static void a_detection_names_at_most_three_services(void **state)
{
    (void)state;
    enum { MANY = 5 };
    static const tend_service services[MANY] = {{"a", TEND_SERVICE, 1, 1, 2},
                                                {"b", TEND_SERVICE, 1, 1, 2},
                                                {"c", TEND_SERVICE, 1, 1, 2},
                                                {"d", TEND_SERVICE, 1, 1, 2},
                                                {"e", TEND_SERVICE, 1, 1, 2}};
    static const tend_metric metrics[] = {{"p95_ms", "ms", TEND_LATENCY}};
    static const tend_edge edges[] = {{0, 1}};
    tend_system draft = {.name = "five",
                         .step_s = 1,
                         .S = MANY,
                         .M = 1,
                         .E = 1,
                         .services = services,
                         .metrics = metrics,
                         .edges = edges,
                         .slo = {200, 0.02}};
    tend_system *five = NULL;
    tend_err err = {TEND_OK, ""};
    hand h;
    hand_open(&h);
    assert_int_equal(tend_system_build(&draft, &five, &err), TEND_OK);
    hand_forget(&h);
    record *r = NULL;
    assert_int_equal(record_open(five, 4, &r, &err), TEND_OK);
    r->result.fault_t_start = r->result.first_slo = r->result.recovered = -1;
    double *score = (double *)(uintptr_t)r->detection.score;
    score[1] = 0.9, score[2] = 0.8, score[3] = 0.7, score[4] = 0.95;
    r->detection.threshold = 0.5;
    r->detection.overall = 0.95;
    r->detected_at = 3;
    event_list list = events_of(r);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.item[0].detail,
                        "b 0.90, c 0.80, d 0.70, overall 0.95 (threshold 0.50)");
    events_free(&list);
    record_close(r);
    tend_system_free(five);
    hand_close(&h);
}

static void a_run_of_masks_ends_with_the_action_or_the_rule(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    int restart = desk_action(&h.d, TEND_RESTART, DB, -1);
    h.r->maskeds = 0;
    hand_masked(&h, 40, restart, 3);
    hand_masked(&h, 50, restart, 3); // a gap in time is no end
    hand_masked(&h, 51, restart, 4);
    hand_masked(&h, 52, restart + 1, 4);
    hand_masked(&h, 53, restart + 1, 4);
    event_list list = events_of(h.r);
    static const int from[] = {40, 51, 52}, until[] = {50, 51, 53};
    int seen = 0;
    for (int i = 0; i < list.count; i++)
        if (strcmp(list.item[i].kind, "masked") == 0) {
            assert_in_range(seen, 0, 2);
            assert_int_equal(list.item[i].tick, from[seen]);
            assert_int_equal(list.item[i].until, until[seen]);
            assert_int_equal(strstr(list.item[i].detail, "2 times until t=") != NULL, seen != 1);
            seen++;
        }
    assert_int_equal(seen, 3);
    events_free(&list);
    hand_close(&h);
}

static void the_tenth_action_is_marked_by_a_letter(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    int restart = desk_action(&h.d, TEND_RESTART, DB, -1);
    for (int i = h.r->actions; i < 11; i++)
        hand_action(&h, 415 + i / 6, restart);
    event_list list = events_of(h.r);
    char marks[32] = "";
    for (int i = 0; i < list.count; i++)
        if (list.item[i].action >= 0 && list.item[i].rule < 0)
            snprintf(marks + strlen(marks), sizeof marks - strlen(marks), "%s", list.item[i].mark);
    assert_string_equal(marks, "123456789ab"); // in the order taken, also within a tick
    events_free(&list);
    hand_close(&h);
}

// The strain of the objective: the worse of latency, and errors with refusals, at the action and
// ten ticks later, or at the end.
static void an_action_tells_the_strain_before_and_ten_ticks_after(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    for (int t = 0; t < TICKS; t++)
        h.r->entry_p95_ms[t] = 200 + 20 * t; // 1 + t / 10 objectives
    h.r->action[0].tick = 100;
    assert_holds(the(&h, "action").detail, "; SLO 11.0x -> 12.0x");
    h.r->action[0].tick = TICKS - 11;
    assert_holds(the(&h, "action").detail, "; SLO 42.1x -> 43.1x");
    h.r->action[0].tick = TICKS - 10; // the last tick there is
    assert_holds(the(&h, "action").detail, "; SLO 42.2x -> 43.1x");
    h.r->action[0].tick = 100;
    h.r->entry_errors[100] = 0.3; // 15 objectives
    h.r->refused[110] = 0.6;
    h.r->entry_errors[110] = 0.2; // (0.6 + 0.2) / 0.02
    assert_holds(the(&h, "action").detail, "; SLO 15.0x -> 40.0x");
    h.r->refused[110] = NAN; // unknown
    assert_holds(the(&h, "action").detail, "; SLO 15.0x -> 12.0x");
    h.r->entry_p95_ms[110] = NAN;
    h.r->entry_errors[110] = NAN;
    assert_null(strstr(the(&h, "action").detail, "SLO"));
    h.r->entry_p95_ms[110] = 200;
    h.r->entry_errors[110] = 0;
    h.r->entry_p95_ms[100] = NAN;
    h.r->entry_errors[100] = NAN;
    assert_null(strstr(the(&h, "action").detail, "SLO"));
    hand_close(&h);
}

static void a_choice_of_one_compares_nothing(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    h.r->action[0].decision.compared_count = 1;
    assert_null(strstr(the(&h, "action").detail, "against"));
    h.r->action[0].outcome.settled = -1;
    assert_null(strstr(the(&h, "action").detail, "reward"));
    assert_true(isnan(the(&h, "action").value));
    hand_close(&h);
}

static void what_was_never_tried_is_called_so(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    tend_compared *ranked = h.r->action[0].decision.compared;
    ranked[0].index = HUGE_VAL;
    assert_holds(the(&h, "action").detail,
                 "clear_cache(cache): untried against 0.64 for restart(db)");
    ranked[1].index = HUGE_VAL;
    assert_holds(the(&h, "action").detail, ": untried against untried for restart(db)");
    hand_close(&h);
}

static void a_diagnosis_without_evidence_says_the_family_alone(void **state)
{
    (void)state;
    hand h;
    hand_open(&h);
    h.r->blames = 0;
    h.r->diagnosis.evidence_count = 0;
    h.r->diagnosis.count = 1;
    assert_string_equal(the(&h, "diagnosed").detail, "db 0.72; contention");
    h.r->diagnosis.suspect[0].edge = API_DB;
    assert_string_equal(the(&h, "diagnosed").detail, "api>db 0.72; contention");
    assert_int_equal(the(&h, "diagnosed").edge, API_DB);
    hand_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_incident_is_told_in_order_each_event_in_words_and_fields),
        cmocka_unit_test(nothing_noticed_is_an_empty_story),
        cmocka_unit_test(the_delay_of_a_detection_needs_a_known_onset_before_it),
        cmocka_unit_test(what_happens_in_the_first_tick_is_told_too),
        cmocka_unit_test(a_detection_names_at_most_three_services),
        cmocka_unit_test(a_run_of_masks_ends_with_the_action_or_the_rule),
        cmocka_unit_test(the_tenth_action_is_marked_by_a_letter),
        cmocka_unit_test(an_action_tells_the_strain_before_and_ten_ticks_after),
        cmocka_unit_test(a_choice_of_one_compares_nothing),
        cmocka_unit_test(what_was_never_tried_is_called_so),
        cmocka_unit_test(a_diagnosis_without_evidence_says_the_family_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
