// SPDX-License-Identifier: GPL-3.0-or-later
// test_policy_ucb.c - contexts, priors and lessons of the default policy, number by number.
#include "frame_support.h"

#include "agent/decide/playbook.h"
#include "agent/plugins.h"
#include "core/params.h"

// the parameters in the order of their struct
enum { ALPHA, PRIOR, COARSE, PATIENCE, LIFT_AFTER, HOLD, SEVERE, RAW, PARAMS };

typedef struct bench {
    desk d;
    double params[PARAMS];
    tend_node me;
    tend_decision out;
} bench;

static void bench_open(bench *b)
{
    desk_open(&b->d);
    assert_int_equal(policy_ucb.base.params_size, sizeof b->params);
    params_default(policy_ucb.base.params, b->params);
    b->params[PATIENCE] = 1;
    b->me = (tend_node){.system = b->d.system, .params = b->params, .learning = TEND_FROZEN};
    b->me.state = malloc(policy_ucb.base.state_size(b->d.system, b->params));
    assert_non_null(b->me.state);
    policy_ucb.base.init(&b->me, 1);
}

static void bench_close(bench *b)
{
    free(b->me.state);
    desk_close(&b->d);
}

// one tick in breach with an alarm; what was decided is in b->out
static void decide(bench *b)
{
    b->out = (tend_decision){.wanted = -1, .arm = -1};
    b->d.frame.findings.alarm = true;
    tend_view seen = {.obs = &b->d.obs,
                      .findings = &b->d.frame.findings,
                      .incident = b->d.frame.incident,
                      .incidents = 1,
                      .causes = &b->d.frame.causes,
                      .allowed = b->d.allowed};
    policy_ucb.decide(&b->me, &seen, &b->out);
    b->d.obs.tick++;
}

static double index_of(const bench *b, int action)
{
    for (int i = 0; i < b->out.compared_count; i++)
        if (b->out.compared[i].action == action)
            return b->out.compared[i].index;
    return (double)NAN;
}

static void defaults_are_as_documented(void **state)
{
    (void)state;
    static const double right[PARAMS] = {0.02, 4, 4, 2, 4, 8, 2, 0};
    double params[PARAMS];
    params_default(policy_ucb.base.params, params);
    for (int i = 0; i < PARAMS; i++)
        assert_near(params[i], right[i], 0);
}

static void untrained_it_follows_the_playbook_of_the_family(void **state)
{
    (void)state;
    // belief in wait, restart, scale, clear_cache, limit, rollback, reroute
    static const double belief[TEND_FAMILIES][ARMS] = {
        [TEND_FAMILY_UNKNOWN] = {0.45, 0.8, 0.7, 0.3, 0.6, 0.3, 0.3},
        [TEND_FAMILY_COMPUTE] = {0.45, 0.8, 0.7, 0.3, 0.6, 0.3, 0.3},
        [TEND_FAMILY_MEMORY] = {0.45, 0.8, 0.7, 0.3, 0.3, 0.3, 0.3},
        [TEND_FAMILY_DEPLOY] = {0.45, 0.7, 0.6, 0.3, 0.3, 0.8, 0.3},
        [TEND_FAMILY_CONTENTION] = {0.45, 0.8, 0.6, 0.3, 0.7, 0.3, 0.3},
        [TEND_FAMILY_CACHE] = {0.45, 0.7, 0.6, 0.8, 0.3, 0.3, 0.3},
        [TEND_FAMILY_TRAFFIC] = {0.45, 0.3, 0.8, 0.3, 0.7, 0.3, 0.3},
        [TEND_FAMILY_POOL] = {0.45, 0.8, 0.7, 0.3, 0.3, 0.3, 0.3},
        [TEND_FAMILY_CRASH] = {0.45, 0.7, 0.6, 0.3, 0.3, 0.8, 0.3},
        [TEND_FAMILY_NETWORK] = {0.45, 0.3, 0.3, 0.3, 0.3, 0.3, 0.8},
    };
    for (int family = 0; family < TEND_FAMILIES; family++) {
        bench b;
        bench_open(&b);
        desk_suspect(&b.d, 0, CACHE, -1, (tend_family)family, 0.6);
        decide(&b);
        int best = 0;
        for (int arm = 0; arm < ARMS; arm++) {
            int action = playbook_action(b.d.system, b.d.suspect, arm);
            assert_true(action >= 0);
            assert_near(index_of(&b, action), belief[family][arm], 1e-12);
            best = belief[family][arm] > belief[family][best] ? arm : best;
        }
        assert_int_equal(b.out.arm, best);
        assert_int_equal(b.out.action, playbook_action(b.d.system, b.d.suspect, best));
        assert_near(b.out.confidence, 0.6, 0);
        assert_near(b.out.propensity, 1, 0);
        assert_int_equal(b.out.wanted, -1);
        assert_int_equal(b.out.compared_count, ARMS);
        for (int i = 1; i < ARMS; i++)
            assert_true(b.out.compared[i - 1].index >= b.out.compared[i].index);
        bench_close(&b);
    }
}

