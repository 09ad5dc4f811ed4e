// SPDX-License-Identifier: GPL-3.0-or-later
// test_reckon.c - what an episode lost: the parts add up, each is what it says, on any threads.
#include "support.h"

#include "drive/eval.h"
#include "report/oracle.h"

enum { EPISODES = 8, STEPS = 80 };

static volatile sig_atomic_t never;

typedef struct stage {
    run_setup setup;
    result rows[EPISODES];
    oracle_book *book;
} stage;

static int setup_stage(void **state)
{
    static stage x;
    *state = &x;
    return 0;
}

static void choose(stage *x, const char *const *set)
{
    tend_err err = {TEND_OK, ""};
    run_files files = {"examples/systems/default.json", NULL, NULL};
    tend_sim_options options = tend_sim_usual();
    options.steps = STEPS;
    options.healthy = 0.25;
    options.preset = "calm"; // where faults are felt in so few ticks
    if (run_setup_open_as(&x->setup, &files, options, &err) != TEND_OK)
        fail_msg("%s", err.text);
    oracle_book_close(x->book);
    assert_int_equal(oracle_book_open(&x->book, &err), TEND_OK);
    for (; *set; set += 2)
        if (tend_config_set(x->setup.config, set[0], set[1], &err) != TEND_OK)
            fail_msg("%s", err.text);
}

static void evaluate(stage *x, int threads, uint64_t seed0)
{
    unsigned char done[EPISODES] = {0};
    tend_err err = {TEND_OK, ""};
    eval_job job = {.setup = &x->setup,
                    .seed0 = seed0,
                    .episodes = EPISODES,
                    .threads = threads,
                    .rows = x->rows,
                    .book = x->book,
                    .done = done,
                    .stop = &never};
    memset(x->rows, 0, sizeof x->rows);
    if (eval_run(&job, &err) != TEND_OK)
        fail_msg("%s", err.text);
}

// Opens, asks from the beginning, closes.
static void evaluate_with(stage *x, const char *const *set, uint64_t seed0)
{
    choose(x, set);
    evaluate(x, 2, seed0);
    run_setup_close(&x->setup);
}

#define WITH(...) ((const char *const[]){__VA_ARGS__, NULL})

static char *as_text(const stage *x)
{
    str s = {0};
    for (int i = 0; i < EPISODES; i++)
        result_csv_row_exact(&x->rows[i], &s);
    return s.text;
}

// Adds up to all that was lost, none below nothing; of a healthy episode there is nothing.
static void check_row(const result *r)
{
    if (r->fault_t_start < 0) {
        assert_int_equal(r->oracle_steps, -1);
        assert_true(r->noop_steps >= 0);
        assert_int_equal(r->lost_detection, -1);
        assert_string_equal(r->oracle_opens, "");
        return;
    }
    assert_true(r->lost_detection >= 0 && r->lost_confirmation >= 0);
    assert_true(r->lost_first_action >= 0 && r->lost_later_actions >= 0);
    assert_int_equal(r->lost_detection + r->lost_confirmation + r->lost_first_action +
                         r->lost_later_actions,
                     r->slo_steps - r->oracle_steps);
    assert_true(r->oracle_steps <= r->beam_steps);
    assert_true(r->beam_steps <= r->noop_steps);
    assert_true(r->oracle_steps <= r->slo_steps);
}

static void the_parts_add_up_whatever_the_policy_does(void **state)
{
    stage *x = *state;
    static const char *const policies[] = {"ucb", "rules", "random", "noop"};
    for (int p = 0; p < 4; p++) {
        int faults = 0, lost = 0, healthy = 0;
        evaluate_with(x, WITH("policy", policies[p]), 33);
        for (int i = 0; i < EPISODES; i++) {
            const result *r = &x->rows[i];
            check_row(r);
            healthy += r->fault_t_start < 0;
            faults += r->fault_t_start >= 0;
            lost += r->fault_t_start < 0 ? 0 : r->slo_steps - r->oracle_steps;
            // who does nothing does nothing wrong, and is as good as nothing
            if (p == 3 && r->fault_t_start >= 0) {
                assert_int_equal(r->lost_first_action + r->lost_later_actions, 0);
                assert_int_equal(r->slo_steps, r->noop_steps);
            }
        }
        assert_true(faults > 3);
        assert_true(healthy > 0);
        assert_true(lost > 0);
    }
}

