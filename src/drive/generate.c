// SPDX-License-Identifier: GPL-3.0-or-later
// generate.c - draws designs until one is well at rest.
#include "drive/generate.h"

#include "env/sim.h"
#include "env/traffic.h"
#include "report/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 240 // of an episode, the usual
// Healthy episodes of each world. More: a suite takes longer to begin; fewer: a design passes that
// breaches on the next seed.
#define FIRST_EPISODES 2 // from which the objective is made
#define CALM_EPISODES 3  // others, which it is held to
#define REAL_EPISODES 6
#define OVER_NOISE 1.15 // objective over the 99 % quantile of the p95s of healthy ticks
#define SLACK_MOST 3    // a design that needs more is too uneven to have an objective
// Share of the healthy ticks in breach, at most: as `tend check` has it; and in a world with
// crowds, jobs and pauses, in which a few of them are what they are there for.
#define CALM_BREACHES 0.01
#define REAL_BREACHES 0.05

typedef struct rest { // what was seen of a system at rest
    double p95_ms[REAL_EPISODES * STEPS];
    size_t seen; // of them; the others were missing
    int ticks, breaches;
} rest;

typedef struct seeds {
    uint64_t first, count;
} seeds;

static tend_rc play(tend_sim *sim, uint64_t seed, rest *r, tend_err *err)
{
    tend_rc rc = tend_sim_reset(sim, seed, err);
    while (rc == TEND_OK && tend_sim_step(sim)) {
        tend_obs obs;
        tend_sim_observe(sim, &obs);
        if (isfinite(obs.entry_p95_ms))
            r->p95_ms[r->seen++] = obs.entry_p95_ms;
        r->ticks++;
        r->breaches += obs.breach;
    }
    return rc;
}

// Healthy episodes of a design under a preset.
static tend_rc rest_under(const char *preset, seeds of, const str *text, rest *out, tend_err *err)
{
    tend_sim_options options = tend_sim_usual();
    tend_sim_setup *setup = NULL;
    tend_sim *sim = NULL;
    options.steps = STEPS;
    options.fault = "none";
    options.preset = preset;
    memset(out, 0, sizeof *out);
    tend_rc rc = tend_sim_setup_parse(text->text, text->length, "a design", &options, &setup, err);
    if (rc == TEND_OK)
        rc = tend_sim_open(setup, &sim, err);
    for (uint64_t i = 0; i < of.count && rc == TEND_OK; i++)
        rc = play(sim, of.first + i, out, err);
    tend_sim_close(sim);
    tend_sim_setup_close(setup);
    return rc;
}

static tend_rc write_text(const design *d, str *out, tend_err *err)
{
    out->length = 0;
    design_write(d, out);
    return out->failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory for %s", d->name) : TEND_OK;
}

// Its objective from what it does at rest; false: there is none.
static bool set_objective(design *d, rest *r)
{
    double usual = stats_quantile(r->p95_ms, r->seen, 0.5);
    double high = OVER_NOISE * stats_quantile(r->p95_ms, r->seen, 0.99);
    double objective = d->slack * usual > high ? d->slack * usual : high;
    if (!(objective <= SLACK_MOST * usual))
        return false;
    d->system.slo.p95_ms = design_round(objective, 3);
    d->slack = d->system.slo.p95_ms / usual;
    return true;
}

// Draws one design into text; *well says whether it can be let live.
static tend_rc attempt(design *d, rest *r, str *text, bool *well, tend_err *err)
{
    double errors = d->system.slo.error_share;
    *well = false;
    d->system.slo.error_share = 1; // nothing breaches while the objective is sought
    tend_rc rc = write_text(d, text, err);
    if (rc == TEND_OK)
        rc = rest_under("calm", (seeds){1, FIRST_EPISODES}, text, r, err);
    if (rc != TEND_OK || !set_objective(d, r))
        return rc;
    d->system.slo.error_share = errors;
    rc = write_text(d, text, err);
    if (rc == TEND_OK)
        rc = rest_under("calm", (seeds){1 + FIRST_EPISODES, CALM_EPISODES}, text, r, err);
    if (rc != TEND_OK || r->breaches > CALM_BREACHES * r->ticks)
        return rc;
    rc = rest_under("real", (seeds){1, REAL_EPISODES}, text, r, err);
    *well = rc == TEND_OK && r->breaches <= REAL_BREACHES * r->ticks;
    return rc;
}

static tend_rc describe(const design *d, const rest *r, generated *out, tend_err *err)
{
    traffic *flow;
    tend_rc rc = traffic_open(&d->system, &d->plant, &flow, err);
    if (rc != TEND_OK)
        return rc;
    int callers = 0;
    for (int s = 0; s < d->system.S; s++) {
        bool calls = false;
        for (int e = 0; e < d->system.E; e++)
            calls |= d->edge[e].caller == s;
        callers += calls;
        out->utilisation[s] = flow->utilisation[s];
    }
    traffic_close(flow);
    memcpy(out->name, d->name, sizeof out->name);
    out->services = d->system.S;
    out->depth = d->depth;
    out->fan_out = (double)d->system.E / callers;
    out->slack = d->slack;
    out->breaches = (double)r->breaches / r->ticks;
    return TEND_OK;
}

tend_rc generate_system(const design_ask *ask, uint64_t seed, generated *out, tend_err *err)
{
    str text = {0};
    bool well = false;
    design *d = malloc(sizeof *d);
    rest *r = malloc(sizeof *r);
    memset(out, 0, sizeof *out);
    tend_rc rc = d && r ? TEND_OK : tend_fail(err, TEND_NO_MEMORY, "out of memory for a design");
    for (int i = 0; i < GENERATE_ATTEMPTS && rc == TEND_OK && !well; i++) {
        rc = design_draw(ask, seed, i, d, err);
        if (rc == TEND_OK)
            rc = attempt(d, r, &text, &well, err);
        out->rejected += rc == TEND_OK && !well;
    }
    if (rc == TEND_OK && !well)
        rc = tend_fail(err, TEND_INPUT, "%s: none of %d designs is well at rest", d->name,
                       GENERATE_ATTEMPTS);
    if (rc == TEND_OK)
        rc = describe(d, r, out, err);
    if (rc == TEND_OK) {
        out->length = text.length;
        out->text = text.text;
    } else {
        str_free(&text);
    }
    free(d);
    free(r);
    return rc;
}

void generated_free(generated *g)
{
    free(g->text);
    g->text = NULL;
}