static void a_context_is_family_kind_sign_level_and_last_action(void **state)
{
    (void)state;
    static const struct {
        tend_family family;
        int service, metric;
        bool breach;
        double p95, errors;
        uint64_t coarse, level;
    } rows[] = {
        {TEND_FAMILY_UNKNOWN, API, -1, false, 50, 0, 0, 0},
        {TEND_FAMILY_UNKNOWN, API, ERRORS, false, 50, 0, 1, 0},
        {TEND_FAMILY_UNKNOWN, DB, P95, false, 50, 0, 2, 0},
        {TEND_FAMILY_UNKNOWN, CACHE, CPU, false, 50, 0, 4, 0},
        {TEND_FAMILY_COMPUTE, API, P95, true, 300, 0, 6, 1},
        {TEND_FAMILY_NETWORK, CACHE, ERRORS, true, 401, 0, 59, 2},
        {TEND_FAMILY_CRASH, DB, ERRORS, true, 400, 0.04, 51, 1}, // at twice the limits: not beyond
        {TEND_FAMILY_CRASH, DB, ERRORS, true, 50, 0.041, 51, 2},
        {TEND_FAMILY_CRASH, DB, ERRORS, false, 900, 0.5, 51, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        bench_open(&b);
        desk_suspect(&b.d, 0, rows[i].service, -1, rows[i].family, 0.6);
        b.d.suspect[0].metric = rows[i].metric;
        b.d.obs.breach = rows[i].breach;
        b.d.obs.entry_p95_ms = rows[i].p95;
        b.d.obs.entry_errors = rows[i].errors;
        decide(&b);
        uint64_t right = (rows[i].coarse * 3 + rows[i].level) * ARMS + ARM_WAIT + 1;
        if (b.out.key != right)
            fail_msg("row %zu: key %d, expected %d", i, (int)b.out.key, (int)right);
        int last = b.out.arm;
        b.d.obs.tick += 8;
        decide(&b);
        assert_int_equal(b.out.key, right + (uint64_t)last);
        bench_close(&b);
    }
}

static void an_unknown_place_counts_as_a_service(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    b.d.obs.breach = true;
    decide(&b);
    assert_int_equal(b.out.key, ARMS + 1);  // unknown, service, slow; level 1 after wait
    assert_int_equal(b.out.arm, ARM_LIMIT); // the only one that makes sense but waiting
    assert_int_equal(b.out.wanted, -1);
    bench_close(&b);
}

static void the_raw_recipe_keys_by_suspect_latency_and_errors(void **state)
{
    (void)state;
    static const struct {
        int service;
        double p95, errors;
        uint64_t key;
    } rows[] = {{API, 200, 0.02, 5}, {API, 201, 0.02, 7}, {CACHE, 50, 0.021, 10}, {DB, 300, 1, 16}};
    bench b;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench_open(&b);
        b.params[RAW] = 1;
        desk_suspect(&b.d, 0, rows[i].service, -1, TEND_FAMILY_CRASH, 0.6);
        b.d.obs.entry_p95_ms = rows[i].p95;
        b.d.obs.entry_errors = rows[i].errors;
        decide(&b);
        assert_int_equal(b.out.key, rows[i].key);
        assert_true(isinf(b.out.compared[0].index)); // nothing is known: every arm comes first
        policy_ucb.learn(&b.me, &(tend_outcome){.key = b.out.key, .arm = 0, .reward = 0.5});
        tend_lesson lesson;
        int coarse = TEND_FAMILIES * 3 * 2; // contexts before the fine ones
        assert_true(policy_ucb.row(&b.me, (coarse + (int)b.out.key - 1) * ARMS, &lesson));
        assert_near(lesson.count, 1, 0);
        char text[64];
        snprintf(text, sizeof text, "suspect %d, latency %d, errors %d", rows[i].service,
                 rows[i].p95 > 200, rows[i].errors > 0.02);
        assert_string_equal(lesson.context, text);
        // a coarser context learns nothing in this recipe
        assert_true(policy_ucb.row(&b.me, 0, &lesson));
        assert_near(lesson.count, 0, 0);
        bench_close(&b);
    }
    bench_open(&b);
    b.params[RAW] = 1;
    b.d.obs.breach = true;
    decide(&b);
    assert_int_equal(b.out.key, 1); // nobody
    bench_close(&b);
}

