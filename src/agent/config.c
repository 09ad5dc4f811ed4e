// SPDX-License-Identifier: GPL-3.0-or-later
// config.c - one block of doubles per part, described by the part's parameter table.
#include "agent/config.h"

#include "agent/decide/guard.h"
#include "agent/decide/guard_lists.h"
#include "agent/decide/judge.h"
#include "agent/detect/alarm.h"
#include "base/assert.h"
#include "base/hash.h"
#include "core/json.h"
#include "core/params.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLUGINS_MAX 16

struct tend_config {
    char name[64];
    const tend_plugin *plugin[CONFIG_PARTS]; // NULL for the engine's own parts
    double params[CONFIG_PARTS][TEND_PARAMS_MAX];
    guard_lists lists;
    double learner[TEND_PARAMS_MAX]; // the policy's parameters as they were given, in seconds
};

static const char *const part_names[CONFIG_PARTS] = {"detector", "diagnoser", "policy",
                                                     "alarm",    "guard",     "judge"};

const char *config_part_name(config_part part)
{
    return part_names[part];
}

// plug-in number i of a part, NULL past the last; `base` is the first member of every plug-in
static const tend_plugin *part_plugin(config_part part, int i)
{
    switch (part) {
    case CONFIG_DETECTOR:
        return tend_detectors()[i] ? &tend_detectors()[i]->base : NULL;
    case CONFIG_DIAGNOSER:
        return tend_diagnosers()[i] ? &tend_diagnosers()[i]->base : NULL;
    case CONFIG_POLICY:
        return tend_policies()[i] ? &tend_policies()[i]->base : NULL;
    case CONFIG_ALARM:
    case CONFIG_GUARD:
    case CONFIG_JUDGE:
    case CONFIG_PARTS:
        break;
    }
    return NULL;
}

static const tend_plugin *find_plugin(config_part part, const char *name)
{
    const tend_plugin *plugin;
    for (int i = 0; (plugin = part_plugin(part, i)); i++)
        if (!name || strcmp(plugin->name, name) == 0)
            return plugin;
    return NULL;
}

const tend_param *config_table(config_part part, const char *plugin)
{
    if (part == CONFIG_ALARM)
        return alarm_param_table;
    if (part == CONFIG_GUARD)
        return guard_param_table;
    if (part == CONFIG_JUDGE)
        return judge_param_table;
    const tend_plugin *found = find_plugin(part, plugin);
    return found ? found->params : NULL;
}

const void *config_params(const tend_config *config, config_part part)
{
    return config->params[part];
}

const tend_plugin *config_plugin(const tend_config *config, config_part part)
{
    return config->plugin[part];
}

static void set_plugin(tend_config *config, config_part part, const tend_plugin *plugin)
{
    config->plugin[part] = plugin;
    memset(config->params[part], 0, sizeof config->params[part]);
    const tend_param *table = plugin ? plugin->params : config_table(part, NULL);
    if (table)
        params_default(table, config->params[part]);
}

tend_rc tend_config_new(tend_config **out, tend_err *err)
{
    tend_config *config = calloc(1, sizeof *config);
    if (!config)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for an agent's configuration");
    snprintf(config->name, sizeof config->name, "default");
    for (config_part part = 0; part < CONFIG_PARTS; part++)
        set_plugin(config, part, find_plugin(part, NULL));
    *out = config;
    return TEND_OK;
}

tend_rc config_copy(const tend_config *config, tend_config **out, tend_err *err)
{
    tend_config *copy = malloc(sizeof *copy);
    if (!copy)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for an agent's configuration");
    *copy = *config;
    *out = copy;
    return TEND_OK;
}

void config_to_ticks(tend_config *config, double step_s)
{
    memcpy(config->learner, config->params[CONFIG_POLICY], sizeof config->learner);
    for (config_part part = 0; part < CONFIG_PARTS; part++) {
        const tend_param *table =
            config->plugin[part] ? config->plugin[part]->params : config_table(part, NULL);
        params_to_ticks(table, config->params[part], step_s);
    }
}

