// SPDX-License-Identifier: GPL-3.0-or-later
// test_fault_effects.c - every row of the fault table: how strong a severity is on a target of
// given load, what it does to its service or edge, when it ends.
#include "world_support.h"

enum { API, CACHE, DB, SERVICES };
enum { API_CACHE, API_DB };

static bed open_default(void)
{
    bed b = bed_of_file("examples/systems/default.json");
    assert_int_equal(b.model->edge[API_DB].cache, CACHE);
    return b;
}

typedef struct strength_case {
    fault_type type;
    int service, edge;
    double load, visits, severity; // of the target; 0: as in the file
    double strength, second;       // NAN: not used
} strength_case;

// severity 0.5 takes a service just past what it can bear
static void strength_follows_severity_and_load(void **state)
{
    (void)state;
    static const strength_case cases[] = {
        // 1 - load / (0.9 + 0.5 s), 0.1 .. 0.985
        {FAULT_CPU_HOG, API, -1, 0.5, 1, 0, 1 - 0.5 / 0.9, NAN},
        {FAULT_CPU_HOG, API, -1, 0.5, 1, 0.5, 1 - 0.5 / 1.15, NAN},
        {FAULT_CPU_HOG, API, -1, 0.5, 1, 1, 1 - 0.5 / 1.4, NAN},
        {FAULT_CPU_HOG, API, -1, 1.3, 1, 0.5, 0.1, NAN},
        {FAULT_CPU_HOG, API, -1, 0.001, 1, 0, 0.985, NAN},
        {FAULT_NOISY_NEIGHBOUR, DB, -1, 0.5, 1, 0.5, 1 - 0.5 / 1.15, NAN},
        // errors (0.08 + 0.25 s) / users who come by; slowdown (0.7 + 0.2 s) / load, 1.2 .. 8
        {FAULT_BAD_DEPLOY, API, -1, 0.5, 0.5, 0.5, 0.205 / 0.5, 1.6},
        {FAULT_BAD_DEPLOY, API, -1, 0.3, 3, 1, 0.33, 3},
        {FAULT_BAD_DEPLOY, API, -1, 0.9, 0.001, 0, 0.95, 1.2},
        {FAULT_BAD_DEPLOY, API, -1, 0.05, 1, 0, 0.08, 8},
        // (0.95 + 0.6 s) / load, 1.5 .. 60
        {FAULT_SLOW_DB, DB, -1, 0.5, 1, 0, 1.9, NAN},
        {FAULT_SLOW_DB, DB, -1, 0.5, 1, 0.5, 2.5, NAN},
        {FAULT_SLOW_DB, DB, -1, 0.5, 1, 1, 3.1, NAN},
        {FAULT_SLOW_DB, DB, -1, 0.9, 1, 0, 1.5, NAN},
        {FAULT_SLOW_DB, DB, -1, 0.015, 1, 0, 60, NAN},
        // trigger (2 + 2 s) / load, 3 .. 60; attempts 1.5 / load + 0.5 rounded down, 2 .. 12
        {FAULT_RETRY_STORM, DB, -1, 0.5, 1, 0, 4, 3},
        {FAULT_RETRY_STORM, DB, -1, 0.5, 1, 0.5, 6, 3},
        {FAULT_RETRY_STORM, DB, -1, 0.3, 1, 1, 4 / 0.3, 5},
        {FAULT_RETRY_STORM, DB, -1, 1.2, 1, 0, 3, 2},
        {FAULT_RETRY_STORM, DB, -1, 0.02, 1, 0, 60, 12},
        // (0.07 + 0.25 s) / (hits x users), hits 0.65 of the file
        {FAULT_CACHE_POISON, CACHE, -1, 0.5, 0.5, 0.5, 0.195 / 0.325, NAN},
        {FAULT_CACHE_POISON, CACHE, -1, 0.5, 9, 0, 0.07 / 0.65, NAN},
        {FAULT_CACHE_POISON, CACHE, -1, 0.5, 0.1, 1, 0.95, NAN},
        // shares and seconds of their own
        {FAULT_CRASH_LOOP, API, -1, 0.5, 1, 0, 0.5, NAN},
        {FAULT_CRASH_LOOP, API, -1, 0.5, 1, 1, 0.95, NAN},
        {FAULT_NETWORK_DELAY, DB, API_DB, 0.5, 1, 0, 0.15 * 0.5, NAN},
        {FAULT_NETWORK_DELAY, DB, API_DB, 0.5, 1, 1, 0.15 * 1.7, NAN},
        {FAULT_NETWORK_LOSS, DB, API_DB, 0.5, 1, 0, 0.15, NAN},
        {FAULT_NETWORK_LOSS, DB, API_DB, 0.5, 1, 1, 0.6, NAN},
    };
    bed b = open_default();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const strength_case *c = &cases[i];
        b.model->service[c->service].utilisation = c->load;
        b.model->service[c->service].visits = c->visits;
        scenario one = scenario_one(c->type, c->service, c->edge, 0, 9, c->severity);
        world_init(b.w, b.model, &one, 1);
        const fault_state *f = &b.w->fault[0];
        if (!(fabs(f->strength - c->strength) < 1e-12) ||
            (!isnan(c->second) && !(fabs(f->second - c->second) < 1e-12)))
            fail_msg("row %zu, %s: %.9g and %.9g, expected %.9g and %.9g", i, fault_name(c->type),
                     f->strength, f->second, c->strength, c->second);
    }
    bed_close(&b);
}

