// SPDX-License-Identifier: GPL-3.0-or-later
// report_text.c - events, verdict and the command to reproduce, for the terminal.
#include "report/report.h"

#include "report/evidence.h"
#include "report/story.h"

#include <stdio.h>

#include <math.h>
#include <string.h>

// breaks at the last space that fits, or hard where half a line has none; further lines are
// indented to the detail's column
static void add_wrapped(str *out, const char *text, int indent, int columns)
{
    int room = columns - indent;
    while ((int)strlen(text) > room) {
        int cut = room;
        while (cut > room / 2 && text[cut] != ' ')
            cut--;
        if (text[cut] != ' ') // not within a character
            for (cut = room; ((unsigned char)text[cut] & 0xC0) == 0x80;)
                cut--;
        str_add_bytes(out, text, (size_t)cut);
        str_char(out, '\n');
        str_repeat(out, " ", indent);
        text += cut + (text[cut] == ' ');
    }
    str_add(out, text);
    str_char(out, '\n');
}

// A tick or a cross before what it is about; without colours or UTF-8, + and x.
static void verdict_item(const timeline_style *style, str *out, int good, const char *yes,
                         const char *no)
{
    const char *tick = style->utf8 ? (good ? "✓" : "✗") : (good ? "+" : "x");
    if (style->colour)
        str_format(out, "\033[%sm%s\033[0m %s   ", good ? "32" : "31", tick, good ? yes : no);
    else
        str_format(out, "%s %s   ", tick, good ? yes : no);
}

// What can be judged only with the truth known is left out where nobody knows it.
static void add_verdict(const record *r, const timeline_style *style, str *out)
{
    const result *row = &r->result;
    str_add(out, "  ");
    if (r->has_truth && row->fault_t_start >= 0)
        verdict_item(style, out, row->detected_at >= 0, "detected", "not detected");
    if (row->top1 >= 0)
        verdict_item(style, out, row->top1, "correct root cause", "wrong root cause");
    if (row->targeted > 0) {
        char aim[64];
        snprintf(aim, sizeof aim, "%d of %d actions aimed right",
                 row->targeted - row->wrong_actions, row->targeted);
        verdict_item(style, out, row->wrong_actions == 0, aim, aim);
    }
    if (row->first_slo >= 0)
        verdict_item(style, out, row->recovered >= 0, "recovered", "not recovered");
    // breaks in two lines where one would be cut
    if (style->columns < 90 || row->targeted > 0)
        str_add(out, "\n  ");
    verdict_item(style, out, row->false_alarm_steps == 0, "no false alarm", "false alarms");
    verdict_item(style, out, row->violations == 0, "guard held", "guard violated");
    str_format(out, "\n  %d actions, %d masked, %d breach steps", row->actions, row->masked,
               row->slo_steps);
    if (row->refused > 0)
        str_format(out, ", %.2f %% of users refused", 100 * row->refused);
    if (isfinite(row->reward))
        // of all that was priced: not the mean of the actions told above
        str_format(out, ", mean reward %.2f, waits included", row->reward);
    str_char(out, '\n');
}

static void add_counterfactuals(const record *r, str *out)
{
    if (r->counterfactuals == 0)
        return;
    str_format(out, "\n  what would have happened          breach steps    MTTR\n");
    str_format(out, "    %-30s %13d", "this run", r->result.slo_steps);
    str_format(out, r->result.mttr >= 0 ? " %7d\n" : "   never\n", r->result.mttr);
    for (int i = 0; i < r->counterfactuals; i++) {
        int mttr = r->counterfactual[i].mttr;
        str_format(out, "    %-30s %13d", r->counterfactual[i].name,
                   r->counterfactual[i].slo_steps);
        str_format(out, mttr >= 0 ? " %7d\n" : "   never\n", mttr);
    }
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
        add_wrapped(out, e->detail, 23, style->columns);
    }
    str_char(out, '\n');
    add_verdict(r, style, out);
    add_counterfactuals(r, out);
    if (r->reproduce[0])
        str_format(out, "\n  reproduce: %s\n", r->reproduce);
    events_free(&events);
}
