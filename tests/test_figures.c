// SPDX-License-Identifier: GPL-3.0-or-later
// test_figures.c - every figure of an eval and every contrast of two, on six rows done by hand.
#include "support.h"

#include "report/compare.h"
#include "report/figures.h"

enum { ROWS = 6, STEPS = 240 };

static void name_row(result *r, uint64_t seed, bool sick)
{
    r->seed = seed;
    r->fault_t_start = sick ? 80 : -1;
    r->fault_duration = sick ? 160 : -1;
    snprintf(r->system, sizeof r->system, "default");
    snprintf(r->fault_type, sizeof r->fault_type, "%s", sick ? "slow_db" : "none");
    snprintf(r->fault_service, sizeof r->fault_service, "%s", sick ? "db" : "");
}

// found and mended; missed and never over; found without a breach; misjudged; healthy; acted upon
static const result six[ROWS] = {
    {.first_visible = 81,
     .escalated = 1,
     .escalation_right = 1,
     .relapses = 2,
     .fault2_t_start = 100,
     .fault2_first_slo = 120,
     .fault2_recovered = 130,
     .fault2_top1 = 1,
     .slo_steps = 10,
     .noop_steps = 40,
     .first_slo = 81,
     .recovered = 91,
     .mttr = 10,
     .detected_at = 85,
     .delay = 4,
     .top1 = 1,
     .top3 = 1,
     .fault_family_hit = 1,
     .actions = 2,
     .masked = 1,
     .refused = 0.1,
     .false_alarm_steps = 2,
     .healthy_steps = 80,
     .reward = 0.9,
     .violations = 1},
    {.first_visible = 88,
     .stuck = 1,
     .escalation_right = -1,
     .relapses = 1,
     .fault2_t_start = 100,
     .fault2_first_slo = 101,
     .fault2_recovered = -1,
     .fault2_top1 = -1,
     .slo_steps = 30,
     .noop_steps = 24, // one tick more than is allowed above it
     .first_slo = 90,
     .recovered = -1,
     .mttr = -1,
     .detected_at = -1,
     .delay = -1,
     .top1 = -1,
     .top3 = -1,
     .fault_family_hit = -1,
     .healthy_steps = 80,
     .reward = (double)NAN},
    {.first_visible = 91,
     .escalated = 1,
     .escalation_right = 0,
     .fault2_t_start = 90,
     .fault2_first_slo = -1,
     .fault2_recovered = -1,
     .fault2_top1 = 0,
     .slo_steps = 0,
     .noop_steps = 4,
     .first_slo = -1,
     .recovered = -1,
     .mttr = -1,
     .detected_at = 100,
     .delay = 9,
     .top1 = 0,
     .top3 = 1,
     .fault_family_hit = 0,
     .actions = 1,
     .masked = 3,
     .healthy_steps = 80,
     .reward = 0.5},
    {.first_visible = 91,
     .escalation_right = -1,
     .relapses = 1,
     .fault2_t_start = -1,
     .fault2_first_slo = -1,
     .fault2_recovered = -1,
     .fault2_top1 = -1,
     .slo_steps = 20,
     .noop_steps = 15,
     .first_slo = 85,
     .recovered = 105,
     .mttr = 20,
     .detected_at = 90,
     .delay = 0,
     .top1 = 0,
     .top3 = 0,
     .fault_family_hit = 1,
     .actions = 5,
     .refused = 0.3,
     .false_alarm_steps = 6,
     .healthy_steps = 80,
     .reward = 0.1},
    {.first_visible = -1,
     .escalation_right = -1,
     .fault2_t_start = -1,
     .fault2_first_slo = -1,
     .fault2_recovered = -1,
     .fault2_top1 = -1,
     .first_slo = -1,
     .recovered = -1,
     .mttr = -1,
     .detected_at = -1,
     .delay = -1,
     .top1 = -1,
     .top3 = -1,
     .fault_family_hit = -1,
     .false_alarm_steps = 12,
     .healthy_steps = 240,
     .reward = (double)NAN},
    {.first_visible = -1,
     .escalated = 1,
     .escalation_right = 0,
     .fault2_t_start = -1,
     .fault2_first_slo = -1,
     .fault2_recovered = -1,
     .fault2_top1 = -1,
     .slo_steps = 3,
     .first_slo = 50,
     .recovered = 53,
     .mttr = 3,
     .detected_at = -1,
     .delay = -1,
     .top1 = -1,
     .top3 = -1,
     .fault_family_hit = -1,
     .actions = 2,
     .false_actions = 2,
     .masked = 4,
     .refused = 0.2,
     .healthy_steps = 240,
     .reward = 0.7,
     .violations = 2},
};

static void six_rows(result rows[ROWS])
{
    for (int i = 0; i < ROWS; i++) {
        rows[i] = six[i];
        name_row(&rows[i], (uint64_t)i + 1, i < 4);
    }
}

