// SPDX-License-Identifier: GPL-3.0-or-later
// source_csv.c - columns to cells, row by row.
#include "edge/source_csv.h"

#include "base/lookup.h"
#include "cases/metric_name.h"
#include "core/params.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Where the cells of a column go.
typedef enum slot_kind {
    SLOT_NONE,
    SLOT_VALUE,
    SLOT_EDGE,
    SLOT_READY,
    SLOT_AGE,
    SLOT_USERS
} slot_kind;

typedef struct csv_slot {
    slot_kind kind;
    int at;          // cell; of users, 0 latency, 1 errors
    double scale;    // value x scale ...
    bool from_share; // ... and 1 - that: availability -> errors
    bool counter;    // what it grew by since the row before
} csv_slot;

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);

    return a >= b && strcmp(text + a - b, end) == 0;
}

static double cell_of(const csv_table *t, int column, int row)
{
    return t->value[(size_t)column * (size_t)t->rows + (size_t)row];
}

// First value there is, NAN without one.
static double first_value(const csv_table *t, int column)
{
    for (int i = 0; i < t->rows; i++)
        if (!isnan(cell_of(t, column, i)))
            return cell_of(t, column, i);
    return (double)NAN;
}

static double most_value(const csv_table *t, int column)
{
    double most = 0;

    for (int i = 0; i < t->rows; i++)
        if (cell_of(t, column, i) > most)
            most = cell_of(t, column, i);
    return most;
}

// By the name's ending, else by size: a first value up to 20 is taken for seconds, above for ms.
static double ms_scale(const csv_table *t, int column, const char *metric)
{
    if (ends_with(metric, "ms") || strstr(metric, "_ms_"))
        return 1;
    if (ends_with(metric, "_us"))
        return 1e-3;
    return ends_with(metric, "_s") || !(first_value(t, column) > 20) ? 1e3 : 1;
}

// From the recorded unit to ms or a share.
static double unit_scale(const csv_table *t, int column, const char *metric, metric_role role)
{
    const char *unit = tend_metric_row(metric_role_kind(role))->unit;
    double most = most_value(t, column), first = first_value(t, column);

    if (role == METRIC_CLIENT_LATENCY || role == METRIC_SERVER_LATENCY || strcmp(unit, "ms") == 0)
        return ms_scale(t, column, metric);
    if (role == METRIC_MEMORY) // bytes have no limit beside them: twice the first value is full
        return most <= 1.5 ? 1 : most <= 100 ? 0.01 : first > 0 ? 0.5 / first : 1;
    if (role == METRIC_AVAILABILITY || strcmp(unit, "share") == 0)
        return most > 1.5 ? 0.01 : 1;
    return 1;
}

// What matching needs to know of a system, so that a wide header is matched in one pass.
typedef struct matcher {
    csv_source *source;
    const char *file;
    lookup services, edges;
    int *holder; // [S][M] column that fills the cell, -1 none
    int latency; // column of the users' latency, -1 none
} matcher;

