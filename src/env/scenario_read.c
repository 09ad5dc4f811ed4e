// SPDX-License-Identifier: GPL-3.0-or-later
// scenario_read.c - incidents written down as JSON. What a file leaves open is drawn.
#include "core/json.h"
#include "core/params.h"
#include "env/draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKS                                                                                      \
    {                                                                                              \
        0, 1e6                                                                                     \
    }

static const key_row top_keys[] = {
    {"name", "text", KEY_NO_RANGE, "required", "what it is called"},
    {"help", "text", KEY_NO_RANGE, "", "a line for readers"},
    {"faults", "list", KEY_NO_RANGE, "none", "up to 4; without any the episode is healthy"},
    {"deploys", "list", KEY_NO_RANGE, "drawn",
     "up to 4 harmless deployments; drawn: 0 to 2, at any place and time; []: none"},
    {.name = NULL},
};

static const key_row fault_keys[] = {
    {"type", "text", KEY_NO_RANGE, "drawn",
     "a fault's name; drawn evenly of those that users would notice, or that can sit where told"},
    {"service", "text", KEY_NO_RANGE, "drawn",
     "where it sits; drawn evenly of the places where users would notice it"},
    {"edge", "text", KEY_NO_RANGE, "drawn",
     "caller>callee, of a fault of a link; not beside service"},
    {"start", "integer", TICKS, "drawn", "onset in ticks; drawn from steps/4 to steps/2"},
    {"duration",
     "integer",
     {1, 1e6},
     "drawn",
     "ticks; drawn: to the end, but a while of what passes by itself (docs/simulator.md, 4)"},
    {"severity", "number", {0.01, 1}, "drawn", "how strong; drawn from 0.4 to 1"},
    {.name = NULL},
};

static const key_row deploy_keys[] = {
    {"service", "text", KEY_NO_RANGE, "required", "whose new version goes live"},
    {"tick", "integer", TICKS, "drawn", "when; drawn from the whole episode"},
    {.name = NULL},
};

const key_row *scenario_keys(void)
{
    return top_keys;
}

const key_row *scenario_fault_keys(void)
{
    return fault_keys;
}

const key_row *scenario_deploy_keys(void)
{
    return deploy_keys;
}

typedef struct reader {
    const tend_system *system;
    const plant *p;
    const traffic *t;
    int steps;
    rng from;
} reader;

// What `key` says is not known; names the nearest word when there is one near enough.
static tend_rc unknown(const cJSON *item, const char *key, const char *near, const char *where,
                       tend_err *err)
{
    const cJSON *at = cJSON_GetObjectItemCaseSensitive(item, key);
    if (near)
        return json_fail(at, where, err, "%s: \"%s\" is unknown, did you mean \"%s\"?", key,
                         at->valuestring, near);
    return json_fail(at, where, err, "%s: \"%s\", expected a known name", key, at->valuestring);
}

static tend_rc find_service(const tend_system *system, const char *text, const cJSON *at,
                            const char *where, int *out, tend_err *err)
{
    *out = tend_system_service(system, text);
    if (*out >= 0)
        return TEND_OK;
    const char **names = calloc((size_t)system->S + 1, sizeof *names);
    if (!names)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", where);
    for (int s = 0; s < system->S; s++)
        names[s] = system->services[s].name;
    tend_rc rc = unknown(at, "service", nearest_name(text, names), where, err);
    free(names);
    return rc;
}

// "caller>callee", blanks around the sign allowed.
static tend_rc find_edge(const tend_system *system, const char *text, const cJSON *at,
                         const char *where, int *out, tend_err *err)
{
    for (int e = 0; e < system->E; e++) {
        const char *caller = system->services[system->edges[e].caller].name;
        const char *callee = system->services[system->edges[e].callee].name;
        size_t n = strlen(caller);
        if (strncmp(text, caller, n) != 0)
            continue;
        const char *rest = text + n;
        rest += strspn(rest, " ");
        if (*rest++ != '>')
            continue;
        rest += strspn(rest, " ");
        if (strcmp(rest, callee) == 0) {
            *out = e;
            return TEND_OK;
        }
    }
    return json_fail(at, where, err, "edge: \"%s\", expected \"caller>callee\" of the system",
                     text);
}

