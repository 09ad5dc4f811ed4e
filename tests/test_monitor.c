// SPDX-License-Identifier: GPL-3.0-or-later
// test_monitor.c - what a monitor shows of a tick: values without noise, the size of the noise,
// what is missing, when the objective is breached.
#include "base/rng.h"
#include "world_support.h"

enum { API, CACHE, DB };

static bed open_default(double noise)
{
    bed b = bed_of_file("examples/systems/default.json");
    b.physics->noise = noise;
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    b.w->tick = 0;
    return b;
}

// a service with every quantity of its own
static void set(bed *b, int at)
{
    fluid_service *s = &fluid_services(b->w, b->model)[at];
    fleet_service *f = &fleet_services(b->w, b->model)[at];
    s->throughput = 400;
    s->service_s = 0.0021;
    s->p95_s = 0.05;
    s->errors = 0.1;
    s->backlog = 7;
    s->busy = 0.3;
    s->arrivals = 410;
    s->own_s = 0.012;
    s->bits[3] = 0xFFFF; // nothing missing
    f->ready = 2;
    f->memory = 0.45;
    f->held = 0.6;
    f->live_since = -120;
}

static tend_obs look(bed *b)
{
    tend_obs obs;
    fluid_observe_pass(b->w, b->model);
    world_observe(b->w, b->model, &obs);
    return obs;
}

static void a_service_shows_what_it_does(void **state)
{
    (void)state;
    bed b = open_default(0);
    for (int s = 0; s < 3; s++)
        set(&b, s);
    tend_obs obs = look(&b);
    const double *db = obs.value + DB * USUAL_METRICS;
    assert_near(db[TEND_LATENCY], 50, 1e-12);
    assert_near(db[TEND_ERRORS], 0.1, 1e-12);
    assert_near(db[TEND_CPU], 400 * 0.0021 / 6, 1e-12); // of two replicas with three cores
    assert_near(db[TEND_MEMORY], 0.45, 1e-12);
    assert_near(db[TEND_REQUESTS], 400, 1e-12);
    assert_near(db[TEND_SATURATION], 0.6, 1e-12);
    assert_near(obs.ready[DB], 2, 0);
    assert_near(obs.deploy_age[DB], 120, 0);
    assert_near(obs.entry_p95_ms, 50, 1e-12);
    assert_near(obs.entry_errors, 0.1, 1e-12);
    assert_int_equal(obs.tick, 0);
    tend_facts truth;
    world_look_behind(b.w, b.model, &truth);
    assert_near(truth.backlog[DB], 7, 0);
    assert_near(truth.utilisation[DB], 0.3, 0);
    assert_near(truth.arrivals[DB], 410, 0);
    assert_near(truth.throughput[DB], 400, 0);
    assert_near(truth.mean_ms[DB], 12, 1e-12);
    assert_near(truth.p95_ms[DB], 50, 1e-12);
    assert_near(truth.errors[DB], 0.1, 0);
    bed_close(&b);
}

static void a_lock_leaves_the_cpu_idle_and_a_hog_is_seen(void **state)
{
    (void)state;
    bed b = open_default(0);
    set(&b, DB);
    fleet_service *f = &fleet_services(b.w, b.model)[DB];
    fluid_service *s = &fluid_services(b.w, b.model)[DB];
    const double *db = look(&b).value + DB * USUAL_METRICS;
    f->now.lock = 2.5;
    look(&b);
    assert_near(db[TEND_CPU], 0.14 / 2.5, 1e-12);
    f->now.lock = 1;
    f->now.hog = 0.5;
    look(&b);
    assert_near(db[TEND_CPU], 0.64, 1e-12);
    f->now.hog = 0.95;
    f->held = 3; // no more than all of it
    f->memory = 1.2;
    look(&b);
    assert_near(db[TEND_CPU], 1, 0);
    assert_near(db[TEND_SATURATION], 1, 0);
    assert_near(db[TEND_MEMORY], 1, 0);
    f->now.hog = 0;
    f->ready = 0; // as of one replica
    s->throughput = 100;
    look(&b);
    assert_near(db[TEND_CPU], 100 * 0.0021 / 3, 1e-12);
    bed_close(&b);
}

