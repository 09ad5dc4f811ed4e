// SPDX-License-Identifier: GPL-3.0-or-later
// report_html.c - the incident report as one HTML file with inline SVG; nothing is loaded.
#include "report/report.h"

#include "base/text.h"
#include "report/evidence.h"
#include "report/story.h"

#include <math.h>
#include <string.h>

// px of a chart's own coordinates, scaled by the page; more lines than colours tell nothing apart
enum { WIDTH = 900, HEIGHT = 130, LEFT = 48, LINES_MAX = 6 };

// Names come from outside: no mark may end an element or an attribute, no control byte is shown.
static void add_escaped(str *out, const char *text)
{
    static const char marks[] = "<>&\"'";
    static const char *const names[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};
    while (*text) {
        size_t plain = text_plain(text, strlen(text)), upto = strcspn(text, marks);
        str_add_bytes(out, text, plain < upto ? plain : upto);
        text += plain < upto ? plain : upto;
        // strchr would find the NUL as well
        const char *mark = *text ? strchr(marks, *text) : NULL;
        if (mark)
            str_add(out, names[mark - marks]);
        else if (*text)
            str_format(out, "\\x%02x", (unsigned char)*text);
        text += *text != 0;
    }
}

// dark and light by the reader's setting; colours of the lines keep 4.5:1 contrast in both
static const char *const style =
    "<style>:root{--fg:#1a1d21;--mut:#5c6670;--bg:#fff;--line:#cfd6dd;--bad:#fde9e9;"
    "--c0:#0068a8;--c1:#b35309;--c2:#0a7d4f;--c3:#7b3fa0;--c4:#a8324a;--c5:#5a6472}"
    "@media(prefers-color-scheme:dark){:root{--fg:#e6e9ec;--mut:#9aa5b1;--bg:#14171a;"
    "--line:#39424b;--bad:#43211f;--c0:#5ab0ee;--c1:#f0a35c;--c2:#5fce9d;--c3:#c596e6;"
    "--c4:#f08aa0;--c5:#a7b1bd}}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:960px;"
    "margin:2rem auto;padding:0 1rem}h1{font-size:1.35rem}h2{font-size:1.1rem;margin-top:2rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;"
    "border-bottom:1px solid var(--line);vertical-align:top}td.n,th.n{text-align:right}"
    "code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}"
    ".k td:first-child{color:var(--mut);width:9rem}svg{width:100%;height:auto;display:block}"
    "svg text{font:11px system-ui,sans-serif;fill:var(--mut)}.m{color:var(--mut)}</style>";

// Tick to x: ten px stay free on the right.
static double x_of(const record *r, double t)
{
    return LEFT + t * (WIDTH - LEFT - 10) / (r->steps > 1 ? r->steps - 1 : 1);
}

// One rectangle per run of breach ticks, behind everything else.
static void add_breaches(const record *r, str *out)
{
    for (int t = 0; t < r->steps; t++) {
        int end = t;
        while (end < r->steps && r->breach[end])
            end++;
        if (end == t)
            continue;
        str_format(out,
                   "<rect x=\"%.1f\" y=\"18\" width=\"%.1f\" height=\"%d\" fill=\"var(--bad)\"/>",
                   x_of(r, t), x_of(r, end) - x_of(r, t), HEIGHT - 36);
        t = end;
    }
}

static void add_marks(const record *r, str *out)
{
    event_list events = events_of(r);
    double last = 0;
    out->failed |= events.failed;
    for (int i = 0; i < events.count; i++) {
        if (!events.item[i].mark[0])
            continue;
        // labels keep 9 px apart, their lines stay where they belong
        double x = x_of(r, (double)events.item[i].tick), label = x > last + 9 ? x : last + 9;
        str_format(out,
                   "<path d=\"M%.1f 18V%d\" stroke=\"var(--mut)\" stroke-dasharray=\"3 3\"/>"
                   "<text x=\"%.1f\" y=\"13\" text-anchor=\"middle\">%s</text>",
                   x, HEIGHT - 18, label, events.item[i].mark);
        last = label;
    }
    events_free(&events);
}

// Highest value, 0 without one: the top of a chart, never below its zero.
static double series_most(const record *r, const double *series, int stride)
{
    double most = 0;
    for (int t = 0; t < r->steps; t++) {
        double v = series[(size_t)t * (size_t)stride];
        if (isfinite(v) && v > most)
            most = v;
    }
    return most;
}

