// SPDX-License-Identifier: GPL-3.0-or-later
// test_sim.c - a simulation as anyone drives it: what it refuses, forks, saved states, masks, the
// truth behind it, and that it is the one that tend's own loop plays.
#include "base/hash.h"
#include "sim_support.h"

#include <tend/drive.h>

// An action now and then, whatever comes of it.
static int action_of(const tend_sim_setup *setup, uint64_t seed, int64_t tick)
{
    uint64_t bits = hash_mix(seed ^ (uint64_t)(tick + 1) << 20);
    return bits % 10 < 7 ? 0 : (int)(bits / 10 % (uint64_t)tend_sim_system(setup)->A);
}

static void same_view(const tend_sim *a, const tend_sim *b, const tend_system *s)
{
    tend_obs x, y;
    tend_sim_observe(a, &x);
    tend_sim_observe(b, &y);
    assert_int_equal(x.tick, y.tick);
    assert_memory_equal(x.value, y.value, sizeof *x.value * (size_t)(s->S * s->M));
    assert_memory_equal(x.ready, y.ready, sizeof *x.ready * (size_t)s->S);
    if (s->E)
        assert_memory_equal(x.edge, y.edge, 2 * sizeof *x.edge * (size_t)s->E);
    assert_int_equal(x.breach, y.breach);
    assert_int_equal(x.receipts, y.receipts);
    for (int i = 0; i < x.receipts; i++) {
        assert_int_equal(x.receipt[i].id, y.receipt[i].id);
        assert_int_equal(x.receipt[i].action, y.receipt[i].action);
        assert_int_equal(x.receipt[i].state, y.receipt[i].state);
    }
    assert_true(tend_sim_hash(a) == tend_sim_hash(b));
}

static void play(tend_sim *sim, const tend_sim_setup *setup, uint64_t seed, int ticks)
{
    for (int i = 0; i < ticks && tend_sim_step(sim); i++)
        tend_sim_act(sim, action_of(setup, seed, tend_sim_tick(sim)));
}

// Over systems, seeds and the tick at which they part.
static void forks_and_saved_states_go_on_as_the_original_would(void **state)
{
    (void)state;
    static const char *const systems[] = {"default", "shop", "pods"};
    static const int parts[] = {0, 1, 17, 60, 61, 119};
    tend_sim_options options = tend_sim_usual();
    options.steps = 120;
    for (int k = 0; k < 3; k++) {
        tend_sim_setup *setup = setup_of(systems[k], options);
        const tend_system *s = tend_sim_system(setup);
        size_t size = tend_sim_state_size(setup);
        void *saved = malloc(size);
        tend_sim *fork = sim_of(setup, 1), *loaded = sim_of(setup, 2);
        assert_non_null(saved);
        for (uint64_t seed = 11; seed < 14; seed++)
            for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                tend_sim *sim = sim_of(setup, seed);
                play(sim, setup, seed, parts[i]);
                assert_true(tend_sim_copy(fork, sim));
                tend_sim_save(sim, saved);
                assert_int_equal(tend_sim_load(loaded, saved, size, &err), TEND_OK);
                while (tend_sim_step(sim)) {
                    assert_true(tend_sim_step(fork) && tend_sim_step(loaded));
                    same_view(sim, fork, s);
                    same_view(sim, loaded, s);
                    int action = action_of(setup, seed, tend_sim_tick(sim));
                    bool done = tend_sim_act(sim, action);
                    assert_int_equal(tend_sim_act(fork, action), done);
                    assert_int_equal(tend_sim_act(loaded, action), done);
                }
                assert_false(tend_sim_step(fork));
                tend_sim_close(sim);
            }
        tend_sim_close(fork);
        tend_sim_close(loaded);
        free(saved);
        tend_sim_setup_close(setup);
    }
}

