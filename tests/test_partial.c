// SPDX-License-Identifier: GPL-3.0-or-later
// test_partial.c - what is kept of an unfinished eval: whole, exact, and nobody else's.
#include "support.h"

#include "runners/partial.h"

enum { EPISODES = 24, ROUND = 5 };

typedef struct stage {
    run_setup setup;
    result rows[EPISODES];
    unsigned char done[EPISODES];
    eval_job job;
    partial kept;
    char out[256], path[300];
    int calls, seen; // of keep
    volatile sig_atomic_t stop;
} stage;

static tend_err err;

static int setup_stage(void **state)
{
    static stage x;
    run_files files = {"examples/systems/default.json", NULL, NULL};
    if (run_setup_open(&x.setup, &files, 60, &err) != TEND_OK)
        fail_msg("%s", err.text);
    temp_path(x.out, sizeof x.out, "partial.csv");
    snprintf(x.path, sizeof x.path, "%s.partial", x.out);
    *state = &x;
    return 0;
}

static int teardown_stage(void **state)
{
    stage *x = *state;
    run_setup_close(&x->setup);
    return 0;
}

static void identify(partial *p, bool learning)
{
    p->learning = learning;
    str_add(&p->identity, "tend test\n--seed0 100\n");
}

static void begin(stage *x, int round)
{
    x->calls = x->seen = 0;
    x->stop = 0;
    x->setup.learning = round ? TEND_DEFERRED : TEND_FROZEN;
    x->job = (eval_job){.setup = &x->setup,
                        .seed0 = 100,
                        .episodes = EPISODES,
                        .threads = 2,
                        .round = round,
                        .rows = x->rows,
                        .done = x->done,
                        .stop = &x->stop,
                        .context = x};
    x->kept = (partial){.job = &x->job};
    memset(x->rows, 0, sizeof x->rows);
    memset(x->done, 0, sizeof x->done);
    assert_int_equal(tend_open(x->setup.sim->system, x->setup.config, 0, &x->job.master, &err),
                     TEND_OK);
    identify(&x->kept, round > 0);
}

static void finish(stage *x)
{
    partial_remove(&x->kept);
    partial_close(&x->kept);
    tend_close(x->job.master);
    assert_int_not_equal(access(x->path, F_OK), 0);
}

// rows and lessons in one text
static char *told(const stage *x)
{
    str s = {0};
    char *policy = NULL;
    for (int i = 0; i < EPISODES; i++)
        if (x->done[i])
            result_csv_row_exact(&x->rows[i], &s);
    assert_int_equal(tend_policy_write(x->job.master, &policy, &err), TEND_OK);
    str_add(&s, policy);
    free(policy);
    return s.text;
}

static bool always(void *context)
{
    (void)context;
    return true;
}

static void see(void *context, const unsigned char *done)
{
    stage *x = context;
    x->calls++;
    x->seen = 0;
    for (int i = 0; i < EPISODES; i++) {
        x->seen += done[i];
        if (done[i]) // a mark says that the row is there
            assert_int_equal(x->rows[i].seed, 100 + i);
    }
}

static void keep_and_stop(void *context, const unsigned char *done)
{
    stage *x = context;
    see(x, done);
    assert_int_equal(partial_save(&x->kept, done, &err), TEND_OK);
    x->stop = x->seen >= EPISODES / 2;
}

static void check_going_on(stage *x, int round)
{
    begin(x, round);
    x->job.due = always;
    x->job.keep = see;
    assert_int_equal(eval_run(&x->job, &err), TEND_OK);
    char *whole = told(x);
    assert_true(x->calls > 0);
    assert_true(!round || x->seen == EPISODES);
    finish(x);

    begin(x, round);
    x->job.threads = round ? 2 : 1; // without rounds another thread may be at the end meanwhile
    x->job.due = always;
    x->job.keep = keep_and_stop;
    assert_int_equal(partial_find(&x->kept, x->out, false, &err), TEND_OK);
    assert_int_equal(eval_run(&x->job, &err), TEND_INTERRUPTED);
    assert_true(x->calls > 1);
    assert_true(!round || x->seen == 15); // whole rounds, as many as end beyond the half
    partial_close(&x->kept);
    tend_close(x->job.master);

    // as a process killed there would find it
    begin(x, round);
    assert_int_equal(partial_find(&x->kept, x->out, true, &err), TEND_OK);
    assert_int_equal(partial_load(&x->kept, &x->job, &err), TEND_OK);
    int taken = 0;
    for (int i = 0; i < EPISODES; i++)
        taken += x->done[i];
    assert_true(taken >= EPISODES / 2 && taken < EPISODES);
    assert_int_equal(eval_run(&x->job, &err), TEND_OK);
    char *resumed = told(x);
    finish(x);
    assert_string_equal(resumed, whole);
    free(resumed);
    free(whole);
}

static void a_run_goes_on_from_what_was_kept_to_the_last_bit(void **state)
{
    check_going_on(*state, 0);
}

