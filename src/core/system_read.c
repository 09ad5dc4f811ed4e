// SPDX-License-Identifier: GPL-3.0-or-later
// system_read.c - a system description from JSON. "sim" members are the plant's and left alone.
#include "core/system_read.h"
#include "base/lookup.h"
#include "core/json.h"
#include "core/params.h"
#include "core/system_check.h"
#include "core/system_usual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tend/system.h>

typedef struct reader {
    const char *name;
    tend_service *services;
    tend_metric *metrics;
    tend_metric usual[TEND_METRIC_KINDS];
    tend_edge *edges;
    tend_action *actions;
    int *origin; // [A] item of the list in the file that an action comes from
    tend_system draft;
    lookup service; // name -> index
    err_list *all;  // NULL: the first fault ends the reading
    tend_err *err;
} reader;

// What a part was read with: noted, and TEND_OK when the rest may be read.
static tend_rc note(const reader *r, tend_rc rc)
{
    return err_note(r->all, rc, r->err);
}

// 64 + the longest key and index there is
typedef struct place {
    char text[320];
} place;

static place where(const reader *r, const char *array, int i)
{
    place p;
    snprintf(p.text, sizeof p.text, "%.240s: %s[%d]", r->name, array, i);
    return p;
}

// the text `item`, a `key`, is not one of `names`: says which they are, or which is nearest
static tend_rc unknown(const cJSON *item, const char *key, const char *const *names, const char *at,
                       tend_err *err)
{
    const char *near = nearest_name(item->valuestring, names);
    char all[160] = ""; // a long list is cut: it is a hint, not a manual
    for (size_t used = 0; *names && used < sizeof all; names++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", used ? ", " : "", *names);
    return json_fail(item, at, err, "%s: \"%.80s\", %s%s%s", key, item->valuestring,
                     near ? "did you mean \"" : "expected one of ", near ? near : all,
                     near ? "\"?" : "");
}

// names is ended by NULL
static tend_rc read_kind(const cJSON *object, const char *const *names, int *out, const char *at,
                         tend_err *err)
{
    const char *text = NULL;
    tend_rc rc = json_text(object, "kind", false, &text, at, err);
    if (rc != TEND_OK || !text)
        return rc;
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], text) == 0) {
            *out = i;
            return TEND_OK;
        }
    return unknown(cJSON_GetObjectItemCaseSensitive(object, "kind"), "kind", names, at, err);
}

// A whole number from 1; *out keeps its value when the key is absent.
static tend_rc read_count(const cJSON *object, const char *key, int *out, const char *at,
                          tend_err *err)
{
    double value = *out;
    tend_rc rc = json_number(object, key, (json_range){1, 1000}, &value, at, err);
    if (rc == TEND_OK && value != (int)value)
        rc = json_fail(cJSON_GetObjectItemCaseSensitive(object, key), at, err,
                       "%s: %g, expected a whole number", key, value);
    if (rc == TEND_OK)
        *out = (int)value;
    return rc;
}

static tend_rc read_service(reader *r, const cJSON *item, int i)
{
    static const char *const known[] = {"name",          "kind", "replicas", "least_replicas",
                                        "most_replicas", "sim",  NULL};
    const char *kinds[TEND_SERVICE_KINDS + 1] = {NULL};
    for (int k = 0; k < TEND_SERVICE_KINDS; k++)
        kinds[k] = tend_service_kind_name((tend_service_kind)k);
    place at = where(r, "services", i);
    tend_service *s = &r->services[i];
    int kind = TEND_SERVICE;
    s->replicas = s->least_replicas = 1;
    tend_rc rc = json_only_all(item, known, at.text, r->all, r->err);
    if (rc == TEND_OK)
        rc = note(r, json_text(item, "name", true, &s->name, at.text, r->err));
    if (rc == TEND_OK)
        rc = note(r, read_kind(item, kinds, &kind, at.text, r->err));
    if (rc == TEND_OK)
        rc = note(r, read_count(item, "replicas", &s->replicas, at.text, r->err));
    // unless told otherwise what runs is also the most there may be
    s->most_replicas = s->replicas;
    if (rc == TEND_OK)
        rc = note(r, read_count(item, "least_replicas", &s->least_replicas, at.text, r->err));
    if (rc == TEND_OK)
        rc = note(r, read_count(item, "most_replicas", &s->most_replicas, at.text, r->err));
    s->kind = (tend_service_kind)kind;
    return rc;
}

