// SPDX-License-Identifier: GPL-3.0-or-later
// test_curve.c - the arithmetic of learning curves, and what is said of them.
#include "support.h"

#include "base/rng.h"
#include "report/curve.h"

static void a_table_has_the_interval_of_its_variances(void **state)
{
    (void)state;
    // columns alike: Student's interval of the rows 4, 5, 6
    const double rows_only[] = {4, 4, 5, 5, 6, 6};
    interval i = stats_crossed(rows_only, 3, 2, 0.95);
    assert_near(i.value, 5, 1e-12);
    assert_near(i.high - i.value, 4.302653 * sqrt(1.0 / 3), 1e-5); // t table: 4.303 with 2
    assert_near(i.value - i.low, i.high - i.value, 1e-12);
    const double columns_only[] = {4, 5, 6, 4, 5, 6};
    interval k = stats_crossed(columns_only, 2, 3, 0.95);
    assert_near(k.low, i.low, 1e-12);
    assert_near(k.high, i.high, 1e-12);
    const double both[] = {2, 4, 4, 4, 4, 6};
    // rows 10/3 and 14/3, columns 3, 4, 5: 6 * 4/9 = 8/3, 2 * 2 = 4; all 8, so 4/3 is left
    i = stats_crossed(both, 2, 3, 0.95);
    double a = (8.0 / 3) / 6, b = (4.0 / 2) / 6, c = (4.0 / 3 / 2) / 6, v = a + b - c;
    double freedom = v * v / (a * a / 1 + b * b / 2 + c * c / 2);
    assert_between(freedom, 1, 3);
    // with so few degrees the quantile is anywhere from 3.18 (3) to 12.71 (1)
    assert_between((i.high - i.value) / sqrt(v), 3.182, 12.706);
    assert_near(i.value, 4, 1e-12);
}

static void the_bounds_widen_with_the_level_and_know_when_there_are_none(void **state)
{
    (void)state;
    const double x[] = {1, 2, 4, 1, 3, 3, 2, 2, 5};
    interval one = stats_crossed(x, 3, 3, 0.95), all = stats_crossed(x, 3, 3, 1 - 0.05 / 7);
    assert_true(all.low < one.low && all.high > one.high);
    assert_near(all.value, one.value, 0);
    assert_true(isnan(stats_crossed(x, 1, 9, 0.95).low) && isnan(stats_crossed(x, 9, 1, 0.95).low));
    assert_near(stats_crossed(x, 1, 9, 0.95).value, 23.0 / 9, 1e-12);
    assert_true(isnan(stats_crossed(x, 0, 3, 0.95).value));
    assert_true(isnan(stats_crossed(x, 3, 0, 0.95).value));
    const double alike[] = {7, 7, 7, 7};
    one = stats_crossed(alike, 2, 2, 0.95);
    assert_true(one.low == 7 && one.high == 7);
}

// How often the mean of all is within the bounds, where repeats, tests or neither differ more.
static double coverage(double by_row, double by_column, double by_cell)
{
    enum { RUNS = 600, ROWS = 5, COLUMNS = 30 };
    rng r = rng_make(7, "coverage");
    int covered = 0;
    for (int run = 0; run < RUNS; run++) {
        double x[ROWS * COLUMNS], column[COLUMNS];
        for (int k = 0; k < COLUMNS; k++)
            column[k] = by_column * rng_normal(&r);
        for (int i = 0; i < ROWS; i++) {
            double row = 3 + by_row * rng_normal(&r);
            for (int k = 0; k < COLUMNS; k++)
                x[i * COLUMNS + k] = row + column[k] + by_cell * rng_normal(&r);
        }
        interval at = stats_crossed(x, ROWS, COLUMNS, 0.95);
        covered += at.low <= 3 && 3 <= at.high;
    }
    return (double)covered / RUNS;
}

// 5 repeats as usual; a bootstrap of five covers 85 % (and one that takes tests for all there is,
// or repeats for all there is, far less where the other matters).
static void the_interval_covers_about_as_often_as_it_says(void **state)
{
    (void)state;
    assert_between(coverage(1, 0, 1), 0.93, 0.985);
    assert_between(coverage(0, 1, 0.5), 0.93, 0.985);
    assert_between(coverage(0.3, 1.5, 2), 0.93, 0.985);
    assert_between(coverage(0, 0, 1), 0.97, 0.999); // the larger of two estimates of one: wider
}

