// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_diagnose.c - tend diagnose: rank the root causes of recorded incidents.
#include "base/str.h"
#include "cases/rank.h"
#include "core/json_write.h"
#include "edge/case_read.h"
#include "edge/file.h"
#include "runners/command.h"
#include "runners/diagnose_params.h"
#include "runners/diagnose_say.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SHOWN_MOST = 3 }; // suspects whose evidence is put into words

typedef struct diagnose_options {
    const char *out, *json, *agent;
    option_list set;
    rank_params by;
    bool quiet, explain;
} diagnose_options;

static const option options[] = {
    {"--out", 'o', OPTION_TEXT, offsetof(diagnose_options, out), "FILE", 0, 0,
     "write one JSON line per case (- for stdout)"},
    {"--json", 0, OPTION_TEXT, offsetof(diagnose_options, json), "FILE", 0, 0, "the same as --out"},
    {"--agent", 0, OPTION_TEXT, offsetof(diagnose_options, agent), "FILE", 0, 0,
     "agent file or example whose diagnoser's parameters count"},
    {"--set", 0, OPTION_LIST, offsetof(diagnose_options, set), "PATH=X", 0, 0,
     "a parameter, such as diagnoser.floor_gap=0.2; may be repeated"},
    {"--explain", 0, OPTION_FLAG, offsetof(diagnose_options, explain), NULL, 0, 0,
     "what speaks for and against each of the first three"},
    {"--quiet", 'q', OPTION_FLAG, offsetof(diagnose_options, quiet), NULL, 0, 0,
     "no table on stdout, no progress"},
    {.name = NULL},
};

