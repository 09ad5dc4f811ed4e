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
    {"world", "object", KEY_NO_RANGE, "as it is",
     "numbers of \"sim\" of a system (tend params sim), instead of the system's own"},
    {"crowd", "integer", TICKS, "none", "tick in which a harmless crowd begins"},
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
    {"start", "integer", TICKS, "drawn", "onset in ticks; drawn, usually from steps/4 to steps/2"},
    {"duration",
     "integer",
     {1, 1e6},
     "drawn",
     "ticks; drawn: to the end, but a while of what passes by itself (docs/simulator.md, 4)"},
    {"ramp", "integer", {0, 30000}, "drawn", "ticks in which it grows to its strength; 0: at once"},
    {"flap", "integer", {0, 30000}, "drawn", "ticks for which it comes, goes, comes; 0: it stays"},
    {"severity", "number", {0.01, 1}, "drawn", "how strong; drawn from world.severity_least to 1"},
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
    err_list *all; // NULL: the first fault ends the reading
    tend_err *err;
} reader;

static tend_rc note(const reader *r, tend_rc rc)
{
    return err_note(r->all, rc, r->err);
}

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

// Where the file says a fault sits: not both.
static tend_rc read_place(const reader *r, const cJSON *item, const char *where,
                          scenario_spec *spec)
{
    const char *service = NULL, *edge = NULL;
    tend_rc rc = json_text(item, "service", false, &service, where, r->err);
    if (rc == TEND_OK)
        rc = json_text(item, "edge", false, &edge, where, r->err);
    if (rc == TEND_OK && service && edge)
        rc = json_fail(item, where, r->err, "\"service\" and \"edge\", expected one of them");
    if (rc == TEND_OK && service)
        rc = find_service(r->system, service, item, where, &spec->service, r->err);
    if (rc == TEND_OK && edge)
        rc = find_edge(r->system, edge, item, where, &spec->edge, r->err);
    return rc;
}

static tend_rc read_type(const reader *r, const cJSON *item, const char *where, scenario_spec *spec)
{
    const char *type = NULL;
    tend_rc rc = json_text(item, "type", false, &type, where, r->err);
    return rc == TEND_OK && type ? find_type(type, item, where, &spec->type, r->err) : rc;
}

static tend_rc read_severity(const reader *r, const cJSON *item, const char *where,
                             scenario_spec *spec)
{
    double severity = -1; // not in the file, as no severity can be
    tend_rc rc =
        json_number(item, "severity", key_range(fault_keys, "severity"), &severity, where, r->err);
    if (rc == TEND_OK && severity > 0)
        spec->severity = severity;
    return rc;
}

// What the file fixes of one fault; the rest stays open and is drawn. -1: not in the file.
static tend_rc read_spec(const reader *r, const cJSON *item, const char *where, scenario_spec *spec,
                         fault *out)
{
    const char *known[KEYS_MOST + 1];
    int ramp = -1, flap = -1;
    out->start = out->duration = out->ramp = out->flap = -1;
    if (!cJSON_IsObject(item))
        return json_fail(item, where, r->err, "expected an object");
    key_names(fault_keys, known);
    tend_rc rc = json_only_all(item, known, where, r->all, r->err);
    if (rc == TEND_OK)
        rc = note(r, read_type(r, item, where, spec));
    if (rc == TEND_OK)
        rc = note(r, read_place(r, item, where, spec));
    if (rc == TEND_OK)
        rc = note(r, read_severity(r, item, where, spec));
    if (rc == TEND_OK)
        rc = note(r, read_ticks(item, "start", key_range(fault_keys, "start"), &out->start, where,
                                r->err));
    if (rc == TEND_OK)
        rc = note(r, read_ticks(item, "duration", key_range(fault_keys, "duration"), &out->duration,
                                where, r->err));
    if (rc == TEND_OK)
        rc = note(r, read_ticks(item, "ramp", key_range(fault_keys, "ramp"), &ramp, where, r->err));
    if (rc == TEND_OK)
        rc = note(r, read_ticks(item, "flap", key_range(fault_keys, "flap"), &flap, where, r->err));
    out->ramp = (int16_t)ramp;
    out->flap = (int16_t)flap;
    return rc;
}

