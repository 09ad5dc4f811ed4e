// SPDX-License-Identifier: GPL-3.0-or-later
// test_evidence.c - what a service shows by itself: deviations, load, failures, replicas,
// deployments, what is missing, and the row at which it all began.
//
// A level without spread has the floor as its sigma: of the last 24 rows before the onset it is
// 1 + 6/24 = 1.25 times the nominal one, more than that of all 60 and so the one that counts.
#include "evidence_support.h"

#define NEAR 1.25
#define RELATIVE (0.08 * NEAR)
#define SHARE (0.012 * NEAR)

enum { FRONT, BACK, STORE, SERVICES };
static const tend_edge chain[] = {{FRONT, BACK}, {BACK, STORE}};

static double evidence_of(double z)
{
    double e = 0.5 * log(1 + z * z / 9);
    return z < 0 ? -e : e;
}

static void expect(const channel_evidence *at, double before, double now, double z)
{
    assert_near(at->before, before, 1e-9);
    assert_near(at->now, now, 1e-9);
    assert_near(at->excess, z == 0 ? 0 : now - before, 1e-9);
    assert_near(at->z, z, 1e-9 * fmax(1, fabs(z)));
    assert_near(at->e, evidence_of(z), 1e-7);
}

static void a_channel_deviates_by_its_kinds_floor(void **state)
{
    (void)state;
    static const struct {
        evidence_channel channel;
        int signal;
        double before, after, floor;
    } rows[] = {
        {CHANNEL_LATENCY, SIGNAL_LATENCY, 50, 90, RELATIVE * 50},
        {CHANNEL_LATENCY, SIGNAL_LATENCY, 50, 30, RELATIVE * 50},
        {CHANNEL_CPU, SIGNAL_CPU, 0.3, 0.36, SHARE},
        {CHANNEL_CPU, SIGNAL_CPU, 0.9, 0.96, SHARE}, // in parts of the whole
        {CHANNEL_MEMORY, SIGNAL_MEMORY, 0.3, 0.5, SHARE},
        {CHANNEL_SATURATION, SIGNAL_SATURATION, 0.3, 0.1, SHARE},
        {CHANNEL_RESTARTS, SIGNAL_RESTARTS, 0, 2, 0.05 * NEAR},
        {CHANNEL_REQUESTS, SIGNAL_REQUESTS, 50, 100, RELATIVE * 50},
        {CHANNEL_REQUESTS, SIGNAL_REQUESTS, 50, 20, RELATIVE * 50},
        {CHANNEL_CPU, SIGNAL_CPU, 0.3, 0.3, SHARE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene *s = scene_open(SERVICES, 2, chain);
        scene_set(s, BACK, rows[i].signal, rows[i].before, rows[i].after);
        const service_evidence *of = scene_measure(s);
        expect(&of[BACK].of[rows[i].channel], rows[i].before, rows[i].after,
               (rows[i].after - rows[i].before) / rows[i].floor);
        for (int v = 0; v < SERVICES; v++)
            for (int c = 0; c < CHANNELS; c++)
                if (v != BACK || c != (int)rows[i].channel)
                    assert_near(of[v].of[c].z, 0, 0);
        assert_int_equal(evidence_loudest(&of[BACK]),
                         rows[i].after > rows[i].before ? (int)rows[i].channel : -1);
        scene_close(s);
    }
}

// Bytes are no share: then memory is floored as any level is.
static void what_is_no_share_is_floored_by_its_level(void **state)
{
    (void)state;
    scene *s = scene_open(SERVICES, 2, chain);
    s->p.share[SIGNAL_MEMORY] = false;
    scene_set(s, BACK, SIGNAL_MEMORY, 4000, 5000);
    expect(&scene_measure(s)[BACK].of[CHANNEL_MEMORY], 4000, 5000, 1000 / (RELATIVE * 4000));
    scene_close(s);
}

static void a_column_that_is_usually_restless_says_less(void **state)
{
    (void)state;
    double quiet = 0;
    for (int noise = 0; noise < 2; noise++) {
        scene *s = scene_open(SERVICES, 2, chain);
        scene_set(s, BACK, SIGNAL_LATENCY, 50, 90);
        for (int i = 0; i < ROWS && noise; i++)
            *scene_cell(s, i, panel_cell(&s->p, BACK, SIGNAL_LATENCY)) += i % 2 ? 15 : -15;
        double z = scene_measure(s)[BACK].of[CHANNEL_LATENCY].z;
        if (noise)
            assert_between(z, 0, 0.75 * quiet);
        quiet = z;
        scene_close(s);
    }
}

// A rise that was there before the onset is not of the onset, one that began with it is.
static void a_drift_before_the_onset_is_no_cause(void **state)
{
    (void)state;
    double z[3];
    for (int kind = 0; kind < 3; kind++) { // a step, a drift that ends, one that was a step before
        scene *s = scene_open(SERVICES, 2, chain);
        for (int i = 0; i < ROWS; i++) {
            double drift = i < BEFORE - 24 ? 0 : i < BEFORE ? (i - BEFORE + 24) / 24.0 : 1;
            double part = kind == 0 ? i >= BEFORE : kind == 1 ? drift : i >= BEFORE - 6;
            *scene_cell(s, i, panel_cell(&s->p, STORE, SIGNAL_LATENCY)) = 50 + 40 * part;
        }
        z[kind] = scene_measure(s)[STORE].of[CHANNEL_LATENCY].z;
        scene_close(s);
    }
    assert_near(z[0], 40 / (RELATIVE * 50), 1e-9);
    assert_between(z[1], -0.001, 0.2 * z[0]);
    assert_between(z[2], -0.001, 0.2 * z[0]);
}

// The last rows before the onset are of the incident's own day: what stood there already is no
// cause, what is within the noise changes nothing, and what began with the onset is one. A single
// row is a spike, and rows that do not agree are the incident, told late.
static void rows_of_its_own_day_tell_where_a_level_stood(void **state)
{
    (void)state;
    for (int own = 0; own < 24; own++) {
        scene *s = scene_open(SERVICES, 2, chain);
        for (int i = 0; i < ROWS; i++) {
            bool later = i >= BEFORE - own;
            *scene_cell(s, i, panel_cell(&s->p, FRONT, SIGNAL_LATENCY)) = later ? 150 : 50;
            *scene_cell(s, i, panel_cell(&s->p, BACK, SIGNAL_LATENCY)) = i >= BEFORE - 1 ? 150 : 50;
            double faint = i >= BEFORE ? 150 : later ? 55 : 50;
            *scene_cell(s, i, panel_cell(&s->p, STORE, SIGNAL_LATENCY)) = faint;
            for (int v = 0; v < SERVICES; v++)
                *scene_cell(s, i, panel_cell(&s->p, v, SIGNAL_REQUESTS)) = later ? 150 : 100;
        }
        const service_evidence *of = scene_measure(s);
        double back = of[BACK].of[CHANNEL_LATENCY].z, store = of[STORE].of[CHANNEL_LATENCY].z;
        s->p.fresh = s->p.first + BEFORE - own;
        of = scene_measure(s);
        if (own > 1) {
            assert_near(of[FRONT].of[CHANNEL_LATENCY].z, 0, 1e-9);
            assert_near(of[FRONT].of[CHANNEL_REQUESTS].z, 0, 1e-9);
            assert_near(of[s->p.entry].path.common, 0, 1e-9);
        } else {
            assert_true(of[FRONT].of[CHANNEL_LATENCY].z > 9);
        }
        if (own != 2) // of two rows none is the one that is wrong
            assert_near(of[BACK].of[CHANNEL_LATENCY].z, back, 1e-9);
        assert_near(of[STORE].of[CHANNEL_LATENCY].z, store, 1e-9);
        scene_close(s);
    }
}

static void an_incident_of_a_few_rows_shows_if_it_fills_a_sixth(void **state)
{
    (void)state;
    for (int rows = 0; rows <= 8; rows++) {
        scene *s = scene_open(SERVICES, 2, chain);
        scene_set(s, BACK, SIGNAL_CPU, 0.3, 0.3);
        for (int i = 0; i < rows; i++)
            *scene_cell(s, BEFORE + 2 * i, panel_cell(&s->p, BACK, SIGNAL_CPU)) = 0.9;
        double z = scene_measure(s)[BACK].of[CHANNEL_CPU].z;
        // position 5/6 of 19 is 15.8: the fifth largest shows in part
        assert_true(rows < 4 ? z == 0 : z > 3);
        scene_close(s);
    }
}

static void load_explains_the_cpu_it_burns(void **state)
{
    (void)state;
    double grown = 200.5 / 100.5;
    static const double after[] = {0.2, 0.45, 0.59, 0.6, 0.75, 0.9};
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
        scene *s = scene_open(SERVICES, 2, chain);
        scene_set(s, BACK, SIGNAL_CPU, 0.3, after[i]);
        scene_set(s, BACK, SIGNAL_REQUESTS, 100, 200);
        const service_evidence *of = scene_measure(s);
        const channel_evidence *cpu = &of[BACK].of[CHANNEL_CPU];
        double excess = after[i] - 0.3, left = excess - (grown - 1) * 0.3;
        assert_near(of[BACK].growth, grown, 1e-9);
        if (excess > 0) {
            left = fmax(0, left);
            assert_near(cpu->excess, left, 1e-9);
            assert_near(cpu->z, excess / SHARE * left / excess, 1e-9);
        } else {
            assert_near(cpu->z, excess / SHARE, 1e-9);
        }
        assert_near(cpu->e, evidence_of(cpu->z), 1e-7);
        scene_close(s);
    }
    for (int fewer = 0; fewer < 2; fewer++) { // what does not grow explains nothing
        scene *s = scene_open(SERVICES, 2, chain);
        scene_set(s, BACK, SIGNAL_CPU, 0.3, 0.6);
        scene_set(s, BACK, SIGNAL_REQUESTS, 100, fewer ? 20 : 100);
        assert_near(scene_measure(s)[BACK].of[CHANNEL_CPU].z, 0.3 / SHARE, 1e-9);
        scene_close(s);
    }
}

