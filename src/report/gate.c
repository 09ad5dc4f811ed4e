// SPDX-License-Identifier: GPL-3.0-or-later
// gate.c - figures held against bounds.
#include "report/figures.h"

#include "core/params.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const figure *figures_find(const figure figures[FIGURES], const char *name)
{
    for (int i = 0; i < FIGURES; i++)
        if (strcmp(figures[i].name, name) == 0)
            return &figures[i];
    return NULL;
}

static tend_rc find_row(const char *text, size_t length, int *out, tend_err *err)
{
    const char *names[FIGURES + 1] = {NULL};
    char name[64] = "";
    for (int i = 0; i < FIGURES; i++) {
        names[i] = figure_table[i].name;
        *out = i;
        if (strlen(names[i]) == length && strncmp(names[i], text, length) == 0)
            return TEND_OK;
    }
    // zeroed above; 64 bytes are enough to guess by
    memcpy(name, text, length < sizeof name ? length : sizeof name - 1);
    const char *near = nearest_name(name, names);
    return tend_fail(err, TEND_USAGE, "--gate: no figure %s%s%s%s", name,
                     near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
}

tend_rc gate_parse(const char *text, gate *out, tend_err *err)
{
    // a name, a sign and a number, blanks before the sign allowed
    size_t length = strcspn(text, "<>= "), at = length;
    if (length == 0)
        return tend_fail(err, TEND_USAGE, "--gate %s, expected a figure's name first", text);
    while (text[at] == ' ')
        at++;
    static const char *const signs[] = {">=", "<=", "==", ">", "<"};
    size_t sign = strspn(text + at, "<>="), known = 0;
    while (known < 5 && (strlen(signs[known]) != sign || strncmp(signs[known], text + at, sign)))
        known++;
    if (known == 5)
        return tend_fail(err, TEND_USAGE, "--gate %s, expected >=, <=, ==, > or <", text);
    snprintf(out->sign, sizeof out->sign, "%s", signs[known]);
    char *end;
    out->bound = strtod(text + at + sign, &end);
    if (end == text + at + sign || *end || !isfinite(out->bound))
        return tend_fail(err, TEND_USAGE, "--gate %s, expected a number at the end", text);
    return find_row(text, length, &out->figure, err);
}

// Every comparison with NAN is false: a figure without data holds no gate.
bool gate_holds(const gate *g, const figure figures[FIGURES])
{
    double value = figures[g->figure].value.value;
    switch (g->sign[0]) {
    case '>':
        return g->sign[1] ? value >= g->bound : value > g->bound;
    case '<':
        return g->sign[1] ? value <= g->bound : value < g->bound;
    default:
        return value <= g->bound && value >= g->bound; // ==, without -Wfloat-equal
    }
}
