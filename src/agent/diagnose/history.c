// SPDX-License-Identifier: GPL-3.0-or-later
// history.c - from an observation to a row: [S][M] values, [E][3] calls, [S] ready, [2] users.
#include "agent/diagnose/history.h"

#include "base/block.h"
#include "base/ring.h"
#include "core/robust.h"

#include <math.h>
#include <string.h>

int64_t history_width(const tend_system *system)
{
    return (int64_t)system->S * system->M + 3 * (int64_t)system->E + system->S + 2;
}

static size_t lay_out(const tend_system *system, int rows, history *h)
{
    block b = {.align = 8};

    block_add(&b, 1, sizeof *h);
    h->ring_at = (int64_t)block_add(&b, 1, ring_size(rows, (int)history_width(system)));
    return b.size;
}

size_t history_size(const tend_system *system, int rows)
{
    history h;

    return lay_out(system, rows, &h);
}

static const ring *ring_of(const history *h)
{
    return (const ring *)(const void *)((const char *)h + h->ring_at);
}

void history_init(history *h, const tend_system *system, int rows)
{
    memset(h, 0, sizeof *h);
    lay_out(system, rows, h);
    h->rows = rows;
    ring_init((ring *)(void *)((char *)h + h->ring_at), rows, (int)history_width(system));
}

static double *clean(double *to, const double *from, int count)
{
    for (int i = 0; i < count; i++)
        *to++ = robust_clean(from[i]);
    return to;
}

void history_push(history *h, const tend_system *system, const tend_obs *obs, const own *ours)
{
    ring *r = (ring *)(void *)((char *)h + h->ring_at);
    double *row = ring_push(r);
    int restarts = tend_system_column(system, TEND_RESTARTS);

    for (int v = 0; v < system->S; v++) {
        clean(row, obs->value + (ptrdiff_t)v * system->M, system->M);
        if (restarts >= 0 && own_veils(ours, v, obs->tick))
            row[restarts] = (double)NAN;
        row += system->M;
    }

    for (int e = 0; e < system->E; e++) {
        row = clean(row, obs->edge + 2 * (ptrdiff_t)e, 2);
        *row = row[-2] - row[-1];
        row++;
    }
    row = clean(row, own_ready(ours), system->S);
    clean(row, &obs->entry_p95_ms, 1);
    clean(row + 1, &obs->entry_errors, 1);
    ring_commit(r);
}

panel history_panel(const history *h, const tend_system *system, const tend_obs *obs,
                    const own *ours)
{
    int rows = ring_filled(ring_of(h));
    panel p = {.S = system->S,
               .E = system->E,
               .entry = system->entry,
               .service = system->services,
               .edge = system->edges,
               .row = ring_window(ring_of(h), 0, rows),
               .rows = rows,
               .width = history_width(system),
               .first = obs->tick - rows + 1,
               .stride = system->M,
               .edges_at = (int64_t)system->S * system->M,
               .per_row = system->step_s,
               .deploy_age = own_deploy_age(ours)};

    p.ready_at = p.edges_at + 3 * (int64_t)system->E;
    p.users_at = p.ready_at + system->S;
    for (int i = 0; i < SIGNALS; i++) {
        // of several columns of a kind the first
        p.signal[i] = tend_system_column(system, panel_kind(i));
        p.share[i] = strcmp(tend_metric_row(panel_kind(i))->unit, "share") == 0;
    }
    return p;
}