// Standard deviations over many ticks: of 400 requests.
static void noise_is_as_large_as_the_number_of_requests_allows(void **state)
{
    (void)state;
    enum { TICKS = 20000 };
    static const struct {
        int metric;
        double mean, sd;
    } want[] = {{TEND_LATENCY, 50, 50 * 1.45 / 20}, // 1.45 / sqrt n, relative
                {TEND_ERRORS, 0.1, 0.3 / 20},       // sqrt(e (1 - e) / n)
                {TEND_CPU, 0.14, 0.02 * 0.14},      // 2 %
                {TEND_MEMORY, 0.45, 0.004},         // 0.4 points
                {TEND_SATURATION, 0.6, 0.02 * 0.6}};
    bed b = open_default(1);
    double sum[USUAL_METRICS] = {0}, square[USUAL_METRICS] = {0};
    set(&b, DB);
    fluid_service *s = &fluid_services(b.w, b.model)[DB];
    for (int t = 0; t < TICKS; t++) {
        uint32_t counter[4] = {(uint32_t)t, 7, 7, 7};
        rng_philox(counter, b.w->key, s->bits);
        s->bits[3] |= 0xFFFF;
        const double *db = look(&b).value + DB * USUAL_METRICS;
        for (int i = 0; i < USUAL_METRICS; i++) {
            sum[i] += db[i];
            square[i] += db[i] * db[i];
        }
    }
    for (int i = 0; i < 5; i++) {
        int k = want[i].metric;
        double mean = sum[k] / TICKS, sd = sqrt(square[k] / TICKS - mean * mean);
        assert_near(mean, want[i].mean, 4 * want[i].sd / sqrt(TICKS));
        assert_near_relative(sd, want[i].sd, 0.02);
    }
    bed_close(&b);
}

static void few_requests_are_taken_as_one_and_noise_is_bounded(void **state)
{
    (void)state;
    bed b = open_default(10);
    set(&b, DB);
    fluid_service *s = &fluid_services(b.w, b.model)[DB];
    s->throughput = 0.01;
    double least = 1e9, most = 0;
    for (int t = 0; t < 2000; t++) {
        uint32_t counter[4] = {(uint32_t)t, 7, 7, 7};
        rng_philox(counter, b.w->key, s->bits);
        s->bits[3] |= 0xFFFF;
        const double *db = look(&b).value + DB * USUAL_METRICS;
        least = db[TEND_LATENCY] < least ? db[TEND_LATENCY] : least;
        most = db[TEND_LATENCY] > most ? db[TEND_LATENCY] : most;
        assert_true(db[TEND_ERRORS] >= 0 && db[TEND_ERRORS] <= 1);
    }
    assert_near(least, 15, 1e-9); // 0.3 and 3 times the truth
    assert_near(most, 150, 1e-9);
    bed_close(&b);
}

static void an_edge_is_timed_at_both_ends_when_it_is_called(void **state)
{
    (void)state;
    bed b = open_default(0);
    int at = b.model->position[1];
    fluid_edge *e = &fluid_edges(b.w, b.model)[at];
    fleet_edge *f = &fleet_edges(b.w, b.model)[at];
    e->calls = 0.5;
    e->client_s = 0.03;
    e->server_s = 0.02;
    tend_obs obs = look(&b);
    assert_near(obs.edge[2], 30, 1e-12);
    assert_near(obs.edge[3], 20, 1e-12);
    e->calls = 0.49;
    obs = look(&b);
    assert_true(isnan(obs.edge[2]) && isnan(obs.edge[3]));
    f->rerouted = 1; // the fallback is timed at the client alone
    obs = look(&b);
    assert_near(obs.edge[2], 30, 1e-12);
    assert_true(isnan(obs.edge[3]));
    bed_close(&b);
}

// Both ends time the same requests: the noise they share is that of the mean of n, and the client
// has a tenth of the network's delay of its own.
static void times_of_a_call_are_bounded_by_the_truth(void **state)
{
    (void)state;
    bed b = open_default(10);
    fluid_edge *e = &fluid_edges(b.w, b.model)[b.model->position[0]];
    e->calls = 1;
    e->client_s = 0.05;
    e->server_s = 0.03;
    e->var = 1;
    double least[2] = {1e9, 1e9}, most[2] = {0, 0};
    for (int t = 0; t < 500; t++) {
        fluid_service *s = fluid_services(b.w, b.model);
        for (int i = 0; i < 3; i++) {
            uint32_t counter[4] = {(uint32_t)t, (uint32_t)i, 7, 7};
            rng_philox(counter, b.w->key, s[i].bits);
        }
        tend_obs obs = look(&b);
        for (int i = 0; i < 2; i++) {
            least[i] = obs.edge[i] < least[i] ? obs.edge[i] : least[i];
            most[i] = obs.edge[i] > most[i] ? obs.edge[i] : most[i];
        }
    }
    assert_near(least[0], 15, 1e-9);
    assert_near(most[0], 150, 1e-9);
    assert_near(least[1], 9, 1e-9);
    assert_near(most[1], 90, 1e-9);
    bed_close(&b);
}

