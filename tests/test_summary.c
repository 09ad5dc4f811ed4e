// SPDX-License-Identifier: GPL-3.0-or-later
// test_summary.c - the summary of five episodes worked out by hand: what is printed, what is
// written, which gates hold.
#include "support.h"

#include "report/summary.h"

#include <cjson/cJSON.h>

enum { ROWS = 5, STEPS = 240 };

static void name_row(result *r, uint64_t seed, const char *type, const char *service)
{
    r->seed = seed;
    r->fault_t_start = *service ? 80 : -1;
    r->healthy_steps = *service ? 80 : 240;
    snprintf(r->system, sizeof r->system, "shop");
    snprintf(r->fault_type, sizeof r->fault_type, "%s", type);
    snprintf(r->fault_service, sizeof r->fault_service, "%s", service);
    snprintf(r->detector, sizeof r->detector, "iforest");
    snprintf(r->diagnoser, sizeof r->diagnoser, "blend");
    snprintf(r->policy, sizeof r->policy, "ucb");
}

static void timed(result *r, int slo_steps, int first_slo, int recovered, int detected, int delay)
{
    r->slo_steps = slo_steps;
    r->first_slo = first_slo;
    r->recovered = recovered;
    r->mttr = recovered >= 0 ? recovered - first_slo : -1;
    r->detected_at = detected;
    r->delay = delay;
    r->first_visible = detected >= 0 ? detected - delay : first_slo;
}

static void judged(result *r, int top1, int top3, int family, double confidence)
{
    r->top1 = top1;
    r->top3 = top3;
    r->fault_family_hit = family;
    r->confidence = confidence;
}

static void acted(result *r, int actions, int targeted, int wrong, double said)
{
    r->actions = actions;
    r->targeted = targeted;
    r->wrong_actions = wrong;
    r->said = said;
}

static void five(result rows[ROWS])
{
    memset(rows, 0, ROWS * sizeof *rows);
    for (int i = 0; i < ROWS; i++) {
        judged(&rows[i], -1, -1, -1, NAN);
        rows[i].reward = NAN;
        rows[i].escalation_right = rows[i].first_visible = -1;
        rows[i].fault2_t_start = rows[i].fault2_first_slo = rows[i].fault2_recovered = -1;
    }
    name_row(&rows[0], 11, "slow_db", "db");
    timed(&rows[0], 10, 81, 91, 85, 4);
    judged(&rows[0], 1, 1, 1, 0.8);
    acted(&rows[0], 2, 2, 1, 1.5);
    name_row(&rows[1], 12, "slow_db", "db");
    timed(&rows[1], 30, 90, -1, -1, -1);
    name_row(&rows[2], 13, "cpu_hog", "api");
    timed(&rows[2], 0, -1, -1, 100, 9);
    judged(&rows[2], 0, 1, 0, 0.65);
    acted(&rows[2], 1, 1, 0, 0.7);
    name_row(&rows[3], 14, "cpu_hog", "api");
    timed(&rows[3], 20, 85, 105, 90, 0);
    judged(&rows[3], 1, 1, 1, 1.0);
    acted(&rows[3], 5, 3, 0, 2.1);
    name_row(&rows[4], 15, "none", "");
    timed(&rows[4], 3, 50, 53, -1, -1);
    rows[4].false_actions = rows[4].actions = 2;
    rows[1].violations = 1;
    rows[4].violations = 2;
}

static const summary_options plain = {.steps = STEPS,
                                      .threads = 2,
                                      .seconds = 1.5,
                                      .command = "tend eval --episodes 5",
                                      .episode_options = " --system shop"};

// Reads gates [count] and makes the figures of the rows.
static summary_options asked(const result *rows, size_t count, const char *const *texts, int gates,
                             figure figures[FIGURES])
{
    static gate list[8];
    tend_err err = {TEND_OK, ""};
    summary_options o = plain;
    for (int i = 0; i < gates; i++)
        if (gate_parse(texts[i], &list[i], &err) != TEND_OK)
            fail_msg("%s", err.text);
    o.gates = list;
    o.gate_count = gates;
    assert_int_equal(figures_make(rows, count, STEPS, true, figures, &err), TEND_OK);
    return o;
}