static void points_are_read(void **state)
{
    (void)state;
    curve c = {0};
    tend_err err = {TEND_OK, ""};
    assert_int_equal(curve_parse("0,20,10000000", &c, &err), TEND_OK);
    assert_int_equal(c.points, 3);
    assert_true(c.learnt[0] == 0 && c.learnt[1] == 20 && c.learnt[2] == 10000000);
    assert_int_equal(curve_parse("7", &c, &err), TEND_OK); // 0 is always there
    assert_true(c.points == 2 && c.learnt[0] == 0 && c.learnt[1] == 7);
}

static void broken_points_are_named(void **state)
{
    (void)state;
    const char *broken[][2] = {
        {"", "--curve: \"\", expected a whole number 0 to 10000000"},
        {"0", "--curve: only 0, expected episodes to learn from too"},
        {"0,,2", "--curve: \"\", expected a whole number 0 to 10000000"},
        {"5,", "--curve: \"\", expected a whole number 0 to 10000000"},
        {"0,x", "--curve: \"x\", expected a whole number 0 to 10000000"},
        {"0,-3", "--curve: \"-3\", expected a whole number 0 to 10000000"},
        {"1.5", "--curve: \"1.5\", expected a whole number 0 to 10000000"},
        {" 5", "--curve: \" 5\", expected a whole number 0 to 10000000"},
        {"10000001", "--curve: \"10000001\", expected a whole number 0 to 10000000"},
        {"99999999999999999999999999", "expected a whole number"},
        {"0,20,20", "--curve: 20 after 20, expected numbers that grow"},
        {"20,0", "--curve: 0 after 20, expected numbers that grow"},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        curve c = {0};
        tend_err err = {TEND_OK, ""};
        assert_int_equal(curve_parse(broken[i][0], &c, &err), TEND_USAGE);
        assert_holds(err.text, broken[i][1]);
    }
    char many[400] = "0";
    for (int k = 1; k < CURVE_POINTS_MOST; k++)
        snprintf(many + strlen(many), sizeof many - strlen(many), ",%d", k);
    curve c = {0};
    tend_err err = {TEND_OK, ""};
    assert_int_equal(curve_parse(many, &c, &err), TEND_OK);
    assert_int_equal(c.points, CURVE_POINTS_MOST);
    snprintf(many + strlen(many), sizeof many - strlen(many), ",99");
    assert_int_equal(curve_parse(many, &c, &err), TEND_USAGE);
    assert_string_equal(err.text, "--curve: more than 64 points");
}

enum { TESTS = 12, REPEATS = 3, POINTS = 4, STEPS = 100, HEALTHY = 4 }; // every fourth is healthy

static void open_curve(curve *c, int repeats)
{
    tend_err err = {TEND_OK, ""};
    *c = (curve){.learnt = {0, 10, 20, 30},
                 .points = POINTS,
                 .repeats = repeats,
                 .tests = TESTS,
                 .steps = STEPS};
    assert_int_equal(curve_open(c, &err), TEND_OK);
}

// Rows of one point of one repeat: test i breaches 40 + i + more ticks.
static void put(curve *c, int point, int repeat, int more, bool faults)
{
    result rows[TESTS];
    tend_err err = {TEND_OK, ""};
    for (int i = 0; i < TESTS; i++) {
        bool sick = faults && i % HEALTHY != 0;
        rows[i] = (result){.seed = (uint64_t)i,
                           .system = "s",
                           .fault_t_start = sick ? 5 : -1,
                           .slo_steps = sick ? 40 + i + more : 80 - 2 * more, // not counted
                           .first_slo = sick ? 6 : -1,
                           .recovered = i % 2 ? 50 : -1,
                           .mttr = i % 2 ? 44 : -1,
                           .wrong_actions = sick ? 2 : 0,
                           .reward = (double)NAN};
    }
    assert_int_equal(curve_put(c, point, repeat, rows, &err), TEND_OK);
}

// Changes of points 1..3 by repeat, the same for all tests.
static void fill(curve *c, const int more[POINTS][REPEATS], bool faults)
{
    put(c, 0, 0, 0, faults);
    for (int p = 1; p < c->points; p++)
        for (int k = 0; k < c->repeats; k++)
            put(c, p, k, more[p][k], faults);
}

static int row_named(const char *name)
{
    int i = 0;
    while (strcmp(figure_table[i].name, name) != 0)
        i++;
    return i;
}

static void changes(const curve *c, curve_change *out)
{
    tend_err err = {TEND_OK, ""};
    for (int p = 1; p < c->points; p++)
        assert_int_equal(curve_change_of(c, p, &out[p], &err), TEND_OK);
}

static const int mixed[POINTS][REPEATS] = {{0}, {-2, 0, 5}, {-10, -11, -9}, {30, 31, 32}};

