// SPDX-License-Identifier: GPL-3.0-or-later
// test_queueing.c - the fluid engine against exact queueing theory and a request-by-request oracle.
#include "base/math.h"
#include "base/rng.h"
#include "queue_support.h"

// One service of c servers without noise.
static bed single(int servers, double service_s, double utilisation, double cv2)
{
    double rps = utilisation * servers / service_s;
    return queue_bed((queue_of){"service", servers, service_s, cv2, rps, 100000, 100000});
}

// P(T > t) of M/M/c: service is exponential of rate 1, waiting exponential of rate r with P(wait).
static double sojourn_tail(double t, double wait, double r)
{
    double serve = math_exp(-t);
    if (fabs(r - 1) < 1e-9)
        return serve * (1 + wait * t);
    return (1 - wait) * serve + wait * (r * serve - math_exp(-r * t)) / (r - 1);
}

static double sojourn_quantile(double over, double wait, double r)
{
    double low = 0, high = 10000;
    for (int i = 0; i < 200; i++) {
        double t = 0.5 * (low + high);
        if (sojourn_tail(t, wait, r) > over)
            low = t;
        else
            high = t;
    }
    return low;
}

static void settle(bed *b)
{
    scenario none = scenario_none();
    world_init(b->w, b->model, &none, 1);
    double before = -1;
    for (int i = 0; i < 400000; i++) {
        world_step(b->w, b->model);
        double now = fluid_services(b->w, b->model)->backlog;
        if (fabs(now - before) <= 1e-12 * now)
            return;
        before = now;
    }
}

static void fifty_six_mmc_queues_have_the_exact_length_and_quantiles(void **state)
{
    (void)state;
    static const int servers[] = {1, 2, 4, 8, 16, 32, 64};
    static const double loads[] = {0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98};
    double worst[4] = {0};
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 8; j++) {
            int c = servers[i];
            double rho = loads[j], wait = erlang_c(c, rho);
            bed b = single(c, 0.1, rho, 1);
            settle(&b);
            fluid_service *s = fluid_services(b.w, b.model);
            double length = c * rho + wait * rho / (1 - rho);
            double rate = c * (1 - rho);
            double q95 = 0.1 * sojourn_quantile(0.05, wait, rate);
            double q99 = 0.1 * sojourn_quantile(0.01, wait, rate);
            root_normal gamma = root_of_gamma(s->mean_s, s->var);
            double p99 = pow(gamma.level + 2.3263478740408408 * gamma.spread, 3);
            double off[4] = {s->backlog / length - 1, s->busy / rho - 1, s->p95_s / q95 - 1,
                             p99 / q99 - 1};
            for (int k = 0; k < 4; k++)
                worst[k] = fabs(off[k]) > worst[k] ? fabs(off[k]) : worst[k];
            bed_close(&b);
        }
    print_message("worst of 56: length %.5f %%, utilisation %.5f %%, p95 %.2f %%, p99 %.2f %%\n",
                  100 * worst[0], 100 * worst[1], 100 * worst[2], 100 * worst[3]);
    assert_between(worst[0], -1, 0.001);
    assert_between(worst[1], -1, 0.001);
    assert_between(worst[2], -1, 0.010);
    assert_between(worst[3], -1, 0.025);
}

static void an_mg1_queue_follows_pollaczek_and_khinchine(void **state)
{
    (void)state;
    static const double cv2[] = {0, 0.5, 4};
    for (int i = 0; i < 3; i++) {
        bed b = single(1, 0.1, 0.8, cv2[i]);
        settle(&b);
        double length = 0.8 + 0.8 * 0.8 * (1 + cv2[i]) / 2 / (1 - 0.8);
        assert_near_relative(fluid_services(b.w, b.model)->backlog, length, 0.001);
        bed_close(&b);
    }
}