static const char *const examples[] = {
    "tend diagnose incident/",
    "tend diagnose --explain incident/",
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

// Three decimals: more says nothing of a rank, a weight or a time.
static double tidy(double value)
{
    return floor(value * 1000 + 0.5) / 1000;
}

typedef struct told {
    int service;
    evidence_channel channel;
    double weight;
} told;

// One observation: what was seen of which service, how far it is from usual, and how it counts.
static void put_channel(const incident *c, const rank_result *r, told one, const char *words,
                        json_writer *w)
{
    int service = one.service;
    evidence_channel channel = one.channel;
    const service_evidence *of = &evidence_services(r->evidence)[service];
    const channel_evidence *at = &of->of[channel];
    // of a network clue the columns are two: the call says it, no metric does
    bool network = channel == CHANNEL_NETWORK;
    const tend_edge *edge = network ? &c->window.edges[of->edge] : NULL;
    int column = rank_column(r, service, channel);
    bool impact = (channel == CHANNEL_LATENCY || channel == CHANNEL_ERRORS) && at->impact > 0;

    json_open_object(w, NULL);
    json_put_text(w, "kind", evidence_channel_name(channel));
    json_put_text(w, "service", c->service[service]);
    json_put_text(w, "caller", edge ? c->service[edge->caller] : NULL);
    json_put_text(w, "callee", edge ? c->service[edge->callee] : NULL);
    json_put_text(w, "metric", network || column < 0 ? NULL : c->window.column[column].name);
    json_put_number(w, "value", at->now);
    json_put_number(w, "reference", at->before);
    json_put_number(w, "sigmas", tidy(at->z));
    json_put_number(w, "weight", tidy(one.weight));
    json_put_number(w, "own_share",
                    impact ? tidy(fmax(0, fmin(1, at->own / at->impact))) : (double)NAN);
    json_put_bool(w, "against", words != NULL);
    str text = {0};
    if (!words)
        diagnose_say_channel(c, r, service, channel, &text);
    json_put_text(w, "text", words ? words : text.text ? text.text : "");
    json_close_object(w);
    w->to->failed |= text.failed;
    str_free(&text);
}

// A reason why a suspect may not be it; the callee is the service that stands for it.
static void put_why_not(const incident *c, const rank_result *r, const tend_evidence *e,
                        json_writer *w)
{
    bool explained = e->kind == TEND_EVIDENCE_EXPLAINED;
    int column = diagnose_column_of(r, e);
    str text = {0};

    json_open_object(w, NULL);
    json_put_text(w, "kind", tend_evidence_name(e->kind));
    json_put_text(w, "service", c->service[e->service]);
    json_put_text(w, "caller", NULL);
    json_put_text(w, "callee", explained ? c->service[e->other] : NULL);
    json_put_text(w, "metric", column < 0 ? NULL : c->column[column].name);
    json_put_number(w, "value", e->value);
    json_put_number(w, "reference", e->reference);
    json_put_number(w, "sigmas", tidy(e->kind == TEND_EVIDENCE_NOTHING_OWN ? e->value : e->weight));
    json_put_number(w, "weight", 0);
    json_put_number(w, "own_share",
                    explained && e->reference > 0 ? tidy(fmin(1, e->value / e->reference))
                                                  : (double)NAN);
    json_put_bool(w, "against", true);
    diagnose_say_why_not(c, r, e, &text);
    json_put_text(w, "text", text.text ? text.text : "");
    json_close_object(w);
    w->to->failed |= text.failed;
    str_free(&text);
}

static bool among_first(const rank_result *r, int service)
{
    for (int i = 0; i < r->suspects && i < SHOWN_MOST; i++)
        if (r->suspect[i].service == service)
            return true;
    return false;
}

static void put_evidence(const incident *c, const rank_result *r, json_writer *w)
{
    evidence_channel order[CHANNELS];
    double weight[CHANNELS];
    int loudest = diagnose_loudest_of(c, r);
    tend_evidence reason[TEND_EVIDENCE_MAX];
    int reasons = diagnose_against(r, reason);

    json_open_array(w, "evidence");
    for (int i = 0; i < r->suspects && i < SHOWN_MOST; i++) {
        int service = r->suspect[i].service, count = rank_channels(r, service, order, weight);
        for (int k = 0; k < count; k++)
            put_channel(c, r, (told){service, order[k], weight[order[k]]}, NULL, w);
    }
    for (int i = 0; i < reasons; i++)
        put_why_not(c, r, &reason[i], w);
    if (loudest >= 0 && !among_first(r, loudest)) {
        str words = {0};
        diagnose_say_against(c, r, &words);
        put_channel(c, r, (told){loudest, CHANNEL_LATENCY, 0}, words.text ? words.text : "", w);
        w->to->failed |= words.failed;
        str_free(&words);
    }
    json_close_array(w);
}

static void json_line(const incident *c, const rank_result *r, double ms, str *out)
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
    json_open_array(&w, "family");
    for (int i = 0; i < r->suspects; i++)
        json_put_text(&w, NULL, tend_family_name(r->suspect[i].family));
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

static void human_lines(const incident *c, const rank_result *r, bool explain, double ms, str *out)
{
    str_format(out, "%s: %s", c->name,
               r->detected   ? ""
               : r->suspects ? "nothing stands out; "
                             : "nothing stands out");
    for (int i = 0; i < r->suspects && i < SHOWN_MOST; i++)
        str_format(out, "%s%s %.2f %s", i ? ", " : "", c->service[r->suspect[i].service],
                   r->suspect[i].confidence, tend_family_name(r->suspect[i].family));
    if (r->onset >= 0)
        str_format(out, "  (onset row %d, %.2f ms)", r->onset - c->normal_rows, ms);
    str_char(out, '\n');
    for (int i = 0; i < r->suspects && i < SHOWN_MOST && explain; i++)
        diagnose_say_explained(c, r, i, out);
    if (r->detected && !explain) {
        str_add(out, "    ");
        diagnose_say_evidence(c, r, 0, out);
        str_char(out, '\n');
        size_t before = out->length;
        str_add(out, "    ");
        diagnose_say_against(c, r, out);
        if (out->length == before + 4) // four blanks: nothing was said
            str_add(out, "no other service is louder");
        str_char(out, '\n');
    }
}

typedef struct diagnose_totals {
    int cases, detected;
    double ms, worst;
    str lines, human; // of all cases, for machines and for people
} diagnose_totals;

static tend_rc diagnose_case(const char *path, const diagnose_options *o, case_cache *cache,
                             diagnose_totals *totals, tend_err *err)
{
    incident *c;
    rank_result *r = NULL;
    tend_rc rc = case_read(path, cache, &c, err);

    if (rc != TEND_OK)
        return rc;
    // reading is not diagnosing: the figure is of the ranking alone
    double start = milliseconds();
    rc = rank_window(&c->window, &o->by, &r, err);
    double ms = milliseconds() - start;
    if (rc == TEND_OK) {
        totals->cases++;
        totals->detected += r->detected;
        totals->ms += ms;
        totals->worst = fmax(totals->worst, ms);
        human_lines(c, r, o->explain, ms, &totals->human);
        json_line(c, r, ms, &totals->lines);
    }
    rank_free(r);
    case_free(c);
    return rc;
}

static tend_rc diagnose_all(const diagnose_options *o, char **path, int paths, tend_err *err)
{
    case_cache cache = {0};
    diagnose_totals totals = {0};
    const char *out = o->out ? o->out : o->json;
    bool talk = output_progress() && !o->quiet;
    tend_rc rc = TEND_OK;

    for (int i = 0; i < paths && rc == TEND_OK; i++) {
        if (talk)
            fprintf(stderr, "\rdiagnose: %d of %d", i + 1, paths);
        rc = diagnose_case(path[i], o, &cache, &totals, err);
    }
    if (talk)
        fputs("\r\033[K", stderr);
    if (rc == TEND_OK && (totals.lines.failed || totals.human.failed))
        rc = tend_fail(err, TEND_NO_MEMORY, "out of memory");
    // all lines at once: a file of rankings is whole or not there
    if (rc == TEND_OK && out)
        rc = file_write(out, totals.lines.text, totals.lines.length, err);
    if (rc == TEND_OK && !o->quiet) {
        // two things on one stream are of use to nobody
        if (!out || strcmp(out, "-") != 0)
            fputs(totals.human.text, stdout);
        fprintf(stderr, "%d case%s, %d with a suspect; %.2f ms each to rank, %.2f at most%s%s\n",
                totals.cases, totals.cases == 1 ? "" : "s", totals.detected,
                totals.ms / totals.cases, totals.worst, out ? "; written to " : "", out ? out : "");
    }
    case_cache_free(&cache);
    str_free(&totals.lines);
    str_free(&totals.human);
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
    const input_file agent = {"--agent", o.agent};
    if (rc == TEND_OK && !helped)
        rc = output_spare(&file, 1, &agent, 1, err);
    if (rc == TEND_OK && !helped)
        rc = diagnose_params(o.agent, &o.set, &o.by, err);
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
        "One JSON line per case: ranking, metric_ranking, confidence, family, detected, "
        "onset_row,\n"
        "ms and the evidence, as fields and in words. Everybody is ranked; detected false: "
        "nothing\n"
        "stands out. --set takes what `tend params` lists of every diagnoser from local_rows on,\n"
        "and window.NAME.",
    .options = options,
    .examples = examples,
    .run = run,
};
