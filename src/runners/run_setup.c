// SPDX-License-Identifier: GPL-3.0-or-later
// run_setup.c - from file names to a checked system, plant, scenario and agent.
#include "runners/run.h"

#include "agent/config.h"
#include "base/hash.h"
#include "edge/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool readable(const char *path)
{
    return access(path, R_OK) == 0;
}

// the folder two levels above the executable holds examples/ in a checkout, share/tend/ installed
static bool beside_program(const char *kind, const char *name, char *path, size_t room)
{
    char self[2048];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0) // no /proc: only the current folder is looked into
        return false;
    self[length] = 0;
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(self, '/');
        if (!slash)
            return false;
        *slash = 0;
    }
    static const char *const places[] = {"examples", "share/tend/examples"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int used = snprintf(path, room, "%s/%s/%s/%s.json", self, places[i], kind, name);
        if (used < (int)room && readable(path))
            return true;
    }
    return false;
}

// The path itself, examples/ below the working directory, or beside the program.
static tend_rc find_example(const char *kind, const char *name, char *path, size_t room,
                            tend_err *err)
{
    snprintf(path, room, "%s", name);
    if (strchr(name, '/') || strchr(name, '.') || readable(name))
        return TEND_OK; // a path: reading it says what is wrong
    snprintf(path, room, "examples/%s/%s.json", kind, name);
    if (readable(path) || beside_program(kind, name, path, room))
        return TEND_OK;
    return tend_fail(err, TEND_INPUT, "%s: no such file, and no %s/%s.json among the examples",
                     name, kind, name);
}

tend_rc run_read_example(const char *kind, const char *name, char **text, size_t *length,
                         char path[RUN_PATH_MAX], tend_err *err)
{
    tend_rc rc = find_example(kind, name, path, RUN_PATH_MAX, err);
    // 64 MiB: thousands of services
    return rc == TEND_OK ? file_read(path, 64u << 20, text, length, err) : rc;
}

static tend_rc load_system(run_setup *setup, const char *name, tend_err *err)
{
    char path[RUN_PATH_MAX], *text = NULL;
    size_t length = 0;
    tend_rc rc = run_read_example("systems", name ? name : "default", &text, &length, path, err);
    if (rc == TEND_OK)
        rc = tend_system_parse(text, length, path, &setup->system, err);
    if (rc == TEND_OK)
        rc = plant_parse(text, length, path, setup->system, &setup->plant, err);
    if (rc == TEND_OK) {
        rc = sim_model_open(setup->system, setup->plant, &setup->model, err);
        setup->hash = setup->system_hash = hash_bytes(HASH_START, text, length);
    }
    free(text);
    return rc;
}

tend_rc run_read_agent(const char *name, tend_config **out, tend_err *err)
{
    char path[RUN_PATH_MAX], *text = NULL;
    size_t length = 0;
    if (!name)
        return tend_config_new(out, err);
    tend_rc rc = run_read_example("agents", name, &text, &length, path, err);
    if (rc == TEND_OK)
        rc = tend_config_parse(text, length, path, out, err);
    free(text);
    return rc;
}

static tend_rc load_scenario(run_setup *setup, const char *name, tend_err *err)
{
    char path[RUN_PATH_MAX];
    if (!name)
        return TEND_OK;
    tend_rc rc = run_read_example("scenarios", name, &setup->scenario_text, &setup->scenario_length,
                                  path, err);
    if (rc == TEND_OK && !(setup->scenario_name = strdup(path)))
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for %s", path);
    scenario drawn; // a first draw finds what is wrong before any episode runs
    if (rc != TEND_OK)
        return rc;
    scenario_file file = {setup->scenario_text, setup->scenario_length, setup->scenario_name,
                          setup->steps, 1};
    return scenario_parse(&file, setup->system, setup->plant, &drawn, err);
}

tend_rc run_setup_open(run_setup *setup, const run_files *files, int steps, tend_err *err)
{
    memset(setup, 0, sizeof *setup);
    setup->steps = steps;
    setup->spec = scenario_any(steps);
    setup->learning = TEND_FROZEN;
    tend_rc rc = load_system(setup, files->system, err);
    if (rc == TEND_OK)
        rc = run_read_agent(files->agent, &setup->config, err);
    if (rc == TEND_OK)
        rc = load_scenario(setup, files->scenario, err);
    return rc;
}

// Of everything that decides what an episode does, but its seed: rows of one hash can be compared.
uint64_t run_setup_hash(const run_setup *setup)
{
    uint64_t hash = hash_mix(setup->hash ^ config_hash(setup->config));
    hash = hash_bytes(hash, &setup->steps, sizeof setup->steps);
    const double spec[] = {setup->spec.type,     setup->spec.service, setup->spec.edge,
                           setup->spec.severity, setup->spec.healthy, setup->spec.compound};
    for (size_t i = 0; i < sizeof spec / sizeof *spec; i++) {
        double value = spec[i] == spec[i] ? spec[i] : -1; // one bit pattern for every NAN
        hash = hash_bytes(hash, &value, sizeof value);
    }
    if (setup->scenario_text)
        hash = hash_bytes(hash, setup->scenario_text, setup->scenario_length);
    return hash;
}

void run_setup_close(run_setup *setup)
{
    sim_model_close(setup->model);
    plant_free(setup->plant);
    tend_system_free(setup->system);
    tend_config_free(setup->config);
    free(setup->scenario_text);
    free(setup->scenario_name);
    memset(setup, 0, sizeof *setup);
}