static tend_rc read_fault(const reader *r, const cJSON *item, int index, const char *where,
                          fault *out)
{
    scenario_spec spec = scenario_any(r->steps);
    fault fixed;
    int before = err_noted(r->all);
    tend_rc rc = read_spec(r, item, where, &spec, &fixed);
    if (rc != TEND_OK || err_noted(r->all) > before)
        return rc;
    // the first fault is drawn as `--fault` would: a file that fixes nothing repeats a seed's
    // incident
    rng from = index == 0 ? r->from : rng_split(&r->from, "fault", (uint64_t)index);
    // the drawer knows no file: its message gets the place in front
    tend_err inner = {TEND_OK, ""};
    draw_place place = {r->system, r->p, r->t};
    rc = draw_fault(&spec, &place, &from, out, &inner);
    if (rc != TEND_OK)
        return rc == TEND_INPUT ? json_fail(item, where, r->err, "%s", inner.text)
                                : tend_fail(r->err, rc, "%s: %s", where, inner.text);
    // drawn above; the file's own word comes last and wins
    out->start = fixed.start >= 0 ? fixed.start : out->start;
    out->duration = fixed.duration >= 0 ? fixed.duration : out->duration;
    out->ramp = fixed.ramp >= 0 ? fixed.ramp : out->ramp;
    out->flap = fixed.flap >= 0 ? fixed.flap : out->flap;
    return TEND_OK;
}

// No list, or an empty one: a healthy control.
static tend_rc read_faults(const reader *r, const cJSON *list, const char *name, scenario *out)
{
    char where[160];
    tend_rc rc = TEND_OK;
    for (const cJSON *item = list ? list->child : NULL; item && rc == TEND_OK; item = item->next) {
        snprintf(where, sizeof where, "%.100s: faults[%d]", name, out->faults);
        if (out->faults == SCENARIO_FAULTS_MAX)
            return json_fail(item, where, r->err, "expected at most %d faults",
                             SCENARIO_FAULTS_MAX);
        rc = note(r, read_fault(r, item, out->faults, where, &out->fault[out->faults]));
        out->faults++;
    }
    return rc;
}

// Item i of deploys; its tick is drawn unless the file has one.
static tend_rc read_deploy(const reader *r, const cJSON *item, int i, const char *where,
                           scenario *out)
{
    const char *known[KEYS_MOST + 1], *service = NULL;
    if (!cJSON_IsObject(item))
        return json_fail(item, where, r->err, "expected an object");
    rng from = rng_split(&r->from, "deploy", (uint64_t)i);
    out->deploy[i].tick = r->steps > 1 ? (int)rng_below(&from, (uint32_t)r->steps) : 0;
    key_names(deploy_keys, known);
    tend_rc rc = json_only_all(item, known, where, r->all, r->err);
    if (rc == TEND_OK)
        rc = note(r, json_text(item, "service", true, &service, where, r->err));
    if (rc == TEND_OK && service)
        rc =
            note(r, find_service(r->system, service, item, where, &out->deploy[i].service, r->err));
    if (rc == TEND_OK)
        rc = note(r, read_ticks(item, "tick", key_range(deploy_keys, "tick"), &out->deploy[i].tick,
                                where, r->err));
    return rc;
}

static tend_rc read_deploys(const reader *r, const cJSON *list, const char *name, scenario *out)
{
    char where[160];
    tend_rc rc = TEND_OK;
    // no key: drawn as for a seed; an empty list means none
    if (!list) {
        draw_deploys(&(draw_place){r->system, r->p, r->t}, r->steps, &r->from, out);
        return TEND_OK;
    }
    for (const cJSON *item = list->child; item && rc == TEND_OK; item = item->next) {
        snprintf(where, sizeof where, "%.100s: deploys[%d]", name, out->deploys);
        if (out->deploys == SCENARIO_DEPLOYS_MAX)
            return json_fail(item, where, r->err, "expected at most %d deployments",
                             SCENARIO_DEPLOYS_MAX);
        rc = note(r, read_deploy(r, item, out->deploys, where, out));
        out->deploys++;
    }
    return rc;
}

