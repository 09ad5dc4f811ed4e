// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_sweep.c - a grid of parameters: every point evaluated on the same seeds, one CSV.
#include "base/hash.h"
#include "drive/eval.h"
#include "edge/file.h"
#include "report/sweep.h"
#include "runners/common.h"
#include "runners/grid.h"
#include "runners/interrupt.h"
#include "runners/keeper.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct sweep_options {
    common_options common;
    int64_t episodes, seed0, threads, checkpoint;
    const char *out, *json;
    option_list grid;
    bool resume, quiet;
} sweep_options;

enum { ROWS_MOST = 10000000 }; // of all points; they take 10 GiB

static const option options[] = {
    {"--grid", 0, OPTION_LIST, offsetof(sweep_options, grid), "PATH=VALUES", 0, 0,
     "values to try: a,b,c or from:to:step; may be repeated"},
    {"--episodes", 0, OPTION_INT, offsetof(sweep_options, episodes), "N", 1, ROWS_MOST,
     "how many at each point (50)"},
    {"--seed0", 0, OPTION_INT, offsetof(sweep_options, seed0), "N", 0, 9e15, "first seed (1)"},
    {"--out", 0, OPTION_TEXT, offsetof(sweep_options, out), "FILE", 0, 0,
     "CSV, one row per point and episode (- for stdout)"},
    {"--json", 0, OPTION_TEXT, offsetof(sweep_options, json), "FILE", 0, 0,
     "summary for machines (- for stdout)"},
    {"--threads", 0, OPTION_INT, offsetof(sweep_options, threads), "N", 1, 1024,
     "worker threads (all cores); the output is the same for any"},
    {"--resume", 0, OPTION_FLAG, offsetof(sweep_options, resume), NULL, 0, 0,
     "go on with an interrupted run (FILE.partial)"},
    {"--checkpoint", 0, OPTION_INT, offsetof(sweep_options, checkpoint), "SECONDS", 0, 86400,
     "between two savings of FILE.partial (30)"},
    {"--quiet", 'q', OPTION_FLAG, offsetof(sweep_options, quiet), NULL, 0, 0, "no summary"},
    COMMON_OPTIONS(sweep_options, common),
    {NULL, 0, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const char *const examples[] = {
    "tend sweep --grid guard.cooldown=0,8,30 --grid world.noise=1:3:0.5 --out sweep.csv",
    "tend sweep --grid policy=rules,ucb --system shop --episodes 200",
    NULL,
};

typedef struct sweep {
    const sweep_options *o;
    grid grid;
    eval_job all;       // of every point and episode: its rows, and which of them are there
    uint64_t *hash;     // [points] of what each is run with
    const char **path;  // [axes]
    const char **value; // [points][axes]
    sweep_point *point; // [points]
    str *line;          // [points] the command of each
    str csv;
    keeper keeper;
    unsigned char *kept; // [points][episodes] what is there when it is to be kept
    int at;              // the point at hand
} sweep;

typedef struct point_options { // the command line of one point
    common_options common;
    char set[GRID_AXES][GRID_PATH + GRID_VALUE];
} point_options;

// A plug-in by its own option: as --set it would also set back what an agent file says.
static void choose(common_options *o, const char *path, const char *value)
{
    if (strcmp(path, "detector") == 0)
        o->detector = value;
    else if (strcmp(path, "diagnoser") == 0)
        o->diagnoser = value;
    else
        o->policy = value;
}

static void point_at(const sweep *s, int point, point_options *out)
{
    option_list *set = &out->common.set;
    out->common = s->o->common;
    for (int i = 0; i < s->grid.axes; i++) {
        const char *path = s->grid.axis[i].path, *value = grid_value(&s->grid, point, i);
        if (grid_is_plugin(path)) {
            choose(&out->common, path, value);
            continue;
        }
        snprintf(out->set[i], sizeof out->set[i], "%s=%s", path, value);
        set->item[set->count++] = out->set[i];
    }
}

static tend_rc open_point(const point_options *at, run_setup *setup, tend_engine **master,
                          tend_err *err)
{
    *master = NULL;
    tend_rc rc = common_open(&at->common, setup, err);
    setup->learning = TEND_FROZEN;
    if (rc == TEND_OK)
        rc = tend_open(setup->sim->system, setup->config, 0, master, err);
    if (rc == TEND_OK)
        rc = common_policy(&at->common, *master, err);
    return rc;
}

// The message of what is wrong at a point: of one of the grids, of the point, or of all of them.
static tend_rc blame(const sweep *s, int point, const tend_err *what, tend_err *err)
{
    str at = {0};
    for (int i = 0; i < s->grid.axes; i++) {
        const char *path = s->grid.axis[i].path;
        size_t length = strlen(path);
        if (strncmp(what->text, path, length) == 0 && strchr(":=", what->text[length])) {
            str_free(&at); // grids before this one are in it
            return tend_fail(err, what->rc, "--grid %s", what->text);
        }
        str_format(&at, "%s%s=%s", i > 0 ? " " : "", path, grid_value(&s->grid, point, i));
    }
    // the first of all fails for what any eval would fail for, unless a later one is needed to see
    tend_rc rc = point == 0 || at.failed
                     ? tend_fail(err, what->rc, "%s", what->text)
                     : tend_fail(err, what->rc, "--grid at %s: %s", at.text, what->text);
    str_free(&at);
    return rc;
}

static void describe(const sweep *s, str *line)
{
    str_add(line, "tend sweep");
    for (int i = 0; i < s->o->grid.count; i++)
        common_add_text(line, "--grid", s->o->grid.item[i]);
    str_format(line, " --episodes %lld --seed0 %lld", (long long)s->o->episodes,
               (long long)s->o->seed0);
    common_reproduce(&s->o->common, line);
}

// What two runs must share; of files that the command names rows tell what was in them, but not of
// what was learnt before. The command first: another policy is no other --policy-in.
static tend_rc identify(sweep *s, const tend_engine *master, tend_err *err)
{
    str *out = &s->keeper.partial.identity;
    char *policy = NULL;
    tend_rc rc = tend_policy_write(master, &policy, err);
    if (rc != TEND_OK)
        return rc;
    str_format(out, "tend %s\ncommand ", TEND_VERSION);
    describe(s, out);
    str_format(out, "\n--policy-in %016llx\n",
               (unsigned long long)hash_bytes(HASH_START, policy, strlen(policy)));
    free(policy);
    return out->failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory") : TEND_OK;
}

// What is wrong at the last point must not be found after hours of the others.
static tend_rc check_points(sweep *s, tend_err *err)
{
    tend_rc rc = TEND_OK;
    for (int i = 0; i < s->grid.points && rc == TEND_OK; i++) {
        point_options at;
        run_setup setup;
        tend_engine *master;
        tend_err what = {TEND_OK, ""};
        point_at(s, i, &at);
        rc = open_point(&at, &setup, &master, &what);
        if (rc == TEND_OK && i == 0)
            rc = identify(s, master, &what);
        s->hash[i] = setup.hash;
        tend_close(master);
        run_setup_close(&setup);
        if (rc != TEND_OK) {
            what.rc = rc;
            blame(s, i, &what, err);
        }
    }
    return rc;
}

static tend_rc set_twice(const sweep *s, const char *path, const char *by, tend_err *err)
{
    for (int i = 0; i < s->grid.axes; i++)
        if (strcmp(s->grid.axis[i].path, path) == 0)
            return tend_fail(err, TEND_USAGE, "--grid %s and %s%s, expected one of them", path, by,
                             path);
    return TEND_OK;
}

// A parameter has a fixed value or a grid of them.
static tend_rc check_fixed(const sweep *s, tend_err *err)
{
    const common_options *c = &s->o->common;
    const struct {
        const char *path, *value;
    } plugin[] = {{"detector", c->detector}, {"diagnoser", c->diagnoser}, {"policy", c->policy}};
    tend_rc rc = TEND_OK;
    for (size_t i = 0; i < 3 && rc == TEND_OK; i++)
        if (plugin[i].value)
            rc = set_twice(s, plugin[i].path, "--", err);
    for (int i = 0; i < c->set.count && rc == TEND_OK; i++) {
        char path[GRID_PATH];
        size_t length = strcspn(c->set.item[i], "=");
        snprintf(path, sizeof path, "%.*s", (int)(length < sizeof path ? length : 0),
                 c->set.item[i]);
        rc = set_twice(s, path, "--set ", err);
    }
    if (rc == TEND_OK && c->set.count + s->grid.axes > OPTION_LIST_MAX)
        rc = tend_fail(err, TEND_USAGE, "--grid and --set given more than %d times together",
                       OPTION_LIST_MAX);
    return rc;
}

static tend_rc read_grids(sweep *s, tend_err *err)
{
    tend_rc rc = TEND_OK;
    if (s->o->grid.count == 0)
        return tend_fail(err, TEND_USAGE,
                         "sweep: no --grid, expected at least one such as --grid "
                         "guard.cooldown=0,8,30");
    for (int i = 0; i < s->o->grid.count && rc == TEND_OK; i++)
        rc = grid_add(&s->grid, s->o->grid.item[i], err);
    if (rc == TEND_OK)
        rc = check_fixed(s, err);
    if (rc == TEND_OK && s->o->episodes > ROWS_MOST / s->grid.points)
        rc = tend_fail(err, TEND_USAGE,
                       "--episodes %lld at each of %d points, expected at most %d in all",
                       (long long)s->o->episodes, s->grid.points, ROWS_MOST);
    return rc;
}

// A plug-in has its column among eval's, and a table has each name once.
static void add_header(sweep *s)
{
    for (int i = 0; i < s->grid.axes; i++)
        if (!grid_is_plugin(s->grid.axis[i].path))
            str_format(&s->csv, "%s,", s->grid.axis[i].path);
    result_csv_header(&s->csv);
}

static result *rows_of(const sweep *s, int point)
{
    return s->all.rows + (size_t)point * (size_t)s->o->episodes;
}

static void add_rows(sweep *s, int point)
{
    for (int k = 0; k < s->o->episodes; k++) {
        for (int i = 0; i < s->grid.axes; i++)
            if (!grid_is_plugin(s->grid.axis[i].path))
                str_format(&s->csv, "%s,", grid_value(&s->grid, point, i));
        result_csv_row(&rows_of(s, point)[k], &s->csv);
    }
}

static void show_progress(void *context, int finished)
{
    sweep *s = context;
    progress_show(&s->keeper.progress, s->at * (int)s->o->episodes + finished);
}

static bool keep_due(void *context)
{
    return keeper_due(&((sweep *)context)->keeper);
}

// Of the other points it has been copied: threads change this one's marks meanwhile.
static void keep_now(void *context, const unsigned char *done)
{
    sweep *s = context;
    size_t count = (size_t)s->o->episodes;
    memcpy(s->kept + (size_t)s->at * count, done, count);
    keeper_save(&s->keeper, s->kept);
}

// Its rows, figures, change, and the command that says the same.
static tend_rc keep_point(sweep *s, int point, const point_options *at, tend_err *err)
{
    size_t count = (size_t)s->o->episodes;
    compare_run first = {point > 0 ? rows_of(s, 0) : NULL, count};
    str *line = &s->line[point];
    str_format(line, "tend eval --episodes %zu --seed0 %lld", count, (long long)s->o->seed0);
    common_reproduce(&at->common, line);
    s->point[point].command = line->text;
    if (s->o->out)
        add_rows(s, point);
    if (line->failed || s->csv.failed)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for the rows of a sweep");
    return sweep_point_make(&s->point[point], (compare_run){rows_of(s, point), count}, first,
                            (int)s->o->common.steps, err);
}

static tend_rc play_point(sweep *s, int point, tend_err *err)
{
    point_options at;
    run_setup setup;
    eval_job job = {.setup = &setup,
                    .seed0 = (uint64_t)s->o->seed0,
                    .episodes = (int)s->o->episodes,
                    .threads = (int)s->o->threads,
                    .rows = rows_of(s, point),
                    .done = s->all.done + (size_t)point * (size_t)s->o->episodes,
                    .stop = interrupt_flag(),
                    .context = s};
    if (output_progress() && !s->o->quiet)
        job.progress = show_progress;
    if (s->keeper.partial.path) {
        job.due = keep_due;
        job.keep = keep_now;
    }
    s->at = point;
    memcpy(s->kept, s->all.done, (size_t)s->all.episodes);
    point_at(s, point, &at);
    tend_rc rc = open_point(&at, &setup, &job.master, err);
    if (rc == TEND_OK)
        rc = eval_run(&job, err);
    if (rc == TEND_OK)
        rc = keep_point(s, point, &at, err);
    tend_close(job.master);
    run_setup_close(&setup);
    return rc;
}

static bool piped(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

// The rows first: nothing that is shown of them may cost them.
static tend_rc write_results(const sweep *s, tend_err *err)
{
    const sweep_options *o = s->o;
    str line = {0}, text = {0}, json = {0};
    describe(s, &line);
    const sweep_table table = {.path = s->path,
                               .axes = s->grid.axes,
                               .point = s->point,
                               .points = s->grid.points,
                               .seed0 = (uint64_t)s->o->seed0,
                               .episodes = (int)s->o->episodes,
                               .steps = (int)s->o->common.steps,
                               .system = s->all.rows[0].system,
                               .command = line.text,
                               .out = s->o->out};
    sweep_best best;
    tend_rc rc = TEND_OK;
    if (o->out)
        rc = file_write(o->out, s->csv.text, s->csv.length, err);
    if (rc == TEND_OK && !o->quiet && !piped(o->out) && !piped(o->json))
        rc = sweep_best_find(&table, &best, err);
    if (rc == TEND_OK && !o->quiet && !piped(o->out) && !piped(o->json))
        sweep_text(&table, &best, &text);
    if (rc == TEND_OK && o->json)
        sweep_json(&table, &json);
    if (rc == TEND_OK && (line.failed || text.failed || json.failed))
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for a summary");
    if (rc == TEND_OK && text.length > 0)
        fwrite(text.text, 1, text.length, stdout); // lost output is noticed in main
    if (rc == TEND_OK && o->json)
        rc = file_write(o->json, json.text, json.length, err);
    str_free(&line);
    str_free(&text);
    str_free(&json);
    return rc;
}

static tend_rc play(sweep *s, tend_err *err)
{
    tend_rc rc = TEND_OK;
    interrupt_before before;
    interrupt_catch(&before, false); // what is finished is kept
    keeper_begin(&s->keeper);
    for (int i = 0; i < s->grid.points && rc == TEND_OK; i++)
        rc = play_point(s, i, err);
    progress_end(&s->keeper.progress);
    if (rc == TEND_INTERRUPTED) {
        rc = keeper_interrupted(&s->keeper, err);
    } else if (rc == TEND_OK) {
        rc = write_results(s, err);
        keeper_settle(&s->keeper, rc == TEND_OK);
    }
    interrupt_release(&before);
    return rc;
}

static tend_rc allocate(sweep *s, tend_err *err)
{
    size_t episodes = (size_t)s->o->episodes, points = (size_t)s->grid.points;
    size_t axes = (size_t)s->grid.axes;
    s->all = (eval_job){.seed0 = (uint64_t)s->o->seed0,
                        .episodes = (int)(points * episodes),
                        .rows = calloc(points * episodes, sizeof *s->all.rows),
                        .done = calloc(points * episodes, 1)};
    s->kept = calloc(points * episodes, 1);
    s->hash = calloc(points, sizeof *s->hash);
    s->path = calloc(axes, sizeof *s->path);
    s->value = calloc(points * axes, sizeof *s->value);
    s->point = calloc(points, sizeof *s->point);
    s->line = calloc(points, sizeof *s->line);
    if (!s->all.rows || !s->all.done || !s->kept || !s->hash || !s->path || !s->value ||
        !s->point || !s->line)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu points of %zu episodes",
                         points, episodes);
    for (size_t i = 0; i < axes; i++)
        s->path[i] = s->grid.axis[i].path;
    for (size_t i = 0; i < points * axes; i++)
        s->value[i] = grid_value(&s->grid, (int)(i / axes), (int)(i % axes));
    for (size_t i = 0; i < points; i++)
        s->point[i].value = s->value + i * axes;
    return TEND_OK;
}

static void release(sweep *s)
{
    for (int i = 0; i < s->grid.points && s->point; i++)
        sweep_point_free(&s->point[i]);
    for (int i = 0; i < s->grid.points && s->line; i++)
        str_free(&s->line[i]);
    free(s->all.rows);
    free(s->all.done);
    free(s->kept);
    free(s->hash);
    free(s->path);
    free(s->value);
    free(s->point);
    free(s->line);
    str_free(&s->csv);
    keeper_close(&s->keeper);
    grid_free(&s->grid);
}

static tend_rc open_keeper(sweep *s, tend_err *err)
{
    s->keeper.every = (double)s->o->checkpoint;
    s->keeper.partial.job = &s->all;
    s->keeper.partial.hash = s->hash;
    s->keeper.partial.points = s->grid.points;
    return keeper_open(&s->keeper, &s->all, s->o->out, s->o->resume, err);
}

static tend_rc sweep_all(const sweep_options *o, tend_err *err)
{
    sweep s = {.o = o};
    tend_rc rc = read_grids(&s, err);
    if (rc == TEND_OK)
        rc = allocate(&s, err);
    if (rc == TEND_OK)
        rc = check_points(&s, err);
    if (rc == TEND_OK)
        rc = open_keeper(&s, err);
    if (rc == TEND_OK)
        add_header(&s);
    if (rc == TEND_OK)
        rc = play(&s, err);
    release(&s);
    return rc;
}

static tend_rc sweep_command(int argc, char **argv, tend_err *err)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    sweep_options o = {.common = common_defaults(),
                       .episodes = 50,
                       .seed0 = 1,
                       .checkpoint = KEEPER_EVERY,
                       // asked of the machine; the rows do not depend on it
                       .threads = cores > 0 && cores <= 1024 ? cores : 1};
    arguments given = {argc, argv};
    bool helped;
    tend_rc rc = options_parse(&command_sweep, &given, &o, &helped, err);
    if (rc == TEND_OK && !helped && given.count > 0)
        rc = tend_fail(err, TEND_USAGE, "sweep: \"%s\" is not an option", given.word[0]);
    // what would only be found out after the work is asked before it
    const output_file files[] = {{"--out", &o.out}, {"--json", &o.json}};
    if (rc == TEND_OK && !helped)
        rc = common_outputs(&o.common, files, 2, err);
    return rc == TEND_OK && !helped ? sweep_all(&o, err) : rc;
}

const command command_sweep = {
    .name = "sweep",
    .usage = "--grid PATH=VALUES... [--out FILE]",
    .help = "a grid of parameters, every point on the same seeds",
    .details =
        "PATH is one of --set, or detector, diagnoser or policy; VALUES are values or ranges with "
        "both\nends, separated by commas. All combinations are played, at most 1000, the last grid "
        "changing\nfastest, and each is compared with the first, paired by seed. The CSV is eval's "
        "with a column\nper grid before it. Nothing is played before every point is known to be "
        "valid, and the\nCSV appears whole or not at all. What is finished is kept in "
        "FILE.partial, now and "
        "then and\nwhen the sweep is interrupted; --resume goes on with it, given the same "
        "options.",
    .options = options,
    .examples = examples,
    .run = sweep_command,
};
