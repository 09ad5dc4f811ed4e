// SPDX-License-Identifier: GPL-3.0-or-later
// common.c - shared options to a run_setup, and back to a command line.
#include "runners/common.h"

#include "core/params.h"
#include "core/plant.h"
#include "edge/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

common_options common_defaults(void)
{
    const double unset = (double)NAN; // not given: what is drawn or usual stays
    return (common_options){.steps = 240, .severity = unset, .healthy = unset, .compound = unset};
}

// Plug-ins before parameters: naming a plug-in sets its parameters back.
tend_rc common_configure(const common_options *o, tend_config *config, tend_err *err)
{
    const struct {
        const char *section, *plugin;
    } named[] = {{"detector", o->detector}, {"diagnoser", o->diagnoser}, {"policy", o->policy}};
    tend_rc rc = TEND_OK;
    for (size_t i = 0; i < 3 && rc == TEND_OK; i++)
        if (named[i].plugin &&
            strcmp(named[i].plugin, tend_config_plugin(config, named[i].section)))
            rc = tend_config_set(config, named[i].section, named[i].plugin, err);
    if (rc == TEND_INPUT)
        err->rc = rc = TEND_USAGE; // named on the command line, not in a file
    for (int i = 0; i < o->set.count && rc == TEND_OK; i++) {
        char path[128];
        const char *equals = strchr(o->set.item[i], '=');
        if (!equals || equals - o->set.item[i] >= (int)sizeof path)
            return tend_fail(err, TEND_USAGE, "--set %s, expected section.parameter=number",
                             o->set.item[i]);
        snprintf(path, sizeof path, "%.*s", (int)(equals - o->set.item[i]), o->set.item[i]);
        rc = tend_config_set(config, path, equals + 1, err);
        rc = rc == TEND_INPUT ? TEND_USAGE : rc;
    }
    return rc;
}

#define WORLD "world." // a parameter of the simulated world, not of the agent

// Sorts --set into what is the world's, ended by NULL, and what is the agent's.
static void sort_set(const option_list *set, const char *of_world[OPTION_LIST_MAX + 1],
                     option_list *agent)
{
    int n = 0;
    agent->count = 0;
    for (int i = 0; i < set->count; i++)
        if (strncmp(set->item[i], WORLD, strlen(WORLD)) == 0)
            of_world[n++] = set->item[i] + strlen(WORLD);
        else
            agent->item[agent->count++] = set->item[i];
    of_world[n] = NULL;
}

// A configuration knows the agent's sections alone: it could not suggest the world's.
static tend_rc misspelt_world(const option_list *agent, tend_err *err)
{
    static const char *const names[] = {"world", NULL};
    for (int i = 0; i < agent->count; i++) {
        const char *path = agent->item[i];
        char section[16]; // a longer one is no misspelt "world"
        snprintf(section, sizeof section, "%.*s", (int)strcspn(path, ".="), path);
        if (strcmp(section, names[0]) != 0 && nearest_name(section, names))
            return tend_fail(err, TEND_USAGE, "%.*s: no section \"%s\", did you mean \"%s\"?",
                             (int)strcspn(path, "="), path, section, names[0]);
    }
    return TEND_OK;
}

static bool is_option(tend_rc rc, const char *said)
{
    return rc == TEND_USAGE && strncmp(said, WORLD, strlen(WORLD)) != 0;
}

tend_rc common_agent(const common_options *o, const char *of_world[OPTION_LIST_MAX + 1],
                     tend_config **out, tend_err *err)
{
    common_options agent = *o;
    sort_set(&o->set, of_world, &agent.set);
    tend_rc rc = misspelt_world(&agent.set, err);
    if (rc == TEND_OK)
        rc = tend_config_open(o->agent, out, err);
    return rc == TEND_OK ? common_configure(&agent, *out, err) : rc;
}