// one line; a missing sample breaks it
static void add_line(const record *r, const double *series, int stride, double most, int colour,
                     str *out)
{
    bool pen = false;
    str_add(out, "<path fill=\"none\" stroke-width=\"1.6\" d=\"");
    for (int t = 0; t < r->steps; t++) {
        double v = series[(size_t)t * (size_t)stride];
        if (!isfinite(v)) { // the pen is lifted: a gap is not drawn over
            pen = false;
            continue;
        }
        // 18 px above and below are for labels
        double y = HEIGHT - 18 - v / most * (HEIGHT - 36);
        str_format(out, "%s%.1f %.1f", pen ? "L" : "M", x_of(r, t), y);
        pen = true;
    }
    // dashes as well as colours: legible in print and to the colour-blind
    str_format(out, "\" stroke=\"var(--c%d)\"%s/>", colour,
               colour % 3 == 1   ? " stroke-dasharray=\"6 3\""
               : colour % 3 == 2 ? " stroke-dasharray=\"2 2\""
                                 : "");
}

// the services of the chart: those the diagnosis names, the entry, then the rest
static int pick_services(const record *r, int pick[LINES_MAX])
{
    int n = 0;
    bool used;
    for (int i = -1; i < r->diagnosis.count + r->system->S && n < LINES_MAX; i++) {
        int s = i < 0                    ? r->system->entry
                : i < r->diagnosis.count ? r->diagnosis.suspect[i].service
                                         : i - r->diagnosis.count;
        used = s < 0;
        for (int k = 0; k < n; k++)
            used |= pick[k] == s;
        if (!used)
            pick[n++] = s;
    }
    return n;
}

// Nothing for a metric the system lacks or that never left zero.
static void add_chart(const record *r, tend_metric_kind kind, const char *title, str *out)
{
    int column = tend_system_column(r->system, kind), stride = r->system->S * r->system->M;
    int pick[LINES_MAX], n = pick_services(r, pick);
    double most = 0;
    if (column < 0)
        return;
    for (int i = 0; i < n; i++) {
        double own = series_most(r, r->value + pick[i] * r->system->M + column, stride);
        most = own > most ? own : most;
    }
    if (most <= 0) // nothing to scale by
        return;
    str_format(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\"><title>%s</title>", WIDTH, HEIGHT,
               title);
    add_breaches(r, out);
    // grid at 0, half and the top; 18 px above and below are for labels
    for (int i = 0; i <= 2; i++)
        str_format(out,
                   "<path d=\"M%d %dH%d\" stroke=\"var(--line)\"/>"
                   "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.3g</text>",
                   LEFT, HEIGHT - 18 - i * (HEIGHT - 36) / 2, WIDTH - 10, LEFT - 6,
                   HEIGHT - 14 - i * (HEIGHT - 36) / 2, most * i / 2);
    add_marks(r, out);
    for (int i = 0; i < n; i++)
        add_line(r, r->value + pick[i] * r->system->M + column, stride, most, i, out);
    for (int i = 0; i < 5; i++)
        str_format(out, "<text x=\"%.1f\" y=\"%d\">%d</text>", x_of(r, i * r->steps / 5.0),
                   HEIGHT - 3, i * r->steps / 5);
    str_format(out, "<text x=\"%d\" y=\"13\">%s</text></svg>\n", LEFT, title);
}

static void add_legend(const record *r, str *out)
{
    int pick[LINES_MAX], n = pick_services(r, pick);
    str_add(out, "<p>");
    for (int i = 0; i < n; i++) {
        // the sign repeats the dashes of the line, as colour alone does not reach everybody
        str_format(out, "<span style=\"color:var(--c%d)\">%s ", i,
                   i % 3 == 0   ? "━"
                   : i % 3 == 1 ? "╍"
                                : "┉");
        add_escaped(out, r->system->services[pick[i]].name);
        str_add(out, "</span> &nbsp; ");
    }
    str_add(out,
            "<span class=\"m\">shaded: SLO breach; F fault, D detected, 1..9 actions, R recovered"
            "</span></p>\n");
}

// Takes `value` over: adds it and frees it, so that the next one starts empty.
static void add_key(str *out, const char *key, str *value)
{
    str_format(out, "<tr><td>%s</td><td>", key);
    add_escaped(out, value->text ? value->text : "");
    str_add(out, "</td></tr>\n");
    out->failed |= value->failed;
    str_free(value);
}

// The same facts as the Markdown report's head.
static void add_facts(const record *r, str *out)
{
    const result *row = &r->result;
    str v = {0};
    str_add(out, "<table class=\"k\">");
    if (row->recovered >= 0)
        str_format(&v, "Recovered at t=%d (MTTR %d steps)", row->recovered, row->mttr);
    else
        str_add(&v, row->first_slo >= 0 ? "Not recovered" : "The objective held throughout");
    add_key(out, "Status", &v);
    for (int i = 0; i < r->diagnosis.count && i < 3; i++) {
        str_add(&v, i ? ", then " : "");
        suspect_name(r->system, &r->diagnosis.suspect[i], &v);
        str_format(&v, " (%s, confidence %.2f)", tend_family_name(r->diagnosis.suspect[i].family),
                   r->diagnosis.suspect[i].confidence);
    }
    if (r->diagnosis.count == 0)
        str_add(&v, "none named: nothing stood out");
    add_key(out, "Root cause", &v);
    if (r->detected_at >= 0)
        str_format(&v, "t=%lld, score %.2f over %.2f", (long long)r->detected_at,
                   r->detection.overall, r->detection.threshold);
    else
        str_add(&v, "no alarm");
    add_key(out, "Detected", &v);
    str_format(&v, "%d breach steps, %.2f %% of users refused", row->slo_steps, 100 * row->refused);
    add_key(out, "Impact", &v);
    str_format(&v, "%d taken, %d masked, %d guard violations", row->actions, row->masked,
               row->violations);
    add_key(out, "Actions", &v);
    str_add(&v, r->reproduce);
    add_key(out, "Reproduce", &v);
    str_add(out, "</table>\n");
}