static void what_was_tried_is_believed_less_and_scaling_only_a_little(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.6);
    b.d.obs.breach = true;
    int restart = desk_action(&b.d, TEND_RESTART, DB, -1);
    int scale = desk_action(&b.d, TEND_SCALE_UP, DB, -1);
    decide(&b);
    assert_int_equal(b.out.action, restart);
    b.d.obs.tick = 7;
    decide(&b);
    assert_int_equal(b.out.action, 0); // held
    decide(&b);                        // 8 ticks after
    assert_int_equal(b.out.action, scale);
    assert_near(index_of(&b, restart), 0.3, 1e-12);
    assert_near(index_of(&b, 0), 0.45, 1e-12);
    b.d.obs.tick = 16;
    decide(&b);
    assert_near(index_of(&b, scale), 0.6, 1e-12);
    assert_near(index_of(&b, restart), 0.3, 1e-12);
    bench_close(&b);
}

static void an_action_that_eased_the_breach_is_given_time(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_NETWORK, 0.6);
    b.d.obs.breach = true;
    decide(&b);
    assert_int_equal(b.out.arm, ARM_REROUTE);
    b.d.obs.tick = 8;
    b.d.obs.breach = false; // the alarm goes on, the objective holds
    decide(&b);
    assert_near(index_of(&b, 0), 0.85, 1e-12);
    assert_int_equal(b.out.arm, ARM_WAIT);
    assert_near(index_of(&b, desk_action(&b.d, TEND_REROUTE, DB, API_DB)), 0.3, 1e-12);
    b.d.obs.tick = 16;
    b.d.obs.breach = true;
    decide(&b);
    assert_near(index_of(&b, 0), 0.45, 1e-12);
    // beliefs stay within 0..1
    assert_near(index_of(&b, desk_action(&b.d, TEND_RESTART, DB, -1)), 0.3, 1e-12);
    bench_close(&b);
}

