// SPDX-License-Identifier: GPL-3.0-or-later
// test_timeline_layout.c - which services a drawing shows, how wide it is, what stands on its axis
// and under it, and its colours.
#include "support.h"

#include "report/timeline.h"

enum { MOST = 9, CALM = 40 };

typedef struct bench {
    tend_system *system;
    record *r;
    str drawn;
} bench;

static const tend_metric metrics[] = {{"p95_ms", "ms", TEND_LATENCY}};
enum { P95, METRICS };

// services of these names, the first is the entry and calls the others; even at 100 ms
static void bench_open(bench *b, const char *const *names, int count, int steps)
{
    tend_service services[MOST];
    tend_edge edges[MOST];
    tend_err err = {TEND_OK, ""};
    for (int s = 0; s < count; s++) {
        services[s] = (tend_service){names[s], TEND_SERVICE, 2, 1, 4};
        edges[s] = (tend_edge){0, s + 1};
    }
    const tend_system draft = {.name = "drawn",
                               .step_s = 1,
                               .S = count,
                               .M = METRICS,
                               .E = count - 1,
                               .services = services,
                               .metrics = metrics,
                               .edges = edges,
                               .slo = {200, 0.02}};
    *b = (bench){NULL, NULL, {0}};
    if (tend_system_build(&draft, &b->system, &err) != TEND_OK)
        fail_msg("%s", err.text);
    assert_int_equal(record_open(b->system, steps, &b->r, &err), TEND_OK);
    b->r->steps = steps;
    b->r->result.recovered = b->r->result.fault_t_start = -1;
    for (int i = 0; i < steps * count; i++)
        b->r->value[i] = 100;
}

static void bench_close(bench *b)
{
    str_free(&b->drawn);
    record_close(b->r);
    tend_system_free(b->system);
}

static const char *draw(bench *b, int columns, bool utf8, bool colour)
{
    str_free(&b->drawn);
    b->drawn = (str){0};
    timeline_draw(b->r, &(timeline_style){columns, utf8, colour}, &b->drawn);
    return b->drawn.text;
}

static const char *const nine[MOST] = {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"};

// the services with a row, as "s0 s3 ..." in order
static const char *shown(bench *b)
{
    static char list[64];
    draw(b, 80, false, false);
    list[0] = 0;
    for (int s = 0; s < b->system->S; s++) {
        char row[16];
        snprintf(row, sizeof row, "\n%-7s p95_ms", b->system->services[s].name);
        if (strstr(b->drawn.text, row))
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s ",
                     b->system->services[s].name);
    }
    return list;
}

static void act_on(bench *b, int service)
{
    record *r = b->r;
    r->action = realloc(r->action, (size_t)(r->actions + 1) * sizeof *r->action);
    assert_non_null(r->action);
    int action = tend_system_action(b->system, TEND_RESTART, service, -1);
    r->action[r->actions++] = (record_action){.decision.action = action, .tick = -1};
}

static void the_six_services_most_involved_have_rows(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, nine, MOST, CALM);
    assert_string_equal(shown(&b), "s0 s1 s2 s3 s4 s5 "); // of equals the first
    assert_holds(b.drawn.text, "(3 services, the least involved, are not shown)\n");
    // named first, second, third: 5, 4, 3; a fourth counts nothing
    static const int named[] = {8, 7, 6, 5};
    for (int i = 0; i < 4; i++)
        b.r->diagnosis.suspect[i] = (tend_suspect){.service = named[i], .edge = -1};
    b.r->diagnosis.count = 4;
    assert_string_equal(shown(&b), "s0 s1 s2 s6 s7 s8 ");
    // scores count by the highest
    b.r->score[3 * MOST + 4] = 0.6;
    b.r->score[9 * MOST + 4] = 0.2;
    b.r->score[(CALM - 1) * MOST + 3] = 0.5;
    assert_string_equal(shown(&b), "s0 s3 s4 s6 s7 s8 ");
    // a first service that is not the entry gives way like any other
    act_on(&b, 1); // an action counts more than any score
    assert_string_equal(shown(&b), "s0 s1 s4 s6 s7 s8 ");
    act_on(&b, 2);
    act_on(&b, 2);
    assert_string_equal(shown(&b), "s0 s1 s2 s6 s7 s8 ");
    // two actions and a score of 0.9 are less than the entry's 3, two and the fault are more
    b.r->diagnosis.count = 0;
    b.r->score[0 * MOST + 2] = 0.9;
    assert_string_equal(shown(&b), "s0 s1 s2 s3 s4 s5 ");
    snprintf(b.r->result.fault_service, sizeof b.r->result.fault_service, "s8");
    assert_string_equal(shown(&b), "s0 s1 s2 s3 s4 s8 ");
    bench_close(&b);
}

