// SPDX-License-Identifier: GPL-3.0-or-later
// A diagnoser reads what was detected and must not be able to change it (-DFAIL tries).
#include <tend/plugin.h>

double read_only(const tend_findings *findings);

double read_only(const tend_findings *findings)
{
#ifdef FAIL
    findings->score[0] = 1;
#endif
    return findings->score[0];
}
