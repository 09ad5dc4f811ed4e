// SPDX-License-Identifier: GPL-3.0-or-later
// common.c - shared options to a run_setup, and back to a command line.
#include "runners/common.h"

#include "core/params.h"
#include "edge/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

common_options common_defaults(void)
{
    const double unset = (double)NAN; // not given: what is drawn or usual stays
    return (common_options){.steps = 240, .severity = unset, .healthy = unset, .compound = unset};
}

static tend_rc unknown(const char *what, const char *name, const char *const *names, tend_err *err)
{
    const char *near = nearest_name(name, names);
    return tend_fail(err, TEND_USAGE, "%s \"%s\" is not known%s%s%s", what, name,
                     near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static tend_rc pick_fault(const char *name, scenario_spec *spec, tend_err *err)
{
    spec->type = fault_find(name);
    if (spec->type >= 0) {
        // who names a fault wants it in every episode
        if (spec->type != FAULT_NONE)
            spec->healthy = 0;
        return TEND_OK;
    }
    const char *names[FAULT_TYPES + 1];
    for (int type = 0; type < FAULT_TYPES; type++)
        names[type] = fault_name((fault_type)type);
    names[FAULT_TYPES] = NULL;
    return unknown("--fault", name, names, err);
}

static tend_rc pick_service(const tend_system *system, const char *name, int *out, tend_err *err)
{
    *out = tend_system_service(system, name);
    if (*out >= 0)
        return TEND_OK;
    const char **names = calloc((size_t)system->S + 1, sizeof *names);
    if (!names)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory");
    for (int s = 0; s < system->S; s++)
        names[s] = system->services[s].name;
    tend_rc rc = unknown("--target: service", name, names, err);
    free(names);
    return rc;
}

// "service", or "caller>callee" for a call.
static tend_rc pick_target(const tend_system *system, const char *name, scenario_spec *spec,
                           tend_err *err)
{
    const char *arrow = strchr(name, '>');
    if (!arrow)
        return pick_service(system, name, &spec->service, err);
    char caller_name[128];
    int caller, callee;
    snprintf(caller_name, sizeof caller_name, "%.*s", (int)(arrow - name), name);
    tend_rc rc = pick_service(system, caller_name, &caller, err);
    if (rc == TEND_OK)
        rc = pick_service(system, arrow + 1, &callee, err);
    if (rc == TEND_OK && (spec->edge = tend_system_edge(system, caller, callee)) < 0)
        rc = tend_fail(err, TEND_USAGE, "--target: %s does not call %s", caller_name, arrow + 1);
    return rc;
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

tend_rc common_open(const common_options *o, run_setup *setup, tend_err *err)
{
    run_files files = {o->system, o->scenario, o->agent};
    tend_rc rc = run_setup_open(setup, &files, (int)o->steps, err);
    if (rc == TEND_OK)
        rc = common_configure(o, setup->config, err);
    if (rc == TEND_OK && !isnan(o->healthy))
        setup->spec.healthy = o->healthy;
    if (rc == TEND_OK && !isnan(o->compound))
        setup->spec.compound = o->compound;
    if (rc == TEND_OK && o->fault)
        rc = pick_fault(o->fault, &setup->spec, err);
    if (rc == TEND_OK && o->target)
        rc = pick_target(setup->system, o->target, &setup->spec, err);
    setup->spec.severity = o->severity; // NAN: drawn
    scenario drawn; // an impossible combination is found before any episode runs
    if (rc == TEND_OK && !setup->scenario_text)
        rc = scenario_draw(&setup->spec, setup->system, setup->plant, 1, &drawn, err);
    if (rc == TEND_OK)
        // last: of everything that has been set above
        setup->hash = run_setup_hash(setup);
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
static void add_text(str *out, const char *name, const char *value)
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

// Only what differs from the defaults: short enough to be read.
void common_reproduce(const common_options *o, str *out)
{
    if (o->steps != 240)
        str_format(out, " --steps %lld", (long long)o->steps);
    add_text(out, "--system", o->system);
    add_text(out, "--scenario", o->scenario);
    add_text(out, "--agent", o->agent);
    add_text(out, "--detector", o->detector);
    add_text(out, "--diagnoser", o->diagnoser);
    add_text(out, "--policy", o->policy);
    for (int i = 0; i < o->set.count; i++)
        add_text(out, "--set", o->set.item[i]);
    add_text(out, "--policy-in", o->policy_in);
    add_text(out, "--fault", o->fault);
    add_text(out, "--target", o->target);
    add_number(out, "--severity", o->severity);
    add_number(out, "--healthy", o->healthy);
    add_number(out, "--compound", o->compound);
}
