// SPDX-License-Identifier: GPL-3.0-or-later
// correlate.c - Pearson correlation over the ring's last rows.
#include "agent/diagnose/correlate.h"

#include <math.h>

// Correlation of two columns of [rows][width]; pairs with a missing value are left out.
static double pearson(const double *rows, int count, int64_t width, int64_t a, int64_t b)
{
    double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
    int n = 0;

    for (int i = 0; i < count; i++) {
        double x = rows[i * width + a], y = rows[i * width + b];
        if (isnan(x) || isnan(y))
            continue;
        sa += x;
        sb += y;
        saa += x * x;
        sbb += y * y;
        sab += x * y;
        n++;
    }
    // fewer pairs correlate by chance
    if (n < 5)
        return 0;
    double va = saa - sa * sa / n, vb = sbb - sb * sb / n;
    // a constant column correlates with nothing; the floor absorbs rounding
    if (va <= 1e-12 * saa || vb <= 1e-12 * sbb)
        return 0;
    return (sab - sa * sb / n) / sqrt(va * vb);
}

// Largest positive correlation: what falls while the users suffer is a victim.
static double with_symptoms(const panel *p, int rows, int64_t cell)
{
    const double *window = p->row + (p->rows - rows) * p->width;
    double most = 0;

    for (int signal = SIGNAL_LATENCY; signal <= SIGNAL_ERRORS; signal++) {
        int64_t symptom = panel_cell(p, p->entry, signal);
        if (symptom < 0)
            continue;
        double r = cell == symptom ? 1 : pearson(window, rows, p->width, cell, symptom);
        most = r > most ? r : most;
    }
    return most;
}

void correlate(const panel *p, const double *anomaly, int rows, bool self, double *score)
{
    rows = rows < p->rows ? rows : p->rows;
    for (int v = 0; v < p->S; v++) {
        double most = 0;
        for (int i = 0; i < SIGNALS; i++) {
            // the symptom correlates with itself: the entry would always win
            bool symptom = v == p->entry && (i == SIGNAL_LATENCY || i == SIGNAL_ERRORS);
            if (p->signal[i] < 0 || (symptom && !self))
                continue;
            double r = with_symptoms(p, rows, panel_cell(p, v, i));
            most = r > most ? r : most;
        }
        score[v] = anomaly[v] * most;
    }
}
