// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_generate.c - systems nobody saw, one file per seed, and how they spread.
#include "core/json_write.h"
#include "drive/race.h"
#include "edge/file.h"
#include "report/stats.h"
#include "runners/command.h"
#include "runners/common.h"
#include "runners/interrupt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct generate_options {
    const char *out, *services, *json;
    int64_t seed, count, episodes;
    double step_s;
    bool quiet;
} generate_options;

static const option options[] = {
    {"--seed", 0, OPTION_INT, offsetof(generate_options, seed), "N", 0, 9e15, "of the first (1)"},
    {"--count", 0, OPTION_INT, offsetof(generate_options, count), "K", 1, 100000,
     "systems of seeds N to N+K-1 (1)"},
    {"--out", 0, OPTION_TEXT, offsetof(generate_options, out), "DIR", 0, 0,
     "folder for gen-N.json and so on, made when it is not there"},
    {"--services", 0, OPTION_TEXT, offsetof(generate_options, services), "A..B", 0, 0,
     "how many, 3..40 at most (3..40)"},
    {"--step-s", 0, OPTION_NUMBER, offsetof(generate_options, step_s), "S", 0.1, 3600,
     "seconds per tick (1)"},
    {"--episodes", 0, OPTION_INT, offsetof(generate_options, episodes), "N", 0, 1000,
     "of each simple policy on each system, 0: none (4)"},
    {"--json", 0, OPTION_TEXT, offsetof(generate_options, json), "FILE", 0, 0,
     "the table for machines (- for stdout)"},
    {"--quiet", 'q', OPTION_FLAG, offsetof(generate_options, quiet), NULL, 0, 0, "no table"},
    {NULL, 0, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const char *const examples[] = {
    "tend generate --seed 7 --out systems",
    "tend generate --seed 1 --count 20 --services 3..8 --out small",
    "tend eval --system systems/gen-7.json --preset real",
    NULL,
};

// What is told of a set of systems: 10, 50 and 90 % of each.
enum { SERVICES, DEPTH, FAN_OUT, UTILISATION, SLACK, AT_REST, SPREADS };
static const struct spread_row {
    const char *name, *help;
    int times;
} spreads[SPREADS] = {
    [SERVICES] = {"services", "", 1},
    [DEPTH] = {"depth", "layers of services and stores", 1},
    [FAN_OUT] = {"fan_out", "callees of those that call, mean of a system", 1},
    [UTILISATION] = {"utilisation", "of each service, without faults", 1},
    [SLACK] = {"slack", "objective over healthy p95", 1},
    [AT_REST] = {"breach_at_rest", "share of healthy ticks under preset real", 1},
};

typedef struct summary { // of all systems so far
    double *value[SPREADS];
    size_t n[SPREADS];
    int made, rejected, wins[RACERS];
    double steps[RACERS]; // sum over systems
} summary;

static void note(summary *s, int which, double value)
{
    s->value[which][s->n[which]++] = value;
}

static void note_system(summary *s, const generated *g)
{
    note(s, SERVICES, g->services);
    note(s, DEPTH, g->depth);
    note(s, FAN_OUT, g->fan_out);
    for (int i = 0; i < g->services; i++)
        note(s, UTILISATION, g->utilisation[i]);
    note(s, SLACK, g->slack);
    note(s, AT_REST, g->breaches);
    s->made++;
    s->rejected += g->rejected;
}

static void note_race(summary *s, const race *r)
{
    s->wins[r->best]++;
    for (int i = 0; i < RACERS; i++)
        s->steps[i] += r->steps[i];
}

static void add_spreads(summary *s, str *out)
{
    str_format(out, "\n  %-16s %8s %8s %8s\n", "", "p10", "p50", "p90");
    for (int i = 0; i < SPREADS; i++) {
        str_format(out, "  %-16s", spreads[i].name);
        for (int q = 1; q < 10; q += 4)
            str_format(out, " %8.3g", stats_quantile(s->value[i], s->n[i], q / 10.0));
        str_format(out, "  %s\n", spreads[i].help);
    }
}

static void add_races(const generate_options *o, const summary *s, str *out)
{
    if (o->episodes == 0)
        return;
    str_format(out, "\n  best of the simple policies, %d episodes each, preset real\n",
               (int)o->episodes);
    str_format(out, "  %-16s %8s %8s\n", "", "best on", "steps");
    for (int i = 0; i < RACERS; i++)
        str_format(out, "  %-16s %6.0f %% %8.1f\n", race_name(i), 100.0 * s->wins[i] / s->made,
                   s->steps[i] / s->made);
}

static void add_options(const generate_options *o, str *out)
{
    if (o->services)
        str_format(out, " --services %s", o->services);
    if (o->step_s < 1 || o->step_s > 1)
        str_format(out, " --step-s %.15g", o->step_s);
    common_add_text(out, "--out", o->out);
}

static void write_text(const generate_options *o, summary *s, str *out)
{
    int drawn = s->made + s->rejected;
    str_format(out, "generate  %d systems, seeds %lld..%lld; %d of %d designs rejected (%.0f %%)\n",
               s->made, (long long)o->seed, (long long)(o->seed + s->made - 1), s->rejected, drawn,
               100.0 * s->rejected / drawn);
    add_spreads(s, out);
    add_races(o, s, out);
    str_format(out, "\n  reproduce: tend generate --seed %lld --count %d", (long long)o->seed,
               s->made);
    add_options(o, out);
    str_char(out, '\n');
}

static void write_json(const generate_options *o, summary *s, str *out)
{
    json_writer w = {.to = out};
    json_open_object(&w, NULL);
    json_put_count(&w, "seed", o->seed);
    json_put_count(&w, "systems", s->made);
    json_put_count(&w, "rejected", s->rejected);
    for (int i = 0; i < SPREADS; i++) {
        json_open_object(&w, spreads[i].name);
        json_put_number(&w, "p10", stats_quantile(s->value[i], s->n[i], 0.1));
        json_put_number(&w, "p50", stats_quantile(s->value[i], s->n[i], 0.5));
        json_put_number(&w, "p90", stats_quantile(s->value[i], s->n[i], 0.9));
        json_close_object(&w);
    }
    json_open_object(&w, "best_simple");
    for (int i = 0; i < RACERS && o->episodes > 0; i++) {
        json_open_object(&w, race_name(i));
        json_put_count(&w, "systems", s->wins[i]);
        json_put_number(&w, "slo_steps", s->steps[i] / s->made);
        json_close_object(&w);
    }
    json_close_object(&w);
    json_close_object(&w);
    str_char(out, '\n');
}

static tend_rc show(const generate_options *o, summary *s, tend_err *err)
{
    str text = {0}, json = {0};
    tend_rc rc = TEND_OK;
    if (!o->quiet && !(o->json && strcmp(o->json, "-") == 0))
        write_text(o, s, &text);
    if (o->json)
        write_json(o, s, &json);
    if (text.failed || json.failed)
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for a table");
    else if (text.length > 0)
        fwrite(text.text, 1, text.length, stdout); // lost output is noticed in main
    if (rc == TEND_OK && o->json)
        rc = file_write(o->json, json.text, json.length, err);
    str_free(&text);
    str_free(&json);
    return rc;
}

static tend_rc write_system(const generate_options *o, const generated *g, tend_err *err)
{
    str path = {0};
    str_format(&path, "%s/%s.json", o->out, g->name);
    tend_rc rc = path.failed ? tend_fail(err, TEND_NO_MEMORY, "out of memory for %s", o->out)
                             : file_write(path.text, g->text, g->length, err);
    str_free(&path);
    return rc;
}

static tend_rc make(const generate_options *o, const design_ask *ask, uint64_t seed, summary *s,
                    tend_err *err)
{
    generated g;
    race r;
    tend_rc rc = generate_system(ask, seed, &g, err);
    if (rc == TEND_OK)
        rc = write_system(o, &g, err);
    if (rc == TEND_OK && o->episodes > 0)
        rc = race_run(&g, (int)o->episodes, &r, err);
    if (rc == TEND_OK)
        note_system(s, &g);
    if (rc == TEND_OK && o->episodes > 0)
        note_race(s, &r);
    generated_free(&g);
    return rc;
}

static tend_rc make_all(const generate_options *o, const design_ask *ask, tend_err *err)
{
    summary s = {0};
    interrupt_before before;
    tend_rc rc = TEND_OK;
    for (int i = 0; i < SPREADS; i++) {
        size_t each = i == UTILISATION ? DESIGN_SERVICES_MOST : 1;
        s.value[i] = malloc((size_t)o->count * each * sizeof **s.value);
        if (!s.value[i])
            rc = tend_fail(err, TEND_NO_MEMORY, "out of memory for %d systems", (int)o->count);
    }
    interrupt_catch(&before, false); // no half of a system
    for (int64_t i = 0; i < o->count && rc == TEND_OK; i++) {
        rc = make(o, ask, (uint64_t)(o->seed + i), &s, err);
        if (rc == TEND_OK && *interrupt_flag() && i + 1 < o->count)
            rc = tend_fail(err, TEND_INTERRUPTED, "interrupted after %d of %d systems", s.made,
                           (int)o->count);
    }
    interrupt_release(&before);
    if (rc == TEND_OK)
        rc = show(o, &s, err);
    for (int i = 0; i < SPREADS; i++)
        free(s.value[i]);
    return rc;
}

static tend_rc prepare(generate_options *o, design_ask *ask, tend_err *err)
{
    *ask = design_usual();
    ask->step_s = o->step_s;
    tend_rc rc = TEND_OK;
    if (o->services && !design_read_services(o->services, ask))
        rc = tend_fail(err, TEND_USAGE, "--services %s, expected A..B within %d..%d", o->services,
                       DESIGN_SERVICES_LEAST, DESIGN_SERVICES_MOST);
    if (rc == TEND_OK && !o->out)
        rc = tend_fail(err, TEND_USAGE, "generate: --out DIR is missing");
    if (rc == TEND_OK)
        rc = output_check(&(output_file){"--json", &o->json}, 1, err);
    if (rc == TEND_OK && mkdir(o->out, 0777) != 0 && errno != EEXIST)
        rc = tend_fail(err, TEND_IO, "%s: cannot make this folder: %s", o->out, strerror(errno));
    return rc;
}

static tend_rc generate_command(int argc, char **argv, tend_err *err)
{
    generate_options o = {.seed = 1, .count = 1, .episodes = 4, .step_s = 1};
    design_ask ask;
    arguments given = {argc, argv};
    bool helped;
    tend_rc rc = options_parse(&command_generate, &given, &o, &helped, err);
    if (rc != TEND_OK || helped)
        return rc;
    if (given.count > 0)
        return tend_fail(err, TEND_USAGE, "generate: \"%s\" is not an option", given.word[0]);
    rc = prepare(&o, &ask, err);
    return rc == TEND_OK ? make_all(&o, &ask, err) : rc;
}

const command command_generate = {
    .name = "generate",
    .usage = "--seed N --out DIR",
    .help = "draw systems nobody saw, as system files",
    .details = "The same seed gives the same file, whatever the count. A design that breaches its "
               "objective\nwithout a fault, in a calm or a real world, is rejected and the seed's "
               "next one "
               "is drawn.",
    .options = options,
    .examples = examples,
    .run = generate_command,
};
