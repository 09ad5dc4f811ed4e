// SPDX-License-Identifier: GPL-3.0-or-later
// test_calls.c - times and errors along calls: attempts, timeouts, retries, fallbacks, caches, each
// worked out from what the callee is set to.
#include "world_support.h"

enum { API, DB };

// api calls db `calls` times: timeout 100 ms, no network, no errors of their own
static bed pair(double calls, int retries)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"name\":\"two\",\"step_s\":1,\"services\":["
             "{\"name\":\"api\",\"kind\":\"service\",\"replicas\":1,\"least_replicas\":1,"
             "\"most_replicas\":2,\"sim\":{\"cores\":32,\"service_ms\":2,\"error_share\":0}},"
             "{\"name\":\"db\",\"kind\":\"database\",\"replicas\":1,\"least_replicas\":1,"
             "\"most_replicas\":2,\"sim\":{\"cores\":32,\"service_ms\":2,\"error_share\":0}}],"
             "\"edges\":[{\"caller\":\"api\",\"callee\":\"db\",\"sim\":{\"calls\":%g,"
             "\"timeout_ms\":100,\"retries\":%d,\"network_ms\":0,\"fallback_errors\":0.06,"
             "\"fallback_ms\":25}}],\"entry\":\"api\",\"slo\":{\"p95_ms\":250,"
             "\"error_share\":0.05},\"sim\":{\"base_rps\":100,\"noise\":0}}",
             calls, retries);
    bed b = bed_of_text(text);
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    return b;
}

// own times in seconds and their variance
static void set_times(bed *b, double api_s, double db_s, double db_var)
{
    fluid_service *s = fluid_services(b->w, b->model);
    s[API].own_s = api_s;
    s[API].own_var = 1e-6;
    s[DB].own_s = db_s;
    s[DB].own_var = db_var;
}

static fluid_service *pass(bed *b)
{
    fluid_calls_pass(b->w, b->model);
    return fluid_services(b->w, b->model);
}

static fluid_edge *edge(bed *b)
{
    return fluid_edges(b->w, b->model);
}

static fleet_edge *network(bed *b)
{
    return fleet_edges(b->w, b->model);
}

// quantile of a gamma variable by Cornish and Fisher's expansion; its skewness is 2 sd / mean
static double quantile(double mean, double var, double z)
{
    double sd = sqrt(var);
    return mean + sd * (z + (z * z - 1) / 6 * 2 * sd / mean);
}

static void times_and_variances_add_along_a_call(void **state)
{
    (void)state;
    bed b = pair(1, 0);
    set_times(&b, 0.004, 0.01, 4e-6);
    fluid_service *s = pass(&b);
    assert_near(s[DB].mean_s, 0.01, 1e-15);
    assert_near(s[DB].var, 4e-6, 1e-18);
    assert_near(s[API].mean_s, 0.014, 1e-15);
    assert_near(s[API].var, 5e-6, 1e-18);
    assert_near(s[API].p95_s, quantile(0.014, 5e-6, 1.645), 4e-5);
    assert_near(s[API].errors, 0, 1e-15);
    assert_near(edge(&b)->client_s, 0.01, 1e-15);
    assert_near(edge(&b)->server_s, 0.01, 1e-15);
    assert_near(edge(&b)->flow, 1, 1e-15);
    // the network has a fifth of its mean as spread
    network(&b)->now.delay_s = 0.005;
    s = pass(&b);
    assert_near(s[API].mean_s, 0.019, 1e-15);
    assert_near(s[API].var, 1e-6 + 4e-6 + 0.04 * 25e-6, 1e-18);
    assert_near(edge(&b)->client_s, 0.015, 1e-15);
    assert_near(edge(&b)->server_s, 0.01, 1e-15);
    bed_close(&b);
}