static void a_point_is_the_spread_of_its_repeats(void **state)
{
    (void)state;
    curve c;
    curve_change change[POINTS];
    open_curve(&c, REPEATS);
    fill(&c, mixed, true);
    // faults are tests 1 2 3 5 6 7 9 10 11: their mean is 6
    curve_spread at = curve_spread_of(&c, 0, row_named("slo_steps"));
    assert_near(at.mean, 46, 1e-12);
    assert_near(at.sd, 0, 0); // one policy, played once, stands for all
    at = curve_spread_of(&c, 1, row_named("slo_steps"));
    assert_near(at.mean, 47, 1e-12);
    assert_near(at.least, 44, 1e-12);
    assert_near(at.most, 51, 1e-12);
    assert_near(at.sd, sqrt((9 + 1 + 16) / 2.0), 1e-12);
    assert_true(isnan(curve_spread_of(&c, 1, row_named("reward")).mean)); // none is known
    changes(&c, change);
    assert_near(change[1].alone.value, 1, 1e-12);
    assert_int_equal(change[1].worse, 1); // no change is not worse
    assert_near(change[1].alone.high, 1 + 4.302653 * sqrt(13.0 / 3), 1e-4);
    // a third of 5 %: t(2) at 1 - .05 / 6 is 7.6488
    assert_near(change[1].all.high, 1 + 7.648843 * sqrt(13.0 / 3), 1e-4);
    assert_near(change[2].alone.value, -10, 1e-12);
    assert_int_equal(change[2].worse, 0);
    assert_int_equal(change[3].worse, REPEATS);
    curve_close(&c);
}

static const char *find(const curve *c, str *said)
{
    static curve_change change[POINTS];
    changes(c, change);
    curve_table t = {.curve = c, .change = change};
    *said = (str){0};
    curve_finding(&t, said);
    return said->text;
}

static void the_finding_names_what_is_more_than_chance(void **state)
{
    (void)state;
    static const int none[POINTS][REPEATS] = {{0}, {-2, 0, 5}, {-20, 3, 10}, {4, -7, 2}};
    static const int once[POINTS][REPEATS] = {{0}, {-2, 0, 5}, {-20, 3, 10}, {4, 5, 7}};
    static const int lost[POINTS][REPEATS] = {{0}, {30, 31, 32}, {-20, 3, 10}, {4, -7, 2}};
    static const int twice[POINTS][REPEATS] = {{0}, {-9, -10, -11}, {-2, 0, 5}, {-20, -21, -19}};
    const struct {
        const int (*more)[REPEATS];
        const char *holds, *lacks;
    } cases[] = {
        {mixed, "Learning helps at 20 episodes: -10.00 breach steps (", "most"},
        {mixed, "Learning does damage at 30 episodes: +31.00 breach steps (", "chance"},
        {none,
         "changed nothing that can be told from chance; at 30 episodes: -0.333 breach steps (",
         "stand out"},
        // its own interval leaves out 0, but there are three to look at
        {once, "By itself 1 of 3 points would stand out.", "damage"},
        {lost, "What is left at 30 episodes cannot be told from chance: -0.333 breach steps (",
         "changed nothing"},
        {lost, "Learning does damage at 10 episodes: +31.00 breach steps (", "helps"},
        {twice, "Learning helps at 10, 30 episodes, most at 30: -20.00 breach steps (", "damage"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        curve c;
        str said;
        open_curve(&c, REPEATS);
        fill(&c, cases[i].more, true);
        assert_holds(find(&c, &said), cases[i].holds);
        assert_holds(said.text, "hold for all 3 points together");
        assert_null(strstr(said.text, cases[i].lacks));
        str_free(&said);
        curve_close(&c);
    }
}

static void and_what_nothing_can_be_said_of(void **state)
{
    (void)state;
    curve c;
    str said;
    open_curve(&c, 1);
    fill(&c, mixed, true);
    assert_string_equal(find(&c, &said), "One repeat does not tell what another would learn. ");
    str_free(&said);
    assert_true(isnan(curve_spread_of(&c, 1, row_named("slo_steps")).sd));
    curve_close(&c);
    open_curve(&c, REPEATS);
    fill(&c, mixed, false);
    assert_string_equal(find(&c, &said), "No test has a fault: nothing can be said of learning. ");
    str_free(&said);
    curve_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_has_the_interval_of_its_variances),
        cmocka_unit_test(the_bounds_widen_with_the_level_and_know_when_there_are_none),
        cmocka_unit_test(the_interval_covers_about_as_often_as_it_says),
        cmocka_unit_test(points_are_read),
        cmocka_unit_test(broken_points_are_named),
        cmocka_unit_test(a_point_is_the_spread_of_its_repeats),
        cmocka_unit_test(the_finding_names_what_is_more_than_chance),
        cmocka_unit_test(and_what_nothing_can_be_said_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
