// SPDX-License-Identifier: GPL-3.0-or-later
// test_evidence_levels.c - which of two levels a change is counted from, and what is kept of it.
#include "evidence_support.h"

enum { FRONT, BACK, STORE, SERVICES };
#define NEAR (1 + 6.0 / BEFORE) // of a level of so few rows
static const tend_edge chain[] = {{FRONT, BACK}, {BACK, STORE}};

// The last `late` of the rows before the onset, and those after it.
static void steps(scene *s, int64_t cell, double before, int late, double level, double now)
{
    for (int i = 0; i < ROWS; i++)
        *scene_cell(s, i, cell) = i < BEFORE - late ? before : i < BEFORE ? level : now;
}

// What is below one level and above the other is no change; else the nearer one is what was before.
static void a_change_is_counted_from_the_nearer_level(void **state)
{
    (void)state;
    static const struct {
        double level, now, before, excess;
        int known; // of the six latest rows
    } rows[] = {
        {40, 30, 40, -10, 6},  {40, 60, 40, 0, 6},   {160, 200, 160, 40, 6},
        {160, 130, 160, 0, 6}, {40, 30, 40, -10, 3}, {40, 30, 100, -70, 2}, // two rows tell nothing
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene *s = scene_open(SERVICES, 2, chain);
        int64_t cell = panel_cell(&s->p, BACK, SIGNAL_LATENCY);
        s->by.local_rows = 6;
        steps(s, cell, 100, 6, rows[i].level, rows[i].now);
        for (int k = 0; k < 6 - rows[i].known; k++)
            *scene_cell(s, BEFORE - 6 + k, cell) = (double)NAN;
        const channel_evidence *at = &scene_measure(s)[BACK].of[CHANNEL_LATENCY];
        assert_near(at->before, rows[i].before, 1e-9);
        assert_near(at->excess, rows[i].excess, 1e-9);
        assert_true((at->z > 0) == (rows[i].excess > 0) && (at->z < 0) == (rows[i].excess < 0));
        scene_close(s);
    }
}

// Rows of its own day where a level stood by then: higher or lower, what stays there is no change,
// and what leaves it is one by as much as it does.
static void a_day_may_begin_lower_too(void **state)
{
    (void)state;
    for (int own = 5; own < 10; own += 4)
        for (int kind = 0; kind < 4; kind++) {
            bool higher = kind & 1, stays = (kind & 2) || own > 5;
            scene *s = scene_open(SERVICES, 2, chain);
            double level = higher ? 150 : 50, now = stays ? level : higher ? 190 : 30;
            steps(s, panel_cell(&s->p, BACK, SIGNAL_LATENCY), 100, own, level, now);
            s->p.fresh = s->p.first + BEFORE - own;
            const channel_evidence *at = &scene_measure(s)[BACK].of[CHANNEL_LATENCY];
            assert_near(at->before, level, 1e-9);
            assert_near(at->excess, now - level, 1e-9);
            assert_true(stays ? at->z == 0 : higher ? at->z > EVIDENCE_ODD : at->z < -1);
            scene_close(s);
        }
}

// Where they are all of the latest there is nothing to move: they tell how restless it is.
static void a_day_that_is_long_enough_speaks_for_itself(void **state)
{
    (void)state;
    for (int own = 24; own < 40; own++) {
        scene *s = scene_open(SERVICES, 2, chain);
        int64_t cell = panel_cell(&s->p, BACK, SIGNAL_LATENCY);
        steps(s, cell, 100, own, 400, 430);
        for (int i = 0; i < BEFORE - own; i++)
            *scene_cell(s, i, cell) += 40 * (i % 3 - 1);
        double alone = scene_measure(s)[BACK].of[CHANNEL_LATENCY].z;
        s->p.fresh = s->p.first + BEFORE - own;
        double z = scene_measure(s)[BACK].of[CHANNEL_LATENCY].z;
        assert_true(alone > 0.1);
        assert_near(z, alone, 0);
        scene_close(s);
    }
}

// Where a third of them is as on other days, they are the incident, told late.
static void rows_of_its_own_day_that_disagree_move_nothing(void **state)
{
    (void)state;
    for (int higher = 0; higher < 2; higher++)
        for (int agree = 0; agree < 2; agree++) {
            scene *s = scene_open(SERVICES, 2, chain);
            int64_t cell = panel_cell(&s->p, BACK, SIGNAL_LATENCY);
            double level = higher ? 300 : 30;
            steps(s, cell, 100, 5, level, level);
            if (!agree)
                *scene_cell(s, BEFORE - 5, cell) = *scene_cell(s, BEFORE - 4, cell) = 100;
            s->p.fresh = s->p.first + BEFORE - 5;
            double z = scene_measure(s)[BACK].of[CHANNEL_LATENCY].z;
            assert_true(agree ? z == 0 : higher ? z > EVIDENCE_ODD : z < -EVIDENCE_ODD);
            scene_close(s);
        }
}