// Without a kind it is TEND_OTHER: recorded, and looked at by nobody.
static tend_rc read_metric(reader *r, const cJSON *item, int i)
{
    static const char *const known[] = {"name", "unit", "kind", NULL};
    const char *kinds[TEND_METRIC_KINDS + 1] = {NULL};
    for (int k = 0; k < TEND_METRIC_KINDS; k++)
        kinds[k] = tend_metric_kind_name((tend_metric_kind)k);
    place at = where(r, "metrics", i);
    tend_metric *m = &r->metrics[i];
    int kind = TEND_OTHER;
    m->unit = "";
    tend_rc rc = json_only_all(item, known, at.text, r->all, r->err);
    if (rc == TEND_OK)
        rc = note(r, json_text(item, "name", true, &m->name, at.text, r->err));
    if (rc == TEND_OK)
        rc = note(r, json_text(item, "unit", false, &m->unit, at.text, r->err));
    if (rc == TEND_OK)
        rc = note(r, read_kind(item, kinds, &kind, at.text, r->err));
    m->kind = (tend_metric_kind)kind;
    return rc;
}

// A service named by a member of `object`; the list of services has been read before.
static tend_rc find_service(const reader *r, const cJSON *object, const char *key, int *out,
                            const char *at)
{
    const char *name = NULL;
    tend_rc rc = json_text(object, key, true, &name, at, r->err);
    if (rc != TEND_OK)
        return rc;
    *out = lookup_name(&r->service, name, strlen(name));
    if (*out >= 0)
        return TEND_OK;
    const char **names = calloc((size_t)r->draft.S + 1, sizeof(const char *));
    if (!names)
        return tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->name);
    for (int i = 0; i < r->draft.S; i++)
        names[i] = r->draft.services[i].name;
    rc = unknown(cJSON_GetObjectItemCaseSensitive(object, key), key, names, at, r->err);
    free(names);
    return rc;
}

static tend_rc read_edge(reader *r, const cJSON *item, int i)
{
    static const char *const known[] = {"caller", "callee", "sim", NULL};
    place at = where(r, "edges", i);
    tend_rc rc = json_only_all(item, known, at.text, r->all, r->err);
    if (rc == TEND_OK)
        rc = note(r, find_service(r, item, "caller", &r->edges[i].caller, at.text));
    if (rc == TEND_OK)
        rc = note(r, find_service(r, item, "callee", &r->edges[i].callee, at.text));
    return rc;
}

// Too many are refused before they are read.
static tend_rc count_of(const reader *r, const cJSON *array, const char *key, int most, int *out)
{
    *out = cJSON_GetArraySize(array);
    if (*out <= most)
        return TEND_OK;
    return json_fail(array, r->name, r->err, "%d %s, expected at most %d", *out, key, most);
}

// reads every item of an array with one of the functions above
static tend_rc read_all(reader *r, const cJSON *array, const char *key,
                        tend_rc (*read)(reader *, const cJSON *, int))
{
    const cJSON *item;
    int i = 0;
    tend_rc rc = TEND_OK;
    cJSON_ArrayForEach(item, array)
    {
        if (rc != TEND_OK)
            return rc;
        rc = cJSON_IsObject(item)
                 ? read(r, item, i)
                 : json_fail(item, where(r, key, i).text, r->err, "expected an object");
        rc = note(r, rc);
        i++;
    }
    return rc;
}

// the checks know nothing of files: adds the file, and the line of the culprit
static tend_rc check(const reader *r, const cJSON *root,
                     tend_rc (*one)(const tend_system *, struct system_at *, tend_err *))
{
    struct system_at at;
    tend_err found = {TEND_OK, ""};
    tend_rc rc = one(&r->draft, &at, &found);
    if (rc == TEND_OK)
        return TEND_OK;
    if (rc != TEND_INPUT)
        return tend_fail(r->err, rc, "%s: %s", r->name, found.text);
    // an action's place in the list is not its item's: one item may stand for many
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, at.member);
    if (item && at.index >= 0)
        item = cJSON_GetArrayItem(item, strcmp(at.member, "actions") == 0 ? r->origin[at.index]
                                                                          : at.index);
    return json_fail(item ? item : root, r->name, r->err, "%s", found.text);
}

