// SPDX-License-Identifier: GPL-3.0-or-later
// tables.c - filling the tables; the quantile of a mixture on top of them.
#include "env/tables.h"

#include "base/math.h"

#include <math.h>

// C(c, busy) for each number of servers; row 0, without a server, always waits. Erlang B by its
// recursion (Erlang 1917; stable where the factorials overflow), then C from B.
static void fill_erlang(tables *t)
{
    for (int c = 0; c <= ERLANG_SERVERS; c++) {
        double *row = t->erlang[c];
        for (int i = 0; i < ERLANG_POINTS; i++)
            row[i] = 1;
        // a step of all points at once: its divisions do not wait for one another
        for (int n = 1; n <= c; n++)
            for (int i = 0; i < ERLANG_POINTS; i++) {
                double load = (double)i / (ERLANG_POINTS - 1) * c;
                row[i] = load * row[i] / (n + load * row[i]);
            }
        // at full load the quotient is 0 / 0; its limit is that everybody waits
        for (int i = 0; i < ERLANG_POINTS - 1 && c > 0; i++)
            row[i] = row[i] / (1 - (double)i / (ERLANG_POINTS - 1) * (1 - row[i]));
        row[ERLANG_POINTS - 1] = 1;
    }
}

// The middle of each 1/2048 of the probability; the tails cut off cost variance, scaled back.
static void fill_normal(tables *t)
{
    double square = 0;
    for (int i = 0; i < NORMAL_POINTS; i++) {
        t->normal[i] = math_normal_quantile((i + 0.5) / NORMAL_POINTS);
        square += t->normal[i] * t->normal[i];
    }
    double scale = 1 / sqrt(square / NORMAL_POINTS);
    for (int i = 0; i < NORMAL_POINTS; i++)
        t->normal[i] *= scale;
}

void tables_fill(tables *t)
{
    fill_erlang(t);
    fill_normal(t);
    for (int i = 0; i < TAIL_POINTS; i++) {
        double z = (double)i / TAIL_STEPS_PER_UNIT - TAIL_LIMIT;
        t->tail[i][0] = math_normal_tail(z);
        t->tail[i][1] = math_exp(-0.5 * z * z) * 0.3989422804014327;
    }
}

// Solves (1 - second) P(A > x) + second P(B > x) = 0.05 in the cube root of x, where both are
// normal.
double gamma_mixture_p95(const tables *t, const double a[2], const double b[2], double second,
                         double *root)
{
    // a billionth of variance keeps the slope finite for a constant
    root_normal p = root_of_gamma(a[0], a[1] + 1e-9 * a[0] * a[0]);
    root_normal q = root_of_gamma(b[0], b[1] + 1e-9 * b[0] * b[0]);
    // the quantile of a mixture lies between those of its parts
    double low = p.level + Z95 * p.spread, high = q.level + Z95 * q.spread;
    if (low > high) {
        double swap = low;
        low = high;
        high = swap;
    }
    double p_scale = 1 / p.spread, q_scale = 1 / q.spread;
    double y = *root > low && *root < high ? *root : 0.5 * (low + high);
    // 12 is far more than it takes; bisection alone would leave 1/4096 of the bracket
    for (int i = 0; i < 12; i++) { // Newton, kept inside the bracket
        double p_density, q_density;
        double over = (1 - second) * table_tail(t, (y - p.level) * p_scale, &p_density) +
                      second * table_tail(t, (y - q.level) * q_scale, &q_density) - 0.05;
        double slope = (1 - second) * p_density * p_scale + second * q_density * q_scale;
        if (over > 0)
            low = y;
        else
            high = y;
        double next = slope > 0 ? y + over / slope : high;
        if (!(next > low && next < high))
            next = 0.5 * (low + high);
        double moved = next - y;
        y = next;
        if (fabs(moved) < 0.02 * y) // the next one would be of the order of its square
            break;
    }
    *root = y;
    return y > 0 ? y * y * y : 0;
}
