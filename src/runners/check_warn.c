// SPDX-License-Identifier: GPL-3.0-or-later
// check_warn.c - what reads well and will not do what was meant.
#include "runners/check_warn.h"

#include "agent/decide/guard_lists.h"
#include "core/json.h"

#include <stdlib.h>
#include <string.h>

// Begins another line.
static void line(str *out)
{
    if (out->length > 0)
        str_char(out, '\n');
}

static bool has_column(const tend_system *system, tend_metric_kind kind)
{
    for (int m = 0; m < system->M; m++)
        if (system->metrics[m].kind == kind)
            return true;
    return false;
}

static void warn_columns(const tend_system *system, str *out)
{
    static const tend_metric_kind needed[] = {TEND_LATENCY, TEND_ERRORS};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!has_column(system, needed[i])) {
            line(out);
            str_format(out, "no column of kind %s, which detection and diagnosis go by",
                       tend_metric_kind_name(needed[i]));
        }
}

// Edges in any order: until no more is reached. The graph has no cycles, so S rounds are enough.
static void warn_unreached(const tend_system *system, str *out)
{
    bool *reached = calloc((size_t)system->S, sizeof *reached), more = reached != NULL;
    if (!reached) {
        out->failed = true;
        return;
    }
    reached[system->entry] = true;
    while (more) {
        more = false;
        for (int e = 0; e < system->E; e++) {
            const tend_edge *edge = &system->edges[e];
            if (reached[edge->caller] && !reached[edge->callee])
                more = reached[edge->callee] = true;
        }
    }
    int count = 0;
    for (int s = 0; s < system->S; s++)
        if (!reached[s]) {
            if (count++ == 0)
                line(out);
            str_format(out, "%s%s", count == 1 ? "no request reaches " : ", ",
                       system->services[s].name);
        }
    free(reached);
    if (count > 0)
        str_format(out, ": nothing calls %s on the way from %s", count == 1 ? "it" : "them",
                   system->services[system->entry].name);
}

static bool is_listed(const tend_system *system, tend_action_kind kind, int service)
{
    for (int a = 0; a < system->A; a++)
        if (system->actions[a].kind == kind && system->actions[a].service == service)
            return true;
    return false;
}

// Whether replicas can come and go at all: what has been removed can be added again.
static bool can_scale(const tend_system *system, int service, int by)
{
    const tend_service *s = &system->services[service];
    bool more = s->most_replicas > s->replicas, less = s->least_replicas < s->replicas;
    return by > 0 ? more || (less && is_listed(system, TEND_SCALE_DOWN, service))
                  : less || (more && is_listed(system, TEND_SCALE_UP, service));
}

// Only what the file lists one by one: a kind as a word means wherever it can be done.
static void warn_never(const tend_system *system, const cJSON *actions, str *out)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, actions)
    {
        const cJSON *kind = cJSON_GetObjectItemCaseSensitive(item, "kind"),
                    *where = cJSON_GetObjectItemCaseSensitive(item, "service");
        int by = 0;
        for (int k = 0; k < TEND_ACTION_KINDS && cJSON_IsString(kind) && cJSON_IsString(where); k++)
            if (strcmp(tend_action_kind_name((tend_action_kind)k), kind->valuestring) == 0)
                by = tend_action_row((tend_action_kind)k)->replicas;
        int service = by ? tend_system_service(system, where->valuestring) : -1;
        if (service < 0 || can_scale(system, service, by))
            continue;
        const tend_service *s = &system->services[service];
        line(out);
        str_format(out, "%s of %s can never be done: it has %d replicas, %s_replicas is %d",
                   kind->valuestring, s->name, s->replicas, by > 0 ? "most" : "least",
                   by > 0 ? s->most_replicas : s->least_replicas);
    }
}

void check_warn_system(const tend_system *system, const cJSON *root, bool simulated, str *out)
{
    warn_columns(system, out);
    if (simulated)
        warn_unreached(system, out);
    warn_never(system, cJSON_GetObjectItemCaseSensitive(root, "actions"), out);
}

void check_warn_scenario(const scenario *drawn, int steps, str *out)
{
    for (int i = 0; i < drawn->faults; i++)
        if (drawn->fault[i].start >= steps) {
            line(out);
            str_format(out,
                       "faults[%d] starts at tick %d: never in an episode of the usual %d; "
                       "--steps makes it longer",
                       i, drawn->fault[i].start, steps);
        }
}

// What no system calls an action: no kind, and nothing in brackets.
static bool is_word(const char *name)
{
    for (int kind = 0; kind < TEND_ACTION_KINDS; kind++)
        if (strcmp(tend_action_kind_name((tend_action_kind)kind), name) == 0)
            return false;
    return strchr(name, '(') == NULL;
}

tend_rc check_allow(const cJSON *root, const char *name, const tend_system *system, err_list *all,
                    str *out, tend_err *err)
{
    const cJSON *part = cJSON_GetObjectItemCaseSensitive(root, "guard"), *item;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(part, "allow");
    tend_rc rc = TEND_OK;
    cJSON_ArrayForEach(item, list)
    {
        if (rc != TEND_OK || !cJSON_IsArray(list) || !cJSON_IsString(item))
            continue;
        tend_err found = {TEND_OK, ""};
        if (system && !guard_lists_fits(item->valuestring, system, &found)) {
            json_fail(item, name, err, "%s", found.text);
            rc = err_note(all, TEND_INPUT, err);
        } else if (!system && is_word(item->valuestring)) {
            line(out);
            str_format(out,
                       "guard.allow: \"%.80s\" is no kind of action; check with --system whether "
                       "it is an action of yours",
                       item->valuestring);
        }
    }
    return rc == TEND_OK && err_noted(all) > 0 ? TEND_INPUT : rc;
}
