// SPDX-License-Identifier: GPL-3.0-or-later
// forest.c - isolation forest over perfect heaps of 4-byte nodes.
//
// A walk is a chain of dependent loads, so eight are kept in flight: eight points down one tree, or
// eight trees for one point. Keys are integers, so a step is load, and, compare, add with carry.
#include "agent/detect/forest.h"

#include "base/assert.h"
#include "base/hash.h"
#include "base/math.h"
#include "base/rng.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

// A hardened build zeroes locals; these are large, on the hottest path and written before read.
#if defined(__has_attribute) && __has_attribute(uninitialized)
#define UNSET __attribute__((uninitialized))
#else
#define UNSET
#endif

#define LANES 8     // walks in flight; features are stored times this
#define LANE_BITS 3 // log2(LANES)
#define FAR 1e30    // values further from the middle are put here
#define EULER 0.57721566490153286061
#define LN2 0.69314718055994530942
#define MIDDLE_ROWS 31 // rows looked at to find a feature's middle
#define KEPT_MOST 4096 // cells whose keys are made once for all trees; of more, at every cut anew

static int ceil_log2(int n)
{
    int bits = 0;
    while ((1 << bits) < n)
        bits++;
    return bits;
}

static double *middles(forest *f)
{
    return f->cell;
}

static double *path_table(forest *f)
{
    return f->cell + f->width;
}

// Doubles between the header and the nodes: middles and path lengths.
static size_t header_cells(int sample, int width)
{
    return (size_t)width + (size_t)sample + 1;
}

static const uint32_t *nodes(const forest *f)
{
    return (const uint32_t *)(const void *)(f->cell + header_cells(f->sample, f->width));
}

static const float *leaves(const forest *f)
{
    return (const float *)(const void *)(nodes(f) + ((size_t)f->trees << f->depth));
}

size_t forest_size(int trees, int sample, int width)
{
    TEND_ASSERT(trees >= 1 && sample >= 2 && sample <= FOREST_SAMPLE_MAX);
    TEND_ASSERT(width >= 1 && width <= FOREST_WIDTH_MAX);
    // a full heap per tree costs space for ended branches, and saves a pointer and a branch per
    // step
    size_t slots = (size_t)trees << ceil_log2(sample);
    return sizeof(forest) + header_cells(sample, width) * sizeof(double) +
           slots * (sizeof(uint32_t) + sizeof(float));
}

double forest_mean_path(int n)
{
    if (n < 2)
        return 0;
    return n == 2 ? 1 : 2 * (math_log(n - 1) + EULER) - 2.0 * (n - 1) / n;
}

void forest_init(forest *f, int trees, int sample, int width)
{
    memset(f, 0, forest_size(trees, sample, width));
    f->trees = trees;
    f->sample = sample;
    f->width = width;
    f->depth = ceil_log2(sample);
    f->mask = ((1u << ceil_log2(width)) - 1) << LANE_BITS;
    for (int n = 0; n <= sample; n++)
        path_table(f)[n] = forest_mean_path(n);
}

// a float's bits, rearranged so that unsigned order is numeric order
static inline uint32_t key_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits ^ ((0u - (bits >> 31)) | 0x80000000u);
}