// The name in the file is a part of a column's, hence the copy.
static tend_rc unknown_service(const tend_system *system, const char *file, const char *name,
                               size_t length, tend_err *err)
{
    char text[128];
    const char **names = calloc((size_t)system->S + 1, sizeof *names);

    if (!names)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", file);
    length = length < sizeof text ? length : sizeof text - 1;
    memcpy(text, name, length);
    text[length] = 0;
    for (int s = 0; s < system->S; s++)
        names[s] = system->services[s].name;
    const char *near = nearest_name(text, names);
    tend_rc rc =
        tend_fail(err, TEND_INPUT, "%s:1: service \"%s\", expected one of the system's%s%s%s", file,
                  text, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    free(names);
    return rc;
}

// how far a statistic is from the p95
static int distance(const char *metric)
{
    return abs(metric_name_statistic(metric) - 4);
}

static void match_service(matcher *x, int column, int service, const char *metric)
{
    csv_source *c = x->source;
    const tend_system *system = c->system;
    csv_slot *slot = &c->slot[column];
    metric_role role = metric_name_role(metric, false);
    int m = tend_system_metric(system, metric);
    bool own_name = m >= 0; // the system's own column outranks what a name hints at

    // no metrics of words.h: replicas that are ready, and the age of the version in ticks
    if (strcmp(metric, "ready") == 0 || strcmp(metric, "deploy_age") == 0) {
        *slot = (csv_slot){*metric == 'r' ? SLOT_READY : SLOT_AGE, service, 1, false, false};
        return;
    }
    if (own_name) { // the very column: its unit is the system's, unless a share exceeds one
        bool share = strcmp(system->metrics[m].unit, "share") == 0;
        double scale = share ? unit_scale(c->table, column, metric, role) : 1;
        *slot = (csv_slot){SLOT_VALUE, service * system->M + m, scale, false, false};
    } else {
        tend_metric_kind kind = role == METRIC_AVAILABILITY ? TEND_ERRORS : metric_role_kind(role);
        m = role == METRIC_IGNORED || kind == TEND_OTHER ? -1 : tend_system_column(system, kind);
        if (m < 0)
            return;
        *slot = (csv_slot){SLOT_VALUE, service * system->M + m,
                           unit_scale(c->table, column, metric, role), role == METRIC_AVAILABILITY,
                           role == METRIC_RESTARTS && metric_name_is_counter(metric)};
    }
    // of several columns that measure the same, the p95 or the next most telling
    int *holder = &x->holder[slot->at];
    if (*holder >= 0) {
        const char *rival = strchr(c->table->name[*holder], '|') + 1;
        bool closer = tend_system_metric(system, rival) < 0 &&
                      (own_name || distance(metric) < distance(rival));
        // the one left out is counted as ignored, and said
        c->slot[closer ? *holder : column].kind = SLOT_NONE;
        if (!closer)
            return;
    }
    *holder = column;
}

// Columns of "SLI": what users see, in place of the entry's own.
static void match_users(matcher *x, int column, const char *metric)
{
    csv_source *c = x->source;
    metric_role role = metric_name_role(metric, false);
    double scale = unit_scale(c->table, column, metric, role);

    if (role == METRIC_ERRORS || role == METRIC_AVAILABILITY)
        c->slot[column] = (csv_slot){SLOT_USERS, 1, scale, role == METRIC_AVAILABILITY, false};
    if (role != METRIC_LATENCY)
        return;
    if (x->latency >= 0) {
        if (distance(metric) >= distance(strchr(c->table->name[x->latency], '|') + 1))
            return;
        c->slot[x->latency].kind = SLOT_NONE;
    }
    c->slot[column] = (csv_slot){SLOT_USERS, 0, scale, false, false};
    x->latency = column;
}

// The service called name[0..length): its index in *out, or an error.
static tend_rc service_named(const matcher *x, const char *name, size_t length, int *out,
                             tend_err *err)
{
    *out = lookup_name(&x->services, name, length);
    return *out >= 0 ? TEND_OK : unknown_service(x->source->system, x->file, name, length, err);
}

// A column finds its cell, or stays without one; only a service or call unknown is an error.
static tend_rc match_column(matcher *x, int column, tend_err *err)
{
    csv_source *c = x->source;
    const char *name = c->table->name[column], *bar = strchr(name, '|');
    int service, callee;

    if (!bar || bar == name || !bar[1])
        return tend_fail(err, TEND_INPUT, "%s:1: column %d is \"%.80s\", expected service|metric",
                         x->file, column + 2, name);
    const char *arrow = memchr(name, '>', (size_t)(bar - name));
    // "SLI": the users' own latency and errors
    if (bar - name == 3 && strncmp(name, "SLI", 3) == 0) {
        match_users(x, column, bar + 1);
        return TEND_OK;
    }
    tend_rc rc = service_named(x, name, (size_t)((arrow ? arrow : bar) - name), &service, err);
    if (rc == TEND_OK && !arrow)
        match_service(x, column, service, bar + 1);
    if (rc != TEND_OK || !arrow)
        return rc;
    rc = service_named(x, arrow + 1, (size_t)(bar - arrow - 1), &callee, err);
    if (rc != TEND_OK)
        return rc;
    int edge = lookup_pair(&x->edges, service, callee);
    metric_role role = metric_name_role(bar + 1, true);
    if (edge < 0)
        return tend_fail(err, TEND_INPUT, "%s:1: column \"%.80s\": the system has no such call",
                         x->file, name);
    // what else is measured of a call has no cell
    if (role == METRIC_CLIENT_LATENCY || role == METRIC_SERVER_LATENCY)
        c->slot[column] = (csv_slot){SLOT_EDGE, 2 * edge + (role == METRIC_SERVER_LATENCY),
                                     unit_scale(c->table, column, bar + 1, role), false, false};
    return TEND_OK;
}

// Every column in turn; two that want one cell settle it between themselves (match_service).
static tend_rc match_columns(csv_source *c, const char *file, tend_err *err)
{
    const tend_system *system = c->system;
    matcher x = {.source = c, .file = file, .latency = -1};
    size_t cells = (size_t)system->S * (size_t)system->M;
    tend_rc rc = TEND_OK;
    bool memory = (x.holder = malloc(cells * sizeof *x.holder)) != NULL;

    for (size_t i = 0; memory && i < cells; i++)
        x.holder[i] = -1;
    for (int s = 0; s < system->S && memory; s++) {
        const char *name = system->services[s].name;
        memory = lookup_add_name(&x.services, name, strlen(name), s);
    }
    for (int e = 0; e < system->E && memory; e++)
        memory = lookup_add_pair(&x.edges, system->edges[e].caller, system->edges[e].callee, e);
    if (!memory)
        rc = tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", file);
    for (int i = 0; i < c->table->columns && rc == TEND_OK; i++)
        rc = match_column(&x, i, err);
    free(x.holder);
    lookup_free(&x.services);
    lookup_free(&x.edges);
    return rc;
}

// What was found and what cannot be seen, so that a replay can say so before it begins.
static void take_stock(csv_source *c)
{
    const tend_system *system = c->system;
    int latency = tend_system_column(system, TEND_LATENCY);
    int errors = tend_system_column(system, TEND_ERRORS);

    c->cells = system->S * system->M;
    for (int i = 0; i < c->table->columns; i++) {
        const csv_slot *slot = &c->slot[i];
        c->ignored += slot->kind == SLOT_NONE;
        if (slot->kind == SLOT_VALUE) {
            c->matched++;
            c->found[slot->at] = true;
            c->sees_latency |= slot->at == system->entry * system->M + latency;
            c->sees_errors |= slot->at == system->entry * system->M + errors;
        }
        if (slot->kind == SLOT_USERS) {
            c->sees_latency |= slot->at == 0;
            c->sees_errors |= slot->at == 1;
        }
    }
}

// A cell in the system's unit; NAN where it is missing.
static double converted(const csv_source *c, int column, int row)
{
    const csv_slot *slot = &c->slot[column];
    double x = cell_of(c->table, column, row);

    if (slot->counter) // per tick, however many have passed
        x = row > 0 ? metric_count_grown(cell_of(c->table, column, row - 1), x) /
                          (double)(c->tick[row] - c->tick[row - 1])
                    : (double)NAN;
    return slot->from_share ? 1 - x * slot->scale : x * slot->scale;
}

// A recording has gaps; one that has a row for less than two steps of three is another step's, or
// two recordings. Larger: a wrong step_s passes, and the agent sees mostly nothing.
#define MISSING_MOST 0.5 // steps without a row, per row

// The tick of every row, by the steps from the row before: what clocks drift adds up to nothing.
static tend_rc place_rows(csv_source *c, const char *file, tend_err *err)
{
    const csv_table *t = c->table;
    double step = c->system->step_s, most = MISSING_MOST * t->rows;

    c->tick[0] = 0;
    for (int i = 1; i < t->rows; i++) {
        double gap = t->time[i] - t->time[i - 1], steps = floor(gap / step + 0.5);
        if (steps < 1)
            return tend_fail(err, TEND_INPUT,
                             "%s: time %.10g is %.4g s after the row before, expected the system's "
                             "step of %.4g s",
                             file, t->time[i], gap, step);
        if ((double)(c->tick[i - 1] - (i - 1)) + steps - 1 >= most)
            return tend_fail(err, TEND_INPUT,
                             "%s: time %.10g is %.4g s after the row before, expected about a step "
                             "of %.4g s and gaps of less than half as many steps as there are rows",
                             file, t->time[i], gap, step);
        c->tick[i] = c->tick[i - 1] + (int64_t)steps;
    }
    return TEND_OK;
}

// As the reader refuses a cell that is no finite number: 1e308 s are none in ms.
static tend_rc check_units(const csv_source *c, const char *file, tend_err *err)
{
    const csv_table *t = c->table;

    for (int i = 0; i < t->columns; i++)
        for (int row = 0; row < t->rows && c->slot[i].kind != SLOT_NONE; row++)
            if (isinf(converted(c, i, row)))
                return tend_fail(err, TEND_INPUT,
                                 "%s: %.80s at time %.10g is %g, expected a number below 1.8e308 "
                                 "in the unit of the system too",
                                 file, t->name[i], t->time[row], cell_of(t, i, row));
    return TEND_OK;
}

tend_rc source_csv_open(const csv_table *table, const char *name, const tend_system *system,
                        csv_source **out, tend_err *err)
{
    csv_source *c = calloc(1, sizeof *c);
    size_t S = (size_t)system->S, M = (size_t)system->M, E = (size_t)system->E;
    tend_rc rc = TEND_OK;

    *out = NULL;
    if (c) {
        c->system = system;
        c->table = table;
        c->slot = calloc((size_t)table->columns, sizeof *c->slot);
        c->value = malloc(S * M * sizeof *c->value);
        c->edge = malloc((2 * E + 1) * sizeof *c->edge);
        c->ready = malloc(S * sizeof *c->ready);
        c->deploy_age = malloc(S * sizeof *c->deploy_age);
        c->found = calloc(S * M, sizeof *c->found);
        c->tick = malloc((size_t)table->rows * sizeof *c->tick);
    }
    if (!c || !c->slot || !c->value || !c->edge || !c->ready || !c->deploy_age || !c->found ||
        !c->tick)
        rc = tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", name);
    if (rc == TEND_OK)
        rc = match_columns(c, name, err);
    if (rc == TEND_OK)
        rc = place_rows(c, name, err);
    if (rc == TEND_OK)
        rc = check_units(c, name, err);
    if (rc == TEND_OK)
        take_stock(c);
    // nothing to look at: more likely the wrong file than a quiet system
    if (rc == TEND_OK && c->matched == 0)
        rc = tend_fail(err, TEND_INPUT,
                       "%s:1: no column shows a metric of the system, expected "
                       "some such as \"%s|%s\"",
                       name, system->services[0].name, system->metrics[0].name);
    if (rc == TEND_OK)
        *out = c;
    else
        source_csv_close(c);
    return rc;
}

void source_csv_close(csv_source *source)
{
    if (!source)
        return;
    free(source->slot);
    free(source->value);
    free(source->edge);
    free(source->ready);
    free(source->deploy_age);
    free(source->found);
    free(source->tick);
    free(source);
}

static void unknown(double *to, int count)
{
    for (int i = 0; i < count; i++)
        to[i] = (double)NAN;
}

// Everything is unknown until a column says otherwise, and in a step without a row.
static void fill_row(csv_source *c)
{
    double users[2] = {(double)NAN, (double)NAN};
    bool here = c->tick[c->row] == c->now;

    unknown(c->value, c->cells);
    unknown(c->edge, 2 * c->system->E);
    unknown(c->ready, c->system->S);
    unknown(c->deploy_age, c->system->S);
    for (int i = 0; here && i < c->table->columns; i++) {
        const csv_slot *slot = &c->slot[i];
        double x = converted(c, i, c->row);
        if (slot->kind == SLOT_VALUE)
            c->value[slot->at] = x;
        else if (slot->kind == SLOT_EDGE)
            c->edge[slot->at] = x;
        else if (slot->kind == SLOT_READY)
            c->ready[slot->at] = x;
        else if (slot->kind == SLOT_AGE)
            c->deploy_age[slot->at] = x;
        else if (slot->kind == SLOT_USERS)
            users[slot->at] = x;
    }
    c->users_latency = users[0];
    c->users_errors = users[1];
    c->row += here;
}

// What users see, else what the entry says of itself.
static double entry_value(const csv_source *c, tend_metric_kind kind, double users)
{
    int m = tend_system_column(c->system, kind);

    return isnan(users) && m >= 0 ? c->value[c->system->entry * c->system->M + m] : users;
}

static tend_rc next(void *self, tend_obs *out, tend_err *err)
{
    csv_source *c = self;
    const tend_slo *slo = &c->system->slo;

    (void)err;
    if (c->row == c->table->rows)
        return TEND_END;
    fill_row(c); // arrays live until the next row
    *out = (tend_obs){.size = sizeof *out,
                      .tick = c->now,
                      .value = c->value,
                      .edge = c->edge,
                      .ready = c->ready,
                      .deploy_age = c->deploy_age,
                      .entry_p95_ms = entry_value(c, TEND_LATENCY, c->users_latency),
                      .entry_errors = entry_value(c, TEND_ERRORS, c->users_errors),
                      .refused = (double)NAN};
    // NAN is not above: what is not seen is no breach
    out->breach = out->entry_p95_ms > slo->p95_ms || out->entry_errors > slo->error_share;
    c->now++;
    return TEND_OK;
}

int64_t source_csv_ticks(const csv_source *source)
{
    return source->tick[source->table->rows - 1] + 1;
}

double source_csv_time(const csv_source *source, int64_t tick)
{
    int low = 0, high = source->table->rows - 1;

    // the last row that is not later
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (source->tick[middle] <= tick)
            low = middle;
        else
            high = middle - 1;
    }
    return source->table->time[low] + (double)(tick - source->tick[low]) * source->system->step_s;
}

tend_source source_csv(csv_source *source)
{
    return (tend_source){.self = source, .next = next};
}
