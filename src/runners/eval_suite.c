// SPDX-License-Identifier: GPL-3.0-or-later
// eval_suite.c - plays a suite, writes its rows and tells what it found.
#include "runners/eval_suite.h"

#include "drive/suite_run.h"
#include "edge/example.h"
#include "edge/file.h"
#include "report/suite_summary.h"
#include "runners/interrupt.h"
#include "runners/oracle_cache.h"
#include "runners/progress.h"

#include <stdlib.h>
#include <string.h>

typedef struct suite_eval {
    const eval_suite_ask *ask;
    suite *suite;
    suite_job job;
    str agent; // options that differ from their defaults
    progress progress;
} suite_eval;

static void show_progress(void *context, int finished)
{
    progress_show(&((suite_eval *)context)->progress, finished);
}

static tend_rc open_suite(const char *name, suite **out, tend_err *err)
{
    char path[EXAMPLE_PATH_MAX], *text = NULL;
    size_t length;
    tend_rc rc = example_read("suites", name, &text, &length, path, err);
    if (rc == TEND_OK)
        rc = suite_parse(&(json_file){text, length, path}, NULL, out, err);
    free(text);
    return rc;
}

// The entry of a row; nth: which of its systems.
static const suite_entry *entry_of(const suite *s, size_t row, int *nth)
{
    size_t first = 0;
    for (int i = 0; i < s->entries; i++) {
        const suite_entry *e = &s->entry[i];
        size_t rows = (size_t)e->count * (size_t)e->episodes;
        *nth = (int)((row - first) / (size_t)e->episodes);
        if (row < first + rows)
            return e;
        first += rows;
    }
    return NULL; // no row of this suite
}

// A drawn system has to be made a file first; `between` the two commands.
static void add_commands(const suite_eval *s, size_t row, const char *between, str *out)
{
    const result *r = &s->job.rows[row];
    int nth;
    const suite_entry *e = entry_of(s->suite, row, &nth);
    if (!e->system) {
        design_ask usual = design_usual();
        str_format(out, "tend generate --seed %d", e->system_seed + nth);
        if (e->ask.least != usual.least || e->ask.most != usual.most)
            str_format(out, " --services %d..%d", e->ask.least, e->ask.most);
        if (e->ask.step_s < usual.step_s || e->ask.step_s > usual.step_s)
            str_format(out, " --step-s %.15g", e->ask.step_s);
        str_format(out, " --out systems --episodes 0 --quiet%s", between);
    }
    str_format(out, "tend episode --seed %llu", (unsigned long long)r->seed);
    if (e->system)
        common_add_text(out, "--system", e->system);
    else
        str_format(out, " --system systems/%s.json", r->system);
    str_format(out, " --preset %s --family %s", plant_presets[e->preset],
               scenario_families[e->family]);
    if (s->suite->steps != 240)
        str_format(out, " --steps %d", s->suite->steps);
    str_add(out, s->agent.text ? s->agent.text : "");
    str_add(out, " --render");
}

static void reproduce(void *context, size_t row, str *out)
{
    add_commands(context, row, "\n      ", out);
}

static void play_again(void *context, size_t row, str *out)
{
    add_commands(context, row, " && ", out);
}

// --preset is for the entries that name none; a suite in which all do is what it is.
static tend_rc choose_preset(suite *s, const char *name, tend_err *err)
{
    int preset = plant_preset_find(name), open = 0;
    if (preset < 0)
        return tend_fail(err, TEND_USAGE, "--preset %s, expected calm, real or rough", name);
    for (int i = 0; i < s->entries; i++) {
        if (s->entry[i].open)
            s->entry[i].preset = (plant_preset)preset;
        open += s->entry[i].open;
    }
    return open > 0
               ? TEND_OK
               : tend_fail(err, TEND_USAGE, "--preset %s, but each entry of suite %s names its own",
                           name, s->name);
}

static tend_rc write_rows(const suite_eval *s, size_t count, tend_err *err)
{
    str csv = {0};
    result_csv_header(&csv);
    for (size_t i = 0; i < count; i++)
        result_csv_row(&s->job.rows[i], &csv);
    tend_rc rc = csv.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory for %s", s->ask->out)
                            : file_write(s->ask->out, csv.text, csv.length, err);
    str_free(&csv);
    return rc;
}

// the summary to stdout, unless something else goes there, and to --json
static tend_rc show(const suite_eval *s, const suite_told *told, const summary_options *so,
                    tend_err *err)
{
    const eval_suite_ask *ask = s->ask;
    str text = {0}, json = {0};
    bool piped =
        (ask->json && strcmp(ask->json, "-") == 0) || (ask->out && strcmp(ask->out, "-") == 0);
    tend_rc rc = TEND_OK;
    if (!ask->quiet && !piped)
        rc = suite_summary_text(told, so, &text, err);
    if (rc == TEND_OK && ask->json)
        rc = suite_summary_json(told, so, &json, err);
    if (rc == TEND_OK && (text.failed || json.failed))
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for a summary");
    if (rc == TEND_OK && text.length > 0)
        fwrite(text.text, 1, text.length, stdout); // lost output is noticed in main
    if (rc == TEND_OK && ask->json)
        rc = file_write(ask->json, json.text, json.length, err);
    str_free(&text);
    str_free(&json);
    return rc;
}