static inline double value_of(uint32_t key)
{
    uint32_t bits = key ^ (((key >> 31) - 1) | 0x80000000u);
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

// floats are finest around zero, so values are taken from the middle of their feature; + 0.0 so
// that there is one zero only
static inline uint32_t key_from(double value, double middle)
{
    double d = value - middle + 0.0;
    if (!(fabs(d) <= FAR))
        d = d != d ? 0 : d > 0 ? FAR : -FAR;
    return key_of((float)d);
}

// one tree being grown
typedef struct grower {
    const forest *forest;
    const double *rows;
    uint32_t *node;
    float *leaf;
    const uint32_t *kept;            // keys [n][width] of the rows; NULL: too many
    uint64_t seed, drawn;            // a SplitMix64 stream (Steele, Lea, Flood 2014)
    double inverse;                  // 1 / c(sample of this tree)
    int limit;                       // height limit
    size_t order[FOREST_SAMPLE_MAX]; // offsets of rows, those of a node side by side
    uint32_t key[FOREST_SAMPLE_MAX];
    size_t right[FOREST_SAMPLE_MAX];
    uint16_t feature[FOREST_WIDTH_MAX]; // some permutation
} grower;

static inline uint64_t draw(grower *g)
{
    return hash_mix(g->seed + 0x9E3779B97F4A7C15ull * ++g->drawn);
}

// uniform below n; the bias is below n / 2^32
static inline uint32_t below(uint64_t word, uint32_t n)
{
    return (uint32_t)(((word >> 32) * n) >> 32);
}

// Floyd's algorithm (Bentley, Floyd 1987): `count` different rows of n, one draw each
static void draw_sample(grower *g, int n, int count)
{
    size_t width = (size_t)g->forest->width;
    if (n <= count) {
        for (int i = 0; i < n && i < FOREST_SAMPLE_MAX; i++) // told twice: for -flto
            g->order[i] = (size_t)i * width;
        return;
    }
    UNSET uint32_t taken[4 * FOREST_SAMPLE_MAX]; // open addressing, row + 1
    uint32_t slots = 4u << ceil_log2(count), chosen = 0;
    memset(taken, 0, slots * sizeof *taken);
    for (int last = n - count; last < n; last++) {
        uint32_t row = below(draw(g), (uint32_t)last + 1), at = row & (slots - 1);
        while (taken[at] && taken[at] != row + 1)
            at = (at + 1) & (slots - 1);
        if (taken[at]) {
            row = (uint32_t)last;
            for (at = row & (slots - 1); taken[at];)
                at = (at + 1) & (slots - 1);
        }
        taken[at] = row + 1;
        g->order[chosen++] = row * width;
    }
}

// Ends a branch: every node below goes left, so that all walks have the same length.
static void put_leaf(grower *g, uint32_t at, int height, int count)
{
    const forest *f = g->forest;
    const double *paths = f->cell + f->width;
    for (; at >> f->depth == 0; at *= 2)
        g->node[at] = ~f->mask; // above every key: left
    // the points left together would need c(count) further cuts on average
    g->leaf[at - (1u << f->depth)] = (float)((height + paths[count]) * g->inverse);
}

// the node that cuts a segment of rows along one feature at share u of its range; false when the
// feature is constant there. Leaves the rows' keys in g->key.
static bool cut(grower *g, int first, int last, uint32_t feature, double u, uint32_t *node)
{
    const double *column = g->rows + feature;
    const uint32_t *kept = g->kept ? g->kept + feature : NULL;
    double middle = g->forest->cell[feature];
    uint32_t least = UINT32_MAX, most = 0;
    for (int i = first; i < last; i++) {
        uint32_t key = kept ? kept[g->order[i]] : key_from(column[g->order[i]], middle);
        g->key[i] = key;
        least = key < least ? key : least;
        most = key > most ? key : most;
    }
    if (least == most)
        return false;
    double low = value_of(least), high = value_of(most);
    uint32_t mask = g->forest->mask, step = mask + LANES;
    uint32_t key = (key_of((float)(low + u * (high - low))) & ~mask) | feature << LANE_BITS;
    // the feature's bits move the threshold a little: keep a row on either side
    if (key < least)
        key += step;
    if (key >= most)
        key -= step;
    *node = key;
    return key >= least && key < most;
}

// rows at or below the cut first, without a branch on the data; returns where the others begin
static int part(grower *g, int first, int last, uint32_t node)
{
    int left = first, right = 0;
    for (int i = first; i < last; i++) {
        size_t row = g->order[i];
        bool above = g->key[i] > node;
        g->order[left] = row;
        g->right[right] = row;
        left += !above;
        right += above;
    }
    memcpy(g->order + left, g->right, (size_t)right * sizeof *g->right);
    return left;
}

// Cuts rows first ... last - 1 at node `at`; ends where one row is left or no feature varies.
static void grow(grower *g, uint32_t at, int height, int first, int last)
{
    uint32_t node = 0, width = (uint32_t)g->forest->width, choices = width;
    bool found = false;
    if (last - first > 1 && height < g->limit) {
        // one u for all tries: the cut's place must not depend on how many constant features were
        // met
        double u = (double)(uint32_t)draw(g) * 0x1p-32;
        while (!found && choices > 0) { // among features not constant here, all alike
            uint32_t pick = choices == 1 ? 0 : below(draw(g), choices);
            uint16_t feature = g->feature[pick];
            // drawn without replacement: swapped to the end, where the next node finds it again
            g->feature[pick] = g->feature[--choices];
            g->feature[choices] = feature;
            found = cut(g, first, last, feature, u, &node);
        }
    }
    if (!found) {
        put_leaf(g, at, height, last - first);
        return;
    }
    int middle = part(g, first, last, node);
    g->node[at] = node;
    grow(g, 2 * at, height + 1, first, middle);
    grow(g, 2 * at + 1, height + 1, middle, last);
}

// The keys of all rows, unless there are too many of them.
static const uint32_t *keep_keys(const forest *f, const double *rows, int n, uint32_t *kept)
{
    if ((int64_t)n * f->width > KEPT_MOST)
        return NULL;
    for (int i = 0; i < n; i++)
        for (int c = 0; c < f->width; c++)
            kept[i * f->width + c] = key_from(rows[i * f->width + c], f->cell[c]);
    return kept;
}

void forest_replace(forest *f, forest_range which, const double *rows, int n, uint64_t seed)
{
    TEND_ASSERT(n >= 1 && which.first >= 0 && which.count >= 0);
    TEND_ASSERT(which.first + which.count <= f->trees);
    // few rows: shallower trees, with their own c(count)
    int count = n < f->sample ? n : f->sample;
    size_t slots = (size_t)1 << f->depth;
    UNSET uint32_t kept[KEPT_MOST];
    UNSET grower g;
    g.forest = f;
    g.rows = rows;
    g.kept = keep_keys(f, rows, n, kept);
    g.limit = ceil_log2(count);
    g.inverse = count > 1 ? 1 / path_table(f)[count] : 0;
    for (int i = 0; i < f->width; i++)
        g.feature[i] = (uint16_t)i;
    uint32_t *node = (uint32_t *)(void *)(f->cell + header_cells(f->sample, f->width));
    float *leaf = (float *)(void *)(node + ((size_t)f->trees << f->depth));
    rng stream = rng_make(seed, "forest");
    for (int tree = which.first; tree < which.first + which.count; tree++) {
        // a stream per tree: which trees are replaced does not change what one of them looks like
        rng own = rng_split(&stream, "tree", (uint64_t)tree);
        g.seed = rng_next64(&own);
        g.drawn = 0;
        g.node = node + (size_t)tree * slots;
        g.leaf = leaf + (size_t)tree * slots;
        draw_sample(&g, n, count);
        grow(&g, 1, 0, 0, count);
    }
    if (which.first + which.count > f->fitted)
        f->fitted = which.first + which.count;
}

// median of a few rows spread over all; values that are not finite do not count
static double find_middle(const double *column, int n, int width)
{
    double seen[MIDDLE_ROWS];
    int count = 0, looks = n < MIDDLE_ROWS ? n : MIDDLE_ROWS;
    for (int i = 0; i < looks; i++) {
        double value = column[(size_t)((int64_t)i * n / looks) * (size_t)width];
        if (!(fabs(value) <= FAR))
            continue;
        int at = count++;
        for (; at > 0 && seen[at - 1] > value; at--)
            seen[at] = seen[at - 1];
        seen[at] = value;
    }
    return count ? seen[count / 2] : 0;
}

void forest_fit(forest *f, const double *rows, int n, uint64_t seed)
{
    for (int i = 0; i < f->width; i++)
        middles(f)[i] = find_middle(rows + i, n, f->width);
    forest_replace(f, (forest_range){0, f->trees}, rows, n, seed);
}

// lane `lane` of keys [width][LANES]
static void put_keys(const forest *f, const double *row, int lane, uint32_t *keys)
{
    for (int i = 0; i < f->width; i++)
        keys[i * LANES + lane] = key_from(row[i], f->cell[i]);
}

// one step down: left for keys at or below the threshold
static inline uint32_t down(const uint32_t *tree, uint32_t at, const uint32_t *keys, uint32_t mask)
{
    uint32_t node = tree[at];
    return at + at + (node < keys[node & mask]);
}

// eight points, one tree; keys [width][LANES]
static void walk_points(const uint32_t *tree, const uint32_t *keys, uint32_t mask, int depth,
                        uint32_t end[LANES])
{
    uint32_t a = 1, b = 1, c = 1, d = 1, e = 1, f = 1, g = 1, h = 1;
    for (; depth > 0; depth--) {
        a = down(tree, a, keys, mask);
        b = down(tree, b, keys + 1, mask);
        c = down(tree, c, keys + 2, mask);
        d = down(tree, d, keys + 3, mask);
        e = down(tree, e, keys + 4, mask);
        f = down(tree, f, keys + 5, mask);
        g = down(tree, g, keys + 6, mask);
        h = down(tree, h, keys + 7, mask);
    }
    const uint32_t all[LANES] = {a, b, c, d, e, f, g, h};
    memcpy(end, all, sizeof all);
}

// eight trees `slots` nodes apart, one point in lane 0
static void walk_trees(const uint32_t *tree, size_t slots, const uint32_t *keys, uint32_t mask,
                       int depth, uint32_t end[LANES])
{
    uint32_t a = 1, b = 1, c = 1, d = 1, e = 1, f = 1, g = 1, h = 1;
    for (; depth > 0; depth--) {
        a = down(tree, a, keys, mask);
        b = down(tree + slots, b, keys, mask);
        c = down(tree + 2 * slots, c, keys, mask);
        d = down(tree + 3 * slots, d, keys, mask);
        e = down(tree + 4 * slots, e, keys, mask);
        f = down(tree + 5 * slots, f, keys, mask);
        g = down(tree + 6 * slots, g, keys, mask);
        h = down(tree + 7 * slots, h, keys, mask);
    }
    const uint32_t all[LANES] = {a, b, c, d, e, f, g, h};
    memcpy(end, all, sizeof all);
}

// 2^-(mean path): leaves hold lengths over c(sample) already.
static double score_of(const forest *f, float sum)
{
    return f->fitted ? math_exp(-LN2 * (double)sum / f->fitted) : 0.5;
}

// fewer trees than lanes
static float walk_one_by_one(const forest *f, const uint32_t *keys)
{
    size_t slots = (size_t)1 << f->depth;
    const uint32_t *tree = nodes(f);
    uint32_t mask = f->mask;
    float sum = 0;
    for (int t = 0; t < f->fitted; t++, tree += slots) {
        uint32_t at = 1;
        while (at < slots)
            at = down(tree, at, keys, mask);
        sum += leaves(f)[(size_t)t * slots + at - slots];
    }
    return sum;
}

double forest_score(const forest *f, const double *row)
{
    UNSET uint32_t keys[FOREST_WIDTH_MAX * LANES];
    uint32_t end[LANES];
    size_t slots = (size_t)1 << f->depth;
    float sum = 0;
    put_keys(f, row, 0, keys);
    if (f->fitted < LANES)
        return score_of(f, walk_one_by_one(f, keys));
    for (int t = 0; t < f->fitted; t += LANES) {
        // the last block overlaps the one before; trees are added once each, in their order
        int first = t + LANES <= f->fitted ? t : f->fitted - LANES;
        const float *leaf = leaves(f) + (size_t)first * slots;
        walk_trees(nodes(f) + (size_t)first * slots, slots, keys, f->mask, f->depth, end);
        for (int lane = t - first; lane < LANES; lane++)
            sum += leaf[(size_t)lane * slots + end[lane] - slots];
    }
    return score_of(f, sum);
}

void forest_score_many(const forest *f, const double *rows, int n, double *score)
{
    UNSET uint32_t keys[FOREST_WIDTH_MAX * LANES];
    uint32_t end[LANES];
    size_t slots = (size_t)1 << f->depth;
    for (int first = 0; first < n; first += LANES) {
        int lanes = n - first < LANES ? n - first : LANES;
        float sum[LANES] = {0};
        for (int lane = 0; lane < LANES; lane++) // the last block is filled up with its last row
            put_keys(f,
                     rows + (size_t)(first + (lane < lanes ? lane : lanes - 1)) * (size_t)f->width,
                     lane, keys);
        const uint32_t *tree = nodes(f);
        const float *leaf = leaves(f);
        for (int t = 0; t < f->fitted; t++, tree += slots, leaf += slots) {
            walk_points(tree, keys, f->mask, f->depth, end);
            for (int lane = 0; lane < LANES; lane++)
                sum[lane] += leaf[end[lane] - slots];
        }
        for (int lane = 0; lane < lanes; lane++)
            score[first + lane] = score_of(f, sum[lane]);
    }
}
