// SPDX-License-Identifier: GPL-3.0-or-later
// bandit.c - UCB1.
#include "agent/decide/bandit.h"

#include "base/assert.h"
#include "base/hash.h"
#include "base/math.h"

#include <math.h>

bandit_choice bandit_choose(const bandit_arm *row, const bool *allowed, int arms, double alpha,
                            uint64_t seed, double *index)
{
    double total = 0;
    for (int i = 0; i < arms; i++)
        total += row[i].count;
    // alpha 0 is greedy; log 1 = 0 makes the first pulls greedy by themselves
    double spread = alpha > 0 && total > 1 ? alpha * math_log(total) : 0;
    double best = -HUGE_VAL;
    int ties = 0;
    for (int i = 0; i < arms; i++) {
        index[i] = -HUGE_VAL;
        if (allowed[i] && row[i].count > 0)
            index[i] = row[i].sum / row[i].count + sqrt(spread / row[i].count);
        else if (allowed[i])
            index[i] = HUGE_VAL; // untried arms first
        if (allowed[i] && index[i] >= best) {
            ties = index[i] == best ? ties + 1 : 1;
            best = index[i];
        }
    }
    TEND_ASSERT(ties > 0);
    // the draw is needed only to break a tie; 2^64 / ties leaves no bias worth the name
    int skip = ties > 1 ? (int)(hash_mix(seed) % (uint64_t)ties) : 0;
    for (int i = 0; i < arms; i++)
        if (allowed[i] && index[i] == best && skip-- == 0)
            return (bandit_choice){i, 1.0 / ties};
    return (bandit_choice){0, 0}; // unreachable: some arm is allowed and has the best index
}
