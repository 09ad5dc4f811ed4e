// SPDX-License-Identifier: GPL-3.0-or-later
// test_place.c - the signs of a place, and that neither the order of services nor that of calls
// matters.
#include "cause_support.h"

#include "agent/diagnose/family.h"
#include "agent/diagnose/place.h"

static void signs_are_bounded_whatever_is_seen(void **state)
{
    (void)state;
    int seen[PLACE_SIGNS] = {0};
    for (uint64_t seed = 0; seed < 80; seed++) {
        scene *s = draw(seed);
        if (seed % 5 == 0)
            s->p.service = NULL;
        scene_measure(s);
        for (int v = 0; v < NODES; v++) {
            double sign[PLACE_SIGNS];
            place_signs(s->x, &s->p, v, sign);
            for (int i = 0; i < PLACE_SIGNS; i++) {
                double most = i == PLACE_first ? 1 : 4;
                if (!(sign[i] >= 0 && sign[i] <= most))
                    fail_msg("%s is %g", place_sign_names[i], sign[i]);
                seen[i] += sign[i] > 0;
            }
        }
        scene_close(s);
    }
    for (int i = 0; i < PLACE_SIGNS; i++)
        if (seen[i] == 0)
            fail_msg("%s never shows", place_sign_names[i]);
}

static void nothing_unusual_has_no_sign(void **state)
{
    (void)state;
    scene *s = usual(1);
    for (int64_t cell = 0; cell < s->p.width; cell++)
        scene_fill(s, cell, s->row[cell], s->row[cell]);
    scene_measure(s);
    for (int v = 0; v < NODES; v++) {
        double sign[PLACE_SIGNS];
        place_signs(s->x, &s->p, v, sign);
        for (int i = 0; i < PLACE_SIGNS; i++)
            assert_near(sign[i], 0, 0);
    }
    scene_close(s);
}

