// SPDX-License-Identifier: GPL-3.0-or-later
// place_fit.h - made by `make fit` from generated systems; do not edit.
#ifndef TEND_AGENT_DIAGNOSE_PLACE_FIT_H
#define TEND_AGENT_DIAGNOSE_PLACE_FIT_H

// clang-format off
static const double place_weight[PLACE_SIGNS] = {
    [PLACE_latency] = 0.4,
    [PLACE_errors] = 0.4,
    [PLACE_slow] = 0.2123,
    [PLACE_fails] = 0.328,
    [PLACE_slow_echo] = -0.5,
    [PLACE_fails_echo] = -0.5,
    [PLACE_network] = 4,
    [PLACE_dark] = 0.6886,
    [PLACE_cpu] = 0.5647,
    [PLACE_cpu_slow] = 0.8338,
    [PLACE_memory] = 0.9131,
    [PLACE_memory_slow] = 0,
    [PLACE_saturation] = 0.8399,
    [PLACE_gone] = 4,
    [PLACE_deployed] = 1.004,
    [PLACE_crowd] = 2.683,
    [PLACE_everywhere] = 4,
    [PLACE_amplified] = 0,
    [PLACE_pushed] = 1.921,
    [PLACE_starved] = 0.06094,
    [PLACE_own_mean] = 0.1042,
    [PLACE_first] = 0.5407,
};
// clang-format on

#define PLACE_NONE 1.182 // score of "nothing stands out"

#endif