// What differs after the fork differs in the hash; the original does not notice.
static void a_fork_is_on_its_own(void **state)
{
    (void)state;
    tend_sim_setup *setup = setup_of("default", tend_sim_usual());
    int limit = tend_system_action(tend_sim_system(setup), TEND_LIMIT, -1, -1);
    tend_sim *sim = sim_of(setup, 3), *fork = sim_of(setup, 4), *alone = sim_of(setup, 3);
    play(sim, setup, 3, 30);
    play(alone, setup, 3, 30);
    assert_true(tend_sim_copy(fork, sim));
    assert_true(tend_sim_act(fork, limit));
    assert_true(tend_sim_hash(fork) != tend_sim_hash(sim));
    tend_sim_step(fork);
    play(sim, setup, 3, 10);
    play(alone, setup, 3, 10);
    same_view(sim, alone, tend_sim_system(setup));
    tend_sim_close(sim);
    tend_sim_close(fork);
    tend_sim_close(alone);
    tend_sim_setup_close(setup);
}

static void a_state_of_another_setup_or_a_damaged_one_is_refused(void **state)
{
    (void)state;
    const char *const noisy[] = {"noise=2", NULL};
    tend_sim_options options = tend_sim_usual(), other_options = tend_sim_usual();
    other_options.set = noisy;
    tend_sim_setup *setup = setup_of("default", options);
    tend_sim_setup *other = setup_of("default", other_options);
    size_t size = tend_sim_state_size(setup);
    assert_int_equal(tend_sim_state_size(other), size);
    assert_true(tend_sim_setup_hash(setup) != tend_sim_setup_hash(other));
    unsigned char *saved = malloc(size);
    assert_non_null(saved);
    tend_sim *sim = sim_of(setup, 5), *noisier = sim_of(other, 5);
    play(sim, setup, 5, 50);
    tend_sim_save(sim, saved);
    uint64_t before = tend_sim_hash(noisier);
    assert_int_equal(tend_sim_load(noisier, saved, size, &err), TEND_INPUT);
    assert_holds(err.text, "another system");
    assert_false(tend_sim_copy(noisier, sim));
    assert_true(tend_sim_hash(noisier) == before);
    before = tend_sim_hash(sim);
    assert_int_equal(tend_sim_load(sim, saved, size - 8, &err), TEND_INPUT);
    for (size_t i = 8; i < size; i += 1 + size / 50) {
        saved[i] ^= 16;
        assert_int_equal(tend_sim_load(sim, saved, size, &err), TEND_INPUT);
        assert_holds(err.text, "damaged");
        saved[i] ^= 16;
    }
    assert_true(tend_sim_hash(sim) == before);
    assert_int_equal(tend_sim_load(sim, saved, size, &err), TEND_OK);
    free(saved);
    tend_sim_close(sim);
    tend_sim_close(noisier);
    tend_sim_setup_close(setup);
    tend_sim_setup_close(other);
}

// The mask says of every action what comes of it, as the receipt does.
static void what_the_mask_allows_is_accepted_and_nothing_else(void **state)
{
    (void)state;
    tend_sim_setup *setup = setup_of("default", tend_sim_usual());
    int A = tend_sim_system(setup)->A, refused = 0;
    bool possible[64];
    assert_true(A <= 64);
    for (uint64_t seed = 20; seed < 24; seed++) {
        tend_sim *sim = sim_of(setup, seed), *fork = sim_of(setup, seed);
        while (tend_sim_step(sim)) {
            tend_sim_mask(sim, possible);
            assert_true(possible[0]);
            for (int a = 1; a < A; a++) {
                tend_obs obs;
                tend_sim_copy(fork, sim);
                assert_int_equal(tend_sim_act(fork, a), possible[a]);
                refused += !possible[a];
                if (!tend_sim_step(fork))
                    continue;
                tend_sim_observe(fork, &obs);
                assert_true(obs.receipts >= 1);
                assert_int_equal(obs.receipt[obs.receipts - 1].action, a);
                assert_int_equal(obs.receipt[obs.receipts - 1].state == TEND_RECEIPT_REFUSED,
                                 !possible[a]);
            }
            tend_sim_act(sim, action_of(setup, seed, tend_sim_tick(sim)));
        }
        tend_sim_close(sim);
        tend_sim_close(fork);
    }
    assert_true(refused > 1000);
    tend_sim_setup_close(setup);
}