static void growth_of_idle_services_is_near_one(void **state)
{
    (void)state;
    static const struct {
        double before, after, per_row, growth;
    } rows[] = {{0, 0, 1, 1},       {0, 1, 1, 3},           {100, 50, 1, 50.5 / 100.5},
                {1, 2, 15, 1.9677}, {1, 2, NAN, 2.5 / 1.5}, {NAN, 5, 1, 1},
                {5, NAN, 1, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene *s = scene_open(SERVICES, 2, chain);
        s->p.per_row = rows[i].per_row;
        scene_set(s, BACK, SIGNAL_REQUESTS, rows[i].before, rows[i].after);
        assert_near(scene_measure(s)[BACK].growth, rows[i].growth, 1e-4);
        assert_near(evidence_services(s->x)[FRONT].growth, 1, 0);
        scene_close(s);
    }
}

// 20 rows of `asked` requests, of which a share fails beyond a usual rate: sigmas of a Poisson
// count beside 4, and at most those of a share of 0.0015.
static void failed_requests_are_counted_where_they_are_known(void **state)
{
    (void)state;
    static const struct {
        double share, asked, per_row;
    } rows[] = {{0.1, 100, 1}, {0.1, 1, 1},       {0.01, 3, 1}, {0.5, 0.25, 1},
                {0.1, 100, 4}, {0.0004, 100, 15}, {0, 100, 1},  {1, 7, 0.25}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene *s = scene_open(SERVICES, 2, chain);
        s->p.per_row = rows[i].per_row;
        scene_set(s, STORE, SIGNAL_ERRORS, 0, rows[i].share);
        scene_set(s, STORE, SIGNAL_REQUESTS, rows[i].asked, rows[i].asked);
        double failed = rows[i].share * rows[i].asked * rows[i].per_row * AFTER;
        expect(&scene_measure(s)[STORE].of[CHANNEL_ERRORS], 0, rows[i].share,
               fmin(failed / 2, rows[i].share / 0.0015));
        scene_close(s);
    }
}

// One row in five failed by a hundredth more than the others: a rate of 0.002. Two that failed by a
// fifth are past incidents and no rate.
static void what_usually_fails_is_expected_to(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        double base = i ? 0.05 : 0, rate = 12 * 0.01 / 60, expected = rate * AFTER;
        scene *s = scene_open(SERVICES, 2, chain);
        int64_t cell = panel_cell(&s->p, STORE, SIGNAL_ERRORS);
        scene_set(s, STORE, SIGNAL_ERRORS, base, base + 0.1);
        scene_set(s, STORE, SIGNAL_REQUESTS, 1, 1);
        for (int t = 0; t < BEFORE; t += 5)
            *scene_cell(s, t, cell) = base + 0.01;
        const channel_evidence *at = &scene_measure(s)[STORE].of[CHANNEL_ERRORS];
        assert_near(at->excess, 0.1 - rate, 1e-12);
        assert_near(at->z, (2 - expected) / sqrt(expected + 4), 1e-9);
        *scene_cell(s, 1, cell) = *scene_cell(s, 31, cell) = base + 0.2;
        scene_measure(s);
        assert_near(at->excess, 0.1 - 12 * 0.01 / 58, 1e-12);
        // as many fail as ever: nothing, fewer: the opposite
        scene_set(s, STORE, SIGNAL_REQUESTS, 1000, 1000);
        for (int t = 0; t < ROWS; t++)
            *scene_cell(s, t, cell) = base + (t % 5 ? 0 : 0.01);
        assert_near(scene_measure(s)[STORE].of[CHANNEL_ERRORS].z, 0, 1e-9);
        for (int t = BEFORE; t < ROWS; t++)
            *scene_cell(s, t, cell) = base;
        assert_between(scene_measure(s)[STORE].of[CHANNEL_ERRORS].z, -9, -1);
        scene_close(s);
    }
}

