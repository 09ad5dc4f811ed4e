// SPDX-License-Identifier: GPL-3.0-or-later
// test_incident.c - when an incident opens, ages, is placed, splits and closes.
#include "support.h"

#include "agent/incident.h"

enum { CALM = 10, DB = 2, CACHE = 1 };

typedef struct stage {
    incident_state s;
    tend_obs obs;
    tend_suspect suspect[2];
    tend_frame frame;
} stage;

static void begin(stage *x)
{
    memset(x, 0, sizeof *x);
    incident_init(&x->s);
    x->obs.tick = -1;
    x->frame.obs = &x->obs;
    x->frame.causes.suspect = x->suspect;
}

static void tick(stage *x, bool alarm, bool breach)
{
    x->obs.tick++;
    x->obs.breach = breach;
    x->frame.findings.alarm = alarm;
    incident_follow(&x->s, CALM, &x->frame);
}

static void blame(stage *x, int service, double confidence)
{
    x->suspect[0] = (tend_suspect){.service = service, .edge = -1, .confidence = confidence};
    x->frame.causes.count = 1;
    x->frame.causes.onset = x->obs.tick - 3;
    incident_place(&x->s, &x->frame);
}

static void an_alarm_or_a_breach_opens_one_and_quiet_ticks_do_not(void **state)
{
    (void)state;
    for (int kind = 1; kind < 4; kind++) {
        stage x;
        begin(&x);
        for (int t = 0; t < 5; t++) {
            tick(&x, false, false);
            assert_int_equal(x.frame.incidents, 0);
        }
        tick(&x, kind & 1, kind & 2);
        assert_int_equal(x.frame.incidents, 1);
        assert_int_equal(x.frame.incident[0].id, 1);
        assert_int_equal(x.frame.incident[0].opened, 5);
        assert_int_equal(x.frame.incident[0].age, 0);
        assert_int_equal(x.frame.incident[0].service, -1);
        tick(&x, true, false);
        assert_int_equal(x.frame.incidents, 1);
        assert_int_equal(x.frame.incident[0].opened, 5);
        assert_int_equal(x.frame.incident[0].age, 1);
    }
}

static void it_closes_after_exactly_the_calm_ticks(void **state)
{
    (void)state;
    stage x;
    begin(&x);
    tick(&x, true, true);
    for (int t = 1; t < CALM; t++) {
        tick(&x, false, false);
        assert_int_equal(x.frame.incidents, 1);
        assert_int_equal(x.frame.incident[0].calm, t);
    }
    tick(&x, false, true); // a relapse starts the count again
    assert_int_equal(x.frame.incident[0].calm, 0);
    for (int t = 1; t < CALM; t++)
        tick(&x, false, false);
    assert_int_equal(x.frame.incidents, 1);
    tick(&x, false, false);
    assert_int_equal(x.frame.incidents, 0);
    tick(&x, true, false); // the next one is another
    assert_int_equal(x.frame.incident[0].id, 2);
    assert_int_equal(x.frame.incident[0].age, 0);
}

static void a_place_needs_a_sure_and_steady_diagnosis(void **state)
{
    (void)state;
    stage x;
    begin(&x);
    x.obs.tick = 9;
    for (int t = 0; t < 20; t++) {
        tick(&x, true, true);
        blame(&x, DB, INCIDENT_SURE - 0.01);
    }
    assert_int_equal(x.frame.incident[0].service, -1);
    assert_int_equal(x.frame.incident[0].onset, 7); // of the first diagnosis
    for (int t = 1; t <= INCIDENT_STEADY; t++) {
        assert_int_equal(x.frame.incident[0].service, -1);
        tick(&x, true, true);
        blame(&x, DB, INCIDENT_SURE);
    }
    assert_int_equal(x.frame.incident[0].service, DB);
    assert_int_equal(x.frame.incidents, 1);
}

static void steady(stage *x, int service, int ticks)
{
    for (int t = 0; t < ticks; t++) {
        tick(x, true, true);
        blame(x, service, 0.9);
    }
}

static void a_second_place_is_a_second_incident(void **state)
{
    (void)state;
    stage x;
    begin(&x);
    steady(&x, DB, INCIDENT_STEADY);
    steady(&x, CACHE, INCIDENT_STEADY - 1);
    assert_int_equal(x.frame.incidents, 1); // it may waver
    steady(&x, CACHE, 1);
    assert_int_equal(x.frame.incidents, 2);
    assert_int_equal(x.frame.incident[0].service, DB);
    assert_int_equal(x.frame.incident[1].service, CACHE);
    assert_int_equal(x.frame.incident[1].id, 2);
    assert_int_equal(x.frame.incident[1].opened, x.obs.tick);
    assert_int_equal(x.frame.incident[1].age, 0);
    steady(&x, DB, 2 * INCIDENT_STEADY); // and a known one is not a third
    assert_int_equal(x.frame.incidents, 2);
    assert_int_equal(x.frame.incident[1].age, 2 * INCIDENT_STEADY); // each has an age of its own
    assert_int_equal(x.frame.incident[0].age, 4 * INCIDENT_STEADY - 1);
    tick(&x, false, false); // both are as calm as the system is
    assert_int_equal(x.frame.incident[0].calm, 1);
    assert_int_equal(x.frame.incident[1].calm, 1);
}

