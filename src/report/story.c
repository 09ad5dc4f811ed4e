// SPDX-License-Identifier: GPL-3.0-or-later
// story.c - gathers what happened and why into one ordered list.
#include "report/story.h"

#include "base/text.h"
#include "report/evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static event event_at(int64_t tick, const char *kind)
{
    return (event){.tick = tick,
                   .kind = kind,
                   .service = -1,
                   .edge = -1,
                   .action = -1,
                   .rule = -1,
                   .value = (double)NAN,
                   .reference = (double)NAN,
                   .until = -1};
}

static void add(event_list *list, event e, const char *mark, str *detail)
{
    event *more =
        list->failed ? NULL : realloc(list->item, ((size_t)list->count + 1) * sizeof *more);
    if (more)
        list->item = more;
    if (!more || detail->failed) {
        list->failed = true;
        str_free(detail);
        return;
    }
    snprintf(e.mark, sizeof e.mark, "%s", mark);
    text_shown(detail->text ? detail->text : "", e.detail, sizeof e.detail);
    more[list->count++] = e;
    str_free(detail);
}

static void add_detection(event_list *list, const record *r)
{
    str d = {0};
    const char *comma = "";
    if (r->detected_at < 0)
        return;
    for (int s = 0, shown = 0; s < r->system->S && shown < 3; s++)
        if (r->detection.score[s] > r->detection.threshold) {
            str_format(&d, "%s%s %.2f", comma, r->system->services[s].name, r->detection.score[s]);
            comma = ", ";
            shown++;
        }
    str_format(&d, "%soverall %.2f (threshold %.2f)", comma, r->detection.overall,
               r->detection.threshold);
    if (r->has_truth && r->result.fault_t_start >= 0 && r->detected_at >= r->result.fault_t_start)
        str_format(&d, ", %lld steps after onset",
                   (long long)(r->detected_at - r->result.fault_t_start));
    event e = event_at(r->detected_at, "detected");
    e.value = r->detection.overall;
    e.reference = r->detection.threshold;
    add(list, e, "D", &d);
}

static void add_diagnosis(event_list *list, const record *r)
{
    str d = {0};
    if (r->diagnosed_at < 0)
        return;
    for (int i = 0; i < r->diagnosis.count && i < 3; i++) {
        str_add(&d, i ? " | " : "");
        suspect_name(r->system, &r->diagnosis.suspect[i], &d);
        str_format(&d, " %.2f", r->diagnosis.suspect[i].confidence);
    }
    str_format(&d, "; %s", tend_family_name(r->diagnosis.suspect[0].family));
    str why = {0};
    if (evidence_about(r, r->diagnosis.suspect[0].service, false, &why) && !why.failed)
        str_format(&d, ": %s", why.text);
    d.failed |= why.failed;
    str_free(&why);
    event e = event_at(r->diagnosed_at, "diagnosed");
    e.service = r->diagnosis.suspect[0].service;
    e.edge = r->diagnosis.suspect[0].edge;
    e.value = r->diagnosis.suspect[0].confidence;
    add(list, e, "", &d);
}

static void add_blames(event_list *list, const record *r)
{
    for (int i = 0; i < r->blames; i++) {
        const tend_suspect *suspect = &r->blame[i].suspect;
        str d = {0};
        str_add(&d, "now ");
        suspect_name(r->system, suspect, &d);
        str_format(&d, " %.2f; %s", suspect->confidence, tend_family_name(suspect->family));
        event e = event_at(r->blame[i].tick, "diagnosed");
        e.service = suspect->service;
        e.edge = suspect->edge;
        e.value = suspect->confidence;
        add(list, e, "", &d);
    }
}

static void add_strain(const record *r, int64_t from, int64_t to, str *d)
{
    double before = record_strain(r, from), after = record_strain(r, to);
    if (isfinite(before) && isfinite(after))
        str_format(d, "; SLO %.1fx -> %.1fx", before, after);
}

// what did not simply work out
static const char *mishap(tend_receipt_state state)
{
    return state == TEND_RECEIPT_FAILED    ? "; failed"
           : state == TEND_RECEIPT_TIMEOUT ? "; no word of it in time"
           : state == TEND_RECEIPT_REFUSED ? "; refused"
                                           : "";
}

