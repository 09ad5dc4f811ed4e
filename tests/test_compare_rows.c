// SPDX-License-Identifier: GPL-3.0-or-later
// test_compare_rows.c - every yardstick of a comparison, on three pairs worked out by hand, and how
// it is printed and written.
#include "support.h"

#include "report/compare.h"

#include <cjson/cJSON.h>

enum { STEPS = 240 };

static result row(uint64_t seed, const char *type, int slo_steps, int first_slo, int recovered)
{
    result r = {.seed = seed,
                .fault_t_start = strcmp(type, "none") == 0 ? -1 : 80,
                .slo_steps = slo_steps,
                .first_slo = first_slo,
                .recovered = recovered,
                .mttr = recovered >= 0 ? recovered - first_slo : -1,
                .top1 = -1,
                .top3 = -1};
    snprintf(r.fault_type, sizeof r.fault_type, "%s", type);
    return r;
}

static void yardsticks(result *r, int top1, int top3, int actions, double refused, int false_alarms)
{
    r->top1 = top1;
    r->top3 = top3;
    r->fault_family_hit = top1 < 0 ? -1 : 1 - top1;
    r->actions = actions;
    r->wrong_actions = actions / 2;
    r->refused = refused;
    r->false_alarm_steps = false_alarms;
}

typedef struct study {
    result before[3], after[3];
    contrast *rows;
    size_t count;
} study;

// a slow database gets better, a cpu hog is found and mended, a healthy episode stays one
static void study_open(study *x)
{
    x->before[0] = row(1, "slow_db", 10, 82, 94);
    x->after[0] = row(1, "slow_db", 6, 82, 90);
    x->before[1] = row(2, "cpu_hog", 30, 100, -1); // 140 ticks to the end
    x->after[1] = row(2, "cpu_hog", 0, -1, -1);    // no breach: nothing to recover from
    x->before[2] = row(3, "none", 5, -1, -1);
    x->after[2] = row(3, "none", 5, -1, -1);
    for (int i = 0; i < 2; i++) { // harm is done before, and by neither to the healthy
        result *both[] = {&x->before[i], &x->after[i]};
        both[0]->noop_steps = both[1]->noop_steps = i == 0 ? 4 : 24;
    }
    yardsticks(&x->before[0], 1, 1, 2, 0, 4);
    yardsticks(&x->after[0], 1, 1, 3, 0.1, 1);
    yardsticks(&x->before[1], 0, 1, 0, 0.2, 0);
    yardsticks(&x->after[1], 1, -1, 4, 0, 2); // not judged is not found
    yardsticks(&x->before[2], -1, -1, 1, 0, 3);
    yardsticks(&x->after[2], -1, -1, 0, 0.05, 0);
    tend_err err = {TEND_OK, ""};
    if (compare_rows((compare_run){x->before, 3}, (compare_run){x->after, 3}, STEPS, &x->rows,
                     &x->count, &err) != TEND_OK)
        fail_msg("%s", err.text);
}

typedef struct expected {
    const char *group, *measure;
    size_t pairs, differ;
    double before, after, change;
} expected;

// Of the healthy episode what a fault needs is left out. Of the cpu hog recovery is asked in the
// first run alone, for the second did not breach: that is no pair, and before is of the other.
static const expected want[] = {
    {"all", "top1", 2, 1, 0.5, 1, 0.5},
    {"all", "top1_costly", 1, 1, 0, 1, 1},
    {"all", "top3", 2, 1, 1, 0.5, -0.5},
    {"all", "family", 2, 1, 0.5, 0, -0.5},
    {"all", "recovered", 1, 0, 1, 1, 0},
    {"all", "false_alarms", 3, 3, 7.0 / 3, 1, -4.0 / 3},
    {"all", "slo_steps", 2, 2, 20, 3, -17},
    {"all", "harmful", 3, 2, 2.0 / 3, 0, -2.0 / 3},
    {"all", "actions", 2, 2, 1, 3.5, 2.5},
    {"all", "wrong_actions", 2, 1, 0.5, 1.5, 1},
    {"all", "refused", 2, 2, 0.1, 0.05, -0.05},
    {"all", "mttr_mean", 2, 2, (12 + 140) / 2.0, 4, -72},
    {"cpu_hog", "top1", 1, 1, 0, 1, 1},
    {"cpu_hog", "recovered", 0, 0, NAN, NAN, NAN},
    {"cpu_hog", "slo_steps", 1, 1, 30, 0, -30},
    {"cpu_hog", "mttr_mean", 1, 1, 140, 0, -140},
    {"none", "top1", 0, 0, NAN, NAN, NAN},
    {"none", "recovered", 0, 0, NAN, NAN, NAN},
    {"none", "slo_steps", 0, 0, NAN, NAN, NAN},
    {"none", "mttr_mean", 0, 0, NAN, NAN, NAN},
    {"slow_db", "top1", 1, 0, 1, 1, 0},
    {"slow_db", "recovered", 1, 0, 1, 1, 0},
    {"slow_db", "slo_steps", 1, 1, 10, 6, -4},
    {"slow_db", "mttr_mean", 1, 1, 12, 8, -4},
};
enum { WANTED = sizeof want / sizeof *want };

