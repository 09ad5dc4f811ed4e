// SPDX-License-Identifier: GPL-3.0-or-later
// sim_setup.c - what is simulated: a system with its physics, and what is drawn for a seed.
#include "base/hash.h"
#include "core/params.h"
#include "env/sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

tend_sim_options tend_sim_usual(void)
{
    const double unset = (double)NAN; // not given: what is drawn or usual stays
    return (tend_sim_options){.size = sizeof(tend_sim_options),
                              .steps = 240,
                              .severity = unset,
                              .healthy = unset,
                              .compound = unset};
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
    return unknown("fault", name, names, err);
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
    tend_rc rc = unknown("target: service", name, names, err);
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
    char caller_name[256]; // SYSTEM_NAME_BYTES_MOST is less; a longer one is none of ours
    int caller, callee;
    snprintf(caller_name, sizeof caller_name, "%.*s", (int)(arrow - name), name);
    tend_rc rc = pick_service(system, caller_name, &caller, err);
    if (rc == TEND_OK)
        rc = pick_service(system, arrow + 1, &callee, err);
    if (rc == TEND_OK && (spec->edge = tend_system_edge(system, caller, callee)) < 0)
        rc = tend_fail(err, TEND_USAGE, "target: %s does not call %s", caller_name, arrow + 1);
    return rc;
}

static tend_rc pick_word(const char *what, const char *name, const char *const *words, int *out,
                         tend_err *err)
{
    for (*out = 0; words[*out]; ++*out)
        if (strcmp(words[*out], name) == 0)
            return TEND_OK;
    return unknown(what, name, words, err);
}

static tend_rc share(const char *what, double value, double *out, tend_err *err)
{
    if (isnan(value))
        return TEND_OK; // not given
    if (value < 0 || value > 1)
        return tend_fail(err, TEND_USAGE, "%s %g, expected 0 to 1", what, value);
    *out = value;
    return TEND_OK;
}

// Later ones know better: a fault that is named is wanted in every episode, whatever `healthy`.
static tend_rc narrow(tend_sim_setup *s, const tend_sim_options *o, tend_err *err)
{
    tend_rc rc = share("healthy", o->healthy, &s->spec.healthy, err);
    if (rc == TEND_OK)
        rc = share("compound", o->compound, &s->spec.compound, err);
    if (rc == TEND_OK && o->family)
        rc = pick_word("family", o->family, scenario_families, (int *)&s->spec.family, err);
    if (rc == TEND_OK && o->fault)
        rc = pick_fault(o->fault, &s->spec, err);
    if (rc == TEND_OK && o->target)
        rc = pick_target(s->system, o->target, &s->spec, err);
    if (rc == TEND_OK)
        rc = share("severity", o->severity, &s->spec.severity, err);
    return rc;
}

static tend_rc keep_scenario(tend_sim_setup *s, const tend_sim_options *o, tend_err *err)
{
    if (!o->scenario)
        return TEND_OK;
    // it would be passed over: what a scenario leaves open is drawn from the seed alone
    const char *beside = o->family             ? "family"
                         : o->fault            ? "fault"
                         : o->target           ? "target"
                         : !isnan(o->severity) ? "severity"
                         : !isnan(o->healthy)  ? "healthy"
                         : !isnan(o->compound) ? "compound"
                                               : NULL;
    if (beside)
        return tend_fail(err, TEND_USAGE, "%s beside a scenario, expected one of them", beside);
    s->scenario_text = malloc(o->scenario_length + 1);
    s->scenario_name = strdup(o->scenario_name ? o->scenario_name : "scenario");
    if (!s->scenario_text || !s->scenario_name)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a scenario");
    memcpy(s->scenario_text, o->scenario, o->scenario_length);
    s->scenario_text[o->scenario_length] = 0;
    s->scenario_length = o->scenario_length;
    return TEND_OK;
}

// A first draw finds what is wrong before any episode runs.
static tend_rc try(const tend_sim_setup *s, tend_err *err)
{
    scenario drawn;
    scenario_file file = {s->scenario_text, s->scenario_length, s->scenario_name, s->steps, 1};
    if (s->scenario_text)
        return scenario_parse(&file, s->system, s->plant, &drawn, err);
    return scenario_draw(&s->spec, s->system, s->plant, 1, &drawn, err);
}

