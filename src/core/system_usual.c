// SPDX-License-Identifier: GPL-3.0-or-later
// system_usual.c - metrics, actions and names of actions as the rows of words.h give them.
#include "core/system_usual.h"

#include "base/str.h"

int system_usual_metrics(tend_metric *out)
{
    int n = 0;
    for (int kind = 0; kind < TEND_METRIC_KINDS; kind++) {
        const tend_metric_word *word = tend_metric_row((tend_metric_kind)kind);
        if (word->usual)
            out[n++] = (tend_metric){word->column, word->unit, (tend_metric_kind)kind};
    }
    return n;
}

int system_spread(const tend_system *d, tend_action_kind kind, tend_action *out)
{
    tend_target target = tend_action_row(kind)->target;
    bool whole = target == TEND_AT_NOTHING || target == TEND_AT_SYSTEM,
         call = target == TEND_AT_EDGE;
    int n = 0, places = whole ? 1 : call ? d->E : d->S;
    for (int i = 0; i < places; i++) {
        if (target == TEND_AT_CACHE && d->services[i].kind != TEND_CACHE)
            continue;
        if (out)
            out[n] = (tend_action){.kind = kind,
                                   .service = whole  ? -1
                                              : call ? d->edges[i].callee
                                                     : i,
                                   .edge = call ? i : -1};
        n++;
    }
    return n;
}

int system_usual_actions(const tend_system *d, tend_action *out)
{
    int n = 0;
    for (int target = 0; target < TEND_TARGETS; target++)
        for (int kind = 0; kind < TEND_ACTION_KINDS; kind++)
            if (tend_action_row((tend_action_kind)kind)->target == (tend_target)target)
                n += system_spread(d, (tend_action_kind)kind, out ? out + n : NULL);
    return n;
}

char *system_action_label(const tend_system *d, const tend_action *a)
{
    str s = {0};
    const char *target = a->service >= 0 ? d->services[a->service].name : "";
    int replicas = tend_action_row(a->kind)->replicas;
    if (replicas != 0)
        str_format(&s, "scale(%s,%+d)", target, replicas);
    else if (a->edge >= 0)
        str_format(&s, "%s(%s>%s)", tend_action_kind_name(a->kind),
                   d->services[d->edges[a->edge].caller].name, target);
    else if (a->service >= 0)
        str_format(&s, "%s(%s)", tend_action_kind_name(a->kind), target);
    else
        str_add(&s, tend_action_kind_name(a->kind));
    if (s.failed)
        str_free(&s);
    return s.text;
}
