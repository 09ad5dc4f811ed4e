// SPDX-License-Identifier: GPL-3.0-or-later
// test_impact.c - the localisation kernel and its use on whole windows.
#include "agent/diagnose/impact.h"
#include "base/rng.h"
#include "cases/localise.h"
#include "support.h"

static void the_median_is_that_of_the_sorted_values(void **state)
{
    (void)state;
    rng r = rng_make(7, "median");

    for (int n = 1; n < 40; n++) {
        double a[40], b[40];
        for (int i = 0; i < n; i++)
            a[i] = b[i] = (double)rng_below(&r, 20);
        for (int i = 1; i < n; i++) // insertion sort as the oracle
            for (int j = i; j > 0 && b[j - 1] > b[j]; j--) {
                double swap = b[j];
                b[j] = b[j - 1];
                b[j - 1] = swap;
            }
        assert_near(impact_median(a, n), 0.5 * (b[(n - 1) / 2] + b[n / 2]), 0);
        assert_near(impact_select(a, n, n / 3), b[n / 3], 0);
    }
}

static void missing_values_and_a_wild_one_do_not_move_the_baseline(void **state)
{
    (void)state;
    double x[21], scratch[21];

    for (int i = 0; i < 21; i++)
        x[i] = 10 + (i % 5) * 0.1;
    impact_level clean = impact_baseline(x, 21, scratch);
    x[3] = (double)NAN;
    x[8] = 1e300;
    impact_level dirty = impact_baseline(x, 21, scratch);
    assert_int_equal(dirty.count, 20);
    assert_near(dirty.centre, clean.centre, 0.11);
    assert_near(dirty.spread, clean.spread, 0.3);
    for (int i = 0; i < 21; i++)
        x[i] = (double)NAN;
    assert_int_equal(impact_baseline(x, 21, scratch).count, 0);
}

static void callers_cancel_out_and_the_cause_keeps_its_share(void **state)
{
    (void)state;
    const tend_edge edges[] = {{0, 1}, {1, 2}, {0, 3}};
    double impact[4] = {100, 95, 90, -5}, own[4];

    impact_own(4, 3, edges, impact, NULL, own);
    assert_near(own[0], 5, 1e-12);
    assert_near(own[1], 5, 1e-12);
    assert_near(own[2], 90, 1e-12);
    double through[3] = {0, 60, 0}; // the call 1>2 loses most of it on the way
    impact_own(4, 3, edges, impact, through, own);
    assert_near(own[1], -55, 1e-12);
}

static void evidence_starts_at_the_least_and_grows_slowly(void **state)
{
    (void)state;
    assert_near(impact_evidence(3, 3), 0, 0);
    assert_near(impact_evidence(-100, 3), 0, 0);
    assert_true(impact_evidence(10, 3) > impact_evidence(5, 3));
    assert_true(impact_evidence(1e6, 3) < 20);
}

enum { ROWS = 200 };

static void fill(double *x, int change, double before, double after, uint64_t seed)
{
    rng r = rng_make(seed, "fill");

    for (int i = 0; i < ROWS; i++)
        x[i] = (i < change ? before : after) * (1 + 0.03 * rng_normal(&r));
}

static void the_change_point_is_where_the_series_change_together(void **state)
{
    (void)state;
    double a[ROWS], b[ROWS], c[ROWS], gain[ROWS], scratch[ROWS];
    const double *series[] = {a, b, c};

    for (int change = 40; change <= 160; change += 40) {
        fill(a, change, 10, 14, 1);
        fill(b, change, 5, 9, 2);
        fill(c, change, 7, 7, 3);
        c[20] = 1e12; // one wild value is no change point
        int found = impact_change_point(series, 3, ROWS, gain, scratch);
        assert_between(found, change - 3, change + 3);
    }
    assert_int_equal(impact_change_point(series, 3, 5, gain, scratch), -1);
}

// front -> mid -> back, each with latency, requests and cpu; and what users see.
typedef struct bench {
    double value[16][ROWS];
    window_column column[16];
    window w;
} bench;

static const char *const names[] = {"front", "mid", "back"};
static const tend_edge chain[] = {{0, 1}, {1, 2}};

static void add(bench *b, const char *name, int service, int edge, metric_role role, double level)
{
    int c = b->w.columns++;

    fill(b->value[c], 0, level, level, (uint64_t)c + 10);
    b->column[c] = (window_column){.name = name,
                                   .service = service,
                                   .edge = edge,
                                   .role = role,
                                   .per_step = 1,
                                   .value = b->value[c]};
}

static bench *healthy(void)
{
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);

    b->w = (window){.S = 3,
                    .E = 2,
                    .rows = ROWS,
                    .service = names,
                    .edges = chain,
                    .column = b->column,
                    .split = 120,
                    .target_service = -1};
    for (int s = 0; s < 3; s++) {
        add(b, "latency", s, -1, METRIC_LATENCY, 30.0 - 10 * s);
        add(b, "requests", s, -1, METRIC_REQUESTS, 100);
        add(b, "cpu", s, -1, METRIC_CPU, 0.3);
    }
    add(b, "success", -1, -1, METRIC_AVAILABILITY, 1); // column 9
    for (int i = 0; i < ROWS; i++)
        b->value[9][i] = 1;
    add(b, "client", -1, 1, METRIC_CLIENT_LATENCY, 11); // columns 10, 11: the call mid>back
    add(b, "server", -1, 1, METRIC_SERVER_LATENCY, 10);
    return b;
}

static void after(bench *b, int column, double plus)
{
    for (int i = 120; i < ROWS; i++)
        b->value[column][i] += plus;
}