static void every_measure_is_what_it_says_overall_and_per_fault(void **state)
{
    (void)state;
    study x;
    study_open(&x);
    assert_int_equal(x.count, WANTED);
    for (size_t i = 0; i < WANTED; i++) {
        const contrast *c = &x.rows[i];
        assert_string_equal(c->group, want[i].group);
        assert_string_equal(c->measure, want[i].measure);
        assert_int_equal(c->pairs, want[i].pairs);
        assert_int_equal(c->differ, want[i].differ);
        assert_true(isnan(want[i].before) ? isnan(c->before)
                                          : fabs(c->before - want[i].before) < 1e-12);
        assert_true(isnan(want[i].after) ? isnan(c->after)
                                         : fabs(c->after - want[i].after) < 1e-12);
        if (c->pairs == 0) {
            assert_true(isnan(c->change.value));
            continue;
        }
        assert_near(c->change.value, want[i].change, 1e-12);
        assert_true(c->change.low <= c->change.value && c->change.value <= c->change.high);
        if (c->pairs == 1) // a resample of one is that one
            assert_near(c->change.high - c->change.low, 0, 1e-12);
    }
    free(x.rows);
}

static void every_field_of_the_json_is_that_of_the_contrast(void **state)
{
    (void)state;
    study x;
    study_open(&x);
    str s = {0};
    compare_json(x.rows, x.count, &s);
    cJSON *list = cJSON_Parse(s.text), *item;
    assert_int_equal(cJSON_GetArraySize(list), WANTED);
    size_t i = 0;
    cJSON_ArrayForEach(item, list)
    {
        const contrast *c = &x.rows[i++];
        assert_string_equal(cJSON_GetObjectItem(item, "group")->valuestring, c->group);
        assert_string_equal(cJSON_GetObjectItem(item, "measure")->valuestring, c->measure);
        const double numbers[] = {(double)c->pairs, (double)c->differ, c->before,     c->after,
                                  c->change.value,  c->change.low,     c->change.high};
        static const char *const keys[] = {"pairs",  "differ", "before", "after",
                                           "change", "low",    "high"};
        for (int k = 0; k < 7; k++) {
            const cJSON *field = cJSON_GetObjectItem(item, keys[k]);
            if (isnan(numbers[k]))
                assert_true(cJSON_IsNull(field));
            else
                assert_near(field->valuedouble, numbers[k], 1e-8 * (1 + fabs(numbers[k])));
        }
    }
    cJSON_Delete(list);
    str_free(&s);
    free(x.rows);
}

static void a_row_of_text_has_four_digits_and_a_verdict(void **state)
{
    (void)state;
    static const contrast rows[] = {
        {"all", "slo_steps", 40, 20, 20.5, 18, {-2.5, -3.25, -1.75}, 0, 0},
        {"all", "mttr", 7, 6, 99.994, 99.996, {0.5, 0.25, 9.9994}, 0, 0},
        {"all", "recovered", 7, 6, 999.94, 999.96, {9.9996, 0, 12345.6}, 0, 0},
        {"all", "top1", 7, 6, 0, 0, {-1, -2, 0}, 0, 0},
        {"all", "top3", 7, 6, 0, 0, {0, NAN, NAN}, 0, 0},
        {"all", "actions", 0, 0, 0, 0, {NAN, NAN, NAN}, 0, 0},
        {"cpu_hog", "slo_steps", 4, 4, 1, 2, {1, 0.5, 1}, 0, 0},
        {"none", "slo_steps", 0, 0, NAN, NAN, {NAN, NAN, NAN}, 0, 0},
        {"slow_db", "slo_steps", 5, 5, 1, 2, {1, 0.5, 1}, 0, 0},
    };
    str s = {0};
    compare_text(rows, sizeof rows / sizeof *rows, "a.csv", "b.csv", &s);
    assert_string_equal(
        s.text,
        "compare  a.csv -> b.csv\n         paired by seed, bootstrap 95 % intervals\n"
        "\n  measure        pairs differ before  after   change  95 % interval\n"
        "  all\n"
        "    slo_steps        40     20  20.50  18.00   -2.500  -3.250 .. -1.750  lower\n"
        "    mttr              7      6  99.99  100.0   +0.500  +0.250 .. +9.999  higher\n"
        "    recovered         7      6  999.9   1000   +10.00  +0.000 .. +12346  unclear\n"
        "    top1              7      6  0.000  0.000   -1.000  -2.000 .. +0.000  unclear\n"
        "    top3              7      6  0.000  0.000   +0.000    +nan .. +nan\n"
        "\n  cpu_hog\n"
        "    slo_steps         4      4  1.000  2.000   +1.000  +0.500 .. +1.000\n"
        "\n  slow_db\n"
        "    slo_steps         5      5  1.000  2.000   +1.000  +0.500 .. +1.000  higher\n");
    str_free(&s);
}