// Weights against each other, each a little more than the next: fault 6, first suspect 5, second 4,
// third and entry 3, two actions 2.
static void each_part_in_an_incident_weighs_its_own(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, nine, 7, CALM); // one is left out
    for (int s = 1; s < 7; s++)
        for (int i = 0; i < 3; i++)
            act_on(&b, s);
    assert_string_equal(shown(&b), "s0 s1 s2 s3 s4 s5 "); // 3 each: the last
    b.r->score[6] = 0.1;
    assert_string_equal(shown(&b), "s0 s1 s2 s3 s4 s6 ");
    b.r->score[5] = 0.1;
    assert_string_equal(shown(&b), "s0 s1 s2 s3 s5 s6 ");
    b.r->score[0] = 0.05; // the entry is one of them
    for (int s = 1; s < 5; s++)
        b.r->score[s] = 0.1;
    assert_string_equal(shown(&b), "s1 s2 s3 s4 s5 s6 ");
    b.r->diagnosis.suspect[0] = (tend_suspect){.service = 0, .edge = -1};
    b.r->diagnosis.count = 1;
    assert_string_equal(shown(&b), "s0 s1 s2 s3 s4 s5 ");
    assert_holds(b.drawn.text, "(1 services, the least involved, are not shown)\n");
    bench_close(&b);
    bench_open(&b, nine, 6, CALM);
    assert_string_equal(shown(&b), "s0 s1 s2 s3 s4 s5 ");
    assert_null(strstr(b.drawn.text, "not shown"));
    bench_close(&b);
}

static void names_have_between_seven_and_fourteen_columns(void **state)
{
    (void)state;
    static const char *const names[] = {"api", "fourteen-chars", "fifteen--chars-", "k\xc3\xbc"};
    bench b;
    bench_open(&b, names, 4, 50);
    draw(&b, 88, false, false); // 14 + 8 + 50 + 16
    assert_holds(
        b.drawn.text,
        "\napi            p95_ms ..................................................     100     "
        "100\n");
    assert_holds(b.drawn.text, "\nfourteen-chars p95_ms .....");
    assert_holds(b.drawn.text, "\nfifteen--char. p95_ms .....");
    assert_holds(b.drawn.text, "\nk\xc3\xbc             p95_ms .....");
    assert_holds(b.drawn.text, "\nevents                \n");
    bench_close(&b);
    bench_open(&b, names, 1, 50);
    draw(&b, 81, false, false); // seven at least
    assert_holds(
        b.drawn.text,
        "\napi     p95_ms ..................................................     100     100\n");
    bench_close(&b);
    static const char *const eight[] = {"eight--8"};
    bench_open(&b, eight, 1, 50);
    draw(&b, 82, false, false);
    assert_holds(b.drawn.text,
                 "\neight--8 p95_ms ..................................................     ");
    bench_close(&b);
}

// Six numbers where there is room for sixty cells, else four, each at its share of the ticks.
static void the_axis_counts_ticks(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, nine, 1, 600);
    draw(&b, 15 + 60 + 16, false, false);
    assert_int_equal(strncmp(b.drawn.text,
                             "               0         100       200       300       400       "
                             "500         normal     max\n",
                             91),
                     0);
    draw(&b, 15 + 59 + 16, false, false); // cells 14, 29, 44
    assert_int_equal(strncmp(b.drawn.text,
                             "               0             150            300            450     "
                             "         normal     max\n",
                             90),
                     0);
    bench_close(&b);
}

