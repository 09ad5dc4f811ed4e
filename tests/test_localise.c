// SPDX-License-Identifier: GPL-3.0-or-later
// test_localise.c - the clues of a window worked out by hand: levels, sigmas, impact, weights, and
// the ranking made of them.
//
// Sixty even rows, then forty even rows: a level without spread has the floor as its sigma, which
// for 60 rows is 1 + 6/60 = 1.1 times the nominal one.
#include "localise_support.h"

static void latency_is_blamed_by_the_share_a_service_adds_itself(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    int front = of(&b, FRONT, METRIC_LATENCY, 50, 100);
    int back = of(&b, BACK, METRIC_LATENCY, 30, 70);
    int store = of(&b, STORE, METRIC_LATENCY, 10, 50);
    for (int s = 0; s < SERVICES; s++)
        of(&b, s, METRIC_REQUESTS, 100, 100);
    localise_result *r = result_of(&b);
    double z[] = {50 / 5.5, 40 / 3.3, 40 / 1.1};
    double weight[] = {0.2 * evidence(z[0], 3), 0, 0.8 * evidence(z[2], 3)};
    expect_clue(&r->clue[FRONT][LOCALISE_LATENCY], front, 50, 100, z[0], weight[0]);
    expect_clue(&r->clue[BACK][LOCALISE_LATENCY], back, 30, 70, z[1], weight[1]);
    expect_clue(&r->clue[STORE][LOCALISE_LATENCY], store, 10, 50, z[2], weight[2]);
    static const double seen[] = {5000, 4000, 4000}, own[] = {1000, 0, 4000};
    for (int s = 0; s < SERVICES; s++) {
        assert_near(r->clue[s][LOCALISE_LATENCY].seen, seen[s], 1e-9);
        assert_near(r->clue[s][LOCALISE_LATENCY].own, own[s], 1e-9);
    }
    assert_true(r->detected);
    assert_int_equal(r->onset, BEFORE);
    assert_int_equal(r->suspects, 2); // who adds nothing is none
    assert_int_equal(r->suspect[0].service, STORE);
    assert_int_equal(r->suspect[1].service, FRONT);
    assert_near(r->suspect[0].score, weight[2], 1e-9);
    assert_near(r->suspect[1].score, weight[0], 1e-9);
    // a softmax of the scores, times how far the best is from nothing
    double behind = exp(weight[0] - weight[2]), sure = 1 - exp(-weight[2]);
    assert_near(r->suspect[0].confidence, sure / (1 + behind), 1e-9);
    assert_near(r->suspect[1].confidence, sure * behind / (1 + behind), 1e-9);
    assert_int_equal(r->metrics, 2);
    assert_int_equal(r->metric[0], store);
    assert_int_equal(r->metric[1], front);
    localise_free(r);
}

// Without counts every row weighs one; a missing row or count is left out of the mean of forty.
static void flow_weighs_rows_by_their_requests(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    int store = of(&b, STORE, METRIC_LATENCY, 10, 50);
    localise_result *r = result_of(&b);
    assert_near(r->clue[STORE][LOCALISE_LATENCY].seen, 40, 1e-9);
    localise_free(r);
    for (int i = BEFORE; i < BEFORE + 10; i++)
        b.value[store][i] = NAN;
    r = result_of(&b);
    assert_near(r->clue[STORE][LOCALISE_LATENCY].seen, 30, 1e-9);
    assert_near(r->clue[STORE][LOCALISE_LATENCY].after, 50, 0);
    localise_free(r);
    int requests = of(&b, STORE, METRIC_REQUESTS, 100, 200);
    for (int i = BEFORE + 10; i < BEFORE + 20; i++)
        b.value[requests][i] = NAN;
    r = result_of(&b);
    assert_near(r->clue[STORE][LOCALISE_LATENCY].seen, 20 * 40 * 200 / 40.0, 1e-9);
    localise_free(r);
}