// The channel, how it is brought about, and the sign it must raise: there and nowhere else.
static void each_sign_shows_where_its_evidence_is(void **state)
{
    (void)state;
    static const struct {
        int signal;
        double by;
        place_sign sign;
        evidence_channel channel;
    } rows[] = {{SIGNAL_CPU, 2, PLACE_cpu, CHANNEL_CPU},
                {SIGNAL_MEMORY, 2, PLACE_memory, CHANNEL_MEMORY},
                {SIGNAL_SATURATION, 3, PLACE_saturation, CHANNEL_SATURATION},
                {SIGNAL_LATENCY, 3, PLACE_slow, CHANNEL_LATENCY},
                {SIGNAL_LATENCY, 3, PLACE_latency, CHANNEL_LATENCY},
                {SIGNAL_ERRORS, 30, PLACE_errors, CHANNEL_ERRORS},
                {SIGNAL_ERRORS, 30, PLACE_fails, CHANNEL_ERRORS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int at = 0; at < NODES; at++) {
            scene *s = usual(7);
            for (int v = 0; v < NODES; v++) // even, so that nothing else flows
                scene_set(s, v, SIGNAL_LATENCY, 50, 50);
            scene_times(s, panel_cell(&s->p, at, rows[i].signal), rows[i].by);
            const service_evidence *of = scene_measure(s);
            for (int v = 0; v < NODES; v++) {
                double sign[PLACE_SIGNS];
                place_signs(s->x, &s->p, v, sign);
                if (v == at) // all of it is its own
                    assert_near(sign[rows[i].sign], of[v].of[rows[i].channel].e, 0.1);
                else
                    assert_between(sign[rows[i].sign], -0.001, 0.3);
            }
            scene_close(s);
        }
}

// A share of next to nothing is noise: it must not take away what a caller shows.
static void noise_in_a_callee_takes_nothing_away(void **state)
{
    (void)state;
    for (int at = 0; at < NODES; at++) {
        double sign[PLACE_SIGNS];
        scene *s = usual(7);
        scene_times(s, panel_cell(&s->p, at, SIGNAL_SATURATION), 3);
        const service_evidence *of = scene_measure(s);
        place_signs(s->x, &s->p, at, sign);
        assert_near(sign[PLACE_saturation], of[at].of[CHANNEL_SATURATION].e, 0.3);
        scene_close(s);
    }
}

static void some_signs_need_a_second_thing(void **state)
{
    (void)state;
    double sign[PLACE_SIGNS];
    scene *s = usual(3);
    scene_times(s, panel_cell(&s->p, 5, SIGNAL_CPU), 2);
    scene_times(s, panel_cell(&s->p, 5, SIGNAL_MEMORY), 2);
    s->deploy_age[5] = AFTER - 1;
    scene_measure(s);
    place_signs(s->x, &s->p, 5, sign);
    assert_true(sign[PLACE_cpu] > 1 && sign[PLACE_memory] > 1);
    assert_between(sign[PLACE_cpu_slow], -0.001, 0.2); // busy, and not slow
    assert_between(sign[PLACE_memory_slow], -0.001, 0.2);
    assert_between(sign[PLACE_deployed], -0.001, 0.2);
    scene_times(s, panel_cell(&s->p, 5, SIGNAL_LATENCY), 4);
    scene_measure(s);
    place_signs(s->x, &s->p, 5, sign);
    assert_near(sign[PLACE_cpu_slow], fmin(sign[PLACE_cpu], sign[PLACE_slow]), 1e-12);
    assert_near(sign[PLACE_memory_slow], fmin(sign[PLACE_memory], sign[PLACE_slow]), 1e-12);
    assert_near(sign[PLACE_deployed], fmax(sign[PLACE_slow], sign[PLACE_fails]), 1e-12);
    assert_true(sign[PLACE_cpu_slow] > 1);
    // a slow callee takes away what its caller shows
    scene_times(s, panel_cell(&s->p, 3, SIGNAL_LATENCY), 4);
    scene_times(s, panel_cell(&s->p, 3, SIGNAL_SATURATION), 4);
    scene_measure(s);
    place_signs(s->x, &s->p, 3, sign);
    assert_true(sign[PLACE_slow_echo] > 1);
    assert_between(sign[PLACE_slow], -0.001, 0.3);
    assert_between(sign[PLACE_latency], -0.001, 0.3);
    assert_between(sign[PLACE_saturation], -0.001, 0.3);
    scene_close(s);
}

// A busy service whose callee is slow too is not slow by itself.
static void a_busy_caller_of_a_slow_callee_is_not_slow_for_it(void **state)
{
    (void)state;
    for (int callee = 0; callee < 2; callee++) {
        double sign[PLACE_SIGNS];
        scene *s = usual(3);
        for (int v = 0; v < NODES; v++)
            scene_set(s, v, SIGNAL_LATENCY, 50, v == 3 || (callee && v == 5) ? 250 : 50);
        scene_times(s, panel_cell(&s->p, 3, SIGNAL_CPU), 2);
        scene_measure(s);
        place_signs(s->x, &s->p, 3, sign);
        assert_true(sign[PLACE_cpu] > 1 && (sign[PLACE_cpu_slow] > 1) == !callee);
        assert_true((sign[PLACE_slow_echo] > 1) == callee);
        scene_close(s);
    }
}

// Whole at the onset, half of it a row before or after.
static void who_is_first_is_near_the_onset(void **state)
{
    (void)state;
    for (int off = -2; off < 6; off++) {
        double sign[PLACE_SIGNS];
        scene *s = usual(3);
        for (int i = 0; i < ROWS; i++)
            for (int v = 0; v < NODES; v++)
                *scene_cell(s, i, panel_cell(&s->p, v, SIGNAL_LATENCY)) =
                    v == 5 && i >= BEFORE + off ? 250 : 50;
        assert_int_equal(scene_measure(s)[5].first, ONSET + off);
        place_signs(s->x, &s->p, 5, sign);
        assert_near(sign[PLACE_first], 1 / (1 + fabs((double)off)), 1e-12);
        place_signs(s->x, &s->p, 1, sign);
        assert_near(sign[PLACE_first], 0, 0);
        scene_close(s);
    }
}

static void a_crowd_is_the_entrys_and_a_push_is_a_caches(void **state)
{
    (void)state;
    for (int entry = 0; entry < 2; entry++) {
        double sign[PLACE_SIGNS];
        scene *s = usual(3);
        s->p.entry = entry;
        s->service[1].kind = entry ? TEND_CACHE : TEND_SERVICE;
        scene_times(s, panel_cell(&s->p, 0, SIGNAL_REQUESTS), 3);
        scene_times(s, panel_cell(&s->p, 2, SIGNAL_REQUESTS), 9);
        scene_measure(s);
        place_signs(s->x, &s->p, 0, sign);
        assert_int_equal(sign[PLACE_crowd] > 1, entry == 0);
        assert_int_equal(sign[PLACE_everywhere] > 0, entry == 0);
        place_signs(s->x, &s->p, 2, sign);
        assert_near(sign[PLACE_crowd], 0, 0);
        assert_true(sign[PLACE_amplified] > 1);
        place_signs(s->x, &s->p, 1, sign); // called by 0, as 2 is
        assert_int_equal(sign[PLACE_pushed] > 1, entry == 1);
        s->p.service = NULL; // kinds unknown
        place_signs(s->x, &s->p, 1, sign);
        assert_near(sign[PLACE_pushed], 0, 0);
        scene_close(s);
    }
}

// What the callers, callees and rivals of a service say, word by word; a sign that is felt by who
// waits for it is the smaller of the two.
static void signs_of_the_path_are_its_evidence(void **state)
{
    (void)state;
    static const struct {
        place_sign sign, felt;
    } both[] = {{PLACE_slow, PLACE_slow_reach},     {PLACE_fails, PLACE_fails_reach},
                {PLACE_cpu, PLACE_cpu_reach},       {PLACE_saturation, PLACE_saturation_reach},
                {PLACE_memory, PLACE_memory_reach}, {PLACE_gone, PLACE_gone_reach},
                {PLACE_gap_felt, PLACE_gap_reach}};
    int caches = 0, shrinking = 0, plain = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        scene *s = draw(seed);
        const service_evidence *of = scene_measure(s);
        for (int v = 0; v < NODES; v++) {
            double sign[PLACE_SIGNS];
            const path_evidence *path = &of[v].path;
            place_signs(s->x, &s->p, v, sign);
            for (size_t i = 0; i < sizeof both / sizeof *both; i++)
                assert_near(sign[both[i].felt], fmin(sign[both[i].sign], path->reach), 0);
            assert_near(sign[PLACE_gap], path->gap, 0);
            assert_near(sign[PLACE_gap_felt], path->gap_felt, 0);
            assert_near(sign[PLACE_gap_owed], path->gap_owed, 0);
            assert_near(sign[PLACE_deeper], path->deeper, 0);
            assert_near(sign[PLACE_swamped], path->swamped, 0);
            bool cache = s->service[v].kind == TEND_CACHE;
            assert_near(sign[PLACE_behind], cache ? path->behind : 0, 0);
            // plain from evidence of a half on
            assert_near(sign[PLACE_common], fmin(2, fmax(0, 4 * path->common)), 1e-12);
            plain += sign[PLACE_common] > 1.9;
            caches += cache && path->behind > 0;
            shrinking += path->common < 0; // fewer users are no crowd
        }
        scene_close(s);
    }
    assert_true(caches > 0 && shrinking > 0 && plain > 0);
}

