// SPDX-License-Identifier: GPL-3.0-or-later
// A sink sees the frame, and through it the observation, as const (-DFAIL tries to write).
#include <tend/edge.h>

double read_only(const tend_frame *frame);

double read_only(const tend_frame *frame)
{
#ifdef FAIL
    frame->findings.alarm = false;
#endif
    return frame->obs->edge[0];
}