// A call takes 40 ms longer at the client and no longer at the server: sigma of the gap is a fifth
// of the client's level.
static void what_a_call_loses_on_the_way_is_the_networks(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    int front = of(&b, FRONT, METRIC_LATENCY, 50, 90);
    of(&b, STORE, METRIC_LATENCY, 10, 10);
    for (int s = 0; s < SERVICES; s++)
        of(&b, s, METRIC_REQUESTS, 100, 100);
    int near = add(&b, -1, BACK_STORE, METRIC_CLIENT_LATENCY, 12, 52);
    add(&b, -1, BACK_STORE, METRIC_SERVER_LATENCY, 10, 10);
    int back = of(&b, BACK, METRIC_LATENCY, 30, 70);
    localise_result *r = result_of(&b);
    const localise_clue *c = &r->clue[STORE][LOCALISE_NETWORK];
    double z = 40 / (0.2 * 1.1 * 12);
    expect_clue(c, near, 2, 42, z, 1.5 * evidence(z, 5));
    assert_int_equal(c->edge, BACK_STORE);
    assert_int_equal(r->clue[BACK][LOCALISE_NETWORK].edge, -1);
    assert_near(r->clue[BACK][LOCALISE_LATENCY].own, 0, 1e-9); // the wire's, not its own
    assert_near(r->clue[BACK][LOCALISE_LATENCY].seen, 4000, 1e-9);
    assert_near(r->clue[FRONT][LOCALISE_LATENCY].own, 0, 1e-9);
    assert_int_equal(r->suspects, 1);
    assert_int_equal(r->suspect[0].service, STORE);
    // a network is shown by the latency of the service, where there is one
    assert_int_equal(r->metrics, 1);
    assert_int_equal(r->metric[0], 1);
    assert_true(front == 0 && back == 7);
    localise_free(r);
    for (int i = BEFORE; i < ROWS; i++)
        b.value[near][i] = 13; // one ms is no gap
    r = result_of(&b);
    assert_near(r->clue[STORE][LOCALISE_NETWORK].weight, 0, 0);
    assert_near(r->clue[BACK][LOCALISE_LATENCY].own, 4000, 1e-9);
    localise_free(r);
}

// Of two callers the clue is that of the worse call, and each loses its half of the requests.
static void a_service_called_by_two_shows_its_worst_call(void **state)
{
    (void)state;
    static const tend_edge both[] = {{FRONT, STORE}, {BACK, STORE}};
    bench b;
    begin(&b);
    b.w.edges = both;
    of(&b, STORE, METRIC_REQUESTS, 100, 100);
    of(&b, BACK, METRIC_LATENCY, 30, 70);
    of(&b, BACK, METRIC_REQUESTS, 50, 50);
    add(&b, -1, 0, METRIC_CLIENT_LATENCY, 12, 32);
    add(&b, -1, 0, METRIC_SERVER_LATENCY, 10, 10);
    int worse = add(&b, -1, 1, METRIC_CLIENT_LATENCY, 12, 42);
    add(&b, -1, 1, METRIC_SERVER_LATENCY, 10, 10);
    localise_result *r = result_of(&b);
    assert_int_equal(r->clue[STORE][LOCALISE_NETWORK].edge, 1);
    assert_int_equal(r->clue[STORE][LOCALISE_NETWORK].column, worse);
    assert_near(r->clue[STORE][LOCALISE_NETWORK].z, 30 / 2.64, 1e-9);
    assert_near(r->clue[BACK][LOCALISE_LATENCY].own, 40 * 50 - 30 * 100 / 2.0, 1e-9);
    localise_free(r);
}

static void resources_are_held_against_a_hundredth_of_full_scale(void **state)
{
    (void)state;
    static const struct {
        metric_role role;
        localise_channel channel;
        double weight;
    } kinds[] = {{METRIC_CPU, LOCALISE_CPU, 1},
                 {METRIC_MEMORY, LOCALISE_MEMORY, 0.7},
                 {METRIC_SATURATION, LOCALISE_SATURATION, 0.5}};
    static const struct {
        double before, after, sigma;
    } rows[] = {
        {0.3, 0.9, 0.033},             // a tenth of the level
        {0.02, 0.2, 0.01},             // a hundredth of one
        {30, 90, 3.3},     {2, 20, 1}, // and of a hundred, in percent
        {0.02, 1.5, 0.01},             // a share may go over one
        {200, 2000, 22},               // neither: bytes
        {5, 1001, 0.55},   {0.9, 0.3, 0.099},
    };
    for (int k = 0; k < 3; k++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            bench b;
            begin(&b);
            int column = of(&b, BACK, kinds[k].role, rows[i].before, rows[i].after);
            localise_result *r = result_of(&b);
            double z = (rows[i].after - rows[i].before) / rows[i].sigma;
            expect_clue(&r->clue[BACK][kinds[k].channel], column, rows[i].before, rows[i].after, z,
                        kinds[k].weight * evidence(z, 5));
            assert_int_equal(r->clue[FRONT][kinds[k].channel].column, -1);
            localise_free(r);
        }
}

