// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_eval.c - many episodes to CSV, with a summary and gates.
#include "agent/config.h"
#include "base/hash.h"
#include "edge/file.h"
#include "report/summary.h"
#include "runners/common.h"
#include "runners/eval_suite.h"
#include "runners/interrupt.h"
#include "runners/keeper.h"
#include "runners/oracle_cache.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct eval_options {
    common_options common;
    int64_t episodes, seed0, threads, round, checkpoint;
    const char *out, *json, *policy_out, *suite, *traces, *oracle_cache;
    option_list gate;
    bool learn, resume, quiet, oracle;
} eval_options;

enum { EPISODES = 50, STEPS = 240 }; // unless asked for
enum { ROUND = 20 }; // episodes; longer: fewer chances to learn, shorter: threads wait more often

static const option options[] = {
    // ten million rows take 8 GiB; more than 1,024 threads are a slip of the pen
    {"--episodes", 0, OPTION_INT, offsetof(eval_options, episodes), "N", 1, 10000000,
     "how many (50)"},
    {"--seed0", 0, OPTION_INT, offsetof(eval_options, seed0), "N", 0, 9e15, "first seed (1)"},
    {"--out", 0, OPTION_TEXT, offsetof(eval_options, out), "FILE", 0, 0,
     "CSV, one row per episode in seed order"},
    {"--json", 0, OPTION_TEXT, offsetof(eval_options, json), "FILE", 0, 0,
     "summary for machines (- for stdout)"},
    {"--traces", 0, OPTION_TEXT, offsetof(eval_options, traces), "DIR", 0, 0,
     "the trace of each episode, as DIR/SEED.jsonl, of a suite DIR/ROW.jsonl"},
    {"--suite", 0, OPTION_TEXT, offsetof(eval_options, suite), "FILE", 0, 0,
     "a list of systems and worlds, file or example, instead of one system"},
    {"--gate", 0, OPTION_LIST, offsetof(eval_options, gate), "NAME>=X", 0, 0,
     "fail (exit 4) unless it holds; may be repeated"},
    {"--threads", 0, OPTION_INT, offsetof(eval_options, threads), "N", 1, 1024,
     "worker threads (all cores); the output is the same for any"},
    {"--learn", 0, OPTION_FLAG, offsetof(eval_options, learn), NULL, 0, 0,
     "the policy explores and learns from round to round"},
    {"--round", 0, OPTION_INT, offsetof(eval_options, round), "N", 1, 1000000,
     "episodes of a learning round (20)"},
    {"--policy-out", 0, OPTION_TEXT, offsetof(eval_options, policy_out), "FILE", 0, 0,
     "save what the policy has learnt"},
    {"--resume", 0, OPTION_FLAG, offsetof(eval_options, resume), NULL, 0, 0,
     "go on with an interrupted run (FILE.partial)"},
    {"--checkpoint", 0, OPTION_INT, offsetof(eval_options, checkpoint), "SECONDS", 0, 86400,
     "between two savings of FILE.partial (30)"},
    {"--oracle", 0, OPTION_FLAG, offsetof(eval_options, oracle), NULL, 0, 0,
     "hold each episode against the best plan that a search with the truth finds"},
    {"--oracle-cache", 0, OPTION_TEXT, offsetof(eval_options, oracle_cache), "FILE", 0, 0,
     "plans found before; those of this run are added"},
    {"--quiet", 'q', OPTION_FLAG, offsetof(eval_options, quiet), NULL, 0, 0, "no summary"},
    COMMON_OPTIONS(eval_options, common),
    {NULL, 0, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const char *const examples[] = {
    "tend eval --episodes 50 --steps 240 --out results.csv",
    "tend eval --episodes 2000 --learn --policy-out policy.json",
    "tend eval --seed0 200001 --episodes 1000 --policy-in policy.json --gate 'top1>=0.9'",
    "tend eval --suite abroad-dev --policy rules --out rows.csv",
    NULL,
};

static void show_progress(void *context, int finished)
{
    progress_show(&((keeper *)context)->progress, finished);
}

static tend_rc write_rows(const eval_job *job, const char *path, tend_err *err)
{
    str s = {0};
    result_csv_header(&s);
    for (int i = 0; i < job->episodes; i++)
        if (job->done[i])
            result_csv_row(&job->rows[i], &s);
    tend_rc rc = s.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory for %s", path)
                          : file_write(path, s.text, s.length, err);
    str_free(&s);
    return rc;
}

static tend_rc write_policy(const tend_engine *engine, const char *path, tend_err *err)
{
    char *text = NULL;
    tend_rc rc = tend_policy_write(engine, &text, err);
    if (rc == TEND_OK)
        rc = file_write(path, text, strlen(text), err);
    free(text);
    return rc;
}

static void add_share(str *out, const char *name, double value)
{
    if (isnan(value))
        str_format(out, "%s default\n", name);
    else
        str_format(out, "%s %.17g\n", name, value);
}

// what two runs must share for the rows of one to go on with those of the other
static tend_rc identify(const eval_options *o, const eval_job *job, str *out, tend_err *err)
{
    const common_options *c = &o->common;
    const run_setup *setup = job->setup;
    char *policy = NULL;
    tend_rc rc = tend_policy_write(job->master, &policy, err);
    if (rc != TEND_OK)
        return rc;
    str_format(out, "tend %s\n--seed0 %llu\n--learn %s\n", TEND_VERSION,
               (unsigned long long)job->seed0, o->learn ? "given" : "not given");
    // with learning the last round may be a short one, and what follows builds on it
    if (o->learn)
        str_format(out, "--round %d\n--episodes %d\n", job->round, job->episodes);
    str_format(out, c->policy_in ? "--policy-in %016llx\n" : "--policy-in none\n",
               (unsigned long long)hash_bytes(HASH_START, policy, strlen(policy)));
    str_format(out, "--steps %d\n--system %016llx\n--scenario %016llx\n", setup->sim->steps,
               (unsigned long long)setup->sim->system_hash,
               (unsigned long long)hash_bytes(HASH_START, setup->sim->scenario_text,
                                              setup->sim->scenario_length));
    str_format(out, "--fault %s\n--target %s\n", c->fault ? c->fault : "drawn",
               c->target ? c->target : "drawn");
    add_share(out, "--severity", c->severity);
    add_share(out, "--healthy", c->healthy);
    add_share(out, "--compound", c->compound);
    str_format(out, "--oracle %s\n", o->oracle ? "given" : "not given");
    str_format(out, "--family %s\n--preset %s\n", c->family ? c->family : "mixed",
               common_preset(c));
    for (config_part part = CONFIG_DETECTOR; part <= CONFIG_POLICY; part++)
        str_format(out, "--%s %s\n", config_part_name(part),
                   tend_config_plugin(setup->config, config_part_name(part)));
    str_format(out, "--agent/--set %016llx\noptions %016llx\n",
               (unsigned long long)config_hash(setup->config), (unsigned long long)setup->hash);
    free(policy);
    return out->failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory") : TEND_OK;
}

static bool keep_due(void *context)
{
    return keeper_due(context);
}

static void keep_now(void *context, const unsigned char *done)
{
    keeper_save(context, done);
}

static tend_rc write_results(const eval_job *job, const eval_options *o, tend_err *err)
{
    tend_rc rc = TEND_OK;
    if (o->out)
        rc = write_rows(job, o->out, err);
    if (rc == TEND_OK && o->oracle_cache)
        rc = oracle_cache_save(o->oracle_cache, job->book, err);
    if (rc == TEND_OK && o->policy_out)
        rc = write_policy(job->master, o->policy_out, err);
    return rc;
}

// The options and gates are checked before the work is done (check_outputs).
static tend_rc parse_gates(const eval_options *o, gate *gates, tend_err *err)
{
    tend_rc rc = TEND_OK;
    for (int i = 0; i < o->gate.count && rc == TEND_OK; i++)
        rc = gate_parse(o->gate.item[i], &gates[i], err);
    return rc;
}

// the summary to stdout, unless something else goes there, and to --json
static tend_rc show_summary(const eval_job *job, const eval_options *o, const figure *figures,
                            const summary_options *so, tend_err *err)
{
    str text = {0}, json = {0};
    size_t count = (size_t)job->episodes;
    bool piped = (o->json && strcmp(o->json, "-") == 0) || (o->out && strcmp(o->out, "-") == 0);
    tend_rc rc = TEND_OK;
    if (!o->quiet && !piped)
        rc = summary_text(job->rows, count, figures, so, &text, err);
    if (rc == TEND_OK && o->json)
        rc = summary_json(job->rows, count, figures, so, &json, err);
    if (rc == TEND_OK && (text.failed || json.failed))
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for a summary");
    if (rc == TEND_OK && text.length > 0)
        fwrite(text.text, 1, text.length, stdout); // lost output is noticed in main
    if (rc == TEND_OK && o->json)
        rc = file_write(o->json, json.text, json.length, err);
    str_free(&text);
    str_free(&json);
    return rc;
}

// Figures, summary and gates; a gate that fails is the result, after everything is shown.
static tend_rc summarise(const eval_job *job, const eval_options *o, double took, tend_err *err)
{
    str base = {0}, whole = {0};
    gate gates[OPTION_LIST_MAX];
    figure figures[FIGURES];
    int failed = 0;
    if (job->episodes == 0) // interrupted before the first was finished
        return TEND_OK;
    common_reproduce(&o->common, &base);
    str_add(&whole, "tend eval");
    str_format(&whole, " --episodes %d --seed0 %llu", job->episodes,
               (unsigned long long)job->seed0);
    str_add(&whole, o->learn ? " --learn" : "");
    str_add(&whole, o->oracle ? " --oracle" : "");
    if (o->learn && o->round != ROUND)
        str_format(&whole, " --round %d", (int)o->round);
    str_add(&whole, base.text ? base.text : "");
    summary_options so = {.steps = (int)o->common.steps,
                          .threads = job->threads,
                          .seconds = took,
                          .colour = output_colour(stdout),
                          .out = o->out,
                          .command = whole.text,
                          .episode_options = base.text ? base.text : "",
                          .gates = gates,
                          .gate_count = o->gate.count};
    tend_rc rc = parse_gates(o, gates, err);
    if (rc == TEND_OK)
        rc = figures_make(job->rows, (size_t)job->episodes, so.steps, !o->quiet, figures, err);
    if (rc == TEND_OK)
        rc = show_summary(job, o, figures, &so, err);
    for (int i = 0; rc == TEND_OK && i < o->gate.count; i++)
        failed += !gate_holds(&gates[i], figures);
    if (rc == TEND_OK && failed)
        rc = tend_fail(err, TEND_GATE, "%d gates failed", failed);
    str_free(&base);
    str_free(&whole);
    return rc;
}

static tend_rc play(eval_job *job, const eval_options *o, keeper *k, tend_err *err)
{
    interrupt_before before;
    interrupt_catch(&before, false); // what is finished is kept
    keeper_begin(k);
    tend_rc rc = eval_run(job, err);
    progress_end(&k->progress);
    if (rc == TEND_INTERRUPTED) {
        rc = keeper_interrupted(k, err);
        if (o->oracle_cache) // why it ends is told already
            oracle_cache_save(o->oracle_cache, job->book, NULL);
    } else if (rc == TEND_OK) {
        // the results first: a gate that fails must not cost them
        rc = write_results(job, o, err);
        if (rc == TEND_OK)
            rc = summarise(job, o, progress_clock() - k->progress.began, err);
        keeper_settle(k, rc == TEND_OK || rc == TEND_GATE);
    }
    interrupt_release(&before); // given back whatever became of the run
    return rc;
}

static tend_rc open_keeper(const eval_options *o, eval_job *job, keeper *k, tend_err *err)
{
    k->every = (double)o->checkpoint;
    k->partial.job = job;
    k->partial.learning = o->learn;
    tend_rc rc = identify(o, job, &k->partial.identity, err);
    if (rc == TEND_OK)
        rc = keeper_open(k, job, o->out, o->resume, err);
    if (k->partial.path) {
        job->due = keep_due;
        job->keep = keep_now;
    }
    job->context = k;
    return rc;
}

static tend_rc evaluate(const eval_options *o, tend_err *err)
{
    run_setup setup;
    keeper k = {0};
    str again = {0};
    eval_job job = {.setup = &setup,
                    .seed0 = (uint64_t)o->seed0,
                    .episodes = (int)o->episodes,
                    .threads = (int)o->threads,
                    .round = o->learn ? (int)o->round : 0,
                    .traces = o->traces,
                    .stop = interrupt_flag()};
    tend_rc rc = common_open(&o->common, &setup, err);
    // lessons are gathered and learnt between rounds, in the order of the seeds
    setup.learning = o->learn ? TEND_DEFERRED : TEND_FROZEN;
    common_reproduce(&o->common, &again);
    job.again = again.text ? again.text : "";
    job.rows = calloc((size_t)o->episodes, sizeof *job.rows);
    job.done = calloc((size_t)o->episodes, 1);
    if (rc == TEND_OK && (!job.rows || !job.done || again.failed))
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for %d episodes", job.episodes);
    if (rc == TEND_OK)
        rc = tend_open(setup.sim->system, setup.config, 0, &job.master, err);
    if (rc == TEND_OK)
        rc = common_policy(&o->common, job.master, err);
    if (rc == TEND_OK && o->oracle)
        rc = oracle_book_open(&job.book, err);
    if (rc == TEND_OK && o->oracle_cache)
        rc = oracle_cache_load(o->oracle_cache, job.book, err);
    if (rc == TEND_OK)
        rc = open_keeper(o, &job, &k, err);
    if (output_progress() && !o->quiet)
        job.progress = show_progress;
    if (rc == TEND_OK)
        rc = play(&job, o, &k, err);
    keeper_close(&k);
    tend_close(job.master);
    free(job.rows);
    free(job.done);
    str_free(&again);
    oracle_book_close(job.book);
    run_setup_close(&setup);
    return rc;
}

// what would only be found out after the work is asked before it
static tend_rc check_outputs(eval_options *o, tend_err *err)
{
    const output_file files[] = {{"--out", &o->out},
                                 {"--json", &o->json},
                                 {"--policy-out", &o->policy_out},
                                 {"--oracle-cache", &o->oracle_cache}};
    if (o->oracle_cache && (!o->oracle || strcmp(o->oracle_cache, "-") == 0))
        return tend_fail(err, TEND_USAGE, "--oracle-cache %s, expected %s", o->oracle_cache,
                         o->oracle ? "a file" : "--oracle beside it");
    tend_rc rc = common_outputs(&o->common, files, 4, err);
    if (rc == TEND_OK)
        rc = output_spare(files, 4, &(input_file){"--suite", o->suite}, 1, err);
    if (rc != TEND_OK)
        return rc;
    struct stat folder;
    if (o->traces && (stat(o->traces, &folder) != 0 || !S_ISDIR(folder.st_mode)))
        return tend_fail(err, TEND_USAGE, "--traces %s, expected a folder", o->traces);
    gate gates[OPTION_LIST_MAX];
    return parse_gates(o, gates, err);
}

// A suite says what is played; learning and resuming go by the episodes of one system.
static tend_rc check_suite(const eval_options *o, tend_err *err)
{
    const common_options *c = &o->common;
    const char *beside = c->system                       ? "--system"
                         : c->scenario                   ? "--scenario"
                         : c->fault                      ? "--fault"
                         : c->target                     ? "--target"
                         : c->family                     ? "--family"
                         : !isnan(c->severity)           ? "--severity"
                         : !isnan(c->healthy)            ? "--healthy"
                         : !isnan(c->compound)           ? "--compound"
                         : c->steps != STEPS             ? "--steps"
                         : o->episodes != EPISODES       ? "--episodes"
                         : o->seed0 != 1                 ? "--seed0"
                         : o->learn                      ? "--learn"
                         : o->round != ROUND             ? "--round"
                         : o->policy_out                 ? "--policy-out"
                         : o->resume                     ? "--resume"
                         : o->checkpoint != KEEPER_EVERY ? "--checkpoint"
                                                         : NULL;
    return beside ? tend_fail(err, TEND_USAGE, "%s beside --suite, expected one of them", beside)
                  : TEND_OK;
}

static tend_rc evaluate_suite(const eval_options *o, tend_err *err)
{
    tend_rc rc = check_suite(o, err);
    eval_suite_ask ask = {.suite = o->suite,
                          .common = &o->common,
                          .gate = &o->gate,
                          .out = o->out,
                          .json = o->json,
                          .oracle_cache = o->oracle_cache,
                          .traces = o->traces,
                          .threads = (int)o->threads,
                          .quiet = o->quiet,
                          .oracle = o->oracle};
    return rc == TEND_OK ? eval_suite(&ask, err) : rc;
}

static tend_rc eval_command(int argc, char **argv, tend_err *err)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    eval_options o = {.common = common_defaults(),
                      .episodes = EPISODES,
                      .seed0 = 1,
                      .round = ROUND,
                      .checkpoint = KEEPER_EVERY,
                      // asked of the machine; the rows do not depend on it
                      .threads = cores > 0 && cores <= 1024 ? cores : 1};
    arguments given = {argc, argv};
    bool helped;
    tend_rc rc = options_parse(&command_eval, &given, &o, &helped, err);
    if (rc == TEND_OK && !helped && given.count > 0)
        rc = tend_fail(err, TEND_USAGE, "eval: \"%s\" is not an option", given.word[0]);
    if (rc == TEND_OK && !helped)
        rc = check_outputs(&o, err);
    if (rc != TEND_OK || helped)
        return rc;
    return o.suite ? evaluate_suite(&o, err) : evaluate(&o, err);
}

const command command_eval = {
    .name = "eval",
    .usage = "[--episodes N] [--out FILE]",
    .help = "run many episodes, write a report",
    .details =
        "One CSV row per episode in seed order, the same bytes for any number of threads. The "
        "file\nappears whole or not at all. What is finished is kept in FILE.partial, now and then "
        "and\n"
        "when the run is interrupted; --resume goes on with it, given the same options.",
    .options = options,
    .examples = examples,
    .run = eval_command,
};
