// SPDX-License-Identifier: GPL-3.0-or-later
// source_infer.c - a system description from nothing but the header of a metrics table.
#include "base/lookup.h"
#include "cases/metric_name.h"
#include "core/params.h"
#include "core/system_check.h"
#include "edge/source_csv.h"

#include <float.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLO_ROWS = 60 }; // rows taken for normal; more may reach into the incident, fewer are noise

enum { STEP_ROWS = 60 }; // gaps that tell the step; fewer: a few missing rows count too much

typedef struct draft {
    char **name; // [S]
    lookup services, calls;
    tend_service *service;
    tend_edge *edge;
    tend_metric metric[TEND_METRIC_KINDS];
    bool shown[TEND_METRIC_KINDS];
    int S, E, M;
} draft;

// instead of an index
enum { NO_MEMORY = -1, TOO_MANY = -2 };

// Index of the service, added when it is new.
static int service_of(draft *d, const char *name, size_t length)
{
    int s = lookup_name(&d->services, name, length);
    if (s >= 0)
        return s;
    if (d->S == SYSTEM_SERVICES_MOST)
        return TOO_MANY;
    d->name[d->S] = strndup(name, length);
    if (!d->name[d->S])
        return NO_MEMORY;
    d->S++; // the name is freed with the others
    return lookup_add_name(&d->services, d->name[d->S - 1], length, d->S - 1) ? d->S - 1
                                                                              : NO_MEMORY;
}

// 0, or a negative number that says why not.
static int add_call(draft *d, int caller, int callee)
{
    if (caller < 0 || callee < 0)
        return caller < callee ? caller : callee;
    if (lookup_pair(&d->calls, caller, callee) >= 0)
        return 0;
    if (d->E == SYSTEM_EDGES_MOST)
        return TOO_MANY;
    if (!lookup_add_pair(&d->calls, caller, callee, d->E))
        return NO_MEMORY;
    d->edge[d->E++] = (tend_edge){.caller = caller, .callee = callee};
    return 0;
}

static tend_rc added(int number, const char *file, tend_err *err)
{
    if (number == TOO_MANY)
        return tend_fail(err, TEND_INPUT,
                         "%s:1: too many services or calls, expected 1 to %d and at most %d", file,
                         SYSTEM_SERVICES_MOST, SYSTEM_EDGES_MOST);
    return number < 0 ? tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", file) : TEND_OK;
}

// A column's service, its call, and what it measures.
static tend_rc gather_column(draft *d, const csv_table *table, int column, const char *file,
                             tend_err *err)
{
    const char *name = table->name[column], *bar = strchr(name, '|');

    if (!bar || bar == name || !bar[1])
        return tend_fail(err, TEND_INPUT, "%s:1: column %d is \"%.80s\", expected service|metric",
                         file, column + 2, name);
    const char *arrow = memchr(name, '>', (size_t)(bar - name));
    if (bar - name == 3 && strncmp(name, "SLI", 3) == 0)
        return TEND_OK;
    int service = service_of(d, name, (size_t)((arrow ? arrow : bar) - name));
    if (arrow)
        return added(add_call(d, service, service_of(d, arrow + 1, (size_t)(bar - arrow - 1))),
                     file, err);
    metric_role role = metric_name_role(bar + 1, false);
    d->shown[role == METRIC_AVAILABILITY ? TEND_ERRORS : metric_role_kind(role)] = true;
    return added(service, file, err);
}

static tend_rc gather(draft *d, const csv_table *table, const csv_calls *calls, const char *file,
                      tend_err *err)
{
    tend_rc rc = TEND_OK;

    for (int i = 0; i < table->columns && rc == TEND_OK; i++)
        rc = gather_column(d, table, i, file, err);
    for (int i = 0; calls && i < calls->count && rc == TEND_OK; i++) {
        int caller = service_of(d, calls->caller[i], strlen(calls->caller[i]));
        int callee = service_of(d, calls->callee[i], strlen(calls->callee[i]));
        rc = added(add_call(d, caller, callee), file, err);
    }
    // every kind the table has something for
    for (int kind = 0; kind < TEND_METRIC_KINDS; kind++) {
        const tend_metric_word *word = tend_metric_row((tend_metric_kind)kind);
        if (d->shown[kind] && word->bad != TEND_BAD_UNKNOWN)
            d->metric[d->M++] = (tend_metric){word->column, word->unit, (tend_metric_kind)kind};
    }
    if (rc == TEND_OK && (d->S == 0 || d->M == 0))
        rc = tend_fail(err, TEND_INPUT,
                       "%s:1: no column shows a service's latency, errors, cpu, "
                       "memory, requests or saturation",
                       file);
    return rc;
}

// By name: diagnosis and playbooks tell caches and databases apart.
static tend_service_kind kind_of(const char *name)
{
    size_t length = strlen(name);

    if (strstr(name, "cache") || strstr(name, "redis") || strstr(name, "memcache"))
        return TEND_CACHE;
    if ((length >= 2 && strcmp(name + length - 2, "db") == 0) || strstr(name, "sql") ||
        strstr(name, "mongo") || strstr(name, "database"))
        return TEND_DATABASE;
    if (strstr(name, "queue") || strstr(name, "rabbit") || strstr(name, "kafka"))
        return TEND_QUEUE;
    return TEND_SERVICE;
}

