// SPDX-License-Identifier: GPL-3.0-or-later
// window_panel.h - a window's columns as the rows of a panel, which is what a diagnosis reads.
//
// Of several columns that play one role for a service the most direct statistic speaks; percent
// becomes a share, availability becomes errors, a counter becomes its growth.
#ifndef TEND_CASES_WINDOW_PANEL_H
#define TEND_CASES_WINDOW_PANEL_H

#include "agent/diagnose/panel.h"
#include "cases/window.h"

typedef struct window_panel {
    panel panel;
    double *row;            // [rows][width], the panel's
    int (*column)[SIGNALS]; // [S] the window's column of each signal, -1
    int (*end)[2];          // [E] its columns of the client's and the server's side, -1
    int users[2];           // of what users see: latency, errors; -1
} window_panel;

// Close it in any case.
tend_rc window_panel_open(const window *w, window_panel *out, tend_err *err);
void window_panel_close(window_panel *k);

#endif