static fault_state scaled(bed *b, fault_type type, int service, double severity)
{
    scenario one = scenario_one(type, service, -1, 0, 9, severity);
    world_init(b->w, b->model, &one, 1);
    return b->w->fault[0];
}

// The memory that is left is gone after 80 ticks, at full severity after 20.
static void a_leak_is_as_fast_as_the_memory_left_allows(void **state)
{
    (void)state;
    bed b = open_default();
    b.model->service[API].memory = 0.4;
    assert_near(scaled(&b, FAULT_MEMORY_LEAK, API, 0).strength, 0.6 / 80, 1e-15);
    assert_near(scaled(&b, FAULT_MEMORY_LEAK, API, 0.5).strength, 0.6 / 50, 1e-15);
    assert_near(scaled(&b, FAULT_MEMORY_LEAK, API, 1).strength, 0.6 / 20, 1e-15);
    bed_close(&b);
}

// The busiest service decides: (1 + 0.25 s) / its load, 1.2 .. 20.
static void a_crowd_is_what_the_busiest_service_cannot_bear(void **state)
{
    (void)state;
    bed b = open_default();
    static const double busy[][2] = {{0.5, 2}, {0.95, 1.2}, {0.02, 20}, {0.001, 20}};
    for (int most = 0; most < SERVICES; most++)
        for (int i = 0; i < 4; i++) {
            for (int s = 0; s < SERVICES; s++)
                b.model->service[s].utilisation = s == most ? busy[i][0] : busy[i][0] / 2;
            assert_near(scaled(&b, FAULT_FLASH_CROWD, API, 0).strength, busy[i][1], 1e-12);
        }
    for (int s = 0; s < SERVICES; s++)
        b.model->service[s].utilisation = 0.5;
    assert_near(scaled(&b, FAULT_FLASH_CROWD, API, 1).strength, 2.5, 1e-12);
    bed_close(&b);
}

