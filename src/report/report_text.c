// SPDX-License-Identifier: GPL-3.0-or-later
// report_text.c - events, verdict and the command to reproduce, for the terminal.
#include "report/report.h"

#include "report/evidence.h"
#include "report/story.h"

#include <stdio.h>

#include <math.h>
#include <string.h>

// A tick or a cross before what it is about; without colours or UTF-8, + and x.
typedef struct verdict {
    const timeline_style *style;
    str *out;
    int used; // columns of the line
    bool broken;
} verdict;

static void verdict_break(verdict *v)
{
    if (v->used > 0)
        str_char(v->out, '\n');
    v->used = 0;
    v->broken = true;
}

static void verdict_item(verdict *v, int good, const char *yes, const char *no)
{
    const char *tick = v->style->utf8 ? (good ? "✓" : "✗") : (good ? "+" : "x");
    const char *word = good ? yes : no;
    int width = 2 + (int)strlen(word);
    if (v->used + 3 + width > v->style->columns)
        verdict_break(v);
    int gap = v->used > 0 ? 3 : 2;
    if (v->style->colour)
        str_format(v->out, "%*s\033[%sm%s\033[0m %s", gap, "", good ? "32" : "31", tick, word);
    else
        str_format(v->out, "%*s%s %s", gap, "", tick, word);
    v->used += gap + width;
}

// What can be judged only with the truth known is left out where nobody knows it.
static void add_verdict(const record *r, const timeline_style *style, str *out)
{
    const result *row = &r->result;
    verdict v = {style, out, 0, false};
    str sums = {0};
    if (r->has_truth && row->fault_t_start >= 0)
        verdict_item(&v, row->detected_at >= 0, "detected", "not detected");
    if (row->top1 >= 0)
        verdict_item(&v, row->top1, "correct root cause", "wrong root cause");
    if (row->targeted > 0) {
        char aim[64];
        snprintf(aim, sizeof aim, "%d of %d actions aimed right",
                 row->targeted - row->wrong_actions, row->targeted);
        verdict_item(&v, row->wrong_actions == 0, aim, aim);
    }
    if (row->first_slo >= 0)
        verdict_item(&v, row->recovered >= 0, "recovered", "not recovered");
    // breaks in two lines where one would be cut
    if ((style->columns < 90 || row->targeted > 0) && !v.broken)
        verdict_break(&v);
    verdict_item(&v, row->false_alarm_steps == 0, "no false alarm", "false alarms");
    verdict_item(&v, row->violations == 0, "guard held", "guard violated");
    verdict_break(&v);
    str_format(&sums, "%d actions, %d masked, %d breach steps", row->actions, row->masked,
               row->slo_steps);
    if (row->refused > 0)
        str_format(&sums, ", %.2f %% of users refused", 100 * row->refused);
    if (isfinite(row->reward))
        // of all that was priced: not the mean of the actions told above
        str_format(&sums, ", mean reward %.2f, waits included", row->reward);
    str_add(out, "  ");
    str_wrap(out, sums.text ? sums.text : "", 2, style->columns);
    out->failed |= sums.failed;
    str_free(&sums);
}

static void add_course(str *out, const char *name, int slo_steps, int mttr)
{
    str_format(out, "    %-30s %13d", name, slo_steps);
    if (mttr >= 0)
        str_format(out, " %7d\n", mttr);
    else // without a breach there is nothing to recover from
        str_format(out, " %7s\n", slo_steps > 0 ? "never" : "-");
}

static void add_counterfactuals(const record *r, str *out)
{
    if (r->counterfactuals == 0)
        return;
    str_format(out, "\n  what would have happened          breach steps    MTTR\n");
    add_course(out, "this run", r->result.slo_steps, r->result.mttr);
    for (int i = 0; i < r->counterfactuals; i++)
        add_course(out, r->counterfactual[i].name, r->counterfactual[i].slo_steps,
                   r->counterfactual[i].mttr);
}

// Of the first three, the first as well: a ranking that nothing speaks against is rare.
static void add_why_not(const record *r, const timeline_style *style, str *out)
{
    int told = 0;
    for (int i = 0; i < r->diagnosis.count && i < 3; i++) {
        const tend_suspect *s = &r->diagnosis.suspect[i];
        str why = {0};
        suspect_name(r->system, s, &why);
        str_add(&why, ": ");
        if (evidence_about(r->system, &r->diagnosis, s->service, true, &why) && !why.failed) {
            str_format(out, "  %-10s ", told++ ? "" : "why not");
            str_wrap(out, why.text, 13, style->columns);
        }
        out->failed |= why.failed;
        str_free(&why);
    }
    if (told)
        str_char(out, '\n');
}

void report_text(const record *r, const timeline_style *style, str *out)
{
    event_list events = events_of(r);
    out->failed |= events.failed;
    incident_title(r, out);
    str_add(out, "\n\n");
    for (int i = 0; i < events.count; i++) {
        const event *e = &events.item[i];
        str_format(out, "  t=%-4lld %-2s %-10s ", (long long)e->tick, e->mark, e->kind);
        str_wrap(out, e->detail, 23, style->columns);
    }
    str_char(out, '\n');
    add_why_not(r, style, out);
    add_verdict(r, style, out);
    add_counterfactuals(r, out);
    if (r->reproduce[0])
        str_format(out, "\n  reproduce: %s\n", r->reproduce);
    events_free(&events);
}
