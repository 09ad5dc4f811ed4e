// SPDX-License-Identifier: GPL-3.0-or-later
// test_propensity.c - the probability a decision tells is the one it is taken with.
//
// Off-policy estimates divide by it. Every built-in policy meets the same moment under thousands of
// seeds; how often each action is taken is held against what the decisions say.
#include "support.h"

#include <tend/tend.h>

enum { SEEDS = 20000, ACTIONS = 32, TICKS = 8 };

static tend_err err;

static const char pair[] =
    "{\"name\":\"pair\",\"services\":[{\"name\":\"web\",\"replicas\":2,\"most_replicas\":4},"
    "{\"name\":\"db\",\"kind\":\"database\",\"replicas\":2,\"most_replicas\":4}],"
    "\"edges\":[{\"caller\":\"web\",\"callee\":\"db\"}],\"entry\":\"web\","
    "\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}";

static void sees_all(const tend_node *me, const tend_obs *obs, double *score, int *metric,
                     double *overall, double *threshold)
{
    (void)obs;
    for (int s = 0; s < me->system->S; s++)
        score[s] = 1, metric[s] = -1;
    *overall = 1;
    *threshold = 0.5;
}

static void blames_db(const tend_node *me, const tend_view *view, tend_causes *out)
{
    (void)me, (void)view;
    out->suspect[0] = (tend_suspect){1, -1, -1, TEND_FAMILY_CONTENTION, 0.9};
    out->count = 1;
    out->onset = 0;
}

static const tend_detector detector = {.base = {.name = "sees_all"}, .detect = sees_all};
static const tend_diagnoser diagnoser = {.base = {.name = "blames_db"}, .diagnose = blames_db};

typedef struct rig {
    tend_system *system;
    tend_config *config;
    tend_engine *engine;
} rig;

static void set(rig *r, const char *path, const char *value)
{
    if (tend_config_set(r->config, path, value, &err) != TEND_OK)
        fail_msg("%s", err.text);
}

static void open_rig(rig *r, const char *policy, const char *parameter, const char *allow)
{
    char path[64];
    assert_int_equal(tend_system_parse(pair, sizeof pair - 1, "pair", &r->system, &err), TEND_OK);
    assert_int_equal(tend_config_new(&r->config, &err), TEND_OK);
    assert_int_equal(tend_config_register_detector(r->config, &detector, &err), TEND_OK);
    assert_int_equal(tend_config_register_diagnoser(r->config, &diagnoser, &err), TEND_OK);
    set(r, "detector", "sees_all");
    set(r, "diagnoser", "blames_db");
    set(r, "policy", policy);
    for (; parameter; parameter = strchr(parameter, ' ')) {
        char name[32], value[16];
        assert_int_equal(sscanf(parameter, " %31[^=]=%15s", name, value), 2);
        snprintf(path, sizeof path, "policy.%s", name);
        set(r, path, value);
        parameter += 1;
    }
    set(r, "guard.allow", allow);
    assert_int_equal(tend_open(r->system, r->config, 1, &r->engine, &err), TEND_OK);
    assert_true(r->system->A <= ACTIONS);
}

static void close_rig(rig *r)
{
    tend_close(r->engine);
    tend_config_free(r->config);
    tend_system_free(r->system);
}

// the first choice of an episode: its frame, or NULL when none came
static const tend_frame *first_choice(rig *r, uint64_t seed)
{
    static double value[12], edge[2] = {5, 4}, ready[2] = {2, 2}, age[2] = {20, 20};
    tend_reset(r->engine, seed);
    for (int64_t t = 0; t < TICKS; t++) {
        tend_obs obs = {.size = sizeof obs,
                        .tick = t,
                        .value = value,
                        .edge = edge,
                        .ready = ready,
                        .deploy_age = age,
                        .entry_p95_ms = 900,
                        .breach = true};
        const tend_frame *frame = tend_step(r->engine, &obs);
        if (frame->decision.key)
            return frame;
    }
    return NULL;
}

// how many different actions are taken, each as often as is said
static int sampled(rig *r)
{
    int taken[ACTIONS] = {0}, different = 0;
    double said[ACTIONS] = {0}, whole = 0;
    uint64_t key = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const tend_frame *f = first_choice(r, seed);
        assert_non_null(f);
        const tend_decision *d = &f->decision;
        assert_true(key == 0 || d->key == key); // the same moment, whatever the seed
        key = d->key;
        assert_true(d->context[0]);
        assert_true(taken[d->action] == 0 || said[d->action] == d->propensity);
        said[d->action] = d->propensity;
        taken[d->action]++;
    }
    for (int a = 0; a < r->system->A; a++) {
        double p = said[a], share = (double)taken[a] / SEEDS;
        if (taken[a] == 0)
            continue;
        assert_near(share, p, 4.5 * sqrt(p * (1 - p) / SEEDS));
        whole += p;
        different++;
    }
    assert_near(whole, 1, 1e-9);
    return different;
}

static void the_random_policy_says_one_over_the_actions_allowed(void **state)
{
    (void)state;
    // wait; restart, scale_up, rollback and reroute of db, limit: a database has no cache to clear
    static const struct {
        const char *allow;
        int actions;
    } rows[] = {{"all", 6}, {"restart,limit,lift", 3}, {"scale(db,+1)", 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rig r;
        open_rig(&r, "random", NULL, rows[i].allow);
        assert_int_equal(sampled(&r), rows[i].actions);
        close_rig(&r);
    }
}

static void ucb_says_one_over_those_that_share_the_best_index(void **state)
{
    (void)state;
    rig r;
    open_rig(&r, "ucb", "raw=1", "all"); // nothing is known: every arm comes first
    assert_int_equal(sampled(&r), 6);
    const tend_decision *d = &first_choice(&r, 1)->decision;
    tend_learn(r.engine, &(tend_outcome){.key = d->key, .arm = 0, .reward = 1});
    assert_int_equal(sampled(&r), 5); // what was tried waits for the others
    close_rig(&r);
    open_rig(&r, "ucb", "prior=0 coarse=0", "restart,limit,lift");
    assert_int_equal(sampled(&r), 3);
    close_rig(&r);
}

static void a_choice_that_no_seed_changes_has_probability_1(void **state)
{
    (void)state;
    static const char *const policies[] = {"ucb", "rules", "fixed"};
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        rig r;
        open_rig(&r, policies[i], NULL, "all");
        assert_int_equal(sampled(&r), 1);
        assert_near(first_choice(&r, 3)->decision.propensity, 1, 0);
        close_rig(&r);
    }
    rig r;
    open_rig(&r, "noop", NULL, "all");
    assert_null(first_choice(&r, 1)); // it never chooses
    close_rig(&r);
}

static void every_policy_is_sampled_here(void **state)
{
    (void)state;
    static const char *const sampled_here[] = {"ucb", "rules", "noop", "random", "fixed"};
    size_t count = 0;
    for (; tend_policies()[count]; count++) {
        bool known = false;
        for (size_t i = 0; i < sizeof sampled_here / sizeof *sampled_here; i++)
            known |= strcmp(sampled_here[i], tend_policies()[count]->base.name) == 0;
        if (!known)
            fail_msg("policy %s has no test of its propensities",
                     tend_policies()[count]->base.name);
    }
    assert_int_equal(count, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_random_policy_says_one_over_the_actions_allowed),
        cmocka_unit_test(ucb_says_one_over_those_that_share_the_best_index),
        cmocka_unit_test(a_choice_that_no_seed_changes_has_probability_1),
        cmocka_unit_test(every_policy_is_sampled_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
