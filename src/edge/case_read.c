// case_read.c - case.json and the CSV files it names.
#include "edge/case_read.h"

#include "base/str.h"
#include "core/json.h"
#include "core/params.h"
#include "edge/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CASE_BYTES_MOST ((size_t)1 << 20)

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
static tend_rc check_keys(const cJSON *json, const char *path, tend_err *err)
{
    static const char *const known[] = {"case",  "dataset",   "step_s",     "normal", "abnormal",
                                        "graph", "onset_row", "onset_time", "target", NULL};
    const cJSON *item;

    if (!cJSON_IsObject(json))
        return tend_fail(err, TEND_INPUT, "%s:1: not an object, expected {\"case\": ...}", path);
    cJSON_ArrayForEach(item, json)
    {
        bool exact = false;
        for (int i = 0; known[i]; i++)
            exact |= strcmp(item->string, known[i]) == 0;
        const char *nearest = exact ? NULL : nearest_name(item->string, known);
        if (nearest)
            return tend_fail(err, TEND_INPUT, "%s: unknown key \"%.60s\", expected \"%s\"?", path,
                             item->string, nearest);
    }
    return TEND_OK;
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
        return tend_fail(err, TEND_INPUT, "%s: %s is no text, expected a name or null", path, key);
    *out = item->valuestring;
    return TEND_OK;
}

static char *copy(const char *text)
{
    return strdup(text ? text : "");
}

static tend_rc read_normal(const char *path, case_cache *cache, tend_err *err)
{
    if (cache->path && strcmp(cache->path, path) == 0)
        return TEND_OK;
    case_cache_free(cache);
    tend_rc rc = csv_table_read(path, &cache->table, err);
    if (rc != TEND_OK)
        return rc;
    cache->path = copy(path);
    return cache->path ? TEND_OK : tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
}

// Index of name[0..length) among the services, added when it is new; -1: out of room or memory.
static int service_index(incident *c, const char *name, size_t length, char **at)
{
    for (int s = 0; s < c->window.S; s++)
        if (strncmp(c->service[s], name, length) == 0 && c->service[s][length] == 0)
            return s;
    memcpy(*at, name, length);
    (*at)[length] = 0;
    c->service[c->window.S] = *at;
    *at += length + 1;
    return c->window.S++;
}

static int edge_index(incident *c, int caller, int callee)
{
    for (int e = 0; e < c->window.E; e++)
        if (c->edges[e].caller == caller && c->edges[e].callee == callee)
            return e;
    c->edges[c->window.E] = (tend_edge){.caller = caller, .callee = callee};
    return c->window.E++;
}

static tend_rc read_column(incident *c, int index, const char *path, char **names, tend_err *err)
{
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
    if (metric_name_is_rate(bar + 1) && c->step_s > 0)
        column->per_step = c->step_s;
    if (arrow) {
        if (arrow == name || arrow + 1 == bar)
            return tend_fail(err, TEND_INPUT,
                             "%s:1: column %d is \"%.80s\", expected caller>callee|metric", path,
                             index + 2, name);
        int caller = service_index(c, name, (size_t)(arrow - name), names);
        int callee = service_index(c, arrow + 1, (size_t)(bar - arrow - 1), names);
        if (caller == callee)
            return tend_fail(err, TEND_INPUT,
                             "%s:1: column %d is \"%.80s\", expected two different services", path,
                             index + 2, name);
        column->edge = edge_index(c, caller, callee);
    } else if (bar - name != 3 || strncmp(name, "SLI", 3) != 0) {
        column->service = service_index(c, name, (size_t)(bar - name), names);
    }
    return TEND_OK;
}

// Services and edges in the order the columns and the graph name them.
static tend_rc name_everything(incident *c, const char *path, tend_err *err)
{
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
    char *names = c->names;
    for (int i = 0; i < c->abnormal->columns && rc == TEND_OK; i++)
        rc = read_column(c, i, path, &names, err);
    for (size_t i = 0; i < calls && rc == TEND_OK; i++) {
        const char *caller = c->calls->caller[i], *callee = c->calls->callee[i];
        int from = service_index(c, caller, strlen(caller), &names);
        edge_index(c, from, service_index(c, callee, strlen(callee), &names));
    }
    return rc;
}

static int column_of(const csv_table *table, const char *name, int guess)
{
    if (guess < table->columns && strcmp(table->name[guess], name) == 0)
        return guess;
    for (int i = 0; i < table->columns; i++)
        if (strcmp(table->name[i], name) == 0)
            return i;
    return -1;
}