static void every_figure_is_what_its_words_say(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double value;
    } right[] = {
        {"breach_rate", 3.0 / 4},
        {"detection_rate", 2.0 / 3},
        {"delay_p50", 4},
        {"delay_mean", (4 + 152 + 0) / 3.0}, // never detected: to the end
        {"top1", 1.0 / 4},                   // and a miss
        {"top1_costly", 1.0 / 3},            // of those that cost 5 steps
        {"noop_steps", (40 + 24 + 4 + 15) / 4.0},
        {"harmful", 1.0 / 6},
        {"top3", 2.0 / 4},
        {"family", 2.0 / 4},
        {"relapses", 1},
        {"stuck", 1.0 / 4},
        {"escalated", 3.0 / 6},
        {"escalation_precision", 1.0 / 3},
        {"second_top1", 1.0 / 3},
        {"second_recovered", 1.0 / 2},
        {"recovered", 2.0 / 3},
        {"healthy_breach_rate", 0.5},
        {"false_action_rate", 0.5},
        {"violations", 3},
        {"false_alarms_per_1000", 25},
        {"slo_steps", 15},
        {"actions", 2},
        {"masked", 1},
        {"refused", 0.1},
        {"reward", 0.55},
        {"mttr_p50", 20},
        {"mttr_mean", (10 + 150 + 0 + 20) / 4.0}, // of episodes with a fault
        {"false_alarms", 20.0 / 6},
    };
    result rows[ROWS];
    six_rows(rows);
    for (int bounds = 0; bounds < 2; bounds++) {
        figure f[FIGURES];
        assert_int_equal(figures_make(rows, ROWS, STEPS, bounds, f, NULL), TEND_OK);
        for (size_t k = 0; k < sizeof right / sizeof *right; k++) {
            int at = 0;
            while (at < FIGURES && strcmp(f[at].name, right[k].name) != 0)
                at++;
            if (at == FIGURES)
                fail_msg("no figure %s", right[k].name);
            interval v = f[at].value;
            if (!(fabs(v.value - right[k].value) < 1e-12))
                fail_msg("%s is %g, expected %g", right[k].name, v.value, right[k].value);
            if (strcmp(right[k].name, "slo_steps") == 0) {
                assert_int_equal(isfinite(v.low) && isfinite(v.high), bounds);
                assert_true(!bounds || (v.low >= 0 && v.low < 15 && v.high > 15 && v.high <= 30));
            }
            if (strcmp(right[k].name, "top1") == 0) // Wilson: 1 of 4
                assert_true(fabs(v.low - 0.0456) < 1e-3 && fabs(v.high - 0.6994) < 1e-3);
        }
    }
}

static void figures_of_nobody_are_unknown(void **state)
{
    (void)state;
    result rows[ROWS];
    figure f[FIGURES];
    six_rows(rows);
    assert_int_equal(figures_make(rows + 4, 1, STEPS, true, f, NULL), TEND_OK); // healthy
    for (int i = 0; i < FIGURES; i++) {
        bool known = strcmp(f[i].name, "false_alarms_per_1000") == 0 ||
                     strcmp(f[i].name, "false_alarms") == 0 ||
                     strcmp(f[i].name, "healthy_breach_rate") == 0 ||
                     strcmp(f[i].name, "false_action_rate") == 0 ||
                     strcmp(f[i].name, "harmful") == 0 || strcmp(f[i].name, "escalated") == 0 ||
                     strcmp(f[i].name, "violations") == 0;
        if (known == (isnan(f[i].value.value) != 0))
            fail_msg("%s is %g", f[i].name, f[i].value.value);
    }
}

// what nobody watched was not missed, and a breach of noise before the onset is not the fault's
static void who_was_not_asked_has_not_missed(void **state)
{
    (void)state;
    result rows[ROWS];
    figure f[FIGURES];
    six_rows(rows);
    rows[1].anomaly_steps = -1;
    rows[2].slo_steps = rows[2].slo_before = 3;
    assert_int_equal(figures_make(rows, ROWS, STEPS, true, f, NULL), TEND_OK);
    assert_near(figures_find(f, "top1")->value.value, 1.0 / 3, 1e-12);
    assert_near(figures_find(f, "delay_mean")->value.value, 2, 1e-12);
    assert_near(figures_find(f, "second_top1")->value.value, 1.0 / 2, 1e-12);
    assert_near(figures_find(f, "breach_rate")->value.value, 3.0 / 4, 1e-12);
    // of older tables some things are not known
    for (int i = 0; i < ROWS; i++)
        rows[i].noop_steps = rows[i].relapses = rows[i].stuck = rows[i].escalation_right = -1;
    assert_int_equal(figures_make(rows, ROWS, STEPS, true, f, NULL), TEND_OK);
    assert_true(isnan(figures_find(f, "harmful")->value.value));
    assert_true(isnan(figures_find(f, "top1_costly")->value.value));
    assert_true(isnan(figures_find(f, "relapses")->value.value));
    assert_true(isnan(figures_find(f, "stuck")->value.value));
    assert_true(isnan(figures_find(f, "escalation_precision")->value.value));
}