// Figures, summary and gates; a gate that fails is the result, after everything is shown.
static tend_rc tell(suite_eval *s, size_t count, double took, tend_err *err)
{
    gate gates[OPTION_LIST_MAX];
    figure figures[FIGURES];
    str whole = {0};
    int failed = 0;
    str_add(&whole, "tend eval");
    common_add_text(&whole, "--suite", s->ask->suite);
    if (s->ask->common->preset)
        common_add_text(&whole, "--preset", s->ask->common->preset);
    str_add(&whole, s->ask->oracle ? " --oracle" : "");
    str_add(&whole, s->agent.text ? s->agent.text : "");
    tend_rc rc = TEND_OK;
    for (int i = 0; i < s->ask->gate->count && rc == TEND_OK; i++)
        rc = gate_parse(s->ask->gate->item[i], &gates[i], err);
    summary_options so = {.steps = s->suite->steps,
                          .threads = s->job.threads,
                          .seconds = took,
                          .colour = output_colour(stdout),
                          .out = s->ask->out,
                          .command = whole.text,
                          .gates = gates,
                          .gate_count = s->ask->gate->count};
    suite_told told = {s->suite->name, s->job.rows, count, figures, s->job.rejected, reproduce, s};
    if (rc == TEND_OK && whole.failed)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for a summary");
    if (rc == TEND_OK)
        rc = figures_make(s->job.rows, count, so.steps, !s->ask->quiet || s->ask->json, figures,
                          err);
    if (rc == TEND_OK)
        rc = show(s, &told, &so, err);
    for (int i = 0; rc == TEND_OK && i < so.gate_count; i++)
        failed += !gate_holds(&gates[i], figures);
    if (rc == TEND_OK && failed)
        rc = tend_fail(err, TEND_GATE, "%d gates failed", failed);
    str_free(&whole);
    return rc;
}

static tend_rc play(suite_eval *s, tend_err *err)
{
    interrupt_before before;
    size_t count = (size_t)suite_episodes(s->suite);
    s->job.rows = calloc(count, sizeof *s->job.rows);
    if (!s->job.rows)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for %zu episodes", count);
    interrupt_catch(&before, false);
    s->progress = (progress){.episodes = (int)count, .began = progress_clock()};
    if (output_progress() && !s->ask->quiet)
        s->job.progress = show_progress;
    tend_rc rc = suite_run(&s->job, err);
    progress_end(&s->progress);
    // what was searched for until then need not be searched for again; why it ends is told already
    if (rc == TEND_INTERRUPTED && s->ask->oracle_cache)
        oracle_cache_save(s->ask->oracle_cache, s->job.book, NULL);
    // the results first: a gate that fails must not cost them
    if (rc == TEND_OK && s->ask->out)
        rc = write_rows(s, count, err);
    if (rc == TEND_OK && s->ask->oracle_cache)
        rc = oracle_cache_save(s->ask->oracle_cache, s->job.book, err);
    if (rc == TEND_OK)
        rc = tell(s, count, progress_clock() - s->progress.began, err);
    interrupt_release(&before);
    free(s->job.rows);
    return rc;
}

tend_rc eval_suite(const eval_suite_ask *ask, tend_err *err)
{
    suite_eval s = {.ask = ask};
    tend_config *config = NULL;
    oracle_book *book = NULL;
    char *policy = NULL;
    size_t length = 0;
    const char *of_world[OPTION_LIST_MAX + 1];
    tend_rc rc = open_suite(ask->suite, &s.suite, err);
    if (rc == TEND_OK && ask->common->preset)
        rc = choose_preset(s.suite, ask->common->preset, err);
    if (rc == TEND_OK)
        rc = common_agent(ask->common, of_world, &config, err);
    if (rc == TEND_OK && ask->common->policy_in)
        rc = file_read(ask->common->policy_in, 256u << 20, &policy, &length, err);
    if (rc == TEND_OK && ask->oracle)
        rc = oracle_book_open(&book, err);
    if (rc == TEND_OK && ask->oracle_cache)
        rc = oracle_cache_load(ask->oracle_cache, book, err);
    common_reproduce_agent(ask->common, &s.agent);
    if (rc == TEND_OK && s.agent.failed)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for %s", ask->suite);
    if (rc == TEND_OK) {
        s.job = (suite_job){.suite = s.suite,
                            .config = config,
                            .set = of_world,
                            .policy = policy,
                            .policy_length = length,
                            .policy_name = ask->common->policy_in,
                            .threads = ask->threads,
                            .book = book,
                            .traces = ask->traces,
                            .again = play_again,
                            .stop = interrupt_flag(),
                            .context = &s};
        rc = play(&s, err);
    }
    str_free(&s.agent);
    free(policy);
    oracle_book_close(book);
    tend_config_free(config);
    suite_free(s.suite);
    return rc;
}
