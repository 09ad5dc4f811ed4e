// system.c - building, checking and looking up a system description.
//
// A tend_system is one allocation per array plus one block of names; every pointer in it is owned
// by it, so tend_system_free needs no bookkeeping.
#include <tend/system.h>

#include "base/str.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tend/frame.h>

enum { SERVICES_MAX = 2048, METRICS_MAX = 256, EDGES_MAX = 16384, NAME_MAX_BYTES = 200 };

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

static bool good_name(const char *name)
{
    size_t length = name ? strlen(name) : 0;
    if (length == 0 || length > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 127 || name[i] == '|' || name[i] == '>')
            return false;
    return true;
}

static tend_rc check_services(const tend_system *d, tend_err *err)
{
    if (d->S < 1 || d->S > SERVICES_MAX)
        return tend_fail(err, TEND_INPUT, "%s: %d services, expected 1 to %d", d->name, d->S,
                         SERVICES_MAX);
    for (int s = 0; s < d->S; s++) {
        const tend_service *v = &d->services[s];
        if (!good_name(v->name))
            return tend_fail(err, TEND_INPUT, "%s: services[%d].name \"%.40s\", expected 1 to %d "
                             "bytes without '|' and '>'", d->name, s, v->name ? v->name : "",
                             NAME_MAX_BYTES);
        for (int t = 0; t < s; t++)
            if (strcmp(d->services[t].name, v->name) == 0)
                return tend_fail(err, TEND_INPUT, "%s: service \"%s\" twice, expected unique names",
                                 d->name, v->name);
        if (v->least_replicas < 1 || v->replicas < v->least_replicas ||
            v->most_replicas < v->replicas || v->most_replicas > 1000)
            return tend_fail(err, TEND_INPUT, "%s: service \"%s\": replicas %d in %d to %d, expected "
                             "1 <= least <= replicas <= most <= 1000", d->name, v->name,
                             v->replicas, v->least_replicas, v->most_replicas);
    }
    return TEND_OK;
}

static tend_rc check_metrics(const tend_system *d, tend_err *err)
{
    if (d->M < 1 || d->M > METRICS_MAX)
        return tend_fail(err, TEND_INPUT, "%s: %d metrics, expected 1 to %d", d->name, d->M,
                         METRICS_MAX);
    for (int m = 0; m < d->M; m++) {
        if (!good_name(d->metrics[m].name))
            return tend_fail(err, TEND_INPUT, "%s: metrics[%d].name, expected a name", d->name, m);
        for (int n = 0; n < m; n++)
            if (strcmp(d->metrics[n].name, d->metrics[m].name) == 0)
                return tend_fail(err, TEND_INPUT, "%s: metric \"%s\" twice, expected unique names",
                                 d->name, d->metrics[m].name);
    }
    return TEND_OK;
}

// depth-first walk; `mark` 0 new, 1 on the path, 2 done; *at names a service on a cycle
static bool acyclic_from(const tend_system *d, int service, unsigned char *mark, int *stack)
{
    int depth = 0;
    stack[depth] = service;
    while (depth >= 0) {
        int s = stack[depth], next = -1;
        mark[s] = 1;
        for (int e = 0; e < d->E && next < 0; e++) {
            if (d->edges[e].caller != s || mark[d->edges[e].callee] == 2)
                continue;
            next = d->edges[e].callee;
        }
        if (next < 0) {
            mark[s] = 2;
            depth--;
        } else if (mark[next] == 1) {
            stack[0] = s;
            stack[1] = next;
            return false;
        } else {
            stack[++depth] = next;
        }
    }
    return true;
}

static tend_rc check_edges(const tend_system *d, tend_err *err)
{
    if (d->E < 0 || d->E > EDGES_MAX)
        return tend_fail(err, TEND_INPUT, "%s: %d edges, expected at most %d", d->name, d->E,
                         EDGES_MAX);
    for (int e = 0; e < d->E; e++) {
        const tend_edge *edge = &d->edges[e];
        if (edge->caller < 0 || edge->caller >= d->S || edge->callee < 0 || edge->callee >= d->S)
            return tend_fail(err, TEND_INPUT, "%s: edges[%d] names no service", d->name, e);
        if (edge->caller == edge->callee)
            return tend_fail(err, TEND_INPUT, "%s: \"%s\" calls itself, expected an acyclic call "
                             "graph", d->name, d->services[edge->caller].name);
        for (int f = 0; f < e; f++)
            if (d->edges[f].caller == edge->caller && d->edges[f].callee == edge->callee)
                return tend_fail(err, TEND_INPUT, "%s: edge %s>%s twice, expected once", d->name,
                                 d->services[edge->caller].name, d->services[edge->callee].name);
    }
    unsigned char *mark = calloc((size_t)d->S, 1);
    int *stack = calloc((size_t)d->S + 2, sizeof *stack);
    tend_rc rc = TEND_OK;
    if (!mark || !stack)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for a call graph");
    for (int s = 0; s < d->S && rc == TEND_OK; s++)
        if (mark[s] == 0 && !acyclic_from(d, s, mark, stack))
            rc = tend_fail(err, TEND_INPUT, "%s: the call %s>%s closes a cycle, expected an acyclic "
                           "call graph", d->name, d->services[stack[0]].name,
                           d->services[stack[1]].name);
    free(mark);
    free(stack);
    return rc;
}