// The median of rows that fail one in four is 0, their mean is not; rows without a request, and
// missing ones, say nothing.
static void failures_in_bursts_are_seen_where_somebody_asked(void **state)
{
    (void)state;
    scene *s = scene_open(SERVICES, 2, chain);
    int64_t cell = panel_cell(&s->p, STORE, SIGNAL_ERRORS);
    int64_t asked = panel_cell(&s->p, STORE, SIGNAL_REQUESTS);
    scene_set(s, STORE, SIGNAL_ERRORS, 0, 0);
    for (int i = BEFORE; i < ROWS; i += 4)
        *scene_cell(s, i, cell) = 0.4;
    scene_measure(s);
    const channel_evidence *at = &evidence_services(s->x)[STORE].of[CHANNEL_ERRORS];
    expect(at, 0, 0.1, 0.1 / (0.006 * 1.1)); // rows are counted, of a floor of 60
    scene_set(s, STORE, SIGNAL_REQUESTS, 2, 2);
    scene_measure(s);
    expect(at, 0, 0.1, 4 / 2.0);
    for (int i = BEFORE; i < BEFORE + 4; i++)
        *scene_cell(s, i, asked) = i % 2 ? 0 : NAN;
    scene_measure(s);
    expect(at, 0, 0.1, 3.2 / 2.0);
    for (int i = BEFORE; i < ROWS; i++)
        *scene_cell(s, i, asked) = 0;
    scene_measure(s);
    assert_near(at->z, 0, 0);
    assert_true(isnan(at->now));
    scene_close(s);
}

