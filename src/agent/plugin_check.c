// SPDX-License-Identifier: GPL-3.0-or-later
// plugin_check.c - names, parameters, calls.
#include "agent/plugin_check.h"

#include "core/params.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAME_MOST 31 // bytes; a table of results has room for as many

// Names stand in paths ("policy.alpha"), in JSON without escapes and in tables.
static bool is_word(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return name && name[0] && strchr(first, name[0]) && strspn(name, rest) == strlen(name) &&
           strlen(name) <= NAME_MOST;
}

// Parameters are written by offset: outside the struct, or askew, they would hit something else.
static tend_rc check_place(const tend_param *p, size_t size, const char *who, tend_err *err)
{
    if (p->offset % sizeof(double) != 0 || size < sizeof(double) ||
        p->offset > size - sizeof(double))
        return tend_fail(err, TEND_INPUT,
                         "%s: %s at offset %zu, expected one of the doubles in %zu bytes", who,
                         p->name, p->offset, size);
    return TEND_OK;
}

// One row of a table; the initial value is set once, so that range and kind are checked too.
static tend_rc check_param(const tend_param *table, int i, size_t size, const char *who,
                           tend_err *err)
{
    const tend_param *p = &table[i];
    double scratch[TEND_PARAMS_MAX];
    char where[96];
    // a table without its last row is read until something stops it
    if (i == TEND_PARAMS_MAX)
        return tend_fail(err, TEND_INPUT, "%s: more than %d parameters; is the last row missing?",
                         who, TEND_PARAMS_MAX);
    if (!is_word(p->name) || strcmp(p->name, "plugin") == 0)
        return tend_fail(err, TEND_INPUT,
                         "%s: parameter \"%.40s\", expected a word of letters, digits, _ and -, at "
                         "most %d bytes, not \"plugin\"",
                         who, p->name, NAME_MOST);
    if ((int)p->kind < TEND_INTEGER || p->kind > TEND_PATIENCE)
        return tend_fail(err, TEND_INPUT, "%s: %s of kind %d, expected a tend_param_kind", who,
                         p->name, (int)p->kind);
    tend_rc rc = check_place(p, size, who, err);
    // two rows for one double would overwrite each other's range
    for (int k = 0; k < i && rc == TEND_OK; k++)
        if (strcmp(table[k].name, p->name) == 0 || table[k].offset == p->offset)
            rc = tend_fail(err, TEND_INPUT, "%s: %s and %s share a name or a place", who,
                           table[k].name, p->name);
    if (rc == TEND_OK && !isfinite(p->initial))
        rc = tend_fail(err, TEND_INPUT, "%s: %s starts at no finite number", who, p->name);
    // whoever asks for a flag is told 0 or 1: 2 would be neither
    if (rc == TEND_OK && p->kind == TEND_FLAG && (p->least != 0 || p->most != 1))
        rc = tend_fail(err, TEND_INPUT, "%s: %s is a flag of %g to %g, expected 0 to 1", who,
                       p->name, p->least, p->most);
    snprintf(where, sizeof where, "%s, initial value", who);
    return rc == TEND_OK ? params_set(p, scratch, p->initial, where, err) : rc;
}

// What every kind of plug-in has: a name, parameters that fit their struct.
static tend_rc check(const tend_plugin *plugin, const char *kind, tend_err *err)
{
    char who[64];
    if (!is_word(plugin->name))
        return tend_fail(err, TEND_INPUT,
                         "%s: name %s%.40s%s, expected a word of letters, digits, _ and -, at most "
                         "%d bytes",
                         kind, plugin->name ? "\"" : "", plugin->name ? plugin->name : "NULL",
                         plugin->name ? "\"" : "", NAME_MOST);
    snprintf(who, sizeof who, "%s \"%s\"", kind, plugin->name);
    if (plugin->params_size > TEND_PARAMS_MAX * sizeof(double))
        return tend_fail(err, TEND_INPUT, "%s: params_size %zu, expected at most %zu", who,
                         plugin->params_size, TEND_PARAMS_MAX * sizeof(double));
    tend_rc rc = TEND_OK;
    for (int i = 0; rc == TEND_OK && plugin->params && plugin->params[i].name; i++)
        rc = check_param(plugin->params, i, plugin->params_size, who, err);
    return rc;
}

static tend_rc missing(const char *kind, const tend_plugin *plugin, const char *call, tend_err *err)
{
    return tend_fail(err, TEND_INPUT, "%s \"%s\": %s is NULL, expected a call", kind, plugin->name,
                     call);
}

tend_rc plugin_check_detector(const tend_detector *detector, tend_err *err)
{
    tend_rc rc = check(&detector->base, "detector", err);
    if (rc == TEND_OK && !detector->detect)
        rc = missing("detector", &detector->base, "detect", err);
    return rc;
}

tend_rc plugin_check_diagnoser(const tend_diagnoser *diagnoser, tend_err *err)
{
    tend_rc rc = check(&diagnoser->base, "diagnoser", err);
    if (rc == TEND_OK && !diagnoser->diagnose)
        rc = missing("diagnoser", &diagnoser->base, "diagnose", err);
    return rc;
}

// Names of a lesson's numbers are keys in its file, beside the two that are always there.
static tend_rc check_numbers(const tend_policy *policy, tend_err *err)
{
    int count = 0;
    for (; policy->numbers[count]; count++) {
        const char *name = policy->numbers[count];
        bool taken = strcmp(name, "context") == 0 || strcmp(name, "arm") == 0;
        for (int k = 0; k < count; k++)
            taken |= strcmp(policy->numbers[k], name) == 0;
        if (count == TEND_NUMBERS_MAX || taken || !is_word(name))
            return tend_fail(err, TEND_INPUT,
                             "policy \"%s\": number %d of a lesson, \"%.40s\": expected at most %d "
                             "different words, not context and arm",
                             policy->base.name, count, name, TEND_NUMBERS_MAX);
    }
    return TEND_OK;
}

tend_rc plugin_check_policy(const tend_policy *policy, tend_err *err)
{
    tend_rc rc = check(&policy->base, "policy", err);
    if (rc == TEND_OK && !policy->decide)
        return missing("policy", &policy->base, "decide", err);
    if (rc != TEND_OK || (!policy->row && !policy->restore && !policy->numbers))
        return rc;
    // what is written must be read back, and is read into a state made empty before
    if (!policy->row)
        return missing("policy", &policy->base, "row (beside numbers or restore)", err);
    if (!policy->restore)
        return missing("policy", &policy->base, "restore (beside numbers or row)", err);
    if (!policy->numbers)
        return tend_fail(err, TEND_INPUT, "policy \"%s\": numbers is NULL, expected their names",
                         policy->base.name);
    if (!policy->base.init)
        return missing("policy", &policy->base, "init (beside restore)", err);
    return check_numbers(policy, err);
}
