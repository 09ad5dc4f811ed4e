// SPDX-License-Identifier: GPL-3.0-or-later
// test_forest.c - the isolation forest: its formula, its determinism, garbage, and scikit-learn.
#include "support.h"

#include "agent/detect/forest.h"
#include "base/rng.h"
#include "forest_sets.h"

static forest *make(int trees, int sample, int width)
{
    forest *f = malloc(forest_size(trees, sample, width));
    assert_non_null(f);
    forest_init(f, trees, sample, width);
    return f;
}

static void fill_normal(double *rows, int count, uint64_t seed)
{
    rng r = rng_make(seed, "rows");
    for (int i = 0; i < count; i++)
        rows[i] = rng_normal(&r);
}

static void the_mean_path_is_that_of_scikit_learn(void **state)
{
    (void)state;
    // sklearn.ensemble._iforest._average_path_length([1, 2, 3, 5, 999]), 1.2.1
    assert_near(forest_mean_path(0), 0, 0);
    assert_near(forest_mean_path(1), 0, 0);
    assert_near(forest_mean_path(2), 1, 0);
    assert_near(forest_mean_path(3), 1.2073923576, 1e-9);
    assert_near(forest_mean_path(5), 2.3270200520, 1e-9);
    assert_near(forest_mean_path(999), 12.9679398844, 1e-9);
}

static void two_rows_are_cut_apart_at_once(void **state)
{
    (void)state;
    // every path has length 1 and c(2) = 1, so every score is one half
    double rows[] = {0, 1};
    forest *f = make(20, 2, 1);
    forest_fit(f, rows, 2, 1);
    assert_near(forest_score(f, &rows[0]), 0.5, 1e-7);
    assert_near(forest_score(f, &rows[1]), 0.5, 1e-7);
    free(f);
}

static void one_feature_has_the_expected_path_lengths(void **state)
{
    (void)state;
    // three rows 0, 1, 10: 10 is cut off first with probability 0.9, so its mean path is
    // 0.9 x 1 + 0.1 x 2 = 1.1, that of 0 is 0.1 x 1 + 0.9 x 2 = 1.9, that of 1 always 2
    double rows[] = {0, 1, 10}, c = forest_mean_path(3);
    forest *f = make(4000, 3, 1);
    forest_fit(f, rows, 3, 7);
    const double expected[] = {1.9, 2, 1.1};
    for (int i = 0; i < 3; i++) {
        double path = -log2(forest_score(f, &rows[i])) * c;
        assert_near(path, expected[i], 0.02);
    }
    free(f);
}

static void features_are_drawn_alike_among_those_that_vary(void **state)
{
    (void)state;
    // an outlier in one of two varying features, a constant one beside them: the score is what it
    // is without the constant
    enum { ROWS = 64 };
    double two[ROWS * 2], three[ROWS * 3];
    fill_normal(two, ROWS * 2, 3);
    for (int i = 0; i < ROWS; i++) {
        three[3 * i] = two[2 * i];
        three[3 * i + 1] = 5;
        three[3 * i + 2] = two[2 * i + 1];
    }
    forest *f = make(3000, ROWS, 2), *g = make(3000, ROWS, 3);
    forest_fit(f, two, ROWS, 1);
    forest_fit(g, three, ROWS, 2);
    for (int i = 0; i < ROWS; i++)
        assert_near(forest_score(f, two + 2 * i), forest_score(g, three + 3 * i), 0.01);
    free(f);
    free(g);
}

static void an_outlier_scores_high_and_the_middle_low(void **state)
{
    (void)state;
    enum { ROWS = 2000, WIDTH = 4 };
    static double rows[ROWS * WIDTH];
    fill_normal(rows, ROWS * WIDTH, 1);
    forest *f = make(100, 256, WIDTH);
    forest_fit(f, rows, ROWS, 1);
    const double middle[WIDTH] = {0}, far[WIDTH] = {6, -6, 6, -6};
    assert_between(forest_score(f, middle), 0.3, 0.45);
    assert_between(forest_score(f, far), 0.7, 0.9);
    free(f);
}

