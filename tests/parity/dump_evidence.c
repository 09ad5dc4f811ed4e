// SPDX-License-Identifier: GPL-3.0-or-later
// dump_evidence.c - the evidence of simulated incidents beside their truth, for `make fit`.
//
//     dump_evidence SYSTEM.json PRESET FAMILY FIRST_SEED EPISODES [lose=SHARE] [NAME=VALUE ...]
//
// lose: in each episode other columns, services, calls and kinds are nobody's to see.
// Episodes are played through the engine as it is, with nobody acting. The detector is told the
// truth: the alarm rises some ticks after the fault is visible beside a twin without it, or, in a
// healthy episode, at any time. The diagnoser is the product's, with a ranker that writes down what
// it is shown. One block per look, written when the episode is over:
//     L system seed look_age fault family service edge costly breach S entry
//     S lines: the place's signs, then the family's
// First of all come two lines with the names of the signs. family 0 and service -1: nothing is
// wrong.
#include "agent/diagnose/causes.h"
#include "agent/diagnose/diagnosis.h"
#include "agent/diagnose/family.h"
#include "agent/diagnose/place.h"
#include "base/hash.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tend/engine.h>
#include <tend/sim.h>

enum { LOOKS_MOST = 64 };

static const int ages[] = {0, 2, 5, 9, 17};

typedef struct look {
    int64_t age;
    bool breach;
    double *sign; // [S][PLACE_SIGNS + FAMILY_SIGNS]
} look;

typedef struct told { // what the plug-ins share with main: a tool has one episode at a time
    int64_t alarm;    // tick from which there is one, -1 none
    int64_t tick;
    bool breach;
    int looks;
    look look[LOOKS_MOST];
} told;

static told now;

// What nobody sees in an episode; what is lost is lost from its first tick to its last.
typedef struct mask {
    double share; // of columns that are lost, 0 none
    bool kinds;   // of services are not known
    double *value, *edge, *ready;
    bool *blind; // [S][M] values, [E] calls, [S] replicas, users
} mask;

static mask veil;

typedef struct dump_params {
    diagnosis_params common;
} dump_params;

static const tend_param dump_table[] = {DIAGNOSIS_PARAMS(dump_params), {.name = NULL}};

static bool wanted(int64_t age)
{
    for (size_t i = 0; i < sizeof ages / sizeof *ages; i++)
        if (ages[i] == age)
            return true;
    return false;
}

static double note(const tend_node *me, const diagnosis_look *at, double *likely, double *score)
{
    (void)me;
    int S = at->panel->S, width = PLACE_SIGNS + FAMILY_SIGNS;
    if (now.looks < LOOKS_MOST && wanted(now.tick - now.alarm)) {
        look *l = &now.look[now.looks++];
        l->age = now.tick - now.alarm;
        l->breach = now.breach;
        l->sign = malloc((size_t)(S * width) * sizeof *l->sign);
        panel seen = *at->panel;
        if (veil.kinds && veil.share > 0)
            seen.service = NULL;
        for (int v = 0; v < S && l->sign; v++) {
            place_signs(at->evidence, &seen, v, l->sign + v * width);
            family_signs(at->evidence, &seen, v, l->sign + v * width + PLACE_SIGNS);
        }
    }
    cause_scores(at->evidence, at->panel, score);
    return cause_likely(score, S, likely);
}

static void diagnose(const tend_node *me, const tend_view *view, tend_causes *out)
{
    diagnosis_step(me, view, note, out);
}

static const tend_diagnoser dump = {
    .base = {"dump", "writes down what it is shown", dump_table, sizeof(dump_params),
             diagnosis_size, diagnosis_init},
    .diagnose = diagnose,
};

static size_t no_state(const tend_system *system, const void *params)
{
    (void)system;
    (void)params;
    return 8;
}

static void init(const tend_node *me, uint64_t seed)
{
    (void)me;
    (void)seed;
}

static void detect(const tend_node *me, const tend_obs *obs, double *score, int *metric,
                   double *overall, double *threshold)
{
    bool on = now.alarm >= 0 && obs->tick >= now.alarm;

    for (int s = 0; s < me->system->S; s++) {
        score[s] = on;
        metric[s] = -1;
    }
    *overall = on;
    *threshold = 0.5;
}

static const tend_param none[] = {{.name = NULL}};
static const tend_detector oracle = {{"oracle", "is told", none, sizeof(double), no_state, init},
                                     detect};

// How restless a column of the twin is: running mean and mean deviation.
typedef struct noise {
    double mean, deviation;
} noise;

enum { NOISE_TICKS = 40 };

static void listen(noise *n, const tend_system *system, const tend_obs *o)
{
    for (int i = 0; i < system->S * system->M; i++) {
        double x = o->value[i];
        if (isnan(x))
            continue;
        n[i].deviation += (fabs(x - n[i].mean) - n[i].deviation) / NOISE_TICKS;
        n[i].mean += (x - n[i].mean) / NOISE_TICKS;
    }
}