static void both_ends_of_an_edge_share_their_noise(void **state)
{
    (void)state;
    enum { TICKS = 20000 };
    for (int edge = 0; edge < 2; edge++) {
        bed b = open_default(1);
        int at = b.model->position[edge];
        fluid_edge *e = &fluid_edges(b.w, b.model)[at];
        fleet_edges(b.w, b.model)[at].now.delay_s = 0.01;
        b.model->edge[at].network_s = 0.002;
        e->calls = 100;
        e->client_s = 0.05;
        e->server_s = 0.03;
        e->var = 0.0004;
        double sum[2] = {0}, square[2] = {0};
        for (int t = 0; t < TICKS; t++) {
            fluid_service *s = fluid_services(b.w, b.model);
            for (int i = 0; i < 3; i++) {
                uint32_t counter[4] = {(uint32_t)t, (uint32_t)i, 7, 7};
                rng_philox(counter, b.w->key, s[i].bits);
            }
            tend_obs obs = look(&b);
            double server = obs.edge[2 * edge + 1], network = obs.edge[2 * edge] - server;
            sum[0] += server, square[0] += server * server;
            sum[1] += network, square[1] += network * network;
        }
        // 20 ms / sqrt 100, and 0.1 x 12 ms
        static const double means[] = {30, 20}, sds[] = {2, 1.2};
        for (int i = 0; i < 2; i++) {
            double mean = sum[i] / TICKS, sd = sqrt(square[i] / TICKS - mean * mean);
            assert_near(mean, means[i], 4 * sds[i] / sqrt(TICKS));
            assert_near_relative(sd, sds[i], 0.02);
        }
        bed_close(&b);
    }
}

static bool breached(bed *b, double p95_ms, double errors, double refused)
{
    b->w->seen_p95_ms = p95_ms;
    b->w->seen_errors = errors;
    b->w->refused = refused;
    series_judge(b->w, b->model);
    return b->w->breach;
}

// 150 ms and 5 %: of those refused and those who failed.
static void the_objective_is_breached_beyond_its_bounds(void **state)
{
    (void)state;
    bed b = open_default(0);
    assert_false(breached(&b, 150, 0.01, 0));
    assert_true(breached(&b, 150.01, 0.01, 0));
    assert_true(breached(&b, 1, 0.0501, 0));
    assert_false(breached(&b, 1, 0.0499, 0));
    assert_true(breached(&b, 1, 0, 0.0501));
    assert_false(breached(&b, 1, 0, 0.0499));
    assert_true(breached(&b, 1, 0.03, 0.03));    // 1 - 0.97 ^ 2 = 0.0591
    assert_false(breached(&b, 1, 0.025, 0.025)); // 0.0494
    bed_close(&b);
}

// A late sample shows the value of the tick before, a missing one nothing.
static void late_samples_are_those_of_the_tick_before(void **state)
{
    (void)state;
    enum { TICKS = 4000 };
    bed b = bed_of_file("examples/systems/default.json");
    b.physics->missing = 0.1;
    b.physics->late = 0.2;
    sim_model_close(b.model);
    tend_err err = {TEND_OK, ""};
    assert_int_equal(sim_model_open(b.system, b.physics, &b.model, &err), TEND_OK);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    int missing = 0, late = 0;
    for (int t = 0; t < TICKS; t++) {
        double now[TEND_METRIC_KINDS];
        for (int i = 0; i < USUAL_METRICS; i++)
            now[i] = 100 * t + i;
        b.w->tick = t;
        uint32_t counter[4] = {(uint32_t)t, 1, 2, 3}, bits[4];
        rng_philox(counter, b.w->key, bits);
        series_show(b.w, b.model, DB, now, bits[0] & 0xFFFF);
        const double *shown = world_series(b.w, b.model) + DB * USUAL_METRICS;
        for (int i = 0; i < USUAL_METRICS && t > 0; i++) {
            missing += isnan(shown[i]) != 0;
            late += shown[i] == now[i] - 100;
            assert_true(isnan(shown[i]) || shown[i] == now[i] || shown[i] == now[i] - 100);
        }
    }
    // of those not missing a fifth is late; four standard errors
    assert_near(missing / (6.0 * TICKS), 0.1, 4 * sqrt(0.09 / 6 / TICKS));
    assert_near(late / (6.0 * TICKS), 0.18, 4 * sqrt(0.1476 / 6 / TICKS));
    bed_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_shows_what_it_does),
        cmocka_unit_test(a_lock_leaves_the_cpu_idle_and_a_hog_is_seen),
        cmocka_unit_test(noise_is_as_large_as_the_number_of_requests_allows),
        cmocka_unit_test(few_requests_are_taken_as_one_and_noise_is_bounded),
        cmocka_unit_test(an_edge_is_timed_at_both_ends_when_it_is_called),
        cmocka_unit_test(times_of_a_call_are_bounded_by_the_truth),
        cmocka_unit_test(both_ends_of_an_edge_share_their_noise),
        cmocka_unit_test(the_objective_is_breached_beyond_its_bounds),
        cmocka_unit_test(late_samples_are_those_of_the_tick_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
