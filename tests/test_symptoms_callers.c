// SPDX-License-Identifier: GPL-3.0-or-later
// test_symptoms_callers.c - signs of a service that two others call: means over its callers.
#include "frame_support.h"

#include "agent/diagnose/symptoms.h"

enum { ROWS = 128, CACHE_DB = EDGES, ALL_EDGES };

// the small system, but its cache asks the database too
static tend_system *system_of_two_callers(void)
{
    tend_system *small = small_system(), *made = NULL;
    const tend_edge edges[ALL_EDGES] = {small->edges[API_CACHE], small->edges[API_DB], {CACHE, DB}};
    tend_system draft = *small;
    draft.edges = edges;
    draft.E = ALL_EDGES;
    draft.actions = NULL;
    draft.A = 0;
    assert_int_equal(tend_system_build(&draft, &made, NULL), TEND_OK);
    tend_system_free(small);
    return made;
}

static void what_its_callers_tell_of_a_service_is_averaged(void **state)
{
    (void)state;
    tend_system *system = system_of_two_callers();
    symptoms *s = malloc(symptoms_size(system, ROWS));
    assert_non_null(s);
    symptoms_init(s, system, ROWS);
    double value[SERVICES * METRICS] = {100, 0, 0.4, 0.5, 10, 0.3, 20,  0,   0.2,
                                        0.6, 8, 0.1, 50,  0,  0.3, 0.7, 4.0, 0.2};
    double edge[ALL_EDGES * 2] = {12, 10, 30, 25, 20, 18};
    double ready[SERVICES] = {2, 2, 2}, age[SERVICES] = {1000, 1000, 1000};
    tend_obs obs = {
        .size = sizeof obs, .value = value, .edge = edge, .ready = ready, .deploy_age = age};
    tend_findings findings = {.alarm = false};
    for (obs.tick = 0; obs.tick <= 60; obs.tick++) {
        if (obs.tick == 60) {
            findings.alarm = true;
            value[CACHE * METRICS + REQUESTS] = 16.5;             // 17 over 8.5: twice as many
            value[DB * METRICS + REQUESTS] = 17.5;                // 18 over 4.5: four times
            edge[2 * API_DB] = 64, edge[2 * API_DB + 1] = 55;     // 30 ms more in the database
            edge[2 * CACHE_DB] = 31, edge[2 * CACHE_DB + 1] = 28; // 10 ms more
        }
        symptoms_push(s, system, &obs);
        tend_view seen = {.obs = &obs, .findings = &findings, .incidents = findings.alarm};
        if (symptoms_follow(s, system, &seen))
            symptoms_measure(s, system, &obs, 3);
    }
    const service_signs *of = symptoms_services(s);
    // four times as many requests, where callers have once and twice as many: 1.5 on average
    assert_near(of[DB].amplified, log(4 / 1.5), 1e-9);
    assert_near(of[CACHE].amplified, log(2), 1e-9);
    assert_near(of[API].amplified, 0, 1e-9);
    // 30 and 10 ms are 20, of 1 ms and 5 % of 50 ms
    assert_near(of[DB].own_mean, symptoms_evidence(20 / 3.5), 1e-12);
    // what the cache adds itself is its own side less the 11 ms it waits, once per request
    assert_near(of[CACHE].own_mean, symptoms_evidence(-11 * (17.5 / 17) / 2), 1e-12);
    tend_system_free(system);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_its_callers_tell_of_a_service_is_averaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
