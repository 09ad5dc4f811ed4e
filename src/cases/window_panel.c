// SPDX-License-Identifier: GPL-3.0-or-later
// window_panel.c - choosing columns, and filling rows from them.
#include "cases/window_panel.h"

#include "core/robust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The lower statistic is closer to what all requests see (metric_name.h); of equal ones the first
// by name, as the order of columns means nothing.
static void speak(const window *w, int column, int *slot)
{
    const window_column *c = &w->column[column], *at = *slot < 0 ? NULL : &w->column[*slot];

    if (!at || c->statistic < at->statistic ||
        (c->statistic == at->statistic && strcmp(c->name, at->name) < 0))
        *slot = column;
}

// The signal a role fills, -1 for none. Availability is errors told the other way round.
static int signal_of(metric_role role)
{
    tend_metric_kind kind = role == METRIC_AVAILABILITY ? TEND_ERRORS : metric_role_kind(role);

    for (int i = 0; i < SIGNALS && role != METRIC_IGNORED; i++)
        if (panel_kind(i) == kind)
            return i;
    return -1;
}

// Errors go before availability, whatever the statistic.
static void choose(const window *w, window_panel *k, int c)
{
    const window_column *column = &w->column[c];
    int signal = signal_of(column->role);

    if (column->edge >= 0) {
        if (column->role == METRIC_CLIENT_LATENCY)
            speak(w, c, &k->end[column->edge][0]);
        else if (column->role == METRIC_SERVER_LATENCY)
            speak(w, c, &k->end[column->edge][1]);
        return;
    }
    if (signal < 0)
        return;
    int none = -1, *slot = &none;
    if (column->service >= 0)
        slot = &k->column[column->service][signal];
    else if (signal == SIGNAL_LATENCY || signal == SIGNAL_ERRORS)
        slot = &k->users[signal == SIGNAL_ERRORS];
    bool worse =
        *slot >= 0 && column->role == METRIC_AVAILABILITY && w->column[*slot].role == METRIC_ERRORS;
    bool better =
        *slot >= 0 && column->role == METRIC_ERRORS && w->column[*slot].role == METRIC_AVAILABILITY;
    if (better)
        *slot = c;
    else if (!worse)
        speak(w, c, slot);
}

static double largest(const window *w, const window_column *column)
{
    double most = 0;

    for (int i = 0; i < w->rows; i++)
        if (robust_clean(column->value[i]) > most)
            most = column->value[i];
    return most;
}

// What a share is divided by: 1, or 100 for percent; 0 for what is neither, as bytes.
static double whole_of(const window *w, const window_panel *k, int signal)
{
    double most = 0;

    for (int s = 0; s < w->S; s++)
        if (k->column[s][signal] >= 0)
            most = fmax(most, largest(w, &w->column[k->column[s][signal]]));
    return most > 1000 ? 0 : most > 1.5 ? 100 : 1;
}

// How often processes died in each row, out of a count of all so far.
static void fill_growth(const window_column *column, int rows, int64_t width, double *to)
{
    *to = (double)NAN;
    for (int i = 1; i < rows; i++)
        to[i * width] =
            metric_count_grown(robust_clean(column->value[i - 1]), robust_clean(column->value[i]));
}

static void fill_lost(const window_column *column, int rows, int64_t width, double whole,
                      double *to)
{
    for (int i = 0; i < rows; i++) {
        double x = robust_clean(column->value[i]);
        to[i * width] = isnan(x) ? x : fmax(0, 1 - x / (whole > 0 ? whole : 1));
    }
}

static void fill(const window *w, window_panel *k, int64_t cell, int c, double whole)
{
    const window_column *column = &w->column[c];
    double scale = column->role == METRIC_REQUESTS && !isnan(column->per_step) ? column->per_step
                   : whole > 0                                                 ? 1 / whole
                                                                               : 1;
    double *to = k->row + cell;
    int64_t width = k->panel.width;

    if (column->role == METRIC_RESTARTS && metric_name_is_counter(column->name))
        fill_growth(column, w->rows, width, to);
    else if (column->role == METRIC_AVAILABILITY)
        fill_lost(column, w->rows, width, whole, to);
    else
        for (int i = 0; i < w->rows; i++)
            to[i * width] = robust_clean(column->value[i]) * scale;
}

// A share of failures is told in percent by one maker and as a share by the next.
static double failures_whole(const window *w, int c)
{
    return largest(w, &w->column[c]) > 1.5 ? 100 : 1;
}