// Lost on the way one time in five: an attempt takes 10 ms or the timeout of 100, and there are
// 1 + 0.2 + 0.04 of them; their number has a second moment of 1 + 3 x 0.2 + 5 x 0.04.
static void what_is_lost_waits_for_the_timeout_and_is_tried_again(void **state)
{
    (void)state;
    bed b = pair(1, 2);
    set_times(&b, 0.004, 0.01, 1e-6);
    network(&b)->now.loss = 0.2;
    fluid_service *s = pass(&b);
    double attempt = 0.01 + 0.2 * 0.09;
    double spread = 0.8 * 1e-6 + 0.2 * 0.8 * 0.09 * 0.09;
    double n = 1.24, square = 1.8;
    assert_near(edge(&b)->client_s, attempt, 1e-15);
    assert_near(s[API].mean_s, 0.004 + n * attempt, 1e-15);
    assert_near(s[API].var, 1e-6 + n * spread + (square - n * n) * attempt * attempt, 1e-15);
    assert_near(s[API].errors, 0.2 * 0.2 * 0.2, 1e-15);
    assert_near(s[API].lasting_errors, 0, 1e-15);
    // what the callee gets follows the failures with a lag of half
    assert_near(edge(&b)->failing, 0.1, 1e-15);
    assert_near(edge(&b)->flow, 1 + 0.1 + 0.01, 1e-15);
    pass(&b);
    assert_near(edge(&b)->failing, 0.15, 1e-15);
    assert_near(edge(&b)->flow, 1 + 0.15 + 0.0225, 1e-15);
    bed_close(&b);
}

static void errors_that_last_are_not_mended_by_trying_again(void **state)
{
    (void)state;
    bed b = pair(1, 2);
    fleet_service *fleet = fleet_services(b.w, b.model);
    set_times(&b, 0.004, 0.01, 1e-6);
    fleet[DB].now.errors = 0.1; // of the version that runs
    fluid_services(b.w, b.model)[DB].shed = 0.05;
    fleet[DB].now.broken = 0.02;
    fluid_service *s = pass(&b);
    double passing = 0.95 * 0.98, transient = 1 - passing;
    assert_near(s[DB].lasting_errors, 0.1, 1e-15);
    assert_near(s[DB].errors, 1 - 0.9 * passing, 1e-15);
    double failed = 0.1 + 0.9 * transient * transient * transient;
    assert_near(s[API].errors, failed, 1e-12);
    assert_near(s[API].lasting_errors, 0.1, 1e-12);
    assert_near(edge(&b)->failing, 0.5 * (transient + (1 - transient) * 0.1), 1e-12);
    // callers more eager than the edge's own retries
    fleet[DB].now.retries = 4;
    s = pass(&b);
    assert_near(s[API].errors, 0.1 + 0.9 * pow(transient, 5), 1e-12);
    fleet[DB].now.retries = 1; // fewer change nothing
    s = pass(&b);
    assert_near(s[API].errors, failed, 1e-12);
    fleet[DB].now.errors = 1; // all of it
    s = pass(&b);
    assert_near(s[API].errors, 1, 1e-12);
    assert_near(s[DB].lasting_errors, 1, 1e-12);
    bed_close(&b);
}

static void who_outlives_the_timeout_has_failed(void **state)
{
    (void)state;
    bed b = pair(1, 0);
    set_times(&b, 0.004, 0.3, 0); // always late
    fluid_service *s = pass(&b);
    assert_near(s[API].errors, 1, 1e-12);
    assert_near(edge(&b)->client_s, 0.1, 1e-15); // given up
    assert_near(s[API].mean_s, 0.104, 1e-15);
    assert_near(edge(&b)->server_s, 0.3, 1e-15);
    set_times(&b, 0.004, 0.0999, 0); // just in time
    assert_near(pass(&b)[API].errors, 0, 1e-12);
    set_times(&b, 0.004, 0.04, 0.04 * 0.04); // exponential: e^-2.5
    s = pass(&b);
    assert_near(s[API].errors, 0.082085, 0.004);
    assert_near(s[API].var, 1e-6 + 0.0016 * (1 - s[API].errors), 1e-12);
    bed_close(&b);
}

