// SPDX-License-Identifier: GPL-3.0-or-later
// system_check.c - what must hold of every system description, read or put together by hand.
#include "core/system_check.h"

#include "base/lookup.h"
#include "base/str.h"
#include "base/text.h"
#include "core/system_usual.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    ACTION_NAME_MAX = 2 * SYSTEM_NAME_BYTES_MOST + 32 // "reroute(caller>callee)"
};

// '|' and '>' are the signs of columns and calls in CSV headers and on the command line.
static bool good_name(const char *name)
{
    size_t length = name ? strlen(name) : 0;
    if (length == 0 || length > SYSTEM_NAME_BYTES_MOST)
        return false;
    return text_plain(name, length) == length && !strpbrk(name, "|>");
}

typedef struct system_at place;

tend_rc system_check_services(const tend_system *d, place *at, tend_err *err)
{
    *at = (place){"services", -1};
    if (d->S < 1 || d->S > SYSTEM_SERVICES_MOST)
        return tend_fail(err, TEND_INPUT, "%d services, expected 1 to %d", d->S,
                         SYSTEM_SERVICES_MOST);
    if (!d->services)
        return tend_fail(err, TEND_INPUT, "no services, expected an array of %d", d->S);
    for (int s = 0; s < d->S; s++) {
        const tend_service *v = &d->services[s];
        at->index = s;
        if (!good_name(v->name))
            return tend_fail(
                err, TEND_INPUT,
                "service name \"%.40s\", expected 1 to %d bytes of text without '|' and '>'",
                v->name ? v->name : "", SYSTEM_NAME_BYTES_MOST);
        // quadratic in at most 2,048
        for (int t = 0; t < s; t++)
            if (strcmp(d->services[t].name, v->name) == 0)
                return tend_fail(err, TEND_INPUT, "service \"%s\" twice, expected unique names",
                                 v->name);
        if ((unsigned)v->kind >= TEND_SERVICE_KINDS)
            return tend_fail(err, TEND_INPUT, "service \"%s\": kind %d, expected 0 to %d", v->name,
                             (int)v->kind, TEND_SERVICE_KINDS - 1);
        if (v->least_replicas < 1 || v->replicas < v->least_replicas ||
            v->most_replicas < v->replicas || v->most_replicas > 1000)
            return tend_fail(err, TEND_INPUT,
                             "service \"%s\": %d replicas of %d to %d, expected "
                             "1 <= least <= replicas <= most <= 1000",
                             v->name, v->replicas, v->least_replicas, v->most_replicas);
    }
    return TEND_OK;
}

static tend_rc check_metrics(const tend_system *d, place *at, tend_err *err)
{
    *at = (place){"metrics", -1};
    if (d->M < 1 || d->M > SYSTEM_METRICS_MOST)
        return tend_fail(err, TEND_INPUT, "%d metrics, expected 1 to %d", d->M,
                         SYSTEM_METRICS_MOST);
    if (!d->metrics)
        return tend_fail(err, TEND_INPUT, "no metrics, expected an array of %d", d->M);
    for (int m = 0; m < d->M; m++) {
        at->index = m;
        if (!good_name(d->metrics[m].name))
            return tend_fail(
                err, TEND_INPUT,
                "metric name \"%.40s\", expected 1 to %d bytes of text without '|' and '>'",
                d->metrics[m].name ? d->metrics[m].name : "", SYSTEM_NAME_BYTES_MOST);
        if (d->metrics[m].unit && !text_is_plain(d->metrics[m].unit))
            return tend_fail(err, TEND_INPUT, "unit \"%.40s\", expected no control characters",
                             d->metrics[m].unit);
        if ((unsigned)d->metrics[m].kind >= TEND_METRIC_KINDS)
            return tend_fail(err, TEND_INPUT, "metric \"%s\": kind %d, expected 0 to %d",
                             d->metrics[m].name, (int)d->metrics[m].kind, TEND_METRIC_KINDS - 1);
        // quadratic in at most 256
        for (int n = 0; n < m; n++)
            if (strcmp(d->metrics[n].name, d->metrics[m].name) == 0)
                return tend_fail(err, TEND_INPUT, "metric \"%s\" twice, expected unique names",
                                 d->metrics[m].name);
    }
    return TEND_OK;
}

