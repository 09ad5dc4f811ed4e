// SPDX-License-Identifier: GPL-3.0-or-later
// test_fluid_time.c - response times of a fluid queue off its fixed point: what of the waiting is
// random, what is backlog.
//
// By Little's law the mean time is backlog / throughput. The variance is that of the service and of
// the stationary waiting at the load that is both offered and served, at most 0.985; a backlog
// beyond it is waited for by everybody alike.
#include "queue_support.h"

enum { CORES = 4 };
#define SERVICE_S 0.1

// One service of four cores, without noise.
static bed one(double rps, double cv2, int queue)
{
    return queue_bed((queue_of){"service", CORES, SERVICE_S, cv2, rps, 100000, queue});
}

typedef struct time_of { // of one service, seconds
    double own, wait, var;
} time_of;

// What the header says, from backlog, busy share and offered load.
static time_of expected(const fluid_service *s, double rps, double cv2)
{
    double done = 10.0 * CORES * s->busy; // requests in the tick of one second
    double load = rps / (10.0 * CORES);
    load = load < s->busy ? load : s->busy;
    load = load < 0.985 ? load : 0.985;
    double waiting = s->backlog - CORES * s->busy;
    double delayed = erlang_c(CORES, load);
    double stationary = delayed * (1 + cv2) / 2 * load / (1 - load); // Allen-Cunneen
    double random = (stationary < waiting ? stationary : waiting) / done;
    // exponential with probability `delayed`: E T^2 = 2 E T ^2 / delayed
    double var = cv2 * SERVICE_S * SERVICE_S + (2 / delayed - 1) * random * random;
    return (time_of){s->backlog / done, waiting / done, var};
}

static void times_follow_backlog_and_load(void **state)
{
    (void)state;
    static const double rps[] = {4, 20, 36, 39.2, 39.6, 60};
    static const double backlogs[] = {0, 1, 4, 10, 40, 400, 4000};
    static const double cv2[] = {1, 3};
    int capped = 0, standing = 0;
    for (int v = 0; v < 2; v++)
        for (int i = 0; i < 6; i++)
            for (int k = 0; k < 7; k++) {
                bed b = one(rps[i], cv2[v], 100000);
                for (int t = 0; t < 5; t++)
                    bed_step(&b);
                fluid_service *s = fluid_services(b.w, b.model);
                s->backlog = backlogs[k];
                bed_step(&b);
                time_of want = expected(s, rps[i], cv2[v]);
                assert_near_relative(s->own_s, want.own, 1e-12);
                assert_near_relative(s->wait_s, want.wait, 1e-9);
                assert_near_relative(s->own_var, want.var, 2e-3); // Erlang C is a table's
                capped += rps[i] > 39.4 && s->busy > 0.985;
                standing += want.wait > 3 * SERVICE_S && want.var < 2 * cv2[v] * SERVICE_S * 0.1;
                bed_close(&b);
            }
    assert_in_range(capped, 8, 40); // the cases there must be among these
    assert_in_range(standing, 8, 40);
}

static void an_empty_service_takes_its_service_time(void **state)
{
    (void)state;
    bed b = one(20, 3, 100000);
    for (int t = 0; t < 5; t++)
        bed_step(&b);
    b.w->admitted = b.w->admit = 0; // nobody is let in
    for (int t = 0; t < 50; t++)
        bed_step(&b);
    fluid_service *s = fluid_services(b.w, b.model);
    assert_near(s->arrivals, 0, 0);
    assert_near(s->backlog, 0, 1e-9);
    assert_near(s->throughput, 0, 1e-9);
    assert_near(s->own_s, SERVICE_S, 1e-12);
    assert_near(s->own_var, 3 * SERVICE_S * SERVICE_S, 1e-12);
    assert_near(s->wait_s, 0, 0);
    assert_near(s->shed, 0, 0);
    bed_close(&b);
}

static void with_no_replica_everybody_is_turned_away(void **state)
{
    (void)state;
    bed b = one(20, 1, 100000);
    scenario crash = scenario_one(FAULT_CRASH_LOOP, 0, -1, 5, 1000, 1);
    world_init(b.w, b.model, &crash, 1);
    fluid_service *s = fluid_services(b.w, b.model);
    bool down = false;
    for (int t = 0; t < 200; t++) {
        bed_step(&b);
        if (fleet_services(b.w, b.model)->ready > 0)
            continue;
        down = true;
        assert_near(s->arrivals, 20, 1e-9);
        assert_near(s->shed, 1, 0);
        assert_near(s->errors, 1, 1e-12);
        assert_near(s->backlog, 0, 0);
        assert_near(s->busy, 0, 0);
        assert_near(s->throughput, 0, 0);
        assert_near(s->capacity, 0, 0);
        assert_near(s->wait_s, 0, 0);
        assert_near(s->service_s, SERVICE_S, 1e-12);
        assert_near(s->own_s, SERVICE_S, 1e-12);
        assert_near(s->own_var, 0, 0);
    }
    assert_true(down);
    bed_close(&b);
}

// Over 80 % of memory the collector takes time: 1 + 2 x^2 for x of the way from 80 to 100 %.
static void a_full_memory_slows_every_request(void **state)
{
    (void)state;
    static const double rows[][2] = {{0.5, 1},   {0.8, 1},      {0.85, 1.125},
                                     {0.9, 1.5}, {0.95, 2.125}, {1, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bed b = one(4, 1, 1000);
        bed_step(&b);
        fleet_service *f = fleet_services(b.w, b.model);
        fluid_service *s = fluid_services(b.w, b.model);
        f->memory = rows[i][0];
        fluid_queue_pass(b.w, b.model, 4);
        assert_near(s->service_s, SERVICE_S * rows[i][1], 1e-12);
        assert_near(s->capacity, 40 / rows[i][1], 1e-9);
        f->memory = 1.7; // no more than full
        fluid_queue_pass(b.w, b.model, 4);
        assert_near(s->service_s, SERVICE_S * 3, 1e-12);
        bed_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_follow_backlog_and_load),
        cmocka_unit_test(an_empty_service_takes_its_service_time),
        cmocka_unit_test(with_no_replica_everybody_is_turned_away),
        cmocka_unit_test(a_full_memory_slows_every_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
