// SPDX-License-Identifier: GPL-3.0-or-later
// drive.c - the closed loop over a simulated world.
#include "drive/drive.h"

#include "agent/config.h"
#include "base/hash.h"
#include "edge/actuator_world.h"
#include "edge/source_world.h"
#include "env/sim.h"
#include "loop/loop.h"
#include "report/audit.h"
#include "report/tally.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What a thread needs to play one episode after another, allocated once.
struct tend_drive {
    const tend_sim_setup *setup;
    tend_config *config;
    uint64_t hash;
    tend_engine *engine;
    tend_sim *sim, *twin;
    audit *audit;
    reckoner *reckoner; // watches when there is one
    result row;         // of the episode played last
};

tend_rc tend_drive_open(const tend_sim_setup *setup, const tend_config *config, tend_drive **out,
                        tend_err *err)
{
    tend_rc rc = TEND_NO_MEMORY;
    *out = NULL;
    tend_drive *d = calloc(1, sizeof *d);
    if (!d)
        return tend_fail(err, rc, "out of memory for a drive");
    d->setup = setup;
    d->hash = drive_hash(setup, config);
    d->audit = calloc(1, sizeof *d->audit);
    if (!d->audit)
        rc = tend_fail(err, rc, "out of memory for an audit");
    else
        rc = config_copy(config, &d->config, err);
    if (rc == TEND_OK)
        rc = tend_sim_open(setup, &d->sim, err);
    if (rc == TEND_OK)
        rc = tend_sim_open(setup, &d->twin, err);
    if (rc == TEND_OK)
        rc = tend_open(setup->system, config, 0, &d->engine, err);
    if (rc != TEND_OK) {
        tend_drive_close(d);
        return rc;
    }
    tend_set_learning(d->engine, TEND_FROZEN);
    *out = d;
    return TEND_OK;
}

void tend_drive_close(tend_drive *d)
{
    if (!d)
        return;
    tend_close(d->engine);
    tend_sim_close(d->sim);
    tend_sim_close(d->twin);
    tend_config_free(d->config);
    if (d->audit)
        audit_close(d->audit);
    free(d->audit);
    free(d);
}

tend_engine *tend_drive_engine(tend_drive *d)
{
    return d->engine;
}

void drive_watched(tend_drive *d, reckoner *by)
{
    d->reckoner = by;
}

// Prices of decisions, to be learnt later in an order of seeds and not of threads.
static tend_rc keep_lessons(void *self, const tend_frame *frame, tend_err *err)
{
    episode_lessons *l = self;
    for (int i = 0; i < frame->outcomes; i++) {
        if (l->count == l->room) {
            int room = l->room ? 2 * l->room : 32;
            tend_outcome *more = realloc(l->outcome, (size_t)room * sizeof *more);
            if (!more)
                return tend_fail(err, TEND_NO_MEMORY, "out of memory for %d outcomes", room);
            l->outcome = more;
            l->room = room;
        }
        l->outcome[l->count++] = frame->outcome[i];
    }
    return TEND_OK;
}

tend_sink lessons_sink(episode_lessons *l)
{
    return (tend_sink){.self = l, .write = keep_lessons};
}

uint64_t drive_hash(const tend_sim_setup *setup, const tend_config *config)
{
    return sim_setup_hash(setup, config_hash(config));
}

void drive_name_world(const tend_sim_setup *setup, result *out)
{
    snprintf(out->preset, sizeof out->preset, "%s", plant_presets[setup->preset]);
    snprintf(out->family, sizeof out->family, "%s",
             setup->scenario_text ? "scenario" : scenario_families[setup->spec.family]);
}

static void name_row(const tend_drive *d, uint64_t seed, result *out)
{
    out->seed = seed;
    snprintf(out->policy, sizeof out->policy, "%s", tend_config_plugin(d->config, "policy"));
    snprintf(out->detector, sizeof out->detector, "%s", tend_config_plugin(d->config, "detector"));
    snprintf(out->diagnoser, sizeof out->diagnoser, "%s",
             tend_config_plugin(d->config, "diagnoser"));
    out->violations = d->audit->violations;
    // world and agent together: two runs that did the same end in the same state
    uint64_t of_world = world_hash(sim_world(d->sim), d->setup->model);
    out->state_hash = hash_mix(of_world ^ hash_mix(tend_hash_episode(d->engine)));
    out->config_hash = d->hash;
    drive_name_world(d->setup, out);
}