static void what_we_touched_ourselves_is_no_second_fault(void **state)
{
    (void)state;
    tend_action actions[] = {{.name = "noop", .kind = TEND_NOOP, .service = -1, .edge = -1},
                             {.kind = TEND_CLEAR_CACHE, .service = CACHE, .edge = -1},
                             {.kind = TEND_LIFT, .service = -1, .edge = -1}};
    tend_system system = {.A = 3, .actions = actions};
    stage x;
    begin(&x);
    steady(&x, DB, INCIDENT_STEADY);
    x.frame.decision.action = 1;
    incident_note(&x.s, &system, &x.frame);
    assert_int_equal(x.frame.incident[0].actions, 1);
    x.frame.decision.action = 2; // a lift is no action of the incident
    x.frame.decision.escalated = true;
    incident_note(&x.s, &system, &x.frame);
    assert_int_equal(x.frame.incident[0].actions, 1);
    assert_true(x.frame.incident[0].escalated);
    steady(&x, CACHE, 3 * INCIDENT_STEADY);
    assert_int_equal(x.frame.incidents, 1);
    assert_true(x.frame.incident[0].escalated);
}

// an action counts for the incident at its target, else for the first; an escalation for all
static void each_of_two_incidents_counts_its_own_actions(void **state)
{
    (void)state;
    tend_action actions[] = {{.name = "noop", .kind = TEND_NOOP, .service = -1, .edge = -1},
                             {.kind = TEND_RESTART, .service = DB, .edge = -1},
                             {.kind = TEND_CLEAR_CACHE, .service = CACHE, .edge = -1},
                             {.kind = TEND_LIMIT, .service = -1, .edge = -1},
                             {.kind = TEND_RESTART, .service = 0, .edge = -1}};
    static const int taken[] = {2, 2, 1, 3, 4, 0, 2};
    tend_system system = {.A = 5, .actions = actions};
    stage x;
    begin(&x);
    steady(&x, DB, INCIDENT_STEADY);
    steady(&x, CACHE, INCIDENT_STEADY);
    assert_int_equal(x.frame.incidents, 2);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        x.frame.decision.action = taken[i];
        incident_note(&x.s, &system, &x.frame);
    }
    assert_int_equal(x.frame.incident[0].actions, 3); // restart of db, the limit, elsewhere
    assert_int_equal(x.frame.incident[1].actions, 3);
    assert_false(x.frame.incident[0].escalated || x.frame.incident[1].escalated);
    x.frame.decision.action = 0;
    x.frame.decision.escalated = true;
    incident_note(&x.s, &system, &x.frame);
    assert_true(x.frame.incident[0].escalated && x.frame.incident[1].escalated);
    assert_int_equal(x.frame.incident[1].actions, 3);
}

// A place is steady only while it is the same service and the same edge, and sure without a break.
static void a_diagnosis_that_wavers_places_nothing(void **state)
{
    (void)state;
    stage x;
    begin(&x);
    for (int t = 0; t < 40; t++) { // the edge into it and the service itself are two places
        tick(&x, true, true);
        blame(&x, DB, 0.9);
        if (t % 4 == 3) {
            x.suspect[0].edge = 1;
            incident_place(&x.s, &x.frame);
        }
    }
    assert_int_equal(x.frame.incident[0].service, -1);
    for (int t = 0; t < 40; t++) {
        tick(&x, true, true);
        blame(&x, DB, t % 5 == 4 ? 0.4 : 0.9);
    }
    assert_int_equal(x.frame.incident[0].service, -1);
    for (int t = 0; t < INCIDENT_STEADY; t++) {
        tick(&x, true, true);
        x.suspect[0] = (tend_suspect){.service = DB, .edge = 1, .confidence = 0.9};
        x.frame.causes.count = 1;
        incident_place(&x.s, &x.frame);
    }
    assert_int_equal(x.frame.incident[0].service, DB);
    assert_int_equal(x.frame.incident[0].edge, 1);
    // another edge into the same service is no second incident
    for (int t = 0; t < 2 * INCIDENT_STEADY; t++) {
        tick(&x, true, true);
        x.suspect[0].edge = 0;
        incident_place(&x.s, &x.frame);
    }
    assert_int_equal(x.frame.incidents, 1);
    assert_int_equal(x.frame.incident[0].edge, 1);
}