static void without_an_alarm_all_is_lost_in_detection(void **state)
{
    stage *x = *state;
    int lost = 0;
    evaluate_with(x, WITH("policy", "noop", "alarm.need", "60", "alarm.of", "60"), 3);
    for (int i = 0; i < EPISODES; i++) {
        const result *r = &x->rows[i];
        check_row(r);
        if (r->fault_t_start < 0 || r->detected_at >= 0)
            continue;
        assert_int_equal(r->lost_confirmation, 0);
        lost += r->lost_detection;
    }
    assert_true(lost > 0);
}

// Advice that nobody carries out is no action: what came of it was lost by waiting.
static void advice_is_no_action(void **state)
{
    stage *x = *state;
    int waited = 0, advised = 0;
    evaluate_with(x, WITH("policy", "rules", "guard.dry_run", "1"), 3);
    for (int i = 0; i < EPISODES; i++) {
        const result *r = &x->rows[i];
        check_row(r);
        if (r->fault_t_start < 0)
            continue;
        assert_int_equal(r->slo_steps, r->noop_steps);
        assert_int_equal(r->lost_first_action + r->lost_later_actions, 0);
        waited += r->lost_confirmation;
        advised += r->actions;
    }
    assert_true(advised > 0);
    assert_true(waited > 0);
}

static void any_number_of_threads_gives_the_same_bytes(void **state)
{
    stage *x = *state;
    tend_err err = {TEND_OK, ""};
    char *text[3];
    static const int threads[3] = {1, 2, 7};
    for (int i = 0; i < 3; i++) {
        choose(x, WITH("policy", "rules"));
        evaluate(x, threads[i], 21);
        text[i] = as_text(x);
        if (i < 2)
            run_setup_close(&x->setup);
    }
    // with what is known already too, and the answers are taken: one that nobody found shows
    evaluate(x, 2, 21);
    char *known = as_text(x);
    assert_string_equal(text[0], text[1]);
    assert_string_equal(text[0], text[2]);
    assert_string_equal(text[0], known);
    size_t entries;
    const oracle_entry *first = oracle_book_entries(x->book, &entries);
    assert_int_equal(entries, EPISODES);
    while (first->answer.beam <= 0)
        first++;
    oracle_entry changed = *first;
    changed.answer.beam = 0;
    assert_int_equal(oracle_book_add(x->book, &changed, &err), TEND_OK);
    evaluate(x, 2, 21);
    assert_int_equal(x->rows[changed.seed - 21].beam_steps, 0);
    for (int i = 0; i < 3; i++)
        free(text[i]);
    free(known);
    run_setup_close(&x->setup);
}

static void the_oracle_changes_nothing_it_looks_at(void **state)
{
    stage *x = *state;
    unsigned char done[EPISODES] = {0};
    result plain[EPISODES];
    tend_err err = {TEND_OK, ""};
    choose(x, WITH("policy", "ucb"));
    evaluate(x, 1, 3);
    eval_job job = {.setup = &x->setup,
                    .seed0 = 3,
                    .episodes = EPISODES,
                    .threads = 1,
                    .rows = plain,
                    .done = done,
                    .stop = &never};
    assert_int_equal(eval_run(&job, &err), TEND_OK);
    for (int i = 0; i < EPISODES; i++) {
        assert_true(plain[i].state_hash == x->rows[i].state_hash);
        assert_int_equal(plain[i].slo_steps, x->rows[i].slo_steps);
        assert_int_equal(plain[i].oracle_steps, -1);
    }
    run_setup_close(&x->setup);
}

