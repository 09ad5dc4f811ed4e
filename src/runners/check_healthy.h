// SPDX-License-Identifier: GPL-3.0-or-later
// check_healthy.h - whether a simulated system meets its own objective when nothing is wrong.
#ifndef TEND_RUNNERS_CHECK_HEALTHY_H
#define TEND_RUNNERS_CHECK_HEALTHY_H

#include "base/str.h"
#include "core/json.h"

// Plays some healthy episodes of a sound system with nobody in charge; when more than a hundredth
// of the ticks breach, adds a sentence that says how many, and why. Otherwise adds nothing.
tend_rc check_healthy(const json_file *file, str *out, tend_err *err);

#endif