static void constant_rows_score_the_same_everywhere(void **state)
{
    (void)state;
    double rows[40], row[] = {3, 4}, other[] = {-1e9, 1e9};
    for (int i = 0; i < 40; i++)
        rows[i] = i % 2 ? 4 : 3;
    forest *f = make(10, 16, 2);
    forest_fit(f, rows, 20, 1);
    assert_near(forest_score(f, row), 0.5, 1e-6);
    assert_near(forest_score(f, other), 0.5, 1e-6);
    free(f);
}

static void scores_one_by_one_and_in_bulk_are_the_same_bits(void **state)
{
    (void)state;
    enum { ROWS = 203 };
    static double rows[ROWS * 5], bulk[ROWS];
    fill_normal(rows, ROWS * 5, 9);
    const int trees[] = {1, 7, 8, 100, 103};
    for (int k = 0; k < 5; k++) {
        forest *f = make(trees[k], 100, 5);
        forest_fit(f, rows, ROWS, 4);
        forest_score_many(f, rows, ROWS, bulk);
        for (int i = 0; i < ROWS; i++)
            assert_true(forest_score(f, rows + 5 * i) == bulk[i]);
        free(f);
    }
}

static void the_same_seed_gives_the_same_bytes_and_another_does_not(void **state)
{
    (void)state;
    enum { ROWS = 500 };
    static double rows[ROWS * 3];
    fill_normal(rows, ROWS * 3, 2);
    size_t size = forest_size(50, 128, 3);
    forest *f = make(50, 128, 3), *g = make(50, 128, 3);
    forest_fit(f, rows, ROWS, 1);
    forest_fit(g, rows, ROWS, 1);
    assert_memory_equal(f, g, size);
    // golden: the same on every compiler, level and CPU
    double sum = 0;
    for (int i = 0; i < ROWS; i++)
        sum += forest_score(f, rows + 3 * i);
    assert_true(sum == 0x1.c42d0730da037p+7);
    forest_fit(g, rows, ROWS, 2);
    assert_memory_not_equal(f, g, size);
    free(f);
    free(g);
}

static void a_copied_block_scores_like_the_original(void **state)
{
    (void)state;
    double rows[300];
    fill_normal(rows, 300, 5);
    forest *f = make(20, 64, 3);
    forest_fit(f, rows, 100, 1);
    forest *moved = malloc(forest_size(20, 64, 3));
    memcpy(moved, f, forest_size(20, 64, 3));
    double before = forest_score(f, rows);
    memset(f, 0xA5, forest_size(20, 64, 3));
    assert_true(forest_score(moved, rows) == before);
    free(f);
    free(moved);
}

static void replacing_some_trees_keeps_the_others(void **state)
{
    (void)state;
    enum { ROWS = 200, SLOTS = 64 };
    static double rows[ROWS * 2], moved[ROWS * 2];
    fill_normal(rows, ROWS * 2, 6);
    for (int i = 0; i < ROWS * 2; i++)
        moved[i] = rows[i] + 20;
    forest *f = make(40, SLOTS, 2), *old = make(40, SLOTS, 2);
    forest_fit(f, rows, ROWS, 1);
    memcpy(old, f, forest_size(40, SLOTS, 2));
    forest_replace(f, (forest_range){10, 5}, moved, ROWS, 2);
    const uint32_t *a = (const uint32_t *)(const void *)(old->cell + 2 + SLOTS + 1);
    const uint32_t *b = (const uint32_t *)(const void *)(f->cell + 2 + SLOTS + 1);
    assert_memory_equal(a, b, 10 * SLOTS * sizeof *a);
    assert_memory_not_equal(a + 10 * SLOTS, b + 10 * SLOTS, 5 * SLOTS * sizeof *a);
    assert_memory_equal(a + 15 * SLOTS, b + 15 * SLOTS, 25 * SLOTS * sizeof *a);
    // all replaced: what was usual is now odd, and the other way round
    forest_replace(f, (forest_range){0, 40}, moved, ROWS, 3);
    const double here[] = {20, 20}, there[] = {14, 14};
    assert_true(forest_score(f, here) < 0.5);
    assert_true(forest_score(f, there) > 0.6);
    free(f);
    free(old);
}

