// SPDX-License-Identifier: GPL-3.0-or-later
// stats.c - Wilson, bootstrap, Kaplan-Meier; sorting and quantiles by GSL.
#include "report/stats.h"

#include "base/rng.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

// smaller: bounds that change in the second digit; larger: slower, no better
enum { RESAMPLES = 2000 };
// What is drawn in a resample, at most: more samples are dealt into as many hands, and hands are
// drawn. Larger: slower, and the bounds, which vary by a few per cent of their width with the
// resamples, no better; smaller: they vary by as much with the deal.
enum { DRAWN_MOST = 2000 };

// Half of those at risk, and what rounding adds to a product of shares: of ten, five that have
// ended leave 0.50000000000000011. Larger: curves that stop short of a half count as there.
#define HALF (0.5 + 1e-12)

interval stats_share(size_t k, size_t n)
{
    if (n == 0)
        return (interval){(double)NAN, (double)NAN, (double)NAN};
    // 97.5 % quantile of a normal
    double z = 1.959963984540054, count = (double)n, p = (double)k / count;
    double centre = p + z * z / (2 * count), scale = 1 + z * z / count;
    double half = z * sqrt(p * (1 - p) / count + z * z / (4 * count * count));
    double low = (centre - half) / scale, high = (centre + half) / scale;
    return (interval){p, k > 0 ? low : 0, k < n ? high : 1}; // exact at the ends
}

double stats_quantile(double *x, size_t n, double q)
{
    if (n == 0)
        return (double)NAN;
    gsl_sort(x, 1, n);
    return gsl_stats_quantile_from_sorted_data(x, 1, n, q);
}

// Sums of the samples dealt out at random, in whatever order they come: a mean over hands drawn at
// random then varies as one over samples drawn at random. Hands differ in length; counts say how.
static void deal(const double *x, size_t n, double *hand, double *count)
{
    rng r = rng_make(1, "deal");
    for (size_t i = 0; i < DRAWN_MOST; i++)
        hand[i] = count[i] = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t at = rng_below(&r, DRAWN_MOST);
        hand[at] += x[i];
        count[at]++;
    }
}

// Means of resamples; what was dealt into hands is drawn by the hand.
static void resample(const double *x, size_t n, double *means)
{
    double hand[DRAWN_MOST], count[DRAWN_MOST];
    bool dealt = n > DRAWN_MOST;
    if (dealt)
        deal(x, n, hand, count);
    uint32_t drawn = dealt ? DRAWN_MOST : (uint32_t)n;
    // a fixed seed: the same rows must give the same bounds
    rng r = rng_make(1, "bootstrap");
    for (int b = 0; b < RESAMPLES; b++) {
        double sum = 0, samples = dealt ? 0 : (double)n;
        for (uint32_t i = 0; i < drawn; i++) {
            uint32_t at = rng_below(&r, drawn);
            sum += dealt ? hand[at] : x[at];
            samples += dealt ? count[at] : 0;
        }
        means[b] = sum / samples;
    }
}

// Sums and counts of systems, drawn with all they have; those without a sample are not drawn.
static void resample_systems(const double *sum, const double *count, size_t systems, double *means)
{
    rng r = rng_make(1, "bootstrap");
    for (int b = 0; b < RESAMPLES; b++) {
        double total = 0, samples = 0;
        for (size_t i = 0; i < systems; i++) {
            uint32_t at = rng_below(&r, (uint32_t)systems);
            total += sum[at];
            samples += count[at];
        }
        means[b] = total / samples;
    }
}

tend_rc stats_mean_by(const double *x, const int *of, size_t n, size_t systems, interval *out,
                      tend_err *err)
{
    if (n == 0 || systems < 2)
        return stats_mean(x, n, out, err);
    double *sum = calloc(2 * systems + RESAMPLES, sizeof *sum), *count, *means, all = 0;
    if (!sum)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a bootstrap");
    count = sum + systems;
    means = count + systems;
    for (size_t i = 0; i < n; i++) {
        sum[of[i]] += x[i];
        count[of[i]]++;
        all += x[i];
    }
    size_t seen = 0;
    for (size_t i = 0; i < systems; i++)
        if (count[i] > 0) {
            sum[seen] = sum[i];
            count[seen++] = count[i];
        }
    if (seen < 2) { // all of one system: nothing is known of others
        free(sum);
        return stats_mean(x, n, out, err);
    }
    resample_systems(sum, count, seen, means);
    *out = (interval){all / (double)n, stats_quantile(means, RESAMPLES, 0.025),
                      stats_quantile(means, RESAMPLES, 0.975)};
    free(sum);
    return TEND_OK;
}

tend_rc stats_mean(const double *x, size_t n, interval *out, tend_err *err)
{
    *out = (interval){(double)NAN, (double)NAN, (double)NAN};
    if (n == 0)
        return TEND_OK;
    double *means = malloc(RESAMPLES * sizeof *means);
    if (!means)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a bootstrap");
    resample(x, n, means);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    out->value = sum / (double)n;
    out->low = stats_quantile(means, RESAMPLES, 0.025);
    out->high = stats_quantile(means, RESAMPLES, 0.975);
    free(means);
    return TEND_OK;
}