static void add_evidence(const record *r, str *out)
{
    if (r->diagnosis.count == 0)
        return;
    str_add(out,
            "<h2>Why</h2><table><tr><th>Candidate</th><th class=\"n\">Confidence</th><th>For</th>"
            "<th>Against</th></tr>\n");
    for (int i = 0; i < r->diagnosis.count && i < 6; i++) { // as many as the Markdown report has
        const tend_suspect *s = &r->diagnosis.suspect[i];
        str name = {0}, pro = {0}, con = {0};
        suspect_name(r->system, s, &name);
        evidence_about(r->system, &r->diagnosis, s->service, false, &pro);
        evidence_about(r->system, &r->diagnosis, s->service, true, &con);
        str_add(out, "<tr><td>");
        add_escaped(out, name.text ? name.text : "");
        str_format(out, "</td><td class=\"n\">%.2f</td><td>", s->confidence);
        add_escaped(out, pro.text ? pro.text : "none");
        str_add(out, "</td><td>");
        add_escaped(out, con.text ? con.text : "none");
        str_add(out, "</td></tr>\n");
        out->failed |= name.failed | pro.failed | con.failed;
        str_free(&name);
        str_free(&pro);
        str_free(&con);
    }
    str_add(out, "</table>\n");
}

static void add_events(const record *r, str *out)
{
    event_list events = events_of(r);
    out->failed |= events.failed;
    str_add(out,
            "<h2>Timeline</h2><table><tr><th class=\"n\">t</th><th>Event</th><th>Detail</th></tr>"
            "\n");
    for (int i = 0; i < events.count; i++) {
        str_format(out, "<tr><td class=\"n\">%lld</td><td>%s</td><td>",
                   (long long)events.item[i].tick, events.item[i].kind);
        add_escaped(out, events.item[i].detail);
        str_add(out, "</td></tr>\n");
    }
    str_add(out, "</table>\n");
    events_free(&events);
}

static void add_counterfactual(str *out, const char *name, int slo_steps, int mttr)
{
    str_add(out, "<tr><td>");
    add_escaped(out, name);
    str_format(out, "</td><td class=\"n\">%d</td><td class=\"n\">", slo_steps);
    if (mttr >= 0)
        str_format(out, "%d", mttr);
    else
        str_add(out, slo_steps ? "never" : "-");
    str_add(out, "</td></tr>\n");
}

static void add_counterfactuals(const record *r, str *out)
{
    if (r->counterfactuals == 0)
        return;
    str_add(out, "<h2>What would have happened</h2><table><tr><th>Policy</th><th class=\"n\">"
                 "Breach steps</th><th class=\"n\">MTTR</th></tr>\n");
    add_counterfactual(out, "this run", r->result.slo_steps, r->result.mttr);
    for (int i = 0; i < r->counterfactuals; i++)
        add_counterfactual(out, r->counterfactual[i].name, r->counterfactual[i].slo_steps,
                           r->counterfactual[i].mttr);
    str_add(out, "</table>\n");
}

// Self-contained: a report must open years later, offline, from a ticket.
void report_html(const record *r, str *out)
{
    str title = {0};
    incident_title(r, &title);
    str_add(out, "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    add_escaped(out, title.text ? title.text : "");
    str_add(out, "</title>\n");
    str_add(out, style);
    str_add(out, "\n<h1>");
    add_escaped(out, title.text ? title.text : "");
    str_add(out, "</h1>\n");
    out->failed |= title.failed;
    str_free(&title);
    add_facts(r, out);
    str_add(out, "<h2>Signals</h2>\n");
    add_legend(r, out);
    // what users feel first, then what explains it
    add_chart(r, TEND_LATENCY, "p95 latency (ms)", out);
    add_chart(r, TEND_ERRORS, "errors (share)", out);
    add_chart(r, TEND_CPU, "cpu (share)", out);
    add_chart(r, TEND_MEMORY, "memory (share)", out);
    for (int kind = TEND_OTHER + 1; kind < TEND_METRIC_KINDS; kind++)
        add_chart(r, (tend_metric_kind)kind, tend_metric_kind_name((tend_metric_kind)kind), out);
    add_evidence(r, out);
    add_events(r, out);
    add_counterfactuals(r, out);
    str_add(out, "</html>\n");
}
