// SPDX-License-Identifier: GPL-3.0-or-later
// headroom.c - is the world worth learning in? Per fault and target: how often it breaches, whether
// it ends by itself, and what each kind of action does about it. The tables of docs/simulator.md.
//
//     cc ... -o headroom tests/bench/headroom.c build/libtend.a ...
//     headroom examples/systems/default.json [episodes per fault] [severity]
#include "env/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 240

typedef struct bed {
    tend_system *system;
    plant *physics;
    sim_model *model;
    world *w;
} bed;

typedef struct outcome {
    int first, steps, recovered;
} outcome;

static const struct {
    const char *name;
    tend_action_kind kind[2];
    int delay[2];
} plans[] = {
    {"nothing", {TEND_NOOP, TEND_NOOP}, {0, 0}},
    {"restart", {TEND_RESTART, TEND_NOOP}, {0, 0}},
    {"scale x2", {TEND_SCALE_UP, TEND_SCALE_UP}, {0, 15}},
    {"rollback", {TEND_ROLLBACK, TEND_NOOP}, {0, 0}},
    {"clear", {TEND_CLEAR_CACHE, TEND_NOOP}, {0, 0}},
    {"limit+lift", {TEND_LIMIT, TEND_LIFT}, {0, 15}},
    {"reroute", {TEND_REROUTE, TEND_NOOP}, {0, 0}},
};
#define PLANS ((int)(sizeof plans / sizeof plans[0]))

static int action_of(const tend_system *system, tend_action_kind kind, const fault *f)
{
    if (kind == TEND_LIMIT || kind == TEND_LIFT)
        return tend_system_action(system, kind, -1, -1);
    if (kind != TEND_REROUTE)
        return tend_system_action(system, kind, f->service, -1);
    for (int e = 0; e < system->E; e++)
        if (f->edge < 0 ? system->edges[e].callee == f->service : e == f->edge)
            return tend_system_action(system, kind, f->service, e);
    return -1;
}

static outcome live(bed *b, const scenario *incident, uint64_t seed, int plan)
{
    outcome o = {-1, 0, -1};
    int row = 0, healthy = 0, alarm = -1;
    world_init(b->w, b->model, incident, seed);
    for (int t = 0; t < STEPS; t++) {
        tend_obs obs;
        world_step(b->w, b->model);
        world_observe(b->w, b->model, &obs);
        row = obs.breach ? row + 1 : 0;
        healthy = obs.breach ? 0 : healthy + 1;
        o.steps += obs.breach;
        if (obs.breach && o.first < 0)
            o.first = t;
        if (o.first >= 0 && o.recovered < 0 && healthy == 10)
            o.recovered = t - 9;
        alarm = alarm < 0 && row == 2 ? t : alarm;
        for (int i = 0; i < 2 && alarm >= 0 && incident->faults; i++) {
            tend_action_kind kind = plans[plan].kind[i];
            int action = kind ? action_of(b->system, kind, &incident->fault[0]) : -1;
            if (action > 0 && t == alarm + plans[plan].delay[i])
                world_apply(b->w, b->model, action);
        }
    }
    return o;
}

static void report(bed *b, int type, int episodes, double severity)
{
    int breached = 0, never = 0, steps[PLANS] = {0};
    for (int seed = 1; seed <= episodes; seed++) {
        scenario one;
        scenario_spec spec = scenario_any(STEPS);
        spec.type = type;
        spec.severity = severity;
        if (scenario_draw(&spec, b->system, b->physics, (uint64_t)seed, &one, NULL) != TEND_OK) {
            printf("| %s | - |\n", fault_name((fault_type)type));
            return;
        }
        for (int p = 0; p < PLANS; p++) {
            outcome o = live(b, &one, (uint64_t)seed, p);
            steps[p] += o.steps;
            breached += p == 0 && o.first >= 0;
            never += p == 0 && o.first >= 0 && o.recovered < 0;
        }
    }
    printf("| %s | %.0f %% | %.0f %% |", fault_name((fault_type)type), 100.0 * breached / episodes,
           breached ? 100.0 * never / breached : 0.0);
    for (int p = 0; p < PLANS; p++)
        printf(" %.0f |", (double)steps[p] / episodes);
    putchar('\n');
    fflush(stdout);
}

static char *slurp(const char *path, size_t *length)
{
    FILE *f = fopen(path, "rb");
    char *text = f ? malloc(1 << 22) : NULL;
    *length = text ? fread(text, 1, 1 << 22, f) : 0;
    if (f)
        fclose(f);
    return text;
}

int main(int argc, char **argv)
{
    bed b = {NULL, NULL, NULL, NULL};
    tend_err err = {TEND_OK, ""};
    size_t n;
    const char *path = argc > 1 ? argv[1] : "examples/systems/default.json";
    int episodes = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 100, status = 1;
    double severity = argc > 3 ? strtod(argv[3], NULL) : (double)NAN;
    char *text = slurp(path, &n);
    if (!text || tend_system_parse(text, n, path, &b.system, &err) != TEND_OK ||
        plant_parse(text, n, path, b.system, &b.physics, &err) != TEND_OK ||
        sim_model_open(b.system, b.physics, &b.model, &err) != TEND_OK ||
        !(b.w = malloc(world_size(b.model)))) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        goto done;
    }
    printf("| fault | breaches | never ends |");
    for (int p = 0; p < PLANS; p++)
        printf(" %s |", plans[p].name);
    printf("\n|---|---|---|");
    for (int p = 0; p < PLANS; p++)
        printf("---|");
    putchar('\n');
    for (int type = 1; type < FAULT_TYPES; type++)
        report(&b, type, episodes, severity);
    status = 0;
done:
    free(text);
    free(b.w);
    sim_model_close(b.model);
    plant_free(b.physics);
    tend_system_free(b.system);
    return status;
}