static result held(uint64_t seed, int noop, int beam, int slo_steps, int oracle)
{
    result r = row(seed, "slow_db", slo_steps, 82, -1);
    r.noop_steps = noop;
    r.beam_steps = beam;
    r.oracle_steps = oracle;
    snprintf(r.oracle_opens, sizeof r.oracle_opens, "restart");
    return r;
}

static const contrast *find(const contrast *rows, size_t count, const char *measure)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].measure, measure) == 0)
            return &rows[i];
    return NULL;
}

// Of the two runs each found one plan that the other, and the search, did not.
static void a_gap_is_closed_towards_the_best_that_either_run_knows(void **state)
{
    (void)state;
    result a[3] = {held(1, 100, 20, 60, 20), held(2, 50, 10, 4, 4), row(3, "none", 5, -1, -1)};
    result b[3] = {held(1, 100, 20, 16, 16), held(2, 50, 10, 30, 10), row(3, "none", 5, -1, -1)};
    contrast *rows;
    size_t count;
    tend_err err = {TEND_OK, ""};
    compare_run first = {a, 3}, second = {b, 3};
    assert_int_equal(compare_rows(first, second, STEPS, &rows, &count, &err), TEND_OK);
    const contrast *c = find(rows, count, "gap_closed");
    assert_non_null(c);
    assert_string_equal(c->group, "all");
    assert_int_equal(c->pairs, 2);
    assert_int_equal(c->differ, 2);
    assert_int_equal(c->beaten, 2);
    assert_near(c->reference, (16 + 4) / 2.0, 1e-12);
    assert_near(c->before, (40 + 46) / 130.0, 1e-12); // of 84 + 46 that could be won
    assert_near(c->after, (84 + 20) / 130.0, 1e-12);
    assert_near(c->change.value, 18 / 130.0, 1e-12);
    str text = {0}, json = {0};
    compare_text(rows, count, "a.csv", "b.csv", &text);
    compare_json(rows, count, &json);
    assert_holds(text.text, "gap_closed        2      2  0.662  0.800   +0.138");
    assert_holds(text.text,
                 "oracle 10.00 steps, best of search and runs; the search alone worse in 2");
    assert_holds(json.text, "\"oracle_steps\":\t10");
    assert_holds(json.text, "\"beaten\":\t2");
    str_free(&text);
    str_free(&json);
    free(rows);
    // the oracle of one is enough; no gap without any, or where the two are of different worlds
    for (int k = 0; k < 3; k++) {
        result one[2] = {a[0], a[1]}, other[2] = {b[0], b[1]};
        for (int i = 0; i < 2; i++) {
            one[i].oracle_opens[0] = k == 1 ? 0 : 'r';
            other[i].oracle_opens[0] = k == 2 ? 'r' : 0;
            other[i].noop_steps += k == 2;
        }
        assert_int_equal(compare_rows((compare_run){one, 2}, (compare_run){other, 2}, STEPS, &rows,
                                      &count, &err),
                         TEND_OK);
        c = find(rows, count, "gap_closed");
        assert_int_equal(c != NULL, k == 0);
        if (c)
            assert_true(c->pairs == 2 && c->reference == (16 + 4) / 2.0 && c->beaten == 2);
        free(rows);
    }
}

static tend_rc compared(const result *a, size_t n, const result *b, size_t m, tend_err *err)
{
    contrast *rows = NULL;
    size_t count = 0;
    tend_rc rc = compare_rows((compare_run){a, n}, (compare_run){b, m}, STEPS, &rows, &count, err);
    free(rows);
    return rc;
}

