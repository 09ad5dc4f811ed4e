// SPDX-License-Identifier: GPL-3.0-or-later
// robust_levels.c - levels of many columns from a sorting network over rows: which rows are
// compared never depends on what is in them, so all columns take the same path, without a branch.
#include "core/robust.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

// columns that are sorted side by side; more only leave more of the last ones idle
enum { LANES = 8 };
// columns that are looked through at once for those that hold anything
enum { BLOCK = 64 };

typedef struct sheet { // row after row
    double cell[ROBUST_ROWS_MAX * LANES];
    int32_t count[LANES]; // of a column's rows that hold a value
    int rows;             // a power of two
} sheet;

static double smaller(double x, double y)
{
    return x < y ? x : y;
}

static double larger(double x, double y)
{
    return x > y ? x : y;
}

static void exchange(double *restrict a, double *restrict b, int cells)
{
    for (int i = 0; i < cells; i++) {
        double x = a[i], y = b[i];
        a[i] = smaller(x, y);
        b[i] = larger(x, y);
    }
}

// Merge exchange (Batcher 1968) as in Knuth, TAOCP 3, 5.2.2, Algorithm M, whose names these are.
// Its rows to compare, those with (i & p) == r, come in runs of p.
static void sort(sheet *s)
{
    for (int p = s->rows / 2; p > 0; p /= 2) {
        int q = s->rows / 2, r = 0, d = p;
        while (d > 0) {
            for (int i = r; i < s->rows - d; i += 2 * p)
                exchange(s->cell + i * LANES, s->cell + (i + d) * LANES, p * LANES);
            d = q - p;
            q /= 2;
            r = p;
        }
    }
}

// The same for columns that fall and then rise, as what is left of sorted ones without the sign.
static void sort_valley(sheet *s)
{
    for (int d = s->rows / 2; d > 0; d /= 2)
        for (int i = 0; i < s->rows; i += 2 * d)
            exchange(s->cell + i * LANES, s->cell + (i + d) * LANES, d * LANES);
}

// The value below which `share` of a sorted column lies, between two neighbours in proportion.
static double quantile(const sheet *s, int lane, double share)
{
    int count = s->count[lane];
    if (count == 0)
        return 0;
    double at = share * (count - 1);
    int below = (int)at, above = below + 1 < count ? below + 1 : below;
    double part = at - below, low = s->cell[below * LANES + lane];
    return low + part * (s->cell[above * LANES + lane] - low);
}

typedef struct source {
    const double *from; // [rows][stride]
    int64_t stride;
    int rows;
    int thinned; // rows that are taken
} source;

// Thinned out evenly: row i of those taken stands for rows / thinned of them.
static const double *row_of(const source *s, int i)
{
    return s->from + (s->rows > s->thinned ? (int64_t)i * s->rows / s->thinned : i) * s->stride;
}

// What is missing is sorted to the end, where no quantile is looked for.
static void take_columns(sheet *s, const source *of, const int64_t cell[LANES])
{
    memset(s->count, 0, sizeof s->count);
    for (int i = 0; i < of->thinned; i++) {
        const double *row = row_of(of, i);
        for (int l = 0; l < LANES; l++) {
            double x = row[cell[l]];
            s->cell[i * LANES + l] = isnan(x) ? (double)INFINITY : x;
            s->count[l] += !isnan(x);
        }
    }
    for (int i = of->thinned * LANES; i < s->rows * LANES; i++)
        s->cell[i] = (double)INFINITY;
}

// 1.282: where a tenth of a normal is beyond; 1.4826: its median absolute deviation to its sigma.
static void spread(const sheet *s, int lane, robust_level *to)
{
    double mad = 1.4826 * quantile(s, lane, 0.5);

    to->up = larger(mad, to->up / 1.282);
    to->down = larger(mad, to->down / 1.282);
}

// Levels of the first `used` of some columns that hold a value.
static void take_sheet(sheet *s, const source *of, const int64_t cell[LANES], int used,
                       robust_level *to)
{
    double centre[LANES];

    take_columns(s, of, cell);
    sort(s);
    for (int l = 0; l < LANES; l++)
        centre[l] = quantile(s, l, 0.5);
    for (int l = 0; l < used; l++) {
        to[cell[l]] = (robust_level){.centre = centre[l],
                                     .low = quantile(s, l, 1.0 / 6),
                                     .high = quantile(s, l, 5.0 / 6),
                                     .down = centre[l] - quantile(s, l, 0.1),
                                     .up = quantile(s, l, 0.9) - centre[l],
                                     .count = s->count[l]};
    }
    for (int i = 0; i < s->rows; i++)
        for (int l = 0; l < LANES; l++)
            s->cell[i * LANES + l] = fabs(s->cell[i * LANES + l] - centre[l]);
    sort_valley(s);
    for (int l = 0; l < used; l++)
        spread(s, l, &to[cell[l]]);
}

// Which of some columns hold a value in a row that is taken.
static void look_for_values(const source *of, int64_t first, int count, bool any[BLOCK])
{
    memset(any, 0, BLOCK * sizeof *any);
    for (int i = 0; i < of->thinned; i++) {
        const double *row = row_of(of, i) + first;
        for (int k = 0; k < count; k++)
            any[k] |= !isnan(row[k]);
    }
}

void robust_levels(const double *from, int64_t stride, int rows, int64_t width, robust_level *to)
{
    sheet s;
    source of = {from, stride, rows, rows < ROBUST_ROWS_MAX ? rows : ROBUST_ROWS_MAX};
    int64_t cell[LANES] = {0};
    bool any[BLOCK];
    int used = 0;

    s.rows = 2;
    while (s.rows < of.thinned)
        s.rows *= 2;
    for (int64_t at = 0; at < width; at++) {
        if (at % BLOCK == 0)
            look_for_values(&of, at, width - at < BLOCK ? (int)(width - at) : BLOCK, any);
        if (!any[at % BLOCK]) { // most of a graph's calls are timed by nobody
            double none = (double)NAN;
            to[at] = (robust_level){.centre = none, .low = none, .high = none};
            continue;
        }
        cell[used++] = at;
        if (used == LANES) {
            take_sheet(&s, &of, cell, used, to);
            used = 0;
        }
    }
    for (int l = used; l > 0 && l < LANES; l++) // the idle ones repeat the last
        cell[l] = cell[used - 1];
    if (used)
        take_sheet(&s, &of, cell, used, to);
}
