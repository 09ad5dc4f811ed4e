// SPDX-License-Identifier: GPL-3.0-or-later
// traffic.h - the nominal flow of a system: what each service carries when nothing is wrong.
//
// Decides where a fault can matter, and scales its strength, so that a severity means the same on
// a busy and on an idle service.
#ifndef TEND_ENV_TRAFFIC_H
#define TEND_ENV_TRAFFIC_H

#include "core/plant.h"

typedef struct traffic {
    double *visits;      // [S] requests per user request
    double *utilisation; // [S] offered load / capacity
    double *hold_s;      // [S] a worker's time per request, waiting for callees included
    double *crossing;    // [E] calls per user request
    int *order;          // [S] callers before callees
} traffic;

// One allocation; traffic_close frees it (NULL is fine).
tend_rc traffic_open(const tend_system *system, const plant *physics, traffic **out, tend_err *err);
void traffic_close(traffic *t);

#endif
