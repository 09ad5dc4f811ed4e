// SPDX-License-Identifier: GPL-3.0-or-later
// forest_sets.h - the tabular anomaly sets (TEND_DATA/anomaly/tab) and ROC-AUC, for the forest's
// parity test and for the table in results/.
#ifndef TEND_TESTS_FOREST_SETS_H
#define TEND_TESTS_FOREST_SETS_H

#include "agent/detect/forest.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOREST_REFERENCE "tests/parity/sklearn_auc.csv"
#define FOREST_SEEDS 60 // five say too little: optdigits' AUC has a deviation of 0.045 per seed

static const char *const forest_sets[] = {"Ionosphere", "annthyroid", "breastw",   "cardio",
                                          "fault",      "glass",      "optdigits", "pendigits",
                                          "satimage-2", "shuttle",    "thyroid",   "vowels"};

typedef struct forest_set {
    double *rows;  // [n][width]
    bool *anomaly; // [n]
    int n, width;
} forest_set;

static inline void forest_set_free(forest_set *set)
{
    free(set->rows);
    free(set->anomaly);
    *set = (forest_set){0};
}

// Reads NAME.csv (a heading, then numbers) and NAME.labels (0 or 1 a line) of a folder.
static inline bool forest_set_read(const char *folder, const char *name, forest_set *out)
{
    char path[2048], *line = NULL;
    size_t room = 0, cells = 0, space = 0;
    *out = (forest_set){0};
    snprintf(path, sizeof path, "%s/%s.csv", folder, name);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    bool good = getline(&line, &room, f) > 0;
    while (good && getline(&line, &room, f) > 0) {
        for (char *at = line, *end; *at && *at != '\n'; at = *end == ',' ? end + 1 : end) {
            if (cells == space) {
                space = space ? 2 * space : 4096;
                double *more = realloc(out->rows, space * sizeof *more);
                good = good && more;
                out->rows = more ? more : out->rows;
            }
            double value = strtod(at, &end);
            good = good && end > at;
            if (!good)
                break;
            out->rows[cells++] = value;
        }
        out->n++;
    }
    fclose(f);
    snprintf(path, sizeof path, "%s/%s.labels", folder, name);
    f = fopen(path, "r");
    good = good && f && out->n > 0 && cells % (size_t)out->n == 0;
    out->width = good ? (int)(cells / (size_t)out->n) : 0;
    out->anomaly = good ? calloc((size_t)out->n, sizeof *out->anomaly) : NULL;
    good = good && out->anomaly;
    for (int i = 0; good && i < out->n; i++) {
        good = getline(&line, &room, f) > 0;
        out->anomaly[i] = good && line[0] == '1';
    }
    free(line);
    if (f)
        fclose(f);
    if (!good)
        forest_set_free(out);
    return good;
}

typedef struct forest_ranked {
    double score;
    bool anomaly;
} forest_ranked;

static inline int forest_by_score(const void *a, const void *b)
{
    double x = ((const forest_ranked *)a)->score, y = ((const forest_ranked *)b)->score;
    return (x > y) - (x < y);
}

// Area under the ROC curve, ties counting half (Mann-Whitney). -1 when out of memory.
static inline double forest_auc(const forest_set *set, const double *score)
{
    forest_ranked *all = set->n > 0 ? malloc((size_t)set->n * sizeof *all) : NULL;
    if (!all)
        return -1;
    double ranks = 0, anomalies = 0;
    for (int i = 0; i < set->n; i++)
        all[i] = (forest_ranked){score[i], set->anomaly[i]};
    qsort(all, (size_t)set->n, sizeof *all, forest_by_score);
    for (int i = 0, end; i < set->n; i = end) {
        for (end = i; end < set->n && all[end].score == all[i].score; end++)
            continue;
        for (int j = i; j < end; j++) {
            ranks += all[j].anomaly ? 0.5 * (i + end + 1) : 0;
            anomalies += all[j].anomaly ? 1 : 0;
        }
    }
    free(all);
    double others = set->n - anomalies;
    return (ranks - anomalies * (anomalies + 1) / 2) / (anomalies * others);
}

typedef struct forest_figures {
    double auc, mean_score;
} forest_figures;

// Fits 100 trees of min(256, n) rows on the whole set and scores it. auc -1 when out of memory.
static inline forest_figures forest_on_set(const forest_set *set, uint64_t seed)
{
    forest_figures figures = {-1, 0};
    if (set->n < 2)
        return figures;
    int sample = set->n < 256 ? set->n : 256;
    forest *f = malloc(forest_size(100, sample, set->width));
    double *score = calloc((size_t)set->n, sizeof *score);
    if (f && score) {
        forest_init(f, 100, sample, set->width);
        forest_fit(f, set->rows, set->n, seed);
        forest_score_many(f, set->rows, set->n, score);
        figures.auc = forest_auc(set, score);
        for (int i = 0; i < set->n; i++)
            figures.mean_score += score[i] / set->n;
    }
    free(f);
    free(score);
    return figures;
}

// Scikit-learn's means over the first `seeds` seeds of a set, and the standard error by which two
// such means of its AUC differ (from all its seeds); false when there are fewer seeds.
static inline bool forest_reference(const char *name, int seeds, forest_figures *out,
                                    double *standard_error)
{
    FILE *f = fopen(FOREST_REFERENCE, "r");
    char line[256];
    size_t length = strlen(name);
    int count = 0;
    double sum = 0, squares = 0;
    *out = (forest_figures){0, 0};
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, name, length) != 0 || line[length] != ',')
            continue;
        double field[5] = {0}; // rows, features, seed, auc, mean_score
        char *at = line + length;
        for (int i = 0; i < 5 && *at == ','; i++)
            field[i] = strtod(at + 1, &at);
        double seed = field[2], auc = field[3], mean_score = field[4];
        if (seed <= seeds) {
            out->auc += auc / seeds;
            out->mean_score += mean_score / seeds;
        }
        sum += auc;
        squares += auc * auc;
        count++;
    }
    if (f)
        fclose(f);
    double variance = count > 1 ? (squares - sum * sum / count) / (count - 1) : 0;
    *standard_error = sqrt((variance > 0 ? variance : 0) * 2 / seeds);
    return count >= seeds;
}

#endif
