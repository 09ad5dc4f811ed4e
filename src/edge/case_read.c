// SPDX-License-Identifier: GPL-3.0-or-later
// case_read.c - case.json and the CSV files it names.
#include "edge/case_read.h"

#include "base/lookup.h"
#include "base/str.h"
#include "base/text.h"
#include "core/json.h"
#include "core/params.h"
#include "core/system_check.h"
#include "edge/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CASE_BYTES_MOST ((size_t)1 << 20) // 1 MiB: a case.json names files, it holds no metrics

static const key_row keys[] = {
    {"case", "text", KEY_NO_RANGE, "required", "what the incident is called"},
    {"dataset", "text", KEY_NO_RANGE, "none", "the set it belongs to"},
    {"step_s", "number", {1e-3, 1e6}, "unknown", "seconds between two rows"},
    {"normal", "text", KEY_NO_RANGE, "none",
     "CSV of rows before the incident; without it the onset is searched"},
    {"abnormal", "text", KEY_NO_RANGE, "required", "CSV of the incident"},
    {"graph", "text", KEY_NO_RANGE, "none", "CSV of calls: caller,callee"},
    {"onset_row", "integer", KEY_NO_RANGE, "searched",
     "the first row of `abnormal` that is abnormal, from 0"},
    {"onset_time", "number", KEY_NO_RANGE, "unknown", "the same as a time; for readers"},
    {"target", "object", KEY_NO_RANGE, "unknown", "where the symptom was noticed"},
    {.name = NULL},
};

static const key_row target_keys[] = {
    {"service", "text", KEY_NO_RANGE, "unknown", "the service that showed it"},
    {"metric", "text", KEY_NO_RANGE, "unknown", "the metric that did"},
    {.name = NULL},
};

const key_row *case_keys(void)
{
    return keys;
}

const key_row *case_target_keys(void)
{
    return target_keys;
}

// "dir/case.json" + "../normal.csv" -> "dir/../normal.csv"
static char *beside(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    str s = {0};

    if (slash && *name != '/')
        str_add_bytes(&s, path, (size_t)(slash - path) + 1);
    str_add(&s, name);
    if (s.failed)
        str_free(&s);
    return s.text;
}

// A folder stands for the case.json in it.
static char *case_path(const char *path)
{
    size_t length = strlen(path);
    str s = {0};

    str_add(&s, path);
    if (length < 5 || strcmp(path + length - 5, ".json") != 0) {
        if (length && path[length - 1] != '/')
            str_char(&s, '/');
        str_add(&s, "case.json");
    }
    if (s.failed)
        str_free(&s);
    return s.text;
}

// Foreign files carry keys of their own; one that looks like a slip of ours is an error.
static tend_rc check_keys(const cJSON *json, const char *path, err_list *all, tend_err *err)
{
    const char *known[KEYS_MOST + 1];
    const cJSON *item;
    tend_rc rc = TEND_OK;

    key_names(keys, known);
    if (!cJSON_IsObject(json))
        return tend_fail(err, TEND_INPUT, "%s:1: not an object, expected {\"case\": ...}", path);
    cJSON_ArrayForEach(item, json)
    {
        if (rc != TEND_OK)
            return rc;
        // a key unlike any of ours is somebody else's and is let be
        bool exact = false;
        for (int i = 0; known[i]; i++)
            exact |= strcmp(item->string, known[i]) == 0;
        const char *nearest = exact ? NULL : nearest_name(item->string, known);
        if (nearest)
            rc = err_note(all,
                          tend_fail(err, TEND_INPUT, "%s: unknown key \"%.60s\", expected \"%s\"?",
                                    path, item->string, nearest),
                          err);
    }
    return rc;
}

// Text or null; a null or absent member leaves *out NULL.
static tend_rc text_or_null(const cJSON *json, const char *key, const char *path, const char **out,
                            tend_err *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);

    *out = NULL;
    if (!item || cJSON_IsNull(item))
        return TEND_OK;
    if (!cJSON_IsString(item) || !item->valuestring[0])
        return tend_fail(err, TEND_INPUT, "%s: %s is %s, expected a name or null", path, key,
                         cJSON_IsString(item) ? "empty" : "no text");
    if (!text_is_plain(item->valuestring))
        return tend_fail(err, TEND_INPUT, "%s: %s \"%.80s\", expected no control characters", path,
                         key, item->valuestring);
    *out = item->valuestring;
    return TEND_OK;
}

static char *copy(const char *text)
{
    return strdup(text ? text : "");
}

// Cases of one set share a file of normal rows: the last one read is kept.
static tend_rc read_normal(const char *path, case_cache *cache, tend_err *err)
{
    if (cache->path && strcmp(cache->path, path) == 0)
        return TEND_OK;
    case_cache_free(cache);
    tend_rc rc = csv_table_read(path, CSV_TIMES_REPEAT, &cache->table, err);
    if (rc != TEND_OK)
        return rc;
    cache->path = copy(path);
    return cache->path ? TEND_OK : tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
}