// The pool that is needed is visits x users x time held / workers; all but that leaks, in 57 ticks,
// at full severity in 12.
static void a_pool_leaks_until_the_rest_cannot_carry_the_load(void **state)
{
    (void)state;
    bed b = open_default();
    service_model *d = &b.model->service[DB];
    d->visits = 0.5;
    d->hold_s = 0.02;
    d->workers = 10;
    d->replicas = 3; // 0.5 x 300 x 0.02 / 30 = 0.1
    fault_state f = scaled(&b, FAULT_POOL_LEAK, DB, 0);
    assert_near(f.second, 0.9, 1e-12);
    assert_near(f.strength, 0.9 / 57, 1e-12);
    f = scaled(&b, FAULT_POOL_LEAK, DB, 0.5);
    assert_near(f.second, 1 - 0.1 / 1.2, 1e-12);
    assert_near(f.strength, f.second / 34.5, 1e-12);
    f = scaled(&b, FAULT_POOL_LEAK, DB, 1);
    assert_near(f.second, 1 - 0.1 / 1.4, 1e-12);
    assert_near(f.strength, f.second / 12, 1e-12);
    d->hold_s = 0.24; // more than there is
    assert_near(scaled(&b, FAULT_POOL_LEAK, DB, 0).second, 0.1, 1e-12);
    d->hold_s = 0.0002;
    assert_near(scaled(&b, FAULT_POOL_LEAK, DB, 0).second, 0.995, 1e-12);
    bed_close(&b);
}

// Behind the cache a load u at hit rate h grows to u (1 - h f) / (1 - h) when a share f is left:
// what is left makes it 0.9 + 0.3 s.
static void evictions_overload_the_busiest_service_behind_the_cache(void **state)
{
    (void)state;
    bed b = open_default();
    b.model->service[CACHE].hit_rate = 0.8;
    b.model->service[DB].utilisation = 0.3;
    b.model->service[CACHE].utilisation = 5; // not behind itself
    assert_near(scaled(&b, FAULT_CACHE_EVICT, CACHE, 0).strength, 0.5, 1e-12);
    assert_near(scaled(&b, FAULT_CACHE_EVICT, CACHE, 0.5).strength, 0.375, 1e-12);
    assert_near(scaled(&b, FAULT_CACHE_EVICT, CACHE, 1).strength, 0.25, 1e-12);
    b.model->service[DB].utilisation = 0.05; // too idle to be overloaded at all
    assert_near(scaled(&b, FAULT_CACHE_EVICT, CACHE, 0).strength, 0, 0);
    b.model->service[DB].utilisation = 0.95; // overloaded as it is: nothing need be evicted
    assert_near(scaled(&b, FAULT_CACHE_EVICT, CACHE, 0).strength, 1, 0);
    b.model->service[DB].utilisation = 0;
    assert_near(scaled(&b, FAULT_CACHE_EVICT, CACHE, 0).strength, 1, 0);
    b.model->service[DB].utilisation = 0.3;
    b.model->service[CACHE].hit_rate = 0;
    assert_near(scaled(&b, FAULT_CACHE_EVICT, CACHE, 0).strength, 1, 0);
    b.model->service[CACHE].hit_rate = 0.8;
    b.model->edge[API_CACHE].cache = CACHE; // of two callees the one overloaded first decides
    b.model->service[CACHE].utilisation = 0.4;
    assert_near(scaled(&b, FAULT_CACHE_EVICT, CACHE, 0).strength, 0.5, 1e-12);
    b.model->service[CACHE].utilisation = 0.2; // 0.3 of hits: (1 - 0.9) / 0.8
    assert_near(scaled(&b, FAULT_CACHE_EVICT, CACHE, 0).strength, 0.125, 1e-12);
    bed_close(&b);
}

// What faults do in a tick; they start at 10 and last 20.
static const effects *at(bed *b, int tick, int service)
{
    b->w->tick = tick;
    faults_apply(b->w, b->model);
    return &fleet_services(b->w, b->model)[service].now;
}

static void begin(bed *b, fault_type first, fault_type second, int service, int edge)
{
    scenario two = scenario_one(first, service, edge, 10, 20, 0.5);
    if (second != FAULT_NONE) {
        two.faults = 2;
        two.fault[1] = (fault){second, service, edge, 10, 20, 0, 0, 0.9};
    }
    world_init(b->w, b->model, &two, 3);
}

