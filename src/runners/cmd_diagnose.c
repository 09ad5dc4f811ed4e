// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_diagnose.c - tend diagnose: rank the root causes of recorded incidents.
#include "base/str.h"
#include "cases/localise.h"
#include "core/json_write.h"
#include "edge/case_read.h"
#include "edge/file.h"
#include "runners/command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SHOWN_MOST = 3 }; // suspects whose evidence is put into words

typedef struct diagnose_options {
    const char *out, *json;
    bool quiet;
} diagnose_options;

static const option options[] = {
    {"--out", 'o', OPTION_TEXT, offsetof(diagnose_options, out), "FILE", 0, 0,
     "write one JSON line per case (- for stdout)"},
    {"--json", 0, OPTION_TEXT, offsetof(diagnose_options, json), "FILE", 0, 0, "the same as --out"},
    {"--quiet", 'q', OPTION_FLAG, offsetof(diagnose_options, quiet), NULL, 0, 0,
     "no table on stdout, no progress"},
    {.name = NULL},
};

static const char *const examples[] = {
    "tend diagnose incident/",
    "tend diagnose incidents/*/ --out ranking.jsonl",
    NULL,
};

// Wall clock: what a person waits for.
static double milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

// "currencyservice|cpu rose from 5.9 to 88.2 (46 sigmas)"
static void say_clue(const incident *c, const localise_clue *clue, localise_channel channel,
                     str *out)
{
    const char *name = c->window.column[clue->column].name;
    const char *moved = clue->after > clue->before ? "rose" : "fell";

    if (channel == LOCALISE_NETWORK) {
        const tend_edge *edge = &c->window.edges[clue->edge];
        str_format(out, "calls %s>%s lose %.3g more between client and server than usual (%.3g)",
                   c->service[edge->caller], c->service[edge->callee], clue->after - clue->before,
                   clue->before);
    } else {
        str_format(out, "%s %s from %.4g to %.4g", name, moved, clue->before, clue->after);
    }
    // beyond 9,999 only the width grows
    str_format(out, ", %.0f sigmas", fmin(fabs(clue->z), 9999));
    if ((channel == LOCALISE_LATENCY || channel == LOCALISE_ERRORS) && clue->seen > 0)
        str_format(out, "; %.0f %% of its impact is its own",
                   100 * fmax(0, fmin(1, clue->own / clue->seen)));
}

// The channels that speak for a suspect, the weightiest first; how many there are.
static int weightiest(const localise_clue *of, localise_channel order[LOCALISE_CHANNELS])
{
    bool said[LOCALISE_CHANNELS] = {false};
    int count = 0;

    for (;;) {
        int best = -1;
        for (int i = 0; i < LOCALISE_CHANNELS; i++)
            if (!said[i] && of[i].weight > 0 && (best < 0 || of[i].weight > of[best].weight))
                best = i;
        if (best < 0)
            return count;
        said[best] = true;
        order[count++] = (localise_channel)best;
    }
}

static void say_evidence(const incident *c, const localise_result *r, int place, str *out)
{
    const localise_clue *of = r->clue[r->suspect[place].service];
    localise_channel order[LOCALISE_CHANNELS];
    int count = weightiest(of, order);

    for (int i = 0; i < count; i++) {
        str_add(out, i ? "; " : "");
        say_clue(c, &of[order[i]], order[i], out);
    }
}

// The loudest service that is no suspect of rank: its impact is its callees'. -1: there is none.
static int loudest_of(const incident *c, const localise_result *r)
{
    int loudest = -1;

    for (int s = 0; s < c->window.S && r->suspects; s++) {
        const localise_clue *at = &r->clue[s][LOCALISE_LATENCY];
        // loud is more than 3 sigmas; it is its callees' when less than half stays its own
        if (s != r->suspect[0].service && at->z > 3 && at->seen > 0 && at->own < 0.5 * at->seen &&
            (loudest < 0 || at->seen > r->clue[loudest][LOCALISE_LATENCY].seen))
            loudest = s;
    }
    return loudest;
}

// Why the loudest is not the cause: the question a reader asks first.
static void say_against(const incident *c, const localise_result *r, str *out)
{
    int loudest = loudest_of(c, r);

    if (loudest < 0)
        return;
    const localise_clue *at = &r->clue[loudest][LOCALISE_LATENCY];
    str_format(out,
               "against %s: its latency rose from %.4g to %.4g, but %.0f %% of that is its "
               "callees'",
               c->service[loudest], at->before, at->after, 100 * (1 - fmax(0, at->own / at->seen)));
}