static void a_faint_signal_is_no_detection(void **state)
{
    (void)state;
    // the weight of a busy cpu is 0.4 at 6.475 sigmas
    for (int faint = 0; faint < 2; faint++) {
        bench b;
        begin(&b);
        of(&b, BACK, METRIC_CPU, 0.3, 0.3 + 0.033 * (faint ? 6.4 : 6.55));
        localise_result *r = result_of(&b);
        assert_int_equal(r->detected, !faint);
        assert_int_equal(r->suspects, !faint);
        assert_int_equal(r->metrics, !faint);
        assert_int_equal(r->onset, BEFORE);
        localise_free(r);
    }
}

static void equal_suspects_stand_in_their_order(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    for (int s = SERVICES - 1; s >= 0; s--)
        of(&b, s, METRIC_CPU, 0.3, 0.9);
    localise_result *r = result_of(&b);
    assert_int_equal(r->suspects, 3);
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(r->suspect[i].service, i);
        sum += r->suspect[i].confidence;
    }
    assert_near(sum, 1 - exp(-evidence(0.6 / 0.033, 5)), 1e-9);
    localise_free(r);
}

// Within a suspect the heaviest clue comes first, but memory that grew to 1.85 times explains a
// busy cpu.
static void the_metrics_of_a_suspect_come_by_weight_unless_memory_leaks(void **state)
{
    (void)state;
    for (int leak = 0; leak < 2; leak++) {
        bench b;
        begin(&b);
        int memory = of(&b, BACK, METRIC_MEMORY, 40, leak ? 74 : 73.9);
        int pool = of(&b, BACK, METRIC_SATURATION, 30, 90);
        int cpu = of(&b, BACK, METRIC_CPU, 30, 90);
        localise_result *r = result_of(&b);
        assert_int_equal(r->metrics, 3);
        assert_int_equal(r->metric[0], leak ? memory : cpu);
        assert_int_equal(r->metric[1], leak ? cpu : pool);
        assert_int_equal(r->metric[2], leak ? pool : memory);
        localise_free(r);
    }
}

// Without counts: the mean of the failed share in sigmas of a hundredth of all requests.
static void the_plainest_statistic_speaks_for_a_role(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    for (int i = 0; i < 4; i++) {
        int c = of(&b, STORE, METRIC_LATENCY, 10 + i, 50);
        static const int statistics[] = {4, 1, 5, 1};
        b.column[c].statistic = statistics[i];
    }
    localise_result *r = result_of(&b);
    assert_int_equal(r->clue[STORE][LOCALISE_LATENCY].column, 1); // of equals the first
    localise_free(r);
}

