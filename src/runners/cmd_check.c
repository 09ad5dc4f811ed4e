// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_check.c - validates files by what they hold, without running anything.
#include "agent/config.h"
#include "core/json.h"
#include "core/plant.h"
#include "core/system_read.h"
#include "drive/setup.h"
#include "drive/suite.h"
#include "edge/case_read.h"
#include "edge/csv_table.h"
#include "edge/example.h"
#include "edge/file.h"
#include "env/scenario.h"
#include "runners/check_healthy.h"
#include "runners/check_warn.h"
#include "runners/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct check_options {
    const char *system;
    bool quiet;
} check_options;

static const option options[] = {
    {"--system", 0, OPTION_TEXT, offsetof(check_options, system), "FILE", 0, 0,
     "system that scenarios and policies belong to (default), and agents when given"},
    {"--quiet", 'q', OPTION_FLAG, offsetof(check_options, quiet), NULL, 0, 0, "errors only"},
    {NULL, 0, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const char *const examples[] = {"tend check examples/systems/*.json",
                                       "tend check incident.csv", NULL};

typedef struct text {
    const char *path;
    char *bytes;
    size_t length;
} text;

typedef struct answer {
    char text[256];  // what a valid file holds, in words
    str warning;     // what it is still not fit for, a line each, empty if nothing
    err_list faults; // of one that is not valid; empty: the error that was told is all
} answer;

static bool any_has(const cJSON *list, const char *key)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_HasObjectItem(item, key))
            return true;
    }
    return false;
}

// Whether it says anything of how it behaves; one that is only watched need not.
static bool has_physics(const cJSON *root)
{
    return cJSON_HasObjectItem(root, "sim") ||
           any_has(cJSON_GetObjectItemCaseSensitive(root, "services"), "sim") ||
           any_has(cJSON_GetObjectItemCaseSensitive(root, "edges"), "sim");
}

// Of a percentage: two are told, but 100 has three, and with two it is 1e+02.
static int digits(double share)
{
    return 100 * share < 99.5 ? 2 : 3;
}

// One that is simulated must be fit for it: the plant reads the same text.
static tend_rc check_system(const text *t, const cJSON *root, answer *what, tend_err *err)
{
    double share[PRESETS] = {0};
    const json_file file = {t->bytes, t->length, t->path};
    tend_system *system = NULL;
    bool simulated = has_physics(root);
    tend_rc rc = system_parse_all(&file, &what->faults, &system, err);
    // of a system that is not sound at least the numbers are looked at
    if (simulated && (rc == TEND_OK || rc == TEND_INPUT)) {
        tend_rc numbers = plant_check(&file, system, &what->faults, err);
        rc = rc == TEND_OK ? numbers : rc;
    }
    if (rc == TEND_OK)
        check_warn_system(system, root, simulated, &what->warning);
    if (rc == TEND_OK && simulated)
        rc = check_healthy(&file, share, &what->warning, err);
    char breaches[96] = "; without sim: watched only";
    if (simulated)
        snprintf(breaches, sizeof breaches,
                 "; healthy ticks that breach: calm %.*g %%, real %.*g %%, rough %.*g %%",
                 digits(share[PRESET_CALM]), 100 * share[PRESET_CALM], digits(share[PRESET_REAL]),
                 100 * share[PRESET_REAL], digits(share[PRESET_ROUGH]), 100 * share[PRESET_ROUGH]);
    if (rc == TEND_OK)
        snprintf(what->text, sizeof what->text, "system %.60s: %d services, %d calls, %d actions%s",
                 system->name, system->S, system->E, system->A, breaches);
    tend_system_free(system);
    return rc;
}

// An agent may name actions of its system: only an engine of both can tell whether there are such.
static tend_rc open_system(const char *name, tend_system **out, tend_err *err)
{
    char path[EXAMPLE_PATH_MAX];
    text t = {path, NULL, 0};
    tend_rc rc = example_read("systems", name, &t.bytes, &t.length, path, err);
    if (rc == TEND_OK)
        rc = tend_system_parse(t.bytes, t.length, path, out, err);
    free(t.bytes);
    return rc;
}

