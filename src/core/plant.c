// SPDX-License-Identifier: GPL-3.0-or-later
// plant.c - reads the "sim" objects of a system.json.
//
// Every number is one row of a table (key, offset, default, range, help), so that reading, range
// errors and documentation cannot drift apart.
#include "core/plant.h"

#include "base/number.h"
#include "core/json.h"
#include "core/params.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// it takes #field for a directive
// clang-format off
#define SERVICE(field, initial, least, most, help)                                                 \
    {#field, offsetof(plant_service, field), TEND_NUMBER, initial, least, most, help}
#define EDGE(field, initial, least, most, help)                                                    \
    {#field, offsetof(plant_edge, field), TEND_NUMBER, initial, least, most, help}
#define WHOLE(field, least, most, calm, real, rough, help)                                         \
    {#field, offsetof(plant, field), TEND_NUMBER, calm, least, most, help},
// clang-format on

#define REQUIRED ((double)NAN) // has no sensible default

static const tend_param service_table[] = {
    SERVICE(cores, 1, 0.25, 64, "servers per replica"),
    SERVICE(service_ms, REQUIRED, 0.001, 60000, "mean service time of a request"),
    SERVICE(cv2, 1, 0, 20, "squared coefficient of variation of the service time"),
    SERVICE(workers, 64, 1, 100000, "pool limit per replica"),
    SERVICE(queue, 200, 1, 1e6, "waiting requests per replica beyond which load is shed"),
    SERVICE(memory, 0.4, 0, 0.75, "share of the memory limit in use at rest"),
    SERVICE(memory_load, 0.1, 0, 0.5, "additional share with a full pool"),
    SERVICE(error_share, 0.0005, 0, 0.5, "failure share of a healthy request"),
    SERVICE(restart_s, 5, 0, 3600, "seconds a restarted replica is down"),
    SERVICE(scale_s, 12, 0, 3600, "seconds until a new replica serves"),
    SERVICE(hit_rate, 0, 0, 0.999, "share of requests a warm cache answers"),
    SERVICE(working_set, 1000, 1, 1e9, "entries that misses must fetch to warm the cache"),
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

static const tend_param edge_table[] = {
    EDGE(calls, 1, 0.001, 100, "calls per request of the caller"),
    EDGE(timeout_ms, 1000, 0.1, 600000, "the caller gives up after this"),
    EDGE(retries, 0, 0, 10, "further attempts after a failure"),
    EDGE(network_ms, 0.5, 0, 60000, "mean network delay of the call"),
    EDGE(fallback_errors, 0.02, 0, 1, "failure share of the fallback"),
    EDGE(fallback_ms, 20, 0, 60000, "latency of the fallback"),
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

static const key_row edge_keys[] = {
    {"cache", "text", KEY_NO_RANGE, "none",
     "a cache its caller calls too: this call is made on misses only"},
    {.name = NULL},
};

static const tend_param whole_table[] = {
    WORLD_TABLE(WHOLE) //
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

const char *const plant_presets[PRESETS + 1] = {"calm", "real", "rough", NULL};

// What each preset gives to the parameters, in the order of their table.
#define PRESET_VALUES(field, least, most, calm, real, rough, help) {calm, real, rough},
static const double preset_values[][PRESETS] = {WORLD_TABLE(PRESET_VALUES)};

// keys of the longest table, one that is no number, and the end of the list
#define KEYS_MAX 64
#define KEYS_FIT(table)                                                                            \
    _Static_assert(sizeof(table) / sizeof *(table) + 1 <= KEYS_MAX, #table " has too many keys")
KEYS_FIT(service_table);
KEYS_FIT(edge_table);
KEYS_FIT(whole_table);

typedef struct sim_keys { // what a "sim" object may hold
    const tend_param *table;
    const key_row *more; // keys that are no numbers, may be NULL
} sim_keys;

typedef struct reader {
    const char *name;
    plant_preset preset;
    const tend_system *system; // NULL: not known, its numbers are read all the same
    err_list *all;             // NULL: the first fault ends the reading
    tend_err *err;
} reader;

static tend_rc note(const reader *r, tend_rc rc)
{
    return err_note(r->all, rc, r->err);
}

// A parameter that a file leaves open; of the world as a whole the preset says it.
static double initial_of(const reader *r, const tend_param *row)
{
    bool whole = row >= whole_table && row < whole_table + sizeof whole_table / sizeof *whole_table;
    return whole ? preset_values[row - whole_table][r->preset] : row->initial;
}

// One number of a "sim".
static tend_rc read_number(const reader *r, const cJSON *sim, const tend_param *row, void *into,
                           const char *where)
{
    double value = initial_of(r, row);
    if (isnan(value) && !cJSON_GetObjectItemCaseSensitive(sim, row->name))
        return json_fail(sim, where, r->err, "\"%s\" is missing, expected a number", row->name);
    tend_rc rc =
        json_number(sim, row->name, (json_range){row->least, row->most}, &value, where, r->err);
    if (rc == TEND_OK)
        memcpy((char *)into + row->offset, &value, sizeof value);
    return rc;
}

// Reads every number of the table from `sim` into `into`.
static tend_rc read_table(const reader *r, const cJSON *sim, const sim_keys *keys, void *into,
                          const char *where)
{
    const char *known[KEYS_MAX];
    int count = 0;
    for (const tend_param *row = keys->table; row->name; row++)
        known[count++] = row->name;
    for (const key_row *row = keys->more; row && row->name; row++)
        known[count++] = row->name;
    known[count] = NULL;
    tend_rc rc = json_only_all(sim, known, where, r->all, r->err);
    for (const tend_param *row = keys->table; row->name && rc == TEND_OK; row++)
        rc = note(r, read_number(r, sim, row, into, where));
    return rc;
}

// The "sim" of an object, or NULL and an error that says what it is for.
static const cJSON *sim_of(const cJSON *object, const char *where, tend_err *err)
{
    const cJSON *sim = cJSON_GetObjectItemCaseSensitive(object, "sim");
    if (!cJSON_IsObject(sim)) {
        json_fail(sim ? sim : object, where, err,
                  "\"sim\" is missing, expected an object: only a "
                  "system that says how it behaves can be simulated");
        return NULL;
    }
    return sim;
}

// service NULL: of an unknown system.
static tend_rc read_service(const reader *r, const cJSON *item, const tend_service *service,
                            plant_service *out, const char *where)
{
    const cJSON *sim = sim_of(item, where, r->err);
    if (!sim)
        return TEND_INPUT;
    char inner[192];
    snprintf(inner, sizeof inner, "%s.sim", where);
    int before = err_noted(r->all);
    tend_rc rc = read_table(r, sim, &(sim_keys){service_table, NULL}, out, inner);
    if (rc != TEND_OK || !service || err_noted(r->all) > before)
        return rc;
    if (out->cores * service->replicas > 64) // ERLANG_SERVERS of env/tables.h
        return json_fail(sim, inner, r->err, "cores: %g x %d replicas, expected at most 64 servers",
                         out->cores, service->replicas);
    if (service->kind != TEND_CACHE && out->hit_rate > 0)
        return json_fail(sim, inner, r->err, "hit_rate %g on a %s, expected it on a cache only",
                         out->hit_rate, tend_service_kind_name(service->kind));
    return TEND_OK;
}

// A call with a cache is made on its misses only; the cache must be called by the same service.
static tend_rc read_cache(const reader *r, const cJSON *sim, const tend_edge *edge, plant_edge *out,
                          const char *where)
{
    const char *cache = NULL;
    tend_rc rc = json_text(sim, "cache", false, &cache, where, r->err);
    out->cache = -1;
    out->on_miss = cache != NULL;
    if (rc != TEND_OK || !cache || !edge)
        return rc;
    out->cache = tend_system_service(r->system, cache);
    if (out->cache < 0 || r->system->services[out->cache].kind != TEND_CACHE)
        return json_fail(sim, where, r->err, "cache \"%s\", expected the name of a cache", cache);
    if (tend_system_edge(r->system, edge->caller, out->cache) < 0)
        return json_fail(sim, where, r->err, "cache \"%s\", expected a cache that %s calls", cache,
                         r->system->services[edge->caller].name);
    return TEND_OK;
}

// edge NULL: of an unknown system.
static tend_rc read_edge(const reader *r, const cJSON *item, const tend_edge *edge, plant_edge *out,
                         const char *where)
{
    const cJSON *sim = sim_of(item, where, r->err);
    if (!sim)
        return TEND_INPUT;
    char inner[192];
    snprintf(inner, sizeof inner, "%s.sim", where);
    tend_rc rc = read_table(r, sim, &(sim_keys){edge_table, edge_keys}, out, inner);
    return rc == TEND_OK ? note(r, read_cache(r, sim, edge, out, inner)) : rc;
}

// The service of an item, by name, so that the plant's arrays follow the system's in any order.
static tend_rc find_service(const reader *r, const cJSON *item, const char *key, int *out,
                            const char *where)
{
    const char *text = NULL;
    tend_rc rc = json_text(item, key, true, &text, where, r->err);
    if (rc != TEND_OK)
        return rc;
    *out = tend_system_service(r->system, text);
    if (*out < 0)
        return json_fail(item, where, r->err, "\"%s\", expected a service of the system", text);
    return TEND_OK;
}

static tend_rc read_services(const reader *r, const cJSON *root, plant_service *out)
{
    const cJSON *list;
    plant_service unused;
    tend_rc rc = json_array(root, "services", true, &list, r->name, r->err);
    if (rc != TEND_OK)
        return rc;
    int i = 0, S = r->system ? r->system->S : 0;
    for (const cJSON *item = list->child; item && rc == TEND_OK; item = item->next, i++) {
        char where[160];
        int s = -1;
        snprintf(where, sizeof where, "%.100s: services[%d]", r->name, i);
        rc = r->system ? find_service(r, item, "name", &s, where) : TEND_OK;
        if (rc == TEND_OK && (!r->system || i < S))
            rc = read_service(r, item, s < 0 ? NULL : &r->system->services[s],
                              out && s >= 0 ? &out[s] : &unused, where);
        rc = note(r, rc);
    }
    // names are unique and known, so as many as the system has are all of them
    if (rc == TEND_OK && r->system && i != S)
        return json_fail(list, r->name, r->err, "%d services, expected the %d of the system", i, S);
    return rc;
}

// By the names of their ends, as services are by theirs.
static tend_rc find_edge(const reader *r, const cJSON *item, int *out, const char *where)
{
    int caller, callee;
    tend_rc rc = find_service(r, item, "caller", &caller, where);
    if (rc == TEND_OK)
        rc = find_service(r, item, "callee", &callee, where);
    if (rc != TEND_OK)
        return rc;
    *out = tend_system_edge(r->system, caller, callee);
    if (*out < 0)
        return json_fail(item, where, r->err, "%s > %s, expected an edge of the system",
                         r->system->services[caller].name, r->system->services[callee].name);
    return TEND_OK;
}

static tend_rc read_edges(const reader *r, const cJSON *root, plant_edge *out)
{
    const cJSON *list = NULL;
    plant_edge unused;
    tend_rc rc = json_array(root, "edges", r->system && r->system->E > 0, &list, r->name, r->err);
    if (rc != TEND_OK || !list)
        return rc;
    int i = 0;
    for (const cJSON *item = list->child; item && rc == TEND_OK; item = item->next, i++) {
        char where[160];
        int e = -1;
        snprintf(where, sizeof where, "%.100s: edges[%d]", r->name, i);
        rc = r->system ? find_edge(r, item, &e, where) : TEND_OK;
        if (rc == TEND_OK && r->system && i >= r->system->E)
            rc =
                json_fail(item, where, r->err, "expected the %d edges of the system", r->system->E);
        if (rc == TEND_OK)
            rc = read_edge(r, item, e < 0 ? NULL : &r->system->edges[e],
                           out && e >= 0 ? &out[e] : &unused, where);
        rc = note(r, rc);
    }
    return rc;
}

// Everything of a description that is about its behaviour.
static tend_rc read_all(const reader *r, const cJSON *root, plant *p, plant_service *services,
                        plant_edge *edges)
{
    char where[160];
    snprintf(where, sizeof where, "%.100s", r->name);
    const cJSON *sim = sim_of(root, where, r->err);
    tend_rc rc = note(r, sim ? TEND_OK : TEND_INPUT);
    snprintf(where, sizeof where, "%.100s: sim", r->name);
    if (rc == TEND_OK && sim)
        rc = read_table(r, sim, &(sim_keys){whole_table, NULL}, p, where);
    if (rc == TEND_OK)
        rc = note(r, read_services(r, root, services));
    if (rc == TEND_OK)
        rc = note(r, read_edges(r, root, edges));
    return rc == TEND_OK && err_noted(r->all) > 0 ? TEND_INPUT : rc;
}

tend_rc plant_parse_under(plant_preset preset, const json_file *file, const tend_system *system,
                          plant **out, tend_err *err)
{
    *out = NULL;
    cJSON *root = NULL;
    plant *made = NULL;
    plant_service *services;
    plant_edge *edges;
    reader r = {file->name, preset, system, NULL, err};
    tend_rc rc = json_parse(file->text, file->length, file->name, &root, err);
    if (rc != TEND_OK)
        goto fail;
    // one block: the plant, its services, its edges
    size_t bytes =
        sizeof *made + (size_t)system->S * sizeof *services + (size_t)system->E * sizeof *edges;
    made = calloc(1, bytes);
    if (!made) {
        rc = tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", file->name);
        goto fail;
    }
    services = (plant_service *)(made + 1);
    edges = (plant_edge *)(services + system->S);
    made->services = services;
    made->edges = edges;
    rc = read_all(&r, root, made, services, edges);
    if (rc != TEND_OK)
        goto fail;
    cJSON_Delete(root);
    *out = made;
    return TEND_OK;

fail:
    cJSON_Delete(root);
    plant_free(made);
    return rc;
}

tend_rc plant_parse(const char *text, size_t length, const char *name, const tend_system *system,
                    plant **out, tend_err *err)
{
    return plant_parse_under(PRESET_CALM, &(json_file){text, length, name}, system, out, err);
}

tend_rc plant_check(const json_file *file, const tend_system *system, err_list *all, tend_err *err)
{
    cJSON *root = NULL;
    plant unused;
    reader r = {file->name, PRESET_CALM, system, all, err};
    tend_rc rc = json_parse(file->text, file->length, file->name, &root, err);
    if (rc == TEND_OK)
        rc = read_all(&r, root, &unused, NULL, NULL);
    cJSON_Delete(root);
    return rc;
}

void plant_free(plant *p)
{
    free(p);
}

int plant_preset_find(const char *name)
{
    for (int i = 0; i < PRESETS; i++)
        if (strcmp(plant_presets[i], name) == 0)
            return i;
    return -1;
}

double plant_preset_value(plant_preset preset, const char *field)
{
    const tend_param *row = params_find(whole_table, field);
    return preset_values[row - whole_table][preset];
}

tend_rc plant_set_all(plant *p, const cJSON *numbers, const char *where, err_list *all,
                      tend_err *err)
{
    const char *known[KEYS_MAX];
    int count = 0;
    for (const tend_param *row = whole_table; row->name; row++)
        known[count++] = row->name;
    known[count] = NULL;
    tend_rc rc = json_only_all(numbers, known, where, all, err);
    for (const tend_param *row = whole_table; row->name && rc == TEND_OK; row++) {
        double value = params_get(row, p);
        rc = err_note(all,
                      json_number(numbers, row->name, (json_range){row->least, row->most}, &value,
                                  where, err),
                      err);
        if (rc == TEND_OK)
            memcpy((char *)p + row->offset, &value, sizeof value);
    }
    return rc;
}

const tend_param *plant_world_params(void)
{
    return whole_table;
}

const tend_param *plant_service_params(void)
{
    return service_table;
}

const tend_param *plant_edge_params(void)
{
    return edge_table;
}

const key_row *plant_edge_keys(void)
{
    return edge_keys;
}

static tend_rc unknown(const char *assignment, const char *name, tend_err *err)
{
    const char *names[KEYS_MAX];
    int count = 0;
    for (const tend_param *row = whole_table; row->name; row++)
        names[count++] = row->name;
    names[count] = NULL;
    const char *near = nearest_name(name, names);
    return tend_fail(err, TEND_USAGE, "world.%s: no parameter \"%s\"%s%s%s", assignment, name,
                     near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

tend_rc plant_set(plant *p, const char *assignment, tend_err *err)
{
    char name[64], where[96];
    size_t length = strcspn(assignment, "=");
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1),
             assignment);
    const tend_param *row = params_find(whole_table, name);
    if (!row)
        return unknown(assignment, name, err);
    const char *value = assignment[length] ? assignment + length + 1 : "";
    char *end;
    double number = number_read(value, &end);
    if (end == value || *end)
        return tend_fail(err, TEND_USAGE, "world.%s: \"%s\", expected a number", name, value);
    snprintf(where, sizeof where, "world.%s", name);
    tend_rc rc = params_set(row, p, number, where, err);
    if (rc != TEND_OK && err)
        err->rc = TEND_USAGE;
    return rc == TEND_OK ? rc : TEND_USAGE;
}