static int blamed(bench *b, localise_result **out)
{
    tend_err err = {TEND_OK, ""};

    assert_int_equal(localise(&b->w, out, &err), TEND_OK);
    return (*out)->detected ? (*out)->suspect[0].service : -1;
}

static void expect(bench *b, int service)
{
    localise_result *r;

    assert_int_equal(blamed(b, &r), service);
    assert_int_equal(r->detected, service >= 0);
    if (service < 0)
        assert_int_equal(r->suspects, 0);
    double all = 0;
    for (int i = 0; i < r->suspects; i++)
        all += r->suspect[i].confidence;
    assert_true(all <= 1.0000001);
    localise_free(r);
    free(b);
}

static void nothing_is_blamed_when_nothing_changed(void **state)
{
    (void)state;
    expect(healthy(), -1);
}

static void the_slow_leaf_is_blamed_although_all_its_callers_are_slow(void **state)
{
    (void)state;
    bench *b = healthy();

    after(b, 0, 42); // front is the loudest
    after(b, 3, 41);
    after(b, 6, 40);
    expect(b, 2);
}

static void the_middle_is_blamed_when_its_callee_is_well(void **state)
{
    (void)state;
    bench *b = healthy();

    after(b, 0, 42);
    after(b, 3, 41);
    expect(b, 1);
}

static void time_lost_between_two_healthy_ends_is_the_networks(void **state)
{
    (void)state;
    bench *b = healthy();
    localise_result *r;

    after(b, 0, 40);
    after(b, 3, 40);
    after(b, 10, 40);
    assert_int_equal(blamed(b, &r), 2);
    assert_int_equal(r->clue[2][LOCALISE_NETWORK].edge, 1);
    assert_true(r->clue[2][LOCALISE_NETWORK].weight > 0);
    localise_free(r);
    free(b);
}

static void a_busy_cpu_is_blamed_without_any_latency(void **state)
{
    (void)state;
    bench *b = healthy();

    after(b, 5, 0.6);
    expect(b, 1);
}

static void a_failing_service_is_the_one_whose_callee_starves(void **state)
{
    (void)state;
    bench *b = healthy();

    after(b, 9, -0.1); // a tenth of the users fail ...
    after(b, 7, -80);  // ... and back is hardly called
    expect(b, 1);
    b = healthy();
    after(b, 9, -0.1); // without a starving callee, the entry is to blame
    expect(b, 0);
}

static void an_unknown_split_is_found(void **state)
{
    (void)state;
    bench *b = healthy();
    localise_result *r;

    b->w.split = -1;
    after(b, 5, 0.6);
    assert_int_equal(blamed(b, &r), 1);
    assert_between(r->onset, 117, 123);
    localise_free(r);
    free(b);
}

static void missing_values_neither_blame_nor_hide(void **state)
{
    (void)state;
    bench *b = healthy();

    for (int i = 0; i < ROWS; i++)
        b->value[0][i] = b->value[11][i] = (double)NAN;
    for (int i = 0; i < ROWS; i += 3)
        b->value[5][i] = (double)NAN;
    after(b, 5, 0.6);
    expect(b, 1);
    b = healthy();
    for (int i = 0; i < ROWS; i++)
        b->value[0][i] = (double)NAN;
    expect(b, -1);
}

static void names_tell_what_a_metric_measures(void **state)
{
    (void)state;
    assert_int_equal(metric_name_role("latency_Average", false), METRIC_LATENCY);
    assert_int_equal(metric_name_role("server_lat_p90", false), METRIC_LATENCY);
    assert_int_equal(metric_name_role("client_lat_p90", false), METRIC_CLIENT_LATENCY);
    assert_int_equal(metric_name_role("availability_Average", false), METRIC_AVAILABILITY);
    assert_int_equal(metric_name_role("node_cpu", false), METRIC_IGNORED);
    assert_int_equal(metric_name_role("cpu", false), METRIC_CPU);
    assert_int_equal(metric_name_role("src_p50", true), METRIC_CLIENT_LATENCY);
    assert_int_equal(metric_name_role("dst_p50", true), METRIC_SERVER_LATENCY);
    assert_int_equal(metric_name_role("lod", false), METRIC_REQUESTS);
    assert_int_equal(metric_name_role("syscall_read", false), METRIC_IGNORED);
    assert_true(metric_name_statistic("latency_p50") < metric_name_statistic("latency_p99"));
    assert_true(metric_name_is_rate("workload"));
    assert_false(metric_name_is_rate("requests_Sum"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_is_that_of_the_sorted_values),
        cmocka_unit_test(missing_values_and_a_wild_one_do_not_move_the_baseline),
        cmocka_unit_test(callers_cancel_out_and_the_cause_keeps_its_share),
        cmocka_unit_test(evidence_starts_at_the_least_and_grows_slowly),
        cmocka_unit_test(the_change_point_is_where_the_series_change_together),
        cmocka_unit_test(nothing_is_blamed_when_nothing_changed),
        cmocka_unit_test(the_slow_leaf_is_blamed_although_all_its_callers_are_slow),
        cmocka_unit_test(the_middle_is_blamed_when_its_callee_is_well),
        cmocka_unit_test(time_lost_between_two_healthy_ends_is_the_networks),
        cmocka_unit_test(a_busy_cpu_is_blamed_without_any_latency),
        cmocka_unit_test(a_failing_service_is_the_one_whose_callee_starves),
        cmocka_unit_test(an_unknown_split_is_found),
        cmocka_unit_test(missing_values_neither_blame_nor_hide),
        cmocka_unit_test(names_tell_what_a_metric_measures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
