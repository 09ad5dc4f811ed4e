// SPDX-License-Identifier: GPL-3.0-or-later
// sweep.c - one row a point; what is shown of it are figures and contrasts made elsewhere.
#include "report/sweep.h"

#include "base/number.h"
#include "core/json_write.h"
#include "report/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char measure[] = "slo_steps"; // what a sweep is about first of all

tend_rc sweep_point_make(sweep_point *p, compare_run rows, compare_run first, int steps,
                         tend_err *err)
{
    const figure_row *row = figure_table;
    while (strcmp(row->name, measure) != 0)
        row++;
    p->breach = malloc((rows.count + 1) * sizeof *p->breach);
    if (!p->breach)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu rows", rows.count);
    for (size_t i = 0; i < rows.count; i++)
        p->breach[i] = row->of(&rows.rows[i], steps);
    tend_rc rc = figures_make(rows.rows, rows.count, steps, true, p->figures, err);
    if (rc != TEND_OK || !first.rows)
        return rc;
    rc = compare_overall(first, rows, steps, &p->change, &p->changes, &p->unpaired);
    if (rc == TEND_INPUT) // a world with other physics may draw other faults from a seed
        return TEND_OK;
    return rc == TEND_OK ? rc : tend_fail(err, rc, "%s", p->unpaired.text);
}

void sweep_point_free(sweep_point *p)
{
    free(p->change);
    free(p->breach);
    p->change = NULL;
    p->breach = NULL;
    p->changes = 0;
}

static const contrast *change_of(const sweep_point *p)
{
    for (size_t i = 0; i < p->changes; i++)
        if (strcmp(p->change[i].measure, measure) == 0)
            return &p->change[i];
    return NULL;
}

// of 80 columns: what the figures leave for the values, with two blanks before them
enum { FIGURES_WIDE = 60, VALUES_WIDE = 80 - 2 - FIGURES_WIDE };

