// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_system.c - system.json: refused with one line, or a system that can be simulated.
#include "core/plant.h"
#include "env/world.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    tend_system *system = NULL;
    plant *physics = NULL;
    sim_model *model = NULL;
    tend_err err;
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
