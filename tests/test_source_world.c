// SPDX-License-Identifier: GPL-3.0-or-later
// test_source_world.c - what a simulated world tells of the actions it was sent.
#include "world_support.h"

#include "edge/actuator_world.h"
#include "edge/source_world.h"

typedef struct shop {
    bed b;
    tend_sim_setup setup;
    tend_sim *sim;
    tend_obs obs;
} shop;

static void shop_open(shop *s)
{
    scenario quiet = scenario_none();
    s->b = bed_of_file("examples/systems/default.json");
    s->sim = bed_sim(&s->b, 400, &s->setup);
    sim_begin(s->sim, &quiet, 7);
}

static void shop_close(shop *s)
{
    tend_sim_close(s->sim);
    bed_close(&s->b);
}

static const tend_receipt *shop_tick(shop *s)
{
    tend_source from = source_world(s->sim);
    assert_int_equal(from.next(from.self, &s->obs, NULL), TEND_OK);
    return s->obs.receipt;
}

static int shop_send(shop *s, const char *name)
{
    tend_actuator to = actuator_world(s->sim);
    for (int a = 0; a < s->b.system->A; a++)
        if (strcmp(s->b.system->actions[a].name, name) == 0) {
            tend_decision d = {.action = a, .tick = s->obs.tick};
            assert_int_equal(to.apply(to.self, &d, NULL), TEND_OK);
            return a;
        }
    fail_msg("no action %s", name);
    return -1;
}

static void a_restart_is_started_until_it_is_done_and_told_once(void **state)
{
    (void)state;
    shop s;
    shop_open(&s);
    shop_tick(&s);
    assert_int_equal(s.obs.receipts, 0);
    int64_t sent = s.obs.tick;
    int restart = shop_send(&s, "restart(db)"), started = 0;
    while (shop_tick(&s)->state == TEND_RECEIPT_STARTED) {
        assert_int_equal(s.obs.receipts, 1);
        assert_int_equal(s.obs.receipt->id, sent);
        assert_int_equal(s.obs.receipt->action, restart);
        assert_true(s.obs.ready[tend_system_service(s.b.system, "db")] <
                    s.b.system->services[tend_system_service(s.b.system, "db")].replicas);
        started++;
    }
    assert_true(started >= 1);
    assert_int_equal(s.obs.receipt->state, TEND_RECEIPT_DONE);
    shop_tick(&s);
    assert_int_equal(s.obs.receipts, 0);
    shop_close(&s);
}

static void what_cannot_be_done_now_is_refused(void **state)
{
    (void)state;
    static const char *const second[] = {"restart(db)", "rollback(db)"};
    for (int i = 0; i < 2; i++) {
        shop s;
        shop_open(&s);
        shop_tick(&s);
        shop_send(&s, "restart(db)");
        shop_tick(&s);
        int sent = shop_send(&s, second[i]);
        shop_tick(&s);
        assert_int_equal(s.obs.receipts, 2);
        assert_int_equal(s.obs.receipt[0].state, TEND_RECEIPT_STARTED);
        assert_int_equal(s.obs.receipt[1].action, sent);
        assert_int_equal(s.obs.receipt[1].state, TEND_RECEIPT_REFUSED);
        shop_tick(&s); // once
        assert_int_equal(s.obs.receipts, 1);
        shop_close(&s);
    }
}

static void replicas_beyond_the_bounds_are_refused(void **state)
{
    (void)state;
    static const char *const kinds[] = {"scale(api,+1)", "scale(api,-1)"};
    for (int i = 0; i < 2; i++) {
        shop s;
        shop_open(&s);
        const tend_service *api = &s.b.system->services[tend_system_service(s.b.system, "api")];
        int room = i ? api->replicas - api->least_replicas : api->most_replicas - api->replicas;
        for (int sent = 0; sent <= room; sent++) {
            shop_tick(&s);
            shop_send(&s, kinds[i]);
        }
        shop_tick(&s);
        const tend_receipt *last = &s.obs.receipt[s.obs.receipts - 1];
        assert_int_equal(last->state, TEND_RECEIPT_REFUSED);
        for (int r = 0; r + 1 < s.obs.receipts; r++)
            assert_int_not_equal(s.obs.receipt[r].state, TEND_RECEIPT_REFUSED);
        shop_close(&s);
    }
}

static void what_takes_no_time_is_done_at_the_next_tick(void **state)
{
    (void)state;
    static const char *const at_once[] = {"clear_cache(cache)", "limit", "scale(api,-1)"};
    for (int i = 0; i < 3; i++) {
        shop s;
        shop_open(&s);
        shop_tick(&s);
        shop_send(&s, "scale(api,+1)"); // so that there is one to take away
        while (shop_tick(&s)->state != TEND_RECEIPT_DONE)
            ;
        shop_send(&s, at_once[i]);
        assert_int_equal(shop_tick(&s)->state, TEND_RECEIPT_DONE);
        assert_int_equal(s.obs.receipts, 1);
        shop_close(&s);
    }
}

static void users_come_back_in_steps_after_a_lift(void **state)
{
    (void)state;
    shop s;
    shop_open(&s);
    shop_tick(&s);
    shop_send(&s, "limit");
    shop_tick(&s);
    assert_true(s.obs.refused > 0.4);
    shop_send(&s, "lift");
    int ticks = 0;
    while (shop_tick(&s)->state == TEND_RECEIPT_STARTED || s.obs.receipts > 1)
        ticks++;
    assert_int_equal(s.obs.receipt->state, TEND_RECEIPT_DONE);
    assert_between(ticks, 2, 8); // from a half to all, a tenth at a time
    shop_close(&s);
}

// Structs have holes; what lies in those of a scenario must not come into what is hashed and saved.
static void what_lies_between_the_members_of_a_fault_is_left_behind(void **state)
{
    (void)state;
    shop s;
    scenario clean = scenario_one(FAULT_SLOW_DB, 2, -1, 3, 50, 0.5), dirty;
    shop_open(&s);
    size_t size = tend_sim_state_size(&s.setup);
    unsigned char *saved = malloc(2 * size);
    assert_non_null(saved);
    memset(&dirty, 0xA5, sizeof dirty);
    memcpy(dirty.name, clean.name, sizeof dirty.name);
    dirty.faults = 1;
    dirty.crowd = dirty.deploys = 0;
    memset(dirty.deploy, 0, sizeof dirty.deploy);
    dirty.fault[0].type = FAULT_SLOW_DB;
    dirty.fault[0].service = 2;
    dirty.fault[0].edge = -1;
    dirty.fault[0].start = 3;
    dirty.fault[0].duration = 50;
    dirty.fault[0].ramp = dirty.fault[0].flap = 0;
    dirty.fault[0].severity = 0.5;
    for (int i = 0; i < 2; i++) {
        sim_begin(s.sim, i ? &dirty : &clean, 7);
        for (int t = 0; t < 10; t++)
            shop_tick(&s);
        tend_sim_save(s.sim, saved + (size_t)i * size);
    }
    assert_memory_equal(saved, saved + size, size);
    free(saved);
    shop_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_is_started_until_it_is_done_and_told_once),
        cmocka_unit_test(what_cannot_be_done_now_is_refused),
        cmocka_unit_test(replicas_beyond_the_bounds_are_refused),
        cmocka_unit_test(what_takes_no_time_is_done_at_the_next_tick),
        cmocka_unit_test(users_come_back_in_steps_after_a_lift),
        cmocka_unit_test(what_lies_between_the_members_of_a_fault_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
