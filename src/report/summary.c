// SPDX-License-Identifier: GPL-3.0-or-later
// summary.c - the eval summary: gates first, then the table per fault, calibration, worst cases.
#include "report/summary.h"

#include "report/calibration.h"
#include "report/oracle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 5 }; // of calibration

static void add_value(str *out, const figure *f)
{
    // shares are shown as percent; `never` is a median beyond the end of the episodes
    bool percent = strcmp(f->unit, "share") == 0;
    double times = percent ? 100 : 1;
    if (isinf(f->value.value))
        str_format(out, "%9s", "never");
    else if (isnan(f->value.value))
        str_format(out, "%9s", "-");
    else
        str_format(out, "%9.4g", times * f->value.value);
    str_format(out, " %-6s", percent ? "%" : f->unit);
    if (!isfinite(f->value.low))
        return;
    str_format(out, "95%% %.4g..", times * f->value.low);
    if (isinf(f->value.high))
        str_add(out, "never");
    else
        str_format(out, "%.4g", times * f->value.high);
}

// First, because a gate that failed is what the reader came for.
void summary_gates(const summary_options *o, const figure *figures, str *out)
{
    if (o->gate_count > 0)
        str_add(out, "  gates\n");
    for (int i = 0; i < o->gate_count; i++) {
        const gate *g = &o->gates[i];
        const figure *f = &figures[g->figure];
        bool ok = gate_holds(g, figures);
        str_format(out, "    %s%-4s%s  %-24s %.4g, asked %s %g\n", // 32 green, 31 red
                   o->colour ? (ok ? "\033[32m" : "\033[31m") : "", ok ? "ok" : "FAIL",
                   o->colour ? "\033[0m" : "", f->name, f->value.value, g->sign, g->bound);
    }
    if (o->gate_count > 0)
        str_char(out, '\n');
}

void summary_figures(const figure *figures, str *out)
{
    for (int i = 0; i < FIGURES; i++) {
        str_format(out, "  %-22s", figures[i].name);
        add_value(out, &figures[i]);
        str_char(out, '\n');
    }
    str_char(out, '\n');
}

// at most four characters where `room` is five, so that columns stay apart: 99.95 % is 100
static void add_cell(str *out, double value, int room)
{
    if (isfinite(value))
        str_format(out, "%*.*f", room,
                   fabs(value) < 9.995   ? 2
                   : fabs(value) < 99.95 ? 1
                                         : 0,
                   value);
    else
        str_format(out, "%*s", room, isinf(value) ? "never" : "-");
}

