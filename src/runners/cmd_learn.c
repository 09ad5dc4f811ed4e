// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_learn.c - learning curves: what learning from so many episodes brings, and how sure that is.
#include "core/params.h"
#include "core/plant.h"
#include "drive/learn.h"
#include "edge/file.h"
#include "report/curve.h"
#include "runners/common.h"
#include "runners/interrupt.h"
#include "runners/progress.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct learn_options {
    common_options common;
    int64_t repeats, episodes, seed0, test_seed0, round, threads;
    const char *curve, *test_system, *test_preset, *out, *json, *policy_out;
    bool quiet;
} learn_options;

enum { TESTS_MOST = 10000000 }; // of all points and repeats; what is kept of them takes 80 MiB
enum { ROUND = 20 };            // episodes, as eval's

static const option options[] = {
    {"--curve", 0, OPTION_TEXT, offsetof(learn_options, curve), "N,N,...", 0, 0,
     "episodes learnt from at each point (0,20,40,100,200,500,1000,2000)"},
    {"--repeats", 0, OPTION_INT, offsetof(learn_options, repeats), "N", 1, 1000,
     "how often, from other seeds each time (5)"},
    {"--episodes", 0, OPTION_INT, offsetof(learn_options, episodes), "N", 1, TESTS_MOST,
     "tests at each point (200)"},
    {"--seed0", 0, OPTION_INT, offsetof(learn_options, seed0), "N", 0, 9e15,
     "first seed to learn from (1)"},
    {"--test-seed0", 0, OPTION_INT, offsetof(learn_options, test_seed0), "N", 0, 9e15,
     "first seed of the tests (200001)"},
    {"--test-system", 0, OPTION_TEXT, offsetof(learn_options, test_system), "FILE", 0, 0,
     "learn on --system, test on this one"},
    {"--test-preset", 0, OPTION_TEXT, offsetof(learn_options, test_preset), "NAME", 0, 0,
     "learn in the world of --preset, test in this one"},
    {"--round", 0, OPTION_INT, offsetof(learn_options, round), "N", 1, 1000000,
     "episodes of a learning round (20)"},
    {"--out", 0, OPTION_TEXT, offsetof(learn_options, out), "FILE", 0, 0,
     "CSV, one row per repeat and point (- for stdout)"},
    {"--json", 0, OPTION_TEXT, offsetof(learn_options, json), "FILE", 0, 0,
     "the curve for machines (- for stdout)"},
    {"--policy-out", 0, OPTION_TEXT, offsetof(learn_options, policy_out), "FILE", 0, 0,
     "save what the first repeat has learnt at its end"},
    {"--threads", 0, OPTION_INT, offsetof(learn_options, threads), "N", 1, 1024,
     "worker threads (all cores); the output is the same for any"},
    {"--quiet", 'q', OPTION_FLAG, offsetof(learn_options, quiet), NULL, 0, 0, "no summary"},
    COMMON_OPTIONS(learn_options, common),
    {NULL, 0, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const char *const examples[] = {
    "tend learn --out curve.csv",
    "tend learn --curve 0,100,1000 --repeats 10 --preset calm --test-preset real",
    NULL,
};

typedef struct study {
    const learn_options *o;
    common_options test_common; // the options, with the tests' system and preset
    run_setup setup, test;
    curve curve;
    curve_change change[CURVE_POINTS_MOST];
    result *rows;        // [most episodes at once]
    unsigned char *done; // [most episodes at once]
    char *policy;        // of the first repeat at its end, as JSON
    progress progress;
    int finished; // episodes: of tests, and learnt from in repeats before
    learner learner;
    int repeat, point; // at hand
    str command;
} study;

static void show_progress(void *context, int finished)
{
    study *s = context;
    progress_show(&s->progress, s->finished + s->learner.played + finished);
}

static eval_job make_job(study *s, const run_setup *setup, uint64_t seed0)
{
    eval_job job = {.setup = setup,
                    .seed0 = seed0,
                    .threads = (int)s->o->threads,
                    .rows = s->rows,
                    .done = s->done,
                    .stop = interrupt_flag(),
                    .context = s};
    if (output_progress() && !s->o->quiet)
        job.progress = show_progress;
    return job;
}

// By way of text, as --policy-in: what is tested is what could be saved.
static tend_rc open_tested(const study *s, const char *policy, tend_engine **out, tend_err *err)
{
    tend_rc rc = tend_open(s->test.sim->system, s->test.config, 0, out, err);
    return rc == TEND_OK ? tend_policy_parse(*out, policy, strlen(policy), "what was learnt", err)
                         : rc;
}

static tend_rc play_tests(study *s, const char *policy, int point, tend_err *err)
{
    eval_job job = make_job(s, &s->test, (uint64_t)s->o->test_seed0);
    job.episodes = s->curve.tests;
    memset(s->done, 0, (size_t)job.episodes);
    tend_rc rc = open_tested(s, policy, &job.master, err);
    if (rc == TEND_OK)
        rc = eval_run(&job, err);
    tend_close(job.master);
    s->finished += rc == TEND_OK ? job.episodes : 0;
    return rc == TEND_OK ? curve_put(&s->curve, point, s->repeat, s->rows, err) : rc;
}

static tend_rc play_point(study *s, int point, tend_err *err)
{
    char *policy = NULL;
    s->point = point;
    tend_rc rc = learner_reach(&s->learner, s->curve.learnt[point], err);
    if (rc == TEND_OK)
        rc = tend_policy_write(s->learner.policy, &policy, err);
    // before anything is learnt all repeats are one
    if (rc == TEND_OK && (point > 0 || s->repeat == 0))
        rc = play_tests(s, policy, point, err);
    if (rc == TEND_OK && s->repeat == 0 && point == s->curve.points - 1)
        s->policy = policy;
    else
        free(policy);
    return rc;
}

static tend_rc play_repeat(study *s, int repeat, tend_err *err)
{
    const curve *c = &s->curve;
    learner *l = &s->learner;
    uint64_t before = (uint64_t)repeat * (uint64_t)c->learnt[c->points - 1];
    s->repeat = repeat;
    *l = (learner){.job = make_job(s, &s->setup, (uint64_t)s->o->seed0 + before)};
    l->job.round = (int)s->o->round;
    tend_rc rc = learner_open(l, err);
    if (rc == TEND_OK)
        rc = common_policy(&s->o->common, l->whole, err);
    for (int p = 0; p < c->points && rc == TEND_OK; p++)
        rc = play_point(s, p, err);
    s->finished += l->played;
    learner_close(l);
    return rc;
}

// All episodes there are to play; a point within a round has that one begun again behind it.
static int to_play(const study *s)
{
    const curve *c = &s->curve;
    int round = (int)s->o->round, learning = 0;
    for (int p = 1; p < c->points; p++)
        learning += c->learnt[p] - (c->learnt[p - 1] - c->learnt[p - 1] % round);
    return c->repeats * (learning + (c->points - 1) * c->tests) + c->tests;
}

static bool piped(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static void describe(study *s)
{
    const learn_options *o = s->o;
    str *line = &s->command;
    str_add(line, "tend learn --curve ");
    for (int p = 0; p < s->curve.points; p++)
        str_format(line, p > 0 ? ",%d" : "%d", s->curve.learnt[p]);
    str_format(line, " --repeats %d --episodes %d --seed0 %lld --test-seed0 %lld", s->curve.repeats,
               s->curve.tests, (long long)o->seed0, (long long)o->test_seed0);
    if (o->round != ROUND)
        str_format(line, " --round %d", (int)o->round);
    common_add_text(line, "--test-system", o->test_system);
    common_add_text(line, "--test-preset", o->test_preset);
    common_reproduce(&o->common, line);
}

static tend_rc write_text(const char *path, const str *text, tend_err *err)
{
    if (text->failed)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %s", path);
    return file_write(path, text->text, text->length, err);
}

// The rows first: nothing that is shown of them may cost them.
static tend_rc write_results(const study *s, tend_err *err)
{
    const learn_options *o = s->o;
    const tend_system *learnt = s->setup.sim->system, *tested = s->test.sim->system;
    const curve_table table = {.curve = &s->curve,
                               .change = s->change,
                               .policy = tend_config_plugin(s->setup.config, "policy"),
                               .system = learnt->name,
                               .preset = common_preset(&o->common),
                               .test_system = tested->name,
                               .test_preset = common_preset(&s->test_common),
                               .seed0 = (uint64_t)o->seed0,
                               .test_seed0 = (uint64_t)o->test_seed0,
                               .round = (int)o->round,
                               .command = s->command.text ? s->command.text : "",
                               .out = o->out};
    str csv = {0}, text = {0}, json = {0};
    tend_rc rc = TEND_OK;
    curve_csv(&table, &csv);
    curve_json(&table, &json);
    if (!o->quiet && !piped(o->out) && !piped(o->json) && !piped(o->policy_out))
        curve_text(&table, &text);
    if (s->command.failed || text.failed)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for a summary");
    if (rc == TEND_OK && o->out)
        rc = write_text(o->out, &csv, err);
    if (rc == TEND_OK && o->policy_out)
        rc = file_write(o->policy_out, s->policy, strlen(s->policy), err);
    if (rc == TEND_OK && text.length > 0)
        fwrite(text.text, 1, text.length, stdout); // lost output is noticed in main
    if (rc == TEND_OK && o->json)
        rc = write_text(o->json, &json, err);
    str_free(&csv);
    str_free(&text);
    str_free(&json);
    return rc;
}

static tend_rc interrupted(const study *s, tend_err *err)
{
    const curve *c = &s->curve;
    return tend_fail(
        err, TEND_INTERRUPTED,
        "interrupted in repeat %d of %d, at %d of %d episodes; a curve is written when "
        "all of it is there",
        s->repeat + 1, c->repeats, c->learnt[s->point], c->learnt[c->points - 1]);
}

static tend_rc play(study *s, tend_err *err)
{
    const curve *c = &s->curve;
    tend_rc rc = TEND_OK;
    interrupt_before before;
    s->progress = (progress){.episodes = to_play(s), .began = progress_clock()};
    interrupt_catch(&before, false); // to say how far it came
    for (int k = 0; k < c->repeats && rc == TEND_OK; k++)
        rc = play_repeat(s, k, err);
    progress_end(&s->progress);
    for (int p = 1; p < c->points && rc == TEND_OK; p++)
        rc = curve_change_of(c, p, &s->change[p], err);
    if (rc == TEND_INTERRUPTED)
        rc = interrupted(s, err);
    else if (rc == TEND_OK)
        rc = write_results(s, err);
    interrupt_release(&before);
    return rc;
}

// What was learnt from must not be tested on: of it the policy may know more than of others.
static tend_rc check_seeds(const study *s, tend_err *err)
{
    const curve *c = &s->curve;
    int64_t first = s->o->seed0, last = first + (int64_t)c->learnt[c->points - 1] * c->repeats - 1;
    int64_t test = s->o->test_seed0, test_last = test + c->tests - 1;
    if (first > test_last || test > last)
        return TEND_OK;
    return tend_fail(err, TEND_USAGE,
                     "seeds %lld..%lld to learn from and %lld..%lld to test on overlap, expected "
                     "others; see --seed0 and --test-seed0",
                     (long long)first, (long long)last, (long long)test, (long long)test_last);
}

static tend_rc check_preset(const char *name, tend_err *err)
{
    for (int i = 0; name && plant_presets[i]; i++)
        if (strcmp(plant_presets[i], name) == 0)
            return TEND_OK;
    if (!name)
        return TEND_OK;
    const char *near = nearest_name(name, plant_presets);
    return tend_fail(err, TEND_USAGE, "--test-preset \"%s\" is not known%s%s%s", name,
                     near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static tend_rc check(study *s, tend_err *err)
{
    const learn_options *o = s->o;
    curve *c = &s->curve;
    tend_rc rc = curve_parse(o->curve, c, err);
    c->repeats = (int)o->repeats;
    c->tests = (int)o->episodes;
    c->steps = (int)o->common.steps;
    if (rc == TEND_OK && o->episodes > TESTS_MOST / o->repeats / c->points)
        rc = tend_fail(err, TEND_USAGE,
                       "--episodes %d at each of %d points of %d repeats, expected at most %d in "
                       "all",
                       c->tests, c->points, c->repeats, TESTS_MOST);
    if (rc == TEND_OK)
        rc = check_seeds(s, err);
    return rc == TEND_OK ? check_preset(o->test_preset, err) : rc;
}

// They are played all the same, as by eval --learn.
static void warn_of_no_learning(const char *policy)
{
    str able = {0};
    bool learns = false;
    for (int i = 0; tend_policies()[i]; i++) {
        const char *name = tend_policies()[i]->base.name;
        if (!tend_policies()[i]->learn)
            continue;
        str_format(&able, "%s%s", able.length > 0 ? ", " : "", name);
        learns |= strcmp(name, policy) == 0;
    }
    if (!learns && able.text)
        fprintf(stderr,
                "tend: warning: policy %s learns nothing; of those that learn there is %s\n",
                policy, able.text);
    str_free(&able);
}

static tend_rc allocate(study *s, tend_err *err)
{
    const curve *c = &s->curve;
    int last = c->learnt[c->points - 1];
    size_t most = (size_t)(last > c->tests ? last : c->tests);
    s->rows = calloc(most, sizeof *s->rows);
    s->done = calloc(most, 1);
    if (!s->rows || !s->done)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu episodes", most);
    return curve_open(&s->curve, err);
}

// What an unread lesson or an unknown system would only say after minutes is asked here.
static tend_rc open_setups(study *s, tend_err *err)
{
    const learn_options *o = s->o;
    char *policy = NULL;
    tend_engine *learnt = NULL, *tested = NULL;
    s->test_common = o->common;
    if (o->test_system)
        s->test_common.system = o->test_system;
    if (o->test_preset)
        s->test_common.preset = o->test_preset;
    tend_rc rc = common_open(&o->common, &s->setup, err);
    s->setup.learning = TEND_DEFERRED; // between rounds, in the order of the seeds
    if (rc == TEND_OK)
        rc = common_open(&s->test_common, &s->test, err);
    if (rc == TEND_OK)
        rc = tend_open(s->setup.sim->system, s->setup.config, 0, &learnt, err);
    if (rc == TEND_OK)
        rc = common_policy(&o->common, learnt, err);
    if (rc == TEND_OK)
        rc = tend_policy_write(learnt, &policy, err);
    if (rc == TEND_OK)
        rc = open_tested(s, policy, &tested, err);
    tend_close(learnt);
    tend_close(tested);
    free(policy);
    return rc;
}

static tend_rc study_all(const learn_options *o, tend_err *err)
{
    study s = {.o = o};
    tend_rc rc = check(&s, err);
    if (rc == TEND_OK)
        rc = open_setups(&s, err);
    if (rc == TEND_OK)
        rc = allocate(&s, err);
    if (rc == TEND_OK) {
        describe(&s);
        warn_of_no_learning(tend_config_plugin(s.setup.config, "policy"));
        rc = play(&s, err);
    }
    curve_close(&s.curve);
    free(s.rows);
    free(s.done);
    free(s.policy);
    str_free(&s.command);
    run_setup_close(&s.setup);
    run_setup_close(&s.test);
    return rc;
}

static tend_rc learn_command(int argc, char **argv, tend_err *err)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    learn_options o = {.common = common_defaults(),
                       .curve = "0,20,40,100,200,500,1000,2000",
                       .repeats = 5,
                       .episodes = 200,
                       .seed0 = 1,
                       .test_seed0 = 200001,
                       .round = ROUND,
                       // asked of the machine; the rows do not depend on it
                       .threads = cores > 0 && cores <= 1024 ? cores : 1};
    arguments given = {argc, argv};
    bool helped;
    tend_rc rc = options_parse(&command_learn, &given, &o, &helped, err);
    if (rc == TEND_OK && !helped && given.count > 0)
        rc = tend_fail(err, TEND_USAGE, "learn: \"%s\" is not an option", given.word[0]);
    // what would only be found out after the work is asked before it
    const output_file files[] = {
        {"--out", &o.out}, {"--json", &o.json}, {"--policy-out", &o.policy_out}};
    if (rc == TEND_OK && !helped)
        rc = common_outputs(&o.common, files, 3, err);
    if (rc == TEND_OK && !helped)
        rc = output_spare(files, 3, &(input_file){"--test-system", o.test_system}, 1, err);
    return rc == TEND_OK && !helped ? study_all(&o, err) : rc;
}

const command command_learn = {
    .name = "learn",
    .usage = "[--curve N,N,...] [--repeats N] [--out FILE]",
    .help = "learning curves: what learning brings, and how sure that is",
    .details =
        "Every repeat learns from seeds of its own, as `tend eval --learn` does, and is stopped at "
        "each\npoint: there the policy, frozen and without exploring, plays the tests, which are "
        "the same for\nall points and repeats and which nobody has learnt from. Point 0, before "
        "anything is learnt, is\nalways there and played once. Intervals are of what another "
        "repeat would do on other tests.\nNothing is written before all of it is played.",
    .options = options,
    .examples = examples,
    .run = learn_command,
};
