// SPDX-License-Identifier: GPL-3.0-or-later
// price.h - what actions cost, in ticks of breach, by the usual prices of `tend params judge`.
#ifndef TEND_DRIVE_PRICE_H
#define TEND_DRIVE_PRICE_H

#include <tend/err.h>
#include <tend/system.h>

// price [A]; doing nothing is free.
tend_rc price_actions(const tend_system *system, double *price, tend_err *err);

#endif
