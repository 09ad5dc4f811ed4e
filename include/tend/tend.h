// SPDX-License-Identifier: GPL-3.0-or-later
// tend.h - everything: #include <tend/tend.h> and link with `pkg-config --libs tend`.
#ifndef TEND_TEND_H
#define TEND_TEND_H

#include <tend/api.h>
#include <tend/drive.h>
#include <tend/edge.h>
#include <tend/engine.h>
#include <tend/err.h>
#include <tend/frame.h>
#include <tend/plugin.h>
#include <tend/sim.h>
#include <tend/system.h>
#include <tend/vec.h>

#endif