static void fewer_ticks_than_cells_are_drawn_side_by_side(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, nine, 1, 3);
    b.r->value[1] = 400;
    draw(&b, 15 + 30 + 16, false, false);
    assert_holds(b.drawn.text, "\ns0      p95_ms ..........##########..........     100     400\n");
    b.r->breach[2] = 1;
    b.r->result.slo_steps = 1;
    b.r->detected_at = 1;
    draw(&b, 15 + 30 + 16, false, false);
    assert_holds(b.drawn.text, "\nslo breach     ....................########## 1 steps\n");
    assert_holds(b.drawn.text, "\nevents                   D\n");
    bench_close(&b);
    bench_open(&b, nine, 1, 3);
    b.r->steps = 0;
    assert_null(draw(&b, 80, false, false)); // nothing to draw
    bench_close(&b);
}

static void actions_are_numbered_and_move_aside(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, nine, 1, 30);
    for (int i = 0; i < 11; i++) {
        act_on(&b, 0);
        b.r->action[i].tick = i < 9 ? 4 : 29;
    }
    draw(&b, 15 + 30 + 16, false, false);
    assert_holds(b.drawn.text, "\nevents             123456789                b\n");
    b.r->action[10].tick = 28;
    draw(&b, 15 + 30 + 16, false, false);
    assert_holds(b.drawn.text, "\nevents             123456789               ba\n");
    b.r->action[9].tick = 30; // not of this record
    draw(&b, 15 + 30 + 16, false, false);
    assert_holds(b.drawn.text, "\nevents             123456789               b\n");
    bench_close(&b);
}

static void what_is_high_is_yellow_and_what_is_very_high_red(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, nine, 1, 30);
    // a sixth of three baselines is 50 ms: levels 3, 4, 5 and 6
    b.r->value[14] = 150, b.r->value[15] = 200, b.r->value[16] = 250, b.r->value[17] = 300;
    b.r->breach[4] = 1;
    draw(&b, 15 + 30 + 16, false, true);
    assert_holds(b.drawn.text, "....-\033[33m=\033[0m\033[33m+\033[0m\033[31m*\033[0m......");
    assert_holds(b.drawn.text, "slo breach     ....\033[31m#\033[0m.....");
    bench_close(&b);
}

static void figures_have_seven_columns(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *shown;
    } rows[] = {{0.0999, "  0.0999"}, {0.1, "     0.1"},    {9999, "    9999"}, {12345, "   12345"},
                {999999, "  999999"}, {-21660, "  -21660"}, {1e6, " 1.0e+06"},  {2.5e9, " 2.5e+09"},
                {-0.05, " -0.0500"},  {0, "  0.0000"}};
    bench b;
    bench_open(&b, nine, 1, 30);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char want[64];
        for (int t = 0; t < 30; t++)
            b.r->value[t] = rows[i].value;
        snprintf(want, sizeof want, "..%s%s\n", rows[i].shown, rows[i].shown);
        assert_holds(draw(&b, 15 + 30 + 16, false, false), want);
    }
    for (int t = 0; t < 30; t++) // never reported: no row
        b.r->value[t] = NAN;
    assert_null(strstr(draw(&b, 15 + 30 + 16, false, false), "p95_ms"));
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_six_services_most_involved_have_rows),
        cmocka_unit_test(each_part_in_an_incident_weighs_its_own),
        cmocka_unit_test(names_have_between_seven_and_fourteen_columns),
        cmocka_unit_test(the_axis_counts_ticks),
        cmocka_unit_test(fewer_ticks_than_cells_are_drawn_side_by_side),
        cmocka_unit_test(actions_are_numbered_and_move_aside),
        cmocka_unit_test(what_is_high_is_yellow_and_what_is_very_high_red),
        cmocka_unit_test(figures_have_seven_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