// Ten systems, each of one mind: shares and means are as sure as ten, not as 200.
static void of_several_systems_bounds_are_of_systems(void **state)
{
    (void)state;
    enum { SYSTEMS = 10, EACH = 20, ALL = SYSTEMS * EACH };
    static result rows[ALL];
    figure one[FIGURES], many[FIGURES];
    result six_of[ROWS];
    six_rows(six_of);
    for (int i = 0; i < ALL; i++) {
        rows[i] = six_of[0];
        rows[i].top1 = i / EACH % 2;
        rows[i].slo_steps = 10 + 10 * (i / EACH % 2);
    }
    assert_int_equal(figures_make(rows, ALL, STEPS, true, one, NULL), TEND_OK);
    for (int i = 0; i < ALL; i++)
        snprintf(rows[i].system, sizeof rows[i].system, "system-%d", i / EACH);
    assert_int_equal(figures_make(rows, ALL, STEPS, true, many, NULL), TEND_OK);
    static const char *const names[] = {"top1", "slo_steps"};
    for (int i = 0; i < 2; i++) {
        interval a = figures_find(one, names[i])->value, b = figures_find(many, names[i])->value;
        double unit = i ? 10 : 1;
        assert_near(a.value, b.value, 1e-12);
        assert_near((a.high - a.low) / unit, 0.138, 0.01); // 2 x 1.96 x .5 / sqrt(200)
        assert_near((b.high - b.low) / unit, 0.6, 0.11);   // of sqrt(10)
    }
    // without bounds a mean has none, and the values are the same
    assert_int_equal(figures_make(rows, ALL, STEPS, false, many, NULL), TEND_OK);
    assert_near(figures_find(many, "top1")->value.value, 0.5, 1e-12);
    assert_true(isnan(figures_find(many, "slo_steps")->value.low));
}

static void every_contrast_is_a_mean_of_pairs(void **state)
{
    (void)state;
    static const struct {
        const char *measure;
        size_t pairs, differ;
        double before, after, change;
    } right[] = {
        {"slo_steps", 4, 1, 15, 12.5, -2.5},
        {"mttr_mean", 4, 1, (10 + 150 + 0 + 20) / 4.0, (10 + 10 + 0 + 20) / 4.0, -140 / 4.0},
        // one of the four never breached, another was never judged: that is a miss
        {"recovered", 3, 1, 2.0 / 3, 1, 1.0 / 3},
        {"top1", 4, 2, 1.0 / 4, 3.0 / 4, 2.0 / 4},
        {"top3", 4, 1, 2.0 / 4, 3.0 / 4, 1.0 / 4},
        {"actions", 4, 1, 8.0 / 4, 10.0 / 4, 2.0 / 4},
        {"refused", 4, 2, 0.4 / 4, 0.8 / 4, 0.4 / 4},
        {"false_alarms", 6, 3, 20.0 / 6, 0, -20.0 / 6},
    };
    result before[ROWS], after[ROWS];
    six_rows(before);
    six_rows(after);
    for (int i = 0; i < ROWS; i++) {
        after[i].refused *= 2;
        after[i].false_alarm_steps = 0;
    }
    after[1].slo_steps = 20;
    after[1].recovered = 100;
    after[1].mttr = 10;
    after[2].top1 = 1;
    after[3].top1 = after[3].top3 = 1;
    after[0].actions += 2;
    contrast *rows;
    size_t count, found = 0;
    tend_err err = {TEND_OK, ""};
    if (compare_rows((compare_run){before, ROWS}, (compare_run){after, ROWS}, STEPS, &rows, &count,
                     &err) != TEND_OK)
        fail_msg("%s", err.text);
    for (size_t k = 0; k < sizeof right / sizeof *right; k++)
        for (size_t i = 0; i < count; i++) {
            const contrast *c = &rows[i];
            if (strcmp(c->group, "all") != 0 || strcmp(c->measure, right[k].measure) != 0)
                continue;
            found++;
            if (c->pairs != right[k].pairs || c->differ != right[k].differ ||
                !(fabs(c->before - right[k].before) < 1e-12) ||
                !(fabs(c->after - right[k].after) < 1e-12) ||
                !(fabs(c->change.value - right[k].change) < 1e-12))
                fail_msg("%s: %zu pairs, %zu differ, %g to %g", c->measure, c->pairs, c->differ,
                         c->before, c->after);
        }
    assert_int_equal(found, sizeof right / sizeof *right);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_is_what_its_words_say),
        cmocka_unit_test(figures_of_nobody_are_unknown),
        cmocka_unit_test(who_was_not_asked_has_not_missed),
        cmocka_unit_test(of_several_systems_bounds_are_of_systems),
        cmocka_unit_test(every_contrast_is_a_mean_of_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
