// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_replay.c - tend replay: the whole loop over recorded metrics, in shadow mode.
//
// Nothing is carried out and nothing is learnt: an outcome seen here would be that of what people
// did then, not of what the agent would have done.
#include "base/str.h"
#include "base/text.h"
#include "core/json_write.h"
#include "edge/example.h"
#include "edge/file.h"
#include "edge/source_csv.h"
#include "loop/loop.h"
#include "report/story_live.h"
#include "runners/common.h"

#include <stdlib.h>
#include <string.h>
#include <tend/engine.h>

typedef struct replay_options {
    const char *system, *agent, *graph, *entry, *json;
    common_options of_agent; // plug-ins, parameters and what was learnt; nothing else of it
    int64_t seed;
    bool quiet;
} replay_options;

#define TEXT(name, field, value, help)                                                             \
    {                                                                                              \
        name, 0, OPTION_TEXT, offsetof(replay_options, field), value, 0, 0, help                   \
    }

static const option options[] = {
    TEXT("--system", system, "FILE", "system.json; without it, what the CSV header shows"),
    TEXT("--graph", graph, "FILE", "call graph (caller,callee), when there is no --system"),
    TEXT("--entry", entry, "SERVICE", "the service users call, when there is no --system"),
    TEXT("--agent", agent, "FILE", "agent file or example (iforest + blend + ucb)"),
    TEXT("--detector", of_agent.detector, "NAME", "detector plug-in instead of the agent's"),
    TEXT("--diagnoser", of_agent.diagnoser, "NAME", "diagnoser plug-in instead of the agent's"),
    TEXT("--policy", of_agent.policy, "NAME", "policy plug-in instead of the agent's"),
    {"--set", 0, OPTION_LIST, offsetof(replay_options, of_agent.set), "PATH=X", 0, 0,
     "a parameter, such as guard.cooldown=8; may be repeated"},
    TEXT("--policy-in", of_agent.policy_in, "FILE", "what a policy has learnt before"),
    {"--seed", 0, OPTION_INT, offsetof(replay_options, seed), "N", 0, 9e15, "of the agent (1)"},
    TEXT("--json", json, "FILE", "events and totals as JSON (- for stdout)"),
    {"--quiet", 'q', OPTION_FLAG, offsetof(replay_options, quiet), NULL, 0, 0,
     "no events on stdout"},
    {.name = NULL},
};

static const char *const examples[] = {
    "tend replay --system system.json metrics.csv",
    "tend replay --graph graph.csv --entry front-end metrics.csv --json events.json",
    NULL,
};

typedef struct replay {
    const replay_options *o;
    const char *path;
    csv_table *table;
    csv_calls *calls;
    tend_system *system;
    tend_config *config;
    tend_engine *engine;
    csv_source *source;
    str events;         // JSON
    json_writer writer; // of it
    story_live story;
    int alarms, breaches, ticks, recommended;
} replay;

static void tell(replay *r, const event *e)
{
    double time = source_csv_time(r->source, e->tick);
    json_writer *w = &r->writer;

    json_open_object(w, NULL);
    json_put_count(w, "t", e->tick);
    json_put_number(w, "time", time);
    event_json(r->system, e, w);
    json_close_object(w);
    // events on stdout and JSON on stdout would mix
    bool taken = r->o->json && strcmp(r->o->json, "-") == 0;
    if (!r->o->quiet && !taken)
        printf("t=%-5lld %-12.10g %-10s %s\n", (long long)e->tick, time, e->kind, e->detail);
}

static tend_rc see(void *self, const tend_frame *frame, tend_err *err)
{
    replay *r = self;
    event news[STORY_LIVE_MAX];
    int count = story_live_tick(&r->story, frame, news);

    if (count < 0)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for an event");
    for (int i = 0; i < count; i++)
        tell(r, &news[i]);
    r->ticks++;
    r->alarms += frame->findings.alarm;
    r->breaches += frame->obs->breach;
    r->recommended += frame->decision.action > 0;
    return TEND_OK;
}

