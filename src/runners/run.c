// run.c - the closed loop over a simulated world.
#include "runners/run.h"

#include "base/hash.h"
#include "report/audit.h"
#include "report/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const run_setup *setup;
    tend_engine *engine;
    world *world, *twin; // the twin is the same seed without the faults
    audit *audit;
};

tend_rc run_open(const run_setup *setup, run **out, tend_err *err)
{
    run *r = calloc(1, sizeof *r);
    tend_rc rc = TEND_NO_MEMORY;
    if (!r)
        return tend_fail(err, rc, "out of memory for a run");
    r->setup = setup;
    r->world = calloc(1, world_size(setup->model));
    r->twin = calloc(1, world_size(setup->model));
    r->audit = malloc(sizeof *r->audit);
    if (!r->world || !r->twin || !r->audit)
        rc = tend_fail(err, rc, "out of memory for a world");
    else
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
    free(r->world);
    free(r->twin);
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
    if (s->scenario_text)
        return scenario_parse(&file, s->system, s->plant, out, err);
    return scenario_draw(&s->spec, s->system, s->plant, seed, out, err);
}

static tend_rc keep_lessons(run_lessons *lessons, const tend_frame *frame, tend_err *err)
{
    for (int i = 0; lessons && i < frame->outcomes; i++) {
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

// one tick of world, engine and book-keeping; returns what the engine saw and did
static const tend_frame *tick(run *r, tend_obs *obs)
{
    world_step(r->world, r->setup->model);
    world_observe(r->world, r->setup->model, obs);
    const tend_frame *frame = tend_step(r->engine, obs);
    double confidence = frame->causes.count > 0 ? frame->causes.suspect[0].confidence : 0;
    audit_tick(r->audit, obs, frame->findings.alarm, confidence, frame->decision.action);
    return frame;
}

// at the onset: the same world without the faults, followed until they show
static void fork_twin(run *r, int t, const tally *counts)
{
    if (t != counts->onset)
        return;
    memcpy(r->twin, r->world, world_size(r->setup->model));
    world_heal(r->twin);
}

static void compare_twin(run *r, int t, tally *counts)
{
    if (!tally_wants_twin(counts, t))
        return;
    world_truth with, without;
    world_step(r->twin, r->setup->model);
    world_look_behind(r->world, r->setup->model, &with);
    world_look_behind(r->twin, r->setup->model, &without);
    tally_compare(counts, r->setup->system, t, &with, &without);
}

tend_rc run_episode(run *r, uint64_t seed, result *out, record *rec, run_lessons *lessons,
                    tend_err *err)
{
    const run_setup *s = r->setup;
    scenario incident;
    tend_rc rc = make_scenario(s, seed, &incident, err);
    if (rc != TEND_OK)
        return rc;
    world_init(r->world, s->model, &incident, seed);
    tend_set_learning(r->engine, s->learning);
    tend_reset(r->engine, seed);
    audit_start(r->audit, s->system, s->config);
    tally counts;
    tally_start(&counts, s->system, &incident);
    for (int t = 0; t < s->steps && rc == TEND_OK; t++) {
        tend_obs obs;
        fork_twin(r, t, &counts);
        const tend_frame *frame = tick(r, &obs);
        compare_twin(r, t, &counts);
        tally_add(&counts, s->system, frame);
        rc = keep_lessons(lessons, frame, err);
        if (rc == TEND_OK && rec)
            rc = record_add(rec, frame, err);
        if (!frame->decision.dry_run && frame->decision.action != 0)
            world_apply(r->world, s->model, frame->decision.action);
    }
    if (rc != TEND_OK)
        return rc;
    tally_finish(&counts, s->system, out);
    out->seed = seed;
    snprintf(out->policy, sizeof out->policy, "%s", tend_config_plugin(s->config, "policy"));
    snprintf(out->detector, sizeof out->detector, "%s", tend_config_plugin(s->config, "detector"));
    snprintf(out->diagnoser, sizeof out->diagnoser, "%s",
             tend_config_plugin(s->config, "diagnoser"));
    out->violations = r->audit->violations;
    out->state_hash =
        hash_mix(world_hash(r->world, s->model) ^ hash_mix(tend_hash_episode(r->engine)));
    out->config_hash = s->hash;
    if (rec)
        tally_describe(&counts, s->system, out, rec);
    return TEND_OK;
}
