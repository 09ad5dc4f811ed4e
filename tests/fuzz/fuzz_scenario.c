// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_scenario.c - a scenario file: refused with one line, or an incident that can be played.
#include "both_ways.h"
#include "core/plant.h"
#include "edge/file.h"
#include "env/world.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static tend_system *home;
static plant *physics;
static sim_model *model;

static void open_home(void)
{
    char *text;
    size_t length;
    tend_err err;
    if (file_read("examples/systems/default.json", 0, &text, &length, &err) != TEND_OK ||
        tend_system_parse(text, length, "home", &home, &err) != TEND_OK ||
        plant_parse(text, length, "home", home, &physics, &err) != TEND_OK ||
        sim_model_open(home, physics, &model, &err) != TEND_OK)
        abort();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!home)
        open_home();
    scenario incident;
    scenario_file file = {(const char *)data, size, "fuzz.json", 60, size};
    scenario same;
    err_list all = {0};
    tend_err err = {TEND_OK, ""}, ignored;
    tend_rc rc = scenario_parse(&file, home, physics, &incident, &err);
    agree(rc, &err, scenario_parse_all(&file, &all, home, physics, &same, &ignored), &all);
    if (rc != TEND_OK)
        return 0;
    world *w = calloc(1, world_size(model));
    if (!w)
        abort();
    tend_obs obs;
    world_init(w, model, &incident, size);
    for (int tick = 0; tick < 60; tick++) {
        world_step(w, model);
        world_observe(w, model, &obs);
        if (tick % 3 == 0)
            world_apply(w, model, tick % home->A);
    }
    free(w);
    return 0;
}
