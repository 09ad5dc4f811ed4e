// SPDX-License-Identifier: GPL-3.0-or-later
// bench_time.c - clocks, medians and the table of figures.
#include "runners/bench.h"

#include "base/assert.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double bench_wall_clock(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *value, int count)
{
    qsort(value, (size_t)count, sizeof *value, ascending);
    return count % 2 ? value[count / 2] : 0.5 * (value[count / 2 - 1] + value[count / 2]);
}

// Median over repetitions of the CPU time of this thread: what other processes do does not count.
double bench_seconds_per_unit(const bench *b, bench_work *work, void *self)
{
    double per_unit[BENCH_REPETITIONS_MAX];
    work(self); // warm up: caches, branch predictors, first touch of memory
    for (int r = 0; r < b->repetitions; r++) {
        double start = read_clock(CLOCK_THREAD_CPUTIME_ID), used, units = 0;
        do {
            units += work(self);
            used = read_clock(CLOCK_THREAD_CPUTIME_ID) - start;
        } while (used < b->seconds);
        per_unit[r] = used / units;
    }
    return bench_median(per_unit, b->repetitions);
}

double bench_pair(const bench *b, bench_work *work, void *const self[2], double seconds[2])
{
    double per_unit[2][BENCH_REPETITIONS_MAX], ratio[BENCH_REPETITIONS_MAX];
    work(self[0]);
    work(self[1]);
    for (int r = 0; r < b->repetitions; r++) {
        double used[2] = {0}, units[2] = {0};
        do {
            for (int i = 0; i < 2; i++) {
                double start = read_clock(CLOCK_THREAD_CPUTIME_ID);
                units[i] += work(self[i]);
                used[i] += read_clock(CLOCK_THREAD_CPUTIME_ID) - start;
            }
        } while (used[0] < b->seconds || used[1] < b->seconds);
        for (int i = 0; i < 2; i++)
            per_unit[i][r] = used[i] / units[i];
        ratio[r] = per_unit[1][r] / per_unit[0][r];
    }
    for (int i = 0; i < 2; i++)
        seconds[i] = bench_median(per_unit[i], b->repetitions);
    return bench_median(ratio, b->repetitions);
}

static void add(bench *b, const char *name, double value, const char *unit, double limit,
                bool at_least)
{
    TEND_ASSERT(b->figures < BENCH_FIGURES_MAX);
    bench_figure *figure = &b->figure[b->figures++];
    *figure = (bench_figure){.unit = unit, .value = value, .limit = limit, .at_least = at_least};
    snprintf(figure->name, sizeof figure->name, "%s", name);
}

void bench_at_most(bench *b, const char *name, double value, const char *unit, double limit)
{
    add(b, name, value, unit, limit, false);
}

void bench_at_least(bench *b, const char *name, double value, const char *unit, double limit)
{
    add(b, name, value, unit, limit, true);
}

bool bench_missed(const bench_figure *figure)
{
    if (isnan(figure->limit))
        return false;
    if (figure->at_least)
        // a figure that is NAN could not be measured: it holds no limit
        return !(figure->value >= figure->limit);
    return !(figure->value <= figure->limit);
}