// Normal rows first, then the abnormal file's, column by column.
static tend_rc join(incident *c, const csv_table *normal, const char *path, tend_err *err)
{
    size_t before = normal ? (size_t)normal->rows : 0, after = (size_t)c->abnormal->rows;
    size_t rows = before + after;
    int guess = 0;

    c->value = malloc((size_t)c->abnormal->columns * rows * sizeof *c->value);
    if (!c->value)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
    for (int i = 0; i < c->abnormal->columns; i++) {
        double *to = c->value + (size_t)i * rows;
        int from = normal ? column_of(normal, c->abnormal->name[i], guess) : -1;
        if (from >= 0) {
            memcpy(to, normal->value + (size_t)from * before, before * sizeof *to);
            guess = from + 1;
        } else {
            for (size_t j = 0; j < before; j++)
                to[j] = (double)NAN;
        }
        memcpy(to + before, c->abnormal->value + (size_t)i * after, after * sizeof *to);
        c->column[i].value = to;
    }
    c->normal_rows = (int)before;
    c->window.rows = (int)rows;
    c->window.columns = c->abnormal->columns;
    c->window.service = c->service;
    c->window.edges = c->edges;
    c->window.column = c->column;
    return TEND_OK;
}

static tend_rc read_onset(incident *c, const cJSON *json, const char *path, tend_err *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, "onset_row");

    c->window.split = -1;
    if (!item || cJSON_IsNull(item))
        return TEND_OK;
    if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble >= c->abnormal->rows ||
        item->valuedouble != floor(item->valuedouble))
        return tend_fail(err, TEND_INPUT, "%s: onset_row %g, expected a row from 0 to %d or null",
                         path, cJSON_IsNumber(item) ? item->valuedouble : (double)NAN,
                         c->abnormal->rows - 1);
    int split = c->normal_rows + (int)item->valuedouble;
    if (split > 0) // nothing before it would be no split
        c->window.split = split;
    return TEND_OK;
}

static tend_rc read_target(incident *c, const cJSON *json, const char *path, tend_err *err)
{
    const cJSON *target = cJSON_GetObjectItemCaseSensitive(json, "target");
    const char *service, *metric;

    c->window.target_service = -1;
    c->window.target_role = METRIC_IGNORED;
    if (!target || cJSON_IsNull(target))
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
        rc = csv_table_read(file[0], &c->abnormal, err);
    if (rc == TEND_OK && file[1])
        rc = read_normal(file[1], cache, err);
    if (rc == TEND_OK && file[2])
        rc = csv_calls_read(file[2], &c->calls, err);
    if (rc == TEND_OK)
        rc = name_everything(c, file[0], err);
    if (rc == TEND_OK)
        rc = join(c, file[1] ? cache->table : NULL, path, err);
    for (int i = 0; i < 3; i++)
        free(file[i]);
    return rc;
}

static tend_rc fill(incident *c, const cJSON *json, const char *path, case_cache *cache,
                    tend_err *err)
{
    const char *name, *dataset;
    tend_rc rc = check_keys(json, path, err);

    c->step_s = (double)NAN;
    if (rc == TEND_OK)
        rc = text_or_null(json, "case", path, &name, err);
    if (rc == TEND_OK && !name)
        rc = tend_fail(err, TEND_INPUT, "%s: no case, expected the case's name", path);
    if (rc == TEND_OK)
        rc = text_or_null(json, "dataset", path, &dataset, err);
    if (rc == TEND_OK)
        rc = json_number(json, "step_s", (json_range){1e-3, 1e6}, &c->step_s, path, err);
    if (rc != TEND_OK)
        return rc;
    c->name = copy(name);
    c->dataset = copy(dataset);
    if (!c->name || !c->dataset)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
    rc = read_files(c, json, path, cache, err);
    if (rc == TEND_OK)
        rc = read_onset(c, json, path, err);
    if (rc == TEND_OK)
        rc = read_target(c, json, path, err);
    return rc;
}

tend_rc case_read(const char *path, case_cache *cache, incident **out, tend_err *err)
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
        rc = fill(c, json, file, cache, err);
    cJSON_Delete(json);
    free(text);
    free(file);
    if (rc == TEND_OK)
        *out = c;
    else
        case_free(c);
    return rc;
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