static void rows_of(result *row, int noop, int policy, int beam, int reference, const char *opens)
{
    memset(row, 0, sizeof *row);
    row->noop_steps = noop;
    row->slo_steps = policy;
    row->beam_steps = beam;
    row->oracle_steps = reference;
    row->lost_detection = 1;
    row->lost_confirmation = 2;
    row->lost_first_action = 3;
    row->lost_later_actions = policy - reference - 6;
    snprintf(row->oracle_opens, sizeof row->oracle_opens, "%s", opens);
}

static void the_figures_are_of_the_episodes_with_an_answer(void **state)
{
    (void)state;
    result rows[4];
    oracle_figures f;
    tend_err err = {TEND_OK, ""};
    rows_of(&rows[0], 100, 40, 20, 20, "restart");
    rows_of(&rows[1], 60, 30, 12, 10, "reroute");
    rows_of(&rows[2], 50, 50, 50, -1, ""); // healthy, or not asked
    rows_of(&rows[3], 10, 6, 0, 0, "restart");
    assert_int_equal(oracle_figures_make(rows, 4, &f, &err), TEND_OK);
    assert_int_equal(f.episodes, 3);
    assert_int_equal(f.beaten, 1);
    assert_near(f.noop, 170.0 / 3, 1e-12);
    assert_near(f.policy, 76.0 / 3, 1e-12);
    assert_near(f.reference, 10, 1e-12);
    // 94 of the 140 that could be won
    assert_near(f.gap.value, 94.0 / 140, 1e-12);
    assert_true(f.gap.low < f.gap.value && f.gap.value < f.gap.high);
    // of several systems it is as likely one of them alone: 0.75, 0.6 or 0.4
    snprintf(rows[1].system, sizeof rows[1].system, "b");
    snprintf(rows[3].system, sizeof rows[3].system, "c");
    oracle_figures by_system;
    assert_int_equal(oracle_figures_make(rows, 4, &by_system, &err), TEND_OK);
    assert_near(by_system.gap.value, f.gap.value, 1e-12);
    assert_near(by_system.gap.low, 0.4, 0.15);
    assert_near(by_system.gap.high, 0.75, 1e-12);
    assert_near(f.lost[0] + f.lost[1] + f.lost[2] + f.lost[3], f.policy - f.reference, 1e-12);
    assert_int_equal(f.opens[TEND_RESTART], 2);
    assert_int_equal(f.opens[TEND_REROUTE], 1);
    assert_int_equal(f.opens[TEND_NOOP], 0);
    str s = {0};
    oracle_figures_text(&f, &s);
    assert_holds(s.text, "breach steps of 3 episodes");
    assert_holds(s.text, "the beam was not the best in 1");
    assert_holds(s.text, "gap closed 67.1 %");
    assert_holds(s.text, "lost 15.33: detection 1.00, confirmation 2.00, first action 3.00");
    assert_holds(s.text, "restart 67 %, reroute 33 %");
    str_free(&s);
    // where nothing helps no plan opens: shares are of those that do
    rows_of(&rows[2], 50, 50, 50, 50, "noop");
    assert_int_equal(oracle_figures_make(rows, 4, &f, &err), TEND_OK);
    assert_int_equal(f.opens[TEND_NOOP], 1);
    oracle_figures_text(&f, &s);
    assert_holds(s.text, "plans that help: 3, opened by");
    assert_holds(s.text, "restart 67 %, reroute 33 %");
    str_free(&s);
    rows_of(&rows[2], 50, 50, 50, -1, "");
    // nobody asked: nothing is said
    assert_int_equal(oracle_figures_make(&rows[2], 1, &f, &err), TEND_OK);
    oracle_figures_text(&f, &s);
    assert_int_equal(s.length, 0);
    assert_true(isnan(f.gap.value));
    str_free(&s);
}

