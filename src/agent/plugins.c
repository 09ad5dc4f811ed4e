// SPDX-License-Identifier: GPL-3.0-or-later
// plugins.c - the tables of plug-ins: the first of each is the default.
#include "agent/plugins.h"

const tend_detector *const *tend_detectors(void)
{
    static const tend_detector *const table[] = {&detect_iforest, &detect_threshold,
                                                 &detect_robust_z, NULL};
    return table;
}

const tend_diagnoser *const *tend_diagnosers(void)
{
    static const tend_diagnoser *const table[] = {&diagnose_blend, &diagnose_correlation,
                                                  &diagnose_impact, NULL};
    return table;
}

const tend_policy *const *tend_policies(void)
{
    static const tend_policy *const table[] = {&policy_ucb,    &policy_rules, &policy_noop,
                                               &policy_random, &policy_fixed, NULL};
    return table;
}