tend_rc stats_ratio(const double *x, const double *y, size_t n, interval *out, tend_err *err)
{
    double over = 0, under = 0;
    size_t found = 0;
    *out = (interval){(double)NAN, (double)NAN, (double)NAN};
    for (size_t i = 0; i < n; i++) {
        over += x[i];
        under += y[i];
    }
    if (!(under > 0))
        return TEND_OK;
    double *ratios = malloc(RESAMPLES * sizeof *ratios);
    if (!ratios)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a bootstrap");
    rng r = rng_make(1, "ratio");
    for (int b = 0; b < RESAMPLES; b++) {
        double a = 0, c = 0;
        for (size_t i = 0; i < n; i++) {
            uint32_t at = rng_below(&r, (uint32_t)n);
            a += x[at];
            c += y[at];
        }
        if (c > 0)
            ratios[found++] = a / c;
    }
    *out = (interval){over / under, stats_quantile(ratios, found, 0.025),
                      stats_quantile(ratios, found, 0.975)};
    free(ratios);
    return TEND_OK;
}

// Mean of n values that stand `stride` apart.
static double mean_of(const double *x, size_t n, size_t stride)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i * stride];
    return sum / (double)n;
}

// Half of the interval, in standard errors; to six places, for the last ones differ between CPUs.
static double student(double level, double freedom)
{
    return rint(1e6 * gsl_cdf_tdist_Pinv(0.5 + level / 2, freedom)) / 1e6;
}

interval stats_crossed(const double *x, size_t rows, size_t columns, double level)
{
    if (rows == 0 || columns == 0)
        return (interval){(double)NAN, (double)NAN, (double)NAN};
    double mean = mean_of(x, rows * columns, 1), all = (double)rows * (double)columns;
    if (rows < 2 || columns < 2)
        return (interval){mean, (double)NAN, (double)NAN};
    // squares of rows, of columns, and of what neither explains
    double by_row = 0, by_column = 0, rest = 0;
    double free_rows = (double)rows - 1, free_columns = (double)columns - 1;
    for (size_t i = 0; i < rows; i++) {
        double row = mean_of(x + i * columns, columns, 1) - mean;
        by_row += (double)columns * row * row;
    }
    for (size_t k = 0; k < columns; k++) {
        double column = mean_of(x + k, rows, columns) - mean;
        by_column += (double)rows * column * column;
    }
    for (size_t i = 0; i < rows * columns; i++)
        rest += (x[i] - mean) * (x[i] - mean);
    rest -= by_row + by_column;
    rest = rest > 0 ? rest / (free_rows * free_columns * all) : 0;
    by_row /= free_rows * all;
    by_column /= free_columns * all;
    double least = by_row > by_column ? by_row : by_column, variance = by_row + by_column - rest;
    variance = variance > least ? variance : least;
    if (!(variance > 0)) // all alike
        return (interval){mean, mean, mean};
    double freedom = variance * variance /
                     (by_row * by_row / free_rows + by_column * by_column / free_columns +
                      rest * rest / (free_rows * free_columns));
    double fewest = free_rows < free_columns ? free_rows : free_columns;
    double half = student(level, freedom > fewest ? freedom : fewest) * sqrt(variance);
    return (interval){mean, mean - half, mean + half};
}

// Bounds of a survival curve at one of its times, from its value and Greenwood's sum there.
static interval survival_bounds(double survival, double greenwood)
{
    if (survival >= 1)
        return (interval){1, 1, 1};
    if (survival <= 0) // nobody is left, and the sum is infinite
        return (interval){0, 0, 1};
    double slack = 1.959963984540054 * sqrt(greenwood) / fabs(log(survival));
    return (interval){survival, pow(survival, exp(slack)), pow(survival, exp(-slack))};
}

tend_rc stats_survival_median(const double *time, const unsigned char *seen, size_t n,
                              interval *out, tend_err *err)
{
    *out = (interval){(double)NAN, (double)NAN, (double)NAN};
    if (n == 0)
        return TEND_OK;
    size_t *order = malloc(n * sizeof *order);
    if (!order)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a survival curve");
    gsl_sort_index(order, time, 1, n);
    // the product limit: share still unrecovered after each time at which somebody recovered
    double survival = 1, greenwood = 0;
    *out = (interval){HUGE_VAL, HUGE_VAL, HUGE_VAL};
    for (size_t i = 0; i < n && isinf(out->high);) {
        size_t same = i, events = 0;
        for (; same < n && !(time[order[same]] > time[order[i]]); same++)
            events += seen[order[same]];
        // of those at risk, n - i; the censored leave the risk without an event
        double risk = (double)(n - i), left = risk - (double)events;
        survival *= left / risk;
        greenwood += (double)events / (risk * left);
        interval at = survival_bounds(survival, greenwood);
        if (isinf(out->low) && at.low <= 0.5)
            out->low = time[order[i]];
        if (isinf(out->value) && survival <= HALF)
            out->value = time[order[i]];
        if (at.high <= 0.5)
            out->high = time[order[i]];
        i = same;
    }
    free(order);
    return TEND_OK;
}
