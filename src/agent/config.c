// SPDX-License-Identifier: GPL-3.0-or-later
// config.c - one block of doubles per part, described by the part's parameter table.
#include "agent/config.h"

#include "agent/decide/guard.h"
#include "agent/decide/guard_lists.h"
#include "agent/decide/judge.h"
#include "agent/detect/alarm.h"
#include "agent/plugin_check.h"
#include "base/assert.h"
#include "base/hash.h"
#include "base/number.h"
#include "core/json.h"
#include "core/params.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWN_MAX 8      // of the caller's plug-ins a part
#define PLUGINS_MAX 32 // of a part, with the built-in ones

struct tend_config {
    char name[64];
    const tend_plugin *own[CONFIG_PARTS][OWN_MAX]; // registered by the caller, NULL past the last
    const tend_plugin *plugin[CONFIG_PARTS];       // NULL for the engine's own parts
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

// built-in plug-in number i of a part, NULL past the last; `base` is the first member of each
static const tend_plugin *built_in(config_part part, int i)
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

// what a part may name: the built-in plug-ins, then those registered with config (NULL: none)
static int gather(const tend_config *config, config_part part, const tend_plugin **out)
{
    int count = 0;
    // room is kept for the caller's own, however many are built in
    for (int i = 0; count < PLUGINS_MAX - OWN_MAX && (out[count] = built_in(part, i)); i++)
        count++;
    for (int i = 0; config && i < OWN_MAX && config->own[part][i]; i++)
        out[count++] = config->own[part][i];
    return count;
}

// by name, or the default one (NULL)
static const tend_plugin *find_plugin(const tend_config *config, config_part part, const char *name)
{
    const tend_plugin *all[PLUGINS_MAX];
    int count = gather(config, part, all);
    for (int i = 0; i < count; i++)
        if (!name || strcmp(all[i]->name, name) == 0)
            return all[i];
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
    // only built-in ones: without a configuration no others are known
    const tend_plugin *found = find_plugin(NULL, part, plugin);
    return found ? found->params : NULL;
}

// table of what a configuration has chosen; a plug-in without parameters has an empty one
static const tend_param *chosen_table(const tend_config *config, config_part part)
{
    static const tend_param none[] = {{.name = NULL}};
    const tend_plugin *plugin = config->plugin[part];
    const tend_param *table = plugin ? plugin->params : config_table(part, NULL);
    return table ? table : none;
}

const void *config_params(const tend_config *config, config_part part)
{
    return config->params[part];
}

const tend_plugin *config_plugin(const tend_config *config, config_part part)
{
    return config->plugin[part];
}

// Chooses a plug-in and sets its parameters back: those of another mean other things.
static void set_plugin(tend_config *config, config_part part, const tend_plugin *plugin)
{
    config->plugin[part] = plugin;
    memset(config->params[part], 0, sizeof config->params[part]);
    params_default(chosen_table(config, part), config->params[part]);
}

tend_rc tend_config_new(tend_config **out, tend_err *err)
{
    tend_config *config = calloc(1, sizeof *config);
    if (!config)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for an agent's configuration");
    snprintf(config->name, sizeof config->name, "default");
    for (config_part part = 0; part < CONFIG_PARTS; part++)
        set_plugin(config, part, find_plugin(config, part, NULL));
    *out = config;
    return TEND_OK;
}

// Plain values and pointers to static plug-ins: a copy of the struct is a copy of all.
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
    // lessons are known by the parameters as given: in ticks they would be of one step_s only
    memcpy(config->learner, config->params[CONFIG_POLICY], sizeof config->learner);
    judge_params *judge = (judge_params *)(void *)config->params[CONFIG_JUDGE];
    double seconds = judge->horizon;
    for (config_part part = 0; part < CONFIG_PARTS; part++)
        params_to_ticks(chosen_table(config, part), config->params[part], step_s);
    judge->horizon = judge_horizon(judge->horizon, seconds);
}

// The only two parameters that an open engine may change: nothing is laid out by them.
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

