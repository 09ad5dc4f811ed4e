// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_bench.c - `tend bench`: speed per unit of work, beside the limit each figure is held to.
#include "core/json_write.h"
#include "edge/file.h"
#include "runners/bench.h"
#include "runners/command.h"

#include <math.h>
#include <string.h>

typedef struct bench_options {
    int64_t repetitions;
    double seconds;
    const char *group, *json;
    bool gate;
} bench_options;

// one option, one line or two
// clang-format off
static const option options[] = {
    {.name = "--repetitions",
     .kind = OPTION_INT,
     .offset = offsetof(bench_options, repetitions),
     .value = "N",
     .least = 1,
     .most = BENCH_REPETITIONS_MAX,
     .help = "median of N repetitions (default 5)"},
    {.name = "--seconds",
     .kind = OPTION_NUMBER,
     .offset = offsetof(bench_options, seconds),
     .value = "X",
     .least = 0.001, // shorter, and the clock is measured
     .most = 60,
     .help = "least CPU time of one repetition (default 0.2)"},
    {.name = "--only",
     .kind = OPTION_TEXT,
     .offset = offsetof(bench_options, group),
     .value = "GROUP",
     .help = "simulator, forest, bandit, loop or oracle"},
    {.name = "--gate",
     .kind = OPTION_FLAG,
     .offset = offsetof(bench_options, gate),
     .help = "exit 4 when a figure misses its limit"},
    {.name = "--json",
     .kind = OPTION_TEXT,
     .offset = offsetof(bench_options, json),
     .value = "FILE",
     .help = "the figures as JSON (- for stdout)"},
    {.name = NULL},
};
// clang-format on

static const char *const examples[] = {"tend bench", "tend bench --only forest --repetitions 9",
                                       NULL};

// parts before the whole: a slow loop is explained by what stands above it
static const struct group {
    const char *name;
    tend_rc (*run)(bench *b, tend_err *err);
} groups[] = {
    {"simulator", bench_world}, {"forest", bench_forest}, {"bandit", bench_bandit},
    {"loop", bench_loop},       {"oracle", bench_oracle},
};
enum { GROUPS = sizeof groups / sizeof groups[0] };

static void print(const bench_figure *figure)
{
    printf("  %-38s %10.4g %-16s", figure->name, figure->value, figure->unit);
    if (isnan(figure->limit))
        printf("\n");
    else
        printf(" %s %-8.4g %s\n", figure->at_least ? "at least" : "at most ", figure->limit,
               bench_missed(figure) ? "MISSED" : "ok");
    fflush(stdout); // the groups take seconds each
}

static void put_figure(json_writer *w, const bench_figure *figure)
{
    json_open_object(w, NULL);
    json_put_text(w, "name", figure->name);
    json_put_number(w, "value", figure->value);
    json_put_text(w, "unit", figure->unit);
    if (!isnan(figure->limit)) {
        json_put_number(w, figure->at_least ? "at_least" : "at_most", figure->limit);
        json_put_bool(w, "met", !bench_missed(figure));
    }
    json_close_object(w);
}

static tend_rc write_json(const bench *b, const char *path, tend_err *err)
{
    str out = {0};
    json_writer w = {.to = &out};
    json_open_object(&w, NULL);
    json_put_text(&w, "tend", TEND_VERSION);
    json_put_count(&w, "repetitions", b->repetitions);
    json_open_array(&w, "figures");
    for (int i = 0; i < b->figures; i++)
        put_figure(&w, &b->figure[i]);
    json_close_array(&w);
    json_close_object(&w);
    str_char(&out, '\n');
    tend_rc rc = out.failed ? tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path)
                            : file_write(path, out.text, out.length, err);
    str_free(&out);
    return rc;
}

// A group is shown as soon as it is done; figures of all of them stay in b.
static tend_rc run_groups(bench *b, const char *only, bool quiet, tend_err *err)
{
    bool known = false;
    for (int g = 0; g < GROUPS; g++) {
        if (only && strcmp(only, groups[g].name) != 0)
            continue;
        known = true;
        int first = b->figures;
        tend_rc rc = groups[g].run(b, err);
        if (rc != TEND_OK)
            return rc;
        for (int i = first; i < b->figures && !quiet; i++)
            print(&b->figure[i]);
    }
    if (!known)
        return tend_fail(err, TEND_USAGE,
                         "--only \"%s\", expected simulator, forest, bandit, loop or oracle", only);
    return TEND_OK;
}

static tend_rc run(int argc, char **argv, tend_err *err)
{
    bench_options o = {.repetitions = 5, .seconds = 0.2};
    arguments given = {argc, argv};
    bool helped = false;
    tend_rc rc = options_parse(&command_bench, &given, &o, &helped, err);
    if (rc != TEND_OK || helped)
        return rc;
    if (given.count > 0)
        return tend_fail(err, TEND_USAGE, "bench: unexpected argument \"%s\"", argv[0]);
    rc = output_check(&(output_file){"--json", &o.json}, 1, err);
    if (rc != TEND_OK)
        return rc;

    bench b = {.repetitions = (int)o.repetitions, .seconds = o.seconds};
    bool to_stdout = o.json && strcmp(o.json, "-") == 0;
    if (!to_stdout)
        printf("tend %s bench: median of %d repetitions, CPU time of one thread\n", TEND_VERSION,
               b.repetitions);
    rc = run_groups(&b, o.group, to_stdout, err);
    if (rc == TEND_OK && o.json)
        rc = write_json(&b, o.json, err);
    // the first that misses names the error, the others stand in the table
    for (int i = 0; rc == TEND_OK && o.gate && i < b.figures; i++)
        if (bench_missed(&b.figure[i]))
            rc = tend_fail(err, TEND_GATE, "bench: %s misses its limit", b.figure[i].name);
    return rc;
}

const command command_bench = {
    .name = "bench",
    .usage = "[--only GROUP] [--json FILE]",
    .help = "speed per unit of work",
    .details =
        "Every figure stands beside the limit it is held to. Figures are CPU time per unit,\n"
        "the two-thread speed-up is wall time: run it on an idle machine.",
    .options = options,
    .examples = examples,
    .run = run,
};
