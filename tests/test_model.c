// SPDX-License-Identifier: GPL-3.0-or-later
// test_model.c - what a simulated system works out before its first tick: the nominal flow, the
// order of services and calls, special functions as tables, where an episode begins.
#include "queue_support.h"

#include "env/traffic.h"

#include <gsl/gsl_cdf.h>

enum { API, CACHE, DB };

// 300 users a second; the cache answers 65 of 100, so 105 reach the db.
static void the_nominal_flow_follows_the_calls(void **state)
{
    (void)state;
    bed b = bed_of_file("examples/systems/default.json");
    traffic *t = NULL;
    assert_int_equal(traffic_open(b.system, b.physics, &t, NULL), TEND_OK);
    static const double visits[] = {1, 1, 0.35};
    // 300 x 8 ms / 4 cores, 300 x 2 ms / 2, 105 x 21 ms / 6
    static const double busy[] = {0.6, 0.3, 0.3675};
    // 8 ms, and 2.5 of the cache and network always, 21.8 of the db and network at a miss
    static const double hold[] = {0.008 + 0.0025 + 0.35 * 0.0218, 0.002, 0.021};
    for (int s = 0; s < 3; s++) {
        assert_near(t->visits[s], visits[s], 1e-12);
        assert_near(t->utilisation[s], busy[s], 1e-12);
        assert_near(t->hold_s[s], hold[s], 1e-12);
        assert_near(b.model->service[s].utilisation, busy[s], 1e-12);
        assert_near(b.model->service[s].visits, visits[s], 1e-12);
        assert_near(b.model->service[s].hold_s, hold[s], 1e-12);
    }
    assert_near(t->crossing[0], 1, 1e-12);
    assert_near(t->crossing[1], 0.35, 1e-12);
    traffic_close(t);
    bed_close(&b);
}

// a calls b twice and c; b and c call d; the entry is a. Listed from the last to the first.
static const char diamond[] =
    "{\"name\":\"diamond\",\"step_s\":5,\"services\":["
    "{\"name\":\"d\",\"kind\":\"service\",\"replicas\":1,\"least_replicas\":1,\"most_replicas\":2,"
    "\"sim\":{\"service_ms\":10}},"
    "{\"name\":\"c\",\"kind\":\"service\",\"replicas\":1,\"least_replicas\":1,\"most_replicas\":2,"
    "\"sim\":{\"service_ms\":10,\"restart_s\":0,\"scale_s\":11}},"
    "{\"name\":\"b\",\"kind\":\"service\",\"replicas\":1,\"least_replicas\":1,\"most_replicas\":2,"
    "\"sim\":{\"service_ms\":10,\"restart_s\":10}},"
    "{\"name\":\"a\",\"kind\":\"service\",\"replicas\":1,\"least_replicas\":1,\"most_replicas\":2,"
    "\"sim\":{\"service_ms\":10}}],\"edges\":["
    "{\"caller\":\"b\",\"callee\":\"d\",\"sim\":{\"network_ms\":1}},"
    "{\"caller\":\"c\",\"callee\":\"d\",\"sim\":{\"calls\":0.5,\"network_ms\":1}},"
    "{\"caller\":\"a\",\"callee\":\"b\",\"sim\":{\"calls\":2,\"network_ms\":1}},"
    "{\"caller\":\"a\",\"callee\":\"c\",\"sim\":{\"network_ms\":1,\"timeout_ms\":27,\"retries\":3}}"
    "],\"entry\":\"a\",\"slo\":{\"p95_ms\":100,\"error_share\":0.1},"
    "\"sim\":{\"base_rps\":10,\"wave_period_s\":60}}";