// a column of the table per fault; 80 characters in all with name and count
static const struct {
    const char *figure, *head;
    int room, times;
} columns[] = {
    {"breach_rate", "breach", 7, 100}, {"detection_rate", "detect", 7, 100},
    {"delay_p50", "delay", 6, 1},      {"top1", "top1", 5, 100},
    {"top3", "top3", 5, 100},          {"family", "fam", 5, 100},
    {"recovered", "recov", 6, 100},    {"mttr_p50", "MTTR", 6, 1},
    {"slo_steps", "SLO", 6, 1},        {"actions", "acts", 5, 1},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

void summary_head(const char *what, str *out)
{
    str_add(out, "  % of episodes; delay, MTTR and breach of the SLO in steps\n");
    str_format(out, "  %-15s %4s", what, "n");
    for (int i = 0; i < COLUMNS; i++)
        str_format(out, "%*s", columns[i].room, columns[i].head);
    str_char(out, '\n');
}

tend_rc summary_row(const result *rows, size_t count, const char *name, int steps, str *out,
                    tend_err *err)
{
    figure f[FIGURES];
    tend_rc rc = figures_make(rows, count, steps, false, f, err);
    if (rc != TEND_OK)
        return rc;
    if (strlen(name) > 15) { // two faults at once: the name gets a line of its own
        str_format(out, "  %s\n", name);
        name = "";
    }
    str_format(out, "  %-15s %4zu", name, count);
    for (int i = 0; i < COLUMNS; i++)
        add_cell(out, columns[i].times * figures_find(f, columns[i].figure)->value.value,
                 columns[i].room);
    str_char(out, '\n');
    return TEND_OK;
}

// Figures are made of rows side by side; with none the table shows dashes. name NULL: all rows.
static tend_rc add_fault_row(const result *rows, size_t count, const char *name, int steps,
                             str *out, tend_err *err)
{
    result *own = malloc((count + 1) * sizeof *own);
    size_t n = 0;
    if (!own)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a summary");
    for (size_t i = 0; i < count; i++)
        if (!name || strcmp(rows[i].fault_type, name) == 0)
            own[n++] = rows[i];
    tend_rc rc = summary_row(own, n, name ? name : "all", steps, out, err);
    free(own);
    return rc;
}

tend_rc summary_faults(const result *rows, size_t count, int steps, str *out, tend_err *err)
{
    const char *names[RESULT_FAULTS_MAX];
    size_t n = result_faults(rows, count, names);
    tend_rc rc = TEND_OK;
    summary_head("fault", out);
    for (size_t i = 0; i < n && rc == TEND_OK; i++)
        rc = add_fault_row(rows, count, names[i], steps, out, err);
    if (rc == TEND_OK)
        rc = add_fault_row(rows, count, NULL, steps, out, err); // the last row is of all of them
    str_char(out, '\n');
    return rc;
}

// the calibration where it counts: what was said when an action was aimed, and how many aims hit
static void add_aim(const result *rows, size_t count, str *out)
{
    int aimed = 0, wrong = 0;
    double said = 0;
    for (size_t i = 0; i < count; i++) {
        aimed += rows[i].targeted;
        wrong += rows[i].wrong_actions;
        said += rows[i].targeted > 0 ? rows[i].said : 0;
    }
    if (aimed > 0)
        str_format(out, "  at an action %6d  %5.2f  %5.2f\n", aimed, said / aimed,
                   1 - (double)wrong / aimed);
    str_char(out, '\n');
}

// of the calls made with a confidence near x, how many were right
void summary_calibration(const result *rows, size_t count, str *out)
{
    size_t n[BINS] = {0}, right[BINS] = {0};
    double sum[BINS] = {0};
    for (size_t i = 0; i < count; i++) {
        double c = rows[i].confidence;
        if (rows[i].top1 < 0 || !isfinite(c) || rows[i].fault_t_start < 0)
            continue;
        // 1 belongs to the last bin, what is out of range to the nearest
        int bin = c >= 1 ? BINS - 1 : c < 0 ? 0 : (int)(c * BINS);
        n[bin]++;
        right[bin] += rows[i].top1 == 1;
        sum[bin] += c;
    }
    str_add(out, "  confidence    calls   said  right\n");
    for (int b = 0; b < BINS; b++) // empty bins are left out
        if (n[b] > 0)
            str_format(out, "  %.1f..%.1f    %7zu  %5.2f  %5.2f\n", (double)b / BINS,
                       (double)(b + 1) / BINS, n[b], sum[b] / (double)n[b],
                       (double)right[b] / (double)n[b]);
    add_aim(rows, count, out);
}

int summary_worst(const result *rows, size_t count, size_t worst[3])
{
    bool used[3] = {false};
    int found = 0;
    // three passes for the largest: no sorting of rows that others still read in order
    for (int rank = 0; rank < 3; rank++) {
        for (size_t i = 0; i < count; i++) {
            bool taken = false;
            for (int k = 0; k < rank; k++)
                taken |= used[k] && worst[k] == i;
            if (!taken && rows[i].slo_steps > 0 &&
                (!used[rank] || rows[i].slo_steps > rows[worst[rank]].slo_steps)) {
                worst[rank] = i;
                used[rank] = true;
            }
        }
        found += used[rank];
    }
    return found;
}

// Three episodes to look at, each with the command that shows it.
static void add_worst(const result *rows, size_t count, const summary_options *o, str *out)
{
    size_t worst[3];
    int found = summary_worst(rows, count, worst);
    if (found > 0)
        str_add(out, "  worst\n");
    for (int rank = 0; rank < found; rank++) {
        const result *r = &rows[worst[rank]];
        str_format(out, "    %s/%s, %d breach steps%s\n      tend episode --seed %llu%s --render\n",
                   r->fault_type, r->fault_service, r->slo_steps,
                   r->recovered < 0 ? ", never recovered" : "", (unsigned long long)r->seed,
                   o->episode_options);
    }
}

tend_rc summary_oracle(const result *rows, size_t count, str *out, tend_err *err)
{
    oracle_figures f;
    tend_rc rc = oracle_figures_make(rows, count, &f, err);
    if (rc == TEND_OK)
        oracle_figures_text(&f, out);
    return rc;
}

void summary_end(size_t count, const figure *figures, const summary_options *o, str *out)
{
    int failed = 0;
    str_format(out, "\n  reproduce: %s\n", o->command);
    if (o->out)
        str_format(out, "  wrote %s (%zu rows)\n", o->out, count);
    for (int i = 0; i < o->gate_count; i++)
        // the last line tells scripts and people alike what the exit status will be
        failed += !gate_holds(&o->gates[i], figures);
    if (failed)
        str_format(out, "  %d of %d gates failed, exit status 4\n", failed, o->gate_count);
}

tend_rc summary_text(const result *rows, size_t count, const figure figures[FIGURES],
                     const summary_options *o, str *out, tend_err *err)
{
    const result *first = &rows[0];
    str_format(out, "eval  %zu episodes x %d steps, seeds %llu..%llu, system %s\n", count, o->steps,
               (unsigned long long)first->seed, (unsigned long long)rows[count - 1].seed,
               first->system);
    str_format(out, "      %s + %s + %s, %d threads, %.2f s\n\n", first->detector, first->diagnoser,
               first->policy, o->threads, o->seconds);
    summary_gates(o, figures, out);
    summary_figures(figures, out);
    tend_rc rc = summary_oracle(rows, count, out, err);
    if (rc == TEND_OK)
        rc = summary_faults(rows, count, o->steps, out, err);
    summary_calibration(rows, count, out);
    if (rc == TEND_OK)
        rc = calibration_text(rows, count, out, err);
    add_worst(rows, count, o, out);
    summary_end(count, figures, o, out);
    return rc;
}

static void put_gate(json_writer *w, const gate *g, const figure figures[FIGURES])
{
    json_open_object(w, NULL);
    json_put_text(w, "name", figures[g->figure].name);
    json_put_text(w, "sign", g->sign);
    json_put_number(w, "bound", g->bound);
    json_put_bool(w, "ok", gate_holds(g, figures));
    json_close_object(w);
}

void summary_put_gates(json_writer *w, const summary_options *o, const figure figures[FIGURES])
{
    json_open_array(w, "gates");
    for (int i = 0; i < o->gate_count; i++)
        put_gate(w, &o->gates[i], figures);
    json_close_array(w);
}

void summary_put_figures(json_writer *w, const char *key, const figure figures[FIGURES])
{
    json_open_object(w, key);
    for (int i = 0; i < FIGURES; i++) {
        json_open_object(w, figures[i].name);
        json_put_number(w, "value", figures[i].value.value);
        json_put_number(w, "low", figures[i].value.low);
        json_put_number(w, "high", figures[i].value.high);
        json_close_object(w);
    }
    json_close_object(w);
}

tend_rc summary_put_oracle(json_writer *w, const result *rows, size_t count, tend_err *err)
{
    oracle_figures f;
    tend_rc rc = oracle_figures_make(rows, count, &f, err);
    if (rc == TEND_OK && f.episodes > 0)
        oracle_figures_put(w, "oracle", &f);
    return rc;
}

tend_rc summary_json(const result *rows, size_t count, const figure figures[FIGURES],
                     const summary_options *o, str *out, tend_err *err)
{
    json_writer w = {.to = out};
    json_open_object(&w, NULL);
    json_put_text(&w, "system", rows[0].system);
    json_put_text(&w, "detector", rows[0].detector);
    json_put_text(&w, "diagnoser", rows[0].diagnoser);
    json_put_text(&w, "policy", rows[0].policy);
    json_put_count(&w, "seed0", (int64_t)rows[0].seed);
    json_put_count(&w, "episodes", (int64_t)count);
    json_put_count(&w, "steps", o->steps);
    summary_put_figures(&w, "figures", figures);
    summary_put_gates(&w, o, figures);
    tend_rc rc = calibration_json(rows, count, &w, err);
    if (rc == TEND_OK)
        rc = summary_put_oracle(&w, rows, count, err);
    json_close_object(&w);
    str_char(out, '\n');
    return rc;
}