// The fault has moved something of its service beside the twin by five of its noises, or it costs.
static bool visible(const tend_system *system, const noise *n, const tend_obs *o,
                    const tend_obs *twin, int v)
{
    for (int m = 0; m < system->M; m++) {
        int64_t cell = (int64_t)v * system->M + m;
        const tend_floor *floor = &tend_metric_row(system->metrics[m].kind)->baseline;
        double least = floor->relative * twin->value[cell] + floor->absolute;
        double change = fabs(o->value[cell] - twin->value[cell]);
        if (change > 5 * fmax(2 * least, 1.25 * n[cell].deviation))
            return true;
    }
    return o->breach && !twin->breach;
}

typedef struct bed {
    const char *name;
    const tend_system *system;
    tend_sim *sim, *twin;
    tend_engine *engine;
    noise *noise; // [S][M]
} bed;

static bool veil_open(const tend_system *system, double share)
{
    size_t S = (size_t)system->S, M = (size_t)system->M, E = (size_t)system->E;

    veil.share = share;
    veil.value = calloc(S * M + 1, sizeof *veil.value);
    veil.edge = calloc(2 * E + 1, sizeof *veil.edge);
    veil.ready = calloc(S + 1, sizeof *veil.ready);
    veil.blind = calloc(S * M + E + S + 1, sizeof *veil.blind);
    return veil.value && veil.edge && veil.ready && veil.blind;
}

// Whole columns, single services, single cells, calls, replicas, what users see, kinds.
static void veil_draw(const tend_system *system, uint64_t seed)
{
    int S = system->S, M = system->M, E = system->E;
    rng r = rng_make(seed, "veil");

    for (int m = 0; m < M; m++) {
        bool all = rng_uniform(&r) < veil.share;
        for (int v = 0; v < S; v++)
            veil.blind[v * M + m] = all || rng_uniform(&r) < veil.share / 4;
    }
    for (int v = 0; v < S; v++) {
        bool mute = rng_uniform(&r) < veil.share / 4;
        for (int m = 0; m < M && mute; m++)
            veil.blind[v * M + m] = true;
    }
    double calls = rng_uniform(&r) < 0.5 ? 0 : rng_uniform(&r);
    for (int e = 0; e < E; e++)
        veil.blind[S * M + e] = rng_uniform(&r) < calls;
    bool ready = rng_uniform(&r) < 0.5;
    for (int v = 0; v < S; v++)
        veil.blind[S * M + E + v] = ready;
    veil.blind[S * M + E + S] = rng_uniform(&r) < 0.5;
    veil.kinds = rng_uniform(&r) < 0.5;
}

static void veil_over(const tend_system *system, tend_obs *o)
{
    int cells = system->S * system->M;
    const bool *blind = veil.blind;

    if (veil.share <= 0)
        return;
    for (int i = 0; i < cells; i++)
        veil.value[i] = blind[i] ? (double)NAN : o->value[i];
    for (int i = 0; i < 2 * system->E; i++)
        veil.edge[i] = blind[cells + i / 2] ? (double)NAN : o->edge[i];
    for (int v = 0; v < system->S; v++)
        veil.ready[v] = blind[cells + system->E + v] ? (double)NAN : o->ready[v];
    if (blind[cells + system->E + system->S])
        o->entry_p95_ms = o->entry_errors = (double)NAN;
    o->value = veil.value;
    o->edge = veil.edge;
    o->ready = veil.ready;
}

static void write_looks(const bed *b, uint64_t seed, const tend_truth *truth, int lost)
{
    const tend_fault *f = truth->faults ? &truth->fault[0] : NULL;
    int width = PLACE_SIGNS + FAMILY_SIGNS;

    for (int i = 0; i < now.looks; i++) {
        look *l = &now.look[i];
        if (!l->sign)
            abort();
        printf("L %s %llu %lld %s %d %d %d %d %d %d %d\n", b->name, (unsigned long long)seed,
               (long long)l->age, f ? f->type : "none", f ? (int)f->family : 0, f ? f->service : -1,
               f ? f->edge : -1, lost >= 5, l->breach, b->system->S, b->system->entry);
        for (int v = 0; v < b->system->S; v++)
            for (int k = 0; k < width; k++)
                printf("%.4g%c", l->sign[v * width + k], k + 1 < width ? ' ' : '\n');
        free(l->sign);
    }
}

