// SPDX-License-Identifier: GPL-3.0-or-later
// plugins.h - every plug-in, one line each; the tables are in plugins.c.
#ifndef TEND_AGENT_PLUGINS_H
#define TEND_AGENT_PLUGINS_H

#include <tend/plugin.h>

extern const tend_detector detect_iforest, detect_threshold, detect_robust_z;
extern const tend_diagnoser diagnose_correlation, diagnose_impact, diagnose_blend;
extern const tend_policy policy_noop, policy_random, policy_fixed, policy_rules, policy_ucb;

#endif