// Keys of the whole, then its two lists.
// Read for its faults alone: the numbers have been set by scenario_world before anything is drawn.
static tend_rc check_world(const reader *r, const cJSON *root, const char *name)
{
    const cJSON *world = cJSON_GetObjectItemCaseSensitive(root, "world");
    plant unused = *r->p;
    char where[160];
    if (!world)
        return TEND_OK;
    snprintf(where, sizeof where, "%.100s: world", name);
    if (!cJSON_IsObject(world))
        return json_fail(world, where, r->err, "expected an object");
    return plant_set_all(&unused, world, where, r->all, r->err);
}

tend_rc scenario_world(const json_file *file, plant *physics, tend_err *err)
{
    cJSON *root = NULL;
    char where[160];
    tend_rc rc = json_parse(file->text, file->length, file->name, &root, err);
    const cJSON *world = rc == TEND_OK ? cJSON_GetObjectItemCaseSensitive(root, "world") : NULL;
    snprintf(where, sizeof where, "%.100s: world", file->name);
    if (cJSON_IsObject(world)) // anything else is told when the whole is read
        rc = plant_set_all(physics, world, where, NULL, err);
    cJSON_Delete(root);
    return rc;
}

static tend_rc read_all(const reader *r, const cJSON *root, const char *name, scenario *out)
{
    const char *known[KEYS_MOST + 1], *title = "", *help = NULL;
    int crowd = -1;
    const cJSON *faults = NULL, *deploys = NULL;
    if (!cJSON_IsObject(root))
        return json_fail(root, name, r->err, "expected an object with \"name\" and \"faults\"");
    key_names(top_keys, known);
    tend_rc rc = json_only_all(root, known, name, r->all, r->err);
    if (rc == TEND_OK)
        rc = note(r, json_text(root, "name", true, &title, name, r->err));
    if (rc == TEND_OK)
        rc = note(r, json_text(root, "help", false, &help, name, r->err));
    if (rc == TEND_OK)
        rc = note(r, json_array(root, "faults", false, &faults, name, r->err));
    if (rc == TEND_OK)
        rc = note(r, json_array(root, "deploys", false, &deploys, name, r->err));
    if (rc == TEND_OK)
        rc = note(r, check_world(r, root, name));
    if (rc == TEND_OK)
        rc = note(r, read_ticks(root, "crowd", key_range(top_keys, "crowd"), &crowd, name, r->err));
    out->crowd = crowd + 1;
    snprintf(out->name, sizeof out->name, "%s", title);
    if (rc == TEND_OK)
        rc = note(r, read_faults(r, faults, name, out));
    if (rc == TEND_OK)
        rc = note(r, read_deploys(r, deploys, name, out));
    return rc;
}

tend_rc scenario_parse(const scenario_file *from, const tend_system *system, const plant *physics,
                       scenario *out, tend_err *err)
{
    return scenario_parse_all(from, NULL, system, physics, out, err);
}

tend_rc scenario_parse_all(const scenario_file *from, err_list *all, const tend_system *system,
                           const plant *physics, scenario *out, tend_err *err)
{
    cJSON *root = NULL;
    traffic *t = NULL;
    memset(out, 0, sizeof *out);
    tend_rc rc = json_parse(from->text, from->length, from->name, &root, err);
    if (rc == TEND_OK)
        rc = traffic_open(system, physics, &t, err);
    // the same stream as scenario_draw: what is left open is drawn as it would be without a file
    reader r = {system, physics, t, from->steps, rng_make(from->seed, "scenario"), all, err};
    if (rc == TEND_OK)
        rc = read_all(&r, root, from->name, out);
    if (rc == TEND_OK && err_noted(all) > 0)
        rc = TEND_INPUT;
    cJSON_Delete(root);
    traffic_close(t);
    return rc;
}