bool config_switch(tend_config *config, const char *name, bool on)
{
    guard_params *rules = (guard_params *)(void *)config->params[CONFIG_GUARD];
    if (strcmp(name, "kill_switch") == 0)
        rules->kill_switch = on;
    else if (strcmp(name, "dry_run") == 0)
        rules->dry_run = on;
    else
        return false;
    return true;
}

static tend_rc choose_plugin(tend_config *config, config_part part, const char *name,
                             const char *where, tend_err *err)
{
    const tend_plugin *plugin = name ? find_plugin(part, name) : NULL;
    if (plugin) {
        set_plugin(config, part, plugin);
        return TEND_OK;
    }
    const char *names[PLUGINS_MAX + 1];
    int count = 0;
    for (const tend_plugin *p; count < PLUGINS_MAX && (p = part_plugin(part, count)); count++)
        names[count] = p->name;
    names[count] = NULL;
    const char *near = nearest_name(name, names);
    return tend_fail(err, TEND_INPUT, "%s: %s \"%s\" is not known%s%s%s", where, part_names[part],
                     name, near ? ", did you mean \"" : "; see `tend params`", near ? near : "",
                     near ? "\"?" : "");
}

static tend_rc set_number(tend_config *config, config_part part, const char *key, double value,
                          const char *where, tend_err *err)
{
    const tend_param *table =
        config->plugin[part] ? config->plugin[part]->params : config_table(part, NULL);
    const tend_param *entry = table ? params_find(table, key) : NULL;
    if (entry)
        return params_set(entry, config->params[part], value, where, err);
    const char *names[TEND_PARAMS_MAX + 1];
    int count = 0;
    for (; table && table[count].name && count < TEND_PARAMS_MAX; count++)
        names[count] = table[count].name;
    names[count] = NULL;
    const char *near = nearest_name(key, names);
    return tend_fail(err, TEND_INPUT, "%s: %s has no parameter \"%s\"%s%s%s", where,
                     part_names[part], key, near ? ", did you mean \"" : "; see `tend params`",
                     near ? near : "", near ? "\"?" : "");
}

// "file:line: part" of a value, for messages
static void place(char where[160], const char *name, const cJSON *item, config_part part)
{
    snprintf(where, 160, "%.120s:%d: %s", name, item->valueint, part_names[part]);
}

static tend_rc read_part(tend_config *config, config_part part, const cJSON *object,
                         const char *name, tend_err *err)
{
    char where[160];
    place(where, name, object, part);
    if (!cJSON_IsObject(object))
        return tend_fail(err, TEND_INPUT, "%s: expected an object", where);
    const cJSON *plugin = cJSON_GetObjectItemCaseSensitive(object, "plugin");
    tend_rc rc = TEND_OK;
    if (plugin) {
        place(where, name, plugin, part);
        if (!cJSON_IsString(plugin) || !find_plugin(part, NULL))
            return tend_fail(err, TEND_INPUT, "%s: \"plugin\" not expected here", where);
        rc = choose_plugin(config, part, plugin->valuestring, where, err);
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        if (rc != TEND_OK)
            return rc;
        if (item == plugin)
            continue;
        place(where, name, item, part);
        if (part == CONFIG_GUARD && guard_lists_have(item->string)) {
            rc = guard_lists_read(&config->lists, item, where, err);
            continue;
        }
        if (!cJSON_IsNumber(item))
            return tend_fail(err, TEND_INPUT, "%s.%s: expected a number", where, item->string);
        rc = set_number(config, part, item->string, item->valuedouble, where, err);
    }
    return rc;
}