// By name, or an error that suggests the nearest; its parameters are the defaults again.
static tend_rc choose_plugin(tend_config *config, config_part part, const char *name,
                             const char *where, tend_err *err)
{
    const tend_plugin *plugin = name ? find_plugin(config, part, name) : NULL;
    if (plugin) {
        set_plugin(config, part, plugin);
        return TEND_OK;
    }
    const tend_plugin *all[PLUGINS_MAX];
    const char *names[PLUGINS_MAX + 1];
    int count = gather(config, part, all);
    for (int i = 0; i < count; i++)
        names[i] = all[i]->name;
    names[count] = NULL;
    const char *near = nearest_name(name, names);
    return tend_fail(err, TEND_INPUT, "%s: %s \"%s\" is not known%s%s%s", where, part_names[part],
                     name, near ? ", did you mean \"" : "; see `tend params`", near ? near : "",
                     near ? "\"?" : "");
}

// Another plug-in of the part that has a parameter of this name, or NULL.
static const tend_plugin *other_with(const tend_config *config, config_part part, const char *key)
{
    const tend_plugin *all[PLUGINS_MAX];
    int count = gather(config, part, all);
    for (int i = 0; i < count; i++)
        if (all[i]->params && params_find(all[i]->params, key))
            return all[i];
    return NULL;
}

// A parameter of what the part has chosen so far: a plug-in must be named before its parameters.
static tend_rc set_number(tend_config *config, config_part part, const char *key, double value,
                          const char *where, tend_err *err)
{
    const tend_param *table = chosen_table(config, part), *entry = params_find(table, key);
    if (entry)
        return params_set(entry, config->params[part], value, where, err);
    const char *names[TEND_PARAMS_MAX + 1];
    int count = 0;
    for (; table[count].name && count < TEND_PARAMS_MAX; count++)
        names[count] = table[count].name;
    names[count] = NULL;
    const tend_plugin *other = other_with(config, part, key);
    if (other)
        return tend_fail(err, TEND_INPUT,
                         "%s: %s %s has no parameter \"%s\", but %s has; see `tend "
                         "params %s`",
                         where, part_names[part], config->plugin[part]->name, key, other->name,
                         part_names[part]);
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

static tend_rc read_plugin(tend_config *config, config_part part, const cJSON *plugin,
                           const char *name, tend_err *err)
{
    char where[160];
    snprintf(where, sizeof where, "%.120s:%d: %s.plugin", name, plugin->valueint, part_names[part]);
    // alarm, guard and judge have none
    if (!find_plugin(config, part, NULL))
        return tend_fail(err, TEND_INPUT, "%s: not expected here", where);
    if (!cJSON_IsString(plugin))
        return tend_fail(err, TEND_INPUT, "%s: expected the name of a %s", where, part_names[part]);
    return choose_plugin(config, part, plugin->valuestring, where, err);
}

static tend_rc read_parameter(tend_config *config, config_part part, const cJSON *item,
                              const char *name, tend_err *err)
{
    char where[160];
    place(where, name, item, part);
    if (part == CONFIG_GUARD && guard_lists_have(item->string))
        return guard_lists_read(&config->lists, item, where, err);
    if (!cJSON_IsNumber(item))
        return tend_fail(err, TEND_INPUT, "%s.%s: expected a number", where, item->string);
    return set_number(config, part, item->string, item->valuedouble, where, err);
}

// The plug-in first, wherever it stands: it decides which parameters are known.
static tend_rc read_part(tend_config *config, config_part part, const cJSON *object,
                         const char *name, err_list *all, tend_err *err)
{
    char where[160];
    place(where, name, object, part);
    if (!cJSON_IsObject(object))
        return tend_fail(err, TEND_INPUT, "%s: expected an object", where);
    const cJSON *plugin = cJSON_GetObjectItemCaseSensitive(object, "plugin"), *item;
    tend_rc rc = plugin ? read_plugin(config, part, plugin, name, err) : TEND_OK;
    cJSON_ArrayForEach(item, object)
    {
        if (rc != TEND_OK)
            return rc;
        if (item != plugin) // has been read above
            rc = err_note(all, read_parameter(config, part, item, name, err), err);
    }
    return rc;
}

static tend_rc read_all(tend_config *config, const cJSON *root, const char *name, err_list *all,
                        tend_err *err)
{
    static const char *const known[] = {"name",  "help",  "detector", "diagnoser", "policy",
                                        "alarm", "guard", "judge",    NULL};
    const char *label = "", *help = NULL;
    if (!cJSON_IsObject(root))
        return tend_fail(err, TEND_INPUT, "%s: expected an object that describes an agent", name);
    tend_rc rc = json_only_all(root, known, name, all, err);
    if (rc == TEND_OK)
        rc = err_note(all, json_text(root, "name", true, &label, name, err), err);
    if (rc == TEND_OK)
        rc = err_note(all, json_text(root, "help", false, &help, name, err), err);
    snprintf(config->name, sizeof config->name, "%s", label);
    for (config_part part = 0; part < CONFIG_PARTS && rc == TEND_OK; part++) {
        const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, part_names[part]);
        if (object)
            rc = err_note(all, read_part(config, part, object, name, all, err), err);
    }
    return rc == TEND_OK && err_noted(all) > 0 ? TEND_INPUT : rc;
}

