// SPDX-License-Identifier: GPL-3.0-or-later
// diagnose_params.c - the evidence's part of a diagnoser, and the window's own.
#include "runners/diagnose_params.h"

#include "agent/config.h"
#include "base/number.h"
#include "core/params.h"

#include <math.h>
#include <string.h>

enum { NAMES_MAX = TEND_PARAMS_MAX };

static const char *const sections[] = {"diagnoser", "window", NULL};

static tend_rc no_section(const char *path, const char *section, tend_err *err)
{
    const char *near = nearest_name(section, sections);

    if (near)
        return tend_fail(err, TEND_USAGE, "%s: no section \"%s\", did you mean \"%s\"?", path,
                         section, near);
    return tend_fail(err, TEND_USAGE, "%s: a recorded incident knows \"diagnoser\" and \"window\"",
                     path);
}

// Some diagnoser has it, but keeps its own time or history by it, or weighs by it.
static bool of_ticks(const char *name)
{
    for (int i = 0; tend_diagnosers()[i]; i++)
        if (params_find(tend_diagnosers()[i]->base.params, name))
            return true;
    return false;
}

static tend_rc no_name(const tend_param *table, const char *path, const char *name, tend_err *err)
{
    const char *names[NAMES_MAX + 1];
    int count = 0;

    if (table == evidence_param_table && of_ticks(name))
        return tend_fail(err, TEND_USAGE,
                         "%s: of use to a running system, not to a recorded "
                         "incident",
                         path);
    for (; table[count].name && count < NAMES_MAX; count++)
        names[count] = table[count].name;
    names[count] = NULL;
    const char *near = nearest_name(name, names);
    return tend_fail(err, TEND_USAGE, "%s: no parameter \"%s\"%s%s%s", path, name,
                     near ? ", did you mean \"" : "; see `tend params`", near ? near : "",
                     near ? "\"?" : "");
}

static tend_rc set_one(const char *item, rank_params *out, tend_err *err)
{
    const char *equals = strchr(item, '=');
    char path[128], section[64], *end;

    if (!equals || equals - item >= (int)sizeof path)
        return tend_fail(err, TEND_USAGE, "--set %s, expected section.parameter=number", item);
    snprintf(path, sizeof path, "%.*s", (int)(equals - item), item);
    snprintf(section, sizeof section, "%.*s", (int)strcspn(path, "."), path);
    bool of_evidence = strcmp(section, sections[0]) == 0;
    if (!of_evidence && strcmp(section, sections[1]) != 0)
        return no_section(path, section, err);
    const tend_param *table = of_evidence ? evidence_param_table : rank_param_table;
    const char *name = path + strlen(section) + (path[strlen(section)] == '.');
    const tend_param *entry = params_find(table, name);
    if (!entry)
        return no_name(table, path, name, err);
    double number = number_read(equals + 1, &end);
    if (end == equals + 1 || *end || !isfinite(number))
        return tend_fail(err, TEND_USAGE, "%s: \"%s\", expected a number", path, equals + 1);
    void *params = of_evidence ? (void *)&out->evidence : out;
    tend_rc rc = params_set(entry, params, number, path, err);
    return rc == TEND_INPUT ? err->rc = TEND_USAGE : rc;
}

tend_rc diagnose_params(const char *agent, const option_list *set, rank_params *out, tend_err *err)
{
    tend_config *config = NULL;
    tend_rc rc = tend_config_open(agent, &config, err);

    rank_defaults(out);
    for (const tend_param *p = evidence_param_table; p->name && rc == TEND_OK; p++) {
        double value = tend_config_number(config, "diagnoser", p->name);
        // held in range when the file was read
        rc = params_set(p, &out->evidence, value, "diagnoser", err);
    }
    tend_config_free(config);
    for (int i = 0; i < set->count && rc == TEND_OK; i++)
        rc = set_one(set->item[i], out, err);
    return rc;
}