// The text of a summary; the caller frees it.
static char *told(const result *rows, size_t count, const summary_options *o,
                  const figure figures[FIGURES])
{
    tend_err err = {TEND_OK, ""};
    str s = {0};
    assert_int_equal(summary_text(rows, count, figures, o, &s, &err), TEND_OK);
    assert_false(s.failed);
    return s.text;
}

static char *summary_of(const result *rows, size_t count)
{
    figure figures[FIGURES];
    summary_options o = asked(rows, count, NULL, 0, figures);
    return told(rows, count, &o, figures);
}

static void the_text_has_head_figures_faults_calls_and_the_worst(void **state)
{
    (void)state;
    result rows[ROWS];
    five(rows);
    figure figures[FIGURES];
    summary_options o = asked(rows, ROWS, NULL, 0, figures);
    o.out = "rows.csv";
    char *text = told(rows, ROWS, &o, figures);
    // 3 of 4: Wilson 0.3006 .. 0.9544
    static const char head[] = "eval  5 episodes x 240 steps, seeds 11..15, system shop\n"
                               "      iforest + blend + ucb, 2 threads, 1.50 s\n\n"
                               "  breach_rate                  75 %     95% 30.06..95.44\n";
    assert_memory_equal(text, head, sizeof head - 1);
    assert_holds(text, "  violations                    3       \n");
    assert_holds(text, "  mttr_p50                     20 steps 95% 10..never\n");
    assert_holds(text, "  reward                        -       \n");
    // of the healthy episode nothing applies; two of three breaches were detected
    assert_holds(
        text,
        "  % of episodes; delay, MTTR and breach of the SLO in steps\n"
        "  fault              n breach detect delay top1 top3  fam recov  MTTR   SLO acts\n"
        "  cpu_hog            2   50.0    100  0.00 50.0  100 50.0   100  20.0  10.0 3.00\n"
        "  none               1      -      -     -    -    -    -     -     -     -    -\n"
        "  slow_db            2    100   50.0  4.00 50.0 50.0 50.0  50.0  10.0  20.0 1.00\n"
        "  all                5   75.0   66.7  4.00 50.0 75.0 50.0  66.7  20.0  15.0 2.00\n\n");
    // 0.8 begins the last bin, 1 is in it; of 6 aimed actions with 4.3 said one was wrong
    assert_holds(text, "  confidence    calls   said  right\n"
                       "  0.6..0.8          1   0.65   0.00\n"
                       "  0.8..1.0          2   0.90   1.00\n"
                       "  at an action      6   0.72   0.83\n\n");
    assert_holds(text, "  worst\n"
                       "    slow_db/db, 30 breach steps, never recovered\n"
                       "      tend episode --seed 12 --system shop --render\n"
                       "    cpu_hog/api, 20 breach steps\n"
                       "      tend episode --seed 14 --system shop --render\n"
                       "    slow_db/db, 10 breach steps\n"
                       "      tend episode --seed 11 --system shop --render\n"
                       "\n  reproduce: tend eval --episodes 5\n"
                       "  wrote rows.csv (5 rows)\n");
    assert_null(strstr(text, "gate"));
    free(text);
}

static void what_never_comes_and_nobody_said_is_told_so(void **state)
{
    (void)state;
    result rows[ROWS];
    five(rows);
    char *text = summary_of(rows + 1, 1);
    assert_holds(text, "  mttr_p50                  never steps \n");
    assert_holds(text,
                 "  slow_db            1    100   0.00 never 0.00 0.00 0.00  0.00 never  30.0 "
                 "0.00\n");
    assert_null(strstr(text, "at an action"));
    assert_null(strstr(text, "wrote"));
    free(text);
    text = summary_of(rows + 2, 1); // no breach: no worst
    assert_null(strstr(text, "worst"));
    free(text);
}

static void calibration_counts_calls_of_faults_in_fifths(void **state)
{
    (void)state;
    result rows[8];
    static const double confidence[8] = {-0.5, 0, 0.19, 0.2, 0.38, 0.5, 7, 0.9};
    for (int i = 0; i < 8; i++) {
        result all[ROWS];
        five(all);
        rows[i] = all[0];
        judged(&rows[i], i % 2, 1, 1, confidence[i]);
    }
    rows[7].fault_t_start = -1; // a call in a healthy episode is no call
    char *text = summary_of(rows, 8);
    assert_holds(text, "right\n"
                       "  0.0..0.2          3  -0.10   0.33\n"
                       "  0.2..0.4          2   0.29   0.50\n"
                       "  0.4..0.6          1   0.50   1.00\n"
                       "  0.8..1.0          1   7.00   0.00\n"
                       "  at an action     16   0.75   0.50\n");
    free(text);
}

