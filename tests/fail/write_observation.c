// SPDX-License-Identifier: GPL-3.0-or-later
// A stage that was given an observation must not be able to write through it (-DFAIL tries).
#include <tend/frame.h>

double read_only(const tend_obs *obs);

double read_only(const tend_obs *obs)
{
#ifdef FAIL
    obs->value[0] = 0;
#endif
    return obs->value[0];
}