// Each call once: two of them would count their traffic twice.
static tend_rc check_edges(const tend_system *d, place *at, tend_err *err)
{
    *at = (place){"edges", -1};
    if (d->E < 0 || d->E > SYSTEM_EDGES_MOST)
        return tend_fail(err, TEND_INPUT, "%d edges, expected at most %d", d->E, SYSTEM_EDGES_MOST);
    if (d->E > 0 && !d->edges)
        return tend_fail(err, TEND_INPUT, "no edges, expected an array of %d", d->E);
    lookup seen = {0}; // pairs of 16,384 edges are too many to compare
    tend_rc rc = TEND_OK;
    for (int e = 0; e < d->E && rc == TEND_OK; e++) {
        const tend_edge *edge = &d->edges[e];
        at->index = e;
        if (edge->caller < 0 || edge->caller >= d->S || edge->callee < 0 || edge->callee >= d->S)
            rc = tend_fail(err, TEND_INPUT, "an edge from %d to %d, expected services 0 to %d",
                           edge->caller, edge->callee, d->S - 1);
        else if (lookup_pair(&seen, edge->caller, edge->callee) >= 0)
            rc = tend_fail(err, TEND_INPUT, "edge %s>%s twice, expected once",
                           d->services[edge->caller].name, d->services[edge->callee].name);
        else if (!lookup_add_pair(&seen, edge->caller, edge->callee, e))
            rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for a call graph");
    }
    lookup_free(&seen);
    return rc;
}

// "a > b > a" for the services on the stack from the one that `callee` closes onto
static tend_rc cycle(const tend_system *d, const int *edge, int depth, int callee, tend_err *err)
{
    str path = {0};
    int from = depth;
    while (from > 0 && d->edges[edge[from]].caller != callee)
        from--;
    for (int i = from; i <= depth && path.length < 300; i++) // enough to see it by
        str_format(&path, "%s > ", d->services[d->edges[edge[i]].caller].name);
    tend_rc rc = path.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory for a call graph")
                             : tend_fail(err, TEND_INPUT,
                                         "calls in a cycle: %s%s, expected an acyclic call graph",
                                         path.text, d->services[callee].name);
    str_free(&path);
    return rc;
}

// marks of the walk: on the path below the service being looked at, or all of it seen
enum { NEW, ON_PATH, DONE };

// depth-first walk from a service; edge[k] is the edge followed at depth k, tried from 0 upwards
static tend_rc walk(const tend_system *d, int from, unsigned char *mark, int *edge, place *at,
                    tend_err *err)
{
    int depth = 0, service = from; // no recursion: a chain may be as long as there are services
    edge[0] = -1;
    mark[from] = ON_PATH;
    while (depth >= 0) {
        int e = edge[depth] + 1;
        while (e < d->E && (d->edges[e].caller != service || mark[d->edges[e].callee] == DONE))
            e++;
        edge[depth] = e;
        // nothing left to follow: back to the caller
        if (e == d->E) {
            mark[service] = DONE;
            depth--;
            service = depth >= 0 ? d->edges[edge[depth]].caller : -1;
            continue;
        }
        service = d->edges[e].callee;
        at->index = e;
        // the path closes onto itself
        if (mark[service] == ON_PATH)
            return cycle(d, edge, depth, service, err);
        mark[service] = ON_PATH;
        edge[++depth] = -1;
    }
    return TEND_OK;
}

// Impact and traffic flow along the graph in one sweep, which a cycle has no order for.
static tend_rc check_cycles(const tend_system *d, place *at, tend_err *err)
{
    unsigned char *mark = calloc((size_t)d->S, 1);
    int *edge = calloc((size_t)d->S + 1, sizeof *edge);
    tend_rc rc = TEND_OK;
    if (!mark || !edge)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for a call graph");
    for (int s = 0; s < d->S && rc == TEND_OK; s++)
        if (mark[s] == NEW)
            rc = walk(d, s, mark, edge, at, err);
    free(mark);
    free(edge);
    return rc;
}

// Service and edge as the kind's row in words.h asks.
static bool good_target(const tend_system *d, const tend_action *a)
{
    tend_target at = tend_action_row(a->kind)->target;
    if (at == TEND_AT_NOTHING || at == TEND_AT_SYSTEM)
        return a->service == -1 && a->edge == -1;
    if (a->service < 0 || a->service >= d->S)
        return false;
    if (at == TEND_AT_EDGE)
        return a->edge >= 0 && a->edge < d->E && d->edges[a->edge].callee == a->service;
    return a->edge == -1 && (at != TEND_AT_CACHE || d->services[a->service].kind == TEND_CACHE);
}

// One action by itself; how it stands to the others is asked in check_once and check_undo.
static tend_rc check_action(const tend_system *d, int i, tend_err *err)
{
    const tend_action *a = &d->actions[i];
    const char *name = a->name ? a->name : "";
    if ((unsigned)a->kind >= TEND_ACTION_KINDS)
        return tend_fail(err, TEND_INPUT, "action %d: kind %d, expected 0 to %d", i, (int)a->kind,
                         TEND_ACTION_KINDS - 1);
    if ((a->kind == TEND_NOOP) != (i == 0))
        return tend_fail(err, TEND_INPUT, "action %d is %s, expected noop first and only there", i,
                         tend_action_kind_name(a->kind));
    if (strlen(name) > ACTION_NAME_MAX)
        return tend_fail(err, TEND_INPUT, "action %d: a name of %zu bytes, expected at most %d", i,
                         strlen(name), ACTION_NAME_MAX);
    if (!text_is_plain(name))
        return tend_fail(err, TEND_INPUT, "action name \"%s\", expected no control bytes", name);
    if (!good_target(d, a))
        return tend_fail(err, TEND_INPUT,
                         "action %d, %s: service %d and edge %d, expected the target of its kind, "
                         "-1 where it has none",
                         i, tend_action_kind_name(a->kind), a->service, a->edge);
    return TEND_OK;
}

