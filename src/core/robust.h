// SPDX-License-Identifier: GPL-3.0-or-later
// robust.h - one cleaning of samples, one level of a series, one measure of what is odd.
//
// Ticks and recorded windows are held against their past with the functions here and no others. A
// level is taken from sorted rows: median, the sixths of the distribution on either side, and a
// scale that is at least as restless as the wider tail. What is odd is the distance of a sixth now
// from the same sixth before, so that an incident that fills only a part of its rows still shows,
// and a burst that is usual does not. No memory, no I/O.
#ifndef TEND_CORE_ROBUST_H
#define TEND_CORE_ROBUST_H

#include <math.h>
#include <stdint.h>

// A sample, or NAN: infinite, negative and beyond 1e12 is garbage in any unit.
static inline double robust_clean(double sample)
{
    return sample >= 0 && sample <= 1e12 ? sample : (double)NAN;
}

// The k-th smallest of n > 0 values (k from 0), which it reorders. Hoare 1961, Algorithm 65.
double robust_select(double *value, int n, int k);
double robust_median(double *value, int n); // mean of the middle two when n is even

// rows a level is taken from at most; more cost time, fewer are noise
enum { ROBUST_ROWS_MAX = 128 };

// All in the unit of the column; NAN without a value.
typedef struct robust_level {
    double centre;    // median
    double low, high; // a sixth of the values are below, above: -1 and +1 sigma of a normal
    double down,
        up; // robust sigma of either side, not floored: of MAD and the outer tenth the larger
    int32_t count; // values that were not missing
} robust_level;

// Levels of `width` columns over `rows` rows of [rows][stride], evenly thinned out to
// ROBUST_ROWS_MAX. NAN is left out; all other cells are finite.
void robust_levels(const double *from, int64_t stride, int rows, int64_t width, robust_level *to);

// How far `now` is from `before` in sigmas of at least `floor`, odd: above 0 where a sixth of now
// is above the same sixth of before, below 0 where it is below; 0 between, or without a value.
double robust_shift(const robust_level *before, const robust_level *now, double floor);

// z -> evidence: odd, soft and bounded. The drop in log likelihood under a Student t (Lange, Little
// and Taylor 1989) of scale ROBUST_ODD: 3 sigmas are .35, 9 are 1.2, 100 are 3.5, the most is 4.
double robust_evidence(double z);
#define ROBUST_EVIDENCE_MOST 4.0
#define ROBUST_ODD 3.0 // sigmas; smaller: noise is evidence, larger: faint incidents are none

typedef struct robust_rows {
    const double *from; // [rows][stride]
    int64_t stride;
    int rows, columns;
    const int64_t *column; // [columns] cells of a row
} robust_rows;

// The row of first..last at which the columns change their level together: the split of the largest
// summed likelihood gain (Page 1957), each value capped at +-10 robust sigmas, columns without a
// change of their own left out. -1: no column changes. gain [rows] and scratch [rows] are
// overwritten.
int robust_split(const robust_rows *of, int first, int last, double *gain, double *scratch);

#endif
