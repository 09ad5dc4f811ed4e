// SPDX-License-Identifier: GPL-3.0-or-later
// test_window_panel.c - recorded columns as the rows of a panel: which of them speaks, in what
// unit, and where users come in.
#include "window_support.h"

static window_panel open_panel(const bench *b)
{
    window_panel k;
    tend_err err = {TEND_OK, ""};
    if (window_panel_open(&b->w, &k, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return k;
}

static double cell(const window_panel *k, int row, int service, int signal)
{
    int64_t at = panel_cell(&k->panel, service, signal);
    return at < 0 ? (double)NAN : k->panel.row[row * k->panel.width + at]; // nobody has it
}

static void expect(double got, double want)
{
    if (isnan(want))
        assert_true(isnan(got));
    else
        assert_near(got, want, 1e-12);
}

static void a_value_is_brought_to_the_unit_of_its_signal(void **state)
{
    (void)state;
    static const struct {
        metric_role role;
        int signal;
        double before, after, first, last;
        bool share;
    } rows[] = {
        {METRIC_CPU, SIGNAL_CPU, 0.3, 0.9, 0.3, 0.9, true},
        {METRIC_CPU, SIGNAL_CPU, 0.3, 1.5, 0.3, 1.5, true}, // a share may go over one
        {METRIC_CPU, SIGNAL_CPU, 30, 90, 0.3, 0.9, true},   // percent
        {METRIC_MEMORY, SIGNAL_MEMORY, 1, 1.6, 0.01, 0.016, true},
        {METRIC_MEMORY, SIGNAL_MEMORY, 900, 1000, 9, 10, true},
        {METRIC_MEMORY, SIGNAL_MEMORY, 5, 1001, 5, 1001, false}, // neither: bytes
        {METRIC_SATURATION, SIGNAL_SATURATION, 20, 80, 0.2, 0.8, true},
        {METRIC_ERRORS, SIGNAL_ERRORS, 0, 0.4, 0, 0.4, true},
        {METRIC_ERRORS, SIGNAL_ERRORS, 0, 40, 0, 0.4, true},
        {METRIC_AVAILABILITY, SIGNAL_ERRORS, 1, 0.75, 0, 0.25, true},
        {METRIC_AVAILABILITY, SIGNAL_ERRORS, 100, 75, 0, 0.25, true},
        {METRIC_AVAILABILITY, SIGNAL_ERRORS, 1.2, 0.75, 0, 0.25, true}, // above all is all
        {METRIC_LATENCY, SIGNAL_LATENCY, 50, 2000, 50, 2000, false},
        {METRIC_REQUESTS, SIGNAL_REQUESTS, 50, 2000, 50, 2000, false},
        {METRIC_RESTARTS, SIGNAL_RESTARTS, 0, 2, 0, 2, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        begin(&b);
        int column = of(&b, BACK, rows[i].role, rows[i].before, rows[i].after);
        window_panel k = open_panel(&b);
        expect(cell(&k, 0, BACK, rows[i].signal), rows[i].first);
        expect(cell(&k, BEFORE - 1, BACK, rows[i].signal), rows[i].first);
        expect(cell(&k, ROWS - 1, BACK, rows[i].signal), rows[i].last);
        assert_int_equal(k.panel.share[rows[i].signal], rows[i].share);
        assert_int_equal(k.column[BACK][rows[i].signal], column);
        for (int s = 0; s < SERVICES; s++)
            for (int j = 0; j < SIGNALS; j++)
                if (s != BACK || j != rows[i].signal) {
                    expect(cell(&k, 0, s, j), NAN);
                    assert_int_equal(k.column[s][j], -1);
                }
        window_panel_close(&k);
    }
}

// One service in percent: all are, for the same maker told them. Failures are told by the column.
static void a_resource_has_one_unit_for_all_services(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    of(&b, FRONT, METRIC_CPU, 1, 1);
    of(&b, STORE, METRIC_CPU, 30, 90);
    of(&b, FRONT, METRIC_ERRORS, 0.5, 0.5);
    of(&b, STORE, METRIC_ERRORS, 10, 50);
    window_panel k = open_panel(&b);
    expect(cell(&k, 0, FRONT, SIGNAL_CPU), 0.01);
    expect(cell(&k, 0, STORE, SIGNAL_CPU), 0.3);
    expect(cell(&k, 0, FRONT, SIGNAL_ERRORS), 0.5);
    expect(cell(&k, 0, STORE, SIGNAL_ERRORS), 0.1);
    window_panel_close(&k);
}

// Nor do they change the unit of the rows beside them.
static void missing_and_garbage_cells_stay_missing(void **state)
{
    (void)state;
    static const metric_role roles[] = {METRIC_LATENCY,      METRIC_ERRORS,    METRIC_CPU,
                                        METRIC_REQUESTS,     METRIC_RESTARTS,  METRIC_MEMORY,
                                        METRIC_AVAILABILITY, METRIC_SATURATION};
    static const double bad[] = {NAN, INFINITY, -INFINITY, -1, 1e300};
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 5; k++) {
            bench b;
            begin(&b);
            int c = of(&b, BACK, roles[i], 0.5, 0.5);
            b.value[c][7] = bad[k];
            window_panel p = open_panel(&b);
            int signal = 0;
            while (p.column[BACK][signal] < 0)
                signal++;
            expect(cell(&p, 7, BACK, signal), NAN);
            expect(cell(&p, 6, BACK, signal), 0.5);
            assert_int_equal(p.panel.share[signal],
                             strcmp(tend_metric_row(panel_kind(signal))->unit, "share") == 0);
            window_panel_close(&p);
        }
}

static void a_counter_is_what_it_grew_by(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double cell[6];
    } rows[] = {{"db|restarts_total", {NAN, 0, 2, 0, 1, NAN}},
                {"db|restarts", {5, 5, 7, 7, 1, NAN}}};
    static const double value[] = {5, 5, 7, 7, 1, NAN, 3};
    for (int i = 0; i < 2; i++) {
        bench b;
        begin(&b);
        int c = of(&b, STORE, METRIC_RESTARTS, 3, 3);
        b.column[c].name = rows[i].name;
        memcpy(b.value[c], value, sizeof value);
        window_panel k = open_panel(&b);
        for (int t = 0; t < 6; t++)
            expect(cell(&k, t, STORE, SIGNAL_RESTARTS), rows[i].cell[t]);
        expect(cell(&k, 6, STORE, SIGNAL_RESTARTS), i ? 3 : NAN);
        expect(cell(&k, 7, STORE, SIGNAL_RESTARTS), i ? 3 : 0);
        window_panel_close(&k);
    }
}

// A rate is told per second: a row of a minute has sixty times as many.
static void requests_are_counted_per_row(void **state)
{
    (void)state;
    static const double per_step[] = {1, 60, 0.25, NAN};
    for (int i = 0; i < 4; i++) {
        bench b;
        begin(&b);
        of(&b, FRONT, METRIC_REQUESTS, 10, 20);
        int c = of(&b, BACK, METRIC_REQUESTS, 10, 20);
        b.column[c].per_step = per_step[i];
        window_panel k = open_panel(&b);
        expect(cell(&k, 0, FRONT, SIGNAL_REQUESTS), 10);
        expect(cell(&k, 0, BACK, SIGNAL_REQUESTS), 10 * (isnan(per_step[i]) ? 1 : per_step[i]));
        expect(k.panel.per_row, isnan(per_step[i]) ? NAN : 1);
        window_panel_close(&k);
    }
}

static void the_plainest_statistic_speaks_for_a_role(void **state)
{
    (void)state;
    static const int statistics[][4] = {{4, 1, 5, 1}, {0, 1, 2, 3}, {5, 4, 3, 2}};
    static const int speaks[] = {1, 0, 3}; // of equals the first
    for (int i = 0; i < 3; i++) {
        bench b;
        begin(&b);
        for (int c = 0; c < 4; c++) {
            of(&b, STORE, METRIC_LATENCY, 10 + c, 50);
            b.column[c].statistic = statistics[i][c];
        }
        for (int c = 4; c < 8; c++) {
            add(&b, -1, BACK_STORE, METRIC_CLIENT_LATENCY, 10 + c, 50);
            b.column[c].statistic = statistics[i][c - 4];
        }
        window_panel k = open_panel(&b);
        assert_int_equal(k.column[STORE][SIGNAL_LATENCY], speaks[i]);
        expect(cell(&k, 0, STORE, SIGNAL_LATENCY), 10 + speaks[i]);
        assert_int_equal(k.end[BACK_STORE][0], 4 + speaks[i]);
        window_panel_close(&k);
    }
}

static void of_equal_columns_the_first_by_name_speaks_in_any_order(void **state)
{
    (void)state;
    static const char *const names[] = {"store|a", "store|b"};
    for (int order = 0; order < 2; order++) {
        bench b;
        begin(&b);
        for (int c = 0; c < 2; c++) {
            of(&b, STORE, METRIC_LATENCY, 10, 50);
            b.column[c].name = names[c ^ order];
        }
        window_panel k = open_panel(&b);
        assert_int_equal(k.column[STORE][SIGNAL_LATENCY], order);
        window_panel_close(&k);
    }
}

static void errors_go_before_availability_in_any_order(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++)
        for (int users = 0; users < 2; users++) {
            bench b;
            begin(&b);
            int service = users ? -1 : STORE;
            for (int i = 0; i < 2; i++) {
                int c = i == order ? of(&b, service, METRIC_ERRORS, 0, 0.1)
                                   : of(&b, service, METRIC_AVAILABILITY, 1, 0.5);
                // were it told by statistic alone, availability would win
                b.column[c].statistic = i == order ? 5 : 0;
            }
            window_panel k = open_panel(&b);
            int speaks = users ? k.users[1] : k.column[STORE][SIGNAL_ERRORS];
            assert_int_equal(speaks, order);
            expect(k.panel.row[(ROWS - 1) * k.panel.width +
                               (users ? k.panel.users_at + 1
                                      : panel_cell(&k.panel, STORE, SIGNAL_ERRORS))],
                   0.1);
            window_panel_close(&k);
        }
}