static tend_rc check_agent(const text *t, const cJSON *root, const char *system_name, answer *what,
                           tend_err *err)
{
    tend_config *config = NULL;
    tend_system *system = NULL;
    tend_engine *engine = NULL;
    tend_rc rc = system_name ? open_system(system_name, &system, err) : TEND_OK;
    if (rc == TEND_OK)
        rc = tend_config_new(&config, err);
    if (rc == TEND_OK)
        rc =
            config_read_all(config, &(json_file){t->bytes, t->length, t->path}, &what->faults, err);
    // whatever else is wrong: its names are looked at, too
    if (rc == TEND_OK || rc == TEND_INPUT) {
        tend_rc names = check_allow(root, t->path, system, &what->faults, &what->warning, err);
        rc = rc == TEND_OK ? names : rc;
    }
    if (rc == TEND_OK && system)
        rc = tend_open(system, config, 1, &engine, err);
    if (rc == TEND_OK)
        snprintf(what->text, sizeof what->text, "agent %.60s: %s + %s + %s",
                 tend_config_name(config), tend_config_plugin(config, "detector"),
                 tend_config_plugin(config, "diagnoser"), tend_config_plugin(config, "policy"));
    tend_close(engine);
    tend_system_free(system);
    tend_config_free(config);
    return rc;
}

// Drawn once on the system it is for: whether a fault can sit there is part of being valid.
static tend_rc check_scenario(const text *t, const char *system_name, answer *what, tend_err *err)
{
    run_setup setup;
    run_files files = {.system = system_name};
    scenario drawn;
    int steps = tend_sim_usual().steps; // nothing is played
    tend_rc rc = run_setup_open(&setup, &files, steps, err);
    if (rc == TEND_OK)
        rc = scenario_parse_all(&(scenario_file){t->bytes, t->length, t->path, steps, 1},
                                &what->faults, setup.sim->system, setup.sim->plant, &drawn, err);
    if (rc == TEND_OK)
        check_warn_scenario(&drawn, steps, &what->warning);
    if (rc == TEND_OK)
        snprintf(what->text, sizeof what->text, "scenario %.60s: %d fault%s, %d deployment%s",
                 drawn.name, drawn.faults, drawn.faults == 1 ? "" : "s", drawn.deploys,
                 drawn.deploys == 1 ? "" : "s");
    run_setup_close(&setup);
    return rc;
}

// what was learnt is held against an agent with the parameters it was learnt with
static tend_rc take_params(tend_config *config, const cJSON *params, tend_err *err)
{
    const cJSON *item;
    tend_rc rc = TEND_OK;
    cJSON_ArrayForEach(item, params)
    {
        char path[96], value[32];
        snprintf(path, sizeof path, "policy.%.64s", item->string ? item->string : "");
        // the very double it was learnt with
        snprintf(value, sizeof value, "%.17g", item->valuedouble);
        if (rc == TEND_OK && cJSON_IsNumber(item))
            rc = tend_config_set(config, path, value, err);
    }
    return rc;
}

static tend_rc check_policy(const text *t, const cJSON *root, const char *system_name, answer *what,
                            tend_err *err)
{
    // a text: check_json has looked
    const char *name = cJSON_GetObjectItemCaseSensitive(root, "policy")->valuestring;
    run_setup setup;
    run_files files = {.system = system_name};
    tend_engine *engine = NULL;
    tend_rc rc = run_setup_open(&setup, &files, 240, err);
    if (rc == TEND_OK)
        rc = tend_config_set(setup.config, "policy", name, err);
    if (rc == TEND_OK)
        rc = take_params(setup.config, cJSON_GetObjectItemCaseSensitive(root, "params"), err);
    if (rc == TEND_OK)
        rc = tend_open(setup.sim->system, setup.config, 0, &engine, err);
    if (rc == TEND_OK)
        rc = tend_policy_parse(engine, t->bytes, t->length, t->path, err);
    if (rc == TEND_OK)
        snprintf(what->text, sizeof what->text, "what policy %.60s has learnt", name);
    tend_close(engine);
    run_setup_close(&setup);
    return rc;
}

static tend_rc check_case(const char *path, answer *what, tend_err *err)
{
    case_cache cache = {0};
    incident *c = NULL;
    tend_rc rc = case_read_all(path, &cache, &what->faults, &c, err);
    if (rc == TEND_OK)
        snprintf(what->text, sizeof what->text, "case %.60s", c->name);
    case_free(c);
    case_cache_free(&cache);
    return rc;
}

