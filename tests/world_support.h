// SPDX-License-Identifier: GPL-3.0-or-later
// world_support.h - a system read from text or file, its model and one world, for tests of src/env.
#ifndef TEND_TESTS_WORLD_SUPPORT_H
#define TEND_TESTS_WORLD_SUPPORT_H

#include "env/fluid.h"
#include "env/sim.h"
#include "support.h"

// the columns of a system that lists none, each at the number of its kind
enum { USUAL_METRICS = TEND_SATURATION + 1 };

typedef struct bed {
    tend_system *system;
    plant *physics;
    sim_model *model;
    world *w;
} bed;

static inline bed bed_of_text(const char *text)
{
    bed b = {NULL, NULL, NULL, NULL};
    tend_err err = {TEND_OK, ""};
    size_t n = strlen(text);
    if (tend_system_parse(text, n, "test.json", &b.system, &err) != TEND_OK ||
        plant_parse(text, n, "test.json", b.system, &b.physics, &err) != TEND_OK ||
        sim_model_open(b.system, b.physics, &b.model, &err) != TEND_OK)
        fail_msg("%s", err.text);
    b.w = malloc(world_size(b.model));
    assert_non_null(b.w);
    return b;
}

static inline bed bed_of_file(const char *path)
{
    char *text = get_file(path);
    assert_non_null(text);
    bed b = bed_of_text(text);
    free(text);
    return b;
}

// The system of a file with world parameters of one's own; the world is not begun.
static inline bed bed_of_world(const char *path, const char *const *set)
{
    tend_err err = {TEND_OK, ""};
    bed b = bed_of_file(path);
    for (int i = 0; set[i]; i++)
        if (plant_set(b.physics, set[i], &err) != TEND_OK)
            fail_msg("%s", err.text);
    sim_model_close(b.model);
    free(b.w);
    assert_int_equal(sim_model_open(b.system, b.physics, &b.model, &err), TEND_OK);
    b.w = malloc(world_size(b.model));
    assert_non_null(b.w);
    return b;
}

static inline void bed_close(bed *b)
{
    free(b->w);
    sim_model_close(b->model);
    plant_free(b->physics);
    tend_system_free(b->system);
}

static inline scenario scenario_none(void)
{
    scenario none;
    memset(&none, 0, sizeof none);
    return none;
}

static inline scenario scenario_one(fault_type type, int service, int edge, int start, int duration,
                                    double severity)
{
    scenario one = scenario_none();
    one.faults = 1;
    one.fault[0] = (fault){type, service, edge, start, duration, 0, 0, severity};
    return one;
}

// A simulation of the bed's system, before its first episode. The setup is the caller's to keep.
static inline tend_sim *bed_sim(const bed *b, int steps, tend_sim_setup *setup)
{
    tend_sim *sim;
    *setup = (tend_sim_setup){
        .system = b->system, .plant = b->physics, .model = b->model, .steps = steps};
    assert_int_equal(tend_sim_open(setup, &sim, NULL), TEND_OK);
    return sim;
}

static inline tend_obs bed_step(bed *b)
{
    tend_obs obs;
    world_step(b->w, b->model);
    world_observe(b->w, b->model, &obs);
    return obs;
}

static inline void bed_act(bed *b, tend_action_kind kind, int service, int edge)
{
    int action = tend_system_action(b->system, kind, service, edge);
    assert_true(action >= 0);
    world_apply(b->w, b->model, action);
}

#endif