// The time a call loses has two levels as well.
static void a_gap_is_held_against_the_nearer_level(void **state)
{
    (void)state;
    static const struct {
        double level, now;
        int sign, known;
    } rows[] = {{42, 42, 0, 6}, {12, 42, 1, 6}, {42, 22, 0, 6},
                {42, 42, 1, 2}, {22, 62, 1, 6}, {-8, 42, 1, 6}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scene *s = scene_open(SERVICES, 2, chain);
        s->by.local_rows = 6;
        int64_t cell = s->p.edges_at + 3;
        steps(s, cell, 12, 6, 10 + rows[i].level, 10 + rows[i].now);
        steps(s, cell + 1, 10, 6, 10, 10);
        steps(s, cell + 2, 2, 6, rows[i].level, rows[i].now);
        for (int k = 0; k < 6 - rows[i].known; k++)
            *scene_cell(s, BEFORE - 6 + k, cell + 2) = (double)NAN;
        const channel_evidence *at = &scene_measure(s)[STORE].of[CHANNEL_NETWORK];
        assert_true(rows[i].sign ? at->z > EVIDENCE_ODD : at->z == 0);
        double near = 0.15 * 12 * NEAR; // a floor in parts of what the client usually waits
        if (i >= 4)
            assert_near(at->z, 40 / near, 1e-9);
        scene_close(s);
    }
}

// Of the load that all share one row is not enough either.
static void one_row_does_not_tell_how_many_came_that_day(void **state)
{
    (void)state;
    for (int known = 1; known < 4; known++) {
        scene *s = scene_open(SERVICES, 2, chain);
        for (int v = 0; v < SERVICES; v++) {
            int64_t cell = panel_cell(&s->p, v, SIGNAL_REQUESTS);
            steps(s, cell, 100, 5, 150, 150);
            for (int i = BEFORE - 5; i < BEFORE - known; i++)
                *scene_cell(s, i, cell) = (double)NAN;
        }
        s->p.fresh = s->p.first + BEFORE - 5;
        double common = scene_measure(s)[FRONT].path.common;
        assert_true(known == 1 ? common > 0.5 : common == 0);
        scene_close(s);
    }
}

// A replica that is gone in a quarter of the rows is gone; in a tenth one looked at a bad time. No
// metric of its own tells it.
static void replicas_that_come_and_go_are_lost(void **state)
{
    (void)state;
    for (int gone = 0; gone < 2; gone++) {
        scene *s = scene_open(SERVICES, 2, chain);
        scene_ready(s, BACK, 4, 4);
        for (int i = BEFORE; i < ROWS; i += gone ? 4 : 10)
            *scene_cell(s, i, s->p.ready_at + BACK) = 2;
        const channel_evidence *at = &scene_measure(s)[BACK].of[CHANNEL_READY];
        assert_near(at->now, gone ? 2 : 4, 1e-9);
        assert_near(at->excess, gone ? 0.5 : 0, 1e-9);
        assert_int_equal(evidence_loudest(&evidence_services(s->x)[BACK]), -1);
        scene_close(s);
    }
}

// Rows leave a ring one by one; who stood out first is known for good once its row has gone.
static void who_stood_out_first_is_remembered_when_its_rows_are_gone(void **state)
{
    (void)state;
    scene *s = scene_open(SERVICES, 2, chain);
    scene_set(s, BACK, SIGNAL_LATENCY, 50, 200);
    for (int i = BEFORE + 12; i < ROWS; i++)
        *scene_cell(s, i, panel_cell(&s->p, BACK, SIGNAL_LATENCY)) = 50;
    scene_set(s, STORE, SIGNAL_LATENCY, 50, 50);
    const service_evidence *of = scene_measure(s);
    assert_int_equal(of[BACK].first, ONSET);
    assert_int_equal(of[STORE].first, -1);
    s->p.row += (BEFORE + 4) * s->p.width; // the ring begins behind the onset
    s->p.rows -= BEFORE + 4;
    s->p.first += BEFORE + 4;
    for (int i = ROWS - 4; i < ROWS; i++)
        *scene_cell(s, i, panel_cell(&s->p, STORE, SIGNAL_LATENCY)) = 200;
    evidence_measure(s->x, &s->p, &s->by, ONSET, FIRST + ROWS);
    assert_int_equal(of[BACK].first, ONSET);
    assert_int_equal(of[STORE].first, FIRST + ROWS - 4); // not known before: looked for
    scene_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_counted_from_the_nearer_level),
        cmocka_unit_test(a_day_may_begin_lower_too),
        cmocka_unit_test(a_day_that_is_long_enough_speaks_for_itself),
        cmocka_unit_test(rows_of_its_own_day_that_disagree_move_nothing),
        cmocka_unit_test(a_gap_is_held_against_the_nearer_level),
        cmocka_unit_test(one_row_does_not_tell_how_many_came_that_day),
        cmocka_unit_test(replicas_that_come_and_go_are_lost),
        cmocka_unit_test(who_stood_out_first_is_remembered_when_its_rows_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