tend_rc common_open(const common_options *o, run_setup *setup, tend_err *err)
{
    run_files files = {o->system, o->scenario, o->agent};
    const char *of_world[OPTION_LIST_MAX + 1];
    common_options agent = *o;
    sort_set(&o->set, of_world, &agent.set);
    tend_sim_options options = {.size = sizeof options,
                                .steps = (int)o->steps,
                                .fault = o->fault,
                                .target = o->target,
                                .severity = o->severity,
                                .healthy = o->healthy,
                                .compound = o->compound,
                                .family = o->family,
                                .preset = o->preset,
                                .set = of_world};
    tend_err what;
    tend_rc rc = run_setup_open_as(setup, &files, options, &what);
    // a word of the command line is named as it stands there: --fault "slow_bd" is not known
    if (rc != TEND_OK)
        return tend_fail(err, rc, "%s%s", is_option(rc, what.text) ? "--" : "", what.text);
    rc = misspelt_world(&agent.set, err);
    if (rc == TEND_OK)
        rc = common_configure(&agent, setup->config, err);
    if (rc == TEND_OK) // of everything that has been set above
        setup->hash = drive_hash(setup->sim, setup->config);
    return rc;
}

tend_rc common_policy(const common_options *o, tend_engine *engine, tend_err *err)
{
    char *text = NULL;
    size_t length = 0;
    if (!o->policy_in)
        return TEND_OK;
    tend_rc rc = file_read(o->policy_in, 256u << 20, &text, &length, err);
    if (rc == TEND_OK)
        rc = tend_policy_parse(engine, text, length, o->policy_in, err);
    free(text);
    return rc;
}

// Quoted, so that the line can be pasted, unless it is all letters, digits and marks that no shell
// takes for its own. A quote within quotes ends them, is escaped, and begins them again.
void common_add_text(str *out, const char *name, const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./,:=+%@";
    if (!value)
        return;
    str_format(out, " %s ", name);
    if (*value && value[strspn(value, plain)] == 0) {
        str_add(out, value);
        return;
    }
    str_char(out, '\'');
    for (; *value; value++)
        str_add(out, *value == '\'' ? "'\\''" : (char[]){*value, 0});
    str_char(out, '\'');
}

// Read back to the last bit, for another strength is another incident.
static void add_number(str *out, const char *name, double value)
{
    char digits[40];
    if (isnan(value))
        return;
    snprintf(digits, sizeof digits, "%.15g", value);
    if (strtod(digits, NULL) != value)
        snprintf(digits, sizeof digits, "%.17g", value);
    str_format(out, " %s %s", name, digits);
}

tend_rc common_outputs(const common_options *o, const output_file *files, int count, tend_err *err)
{
    const input_file inputs[] = {
        {"--system", o->system}, {"--scenario", o->scenario}, {"--agent", o->agent}};
    tend_rc rc = output_check(files, count, err);
    return rc == TEND_OK ? output_spare(files, count, inputs, 3, err) : rc;
}

const char *common_preset(const common_options *o)
{
    return o->preset ? o->preset : plant_presets[PRESET_USUAL];
}

// Only what differs from the defaults: short enough to be read.
void common_reproduce_agent(const common_options *o, str *out)
{
    common_add_text(out, "--agent", o->agent);
    common_add_text(out, "--detector", o->detector);
    common_add_text(out, "--diagnoser", o->diagnoser);
    common_add_text(out, "--policy", o->policy);
    for (int i = 0; i < o->set.count; i++)
        common_add_text(out, "--set", o->set.item[i]);
    common_add_text(out, "--policy-in", o->policy_in);
}

void common_reproduce(const common_options *o, str *out)
{
    if (o->steps != 240)
        str_format(out, " --steps %lld", (long long)o->steps);
    common_add_text(out, "--system", o->system);
    common_add_text(out, "--scenario", o->scenario);
    common_reproduce_agent(o, out);
    common_add_text(out, "--fault", o->fault);
    common_add_text(out, "--target", o->target);
    add_number(out, "--severity", o->severity);
    add_number(out, "--healthy", o->healthy);
    add_number(out, "--compound", o->compound);
    common_add_text(out, "--family", o->family);
    // always: another release may have another for who names none
    common_add_text(out, "--preset", common_preset(o));
}
