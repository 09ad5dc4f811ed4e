// SPDX-License-Identifier: GPL-3.0-or-later
// timeline.c - rows of bars, a strip for the breach, a line of event marks.
#include "report/timeline.h"

#include "report/evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOL_SHOWN 0.5 // pools that fill less get no row

// columns: of names, of the metric's name, of the two figures behind a row; then rows and cells.
// More cells than a wide terminal has ticks of an episode show nothing more.
enum {
    NAME_LEAST = 7,
    NAME_MOST = 14,
    METRIC = 8,
    FIGURES = 16,
    SERVICES_SHOWN = 6,
    CELLS_MAX = 100
};

typedef struct canvas {
    const record *r;
    const timeline_style *style;
    str *out;
    int label; // columns before the cells
    int cells;
} canvas;

// level 0 is nothing known; without UTF-8 marks of growing ink
static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const plain[] = {" ", "_", ".", "-", "=", "+", "*", "%", "#"};

static const char *bar(const canvas *c, int level)
{
    return c->style->utf8 ? blocks[level] : plain[level];
}

static void paint(const canvas *c, const char *code)
{
    if (c->style->colour)
        str_format(c->out, "\033[%sm", code);
}

// A cell stands for the ticks first_tick ... end_tick - 1, at least one, also when cells outnumber
// them.
static int first_tick(const canvas *c, int cell)
{
    return (int)((int64_t)cell * c->r->steps / c->cells);
}

static int end_tick(const canvas *c, int cell)
{
    int end = first_tick(c, cell + 1);
    return end > first_tick(c, cell) ? end : first_tick(c, cell) + 1;
}

// the value of a cell furthest from the baseline, so that a short spike is not averaged away
static double cell_value(const canvas *c, const double *series, int stride, int cell, double base)
{
    double value = (double)NAN;
    for (int t = first_tick(c, cell); t < end_tick(c, cell) && t < c->r->steps; t++) {
        double v = series[(size_t)t * (size_t)stride];
        if (isfinite(v) && !(fabs(v - base) <= fabs(value - base)))
            value = v;
    }
    return value;
}

// level 2 is the baseline; each further one is another step of `unit` above it
static int level_of(double value, double base, double unit)
{
    if (!isfinite(value))
        return 0;
    double above = (value - base) / unit;
    // before the conversion: of nothing usual, or of a unit of 0, it may be NAN or beyond any int
    if (!(above > -1))
        return 1;
    // rounded: a value near its baseline stays on it
    return above > 6 ? 8 : 2 + (int)(above < 0 ? above - 0.5 : above + 0.5);
}

// NAN when nothing was ever reported.
static double largest(const canvas *c, const double *series, int stride)
{
    double most = -HUGE_VAL;
    for (int t = 0; t < c->r->steps; t++) {
        double v = series[(size_t)t * (size_t)stride];
        if (isfinite(v) && v > most)
            most = v;
    }
    return most > -HUGE_VAL ? most : (double)NAN;
}

// columns of a UTF-8 text: continuation bytes take none
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

// a long name keeps its end apart from its metric by a dot: "recommendati."
static void label(const canvas *c, const char *service, const char *metric)
{
    char name[64];
    int room = metric[0] ? c->label - METRIC : c->label - 1;
    if (width_of(service) > room)
        snprintf(name, sizeof name, "%.*s.", room - 1, service);
    else
        snprintf(name, sizeof name, "%s", service);
    str_add(c->out, name);
    str_repeat(c->out, " ", room - width_of(name));
    str_format(c->out, " %-*s", c->label - room - 1, metric);
}

// at most 7 columns
static void add_figure(str *out, double value)
{
    double size = fabs(value);
    str_format(out,
               size < 0.1        ? " %7.4f"
               : size < 9999.5   ? " %7.4g"
               : size < 999999.5 ? " %7.0f" // four digits would be written 2.166e+04
                                 : " %7.1e",
               value);
}