static void nothing_happens_before_a_reset_or_after_the_last_tick(void **state)
{
    (void)state;
    tend_sim_options options = tend_sim_usual();
    options.steps = 3;
    tend_sim_setup *setup = setup_of("default", options);
    tend_sim *sim;
    tend_obs obs;
    bool possible[64];
    assert_int_equal(tend_sim_open(setup, &sim, &err), TEND_OK);
    assert_false(tend_sim_step(sim));
    assert_false(tend_sim_act(sim, 1));
    assert_int_equal(tend_sim_tick(sim), -1);
    tend_sim_observe(sim, &obs);
    assert_int_equal(obs.tick, -1);
    assert_null(obs.value);
    assert_true(isnan(obs.entry_p95_ms));
    tend_facts facts;
    tend_truth truth;
    tend_sim_facts(sim, &facts);
    tend_sim_truth(sim, &truth);
    for (int s = 0; s < tend_sim_system(setup)->S; s++)
        assert_near(facts.backlog[s] + facts.p95_ms[s] + facts.errors[s], 0, 0);
    assert_string_equal(truth.name, "");
    assert_int_equal(truth.faults, 0);
    tend_sim_mask(sim, possible);
    assert_true(possible[0] && !possible[1]);
    assert_int_equal(tend_sim_reset(sim, 1, &err), TEND_OK);
    for (int t = 0; t < 3; t++) {
        assert_true(tend_sim_step(sim));
        assert_int_equal(tend_sim_tick(sim), t);
    }
    uint64_t last = tend_sim_hash(sim);
    assert_false(tend_sim_step(sim));
    assert_true(tend_sim_hash(sim) == last);
    assert_false(tend_sim_act(sim, -1));
    assert_false(tend_sim_act(sim, tend_sim_system(setup)->A));
    assert_true(tend_sim_hash(sim) == last);
    tend_sim_close(sim);
    tend_sim_setup_close(setup);
}

typedef struct bad_options {
    tend_sim_options o;
    const char *says;
} bad_options;

static void refuse(const bad_options *bad, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tend_sim_setup *setup = (tend_sim_setup *)&err;
        tend_rc rc = tend_sim_setup_open("default", &bad[i].o, &setup, &err);
        assert_int_equal(rc, strcmp(bad[i].says, "s.json") ? TEND_USAGE : TEND_INPUT);
        assert_holds(err.text, bad[i].says);
        assert_null(setup);
    }
}

static void what_stands_beside_a_scenario_is_refused(void **state)
{
    (void)state;
    const double unset = (double)NAN;
    const bad_options bad[] = {
        {{sizeof(tend_sim_options), 240, "{}", 2, "x", "slow_db", NULL, unset, unset, unset, NULL,
          NULL, NULL},
         "fault beside a scenario"},
        {{sizeof(tend_sim_options), 240, "{}", 2, "x", NULL, "db", unset, unset, unset, NULL, NULL,
          NULL},
         "target beside a scenario"},
        {{sizeof(tend_sim_options), 240, "{}", 2, "x", NULL, NULL, 0.5, unset, unset, NULL, NULL,
          NULL},
         "severity beside a scenario"},
        {{sizeof(tend_sim_options), 240, "{}", 2, "x", NULL, NULL, unset, 0.5, unset, NULL, NULL,
          NULL},
         "healthy beside a scenario"},
        {{sizeof(tend_sim_options), 240, "{}", 2, "x", NULL, NULL, unset, unset, 0.5, NULL, NULL,
          NULL},
         "compound beside a scenario"},
        {{sizeof(tend_sim_options), 240, "{}", 2, "x", NULL, NULL, unset, unset, unset, NULL, "two",
          NULL},
         "family beside a scenario"},
    };
    refuse(bad, sizeof bad / sizeof *bad);
}

