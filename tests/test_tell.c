// SPDX-License-Identifier: GPL-3.0-or-later
// test_tell.c - for and against the first suspects: each reason where it holds, and not beside it.
#include "tell_support.h"

static void lost_replicas_speak_for_who_lost_them(void **state)
{
    (void)state;
    static const struct {
        double ready; // of 10; a tenth is three sigmas
        bool told;
    } rows[] = {{10, false}, {9, false}, {8, true}, {0, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        telling t;
        telling_open(&t);
        scene_ready(t.s, STORE, 10, rows[i].ready);
        tell_of(&t, STORE, BACK, FRONT);
        const tend_evidence *e = told(&t, TEND_EVIDENCE_REPLICAS, STORE, -1);
        assert_int_equal(e != NULL, rows[i].told);
        if (e)
            expect(e, false, rows[i].ready, 10, 30 * (1 - rows[i].ready / 10));
        assert_null(told(&t, TEND_EVIDENCE_REPLICAS, BACK, -1));
        telling_close(&t);
    }
}

static int deviations(const telling *t, int service)
{
    int count = 0;
    for (int i = 0; i < t->count; i++)
        count += t->e[i].kind == TEND_EVIDENCE_DEVIATION && t->e[i].service == service;
    return count;
}

// Of those that are usual the loudest three; a crowd at the entry beside them.
static void a_suspect_shows_its_loudest_and_the_entry_its_crowd(void **state)
{
    (void)state;
    telling t;
    telling_open(&t);
    for (int v = 0; v < SERVICES; v++) {
        scene_set(t.s, v, SIGNAL_LATENCY, 50, 500);
        scene_set(t.s, v, SIGNAL_MEMORY, 0.4, 0.5);
        scene_set(t.s, v, SIGNAL_SATURATION, 0.2, 0.9);
        scene_set(t.s, v, SIGNAL_ERRORS, 0, 0.4);
        scene_set(t.s, v, SIGNAL_REQUESTS, 10, 20);
    }
    tell_of(&t, FRONT, BACK, STORE);
    const service_evidence *of = evidence_services(t.s->x);
    assert_int_equal(deviations(&t, FRONT), 4);
    assert_int_equal(deviations(&t, BACK), 3);
    expect(told(&t, TEND_EVIDENCE_DEVIATION, FRONT, SIGNAL_REQUESTS), false, 20, 10,
           of[FRONT].of[CHANNEL_REQUESTS].z);
    assert_null(told(&t, TEND_EVIDENCE_DEVIATION, BACK, SIGNAL_REQUESTS));
    assert_null(told(&t, TEND_EVIDENCE_DEVIATION, BACK, SIGNAL_MEMORY)); // the faintest
    assert_non_null(told(&t, TEND_EVIDENCE_DEVIATION, BACK, SIGNAL_ERRORS));
    scene_set(t.s, STORE, SIGNAL_RESTARTS, 0, 1); // rare enough to be told in any case
    tell_of(&t, STORE, BACK, FRONT);
    assert_int_equal(deviations(&t, STORE), 4);
    telling_close(&t);
}

// Latency and failures of a caller, each by the callee that shows as much.
static void what_a_callee_explains_speaks_against_its_caller(void **state)
{
    (void)state;
    for (int errors = 0; errors <= 1; errors++) {
        int signal = errors ? SIGNAL_ERRORS : SIGNAL_LATENCY;
        evidence_channel channel = errors ? CHANNEL_ERRORS : CHANNEL_LATENCY;
        telling t;
        telling_open(&t);
        scene_set(t.s, STORE, signal, errors ? 0 : 50, errors ? 0.3 : 150);
        scene_set(t.s, BACK, signal, errors ? 0 : 50, errors ? 0.3 : 150);
        tell_of(&t, BACK, STORE, FRONT);
        const service_evidence *of = evidence_services(t.s->x);
        const channel_evidence *at = &of[BACK].of[channel];
        const tend_evidence *e = told(&t, TEND_EVIDENCE_EXPLAINED, BACK, signal);
        double left = fmin(at->own, (1 - of[BACK].explained[errors]) * at->impact);
        expect(e, true, fmax(0, left), at->impact, at->z);
        assert_int_equal(e->other, STORE);
        assert_true(e->value < 0.5 * e->reference);
        assert_int_equal(e->tick, ONSET);
        assert_null(told(&t, TEND_EVIDENCE_EXPLAINED, STORE, -1));
        assert_null(told(&t, TEND_EVIDENCE_EXPLAINED, FRONT, -1));
        scene_set(t.s, STORE, signal, errors ? 0 : 50, errors ? 0 : 50); // all its own
        tell_of(&t, BACK, STORE, FRONT);
        assert_null(told(&t, TEND_EVIDENCE_EXPLAINED, BACK, -1));
        telling_close(&t);
    }
}

// A callee that is gone explains what its own metrics do not show.
static void a_callee_that_is_gone_explains_too(void **state)
{
    (void)state;
    telling t;
    telling_open(&t);
    scene_set(t.s, BACK, SIGNAL_LATENCY, 50, 150);
    scene_ready(t.s, STORE, 2, 0);
    tell_of(&t, STORE, BACK, FRONT);
    const tend_evidence *e = told(&t, TEND_EVIDENCE_EXPLAINED, BACK, SIGNAL_LATENCY);
    assert_non_null(e);
    assert_int_equal(e->other, STORE);
    telling_close(&t);
}

static void resources_that_are_usual_speak_against_who_is_slow(void **state)
{
    (void)state;
    static const struct {
        int signal;
        double before, slow, now; // latency before is 50
        double requests;          // before: 10
        bool told;
    } rows[] = {{SIGNAL_CPU, 0.3, 100, 0.3, 10, true},
                {SIGNAL_CPU, 0.3, 100, 0.33, 10, true},
                {SIGNAL_CPU, 0.3, 100, 0.4, 10, false},
                {SIGNAL_CPU, 0.3, 100, 0.2, 10, false}, // below
                {SIGNAL_CPU, 0.3, 100, 0.6, 20, false}, // what load explains is not usual
                {SIGNAL_CPU, 0.3, 52, 0.3, 10, false},  // it is not slow
                {SIGNAL_MEMORY, 0.4, 100, 0.4, 10, true},
                {SIGNAL_MEMORY, 0.4, 100, 0.5, 10, false},
                {SIGNAL_SATURATION, 0.2, 100, 0.2, 10, true},
                {SIGNAL_SATURATION, 0.2, 100, 0.3, 10, false},
                {SIGNAL_SATURATION, 0.2, 100, NAN, 10, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        telling t;
        telling_open(&t);
        scene_set(t.s, BACK, SIGNAL_LATENCY, 50, rows[i].slow);
        scene_set(t.s, BACK, SIGNAL_REQUESTS, 10, rows[i].requests);
        scene_set(t.s, BACK, rows[i].signal, rows[i].before, rows[i].now);
        tell_of(&t, STORE, BACK, FRONT);
        const tend_evidence *e = told(&t, TEND_EVIDENCE_USUAL, BACK, rows[i].signal);
        if ((e != NULL) != rows[i].told)
            fail_msg("row %zu: told %d", i, e != NULL);
        if (e)
            expect(e, true, rows[i].now, rows[i].before, sigmas(&t, BACK, rows[i].signal));
        telling_close(&t);
    }
}

static void who_has_nothing_of_its_own_is_told(void **state)
{
    (void)state;
    enum { PLAIN, CPU, DEPLOYED, GONE, ECHO, OWN, CROWD, LOAD };
    static const struct {
        int what, service;
        bool told;
    } rows[] = {{PLAIN, BACK, true},   {CPU, BACK, false}, {DEPLOYED, BACK, false},
                {GONE, BACK, false},   {ECHO, BACK, true}, {OWN, BACK, false},
                {CROWD, FRONT, false}, {LOAD, BACK, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        telling t;
        int what = rows[i].what, v = rows[i].service;
        telling_open(&t);
        scene_set(t.s, v, SIGNAL_CPU, 0.3, what == CPU ? 0.35 : 0.32);
        scene_set(t.s, v, SIGNAL_LATENCY, 50, what == ECHO || what == OWN ? 150 : 50);
        scene_set(t.s, STORE, SIGNAL_LATENCY, 50, what == ECHO ? 150 : 50);
        scene_set(t.s, v, SIGNAL_REQUESTS, 10, what == CROWD || what == LOAD ? 30 : 10);
        scene_ready(t.s, v, 2, what == GONE ? 1 : 2);
        t.s->deploy_age[v] = what == DEPLOYED ? AFTER - 1 : NAN;
        tell_of(&t, STORE, v, v == BACK ? FRONT : BACK);
        const tend_evidence *e = told(&t, TEND_EVIDENCE_NOTHING_OWN, v, -1);
        if ((e != NULL) != rows[i].told)
            fail_msg("row %zu: told %d", i, e != NULL);
        if (what == PLAIN)
            expect(e, true, sigmas(&t, BACK, SIGNAL_CPU), EVIDENCE_ODD, 0);
        telling_close(&t);
    }
}

static void who_stood_out_later_is_told_with_both_ticks(void **state)
{
    (void)state;
    telling t;
    telling_open(&t);
    jump(&t, STORE, 1);
    jump(&t, BACK, 5);
    tell_of(&t, STORE, BACK, FRONT);
    const tend_evidence *e = told(&t, TEND_EVIDENCE_LATER, BACK, -1);
    expect(e, true, 4, ONSET + 1, NAN);
    assert_int_equal(e->other, STORE);
    assert_int_equal(e->tick, ONSET + 5);
    assert_null(told(&t, TEND_EVIDENCE_LATER, STORE, -1));
    assert_null(told(&t, TEND_EVIDENCE_LATER, FRONT, -1)); // it never did
    tell_of(&t, BACK, FRONT, STORE);                       // a first that was not first
    e = told(&t, TEND_EVIDENCE_LATER, BACK, -1);
    expect(e, true, 4, ONSET + 1, NAN);
    assert_int_equal(e->other, STORE);
    assert_null(told(&t, TEND_EVIDENCE_LATER, STORE, -1));
    telling_close(&t);
    telling_open(&t);
    jump(&t, STORE, 3);
    jump(&t, BACK, 3);
    tell_of(&t, STORE, BACK, FRONT);
    assert_null(told(&t, TEND_EVIDENCE_LATER, BACK, -1));
    telling_close(&t);
}

// Since the onset; what was over before it explains nothing.
static void what_was_done_is_told_of_its_target_alone(void **state)
{
    (void)state;
    static const struct {
        int64_t from, until;
        bool told;
    } rows[] = {{-1, -1, false},
                {ONSET - 9, ONSET - 1, false},
                {ONSET - 9, ONSET, true},
                {ONSET - 9, -1, true},
                {ONSET + 4, ONSET + 6, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        telling t;
        telling_open(&t);
        t.ours = malloc(own_size(SERVICES));
        assert_non_null(t.ours);
        own_init(t.ours, SERVICES, ROWS);
        own_deed *d = (own_deed *)(uintptr_t)own_deeds(t.ours);
        d[BACK].action = 7;
        d[BACK].from = rows[i].from;
        d[BACK].until = rows[i].until;
        d[BACK].held = 3;
        d[BACK].low = 1;
        tell_of(&t, STORE, BACK, FRONT);
        const tend_evidence *e = told(&t, TEND_EVIDENCE_DONE, BACK, -1);
        assert_int_equal(e != NULL, rows[i].told);
        assert_null(told(&t, TEND_EVIDENCE_DONE, STORE, -1));
        if (e) {
            expect(e, true, 1, 3, NAN);
            assert_int_equal(e->action, 7);
            assert_int_equal(e->tick, rows[i].from);
        }
        d[STORE].fewer = 1; // a replica that was taken away
        d[STORE].fewer_at = rows[i].from;
        tell_of(&t, STORE, BACK, FRONT);
        e = told(&t, TEND_EVIDENCE_DONE, STORE, -1);
        assert_int_equal(e != NULL, rows[i].from >= ONSET);
        if (e)
            expect(e, true, 1, 2, NAN);
        telling_close(&t);
    }
}

// Each of three is told of, what speaks for first, and no list is longer than its room.
static void three_are_told_of_and_no_more_than_there_is_room_for(void **state)
{
    (void)state;
    telling t;
    telling_open(&t);
    jump(&t, STORE, 0);
    jump(&t, BACK, 2);
    jump(&t, FRONT, 4);
    tell_of(&t, STORE, BACK, FRONT);
    assert_int_equal(t.e[0].kind, TEND_EVIDENCE_ONSET);
    assert_int_equal(t.e[0].tick, ONSET);
    bool against[SERVICES] = {false}, any = false;
    for (int i = 0; i < t.count; i++) {
        assert_true(t.e[i].against || !any);
        any = t.e[i].against;
        against[t.e[i].service] |= any;
    }
    for (int v = 0; v < SERVICES; v++)
        assert_true(against[v]);
    tend_suspect many[100];
    for (int i = 0; i < 100; i++)
        many[i] = (tend_suspect){i % 2 ? BACK : FRONT, -1, -1, TEND_FAMILY_UNKNOWN, 0.01};
    const tell_look look = {t.s->x, &t.s->p, many, 100, NULL};
    tend_evidence room[TEND_EVIDENCE_MAX + 1];
    memset(room, 0xA5, sizeof room);
    assert_int_equal(tell(&look, room), TEND_EVIDENCE_MAX);
    for (size_t i = 0; i < sizeof *room; i++)
        assert_int_equal(((unsigned char *)&room[TEND_EVIDENCE_MAX])[i], 0xA5);
    const tell_look nobody = {t.s->x, &t.s->p, many, 0, NULL};
    assert_int_equal(tell(&nobody, room), 0);
    telling_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_replicas_speak_for_who_lost_them),
        cmocka_unit_test(a_suspect_shows_its_loudest_and_the_entry_its_crowd),
        cmocka_unit_test(what_a_callee_explains_speaks_against_its_caller),
        cmocka_unit_test(a_callee_that_is_gone_explains_too),
        cmocka_unit_test(resources_that_are_usual_speak_against_who_is_slow),
        cmocka_unit_test(who_has_nothing_of_its_own_is_told),
        cmocka_unit_test(who_stood_out_later_is_told_with_both_ticks),
        cmocka_unit_test(what_was_done_is_told_of_its_target_alone),
        cmocka_unit_test(three_are_told_of_and_no_more_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
