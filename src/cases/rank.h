// SPDX-License-Identifier: GPL-3.0-or-later
// rank.h - where did a recorded incident start? The agent's evidence and causes, over a window.
//
// The ranking is always made; `detected` says apart whether anything stands out at all. Not part of
// the tick flow: rank_window allocates what it needs and gives it back.
#ifndef TEND_CASES_RANK_H
#define TEND_CASES_RANK_H

#include "agent/diagnose/evidence.h"
#include "cases/window_panel.h"

typedef struct rank_suspect {
    int service;
    double score;
    double confidence; // 0..1, over all suspects at most 1
    tend_family family;
} rank_suspect;

typedef struct rank_result {
    bool detected; // something stands out: a suspect, or the symptom where it was noticed
    int onset;     // first abnormal row, given or found, -1 when neither
    int suspects;
    rank_suspect *suspect; // [S] best first
    int metrics;
    int *metric; // column indices, the most telling first
    window_panel panel;
    evidence *evidence;
} rank_result;

typedef struct rank_params {
    evidence_params evidence; // the agent's
    double alarm_off;         // seconds a person or a pager may be off; larger finds somebody
                              // else's change
    double context;           // rows on either side of where the onset is searched that tell what a
                              // change is; larger: what a drift adds up to is one too
} rank_params;

extern const tend_param rank_param_table[]; // of a window alone: not the evidence's
void rank_defaults(rank_params *out);       // of both

// The caller frees *out with rank_free.
tend_rc rank_window(const window *w, const rank_params *by, rank_result **out, tend_err *err);
void rank_free(rank_result *result); // NULL is fine

// How telling a channel is of a service, in evidence; at most [CHANNELS], the weightiest first in
// order.
int rank_channels(const rank_result *r, int service, evidence_channel order[CHANNELS],
                  double weight[CHANNELS]);
// The window's column a channel is read from, -1 for none.
int rank_column(const rank_result *r, int service, evidence_channel channel);

#endif