static void both_ends_of_a_call_and_their_gap_are_rows(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    int client = add(&b, -1, BACK_STORE, METRIC_CLIENT_LATENCY, 12, 52);
    int server = add(&b, -1, BACK_STORE, METRIC_SERVER_LATENCY, 10, 11);
    add(&b, -1, FRONT_BACK, METRIC_SERVER_LATENCY, 30, 30);
    add(&b, -1, FRONT_BACK, METRIC_ERRORS, 0.5, 0.5); // of a call nothing else is known
    window_panel k = open_panel(&b);
    const double *last = k.panel.row + (ROWS - 1) * k.panel.width + k.panel.edges_at;
    assert_int_equal(k.end[BACK_STORE][0], client);
    assert_int_equal(k.end[BACK_STORE][1], server);
    assert_int_equal(k.end[FRONT_BACK][0], -1);
    expect(last[3 * BACK_STORE], 52);
    expect(last[3 * BACK_STORE + 1], 11);
    expect(last[3 * BACK_STORE + 2], 41);
    expect(last[3 * FRONT_BACK], NAN);
    expect(last[3 * FRONT_BACK + 1], 30);
    expect(last[3 * FRONT_BACK + 2], NAN);
    window_panel_close(&k);
}

static void what_users_see_stands_apart(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    int slow = of(&b, -1, METRIC_LATENCY, 100, 300);
    int fails = of(&b, -1, METRIC_AVAILABILITY, 99, 90);
    of(&b, -1, METRIC_CPU, 0.5, 0.5); // users have none
    of(&b, BACK, METRIC_IGNORED, 5, 6);
    window_panel k = open_panel(&b);
    const double *last = k.panel.row + (ROWS - 1) * k.panel.width;
    assert_int_equal(k.users[0], slow);
    assert_int_equal(k.users[1], fails);
    expect(last[k.panel.users_at], 300);
    expect(last[k.panel.users_at + 1], 0.1);
    for (int j = 0; j < SIGNALS; j++)
        assert_int_equal(k.panel.signal[j], -1);
    window_panel_close(&k);
}