// What is set counts as part of the system, by its value and not by how it is written.
static tend_rc set_world(tend_sim_setup *s, const tend_sim_options *o, tend_err *err)
{
    bool as_in_file = s->preset == PRESET_CALM && (!o->set || !o->set[0]);
    tend_rc rc = TEND_OK;
    if (s->scenario_text) {
        json_file file = {s->scenario_text, s->scenario_length, s->scenario_name};
        rc = scenario_world(&file, s->plant, err);
    }
    for (int i = 0; rc == TEND_OK && o->set && o->set[i]; i++)
        rc = plant_set(s->plant, o->set[i], err);
    if (rc != TEND_OK || as_in_file) // what a scenario sets is in the hash with its text
        return rc;
    for (const tend_param *row = plant_world_params(); row->name; row++) {
        double value = params_get(row, s->plant);
        s->system_hash = hash_bytes(s->system_hash, &value, sizeof value);
    }
    return TEND_OK;
}

tend_rc tend_sim_setup_parse(const char *text, size_t length, const char *name,
                             const tend_sim_options *options, tend_sim_setup **out, tend_err *err)
{
    tend_sim_options usual = tend_sim_usual();
    const tend_sim_options *o = options ? options : &usual;
    *out = NULL;
    if (o->size != sizeof *o) // the first version of them: there is no other size yet
        return tend_fail(err, TEND_USAGE, "options of %zu bytes, expected %zu", o->size, sizeof *o);
    if (o->steps < 1 || o->steps > TEND_STEPS_MOST)
        return tend_fail(err, TEND_USAGE, "%d steps, expected 1 to %d", o->steps, TEND_STEPS_MOST);
    tend_sim_setup *s = calloc(1, sizeof *s);
    if (!s)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", name);
    s->steps = o->steps;
    s->spec = scenario_any(o->steps);
    s->system_hash = hash_bytes(HASH_START, text, length);
    const char *preset = o->preset ? o->preset : plant_presets[PRESET_USUAL];
    tend_rc rc = pick_word("preset", preset, plant_presets, (int *)&s->preset, err);
    if (rc == TEND_OK)
        rc = tend_system_parse(text, length, name, &s->system, err);
    if (rc == TEND_OK)
        rc = plant_parse_under(s->preset, &(json_file){text, length, name}, s->system, &s->plant,
                               err);
    if (rc == TEND_OK)
        rc = keep_scenario(s, o, err);
    if (rc == TEND_OK)
        rc = set_world(s, o, err);
    if (rc == TEND_OK)
        rc = sim_model_open(s->system, s->plant, &s->model, err);
    if (rc == TEND_OK)
        rc = narrow(s, o, err);
    if (rc == TEND_OK)
        rc = try(s, err);
    if (rc != TEND_OK) {
        tend_sim_setup_close(s);
        return rc;
    }
    *out = s;
    return TEND_OK;
}

void tend_sim_setup_close(tend_sim_setup *s)
{
    if (!s)
        return;
    sim_model_close(s->model);
    plant_free(s->plant);
    tend_system_free(s->system);
    free(s->scenario_text);
    free(s->scenario_name);
    free(s);
}

const tend_system *tend_sim_system(const tend_sim_setup *setup)
{
    return setup->system;
}

int tend_sim_steps(const tend_sim_setup *setup)
{
    return setup->steps;
}

uint64_t sim_setup_hash(const tend_sim_setup *setup, uint64_t from)
{
    uint64_t hash = hash_mix(setup->system_hash ^ from);
    hash = hash_bytes(hash, &setup->steps, sizeof setup->steps);
    const double spec[] = {setup->spec.type,     setup->spec.service, setup->spec.edge,
                           setup->spec.severity, setup->spec.healthy, setup->spec.compound};
    for (size_t i = 0; i < sizeof spec / sizeof *spec; i++) {
        double value = spec[i] == spec[i] ? spec[i] : -1; // one bit pattern for every NAN
        hash = hash_bytes(hash, &value, sizeof value);
    }
    if (setup->spec.family != SCENARIO_MIXED)
        hash = hash_mix(hash ^ (uint64_t)setup->spec.family);
    if (setup->scenario_text)
        hash = hash_bytes(hash, setup->scenario_text, setup->scenario_length);
    return hash;
}

uint64_t tend_sim_setup_hash(const tend_sim_setup *setup)
{
    return sim_setup_hash(setup, 0);
}
