// SPDX-License-Identifier: GPL-3.0-or-later
// test_vec.c - episodes side by side are the episodes alone, for any number of threads.
#include "base/hash.h"
#include "support.h"

#include <tend/engine.h>
#include <tend/vec.h>

enum { COUNT = 9, STEPS = 50, PLAYED = 130 };

static tend_err err;

typedef struct rig {
    tend_sim_setup *setup;
    const tend_system *s;
    int columns;
} rig;

static rig rig_open(const char *system)
{
    rig r;
    tend_sim_options options = tend_sim_usual();
    options.steps = STEPS;
    if (tend_sim_setup_open(system, &options, &r.setup, &err) != TEND_OK)
        fail_msg("%s", err.text);
    r.s = tend_sim_system(r.setup);
    r.columns = tend_vec_columns(r.setup);
    return r;
}

static int32_t action_of(const rig *r, int episode, int step)
{
    uint64_t bits = hash_mix((uint64_t)episode << 32 | (uint64_t)step);
    return bits % 10 < 7 ? 0 : (int32_t)(bits / 10 % (uint64_t)r->s->A);
}

// Everything that PLAYED steps show, hashed; obs [COUNT][columns] afterwards.
static uint64_t play(const rig *r, int threads, double *obs)
{
    tend_vec *v;
    uint64_t seeds[COUNT], hash = HASH_START;
    double reward[COUNT];
    unsigned char ended[COUNT];
    int32_t action[COUNT];
    size_t bytes = sizeof *obs * COUNT * (size_t)r->columns;
    assert_int_equal(tend_vec_open(r->setup, COUNT, threads, &v, &err), TEND_OK);
    for (int i = 0; i < COUNT; i++)
        seeds[i] = 100 + (uint64_t)i;
    assert_int_equal(tend_vec_reset(v, seeds, obs, &err), TEND_OK);
    for (int t = 0; t < PLAYED; t++) {
        for (int i = 0; i < COUNT; i++)
            action[i] = action_of(r, i, t);
        assert_int_equal(tend_vec_step(v, action, obs, reward, ended, &err), TEND_OK);
        hash = hash_bytes(hash, obs, bytes);
        hash = hash_bytes(hash, reward, sizeof reward);
        hash = hash_bytes(hash, ended, sizeof ended);
    }
    tend_vec_close(v);
    return hash;
}

static void threads_do_not_change_a_byte(void **state)
{
    (void)state;
    static const char *const systems[] = {"default", "shop"};
    for (int k = 0; k < 2; k++) {
        rig r = rig_open(systems[k]);
        double *obs = calloc((size_t)(COUNT * r.columns), sizeof *obs);
        assert_non_null(obs);
        uint64_t one = play(&r, 1, obs);
        for (int threads = 2; threads <= 16; threads *= 2) // more than there are episodes, too
            assert_true(play(&r, threads, obs) == one);
        free(obs);
        tend_sim_setup_close(r.setup);
    }
}

static void a_row_is(const rig *r, const double *row, const tend_obs *obs)
{
    size_t values = (size_t)(r->s->S * r->s->M), calls = 2 * (size_t)r->s->E;
    size_t S = (size_t)r->s->S;
    assert_memory_equal(row, obs->value, values * sizeof *row);
    assert_memory_equal(row + values, obs->edge, calls * sizeof *row);
    assert_memory_equal(row + values + calls, obs->ready, S * sizeof *row);
    assert_memory_equal(row + values + calls + S, obs->deploy_age, S * sizeof *row);
    const double *last = row + r->columns - 4;
    assert_near(last[0], obs->entry_p95_ms, 0);
    assert_near(last[1], obs->entry_errors, 0);
    assert_near(last[2], obs->refused, 0);
    assert_near(last[3], obs->breach, 0);
}

static double price(const rig *r, int action)
{
    tend_config *usual;
    assert_int_equal(tend_config_new(&usual, &err), TEND_OK);
    const char *name = tend_action_row(r->s->actions[action].kind)->cost;
    double of = tend_config_number(usual, "judge", name) / r->s->step_s;
    tend_config_free(usual);
    return action ? of : 0;
}

