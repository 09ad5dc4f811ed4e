// SPDX-License-Identifier: GPL-3.0-or-later
// impact.c - robust levels, own impact, change point.
#include "agent/diagnose/impact.h"

#include "base/math.h"

#include <math.h>

// Linear on average where a sort is not, and baselines are taken of every cell of every window.
double impact_select(double *value, int n, int k)
{
    int low = 0, high = n - 1;

    while (low < high) {
        // the two scans meet around the pivot; the side that holds the k-th is searched on
        double pivot = value[k];
        int i = low, j = high;
        do {
            while (value[i] < pivot)
                i++;
            while (pivot < value[j])
                j--;
            if (i <= j) {
                double swap = value[i];
                value[i++] = value[j];
                value[j--] = swap;
            }
        } while (i <= j);
        if (j < k)
            low = i;
        if (k < i)
            high = j;
    }
    return value[k];
}

double impact_median(double *value, int n)
{
    double upper = impact_select(value, n, n / 2);

    if (n % 2)
        return upper;
    double lower = value[0]; // the largest of the lower half, which select has left in front
    for (int i = 1; i < n / 2; i++)
        if (value[i] > lower)
            lower = value[i];
    return 0.5 * (lower + upper);
}

impact_level impact_baseline(const double *value, int count, double *scratch)
{
    impact_level level = {.centre = (double)NAN, .spread = 0};
    int n = 0;

    for (int i = 0; i < count; i++)
        if (!isnan(value[i]))
            scratch[n++] = value[i];
    level.count = n;
    if (n == 0)
        return level;
    level.centre = impact_median(scratch, n);

    // a skewed series is as restless as its upper tail: the 90 % point of a normal is at 1.282
    double high = impact_select(scratch, n, (int)(0.90 * (n - 1)));
    for (int i = 0; i < n; i++)
        scratch[i] = fabs(scratch[i] - level.centre);
    // 1.4826 MAD is the sigma of a normal distribution
    level.spread = 1.4826 * impact_median(scratch, n);
    if ((high - level.centre) / 1.282 > level.spread)
        level.spread = (high - level.centre) / 1.282;
    return level;
}

void impact_own(int S, int E, const tend_edge *edges, const double *impact, const double *through,
                double *own)
{
    for (int s = 0; s < S; s++)
        own[s] = impact[s];
    for (int e = 0; e < E; e++) {
        // a callee that got faster must not make its caller look guilty
        if (impact[edges[e].callee] > 0)
            own[edges[e].caller] -= impact[edges[e].callee];
        if (through && through[e] > 0)
            own[edges[e].caller] -= through[e];
    }
}

// a third: 3 sigmas past `least` count 0.7, 30 count 2.4
double impact_evidence(double z, double least)
{
    return z > least ? math_log(1 + (z - least) / 3) : 0;
}

// Robust sigma of the noise: from first differences, so that the change itself does not count.
static double noise(const double *value, int rows, double centre, double *scratch)
{
    int n = 0;

    for (int i = 1; i < rows; i++)
        if (!isnan(value[i]) && !isnan(value[i - 1]))
            scratch[n++] = fabs(value[i] - value[i - 1]);
    // a difference of two values has the variance of both
    double sigma = n ? 1.4826 / sqrt(2) * impact_median(scratch, n) : 0;
    double floor = 0.05 * fabs(centre); // 5 % of the level: a constant series has no noise to go by
    if (sigma < floor)
        sigma = floor;
    return sigma > 1e-9 ? sigma : 1e-9; // of a series of zeros
}

// +-10 sigmas, or one spike would outweigh a lasting step.
static double capped(double z)
{
    return z > 10 ? 10 : z < -10 ? -10 : z;
}

// Adds the gain of splitting one series at each row: twice the log likelihood ratio of two normal
// levels against one (Page 1957), from running sums.
static void add_gain(const double *value, int rows, double *gain, double *scratch)
{
    impact_level level = impact_baseline(value, rows, scratch);
    double total = 0, before = 0;
    int count = 0, past = 0;

    // half a series of gaps would split at the gaps
    if (level.count < rows / 2)
        return;
    double sigma = noise(value, rows, level.centre, scratch);
    for (int i = 0; i < rows; i++)
        if (!isnan(value[i])) {
            total += capped((value[i] - level.centre) / sigma);
            count++;
        }
    for (int i = 0; i < rows; i++) { // gain[i]: rows before i against row i and after
        if (past && past < count)
            gain[i] += before * before / past +
                       (total - before) * (total - before) / (count - past) - total * total / count;
        if (!isnan(value[i])) {
            before += capped((value[i] - level.centre) / sigma);
            past++;
        }
    }
}

int impact_change_point(const double *const *series, int columns, int rows, double *gain,
                        double *scratch)
{
    // at least 3 rows and 5 % on either side: the mean of a few rows at the edge fits anything
    int margin = rows / 20 > 3 ? rows / 20 : 3, best = -1;

    if (rows < 3 * margin)
        return -1;
    for (int i = 0; i < rows; i++)
        gain[i] = 0;
    for (int c = 0; c < columns; c++)
        add_gain(series[c], rows, gain, scratch);
    for (int i = margin; i <= rows - margin; i++)
        if (best < 0 || gain[i] > gain[best])
            best = i;
    return best;
}
