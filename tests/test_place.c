// SPDX-License-Identifier: GPL-3.0-or-later
// test_place.c - the signs of a place, the probabilities made of them, and that neither the order
// of services nor that of calls matters. Weights are fitted: nothing here hangs on their values.
#include "evidence_support.h"

#include "agent/diagnose/family.h"
#include "agent/diagnose/place.h"
#include "agent/diagnose/place_fit.h"

enum { NODES = 6, LINKS = 7 };
static const tend_edge graph[LINKS] = {{0, 1}, {0, 2}, {1, 3}, {2, 3}, {2, 4}, {3, 5}, {0, 4}};

static scene *usual(uint64_t seed)
{
    rng r = rng_make(seed, "usual");
    scene *s = scene_open(NODES, LINKS, graph);
    scene_usual(s, &r);
    return s;
}

// Some columns grow or shrink, some are missing; versions, kinds of services.
static scene *draw(uint64_t seed)
{
    static const tend_service_kind kinds[] = {TEND_SERVICE, TEND_CACHE, TEND_DATABASE, TEND_QUEUE};
    rng r = rng_make(seed, "place");
    scene *s = usual(seed);
    for (int64_t cell = 0; cell < s->p.width; cell++) {
        uint32_t what = rng_below(&r, 8);
        if (what < 2)
            scene_times(s, cell, 0.3 + 3 * rng_uniform(&r));
        else if (what == 3)
            scene_fill(s, cell, NAN, NAN);
    }
    for (int v = 0; v < NODES; v++) {
        if (rng_below(&r, 4) == 0)
            scene_set(s, v, SIGNAL_RESTARTS, 0, 2);
        s->service[v].kind = kinds[rng_below(&r, 4)];
        s->deploy_age[v] = AFTER - 4 + (double)rng_below(&r, 12);
    }
    return s;
}

static double likely_of(const scene *s, double *likely)
{
    double score[MOST_S];
    cause_scores(s->x, &s->p, score);
    return cause_likely(score, s->p.S, likely);
}

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

static void probabilities_are_a_softmax_with_none_in_it(void **state)
{
    (void)state;
    static const double scores[][3] = {{0, 0, 0},      {5, 2, -1},      {-50, -60, -70},
                                       {1000, 999, 0}, {-1e6, -1e6, 3}, {1e8, -1e8, 1e8},
                                       {-1e300, 0, 2}};
    double likely[3], base = exp(PLACE_NONE);
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        double none = cause_likely(scores[i], 3, likely), all = none;
        assert_true(none >= 0 && none <= 1);
        for (int v = 0; v < 3; v++) {
            assert_true(likely[v] >= 0 && likely[v] <= 1);
            all += likely[v];
            double apart = scores[i][v] - scores[i][0];
            if (fabs(apart) < 30 && likely[0] > 1e-20)
                assert_near_relative(likely[v], likely[0] * exp(apart), 1e-9);
            if (fabs(scores[i][v]) < 30)
                assert_near_relative(none * exp(scores[i][v]), base * likely[v], 1e-9);
        }
        assert_near(all, 1, 1e-12);
    }
    assert_near(cause_likely(NULL, 0, NULL), 1, 0); // of no service none is the cause
}

static void scores_are_weighed_sums_of_the_signs(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        double score[MOST_S];
        scene *s = draw(seed);
        scene_measure(s);
        cause_scores(s->x, &s->p, score);
        for (int v = 0; v < NODES; v++) {
            double sign[PLACE_SIGNS], sum = 0;
            place_signs(s->x, &s->p, v, sign);
            for (int i = 0; i < PLACE_SIGNS; i++)
                sum += place_weight[i] * sign[i];
            assert_near(score[v], sum, 1e-9);
        }
        scene_close(s);
    }
}

static void none_is_the_likeliest_where_nothing_stands_out(void **state)
{
    (void)state;
    int none_first = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        double likely[MOST_S], most = 0;
        scene *s = usual(seed);
        scene_measure(s);
        double none = likely_of(s, likely);
        for (int v = 0; v < NODES; v++)
            most = fmax(most, likely[v]);
        none_first += none > most;
        scene_close(s);
    }
    assert_int_equal(none_first, 20);
}

