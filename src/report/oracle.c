// SPDX-License-Identifier: GPL-3.0-or-later
// oracle.c - sums over rows against the oracle, and how to say them.
#include "report/oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const parts[4] = {"detection", "confirmation", "first_action", "later_actions"};

static const char *kind_name(int kind)
{
    return tend_action_row((tend_action_kind)kind)->name;
}

// An answer names something.
static bool asked(const result *r)
{
    return r->oracle_opens[0] != 0;
}

static void add(const result *r, oracle_figures *f)
{
    const int lost[4] = {r->lost_detection, r->lost_confirmation, r->lost_first_action,
                         r->lost_later_actions};
    f->episodes++;
    f->beaten += r->beam_steps > r->oracle_steps;
    f->noop += r->noop_steps;
    f->policy += r->slo_steps;
    f->beam += r->beam_steps;
    f->reference += r->oracle_steps;
    for (int i = 0; i < 4; i++)
        f->lost[i] += lost[i];
    for (int kind = 0; kind < TEND_ACTION_KINDS; kind++)
        f->opens[kind] += strcmp(r->oracle_opens, kind_name(kind)) == 0;
}

static void average(oracle_figures *f)
{
    double n = f->episodes;
    f->noop /= n;
    f->policy /= n;
    f->beam /= n;
    f->reference /= n;
    for (int i = 0; i < 4; i++)
        f->lost[i] /= n;
}

// The gap's interval is over systems where there are several: theirs are added up, and drawn whole.
static tend_rc close_gap(const result *row, size_t count, interval *out, tend_err *err)
{
    double *won = calloc(2 * count + 1, sizeof *won), *could = won + count;
    int *of = malloc((count + 1) * sizeof *of);
    tend_rc rc =
        won && of ? TEND_OK : tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu rows", count);
    if (rc == TEND_OK) {
        size_t systems = result_systems(row, count, of), n = systems > 1 ? systems : count;
        for (size_t i = 0; i < count; i++) {
            size_t at = systems > 1 ? (size_t)of[i] : i;
            if (!asked(&row[i]))
                continue;
            won[at] += row[i].noop_steps - row[i].slo_steps;
            could[at] += row[i].noop_steps - row[i].oracle_steps;
        }
        rc = stats_ratio(won, could, n, out, err);
    }
    free(won);
    free(of);
    return rc;
}

tend_rc oracle_figures_make(const result *row, size_t count, oracle_figures *out, tend_err *err)
{
    *out = (oracle_figures){.gap = {(double)NAN, (double)NAN, (double)NAN}};
    for (size_t i = 0; i < count; i++)
        if (asked(&row[i]))
            add(&row[i], out);
    if (out->episodes == 0)
        return TEND_OK;
    average(out);
    return close_gap(row, count, &out->gap, err);
}

void oracle_figures_text(const oracle_figures *f, str *out)
{
    int plans = f->episodes - f->opens[TEND_NOOP];
    if (f->episodes == 0)
        return;
    str_format(out, "  against the oracle, breach steps of %d episodes with a fault\n",
               f->episodes);
    str_format(out, "    noop %.2f, policy %.2f, oracle %.2f; the beam was not the best in %d\n",
               f->noop, f->policy, f->reference, f->beaten);
    if (isfinite(f->gap.value))
        str_format(out, "    gap closed %.1f %%  95%% %.1f..%.1f\n", 100 * f->gap.value,
                   100 * f->gap.low, 100 * f->gap.high);
    str_format(out, "    lost %.2f: detection %.2f, confirmation %.2f, ", f->policy - f->reference,
               f->lost[0], f->lost[1]);
    str_format(out, "first action %.2f, later %.2f\n", f->lost[2], f->lost[3]);
    str_format(out, "    plans that help: %d, opened by", plans);
    for (int kind = TEND_NOOP + 1, named = 0; kind < TEND_ACTION_KINDS; kind++)
        if (f->opens[kind] > 0)
            str_format(out, "%s %s %.0f %%", named++ ? "," : "", kind_name(kind),
                       100.0 * f->opens[kind] / plans);
    str_add(out, plans > 0 ? "\n\n" : " none\n\n");
}

void oracle_figures_put(json_writer *w, const char *key, const oracle_figures *f)
{
    json_open_object(w, key);
    json_put_count(w, "episodes", f->episodes);
    json_put_count(w, "beaten", f->beaten);
    json_put_number(w, "noop_steps", f->noop);
    json_put_number(w, "policy_steps", f->policy);
    json_put_number(w, "beam_steps", f->beam);
    json_put_number(w, "oracle_steps", f->reference);
    json_open_object(w, "gap_closed");
    json_put_number(w, "value", f->gap.value);
    json_put_number(w, "low", f->gap.low);
    json_put_number(w, "high", f->gap.high);
    json_close_object(w);
    json_open_object(w, "lost");
    for (int i = 0; i < 4; i++)
        json_put_number(w, parts[i], f->lost[i]);
    json_close_object(w);
    json_open_object(w, "opens");
    for (int kind = 0; kind < TEND_ACTION_KINDS; kind++)
        json_put_count(w, kind_name(kind), f->opens[kind]);
    json_close_object(w);
    json_close_object(w);
}
