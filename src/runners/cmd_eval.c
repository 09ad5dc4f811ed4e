// cmd_eval.c - many episodes to CSV, with a summary and gates.
#include "edge/file.h"
#include "report/summary.h"
#include "runners/common.h"
#include "runners/eval.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct eval_options {
    common_options common;
    int64_t episodes, seed0, threads, round;
    const char *out, *json, *policy_out;
    option_list gate;
    bool learn, resume, quiet;
} eval_options;

static const option options[] = {
    {"--episodes", 0, OPTION_INT, offsetof(eval_options, episodes), "N", 1, 10000000,
     "how many (50)"},
    {"--seed0", 0, OPTION_INT, offsetof(eval_options, seed0), "N", 0, 9e15, "first seed (1)"},
    {"--out", 0, OPTION_TEXT, offsetof(eval_options, out), "FILE", 0, 0,
     "CSV, one row per episode in seed order"},
    {"--json", 0, OPTION_TEXT, offsetof(eval_options, json), "FILE", 0, 0,
     "summary for machines (- for stdout)"},
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
    {"--quiet", 'q', OPTION_FLAG, offsetof(eval_options, quiet), NULL, 0, 0, "no summary"},
    COMMON_OPTIONS(eval_options, common),
    {NULL, 0, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const char *const examples[] = {
    "tend eval --episodes 50 --steps 240 --out results.csv",
    "tend eval --episodes 2000 --learn --policy-out policy.json",
    "tend eval --seed0 200001 --episodes 1000 --policy-in policy.json --gate 'top1>=0.9'",
    NULL,
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static void show_progress(int finished, int episodes)
{
    fprintf(stderr, "\r%d of %d episodes", finished, episodes);
    if (finished >= episodes)
        fprintf(stderr, "\r                              \r");
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// names of the files an interrupted run leaves beside the one it was to write
static void partial_names(const char *out, char *rows, char *policy, size_t room)
{
    snprintf(rows, room, "%s.partial", out);
    snprintf(policy, room, "%s.partial.policy", out);
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

static tend_rc flush_partial(const eval_job *job, const eval_options *o, tend_err *err)
{
    char rows[4096], policy[4096];
    int finished = 0;
    for (int i = 0; i < job->episodes; i++)
        finished += job->done[i];
    if (!o->out || finished == 0)
        return tend_fail(err, TEND_INTERRUPTED, "interrupted after %d episodes", finished);
    partial_names(o->out, rows, policy, sizeof rows);
    tend_rc rc = write_rows(job, rows, err);
    if (rc == TEND_OK && o->learn)
        rc = write_policy(job->master, policy, err);
    return rc == TEND_OK ? tend_fail(err, TEND_INTERRUPTED,
                                     "interrupted; %d of %d episodes are in %s, --resume goes on",
                                     finished, job->episodes, rows)
                         : rc;
}

static tend_rc take_rows(eval_job *job, const result *rows, size_t count, const char *path,
                         tend_err *err)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t place = rows[i].seed - job->seed0;
        if (rows[i].config_hash != job->setup->hash)
            return tend_fail(err, TEND_INPUT,
                             "%s: seed %llu was run with other options, expected "
                             "the same",
                             path, (unsigned long long)rows[i].seed);
        if (rows[i].seed < job->seed0 || place >= (uint64_t)job->episodes)
            continue;
        job->rows[place] = rows[i];
        job->done[place] = 1;
    }
    return TEND_OK;
}

static tend_rc resume(eval_job *job, const eval_options *o, tend_err *err)
{
    char path[4096], policy[4096], *text = NULL;
    result *rows = NULL;
    size_t count = 0, length = 0;
    if (!o->out)
        return tend_fail(err, TEND_USAGE, "--resume needs the --out of the interrupted run");
    partial_names(o->out, path, policy, sizeof path);
    if (access(path, R_OK) != 0)
        return TEND_OK; // nothing was interrupted
    tend_rc rc = result_csv_read(path, &rows, &count, err);
    if (rc == TEND_OK)
        rc = take_rows(job, rows, count, path, err);
    if (rc == TEND_OK && o->learn)
        rc = file_read(policy, 0, &text, &length, err);
    if (rc == TEND_OK && o->learn)
        rc = tend_policy_parse(job->master, text, length, policy, err);
    free(text);
    free(rows);
    return rc;
}

static tend_rc write_results(const eval_job *job, const eval_options *o, tend_err *err)
{
    char rows[4096], policy[4096];
    tend_rc rc = TEND_OK;
    if (o->out)
        rc = write_rows(job, o->out, err);
    if (rc == TEND_OK && o->policy_out)
        rc = write_policy(job->master, o->policy_out, err);
    if (rc == TEND_OK && o->out && strcmp(o->out, "-") != 0) {
        partial_names(o->out, rows, policy, sizeof rows);
        unlink(rows);
        unlink(policy);
    }
    return rc;
}

static tend_rc summarise(const eval_job *job, const eval_options *o, double took, tend_err *err)
{
    str base = {0}, whole = {0};
    common_reproduce(&o->common, &base);
    str_add(&whole, "tend eval");
    str_format(&whole, " --episodes %d --seed0 %llu%s%s", job->episodes,
               (unsigned long long)job->seed0, o->learn ? " --learn" : "",
               base.text ? base.text : "");
    summary_options so = {.steps = (int)o->common.steps,
                          .threads = job->threads,
                          .seconds = took,
                          .columns = output_columns(),
                          .colour = output_colour(stdout),
                          .utf8 = output_utf8(),
                          .out = o->out,
                          .json = o->json,
                          .command = whole.text,
                          .episode_options = base.text ? base.text : "",
                          .gates = o->gate.item,
                          .gate_count = o->gate.count};
    tend_rc rc = summary_report(job->rows, (size_t)job->episodes, &so, o->quiet, err);
    str_free(&base);
    str_free(&whole);
    return rc;
}

static tend_rc play(eval_job *job, const eval_options *o, tend_err *err)
{
    double started = seconds();
    struct sigaction action = {.sa_handler = on_interrupt}, before;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &before);
    tend_rc rc = eval_run(job, err);
    sigaction(SIGINT, &before, NULL);
    if (rc == TEND_INTERRUPTED)
        return flush_partial(job, o, err);
    if (rc == TEND_OK)
        rc = write_results(job, o, err);
    return rc == TEND_OK ? summarise(job, o, seconds() - started, err) : rc;
}

static tend_rc evaluate(const eval_options *o, tend_err *err)
{
    run_setup setup;
    eval_job job = {.setup = &setup,
                    .seed0 = (uint64_t)o->seed0,
                    .episodes = (int)o->episodes,
                    .threads = (int)o->threads,
                    .round = o->learn ? (int)o->round : 0,
                    .stop = &interrupted};
    tend_rc rc = common_open(&o->common, &setup, err);
    setup.learning = o->learn ? TEND_DEFERRED : TEND_FROZEN;
    job.rows = calloc((size_t)o->episodes, sizeof *job.rows);
    job.done = calloc((size_t)o->episodes, 1);
    if (rc == TEND_OK && (!job.rows || !job.done))
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for %d episodes", job.episodes);
    if (rc == TEND_OK)
        rc = tend_open(setup.system, setup.config, 0, &job.master, err);
    if (rc == TEND_OK)
        rc = common_policy(&o->common, job.master, err);
    if (rc == TEND_OK && o->resume)
        rc = resume(&job, o, err);
    if (output_progress() && !o->quiet)
        job.progress = show_progress;
    if (rc == TEND_OK)
        rc = play(&job, o, err);
    tend_close(job.master);
    free(job.rows);
    free(job.done);
    run_setup_close(&setup);
    return rc;
}

// what would only be found out after the work is asked before it
static tend_rc check_outputs(eval_options *o, tend_err *err)
{
    const output_file files[] = {
        {"--out", &o->out}, {"--json", &o->json}, {"--policy-out", &o->policy_out}};
    tend_rc rc = output_check(files, 3, err);
    if (rc != TEND_OK)
        return rc;
    return summary_check_gates(o->gate.item, o->gate.count, err);
}

static tend_rc eval_command(int argc, char **argv, tend_err *err)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    eval_options o = {.common = common_defaults(),
                      .episodes = 50,
                      .seed0 = 1,
                      .round = 20,
                      .threads = cores > 0 && cores <= 1024 ? cores : 1};
    arguments given = {argc, argv};
    bool helped;
    tend_rc rc = options_parse(&command_eval, &given, &o, &helped, err);
    if (rc == TEND_OK && !helped && given.count > 0)
        rc = tend_fail(err, TEND_USAGE, "eval: \"%s\" is not an option", given.word[0]);
    if (rc == TEND_OK && !helped)
        rc = check_outputs(&o, err);
    return rc == TEND_OK && !helped ? evaluate(&o, err) : rc;
}

const command command_eval = {
    .name = "eval",
    .usage = "[--episodes N] [--out FILE]",
    .help = "run many episodes, write a report",
    .details =
        "One CSV row per episode in seed order, the same bytes for any number of threads. The "
        "file\nappears whole or not at all.",
    .options = options,
    .examples = examples,
    .run = eval_command,
};