static void what_was_touched_is_forgotten_with_the_incident(void **state)
{
    (void)state;
    tend_action actions[] = {{.name = "noop", .kind = TEND_NOOP, .service = -1, .edge = -1},
                             {.kind = TEND_CLEAR_CACHE, .service = CACHE, .edge = -1}};
    tend_system system = {.A = 2, .actions = actions};
    stage x;
    begin(&x);
    x.frame.decision.action = 1;
    incident_note(&x.s, &system, &x.frame); // without an incident nothing is noted
    steady(&x, DB, INCIDENT_STEADY);
    steady(&x, CACHE, INCIDENT_STEADY);
    assert_int_equal(x.frame.incidents, 2);
    incident_note(&x.s, &system, &x.frame);
    for (int t = 0; t < CALM; t++)
        tick(&x, false, false);
    assert_int_equal(x.frame.incidents, 0);
    blame(&x, DB, 0.9); // a diagnosis without trouble opens nothing
    assert_int_equal(x.frame.incidents, 0);
    steady(&x, DB, INCIDENT_STEADY);
    assert_int_equal(x.frame.incident[0].id, 3);
    assert_int_equal(x.frame.incident[0].actions, 0);
    steady(&x, CACHE, INCIDENT_STEADY);
    assert_int_equal(x.frame.incidents, 2);
}

// The first 16 targets are kept; what is touched after them may open an incident.
static void targets_beyond_the_room_for_them_are_forgotten(void **state)
{
    (void)state;
    tend_action actions[INCIDENT_TOUCHED_MAX + 2] = {{.kind = TEND_NOOP, .service = -1}};
    tend_system system = {.A = INCIDENT_TOUCHED_MAX + 2, .actions = actions};
    stage x;
    begin(&x);
    for (int i = 1; i < system.A; i++)
        actions[i] = (tend_action){.kind = TEND_RESTART, .service = 10 + i, .edge = -1};
    steady(&x, DB, INCIDENT_STEADY);
    for (int i = 1; i < system.A; i++) {
        x.frame.decision.action = i;
        incident_note(&x.s, &system, &x.frame);
    }
    assert_int_equal(x.s.touched_count, INCIDENT_TOUCHED_MAX);
    steady(&x, 10 + INCIDENT_TOUCHED_MAX, INCIDENT_STEADY);
    assert_int_equal(x.frame.incidents, 1);
    steady(&x, 11 + INCIDENT_TOUCHED_MAX, INCIDENT_STEADY);
    assert_int_equal(x.frame.incidents, 2);
}

static void an_onset_in_the_first_tick_stays(void **state)
{
    (void)state;
    stage x;
    begin(&x);
    for (int t = 0; t < 3; t++) {
        tick(&x, true, true);
        x.suspect[0] = (tend_suspect){.service = DB, .edge = -1, .confidence = 0.9};
        x.frame.causes.count = 1;
        x.frame.causes.onset = t;
        incident_place(&x.s, &x.frame);
    }
    assert_int_equal(x.frame.incident[0].onset, 0);
}

// The first service is one like any other.
static void the_first_service_is_touched_and_counted_too(void **state)
{
    (void)state;
    tend_action actions[] = {{.name = "noop", .kind = TEND_NOOP, .service = -1, .edge = -1},
                             {.kind = TEND_RESTART, .service = 0, .edge = -1}};
    tend_system system = {.A = 2, .actions = actions};
    stage x;
    begin(&x);
    steady(&x, DB, INCIDENT_STEADY);
    x.frame.decision.action = 1;
    incident_note(&x.s, &system, &x.frame);
    assert_int_equal(x.frame.incident[0].actions, 1);
    steady(&x, 0, 2 * INCIDENT_STEADY);
    assert_int_equal(x.frame.incidents, 1); // touched
    begin(&x);
    steady(&x, DB, INCIDENT_STEADY);
    steady(&x, 0, INCIDENT_STEADY);
    assert_int_equal(x.frame.incidents, 2);
    x.frame.decision.action = 1;
    incident_note(&x.s, &system, &x.frame);
    assert_int_equal(x.frame.incident[0].actions, 0);
    assert_int_equal(x.frame.incident[1].actions, 1);
}

static void more_places_than_there_is_room_for_are_not_told_apart(void **state)
{
    (void)state;
    stage x;
    begin(&x);
    for (int place = 0; place < TEND_INCIDENTS_MAX + 3; place++)
        steady(&x, place, INCIDENT_STEADY);
    assert_int_equal(x.frame.incidents, TEND_INCIDENTS_MAX);
    assert_int_equal(x.frame.incident[TEND_INCIDENTS_MAX - 1].service, TEND_INCIDENTS_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alarm_or_a_breach_opens_one_and_quiet_ticks_do_not),
        cmocka_unit_test(it_closes_after_exactly_the_calm_ticks),
        cmocka_unit_test(a_place_needs_a_sure_and_steady_diagnosis),
        cmocka_unit_test(a_second_place_is_a_second_incident),
        cmocka_unit_test(what_we_touched_ourselves_is_no_second_fault),
        cmocka_unit_test(each_of_two_incidents_counts_its_own_actions),
        cmocka_unit_test(a_diagnosis_that_wavers_places_nothing),
        cmocka_unit_test(what_was_touched_is_forgotten_with_the_incident),
        cmocka_unit_test(targets_beyond_the_room_for_them_are_forgotten),
        cmocka_unit_test(an_onset_in_the_first_tick_stays),
        cmocka_unit_test(the_first_service_is_touched_and_counted_too),
        cmocka_unit_test(more_places_than_there_is_room_for_are_not_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
