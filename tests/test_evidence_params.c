// SPDX-License-Identifier: GPL-3.0-or-later
// test_evidence_params.c - every constant of the evidence counts where it says it does: what
// twice and half of it make of a scene that hangs on it.
#include "evidence_support.h"

#include "core/params.h"

#include <math.h>

enum { ENTRY, MIDDLE, LAST, THREE };

static const tend_edge chain[] = {{ENTRY, MIDDLE}, {MIDDLE, LAST}};

// Every level is even: the floors alone tell what a change is worth.
static scene *even(void)
{
    scene *s = scene_open(THREE, 2, chain);
    for (int v = 0; v < THREE; v++) {
        scene_set(s, v, SIGNAL_LATENCY, 50, 50);
        scene_set(s, v, SIGNAL_ERRORS, 0, 0);
        scene_set(s, v, SIGNAL_CPU, 0.3, 0.3);
        scene_set(s, v, SIGNAL_RESTARTS, 0, 0);
        scene_set(s, v, SIGNAL_REQUESTS, 80, 80);
    }
    for (int e = 0; e < 2; e++) {
        scene_call(s, e, 0, 23, 23);
        scene_call(s, e, 1, 20, 20);
    }
    return s;
}

static void slow(scene *s)
{
    scene_set(s, LAST, SIGNAL_LATENCY, 50, 60);
}

static void slower(scene *s)
{
    scene_set(s, LAST, SIGNAL_LATENCY, 50, 75);
}

// 12 ms more in the last 8 rows before, and during the incident
static void drifting(scene *s)
{
    scene_set(s, LAST, SIGNAL_LATENCY, 50, 62);
    for (int i = BEFORE - 8; i < BEFORE; i++)
        *scene_cell(s, i, panel_cell(&s->p, LAST, SIGNAL_LATENCY)) = 62;
}

static void busy(scene *s)
{
    scene_set(s, LAST, SIGNAL_CPU, 0.3, 0.35);
}

static void failing(scene *s)
{
    scene_set(s, LAST, SIGNAL_ERRORS, 0, 0.05);
}

static void failing_for_many(scene *s)
{
    scene_set(s, LAST, SIGNAL_ERRORS, 0, 0.02);
    scene_set(s, LAST, SIGNAL_REQUESTS, 1e6, 1e6);
}

static void failing_uncounted(scene *s)
{
    failing(s);
    s->p.per_row = (double)NAN;
}

static void failing_for_few(scene *s)
{
    failing(s);
    scene_set(s, LAST, SIGNAL_REQUESTS, 1, 1);
}

static void crashing(scene *s)
{
    scene_set(s, LAST, SIGNAL_RESTARTS, 0, 1);
}

static void lossy(scene *s)
{
    scene_call(s, 1, 0, 23, 30);
}

static void popular(scene *s)
{
    scene_set(s, LAST, SIGNAL_REQUESTS, 80, 110);
}

static double z_of(const scene *s, evidence_channel channel)
{
    return evidence_services(s->x)[LAST].of[channel].z;
}

static double latency(const scene *s)
{
    return z_of(s, CHANNEL_LATENCY);
}

static double errors(const scene *s)
{
    return z_of(s, CHANNEL_ERRORS);
}

static double cpu(const scene *s)
{
    return z_of(s, CHANNEL_CPU);
}

static double restarts(const scene *s)
{
    return z_of(s, CHANNEL_RESTARTS);
}

static double gap(const scene *s)
{
    return evidence_edges(s->x)[1].z;
}

static double amplified(const scene *s)
{
    return evidence_services(s->x)[LAST].amplified;
}

static double first(const scene *s) // 1: it stands out
{
    return evidence_services(s->x)[LAST].first >= 0;
}

typedef struct hanging {
    const char *name;
    void (*change)(scene *s);
    double (*read)(const scene *s);
    double halved, doubled; // what is read by half and twice the constant, over what it is by it
} hanging;

static double read_by(const hanging *h, double times)
{
    const tend_param *entry = params_find(evidence_param_table, h->name);
    scene *s = even();
    tend_err err = {TEND_OK, ""};
    assert_non_null(entry);
    h->change(s);
    assert_int_equal(params_set(entry, &s->by, times * entry->initial, "test", &err), TEND_OK);
    scene_measure(s);
    double read = h->read(s);
    scene_close(s);
    return read;
}

static void every_constant_counts_in_its_place(void **state)
{
    (void)state;
    // of the last 24 rows a floor is 1 + 6 / 24 times as high, of all 60 only 1.1 times
    static const hanging all[] = {
        {"local_rows", drifting, latency, 0, INFINITY},
        {"floor_relative", slow, latency, 2, 0.5},
        {"floor_share", busy, cpu, 2, 0.5},
        {"floor_errors", failing, first, 1, 0}, // 5 sigmas are .033, .066 by twice
        {"floor_restarts", crashing, restarts, 2, 0.5},
        {"floor_gap", lossy, gap, 2, 0.5},
        {"floor_failures", failing_for_many, errors, 2, 0.5},
        {"floor_rare", failing_uncounted, errors, 2, 0.5},
        {"floor_growth", popular, amplified, NAN, NAN}, // a logarithm of it
        {"caution", slow, latency, 1.25 / 1.125, 1.25 / 1.5},
        {"failures_few", failing_for_few, errors, 1.4142135623730951, 0.7071067811865476},
        {"off_sigmas", slower, first, 1, 0},
    };
    int known = 0;
    while (evidence_param_table[known].name)
        known++;
    assert_int_equal(known, sizeof all / sizeof *all);
    for (int i = 0; i < known; i++) {
        double is = read_by(&all[i], 1), half = read_by(&all[i], 0.5), twice = read_by(&all[i], 2);
        if (isinf(all[i].doubled)) { // nothing at all until it reaches beyond the drift
            assert_near(half, 0, 0);
            assert_near(is, 0, 0);
            assert_true(twice > 1);
            continue;
        }
        assert_true(is > 0);
        if (isnan(all[i].halved)) {
            assert_true(half > 1.2 * is);
            assert_true(twice < is / 1.2);
            continue;
        }
        if (fabs(half - is * all[i].halved) > 1e-6 || fabs(twice - is * all[i].doubled) > 1e-6)
            fail_msg("%s: %g by half, %g, %g by twice", all[i].name, half, is, twice);
    }
}

static void a_quiet_scene_is_quiet_by_any_constant(void **state)
{
    (void)state;
    for (const tend_param *p = evidence_param_table; p->name; p++)
        for (double times = 0.5; times <= 2; times *= 4) {
            scene *s = even();
            tend_err err = {TEND_OK, ""};
            assert_int_equal(params_set(p, &s->by, times * p->initial, "test", &err), TEND_OK);
            const service_evidence *of = scene_measure(s);
            for (int v = 0; v < THREE; v++) {
                assert_int_equal(of[v].first, -1);
                for (int c = 0; c < CHANNELS; c++)
                    assert_near(of[v].of[c].z, 0, 0);
            }
            scene_close(s);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_constant_counts_in_its_place),
        cmocka_unit_test(a_quiet_scene_is_quiet_by_any_constant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
