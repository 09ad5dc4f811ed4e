// SPDX-License-Identifier: GPL-3.0-or-later
// stats.h - intervals: a mean without one says little.
#ifndef TEND_REPORT_STATS_H
#define TEND_REPORT_STATS_H

#include <stddef.h>
#include <tend/err.h>

typedef struct interval {
    double value, low, high; // estimate and 95 % bounds; NAN without data
} interval;

// Share k of n with Wilson's score interval (Wilson 1927).
interval stats_share(size_t k, size_t n);

// Mean with percentile bootstrap bounds (Efron 1979), 2,000 resamples, the same for the same data.
// More than 2,000 samples are dealt into 2,000 hands at random and those are resampled, so that the
// time it takes grows with the samples and not with them times the resamples.
tend_rc stats_mean(const double *x, size_t n, interval *out, tend_err *err);

// The same where samples of one system are alike: systems are resampled with all of their samples
// (cluster bootstrap, Davison, Hinkley 1997, 3.8). of [n] numbers them, 0 .. systems - 1; where all
// samples are of one system it is stats_mean.
tend_rc stats_mean_by(const double *x, const int *of, size_t n, size_t systems, interval *out,
                      tend_err *err);

// Sum of x over sum of y, x and y [n] in pairs, with percentile bootstrap bounds as of a mean. NAN
// when the sum of y is 0 or less; resamples in which it is are left out.
tend_rc stats_ratio(const double *x, const double *y, size_t n, interval *out, tend_err *err);

// Mean of x [rows][columns] where rows and columns are both drawn at random (who learnt from which
// seeds, and on which seeds it is tested) and the bounds at `level` (0.95) are to hold for others
// of both: the variance of a two-way layout of random effects (Scheffe 1959, chapter 7), at no time
// less than either of the two alone gives, and Student's t with the degrees of freedom of
// Satterthwaite (1946). The bounds are NAN with fewer than two rows or columns.
interval stats_crossed(const double *x, size_t rows, size_t columns, double level);

// Median of times of which some are censored (the event had not come by then), Kaplan, Meier 1958:
// the first time at which the survival curve is at or below one half, infinity when it never is.
// The 95 % bounds are those at which the curve's own cross one half (Brookmeyer, Crowley 1982):
// Greenwood's variance on the scale of log(-log), which stays within 0 and 1; the upper one is
// infinity when it is not reached. time [n], seen [n] (0 = censored).
tend_rc stats_survival_median(const double *time, const unsigned char *seen, size_t n,
                              interval *out, tend_err *err);

// Quantile 0..1 of x; sorts x. NAN when n is 0.
double stats_quantile(double *x, size_t n, double q);

#endif