static void rewards_move_the_context_and_less_its_neighbours(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.6);
    b.d.obs.breach = true;
    int scale = desk_action(&b.d, TEND_SCALE_UP, DB, -1);
    decide(&b);
    uint64_t key = b.out.key;
    const double rewards[] = {1, 0.9, 0.8};
    for (int i = 0; i < 3; i++)
        policy_ucb.learn(&b.me,
                         &(tend_outcome){.key = key, .arm = ARM_SCALE, .reward = rewards[i]});
    policy_ucb.reset(&b.me, 2); // a new episode: the incident is forgotten, the lesson kept
    b.d.obs.tick = 0;
    decide(&b);
    double wide = (2.7 + 4 * 0.7) / 7;
    assert_int_equal(b.out.key, key);
    assert_near(index_of(&b, scale), (2.7 + 4 * wide) / 7, 1e-12);
    policy_ucb.reset(&b.me, 2);
    b.d.obs.entry_p95_ms = 900; // another level of the same family and kind
    b.d.obs.tick = 0;
    decide(&b);
    assert_true(b.out.key != key);
    assert_near(index_of(&b, scale), wide, 1e-12);
    // without pseudo counts of the playbook the coarse mean alone counts
    policy_ucb.reset(&b.me, 2);
    b.params[PRIOR] = 0;
    b.d.obs.tick = 0;
    decide(&b);
    assert_near(index_of(&b, scale), 0.9, 1e-12);
    policy_ucb.reset(&b.me, 2);
    b.d.suspect[0].family = TEND_FAMILY_DEPLOY; // another family knows nothing of it
    b.d.obs.tick = 0;
    decide(&b);
    assert_near(index_of(&b, scale), 0.6, 1e-12);
    bench_close(&b);
}

static void exploration_adds_the_bonus_of_ucb1_unless_frozen(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    b.me.learning = TEND_ONLINE;
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.6);
    decide(&b);
    double bonus = sqrt(0.02 * log(ARMS * 4.0) / 4);
    // db is no cache and calls none: one arm does not make sense, and counts for t all the same
    assert_int_equal(b.out.compared_count, ARMS - 1);
    assert_near(b.out.compared[0].index, 0.8 + bonus, 1e-9);
    assert_near(index_of(&b, 0), 0.45 + bonus, 1e-9);
    bench_close(&b);
}

static void a_masked_wish_is_told_and_the_next_best_taken(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.6);
    int restart = desk_action(&b.d, TEND_RESTART, DB, -1);
    b.d.allowed[restart] = false;
    decide(&b);
    assert_int_equal(b.out.wanted, restart);
    assert_int_equal(b.out.arm, ARM_SCALE);
    assert_true(isnan(index_of(&b, restart)));
    bench_close(&b);
}

static void its_own_limit_is_lifted_when_calm(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    b.d.obs.breach = true;
    decide(&b);
    assert_int_equal(b.out.action, desk_action(&b.d, TEND_LIMIT, -1, -1));
    for (int i = 0; i < 2; i++) // three calm ticks with the one before
        decide(&b);
    assert_int_equal(b.out.action, 0);
    decide(&b);
    assert_int_equal(b.out.action, desk_action(&b.d, TEND_LIFT, -1, -1));
    assert_int_equal(b.out.key, 0); // not a choice: nothing to learn from it
    decide(&b);
    assert_int_equal(b.out.action, 0); // once
    bench_close(&b);
}

