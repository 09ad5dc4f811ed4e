// SPDX-License-Identifier: GPL-3.0-or-later
// onset.c - a change point near what was stated, or anywhere.
#include "cases/onset.h"

#include <math.h>
#include <stdlib.h>

typedef struct stretch {
    int low, high; // rows low..high-1
} stretch;

// Where the columns change their level together, of rows first..last as seen in a stretch.
static tend_rc split(const panel *p, stretch in, int first, int last, int *found, tend_err *err)
{
    int low = in.low, high = in.high;
    size_t rows = (size_t)(high - low) + 1;
    double *gain = malloc(2 * rows * sizeof *gain);
    int64_t *column = malloc((size_t)p->width * sizeof *column);
    panel near = *p;

    near.row = p->row + low * p->width;
    near.rows = high - low;
    *found = -1;
    if (gain && column)
        *found = (int)evidence_onset(&near, first - low, last - low, gain, gain + rows, column);
    if (*found >= 0)
        *found += low;
    bool failed = !gain || !column;
    free(gain);
    free(column);
    return failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory") : TEND_OK;
}

// Neither slower nor failing more in the incident's own rows before the stated onset than usual.
// Says of a signal that is not known in both: nothing.
static void ask(const window *w, const rank_params *by, const panel *p, int64_t cell, int *well,
                int *ill)
{
    const double *column = p->row + cell;
    robust_level usual, own;

    robust_levels(column, p->width, w->fresh, 1, &usual);
    robust_levels(column + w->fresh * p->width, p->width, w->split - w->fresh, 1, &own);
    if (usual.count == 0 || own.count == 0)
        return;
    double floor = by->evidence.floor_relative * fabs(usual.centre);
    if (robust_shift(&usual, &own, floor) > ROBUST_ODD)
        *ill += 1;
    else
        *well += 1;
}

// What users see, and the service where the symptom was noticed: seen, and as usual.
static bool users_well(const window *w, const rank_params *by, const panel *p)
{
    int noticed = w->target_service >= 0 ? w->target_service : p->entry, well = 0, ill = 0;
    static const int seen[] = {SIGNAL_LATENCY, SIGNAL_ERRORS};

    if (w->fresh <= 0 || w->split <= w->fresh)
        return false;
    for (int i = 0; i < 2; i++) {
        ask(w, by, p, p->users_at + i, &well, &ill);
        int64_t cell = noticed < 0 ? -1 : panel_cell(p, noticed, seen[i]);
        if (cell >= 0)
            ask(w, by, p, cell, &well, &ill);
    }
    return well > 0 && ill == 0;
}

tend_rc onset_find(const window *w, const rank_params *by, const panel *p, int *at, tend_err *err)
{
    // at least 3 rows and 5 % on either side, as a few rows at the edge fit anything
    int margin = w->rows / 20 > 3 ? w->rows / 20 : 3, found = -1;
    tend_rc rc = TEND_OK;

    if (w->split < 0) {
        if (w->rows >= 3 * margin)
            rc = split(p, (stretch){0, w->rows}, margin, w->rows - margin, &found, err);
        *at = found;
        return rc;
    }
    *at = w->split;
    if (users_well(w, by, p))
        return TEND_OK;
    double steps = w->step_s > 0 ? ceil(by->alarm_off / w->step_s) : 1;
    int off = steps < w->rows ? (int)steps : w->rows, context = (int)by->context;
    int low = w->split - off - context, high = w->split + off + context;
    int first = w->split - off, last = w->split + off;
    low = low < 0 ? 0 : low;
    high = high > w->rows ? w->rows : high;
    first = first < low + 3 ? low + 3 : first;
    last = last > high - 2 ? high - 2 : last;
    if (first <= last)
        rc = split(p, (stretch){low, high}, first, last, &found, err);
    if (found >= 0 && found < w->split)
        *at = found;
    return rc;
}
