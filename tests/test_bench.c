// SPDX-License-Identifier: GPL-3.0-or-later
// test_bench.c - how a figure of speed is taken, held to its limit and told. Not how fast it is.
#include "command_support.h"

#include "runners/bench.h"

#include <cjson/cJSON.h>
#include <time.h>

static void the_median_is_in_the_middle_or_between_the_middle_two(void **state)
{
    (void)state;
    double odd[] = {5, 1, 9}, even[] = {8, 1, 2, 4}, one[] = {7};
    assert_near(bench_median(odd, 3), 5, 0);
    assert_near(bench_median(even, 4), 3, 0);
    assert_near(bench_median(one, 1), 7, 0);
    assert_near(even[0], 1, 0);
    assert_near(even[3], 8, 0);
}

static void a_limit_is_met_at_the_limit(void **state)
{
    (void)state;
    static const struct {
        double value, limit;
        bool most, least; // missed when it is one
    } rows[] = {{1, 2, false, true},
                {2, 2, false, false},
                {3, 2, true, false},
                {NAN, 2, true, true},
                {1, NAN, false, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b = {.repetitions = 1};
        bench_at_most(&b, "most", rows[i].value, "ns", rows[i].limit);
        bench_at_least(&b, "least", rows[i].value, "1/s", rows[i].limit);
        assert_int_equal(b.figures, 2);
        assert_string_equal(b.figure[0].name, "most");
        assert_string_equal(b.figure[1].unit, "1/s");
        assert_int_equal(bench_missed(&b.figure[0]), rows[i].most);
        assert_int_equal(bench_missed(&b.figure[1]), rows[i].least);
    }
}

static double cpu_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// four units in two thousandths of a second of CPU; the first batch takes far longer
static double burn(void *self)
{
    int *calls = self;
    double until = cpu_clock() + (*calls == 0 ? 0.05 : 0.002);
    ++*calls;
    while (cpu_clock() < until)
        ;
    return 4;
}

static void a_unit_is_timed_after_a_warm_up_for_as_long_as_asked(void **state)
{
    (void)state;
    bench b = {.repetitions = 3, .seconds = 0};
    int calls = 0;
    double unit = bench_seconds_per_unit(&b, burn, &calls);
    assert_int_equal(calls, 1 + 3); // no time asked: one batch each
    assert_between(unit, 0.000499, 0.002);
    b.seconds = 0.009; // five batches of 2 ms
    calls = 0;
    unit = bench_seconds_per_unit(&b, burn, &calls);
    assert_in_range(calls, 1 + 3, 1 + 3 * 5);
    assert_between(unit, 0.000499, 0.002);
    double before = bench_wall_clock();
    usleep(2000);
    assert_between(bench_wall_clock() - before, 0.0019, 60);
}

typedef struct expected {
    const char *name, *unit;
    double limit, low, high; // of a value on any machine, be it ever so busy
    bool at_least;
} expected;

// two units in so many thousandths of a second of CPU
static double burn_for(void *self)
{
    double *ms = self, until = cpu_clock() + 1e-3 * *ms;
    while (cpu_clock() < until)
        ;
    return 2;
}

static void two_in_turns_are_told_each_and_beside_each_other(void **state)
{
    (void)state;
    bench b = {.repetitions = 3, .seconds = 0.005};
    double ms[] = {2, 4}, seconds[2];
    double ratio = bench_pair(&b, burn_for, (void *const[]){&ms[0], &ms[1]}, seconds);
    assert_between(seconds[0], 0.000999, 0.002);
    assert_between(seconds[1], 0.001999, 0.004);
    assert_between(ratio, 1.4, 2.8);
    ratio = bench_pair(&b, burn_for, (void *const[]){&ms[1], &ms[0]}, seconds);
    assert_between(ratio, 0.35, 0.7);
}

static void expect(const bench *b, const expected *want, int count)
{
    assert_int_equal(b->figures, count);
    for (int i = 0; i < count; i++) {
        const bench_figure *f = &b->figure[i];
        assert_string_equal(f->name, want[i].name);
        assert_string_equal(f->unit, want[i].unit);
        assert_true(isnan(want[i].limit) ? isnan(f->limit) : f->limit == want[i].limit);
        assert_int_equal(f->at_least, want[i].at_least);
        if (!(f->value > want[i].low && f->value < want[i].high))
            fail_msg("%s: %g %s", f->name, f->value, f->unit);
    }
}

static void the_groups_tell_figures_in_their_units_beside_their_limits(void **state)
{
    (void)state;
    static const expected world[] = {
        {"simulator, 3 services", "ns/service-step", 95, 5, 50000, false},
        {"simulator, 3 services", "M ticks/s", 3.5, 0.005, 50, true},
        {"simulator, 3 services, real", "ns/service-step", 114, 5, 50000, false},
        {"real beside calm, 3 services", "times", 1.2, 0.2, 20, false},
        {"simulator, 11 services", "ns/service-step", 95, 5, 50000, false},
        {"simulator, 11 services", "M ticks/s", NAN, 0.001, 20, true},
        {"simulator, 11 services, real", "ns/service-step", 114, 5, 50000, false},
        {"real beside calm, 11 services", "times", 1.2, 0.2, 20, false},
        {"simulator, 40 services", "ns/service-step", 95, 5, 50000, false},
        {"simulator, 40 services", "M ticks/s", NAN, 0.0005, 5, true},
        {"simulator, 40 services, real", "ns/service-step", 114, 5, 50000, false},
        {"real beside calm, 40 services", "times", 1.2, 0.2, 20, false}};
    static const expected forest[] = {
        {"iforest, fit 100 trees, 10k x 10", "ms", 1, 0.02, 500, false},
        {"iforest, score 10k x 10", "ns/point/tree", 8, 0.2, 3000, false}};
    static const expected bandit[] = {{"ucb1, 12 arms", "M decisions/s", 1, 0.01, 500, true}};
    static const expected loop[] = {
        {"whole loop, iforest", "episodes/s", 400, 0.2, 1e5, true},
        {"two threads against one, iforest", "times", 1.8, 0.2, 20, true},
        {"whole loop, robust_z", "episodes/s", 5000, 1, 1e6, true},
        {"two threads against one, robust_z", "times", 1.8, 0.2, 20, true}};
    bench b = {.repetitions = 1, .seconds = 0.001};
    assert_int_equal(bench_world(&b, &command_err), TEND_OK);
    expect(&b, world, 12);
    // 3 services: what a service takes and how many ticks there are in a second are one figure
    assert_near_relative(b.figure[0].value * 3 * b.figure[1].value, 1000, 1e-9);
    assert_near_relative(b.figure[8].value * 40 * b.figure[9].value, 1000, 1e-9);
    b.figures = 0;
    assert_int_equal(bench_forest(&b, &command_err), TEND_OK);
    expect(&b, forest, 2);
    b.figures = 0;
    assert_int_equal(bench_bandit(&b, &command_err), TEND_OK);
    expect(&b, bandit, 1);
    b.figures = 0;
    assert_int_equal(bench_loop(&b, &command_err), TEND_OK);
    expect(&b, loop, 4);
}

static void the_command_writes_what_it_prints_and_its_gate_follows(void **state)
{
    (void)state;
    char path[256], line[400];
    temp_path(path, sizeof path, "bench.json");
    snprintf(line, sizeof line, "--only forest --repetitions 2 --seconds 0.001 --json %s", path);
    char *said = command_said(&command_bench, line, TEND_OK), *text = get_file(path);
    assert_holds(said, "bench: median of 2 repetitions, CPU time of one thread\n");
    cJSON *root = cJSON_Parse(text);
    assert_non_null(root);
    assert_near(cJSON_GetObjectItem(root, "repetitions")->valuedouble, 2, 0);
    const cJSON *figures = cJSON_GetObjectItem(root, "figures"), *f;
    assert_int_equal(cJSON_GetArraySize(figures), 2);
    cJSON_ArrayForEach(f, figures)
    {
        const char *name = cJSON_GetObjectItem(f, "name")->valuestring;
        double value = cJSON_GetObjectItem(f, "value")->valuedouble;
        double limit = cJSON_GetObjectItem(f, "at_most")->valuedouble;
        bool met = cJSON_IsTrue(cJSON_GetObjectItem(f, "met"));
        char row[200];
        assert_int_equal(met, value <= limit);
        snprintf(row, sizeof row, "  %-38s %10.4g %-16s at most  %-8.4g %s\n", name, value,
                 cJSON_GetObjectItem(f, "unit")->valuestring, limit, met ? "ok" : "MISSED");
        assert_holds(said, row);
    }
    cJSON_Delete(root);
    free(text);
    free(said);
    unlink(path);
    said = command_said(&command_bench, "--only simulator --repetitions 1 --seconds 0.001 --json -",
                        TEND_OK);
    root = cJSON_Parse(said); // and nothing else
    assert_non_null(root);
    const cJSON *sixth = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "figures"), 5);
    assert_false(cJSON_HasObjectItem(sixth, "met")); // held to nothing
    assert_non_null(cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(root, "figures"), 1),
                                        "at_least"));
    cJSON_Delete(root);
    free(said);
}

