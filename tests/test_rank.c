// SPDX-License-Identifier: GPL-3.0-or-later
// test_rank.c - a recorded window ranked: suspects, their metrics, and whether anything
// stands out at all. The weights are fitted: only what any sensible ones do is held here.
#include "window_support.h"

#include "agent/diagnose/causes.h"

static void the_culprit_is_first_and_its_metrics_lead(void **state)
{
    (void)state;
    bench b;
    slow_store(&b);
    rank_result *r = result_of(&b);
    assert_true(r->detected);
    assert_int_equal(r->onset, BEFORE);
    assert_int_equal(r->suspects, SERVICES); // the ranking is always made
    assert_int_equal(r->suspect[0].service, STORE);
    double sum = 0;
    bool listed[SERVICES] = {false};
    for (int i = 0; i < r->suspects; i++) {
        sum += r->suspect[i].confidence;
        listed[r->suspect[i].service] = true;
        assert_true(i == 0 || r->suspect[i].score <= r->suspect[i - 1].score);
        assert_true(i == 0 || r->suspect[i].confidence <= r->suspect[i - 1].confidence);
    }
    assert_true(sum <= 1 + 1e-12 && listed[FRONT] && listed[BACK] && listed[STORE]);
    assert_true(r->metrics >= 2);
    for (int i = 0; i < 2; i++) // its latency and its cpu, in either order
        assert_int_equal(b.column[r->metric[i]].service, STORE);
    rank_free(r);
}

static void the_ranking_is_place_over_the_evidence_of_its_panel(void **state)
{
    (void)state;
    bench b;
    slow_store(&b);
    of(&b, -1, METRIC_AVAILABILITY, 1, 0.9);
    rank_result *r = result_of(&b);
    const panel *p = &r->panel.panel;
    evidence *x = malloc(evidence_size(p->S, p->E, p->width));
    double score[SERVICES], likely[SERVICES];
    evidence_params by;
    evidence_defaults(&by);
    assert_non_null(x);
    evidence_init(x, p->S, p->E, p->width);
    evidence_learn(x, p, &by, r->onset);
    evidence_measure(x, p, &by, r->onset, ROWS);
    cause_scores(x, p, score);
    double none = cause_likely(score, SERVICES, likely);
    for (int i = 0; i < SERVICES; i++) {
        assert_near(r->suspect[i].score, score[r->suspect[i].service], 0);
        assert_near(r->suspect[i].confidence, likely[r->suspect[i].service], 0);
    }
    assert_int_equal(r->detected, r->suspect[0].confidence > none);
    free(x);
    rank_free(r);
}

static void whether_anything_stands_out_is_told_apart_from_the_ranking(void **state)
{
    (void)state;
    bench b;
    slow_store(&b);
    for (int c = 0; c < b.w.columns; c++)
        for (int i = 0; i < ROWS; i++)
            b.value[c][i] = (c + 1) * wobble(i + c);
    rank_result *r = result_of(&b);
    assert_false(r->detected);
    assert_int_equal(r->suspects, SERVICES);
    assert_int_equal(r->onset, BEFORE); // as it was stated
    rank_free(r);
}