// Three decimals: more says nothing of a rank, a weight or a time.
static double tidy(double value)
{
    return floor(value * 1000 + 0.5) / 1000;
}

// One observation: what was seen of which service, how far it is from usual, and how it counts.
static void put_clue(const incident *c, int service, localise_channel channel,
                     const localise_clue *clue, const char *words, json_writer *w)
{
    // of a network clue the columns are two: the call says it, no metric does
    bool network = channel == LOCALISE_NETWORK;
    const tend_edge *edge = network ? &c->window.edges[clue->edge] : NULL;
    bool impact = (channel == LOCALISE_LATENCY || channel == LOCALISE_ERRORS) && clue->seen > 0;

    json_open_object(w, NULL);
    json_put_text(w, "kind", localise_channel_name(channel));
    json_put_text(w, "service", c->service[service]);
    json_put_text(w, "caller", edge ? c->service[edge->caller] : NULL);
    json_put_text(w, "callee", edge ? c->service[edge->callee] : NULL);
    json_put_text(w, "metric",
                  network || clue->column < 0 ? NULL : c->window.column[clue->column].name);
    json_put_number(w, "value", clue->after);
    json_put_number(w, "reference", clue->before);
    json_put_number(w, "sigmas", tidy(clue->z));
    json_put_number(w, "weight", tidy(clue->weight));
    json_put_number(w, "own_share",
                    impact ? tidy(fmax(0, fmin(1, clue->own / clue->seen))) : (double)NAN);
    json_put_bool(w, "against", words != NULL);
    str text = {0};
    if (!words)
        say_clue(c, clue, channel, &text);
    json_put_text(w, "text", words ? words : text.text ? text.text : "");
    json_close_object(w);
    w->to->failed |= text.failed;
    str_free(&text);
}

static void put_evidence(const incident *c, const localise_result *r, json_writer *w)
{
    localise_channel order[LOCALISE_CHANNELS];
    int loudest = loudest_of(c, r);

    json_open_array(w, "evidence");
    for (int i = 0; i < r->suspects && i < SHOWN_MOST; i++) {
        int service = r->suspect[i].service, count = weightiest(r->clue[service], order);
        for (int k = 0; k < count; k++)
            put_clue(c, service, order[k], &r->clue[service][order[k]], NULL, w);
    }
    if (loudest >= 0) {
        str words = {0};
        say_against(c, r, &words);
        put_clue(c, loudest, LOCALISE_LATENCY, &r->clue[loudest][LOCALISE_LATENCY],
                 words.text ? words.text : "", w);
        w->to->failed |= words.failed;
        str_free(&words);
    }
    json_close_array(w);
}

static void json_line(const incident *c, const localise_result *r, double ms, str *out)
{
    json_writer w = {.to = out, .one_line = true};

    json_open_object(&w, NULL);
    json_open_array(&w, "ranking");
    for (int i = 0; i < r->suspects; i++)
        json_put_text(&w, NULL, c->service[r->suspect[i].service]);
    json_close_array(&w);
    json_put_text(&w, "case", c->name);
    json_open_array(&w, "metric_ranking");
    for (int i = 0; i < r->metrics; i++)
        json_put_text(&w, NULL, c->column[r->metric[i]].name);
    json_close_array(&w);
    json_open_array(&w, "confidence");
    for (int i = 0; i < r->suspects; i++)
        json_put_number(&w, NULL, tidy(r->suspect[i].confidence));
    json_close_array(&w);
    json_put_bool(&w, "detected", r->detected);
    if (r->onset >= 0)
        // by the rows of the abnormal file, as case.json counts them
        json_put_number(&w, "onset_row", r->onset - c->normal_rows);
    else
        json_put_text(&w, "onset_row", NULL);
    json_put_number(&w, "ms", tidy(ms));
    put_evidence(c, r, &w);
    json_close_object(&w);
    str_char(out, '\n');
}

