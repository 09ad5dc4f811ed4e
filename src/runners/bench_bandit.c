// SPDX-License-Identifier: GPL-3.0-or-later
// bench_bandit.c - decisions a second of the UCB1 core.
#include "runners/bench.h"

#include "agent/decide/bandit.h"
#include "base/hash.h"

// rows that stay in the first cache; a batch long enough for the clock
enum { ARMS = 12, ROWS = 64, DECISIONS = 4096 };

typedef struct work {
    bandit_arm row[ROWS][ARMS];
    bool allowed[ARMS];
    uint64_t seed;
} work;

static double decide(void *self)
{
    work *w = self;
    double index[ARMS];
    for (int i = 0; i < DECISIONS; i++) {
        bandit_arm *row = w->row[i % ROWS];
        // a reward without structure: what is timed is the choice, not what it learns
        w->seed++;
        bandit_choice choice = bandit_choose(row, w->allowed, ARMS, 2, w->seed, index);
        row[choice.arm].count += 1;
        row[choice.arm].sum += (double)(hash_mix(w->seed) & 1);
    }
    return DECISIONS;
}

tend_rc bench_bandit(bench *b, tend_err *err)
{
    (void)err;
    work w = {.seed = 1};
    for (int arm = 0; arm < ARMS; arm++)
        w.allowed[arm] = true;
    double seconds = bench_seconds_per_unit(b, decide, &w);
    // MABWiser's UCB1 takes 5.5 thousand decisions a second
    bench_at_least(b, "ucb1, 12 arms", 1e-6 / seconds, "M decisions/s", 1);
    return TEND_OK;
}