// The same incident once more with nobody there: what an agent must not be worse than. The twin is
// free by now, and a world without an engine costs a few percent of one with it.
static tend_rc let_be(tend_drive *d, uint64_t seed, int *breach, tend_err *err)
{
    tend_obs obs;
    *breach = 0;
    tend_rc rc = tend_sim_reset(d->twin, seed, err);
    while (rc == TEND_OK && tend_sim_step(d->twin)) {
        tend_sim_observe(d->twin, &obs);
        *breach += obs.breach;
    }
    return rc;
}

tend_rc drive_episode(tend_drive *d, uint64_t seed, result *out, record *rec, const tend_sink *more,
                      tend_err *err)
{
    // world and agent get the same seed and split it by names of their own
    tend_rc rc = tend_sim_reset(d->sim, seed, err);
    if (rc != TEND_OK)
        return rc;
    tend_reset(d->engine, seed);
    audit_start(d->audit, d->setup->system, d->config);
    tally counts;
    tally_start(&counts, d->setup->system, sim_incident(d->sim), &(tally_watch){d->sim, d->twin});
    loop l = {
        .source = source_world(d->sim), .engine = d->engine, .actuator = actuator_world(d->sim)};
    // the audit first: what it finds must not depend on what the others could do about it
    loop_add(&l, audit_sink(d->audit));
    loop_add(&l, tally_sink(&counts));
    if (d->reckoner)
        loop_add(&l, reckon_watch(d->reckoner, d->sim, counts.onset));
    if (rec)
        loop_add(&l, record_sink(rec));
    if (more)
        loop_add(&l, *more);
    rc = loop_run(&l, err);
    if (rc != TEND_OK)
        return rc;
    tally_finish(&counts, out);
    name_row(d, seed, out);
    if (rec)
        tally_describe(&counts, out, rec);
    return let_be(d, seed, &out->noop_steps, err);
}

tend_rc tend_drive_episode(tend_drive *d, uint64_t seed, const tend_sink *more, tend_err *err)
{
    return drive_episode(d, seed, &d->row, NULL, more, err);
}

// The world knows its incident once the episode has begun, and not before.
static tend_rc write_traced(void *self, const tend_frame *frame, tend_err *err)
{
    const drive_tracer *tracer = self;
    if (tend_sim_tick(tracer->drive->sim) == 0) {
        tend_truth truth;
        tend_sim_truth(tracer->drive->sim, &truth);
        tend_trace_truth(tracer->trace, &truth);
    }
    tend_sink lines = tend_trace_sink(tracer->trace);
    return lines.write(lines.self, frame, err);
}

tend_rc tracer_open(drive_tracer *tracer, const char *folder, uint64_t number, const char *again,
                    tend_err *err)
{
    str path = {0};
    str_format(&path, "%s/%" PRIu64 ".jsonl", folder, number);
    tend_rc rc = path.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory for a path")
                             : tend_trace_open(tracer->drive->setup->system, again, path.text,
                                               &tracer->trace, err);
    str_free(&path);
    return rc;
}

tend_sink tracer_sink(drive_tracer *tracer)
{
    return (tend_sink){.self = tracer, .write = write_traced};
}

tend_rc tend_drive_traced(tend_drive *d, uint64_t seed, tend_trace *trace, tend_err *err)
{
    drive_tracer tracer = {d, trace};
    tend_sink sink = tracer_sink(&tracer);
    return drive_episode(d, seed, &d->row, NULL, &sink, err);
}

tend_rc tend_row_header(char **out, tend_err *err)
{
    return result_csv_text(NULL, out, err);
}

tend_rc tend_drive_row(const tend_drive *d, char **out, tend_err *err)
{
    return result_csv_text(&d->row, out, err);
}