static void several_calls_take_longer_and_fail_more_often(void **state)
{
    (void)state;
    static const double calls[] = {0.25, 1, 2, 2.5, 3};
    static const double survived[] = {1 - 0.25 * 0.2, 0.8, 0.64, 0.64, 0.512};
    for (int i = 0; i < 5; i++) {
        bed b = pair(calls[i], 0);
        set_times(&b, 0.004, 0.01, 1e-6);
        fleet_services(b.w, b.model)[DB].now.errors = 0.2;
        fluid_service *s = pass(&b);
        double p = calls[i] < 1 ? calls[i] : 1, times = calls[i] < 1 ? 1 : calls[i];
        assert_near(s[API].mean_s, 0.004 + times * p * 0.01, 1e-15);
        assert_near(s[API].var, 1e-6 + times * (p * (1e-6 + 1e-4) - p * p * 1e-4), 1e-15);
        assert_near(s[API].errors, 1 - survived[i], 1e-12);
        assert_near(edge(&b)->flow, calls[i], 1e-12);
        bed_close(&b);
    }
}

static void a_rerouted_call_goes_to_the_fallback_alone(void **state)
{
    (void)state;
    bed b = pair(1, 2);
    set_times(&b, 0.004, 0.01, 1e-6);
    fleet_services(b.w, b.model)[DB].now.errors = 0.5;
    edge(&b)->failing = 0.4;
    network(&b)->rerouted = 1;
    fluid_service *s = pass(&b);
    assert_near(edge(&b)->client_s, 0.025, 1e-15);
    assert_true(isnan(edge(&b)->server_s));
    assert_near(edge(&b)->flow, 0, 0);
    assert_near(edge(&b)->failing, 0, 0);
    assert_near(s[API].mean_s, 0.029, 1e-15);
    assert_near(s[API].var, 1e-6 + 0.025 * 0.025, 1e-15);
    assert_near(s[API].errors, 0.06, 1e-12);
    assert_near(s[API].lasting_errors, 0.06, 1e-12);
    bed_close(&b);
}

// The time a worker waits for callees follows with a lag of half.
static void workers_wait_for_their_callees(void **state)
{
    (void)state;
    bed b = pair(1, 0);
    set_times(&b, 0.004, 0.01, 1e-6);
    fluid_services(b.w, b.model)[API].down_s = 0.05;
    fluid_service *s = pass(&b);
    assert_near(s[API].down_s, 0.03, 1e-15);
    assert_near(s[DB].down_s, 0, 1e-15);
    bed_close(&b);
}

enum { SHOP_API, SHOP_CACHE, SHOP_DB };

// api asks the cache (hit rate 0.65) and on a miss the db; nothing fails, no network
static bed cached(void)
{
    bed b = bed_of_file("examples/systems/default.json");
    scenario none = scenario_none();
    world_init(b.w, b.model, &none, 1);
    for (int s = 0; s < 3; s++)
        b.model->service[s].error_share = 0;
    for (int e = 0; e < 2; e++)
        b.model->edge[e].network_s = 0;
    fluid_service *s = fluid_services(b.w, b.model);
    s[SHOP_API].own_s = 0.004, s[SHOP_API].own_var = 1e-6;
    s[SHOP_CACHE].own_s = 0.002, s[SHOP_CACHE].own_var = 1e-7;
    s[SHOP_DB].own_s = 0.02, s[SHOP_DB].own_var = 9e-6;
    return b;
}

