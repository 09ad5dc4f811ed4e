// SPDX-License-Identifier: GPL-3.0-or-later
// test_tell_whom.c - of several that could be named the right one is, and what is no sign is not.
#include "tell_support.h"

// Front calls back and store: each is asked what it shows of the same trouble, then of another.
static void of_two_callees_the_one_that_shows_most_explains(void **state)
{
    (void)state;
    enum { LOUDER, RESTLESS, LINK, GONE, CASES };
    static const tend_edge fan[] = {{FRONT, BACK}, {FRONT, STORE}};
    for (int what = 0; what < CASES; what++)
        for (int worse = BACK; worse <= STORE; worse++) {
            telling t;
            telling_open(&t);
            memcpy(t.s->edge, fan, sizeof fan);
            int other = BACK + STORE - worse,
                signal = what == LINK ? SIGNAL_ERRORS : SIGNAL_LATENCY;
            scene_set(t.s, FRONT, signal, what == LINK ? 0 : 50, what == LINK ? 0.3 : 150);
            if (what == LOUDER) {
                scene_set(t.s, worse, SIGNAL_LATENCY, 50, 150);
                scene_set(t.s, other, SIGNAL_LATENCY, 50, 90);
            } else if (what == LINK) { // a slow call shows nothing of failures
                scene_set(t.s, worse, SIGNAL_ERRORS, 0, 0.3);
                scene_call(t.s, other == BACK ? 0 : 1, 0, 12, 90);
                scene_call(t.s, other == BACK ? 0 : 1, 1, 10, 10);
            } else {
                scene_ready(t.s, worse, 2, 0);
                if (what == GONE)
                    scene_set(t.s, other, SIGNAL_RESTARTS, 0, 0.4);
            }
            for (int i = 0; what == RESTLESS && i < ROWS; i++) // usually so, and a little more now
                *scene_cell(t.s, i, panel_cell(&t.s->p, other, SIGNAL_LATENCY)) =
                    (i % 2 ? 120 : 40) * (i < BEFORE ? 1 : 1.1);
            tell_of(&t, FRONT, BACK, STORE);
            const tend_evidence *e = told(&t, TEND_EVIDENCE_EXPLAINED, FRONT, signal);
            if (!e || e->other != worse)
                fail_msg("case %d: %d explains, not %d", what, e ? e->other : -1, worse);
            telling_close(&t);
        }
}