static void options_that_make_no_sense_are_refused(void **state)
{
    (void)state;

    const char *const unknown[] = {"nois=2", NULL}, *const range[] = {"noise=11", NULL},
                      *const word[] = {"noise=loud", NULL}, *const none[] = {"noise", NULL};
    const double unset = (double)NAN;
    const bad_options bad[] = {
        {{sizeof(tend_sim_options), 0, NULL, 0, NULL, NULL, NULL, unset, unset, unset, NULL, NULL,
          NULL},
         "0 steps"},
        {{sizeof(tend_sim_options), 1000001, NULL, 0, NULL, NULL, NULL, unset, unset, unset, NULL,
          NULL, NULL},
         "expected 1 to"},
        {{3, 240, NULL, 0, NULL, NULL, NULL, unset, unset, unset, NULL, NULL, NULL},
         "options of 3 bytes"},
        {{sizeof(tend_sim_options), 240, NULL, 0, NULL, "slow_bd", NULL, unset, unset, unset, NULL,
          NULL, NULL},
         "did you mean \"slow_db\"?"},
        {{sizeof(tend_sim_options), 240, NULL, 0, NULL, NULL, "db>api", unset, unset, unset, NULL,
          NULL, NULL},
         "does not call"},
        {{sizeof(tend_sim_options), 240, NULL, 0, NULL, NULL, "dbb", unset, unset, unset, NULL,
          NULL, NULL},
         "did you mean \"db\"?"},
        {{sizeof(tend_sim_options), 240, NULL, 0, NULL, NULL, NULL, 1.5, unset, unset, NULL, NULL,
          NULL},
         "severity 1.5, expected 0 to 1"},
        {{sizeof(tend_sim_options), 240, NULL, 0, NULL, NULL, NULL, unset, -0.1, unset, NULL, NULL,
          NULL},
         "healthy -0.1"},
        {{sizeof(tend_sim_options), 240, NULL, 0, NULL, NULL, NULL, unset, unset, 2, NULL, NULL,
          NULL},
         "compound 2"},
        {{sizeof(tend_sim_options), 240, NULL, 0, NULL, NULL, NULL, unset, unset, unset, unknown,
          NULL, NULL},
         "did you mean \"noise\"?"},
        {{sizeof(tend_sim_options), 240, NULL, 0, NULL, NULL, NULL, unset, unset, unset, range,
          NULL, NULL},
         "world.noise: noise 11, expected 0 to 10"},
        {{sizeof(tend_sim_options), 240, NULL, 0, NULL, NULL, NULL, unset, unset, unset, word, NULL,
          NULL},
         "\"loud\", expected a number"},
        {{sizeof(tend_sim_options), 240, NULL, 0, NULL, NULL, NULL, unset, unset, unset, none, NULL,
          NULL},
         "\"\", expected a number"},
        {{sizeof(tend_sim_options), 240, "{\"faults\":7}", 12, "s.json", NULL, NULL, unset, unset,
          unset, NULL, NULL, NULL},
         "s.json"},
        {{sizeof(tend_sim_options), 240, NULL, 0, NULL, NULL, NULL, unset, unset, unset, NULL,
          "twise", NULL},
         "family \"twise\" is not known, did you mean \"twice\"?"},
        {{sizeof(tend_sim_options), 240, NULL, 0, NULL, NULL, NULL, unset, unset, unset, NULL, NULL,
          "reel"},
         "preset \"reel\" is not known, did you mean \"real\"?"},
    };
    refuse(bad, sizeof bad / sizeof *bad);
    tend_sim_setup *setup;
    assert_int_equal(tend_sim_setup_open("nosuch", NULL, &setup, &err), TEND_INPUT);
    assert_holds(err.text, "nosuch: no such file");
}

static void a_world_parameter_changes_the_world(void **state)
{
    (void)state;
    const char *const still[] = {"noise=0", "base_rps=150", NULL};
    tend_sim_options options = tend_sim_usual();
    options.fault = "none";
    tend_sim_setup *usual = setup_of("default", options);
    options.set = still;
    tend_sim_setup *half = setup_of("default", options);
    tend_sim *a = sim_of(usual, 8), *b = sim_of(half, 8);
    tend_facts with, without;
    for (int t = 0; t < 50; t++)
        assert_true(tend_sim_step(a) && tend_sim_step(b));
    tend_sim_facts(a, &with);
    tend_sim_facts(b, &without);
    int entry = tend_sim_system(usual)->entry;
    assert_between(with.arrivals[entry], 220, 380); // 300 users a second, and their wave
    assert_between(without.arrivals[entry], 110, 190);
    tend_sim_close(a);
    tend_sim_close(b);
    tend_sim_setup_close(usual);
    tend_sim_setup_close(half);
}