// The service named, else of those nobody calls the one with the most calls.
static tend_rc find_entry(const draft *d, const char *entry, const char *file, int *out,
                          tend_err *err)
{
    int most = -1;

    // the one named, or an error with the nearest name
    if (entry) {
        for (*out = 0; *out < d->S; (*out)++)
            if (strcmp(d->name[*out], entry) == 0)
                return TEND_OK;
        const char **names = calloc((size_t)d->S + 1, sizeof *names);
        if (!names)
            return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", file);
        for (int s = 0; s < d->S; s++)
            names[s] = d->name[s];
        const char *near = nearest_name(entry, names);
        tend_rc rc =
            tend_fail(err, TEND_INPUT, "%s:1: no service \"%.80s\"%s%s%s", file, entry,
                      near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
        free(names);
        return rc;
    }
    // else the caller of most among those nobody calls; in a graph without calls the first service
    for (int s = 0; s < d->S; s++) {
        int calls = 0, called = 0;
        for (int e = 0; e < d->E; e++) {
            calls += d->edge[e].caller == s;
            called += d->edge[e].callee == s;
        }
        if (!called && calls > most) {
            most = calls;
            *out = s;
        }
    }
    return TEND_OK;
}

// Twice the usual: the first rows are taken for normal.
static tend_rc infer_slo(const csv_table *table, const char *name, const tend_system *system,
                         double *p95_ms, tend_err *err)
{
    double seen[SLO_ROWS];
    csv_source *source;
    tend_obs obs;
    size_t n = 0;
    tend_rc rc = source_csv_open(table, name, system, &source, err);

    if (rc != TEND_OK)
        return rc;
    tend_source s = source_csv(source);
    for (int i = 0; i < SLO_ROWS && s.next(s.self, &obs, err) == TEND_OK; i++)
        if (obs.entry_p95_ms > 0) // missing rows are no normal ones
            seen[n++] = obs.entry_p95_ms;
    source_csv_close(source);
    // ms; no latency of the entry: an objective nothing breaches
    *p95_ms = 1e6;
    if (n) {
        gsl_sort(seen, 1, n);
        *p95_ms = 2 * gsl_stats_median_from_sorted_data(seen, 1, n);
    }
    return isfinite(*p95_ms) ? TEND_OK
                             : tend_fail(err, TEND_INPUT,
                                         "%s: usual latency of %s is beyond %g ms, expected one an "
                                         "objective can be made of",
                                         name, system->services[system->entry].name, 0.5 * DBL_MAX);
}

// The usual time between the first rows: a row that is missing there must not double it.
static tend_rc infer_step(const csv_table *table, const char *name, double *step_s, tend_err *err)
{
    double gap[STEP_ROWS];
    size_t n = 0;

    for (int i = 1; i < table->rows && n < STEP_ROWS; i++)
        gap[n++] = table->time[i] - table->time[i - 1];
    if (n == 0)
        return TEND_OK;
    gsl_sort(gap, 1, n);
    *step_s = gap[(n - 1) / 2];
    return *step_s > 0 && *step_s <= 86400
               ? TEND_OK
               : tend_fail(err, TEND_INPUT,
                           "%s: rows are %.10g s apart, expected more than 0, up to a day", name,
                           *step_s);
}

// What no header tells is assumed: two replicas of one to four, 5 % of failures.
static tend_rc build(const draft *d, const csv_table *table, const char *name, const char *entry,
                     tend_system **out, tend_err *err)
{
    tend_system plan = {.name = "recorded",
                        .step_s = 1,
                        .S = d->S,
                        .M = d->M,
                        .E = d->E,
                        .services = d->service,
                        .metrics = d->metric,
                        .edges = d->edge,
                        .slo = {.p95_ms = 1e6, .error_share = 0.05}};
    tend_rc rc = find_entry(d, entry, name, &plan.entry, err);

    for (int s = 0; s < d->S; s++)
        d->service[s] = (tend_service){.name = d->name[s],
                                       .kind = kind_of(d->name[s]),
                                       .replicas = 2,
                                       .least_replicas = 1,
                                       .most_replicas = 4};
    if (rc == TEND_OK)
        rc = infer_step(table, name, &plan.step_s, err);
    if (rc == TEND_OK)
        rc = infer_slo(table, name, &plan, &plan.slo.p95_ms, err);
    if (rc == TEND_OK)
        rc = tend_system_build(&plan, out, err);
    return rc;
}

tend_rc source_csv_infer(const csv_table *table, const char *name, const csv_calls *calls,
                         const char *entry, tend_system **out, tend_err *err)
{
    size_t room = 2 * (size_t)(table->columns + (calls ? calls->count : 0));
    draft d = {.name = calloc(room, sizeof *d.name),
               .service = calloc(room, sizeof *d.service),
               .edge = calloc(room, sizeof *d.edge)};
    tend_rc rc = TEND_OK;

    *out = NULL;
    if (!d.name || !d.service || !d.edge)
        rc = tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", name);
    if (rc == TEND_OK)
        rc = gather(&d, table, calls, name, err);
    if (rc == TEND_OK)
        rc = build(&d, table, name, entry, out, err);
    for (int s = 0; d.name && s < d.S; s++)
        free(d.name[s]);
    free(d.name);
    free(d.service);
    free(d.edge);
    lookup_free(&d.services);
    lookup_free(&d.calls);
    return rc;
}