tend_rc config_read_all(tend_config *config, const json_file *file, err_list *all, tend_err *err)
{
    cJSON *root = NULL;
    tend_config *draft = NULL; // half a file changes nothing
    tend_rc rc = json_parse(file->text, file->length, file->name, &root, err);
    if (rc == TEND_OK)
        rc = config_copy(config, &draft, err);
    if (rc == TEND_OK)
        rc = read_all(draft, root, file->name, all, err);
    cJSON_Delete(root);
    if (rc == TEND_OK)
        *config = *draft; // all of the file, or nothing
    tend_config_free(draft);
    return rc;
}

tend_rc tend_config_read(tend_config *config, const char *text, size_t length, const char *name,
                         tend_err *err)
{
    return config_read_all(config, &(json_file){text, length, name}, NULL, err);
}

tend_rc tend_config_parse(const char *text, size_t length, const char *name, tend_config **out,
                          tend_err *err)
{
    tend_config *config = NULL;
    tend_rc rc = tend_config_new(&config, err);
    if (rc == TEND_OK)
        rc = tend_config_read(config, text, length, name, err);
    if (rc == TEND_OK)
        *out = config;
    else
        tend_config_free(config);
    return rc;
}

// A name is taken once for all: the file that names it must mean one plug-in.
static tend_rc add_own(tend_config *config, config_part part, const tend_plugin *plugin,
                       tend_err *err)
{
    if (find_plugin(config, part, plugin->name))
        return tend_fail(err, TEND_INPUT, "%s \"%s\": there is one of that name already",
                         part_names[part], plugin->name);
    int own = 0;
    while (own < OWN_MAX && config->own[part][own])
        own++;
    if (own == OWN_MAX)
        return tend_fail(err, TEND_INPUT, "%s \"%s\": %d are registered already, expected less",
                         part_names[part], plugin->name, OWN_MAX);
    config->own[part][own] = plugin;
    return TEND_OK;
}

tend_rc tend_config_register_detector(tend_config *config, const tend_detector *detector,
                                      tend_err *err)
{
    tend_rc rc = plugin_check_detector(detector, err);
    return rc == TEND_OK ? add_own(config, CONFIG_DETECTOR, &detector->base, err) : rc;
}

tend_rc tend_config_register_diagnoser(tend_config *config, const tend_diagnoser *diagnoser,
                                       tend_err *err)
{
    tend_rc rc = plugin_check_diagnoser(diagnoser, err);
    return rc == TEND_OK ? add_own(config, CONFIG_DIAGNOSER, &diagnoser->base, err) : rc;
}

tend_rc tend_config_register_policy(tend_config *config, const tend_policy *policy, tend_err *err)
{
    tend_rc rc = plugin_check_policy(policy, err);
    return rc == TEND_OK ? add_own(config, CONFIG_POLICY, &policy->base, err) : rc;
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
    // "policy" names a plug-in, "policy.alpha" a parameter of it
    if (path[length] == 0)
        return choose_plugin(config, (config_part)part, value, path, err);
    // lists are text; everything else of a section is a number
    if (part == CONFIG_GUARD && guard_lists_have(path + length + 1))
        return guard_lists_set(&config->lists, path + length + 1, value, path, err);
    char *end;
    double number = number_read(value, &end);
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
    const tend_param *entry = params_find(chosen_table(config, (config_part)part), param);
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

// Of what a policy learns with, and of nothing else: lessons go from one system to another.
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
        // with its end, so that two names never run together
        hash = hash_bytes(hash, name, strlen(name) + 1);
        hash = hash_bytes(hash, config->params[part], sizeof config->params[part]);
    }
    return guard_lists_hash(&config->lists, hash);
}

void tend_config_free(tend_config *config)
{
    free(config);
}
