// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_episode.c - one episode, drawn and explained; `demo` is the episode everybody sees first.
#include "edge/file.h"
#include "report/report.h"
#include "report/timeline.h"
#include "runners/common.h"
#include "runners/interrupt.h"
#include <tend/drive.h>

#include <stdlib.h>
#include <string.h>

typedef struct episode_options {
    common_options common;
    int64_t seed;
    bool render, ascii;
    const char *report, *trace, *json;
} episode_options;

static const option options[] = {
    // 9e15 is below 2^53: a seed passes through JSON and any double unharmed
    {"--seed", 0, OPTION_INT, offsetof(episode_options, seed), "N", 0, 9e15,
     "fixes every random choice (7)"},
    {"--render", 0, OPTION_FLAG, offsetof(episode_options, render), NULL, 0, 0,
     "draw the timeline"},
    {"--ascii", 0, OPTION_FLAG, offsetof(episode_options, ascii), NULL, 0, 0,
     "draw with ASCII only"},
    {"--report", 0, OPTION_TEXT, offsetof(episode_options, report), "FILE", 0, 0,
     "incident report as .md, .html or .json"},
    {"--trace", 0, OPTION_TEXT, offsetof(episode_options, trace), "FILE", 0, 0,
     "every tick as a line of JSON"},
    {"--json", 0, OPTION_TEXT, offsetof(episode_options, json), "FILE", 0, 0,
     "the report as JSON (- for stdout)"},
    COMMON_OPTIONS(episode_options, common),
    {NULL, 0, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const char *const examples[] = {
    "tend episode --steps 240 --seed 7 --render",
    "tend episode --fault slow_db --severity 0.8 --report incident.html",
    "tend episode --system shop --seed 3 --render",
    NULL,
};

static bool ends_in(const char *path, const char *end)
{
    size_t length = strlen(path), tail = strlen(end);
    return length >= tail && strcmp(path + length - tail, end) == 0;
}

// the same seed once more under another policy: the incident is the same, so the gap is the agent's
static tend_rc compare_with(const episode_options *o, const char *policy, const char *label,
                            record *rec, tend_err *err)
{
    run_setup setup;
    tend_drive *r = NULL;
    result row;
    common_options other = o->common;
    other.policy = policy;
    // what was learnt and its parameters are this policy's; all else stays, or the gap is not its
    other.policy_in = NULL;
    other.set.count = 0;
    for (int i = 0; i < o->common.set.count; i++)
        if (strncmp(o->common.set.item[i], "policy", 6) != 0)
            other.set.item[other.set.count++] = o->common.set.item[i];
    tend_rc rc = common_open(&other, &setup, err);
    if (rc == TEND_OK)
        rc = run_open(&setup, &r, err);
    if (rc == TEND_OK)
        rc = drive_episode(r, (uint64_t)o->seed, &row, NULL, NULL, err);
    if (rc == TEND_OK) {
        int i = rec->counterfactuals++;
        snprintf(rec->counterfactual[i].name, sizeof rec->counterfactual[i].name, "%s", label);
        rec->counterfactual[i].slo_steps = row.slo_steps;
        rec->counterfactual[i].mttr = row.mttr;
    }
    tend_drive_close(r);
    run_setup_close(&setup);
    return rc;
}

// The form by the name's ending; JSON where it says nothing.
static tend_rc write_report(const record *rec, const char *path, tend_err *err)
{
    str s = {0};
    if (ends_in(path, ".md"))
        report_markdown(rec, &s);
    else if (ends_in(path, ".html"))
        report_html(rec, &s);
    else
        report_json(rec, &s);
    tend_rc rc = s.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory for %s", path)
                          : file_write(path, s.text, s.length, err);
    str_free(&s);
    return rc;
}

// Timeline and story, unless something else has stdout.
static tend_rc print(const record *rec, const episode_options *o, tend_err *err)
{
    str s = {0};
    timeline_style style = {.columns = output_columns(),
                            .utf8 = output_utf8() && !o->ascii,
                            .colour = output_colour(stdout)};
    if (o->render)
        timeline_draw(rec, &style, &s);
    report_text(rec, &style, &s);
    tend_rc rc = s.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory") : TEND_OK;
    // what goes to stdout for a machine goes there alone
    bool piped = (o->json && strcmp(o->json, "-") == 0) || (o->trace && strcmp(o->trace, "-") == 0);
    if (rc == TEND_OK && !piped)
        fwrite(s.text, 1, s.length, stdout);
    str_free(&s);
    return rc;
}

// The trace as long as nobody interrupts: then what is begun is taken back, not left lying.
static tend_rc write_watched(void *self, const tend_frame *frame, tend_err *err)
{
    const tend_sink *lines = self;
    if (*interrupt_flag())
        return tend_fail(err, TEND_INTERRUPTED, "interrupted; no trace is written");
    return lines->write(lines->self, frame, err);
}

static tend_rc play(const episode_options *o, const run_setup *setup, record *rec, tend_err *err)
{
    tend_drive *r = NULL;
    tend_trace *t = NULL;
    result row;
    interrupt_before before;
    tend_rc rc = run_open(setup, &r, err);
    if (rc == TEND_OK)
        rc = common_policy(&o->common, tend_drive_engine(r), err);
    if (rc == TEND_OK && o->trace)
        rc = tend_trace_open(setup->sim->system, rec->reproduce, o->trace, &t, err);
    bool caught = t != NULL;
    if (caught)
        interrupt_catch(&before, true);
    drive_tracer tracer = {r, t};
    tend_sink lines = tracer_sink(&tracer), sink = {.self = &lines, .write = write_watched};
    if (rc == TEND_OK)
        rc = drive_episode(r, (uint64_t)o->seed, &row, rec, t ? &sink : NULL, err);
    // a trace of half an episode is not kept
    tend_rc end = tend_trace_close(t, rc == TEND_OK, rc == TEND_OK ? err : NULL);
    tend_drive_close(r);
    if (caught)
        interrupt_release(&before);
    return rc == TEND_OK ? end : rc;
}

// the command that shows this episode again
static tend_rc name(const episode_options *o, str *whole, record *rec, tend_err *err)
{
    str_format(whole, "tend episode --seed %lld", (long long)o->seed);
    common_reproduce(&o->common, whole);
    str_add(whole, " --render");
    if (whole->failed)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory");
    rec->reproduce = whole->text;
    return TEND_OK;
}

// The same incident as it goes otherwise, then the reports that compare them.
static tend_rc deliver(const episode_options *o, const run_setup *setup, record *rec, tend_err *err)
{
    tend_rc rc = compare_with(o, "noop", "no action (same seed)", rec, err);
    // this run is that already: the same again says nothing
    bool same = strcmp(tend_config_plugin(setup->config, "policy"), "rules") == 0;
    if (rc == TEND_OK && !same)
        rc = compare_with(o, "rules", "threshold playbook (same seed)", rec, err);
    if (rc == TEND_OK && o->report)
        rc = write_report(rec, o->report, err);
    if (rc == TEND_OK && o->json)
        rc = write_report(rec, o->json, err);
    return rc == TEND_OK ? print(rec, o, err) : rc;
}

static tend_rc episode(episode_options *o, tend_err *err)
{
    run_setup setup;
    const output_file files[] = {
        {"--report", &o->report}, {"--json", &o->json}, {"--trace", &o->trace}};
    record *rec = NULL;
    str again = {0};
    // asked before the work is done
    if (o->report && !ends_in(o->report, ".md") && !ends_in(o->report, ".html") &&
        !ends_in(o->report, ".json"))
        return tend_fail(err, TEND_USAGE, "--report %s, expected a name in .md, .html or .json",
                         o->report);
    tend_rc rc = common_outputs(&o->common, files, 3, err);
    if (rc != TEND_OK)
        return rc;
    rc = common_open(&o->common, &setup, err);
    if (rc == TEND_OK)
        rc = record_open(setup.sim->system, setup.sim->steps, &rec, err);
    if (rc == TEND_OK)
        rc = name(o, &again, rec, err);
    if (rc == TEND_OK)
        rc = play(o, &setup, rec, err);
    if (rc == TEND_OK)
        rc = deliver(o, &setup, rec, err);
    record_close(rec);
    str_free(&again);
    run_setup_close(&setup);
    return rc;
}

static tend_rc parse(const command *cmd, int argc, char **argv, episode_options *o, bool *helped,
                     tend_err *err)
{
    arguments given = {argc, argv};
    tend_rc rc = options_parse(cmd, &given, o, helped, err);
    if (rc == TEND_OK && !*helped && given.count > 0)
        rc = tend_fail(err, TEND_USAGE, "%s: \"%s\" is not an option", cmd->name, given.word[0]);
    return rc;
}

static tend_rc run_episode_command(int argc, char **argv, tend_err *err)
{
    // an incident that shows the whole story
    episode_options o = {.common = common_defaults(), .seed = 7};
    bool helped;
    tend_rc rc = parse(&command_episode, argc, argv, &o, &helped, err);
    return rc == TEND_OK && !helped ? episode(&o, err) : rc;
}

static tend_rc run_demo(int argc, char **argv, tend_err *err)
{
    episode_options o = {.common = common_defaults(), .seed = 7, .render = true};
    o.common.preset = plant_presets[PRESET_CALM]; // one thing at a time, for who sees it first
    bool helped;
    tend_rc rc = parse(&command_demo, argc, argv, &o, &helped, err);
    return rc == TEND_OK && !helped ? episode(&o, err) : rc;
}

const command command_episode = {
    .name = "episode",
    .usage = "[--seed N] [--render]",
    .help = "run one episode and explain it",
    .details = "The seed draws the incident; --fault, --target and --severity narrow the choice.",
    .options = options,
    .examples = examples,
    .run = run_episode_command,
};

const command command_demo = {
    .name = "demo",
    .usage = "",
    .help = "one incident, start to recovery, in under a second",
    .options = options,
    .examples = NULL,
    .run = run_demo,
};