typedef struct taken { // by the actions seen so far
    lookup deeds, names;
} taken;

// nothing is done by two actions, and no two have one name
static tend_rc check_once(const tend_system *d, int i, taken *t, tend_err *err)
{
    const tend_action *a = &d->actions[i];
    int target = a->edge >= 0 ? a->edge : a->service;
    int before = lookup_pair(&t->deeds, (int)a->kind, target);
    if (before >= 0) {
        char *label = system_action_label(d, a);
        tend_fail(err, TEND_INPUT, "%s twice among the actions, expected it once",
                  label ? label : "the same");
        free(label);
        return TEND_INPUT;
    }
    bool room = lookup_add_pair(&t->deeds, (int)a->kind, target, i);
    if (a->name && lookup_name(&t->names, a->name, strlen(a->name)) >= 0)
        return tend_fail(err, TEND_INPUT, "action \"%s\" twice, expected unique names", a->name);
    if (a->name)
        room &= lookup_add_name(&t->names, a->name, strlen(a->name), i);
    return room ? TEND_OK : tend_fail(err, TEND_NO_MEMORY, "out of memory for a list of actions");
}

// What disrupts the whole system until it is taken back needs what takes it back.
static tend_rc check_undo(const tend_action *a, const taken *t, tend_err *err)
{
    const tend_action_word *word = tend_action_row(a->kind);
    if (!word->disruptive || word->target != TEND_AT_SYSTEM || word->undo == TEND_NOOP)
        return TEND_OK;
    if (lookup_pair(&t->deeds, (int)word->undo, -1) >= 0)
        return TEND_OK;
    return tend_fail(err, TEND_INPUT, "a %s without %s, expected what ends it too", word->name,
                     tend_action_kind_name(word->undo));
}

// A list of its own; without one (A 0, or actions NULL) the usual actions are made.
static tend_rc check_actions(const tend_system *d, place *at, tend_err *err)
{
    taken t = {0};
    tend_rc rc = TEND_OK;
    *at = (place){"actions", -1};
    if (d->A < 0 || d->A > SYSTEM_ACTIONS_MOST)
        return tend_fail(err, TEND_INPUT, "%d actions, expected at most %d", d->A,
                         SYSTEM_ACTIONS_MOST);
    int count = d->actions ? d->A : 0;
    // an undo may stand before or behind what it undoes: asked when all are known
    for (int i = 0; i < count && rc == TEND_OK; i++) {
        at->index = i;
        rc = check_action(d, i, err);
        if (rc == TEND_OK)
            rc = check_once(d, i, &t, err);
    }
    for (int i = 0; i < count && rc == TEND_OK; i++) {
        at->index = i;
        rc = check_undo(&d->actions[i], &t, err);
    }
    lookup_free(&t.deeds);
    lookup_free(&t.names);
    return rc;
}

// In the order in which later checks rely on earlier ones; *at says where it stopped.
tend_rc system_check(const tend_system *d, place *at, tend_err *err)
{
    tend_rc rc = system_check_services(d, at, err);
    if (rc == TEND_OK)
        rc = check_metrics(d, at, err);
    if (rc == TEND_OK)
        rc = check_edges(d, at, err);
    if (rc == TEND_OK)
        rc = check_cycles(d, at, err);
    if (rc == TEND_OK)
        rc = check_actions(d, at, err);
    if (rc != TEND_OK)
        return rc;
    *at = (place){"name", -1};
    if (!d->name)
        return tend_fail(err, TEND_INPUT, "no name, expected one");
    if (!text_is_plain(d->name))
        return tend_fail(err, TEND_INPUT, "name \"%.40s\", expected no control characters",
                         d->name);
    *at = (place){"entry", -1};
    if (d->entry < 0 || d->entry >= d->S)
        return tend_fail(err, TEND_INPUT, "entry %d, expected a service", d->entry);
    *at = (place){"step_s", -1};
    if (!(d->step_s > 0 && d->step_s <= 86400))
        return tend_fail(err, TEND_INPUT, "step_s %g, expected more than 0, up to 86400",
                         d->step_s);
    *at = (place){"slo", -1};
    if (!(d->slo.p95_ms > 0 && isfinite(d->slo.p95_ms)))
        return tend_fail(err, TEND_INPUT, "p95_ms %g, expected more than 0", d->slo.p95_ms);
    if (!(d->slo.error_share > 0 && d->slo.error_share <= 1))
        return tend_fail(err, TEND_INPUT, "error_share %g, expected more than 0, up to 1",
                         d->slo.error_share);
    return TEND_OK;
}