// Of those nobody calls one that calls others and counts requests, and of several who calls most.
static void users_come_in_where_nobody_calls_and_most_calls_begin(void **state)
{
    (void)state;
    enum { NOBODY = -1 };
    static const tend_edge up[] = {{STORE, BACK}, {FRONT, BACK}}, down[] = {{STORE, BACK}};
    static const tend_edge twice[] = {{STORE, BACK}, {STORE, FRONT}};
    static const tend_edge round[] = {{FRONT, BACK}, {BACK, STORE}, {STORE, FRONT}};
    static const struct {
        const tend_edge *edge;
        int E, counts[2], entry;
    } rows[] = {
        {up, 2, {STORE, NOBODY}, STORE},
        {up, 2, {FRONT, NOBODY}, FRONT},
        {up, 2, {STORE, FRONT}, STORE}, // as many calls: where more come in
        {up, 2, {FRONT, STORE}, FRONT},
        {up, 2, {NOBODY, NOBODY}, FRONT},
        {up, 2, {BACK, NOBODY}, FRONT},     // it is called
        {down, 1, {STORE, FRONT}, STORE},   // calls another
        {down, 1, {NOBODY, NOBODY}, STORE}, // the same, counting or not
        {down, 1, {FRONT, NOBODY}, STORE},  // who neither calls nor is called is beside the graph
        {twice, 2, {FRONT, BACK}, STORE},
        {round, 3, {FRONT, BACK}, STORE}, // all are called: the last
        {NULL, 0, {NOBODY, NOBODY}, -1},  // nobody knows who calls whom
        {NULL, 0, {BACK, STORE}, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        begin(&b);
        b.w.edges = rows[i].edge;
        b.w.E = rows[i].E;
        of(&b, FRONT, METRIC_CPU, 0.1, 0.2);
        for (int j = 0; j < 2; j++)
            if (rows[i].counts[j] != NOBODY)
                of(&b, rows[i].counts[j], METRIC_REQUESTS, 20 - 5 * j, 20 - 5 * j);
        window_panel k = open_panel(&b);
        if (k.panel.entry != rows[i].entry)
            fail_msg("%zu: %d", i, k.panel.entry);
        window_panel_close(&k);
    }
}

static void users_of_a_single_service_come_in_there(void **state)
{
    (void)state;
    for (int S = 0; S < 3; S++) {
        bench b;
        begin(&b);
        b.w.S = S;
        b.w.E = 0;
        window_panel k = open_panel(&b);
        assert_int_equal(k.panel.entry, S == 1 ? 0 : -1);
        window_panel_close(&k);
    }
}

// Without a graph nothing but what is seen of a service may tell for it, and least of all that its
// columns stand first.
static void without_calls_the_order_of_services_does_not_matter(void **state)
{
    (void)state;
    double score[SERVICES], likely[SERVICES];
    for (int turn = 0; turn < SERVICES; turn++) {
        bench b;
        begin(&b);
        b.w.E = 0;
        for (int s = 0; s < SERVICES; s++) {
            int at = (s + turn) % SERVICES, first = b.w.columns;
            of(&b, at, METRIC_LATENCY, 80 - 20 * s, 80 - 20 * s);
            of(&b, at, METRIC_ERRORS, 0.001 * (s + 1), 0.4 + 0.01 * s);
            of(&b, at, METRIC_REQUESTS, 100, 100 + 30 * s);
            for (int c = first; c < b.w.columns; c++)
                for (int i = 0; i < ROWS; i++)
                    b.value[c][i] *= 1 + 0.01 * ((7 * (i + 3 * s + c - first)) % 5 - 2);
        }
        rank_result *r = result_of(&b);
        assert_int_equal(r->suspects, SERVICES);
        for (int s = 0; s < SERVICES; s++) {
            const rank_suspect *of = &r->suspect[place_of(r, (s + turn) % SERVICES)];
            if (turn == 0) {
                score[s] = of->score;
                likely[s] = of->confidence;
            }
            assert_near(of->score, score[s], 1e-12);
            assert_near(of->confidence, likely[s], 1e-12);
        }
        rank_free(r);
    }
    assert_true(fabs(score[0] - score[1]) > 1e-3); // they are told apart by what they show
}

// Two kinds of metrics, and calls where one is timed: nothing else has room, no two share a cell.
static void expect_no_cell_twice(const panel *p, bool timed)
{
    int used[200] = {0};
    for (int j = 0; j < SIGNALS; j++) {
        bool had = j == SIGNAL_CPU || j == SIGNAL_REQUESTS;
        assert_int_equal(p->signal[j] >= 0, had);
        for (int s = 0; s < SERVICES && had; s++)
            used[panel_cell(p, s, j)]++;
    }
    assert_int_equal(p->edges_at >= 0, timed);
    for (int i = 0; i < 3 * EDGES && timed; i++)
        used[p->edges_at + i]++;
    used[p->users_at]++;
    used[p->users_at + 1]++;
    for (int i = 0; i < 200; i++)
        assert_int_equal(used[i], i < p->width);
    assert_int_equal(p->width, SERVICES * 2 + (timed ? 3 * EDGES : 0) + 2);
}

static void a_panel_of_a_window_is_laid_out_in_bounds(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    of(&b, STORE, METRIC_CPU, 0.1, 0.2);
    window_panel k = open_panel(&b);
    const panel *p = &k.panel;
    assert_int_equal(p->rows, ROWS);
    assert_int_equal(p->first, 0);
    assert_int_equal(p->S, SERVICES);
    assert_int_equal(p->E, EDGES);
    assert_ptr_equal(p->edge, edges);
    assert_null(p->service);
    assert_null(p->deploy_age);
    assert_int_equal(p->ready_at, -1);
    window_panel_close(&k);
    for (int timed = 0; timed < 3; timed++) {
        begin(&b);
        of(&b, STORE, METRIC_CPU, 0.1, 0.2);
        of(&b, BACK, METRIC_REQUESTS, 10, 20);
        if (timed)
            add(&b, -1, BACK_STORE, timed == 1 ? METRIC_CLIENT_LATENCY : METRIC_SERVER_LATENCY, 5,
                6);
        k = open_panel(&b);
        expect_no_cell_twice(p, timed);
        window_panel_close(&k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_brought_to_the_unit_of_its_signal),
        cmocka_unit_test(a_resource_has_one_unit_for_all_services),
        cmocka_unit_test(missing_and_garbage_cells_stay_missing),
        cmocka_unit_test(a_counter_is_what_it_grew_by),
        cmocka_unit_test(requests_are_counted_per_row),
        cmocka_unit_test(the_plainest_statistic_speaks_for_a_role),
        cmocka_unit_test(of_equal_columns_the_first_by_name_speaks_in_any_order),
        cmocka_unit_test(errors_go_before_availability_in_any_order),
        cmocka_unit_test(both_ends_of_a_call_and_their_gap_are_rows),
        cmocka_unit_test(what_users_see_stands_apart),
        cmocka_unit_test(users_come_in_where_nobody_calls_and_most_calls_begin),
        cmocka_unit_test(users_of_a_single_service_come_in_there),
        cmocka_unit_test(without_calls_the_order_of_services_does_not_matter),
        cmocka_unit_test(a_panel_of_a_window_is_laid_out_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
