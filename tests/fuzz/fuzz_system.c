// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_system.c - system.json: refused with one line, or a system that can be simulated.
#include "both_ways.h"
#include "core/plant.h"
#include "core/system_read.h"
#include "env/world.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Reading on after a fault must find the same first one, and nothing in what it takes.
static void list_all(const json_file *file)
{
    tend_system *system = NULL, *again = NULL;
    plant *physics = NULL;
    err_list of_system = {0}, of_plant = {0}, of_numbers = {0};
    tend_err told = {TEND_OK, ""}, ignored;
    tend_rc rc = tend_system_parse(file->text, file->length, file->name, &system, &told);
    agree(rc, &told, system_parse_all(file, &of_system, &again, &ignored), &of_system);
    if (rc == TEND_OK) {
        rc = plant_parse(file->text, file->length, file->name, system, &physics, &told);
        agree(rc, &told, plant_check(file, system, &of_plant, &ignored), &of_plant);
    }
    plant_check(file, NULL, &of_numbers, &ignored);
    plant_free(physics);
    tend_system_free(system);
    tend_system_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    tend_system *system = NULL;
    plant *physics = NULL;
    sim_model *model = NULL;
    tend_err err;
    list_all(&(json_file){text, size, "fuzz.json"});
    if (tend_system_parse(text, size, "fuzz.json", &system, &err) == TEND_OK &&
        plant_parse(text, size, "fuzz.json", system, &physics, &err) == TEND_OK &&
        sim_model_open(system, physics, &model, &err) == TEND_OK) {
        scenario incident;
        scenario_spec spec = scenario_any(40);
        world *w = calloc(1, world_size(model));
        if (w && scenario_draw(&spec, system, physics, size, &incident, &err) == TEND_OK) {
            tend_obs obs;
            world_init(w, model, &incident, size);
            for (int tick = 0; tick < 40; tick++) {
                world_step(w, model);
                world_observe(w, model, &obs);
                world_apply(w, model, tick % system->A);
            }
        }
        free(w);
    }
    sim_model_close(model);
    plant_free(physics);
    tend_system_free(system);
    return 0;
}