// the full height of a row is four baselines or the highest value seen, whichever is more: noise
// stays low, an incident stands out
static void draw_series(const canvas *c, const double *series, int stride, double floor, double as)
{
    // usual is the median of the first quarter, as in the reports
    double base = record_baseline(series, stride, c->r->steps / 4 + 1);
    c->out->failed |= isnan(base);
    double most = largest(c, series, stride), reach = 3 * fabs(base);
    reach = reach > floor ? reach : floor;
    reach = most - base > reach ? most - base : reach;
    for (int cell = 0; cell < c->cells; cell++) {
        int level = level_of(cell_value(c, series, stride, cell, base), base, reach / 6);
        if (level > 3)
            paint(c, level > 5 ? "31" : "33"); // 33 yellow: off, 31 red: far off
        str_add(c->out, bar(c, level));
        if (level > 3)
            paint(c, "0");
    }
    add_figure(c->out, base * as);
    add_figure(c->out, most * as);
    str_char(c->out, '\n');
}

// One bad tick paints its whole cell: a short breach must not vanish.
static void draw_strip(const canvas *c, const char *name, const unsigned char *flag, int count)
{
    label(c, name, "");
    for (int cell = 0; cell < c->cells; cell++) {
        bool on = false;
        for (int t = first_tick(c, cell); t < end_tick(c, cell) && t < c->r->steps; t++)
            on |= flag[t] != 0;
        if (on)
            paint(c, "31");
        str_add(c->out, on ? (c->style->utf8 ? "█" : "#") : (c->style->utf8 ? "·" : "."));
        if (on)
            paint(c, "0");
    }
    str_format(c->out, " %d steps\n", count);
}

// Marks that share a cell move to the right: their order tells more than their place.
static void put(const canvas *c, char *row, int64_t tick, char mark)
{
    if (tick < 0 || tick >= c->r->steps)
        return;
    int cell = (int)(tick * c->cells / c->r->steps);
    while (cell < c->cells - 1 && row[cell] != ' ')
        cell++;
    row[cell] = mark;
}

char timeline_mark(int action)
{
    return (char)(action < 9 ? '1' + action : action < 35 ? 'a' + action - 9 : '+');
}

static void draw_events(const canvas *c)
{
    char row[CELLS_MAX + 1];
    memset(row, ' ', sizeof row);
    row[c->cells] = 0;
    if (c->r->has_truth)
        put(c, row, c->r->result.fault_t_start, 'F');
    put(c, row, c->r->detected_at, 'D');
    for (int i = 0; i < c->r->actions; i++)
        put(c, row, c->r->action[i].tick, timeline_mark(i));
    put(c, row, c->r->result.recovered, 'R');
    int end = c->cells; // no blanks at the end of a line
    while (end > 0 && row[end - 1] == ' ')
        end--;
    label(c, "events", "");
    str_add_bytes(c->out, row, (size_t)end);
    str_char(c->out, '\n');
}

static void draw_axis(const canvas *c)
{
    // as many numbers as stay apart
    int marks = c->cells >= 60 ? 6 : 4, at = 0;
    char unit[32] = "";
    // ticks that are seconds need no telling
    if (fabs(c->r->system->step_s - 1) > 0)
        snprintf(unit, sizeof unit, "ticks of %g s", c->r->system->step_s);
    str_format(c->out, "%-*.*s", c->label, c->label - 1, unit);
    for (int i = 0; i < marks; i++) {
        char number[16];
        int cell = i * c->cells / marks;
        str_repeat(c->out, " ", cell - at);
        snprintf(number, sizeof number, "%d", i * c->r->steps / marks);
        str_add(c->out, number);
        at = cell + (int)strlen(number);
    }
    str_repeat(c->out, " ", c->cells - at);
    str_add(c->out, "  normal     max\n");
}

// how much a service had to do with the incident: named, acted upon, entry, unusual
// weights: truth before suspicion before the entry, so that what is judged is always on the page
static double involvement(const record *r, int service)
{
    double sum = service == r->system->entry ? 3 : 0;
    for (int i = 0; i < r->diagnosis.count && i < 3; i++)
        if (r->diagnosis.suspect[i].service == service)
            sum += 5 - i;
    if (strcmp(r->system->services[service].name, r->result.fault_service) == 0)
        sum += 6;
    for (int i = 0; i < r->actions; i++)
        if (r->system->actions[r->action[i].decision.action].service == service)
            sum += 1;
    double most = 0;
    for (int t = 0; t < r->steps; t++) {
        // below 1: decides only between services that are otherwise alike
        double score = r->score[t * r->system->S + service];
        most = score > most ? score : most;
    }
    return sum + most;
}

