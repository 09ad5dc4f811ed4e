// SPDX-License-Identifier: GPL-3.0-or-later
// history.h - the last minutes as the rows of a panel: one ring, one row a tick.
//
// All state is one flat block without pointers. Every tick leaves a row, also a bad one: levels,
// onset and evidence are made from whole rows.
#ifndef TEND_AGENT_DIAGNOSE_HISTORY_H
#define TEND_AGENT_DIAGNOSE_HISTORY_H

#include "agent/diagnose/own.h"
#include "agent/diagnose/panel.h"

#include <tend/plugin.h>

typedef struct history {
    int64_t rows, ring_at; // capacity; bytes from the start of this struct
} history;

size_t history_size(const tend_system *system, int rows);
void history_init(history *h, const tend_system *system, int rows);
// The row is as it would be without what was done, `ours` having heard of this tick.
void history_push(history *h, const tend_system *system, const tend_obs *obs, const own *ours);

// The filled rows, oldest first; valid until the next push. Row i is of tick `first` + i.
panel history_panel(const history *h, const tend_system *system, const tend_obs *obs,
                    const own *ours);
int64_t history_width(const tend_system *system); // doubles in one row

#endif