static void the_truth_names_what_is_wrong_and_when_it_is_over(void **state)
{
    (void)state;
    tend_sim_options options = tend_sim_usual();
    options.fault = "slow_db";
    options.severity = 0.75;
    tend_sim_setup *setup = setup_of("default", options);
    const tend_system *s = tend_sim_system(setup);
    int db = tend_system_service(s, "db");
    tend_sim *sim = sim_of(setup, 9);
    tend_truth truth;
    tend_sim_truth(sim, &truth);
    assert_int_equal(truth.faults, 1);
    assert_string_equal(truth.fault[0].type, "slow_db");
    assert_int_equal(truth.fault[0].service, db);
    assert_int_equal(truth.fault[0].edge, -1);
    assert_int_equal(truth.fault[0].family, TEND_FAMILY_CONTENTION);
    assert_near(truth.fault[0].severity, 0.75, 0);
    while (tend_sim_tick(sim) < truth.fault[0].start)
        assert_true(tend_sim_step(sim));
    tend_sim_truth(sim, &truth);
    assert_false(truth.fault[0].over);
    assert_true(tend_sim_act(sim, tend_system_action(s, TEND_RESTART, db, -1)));
    for (int t = 0; t < 30; t++)
        tend_sim_step(sim);
    tend_sim_truth(sim, &truth);
    assert_true(truth.fault[0].over); // a restart ends a lock
    assert_int_equal(tend_sim_reset(sim, 9, &err), TEND_OK);
    tend_sim_heal(sim);
    tend_sim_truth(sim, &truth);
    assert_true(truth.fault[0].over);
    tend_sim_close(sim);
    tend_sim_setup_close(setup);
}

// Driven by hand with what the agent decided: the same end as the episode it was decided in.
typedef struct noted {
    int action[240];
} noted;

static tend_rc note(void *self, const tend_frame *frame, tend_err *error)
{
    (void)error;
    ((noted *)self)->action[frame->obs->tick] = frame->decision.action;
    return TEND_OK;
}

static void an_episode_replayed_by_hand_has_the_same_yardsticks(void **state)
{
    (void)state;
    // seed to fault_severity, slo_steps to mttr, healthy_steps; actions, false_actions; refused
    static const int shared[] = {0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 14, 19, 20, 23, 28};
    tend_sim_setup *setup = setup_of("default", tend_sim_usual());
    tend_config *config;
    tend_drive *drive;
    tend_tally *tally;
    assert_int_equal(tend_config_new(&config, &err), TEND_OK);
    assert_int_equal(tend_drive_open(setup, config, &drive, &err), TEND_OK);
    assert_int_equal(tend_tally_open(setup, &tally, &err), TEND_OK);
    int acted = 0;
    for (uint64_t seed = 31; seed < 37; seed++) {
        noted n = {{0}};
        tend_sink sink = {.self = &n, .write = note};
        char *row, *mine;
        assert_int_equal(tend_drive_episode(drive, seed, &sink, &err), TEND_OK);
        assert_int_equal(tend_drive_row(drive, &row, &err), TEND_OK);
        tend_sim *sim = sim_of(setup, seed);
        tend_tally_start(tally, sim);
        while (tend_sim_step(sim)) {
            int action = n.action[tend_sim_tick(sim)];
            acted += action != 0;
            tend_tally_add(tally, sim, action);
            tend_sim_act(sim, action);
        }
        assert_int_equal(tend_tally_row(tally, sim, &mine, &err), TEND_OK);
        assert_true(row[strlen(row) - 1] == '\n' && mine[strlen(mine) - 1] == '\n');
        for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
            char *a = cell(row, shared[i]), *b = cell(mine, shared[i]);
            assert_string_equal(a, b);
            free(a);
            free(b);
        }
        free(row);
        free(mine);
        tend_sim_close(sim);
    }
    assert_true(acted > 3);
    tend_tally_close(tally);
    tend_drive_close(drive);
    tend_config_free(config);
    tend_sim_setup_close(setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forks_and_saved_states_go_on_as_the_original_would),
        cmocka_unit_test(a_fork_is_on_its_own),
        cmocka_unit_test(a_state_of_another_setup_or_a_damaged_one_is_refused),
        cmocka_unit_test(what_the_mask_allows_is_accepted_and_nothing_else),
        cmocka_unit_test(nothing_happens_before_a_reset_or_after_the_last_tick),
        cmocka_unit_test(what_stands_beside_a_scenario_is_refused),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
        cmocka_unit_test(a_world_parameter_changes_the_world),
        cmocka_unit_test(the_truth_names_what_is_wrong_and_when_it_is_over),
        cmocka_unit_test(an_episode_replayed_by_hand_has_the_same_yardsticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