tend_rc tend_config_parse(const char *text, size_t length, const char *name, tend_config **out,
                          tend_err *err)
{
    static const char *const known[] = {"name",  "help",  "detector", "diagnoser", "policy",
                                        "alarm", "guard", "judge",    NULL};
    cJSON *root = NULL;
    tend_config *config = NULL;
    const char *label = NULL;
    tend_rc rc = json_parse(text, length, name, &root, err);
    if (rc == TEND_OK && !cJSON_IsObject(root))
        rc = tend_fail(err, TEND_INPUT, "%s: expected an object that describes an agent", name);
    if (rc == TEND_OK)
        rc = json_only(root, known, name, err);
    if (rc == TEND_OK)
        rc = json_text(root, "name", true, &label, name, err);
    if (rc == TEND_OK)
        rc = tend_config_new(&config, err);
    if (rc == TEND_OK)
        snprintf(config->name, sizeof config->name, "%s", label);
    for (config_part part = 0; part < CONFIG_PARTS && rc == TEND_OK; part++) {
        const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, part_names[part]);
        if (object)
            rc = read_part(config, part, object, name, err);
    }
    cJSON_Delete(root);
    if (rc == TEND_OK)
        *out = config;
    else
        tend_config_free(config);
    return rc;
}

static int find_part(const char *name, size_t length)
{
    for (int part = 0; part < CONFIG_PARTS; part++)
        if (strlen(part_names[part]) == length && strncmp(part_names[part], name, length) == 0)
            return part;
    return -1;
}

tend_rc tend_config_set(tend_config *config, const char *path, const char *value, tend_err *err)
{
    size_t length = strcspn(path, ".");
    int part = find_part(path, length);
    if (part < 0) {
        char word[64];
        snprintf(word, sizeof word, "%.*s", (int)length, path);
        const char *names[CONFIG_PARTS + 1];
        memcpy(names, part_names, sizeof part_names);
        names[CONFIG_PARTS] = NULL;
        const char *near = nearest_name(word, names);
        return tend_fail(err, TEND_USAGE, "%s: no section \"%s\"%s%s%s", path, word,
                         near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    if (path[length] == 0)
        return choose_plugin(config, (config_part)part, value, path, err);
    if (part == CONFIG_GUARD && guard_lists_have(path + length + 1))
        return guard_lists_set(&config->lists, path + length + 1, value, path, err);
    char *end;
    double number = strtod(value, &end);
    if (end == value || *end || !isfinite(number))
        return tend_fail(err, TEND_USAGE, "%s: \"%s\", expected a number", path, value);
    return set_number(config, (config_part)part, path + length + 1, number, path, err);
}

const char *tend_config_plugin(const tend_config *config, const char *section)
{
    int part = find_part(section, strlen(section));
    return part >= 0 && config->plugin[part] ? config->plugin[part]->name : "";
}

const char *tend_config_name(const tend_config *config)
{
    return config->name;
}

double tend_config_number(const tend_config *config, const char *section, const char *param)
{
    int part = find_part(section, strlen(section));
    if (part < 0)
        return (double)NAN;
    const tend_param *table =
        config->plugin[part] ? config->plugin[part]->params : config_table((config_part)part, NULL);
    const tend_param *entry = table ? params_find(table, param) : NULL;
    return entry ? params_get(entry, config->params[part]) : (double)NAN;
}

const char *tend_config_list(const tend_config *config, const char *section, const char *name)
{
    bool known = strcmp(section, part_names[CONFIG_GUARD]) == 0 && guard_lists_have(name);
    return known ? guard_lists_text(&config->lists, name) : NULL;
}

const guard_lists *config_guard_lists(const tend_config *config)
{
    return &config->lists;
}

const double *config_learner(const tend_config *config)
{
    return config->learner;
}

uint64_t config_learner_hash(const tend_config *config)
{
    const char *name = config->plugin[CONFIG_POLICY]->name;
    return hash_bytes(hash_bytes(HASH_START, name, strlen(name)), config->learner,
                      sizeof config->learner);
}

uint64_t config_hash(const tend_config *config)
{
    uint64_t hash = HASH_START;
    for (int part = 0; part < CONFIG_PARTS; part++) {
        const char *name = config->plugin[part] ? config->plugin[part]->name : "";
        hash = hash_bytes(hash, name, strlen(name) + 1);
        hash = hash_bytes(hash, config->params[part], sizeof config->params[part]);
    }
    return guard_lists_hash(&config->lists, hash);
}

void tend_config_free(tend_config *config)
{
    free(config);
}