// What the agent cannot see is said before what it saw.
static void say_missing(const replay *r, FILE *to)
{
    const csv_source *c = r->source;
    int shown = 0;
    char path[512];

    text_shown(r->path, path, sizeof path); // a path may hold anything
    fprintf(to, "%s: %d rows; %d of %d metric columns of %s found", path, r->table->rows,
            c->matched, c->cells, r->system->name);
    if (c->ignored)
        fprintf(to, "; %d column%s ignored", c->ignored, c->ignored == 1 ? "" : "s");
    for (int i = 0; i < c->cells && shown < 6; i++) // missing columns named; the others are counted
        if (!c->found[i])
            fprintf(to, "%s%s|%s",
                    shown++ ? ", " : "\nmissing: ", r->system->services[i / r->system->M].name,
                    r->system->metrics[i % r->system->M].name);
    if (c->cells - c->matched > shown)
        fprintf(to, " and %d more", c->cells - c->matched - shown);
    fputc('\n', to);
    int64_t gaps = source_csv_ticks(c) - r->table->rows;
    if (gaps > 0)
        fprintf(to, "%lld step%s of %.4g s without a row: nothing is known of %s\n",
                (long long)gaps, gaps == 1 ? "" : "s", r->system->step_s,
                gaps == 1 ? "it" : "them");
    // without these, no breach may only mean that nobody looked
    if (!c->sees_latency)
        fprintf(to, "no latency of %s: a slow system does not count as a breach here\n",
                r->system->services[r->system->entry].name);
    if (!c->sees_errors)
        fprintf(to, "no errors of %s: a failing system does not count as a breach here\n",
                r->system->services[r->system->entry].name);
    if (!r->o->system && c->sees_latency)
        fprintf(to,
                "system inferred from the header: entry %s, SLO %.4g ms (twice the first "
                "rows' median), replicas assumed\n",
                r->system->services[r->system->entry].name, r->system->slo.p95_ms);
    else if (!r->o->system)
        fprintf(to, "system inferred from the header: entry %s, replicas assumed\n",
                r->system->services[r->system->entry].name);
}

static tend_rc write_json(const replay *r, tend_err *err)
{
    const csv_source *c = r->source;
    str out = {0};
    json_writer w = {.to = &out};

    json_open_object(&w, NULL);
    json_put_text(&w, "source", r->path);
    json_put_text(&w, "system", r->system->name);
    // who reads the figures must know how much of the system was guessed
    json_put_bool(&w, "system_inferred", !r->o->system);
    json_put_count(&w, "seed", r->o->seed);
    json_put_count(&w, "ticks", r->ticks);
    json_put_count(&w, "missing_ticks", source_csv_ticks(c) - r->table->rows);
    json_put_count(&w, "alarm_ticks", r->alarms);
    json_put_count(&w, "breach_ticks", r->breaches);
    json_put_count(&w, "recommendations", r->recommended);
    json_put_bool(&w, "sees_latency", c->sees_latency);
    json_put_bool(&w, "sees_errors", c->sees_errors);
    json_open_array(&w, "missing");
    for (int i = 0; i < c->cells; i++)
        if (!c->found[i]) {
            str name = {0};
            str_format(&name, "%s|%s", r->system->services[i / r->system->M].name,
                       r->system->metrics[i % r->system->M].name);
            json_put_text(&w, NULL, name.text);
            out.failed |= name.failed;
            str_free(&name);
        }
    json_close_array(&w);
    json_open_array(&w, "events");
    if (r->events.text)
        str_add(&out, r->events.text);
    json_close_array(&w);
    json_close_object(&w);
    str_char(&out, '\n');
    tend_rc rc = out.failed || r->events.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory")
                                                : file_write(r->o->json, out.text, out.length, err);
    str_free(&out);
    return rc;
}

// As elsewhere, but in dry run: nothing an old file shows can be acted upon.
static tend_rc load_agent(replay *r, tend_err *err)
{
    const replay_options *o = r->o;
    tend_rc rc = tend_config_open(o->agent, &r->config, err);
    if (rc == TEND_OK)
        rc = common_configure(&o->of_agent, r->config, err);
    if (rc == TEND_OK)
        // last, so that no agent file and no option can switch it off
        rc = tend_config_set(r->config, "guard.dry_run", "1", err);
    return rc;
}

