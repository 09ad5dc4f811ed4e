// SPDX-License-Identifier: GPL-3.0-or-later
// report_markdown.c - the incident report as Markdown.
#include "report/report.h"

#include "base/text.h"
#include "report/evidence.h"
#include "report/story.h"

#include <math.h>
#include <string.h>

// Names come from outside: nothing in them may act as markup. A backslash takes the meaning from
// any punctuation (CommonMark 0.31, 2.4); "http://", "www." and "@" would become links without any.
static void add_escaped(str *out, const char *text)
{
    const char *start = text;
    while (*text) {
        size_t plain = text_plain(text, strlen(text));
        for (size_t i = 0; i < plain; i++, text++) {
            bool link = (*text == ':' && text[1] == '/') ||
                        (*text == '.' && text > start && (text[-1] | 32) == 'w');
            if (link || strchr("\\`*_[]<>!&|~@#$", *text))
                str_char(out, '\\');
            str_char(out, *text);
        }
        if (*text) { // what may not be shown
            str_format(out, "\\\\x%02x", (unsigned char)*text);
            text++;
        }
    }
}

// A command in a table's cell: fenced by more backticks than it holds, its bars escaped.
static void add_code(str *out, const char *text)
{
    int longest = 0, run = 0;
    for (const char *c = text; *c; c++) {
        run = *c == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    // a blank inside keeps a backtick at the edge from joining the fence (CommonMark 0.31, 6.1)
    str_repeat(out, "`", longest + 1);
    str_add(out, longest ? " " : "");
    while (*text) {
        size_t plain = text_plain(text, strlen(text));
        for (size_t i = 0; i < plain; i++, text++) {
            str_add(out, *text == '|' ? "\\" : "");
            str_char(out, *text);
        }
        if (*text)
            str_format(out, "\\x%02x", (unsigned char)*text++);
    }
    str_add(out, longest ? " " : "");
    str_repeat(out, "`", longest + 1);
}

// The facts a reader looks for first, in one table without a head.
static void add_status(const record *r, str *out)
{
    const result *row = &r->result;
    str_add(out, "| | |\n|---|---|\n| **Status** | ");
    if (row->recovered >= 0)
        str_format(out, "Recovered at t=%d (MTTR %d steps)", row->recovered, row->mttr);
    else
        str_add(out, row->first_slo >= 0 ? "Not recovered when the record ends"
                                         : "The objective held throughout");
    str_add(out, " |\n| **Root cause** | ");
    if (r->diagnosis.count == 0)
        str_add(out, "none named: nothing stood out");
    for (int i = 0; i < r->diagnosis.count && i < 3; i++) {
        str name = {0};
        suspect_name(r->system, &r->diagnosis.suspect[i], &name);
        str_add(out, i ? ", then " : "");
        add_escaped(out, name.text ? name.text : "");
        str_format(out, " (%s, confidence %.2f)", tend_family_name(r->diagnosis.suspect[i].family),
                   r->diagnosis.suspect[i].confidence);
        out->failed |= name.failed;
        str_free(&name);
    }
    str_add(out, " |\n| **Detected** | ");
    if (r->detected_at >= 0)
        str_format(out, "t=%lld, score %.2f over %.2f", (long long)r->detected_at,
                   r->detection.overall, r->detection.threshold);
    else
        str_add(out, "no alarm");
    // usual is the median of the first quarter: a fault is never drawn before
    int quarter = r->steps / 4 + 1 < r->steps ? r->steps / 4 + 1 : r->steps;
    double usual = record_baseline(r->entry_p95_ms, 1, quarter), most = usual;
    out->failed |= isnan(usual);
    for (int t = 0; t < r->steps; t++)
        if (r->entry_p95_ms[t] > most)
            most = r->entry_p95_ms[t];
    str_format(out,
               " |\n| **Impact** | entry p95 %.4g -> %.4g ms; %d breach steps; %.2f %% of users "
               "refused |\n",
               usual, most, row->slo_steps, 100 * row->refused);
    str_format(out, "| **Actions** | %d taken, %d masked, %d guard violations |\n", row->actions,
               row->masked, row->violations);
    str_add(out, "| **Reproduce** | ");
    add_code(out, r->reproduce);
    str_add(out, " |\n");
    str_format(out, "| **State** | %016llx |\n\n", (unsigned long long)row->state_hash);
}

static void add_timeline(const record *r, str *out)
{
    event_list events = events_of(r);
    out->failed |= events.failed;
    str_add(out, "## Timeline\n\n| t | event | detail |\n|---:|---|---|\n");
    for (int i = 0; i < events.count; i++) {
        str_format(out, "| %lld | %s | ", (long long)events.item[i].tick, events.item[i].kind);
        add_escaped(out, events.item[i].detail);
        str_add(out, " |\n");
    }
    str_char(out, '\n');
    events_free(&events);
}

// For and against, of the first six: the tail of a ranking is noise.
static void add_evidence(const record *r, str *out)
{
    if (r->diagnosis.count == 0)
        return;
    str_add(out, "## Evidence\n\n| candidate | confidence | for | against |\n|---|---:|---|---|\n");
    for (int i = 0; i < r->diagnosis.count && i < 6; i++) {
        const tend_suspect *s = &r->diagnosis.suspect[i];
        str name = {0}, pro = {0}, con = {0};
        suspect_name(r->system, s, &name);
        if (!evidence_about(r->system, &r->diagnosis, s->service, false, &pro))
            str_add(&pro, "-"); // looked for, none found
        if (!evidence_about(r->system, &r->diagnosis, s->service, true, &con))
            str_add(&con, "-");
        out->failed |= name.failed | pro.failed | con.failed;
        // without memory some of the texts are NULL
        if (!out->failed) {
            str_add(out, "| ");
            add_escaped(out, name.text);
            str_format(out, " | %.2f | ", s->confidence);
            add_escaped(out, pro.text);
            str_add(out, " | ");
            add_escaped(out, con.text);
            str_add(out, " |\n");
        }
        str_free(&name);
        str_free(&pro);
        str_free(&con);
    }
    str_char(out, '\n');
}

static void add_row(str *out, const char *name, int slo_steps, int mttr)
{
    str_add(out, "| ");
    add_escaped(out, name);
    str_format(out, " | %d | ", slo_steps);
    // a dash: without a breach there is no time to recover, not a short one
    if (mttr >= 0)
        str_format(out, "%d |\n", mttr);
    else
        str_add(out, slo_steps ? "never |\n" : "- |\n");
}

static void add_counterfactuals(const record *r, str *out)
{
    if (r->counterfactuals == 0)
        return;
    str_add(out,
            "## What would have happened\n\n| policy | breach steps | MTTR |\n|---|---:|---:|\n");
    add_row(out, "this run", r->result.slo_steps, r->result.mttr);
    for (int i = 0; i < r->counterfactuals; i++)
        add_row(out, r->counterfactual[i].name, r->counterfactual[i].slo_steps,
                r->counterfactual[i].mttr);
    str_char(out, '\n');
}

void report_markdown(const record *r, str *out)
{
    str title = {0};
    incident_title(r, &title);
    str_add(out, "# ");
    add_escaped(out, title.text ? title.text : "");
    str_add(out, "\n\n");
    out->failed |= title.failed;
    str_free(&title);
    add_status(r, out);
    add_timeline(r, out);
    add_evidence(r, out);
    add_counterfactuals(r, out);
}
