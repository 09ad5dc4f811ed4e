// SPDX-License-Identifier: GPL-3.0-or-later
// test_evidence_any.c - what holds of evidence in any incident, drawn at random: bounds whatever is
// missing, sums of own impact, no unit of time.
#include "evidence_support.h"

static double clear(double z)
{
    return z > 0 ? z * z / (z * z + 9) : 0;
}

static double positive(double x)
{
    return x > 0 ? x : 0;
}

enum { NODES = 6, LINKS = 7 };
static const tend_edge graph[LINKS] = {{0, 1}, {0, 2}, {1, 3}, {2, 3}, {2, 4}, {3, 5}, {0, 4}};

// A random incident: some columns grow or shrink, some are missing.
static scene *draw(rng *r)
{
    scene *s = scene_open(NODES, LINKS, graph);
    scene_usual(s, r);
    for (int64_t cell = 0; cell < s->p.width; cell++) {
        uint32_t what = rng_below(r, 12);
        if (what < 3)
            scene_times(s, cell, 0.3 + 3 * rng_uniform(r));
        else if (what == 3)
            scene_fill(s, cell, NAN, NAN);
    }
    return s;
}

static bool whole(double x, double least, double most)
{
    return x >= least && x <= most;
}

static void whatever_is_missing_evidence_is_bounded(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        rng r = rng_make(seed, "missing");
        scene *s = draw(&r);
        int kind = (int)(seed % 6);
        for (int64_t i = 0; i < ROWS * s->p.width; i++)
            if (kind == 1 || rng_below(&r, 10) == 0) // all, or a tenth of the cells
                s->row[i] = NAN;
        if (kind == 2)
            s->p.edges_at = s->p.ready_at = s->p.users_at = -1;
        if (kind == 3)
            s->p.E = 0;
        for (int k = 0; k < SIGNALS && kind == 4; k++)
            s->p.signal[k] = rng_below(&r, 2) ? -1 : k;
        if (kind == 5)
            s->p.per_row = NAN, s->p.deploy_age = NULL, s->p.service = NULL;
        const service_evidence *of = scene_measure(s);
        for (int v = 0; v < NODES; v++) {
            double share = 0;
            for (int c = 0; c < CHANNELS; c++) {
                const channel_evidence *at = &of[v].of[c];
                assert_true(isfinite(at->z) && isfinite(at->excess) && isfinite(at->own));
                assert_true(whole(at->e, -4, 4) && whole(at->share, 0, 1));
                share += kind == 1 ? fabs(at->z) : 0;
            }
            assert_near(share, 0, 0);
            for (int i = 0; i < 2; i++)
                assert_true(whole(of[v].explained[i], 0, 1));
            assert_true(whole(of[v].own_mean, -4, 4) && whole(of[v].amplified, -4, 4));
            assert_true(whole(of[v].dark, 0, 4) && whole(of[v].starved, 0, 4));
            assert_true(whole(of[v].pushed, 0, 4) && whole(of[v].link_in, 0, 4));
            assert_true(whole(of[v].link_out, 0, 4) && whole(of[v].everywhere, 0, 1.5));
            assert_true(whole(of[v].below, 0, 1));
            assert_true(of[v].growth > 0 && isfinite(of[v].growth));
        }
        scene_close(s);
    }
}

// Own shares sum to one where anybody adds anything, and own impact is what callees leave over.
static void own_impact_is_what_callees_and_calls_leave(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        rng r = rng_make(seed, "flow");
        scene *s = draw(&r);
        const service_evidence *of = scene_measure(s);
        const edge_evidence *edge = evidence_edges(s->x);
        for (int c = CHANNEL_LATENCY; c <= CHANNEL_ERRORS; c++) {
            double own[NODES], all = 0, shares = 0;
            for (int v = 0; v < NODES; v++) {
                const channel_evidence *at = &of[v].of[c];
                own[v] = clear(at->z) * positive(at->excess) * of[v].load;
                assert_near_relative(at->impact, own[v], 1e-9);
                for (int e = 0; e < LINKS; e++) {
                    const service_evidence *far = &of[graph[e].callee];
                    if (graph[e].caller != v)
                        continue;
                    own[v] -= far->of[c].impact;
                    if (c == CHANNEL_LATENCY && edge[e].z > 0)
                        own[v] -= clear(edge[e].z) * (edge[e].gap - edge[e].usual) * far->load;
                }
                assert_near(at->own, own[v], 1e-6);
                all += positive(own[v]);
                shares += at->share;
            }
            assert_near(shares, all > 0, 1e-9);
            for (int v = 0; v < NODES; v++) {
                const channel_evidence *at = &of[v].of[c];
                assert_near(at->share, all > 0 ? positive(own[v]) / all : 0, 1e-9);
            }
        }
        scene_close(s);
    }
}

static void the_unit_of_latency_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        rng r = rng_make(seed, "units"), same = r;
        scene *ms = draw(&r), *us = draw(&same);
        for (int i = 0; i < ROWS; i++) {
            for (int v = 0; v < NODES; v++)
                *scene_cell(us, i, panel_cell(&us->p, v, SIGNAL_LATENCY)) *= 1000;
            for (int e = 0; e < 3 * LINKS; e++)
                *scene_cell(us, i, us->p.edges_at + e) *= 1000;
            *scene_cell(us, i, us->p.users_at) *= 1000;
        }
        const service_evidence *a = scene_measure(ms), *b = scene_measure(us);
        for (int v = 0; v < NODES; v++) {
            for (int c = 0; c < CHANNELS; c++) {
                assert_near(b[v].of[c].z, a[v].of[c].z, 1e-6 * fabs(a[v].of[c].z));
                assert_near(b[v].of[c].share, a[v].of[c].share, 1e-9);
            }
            assert_near(b[v].own_mean, a[v].own_mean, 1e-6);
            assert_near(b[v].explained[0], a[v].explained[0], 1e-9);
            assert_near(b[v].explained[1], a[v].explained[1], 1e-9);
            assert_near(b[v].dark, a[v].dark, 1e-6);
            assert_int_equal(b[v].first, a[v].first);
            assert_int_equal(b[v].edge, a[v].edge);
        }
        scene_close(ms);
        scene_close(us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_missing_evidence_is_bounded),
        cmocka_unit_test(own_impact_is_what_callees_and_calls_leave),
        cmocka_unit_test(the_unit_of_latency_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
