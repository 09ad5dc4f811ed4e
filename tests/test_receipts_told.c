// SPDX-License-Identifier: GPL-3.0-or-later
// test_receipts_told.c - what became of an action, heard by judge, engine and story.
#include "guard_support.h"

#include "agent/decide/judge.h"
#include "core/params.h"
#include "report/story.h"

// --- the judge -----------------------------------------------------------------------------------

static void a_failed_restart_is_not_judged_as_a_restart(void **state)
{
    (void)state;
    for (int became = TEND_RECEIPT_UNKNOWN; became < TEND_RECEIPT_STATES; became++) {
        yard y;
        judge_state j;
        judge_params p;
        tend_frame frame;
        int judged = 0;
        yard_open(&y);
        params_default(judge_param_table, &p);
        p.horizon = 5;
        judge_init(&j);
        int restart = yard_action(&y, "restart(db)"), scale = yard_action(&y, "scale(db,+1)");
        judge_note(&j, &(tend_decision){.key = 9, .action = restart, .tick = 0});
        judge_note(&j, &(tend_decision){.key = 9, .action = scale, .tick = 1});
        tend_receipt told[] = {{0, restart, (tend_receipt_state)became},
                               {1, restart, TEND_RECEIPT_FAILED}, // no such decision
                               {0, scale, TEND_RECEIPT_FAILED},
                               {0, restart, TEND_RECEIPT_FAILED}}; // beyond the count
        for (int64_t t = 1; t < 9; t++) {
            // in a breach as in peace
            tend_obs obs = {
                .tick = t, .breach = t % 2 > 0, .receipt = told, .receipts = t == 3 ? 3 : 0};
            judge_tick(&j, &p, y.system, &obs, &frame);
            for (int i = 0; i < frame.outcomes; i++)
                judged += frame.outcome[i].action == restart ? 1 : 10;
        }
        bool nothing = became == TEND_RECEIPT_FAILED || became == TEND_RECEIPT_TIMEOUT ||
                       became == TEND_RECEIPT_REFUSED;
        assert_int_equal(judged, nothing ? 10 : 11);
        assert_int_equal(j.count, 0);
        yard_close(&y);
    }
}

static void one_receipt_is_enough_to_drop_a_decision(void **state)
{
    (void)state;
    yard y;
    judge_state j;
    judge_params p;
    tend_frame frame;
    yard_open(&y);
    params_default(judge_param_table, &p);
    judge_init(&j);
    int restart = yard_action(&y, "restart(db)");
    judge_note(&j, &(tend_decision){.key = 9, .action = restart, .tick = 7});
    tend_receipt told = {7, restart, TEND_RECEIPT_REFUSED};
    tend_obs obs = {.tick = 8, .receipt = &told, .receipts = 1};
    judge_tick(&j, &p, y.system, &obs, &frame);
    assert_int_equal(j.count, 0);
    yard_close(&y);
}

// --- the engine ----------------------------------------------------------------------------------

static void an_observation_of_before_has_no_receipts(void **state)
{
    (void)state;
    yard y;
    tend_engine *engine = NULL;
    yard_open(&y);
    assert_int_equal(tend_open(y.system, y.config, 1, &engine, NULL), TEND_OK);
    tend_receipt told = {0, 1, TEND_RECEIPT_STARTED};
    y.obs.receipt = &told;
    y.obs.receipts = 1;
    assert_int_equal(tend_step(engine, &y.obs)->obs->receipts, 1);
    y.obs.size = TEND_OBS_FIRST;
    assert_int_equal(tend_step(engine, &y.obs)->obs->receipts, 0);
    y.obs.size = offsetof(tend_obs, receipts); // the pointer without its count
    assert_int_equal(tend_step(engine, &y.obs)->obs->receipts, 0);
    y.obs.size = sizeof y.obs;
    y.obs.receipt = NULL;
    assert_int_equal(tend_step(engine, &y.obs)->obs->receipts, 0);
    y.obs.receipt = &told;
    y.obs.receipts = -3;
    assert_true(tend_step(engine, &y.obs)->obs->receipts <= 0);
    tend_close(engine);
    yard_close(&y);
}

// --- the story -----------------------------------------------------------------------------------

static void the_story_tells_what_came_to_nothing(void **state)
{
    (void)state;
    static const char *const words[TEND_RECEIPT_STATES] = {
        "", "", "", "", "; failed", "; no word of it in time", "; refused"};
    for (int became = TEND_RECEIPT_ACCEPTED; became < TEND_RECEIPT_STATES; became++) {
        yard y;
        record *r = NULL;
        double score[YARD_S] = {0};
        int metric[YARD_S] = {0};
        yard_open(&y);
        y.frame.findings = (tend_findings){.score = score, .metric = metric};
        assert_int_equal(record_open(y.system, 8, &r, NULL), TEND_OK);
        int restart = yard_action(&y, "restart(db)");
        tend_receipt told = {2, restart, (tend_receipt_state)became};
        for (int64_t t = 0; t < 8; t++) {
            y.obs.tick = t;
            y.frame.decision =
                (tend_decision){.action = t == 2 ? restart : 0, .tick = t, .wanted = -1};
            y.obs.receipt = &told;
            y.obs.receipts = t >= 5; // told at 5, and again
            assert_int_equal(record_add(r, &y.frame, NULL), TEND_OK);
        }
        bool over = became >= TEND_RECEIPT_DONE;
        assert_int_equal(r->action[0].became, became);
        assert_int_equal(r->action[0].over, over ? 5 : -1);
        r->result.first_slo = r->result.recovered = r->result.fault_t_start = -1;
        event_list events = events_of(r);
        const event *e = NULL;
        for (int i = 0; i < events.count; i++)
            if (strcmp(events.item[i].kind, "action") == 0)
                e = &events.item[i];
        assert_non_null(e);
        assert_string_equal(e->receipt, tend_receipt_name((tend_receipt_state)became));
        assert_int_equal(e->until, over ? 5 : -1);
        for (int w = TEND_RECEIPT_FAILED; w < TEND_RECEIPT_STATES; w++)
            assert_true((strstr(e->detail, words[w]) != NULL) == (w == became));
        events_free(&events);
        record_close(r);
        yard_close(&y);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_restart_is_not_judged_as_a_restart),
        cmocka_unit_test(one_receipt_is_enough_to_drop_a_decision),
        cmocka_unit_test(an_observation_of_before_has_no_receipts),
        cmocka_unit_test(the_story_tells_what_came_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
