// SPDX-License-Identifier: GPL-3.0-or-later
// test_eval.c - many episodes: the same for any thread count, learning included; interruption.
#include "support.h"

#include "drive/eval.h"

enum { EPISODES = 60 };

typedef struct stage {
    run_setup setup;
} stage;

static int setup_stage(void **state)
{
    static stage x;
    tend_err err = {TEND_OK, ""};
    run_files files = {"examples/systems/default.json", NULL, NULL};
    if (run_setup_open(&x.setup, &files, 240, &err) != TEND_OK)
        fail_msg("%s", err.text);
    *state = &x;
    return 0;
}

static int teardown_stage(void **state)
{
    stage *x = *state;
    run_setup_close(&x->setup);
    return 0;
}

static volatile sig_atomic_t never;

// rows as CSV and what was learnt as JSON, in one text
static char *evaluate(stage *x, int threads, int round)
{
    result *rows = calloc(EPISODES, sizeof *rows);
    unsigned char done[EPISODES] = {0};
    tend_err err = {TEND_OK, ""};
    tend_engine *master;
    x->setup.learning = round ? TEND_DEFERRED : TEND_FROZEN;
    assert_int_equal(tend_open(x->setup.sim->system, x->setup.config, 0, &master, &err), TEND_OK);
    eval_job job = {.setup = &x->setup,
                    .seed0 = 100,
                    .episodes = EPISODES,
                    .threads = threads,
                    .round = round,
                    .master = master,
                    .rows = rows,
                    .done = done,
                    .stop = &never};
    assert_int_equal(eval_run(&job, &err), TEND_OK);
    str s = {0};
    char *policy = NULL;
    for (int i = 0; i < EPISODES; i++) {
        assert_int_equal(done[i], 1);
        assert_int_equal(rows[i].seed, 100 + i);
        result_csv_row(&rows[i], &s);
    }
    assert_int_equal(tend_policy_write(master, &policy, &err), TEND_OK);
    str_add(&s, policy);
    free(policy);
    free(rows);
    tend_close(master);
    return s.text;
}

static void any_number_of_threads_gives_the_same_bytes(void **state)
{
    char *one = evaluate(*state, 1, 0), *two = evaluate(*state, 2, 0),
         *seven = evaluate(*state, 7, 0);
    assert_string_equal(one, two);
    assert_string_equal(one, seven);
    free(one);
    free(two);
    free(seven);
}

static void learning_too_and_it_does_learn(void **state)
{
    char *one = evaluate(*state, 1, 20), *seven = evaluate(*state, 7, 20);
    char *frozen = evaluate(*state, 1, 0), *rounds = evaluate(*state, 1, 15);
    assert_string_equal(one, seven);
    assert_string_not_equal(one, frozen);
    assert_string_not_equal(one, rounds); // the size of a round matters, so it is a parameter
    assert_null(strstr(frozen, "\"count\""));
    assert_non_null(strstr(one, "\"count\""));
    free(one);
    free(seven);
    free(frozen);
    free(rounds);
}

// Every price of every episode of a round, the last ones too: of a context and of its coarse part.
static void all_lessons_of_a_round_are_learnt(void **state)
{
    stage *x = *state;
    tend_err err = {TEND_OK, ""};
    enum { PLAYED = 12 };
    result rows[PLAYED];
    unsigned char done[PLAYED] = {0};
    tend_engine *master;
    tend_drive *alone = NULL;
    int given = 0, learnt = 0;
    x->setup.learning = TEND_DEFERRED;
    assert_int_equal(tend_open(x->setup.sim->system, x->setup.config, 0, &master, &err), TEND_OK);
    eval_job job = {.setup = &x->setup,
                    .seed0 = 100,
                    .episodes = PLAYED,
                    .threads = 2,
                    .round = PLAYED,
                    .master = master,
                    .rows = rows,
                    .done = done,
                    .stop = &never};
    assert_int_equal(eval_run(&job, &err), TEND_OK);
    assert_int_equal(run_open(&x->setup, &alone, &err), TEND_OK);
    for (int i = 0; i < PLAYED; i++) {
        episode_lessons lessons = {.count = 0};
        tend_sink sink = lessons_sink(&lessons);
        result row;
        assert_int_equal(drive_episode(alone, 100 + (uint64_t)i, &row, NULL, &sink, &err), TEND_OK);
        given += lessons.count;
        free(lessons.outcome);
    }
    char *policy = NULL;
    assert_int_equal(tend_policy_write(master, &policy, &err), TEND_OK);
    for (const char *at = policy; (at = strstr(at, "\"count\":")); at++)
        learnt += (int)strtol(at + strlen("\"count\":"), NULL, 10);
    assert_true(given > PLAYED);
    assert_int_equal(learnt, 2 * given);
    free(policy);
    tend_drive_close(alone);
    tend_close(master);
}

static void an_interrupted_run_keeps_what_is_finished_and_goes_on_to_the_same_end(void **state)
{
    stage *x = *state;
    tend_err err = {TEND_OK, ""};
    result *rows = calloc(EPISODES, sizeof *rows), *whole = calloc(EPISODES, sizeof *whole);
    unsigned char done[EPISODES] = {0}, all[EPISODES] = {0};
    volatile sig_atomic_t stop = 1;
    x->setup.learning = TEND_FROZEN;
    eval_job job = {.setup = &x->setup,
                    .seed0 = 1,
                    .episodes = EPISODES,
                    .threads = 2,
                    .rows = rows,
                    .done = done,
                    .stop = &stop};
    assert_int_equal(eval_run(&job, &err), TEND_INTERRUPTED);
    stop = 0;
    job.episodes = 25; // as far as it had come
    assert_int_equal(eval_run(&job, &err), TEND_OK);
    job.episodes = EPISODES;
    assert_int_equal(eval_run(&job, &err), TEND_OK);
    eval_job once = {.setup = &x->setup,
                     .seed0 = 1,
                     .episodes = EPISODES,
                     .threads = 1,
                     .rows = whole,
                     .done = all,
                     .stop = &never};
    assert_int_equal(eval_run(&once, &err), TEND_OK);
    assert_memory_equal(rows, whole, EPISODES * sizeof *rows);
    free(rows);
    free(whole);
}

static void no_episode_violates_the_guard_and_none_blames_the_healthy(void **state)
{
    stage *x = *state;
    tend_err err = {TEND_OK, ""};
    enum { MANY = 400 };
    result *rows = calloc(MANY, sizeof *rows);
    unsigned char done[MANY] = {0};
    x->setup.learning = TEND_FROZEN;
    eval_job job = {.setup = &x->setup,
                    .seed0 = 3000,
                    .episodes = MANY,
                    .threads = 2,
                    .rows = rows,
                    .done = done,
                    .stop = &never};
    assert_int_equal(eval_run(&job, &err), TEND_OK);
    int actions = 0;
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(rows[i].violations, 0);
        actions += rows[i].actions;
        if (rows[i].fault_t_start < 0)
            assert_int_equal(rows[i].actions, rows[i].false_actions);
    }
    assert_true(actions > MANY / 2);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(learning_too_and_it_does_learn),
        cmocka_unit_test(all_lessons_of_a_round_are_learnt),
        cmocka_unit_test(an_interrupted_run_keeps_what_is_finished_and_goes_on_to_the_same_end),
        cmocka_unit_test(no_episode_violates_the_guard_and_none_blames_the_healthy),
    };
    return cmocka_run_group_tests(tests, setup_stage, teardown_stage);
}
