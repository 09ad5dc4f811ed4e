// SPDX-License-Identifier: GPL-3.0-or-later
// test_family.c - the signs of a kind of fault, and that plain faults are named.
// Weights are fitted: nothing here hangs on their values.
#include "evidence_support.h"

#include "agent/diagnose/family.h"
#include "agent/diagnose/family_fit.h"

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
    scene_ready(s, STORE, 2, 1);
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
                {FAMILY_gone, CHANNEL_READY},
                {FAMILY_requests, CHANNEL_REQUESTS},
                {FAMILY_network, CHANNEL_NETWORK}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_near(sign[rows[i].sign], of->of[rows[i].channel].e, 1e-12);
    static const family_sign levels[] = {FAMILY_failing, FAMILY_busy, FAMILY_full, FAMILY_used};
    for (int i = 0; i < 4; i++)
        assert_near(sign[levels[i]], 0.6, 1e-12);
    assert_near(sign[FAMILY_one], 1, 0);
    assert_near(sign[FAMILY_deployed], 1, 1e-12);
    assert_near(sign[FAMILY_latency_own], of->of[CHANNEL_LATENCY].share, 1e-12);
    s->p.share[SIGNAL_CPU] = s->p.share[SIGNAL_MEMORY] = false; // bytes tell no share
    scene_measure(s);
    family_signs(s->x, &s->p, STORE, sign);
    assert_near(sign[FAMILY_busy], 0, 0);
    assert_near(sign[FAMILY_full], 0, 0);
    assert_near(sign[FAMILY_used], 0.6, 1e-12);
    scene_close(s);
}

static void a_lossy_call_is_a_sign_at_both_of_its_ends(void **state)
{
    (void)state;
    double sign[FAMILY_SIGNS];
    scene *s = usual(2);
    scene_call(s, FRONT_BACK, 0, 23, 123);
    scene_call(s, FRONT_BACK, 1, 20, 20);
    scene_measure(s);
    family_signs(s->x, &s->p, BACK, sign);
    assert_true(sign[FAMILY_network] > 1);
    assert_between(sign[FAMILY_link_out], -1, 0.2);
    family_signs(s->x, &s->p, FRONT, sign);
    assert_true(sign[FAMILY_link_out] > 1);
    assert_between(sign[FAMILY_network], -1, 0.2);
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
        assert_near(sign[FAMILY_everywhere], 0, 0);
    }
    s->service[BACK].kind = TEND_CACHE;
    s->p.service = NULL;
    family_signs(s->x, &s->p, BACK, sign);
    assert_near(sign[FAMILY_cache], 0, 0);
    scene_close(s);
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

static void the_likeliest_family_above_the_least_is_named(void **state)
{
    (void)state;
    int unknown = 0, named = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        rng r = rng_make(seed, "odds");
        scene *s = usual(seed);
        for (int64_t cell = 0; cell < s->p.width; cell++)
            if (rng_below(&r, 5) == 0)
                scene_times(s, cell, 0.5 + 2 * rng_uniform(&r));
        scene_measure(s);
        for (int v = 0; v < SERVICES; v++) {
            double sign[FAMILY_SIGNS], most = FAMILY_LEAST;
            tend_family best = TEND_FAMILY_UNKNOWN;
            family_signs(s->x, &s->p, v, sign);
            const service_evidence *of = &evidence_services(s->x)[v];
            bool odd = of->deployed > 0 || of->dark > robust_evidence(3);
            for (int c = 0; c < CHANNELS; c++)
                odd |= fabs(of->of[c].z) > 3;
            for (size_t f = 0; f < sizeof family_fit / sizeof *family_fit; f++) {
                double odds = 0;
                for (int i = 0; i < FAMILY_SIGNS; i++)
                    odds += family_fit[f].weight[i] * sign[i];
                best = odds > most ? family_fit[f].family : best;
                most = fmax(most, odds);
            }
            best = odd ? best : TEND_FAMILY_UNKNOWN; // what is not beyond noise has none
            assert_int_equal(cause_family(s->x, &s->p, v), best);
            unknown += best == TEND_FAMILY_UNKNOWN;
            named += best != TEND_FAMILY_UNKNOWN;
        }
        scene_close(s);
    }
    assert_true(named > 10 && named + unknown == 60 * SERVICES);
}

static void every_family_is_fitted_once(void **state)
{
    (void)state;
    int count[TEND_FAMILIES] = {0};
    for (size_t f = 0; f < sizeof family_fit / sizeof *family_fit; f++)
        count[family_fit[f].family]++;
    for (int f = 0; f < TEND_FAMILIES; f++)
        assert_int_equal(count[f], f != TEND_FAMILY_UNKNOWN);
}

// The store in the plainest shape of each fault; its callers wait for it.
static void plain_faults_are_named(void **state)
{
    (void)state;
    static const tend_family plain[] = {TEND_FAMILY_COMPUTE, TEND_FAMILY_MEMORY, TEND_FAMILY_CRASH,
                                        TEND_FAMILY_NETWORK};
    for (int i = 0; i < 4; i++) {
        scene *s = usual(5);
        for (int v = 0; v < SERVICES; v++)
            if (plain[i] != TEND_FAMILY_NETWORK || v != STORE)
                for (int k = BEFORE; k < ROWS; k++)
                    *scene_cell(s, k, panel_cell(&s->p, v, SIGNAL_LATENCY)) += 150;
        if (plain[i] == TEND_FAMILY_COMPUTE) {
            scene_set(s, STORE, SIGNAL_CPU, 0.4, 0.98);
        } else if (plain[i] == TEND_FAMILY_MEMORY) {
            scene_set(s, STORE, SIGNAL_MEMORY, 0.45, 0.97);
        } else if (plain[i] == TEND_FAMILY_CRASH) {
            scene_ready(s, STORE, 2, 1);
            scene_set(s, STORE, SIGNAL_RESTARTS, 0, 1);
            scene_set(s, STORE, SIGNAL_ERRORS, 0, 0.3);
        } else {
            scene_call(s, BACK_STORE, 1, 20, 20);
            scene_call(s, BACK_STORE, 0, 23, 173);
        }
        scene_measure(s);
        if (cause_family(s->x, &s->p, STORE) != plain[i])
            fail_msg("%s is %s", tend_family_name(plain[i]),
                     tend_family_name(cause_family(s->x, &s->p, STORE)));
        scene_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_are_bounded_whatever_is_seen),
        cmocka_unit_test(a_sign_is_what_its_evidence_says),
        cmocka_unit_test(a_lossy_call_is_a_sign_at_both_of_its_ends),
        cmocka_unit_test(kind_and_entry_are_told_where_they_are_known),
        cmocka_unit_test(a_slow_service_is_idle_unless_it_works_harder),
        cmocka_unit_test(the_likeliest_family_above_the_least_is_named),
        cmocka_unit_test(every_family_is_fitted_once),
        cmocka_unit_test(plain_faults_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