static void with_what_it_had_learnt_then(void **state)
{
    check_going_on(*state, ROUND);
}

static void set_policy(stage *x, const char *name)
{
    assert_int_equal(tend_config_set(x->setup.config, "policy", name, &err), TEND_OK);
    x->setup.hash = drive_hash(x->setup.sim, x->setup.config);
}

static void a_policy_that_learns_nothing_can_go_on_too(void **state)
{
    stage *x = *state;
    set_policy(x, "rules");
    check_going_on(x, ROUND);
    set_policy(x, "ucb");
}

static void only_what_is_ours_is_overwritten_or_removed(void **state)
{
    stage *x = *state;
    begin(x, 0);
    assert_int_equal(partial_find(&x->kept, x->out, false, &err), TEND_OK);
    assert_int_equal(partial_save(&x->kept, x->done, &err), TEND_OK);
    assert_int_equal(partial_save(&x->kept, x->done, &err), TEND_OK); // again, being ours
    char other[320];
    snprintf(other, sizeof other, "%s.other", x->path);
    put_file(other, "theirs", 6);
    assert_int_equal(rename(other, x->path), 0);
    assert_int_equal(partial_save(&x->kept, x->done, &err), TEND_IO);
    assert_holds(err.text, "another run has put it there");
    partial_remove(&x->kept);
    char *left = get_file(x->path);
    assert_string_equal(left, "theirs");
    free(left);
    unlink(x->path);
    finish(x);
}

static void a_file_that_is_there_is_refused_unless_resumed(void **state)
{
    stage *x = *state;
    begin(x, 0);
    put_file(x->path, "theirs", 6);
    assert_int_equal(partial_find(&x->kept, x->out, false, &err), TEND_INPUT);
    assert_holds(err.text, x->path);
    assert_holds(err.text, "--resume");
    partial_close(&x->kept);
    identify(&x->kept, false);
    assert_int_equal(partial_find(&x->kept, x->out, true, &err), TEND_OK);
    assert_int_equal(partial_load(&x->kept, &x->job, &err), TEND_INPUT);
    assert_holds(err.text, "not the interrupted run");
    partial_remove(&x->kept); // refused, so not ours
    assert_int_equal(access(x->path, F_OK), 0);
    unlink(x->path);
    finish(x);
}

static void nothing_is_kept_beside_standard_output_or_a_device(void **state)
{
    stage *x = *state;
    const char *outs[] = {"-", "/dev/null", "/proc/self/fd/1", NULL};
    for (size_t i = 0; i < sizeof outs / sizeof *outs; i++) {
        begin(x, 0);
        assert_int_equal(partial_find(&x->kept, outs[i], false, &err), TEND_OK);
        assert_null(x->kept.path);
        assert_int_equal(partial_save(&x->kept, x->done, &err), TEND_OK);
        assert_int_equal(partial_find(&x->kept, outs[i], true, &err), TEND_USAGE);
        finish(x);
    }
}

// every byte changed, every length cut to: refused, and the job is as it was
static void no_damage_goes_unseen(void **state)
{
    stage *x = *state;
    begin(x, ROUND);
    x->job.episodes = 2 * ROUND;
    assert_int_equal(eval_run(&x->job, &err), TEND_OK);
    assert_int_equal(partial_find(&x->kept, x->out, false, &err), TEND_OK);
    assert_int_equal(partial_save(&x->kept, x->done, &err), TEND_OK);
    char *good = get_file(x->path);
    size_t length = strlen(good);
    for (size_t i = 0; i < 2 * length; i += i < 700 ? 1 : 37) {
        char *text = malloc(length);
        assert_non_null(text);
        memcpy(text, good, length);
        text[i % length] ^= 4;
        put_file(x->path, text, i < length ? length : i - length);
        memset(x->done, 0, sizeof x->done);
        assert_int_equal(partial_load(&x->kept, &x->job, &err), TEND_INPUT);
        for (int k = 0; k < EPISODES; k++)
            assert_int_equal(x->done[k], 0);
        free(text);
    }
    put_file(x->path, good, length);
    assert_int_equal(partial_load(&x->kept, &x->job, &err), TEND_OK);
    assert_int_equal(x->done[2 * ROUND - 1], 1);
    free(good);
    finish(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_goes_on_from_what_was_kept_to_the_last_bit),
        cmocka_unit_test(with_what_it_had_learnt_then),
        cmocka_unit_test(a_policy_that_learns_nothing_can_go_on_too),
        cmocka_unit_test(only_what_is_ours_is_overwritten_or_removed),
        cmocka_unit_test(a_file_that_is_there_is_refused_unless_resumed),
        cmocka_unit_test(nothing_is_kept_beside_standard_output_or_a_device),
        cmocka_unit_test(no_damage_goes_unseen),
    };
    return cmocka_run_group_tests(tests, setup_stage, teardown_stage);
}
