// SPDX-License-Identifier: GPL-3.0-or-later
// load.c - the median of what the services' requests say.
#include "agent/detect/load.h"

#include "agent/detect/features.h"
#include "base/math.h"

// a factor of e in one tick: beyond is a leap that a reference must not follow
#define STEP_MOST 1.0

static void learn(load_reference *r, double off)
{
    if (r->seen < LOAD_SLOW)
        r->seen++;
    off = off > STEP_MOST ? STEP_MOST : off < -STEP_MOST ? -STEP_MOST : off;
    r->level += off / r->seen;
}

double load_index(load_reference *of, const tend_system *system, const tend_obs *obs, int column,
                  double before, double *scratch)
{
    int count = 0;
    for (int s = 0; column >= 0 && s < system->S; s++) {
        double requests = feature_read(obs->value[s * system->M + column]);
        if (!(requests > 0)) // nobody asked, or nobody knows
            continue;
        double level = math_log(requests);
        if (of[s].seen < 1) // who is heard of late joins where the others are
            of[s].level = level - before;
        double index = level - of[s].level;
        learn(&of[s], index - before);
        // into its place among those before: few services, nearly sorted costs nearly nothing
        int at = count++;
        for (; at > 0 && scratch[at - 1] > index; at--)
            scratch[at] = scratch[at - 1];
        scratch[at] = index;
    }
    if (count == 0)
        return before;
    return 0.5 * (scratch[(count - 1) / 2] + scratch[count / 2]);
}
