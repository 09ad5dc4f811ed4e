// SPDX-License-Identifier: GPL-3.0-or-later
// system.c - building and looking up a system description.
//
// A tend_system is one allocation per array plus one block of names; every pointer in it is owned
// by it, so tend_system_free needs no bookkeeping.
#include <tend/system.h>

#include "core/system_check.h"
#include "core/system_usual.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void tend_system_free(tend_system *system)
{
    if (!system)
        return;
    // the names were allocated one by one; const is for everybody else
    for (int s = 0; system->services && s < system->S; s++)
        free((void *)(uintptr_t)system->services[s].name);
    for (int m = 0; system->metrics && m < system->M; m++) {
        free((void *)(uintptr_t)system->metrics[m].name);
        free((void *)(uintptr_t)system->metrics[m].unit);
    }
    for (int a = 0; system->actions && a < system->A; a++)
        free((void *)(uintptr_t)system->actions[a].name);
    free((void *)(uintptr_t)system->services);
    free((void *)(uintptr_t)system->metrics);
    free((void *)(uintptr_t)system->edges);
    free((void *)(uintptr_t)system->actions);
    free((void *)(uintptr_t)system->name);
    free(system);
}

// One row more than asked: calloc(0) may be NULL.
static void *copy_rows(const void *rows, int count, size_t size)
{
    void *copy = calloc((size_t)count + 1, size);
    if (copy && count)
        memcpy(copy, rows, (size_t)count * size);
    return copy;
}

// copies the arrays, then replaces every borrowed name by one of our own
static bool copy_parts(const tend_system *d, tend_system *s)
{
    tend_service *services = copy_rows(d->services, d->S, sizeof *services);
    tend_metric *metrics = copy_rows(d->metrics, d->M, sizeof *metrics);
    bool own = d->A > 0 && d->actions; // else the usual actions are made
    tend_action *actions = own ? copy_rows(d->actions, d->A, sizeof *actions)
                               : calloc((size_t)system_usual_actions(d, NULL), sizeof *actions);
    bool whole = services && metrics && actions;
    s->name = strdup(d->name);
    s->edges = copy_rows(d->edges, d->E, sizeof *s->edges);
    s->services = services;
    s->metrics = metrics;
    s->actions = actions;
    s->A = 0; // until actions have names: tend_system_free frees as many
    for (int i = 0; services && i < d->S; i++)
        whole &= (services[i].name = strdup(d->services[i].name)) != NULL;
    for (int i = 0; metrics && i < d->M; i++) {
        whole &= (metrics[i].name = strdup(d->metrics[i].name)) != NULL;
        whole &= (metrics[i].unit = strdup(d->metrics[i].unit ? d->metrics[i].unit : "")) != NULL;
    }
    // names of actions need those of services
    if (whole) {
        s->A = own ? d->A : system_usual_actions(d, actions);
        for (int i = 0; i < s->A; i++) {
            const char *name = actions[i].name;
            whole &= (actions[i].name =
                          name ? strdup(name) : system_action_label(d, &actions[i])) != NULL;
        }
    }
    return whole && s->name && s->edges;
}

tend_rc tend_system_build(const tend_system *draft, tend_system **out, tend_err *err)
{
    struct system_at at;
    tend_err found = {TEND_OK, ""};
    tend_rc rc = system_check(draft, &at, &found);
    if (rc != TEND_OK)
        return tend_fail(err, rc, "%s: %s", draft->name ? draft->name : "system", found.text);
    tend_system *s = calloc(1, sizeof *s);
    if (s)
        *s = *draft;
    if (!s || !copy_parts(draft, s)) {
        tend_system_free(s);
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for system %s", draft->name);
    }
    *out = s;
    return TEND_OK;
}

int tend_system_service(const tend_system *system, const char *name)
{
    for (int s = 0; s < system->S; s++)
        if (strcmp(system->services[s].name, name) == 0)
            return s;
    return -1;
}

int tend_system_metric(const tend_system *system, const char *name)
{
    for (int m = 0; m < system->M; m++)
        if (strcmp(system->metrics[m].name, name) == 0)
            return m;
    return -1;
}

int tend_system_edge(const tend_system *system, int caller, int callee)
{
    for (int e = 0; e < system->E; e++)
        if (system->edges[e].caller == caller && system->edges[e].callee == callee)
            return e;
    return -1;
}

int tend_system_action(const tend_system *system, tend_action_kind kind, int service, int edge)
{
    for (int a = 0; a < system->A; a++)
        if (system->actions[a].kind == kind &&
            (service < 0 || system->actions[a].service == service) &&
            (edge < 0 || system->actions[a].edge == edge))
            return a;
    return -1;
}

int tend_system_column(const tend_system *system, tend_metric_kind kind)
{
    for (int m = 0; m < system->M; m++)
        if (system->metrics[m].kind == kind)
            return m;
    return -1;
}
