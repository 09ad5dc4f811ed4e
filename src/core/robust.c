// SPDX-License-Identifier: GPL-3.0-or-later
// robust.c - cleaning, order statistics, evidence, the row at which levels change.
#include "core/robust.h"

#include "base/math.h"

#include <math.h>

// Linear on average where a sort is not.
double robust_select(double *value, int n, int k)
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

double robust_median(double *value, int n)
{
    double upper = robust_select(value, n, n / 2);

    if (n % 2)
        return upper;
    double lower = value[0]; // the largest of the lower half, which select has left in front
    for (int i = 1; i < n / 2; i++)
        if (value[i] > lower)
            lower = value[i];
    return 0.5 * (lower + upper);
}

// Many rows are less restless than one, but neighbours are alike: of APART rows one counts, and of
// those not more than APART_MOST, as a slow drift is no noise that more rows would even out.
#define APART 5.0
#define APART_MOST 8.0

static double unrest(double spread, int count)
{
    double n = 1 + (count - 1) / APART;

    return spread / sqrt(n < APART_MOST ? n : APART_MOST);
}

double robust_shift(const robust_level *before, const robust_level *now, double floor)
{
    if (before->count == 0 || now->count == 0)
        return 0;
    double up = unrest(before->up, now->count), down = unrest(before->down, now->count);
    double rise = (now->high - before->high) / (up > floor ? up : floor);
    double fall = (now->low - before->low) / (down > floor ? down : floor);
    if (rise > 0 && rise >= -fall)
        return rise;
    return fall < 0 ? fall : 0;
}

double robust_evidence(double z)
{
    // most signs are nothing or plain, and a logarithm is dear
    if (z == 0 || z != z)
        return 0;
    double part = z / ROBUST_ODD;
    double e = fabs(z) > 160 ? 4 : 0.5 * math_log(1 + part * part);

    e = e > 4 ? 4 : e;
    return z < 0 ? -e : e;
}

// Robust sigma of the noise: from first differences, so that the change itself does not count.
static double noise(const double *value, int64_t stride, int rows, double centre, double *scratch)
{
    int n = 0;

    for (int i = 1; i < rows; i++)
        if (!isnan(value[i * stride]) && !isnan(value[(i - 1) * stride]))
            scratch[n++] = fabs(value[i * stride] - value[(i - 1) * stride]);
    // a difference of two values has the variance of both
    double sigma = n ? 1.4826 / sqrt(2) * robust_median(scratch, n) : 0;
    double floor = 0.05 * fabs(centre); // of the level: a constant series has no noise to go by
    if (sigma < floor)
        sigma = floor;
    return sigma > 1e-9 ? sigma : 1e-9; // of a series of zeros
}

// +-10 sigmas, or one spike would outweigh a lasting step.
static double capped(double z)
{
    return z > 10 ? 10 : z < -10 ? -10 : z;
}

// A gain that a series without a change reaches by chance, slow noise included (lag-1
// autocorrelation of .9 makes twice the log likelihood some 19 times larger). Larger: faint changes
// do not date an incident; smaller: a hundred noisy columns outvote the one that changed.
#define GAIN_LEAST 40.0

// Adds the gain of splitting one series at each row: twice the log likelihood ratio of two normal
// levels against one, from running sums.
static void add_gain(const double *value, int64_t stride, int rows, double *gain, double *scratch)
{
    int count = 0, past = 0;

    for (int i = 0; i < rows; i++)
        if (!isnan(value[i * stride]))
            scratch[count++] = value[i * stride];
    // half a series of gaps would split at the gaps
    if (count < 2 || count < rows / 2)
        return;
    double centre = robust_median(scratch, count), total = 0, before = 0;
    double sigma = noise(value, stride, rows, centre, scratch);
    for (int i = 0; i < rows; i++)
        if (!isnan(value[i * stride]))
            total += capped((value[i * stride] - centre) / sigma);
    for (int i = 0; i < rows; i++) { // gain[i]: rows before i against row i and after
        if (past && past < count) {
            double rest = total - before;
            double won = before * before / past + rest * rest / (count - past) -
                         total * total / count - GAIN_LEAST;
            gain[i] += won > 0 ? won : 0;
        }
        if (!isnan(value[i * stride])) {
            before += capped((value[i * stride] - centre) / sigma);
            past++;
        }
    }
}

int robust_split(const robust_rows *of, int first, int last, double *gain, double *scratch)
{
    int best = -1;

    for (int i = 0; i < of->rows; i++)
        gain[i] = 0;
    for (int c = 0; c < of->columns; c++)
        add_gain(of->from + of->column[c], of->stride, of->rows, gain, scratch);
    for (int i = first < 1 ? 1 : first; i <= last && i < of->rows; i++)
        if (gain[i] > 0 && (best < 0 || gain[i] > gain[best]))
            best = i;
    return best;
}
