// SPDX-License-Identifier: GPL-3.0-or-later
// forest.h - isolation forest: how quickly random cuts set a point apart from the rest.
//
// Liu, Ting, Zhou 2008, "Isolation forest". Each tree cuts a subsample at uniform thresholds of
// uniformly drawn features (among those not constant in the node) down to ceil(log2(sample))
// levels; the score of a point is 2^(-E[h] / c(sample)): about 0.5 for an ordinary point, towards
// 1 for one that is isolated early. Equal in distribution to scikit-learn's IsolationForest.
//
// A forest is one flat block without pointers; the caller owns the memory. Nothing is allocated
// by any call. Same rows, seed and sizes: same bytes, on every machine. A value that is NAN counts
// as the middle of its feature, one beyond 1e30 of the middle as 1e30: garbage cannot poison it.
//
// Layout: header, middle [width], c [sample + 1], node [trees][2^depth], leaf [trees][2^depth].
// A tree is a perfect binary heap (root at 1) of 4-byte nodes, a float threshold made sortable as
// an unsigned integer with the feature number in its low bits; a tree ended early goes left to the
// bottom, where `leaf` holds the path length over c(sample of that tree).
#ifndef TEND_AGENT_DETECT_FOREST_H
#define TEND_AGENT_DETECT_FOREST_H

#include <stddef.h>
#include <stdint.h>

// Bounds of what a fit and a score keep on the stack: 24 KiB of rows and 16 KiB of their keys,
// 8 KiB of keys.
#define FOREST_SAMPLE_MAX 1024
#define FOREST_WIDTH_MAX 256

typedef struct forest {
    int32_t trees, sample, width;
    int32_t depth;  // levels of the heap, ceil(log2(sample))
    uint32_t mask;  // picks 8 x feature number out of a node
    int32_t fitted; // trees fitted so far; none: every score is 0.5
    double cell[];  // middle [width], c [sample + 1]; then node, leaf
} forest;

// Bytes, a multiple of 8. 1 <= trees, 2 <= sample <= FOREST_SAMPLE_MAX, 1 <= width <= .._WIDTH_MAX.
size_t forest_size(int trees, int sample, int width);
void forest_init(forest *f, int trees, int sample, int width);

// Every tree from rows [n][width], n >= 1; a tree sees min(sample, n) of them.
void forest_fit(forest *f, const double *rows, int n, uint64_t seed);

// Trees first .. first + count - 1 only, keeping the rest: a forest that follows a sliding window
// at a share of the cost. Needs an earlier forest_fit.
typedef struct forest_range {
    int first, count;
} forest_range;
void forest_replace(forest *f, forest_range which, const double *rows, int n, uint64_t seed);

// Score 0..1 of one row [width]; of n rows [n][width]. Both give the same bits.
double forest_score(const forest *f, const double *row);
void forest_score_many(const forest *f, const double *rows, int n, double *score);

// c(n): mean path length of an unsuccessful search in a binary search tree of n points,
// 2 (ln(n - 1) + 0.5772) - 2 (n - 1) / n, with c(2) = 1 and c(1) = 0, as scikit-learn has it.
double forest_mean_path(int n);

#endif
