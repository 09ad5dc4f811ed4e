// SPDX-License-Identifier: GPL-3.0-or-later
// panel.c - which kind of metric a signal is.
#include "agent/diagnose/panel.h"

#define KIND_HIGH(e) TEND_##e,
#define KIND_LOW(e) TEND_##e,
#define KIND_NEITHER(e) TEND_##e,
#define KIND_UNKNOWN(e)
#define KIND(e, name, unit, column, usual, bad, ...) KIND_##bad(e)

static const tend_metric_kind kinds[SIGNALS] = {TEND_METRIC_TABLE(KIND)};

tend_metric_kind panel_kind(int signal)
{
    return kinds[signal];
}

double panel_worse(int signal)
{
    return tend_metric_row(kinds[signal])->bad == TEND_BAD_LOW ? -1 : 1;
}
