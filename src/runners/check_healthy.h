// SPDX-License-Identifier: GPL-3.0-or-later
// check_healthy.h - whether a simulated system meets its own objective when nothing is wrong.
#ifndef TEND_RUNNERS_CHECK_HEALTHY_H
#define TEND_RUNNERS_CHECK_HEALTHY_H

#include "base/str.h"
#include "core/json.h"
#include "core/plant.h"

// Plays some healthy episodes of a sound system with nobody in charge, under each preset. `share`
// gets the shares of ticks that breach [PRESETS]; when more than a hundredth do in the calm world,
// adds a sentence to `out` that says how many, and why.
tend_rc check_healthy(const json_file *file, double *share, str *out, tend_err *err);

#endif
