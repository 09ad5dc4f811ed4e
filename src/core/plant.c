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
#define WHOLE(field, initial, least, most, help)                                                   \
    {#field, offsetof(plant, field), TEND_NUMBER, initial, least, most, help}
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
    WHOLE(base_rps, REQUIRED, 0.001, 1e6, "users' requests per second"),
    WHOLE(wave, 0, 0, 0.9, "amplitude of the daily wave, share of the base"),
    WHOLE(wave_period_s, 86400, 1, 1e7, "seconds of one wave"),
    WHOLE(user_retries, 0, 0, 5, "share of failed users who try again"),
    WHOLE(missing, 0, 0, 0.5, "share of samples that are missing"),
    WHOLE(late, 0, 0, 0.5, "share of samples that arrive one tick late"),
    WHOLE(noise, 1, 0, 10, "scale of arrival and measurement noise"),
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

// keys of the longest table, one that is no number, and the end of the list
#define KEYS_MAX 16
#define KEYS_FIT(table)                                                                            \
    _Static_assert(sizeof(table) / sizeof *(table) + 1 <= KEYS_MAX, #table " has too many keys")
KEYS_FIT(service_table);
KEYS_FIT(edge_table);
KEYS_FIT(whole_table);

typedef struct sim_keys { // what a "sim" object may hold
    const tend_param *table;
    const key_row *more; // keys that are no numbers, may be NULL
} sim_keys;

// Reads every number of the table from `sim` into `into`.
static tend_rc read_table(const cJSON *sim, const sim_keys *keys, void *into, const char *where,
                          tend_err *err)
{
    const char *known[KEYS_MAX];
    int count = 0;
    for (const tend_param *row = keys->table; row->name; row++)
        known[count++] = row->name;
    for (const key_row *row = keys->more; row && row->name; row++)
        known[count++] = row->name;
    known[count] = NULL;
    tend_rc rc = json_only(sim, known, where, err);
    if (rc != TEND_OK)
        return rc;
    for (const tend_param *row = keys->table; row->name; row++) {
        double value = row->initial;
        if (isnan(value) && !cJSON_GetObjectItemCaseSensitive(sim, row->name))
            return json_fail(sim, where, err, "\"%s\" is missing, expected a number", row->name);
        rc = json_number(sim, row->name, (json_range){row->least, row->most}, &value, where, err);
        if (rc != TEND_OK)
            return rc;
        memcpy((char *)into + row->offset, &value, sizeof value);
    }
    return TEND_OK;
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

static tend_rc read_service(const cJSON *item, const tend_service *service, plant_service *out,
                            const char *where, tend_err *err)
{
    const cJSON *sim = sim_of(item, where, err);
    if (!sim)
        return TEND_INPUT;
    char inner[192];
    snprintf(inner, sizeof inner, "%s.sim", where);
    tend_rc rc = read_table(sim, &(sim_keys){service_table, NULL}, out, inner, err);
    if (rc != TEND_OK)
        return rc;
    if (out->cores * service->replicas > 64) // ERLANG_SERVERS of env/tables.h
        return json_fail(sim, inner, err, "%g cores x %d replicas, expected at most 64 servers",
                         out->cores, service->replicas);
    if (service->kind != TEND_CACHE && out->hit_rate > 0)
        return json_fail(sim, inner, err, "hit_rate %g on a %s, expected it on a cache only",
                         out->hit_rate, tend_service_kind_name(service->kind));
    return TEND_OK;
}

// A call with a cache is made on its misses only; the cache must be called by the same service.
static tend_rc read_edge(const cJSON *item, const tend_system *system, const tend_edge *edge,
                         plant_edge *out, const char *where, tend_err *err)
{
    const cJSON *sim = sim_of(item, where, err);
    if (!sim)
        return TEND_INPUT;
    char inner[192];
    snprintf(inner, sizeof inner, "%s.sim", where);
    tend_rc rc = read_table(sim, &(sim_keys){edge_table, edge_keys}, out, inner, err);
    const char *cache = NULL;
    if (rc == TEND_OK)
        rc = json_text(sim, "cache", false, &cache, inner, err);
    if (rc != TEND_OK)
        return rc;
    out->cache = -1;
    out->on_miss = cache != NULL;
    if (!cache)
        return TEND_OK;
    out->cache = tend_system_service(system, cache);
    if (out->cache < 0 || system->services[out->cache].kind != TEND_CACHE)
        return json_fail(sim, inner, err, "cache \"%s\", expected the name of a cache", cache);
    if (tend_system_edge(system, edge->caller, out->cache) < 0)
        return json_fail(sim, inner, err, "cache \"%s\", expected a cache that %s calls", cache,
                         system->services[edge->caller].name);
    return TEND_OK;
}

// In any order: matched by name, so that the plant's arrays follow the system's.
static tend_rc read_services(const cJSON *root, const char *name, const tend_system *system,
                             plant_service *out, tend_err *err)
{
    const cJSON *list;
    tend_rc rc = json_array(root, "services", true, &list, name, err);
    if (rc != TEND_OK)
        return rc;
    int i = 0;
    for (const cJSON *item = list->child; item; item = item->next, i++) {
        char where[160];
        snprintf(where, sizeof where, "%.100s: services[%d]", name, i);
        const char *text;
        if ((rc = json_text(item, "name", true, &text, where, err)) != TEND_OK)
            return rc;
        int s = tend_system_service(system, text);
        if (s < 0 || i >= system->S)
            return json_fail(item, where, err, "\"%s\", expected a service of the system", text);
        rc = read_service(item, &system->services[s], &out[s], where, err);
        if (rc != TEND_OK)
            return rc;
    }
    // names are unique and known, so as many as the system has are all of them
    if (i != system->S)
        return json_fail(list, name, err, "%d services, expected the %d of the system", i,
                         system->S);
    return TEND_OK;
}

// By the names of their ends, as services are by theirs.
static tend_rc read_edges(const cJSON *root, const char *name, const tend_system *system,
                          plant_edge *out, tend_err *err)
{
    const cJSON *list = NULL;
    tend_rc rc = json_array(root, "edges", system->E > 0, &list, name, err);
    if (rc != TEND_OK || !list)
        return rc;
    int i = 0;
    for (const cJSON *item = list->child; item; item = item->next, i++) {
        char where[160];
        snprintf(where, sizeof where, "%.100s: edges[%d]", name, i);
        const char *caller, *callee;
        if ((rc = json_text(item, "caller", true, &caller, where, err)) != TEND_OK ||
            (rc = json_text(item, "callee", true, &callee, where, err)) != TEND_OK)
            return rc;
        int from = tend_system_service(system, caller), to = tend_system_service(system, callee);
        int e = from < 0 || to < 0 ? -1 : tend_system_edge(system, from, to);
        if (e < 0 || i >= system->E)
            return json_fail(item, where, err, "%s > %s, expected an edge of the system", caller,
                             callee);
        rc = read_edge(item, system, &system->edges[e], &out[e], where, err);
        if (rc != TEND_OK)
            return rc;
    }
    return TEND_OK;
}

tend_rc plant_parse(const char *text, size_t length, const char *name, const tend_system *system,
                    plant **out, tend_err *err)
{
    *out = NULL;
    cJSON *root = NULL;
    plant *made = NULL;
    plant_service *services;
    plant_edge *edges;
    const cJSON *sim;
    char where[160];
    tend_rc rc = json_parse(text, length, name, &root, err);
    if (rc != TEND_OK)
        goto fail;
    // one block: the plant, its services, its edges
    size_t bytes =
        sizeof *made + (size_t)system->S * sizeof *services + (size_t)system->E * sizeof *edges;
    made = calloc(1, bytes);
    if (!made) {
        rc = tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", name);
        goto fail;
    }
    services = (plant_service *)(made + 1);
    edges = (plant_edge *)(services + system->S);
    made->services = services;
    made->edges = edges;
    snprintf(where, sizeof where, "%.100s", name);
    rc = TEND_INPUT; // what sim_of has said
    if (!(sim = sim_of(root, where, err)))
        goto fail;
    snprintf(where, sizeof where, "%.100s: sim", name);
    if ((rc = read_table(sim, &(sim_keys){whole_table, NULL}, made, where, err)) != TEND_OK ||
        (rc = read_services(root, name, system, services, err)) != TEND_OK ||
        (rc = read_edges(root, name, system, edges, err)) != TEND_OK)
        goto fail;
    cJSON_Delete(root);
    *out = made;
    return TEND_OK;

fail:
    cJSON_Delete(root);
    plant_free(made);
    return rc;
}

void plant_free(plant *p)
{
    free(p);
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