static void what_is_no_group_or_number_is_refused(void **state)
{
    (void)state;
    command_printed(&command_bench, "--only bandit --seconds 0.001", "median of 5 repetitions");
    command_failed(&command_bench, "--only forests", TEND_USAGE,
                   "--only \"forests\", expected simulator, forest, bandit, loop or oracle");
    command_failed(&command_bench, "--repetitions 0", TEND_USAGE, "--repetitions");
    command_failed(&command_bench, "--repetitions 102", TEND_USAGE, "--repetitions");
    command_failed(&command_bench, "--seconds 0.0001", TEND_USAGE, "--seconds");
    command_failed(&command_bench, "--seconds 61", TEND_USAGE, "--seconds");
    command_failed(&command_bench, "forest", TEND_USAGE, "unexpected argument \"forest\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_is_in_the_middle_or_between_the_middle_two),
        cmocka_unit_test(a_limit_is_met_at_the_limit),
        cmocka_unit_test(a_unit_is_timed_after_a_warm_up_for_as_long_as_asked),
        cmocka_unit_test(two_in_turns_are_told_each_and_beside_each_other),
        cmocka_unit_test(the_groups_tell_figures_in_their_units_beside_their_limits),
        cmocka_unit_test(the_command_writes_what_it_prints_and_its_gate_follows),
        cmocka_unit_test(what_is_no_group_or_number_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