// A symptom of 4 sigmas is one, however little is known of whose.
static void the_symptom_that_was_noticed_stands_out_too(void **state)
{
    (void)state;
    static const struct {
        metric_role noticed;
        double times;
        bool detected;
    } rows[] = {{METRIC_LATENCY, 1.42, true},
                {METRIC_LATENCY, 1.36, false},
                {METRIC_LATENCY, 0.58, false},
                {METRIC_IGNORED, 1.42, false},
                {METRIC_ERRORS, 1.42, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int where = -1; where <= STORE; where++) {
            bench b;
            begin(&b);
            b.w.target_service = where; // nowhere: at the entry
            b.w.target_role = rows[i].noticed;
            int noticed = where < 0 ? FRONT : where;
            int c = of(&b, noticed, METRIC_LATENCY, 20, 20);
            for (int t = 0; t < ROWS; t++)
                b.value[c][t] *= wobble(t) * (t < BEFORE ? 1 : rows[i].times);
            rank_result *r = result_of(&b);
            double z = seen(r, noticed, CHANNEL_LATENCY)->z;
            assert_true(rows[i].times < 1.4 ? z < 4 : z > 4);
            assert_int_equal(r->detected, rows[i].detected);
            rank_free(r);
            if (where < 0) { // where nobody knows who calls whom, nowhere is not known
                b.w.E = 0;
                r = result_of(&b);
                assert_false(r->detected);
                rank_free(r);
            }
        }
}

static void equal_suspects_stand_in_their_order(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    b.w.E = 0;
    for (int s = SERVICES - 1; s >= 0; s--) {
        of(&b, s, METRIC_CPU, 0.3, 0.9);
        of(&b, s, METRIC_LATENCY, 50, 150);
    }
    rank_result *r = result_of(&b);
    for (int i = 0; i < SERVICES; i++) {
        assert_int_equal(r->suspect[i].service, i);
        assert_near(r->suspect[i].score, r->suspect[0].score, 0);
    }
    rank_free(r);
}

static void metrics_are_ranked_once_by_the_weight_of_their_channel(void **state)
{
    (void)state;
    bench b;
    slow_store(&b);
    add(&b, -1, BACK_STORE, METRIC_CLIENT_LATENCY, 22, 322);
    add(&b, -1, BACK_STORE, METRIC_SERVER_LATENCY, 20, 220);
    of(&b, -1, METRIC_AVAILABILITY, 1, 0.9);
    of(&b, STORE, METRIC_SATURATION, 0.2, 0.9);
    rank_result *r = result_of(&b);
    bool listed[MOST] = {false};
    int at = 0;
    for (int i = 0; i < r->metrics; i++) {
        assert_in_range(r->metric[i], 0, b.w.columns - 1);
        assert_false(listed[r->metric[i]]);
        listed[r->metric[i]] = true;
    }
    for (int i = 0; i < r->suspects; i++) {
        evidence_channel order[CHANNELS];
        double weight[CHANNELS];
        int service = r->suspect[i].service, count = rank_channels(r, service, order, weight);
        bool taken[CHANNELS] = {false};
        for (int k = 0; k < count; k++) {
            assert_true(weight[order[k]] > 0.01 && !taken[order[k]]); // worth a word
            assert_true(k == 0 || weight[order[k]] <= weight[order[k - 1]]);
            taken[order[k]] = true;
            bool call = order[k] == CHANNEL_NETWORK; // the latency stands for it
            int column = rank_column(r, service, call ? CHANNEL_LATENCY : order[k]);
            if (column >= 0 && listed[column]) { // the next that is not named yet
                assert_int_equal(r->metric[at++], column);
                listed[column] = false;
            }
        }
        for (int c = 0; c < CHANNELS; c++)
            assert_true(taken[c] ? weight[c] > 0.01 : weight[c] < 0.03);
    }
    assert_int_equal(at, r->metrics);
    rank_free(r);
}

// Memory that grew to 1.85 times explains a busy cpu, not the reverse; so much of noise does not.
static void memory_that_leaks_goes_before_the_cpu(void **state)
{
    (void)state;
    static const struct {
        double memory, noise;
        bool leak;
    } rows[] = {{74.1, 0, true}, {73.9, 0, false}, {43, 0, false}, {74.1, 0.9, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        begin(&b);
        of(&b, BACK, METRIC_SATURATION, 0.3, 0.3);
        int cpu = of(&b, BACK, METRIC_CPU, 30, 99);
        int memory = of(&b, BACK, METRIC_MEMORY, 40, rows[i].memory);
        of(&b, BACK, METRIC_LATENCY, 50, 50);
        for (int t = 0; t < ROWS; t++)
            b.value[memory][t] *= 1 + (t < BEFORE ? rows[i].noise : 0) * (t % 3 - 1);
        rank_result *r = result_of(&b);
        assert_int_equal(r->suspect[0].service, BACK);
        assert_int_equal(r->metric[0], rows[i].leak ? memory : cpu);
        rank_free(r);
    }
}

// A call that loses time has no column of its own: its callee's latency, usual or not, is named.
static void a_bad_link_is_named_by_the_latency_of_its_callee(void **state)
{
    (void)state;
    for (int bad = 0; bad < 2; bad++) {
        bench b;
        begin(&b);
        of(&b, STORE, METRIC_CPU, 0.2, 0.2);
        int latency = of(&b, STORE, METRIC_LATENCY, 20, 20);
        int back = of(&b, BACK, METRIC_LATENCY, 50, 350);
        add(&b, -1, BACK_STORE, METRIC_CLIENT_LATENCY, 22, bad ? 322 : 22);
        add(&b, -1, BACK_STORE, METRIC_SERVER_LATENCY, 20, 20);
        rank_result *r = result_of(&b);
        assert_int_equal(r->suspect[0].service, bad ? STORE : BACK);
        assert_int_equal(r->metric[0], bad ? latency : back);
        for (int i = 0; i < r->metrics && !bad; i++)
            assert_int_not_equal(r->metric[i], latency);
        rank_free(r);
    }
}

// Rows of another day say what is usual, those of its own where a level stood before the incident.
static void rows_of_an_incidents_own_day_say_where_levels_stood(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        bench b;
        begin(&b);
        b.w.fresh = own ? BEFORE - 3 : 0;
        int cpu = of(&b, BACK, METRIC_CPU, 0.2, 0.6), slow = of(&b, STORE, METRIC_LATENCY, 20, 60);
        of(&b, FRONT, METRIC_LATENCY, 80, 120);
        for (int t = 0; t < ROWS; t++) {
            b.value[cpu][t] = (t < BEFORE - 3 ? 0.2 : 0.6) * wobble(t);
            b.value[slow][t] *= wobble(t);
        }
        rank_params by;
        rank_defaults(&by);
        by.alarm_off = 0;
        rank_result *r = result_by(&b, &by);
        assert_true((fabs(seen(r, BACK, CHANNEL_CPU)->z) < EVIDENCE_ODD) == own);
        assert_true(seen(r, STORE, CHANNEL_LATENCY)->z > EVIDENCE_ODD);
        rank_free(r);
    }
}

static void a_channel_is_read_from_its_column_or_from_the_users(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    int cpu = of(&b, BACK, METRIC_CPU, 0.3, 0.9), users = of(&b, -1, METRIC_ERRORS, 0, 0.2);
    int own = of(&b, STORE, METRIC_AVAILABILITY, 1, 0.9);
    rank_result *r = result_of(&b);
    assert_int_equal(rank_column(r, BACK, CHANNEL_CPU), cpu);
    assert_int_equal(rank_column(r, STORE, CHANNEL_CPU), -1);
    assert_int_equal(rank_column(r, STORE, CHANNEL_ERRORS), own);
    assert_int_equal(rank_column(r, FRONT, CHANNEL_ERRORS), users);
    assert_int_equal(rank_column(r, BACK, CHANNEL_NETWORK), -1);
    assert_int_equal(rank_column(r, BACK, CHANNEL_READY), -1);
    assert_near(seen(r, STORE, CHANNEL_ERRORS)->now, 0.1, 1e-12);
    rank_free(r);
}

static void the_unit_of_a_column_does_not_matter(void **state)
{
    (void)state;
    bench ms, other;
    slow_store(&ms);
    slow_store(&other);
    for (int c = 0; c < other.w.columns; c++) {
        double by = other.column[c].role == METRIC_LATENCY ? 0.001 : 1;
        by = other.column[c].role == METRIC_CPU ? 100 : by;
        for (int i = 0; i < ROWS; i++)
            other.value[c][i] *= by;
    }
    rank_result *a = result_of(&ms), *b = result_of(&other);
    for (int i = 0; i < SERVICES; i++) {
        assert_int_equal(a->suspect[i].service, b->suspect[i].service);
        assert_near(a->suspect[i].confidence, b->suspect[i].confidence, 1e-4);
    }
    rank_free(a);
    rank_free(b);
}

static void a_window_of_nothing_is_survived(void **state)
{
    (void)state;
    bench b;
    for (int kind = 0; kind < 6; kind++) {
        begin(&b);
        b.w.split = kind % 2 ? BEFORE : -1;
        if (kind > 1)
            for (int s = 0; s < SERVICES; s++)
                of(&b, s, METRIC_LATENCY, NAN, NAN);
        if (kind >= 4)
            b.w.S = b.w.E = b.w.columns = 0;
        rank_result *r = result_of(&b);
        assert_false(r->detected);
        assert_int_equal(r->onset, kind % 2 ? BEFORE : -1);
        assert_int_equal(r->metrics, 0);
        // without a service there is no entry to write to
        evidence *empty = malloc(evidence_size(b.w.S, b.w.E, r->panel.panel.width));
        assert_non_null(empty);
        evidence_init(empty, b.w.S, b.w.E, r->panel.panel.width);
        empty->onset = r->onset;
        for (int i = 0; i < 2; i++) { // levels of nothing
            assert_int_equal(r->evidence->common[i].count, 0);
            empty->common[i] = r->evidence->common[i];
        }
        assert_memory_equal(r->evidence, empty, sizeof *empty);
        free(empty);
        rank_free(r);
    }
    rank_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_culprit_is_first_and_its_metrics_lead),
        cmocka_unit_test(the_ranking_is_place_over_the_evidence_of_its_panel),
        cmocka_unit_test(whether_anything_stands_out_is_told_apart_from_the_ranking),
        cmocka_unit_test(the_symptom_that_was_noticed_stands_out_too),
        cmocka_unit_test(equal_suspects_stand_in_their_order),
        cmocka_unit_test(metrics_are_ranked_once_by_the_weight_of_their_channel),
        cmocka_unit_test(memory_that_leaks_goes_before_the_cpu),
        cmocka_unit_test(a_bad_link_is_named_by_the_latency_of_its_callee),
        cmocka_unit_test(rows_of_an_incidents_own_day_say_where_levels_stood),
        cmocka_unit_test(a_channel_is_read_from_its_column_or_from_the_users),
        cmocka_unit_test(the_unit_of_a_column_does_not_matter),
        cmocka_unit_test(a_window_of_nothing_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