// From a file, or from what the header shows.
static tend_rc load_system(replay *r, tend_err *err)
{
    char path[EXAMPLE_PATH_MAX], *text;
    size_t length;

    if (!r->o->system) {
        tend_rc rc = r->o->graph ? csv_calls_read(r->o->graph, &r->calls, err) : TEND_OK;
        return rc == TEND_OK
                   ? source_csv_infer(r->table, r->path, r->calls, r->o->entry, &r->system, err)
                   : rc;
    }
    tend_rc rc = example_read("systems", r->o->system, &text, &length, path, err);
    if (rc != TEND_OK)
        return rc;
    rc = tend_system_parse(text, length, path, &r->system, err);
    free(text);
    return rc;
}

// The loop without an actuator, so shadow mode holds whatever the agent decides.
static tend_rc replay_file(replay *r, tend_err *err)
{
    tend_rc rc = csv_table_read(r->path, CSV_TIMES_RISE, &r->table, err);

    if (rc == TEND_OK)
        rc = load_system(r, err);
    if (rc == TEND_OK)
        rc = load_agent(r, err);
    if (rc == TEND_OK)
        rc = source_csv_open(r->table, r->path, r->system, &r->source, err);
    if (rc == TEND_OK)
        rc = tend_open(r->system, r->config, (uint64_t)r->o->seed, &r->engine, err);
    if (rc == TEND_OK)
        rc = common_policy(&r->o->of_agent, r->engine, err);
    if (rc != TEND_OK)
        return rc;
    tend_set_learning(r->engine, TEND_FROZEN);
    story_live_start(&r->story, r->system);
    if (!r->o->quiet)
        say_missing(r, stderr);
    loop l = {.source = source_csv(r->source), .engine = r->engine}; // no actuator: shadow mode
    loop_add(&l, (tend_sink){.self = r, .write = see}); // events are told as they happen
    rc = loop_run(&l, err);
    if (rc == TEND_OK && r->o->json)
        rc = write_json(r, err);
    if (rc == TEND_OK && !r->o->quiet)
        fprintf(stderr,
                "%d ticks, %d with an alarm, %d in breach; %d action%s recommended, none "
                "taken; seed %lld\n",
                r->ticks, r->alarms, r->breaches, r->recommended, r->recommended == 1 ? "" : "s",
                (long long)r->o->seed);
    return rc;
}

static void replay_close(replay *r)
{
    tend_close(r->engine);
    tend_config_free(r->config);
    source_csv_close(r->source);
    tend_system_free(r->system);
    csv_calls_free(r->calls);
    csv_table_free(r->table);
    str_free(&r->events);
}

static tend_rc run_replay(int argc, char **argv, tend_err *err)
{
    replay_options o = {.seed = 1};
    arguments given = {argc, argv};
    bool helped = false;
    tend_rc rc = options_parse(&command_replay, &given, &o, &helped, err);
    if (rc == TEND_OK && !helped && given.count != 1)
        rc = tend_fail(err, TEND_USAGE, "replay: %d files, expected one metrics CSV", given.count);
    if (rc == TEND_OK && !helped && o.system && (o.graph || o.entry))
        rc = tend_fail(err, TEND_USAGE,
                       "replay: --graph and --entry describe a system without "
                       "--system, expected one or the other");
    if (rc == TEND_OK && !helped)
        rc = output_check(&(output_file){"--json", &o.json}, 1, err);
    if (rc == TEND_OK && !helped) {
        replay r = {.o = &o, .path = given.word[0]};
        r.writer = (json_writer){.to = &r.events, .depth = 2}; // inside {"events": []}
        rc = replay_file(&r, err);
        replay_close(&r);
    }
    return rc;
}

const command command_replay = {
    .name = "replay",
    .usage = "[--system FILE] METRICS.csv",
    .help = "the loop over recorded metrics, in shadow mode",
    .details =
        "METRICS.csv has the columns time, service|metric and caller>callee|metric. The agent "
        "sees,\n"
        "blames and decides as it would have then; nothing is carried out and nothing learnt.\n"
        "Columns the system has and the file lacks are named first: what is not seen is not known.",
    .options = options,
    .examples = examples,
    .run = run_replay,
};
