// SPDX-License-Identifier: GPL-3.0-or-later
// curve.c - the arithmetic of learning curves: repeats are the samples, tests are shared by all.
#include "report/curve.h"

#include "base/assert.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEARNT_MOST = 10000000 }; // episodes, as many as an eval plays; their rows take 10 GiB

static tend_rc add_point(const char *word, size_t length, curve *out, tend_err *err)
{
    char text[24], *end; // of a number in range; a longer one is cut and is none
    snprintf(text, sizeof text, "%.*s", (int)(length < sizeof text ? length : sizeof text - 1),
             word);
    errno = 0;
    long long learnt = strtoll(text, &end, 10);
    if (!length || strspn(text, "0123456789") != length || *end || errno || learnt > LEARNT_MOST)
        return tend_fail(err, TEND_USAGE, "--curve: \"%s\", expected a whole number 0 to %d", text,
                         LEARNT_MOST);
    if (out->points == 0 && learnt > 0) // what all are held against
        out->learnt[out->points++] = 0;
    if (out->points > 0 && learnt <= out->learnt[out->points - 1])
        return tend_fail(err, TEND_USAGE, "--curve: %lld after %d, expected numbers that grow",
                         learnt, out->learnt[out->points - 1]);
    if (out->points == CURVE_POINTS_MOST)
        return tend_fail(err, TEND_USAGE, "--curve: more than %d points", CURVE_POINTS_MOST);
    out->learnt[out->points++] = (int)learnt;
    return TEND_OK;
}

tend_rc curve_parse(const char *text, curve *out, tend_err *err)
{
    tend_rc rc = TEND_OK;
    out->points = 0;
    for (bool more = true; more && rc == TEND_OK;) {
        size_t length = strcspn(text, ",");
        rc = add_point(text, length, out, err);
        more = text[length] != 0;
        text += length + more;
    }
    if (rc == TEND_OK && out->points < 2)
        rc = tend_fail(err, TEND_USAGE, "--curve: only 0, expected episodes to learn from too");
    return rc;
}

tend_rc curve_open(curve *c, tend_err *err)
{
    size_t lines = (size_t)c->points * (size_t)c->repeats;
    c->figure = calloc(lines * FIGURES, sizeof *c->figure);
    c->breach = calloc(lines * (size_t)c->tests, sizeof *c->breach);
    return c->figure && c->breach
               ? TEND_OK
               : tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu points and repeats", lines);
}

void curve_close(curve *c)
{
    free(c->figure);
    free(c->breach);
    c->figure = c->breach = NULL;
}

static size_t line_at(const curve *c, int point, int repeat)
{
    return (size_t)point * (size_t)c->repeats + (size_t)repeat;
}

static const double *breach_at(const curve *c, int point, int repeat)
{
    return c->breach + line_at(c, point, repeat) * (size_t)c->tests;
}

tend_rc curve_put(curve *c, int point, int repeat, const result *rows, tend_err *err)
{
    const figure_row *row = &figure_table[figures_row("slo_steps")];
    figure figures[FIGURES];
    tend_rc rc = figures_make(rows, (size_t)c->tests, c->steps, false, figures, err);
    if (rc != TEND_OK)
        return rc;
    int first = point == 0 ? 0 : repeat, last = point == 0 ? c->repeats - 1 : repeat;
    for (int k = first; k <= last; k++) {
        size_t line = line_at(c, point, k);
        for (int i = 0; i < FIGURES; i++)
            c->figure[line * FIGURES + (size_t)i] = figures[i].value.value;
        for (int i = 0; i < c->tests; i++)
            c->breach[line * (size_t)c->tests + (size_t)i] = row->of(&rows[i], c->steps);
    }
    return TEND_OK;
}

curve_spread curve_spread_of(const curve *c, int point, int row)
{
    const double none = (double)NAN;
    curve_spread s = {0, none, HUGE_VAL, -HUGE_VAL};
    double squares = 0;
    int n = 0;
    for (int k = 0; k < c->repeats; k++) {
        double value = c->figure[line_at(c, point, k) * FIGURES + (size_t)row];
        if (isnan(value))
            continue;
        n++;
        s.mean += value;
        s.least = value < s.least ? value : s.least;
        s.most = value > s.most ? value : s.most;
    }
    if (n == 0)
        return (curve_spread){none, none, none, none};
    s.mean /= n;
    for (int k = 0; k < c->repeats; k++) {
        double value = c->figure[line_at(c, point, k) * FIGURES + (size_t)row];
        squares += isnan(value) ? 0 : (value - s.mean) * (value - s.mean);
    }
    if (n > 1)
        s.sd = sqrt(squares / (n - 1));
    return s;
}

// Changes of the tests that have a fault, [repeats][tests with one] into out; how many of those.
static size_t take_changes(const curve *c, int point, double *out)
{
    size_t faults = 0, n = 0;
    for (int k = 0; k < c->repeats; k++) {
        const double *after = breach_at(c, point, k), *before = breach_at(c, 0, k);
        for (int i = 0; i < c->tests; i++)
            if (isfinite(after[i] - before[i]))
                out[n++] = after[i] - before[i];
        // the tests are the same in all repeats, and so is which of them have a fault
        faults = k == 0 ? n : faults;
        TEND_ASSERT(n == faults * (size_t)(k + 1));
    }
    return faults;
}

tend_rc curve_change_of(const curve *c, int point, curve_change *out, tend_err *err)
{
    size_t repeats = (size_t)c->repeats;
    double *change = malloc(repeats * (size_t)c->tests * sizeof *change);
    if (!change)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %d tests", c->tests);
    size_t faults = take_changes(c, point, change);
    out->alone = stats_crossed(change, repeats, faults, 0.95);
    out->all = stats_crossed(change, repeats, faults, 1 - 0.05 / (c->points - 1));
    out->worse = 0;
    for (size_t k = 0; k < repeats; k++) {
        double sum = 0;
        for (size_t i = 0; i < faults; i++)
            sum += change[k * faults + i];
        out->worse += sum > 0;
    }
    free(change);
    return TEND_OK;
}