// Checked before anything refers to them: the errors of edges and actions can then name services.
static tend_rc read_services(reader *r, const cJSON *root)
{
    const cJSON *array = NULL;
    tend_rc rc = json_array(root, "services", true, &array, r->name, r->err);
    if (rc != TEND_OK)
        return rc;
    int count;
    rc = count_of(r, array, "services", SYSTEM_SERVICES_MOST, &count);
    if (rc != TEND_OK)
        return rc;
    r->services = calloc((size_t)count + 1, sizeof *r->services);
    if (!r->services)
        return tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->name);
    for (int i = 0; i < count; i++)
        r->services[i].name = ""; // of an item that is no object
    rc = read_all(r, array, "services", read_service);
    // S stays 0 when reading has ended: services behind the fault were not read
    r->draft.services = r->services;
    r->draft.S = rc == TEND_OK ? count : 0;
    if (rc == TEND_OK && err_noted(r->all) == 0)
        rc = note(r, check(r, root, system_check_services));
    for (int i = 0; i < count && rc == TEND_OK; i++)
        if (*r->services[i].name &&
            !lookup_add_name(&r->service, r->services[i].name, strlen(r->services[i].name), i))
            rc = tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->name);
    return rc;
}

// A list of its own replaces the usual metrics altogether.
static tend_rc read_metrics(reader *r, const cJSON *root)
{
    const cJSON *array = NULL;
    tend_rc rc = json_array(root, "metrics", false, &array, r->name, r->err);
    if (rc != TEND_OK)
        return rc;
    r->draft.metrics = r->usual; // borrowed names, static ones
    r->draft.M = system_usual_metrics(r->usual);
    if (!array)
        return TEND_OK;
    int count;
    rc = count_of(r, array, "metrics", SYSTEM_METRICS_MOST, &count);
    if (rc != TEND_OK)
        return rc;
    r->metrics = calloc((size_t)count + 1, sizeof *r->metrics);
    if (!r->metrics)
        return tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->name);
    r->draft.metrics = r->metrics;
    r->draft.M = count;
    return read_all(r, array, "metrics", read_metric);
}

// No list: services that do not call each other.
static tend_rc read_edges(reader *r, const cJSON *root)
{
    const cJSON *array = NULL;
    tend_rc rc = json_array(root, "edges", false, &array, r->name, r->err);
    if (rc != TEND_OK || !array)
        return rc;
    int count;
    rc = count_of(r, array, "edges", SYSTEM_EDGES_MOST, &count);
    if (rc != TEND_OK)
        return rc;
    r->edges = calloc((size_t)count + 1, sizeof *r->edges);
    if (!r->edges)
        return tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->name);
    r->draft.edges = r->edges;
    r->draft.E = count;
    return read_all(r, array, "edges", read_edge);
}

// room for more actions, all of them from item i
static tend_rc add_room(reader *r, int more, int i)
{
    int count = r->draft.A + more;
    if (count > SYSTEM_ACTIONS_MOST)
        return tend_fail(r->err, TEND_INPUT, "%s: %d actions, expected at most %d", r->name, count,
                         SYSTEM_ACTIONS_MOST);
    tend_action *actions = realloc(r->actions, (size_t)count * sizeof *actions);
    // each is kept as soon as it has grown: the reader frees both whatever fails
    r->actions = actions ? actions : r->actions;
    int *origin = realloc(r->origin, (size_t)count * sizeof *origin);
    r->origin = origin ? origin : r->origin;
    if (!actions || !origin)
        return tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->name);
    for (int a = r->draft.A; a < count; a++)
        r->origin[a] = i;
    return TEND_OK;
}

// "restart": wherever it can be done
static tend_rc read_everywhere(reader *r, const cJSON *item, int i, tend_action_kind kind)
{
    int count = system_spread(&r->draft, kind, NULL);
    if (count == 0)
        return json_fail(item, where(r, "actions", i).text, r->err,
                         "%s: the system has nothing it could be done to",
                         tend_action_kind_name(kind));
    tend_rc rc = add_room(r, count, i);
    if (rc == TEND_OK)
        r->draft.A += system_spread(&r->draft, kind, r->actions + r->draft.A);
    return rc;
}