static void a_fault_acts_from_its_start_for_its_duration(void **state)
{
    (void)state;
    bed b = open_default();
    begin(&b, FAULT_CPU_HOG, FAULT_NONE, DB, -1);
    double taken = b.w->fault[0].strength;
    assert_near(at(&b, 9, DB)->lost, 0, 0);
    assert_near(at(&b, 10, DB)->lost, taken, 0);
    assert_near(at(&b, 10, API)->lost, 0, 0);
    assert_near(at(&b, 29, DB)->lost, taken, 0);
    assert_near(at(&b, 30, DB)->lost, 0, 0);
    b.w->fault[0].over = 1;
    assert_near(at(&b, 15, DB)->lost, 0, 0);
    bed_close(&b);
}

static void two_thieves_of_cpu_share_what_is_left(void **state)
{
    (void)state;
    bed b = open_default();
    begin(&b, FAULT_CPU_HOG, FAULT_NOISY_NEIGHBOUR, DB, -1);
    double hog = b.w->fault[0].strength, noisy = b.w->fault[1].strength;
    const effects *now = at(&b, 12, DB);
    assert_near(now->lost, 1 - (1 - hog) * (1 - noisy), 1e-15);
    assert_near(now->hog, hog, 0); // the neighbour's share is not seen
    begin(&b, FAULT_NOISY_NEIGHBOUR, FAULT_NONE, DB, -1);
    assert_near(at(&b, 12, DB)->hog, 0, 0);
    assert_near(at(&b, 12, DB)->lost, b.w->fault[0].strength, 0);
    bed_close(&b);
}

static void effects_of_the_same_kind_add_up(void **state)
{
    (void)state;
    bed b = open_default();
    const fault_state *f = b.w->fault;
    begin(&b, FAULT_MEMORY_LEAK, FAULT_MEMORY_LEAK, DB, -1);
    assert_near(at(&b, 12, DB)->leak, f[0].strength + f[1].strength, 1e-15);
    begin(&b, FAULT_BAD_DEPLOY, FAULT_BAD_DEPLOY, DB, -1);
    assert_near(at(&b, 12, DB)->errors, 1 - (1 - f[0].strength) * (1 - f[1].strength), 1e-15);
    assert_near(at(&b, 12, DB)->slow, f[0].second * f[1].second, 1e-12);
    begin(&b, FAULT_SLOW_DB, FAULT_SLOW_DB, DB, -1);
    assert_near(at(&b, 12, DB)->lock, f[0].strength * f[1].strength, 1e-12);
    begin(&b, FAULT_POOL_LEAK, FAULT_POOL_LEAK, DB, -1);
    assert_near(at(&b, 12, DB)->pool, f[0].strength + f[1].strength, 1e-15);
    assert_near(at(&b, 12, DB)->pool_most, f[1].second, 0);
    begin(&b, FAULT_FLASH_CROWD, FAULT_FLASH_CROWD, API, -1);
    at(&b, 12, API);
    assert_near(b.w->flash, f[0].strength * f[1].strength, 1e-12);
    at(&b, 30, API);
    assert_near(b.w->flash, 1, 0);
    begin(&b, FAULT_NETWORK_LOSS, FAULT_NETWORK_LOSS, DB, API_DB);
    at(&b, 12, DB);
    const edge_effects *e = &fleet_edges(b.w, b.model)[b.model->position[API_DB]].now;
    assert_near(e->loss, 1 - (1 - f[0].strength) * (1 - f[1].strength), 1e-15);
    assert_near(fleet_edges(b.w, b.model)[b.model->position[API_CACHE]].now.loss, 0, 0);
    at(&b, 30, DB);
    assert_near(e->loss, 0, 0);
    begin(&b, FAULT_NETWORK_DELAY, FAULT_NETWORK_DELAY, DB, API_DB);
    at(&b, 12, DB);
    assert_near(e->delay_s, f[0].strength + f[1].strength, 1e-15);
    begin(&b, FAULT_CACHE_POISON, FAULT_NONE, CACHE, -1);
    assert_near(at(&b, 12, CACHE)->poison, f[0].strength, 0);
    bed_close(&b);
}