static void littles_law_holds_in_every_step(void **state)
{
    (void)state;
    bed b = bed_of_file("examples/systems/default.json");
    scenario incident = scenario_one(FAULT_CPU_HOG, 2, -1, 100, 60, 0.8);
    world_init(b.w, b.model, &incident, 3);
    for (int t = 0; t < 240; t++) {
        tend_facts truth;
        bed_step(&b);
        world_look_behind(b.w, b.model, &truth);
        for (int s = 0; s < b.system->S; s++) {
            bool shedding = fluid_services(b.w, b.model)[s].shed > 0;
            if (truth.throughput[s] > 0 && !shedding)
                assert_near_relative(truth.throughput[s] * truth.mean_ms[s] / 1000,
                                     truth.backlog[s], 1e-9);
        }
    }
    bed_close(&b);
}

static void in_steady_state_arrivals_times_response_time_is_the_number_inside(void **state)
{
    (void)state;
    bed b = single(8, 0.1, 0.9, 1);
    settle(&b);
    for (int t = 0; t < 50; t++) {
        tend_facts truth;
        bed_step(&b);
        world_look_behind(b.w, b.model, &truth);
        assert_near_relative(truth.arrivals[0] * truth.mean_ms[0] / 1000, truth.backlog[0], 1e-9);
    }
    bed_close(&b);
}

static void no_request_appears_or_vanishes(void **state)
{
    (void)state;
    bed b = bed_of_file("examples/systems/default.json");
    scenario incident = scenario_one(FAULT_SLOW_DB, 2, -1, 60, 100, 0.9);
    world_init(b.w, b.model, &incident, 5);
    double before[3] = {0};
    bool shed = false;
    for (int t = 0; t < 240; t++) {
        bed_step(&b);
        fluid_service *s = fluid_services(b.w, b.model);
        fluid_edge *e = fluid_edges(b.w, b.model);
        for (int i = 0; i < 3; i++) {
            double came = s[i].arrivals * (1 - s[i].shed), left = s[i].throughput;
            shed = shed || s[i].shed > 0;
            if (t > 0)
                assert_near(before[i] + came - left, s[i].backlog, 1e-9 * (1 + before[i]));
            before[i] = s[i].backlog;
        }
        double called = 0;
        for (int i = 0; i < b.model->E; i++)
            if (b.model->edge[i].callee == 2)
                called += e[i].calls;
        assert_near(called, s[2].offered, 1e-9);
    }
    assert_true(shed); // the incident did push the queue over its limit
    bed_close(&b);
}

// Mean number in an M/M/c queue at the end of every second, by simulating each request.
static void simulate_requests(int c, double mu, const double *rate, int seconds, int runs,
                              double *mean)
{
    rng r = rng_make(11, "requests");
    for (int t = 0; t < seconds; t++)
        mean[t] = 0;
    for (int run = 0; run < runs; run++) {
        double now = 0;
        int inside = 0;
        for (int t = 0; t < seconds; t++) {
            for (;;) {
                double all = rate[t] + (inside < c ? inside : c) * mu;
                double next = now - math_log(1 - rng_uniform(&r)) / all;
                if (next >= t + 1)
                    break;
                now = next;
                inside += rng_uniform(&r) * all < rate[t] ? 1 : -1;
            }
            now = t + 1; // exponential times have no memory
            mean[t] += (double)inside / runs;
        }
    }
}

static double overload_error(int c, double overload)
{
    const double mu = 400.0 / c; // 400 requests per second when busy
    enum { SECONDS = 50, START = 15, LENGTH = 20 };
    double rate[SECONDS], truth[SECONDS], off = 0, sum = 0;
    bed b = single(c, 1 / mu, 0.7, 1);
    scenario crowd = scenario_one(FAULT_FLASH_CROWD, 0, -1, START, LENGTH, 0.5);
    world_init(b.w, b.model, &crowd, 1);
    b.w->fault[0].strength = overload / 0.7;
    for (int t = 0; t < SECONDS; t++)
        rate[t] = c * mu * (t >= START && t < START + LENGTH ? overload : 0.7);
    simulate_requests(c, mu, rate, SECONDS, 400, truth);
    for (int t = 0; t < SECONDS; t++) {
        bed_step(&b);
        if (t < START)
            continue;
        off += fabs(fluid_services(b.w, b.model)->backlog - truth[t]);
        sum += truth[t];
    }
    bed_close(&b);
    return off / sum;
}