// By hand, episode after episode: the rows, what a step was worth, where the next one begins.
static void each_is_the_episode_alone_and_the_next_has_a_seed_of_its_own(void **state)
{
    (void)state;
    rig r = rig_open("default");
    double *obs = calloc((size_t)(COUNT * r.columns), sizeof *obs), reward[COUNT];
    tend_vec *v;
    tend_sim *sim[COUNT];
    uint64_t seed[COUNT];
    int32_t action[COUNT];
    unsigned char ended[COUNT];
    int breaches = 0, paid = 0, begun = 0;
    assert_non_null(obs);
    assert_int_equal(tend_vec_open(r.setup, COUNT, 2, &v, &err), TEND_OK);
    for (int i = 0; i < COUNT; i++) {
        seed[i] = 500 + (uint64_t)i;
        assert_int_equal(tend_sim_open(r.setup, &sim[i], &err), TEND_OK);
        assert_int_equal(tend_sim_reset(sim[i], seed[i], &err), TEND_OK);
        tend_sim_step(sim[i]);
    }
    assert_int_equal(tend_vec_reset(v, seed, obs, &err), TEND_OK);
    for (int t = 0; t < PLAYED; t++) {
        for (int i = 0; i < COUNT; i++)
            action[i] = action_of(&r, i, t);
        assert_int_equal(tend_vec_step(v, action, obs, reward, ended, &err), TEND_OK);
        for (int i = 0; i < COUNT; i++) {
            bool next = tend_sim_tick(sim[i]) == STEPS - 1;
            double cost = 0;
            tend_obs seen;
            if (next)
                assert_int_equal(tend_sim_reset(sim[i], seed[i] += COUNT, &err), TEND_OK);
            else if (tend_sim_act(sim[i], action[i]))
                cost = price(&r, action[i]);
            tend_sim_step(sim[i]);
            tend_sim_observe(sim[i], &seen);
            a_row_is(&r, obs + i * r.columns, &seen);
            assert_near(reward[i], next ? 0 : 1 - seen.breach - cost, 1e-12);
            assert_int_equal(ended[i], seen.tick == STEPS - 1);
            assert_true(tend_sim_hash(tend_vec_sim(v, i)) == tend_sim_hash(sim[i]));
            breaches += seen.breach;
            paid += cost > 0;
            begun += next;
        }
    }
    assert_true(breaches > 20 && paid > 50 && begun == 2 * COUNT);
    for (int i = 0; i < COUNT; i++)
        tend_sim_close(sim[i]);
    assert_null(tend_vec_sim(v, COUNT));
    assert_null(tend_vec_sim(v, -1));
    tend_vec_close(v);
    free(obs);
    tend_sim_setup_close(r.setup);
}

static void columns_have_names_in_their_order(void **state)
{
    (void)state;
    rig r = rig_open("default");
    char name[64];
    const struct {
        int at;
        const char *name;
    } known[] = {{0, "api.p95_ms"},
                 {r.s->M, "cache.p95_ms"},
                 {r.s->S * r.s->M, "api>cache.client_ms"},
                 {r.s->S * r.s->M + 3, "api>db.server_ms"},
                 {r.s->S * r.s->M + 4, "api.ready"},
                 {r.s->S * r.s->M + 4 + r.s->S, "api.deploy_age"},
                 {r.columns - 5, "db.deploy_age"},
                 {r.columns - 4, "entry.p95_ms"},
                 {r.columns - 3, "entry.errors"},
                 {r.columns - 2, "refused"},
                 {r.columns - 1, "breach"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_int_equal(tend_vec_column(r.setup, known[i].at, name, sizeof name),
                         strlen(known[i].name));
        assert_string_equal(name, known[i].name);
    }
    assert_int_equal(tend_vec_column(r.setup, 0, name, 4), 10); // cut, and how long it is
    assert_string_equal(name, "api");
    assert_int_equal(tend_vec_column(r.setup, -1, name, sizeof name), 0);
    assert_int_equal(tend_vec_column(r.setup, r.columns, name, sizeof name), 0);
    tend_sim_setup_close(r.setup);
}

static void what_cannot_be_is_refused_and_nothing_is_done(void **state)
{
    (void)state;
    rig r = rig_open("default");
    double *obs = calloc((size_t)(COUNT * r.columns), sizeof *obs), reward[COUNT];
    tend_vec *v;
    unsigned char ended[COUNT];
    int32_t action[COUNT] = {0};
    uint64_t seed[COUNT] = {1, 2, 3};
    assert_non_null(obs);
    assert_int_equal(tend_vec_open(r.setup, 0, 1, &v, &err), TEND_USAGE);
    assert_int_equal(tend_vec_open(r.setup, TEND_VEC_MOST + 1, 1, &v, &err), TEND_USAGE);
    assert_int_equal(tend_vec_open(r.setup, 1, 0, &v, &err), TEND_USAGE);
    assert_int_equal(tend_vec_open(r.setup, 1, TEND_VEC_THREADS_MOST + 1, &v, &err), TEND_USAGE);
    assert_null(v);
    assert_int_equal(tend_vec_open(r.setup, COUNT, 2, &v, &err), TEND_OK);
    assert_int_equal(tend_vec_step(v, action, obs, reward, ended, &err), TEND_USAGE);
    assert_holds(err.text, "before the first reset");
    assert_int_equal(tend_vec_reset(v, seed, obs, &err), TEND_OK);
    uint64_t before = tend_sim_hash(tend_vec_sim(v, 0));
    action[COUNT - 1] = r.s->A;
    assert_int_equal(tend_vec_step(v, action, obs, reward, ended, &err), TEND_USAGE);
    assert_holds(err.text, "of episode 8");
    action[COUNT - 1] = -1;
    assert_int_equal(tend_vec_step(v, action, obs, reward, ended, &err), TEND_USAGE);
    assert_true(tend_sim_hash(tend_vec_sim(v, 0)) == before);
    tend_vec_close(v);
    tend_vec_close(NULL);
    free(obs);
    tend_sim_setup_close(r.setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_change_a_byte),
        cmocka_unit_test(each_is_the_episode_alone_and_the_next_has_a_seed_of_its_own),
        cmocka_unit_test(columns_have_names_in_their_order),
        cmocka_unit_test(what_cannot_be_is_refused_and_nothing_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
