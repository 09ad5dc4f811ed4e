// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_compare.c - two eval CSVs, paired by seed.
#include "edge/file.h"
#include "report/compare.h"
#include "runners/command.h"

#include <stdlib.h>
#include <string.h>

typedef struct compare_options {
    const char *json;
    int64_t steps;
} compare_options;

static const option options[] = {
    {"--json", 0, OPTION_TEXT, offsetof(compare_options, json), "FILE", 0, 0,
     "machine-readable table (- for stdout)"},
    {"--steps", 0, OPTION_INT, offsetof(compare_options, steps), "N", 20, 1000000,
     "ticks per episode, for incidents that never recovered (240)"},
    {NULL, 0, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const char *const examples[] = {"tend compare rules.csv trained.csv", NULL};

// The table or the JSON, not both: each is the whole result.
static tend_rc show(const compare_options *o, const contrast *rows, size_t count, char **files,
                    tend_err *err)
{
    str text = {0};
    if (o->json)
        compare_json(rows, count, &text);
    else
        compare_text(rows, count, files[0], files[1], &text);
    tend_rc rc = TEND_OK;
    if (text.failed)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory");
    else if (o->json)
        rc = file_write(o->json, text.text, text.length, err);
    else
        fwrite(text.text, 1, text.length, stdout);
    str_free(&text);
    return rc;
}

// Of an episode that is cut short what never recovered would have lasted less than nothing.
static tend_rc check_length(const char *file, const result *rows, size_t count, int steps,
                            tend_err *err)
{
    for (size_t i = 0; i < count; i++) {
        const result *r = &rows[i];
        const int reach[] = {r->first_slo, r->recovered, r->slo_steps, r->healthy_steps};
        for (size_t k = 0; k < sizeof reach / sizeof *reach; k++)
            if (reach[k] > steps)
                return tend_fail(err, TEND_INPUT,
                                 "%s: seed %llu of %s goes on to step %d, expected at most "
                                 "--steps %d",
                                 file, (unsigned long long)r->seed, r->system, reach[k], steps);
    }
    return TEND_OK;
}

static tend_rc compare(const compare_options *o, char **files, tend_err *err)
{
    result *before = NULL, *after = NULL;
    contrast *rows = NULL;
    size_t n = 0, m = 0, count = 0;
    tend_rc rc = result_csv_read(files[0], &before, &n, err);
    if (rc == TEND_OK)
        rc = result_csv_read(files[1], &after, &m, err);
    if (rc == TEND_OK)
        rc = check_length(files[0], before, n, (int)o->steps, err);
    if (rc == TEND_OK)
        rc = check_length(files[1], after, m, (int)o->steps, err);
    // of two empty files no difference is one
    if (rc == TEND_OK && n == 0)
        rc = tend_fail(err, TEND_INPUT, "%s: no rows, expected at least one", files[0]);
    if (rc == TEND_OK)
        rc = compare_rows((compare_run){before, n}, (compare_run){after, m}, (int)o->steps, &rows,
                          &count, err);
    if (rc == TEND_OK)
        rc = show(o, rows, count, files, err);
    free(before);
    free(after);
    free(rows);
    return rc;
}

static tend_rc run(int argc, char **argv, tend_err *err)
{
    compare_options o = {.steps = 240}; // a row does not say how long its episode was
    arguments given = {argc, argv};
    bool helped;
    tend_rc rc = options_parse(&command_compare, &given, &o, &helped, err);
    if (rc == TEND_OK && !helped && given.count != 2)
        rc = tend_fail(err, TEND_USAGE, "compare: %d files, expected two eval CSVs", given.count);
    // before the work: whether the result may go where it is to go
    const output_file file = {"--json", &o.json};
    if (rc == TEND_OK && !helped)
        rc = output_check(&file, 1, err);
    for (int i = 0; i < 2 && rc == TEND_OK && !helped; i++)
        rc = output_spare(&file, 1, &(input_file){"the rows of", given.word[i]}, 1, err);
    if (rc == TEND_OK && !helped)
        rc = compare(&o, given.word, err);
    return rc;
}

const command command_compare = {
    .name = "compare",
    .usage = "A.csv B.csv",
    .help = "paired difference of two runs of the same seeds",
    .options = options,
    .examples = examples,
    .run = run,
};