static void a_passing_overload_builds_and_drains_like_simulated_requests(void **state)
{
    (void)state;
    static const double overload[] = {1.15, 1.2, 1.3};
    for (int i = 0; i < 3; i++) {
        double off = overload_error(4, overload[i]);
        print_message("overload %.2f: WAPE %.2f %%\n", overload[i], 100 * off);
        assert_between(off, -1, 0.05);
    }
}

// A client that calls a database of 8 servers, `load` busy without retries.
static bed storm_bed(double rps, double load, int retries)
{
    char text[1536];
    snprintf(text, sizeof text,
             "{\"name\":\"storm\",\"step_s\":1,\"services\":["
             "{\"name\":\"api\",\"kind\":\"service\",\"replicas\":1,\"least_replicas\":1,"
             "\"most_replicas\":2,\"sim\":{\"cores\":32,\"service_ms\":2,\"workers\":100000,"
             "\"queue\":100000}},"
             "{\"name\":\"db\",\"kind\":\"database\",\"replicas\":1,\"least_replicas\":1,"
             "\"most_replicas\":2,\"sim\":{\"cores\":8,\"service_ms\":%.17g,\"workers\":100000,"
             "\"queue\":3000}}],"
             "\"edges\":[{\"caller\":\"api\",\"callee\":\"db\",\"sim\":{\"timeout_ms\":300,"
             "\"retries\":%d}}],\"entry\":\"api\",\"slo\":{\"p95_ms\":250,\"error_share\":0.05},"
             "\"sim\":{\"base_rps\":%.17g}}",
             load * 8000 / rps, retries, rps);
    return bed_of_text(text);
}

// Slows the database six-fold for `trigger` ticks; the tick of recovery after it, -1 for never.
static int storm_end(bed *b, int trigger, bool shed_load)
{
    scenario slow = scenario_one(FAULT_SLOW_DB, 1, -1, 40, trigger, 0.5);
    world_init(b->w, b->model, &slow, 9);
    b->w->fault[0].strength = 6;
    int healthy = 0;
    for (int t = 0; t < 400; t++) {
        if (shed_load && t == 200)
            bed_act(b, TEND_LIMIT, -1, -1);
        if (shed_load && t == 230)
            bed_act(b, TEND_LIFT, -1, -1);
        tend_obs obs = bed_step(b);
        if (t < 40 + trigger)
            continue;
        healthy = obs.breach ? 0 : healthy + 1;
        if (healthy == 10)
            return t - 9 - 40 - trigger;
    }
    return -1;
}

static void a_retry_storm_lasts_exactly_when_retries_alone_overload_the_service(void **state)
{
    (void)state;
    static const double pressures[] = {0.7, 0.89, 1.11, 1.3, 1.45};
    for (int rps = 300; rps <= 400; rps += 50)
        for (int trigger = 8; trigger <= 12; trigger += 2)
            for (int i = 0; i < 5; i++) {
                double load = pressures[i] / 3;
                bed b = storm_bed(rps, load, 2);
                int end = storm_end(&b, trigger, false);
                if (pressures[i] < 1)
                    assert_in_range(end, 0, 60);
                else
                    assert_int_equal(end, -1);
                if (pressures[i] > 1) // until load is shed
                    assert_in_range(storm_end(&b, trigger, true), 150, 250);
                bed_close(&b);
                b = storm_bed(rps, load, 0);
                assert_in_range(storm_end(&b, trigger, false), 0, 25);
                bed_close(&b);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifty_six_mmc_queues_have_the_exact_length_and_quantiles),
        cmocka_unit_test(an_mg1_queue_follows_pollaczek_and_khinchine),
        cmocka_unit_test(littles_law_holds_in_every_step),
        cmocka_unit_test(in_steady_state_arrivals_times_response_time_is_the_number_inside),
        cmocka_unit_test(no_request_appears_or_vanishes),
        cmocka_unit_test(a_passing_overload_builds_and_drains_like_simulated_requests),
        cmocka_unit_test(a_retry_storm_lasts_exactly_when_retries_alone_overload_the_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
