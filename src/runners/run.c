// SPDX-License-Identifier: GPL-3.0-or-later
// run.c - the closed loop over a simulated world.
#include "runners/run.h"

#include "base/hash.h"
#include "edge/actuator_world.h"
#include "loop/loop.h"
#include "report/audit.h"
#include "report/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What a thread needs to play one episode after another, allocated once.
struct run {
    const run_setup *setup;
    tend_engine *engine;
    source_world world;
    audit *audit;
};

tend_rc run_open(const run_setup *setup, run **out, tend_err *err)
{
    run *r = calloc(1, sizeof *r);
    tend_rc rc = TEND_NO_MEMORY;
    if (!r)
        return tend_fail(err, rc, "out of memory for a run");
    r->setup = setup;
    r->audit = calloc(1, sizeof *r->audit);
    if (!r->audit)
        rc = tend_fail(err, rc, "out of memory for an audit");
    else
        rc = source_world_open(&r->world, setup->model, setup->steps, err);
    if (rc == TEND_OK)
        rc = tend_open(setup->system, setup->config, 0, &r->engine, err);
    if (rc != TEND_OK) {
        run_close(r);
        return rc;
    }
    *out = r;
    return TEND_OK;
}

void run_close(run *r)
{
    if (!r)
        return;
    tend_close(r->engine);
    source_world_close(&r->world);
    if (r->audit)
        audit_close(r->audit);
    free(r->audit);
    free(r);
}

tend_engine *run_engine(run *r)
{
    return r->engine;
}

static tend_rc make_scenario(const run_setup *s, uint64_t seed, scenario *out, tend_err *err)
{
    scenario_file file = {s->scenario_text, s->scenario_length, s->scenario_name, s->steps, seed};
    // a file is read anew for each seed: what it leaves open is drawn from the seed
    if (s->scenario_text)
        return scenario_parse(&file, s->system, s->plant, out, err);
    return scenario_draw(&s->spec, s->system, s->plant, seed, out, err);
}

// Prices of decisions, to be learnt later in an order of seeds and not of threads.
static tend_rc keep_lessons(void *self, const tend_frame *frame, tend_err *err)
{
    run_lessons *lessons = self;
    for (int i = 0; i < frame->outcomes; i++) {
        if (lessons->count == lessons->room) {
            int room = lessons->room ? 2 * lessons->room : 32;
            tend_outcome *more = realloc(lessons->outcome, (size_t)room * sizeof *more);
            if (!more)
                return tend_fail(err, TEND_NO_MEMORY, "out of memory for %d outcomes", room);
            lessons->outcome = more;
            lessons->room = room;
        }
        lessons->outcome[lessons->count++] = frame->outcome[i];
    }
    return TEND_OK;
}

tend_sink run_lessons_sink(run_lessons *lessons)
{
    return (tend_sink){.self = lessons, .write = keep_lessons};
}

static void name_row(const run *r, uint64_t seed, result *out)
{
    const run_setup *s = r->setup;
    out->seed = seed;
    snprintf(out->policy, sizeof out->policy, "%s", tend_config_plugin(s->config, "policy"));
    snprintf(out->detector, sizeof out->detector, "%s", tend_config_plugin(s->config, "detector"));
    snprintf(out->diagnoser, sizeof out->diagnoser, "%s",
             tend_config_plugin(s->config, "diagnoser"));
    out->violations = r->audit->violations;
    // world and agent together: two runs that did the same end in the same state
    out->state_hash =
        hash_mix(world_hash(r->world.world, s->model) ^ hash_mix(tend_hash_episode(r->engine)));
    out->config_hash = s->hash;
}

tend_rc run_episode(run *r, uint64_t seed, result *out, record *rec, const tend_sink *more,
                    tend_err *err)
{
    const run_setup *s = r->setup;
    scenario incident;
    tend_rc rc = make_scenario(s, seed, &incident, err);
    if (rc != TEND_OK)
        return rc;
    // world and agent get the same seed and split it by names of their own
    source_world_start(&r->world, &incident, seed);
    tend_set_learning(r->engine, s->learning);
    tend_reset(r->engine, seed);
    audit_start(r->audit, s->system, s->config);
    tally counts;
    tally_start(&counts, s->system, &incident, &r->world);
    loop l = {.source = source_world_source(&r->world),
              .engine = r->engine,
              .actuator = actuator_world(&r->world)};
    // the audit first: what it finds must not depend on what the others could do about it
    loop_add(&l, audit_sink(r->audit));
    loop_add(&l, tally_sink(&counts));
    if (rec)
        loop_add(&l, record_sink(rec));
    if (more)
        loop_add(&l, *more);
    rc = loop_run(&l, err);
    if (rc != TEND_OK)
        return rc;
    tally_finish(&counts, out);
    name_row(r, seed, out);
    if (rec)
        tally_describe(&counts, out, rec);
    return TEND_OK;
}
