// SPDX-License-Identifier: GPL-3.0-or-later
// panel.h - rows of metrics as every diagnosis reads them: from a ring of ticks or from a window.
//
// A row is one moment: of each service its signals, of each call the latency at its two ends, of
// each service the replicas that are ready, and what users see. Cells are cleaned (robust_clean);
// NAN is missing. A panel owns nothing.
#ifndef TEND_AGENT_DIAGNOSE_PANEL_H
#define TEND_AGENT_DIAGNOSE_PANEL_H

#include <stdbool.h>
#include <stdint.h>
#include <tend/system.h>

// SIGNAL_LATENCY, SIGNAL_ERRORS, ...: every kind of metric of which something is known
#define SIGNAL_HIGH(e) SIGNAL_##e,
#define SIGNAL_LOW(e) SIGNAL_##e,
#define SIGNAL_NEITHER(e) SIGNAL_##e,
#define SIGNAL_UNKNOWN(e)
#define SIGNAL(e, name, unit, column, usual, bad, ...) SIGNAL_##bad(e)
enum { TEND_METRIC_TABLE(SIGNAL) SIGNALS };

tend_metric_kind panel_kind(int signal);
double panel_worse(int signal); // +1: more is worse (or neither good nor bad), -1: less is worse

typedef struct panel {
    int S, E, entry;             // where users come in, -1: not known
    const tend_service *service; // [S], NULL: kinds unknown
    const tend_edge *edge;       // [E]
    const double *row;           // [rows][width], oldest first
    int rows;
    int64_t first; // number of the oldest row: its tick; 0 in a window
    int64_t fresh; // number of the first row of the incident's own file; 0: there is no other
    int64_t width;
    int64_t signal[SIGNALS]; // cell of service 0, -1: nobody has it
    int64_t stride;          // cells from a service to the next
    int64_t edges_at;        // [E][3] mean latency at the client's, the server's end, and their gap
    int64_t ready_at;        // [S] replicas
    int64_t users_at;        // [2] latency and failed share of what users asked for
    bool share[SIGNALS];     // in parts of one whole: small changes are floored in parts of it
    double per_row;          // requests in a row = their rate x per_row; NAN unknown
    const double *deploy_age; // [S] rows since the running version went live, at the last row; NULL
} panel;

static inline int64_t panel_cell(const panel *p, int service, int signal)
{
    return p->signal[signal] < 0 ? -1 : p->signal[signal] + service * p->stride;
}

#endif