// Of every service in turn: busy, saturated, slow and failing, and its callers as slow as it makes
// them.
static void a_plain_culprit_is_likelier_than_none_and_than_any_other(void **state)
{
    (void)state;
    for (int at = 0; at < NODES; at++) {
        double likely[MOST_S];
        scene *s = usual((uint64_t)at);
        scene_times(s, panel_cell(&s->p, at, SIGNAL_CPU), 2.4);
        scene_times(s, panel_cell(&s->p, at, SIGNAL_SATURATION), 3);
        bool slow[NODES] = {[0] = true};
        slow[at] = true;
        for (int e = LINKS - 1; e >= 0; e--)
            if (slow[graph[e].callee])
                slow[graph[e].caller] = true;
        for (int v = 0; v < NODES; v++)
            for (int i = BEFORE; i < ROWS && slow[v]; i++)
                *scene_cell(s, i, panel_cell(&s->p, v, SIGNAL_LATENCY)) += v == at ? 200 : 150;
        scene_measure(s);
        double none = likely_of(s, likely);
        assert_true(likely[at] > none);
        for (int v = 0; v < NODES; v++)
            assert_true(v == at || likely[at] > likely[v]);
        scene_close(s);
    }
}

static void a_channel_without_evidence_adds_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        scene *s = draw(seed);
        const service_evidence *of = scene_measure(s);
        for (int v = 0; v < NODES; v++) {
            double weight[CHANNELS];
            cause_channels(s->x, &s->p, v, weight);
            for (int c = 0; c < CHANNELS; c++) {
                assert_true(isfinite(weight[c]));
                if (of[v].of[c].e <= 0 || (c == CHANNEL_REQUESTS && v != s->p.entry))
                    assert_near(weight[c], 0, 0);
            }
        }
        scene_close(s);
    }
}

// The same incident with services and calls in another order.
static scene *permuted(const scene *from, const int *to, const int *edge_to)
{
    static tend_edge edges[LINKS];
    for (int e = 0; e < LINKS; e++)
        edges[edge_to[e]] = (tend_edge){to[graph[e].caller], to[graph[e].callee]};
    scene *s = scene_open(NODES, LINKS, edges);
    s->p.entry = to[from->p.entry];
    for (int v = 0; v < NODES; v++) {
        s->service[to[v]] = from->service[v];
        s->deploy_age[to[v]] = from->deploy_age[v];
    }
    for (int i = 0; i < ROWS; i++) {
        const double *row = from->row + i * from->p.width;
        for (int v = 0; v < NODES; v++) {
            for (int k = 0; k < SIGNALS; k++)
                *scene_cell(s, i, panel_cell(&s->p, to[v], k)) = row[panel_cell(&from->p, v, k)];
            *scene_cell(s, i, s->p.ready_at + to[v]) = row[from->p.ready_at + v];
        }
        for (int k = 0; k < 3 * LINKS; k++)
            *scene_cell(s, i, s->p.edges_at + 3 * edge_to[k / 3] + k % 3) =
                row[from->p.edges_at + k];
        for (int k = 0; k < 2; k++)
            *scene_cell(s, i, s->p.users_at + k) = row[from->p.users_at + k];
    }
    return s;
}

static void the_order_of_services_and_calls_does_not_matter(void **state)
{
    (void)state;
    static const int orders[][NODES] = {{5, 4, 3, 2, 1, 0}, {1, 0, 2, 3, 5, 4}, {2, 4, 0, 5, 1, 3}};
    // of the calls to a service the first speaks for one that does not tell its latency
    static const int edge_orders[][LINKS] = {
        {5, 6, 1, 3, 0, 4, 2}, {0, 2, 1, 3, 4, 6, 5}, {3, 1, 4, 6, 0, 5, 2}};
    for (uint64_t seed = 0; seed < 40; seed++) {
        const int *to = orders[seed % 3];
        double one[MOST_S], other[MOST_S], sign[FAMILY_SIGNS], signed_other[FAMILY_SIGNS];
        scene *s = draw(seed), *t = permuted(s, to, edge_orders[seed / 3 % 3]);
        scene_measure(s);
        scene_measure(t);
        assert_near(likely_of(s, one), likely_of(t, other), 1e-9);
        for (int v = 0; v < NODES; v++) {
            assert_near(other[to[v]], one[v], 1e-9);
            family_signs(s->x, &s->p, v, sign);
            family_signs(t->x, &t->p, to[v], signed_other);
            for (int i = 0; i < FAMILY_SIGNS; i++)
                assert_near(signed_other[i], sign[i], 1e-9);
            assert_int_equal(cause_family(t->x, &t->p, to[v]), cause_family(s->x, &s->p, v));
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
        cmocka_unit_test(a_crowd_is_the_entrys_and_a_push_is_a_caches),
        cmocka_unit_test(probabilities_are_a_softmax_with_none_in_it),
        cmocka_unit_test(scores_are_weighed_sums_of_the_signs),
        cmocka_unit_test(none_is_the_likeliest_where_nothing_stands_out),
        cmocka_unit_test(a_plain_culprit_is_likelier_than_none_and_than_any_other),
        cmocka_unit_test(a_channel_without_evidence_adds_nothing),
        cmocka_unit_test(the_order_of_services_and_calls_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
