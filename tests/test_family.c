// SPDX-License-Identifier: GPL-3.0-or-later
// test_family.c - the signs of a kind of fault.
#include "evidence_support.h"

#include "agent/diagnose/family.h"

enum { FRONT, BACK, STORE, OTHER, SERVICES };
enum { FRONT_BACK, BACK_STORE, FRONT_OTHER, EDGES };
static const tend_edge calls[EDGES] = {{FRONT, BACK}, {BACK, STORE}, {FRONT, OTHER}};

static scene *usual(uint64_t seed)
{
    rng r = rng_make(seed, "family");
    scene *s = scene_open(SERVICES, EDGES, calls);
    scene_usual(s, &r);
    return s;
}

static void grow(scene *s, int service, int signal, double by)
{
    scene_times(s, panel_cell(&s->p, service, signal), by);
}

static void signs_are_bounded_whatever_is_seen(void **state)
{
    (void)state;
    int seen[FAMILY_SIGNS] = {0};
    for (uint64_t seed = 0; seed < 120; seed++) {
        static const tend_service_kind kinds[] = {TEND_SERVICE, TEND_CACHE, TEND_DATABASE};
        rng r = rng_make(seed, "draw");
        scene *s = usual(seed);
        for (int64_t cell = 0; cell < s->p.width; cell++)
            switch (rng_below(&r, 8)) {
            case 0:
            case 1:
                scene_times(s, cell, 0.3 + 3 * rng_uniform(&r));
                break;
            case 2:
                scene_fill(s, cell, NAN, NAN);
                break;
            case 3:
                scene_fill(s, cell, 0.5, 1e12);
                break;
            default:
                break;
            }
        for (int v = 0; v < SERVICES; v++) {
            s->service[v].kind = kinds[rng_below(&r, 3)];
            s->deploy_age[v] = AFTER - 4 + (double)rng_below(&r, 12);
        }
        scene_measure(s);
        for (int v = 0; v < SERVICES; v++) {
            double sign[FAMILY_SIGNS];
            family_signs(s->x, &s->p, v, sign);
            for (int i = 0; i < FAMILY_SIGNS; i++) {
                if (!(sign[i] >= -4 && sign[i] <= 4))
                    fail_msg("%s is %g", family_sign_names[i], sign[i]);
                seen[i] += sign[i] != 0;
            }
        }
        scene_close(s);
    }
    for (int i = 0; i < FAMILY_SIGNS; i++)
        if (seen[i] == 0)
            fail_msg("%s never shows", family_sign_names[i]);
}

