// SPDX-License-Identifier: GPL-3.0-or-later
// story.c - gathers what happened and why into one ordered list.
#include "report/story.h"

#include "report/evidence.h"
#include "report/timeline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Takes `words` over. Once memory has run out the list stays as it is, marked as failed.
static void add(event_list *list, event e, const char *mark, str *words)
{
    event *more =
        list->failed ? NULL : realloc(list->item, ((size_t)list->count + 1) * sizeof *more);
    if (more)
        list->item = more;
    snprintf(e.mark, sizeof e.mark, "%s", mark);
    if (!event_say(&e, words) || !more)
        list->failed = true;
    else
        more[list->count++] = e;
}

static void add_detection(event_list *list, const record *r)
{
    str d = {0};
    if (r->detected_at < 0)
        return;
    event e = event_detected(r->system, r->detected_at, &r->detection, &d);
    if (r->has_truth && r->result.fault_t_start >= 0 && r->detected_at >= r->result.fault_t_start)
        str_format(&d, ", %lld steps after onset",
                   (long long)(r->detected_at - r->result.fault_t_start));
    add(list, e, "D", &d);
}

static void add_diagnosis(event_list *list, const record *r)
{
    str d = {0};
    if (r->diagnosed_at < 0)
        return;
    event e = event_diagnosed(r->system, r->diagnosed_at, &r->diagnosis, NULL, &d);
    add(list, e, "", &d);
}

// Every change of mind, before and after the ranking that was judged: hiding them would flatter the
// agent.
static void add_blames(event_list *list, const record *r)
{
    for (int i = 0; i < r->blames; i++) {
        record_blame *b = &r->blame[i];
        tend_causes moved = {
            .suspect = &b->suspect, .room = 1, .count = 1, .evidence_count = b->reasons};
        memcpy(moved.evidence, b->reason, (size_t)b->reasons * sizeof *b->reason);
        str d = {0};
        event e = event_diagnosed(r->system, b->tick, &moved, &b->was, &d);
        add(list, e, "", &d);
    }
}

// How far beyond its objective the entry was, then and later: 1.0x is the limit.
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
        str d = {0};
        event e = event_decided(r->system, a->tick, &a->decision, &d);
        // ten ticks on, when most actions have had their effect
        add_strain(r, a->tick, a->tick + 10 < r->steps ? a->tick + 10 : r->steps - 1, &d);
        if (a->outcome.settled >= 0)
            str_format(&d, "; reward %.2f", a->outcome.reward);
        str_add(&d, mishap(a->became));
        char mark[2] = {timeline_mark(i), 0};
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
        event e = event_masked(r->system, m->tick, m->action, m->rule, &d);
        if (last > i)
            str_format(&d, ", %d times until t=%lld", last - i + 1,
                       (long long)r->masked[last].tick);
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

// The first breach and the end of it; both as the tally dates them.
static void add_recovery(event_list *list, const record *r)
{
    if (r->result.first_slo >= 0) {
        str d = {0};
        int64_t t = r->result.first_slo;
        event e = event_breach(r->system, t, r->entry_p95_ms[t], r->entry_errors[t], &d);
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
    // the order in which equal ticks are told: the sort below is stable
    add_truth(&list, r);
    add_recovery(&list, r);
    add_detection(&list, r);
    add_blames(&list, r);
    add_diagnosis(&list, r);
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
