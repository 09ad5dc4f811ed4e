// SPDX-License-Identifier: GPL-3.0-or-later
// detect_support.h - a made-up system and its metrics, for the detectors' tests.
//
// Two services with six columns on a daily wave, with noise. A detector at work is a `lab`: open,
// then one lab_tick per tick, with the observation changed in between where a test wants a fault.
#ifndef TEND_TESTS_DETECT_SUPPORT_H
#define TEND_TESTS_DETECT_SUPPORT_H

#include "support.h"

#include "agent/plugins.h"
#include "base/rng.h"
#include "core/params.h"

enum { LAB_P95, LAB_ERRORS, LAB_CPU, LAB_MEMORY, LAB_REQUESTS, LAB_SATURATION, LAB_METRICS };
enum { LAB_SERVICES = 2 };

static const tend_service lab_services[] = {{"front", TEND_SERVICE, 2, 1, 4},
                                            {"back", TEND_DATABASE, 2, 1, 4}};
static const tend_metric lab_metrics[] = {
    {"p95_ms", "ms", TEND_LATENCY},     {"errors", "share", TEND_ERRORS},
    {"cpu", "share", TEND_CPU},         {"memory", "share", TEND_MEMORY},
    {"requests", "1/s", TEND_REQUESTS}, {"saturation", "share", TEND_SATURATION}};
static const tend_edge lab_edges[] = {{0, 1}};
static const tend_action lab_actions[] = {{"noop", TEND_NOOP, -1, -1}};
static const tend_system lab_system = {
    "lab",        1,           LAB_SERVICES, LAB_METRICS, 1, 1,
    lab_services, lab_metrics, lab_edges,    lab_actions, 0, {200, 0.05}};

// The same with two columns that no detector knows the meaning of.
static const tend_metric lab_narrow_metrics[] = {
    {"p95_ms", "ms", TEND_LATENCY},     {"shoes", "pairs", TEND_OTHER},
    {"cpu", "share", TEND_CPU},         {"memory", "share", TEND_MEMORY},
    {"requests", "1/s", TEND_REQUESTS}, {"socks", "pairs", TEND_OTHER}};
static const tend_system lab_narrow = {
    "narrow",           1,         LAB_SERVICES, LAB_METRICS, 1,          1, lab_services,
    lab_narrow_metrics, lab_edges, lab_actions,  0,           {200, 0.05}};

typedef struct lab {
    const tend_system *system; // lab_system unless set before lab_open
    const tend_detector *detector;
    tend_node node;
    size_t size;
    double params[TEND_PARAMS_MAX];
    rng noise;
    tend_obs obs;
    double value[LAB_SERVICES][LAB_METRICS];
    double score[LAB_SERVICES];
    int metric[LAB_SERVICES];
    double overall, threshold;
} lab;

static inline void lab_set(lab *l, const char *name, double value)
{
    const tend_param *entry = params_find(l->detector->base.params, name);
    assert_non_null(entry);
    assert_int_equal(params_set(entry, l->params, value, "test", NULL), TEND_OK);
}

static inline lab *lab_new(const tend_detector *detector)
{
    lab *l = calloc(1, sizeof *l);
    assert_non_null(l);
    l->system = &lab_system;
    l->detector = detector;
    params_default(detector->base.params, l->params);
    return l;
}

static inline void lab_open(lab *l, uint64_t seed)
{
    l->size = l->detector->base.state_size(l->system, l->params);
    assert_int_equal(l->size % 8, 0);
    l->node = (tend_node){.system = l->system, .params = l->params, .state = malloc(l->size + 8)};
    assert_non_null(l->node.state);
    if (l->detector->base.init)
        l->detector->base.init(&l->node, seed);
    l->noise = rng_make(seed, "lab");
    l->obs = (tend_obs){.value = l->value[0]};
}

static inline void lab_close(lab *l)
{
    free(l->node.state);
    free(l);
}

// A healthy tick: every value about its usual level, load on a wave of 600 ticks.
static inline void lab_draw(lab *l)
{
    double phase = (double)(l->obs.tick % 600) / 600, wave = 16 * phase * (0.5 - phase);
    wave = phase < 0.5 ? wave : -16 * (phase - 0.5) * (1 - phase); // two parabolas, -1..1
    for (int s = 0; s < LAB_SERVICES; s++) {
        const double level[LAB_METRICS] = {s ? 40 : 90, 0.002, 0.5, 0.45, 300, 0.2};
        const double swing[LAB_METRICS] = {0.08, 0, 0.1, 0, 0.1, 0.1};
        const double noise[LAB_METRICS] = {0.05, 0.3, 0.03, 0.005, 0.03, 0.05};
        for (int m = 0; m < LAB_METRICS; m++)
            l->value[s][m] =
                level[m] * (1 + swing[m] * wave) * fabs(1 + noise[m] * rng_normal(&l->noise));
    }
    l->obs.entry_p95_ms = l->value[0][LAB_P95];
    l->obs.entry_errors = l->value[0][LAB_ERRORS];
}

static inline void lab_detect(lab *l)
{
    l->detector->detect(&l->node, &l->obs, l->score, l->metric, &l->overall, &l->threshold);
    for (int s = 0; s < LAB_SERVICES; s++) {
        assert_true(l->score[s] >= 0 && l->score[s] <= 1);
        assert_true(l->metric[s] >= -1 && l->metric[s] < LAB_METRICS);
    }
    assert_true(l->overall >= 0 && l->overall <= 1);
    l->obs.tick++;
}

// Healthy ticks; returns in how many of them the score passed the threshold.
static inline int lab_run(lab *l, int ticks)
{
    int above = 0;
    for (int i = 0; i < ticks; i++) {
        lab_draw(l);
        lab_detect(l);
        above += l->overall > l->threshold;
    }
    return above;
}

// Ticks with one metric of a service multiplied and raised; returns in how many it was seen.
typedef struct lab_fault {
    int service, metric;
    double times, plus;
} lab_fault;

static inline int lab_run_fault(lab *l, lab_fault fault, int ticks)
{
    int above = 0;
    for (int i = 0; i < ticks; i++) {
        lab_draw(l);
        double *value = &l->value[fault.service][fault.metric];
        *value = *value * fault.times + fault.plus;
        lab_detect(l);
        above += l->overall > l->threshold;
    }
    return above;
}

// Puts garbage into one value in `one_in`, of all kinds in turn.
static inline void lab_spoil(lab *l, uint32_t one_in)
{
    static const double garbage[] = {(double)NAN, (double)INFINITY, -(double)INFINITY,
                                     1e300,       -1e300,           -5};
    for (int s = 0; s < LAB_SERVICES; s++)
        for (int m = 0; m < LAB_METRICS; m++)
            if (rng_below(&l->noise, one_in) == 0)
                l->value[s][m] = garbage[rng_below(&l->noise, 6)];
}

#endif