static void a_cache_splits_requests_in_hits_and_misses(void **state)
{
    (void)state;
    bed b = cached();
    fleet_services(b.w, b.model)[SHOP_CACHE].fill = 0.8; // 0.52 hit
    fluid_service *s = pass(&b);
    int guard = b.model->position[0], behind = b.model->position[1];
    assert_near(edge(&b)[guard].miss, 0.48, 1e-12);
    assert_near(edge(&b)[guard].flow, 1, 1e-12);
    assert_near(edge(&b)[behind].flow, 0.48, 1e-12);
    double hit = 0.006, miss = 0.026, p = 0.48;
    assert_near(s[SHOP_API].mean_s, hit + p * (miss - hit), 1e-12);
    assert_near(s[SHOP_API].var, (1 - p) * 1.1e-6 + p * (1.1e-6 + 9e-6) + p * (1 - p) * 0.02 * 0.02,
                1e-12);
    // 5 % of all are 10.4 % of the misses, 1.259 standard deviations; a tick
    // goes on from the root of the one before
    for (int t = 0; t < 9; t++)
        pass(&b);
    assert_near(s[SHOP_API].p95_s, quantile(miss, 10.1e-6, 1.259), 4e-5);
    // everybody misses, everybody hits
    fleet_services(b.w, b.model)[SHOP_CACHE].fill = 0;
    s = pass(&b);
    assert_near(s[SHOP_API].mean_s, miss, 1e-12);
    assert_near(s[SHOP_API].p95_s, quantile(miss, 10.1e-6, 1.645), 4e-5);
    b.model->service[SHOP_CACHE].hit_rate = 1;
    fleet_services(b.w, b.model)[SHOP_CACHE].fill = 1;
    s = pass(&b);
    assert_near(s[SHOP_API].mean_s, hit, 1e-12);
    assert_near(s[SHOP_API].p95_s, quantile(hit, 1.1e-6, 1.645), 2e-5);
    bed_close(&b);
}

static void a_cache_that_does_not_answer_is_a_miss_and_a_wrong_answer_an_error(void **state)
{
    (void)state;
    bed b = cached();
    fleet_service *fleet = fleet_services(b.w, b.model);
    int guard = b.model->position[0], behind = b.model->position[1];
    fluid_services(b.w, b.model)[SHOP_CACHE].shed = 0.5; // tried twice: a quarter is unanswered
    fluid_service *s = pass(&b);
    assert_near(edge(&b)[guard].miss, 1 - 0.65 * 0.75, 1e-12);
    assert_near(edge(&b)[behind].flow, 1 - 0.65 * 0.75, 1e-12);
    assert_near(s[SHOP_API].errors, 0, 1e-12);
    fluid_services(b.w, b.model)[SHOP_CACHE].shed = 0;
    fleet[SHOP_CACHE].now.poison = 0.4; // of the hits
    s = pass(&b);
    assert_near(s[SHOP_CACHE].lasting_errors, 0.65 * 0.4, 1e-12);
    assert_near(s[SHOP_API].errors, 0.65 * 0.4, 1e-12);
    // who was told wrongly does not ask the db any more
    assert_near(edge(&b)[behind].flow, 0.35 * (1 - 0.65 * 0.4), 1e-12);
    fleet[SHOP_CACHE].now.poison = 0;
    fleet[SHOP_DB].now.errors = 0.1; // only misses meet it
    s = pass(&b);
    assert_near(s[SHOP_API].errors, 0.35 * 0.1, 1e-12);
    bed_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_and_variances_add_along_a_call),
        cmocka_unit_test(what_is_lost_waits_for_the_timeout_and_is_tried_again),
        cmocka_unit_test(errors_that_last_are_not_mended_by_trying_again),
        cmocka_unit_test(who_outlives_the_timeout_has_failed),
        cmocka_unit_test(several_calls_take_longer_and_fail_more_often),
        cmocka_unit_test(a_rerouted_call_goes_to_the_fallback_alone),
        cmocka_unit_test(workers_wait_for_their_callees),
        cmocka_unit_test(a_cache_splits_requests_in_hits_and_misses),
        cmocka_unit_test(a_cache_that_does_not_answer_is_a_miss_and_a_wrong_answer_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
