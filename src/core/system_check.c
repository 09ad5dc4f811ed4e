// system_check.c - what must hold of every system description, read or put together by hand.
#include "core/system_check.h"

#include "base/str.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SERVICES_MAX = 2048, METRICS_MAX = 256, EDGES_MAX = 16384, NAME_MAX_BYTES = 200 };

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

typedef struct system_at place;

tend_rc system_check_services(const tend_system *d, place *at, tend_err *err)
{
    *at = (place){"services", -1};
    if (d->S < 1 || d->S > SERVICES_MAX)
        return tend_fail(err, TEND_INPUT, "%d services, expected 1 to %d", d->S, SERVICES_MAX);
    for (int s = 0; s < d->S; s++) {
        const tend_service *v = &d->services[s];
        at->index = s;
        if (!good_name(v->name))
            return tend_fail(err, TEND_INPUT,
                             "service name \"%.40s\", expected 1 to %d bytes without '|' and '>'",
                             v->name ? v->name : "", NAME_MAX_BYTES);
        for (int t = 0; t < s; t++)
            if (strcmp(d->services[t].name, v->name) == 0)
                return tend_fail(err, TEND_INPUT, "service \"%s\" twice, expected unique names",
                                 v->name);
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
    if (d->M < 1 || d->M > METRICS_MAX)
        return tend_fail(err, TEND_INPUT, "%d metrics, expected 1 to %d", d->M, METRICS_MAX);
    for (int m = 0; m < d->M; m++) {
        at->index = m;
        if (!good_name(d->metrics[m].name))
            return tend_fail(err, TEND_INPUT,
                             "metric name \"%.40s\", expected 1 to %d bytes without '|' and '>'",
                             d->metrics[m].name ? d->metrics[m].name : "", NAME_MAX_BYTES);
        for (int n = 0; n < m; n++)
            if (strcmp(d->metrics[n].name, d->metrics[m].name) == 0)
                return tend_fail(err, TEND_INPUT, "metric \"%s\" twice, expected unique names",
                                 d->metrics[m].name);
    }
    return TEND_OK;
}

static tend_rc check_edges(const tend_system *d, place *at, tend_err *err)
{
    *at = (place){"edges", -1};
    if (d->E < 0 || d->E > EDGES_MAX)
        return tend_fail(err, TEND_INPUT, "%d edges, expected at most %d", d->E, EDGES_MAX);
    for (int e = 0; e < d->E; e++) {
        const tend_edge *edge = &d->edges[e];
        at->index = e;
        if (edge->caller < 0 || edge->caller >= d->S || edge->callee < 0 || edge->callee >= d->S)
            return tend_fail(err, TEND_INPUT, "an edge from %d to %d, expected services 0 to %d",
                             edge->caller, edge->callee, d->S - 1);
        for (int f = 0; f < e; f++)
            if (d->edges[f].caller == edge->caller && d->edges[f].callee == edge->callee)
                return tend_fail(err, TEND_INPUT, "edge %s>%s twice, expected once",
                                 d->services[edge->caller].name, d->services[edge->callee].name);
    }
    return TEND_OK;
}

// "a > b > a" for the services on the stack from the one that `callee` closes onto
static tend_rc cycle(const tend_system *d, const int *edge, int depth, int callee, tend_err *err)
{
    str path = {0};
    int from = depth;
    while (from > 0 && d->edges[edge[from]].caller != callee)
        from--;
    for (int i = from; i <= depth && path.length < 300; i++)
        str_format(&path, "%s > ", d->services[d->edges[edge[i]].caller].name);
    tend_rc rc = path.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory for a call graph")
                             : tend_fail(err, TEND_INPUT,
                                         "calls in a cycle: %s%s, expected an acyclic call graph",
                                         path.text, d->services[callee].name);
    str_free(&path);
    return rc;
}

enum { NEW, ON_PATH, DONE };

// depth-first walk from a service; edge[k] is the edge followed at depth k, tried from 0 upwards
static tend_rc walk(const tend_system *d, int from, unsigned char *mark, int *edge, place *at,
                    tend_err *err)
{
    int depth = 0, service = from;
    edge[0] = -1;
    mark[from] = ON_PATH;
    while (depth >= 0) {
        int e = edge[depth] + 1;
        while (e < d->E && (d->edges[e].caller != service || mark[d->edges[e].callee] == DONE))
            e++;
        edge[depth] = e;
        if (e == d->E) {
            mark[service] = DONE;
            depth--;
            service = depth >= 0 ? d->edges[edge[depth]].caller : -1;
            continue;
        }
        service = d->edges[e].callee;
        at->index = e;
        if (mark[service] == ON_PATH)
            return cycle(d, edge, depth, service, err);
        mark[service] = ON_PATH;
        edge[++depth] = -1;
    }
    return TEND_OK;
}

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

tend_rc system_check(const tend_system *d, place *at, tend_err *err)
{
    tend_rc rc = system_check_services(d, at, err);
    if (rc == TEND_OK)
        rc = check_metrics(d, at, err);
    if (rc == TEND_OK)
        rc = check_edges(d, at, err);
    if (rc == TEND_OK)
        rc = check_cycles(d, at, err);
    if (rc != TEND_OK)
        return rc;
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