// Where the symptom was noticed in failures, channels of slowness count 0.4.
static void the_channel_of_the_symptom_counts_in_full(void **state)
{
    (void)state;
    static const struct {
        metric_role noticed;
        double slow;
    } rows[] = {{METRIC_IGNORED, 1},
                {METRIC_LATENCY, 1},
                {METRIC_ERRORS, 0.4},
                {METRIC_AVAILABILITY, 0.4},
                {METRIC_CPU, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        begin(&b);
        b.w.target_role = rows[i].noticed;
        of(&b, STORE, METRIC_LATENCY, 10, 50);
        of(&b, STORE, METRIC_ERRORS, 0, 0.1);
        of(&b, STORE, METRIC_CPU, 0.3, 0.9);
        add(&b, -1, BACK_STORE, METRIC_CLIENT_LATENCY, 12, 52);
        add(&b, -1, BACK_STORE, METRIC_SERVER_LATENCY, 10, 10);
        localise_result *r = result_of(&b);
        const localise_clue *c = r->clue[STORE];
        assert_near(c[LOCALISE_LATENCY].weight, rows[i].slow * evidence(40 / 1.1, 3), 1e-9);
        assert_near(c[LOCALISE_NETWORK].weight, rows[i].slow * 1.5 * evidence(40 / 2.64, 5), 1e-9);
        assert_near(c[LOCALISE_ERRORS].weight, evidence(0.1 / 0.011, 3), 1e-9);
        assert_near(c[LOCALISE_CPU].weight, evidence(0.6 / 0.033, 5), 1e-9);
        localise_free(r);
    }
}

static void a_noisy_level_has_its_own_spread(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    int column = of(&b, BACK, METRIC_CPU, 0.3, 0.9);
    for (int i = 0; i < BEFORE; i++)
        b.value[column][i] = i % 2 ? 0.2 : 0.4; // deviations of 0.1
    localise_result *r = result_of(&b);
    assert_near(r->clue[BACK][LOCALISE_CPU].z, 0.6 / 0.14826, 1e-9);
    localise_free(r);
}

// The latency of a service stands for its network too, and is named once.
static void a_column_that_stands_for_two_clues_is_ranked_once(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    int store = of(&b, STORE, METRIC_LATENCY, 10, 50), cpu = of(&b, STORE, METRIC_CPU, 0.2, 0.9);
    for (int s = 0; s < SERVICES; s++)
        of(&b, s, METRIC_REQUESTS, 100, 100);
    add(&b, -1, BACK_STORE, METRIC_CLIENT_LATENCY, 12, 200);
    add(&b, -1, BACK_STORE, METRIC_SERVER_LATENCY, 10, 10);
    localise_result *r = result_of(&b);
    assert_true(r->clue[STORE][LOCALISE_NETWORK].weight > r->clue[STORE][LOCALISE_LATENCY].weight);
    assert_true(r->clue[STORE][LOCALISE_LATENCY].weight > 0);
    assert_int_equal(r->metrics, 2);
    assert_int_equal(r->metric[0], store);
    assert_int_equal(r->metric[1], cpu);
    localise_free(r);
}

static void a_split_at_an_end_is_none(void **state)
{
    (void)state;
    static const int splits[] = {0, ROWS, 1, ROWS - 1};
    for (int i = 0; i < 4; i++) {
        bench b;
        begin(&b);
        of(&b, BACK, METRIC_CPU, 0.3, 0.9);
        b.w.split = splits[i];
        localise_result *r = result_of(&b);
        assert_int_equal(r->onset, i < 2 ? -1 : splits[i]);
        if (i < 2)
            assert_false(r->detected);
        localise_free(r);
    }
}

static void an_unknown_split_is_found_by_all_columns_but_requests(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    b.w.split = -1;
    int users = of(&b, -1, METRIC_LATENCY, 10, 20);
    for (int s = 0; s < SERVICES; s++) { // more users are no incident, wherever they are counted
        int requests = of(&b, s, METRIC_REQUESTS, 100, 100);
        for (int i = 0; i < ROWS; i++)
            b.value[requests][i] = i < 20 ? 100 : 400;
    }
    for (int i = 0; i < ROWS; i++)
        b.value[users][i] += i % 2 ? 0.5 : -0.5;
    localise_result *r = result_of(&b);
    assert_int_equal(r->onset, BEFORE);
    localise_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latency_is_blamed_by_the_share_a_service_adds_itself),
        cmocka_unit_test(flow_weighs_rows_by_their_requests),
        cmocka_unit_test(what_a_call_loses_on_the_way_is_the_networks),
        cmocka_unit_test(a_service_called_by_two_shows_its_worst_call),
        cmocka_unit_test(resources_are_held_against_a_hundredth_of_full_scale),
        cmocka_unit_test(a_faint_signal_is_no_detection),
        cmocka_unit_test(equal_suspects_stand_in_their_order),
        cmocka_unit_test(the_metrics_of_a_suspect_come_by_weight_unless_memory_leaks),
        cmocka_unit_test(the_plainest_statistic_speaks_for_a_role),
        cmocka_unit_test(the_channel_of_the_symptom_counts_in_full),
        cmocka_unit_test(a_noisy_level_has_its_own_spread),
        cmocka_unit_test(a_column_that_stands_for_two_clues_is_ranked_once),
        cmocka_unit_test(a_split_at_an_end_is_none),
        cmocka_unit_test(an_unknown_split_is_found_by_all_columns_but_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