// Any section will do: what it does not name is the default agent's.
static bool is_agent(const cJSON *root)
{
    static const char *const sections[] = {"detector", "alarm", "diagnoser", "guard",
                                           "policy",   "judge", NULL};
    for (int i = 0; sections[i]; i++)
        if (cJSON_HasObjectItem(root, sections[i]))
            return true;
    return false;
}

// A trace: its first line says so, and each that follows is an object. False: it is none.
static bool is_trace(const text *t)
{
    const char *end = memchr(t->bytes, '\n', t->length);
    cJSON *head = NULL;
    bool is =
        end && json_parse(t->bytes, (size_t)(end - t->bytes), t->path, &head, NULL) == TEND_OK;
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(head, "format");
    is = is && cJSON_IsString(format) && strcmp(format->valuestring, "tend-trace") == 0;
    cJSON_Delete(head);
    return is;
}

static tend_rc check_trace(const text *t, answer *what, tend_err *err)
{
    const char *at = t->bytes, *last = at + t->length;
    for (int lines = 0; at < last; lines++) {
        const char *end = memchr(at, '\n', (size_t)(last - at));
        cJSON *tick = NULL;
        tend_rc rc = end ? json_parse(at, (size_t)(end - at), t->path, &tick, NULL) : TEND_INPUT;
        bool good = rc == TEND_OK && (lines == 0 || cJSON_HasObjectItem(tick, "t"));
        cJSON_Delete(tick);
        if (!good)
            return tend_fail(err, TEND_INPUT,
                             "%s:%d: expected a tick of the trace, a line of JSON with \"t\"",
                             t->path, lines + 1);
        snprintf(what->text, sizeof what->text, "trace: %d ticks, a line of JSON each", lines);
        at = end + 1;
    }
    return TEND_OK;
}

static tend_rc check_suite(const text *t, answer *what, tend_err *err)
{
    suite *s = NULL;
    tend_rc rc = suite_parse(&(json_file){t->bytes, t->length, t->path}, &what->faults, &s, err);
    // files that it names must be there and be systems that can be simulated
    for (int i = 0; rc == TEND_OK && i < s->entries; i++) {
        run_setup setup;
        run_files files = {.system = s->entry[i].system};
        if (!files.system)
            continue;
        rc = run_setup_open(&setup, &files, s->steps, err);
        run_setup_close(&setup);
    }
    if (rc == TEND_OK)
        snprintf(what->text, sizeof what->text, "suite %.60s: %d entries, %d episodes", s->name,
                 s->entries, suite_episodes(s));
    suite_free(s);
    return rc;
}

// What a file is shows in the keys that only its kind has, not in its name.
static tend_rc check_json(const char *path, const char *system, answer *what, tend_err *err)
{
    text t = {path, NULL, 0};
    cJSON *root = NULL;
    // 256 MiB: what policies may have learnt
    tend_rc rc = file_read(path, 256u << 20, &t.bytes, &t.length, err);
    if (rc == TEND_OK && is_trace(&t)) {
        rc = check_trace(&t, what, err);
        free(t.bytes);
        return rc;
    }
    if (rc == TEND_OK)
        rc = json_parse(t.bytes, t.length, path, &root, err);
    if (rc == TEND_OK) {
        // an agent and a learnt policy share "policy": only the latter has a "format"
        const cJSON *policy = cJSON_GetObjectItemCaseSensitive(root, "policy");
        if (cJSON_HasObjectItem(root, "case"))
            rc = check_case(path, what, err);
        else if (cJSON_HasObjectItem(root, "services"))
            rc = check_system(&t, root, what, err);
        else if (cJSON_HasObjectItem(root, "format") && cJSON_IsString(policy))
            rc = check_policy(&t, root, system, what, err);
        else if (cJSON_HasObjectItem(root, "faults") || cJSON_HasObjectItem(root, "deploys"))
            rc = check_scenario(&t, system, what, err);
        else if (cJSON_HasObjectItem(root, "entries"))
            rc = check_suite(&t, what, err);
        else if (is_agent(root))
            rc = check_agent(&t, root, system, what, err);
        else
            rc = tend_fail(err, TEND_INPUT,
                           "%s: expected a system (services), an agent (detector, "
                           "policy), a scenario (faults, deploys), a suite (entries), a learnt "
                           "policy (format) or a case",
                           path);
    }
    cJSON_Delete(root);
    free(t.bytes);
    return rc;
}