// marks the services to show; returns how many are hidden
static int choose_services(const record *r, bool *show)
{
    int S = r->system->S, left = SERVICES_SHOWN;
    for (int s = 0; s < S; s++)
        show[s] = S <= SERVICES_SHOWN;
    if (S <= SERVICES_SHOWN)
        return 0;
    for (; left > 0; left--) {
        int best = -1;
        for (int s = 0; s < S; s++)
            if (!show[s] && (best < 0 || involvement(r, s) > involvement(r, best)))
                best = s;
        show[best] = true;
    }
    return S - SERVICES_SHOWN;
}

// A kind that joined the vocabulary later: a row where there was any of it.
static bool draw_kind(const canvas *c, int service, tend_metric_kind kind, const char *name)
{
    const tend_system *s = c->r->system;
    int column = tend_system_column(s, kind);
    if (column < 0)
        return false;
    const double *series = c->r->value + service * s->M + column;
    if (!(largest(c, series, s->S * s->M) > 0))
        return false;
    char word[METRIC];
    snprintf(word, sizeof word, "%s", tend_metric_kind_name(kind));
    label(c, name, word);
    draw_series(c, series, s->S * s->M, 1, 1);
    return true;
}

static void draw_service(const canvas *c, int service)
{
    const tend_system *s = c->r->system;
    // floors: a full row is at least this above the baseline, so that a calm share looks calm
    const struct {
        tend_metric_kind kind;
        const char *name;
        double floor, as;
    } shown[] = {
        {TEND_LATENCY, s->metrics[0].kind == TEND_LATENCY ? s->metrics[0].name : "p95", 0, 1},
        {TEND_ERRORS, "err %", 0.05, 100},
        {TEND_CPU, "cpu %", 0.6, 100},
        {TEND_MEMORY, "mem %", 0.6, 100},
        {TEND_SATURATION, "pool %", 0.6, 100}};
    const char *name = s->services[service].name;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        int column = tend_system_column(s, shown[i].kind);
        if (column < 0)
            continue;
        const double *series = c->r->value + service * s->M + column;
        double most = largest(c, series, s->S * s->M);
        if (!(most > -HUGE_VAL) || (shown[i].kind == TEND_SATURATION && most < POOL_SHOWN))
            continue; // never reported, or a pool that was never short
        label(c, name, shown[i].name);
        draw_series(c, series, s->S * s->M, shown[i].floor, shown[i].as);
        name = "";
    }
    for (int kind = TEND_OTHER + 1; kind < TEND_METRIC_KINDS; kind++)
        if (draw_kind(c, service, (tend_metric_kind)kind, name))
            name = "";
}

// The cells get what the longest name shown and the two figures leave of the width.
static void measure_labels(canvas *c, const bool *show)
{
    int widest = NAME_LEAST;
    for (int s = 0; s < c->r->system->S; s++) {
        int width = show[s] ? width_of(c->r->system->services[s].name) : 0;
        widest = width > widest ? width : widest;
    }
    c->label = (widest < NAME_MOST ? widest : NAME_MOST) + METRIC;
    c->cells = c->style->columns - c->label - FIGURES;
    if (c->cells > CELLS_MAX)
        c->cells = CELLS_MAX;
}

void timeline_draw(const record *r, const timeline_style *style, str *out)
{
    canvas c = {.r = r, .style = style, .out = out};
    bool *show = calloc((size_t)r->system->S, sizeof *show);
    // an empty record has nothing to draw, which is no error
    if (!show || r->steps == 0) {
        out->failed |= !show;
        free(show);
        return;
    }
    int hidden = choose_services(r, show);
    measure_labels(&c, show);
    draw_axis(&c);
    for (int s = 0; s < r->system->S; s++)
        if (show[s])
            draw_service(&c, s);
    if (hidden > 0)
        str_format(out, "(%d services, the least involved, are not shown)\n", hidden);
    label(&c, "anomaly", "");
    draw_series(&c, r->overall, 1, 1, 1);
    draw_strip(&c, "slo breach", r->breach, r->result.slo_steps);
    draw_events(&c);
    str_char(out, '\n');
    free(show);
}
