// SPDX-License-Identifier: GPL-3.0-or-later
// remedy.h - whether anything the system can do would mend a fault: else a person has to be called.
#ifndef TEND_REPORT_REMEDY_H
#define TEND_REPORT_REMEDY_H

#include "env/scenario.h"

// Whether the fault has begun by the tick and has not passed by itself. What an action did to it is
// not asked: of a fault without a remedy nothing does.
bool fault_present(const fault *f, int tick);

// Whether one of the system's actions is the remedy of docs/simulator.md at the fault's place. A
// strange fault has none.
bool remedy_known(const fault *f, const tend_system *system);

#endif