static void fill_all(const window *w, window_panel *k)
{
    panel *p = &k->panel;

    for (int64_t i = 0; i < w->rows * p->width; i++)
        k->row[i] = (double)NAN;
    for (int i = 0; i < SIGNALS; i++) {
        bool share = strcmp(tend_metric_row(panel_kind(i))->unit, "share") == 0;
        double whole = share ? whole_of(w, k, i) : 0;
        p->share[i] = share && whole > 0;
        for (int s = 0; s < w->S; s++)
            if (k->column[s][i] >= 0)
                fill(w, k, panel_cell(p, s, i), k->column[s][i],
                     i == SIGNAL_ERRORS ? failures_whole(w, k->column[s][i]) : whole);
    }
    for (int i = 0; i < 2; i++)
        if (k->users[i] >= 0)
            fill(w, k, p->users_at + i, k->users[i], i ? failures_whole(w, k->users[i]) : 0);
    for (int e = 0; e < w->E && p->edges_at >= 0; e++) {
        int64_t cell = p->edges_at + 3 * e;
        for (int i = 0; i < 2; i++)
            if (k->end[e][i] >= 0)
                fill(w, k, cell + i, k->end[e][i], 0);
        for (int i = 0; i < w->rows && k->end[e][0] >= 0 && k->end[e][1] >= 0; i++) {
            double *row = k->row + i * p->width + cell;
            row[2] = row[0] - row[1];
        }
    }
}

// Requests in one row, unless some column does not tell its rate's unit of time.
static double per_row(const window *w)
{
    for (int c = 0; c < w->columns; c++)
        if (w->column[c].role == METRIC_REQUESTS && isnan(w->column[c].per_step))
            return (double)NAN;
    return 1;
}

static double requests_seen(const window *w, const window_panel *k, int s)
{
    double sum = 0;

    for (int i = 0; i < w->rows && k->column[s][SIGNAL_REQUESTS] >= 0; i++) {
        double x = robust_clean(w->column[k->column[s][SIGNAL_REQUESTS]].value[i]);
        sum += isnan(x) ? 0 : x;
    }
    return sum;
}

// Users come in at a service that nobody calls: of several at one that calls others and counts
// requests, of those at the one that calls most, and of those where most requests are. Where nobody
// knows who calls whom, it is not known: taking the first for it would make an accident of the
// columns a sign. -1: not known.
static int entry_of(const window *w, const window_panel *k)
{
    int best = w->S - 1, most = -1;

    if (w->E == 0 && w->S > 1)
        return -1;
    for (int s = 0; s < w->S; s++) {
        int called = 0, calls = 0;
        for (int e = 0; e < w->E; e++) {
            called += w->edges[e].callee == s;
            calls += w->edges[e].caller == s;
        }
        bool counts = k->column[s][SIGNAL_REQUESTS] >= 0 && calls > 0;
        int worth = calls + (counts ? w->E + 1 : 0);
        if (called == 0 && (worth > most || (worth == most &&
                                             requests_seen(w, k, s) > requests_seen(w, k, best)))) {
            most = worth;
            best = s;
        }
    }
    return best;
}

// Room for what some service has, and for calls if one is timed: rows are long as it is.
static void lay_out(const window *w, const window_panel *k, panel *p)
{
    bool timed = false;

    p->stride = 0;
    for (int i = 0; i < SIGNALS; i++) {
        bool had = false;
        for (int s = 0; s < w->S; s++)
            had |= k->column[s][i] >= 0;
        p->signal[i] = had ? p->stride++ : -1;
    }
    for (int e = 0; e < w->E; e++)
        timed |= k->end[e][0] >= 0 || k->end[e][1] >= 0;
    p->edges_at = timed ? w->S * p->stride : -1;
    p->users_at = w->S * p->stride + (timed ? 3 * (int64_t)w->E : 0);
    p->width = p->users_at + 2;
}

tend_rc window_panel_open(const window *w, window_panel *k, tend_err *err)
{
    panel *p = &k->panel;
    size_t S = (size_t)w->S, E = (size_t)w->E;

    *k = (window_panel){.users = {-1, -1}};
    k->column = malloc((S + 1) * sizeof *k->column);
    k->end = malloc((E + 1) * sizeof *k->end);
    if (!k->column || !k->end)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory");
    memset(k->column, -1, (S + 1) * sizeof *k->column);
    memset(k->end, -1, (E + 1) * sizeof *k->end);
    for (int c = 0; c < w->columns; c++)
        choose(w, k, c);
    *p = (panel){.S = w->S,
                 .E = w->E,
                 .entry = entry_of(w, k),
                 .edge = w->edges,
                 .rows = w->rows,
                 .fresh = w->fresh,
                 .ready_at = -1,
                 .per_row = per_row(w)};
    lay_out(w, k, p);
    k->row = malloc(((size_t)w->rows + 1) * (size_t)p->width * sizeof *k->row);
    if (!k->row)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory");
    p->row = k->row;
    fill_all(w, k);
    return TEND_OK;
}

void window_panel_close(window_panel *k)
{
    free(k->column);
    free(k->end);
    free(k->row);
}