static void lost_replicas_are_a_share_of_the_usual_ones(void **state)
{
    (void)state;
    static const struct {
        double before, after, lost;
    } rows[] = {{4, 4, 0}, {4, 3, 0.25}, {4, 0, 1},   {1, 0, 1},  {2, 4, 0},
                {0, 0, 0}, {0, 3, 0},    {2, NAN, 0}, {NAN, 1, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene *s = scene_open(SERVICES, 2, chain);
        scene_ready(s, BACK, rows[i].before, rows[i].after);
        const channel_evidence *at = &scene_measure(s)[BACK].of[CHANNEL_READY];
        assert_near(at->excess, rows[i].lost, 1e-12);
        assert_near(at->z, 30 * rows[i].lost, 1e-12); // three sigmas a tenth
        if (!isnan(rows[i].before + rows[i].after))
            assert_true(at->before == rows[i].before && at->now == rows[i].after);
        assert_near(at->e, evidence_of(at->z), 1e-7);
        assert_near(evidence_services(s->x)[FRONT].of[CHANNEL_READY].z, 0, 0);
        scene_close(s);
    }
}

// 20 rows came after the onset, so a version 19 rows old went live with it.
static void a_deployment_counts_at_the_onset_and_fades_before_it(void **state)
{
    (void)state;
    static const struct {
        double age, lag, deployed;
    } rows[] = {{AFTER - 1, 0, 1},     {AFTER + 2, 3, 0.75}, {AFTER + 5, 6, 0.5}, {AFTER + 6, 7, 0},
                {AFTER - 4, -3, 0.75}, {AFTER - 5, -4, 0},   {1e6, 1e6 - 19, 0},  {NAN, NAN, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene *s = scene_open(SERVICES, 2, chain);
        s->deploy_age[BACK] = rows[i].age;
        const service_evidence *of = scene_measure(s);
        assert_true(isnan(rows[i].lag) ? isnan(of[BACK].deploy_lag)
                                       : of[BACK].deploy_lag == rows[i].lag);
        assert_near(of[BACK].deployed, rows[i].deployed, 1e-12);
        assert_near(of[FRONT].deployed, 0, 0);
        s->p.deploy_age = NULL;
        assert_near(scene_measure(s)[BACK].deployed, 0, 0);
        scene_close(s);
    }
}

// Two rows in a row; a single one only while it is the last. More requests are nothing bad.
static void a_service_stands_out_from_its_first_bad_row(void **state)
{
    (void)state;
    static const struct {
        int signal, from, count, first; // rows that are bad, of which the first is told
        double by;
    } rows[] = {
        {SIGNAL_LATENCY, BEFORE + 4, 16, ONSET + 4, 3},
        {SIGNAL_LATENCY, BEFORE - 2, 22, ONSET - 2, 3},
        {SIGNAL_LATENCY, BEFORE - 5, 25, ONSET - 3, 3}, // looked for from three rows before
        {SIGNAL_LATENCY, BEFORE + 4, 1, -1, 3},
        {SIGNAL_LATENCY, ROWS - 1, 1, FIRST + ROWS - 1, 3},
        {SIGNAL_LATENCY, BEFORE + 4, 16, -1, 1.3}, // by less than five sigmas
        {SIGNAL_LATENCY, BEFORE + 4, 16, -1, 0.2},
        {SIGNAL_REQUESTS, BEFORE + 4, 16, -1, 3},
        {SIGNAL_CPU, BEFORE + 4, 16, ONSET + 4, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene *s = scene_open(SERVICES, 2, chain);
        double level = rows[i].signal == SIGNAL_CPU ? 0.3 : 50;
        scene_set(s, BACK, rows[i].signal, level, level);
        for (int k = 0; k < rows[i].count; k++)
            *scene_cell(s, rows[i].from + k, panel_cell(&s->p, BACK, rows[i].signal)) *= rows[i].by;
        assert_int_equal(scene_measure(s)[BACK].first, rows[i].first);
        assert_int_equal(evidence_services(s->x)[FRONT].first, -1);
        scene_close(s);
    }
}

// Usual bursts upwards hide what is above, usual drops do not.
static void what_is_usual_on_one_side_does_not_stand_out_there(void **state)
{
    (void)state;
    for (int up = 0; up < 2; up++) {
        scene *s = scene_open(SERVICES, 2, chain);
        scene_set(s, BACK, SIGNAL_LATENCY, 50, 100);
        for (int i = 0; i < BEFORE; i += 5)
            *scene_cell(s, i, panel_cell(&s->p, BACK, SIGNAL_LATENCY)) = up ? 90 : 10;
        assert_int_equal(scene_measure(s)[BACK].first, up ? -1 : ONSET);
        scene_close(s);
    }
}

static void the_onset_is_where_columns_that_can_be_bad_change(void **state)
{
    (void)state;
    double gain[ROWS], scratch[ROWS];
    int64_t column[MOST_WIDTH];
    for (int kind = 0; kind < 5; kind++) {
        rng r = rng_make(4, "onset");
        scene *s = scene_open(SERVICES, 2, chain);
        scene_usual(s, &r);
        int64_t cell = kind == 1   ? panel_cell(&s->p, BACK, SIGNAL_REQUESTS)
                       : kind == 2 ? panel_cell(&s->p, STORE, SIGNAL_LATENCY)
                       : kind == 3 ? s->p.edges_at + 3
                                   : panel_cell(&s->p, FRONT, SIGNAL_CPU);
        if (kind > 0)
            scene_times(s, cell, 3);
        bool seen = kind > 1;
        int64_t at = evidence_onset(&s->p, FIRST + 3, FIRST + ROWS - 3, gain, scratch, column);
        assert_int_equal(at, seen ? ONSET : -1);
        at = evidence_onset(&s->p, ONSET, ONSET, gain, scratch, column);
        assert_int_equal(at, seen ? ONSET : -1);
        at = evidence_onset(&s->p, FIRST + 3, ONSET - 9, gain, scratch, column);
        assert_true(at < ONSET - 8);
        scene_close(s);
    }
}

// A level of few rows is trusted less: the same rows after it say no more than after many.
static void fewer_rows_before_or_after_are_not_bolder(void **state)
{
    (void)state;
    double last[CHANNELS] = {0}, lone[CHANNELS] = {0};
    for (int before = 1; before <= BEFORE; before++) {
        rng r = rng_make(4, "rows");
        scene *s = scene_open(SERVICES, 2, chain);
        scene_usual(s, &r);
        for (int k = 0; k < SIGNALS; k++)
            scene_set(s, BACK, k, k == SIGNAL_ERRORS ? 0.01 : 0.3, 0.6);
        s->p.row += (BEFORE - before) * s->p.width;
        s->p.rows -= BEFORE - before;
        s->p.first += BEFORE - before;
        const service_evidence *of = scene_measure(s);
        for (int c = 0; c < CHANNELS; c++) {
            // a call is noise on either side
            assert_true(c == CHANNEL_NETWORK || fabs(of[BACK].of[c].z) >= last[c] - 1e-9);
            last[c] = fabs(of[BACK].of[c].z);
            lone[c] = before == 1 ? last[c] : lone[c];
        }
        scene_close(s);
    }
    assert_between(lone[CHANNEL_LATENCY], 1, 0.3 * last[CHANNEL_LATENCY]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_channel_deviates_by_its_kinds_floor),
        cmocka_unit_test(what_is_no_share_is_floored_by_its_level),
        cmocka_unit_test(a_column_that_is_usually_restless_says_less),
        cmocka_unit_test(a_drift_before_the_onset_is_no_cause),
        cmocka_unit_test(rows_of_its_own_day_tell_where_a_level_stood),
        cmocka_unit_test(an_incident_of_a_few_rows_shows_if_it_fills_a_sixth),
        cmocka_unit_test(load_explains_the_cpu_it_burns),
        cmocka_unit_test(growth_of_idle_services_is_near_one),
        cmocka_unit_test(failed_requests_are_counted_where_they_are_known),
        cmocka_unit_test(what_usually_fails_is_expected_to),
        cmocka_unit_test(failures_in_bursts_are_seen_where_somebody_asked),
        cmocka_unit_test(lost_replicas_are_a_share_of_the_usual_ones),
        cmocka_unit_test(a_deployment_counts_at_the_onset_and_fades_before_it),
        cmocka_unit_test(a_service_stands_out_from_its_first_bad_row),
        cmocka_unit_test(what_is_usual_on_one_side_does_not_stand_out_there),
        cmocka_unit_test(the_onset_is_where_columns_that_can_be_bad_change),
        cmocka_unit_test(fewer_rows_before_or_after_are_not_bolder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
