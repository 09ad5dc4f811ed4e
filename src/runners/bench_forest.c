// SPDX-License-Identifier: GPL-3.0-or-later
// bench_forest.c - isolation forest: fitting 100 trees, and one point through one tree.
//
// The data are those of tests/bench/sklearn_forest.py in distribution: 10,000 rows of ten standard
// normal features, one row in twenty spread four times as wide.
#include "runners/bench.h"

#include "agent/detect/forest.h"
#include "base/rng.h"

#include <stdlib.h>

// the sizes at which scikit-learn was timed; trees and sample are Liu's
enum { ROWS = 10000, WIDTH = 10, TREES = 100, SAMPLE = 256 };

typedef struct work {
    forest *forest;
    double *rows, *score;
    uint64_t seed;
} work;

static double fit(void *self)
{
    work *w = self;
    w->seed++;
    forest_fit(w->forest, w->rows, ROWS, w->seed);
    return 1;
}

static double score(void *self)
{
    work *w = self;
    forest_score_many(w->forest, w->rows, ROWS, w->score);
    return (double)ROWS * TREES;
}

static void fill(double *rows)
{
    rng r = rng_make(1, "bench forest");
    for (int row = 0; row < ROWS; row++) {
        double spread = row % 20 == 0 ? 4 : 1;
        for (int i = 0; i < WIDTH; i++)
            rows[row * WIDTH + i] = spread * rng_normal(&r);
    }
}

tend_rc bench_forest(bench *b, tend_err *err)
{
    tend_rc rc = TEND_OK;
    work w = {.forest = malloc(forest_size(TREES, SAMPLE, WIDTH)),
              .rows = malloc(sizeof(double) * ROWS * WIDTH),
              .score = malloc(sizeof(double) * ROWS)};
    if (!w.forest || !w.rows || !w.score) {
        rc = tend_fail(err, TEND_NO_MEMORY, "bench: out of memory");
        goto done;
    }
    fill(w.rows);
    forest_init(w.forest, TREES, SAMPLE, WIDTH);
    double seconds = bench_seconds_per_unit(b, fit, &w);
    // the limits hold on an idle machine (see the details of cmd_bench.c)
    bench_at_most(b, "iforest, fit 100 trees, 10k x 10", 1e3 * seconds, "ms", 1);
    seconds = bench_seconds_per_unit(b, score, &w);
    bench_at_most(b, "iforest, score 10k x 10", 1e9 * seconds, "ns/point/tree", 8);
done:
    free(w.forest);
    free(w.rows);
    free(w.score);
    return rc;
}
