// SPDX-License-Identifier: GPL-3.0-or-later
// suite_summary.c - the figures of a suite, whole and in groups of one world and kind of incident.
#include "report/suite_summary.h"

#include "report/calibration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool together(const result *a, const result *b)
{
    return strcmp(a->preset, b->preset) == 0 && strcmp(a->family, b->family) == 0;
}

// The first row of the next group after `from`, in the order in which groups first come; count:
// there is none.
static size_t next_group(const suite_told *t, size_t from)
{
    for (size_t i = from; i < t->count; i++) {
        bool known = i > 0 && together(&t->rows[i], &t->rows[i - 1]);
        for (size_t k = 0; k < i && !known; k++)
            known = together(&t->rows[i], &t->rows[k]);
        if (!known)
            return i;
    }
    return t->count;
}

// Rows of the group of a row side by side into out [count]; how many.
static size_t gather(const suite_told *t, size_t of, result *out)
{
    size_t n = 0;
    for (size_t i = of; i < t->count; i++)
        if (together(&t->rows[i], &t->rows[of]))
            out[n++] = t->rows[i];
    return n;
}

static tend_rc count_systems(const result *rows, size_t count, size_t *out, tend_err *err)
{
    int *of = malloc((count + 1) * sizeof *of);
    if (!of)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu rows", count);
    *out = result_systems(rows, count, of);
    free(of);
    return TEND_OK;
}

static tend_rc add_groups(const suite_told *t, const summary_options *o, result *own, str *out,
                          tend_err *err)
{
    tend_rc rc = TEND_OK;
    summary_head("preset, family", out);
    for (size_t i = next_group(t, 0); i < t->count && rc == TEND_OK; i = next_group(t, i + 1)) {
        char name[2 * RESULT_NAME_MAX + 2];
        size_t n = gather(t, i, own);
        snprintf(name, sizeof name, "%s %s", own->preset, own->family);
        rc = summary_row(own, n, name, o->steps, out, err);
    }
    str_char(out, '\n');
    return rc;
}

static void add_worst(const suite_told *t, str *out)
{
    size_t worst[3];
    int found = summary_worst(t->rows, t->count, worst);
    if (found > 0)
        str_add(out, "  worst\n");
    for (int i = 0; i < found; i++) {
        const result *r = &t->rows[worst[i]];
        str_format(out, "    %s, %s/%s, %d breach steps%s\n      ", r->system, r->fault_type,
                   r->fault_service, r->slo_steps, r->recovered < 0 ? ", never recovered" : "");
        t->reproduce(t->context, worst[i], out);
        str_char(out, '\n');
    }
}

tend_rc suite_summary_text(const suite_told *t, const summary_options *o, str *out, tend_err *err)
{
    const result *first = t->rows;
    size_t systems;
    result *own = malloc(t->count * sizeof *own);
    tend_rc rc = own ? count_systems(t->rows, t->count, &systems, err)
                     : tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu rows", t->count);
    if (rc == TEND_OK) {
        str_format(out, "eval  suite %s: %zu systems, %zu episodes x %d steps\n", t->suite, systems,
                   t->count, o->steps);
        str_format(out, "      %s + %s + %s, %d threads, %.2f s; intervals over systems\n\n",
                   first->detector, first->diagnoser, first->policy, o->threads, o->seconds);
        summary_gates(o, t->figures, out);
        summary_figures(t->figures, out);
        rc = add_groups(t, o, own, out, err);
    }
    if (rc == TEND_OK)
        rc = summary_oracle(t->rows, t->count, out, err);
    if (rc == TEND_OK)
        rc = summary_faults(t->rows, t->count, o->steps, out, err);
    free(own);
    if (rc != TEND_OK)
        return rc;
    summary_calibration(t->rows, t->count, out);
    rc = calibration_text(t->rows, t->count, out, err);
    add_worst(t, out);
    summary_end(t->count, t->figures, o, out);
    return rc;
}

static tend_rc put_groups(json_writer *w, const suite_told *t, const summary_options *o,
                          result *own, tend_err *err)
{
    tend_rc rc = TEND_OK;
    json_open_array(w, "groups");
    for (size_t i = next_group(t, 0); i < t->count && rc == TEND_OK; i = next_group(t, i + 1)) {
        figure figures[FIGURES];
        size_t n = gather(t, i, own), systems = 0;
        rc = figures_make(own, n, o->steps, true, figures, err);
        if (rc == TEND_OK)
            rc = count_systems(own, n, &systems, err);
        if (rc != TEND_OK)
            break;
        json_open_object(w, NULL);
        json_put_text(w, "preset", own->preset);
        json_put_text(w, "family", own->family);
        json_put_count(w, "systems", (int64_t)systems);
        json_put_count(w, "episodes", (int64_t)n);
        summary_put_figures(w, "figures", figures);
        json_close_object(w);
    }
    json_close_array(w);
    return rc;
}

tend_rc suite_summary_json(const suite_told *t, const summary_options *o, str *out, tend_err *err)
{
    json_writer w = {.to = out};
    size_t systems = 0;
    result *own = malloc(t->count * sizeof *own);
    tend_rc rc = own ? count_systems(t->rows, t->count, &systems, err)
                     : tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu rows", t->count);
    if (rc != TEND_OK) {
        free(own);
        return rc;
    }
    json_open_object(&w, NULL);
    json_put_text(&w, "suite", t->suite);
    json_put_text(&w, "detector", t->rows->detector);
    json_put_text(&w, "diagnoser", t->rows->diagnoser);
    json_put_text(&w, "policy", t->rows->policy);
    json_put_count(&w, "systems", (int64_t)systems);
    json_put_count(&w, "rejected", t->rejected);
    json_put_count(&w, "episodes", (int64_t)t->count);
    json_put_count(&w, "steps", o->steps);
    summary_put_figures(&w, "figures", t->figures);
    rc = put_groups(&w, t, o, own, err);
    if (rc == TEND_OK)
        rc = summary_put_oracle(&w, t->rows, t->count, err);
    summary_put_gates(&w, o, t->figures);
    if (rc == TEND_OK)
        rc = calibration_json(t->rows, t->count, &w, err);
    json_close_object(&w);
    str_char(out, '\n');
    free(own);
    return rc;
}