// What a case names so far, and where the next name's bytes go.
typedef struct naming {
    incident *c;
    const char *path;
    lookup services, edges;
    char *at;
} naming;

// Index of name[0..length) among the services, added when it is new; -1: too many, or no memory.
static int service_index(naming *n, const char *name, size_t length)
{
    incident *c = n->c;
    int s = lookup_name(&n->services, name, length);

    if (s >= 0 || c->window.S == SYSTEM_SERVICES_MOST)
        return s;
    memcpy(n->at, name, length);
    n->at[length] = 0;
    if (!lookup_add_name(&n->services, n->at, length, c->window.S))
        return -1;
    c->service[c->window.S] = n->at;
    n->at += length + 1;
    return c->window.S++;
}

// Index of a call, added when it is new; -1: an end is unknown, too many, or no memory.
static int edge_index(naming *n, int caller, int callee)
{
    incident *c = n->c;
    int e = lookup_pair(&n->edges, caller, callee);

    if (e >= 0 || caller < 0 || callee < 0 || c->window.E == SYSTEM_EDGES_MOST ||
        !lookup_add_pair(&n->edges, caller, callee, c->window.E))
        return e;
    c->edges[c->window.E] = (tend_edge){.caller = caller, .callee = callee};
    return c->window.E++;
}

// why an index could not be given
static tend_rc not_added(const naming *n, tend_err *err)
{
    if (n->c->window.S == SYSTEM_SERVICES_MOST || n->c->window.E == SYSTEM_EDGES_MOST)
        return tend_fail(err, TEND_INPUT, "%s: more than %d services or %d calls", n->path,
                         SYSTEM_SERVICES_MOST, SYSTEM_EDGES_MOST);
    return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", n->path);
}

// Splits "service|metric" or "caller>callee|metric" into what it measures and of whom.
static tend_rc read_column(naming *n, int index, tend_err *err)
{
    incident *c = n->c;
    const char *path = n->path;
    const char *name = c->abnormal->name[index];
    const char *bar = strchr(name, '|'), *arrow;
    window_column *column = &c->column[index];

    if (!bar || bar == name || !bar[1])
        return tend_fail(err, TEND_INPUT, "%s:1: column %d is \"%.80s\", expected service|metric",
                         path, index + 2, name);
    arrow = memchr(name, '>', (size_t)(bar - name));
    *column = (window_column){.name = name,
                              .service = -1,
                              .edge = -1,
                              .role = metric_name_role(bar + 1, arrow != NULL),
                              .statistic = metric_name_statistic(bar + 1),
                              .per_step = 1};
    // a rate is per second: times the step it is what a row counts
    if (metric_name_is_rate(bar + 1) && c->step_s > 0)
        column->per_step = c->step_s;
    if (arrow) {
        if (arrow == name || arrow + 1 == bar)
            return tend_fail(err, TEND_INPUT,
                             "%s:1: column %d is \"%.80s\", expected caller>callee|metric", path,
                             index + 2, name);
        int caller = service_index(n, name, (size_t)(arrow - name));
        int callee = service_index(n, arrow + 1, (size_t)(bar - arrow - 1));
        // a call to itself has no place in an acyclic graph
        if (caller == callee && caller >= 0)
            return tend_fail(err, TEND_INPUT,
                             "%s:1: column %d is \"%.80s\", expected two different services", path,
                             index + 2, name);
        column->edge = edge_index(n, caller, callee);
        return column->edge < 0 ? not_added(n, err) : TEND_OK;
    }
    // "SLI": what users see, of no service
    if (bar - name == 3 && strncmp(name, "SLI", 3) == 0)
        return TEND_OK;
    column->service = service_index(n, name, (size_t)(bar - name));
    return column->service < 0 ? not_added(n, err) : TEND_OK;
}

// Services and edges in the order the columns of one file and the graph of another name them.
static tend_rc name_everything(incident *c, const char *path, const char *graph, tend_err *err)
{
    // upper bounds: a column names two services at most, and every name fits what was read
    size_t columns = (size_t)c->abnormal->columns, bytes = 1;
    size_t calls = c->calls ? (size_t)c->calls->count : 0;
    tend_rc rc = TEND_OK;

    for (size_t i = 0; i < columns; i++)
        bytes += strlen(c->abnormal->name[i]) + 2;
    for (size_t i = 0; i < calls; i++)
        bytes += strlen(c->calls->caller[i]) + strlen(c->calls->callee[i]) + 2;
    c->service = calloc(2 * (columns + calls), sizeof *c->service);
    c->edges = calloc(columns + calls, sizeof *c->edges);
    c->column = calloc(columns, sizeof *c->column);
    c->names = malloc(bytes);
    if (!c->service || !c->edges || !c->column || !c->names)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
    naming n = {.c = c, .path = path, .at = c->names};
    for (int i = 0; i < c->abnormal->columns && rc == TEND_OK; i++)
        rc = read_column(&n, i, err);
    n.path = graph;
    for (size_t i = 0; i < calls && rc == TEND_OK; i++) {
        const char *caller = c->calls->caller[i], *callee = c->calls->callee[i];
        int from = service_index(&n, caller, strlen(caller));
        if (edge_index(&n, from, service_index(&n, callee, strlen(callee))) < 0)
            rc = not_added(&n, err);
    }
    lookup_free(&n.services);
    lookup_free(&n.edges);
    return rc;
}

