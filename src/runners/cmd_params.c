// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_params.c - every tunable of agent and world, and every key of their files, with its default,
// range and meaning.
#include "agent/config.h"
#include "agent/decide/guard_lists.h"
#include "cases/rank.h"
#include "core/json_write.h"
#include "core/params.h"
#include "core/plant.h"
#include "edge/case_read.h"
#include "edge/file.h"
#include "env/scenario.h"
#include "runners/command.h"

#include <math.h>
#include <string.h>

typedef struct params_options {
    const char *json;
} params_options;

static const option options[] = {
    {"--json", 0, OPTION_TEXT, offsetof(params_options, json), "FILE", 0, 0,
     "machine-readable table (- for stdout)"},
    {NULL, 0, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const char *const examples[] = {"tend params", "tend params guard", "tend params sim",
                                       "tend params detector.iforest --json -", NULL};

typedef struct row {
    char section[64]; // "guard", "detector.iforest"
    const char *help;
    const tend_param *table; // numbers
    const key_row *keys;     // what else there is; either may be NULL
    bool presets;            // its numbers have other defaults under other presets
} row;

// sections: plug-ins, the engine's own parts, files; a registered plug-in has none
enum { ROWS_MAX = 48 };

static void add(row *rows, int *count, config_part part, const tend_plugin *plugin)
{
    row *r = &rows[(*count)++];
    *r = (row){.help = ""};
    if (plugin)
        snprintf(r->section, sizeof r->section, "%s.%s", config_part_name(part), plugin->name);
    else
        snprintf(r->section, sizeof r->section, "%s", config_part_name(part));
    r->help = plugin ? plugin->help : "";
    r->table = plugin ? plugin->params : config_table(part, NULL);
    // lists are set in the same way as its numbers
    r->keys = part == CONFIG_GUARD ? guard_list_table : NULL;
}

// What stands in files only, but for the world's numbers.
static void add_files(row *rows, int *count)
{
    const row files[] = {
        {"sim", "\"sim\" of a system: --set world.NAME=X sets one", plant_world_params(), NULL,
         true},
        {"sim.service", "\"sim\" of a service", plant_service_params(), NULL, false},
        {"sim.edge", "\"sim\" of a call", plant_edge_params(), plant_edge_keys(), false},
        {"scenario", "what goes wrong; what is left out is drawn from the seed", NULL,
         scenario_keys(), false},
        {"scenario.fault", "an item of its faults", NULL, scenario_fault_keys(), false},
        {"scenario.deploy", "an item of its deploys", NULL, scenario_deploy_keys(), false},
        {"case", "case.json of an incident; paths are relative to it", NULL, case_keys(), false},
        {"case.target", "its target", NULL, case_target_keys(), false},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        rows[(*count)++] = files[i];
}

// The plug-ins of each kind, then the engine's own parts, then files.
static int gather(row *rows)
{
    int count = 0;
    for (int i = 0; tend_detectors()[i]; i++)
        add(rows, &count, CONFIG_DETECTOR, &tend_detectors()[i]->base);
    for (int i = 0; tend_diagnosers()[i]; i++)
        add(rows, &count, CONFIG_DIAGNOSER, &tend_diagnosers()[i]->base);
    for (int i = 0; tend_policies()[i]; i++)
        add(rows, &count, CONFIG_POLICY, &tend_policies()[i]->base);
    add(rows, &count, CONFIG_ALARM, NULL);
    add(rows, &count, CONFIG_GUARD, NULL);
    add(rows, &count, CONFIG_JUDGE, NULL);
    rows[count++] = (row){.section = "window",
                          .help = "the onset of a recorded incident: tend diagnose --set "
                                  "window.NAME=X",
                          .table = rank_param_table};
    add_files(rows, &count);
    return count;
}

static void range_text(double least, double most, char out[48])
{
    if (isnan(least))
        out[0] = 0;
    else
        snprintf(out, 48, "%g..%g", least, most);
}

enum { HELP_AT = 52 }; // column of the words behind name, default, range and kind

static void add_line(str *out, const char *name, const char *initial, const char *range,
                     const char *kind, const char *help)
{
    str_format(out, "  %-16s %8s  %-12s  %-7s  ", name, initial, range, kind);
    str_wrap(out, help, HELP_AT, output_columns());
}

// Where presets have other values than the default, they stand before the words.
static void preset_help(const row *r, const tend_param *p, char out[256])
{
    double real = r->presets ? plant_preset_value(PRESET_REAL, p->name) : p->initial;
    double rough = r->presets ? plant_preset_value(PRESET_ROUGH, p->name) : p->initial;
    bool others = !isnan(p->initial) && (real != p->initial || rough != p->initial);
    if (others)
        snprintf(out, 256, "(real %g, rough %g) %s", real, rough, p->help);
    else
        snprintf(out, 256, "%s", p->help);
}

static void add_text(const row *r, str *out)
{
    char range[48];
    str_add(out, r->section);
    if (r->help[0])
        str_add(out, " - ");
    str_wrap(out, r->help, (int)strlen(r->section) + 3, output_columns());
    for (const tend_param *p = r->table; p && p->name; p++) {
        char initial[16] = "required";
        if (!isnan(p->initial))
            snprintf(initial, sizeof initial, "%g", p->initial);
        range_text(p->least, p->most, range);
        char help[256];
        preset_help(r, p, help);
        add_line(out, p->name, initial, range, tend_param_kind_name(p->kind), help);
    }
    for (const key_row *k = r->keys; k && k->name; k++) {
        range_text(k->range.least, k->range.most, range);
        add_line(out, k->name, k->left_out, range, k->kind, k->help);
    }
    str_char(out, '\n');
}

static void put_range(json_writer *w, double least, double most)
{
    if (isnan(least))
        return;
    json_put_number(w, "least", least);
    json_put_number(w, "most", most);
}

static void put_head(json_writer *w, const char *section, const char *name, const char *kind)
{
    json_open_object(w, NULL);
    json_put_text(w, "section", section);
    json_put_text(w, "name", name);
    json_put_text(w, "kind", kind);
}

// A default is a number, a word where it is none, null where the key is required.
static void put_section(json_writer *w, const row *r)
{
    for (const tend_param *p = r->table; p && p->name; p++) {
        put_head(w, r->section, p->name, tend_param_kind_name(p->kind));
        json_put_number(w, "default", p->initial);
        for (int i = PRESET_REAL; r->presets && i < PRESETS; i++)
            json_put_number(w, plant_presets[i], plant_preset_value((plant_preset)i, p->name));
        put_range(w, p->least, p->most);
        json_put_text(w, "help", p->help);
        json_close_object(w);
    }
    for (const key_row *k = r->keys; k && k->name; k++) {
        put_head(w, r->section, k->name, k->kind);
        json_put_text(w, "default", strcmp(k->left_out, "required") == 0 ? NULL : k->left_out);
        put_range(w, k->range.least, k->range.most);
        json_put_text(w, "help", k->help);
        json_close_object(w);
    }
}

static void print_json(const row *rows, int count, const char *only, str *s)
{
    json_writer w = {.to = s};
    json_open_array(&w, NULL);
    for (int i = 0; i < count; i++)
        // by its beginning: "detector" shows all of them
        if (!only || strncmp(rows[i].section, only, strlen(only)) == 0)
            put_section(&w, &rows[i]);
    json_close_array(&w);
    str_char(s, '\n');
}

static tend_rc no_section(const row *rows, int count, const char *name, tend_err *err)
{
    const char *names[ROWS_MAX + 1];
    for (int i = 0; i < count; i++)
        names[i] = rows[i].section;
    names[count] = NULL;
    // the prefix that --set knows the world's parameters by
    const char *near = strcmp(name, "world") == 0 ? "sim" : nearest_name(name, names);
    return tend_fail(err, TEND_USAGE, "params: no section %s%s%s%s", name,
                     near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
}

static tend_rc show(const params_options *o, const char *only, tend_err *err)
{
    row rows[ROWS_MAX];
    int count = gather(rows), shown = 0;
    for (int i = 0; i < count; i++)
        shown += !only || strncmp(rows[i].section, only, strlen(only)) == 0;
    if (shown == 0)
        return no_section(rows, count, only, err);
    str s = {0};
    if (o->json)
        print_json(rows, count, only, &s);
    for (int i = 0; i < count && !o->json; i++)
        if (!only || strncmp(rows[i].section, only, strlen(only)) == 0)
            add_text(&rows[i], &s);
    tend_rc rc = s.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory") : TEND_OK;
    if (rc == TEND_OK && o->json)
        rc = file_write(o->json, s.text, s.length, err);
    else if (rc == TEND_OK)
        fwrite(s.text, 1, s.length, stdout);
    str_free(&s);
    return rc;
}

static tend_rc run(int argc, char **argv, tend_err *err)
{
    params_options o = {NULL};
    arguments given = {argc, argv};
    bool helped;
    tend_rc rc = options_parse(&command_params, &given, &o, &helped, err);
    if (rc != TEND_OK || helped)
        return rc;
    if (given.count > 1)
        return tend_fail(err, TEND_USAGE, "params: %s, expected one section", given.word[1]);
    rc = output_check(&(output_file){"--json", &o.json}, 1, err);
    if (rc != TEND_OK)
        return rc;
    return show(&o, given.count ? given.word[0] : NULL, err);
}

const command command_params = {
    .name = "params",
    .usage = "[SECTION]",
    .help = "every tunable with default, range and meaning",
    .details =
        "A section is a part of the agent (guard), a plug-in (detector.iforest), or what "
        "a file may hold\n(sim, scenario, case). Set one of the agent's with "
        "--set guard.cooldown=8 or in an agent file,\none of sim's with --set world.noise=2. "
        "Seconds become ticks by the system's step_s, rounded\nup.",
    .options = options,
    .examples = examples,
    .run = run,
};