// Less than usual is no sign of a fault, what callees explain is no impact, nor is noise.
static void what_is_less_or_not_its_own_does_not_speak_for_it(void **state)
{
    (void)state;
    static const struct {
        double back, store, cpu; // ms, share
        bool impact;
    } rows[] = {{150, 50, 0.3, true},
                {57, 50, 0.3, false},
                {150, 150, 0.3, false},
                {150, 50, 0.05, true},
                {50, 50, 0.05, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        telling t;
        telling_open(&t);
        scene_set(t.s, BACK, SIGNAL_LATENCY, 50, rows[i].back);
        scene_set(t.s, STORE, SIGNAL_LATENCY, 50, rows[i].store);
        scene_set(t.s, BACK, SIGNAL_CPU, 0.3, rows[i].cpu);
        tell_of(&t, BACK, STORE, FRONT);
        assert_int_equal(told(&t, TEND_EVIDENCE_IMPACT, BACK, SIGNAL_LATENCY) != NULL,
                         rows[i].impact);
        assert_null(told(&t, TEND_EVIDENCE_DEVIATION, BACK, SIGNAL_CPU));
        scene_set(t.s, FRONT, SIGNAL_REQUESTS, 10, i % 2 ? 3 : 30); // users who stay away are none
        tell_of(&t, BACK, STORE, FRONT);
        assert_int_equal(told(&t, TEND_EVIDENCE_DEVIATION, FRONT, SIGNAL_REQUESTS) != NULL,
                         i % 2 == 0);
        telling_close(&t);
    }
}

// A call that nobody times shows no gap, though it be suspected.
static void a_suspected_call_shows_its_gap_where_it_is_timed(void **state)
{
    (void)state;
    for (int timed = 0; timed < 2; timed++) {
        telling t;
        telling_open(&t);
        if (timed) {
            scene_call(t.s, BACK_STORE, 0, 12, 52);
            scene_call(t.s, BACK_STORE, 1, 10, 10);
        }
        const tend_suspect list[] = {{STORE, BACK_STORE, -1, TEND_FAMILY_NETWORK, 0.5}};
        scene_measure(t.s);
        const tell_look look = {t.s->x, &t.s->p, list, 1, NULL};
        t.count = tell(&look, t.e);
        assert_int_equal(told(&t, TEND_EVIDENCE_EDGE_GAP, STORE, -1) != NULL, timed);
        telling_close(&t);
    }
}

// Failures of its own are its own, though a callee explains that it is slow.
static void what_one_callee_explains_is_not_all(void **state)
{
    (void)state;
    for (int fails = 0; fails < 2; fails++) {
        telling t;
        telling_open(&t);
        scene_set(t.s, BACK, SIGNAL_LATENCY, 50, 150);
        scene_set(t.s, STORE, SIGNAL_LATENCY, 50, 150);
        scene_set(t.s, BACK, SIGNAL_ERRORS, 0, fails ? 0.4 : 0);
        tell_of(&t, STORE, BACK, FRONT);
        assert_int_equal(told(&t, TEND_EVIDENCE_NOTHING_OWN, BACK, -1) != NULL, !fails);
        telling_close(&t);
    }
}

// The first is held against the earliest of the others that are told of, they against the first.
static void who_stood_out_later_is_told_beside_whom(void **state)
{
    (void)state;
    telling t;
    telling_open(&t);
    jump(&t, FRONT, 6);
    jump(&t, BACK, 4);
    jump(&t, STORE, 1);
    for (int back = 0; back < 2; back++) {
        tell_of(&t, FRONT, back ? BACK : STORE, back ? STORE : BACK);
        const tend_evidence *e = told(&t, TEND_EVIDENCE_LATER, FRONT, -1);
        expect(e, true, 5, ONSET + 1, NAN);
        assert_int_equal(e->other, STORE);
    }
    tell_of(&t, BACK, FRONT, STORE);
    const tend_evidence *e = told(&t, TEND_EVIDENCE_LATER, FRONT, -1);
    expect(e, true, 2, ONSET + 4, NAN); // than the first, though the third was earlier
    assert_int_equal(e->other, BACK);
    telling_close(&t);
    scene *s = scene_open(4, 0, NULL);
    for (int v = 0; v < 4; v++)
        scene_set(s, v, SIGNAL_LATENCY, 50, v ? 50 : 150);
    for (int i = BEFORE - 2; i < ROWS; i++)
        *scene_cell(s, i, panel_cell(&s->p, 3, SIGNAL_LATENCY)) = 150;
    scene_measure(s);
    for (int third = 0; third < 2; third++) { // of a fourth nothing is told
        tend_suspect list[4];
        for (int i = 0; i < 4; i++)
            list[i] = (tend_suspect){i, -1, -1, TEND_FAMILY_UNKNOWN, 0.25};
        list[3].service = third ? 2 : 3;
        list[2].service = third ? 3 : 2;
        const tell_look look = {s->x, &s->p, list, 4, NULL};
        t.count = tell(&look, t.e);
        assert_int_equal(told(&t, TEND_EVIDENCE_LATER, 0, -1) != NULL, third);
    }
    scene_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_two_callees_the_one_that_shows_most_explains),
        cmocka_unit_test(what_is_less_or_not_its_own_does_not_speak_for_it),
        cmocka_unit_test(a_suspected_call_shows_its_gap_where_it_is_timed),
        cmocka_unit_test(what_one_callee_explains_is_not_all),
        cmocka_unit_test(who_stood_out_later_is_told_beside_whom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