static void lessons_are_told_in_words_and_read_back(void **state)
{
    (void)state;
    enum { WIDE = TEND_FAMILIES * 3 * 2, FINE = WIDE * 3 * ARMS };
    bench a, b;
    bench_open(&a);
    bench_open(&b);
    // network, cache, failing; severe, after reroute; and its coarse context
    int fine = (59 * 3 + 2) * ARMS + ARM_REROUTE;
    policy_ucb.learn(&a.me, &(tend_outcome){.key = (uint64_t)fine + 1, .arm = 3, .reward = 0.75});
    tend_lesson l;
    int rows = 0, told = 0;
    for (int i = 0; policy_ucb.row(&a.me, i, &l); i++, rows++) {
        told += l.count > 0;
        if (l.count > 0) {
            assert_int_equal(l.arm, 3);
            assert_string_equal(l.arm_name, "clear_cache");
            assert_near(l.sum, 0.75, 0);
            assert_string_equal(l.context, i < WIDE * ARMS
                                               ? "network, cache, failing"
                                               : "network, cache, failing, severe, after reroute");
            assert_int_equal(l.key, i < WIDE * ARMS ? 60 : WIDE + fine + 1);
        }
        assert_true(policy_ucb.restore(&b.me, &l));
    }
    assert_int_equal(rows, (WIDE + FINE) * ARMS);
    assert_int_equal(told, 2);
    assert_memory_equal(a.me.state, b.me.state, policy_ucb.base.state_size(a.d.system, a.params));
    policy_ucb.row(&a.me, (WIDE + 7) * ARMS, &l);
    assert_string_equal(l.context, "unknown, service, slow, missed, after wait");
    policy_ucb.row(&a.me, 2 * ARMS, &l);
    assert_string_equal(l.context, "unknown, store, slow");
    bench_close(&a);
    bench_close(&b);
}

static void what_is_no_lesson_of_its_own_is_refused(void **state)
{
    (void)state;
    enum { WIDE = TEND_FAMILIES * 3 * 2, FINE = WIDE * 3 * ARMS };
    static const tend_lesson bad[] = {{.key = 0, .arm = 1, .count = 1},
                                      {.key = WIDE + FINE + 1, .arm = 1, .count = 1},
                                      {.key = 1, .arm = -1, .count = 1},
                                      {.key = 1, .arm = ARMS, .count = 1}};
    static const tend_outcome odd[] = {{.key = 0, .arm = 1, .reward = 1},
                                       {.key = FINE + 1, .arm = 1, .reward = 1},
                                       {.key = 1, .arm = -1, .reward = 1},
                                       {.key = 1, .arm = ARMS, .reward = 1}};
    bench b;
    bench_open(&b);
    size_t size = policy_ucb.base.state_size(b.d.system, b.params);
    void *before = malloc(size);
    assert_non_null(before);
    memcpy(before, b.me.state, size);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(policy_ucb.restore(&b.me, &bad[i]));
        policy_ucb.learn(&b.me, &odd[i]);
        assert_memory_equal(before, b.me.state, size);
    }
    const tend_lesson last = {.key = WIDE + FINE, .arm = ARMS - 1, .count = 2, .sum = 1};
    assert_true(policy_ucb.restore(&b.me, &last));
    policy_ucb.learn(&b.me, &(tend_outcome){.key = FINE, .arm = ARMS - 1, .reward = 0.5});
    tend_lesson l;
    assert_true(policy_ucb.row(&b.me, (WIDE + FINE) * ARMS - 1, &l));
    assert_near(l.count, 3, 0);
    assert_near(l.sum, 1.5, 0);
    free(before);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_as_documented),
        cmocka_unit_test(untrained_it_follows_the_playbook_of_the_family),
        cmocka_unit_test(a_context_is_family_kind_sign_level_and_last_action),
        cmocka_unit_test(an_unknown_place_counts_as_a_service),
        cmocka_unit_test(the_raw_recipe_keys_by_suspect_latency_and_errors),
        cmocka_unit_test(what_was_tried_is_believed_less_and_scaling_only_a_little),
        cmocka_unit_test(an_action_that_eased_the_breach_is_given_time),
        cmocka_unit_test(rewards_move_the_context_and_less_its_neighbours),
        cmocka_unit_test(exploration_adds_the_bonus_of_ucb1_unless_frozen),
        cmocka_unit_test(a_masked_wish_is_told_and_the_next_best_taken),
        cmocka_unit_test(its_own_limit_is_lifted_when_calm),
        cmocka_unit_test(lessons_are_told_in_words_and_read_back),
        cmocka_unit_test(what_is_no_lesson_of_its_own_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
