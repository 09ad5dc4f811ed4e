// SPDX-License-Identifier: GPL-3.0-or-later
// levels.c - medians from a sorting network over rows: which rows are compared never depends on
// what is in them, so all columns take the same path, without a branch.
#include "agent/diagnose/levels.h"

#include "base/assert.h"

#include <math.h>

// columns that are sorted side by side; more only leave more of the last ones idle
enum { ROWS = LEVELS_ROWS_MAX, LANES = 16 };

typedef struct sheet { // row after row
    double cell[ROWS * LANES];
    int count[LANES]; // of a column's rows that hold a value
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
    for (int p = ROWS / 2; p > 0; p /= 2) {
        int q = ROWS / 2, r = 0, d = p;
        while (d > 0) {
            for (int i = r; i < ROWS - d; i += 2 * p)
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
    for (int d = ROWS / 2; d > 0; d /= 2)
        for (int i = 0; i < ROWS; i += 2 * d)
            exchange(s->cell + i * LANES, s->cell + (i + d) * LANES, d * LANES);
}

// The median of a sorted column; 0 without a value.
static double middle(const sheet *s, int lane)
{
    int count = s->count[lane];
    if (count == 0)
        return 0;
    double upper = s->cell[count / 2 * LANES + lane];
    return count % 2 ? upper : 0.5 * (s->cell[(count / 2 - 1) * LANES + lane] + upper);
}

// What is missing is sorted to the end, where no median is looked for.
static void take_column(sheet *s, int lane, const double *from, int64_t stride, int rows)
{
    s->count[lane] = 0;
    for (int i = 0; i < ROWS; i++) {
        double x = i < rows ? from[i * stride] : (double)NAN;
        s->cell[i * LANES + lane] = isnan(x) ? (double)INFINITY : x;
        s->count[lane] += !isnan(x);
    }
}

static void take_sheet(const double *from, int64_t stride, int rows, int used, level *to)
{
    sheet s;
    double centre[LANES];
    for (int l = 0; l < LANES; l++) // the idle ones repeat the last
        take_column(&s, l, from + (l < used ? l : used - 1), stride, rows);
    sort(&s);
    for (int l = 0; l < LANES; l++)
        centre[l] = middle(&s, l);
    for (int i = 0; i < ROWS; i++)
        for (int l = 0; l < LANES; l++)
            s.cell[i * LANES + l] = fabs(s.cell[i * LANES + l] - centre[l]);
    sort_valley(&s);
    for (int l = 0; l < used; l++)
        to[l] = (level){s.count[l] ? centre[l] : (double)NAN, 1.4826 * middle(&s, l)};
}

void levels_take(const double *from, int64_t stride, int rows, int64_t width, level *to)
{
    TEND_ASSERT(rows <= LEVELS_ROWS_MAX);
    for (int64_t cell = 0; cell < width; cell += LANES)
        take_sheet(from + cell, stride, rows, width - cell < LANES ? (int)(width - cell) : LANES,
                   to + cell);
}