static void a_new_version_goes_live_with_a_bad_deployment_or_a_harmless_one(void **state)
{
    (void)state;
    bed b = open_default();
    begin(&b, FAULT_BAD_DEPLOY, FAULT_NONE, DB, -1);
    fleet_service *fleet = fleet_services(b.w, b.model);
    int before = fleet[DB].live_since;
    assert_true(before < -400);
    at(&b, 9, DB);
    assert_int_equal(fleet[DB].live_since, before);
    at(&b, 10, DB);
    at(&b, 11, DB);
    assert_int_equal(fleet[DB].live_since, 10);
    scenario quiet = scenario_none();
    quiet.deploys = 2;
    quiet.deploy[0].service = API, quiet.deploy[0].tick = 4;
    quiet.deploy[1].service = CACHE, quiet.deploy[1].tick = 6;
    world_init(b.w, b.model, &quiet, 3);
    for (int t = 0; t < 9; t++)
        at(&b, t, API);
    assert_int_equal(fleet[API].live_since, 4);
    assert_int_equal(fleet[CACHE].live_since, 6);
    assert_true(fleet[DB].live_since < -400);
    begin(&b, FAULT_CRASH_LOOP, FAULT_NONE, DB, -1);
    at(&b, 10, DB);
    at(&b, 11, DB);
    assert_int_equal(fleet[DB].live_since, 10);
    bed_close(&b);
}

static void a_storm_is_triggered_for_its_duration_and_its_callers_stay_eager(void **state)
{
    (void)state;
    bed b = open_default();
    begin(&b, FAULT_RETRY_STORM, FAULT_NONE, DB, -1);
    const fault_state *f = b.w->fault;
    assert_int_equal(at(&b, 9, DB)->retries, 0);
    for (int t = 10; t < 60; t++) {
        const effects *now = at(&b, t, DB);
        assert_int_equal(now->retries, (int)f->second - 1);
        assert_near(now->lock, t < 30 ? f->strength : 1, 0);
    }
    bed_close(&b);
}

// Each replica added brings back four fifths of what is lost.
static void new_cache_replicas_hold_what_the_others_evict(void **state)
{
    (void)state;
    bed b = open_default();
    begin(&b, FAULT_CACHE_EVICT, FAULT_NONE, CACHE, -1);
    double kept = b.w->fault[0].strength;
    assert_true(kept < 0.9);
    fleet_service *s = &fleet_services(b.w, b.model)[CACHE];
    assert_near(at(&b, 12, CACHE)->evict, kept, 1e-15);
    s->replicas++;
    assert_near(at(&b, 12, CACHE)->evict, 1 - 0.2 * (1 - kept), 1e-15);
    s->replicas++;
    assert_near(at(&b, 12, CACHE)->evict, 1 - 0.04 * (1 - kept), 1e-15);
    s->replicas = 1;
    assert_near(at(&b, 12, CACHE)->evict, kept, 1e-15);
    bed_close(&b);
}

// Of 2 replicas 1.45 are down in the mean at severity 0.5, in blocks of four ticks; half the
// requests of those who crash are cut off in the first tick, 15 % later.
static void crashes_come_in_blocks_and_cut_off_what_was_in_flight(void **state)
{
    (void)state;
    enum { BLOCKS = 4000 };
    bed b = open_default();
    begin(&b, FAULT_CRASH_LOOP, FAULT_NONE, API, -1);
    b.w->fault[0].f.duration = 1 << 30;
    b.w->fault[0].f.start = 3;
    int sum = 0, held = 0;
    for (int t = 0; t < 4 * BLOCKS; t++) {
        const effects *now = at(&b, 3 + t, API);
        if (t % 4 == 0)
            held = now->down;
        assert_int_equal(now->down, held);
        assert_in_range(now->down, 1, 2);
        double share = now->down / 2.0;
        assert_near(now->kept, t % 4 == 0 ? 1 - share : 1, 1e-15);
        assert_near(now->broken, (t % 4 == 0 ? 0.5 : 0.15) * share, 1e-15);
        sum += now->down;
    }
    assert_near(sum / (4.0 * BLOCKS), 1.45, 0.03); // four standard errors
    assert_int_equal(at(&b, 2, API)->down, 0);
    fleet_services(b.w, b.model)[API].replicas = 1;
    for (int t = 0; t < 400; t++) // the only one is always down
        assert_int_equal(at(&b, 3 + t, API)->down, 1);
    bed_close(&b);
}