static void a_seed_of_one_run_alone_is_named_with_its_run(void **state)
{
    (void)state;
    static const struct {
        uint64_t a[3], b[3]; // seeds, 0: none
        const char *told;
    } cases[] = {
        {{1, 2, 3}, {1, 2, 0}, "seed 3 is only in the first run"},
        {{1, 2, 0}, {1, 2, 3}, "seed 3 is only in the second run"},
        {{1, 3, 0}, {2, 3, 0}, "seed 1 is only in the first run"},
        {{2, 3, 0}, {1, 3, 0}, "seed 1 is only in the second run"},
        {{1, 0, 0}, {0, 0, 0}, "seed 1 is only in the first run"},
        {{1, 2, 2}, {1, 2, 3}, "first run: seed 2 twice"},
        {{1, 2, 3}, {3, 1, 3}, "second run: seed 3 twice"},
        {{3, 1, 2}, {2, 3, 1}, NULL}, // in any order
        {{0, 0, 0}, {0, 0, 0}, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        result a[3], b[3];
        size_t n = 0, m = 0;
        tend_err err = {TEND_OK, ""};
        for (int k = 0; k < 3; k++) {
            if (cases[i].a[k])
                a[n++] = row(cases[i].a[k], "slow_db", 1, -1, -1);
            if (cases[i].b[k])
                b[m++] = row(cases[i].b[k], "slow_db", 1, -1, -1);
        }
        tend_rc rc = compared(a, n, b, m, &err);
        assert_int_equal(rc, cases[i].told ? TEND_INPUT : TEND_OK);
        if (cases[i].told)
            assert_holds(err.text, cases[i].told);
    }
}

static void any_difference_of_the_incident_is_refused(void **state)
{
    (void)state;
    const result base = row(7, "slow_db", 1, -1, -1);
    for (int k = 0; k < 5; k++) {
        result other = base;
        tend_err err = {TEND_OK, ""};
        if (k == 1)
            snprintf(other.fault_type, sizeof other.fault_type, "cpu_hog");
        if (k == 2)
            snprintf(other.fault_service, sizeof other.fault_service, "api");
        if (k == 3)
            snprintf(other.system, sizeof other.system, "shop");
        if (k == 4)
            other.fault_t_start = 81;
        assert_int_equal(compared(&base, 1, &other, 1, &err), k ? TEND_INPUT : TEND_OK);
        if (k)
            assert_holds(err.text, "seed 7: slow_db on ");
    }
}

static result placed(const char *system, uint64_t seed, const char *preset, int steps)
{
    result r = row(seed, "slow_db", 1, -1, -1);
    snprintf(r.system, sizeof r.system, "%s", system);
    snprintf(r.preset, sizeof r.preset, "%s", preset);
    r.slo_steps = steps;
    return r;
}

// Of several systems a seed is that of its own; a suite may play it in two worlds.
static void rows_of_many_systems_are_paired_by_system_and_seed(void **state)
{
    (void)state;
    const result a[] = {placed("x", 1, "calm", 10), placed("y", 1, "calm", 20),
                        placed("x", 2, "calm", 30), placed("x", 1, "real", 40)};
    const result b[] = {placed("x", 1, "real", 47), placed("x", 2, "calm", 32),
                        placed("y", 1, "calm", 21), placed("x", 1, "calm", 14)};
    contrast *rows = NULL;
    size_t count = 0;
    tend_err err;
    assert_int_equal(
        compare_overall((compare_run){a, 4}, (compare_run){b, 4}, STEPS, &rows, &count, &err),
        TEND_OK);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].measure, "slo_steps") == 0) {
            assert_int_equal(rows[i].pairs, 4);
            assert_int_equal(rows[i].differ, 4);
            assert_near(rows[i].change.value, (4 + 7 + 2 + 1) / 4.0, 1e-12);
            // of two systems: one, the other, or both
            assert_near(rows[i].change.low, 1, 1e-12);
            assert_near(rows[i].change.high, 13 / 3.0, 1e-12);
        }
    free(rows);
    // what is missing is named with its system
    assert_int_equal(compared(a, 4, b, 3, &err), TEND_INPUT);
    assert_holds(err.text, "seed 1 of x is only in the first run");
    assert_int_equal(compared(a, 1, b, 3, &err), TEND_INPUT);
    assert_holds(err.text, "is only in the second run");
    const result twice[] = {a[0], a[1], a[1]};
    assert_int_equal(compared(twice, 3, b, 4, &err), TEND_INPUT);
    assert_holds(err.text, "first run: seed 1 of y twice");
    // one incident in two worlds can be compared where only the world differs
    assert_int_equal(compared(a, 1, b, 1, &err), TEND_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_is_closed_towards_the_best_that_either_run_knows),
        cmocka_unit_test(every_measure_is_what_it_says_overall_and_per_fault),
        cmocka_unit_test(every_field_of_the_json_is_that_of_the_contrast),
        cmocka_unit_test(a_row_of_text_has_four_digits_and_a_verdict),
        cmocka_unit_test(a_seed_of_one_run_alone_is_named_with_its_run),
        cmocka_unit_test(rows_of_many_systems_are_paired_by_system_and_seed),
        cmocka_unit_test(any_difference_of_the_incident_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