// Which column of the normal file stands for each of the abnormal one, -1 for none.
static tend_rc match_normal(const csv_table *abnormal, const csv_table *normal, const char *path,
                            int *column, tend_err *err)
{
    lookup names = {0};
    bool memory = true;

    for (int i = 0; normal && i < normal->columns && memory; i++)
        memory = lookup_add_name(&names, normal->name[i], strlen(normal->name[i]), i);
    for (int i = 0; i < abnormal->columns; i++)
        column[i] = lookup_name(&names, abnormal->name[i], strlen(abnormal->name[i]));
    lookup_free(&names);
    return memory ? TEND_OK : tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
}

// Normal rows first, then the abnormal file's, column by column.
static tend_rc join(incident *c, const csv_table *normal, const char *path, tend_err *err)
{
    size_t before = normal ? (size_t)normal->rows : 0, after = (size_t)c->abnormal->rows;
    size_t rows = before + after;
    int *column = malloc((size_t)c->abnormal->columns * sizeof *column);

    c->value = malloc((size_t)c->abnormal->columns * rows * sizeof *c->value);
    tend_rc rc = c->value && column ? match_normal(c->abnormal, normal, path, column, err)
                                    : tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
    for (int i = 0; i < c->abnormal->columns && rc == TEND_OK; i++) {
        double *to = c->value + (size_t)i * rows;
        if (normal && column[i] >= 0)
            memcpy(to, normal->value + (size_t)column[i] * before, before * sizeof *to);
        // a column the normal file lacks was not seen then
        for (size_t j = 0; column[i] < 0 && j < before; j++)
            to[j] = (double)NAN;
        memcpy(to + before, c->abnormal->value + (size_t)i * after, after * sizeof *to);
        c->column[i].value = to;
    }
    free(column);
    c->normal_rows = (int)before;
    c->window.rows = (int)rows;
    c->window.fresh = (int)before;
    c->window.columns = c->abnormal->columns;
    c->window.service = c->service;
    c->window.edges = c->edges;
    c->window.step_s = c->step_s;
    c->window.column = c->column;
    return rc;
}

// The row from which things are abnormal, if the case knows; -1 has it searched.
static tend_rc read_onset(incident *c, const cJSON *json, const char *path, tend_err *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, "onset_row");

    c->window.split = -1; // to be searched
    if (!item || cJSON_IsNull(item))
        return TEND_OK;
    int last = c->abnormal->rows - 1;
    if (!cJSON_IsNumber(item))
        return tend_fail(err, TEND_INPUT,
                         "%s: onset_row is no number, expected a row from 0 to %d or null", path,
                         last);
    if (item->valuedouble < 0 || item->valuedouble > last ||
        item->valuedouble != floor(item->valuedouble))
        return tend_fail(err, TEND_INPUT, "%s: onset_row %g, expected a row from 0 to %d or null",
                         path, item->valuedouble, last);
    int split = c->normal_rows + (int)item->valuedouble;
    if (split > 0) // nothing before it would be no split
        c->window.split = split;
    return TEND_OK;
}

// Where the symptom was noticed; a service no column names is as good as none.
static tend_rc read_target(incident *c, const cJSON *json, const char *path, tend_err *err)
{
    const cJSON *target = cJSON_GetObjectItemCaseSensitive(json, "target");
    const char *service, *metric;

    c->window.target_service = -1;
    c->window.target_role = METRIC_IGNORED;
    if (!target || cJSON_IsNull(target)) // nobody said
        return TEND_OK;
    if (!cJSON_IsObject(target))
        return tend_fail(err, TEND_INPUT,
                         "%s: target is no object, expected {\"service\", "
                         "\"metric\"} or null",
                         path);
    tend_rc rc = text_or_null(target, "service", path, &service, err);
    if (rc == TEND_OK)
        rc = text_or_null(target, "metric", path, &metric, err);
    if (rc != TEND_OK)
        return rc;
    for (int s = 0; service && s < c->window.S; s++)
        if (strcmp(c->service[s], service) == 0)
            c->window.target_service = s;
    if (metric)
        c->window.target_role = metric_name_role(metric, false);
    return TEND_OK;
}