static void the_right_action_on_the_right_service_ends_a_fault_that_began(void **state)
{
    (void)state;
    bed b = open_default();
    static const struct {
        fault_type type;
        tend_action_kind by;
        bool ends;
    } rows[] = {
        {FAULT_CPU_HOG, TEND_RESTART, true},          {FAULT_CPU_HOG, TEND_ROLLBACK, false},
        {FAULT_BAD_DEPLOY, TEND_ROLLBACK, true},      {FAULT_BAD_DEPLOY, TEND_RESTART, false},
        {FAULT_SLOW_DB, TEND_RESTART, true},          {FAULT_CACHE_POISON, TEND_CLEAR_CACHE, true},
        {FAULT_CACHE_POISON, TEND_RESTART, true},     {FAULT_CACHE_EVICT, TEND_CLEAR_CACHE, false},
        {FAULT_NOISY_NEIGHBOUR, TEND_RESTART, false}, {FAULT_CRASH_LOOP, TEND_ROLLBACK, true},
        {FAULT_POOL_LEAK, TEND_RESTART, true},        {FAULT_MEMORY_LEAK, TEND_RESTART, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(&b, rows[i].type, FAULT_NONE, CACHE, -1);
        b.w->tick = 9;
        faults_mended(b.w, b.model, rows[i].by, CACHE);
        assert_int_equal(b.w->fault[0].over, 0);
        b.w->tick = 10;
        faults_mended(b.w, b.model, rows[i].by, API);
        assert_int_equal(b.w->fault[0].over, 0);
        faults_mended(b.w, b.model, rows[i].by, CACHE);
        if (b.w->fault[0].over != rows[i].ends)
            fail_msg("row %zu: %s", i, fault_name(rows[i].type));
    }
    bed_close(&b);
}

static void healing_takes_every_effect_away_at_once(void **state)
{
    (void)state;
    bed b = open_default();
    begin(&b, FAULT_SLOW_DB, FAULT_NETWORK_LOSS, DB, API_DB);
    at(&b, 12, DB);
    const fleet_edge *link = &fleet_edges(b.w, b.model)[b.model->position[API_DB]];
    assert_true(fleet_services(b.w, b.model)[DB].now.lock > 1 && link->now.loss > 0);
    faults_heal(b.w, b.model);
    assert_near(fleet_services(b.w, b.model)[DB].now.lock, 1, 0);
    assert_near(link->now.loss, 0, 0);
    assert_near(at(&b, 13, DB)->lock, 1, 0);
    assert_int_equal(b.w->faults, 0);
    bed_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strength_follows_severity_and_load),
        cmocka_unit_test(a_leak_is_as_fast_as_the_memory_left_allows),
        cmocka_unit_test(a_crowd_is_what_the_busiest_service_cannot_bear),
        cmocka_unit_test(a_pool_leaks_until_the_rest_cannot_carry_the_load),
        cmocka_unit_test(evictions_overload_the_busiest_service_behind_the_cache),
        cmocka_unit_test(a_fault_acts_from_its_start_for_its_duration),
        cmocka_unit_test(two_thieves_of_cpu_share_what_is_left),
        cmocka_unit_test(effects_of_the_same_kind_add_up),
        cmocka_unit_test(a_new_version_goes_live_with_a_bad_deployment_or_a_harmless_one),
        cmocka_unit_test(a_storm_is_triggered_for_its_duration_and_its_callers_stay_eager),
        cmocka_unit_test(new_cache_replicas_hold_what_the_others_evict),
        cmocka_unit_test(crashes_come_in_blocks_and_cut_off_what_was_in_flight),
        cmocka_unit_test(the_right_action_on_the_right_service_ends_a_fault_that_began),
        cmocka_unit_test(healing_takes_every_effect_away_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
