// SPDX-License-Identifier: GPL-3.0-or-later
// alarm.c - k of n to raise, a run of quiet ticks to release.
#include "agent/detect/alarm.h"

// need, of: more proof and a later alarm. release: longer joins two incidents into one, shorter
// breaks one into several. Set on the simulated systems with the detectors' thresholds.
const tend_param alarm_param_table[] = {
    {"need", offsetof(alarm_params, need), TEND_INTEGER, 2, 1, 60,
     "samples above the threshold that raise it"},
    {"of", offsetof(alarm_params, of), TEND_INTEGER, 3, 1, 60,
     "samples among which they are counted"},
    {"release", offsetof(alarm_params, release), TEND_SECONDS, 5, 1, 86400,
     "quiet in a row that ends it"},
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

void alarm_init(alarm_state *a)
{
    *a = (alarm_state){.since = -1};
}

void alarm_update(alarm_state *a, const alarm_params *p, int64_t tick, tend_findings *findings)
{
    // NAN is not above: a detector that cannot tell raises nothing
    bool above = findings->overall > findings->threshold;
    a->above = a->above << 1 | (above ? 1u : 0u);
    a->quiet = above ? 0 : a->quiet + 1;
    // the newest `of` bits; `of` is at most 60, so the shift is defined
    uint64_t window = a->above & (((uint64_t)1 << (int)p->of) - 1);
    // two levels of proof: some ticks to raise, a run of quiet ones to release, else it would
    // flicker
    if (a->since < 0 && __builtin_popcountll(window) >= (int)p->need)
        a->since = tick;
    else if (a->since >= 0 && a->quiet >= (int64_t)p->release)
        a->since = -1;
    findings->alarm = a->since >= 0;
    findings->since = a->since;
}