static const char *short_name(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

static int column_width(const sweep_table *t, int axis)
{
    size_t width = strlen(short_name(t->path[axis]));
    for (int i = 0; i < t->points; i++)
        if (strlen(t->point[i].value[axis]) > width)
            width = strlen(t->point[i].value[axis]);
    return (int)width;
}

// of all columns of values with two blanks between them; 0: too many, they get lines of their own
static int values_width(const sweep_table *t)
{
    int width = -2;
    for (int i = 0; i < t->axes && width <= VALUES_WIDE; i++)
        width += column_width(t, i) + 2;
    return width <= VALUES_WIDE ? width : 0;
}

// Words of a list, after `indent` blanks, broken before column 80.
typedef struct filler {
    str *to;
    int indent, used;
} filler;

static void fill(filler *f, const char *before, const char *name, const char *value)
{
    int wide = (int)(strlen(before) + strlen(name) + strlen(value)) + (*value != 0);
    if (f->used > 0 && f->indent + f->used + wide > 80) {
        str_char(f->to, '\n');
        f->used = 0;
    }
    if (f->used == 0)
        str_format(f->to, "%*s", f->indent, "");
    str_format(f->to, "%s%s%s%s", f->used > 0 ? before : "", name, *value ? "=" : "", value);
    f->used += wide;
}

static void add_number(str *out, double value, int room, bool sign)
{
    if (isfinite(value))
        compare_number(out, value, room, sign);
    else
        str_format(out, "%*s", room, "-");
}

static void add_figures(const sweep_point *p, str *out)
{
    const interval *breach = &figures_find(p->figures, measure)->value;
    const contrast *c = change_of(p);
    add_number(out, breach->value, 7, false);
    compare_bounds(out, breach, 7, false);
    add_number(out, 100 * figures_find(p->figures, "recovered")->value.value, 6, false);
    if (c) {
        add_number(out, c->change.value, 8, true);
        compare_bounds(out, &c->change, 8, true);
        str_format(out, " %s", compare_verdict(c));
    } else if (*p->unpaired.text) {
        str_add(out, "  other incidents");
    }
    str_end_line(out);
}

static void add_point(const sweep_table *t, const sweep_point *p, int width, str *out)
{
    filler lines = {out, 2, 0};
    for (int i = 0; i < t->axes; i++)
        if (width > 0)
            str_format(out, "  %-*s", column_width(t, i), p->value[i]);
        else
            fill(&lines, " ", t->path[i], p->value[i]);
    str_add(out, width > 0 ? "" : "\n  ");
    add_figures(p, out);
}

static void add_head(const sweep_table *t, int width, str *out)
{
    filler grids = {out, 7, 0};
    str_format(out, "sweep  %d points x %d episodes x %d steps, seeds %llu..%llu, system %s\n",
               t->points, t->episodes, t->steps, (unsigned long long)t->seed0,
               (unsigned long long)t->seed0 + (unsigned long long)t->episodes - 1, t->system);
    for (int i = 0; i < t->axes; i++)
        fill(&grids, " x ", t->path[i], "");
    str_add(out, "\n       breach steps of an episode with a fault, % of breaches recovered from,\n"
                 "       change of the breach steps against the first point, paired by seed;\n"
                 "       bootstrap 95 % intervals\n\n");
    for (int i = 0; i < t->axes && width > 0; i++)
        str_format(out, "  %-*s", column_width(t, i), short_name(t->path[i]));
    str_add(out, width > 0 ? "" : "  ");
    str_format(out, "%7s%7s..%-6s%6s%8s%8s..%s\n", "breach", "low", "high", "recov", "change",
               "low", "high");
}

// what the first of them met tells the kind
static void add_unpaired(const char *why, str *out)
{
    filler lines = {out, 2, 0};
    char word[RESULT_NAME_MAX + 8]; // a longer one is cut: none of compare's is
    str_char(out, '\n');
    fill(&lines, "", "other incidents:", "");
    for (size_t length; *why; why += length + (why[length] == ' ')) {
        length = strcspn(why, " ");
        snprintf(word, sizeof word, "%.*s", (int)length, why);
        fill(&lines, " ", word, "");
    }
    str_char(out, '\n');
}

// What to choose: never the world, which cannot be.
static void add_advice(const sweep_table *t, const sweep_best *best, str *out)
{
    const sweep_point *p = &t->point[best->point];
    str_char(out, '\n');
    if (best->choices < 2)
        return;
    if (best->worlds) {
        filler lines = {out, 4, 0};
        str_add(out, "  fewest breach steps, over all worlds:\n");
        for (int i = 0; i < t->axes; i++)
            if (strncmp(t->path[i], "world.", 6) != 0)
                fill(&lines, " ", t->path[i], p->value[i]);
        str_char(out, '\n');
    } else {
        str_format(out, "  fewest breach steps: %s\n", p->command);
    }
    if (best->alike > 0)
        str_format(out, "    not told apart from %d of the %d others\n", best->alike,
                   best->choices - 1);
}

void sweep_text(const sweep_table *t, const sweep_best *best, str *out)
{
    int width = values_width(t);
    const char *unpaired = "";
    add_head(t, width, out);
    for (int i = 0; i < t->points; i++) {
        add_point(t, &t->point[i], width, out);
        unpaired = *unpaired ? unpaired : t->point[i].unpaired.text;
    }
    if (*unpaired)
        add_unpaired(unpaired, out);
    add_advice(t, best, out);
    str_format(out, "  reproduce: %s\n", t->command);
    if (t->out)
        str_format(out, "  wrote %s (%lld rows)\n", t->out, (long long)t->points * t->episodes);
}

static void put_value(json_writer *w, const char *path, const char *value)
{
    if (strchr(path, '.'))
        json_put_number(w, path, number_read(value, NULL));
    else
        json_put_text(w, path, value);
}

static void put_changes(json_writer *w, const sweep_point *p)
{
    if (!p->change) {
        json_put_text(w, "change", NULL);
        return;
    }
    json_open_object(w, "change");
    for (size_t i = 0; i < p->changes; i++) {
        const contrast *c = &p->change[i];
        json_open_object(w, c->measure);
        json_put_count(w, "pairs", (int64_t)c->pairs);
        json_put_count(w, "differ", (int64_t)c->differ);
        json_put_number(w, "value", c->change.value);
        json_put_number(w, "low", c->change.low);
        json_put_number(w, "high", c->change.high);
        json_close_object(w);
    }
    json_close_object(w);
}

void sweep_json(const sweep_table *t, str *out)
{
    json_writer w = {.to = out};
    json_open_object(&w, NULL);
    json_put_text(&w, "system", t->system);
    json_put_key(&w, "seed0", t->seed0);
    json_put_count(&w, "episodes", t->episodes);
    json_put_count(&w, "steps", t->steps);
    json_put_text(&w, "command", t->command);
    json_open_array(&w, "points");
    for (int i = 0; i < t->points; i++) {
        const sweep_point *p = &t->point[i];
        json_open_object(&w, NULL);
        json_open_object(&w, "values");
        for (int k = 0; k < t->axes; k++)
            put_value(&w, t->path[k], p->value[k]);
        json_close_object(&w);
        json_put_text(&w, "command", p->command);
        summary_put_figures(&w, "figures", p->figures);
        put_changes(&w, p);
        json_put_text(&w, "unpaired", *p->unpaired.text ? p->unpaired.text : NULL);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    str_char(out, '\n');
}
