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
static double with_symptoms(const symptoms *s, const tend_system *system, const double *window,
                            int rows, int64_t cell)
{
    double most = 0;

    for (int signal = SIGNAL_LATENCY; signal <= SIGNAL_ERRORS; signal++) {
        if (s->column[signal] < 0)
            continue;
        int64_t symptom = system->entry * system->M + s->column[signal];
        double r = cell == symptom ? 1 : pearson(window, rows, s->width, cell, symptom);
        most = r > most ? r : most;
    }
    return most;
}

void correlate(const symptoms *s, const tend_system *system, const double *anomaly, int rows,
               bool self, double *score)
{
    int filled = ring_filled(symptoms_ring(s));
    int count = rows < filled ? rows : filled;
    const double *window = ring_window(symptoms_ring(s), 0, count);

    for (int v = 0; v < system->S; v++) {
        double most = 0;
        for (int i = 0; i < SIGNALS; i++) {
            // the symptom correlates with itself: the entry would always win
            bool symptom = v == system->entry && (i == SIGNAL_LATENCY || i == SIGNAL_ERRORS);
            if (s->column[i] < 0 || (symptom && !self))
                continue;
            double r = with_symptoms(s, system, window, count, v * system->M + s->column[i]);
            most = r > most ? r : most;
        }
        score[v] = anomaly[v] * most;
    }
}
