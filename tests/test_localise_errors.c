// SPDX-License-Identifier: GPL-3.0-or-later
// test_localise_errors.c - how failures speak for and against a service, by share, burst and count.
#include "localise_support.h"

static void a_failing_service_is_measured_by_its_share(void **state)
{
    (void)state;
    static const struct {
        metric_role role;
        double before, after, share;
    } rows[] = {{METRIC_ERRORS, 0.01, 0.11, 0.1},
                {METRIC_AVAILABILITY, 0.99, 0.89, 0.1},
                {METRIC_AVAILABILITY, 99, 89, 0.1}, // percent
                {METRIC_ERRORS, 0.01, 0.04, 0.03},  // under three sigmas
                {METRIC_AVAILABILITY, 0.89, 0.99, -0.1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        begin(&b);
        int column = of(&b, STORE, rows[i].role, rows[i].before, rows[i].after);
        localise_result *r = result_of(&b);
        const localise_clue *c = &r->clue[STORE][LOCALISE_ERRORS];
        double z = rows[i].share / 0.011;
        expect_clue(c, column, rows[i].before, rows[i].after, z, evidence(z, 3));
        assert_near(c->seen, rows[i].share, 1e-12);
        assert_near(c->own, rows[i].share, 1e-12);
        localise_free(r);
    }
}

// Bursts: in every fourth row 0.4 of the requests fail. The median sees nothing, the mean does.
static void failures_in_bursts_are_seen(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    int column = of(&b, STORE, METRIC_ERRORS, 0, 0);
    for (int i = BEFORE; i < ROWS; i += 4)
        b.value[column][i] = 0.4;
    localise_result *r = result_of(&b);
    expect_clue(&r->clue[STORE][LOCALISE_ERRORS], column, 0, 0.1, 0.1 / 0.011,
                evidence(0.1 / 0.011, 3));
    localise_free(r);
}

// With counts: failed requests beyond what the rate before lets expect, over the root of that and
// four. 40 rows of 100 requests, a tenth of them failed: 400.
static void failed_requests_are_counted_where_there_are_counts(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    int column = of(&b, STORE, METRIC_ERRORS, 0, 0.1);
    int requests = of(&b, STORE, METRIC_REQUESTS, 100, 100);
    localise_result *r = result_of(&b);
    expect_clue(&r->clue[STORE][LOCALISE_ERRORS], column, 0, 0.1, 400 / 2.0, evidence(200, 3));
    assert_near(r->clue[STORE][LOCALISE_ERRORS].seen, 10, 1e-9);
    localise_free(r);
    b.column[requests].per_step = 0.25; // a hundred in four rows
    r = result_of(&b);
    assert_near(r->clue[STORE][LOCALISE_ERRORS].z, 100 / 2.0, 1e-9);
    localise_free(r);
    b.column[requests].per_step = 1;
    // two of 60 rows failed by a fifth before: they are past incidents and not its usual rate
    b.value[column][3] = b.value[column][30] = 0.2;
    r = result_of(&b);
    assert_near(r->clue[STORE][LOCALISE_ERRORS].z, 400 / 2.0, 1e-9);
    localise_free(r);
    // one row in five failed by a hundredth: 12 of 6000 before, 8 of 4000 are expected after
    for (int i = 0; i < BEFORE; i++)
        b.value[column][i] = i % 5 ? 0 : 0.01;
    r = result_of(&b);
    assert_near(r->clue[STORE][LOCALISE_ERRORS].z, (400 - 8) / sqrt(12), 1e-9);
    localise_free(r);
    // rows without a request say nothing
    for (int i = BEFORE; i < BEFORE + 20; i++)
        b.value[requests][i] = i % 2 ? 0 : NAN;
    r = result_of(&b);
    assert_near(r->clue[STORE][LOCALISE_ERRORS].z, (200 - 4) / sqrt(8), 1e-9);
    localise_free(r);
}

// What users see fails, no service says so: the one that calls its callee less is to blame, else
// the one nobody calls.
static void users_failures_go_to_who_starves_its_callee_or_to_the_entry(void **state)
{
    (void)state;
    for (int starved = 0; starved < 2; starved++) {
        bench b;
        begin(&b);
        int seen = of(&b, -1, METRIC_AVAILABILITY, 1, 0.9);
        of(&b, FRONT, METRIC_REQUESTS, 100, 100);
        of(&b, BACK, METRIC_REQUESTS, 100, 100);
        of(&b, STORE, METRIC_REQUESTS, 100, starved ? 20 : 100);
        localise_result *r = result_of(&b);
        int blamed = starved ? BACK : FRONT;
        assert_int_equal(r->suspect[0].service, blamed);
        for (int s = 0; s < SERVICES; s++)
            assert_int_equal(r->clue[s][LOCALISE_ERRORS].column, s == blamed ? seen : -1);
        // counted with the requests of the entry
        assert_near(r->clue[blamed][LOCALISE_ERRORS].z, 400 / 2.0, 1e-9);
        localise_free(r);
    }
}

static void errors_are_looked_at_before_availability(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    of(&b, STORE, METRIC_AVAILABILITY, 1, 0.5);
    int column = of(&b, STORE, METRIC_ERRORS, 0, 0.1);
    localise_result *r = result_of(&b);
    assert_int_equal(r->clue[STORE][LOCALISE_ERRORS].column, column);
    localise_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failing_service_is_measured_by_its_share),
        cmocka_unit_test(failures_in_bursts_are_seen),
        cmocka_unit_test(failed_requests_are_counted_where_there_are_counts),
        cmocka_unit_test(users_failures_go_to_who_starves_its_callee_or_to_the_entry),
        cmocka_unit_test(errors_are_looked_at_before_availability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