static tend_rc play(const bed *b, uint64_t seed, tend_err *err)
{
    tend_truth truth;
    bool forked = false;
    int lost = 0;
    tend_rc rc = tend_sim_reset(b->sim, seed, err);
    if (rc != TEND_OK)
        return rc;
    tend_sim_truth(b->sim, &truth);
    tend_reset(b->engine, seed);
    now.alarm = -1;
    now.looks = 0;
    uint64_t chance = hash_mix(seed);
    int seen = 0;
    memset(b->noise, 0, (size_t)(b->system->S * b->system->M) * sizeof *b->noise);
    veil_draw(b->system, seed);
    for (int t = 0; tend_sim_step(b->sim); t++) {
        tend_obs o, twin;
        tend_sim_observe(b->sim, &o);
        if (!forked)
            listen(b->noise, b->system, &o);
        if (truth.faults && !forked && t + 1 >= truth.fault[0].start) {
            forked = tend_sim_copy(b->twin, b->sim);
            tend_sim_heal(b->twin);
        } else if (forked) {
            tend_sim_step(b->twin);
            tend_sim_observe(b->twin, &twin);
            lost += (int)o.breach - (int)twin.breach;
            seen += visible(b->system, b->noise, &o, &twin, truth.fault[0].service);
            if (now.alarm < 0 && seen == 2) // the second time: one sample proves nothing
                now.alarm = t + 1 + (int64_t)(chance % 3);
        } else if (!truth.faults && now.alarm < 0 && (int64_t)(30 + chance % 180) == t) {
            now.alarm = t;
        }
        now.tick = t;
        now.breach = o.breach;
        // a breach of the world's own, before: the diagnoser would look from then on
        if (now.alarm < 0 || t < now.alarm)
            o.breach = false;
        veil_over(b->system, &o);
        tend_step(b->engine, &o);
        if (now.alarm >= 0 && t > now.alarm + 30 && !truth.faults)
            break;
    }
    write_looks(b, seed, &truth, lost);
    return TEND_OK;
}

static tend_rc open_engine(bed *b, tend_err *err)
{
    tend_config *config;
    tend_rc rc = tend_config_new(&config, err);
    if (rc != TEND_OK)
        return rc;
    rc = tend_config_register_detector(config, &oracle, err);
    if (rc == TEND_OK)
        rc = tend_config_register_diagnoser(config, &dump, err);
    static const char *const set[][2] = {{"detector", "oracle"},    {"diagnoser", "dump"},
                                         {"policy", "noop"},        {"alarm.need", "1"},
                                         {"alarm.of", "1"},         {"diagnoser.eager", "4000"},
                                         {"alarm.release", "86400"}};
    for (size_t i = 0; rc == TEND_OK && i < sizeof set / sizeof *set; i++)
        rc = tend_config_set(config, set[i][0], set[i][1], err);
    if (rc == TEND_OK)
        rc = tend_open(b->system, config, 1, &b->engine, err);
    return rc;
}

int main(int argc, char **argv)
{
    tend_err err = {TEND_OK, ""};
    if (argc < 6) {
        fprintf(stderr,
                "usage: dump_evidence SYSTEM PRESET FAMILY FIRST_SEED EPISODES "
                "[lose=SHARE] [NAME=VALUE ...]\n");
        return 2;
    }
    tend_sim_options o = tend_sim_usual();
    o.preset = argv[2];
    o.family = argv[3];
    bool lose = argc > 6 && strncmp(argv[6], "lose=", 5) == 0;
    o.set = (const char *const *)argv + 6 + lose;
    tend_sim_setup *setup = NULL;
    bed b = {.name = strrchr(argv[1], '/') ? strrchr(argv[1], '/') + 1 : argv[1]};
    tend_rc rc = tend_sim_setup_open(argv[1], &o, &setup, &err);
    if (rc == TEND_OK)
        rc = tend_sim_open(setup, &b.sim, &err);
    if (rc == TEND_OK)
        rc = tend_sim_open(setup, &b.twin, &err);
    if (rc == TEND_OK) {
        b.system = tend_sim_system(setup);
        b.noise = calloc((size_t)(b.system->S * b.system->M) + 1, sizeof *b.noise);
        if (!veil_open(b.system, lose ? strtod(argv[6] + 5, NULL) : 0))
            rc = tend_fail(&err, TEND_NO_MEMORY, "out of memory");
        else
            rc = b.noise ? open_engine(&b, &err) : tend_fail(&err, TEND_NO_MEMORY, "out of memory");
    }
    for (int i = 0; i < PLACE_SIGNS && rc == TEND_OK; i++)
        printf("%s%c", place_sign_names[i], i + 1 < PLACE_SIGNS ? ' ' : '\n');
    for (int i = 0; i < FAMILY_SIGNS && rc == TEND_OK; i++)
        printf("%s%c", family_sign_names[i], i + 1 < FAMILY_SIGNS ? ' ' : '\n');
    uint64_t first = strtoull(argv[4], NULL, 10), count = strtoull(argv[5], NULL, 10);
    for (uint64_t seed = first; seed < first + count && rc == TEND_OK; seed++)
        rc = play(&b, seed, &err);
    if (rc != TEND_OK)
        fprintf(stderr, "%s\n", err.text);
    return rc != TEND_OK; // the kernel takes back the rest
}
