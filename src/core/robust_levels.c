// SPDX-License-Identifier: GPL-3.0-or-later
// robust_levels.c - levels of many columns from a sorting network over rows: which rows are
// compared never depends on what is in them, so all columns take the same path, without a branch.
#include "core/robust.h"

#include <math.h>
#include <stdbool.h>

// columns that are sorted side by side; more only leave more of the last ones idle
enum { LANES = 8 };

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

// What is missing is sorted to the end, where no quantile is looked for.
static void take_column(sheet *s, int lane, const double *from, int64_t stride, int rows)
{
    s->count[lane] = 0;
    for (int i = 0; i < s->rows; i++) {
        // thinned out evenly: row i of s->rows stands for rows / s->rows of them
        double x = (double)NAN;
        if (rows > s->rows)
            x = from[(int64_t)i * rows / s->rows * stride];
        else if (i < rows)
            x = from[i * stride];
        s->cell[i * LANES + lane] = isnan(x) ? (double)INFINITY : x;
        s->count[lane] += !isnan(x);
    }
}

// 1.282: where a tenth of a normal is beyond; 1.4826: its median absolute deviation to its sigma.
static void spread(const sheet *s, int lane, robust_level *to)
{
    double mad = 1.4826 * quantile(s, lane, 0.5);

    to->up = larger(mad, to->up / 1.282);
    to->down = larger(mad, to->down / 1.282);
}

static void take_sheet(sheet *s, const double *from, int64_t stride, int rows, int used,
                       robust_level *to)
{
    double centre[LANES];

    for (int l = 0; l < LANES; l++) // the idle ones repeat the last
        take_column(s, l, from + (l < used ? l : used - 1), stride, rows);
    sort(s);
    for (int l = 0; l < LANES; l++)
        centre[l] = quantile(s, l, 0.5);
    for (int l = 0; l < used; l++) {
        bool any = s->count[l] > 0;
        double none = (double)NAN;
        to[l] = (robust_level){.centre = any ? centre[l] : none,
                               .low = any ? quantile(s, l, 1.0 / 6) : none,
                               .high = any ? quantile(s, l, 5.0 / 6) : none,
                               .down = any ? centre[l] - quantile(s, l, 0.1) : 0,
                               .up = any ? quantile(s, l, 0.9) - centre[l] : 0,
                               .count = s->count[l]};
    }
    for (int i = 0; i < s->rows; i++)
        for (int l = 0; l < LANES; l++)
            s->cell[i * LANES + l] = fabs(s->cell[i * LANES + l] - centre[l]);
    sort_valley(s);
    for (int l = 0; l < used; l++)
        spread(s, l, &to[l]);
}

void robust_levels(const double *from, int64_t stride, int rows, int64_t width, robust_level *to)
{
    sheet s;

    s.rows = 2;
    while (s.rows < rows && s.rows < ROBUST_ROWS_MAX)
        s.rows *= 2;
    for (int64_t cell = 0; cell < width; cell += LANES)
        take_sheet(&s, from + cell, stride, rows,
                   width - cell < LANES ? (int)(width - cell) : LANES, to + cell);
}
