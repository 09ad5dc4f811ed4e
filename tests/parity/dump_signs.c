// SPDX-License-Identifier: GPL-3.0-or-later
// dump_signs.c - the signs of simulated incidents beside their truth, for fit_hypotheses.py.
//
//     LIBS="build/libtend.a -lgsl -lgslcblas -lcjson -lcsv -lm"
//     cc -D_GNU_SOURCE -O2 -Iinclude -Isrc -o dump_signs tests/parity/dump_signs.c $LIBS
//     ./dump_signs SYSTEM.json FIRST_SEED EPISODES > signs.txt
//
// One block per look (0, 2, 5 and 9 ticks into an alarm): `G seed age family service edge S E`,
// the signs of "nothing is wrong", one line per service, one per link. Family 0: no fault is on.
#include "agent/diagnose/hypotheses.h"
#include "env/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <tend/engine.h>

typedef struct bed {
    tend_system *system;
    plant *physics;
    sim_model *model;
    tend_config *config;
    tend_engine *engine;
    world *w;
    symptoms *s;
} bed;

static void print(const double *sign, int count)
{
    for (int i = 0; i < count; i++)
        printf("%.4g ", sign[i]);
    printf("\n");
}

static void look(const bed *b, const tend_frame *frame, const fault *f, uint64_t seed)
{
    const tend_system *system = b->system;
    bool on = f && frame->obs->tick >= f->start;
    double sign[SERVICE_SIGNS];

    symptoms_measure(b->s, system, frame->obs, 5);
    printf("G %llu %lld %d %d %d %d %d\n", (unsigned long long)seed,
           (long long)(frame->obs->tick - b->s->since), on ? (int)fault_family(f->type) : 0,
           on ? f->service : -1, on ? f->edge : -1, system->S, system->E);
    hypotheses_none(b->s, system, frame->obs, sign);
    print(sign, NONE_SIGNS);
    for (int v = 0; v < system->S; v++) {
        hypotheses_service(b->s, system, v, sign);
        print(sign, SERVICE_SIGNS);
    }
    for (int e = 0; e < system->E; e++) {
        hypotheses_link(b->s, system, e, sign);
        print(sign, LINK_SIGNS);
    }
}

static void episode(const bed *b, const scenario *what, uint64_t seed)
{
    const fault *f = what->faults ? &what->fault[0] : NULL;

    world_init(b->w, b->model, what, seed);
    tend_reset(b->engine, seed);
    symptoms_init(b->s, b->system, 120);
    for (int t = 0; t < 240; t++) {
        tend_obs obs;
        world_step(b->w, b->model);
        world_observe(b->w, b->model, &obs);
        const tend_frame *frame = tend_step(b->engine, &obs);
        symptoms_push(b->s, b->system, frame->obs);
        tend_view view = {.obs = frame->obs,
                          .findings = &frame->findings,
                          .incident = frame->incident,
                          .incidents = frame->incidents};
        if (!symptoms_follow(b->s, b->system, &view))
            continue;
        int64_t age = obs.tick - b->s->since;
        if ((age == 0 || age == 2 || age == 5 || age == 9) && (!f || t < f->start + 60))
            look(b, frame, f, seed);
    }
}

static bool is_strange(const scenario *what)
{
    for (int i = 0; i < what->faults; i++)
        if (what->fault[i].type >= FAULT_FIRST_STRANGE)
            return true;
    return false;
}

static tend_rc open_bed(bed *b, const char *path, tend_err *err)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "rb");
    if (!file)
        return tend_fail(err, TEND_IO, "%s: cannot open", path);
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    tend_rc rc = tend_system_parse(text, length, path, &b->system, err);
    if (rc == TEND_OK)
        rc = plant_parse(text, length, path, b->system, &b->physics, err);
    if (rc == TEND_OK)
        rc = sim_model_open(b->system, b->physics, &b->model, err);
    if (rc == TEND_OK)
        rc = tend_config_new(&b->config, err);
    if (rc == TEND_OK)
        rc = tend_config_set(b->config, "detector", "robust_z", err);
    if (rc == TEND_OK)
        rc = tend_config_set(b->config, "policy", "noop", err);
    if (rc == TEND_OK)
        rc = tend_open(b->system, b->config, 1, &b->engine, err);
    if (rc == TEND_OK) {
        b->w = malloc(world_size(b->model));
        b->s = malloc(symptoms_size(b->system, 120));
    }
    return rc;
}

int main(int argc, char **argv)
{
    bed b = {0};
    tend_err err = {TEND_OK, ""};

    if (argc < 4 || argc > 5 || open_bed(&b, argv[1], &err) != TEND_OK) {
        fprintf(stderr, "%s\n",
                argc < 4 || argc > 5 ? "usage: dump_signs SYSTEM FIRST_SEED EPISODES [FAULT]"
                                     : err.text);
        return 1;
    }
    scenario_spec spec = scenario_any(240);
    if (argc == 5) // of one kind only
        spec.type = fault_find(argv[4]);
    uint64_t first = strtoull(argv[2], NULL, 10), count = strtoull(argv[3], NULL, 10);
    int status = 0;
    for (uint64_t seed = first; seed < first + count && status == 0; seed++) {
        scenario what;
        if (scenario_draw(&spec, b.system, b.physics, seed, &what, &err) != TEND_OK) {
            fprintf(stderr, "%s\n", err.text);
            status = 1;
        } else if (is_strange(&what)) {
            fprintf(stderr, "seed %" PRIu64 ": a strange fault, which no fit may know\n", seed);
            status = 1;
        } else {
            episode(&b, &what, seed);
        }
    }
    free(b.w);
    free(b.s);
    return status; // the kernel takes back the rest
}