static void callers_come_before_callees_and_visits_add_up(void **state)
{
    (void)state;
    enum { D, C, B, A };
    bed b = bed_of_text(diamond);
    const sim_model *m = b.model;
    int place[4];
    for (int i = 0; i < 4; i++)
        place[m->order[i]] = i;
    assert_int_equal(place[A], 0);
    assert_int_equal(place[D], 3);
    static const double visits[] = {2.5, 1, 2, 1}; // d: 2 by b, half by c
    static const double hold[] = {0.01, 0.01 + 0.5 * 0.011, 0.01 + 0.011, 0};
    for (int s = 0; s < 4; s++)
        assert_near(m->service[s].visits, visits[s], 1e-12);
    for (int s = 0; s < 3; s++)
        assert_near(m->service[s].hold_s, hold[s], 1e-12);
    assert_near(m->service[A].hold_s, 0.01 + 2 * 0.022 + 0.0165, 1e-12);
    // edges stand by their callers, and each knows where
    for (int e = 0; e < 4; e++)
        assert_int_equal(m->edge[m->position[e]].index, e);
    assert_int_equal(m->service[A].edges, 2);
    assert_int_equal(m->service[D].edges, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(m->edge[m->service[A].first_edge + i].caller, A);
    const edge_model *half = &m->edge[m->position[1]], *twice = &m->edge[m->position[2]];
    assert_near(half->present, 0.5, 0);
    assert_near(half->times, 1, 0);
    assert_near(twice->present, 1, 0);
    assert_near(twice->times, 2, 0);
    // of the two calls to d the first takes the bits its service leaves over
    assert_int_equal(m->edge[m->position[0]].first + m->edge[m->position[1]].first, 1);
    const edge_model *slow = &m->edge[m->position[3]];
    assert_near(slow->timeout_s, 0.027, 1e-15);
    assert_near(slow->timeout_root, 0.3, 1e-5);
    assert_int_equal(slow->retries, 3);
    // five seconds a tick: whole ticks, at least one
    assert_int_equal(m->service[C].restart_ticks, 1);
    assert_int_equal(m->service[C].scale_ticks, 3);
    assert_int_equal(m->service[B].restart_ticks, 2);
    assert_int_equal(m->service[A].restart_ticks, 1); // 5 s unless said otherwise
    assert_near(m->turn_sin, 0.5, 1e-9);              // a twelfth of a turn
    assert_near(m->turn_cos, sqrt(0.75), 1e-9);
    bed_close(&b);
}

static void a_cache_is_asked_before_what_its_misses_need(void **state)
{
    (void)state;
    bed b = bed_of_file("examples/systems/default.json");
    const sim_model *m = b.model;
    const edge_model *guard = &m->edge[m->position[0]], *behind = &m->edge[m->position[1]];
    assert_true(guard < behind);
    assert_true(guard->guards_miss);
    assert_false(behind->guards_miss);
    assert_int_equal(behind->cache, CACHE);
    assert_int_equal(behind->guard, m->position[0]);
    assert_int_equal(guard->guard, -1);
    assert_int_equal(guard->cache, -1);
    assert_int_equal(m->service[API].cache, CACHE);
    assert_int_equal(m->service[DB].cache, -1);
    bed_close(&b);
}

// Where an episode begins: at its nominal load, with warm caches, live for at least 500 ticks.
static void an_episode_begins_at_the_nominal_load(void **state)
{
    (void)state;
    bed b = bed_of_file("examples/systems/default.json");
    scenario none = scenario_none();
    int low = 1 << 30, high = -(1 << 30);
    double mean = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        world_init(b.w, b.model, &none, seed);
        const fleet_service *f = fleet_services(b.w, b.model);
        for (int s = 0; s < 3; s++) {
            low = f[s].live_since < low ? f[s].live_since : low;
            high = f[s].live_since > high ? f[s].live_since : high;
            mean += f[s].live_since / 1200.0;
        }
    }
    assert_in_range(-high, 500, 600); // uniform on 500 .. 20499 ticks ago
    assert_in_range(-low, 20400, 20499);
    assert_near(mean, -10500, 600);
    const fluid_service *s = fluid_services(b.w, b.model);
    const fleet_service *f = fleet_services(b.w, b.model);
    const fluid_edge *e = fluid_edges(b.w, b.model);
    assert_near(s[API].busy, 0.6, 1e-12);
    assert_near(s[API].backlog, 0.6 * 4, 1e-12);
    assert_near(s[API].swing, sqrt(300), 1e-12);
    assert_near(s[DB].swing, sqrt(105), 1e-12);
    assert_near(s[API].service_s, 0.008, 1e-15);
    assert_near(s[API].own_s, 0.008, 1e-15);
    assert_near(s[API].mean_s, 0.008, 1e-15);
    assert_near(s[API].down_s, 0.0025 + 0.35 * 0.0218, 1e-12);
    assert_near(s[API].errors, 0.001, 1e-15);
    assert_near(f[CACHE].fill, 1, 0);
    assert_near(f[API].memory, 0.42, 0);
    assert_int_equal(f[DB].replicas, 2);
    assert_int_equal(f[DB].ready, 2);
    assert_int_equal(f[DB].affected, 2);
    assert_near(e[b.model->position[0]].flow, 1, 1e-12);
    assert_near(e[b.model->position[0]].miss, 0.35, 1e-12);
    assert_near(e[b.model->position[1]].flow, 0.35, 1e-12);
    b.model->service[API].utilisation = 1.4; // no fuller than nine tenths
    world_init(b.w, b.model, &none, 1);
    assert_near(s[API].busy, 0.9, 0);
    bed_close(&b);
}

static void erlangs_formula_is_tabulated_for_64_servers(void **state)
{
    (void)state;
    static tables t;
    tables_fill(&t);
    for (int c = 1; c <= 64; c++) {
        for (int i = 1; i < 256; i += 17) // at a point of the table it is the formula
            assert_near(table_erlang(&t, c, i / 256.0), erlang_c(c, i / 256.0), 1e-12);
        assert_near(table_erlang(&t, c, 0.5 + 1 / 512.0),
                    0.5 * (erlang_c(c, 0.5) + erlang_c(c, 0.5 + 1 / 256.0)), 1e-12);
        assert_near(table_erlang(&t, c, 0), 0, 1e-12);
        assert_near(table_erlang(&t, c, 1), 1, 0);
        assert_near(table_erlang(&t, c, 1.7), 1, 0);
    }
    assert_near(table_erlang(&t, 2.4, 0.5), erlang_c(2, 0.5), 1e-12); // servers are rounded
    assert_near(table_erlang(&t, 2.5, 0.5), erlang_c(3, 0.5), 1e-12);
    assert_near(table_erlang(&t, 0.2, 0.5), erlang_c(1, 0.5), 1e-12);
    assert_near(table_erlang(&t, 900, 0.5), erlang_c(64, 0.5), 1e-12);
}