// "none" is no fault one can ask for: an empty list says that.
static tend_rc find_type(const char *text, const cJSON *at, const char *where, int *out,
                         tend_err *err)
{
    const char *names[FAULT_TYPES + 1] = {NULL};
    *out = fault_find(text);
    if (*out > FAULT_NONE)
        return TEND_OK;
    for (int i = 1; i < FAULT_TYPES; i++)
        names[i - 1] = fault_name((fault_type)i);
    return unknown(at, "type", nearest_name(text, names), where, err);
}

// A whole number; *out keeps its value when the key is absent.
static tend_rc read_ticks(const cJSON *item, const char *key, json_range range, int *out,
                          const char *where, tend_err *err)
{
    double value = *out;
    tend_rc rc = json_number(item, key, range, &value, where, err);
    if (rc == TEND_OK && value != (int)value)
        return json_fail(item, where, err, "%s %g, expected a whole number of ticks", key, value);
    if (rc == TEND_OK)
        *out = (int)value;
    return rc;
}

// What the file fixes of one fault; the rest stays open and is drawn.
static tend_rc read_spec(const reader *r, const cJSON *item, const char *where, scenario_spec *spec,
                         tend_err *err)
{
    const char *known[KEYS_MOST + 1];
    const char *type = NULL, *service = NULL, *edge = NULL;
    tend_rc rc;
    if (!cJSON_IsObject(item))
        return json_fail(item, where, err, "expected an object");
    key_names(fault_keys, known);
    if ((rc = json_only(item, known, where, err)) != TEND_OK ||
        (rc = json_text(item, "type", false, &type, where, err)) != TEND_OK ||
        (rc = json_text(item, "service", false, &service, where, err)) != TEND_OK ||
        (rc = json_text(item, "edge", false, &edge, where, err)) != TEND_OK)
        return rc;
    if (service && edge)
        return json_fail(item, where, err, "\"service\" and \"edge\", expected one of them");
    if ((type && (rc = find_type(type, item, where, &spec->type, err)) != TEND_OK) ||
        (service &&
         (rc = find_service(r->system, service, item, where, &spec->service, err)) != 0) ||
        (edge && (rc = find_edge(r->system, edge, item, where, &spec->edge, err)) != TEND_OK))
        return rc;
    // -1: not in the file, as no severity can be
    double severity = -1;
    rc = json_number(item, "severity", key_range(fault_keys, "severity"), &severity, where, err);
    if (rc == TEND_OK && severity > 0)
        spec->severity = severity;
    return rc;
}

static tend_rc read_fault(const reader *r, const cJSON *item, int index, const char *where,
                          fault *out, tend_err *err)
{
    scenario_spec spec = scenario_any(r->steps);
    tend_rc rc = read_spec(r, item, where, &spec, err);
    if (rc != TEND_OK)
        return rc;
    // the first fault is drawn as `--fault` would: a file that fixes nothing repeats a seed's
    // incident
    rng from = index == 0 ? r->from : rng_split(&r->from, "fault", (uint64_t)index);
    // the drawer knows no file: its message gets the place in front
    tend_err inner = {TEND_OK, ""};
    draw_place place = {r->system, r->p, r->t};
    rc = draw_fault(&spec, &place, &from, out, &inner);
    if (rc != TEND_OK)
        return rc == TEND_INPUT ? json_fail(item, where, err, "%s", inner.text)
                                : tend_fail(err, rc, "%s: %s", where, inner.text);
    // drawn above; the file's own word comes last and wins
    rc = read_ticks(item, "start", key_range(fault_keys, "start"), &out->start, where, err);
    if (rc == TEND_OK)
        rc = read_ticks(item, "duration", key_range(fault_keys, "duration"), &out->duration, where,
                        err);
    return rc;
}

