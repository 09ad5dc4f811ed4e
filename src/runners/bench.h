// SPDX-License-Identifier: GPL-3.0-or-later
// bench.h - speed per unit of work: timing, the table of figures, and the groups that fill it.
//
// A figure is the median over repetitions of CPU time of the one thread that works, so that a
// busy machine disturbs it little; only the two-thread speed-up is taken from the wall clock.
#ifndef TEND_RUNNERS_BENCH_H
#define TEND_RUNNERS_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <tend/err.h>

typedef struct bench_figure {
    char name[64];
    const char *unit;
    double value, limit; // limit NAN: nothing to compare with
    bool at_least;       // value should be at least the limit, else at most
} bench_figure;

// rows of the table, values of a median; both assert or are checked by the options
#define BENCH_FIGURES_MAX 32
#define BENCH_REPETITIONS_MAX 101

typedef struct bench {
    int repetitions;
    double seconds; // least CPU time of one repetition
    bench_figure figure[BENCH_FIGURES_MAX];
    int figures;
} bench;

// One batch of work on `self`; returns how many units it did.
typedef double bench_work(void *self);

double bench_wall_clock(void); // seconds, monotonic

// Median CPU seconds per unit over the repetitions.
double bench_seconds_per_unit(const bench *b, bench_work *work, void *self);
// The same of two that take turns batch by batch, so that a machine that is faster now and slower
// then is so to both; returns the median of the second's time over the first's.
double bench_pair(const bench *b, bench_work *work, void *const self[2], double seconds[2]);
double bench_median(double *value, int count); // sorts value

// Adds a row; value is at most (or at least) limit when it is good.
void bench_at_most(bench *b, const char *name, double value, const char *unit, double limit);
void bench_at_least(bench *b, const char *name, double value, const char *unit, double limit);
bool bench_missed(const bench_figure *figure);

// The groups.
tend_rc bench_world(bench *b, tend_err *err);  // the simulator alone
tend_rc bench_forest(bench *b, tend_err *err); // isolation forest: fit and score
tend_rc bench_bandit(bench *b, tend_err *err); // UCB1 decisions
tend_rc bench_loop(bench *b, tend_err *err);   // whole episodes, and two threads against one
tend_rc bench_oracle(bench *b, tend_err *err); // an episode against the oracle

#endif
