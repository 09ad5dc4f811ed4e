// SPDX-License-Identifier: GPL-3.0-or-later
// bandit.h - the UCB1 core: which arm of a row of counts and reward sums to pull next.
//
// Auer, Cesa-Bianchi, Fischer 2002, "Finite-time analysis of the multiarmed bandit problem":
// index = mean + sqrt(alpha ln t / n), alpha = 2 for UCB1; an arm never pulled comes first. Equal
// indices are broken uniformly by `seed`. tests/test_bandit.c holds it against exact regrets.
#ifndef TEND_AGENT_DECIDE_BANDIT_H
#define TEND_AGENT_DECIDE_BANDIT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct bandit_arm {
    double count, sum;
} bandit_arm;

typedef struct bandit_choice {
    int arm;
    double propensity; // 1 / number of arms that shared the best index
} bandit_choice;

// index [arms] receives what the arms were ranked by (infinity: untried, -infinity: not allowed).
// Needs at least one allowed arm.
bandit_choice bandit_choose(const bandit_arm *row, const bool *allowed, int arms, double alpha,
                            uint64_t seed, double *index);

#endif