// metrics, or a call graph when the header says so
static tend_rc check_csv(const char *path, answer *what, tend_err *err)
{
    text t = {path, NULL, 0};
    csv_table *table = NULL;
    csv_calls *calls = NULL;
    tend_rc rc = file_read(path, 0, &t.bytes, &t.length, err);
    // bytes of its header
    if (rc == TEND_OK && t.length > 13 && memcmp(t.bytes, "caller,callee", 13) == 0) {
        rc = csv_calls_parse(t.bytes, t.length, path, &calls, err);
        if (rc == TEND_OK)
            snprintf(what->text, sizeof what->text, "call graph: %d calls", calls->count);
    } else if (rc == TEND_OK) {
        rc = csv_table_parse(t.bytes, t.length, path, CSV_TIMES_RISE, &table, err);
        if (rc == TEND_OK)
            snprintf(what->text, sizeof what->text, "metrics: %d rows of %d columns", table->rows,
                     table->columns);
    }
    csv_calls_free(calls);
    csv_table_free(table);
    free(t.bytes);
    return rc;
}

static bool ends_in(const char *path, const char *end)
{
    size_t length = strlen(path), tail = strlen(end);
    return length >= tail && strcmp(path + length - tail, end) == 0;
}

// All of its faults, and what ended the looking if that is none of them.
static void tell(const answer *what, const tend_err *err)
{
    bool told = false;
    for (int i = 0; i < what->faults.count; i++) {
        fprintf(stderr, "tend: %s\n", what->faults.item[i].text);
        told |= strcmp(what->faults.item[i].text, err->text) == 0;
    }
    if (what->faults.count == ERR_LIST_MOST)
        fprintf(stderr, "tend: and perhaps more: %d are told at a time\n", ERR_LIST_MOST);
    else if (!told)
        fprintf(stderr, "tend: %s\n", err->text);
}

static tend_rc check_path(const check_options *o, const char *path, answer *what, tend_err *err)
{
    struct stat st;
    // a folder is a case
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return check_case(path, what, err);
    if (ends_in(path, ".csv"))
        return check_csv(path, what, err);
    return check_json(path, o->system, what, err);
}

static tend_rc check_one(const check_options *o, const char *path)
{
    tend_err err = {TEND_OK, ""};
    answer what = {.text = ""};
    tend_rc rc = check_path(o, path, &what, &err);
    if (rc == TEND_OK && what.warning.failed)
        rc = tend_fail(&err, TEND_NO_MEMORY, "%s: out of memory", path);
    if (rc != TEND_OK)
        tell(&what, &err);
    else if (!o->quiet)
        printf("ok  %s  %s\n", path, what.text);
    if (rc == TEND_OK && !o->quiet && what.warning.length > 0) {
        fflush(stdout); // before the warnings about it
        char *rest = NULL;
        for (char *line = strtok_r(what.warning.text, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest))
            fprintf(stderr, "tend: warning: %s: %s\n", path, line);
    }
    str_free(&what.warning);
    return rc;
}

// Every file is looked at, and in it every part, so that one run shows all that is wrong.
static tend_rc check_run(int argc, char **argv, tend_err *err)
{
    check_options o = {NULL, false};
    arguments given = {argc, argv};
    int bad = 0;
    bool helped;
    tend_rc last = TEND_OK;
    tend_rc rc = options_parse(&command_check, &given, &o, &helped, err);
    if (rc == TEND_OK && !helped && given.count == 0)
        rc = tend_fail(err, TEND_USAGE, "check: no file named; see `tend help check`");
    for (int i = 0; i < given.count && rc == TEND_OK; i++) {
        tend_rc one = check_one(&o, given.word[i]);
        if (one != TEND_OK) {
            bad++;
            last = one;
        }
    }
    if (rc == TEND_OK && bad > 0)
        // the last one's: all are bad input, unless memory ran out
        rc = tend_fail(err, last, "%d of %d files are not valid", bad, given.count);
    return rc;
}

const command command_check = {
    .name = "check",
    .usage = "FILE...",
    .help = "validate system, scenario, suite, agent, policy, case, trace, CSV",
    .details =
        "All that is wrong is told at once. A system that is simulated is played for a while "
        "with nothing\nwrong: a warning says when it breaches its own SLO, what no request reaches "
        "and what can "
        "never\nbe done. Of an agent, --system also holds the names of its actions.",
    .options = options,
    .examples = examples,
    .run = check_run,
};
