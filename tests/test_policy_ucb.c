// SPDX-License-Identifier: GPL-3.0-or-later
// test_policy_ucb.c - contexts, priors and lessons of the default policy, number by number.
#include "frame_support.h"

#include "agent/decide/context.h"
#include "agent/plugins.h"
#include "core/params.h"

static tend_err err;

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
        tend_lesson lesson = {.context = ""};
        assert_true(policy_ucb.row(&b.me, ((int)b.out.key - 1) * ARMS, &lesson));
        char text[64];
        snprintf(text, sizeof text, "suspect %s, latency %d, errors %d",
                 b.d.system->services[rows[i].service].name, rows[i].p95 > 200,
                 rows[i].errors > 0.02);
        assert_string_equal(lesson.context, text);
        assert_string_equal(b.out.context, text);
        assert_string_equal(lesson.arm, "wait");
        assert_near(lesson.number[0], 1, 0);
        assert_near(lesson.number[1], 0.5, 0);
        // nothing else was learnt: there is no coarser context in this recipe
        int told = 0, all = 0;
        for (; policy_ucb.row(&b.me, all, &lesson); all++)
            told += lesson.context[0] != 0;
        assert_int_equal(told, 1);
        assert_int_equal(all, 4 * (SERVICES + 1) * ARMS);
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

// What waiting brought is learnt like what an action did, by the neighbours too.
static void waiting_teaches_the_neighbours_as_well(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.6);
    b.d.obs.breach = true;
    decide(&b);
    for (int i = 0; i < 3; i++)
        policy_ucb.learn(&b.me, &(tend_outcome){.key = b.out.key, .arm = ARM_WAIT, .reward = 0.9});
    policy_ucb.reset(&b.me, 2);
    b.d.obs.entry_p95_ms = 900; // another level
    b.d.obs.tick = 0;
    decide(&b);
    assert_near(index_of(&b, 0), (2.7 + 4 * 0.45) / 7, 1e-12);
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
    bench a, b;
    bench_open(&a);
    bench_open(&b);
    // network, cache, failing; severe, after reroute; and its coarse context
    int fine = (59 * 3 + 2) * ARMS + ARM_REROUTE;
    policy_ucb.learn(&a.me, &(tend_outcome){.key = (uint64_t)fine + 1, .arm = 3, .reward = 0.75});
    tend_lesson l = {.context = ""};
    int rows = 0, told = 0;
    for (; policy_ucb.row(&a.me, rows, &l); rows++) {
        if (!l.context[0])
            continue;
        assert_string_equal(l.arm, "clear_cache");
        assert_near(l.number[0], 1, 0);
        assert_near(l.number[1], 0.75, 0);
        assert_string_equal(l.context, told++ == 0
                                           ? "network, cache, failing"
                                           : "network, cache, failing, severe, after reroute");
        assert_int_equal(policy_ucb.restore(&b.me, &l, &err), TEND_OK);
    }
    assert_int_equal(rows, (CONTEXTS_COARSE + CONTEXTS) * ARMS);
    assert_int_equal(told, 2);
    assert_memory_equal(a.me.state, b.me.state, policy_ucb.base.state_size(a.d.system, a.params));
    assert_string_equal(policy_ucb.numbers[0], "count");
    assert_string_equal(policy_ucb.numbers[1], "sum");
    assert_null(policy_ucb.numbers[2]);
    bench_close(&a);
    bench_close(&b);
}

static void what_is_no_lesson_of_its_own_is_refused(void **state)
{
    (void)state;
#define FINE "compute, service, slow, missed, after wait"
    static const struct {
        tend_lesson row;
        const char *told;
    } bad[] = {
        {{"compue, service, slow", "wait", {1, 0}}, "no family, did you mean \"compute\"?"},
        {{FINE, "wait ", {1, 0}}, "\"wait \" is no arm"},
        {{FINE, "restart", {0, 0}}, "count 0 and sum 0"},
        {{FINE, "restart", {-1, -1}}, "count -1"},
        {{FINE, "restart", {1, 1.0000001}}, "expected 0 <= sum <= count"},
        {{FINE, "restart", {1, -1e-9}}, "expected 0 <= sum"},
        {{FINE, "restart", {1e16, 1}}, "count 1e+16"},
        {{FINE, "restart", {(double)NAN, 0}}, "count"},
        {{FINE, "restart", {1, (double)NAN}}, "sum"},
    };
    static const tend_outcome odd[] = {{.key = 0, .arm = 1, .reward = 1},
                                       {.key = CONTEXTS + 1, .arm = 1, .reward = 1},
                                       {.key = 1, .arm = -1, .reward = 1},
                                       {.key = 1, .arm = ARMS, .reward = 1}};
    bench b;
    bench_open(&b);
    size_t size = policy_ucb.base.state_size(b.d.system, b.params);
    void *before = malloc(size);
    assert_non_null(before);
    memcpy(before, b.me.state, size);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(policy_ucb.restore(&b.me, &bad[i].row, &err), TEND_INPUT);
        assert_holds(err.text, bad[i].told);
        assert_memory_equal(before, b.me.state, size);
    }
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        policy_ucb.learn(&b.me, &odd[i]);
        assert_memory_equal(before, b.me.state, size);
    }
    const tend_lesson last = {"network, cache, failing, severe, after reroute", "reroute", {2, 1}};
    assert_int_equal(policy_ucb.restore(&b.me, &last, &err), TEND_OK);
    assert_int_equal(policy_ucb.restore(&b.me, &last, &err), TEND_INPUT);
    assert_holds(err.text, "after reroute\", reroute is there twice");
    policy_ucb.learn(&b.me, &(tend_outcome){.key = CONTEXTS, .arm = ARMS - 1, .reward = 0.5});
    tend_lesson l = {.context = ""};
    assert_true(policy_ucb.row(&b.me, (CONTEXTS_COARSE + CONTEXTS) * ARMS - 1, &l));
    assert_near(l.number[0], 3, 0);
    assert_near(l.number[1], 1.5, 0);
    free(before);
    bench_close(&b);
}

static void the_raw_recipe_knows_services_by_name(void **state)
{
    (void)state;
    bench b;
    bench_open(&b);
    b.params[RAW] = 1;
    tend_lesson l = {"suspect db, latency 1, errors 0", "restart", {4, 3}};
    assert_int_equal(policy_ucb.restore(&b.me, &l, &err), TEND_OK);
    tend_lesson bad = {"suspect dbs, latency 1, errors 0", "restart", {4, 3}};
    assert_int_equal(policy_ucb.restore(&b.me, &bad, &err), TEND_INPUT);
    assert_holds(err.text, "\"dbs\" is no service of this system, did you mean \"db\"?");
    desk_suspect(&b.d, 0, DB, -1, TEND_FAMILY_CRASH, 0.6);
    b.d.obs.entry_p95_ms = 300;
    int restart = desk_action(&b.d, TEND_RESTART, DB, -1);
    decide(&b);
    assert_near(index_of(&b, restart), 0.75, 0);
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
        cmocka_unit_test(waiting_teaches_the_neighbours_as_well),
        cmocka_unit_test(exploration_adds_the_bonus_of_ucb1_unless_frozen),
        cmocka_unit_test(a_masked_wish_is_told_and_the_next_best_taken),
        cmocka_unit_test(its_own_limit_is_lifted_when_calm),
        cmocka_unit_test(lessons_are_told_in_words_and_read_back),
        cmocka_unit_test(what_is_no_lesson_of_its_own_is_refused),
        cmocka_unit_test(the_raw_recipe_knows_services_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