static void garbage_neither_poisons_nor_blinds(void **state)
{
    (void)state;
    enum { ROWS = 400 };
    static double rows[ROWS * 3];
    fill_normal(rows, ROWS * 3, 8);
    const double gap = (double)NAN, endless = (double)INFINITY;
    const double garbage[] = {gap, endless, -endless, 1e300, -1e300};
    for (int i = 0; i < 5; i++)
        rows[30 * i + i % 3] = garbage[i];
    forest *f = make(100, 256, 3);
    forest_fit(f, rows, ROWS, 1);
    const double usual[] = {0, 0, 0}, odd[] = {7, 7, 7};
    assert_true(forest_score(f, usual) < 0.5);
    assert_true(forest_score(f, odd) > forest_score(f, usual) + 0.05);
    // in a row that is scored: NAN is the middle, the endless are far out; always a number
    const double missing[] = {gap, gap, gap}, wild[] = {endless, -1e300, endless};
    assert_true(forest_score(f, missing) < 0.5);
    assert_between(forest_score(f, wild), 0.6, 1);
    free(f);
}

static void values_far_from_zero_keep_their_order(void **state)
{
    (void)state;
    // a byte counter near 8e9 that moves by a few thousand: floats alone could not tell it apart
    enum { ROWS = 300 };
    static double rows[ROWS];
    fill_normal(rows, ROWS, 4);
    for (int i = 0; i < ROWS; i++)
        rows[i] = 8e9 + 1000 * rows[i];
    forest *f = make(100, 256, 1);
    forest_fit(f, rows, ROWS, 1);
    const double usual = 8e9, odd = 8e9 + 6000;
    assert_true(forest_score(f, &usual) < 0.5);
    assert_true(forest_score(f, &odd) > 0.65);
    free(f);
}

static void an_unfitted_forest_has_no_opinion(void **state)
{
    (void)state;
    forest *f = make(10, 8, 1);
    const double row = 1;
    assert_near(forest_score(f, &row), 0.5, 0);
    free(f);
}

static void roc_auc_is_within_a_hundredth_of_scikit_learn(void **state)
{
    (void)state;
    char folder[512];
    if (access(FOREST_REFERENCE, R_OK) != 0)
        fail_msg("%s is not here: run from the top of the project", FOREST_REFERENCE);
    if (!data_path(folder, sizeof folder, "anomaly/tab"))
        return;
    for (size_t k = 0; k < sizeof forest_sets / sizeof *forest_sets; k++) {
        forest_set set;
        forest_figures ours = {0, 0}, theirs;
        double error;
        assert_true(forest_set_read(folder, forest_sets[k], &set));
        assert_true(forest_reference(forest_sets[k], FOREST_SEEDS, &theirs, &error));
        for (int seed = 1; seed <= FOREST_SEEDS; seed++) {
            forest_figures figures = forest_on_set(&set, (uint64_t)seed);
            ours.auc += figures.auc / FOREST_SEEDS;
            ours.mean_score += figures.mean_score / FOREST_SEEDS;
        }
        forest_set_free(&set);
        if (fabs(ours.auc - theirs.auc) > 0.01)
            print_error("on %s:\n", forest_sets[k]);
        assert_near(ours.auc, theirs.auc, 0.01);
        assert_near(ours.mean_score, theirs.mean_score, 0.005);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mean_path_is_that_of_scikit_learn),
        cmocka_unit_test(two_rows_are_cut_apart_at_once),
        cmocka_unit_test(one_feature_has_the_expected_path_lengths),
        cmocka_unit_test(features_are_drawn_alike_among_those_that_vary),
        cmocka_unit_test(an_outlier_scores_high_and_the_middle_low),
        cmocka_unit_test(constant_rows_score_the_same_everywhere),
        cmocka_unit_test(scores_one_by_one_and_in_bulk_are_the_same_bits),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes_and_another_does_not),
        cmocka_unit_test(a_copied_block_scores_like_the_original),
        cmocka_unit_test(replacing_some_trees_keeps_the_others),
        cmocka_unit_test(garbage_neither_poisons_nor_blinds),
        cmocka_unit_test(values_far_from_zero_keep_their_order),
        cmocka_unit_test(an_unfitted_forest_has_no_opinion),
        cmocka_unit_test(roc_auc_is_within_a_hundredth_of_scikit_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
