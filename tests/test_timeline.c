// SPDX-License-Identifier: GPL-3.0-or-later
// test_timeline.c - a drawing read cell by cell.
#include "frame_support.h"

#include "report/timeline.h"

enum { LABEL = 15, CELLS = 48, COLUMNS = LABEL + CELLS + 16 };

typedef struct bench {
    desk d;
    record *r;
    str drawn;
} bench;

static void bench_open(bench *b, int steps)
{
    tend_err err = {TEND_OK, ""};
    desk_open(&b->d);
    b->drawn = (str){0};
    assert_int_equal(record_open(b->d.system, steps, &b->r, &err), TEND_OK);
    b->r->result.recovered = b->r->result.fault_t_start = -1;
    for (int t = 0; t < steps; t++) {
        for (int s = 0; s < SERVICES; s++) {
            double *at = b->d.value + s * METRICS;
            at[P95] = 100, at[ERRORS] = 0, at[CPU] = 0.3, at[MEMORY] = 0.5, at[REQUESTS] = 9;
            at[SATURATION] = 0.2;
        }
        assert_int_equal(record_add(b->r, &b->d.frame, &err), TEND_OK);
        b->d.obs.tick++;
    }
}

static void bench_close(bench *b)
{
    str_free(&b->drawn);
    record_close(b->r);
    desk_close(&b->d);
}

static void set(bench *b, int tick, int service, int metric, double value)
{
    b->r->value[(tick * SERVICES + service) * METRICS + metric] = value;
}

static const char *draw(bench *b, bool utf8)
{
    str_free(&b->drawn);
    b->drawn = (str){0};
    timeline_draw(b->r, &(timeline_style){COLUMNS, utf8, false}, &b->drawn);
    return b->drawn.text;
}

static void a_bar_is_a_sixth_of_three_baselines_above_the_second(void **state)
{
    (void)state;
    static const double shown[] = {124, 125, 174, 175, 400, NAN, 74, 76, 300, 349, 351};
    bench b;
    bench_open(&b, CELLS);
    for (int i = 0; i < 11; i++)
        set(&b, 20 + i, API, P95, shown[i]);
    assert_holds(draw(&b, false), "api     p95_ms "
                                  ".....................--=# _.*%%................."
                                  "     100     400\n");
    assert_holds(draw(&b, true), "▂▂▃▃▄█ ▁▂▆▇▇▂▂");
    // a value beyond four baselines sets the scale
    set(&b, 30, API, P95, 1300);
    assert_holds(draw(&b, false), "....= ..--#...");
    bench_close(&b);
}

static void a_cell_of_two_ticks_shows_the_one_further_out(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, 2 * CELLS);
    set(&b, 60, API, P95, 400);
    set(&b, 63, API, P95, 50);
    set(&b, 95, API, P95, 400);
    assert_holds(draw(&b, false), "p95_ms ..............................#_...............#");
    assert_holds(b.drawn.text, "0           24          48          72     ");
    bench_close(&b);
}

static void errors_and_shares_are_percent_and_idle_pools_are_left_out(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, CELLS);
    set(&b, 24, DB, ERRORS, 0.025); // half of the least height
    set(&b, 30, DB, SATURATION, 0.5);
    set(&b, 30, CACHE, SATURATION, 0.49);
    const char *text = draw(&b, false);
    const char *db = strstr(text, "db ");
    assert_non_null(db);
    assert_holds(db, "err %  ........................+.......................  0.0000     2.5\n");
    assert_holds(db, "cpu %  ................................................      30      30\n");
    assert_holds(db, "mem %  ................................................      50      50\n");
    assert_holds(db, "pool % ..............................+.................      20      50\n");
    const char *first = strstr(text, "pool %");
    assert_true(first > db); // of db alone
    assert_null(strstr(first + 1, "pool %"));
    bench_close(&b);
}

static void breaches_and_events_stand_under_their_tick(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, CELLS);
    b.r->breach[10] = b.r->breach[11] = b.r->breach[47] = 1;
    b.r->result.slo_steps = 3;
    b.r->has_truth = true;
    b.r->result.fault_t_start = 9;
    b.r->detected_at = 12;
    b.r->result.recovered = 12; // the next cell is free
    assert_holds(draw(&b, false), "slo breach     "
                                  "..........##...................................# 3 steps\n");
    assert_holds(b.drawn.text, "events                  F  DR\n");
    b.r->has_truth = false;
    b.r->detected_at = -1;
    b.r->result.recovered = 47;
    assert_holds(draw(&b, false),
                 "events                                                        R\n");
    b.r->result.recovered = 48;
    assert_holds(draw(&b, false), "events         \n");
    assert_holds(draw(&b, true), "··········██···");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bar_is_a_sixth_of_three_baselines_above_the_second),
        cmocka_unit_test(a_cell_of_two_ticks_shows_the_one_further_out),
        cmocka_unit_test(errors_and_shares_are_percent_and_idle_pools_are_left_out),
        cmocka_unit_test(breaches_and_events_stand_under_their_tick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