// The files case.json names, read beside it.
static tend_rc read_files(incident *c, const cJSON *json, const char *path, case_cache *cache,
                          tend_err *err)
{
    // only the abnormal rows must be there; without normal ones the split is searched
    const char *key[3] = {"abnormal", "normal", "graph"};
    const char *name[3];
    char *file[3] = {NULL, NULL, NULL};
    tend_rc rc = TEND_OK;

    for (int i = 0; i < 3 && rc == TEND_OK; i++) {
        rc = text_or_null(json, key[i], path, &name[i], err);
        if (rc == TEND_OK && name[i] && !(file[i] = beside(path, name[i])))
            rc = tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
    }
    if (rc == TEND_OK && !file[0])
        rc = tend_fail(err, TEND_INPUT, "%s: no abnormal, expected the name of a CSV file", path);
    if (rc == TEND_OK)
        rc = csv_table_read(file[0], CSV_TIMES_REPEAT, &c->abnormal, err);
    if (rc == TEND_OK && file[1])
        rc = read_normal(file[1], cache, err);
    if (rc == TEND_OK && file[2])
        rc = csv_calls_read(file[2], &c->calls, err);
    if (rc == TEND_OK)
        // names come from the abnormal file: what only normal rows have cannot have changed
        rc = name_everything(c, file[0], file[2], err);
    if (rc == TEND_OK)
        rc = join(c, file[1] ? cache->table : NULL, path, err);
    for (int i = 0; i < 3; i++)
        free(file[i]);
    return rc;
}

// What can be said of it without its files.
static tend_rc read_names(incident *c, const cJSON *json, const char *path, err_list *all,
                          tend_err *err)
{
    const char *name = NULL, *dataset = NULL;
    tend_rc rc = check_keys(json, path, all, err);

    c->step_s = (double)NAN;
    if (rc == TEND_OK) {
        rc = text_or_null(json, "case", path, &name, err);
        if (rc == TEND_OK && !name)
            rc = tend_fail(err, TEND_INPUT, "%s: no case, expected the case's name", path);
        rc = err_note(all, rc, err);
    }
    if (rc == TEND_OK)
        rc = err_note(all, text_or_null(json, "dataset", path, &dataset, err), err);
    if (rc == TEND_OK)
        rc = err_note(all,
                      json_number(json, "step_s", key_range(keys, "step_s"), &c->step_s, path, err),
                      err);
    if (rc != TEND_OK)
        return rc;
    c->name = copy(name);
    c->dataset = copy(dataset);
    return c->name && c->dataset ? TEND_OK
                                 : tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
}

// Names first, files next, then what refers to their rows and columns.
static tend_rc fill(incident *c, const cJSON *json, const char *path, case_cache *cache,
                    err_list *all, tend_err *err)
{
    tend_rc rc = read_names(c, json, path, all, err);

    if (rc == TEND_OK)
        rc = err_note(all, read_files(c, json, path, cache, err), err);
    // whose rows it counts
    if (rc == TEND_OK && c->abnormal)
        rc = err_note(all, read_onset(c, json, path, err), err);
    if (rc == TEND_OK)
        rc = err_note(all, read_target(c, json, path, err), err);
    return rc == TEND_OK && err_noted(all) > 0 ? TEND_INPUT : rc;
}

tend_rc case_read_all(const char *path, case_cache *cache, err_list *all, incident **out,
                      tend_err *err)
{
    incident *c = calloc(1, sizeof *c);
    char *file = case_path(path), *text = NULL;
    cJSON *json = NULL;
    size_t length;
    tend_rc rc;

    *out = NULL;
    if (!c || !file)
        rc = tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
    else
        rc = file_read(file, CASE_BYTES_MOST, &text, &length, err);
    if (rc == TEND_OK)
        rc = json_parse(text, length, file, &json, err);
    if (rc == TEND_OK)
        rc = fill(c, json, file, cache, all, err);
    cJSON_Delete(json);
    free(text);
    free(file);
    if (rc == TEND_OK)
        *out = c;
    else
        case_free(c);
    return rc;
}

tend_rc case_read(const char *path, case_cache *cache, incident **out, tend_err *err)
{
    return case_read_all(path, cache, NULL, out, err);
}

void case_free(incident *c)
{
    if (!c)
        return;
    free(c->name);
    free(c->dataset);
    free(c->service);
    free(c->edges);
    free(c->column);
    free(c->value);
    free(c->names);
    csv_table_free(c->abnormal);
    csv_calls_free(c->calls);
    free(c);
}

void case_cache_free(case_cache *cache)
{
    free(cache->path);
    csv_table_free(cache->table);
    *cache = (case_cache){0};
}
