// SPDX-License-Identifier: GPL-3.0-or-later
// onset.h - the row at which a recorded incident begins.
#ifndef TEND_CASES_ONSET_H
#define TEND_CASES_ONSET_H

#include "cases/rank.h"

// Searched for where nobody knows it. Where it is stated, looked for once more within
// by->alarm_off of it, and an earlier one is believed - unless users were well until then: what
// changed before them, between the usual rows and the incident's own, is another day.
// *at: first abnormal row of p, -1 when none is found.
tend_rc onset_find(const window *w, const rank_params *by, const panel *p, int *at, tend_err *err);

#endif