static void a_long_name_has_a_line_of_its_own_and_cells_keep_apart(void **state)
{
    (void)state;
    result rows[2], all[ROWS];
    five(all);
    rows[0] = rows[1] = all[3];
    snprintf(rows[0].fault_type, sizeof rows[0].fault_type, "fifteen_letters");
    snprintf(rows[1].fault_type, sizeof rows[1].fault_type, "sixteen__letters");
    rows[0].slo_steps = 1234;
    rows[0].actions = 0;
    rows[1].mttr = 100;
    rows[1].delay = 10;
    char *text = summary_of(rows, 2);
    assert_holds(text,
                 "  fifteen_letters    1    100    100  0.00  100  100  100   100  20.0  1234 "
                 "0.00\n"
                 "  sixteen__letters\n"
                 "                     1    100    100  10.0  100  100  100   100   100  20.0 "
                 "5.00\n");
    free(text);
}

static void the_worst_of_equals_is_the_first_and_there_are_three(void **state)
{
    (void)state;
    result rows[6], all[ROWS];
    static const int steps[6] = {7, 9, 7, 9, 1, 9};
    five(all);
    for (int i = 0; i < 6; i++) {
        rows[i] = all[0];
        rows[i].seed = (uint64_t)(i + 1);
        rows[i].slo_steps = steps[i];
    }
    char *text = summary_of(rows, 6);
    const char *at = strstr(text, "  worst\n");
    static const char *const seeds[] = {"--seed 2 ", "--seed 4 ", "--seed 6 "};
    for (int i = 0; i < 3; i++) {
        assert_holds(at, seeds[i]);
        at = strstr(at, seeds[i]);
    }
    assert_null(strstr(at, "--seed 1 "));
    free(text);
}

// slo_steps is 15, top1 a half: one of four was never judged
static void each_sign_of_a_gate_means_what_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool holds;
    } cases[] = {{"slo_steps>=15", true},    {"slo_steps>=15.1", false}, {"slo_steps<=15", true},
                 {"slo_steps<=14.9", false}, {"slo_steps>14.9", true},   {"slo_steps>15", false},
                 {"slo_steps<15.1", true},   {"slo_steps<15", false},    {"slo_steps==15", true},
                 {"slo_steps==14", false},   {"slo_steps==16", false},   {"slo_steps >= 15", true},
                 {"top1<=0.4", false},       {"top1>=0.4", true},        {"reward>=0", false},
                 {"reward<=0", false}}; // unknown holds nothing
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        result rows[ROWS];
        figure figures[FIGURES];
        five(rows);
        summary_options o = asked(rows, ROWS, &cases[i].text, 1, figures);
        if (gate_holds(o.gates, figures) != cases[i].holds)
            fail_msg("%s", cases[i].text);
    }
}

static void gates_are_read_strictly(void **state)
{
    (void)state;
    char longest[80], longer[80];
    memset(longest, 'x', sizeof longest);
    memcpy(longer, longest, sizeof longer);
    snprintf(longest + 63, sizeof longest - 63, ">1"); // a name of 63
    snprintf(longer + 64, sizeof longer - 64, ">1");
    const struct {
        const char *text, *told;
    } cases[] = {{">=1", "expected a figure's name first"},
                 {longer, "no figure xxx"}, // cut where it is told
                 {"top1=>1", "expected >=, <=, ==, > or <"},
                 {"top1=1", "expected >=, <=, ==, > or <"},
                 {longest, "no figure xxx"},
                 {"top1", "expected >=, <=, ==, > or <"},
                 {"top1>=<1", "expected >=, <=, ==, > or <"},
                 {"top1>=", "expected a number at the end"},
                 {"top1>=1x", "expected a number at the end"},
                 {"top1>=inf", "expected a number at the end"},
                 {"top1>=nan", "expected a number at the end"},
                 {"tpo1>=1", "--gate: no figure tpo1, did you mean top1?"},
                 {"abcdefghi>=1", "no figure abcdefghi"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tend_err err = {TEND_OK, ""};
        gate g;
        assert_int_equal(gate_parse(cases[i].text, &g, &err), TEND_USAGE);
        assert_holds(err.text, cases[i].told);
    }
}

static void gates_are_printed_with_what_was_found_and_asked(void **state)
{
    (void)state;
    static const char *const gates[] = {"recovered>=0.6", "slo_steps<15", "top1>0.9"};
    result rows[ROWS];
    figure figures[FIGURES];
    five(rows);
    summary_options o = asked(rows, ROWS, gates, 3, figures);
    char *text = told(rows, ROWS, &o, figures);
    assert_holds(text, "1.50 s\n\n  gates\n"
                       "    ok    recovered                0.6667, asked >= 0.6\n"
                       "    FAIL  slo_steps                15, asked < 15\n"
                       "    FAIL  top1                     0.5, asked > 0.9\n\n  breach_rate ");
    assert_holds(text, "  2 of 3 gates failed, exit status 4\n");
    free(text);
    o.colour = true;
    text = told(rows, ROWS, &o, figures);
    assert_holds(text, "    \033[32mok  \033[0m  recovered");
    assert_holds(text, "    \033[31mFAIL\033[0m  slo_steps");
    free(text);
    o.gate_count = 1;
    text = told(rows, ROWS, &o, figures);
    assert_null(strstr(text, "gates failed"));
    free(text);
}

static const cJSON *member(const cJSON *object, const char *key)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!found)
        fail_msg("no %s", key);
    return found;
}