// "caller>callee" to an edge of the system.
static tend_rc find_edge(const reader *r, const cJSON *item, const char *at, tend_action *out)
{
    const char *text = NULL;
    tend_rc rc = json_text(item, "edge", true, &text, at, r->err);
    const char *sign = text ? strchr(text, '>') : NULL;
    if (rc != TEND_OK)
        return rc;
    int caller = sign ? lookup_name(&r->service, text, (size_t)(sign - text)) : -1;
    int callee = sign ? lookup_name(&r->service, sign + 1, strlen(sign + 1)) : -1;
    out->service = callee;
    out->edge = caller < 0 || callee < 0 ? -1 : tend_system_edge(&r->draft, caller, callee);
    if (out->edge < 0)
        return json_fail(cJSON_GetObjectItemCaseSensitive(item, "edge"), at, r->err,
                         "edge: \"%.80s\", expected \"caller>callee\" of the system", text);
    return TEND_OK;
}

// {"kind": "restart", "service": "db"}, {"kind": "reroute", "edge": "api>db"}, {"kind": "limit"}
static tend_rc read_there(reader *r, const cJSON *item, int i, tend_action_kind kind)
{
    static const char *const known[TEND_TARGETS][3] = {[TEND_AT_NOTHING] = {"kind"},
                                                       [TEND_AT_SYSTEM] = {"kind"},
                                                       [TEND_AT_SERVICE] = {"kind", "service"},
                                                       [TEND_AT_CACHE] = {"kind", "service"},
                                                       [TEND_AT_EDGE] = {"kind", "edge"}};
    tend_target target = tend_action_row(kind)->target;
    place at = where(r, "actions", i);
    tend_action found = {.kind = kind, .service = -1, .edge = -1};
    // what a kind is not done to is an unknown key, not one that is ignored
    tend_rc rc = json_only(item, known[target], at.text, r->err);
    // where it is done: a service, a call, or nothing to say
    if (rc == TEND_OK && (target == TEND_AT_SERVICE || target == TEND_AT_CACHE))
        rc = find_service(r, item, "service", &found.service, at.text);
    if (rc == TEND_OK && target == TEND_AT_EDGE)
        rc = find_edge(r, item, at.text, &found);
    if (rc == TEND_OK && target == TEND_AT_CACHE &&
        r->draft.services[found.service].kind != TEND_CACHE)
        rc = json_fail(item, at.text, r->err, "%s on %s, expected a cache",
                       tend_action_kind_name(kind), r->draft.services[found.service].name);
    if (rc == TEND_OK)
        rc = add_room(r, 1, i);
    if (rc == TEND_OK)
        r->actions[r->draft.A++] = found;
    return rc;
}

static tend_rc read_action(reader *r, const cJSON *item, int i)
{
    const char *kinds[TEND_ACTION_KINDS + 1] = {NULL};
    for (int k = TEND_NOOP + 1; k < TEND_ACTION_KINDS; k++)
        kinds[k - TEND_NOOP - 1] = tend_action_kind_name((tend_action_kind)k);
    place at = where(r, "actions", i);
    const cJSON *name =
        cJSON_IsObject(item) ? cJSON_GetObjectItemCaseSensitive(item, "kind") : item;
    if (!cJSON_IsString(name))
        return json_fail(name ? name : item, at.text, r->err,
                         "expected a kind of action, or an object with \"kind\" and where");
    int kind = 0;
    while (kinds[kind] && strcmp(kinds[kind], name->valuestring) != 0)
        kind++;
    if (!kinds[kind])
        return unknown(name, "kind", kinds, at.text, r->err);
    // noop cannot be listed, so the names begin behind it
    kind += TEND_NOOP + 1;
    return cJSON_IsObject(item) ? read_there(r, item, i, (tend_action_kind)kind)
                                : read_everywhere(r, item, i, (tend_action_kind)kind);
}