static void the_normal_distribution_is_tabulated_both_ways(void **state)
{
    (void)state;
    static tables t;
    double mean = 0, square = 0, density;
    tables_fill(&t);
    for (int i = 0; i < 2048; i++) {
        mean += table_normal(&t, (uint32_t)(i << 5)) / 2048;
        square += pow(table_normal(&t, (uint32_t)(i << 5)), 2) / 2048;
    }
    assert_near(mean, 0, 1e-9);
    assert_near(square, 1, 1e-9);
    assert_near(table_normal(&t, 0xFFFF), 3.49, 0.05); // the middle of the last of 2048
    assert_near(table_normal(&t, 0), -table_normal(&t, 0xFFFF), 1e-9);
    for (double z = -7; z <= 7; z += 0.37) {
        double right = 0.5 * erfc(z / sqrt(2));
        assert_near(table_tail(&t, z, &density), fabs(z) >= 6 ? z < 0 : right, 1e-7);
        assert_near(density, fabs(z) >= 6 ? 0 : exp(-z * z / 2) / sqrt(2 * acos(-1)), 3e-4);
    }
    for (double x = 1e-6; x < 1e6; x *= 7)
        assert_near_relative(cube_root(x), cbrt(x), 3e-5);
}

// Against exponentials, whose quantiles are known: a mixture's is where the tails add up to 5 %.
static void quantiles_of_gamma_times_and_their_mixtures_are_near(void **state)
{
    (void)state;
    static tables t;
    tables_fill(&t);
    assert_near_relative(gamma_p95(2, 4), 2 * log(20), 0.01);
    assert_near(gamma_p95(0, 4), 0, 0);
    assert_near(gamma_p95(3, 0), 3, 1e-12);
    for (double x = 0.5; x < 8; x += 0.5)
        assert_near(gamma_tail_over(&t, x, cube_root(x), 1, 1), exp(-x), 0.006);
    // of Wilson and Hilferty's cube root: good to a per cent or so
    for (double shape = 1; shape < 50; shape *= 1.5)
        for (double p = 0.02; p < 0.98; p += 0.03) {
            double x = gsl_cdf_gamma_Qinv(p, shape, 12 / shape);
            assert_near(gamma_tail_over(&t, x, cube_root(x), 12, 144 / shape), p, 0.012);
        }
    assert_near_relative(gamma_p95(10, 20), gsl_cdf_gamma_Pinv(0.95, 5, 2), 0.005);
    assert_near(gamma_tail_over(&t, 3, cube_root(3), 2, 0), 0, 0);
    assert_near(gamma_tail_over(&t, 2, cube_root(2), 2, 0), 1, 0);
    assert_near(gamma_tail_over(&t, 13, cube_root(13), 2, 1), 0, 0); // beyond ten deviations
    static const double shares[] = {0.01, 0.05, 0.3, 0.5, 0.9, 0.99};
    for (int swap = 0; swap < 2; swap++)
        for (int i = 0; i < 6; i++) {
            const double fast[] = {1, 1}, slow[] = {10, 100};
            double p = shares[i], low = 0, high = 100, root = 0;
            for (int k = 0; k < 100; k++) {
                double x = 0.5 * (low + high);
                double tail = swap ? p * exp(-x) + (1 - p) * exp(-x / 10)
                                   : (1 - p) * exp(-x) + p * exp(-x / 10);
                if (tail > 0.05)
                    low = x;
                else
                    high = x;
            }
            double q = swap ? gamma_mixture_p95(&t, slow, fast, p, &root)
                            : gamma_mixture_p95(&t, fast, slow, p, &root);
            assert_near_relative(q, low, 0.06);
            assert_near_relative(root * root * root, q, 1e-12);
            double again = swap ? gamma_mixture_p95(&t, slow, fast, p, &root)
                                : gamma_mixture_p95(&t, fast, slow, p, &root);
            assert_near_relative(again, low, 0.03); // from where it ended
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nominal_flow_follows_the_calls),
        cmocka_unit_test(callers_come_before_callees_and_visits_add_up),
        cmocka_unit_test(a_cache_is_asked_before_what_its_misses_need),
        cmocka_unit_test(an_episode_begins_at_the_nominal_load),
        cmocka_unit_test(erlangs_formula_is_tabulated_for_64_servers),
        cmocka_unit_test(the_normal_distribution_is_tabulated_both_ways),
        cmocka_unit_test(quantiles_of_gamma_times_and_their_mixtures_are_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
