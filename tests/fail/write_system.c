// SPDX-License-Identifier: GPL-3.0-or-later
// The description of a system is shared by every world and never written (-DFAIL tries).
#include <tend/system.h>

int read_only(const tend_system *system);

int read_only(const tend_system *system)
{
#ifdef FAIL
    system->services[0].replicas = 2;
#endif
    return system->services[0].replicas;
}