static void the_order_of_services_and_calls_does_not_matter(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        const int *to = order_of(seed);
        double sign[PLACE_SIGNS], other[PLACE_SIGNS], kind[FAMILY_SIGNS], other_kind[FAMILY_SIGNS];
        scene *s = draw(seed), *t = permuted(s, to, edge_order_of(seed));
        scene_measure(s);
        scene_measure(t);
        for (int v = 0; v < NODES; v++) {
            place_signs(s->x, &s->p, v, sign);
            place_signs(t->x, &t->p, to[v], other);
            for (int i = 0; i < PLACE_SIGNS; i++)
                assert_near(other[i], sign[i], 1e-9);
            family_signs(s->x, &s->p, v, kind);
            family_signs(t->x, &t->p, to[v], other_kind);
            for (int i = 0; i < FAMILY_SIGNS; i++)
                assert_near(other_kind[i], kind[i], 1e-9);
        }
        scene_close(s);
        scene_close(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_are_bounded_whatever_is_seen),
        cmocka_unit_test(nothing_unusual_has_no_sign),
        cmocka_unit_test(each_sign_shows_where_its_evidence_is),
        cmocka_unit_test(noise_in_a_callee_takes_nothing_away),
        cmocka_unit_test(some_signs_need_a_second_thing),
        cmocka_unit_test(a_busy_caller_of_a_slow_callee_is_not_slow_for_it),
        cmocka_unit_test(who_is_first_is_near_the_onset),
        cmocka_unit_test(a_crowd_is_the_entrys_and_a_push_is_a_caches),
        cmocka_unit_test(signs_of_the_path_are_its_evidence),
        cmocka_unit_test(the_order_of_services_and_calls_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