static void the_json_holds_run_figures_and_gates(void **state)
{
    (void)state;
    static const char *const gates[] = {"recovered>=0.6", "slo_steps<15"};
    result rows[ROWS];
    five(rows);
    figure figures_made[FIGURES];
    str s = {0};
    summary_options o = asked(rows, ROWS, gates, 2, figures_made);
    tend_err err = {TEND_OK, ""};
    assert_int_equal(summary_json(rows, ROWS, figures_made, &o, &s, &err), TEND_OK);
    assert_null(strstr(s.text, "\"oracle\""));
    cJSON *root = cJSON_Parse(s.text);
    assert_non_null(root);
    assert_string_equal(member(root, "system")->valuestring, "shop");
    assert_string_equal(member(root, "detector")->valuestring, "iforest");
    assert_string_equal(member(root, "diagnoser")->valuestring, "blend");
    assert_string_equal(member(root, "policy")->valuestring, "ucb");
    assert_near(member(root, "seed0")->valuedouble, 11, 0);
    assert_near(member(root, "episodes")->valuedouble, 5, 0);
    assert_near(member(root, "steps")->valuedouble, 240, 0);
    const cJSON *figures = member(root, "figures");
    assert_int_equal(cJSON_GetArraySize(figures), FIGURES);
    const cJSON *breach = member(figures, "breach_rate");
    assert_near(member(breach, "value")->valuedouble, 0.75, 1e-9);
    assert_near(member(breach, "low")->valuedouble, 0.3006, 1e-4);
    assert_near(member(breach, "high")->valuedouble, 0.9544, 1e-4);
    assert_true(cJSON_IsNull(member(member(figures, "reward"), "value")));
    assert_true(cJSON_IsNull(member(member(figures, "mttr_p50"), "high")));
    const cJSON *list = member(root, "gates"), *second = cJSON_GetArrayItem(list, 1);
    assert_int_equal(cJSON_GetArraySize(list), 2);
    assert_true(cJSON_IsTrue(member(cJSON_GetArrayItem(list, 0), "ok")));
    assert_string_equal(member(second, "name")->valuestring, "slo_steps");
    assert_string_equal(member(second, "sign")->valuestring, "<");
    assert_near(member(second, "bound")->valuedouble, 15, 0);
    assert_true(cJSON_IsFalse(member(second, "ok")));
    cJSON_Delete(root);
    str_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_has_head_figures_faults_calls_and_the_worst),
        cmocka_unit_test(what_never_comes_and_nobody_said_is_told_so),
        cmocka_unit_test(calibration_counts_calls_of_faults_in_fifths),
        cmocka_unit_test(a_long_name_has_a_line_of_its_own_and_cells_keep_apart),
        cmocka_unit_test(the_worst_of_equals_is_the_first_and_there_are_three),
        cmocka_unit_test(each_sign_of_a_gate_means_what_it_says),
        cmocka_unit_test(gates_are_read_strictly),
        cmocka_unit_test(gates_are_printed_with_what_was_found_and_asked),
        cmocka_unit_test(the_json_holds_run_figures_and_gates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
