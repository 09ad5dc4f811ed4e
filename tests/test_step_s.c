// SPDX-License-Identifier: GPL-3.0-or-later
// test_step_s.c - the same physics in seconds, however long a tick is.
#include "world_support.h"

// the default system at another scrape interval
static bed bed_at(int step_s)
{
    char *text = get_file("examples/systems/default.json"), changed[8192], wanted[32];
    assert_non_null(text);
    const char *at = strstr(text, "\"step_s\": 1,");
    assert_non_null(at);
    snprintf(wanted, sizeof wanted, "\"step_s\": %d,", step_s);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, wanted,
             at + strlen("\"step_s\": 1,"));
    free(text);
    return bed_of_text(changed);
}

typedef double (*watched)(const bed *b, const tend_obs *obs);

static double memory_of_api(const bed *b, const tend_obs *obs)
{
    (void)obs;
    return fleet_services(b->w, b->model)[0].memory;
}

static double leaked_pool_of_db(const bed *b, const tend_obs *obs)
{
    (void)obs;
    return fleet_services(b->w, b->model)[2].pool_leaked;
}

static double refused(const bed *b, const tend_obs *obs)
{
    (void)b;
    return -obs->refused;
}

static double rerouted(const bed *b, const tend_obs *obs)
{
    (void)obs;
    return fleet_edges(b->w, b->model)[0].rerouted;
}

static double age_of_api(const bed *b, const tend_obs *obs)
{
    return obs->deploy_age[0] * b->system->step_s;
}

// seconds until the value has reached the level, -1 within ten minutes never
static double seconds_until(bed *b, watched value, double level)
{
    int ticks = (int)(600 / b->system->step_s);
    for (int t = 1; t <= ticks; t++) {
        tend_obs obs = bed_step(b);
        if (value(b, &obs) >= level)
            return t * b->system->step_s;
    }
    return -1;
}

static const int steps[] = {1, 5, 15};
enum { STEPS = 3 };

static void near_in_seconds(const double took[STEPS], double least, double most)
{
    for (int i = 0; i < STEPS; i++) {
        assert_between(took[i], least, most + steps[i]);
        if (fabs(took[i] - took[0]) > steps[i] + 1e-9)
            fail_msg("%g s at 1 s, %g s at %d s", took[0], took[i], steps[i]);
    }
}

static void leaks_take_as_many_seconds(void **state)
{
    (void)state;
    double memory[STEPS], pool[STEPS];
    for (int i = 0; i < STEPS; i++) {
        bed b = bed_at(steps[i]);
        scenario leak = scenario_one(FAULT_MEMORY_LEAK, 0, -1, 0, 100000, 0.5);
        world_init(b.w, b.model, &leak, 3);
        memory[i] = seconds_until(&b, memory_of_api, 0.8);
        leak = scenario_one(FAULT_POOL_LEAK, 2, -1, 0, 100000, 0.2);
        world_init(b.w, b.model, &leak, 3);
        pool[i] = seconds_until(&b, leaked_pool_of_db, 0.3);
        bed_close(&b);
    }
    near_in_seconds(memory, 10, 50); // severity 0.5 fills what is free in 50 s
    near_in_seconds(pool, 5, 48);    // 0.2: all that can leak, in 48 s
}

static void actions_take_as_many_seconds(void **state)
{
    (void)state;
    double back[STEPS], switched[STEPS];
    for (int i = 0; i < STEPS; i++) {
        bed b = bed_at(steps[i]);
        scenario none = scenario_none();
        world_init(b.w, b.model, &none, 3);
        bed_act(&b, TEND_LIMIT, -1, -1);
        bed_step(&b);
        bed_act(&b, TEND_LIFT, -1, -1);
        back[i] = seconds_until(&b, refused, 0);
        world_init(b.w, b.model, &none, 3);
        bed_act(&b, TEND_REROUTE, b.system->edges[0].callee, 0);
        switched[i] = seconds_until(&b, rerouted, 1);
        bed_close(&b);
    }
    near_in_seconds(back, 4, 6); // from a half to all, a tenth each second
    near_in_seconds(switched, 7, 8);
}

static void the_running_version_is_as_old(void **state)
{
    (void)state;
    double age[STEPS];
    for (int i = 0; i < STEPS; i++) {
        bed b = bed_at(steps[i]);
        scenario none = scenario_none();
        world_init(b.w, b.model, &none, 3);
        tend_obs obs = bed_step(&b);
        age[i] = age_of_api(&b, &obs);
        bed_close(&b);
    }
    near_in_seconds(age, 499, 20500);
}

// A crash cuts off work once in a block of four seconds, at most once a tick.
static void crashes_come_as_often(void **state)
{
    (void)state;
    for (int i = 0; i < STEPS; i++) {
        bed b = bed_at(steps[i]);
        scenario crash = scenario_one(FAULT_CRASH_LOOP, 2, -1, 0, 100000, 0.5);
        world_init(b.w, b.model, &crash, 3);
        int crashes = 0, ticks = 600 / steps[i];
        for (int t = 0; t < ticks; t++) {
            bed_step(&b);
            crashes += fleet_services(b.w, b.model)[2].now.kept < 1;
        }
        assert_int_equal(crashes, steps[i] == 1 ? 150 : ticks);
        bed_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaks_take_as_many_seconds),
        cmocka_unit_test(actions_take_as_many_seconds),
        cmocka_unit_test(the_running_version_is_as_old),
        cmocka_unit_test(crashes_come_as_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
