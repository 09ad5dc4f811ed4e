// SPDX-License-Identifier: GPL-3.0-or-later
// test_onset.c - where a window begins when its usual rows are of another day: what changed between
// the days is no incident as long as users were well.
#include "window_support.h"

#include "cases/onset.h"

enum { OWN = 2, FRESH = BEFORE - OWN };

static double wobble(int i)
{
    return 1 + 0.02 * ((i * 7) % 5 - 2);
}

// A column at one level, at another from the row `from` on.
static int shift(bench *b, int service, metric_role role, double before, double after, int from)
{
    int c = of(b, service, role, 0, 0);
    for (int t = 0; t < ROWS; t++)
        b->value[c][t] = (t < from ? before : after) * wobble(t + c);
    return c;
}

// Store is slow from the incident's own first row on; front, where users come in, from `ill` on.
static void another_day(bench *b, int ill)
{
    begin(b);
    b->w.fresh = FRESH;
    shift(b, STORE, METRIC_LATENCY, 20, 60, FRESH);
    shift(b, STORE, METRIC_CPU, 0.2, 0.6, FRESH);
    shift(b, BACK, METRIC_CPU, 0.2, 0.6, BEFORE);
    shift(b, FRONT, METRIC_LATENCY, 80, 240, ill);
}

static int onset(const bench *b)
{
    rank_result *r = result_of(b);
    int at = r->onset;

    rank_free(r);
    return at;
}

static void what_changed_overnight_is_no_onset_while_users_were_well(void **state)
{
    (void)state;
    bench b;
    another_day(&b, BEFORE);
    assert_int_equal(onset(&b), BEFORE);
    b.w.fresh = 0; // one file: levels change when they change
    assert_true(onset(&b) < BEFORE);
}

static void users_who_suffered_before_the_alarm_move_the_onset(void **state)
{
    (void)state;
    for (int ill = FRESH; ill < BEFORE; ill++) {
        bench b;
        another_day(&b, ill);
        assert_true(onset(&b) < BEFORE);
    }
    bench b; // failures count like latency does
    another_day(&b, BEFORE);
    shift(&b, -1, METRIC_AVAILABILITY, 0.98, 0.5, FRESH);
    assert_true(onset(&b) < BEFORE);
}

static void where_nothing_is_known_of_users_the_rows_decide(void **state)
{
    (void)state;
    bench b;
    another_day(&b, BEFORE);
    b.column[b.w.columns - 1].role = METRIC_MEMORY;
    assert_true(onset(&b) < BEFORE);
    another_day(&b, BEFORE); // known now, and not of the usual day
    for (int t = 0; t < FRESH; t++)
        b.value[b.w.columns - 1][t] = (double)NAN;
    assert_true(onset(&b) < BEFORE);
}

static void the_symptom_is_looked_for_where_it_was_noticed(void **state)
{
    (void)state;
    bench b;
    another_day(&b, BEFORE);
    b.w.target_service = STORE; // who called was slow from the first row on
    assert_true(onset(&b) < BEFORE);
    b.w.target_service = FRONT;
    assert_int_equal(onset(&b), BEFORE);
}

// A hair more of what never moves is no trouble, and who is faster than on the other day is well.
static void users_are_ill_when_they_wait_clearly_longer(void **state)
{
    (void)state;
    static const struct {
        double before, after;
        bool ill;
    } rows[] = {{80, 80.5, false}, {80, 20, false}, {80, 240, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        another_day(&b, BEFORE);
        double *front = b.value[b.w.columns - 1];
        for (int t = 0; t < ROWS; t++)
            front[t] = t < FRESH ? rows[i].before : rows[i].after;
        assert_true((onset(&b) < BEFORE) == rows[i].ill);
    }
}

// What changes most shortly after the alarm is what changed: what changed less before it is no
// onset then, and is one where nothing follows.
static void the_largest_change_near_the_alarm_decides(void **state)
{
    (void)state;
    for (int follows = 0; follows < 2; follows++) {
        bench b;
        begin(&b);
        b.w.step_s = 15; // eight rows on either side
        shift(&b, BACK, METRIC_LATENCY, 20, 25, BEFORE - 8);
        shift(&b, STORE, METRIC_LATENCY, 20, follows ? 26 : 20, BEFORE + 8);
        assert_int_equal(onset(&b), follows ? BEFORE : BEFORE - 8);
    }
}

// A change that a few rows would not tell from noise is one for the rows that follow it.
static void the_rows_behind_an_onset_tell_it(void **state)
{
    (void)state;
    for (int lasts = 0; lasts < 2; lasts++) {
        bench b;
        begin(&b);
        int c = of(&b, STORE, METRIC_LATENCY, 10, 26);
        for (int t = 0; t < ROWS; t++)
            b.value[c][t] =
                (t >= BEFORE && (lasts || t < BEFORE + 3) ? 26 : 10) * (t % 2 ? 0.6 : 1.4);
        b.w.split = BEFORE + 1;
        assert_int_equal(onset(&b), lasts ? BEFORE : BEFORE + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changed_overnight_is_no_onset_while_users_were_well),
        cmocka_unit_test(users_who_suffered_before_the_alarm_move_the_onset),
        cmocka_unit_test(where_nothing_is_known_of_users_the_rows_decide),
        cmocka_unit_test(the_symptom_is_looked_for_where_it_was_noticed),
        cmocka_unit_test(users_are_ill_when_they_wait_clearly_longer),
        cmocka_unit_test(the_largest_change_near_the_alarm_decides),
        cmocka_unit_test(the_rows_behind_an_onset_tell_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