static void a_sign_is_what_its_evidence_says(void **state)
{
    (void)state;
    double sign[FAMILY_SIGNS];
    scene *s = usual(2);
    for (int k = 0; k < SIGNALS; k++)
        scene_set(s, STORE, k, 0.2, 0.6);
    s->deploy_age[STORE] = AFTER - 1;
    const service_evidence *of = &scene_measure(s)[STORE];
    family_signs(s->x, &s->p, STORE, sign);
    static const struct {
        family_sign sign;
        evidence_channel channel;
    } rows[] = {{FAMILY_latency, CHANNEL_LATENCY},
                {FAMILY_errors, CHANNEL_ERRORS},
                {FAMILY_cpu, CHANNEL_CPU},
                {FAMILY_memory, CHANNEL_MEMORY},
                {FAMILY_saturation, CHANNEL_SATURATION},
                {FAMILY_requests, CHANNEL_REQUESTS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_near(sign[rows[i].sign], of->of[rows[i].channel].e, 1e-12);
    assert_near(sign[FAMILY_one], 1, 0);
    assert_near(sign[FAMILY_deployed], 1, 1e-12);
    assert_near(sign[FAMILY_latency_own], of->of[CHANNEL_LATENCY].share, 1e-12);
    assert_near(sign[FAMILY_errors_own], of->of[CHANNEL_ERRORS].share, 1e-12);
    assert_near(sign[FAMILY_own_mean], of->own_mean, 0);
    scene_close(s);
}

static void a_lossy_call_is_a_sign_of_who_makes_it(void **state)
{
    (void)state;
    double sign[FAMILY_SIGNS];
    scene *s = usual(2);
    scene_call(s, FRONT_BACK, 0, 23, 123);
    scene_call(s, FRONT_BACK, 1, 20, 20);
    scene_measure(s);
    family_signs(s->x, &s->p, BACK, sign);
    assert_between(sign[FAMILY_link_out], -1, 0.2);
    family_signs(s->x, &s->p, FRONT, sign);
    assert_true(sign[FAMILY_link_out] > 1);
    scene_close(s);
}

static void kind_and_entry_are_told_where_they_are_known(void **state)
{
    (void)state;
    static const struct {
        tend_service_kind kind;
        double cache, database;
    } rows[] = {
        {TEND_SERVICE, 0, 0}, {TEND_CACHE, 1, 0}, {TEND_DATABASE, 0, 1}, {TEND_QUEUE, 0, 0}};
    double sign[FAMILY_SIGNS];
    scene *s = usual(2);
    for (int i = 0; i < 4; i++) {
        s->service[BACK].kind = rows[i].kind;
        scene_measure(s);
        family_signs(s->x, &s->p, BACK, sign);
        assert_near(sign[FAMILY_cache], rows[i].cache, 0);
        assert_near(sign[FAMILY_database], rows[i].database, 0);
        assert_near(sign[FAMILY_entry], 0, 0);
        family_signs(s->x, &s->p, FRONT, sign);
        assert_near(sign[FAMILY_entry], 1, 0);
    }
    s->service[BACK].kind = TEND_CACHE;
    s->p.service = NULL;
    family_signs(s->x, &s->p, BACK, sign);
    assert_near(sign[FAMILY_cache], 0, 0);
    scene_set(s, FRONT, SIGNAL_REQUESTS, NAN, NAN); // who counts none may be no entry
    scene_measure(s);
    family_signs(s->x, &s->p, FRONT, sign);
    assert_near(sign[FAMILY_entry], 0, 0);
    scene_close(s);
}

// More users are a sign of the load of every service, more requests of one are of none.
static void load_is_what_all_services_share(void **state)
{
    (void)state;
    for (int some = 0; some < 2; some++) {
        scene *s = usual(2);
        for (int v = 0; v < SERVICES; v++)
            if (!some || v == BACK)
                grow(s, v, SIGNAL_REQUESTS, 1.6);
        scene_measure(s);
        for (int v = 0; v < SERVICES; v++) {
            double sign[FAMILY_SIGNS];
            family_signs(s->x, &s->p, v, sign);
            if (some)
                assert_between(sign[FAMILY_load], -0.2, 0.2);
            else
                assert_true(sign[FAMILY_load] > 1);
        }
        scene_close(s);
    }
}

// Slow and idle is another thing than slow and busy.
static void a_slow_service_is_idle_unless_it_works_harder(void **state)
{
    (void)state;
    double idle[3], sign[FAMILY_SIGNS];
    for (int kind = 0; kind < 3; kind++) { // usual, busier, less busy
        scene *s = usual(2);
        grow(s, STORE, SIGNAL_LATENCY, 4);
        grow(s, STORE, SIGNAL_CPU, kind == 0 ? 1 : kind == 1 ? 3 : 0.2);
        scene_measure(s);
        family_signs(s->x, &s->p, STORE, sign);
        idle[kind] = sign[FAMILY_idle];
        scene_close(s);
    }
    assert_true(idle[0] > 1 && idle[2] >= idle[0]);
    assert_between(idle[1], 0, 0.5 * idle[0]);
}

// Load that one callee gets and its rival does not tells both, who gets less by its sign.
static void load_that_moves_is_a_sign_with_its_direction(void **state)
{
    (void)state;
    double sign[FAMILY_SIGNS];
    scene *s = usual(5);
    for (int v = 0; v < SERVICES; v++) {
        double by = v == BACK ? 2 : v == OTHER ? 0.4 : 1;
        scene_set(s, v, SIGNAL_REQUESTS, 80, 80 * by);
    }
    const service_evidence *of = scene_measure(s);
    family_signs(s->x, &s->p, BACK, sign);
    assert_true(sign[FAMILY_amplified] > 1 && sign[FAMILY_pushed] < 0.1);
    assert_near(sign[FAMILY_amplified], of[BACK].amplified, 1e-12);
    family_signs(s->x, &s->p, OTHER, sign);
    assert_true(sign[FAMILY_amplified] < -1 && sign[FAMILY_pushed] > 1);
    assert_near(sign[FAMILY_amplified], of[OTHER].amplified, 1e-12);
    scene_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_are_bounded_whatever_is_seen),
        cmocka_unit_test(a_sign_is_what_its_evidence_says),
        cmocka_unit_test(a_lossy_call_is_a_sign_of_who_makes_it),
        cmocka_unit_test(kind_and_entry_are_told_where_they_are_known),
        cmocka_unit_test(load_is_what_all_services_share),
        cmocka_unit_test(a_slow_service_is_idle_unless_it_works_harder),
        cmocka_unit_test(load_that_moves_is_a_sign_with_its_direction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