static void human_lines(const incident *c, const localise_result *r, double ms, str *out)
{
    str_format(out, "%s: %s", c->name, r->detected ? "" : "nothing stands out");
    for (int i = 0; i < r->suspects && i < SHOWN_MOST; i++)
        str_format(out, "%s%s %.2f", i ? ", " : "", c->service[r->suspect[i].service],
                   r->suspect[i].confidence);
    if (r->onset >= 0)
        str_format(out, "  (onset row %d, %.2f ms)", r->onset - c->normal_rows, ms);
    str_char(out, '\n');
    if (r->suspects) {
        str_add(out, "    ");
        say_evidence(c, r, 0, out);
        str_char(out, '\n');
        size_t before = out->length;
        str_add(out, "    ");
        say_against(c, r, out);
        if (out->length == before + 4) // four blanks: nothing was said
            str_add(out, "no other service is louder");
        str_char(out, '\n');
    }
}

typedef struct diagnose_totals {
    int cases, detected;
    double ms, worst;
} diagnose_totals;

static tend_rc diagnose_case(const char *path, case_cache *cache, diagnose_totals *totals,
                             str *lines, str *human, tend_err *err)
{
    incident *c;
    localise_result *r = NULL;
    tend_rc rc = case_read(path, cache, &c, err);

    if (rc != TEND_OK)
        return rc;
    // reading is not diagnosing: the figure is of the ranking alone
    double start = milliseconds();
    rc = localise(&c->window, &r, err);
    double ms = milliseconds() - start;
    if (rc == TEND_OK) {
        totals->cases++;
        totals->detected += r->detected;
        totals->ms += ms;
        totals->worst = fmax(totals->worst, ms);
        human_lines(c, r, ms, human);
        json_line(c, r, ms, lines);
    }
    localise_free(r);
    case_free(c);
    return rc;
}

static tend_rc diagnose_all(const diagnose_options *o, char **path, int paths, tend_err *err)
{
    case_cache cache = {0};
    diagnose_totals totals = {0};
    str lines = {0}, human = {0};
    const char *out = o->out ? o->out : o->json;
    bool talk = output_progress() && !o->quiet;
    tend_rc rc = TEND_OK;

    for (int i = 0; i < paths && rc == TEND_OK; i++) {
        if (talk)
            fprintf(stderr, "\rdiagnose: %d of %d", i + 1, paths);
        rc = diagnose_case(path[i], &cache, &totals, &lines, &human, err);
    }
    if (talk)
        fputs("\r\033[K", stderr);
    if (rc == TEND_OK && (lines.failed || human.failed))
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory");
    // all lines at once: a file of rankings is whole or not there
    if (rc == TEND_OK && out)
        rc = file_write(out, lines.text, lines.length, err);
    if (rc == TEND_OK && !o->quiet) {
        // two things on one stream are of use to nobody
        if (!out || strcmp(out, "-") != 0)
            fputs(human.text, stdout);
        fprintf(stderr, "%d case%s, %d with a suspect; %.2f ms each to rank, %.2f at most%s%s\n",
                totals.cases, totals.cases == 1 ? "" : "s", totals.detected,
                totals.ms / totals.cases, totals.worst, out ? "; written to " : "", out ? out : "");
    }
    case_cache_free(&cache);
    str_free(&lines);
    str_free(&human);
    return rc;
}

static tend_rc run(int argc, char **argv, tend_err *err)
{
    diagnose_options o = {0};
    arguments given = {argc, argv};
    bool helped = false;
    tend_rc rc = options_parse(&command_diagnose, &given, &o, &helped, err);
    if (rc == TEND_OK && !helped && given.count == 0)
        rc = tend_fail(err, TEND_USAGE, "diagnose: no case, expected a directory with a case.json");
    if (rc == TEND_OK && !helped && o.out && o.json)
        rc = tend_fail(err, TEND_USAGE,
                       "diagnose: --out %s and --json %s, expected one: they are the same", o.out,
                       o.json);
    const output_file file =
        o.json ? (output_file){"--json", &o.json} : (output_file){"--out", &o.out};
    if (rc == TEND_OK && !helped)
        rc = output_check(&file, 1, err);
    if (rc == TEND_OK && !helped)
        rc = diagnose_all(&o, given.word, given.count, err);
    return rc;
}

const command command_diagnose = {
    .name = "diagnose",
    .usage = "CASE_DIR... [--out FILE]",
    .help = "rank root causes of recorded incidents",
    .details =
        "A case is a directory with case.json, metrics before and during the incident as CSV\n"
        "(columns time, service|metric, caller>callee|metric) and, if known, the call graph.\n"
        "One JSON line per case: ranking, metric_ranking, confidence, detected, onset_row, ms and\n"
        "the evidence, as fields and in words. An empty ranking and detected false: nothing stands "
        "out.",
    .options = options,
    .examples = examples,
    .run = run,
};