static void a_book_finds_what_was_put_in(void **state)
{
    (void)state;
    oracle_book *book;
    oracle_answer answer;
    tend_err err = {TEND_OK, ""};
    size_t count;
    assert_int_equal(oracle_book_open(&book, &err), TEND_OK);
    for (uint64_t i = 0; i < 500; i++) { // 7 and 500 have nothing in common: every order
        uint64_t k = i * 7 % 500;
        oracle_entry e = {k / 100, k % 100, {.beam = (int)k}};
        assert_false(oracle_book_find(book, e.setup, e.seed, &answer));
        assert_int_equal(oracle_book_add(book, &e, &err), TEND_OK);
    }
    assert_int_equal(oracle_book_add(book, &(oracle_entry){2, 3, {.beam = 9999}}, &err), TEND_OK);
    const oracle_entry *entry = oracle_book_entries(book, &count);
    assert_int_equal(count, 500);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(entry[i].setup, i / 100);
        assert_int_equal(entry[i].seed, i % 100);
        assert_true(oracle_book_find(book, i / 100, i % 100, &answer));
        assert_int_equal(answer.beam, i == 203 ? 9999 : i);
    }
    assert_false(oracle_book_find(book, 5, 0, &answer));
    oracle_book_close(book);
}

static void spoil(stage *x, const oracle_entry *first, void (*how)(oracle_answer *answer))
{
    tend_err err = {TEND_OK, ""};
    oracle_entry bad = *first;
    how(&bad.answer);
    assert_int_equal(oracle_book_add(x->book, &bad, &err), TEND_OK);
}

static void no_such_action(oracle_answer *answer)
{
    answer->plan.actions = 1;
    answer->plan.step[0].tick = 5;
    answer->plan.step[0].action = 999999;
}

static void action_below_none(oracle_answer *answer)
{
    no_such_action(answer);
    answer->plan.step[0].action = -7000000;
}

static void behind_the_end(oracle_answer *answer)
{
    no_such_action(answer);
    answer->plan.step[0].action = 1;
    answer->plan.step[0].tick = STEPS;
}

static void out_of_order(oracle_answer *answer)
{
    answer->plan.actions = 2;
    answer->plan.step[0].tick = answer->plan.step[1].tick = 5;
    answer->plan.step[0].action = answer->plan.step[1].action = 1;
}

static void longer_than_the_episode(oracle_answer *answer)
{
    answer->beam = STEPS + 1;
}

static void without_an_episode(oracle_answer *answer)
{
    answer->beam = -2;
}

// A file may hold anything. What is possible is believed, see above: or nothing would be saved.
static void an_answer_that_cannot_be_is_asked_for_anew(void **state)
{
    stage *x = *state;
    static void (*const bad[])(oracle_answer *) = {no_such_action,          action_below_none,
                                                   behind_the_end,          out_of_order,
                                                   longer_than_the_episode, without_an_episode};
    size_t count, at = 0;
    choose(x, WITH("policy", "rules"));
    evaluate(x, 1, 33);
    char *right = as_text(x);
    const oracle_entry *all = oracle_book_entries(x->book, &count);
    while (at < count && all[at].answer.beam <= 0)
        at++;
    assert_true(at < count);
    const oracle_entry first = all[at];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spoil(x, &first, bad[i]);
        evaluate(x, 1, 33);
        char *again = as_text(x);
        assert_string_equal(again, right);
        free(again);
    }
    run_setup_close(&x->setup);
    free(right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_parts_add_up_whatever_the_policy_does),
        cmocka_unit_test(without_an_alarm_all_is_lost_in_detection),
        cmocka_unit_test(advice_is_no_action),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(the_oracle_changes_nothing_it_looks_at),
        cmocka_unit_test(a_book_finds_what_was_put_in),
        cmocka_unit_test(an_answer_that_cannot_be_is_asked_for_anew),
        cmocka_unit_test(the_figures_are_of_the_episodes_with_an_answer),
    };
    return cmocka_run_group_tests(tests, setup_stage, NULL);
}