// No list, or an empty one: a healthy control.
static tend_rc read_faults(const reader *r, const cJSON *list, const char *name, scenario *out,
                           tend_err *err)
{
    char where[160];
    for (const cJSON *item = list ? list->child : NULL; item; item = item->next) {
        snprintf(where, sizeof where, "%.100s: faults[%d]", name, out->faults);
        if (out->faults == SCENARIO_FAULTS_MAX)
            return json_fail(item, where, err, "expected at most %d faults", SCENARIO_FAULTS_MAX);
        tend_rc rc = read_fault(r, item, out->faults, where, &out->fault[out->faults], err);
        if (rc != TEND_OK)
            return rc;
        out->faults++;
    }
    return TEND_OK;
}

static tend_rc read_deploys(const reader *r, const cJSON *list, const char *name, scenario *out,
                            tend_err *err)
{
    const char *known[KEYS_MOST + 1];
    char where[160];
    // no key: drawn as for a seed; an empty list means none
    if (!list) {
        draw_deploys(r->system, r->steps, &r->from, out);
        return TEND_OK;
    }
    key_names(deploy_keys, known);
    for (const cJSON *item = list->child; item; item = item->next) {
        int i = out->deploys;
        snprintf(where, sizeof where, "%.100s: deploys[%d]", name, i);
        if (i == SCENARIO_DEPLOYS_MAX)
            return json_fail(item, where, err, "expected at most %d deployments",
                             SCENARIO_DEPLOYS_MAX);
        if (!cJSON_IsObject(item))
            return json_fail(item, where, err, "expected an object");
        const char *service = NULL;
        tend_rc rc = json_only(item, known, where, err);
        rng from = rng_split(&r->from, "deploy", (uint64_t)i);
        // drawn unless the file has one
        out->deploy[i].tick = r->steps > 1 ? (int)rng_below(&from, (uint32_t)r->steps) : 0;
        if (rc != TEND_OK ||
            (rc = json_text(item, "service", true, &service, where, err)) != TEND_OK ||
            (rc = find_service(r->system, service, item, where, &out->deploy[i].service, err)) !=
                0 ||
            (rc = read_ticks(item, "tick", key_range(deploy_keys, "tick"), &out->deploy[i].tick,
                             where, err)) != TEND_OK)
            return rc;
        out->deploys++;
    }
    return TEND_OK;
}

tend_rc scenario_parse(const scenario_file *from, const tend_system *system, const plant *physics,
                       scenario *out, tend_err *err)
{
    const char *name = from->name;
    const char *known[KEYS_MOST + 1];
    cJSON *root = NULL;
    traffic *t = NULL;
    const char *title = NULL, *help = NULL;
    const cJSON *faults = NULL, *deploys = NULL;
    memset(out, 0, sizeof *out);
    key_names(top_keys, known);
    tend_rc rc = json_parse(from->text, from->length, name, &root, err);
    if (rc != TEND_OK)
        goto done;
    if (!cJSON_IsObject(root)) {
        rc = json_fail(root, name, err, "expected an object with \"name\" and \"faults\"");
        goto done;
    }
    if ((rc = json_only(root, known, name, err)) != TEND_OK ||
        (rc = json_text(root, "name", true, &title, name, err)) != TEND_OK ||
        (rc = json_text(root, "help", false, &help, name, err)) != TEND_OK ||
        (rc = json_array(root, "faults", false, &faults, name, err)) != TEND_OK ||
        (rc = json_array(root, "deploys", false, &deploys, name, err)) != TEND_OK ||
        (rc = traffic_open(system, physics, &t, err)) != TEND_OK)
        goto done;
    snprintf(out->name, sizeof out->name, "%s", title);
    // the same stream as scenario_draw: what is left open is drawn as it would be without a file
    reader r = {system, physics, t, from->steps, rng_make(from->seed, "scenario")};
    if ((rc = read_faults(&r, faults, name, out, err)) == TEND_OK)
        rc = read_deploys(&r, deploys, name, out, err);
done:
    cJSON_Delete(root);
    traffic_close(t);
    return rc;
}