// Without a list the usual actions are made; doing nothing is in every list and comes first.
static tend_rc read_actions(reader *r, const cJSON *root)
{
    const cJSON *array = NULL, *item;
    tend_rc rc = json_array(root, "actions", false, &array, r->name, r->err);
    if (rc != TEND_OK || !array)
        return rc;
    int i = 0;
    rc = add_room(r, 1, 0);
    if (rc == TEND_OK)
        r->actions[r->draft.A++] = (tend_action){NULL, TEND_NOOP, -1, -1};
    cJSON_ArrayForEach(item, array)
    {
        if (rc == TEND_OK)
            rc = note(r, read_action(r, item, i++));
    }
    r->draft.actions = r->actions;
    return rc;
}

static tend_rc read_limit(const reader *r, const cJSON *slo, const char *key, double most,
                          double *out, const char *at)
{
    if (!cJSON_HasObjectItem(slo, key))
        return json_fail(slo, at, r->err, "%s: missing, expected a number", key);
    return json_number(slo, key, (json_range){0, most}, out, at, r->err);
}

// Required: without an objective nothing is ever a breach.
static tend_rc read_slo(reader *r, const cJSON *root)
{
    static const char *const known[] = {"p95_ms", "error_share", NULL};
    const cJSON *slo = cJSON_GetObjectItemCaseSensitive(root, "slo");
    char at[320];
    snprintf(at, sizeof at, "%.300s: slo", r->name);
    if (!cJSON_IsObject(slo))
        return json_fail(slo ? slo : root, at, r->err, "%s, expected an object",
                         slo ? "not an object" : "missing");
    tend_rc rc = json_only_all(slo, known, at, r->all, r->err);
    if (rc == TEND_OK)
        rc = note(r, read_limit(r, slo, "p95_ms", 1e9, &r->draft.slo.p95_ms, at));
    if (rc == TEND_OK)
        rc = note(r, read_limit(r, slo, "error_share", 1, &r->draft.slo.error_share, at));
    return rc;
}

static tend_rc read_entry(reader *r, const cJSON *root)
{
    return find_service(r, root, "entry", &r->draft.entry, r->name);
}

// Services first: all that follows names them.
static tend_rc read_root(reader *r, const cJSON *root)
{
    static const char *const known[] = {"name",    "help",  "step_s", "services",
                                        "metrics", "edges", "entry",  "actions",
                                        "slo",     "sim",   NULL};
    if (!cJSON_IsObject(root))
        return json_fail(root, r->name, r->err, "expected an object that describes a system");
    const char *help = NULL; // for readers of the file
    r->draft.step_s = 1;     // s, unless told
    tend_rc rc = json_only_all(root, known, r->name, r->all, r->err);
    if (rc == TEND_OK)
        rc = note(r, json_text(root, "name", true, &r->draft.name, r->name, r->err));
    if (rc == TEND_OK)
        rc = note(r, json_text(root, "help", false, &help, r->name, r->err));
    if (rc == TEND_OK)
        rc = note(r, json_number(root, "step_s", (json_range){0, 86400}, &r->draft.step_s, r->name,
                                 r->err));
    tend_rc (*const parts[])(reader *, const cJSON *) = {read_services, read_metrics, read_edges,
                                                         read_entry,    read_actions, read_slo};
    for (size_t i = 0; i < sizeof parts / sizeof *parts && rc == TEND_OK; i++)
        rc = note(r, parts[i](r, root));
    return rc;
}

tend_rc system_parse_all(const json_file *file, err_list *all, tend_system **out, tend_err *err)
{
    cJSON *root = NULL;
    reader r = {.name = file->name, .all = all, .err = err};
    tend_rc rc = json_parse(file->text, file->length, file->name, &root, err);
    if (rc == TEND_OK)
        rc = read_root(&r, root);
    // what must hold of the whole is only asked of parts that are sound
    if (rc == TEND_OK && err_noted(all) == 0)
        rc = note(&r, check(&r, root, system_check));
    if (rc == TEND_OK && err_noted(all) > 0)
        rc = TEND_INPUT;
    if (rc == TEND_OK)
        rc = tend_system_build(&r.draft, out, err);
    free(r.services);
    free(r.metrics);
    free(r.edges);
    free(r.actions);
    free(r.origin);
    lookup_free(&r.service);
    cJSON_Delete(root);
    return rc;
}

tend_rc tend_system_parse(const char *text, size_t length, const char *name, tend_system **out,
                          tend_err *err)
{
    return system_parse_all(&(json_file){text, length, name}, NULL, out, err);
}