static void add_actions(event_list *list, const record *r)
{
    for (int i = 0; i < r->actions; i++) {
        const record_action *a = &r->action[i];
        const tend_decision *decision = &a->decision;
        str d = {0};
        str_add(&d, r->system->actions[decision->action].name);
        if (decision->compared_count > 1)
            str_format(&d, ": %.2f against %.2f for %s", decision->compared[0].index,
                       decision->compared[1].index,
                       r->system->actions[decision->compared[1].action].name);
        add_strain(r, a->tick, a->tick + 10 < r->steps ? a->tick + 10 : r->steps - 1, &d);
        if (a->outcome.settled >= 0)
            str_format(&d, "; reward %.2f", a->outcome.reward);
        str_add(&d, mishap(a->became));
        char mark[2] = {(char)(i < 9 ? '1' + i : '+'), 0};
        event e = event_at(a->tick, decision->dry_run ? "advice" : "action");
        e.action = decision->action;
        if (a->became >= TEND_RECEIPT_DONE)
            e.until = a->over;
        if (a->became != TEND_RECEIPT_UNKNOWN)
            e.receipt = tend_receipt_name(a->became);
        if (a->outcome.settled >= 0)
            e.value = a->outcome.reward;
        add(list, e, mark, &d);
    }
}

// a run of ticks in which the same action was masked by the same rule is one event
static void add_masked(event_list *list, const record *r)
{
    for (int i = 0; i < r->maskeds; i++) {
        const record_masked *m = &r->masked[i];
        int last = i;
        while (last + 1 < r->maskeds && r->masked[last + 1].action == m->action &&
               r->masked[last + 1].rule == m->rule)
            last++;
        str d = {0};
        str_format(&d, "%s by rule %s (%s)", r->system->actions[m->action].name,
                   tend_guard_rule_name(m->rule), tend_guard_rule_help(m->rule));
        if (last > i)
            str_format(&d, ", %d times until t=%lld", last - i + 1,
                       (long long)r->masked[last].tick);
        event e = event_at(m->tick, "masked");
        e.action = m->action;
        e.rule = m->rule;
        e.until = r->masked[last].tick;
        add(list, e, "", &d);
        i = last;
    }
}

static void add_truth(event_list *list, const record *r)
{
    if (!r->has_truth || r->result.fault_t_start < 0)
        return;
    str d = {0};
    str_format(&d, "%s (ground truth, simulation only)", r->truth);
    add(list, event_at(r->result.fault_t_start, "fault"), "F", &d);
}

static void add_recovery(event_list *list, const record *r)
{
    if (r->result.first_slo >= 0) {
        str d = {0};
        int64_t t = r->result.first_slo;
        str_format(&d, "p95 %.4g ms (objective %.4g), errors %.2f %% (objective %.2f %%)",
                   r->entry_p95_ms[t], r->system->slo.p95_ms, 100 * r->entry_errors[t],
                   100 * r->system->slo.error_share);
        event e = event_at(t, "breach");
        e.service = r->system->entry;
        e.value = r->entry_p95_ms[t];
        e.reference = r->system->slo.p95_ms;
        add(list, e, "", &d);
    }
    if (r->result.recovered >= 0) {
        str d = {0};
        str_format(&d, "10 healthy steps in a row from here; MTTR %d steps", r->result.mttr);
        add(list, event_at(r->result.recovered, "recovered"), "R", &d);
    }
}

static int by_tick(const void *a, const void *b)
{
    const event *x = a, *y = b;
    return x->tick < y->tick ? -1 : x->tick > y->tick;
}

event_list events_of(const record *r)
{
    event_list list = {NULL, 0, false};
    add_truth(&list, r);
    add_recovery(&list, r);
    add_detection(&list, r);
    add_diagnosis(&list, r);
    add_blames(&list, r);
    add_masked(&list, r);
    add_actions(&list, r);
    // insertion sort: stable, and the list is short
    for (int i = 1; i < list.count; i++)
        for (int k = i; k > 0 && by_tick(&list.item[k - 1], &list.item[k]) > 0; k--) {
            event held = list.item[k];
            list.item[k] = list.item[k - 1];
            list.item[k - 1] = held;
        }
    return list;
}

void events_free(event_list *list)
{
    free(list->item);
    *list = (event_list){NULL, 0, false};
}
