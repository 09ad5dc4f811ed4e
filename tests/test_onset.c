// SPDX-License-Identifier: GPL-3.0-or-later
// test_onset.c - the row a window's incident begins in: stated, found near what was stated, or
// anywhere. Between usual rows of another day and its own nothing begins while users are well.
#include "window_support.h"

#include "cases/onset.h"

enum { OWN = 2, FRESH = BEFORE - OWN };

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

static void a_split_at_an_end_is_none(void **state)
{
    (void)state;
    static const int splits[] = {0, ROWS, 1, ROWS - 1};
    for (int i = 0; i < 4; i++) {
        bench b;
        begin(&b);
        int c = of(&b, BACK, METRIC_CPU, 0.3, 0.3);
        assert_int_equal(c, 0);
        b.w.split = splits[i];
        rank_result *r = result_of(&b);
        assert_int_equal(r->onset, i < 2 ? -1 : splits[i]);
        if (i < 2) {
            assert_false(r->detected);
            assert_int_equal(r->suspects, 0);
            assert_int_equal(r->metrics, 0);
        }
        rank_free(r);
    }
}

static void an_unknown_split_is_found_but_not_by_requests(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        bench b;
        begin(&b);
        b.w.split = -1;
        for (int s = 0; s < SERVICES; s++) { // more users are no incident
            int requests = of(&b, s, METRIC_REQUESTS, 100, 100);
            for (int i = 0; i < ROWS; i++)
                b.value[requests][i] = (i < 20 ? 100 : 400) * wobble(i);
        }
        if (kind == 1)
            of(&b, BACK, METRIC_LATENCY, 50, 150);
        if (kind == 2)
            add(&b, -1, BACK_STORE, METRIC_CLIENT_LATENCY, 20, 60);
        rank_result *r = result_of(&b);
        assert_int_equal(r->onset, kind ? BEFORE : -1);
        assert_int_equal(r->suspects, kind ? SERVICES : 0);
        rank_free(r);
    }
}

// Three rows and a twentieth are left on either side.
static void an_unknown_split_leaves_rows_on_both_sides(void **state)
{
    (void)state;
    static const struct {
        int rows, at, found;
    } rows[] = {{100, 5, 5}, {100, 95, 95}, {100, 97, -1}, {100, 50, 50},
                {9, 4, 4},   {8, 4, -1},    {20, 3, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        begin(&b);
        b.w.split = -1;
        b.w.rows = rows[i].rows;
        for (int k = 0; k < 4; k++) {
            int c = of(&b, BACK,
                       k == 0   ? METRIC_LATENCY
                       : k == 1 ? METRIC_CPU
                       : k == 2 ? METRIC_MEMORY
                                : METRIC_SATURATION,
                       0, 0);
            for (int t = 0; t < ROWS; t++)
                b.value[c][t] = t < rows[i].at ? 0.2 : 0.9;
        }
        rank_result *r = result_of(&b);
        if (rows[i].found < 0)
            assert_true(r->onset < rows[i].at); // what is left out is not found
        else
            assert_int_equal(r->onset, rows[i].found);
        rank_free(r);
    }
}

// An alarm comes late by up to two minutes: two rows of a minute. It never comes early.
static void a_stated_onset_is_looked_for_before_the_alarm(void **state)
{
    (void)state;
    static const struct {
        int late;
        double step_s;
        int found; // rows before the stated one
    } rows[] = {{0, 60, 0},  {1, 60, 1},  {2, 60, 2},  {-1, 60, 0}, {-2, 60, 0}, {8, 15, 8},
                {1, 600, 1}, {1, NAN, 1}, {30, 4, 30}, {1, 1e9, 1}, {5, 15, 5}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        slow_store(&b);
        b.w.step_s = rows[i].step_s;
        b.w.split = BEFORE + rows[i].late;
        rank_result *r = result_of(&b);
        assert_int_equal(r->onset, b.w.split - rows[i].found);
        rank_free(r);
    }
}

static void an_onset_near_either_end_is_looked_for_too(void **state)
{
    (void)state;
    static const int rows[] = {4, 5, 30, 80, 90, 97};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static const metric_role roles[] = {METRIC_LATENCY, METRIC_CPU, METRIC_MEMORY};
        bench b;
        begin(&b);
        for (int k = 0; k < 3; k++) {
            int c = of(&b, STORE, roles[k], 0, 0);
            for (int t = 0; t < ROWS; t++)
                b.value[c][t] = (t < rows[i] ? 0.2 : 0.9) * wobble(t);
        }
        b.w.split = rows[i] + 1;
        rank_result *r = result_of(&b);
        assert_int_equal(r->onset, rows[i]);
        rank_free(r);
    }
}

static void an_alarm_that_is_too_late_is_somebody_elses_change(void **state)
{
    (void)state;
    static const struct {
        int late, most; // rows it may move
        double step_s;
    } rows[] = {{12, 2, 60}, {12, 1, 600}, {12, 1, NAN}, {12, 8, 15}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        slow_store(&b);
        b.w.step_s = rows[i].step_s;
        b.w.split = BEFORE + rows[i].late;
        rank_result *r = result_of(&b);
        assert_true(r->onset >= b.w.split - rows[i].most);
        assert_true(r->onset <= b.w.split);
        rank_free(r);
    }
}

static void a_stated_onset_is_off_by_as_much_as_it_says(void **state)
{
    (void)state;
    static const struct {
        double alarm_off;
        int onset;
    } rows[] = {{0, BEFORE + 4}, {180, BEFORE + 1}, {240, BEFORE}, {86400, BEFORE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        rank_params by;
        slow_store(&b);
        b.w.split = BEFORE + 4;
        rank_defaults(&by);
        by.alarm_off = rows[i].alarm_off;
        rank_result *r = result_by(&b, &by);
        assert_int_equal(r->onset, rows[i].onset);
        rank_free(r);
    }
}

// Out of sight of the rows before it, the change at BEFORE is none.
static void a_change_is_one_within_its_context(void **state)
{
    (void)state;
    for (int context = 3; context <= 60; context += 57) {
        bench b;
        rank_params by;
        begin(&b);
        int c = of(&b, STORE, METRIC_LATENCY, 10, 50);
        // noise that a few rows do not tell from a change
        for (int t = 0; t < ROWS; t++)
            b.value[c][t] *= t % 2 ? 0.6 : 1.4;
        b.w.split = BEFORE + 1;
        rank_defaults(&by);
        by.context = context;
        rank_result *r = result_by(&b, &by);
        assert_int_equal(r->onset, context == 60 ? BEFORE : BEFORE + 1);
        rank_free(r);
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
        cmocka_unit_test(a_split_at_an_end_is_none),
        cmocka_unit_test(an_unknown_split_is_found_but_not_by_requests),
        cmocka_unit_test(an_unknown_split_leaves_rows_on_both_sides),
        cmocka_unit_test(a_stated_onset_is_looked_for_before_the_alarm),
        cmocka_unit_test(an_onset_near_either_end_is_looked_for_too),
        cmocka_unit_test(an_alarm_that_is_too_late_is_somebody_elses_change),
        cmocka_unit_test(a_stated_onset_is_off_by_as_much_as_it_says),
        cmocka_unit_test(a_change_is_one_within_its_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