static tend_rc check(const tend_system *d, tend_err *err)
{
    tend_rc rc = check_services(d, err);
    if (rc == TEND_OK)
        rc = check_metrics(d, err);
    if (rc == TEND_OK)
        rc = check_edges(d, err);
    if (rc == TEND_OK && (d->entry < 0 || d->entry >= d->S))
        rc = tend_fail(err, TEND_INPUT, "%s: no entry service", d->name);
    if (rc == TEND_OK && !(d->step_s > 0 && d->step_s <= 86400))
        rc = tend_fail(err, TEND_INPUT, "%s: step_s %g, expected up to 86400", d->name, d->step_s);
    if (rc == TEND_OK && !(d->slo.p95_ms > 0 && isfinite(d->slo.p95_ms)))
        rc = tend_fail(err, TEND_INPUT, "%s: slo.p95_ms %g, expected more than 0", d->name,
                       d->slo.p95_ms);
    if (rc == TEND_OK && !(d->slo.error_share > 0 && d->slo.error_share <= 1))
        rc = tend_fail(err, TEND_INPUT, "%s: slo.error_share %g, expected 0 to 1", d->name,
                       d->slo.error_share);
    return rc;
}

// the usual actions, in the order restart, scale, rollback per service, caches, limit, edges
static int usual_actions(const tend_system *d, tend_action *out)
{
    static const tend_action_kind per_service[] = {TEND_RESTART, TEND_SCALE_UP, TEND_SCALE_DOWN,
                                                   TEND_ROLLBACK};
    int n = 0;
    out[n++] = (tend_action){NULL, TEND_NOOP, -1, -1};
    for (int k = 0; k < 4; k++)
        for (int s = 0; s < d->S; s++)
            out[n++] = (tend_action){NULL, per_service[k], s, -1};
    for (int s = 0; s < d->S; s++)
        if (d->services[s].kind == TEND_CACHE)
            out[n++] = (tend_action){NULL, TEND_CLEAR_CACHE, s, -1};
    out[n++] = (tend_action){NULL, TEND_LIMIT, -1, -1};
    out[n++] = (tend_action){NULL, TEND_LIFT, -1, -1};
    for (int e = 0; e < d->E; e++)
        out[n++] = (tend_action){NULL, TEND_REROUTE, d->edges[e].callee, e};
    return n;
}

static char *action_label(const tend_system *d, const tend_action *a)
{
    str s = {0};
    const char *target = a->service >= 0 ? d->services[a->service].name : "";
    if (a->kind == TEND_SCALE_UP || a->kind == TEND_SCALE_DOWN)
        str_format(&s, "scale(%s,%s)", target, a->kind == TEND_SCALE_UP ? "+1" : "-1");
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
    tend_action *actions = calloc((size_t)(4 * d->S + d->S + d->E + 4), sizeof *actions);
    bool whole = services && metrics && actions;
    s->name = strdup(d->name);
    s->edges = copy_rows(d->edges, d->E, sizeof *s->edges);
    s->services = services;
    s->metrics = metrics;
    s->actions = actions;
    s->A = 0;
    for (int i = 0; services && i < d->S; i++)
        whole &= (services[i].name = strdup(d->services[i].name)) != NULL;
    for (int i = 0; metrics && i < d->M; i++) {
        whole &= (metrics[i].name = strdup(d->metrics[i].name)) != NULL;
        whole &= (metrics[i].unit = strdup(d->metrics[i].unit ? d->metrics[i].unit : "")) != NULL;
    }
    if (whole) {
        s->A = usual_actions(d, actions);
        for (int i = 0; i < s->A; i++)
            whole &= (actions[i].name = action_label(d, &actions[i])) != NULL;
    }
    return whole && s->name && s->edges;
}

tend_rc tend_system_build(const tend_system *draft, tend_system **out, tend_err *err)
{
    tend_rc rc = check(draft, err);
    if (rc != TEND_OK)
        return rc;
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
        if (system->actions[a].kind == kind && (service < 0 || system->actions[a].service == service) &&
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
