// SPDX-License-Identifier: GPL-3.0-or-later
// policy_file.c - what a policy has learnt, as versioned JSON, written and read back exactly.
//
// Lessons go by name: a build with more words, or the same in another order, takes them. A name it
// does not know is an error, for a policy that silently lost a part would act on the rest as if it
// were all. Other parameters may give a context another meaning (policy.raw does), so a file
// carries those it was learnt with and their hash, and is refused by a policy that has others. It
// says nothing of system, world or engine: what was learnt at home may be used elsewhere.
#include "agent/config.h"
#include "agent/engine_policy.h"
#include "base/str.h"
#include "core/json.h"
#include "core/json_write.h"
#include "core/params.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "tend-policy"
#define VERSION 3

enum { HEX = 17 };

static void hash_text(uint64_t hash, char out[HEX])
{
    snprintf(out, HEX, "%016llx", (unsigned long long)hash);
}

static uint64_t vocabulary_of(const tend_policy *policy, const tend_node *me)
{
    return policy->vocabulary ? policy->vocabulary(me) : 0;
}

static void write_head(const tend_engine *engine, const tend_policy *policy, const tend_node *me,
                       str *s)
{
    const tend_config *config = engine_config(engine);
    char hash[HEX];
    json_writer w = {.to = s, .one_line = true};
    str_format(s, "{\n  \"format\": \"%s\",\n  \"version\": %d,\n  \"policy\": \"%s\",\n", FORMAT,
               VERSION, policy->base.name);
    hash_text(config_learner_hash(config), hash);
    str_format(s, "  \"config\": \"%s\",\n  \"params\": ", hash);
    json_open_object(&w, NULL);
    for (const tend_param *p = policy->base.params; p && p->name; p++)
        json_put_number(&w, p->name, params_get(p, config_learner(config)));
    json_close_object(&w);
    hash_text(vocabulary_of(policy, me), hash);
    str_format(s, ",\n  \"vocabulary\": \"%s\",\n", hash);
}

static void write_lesson(const tend_policy *policy, const tend_lesson *lesson, str *s)
{
    json_writer w = {.to = s, .one_line = true};
    json_open_object(&w, NULL);
    json_put_text(&w, "context", lesson->context);
    json_put_text(&w, "arm", lesson->arm);
    for (int i = 0; policy->numbers[i]; i++)
        json_put_number(&w, policy->numbers[i], lesson->number[i]);
    json_close_object(&w);
}

tend_rc tend_policy_write(const tend_engine *engine, char **out, tend_err *err)
{
    tend_node me;
    const tend_policy *policy = engine_policy(engine, &me);
    str s = {0};
    write_head(engine, policy, &me, &s);
    str_add(&s, "  \"lessons\": [");
    tend_lesson lesson = {0};
    const char *lead = "\n    ";
    for (int i = 0; policy->row && policy->row(&me, i, &lesson); i++) {
        if (!lesson.context[0])
            continue;
        str_add(&s, lead);
        write_lesson(policy, &lesson, &s);
        lead = ",\n    ";
    }
    str_add(&s, "\n  ]\n}\n");
    if (s.failed) {
        str_free(&s);
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a policy file");
    }
    *out = s.text;
    return TEND_OK;
}

static tend_rc read_name(const cJSON *item, const char *key, char *out, size_t room,
                         const char *where, tend_err *err)
{
    const char *text = NULL;
    tend_rc rc = json_text(item, key, true, &text, where, err);
    if (rc == TEND_OK && strlen(text) >= room)
        rc = json_fail(item, where, err, "%s of %zu bytes, expected less than %zu", key,
                       strlen(text), room);
    if (rc == TEND_OK)
        snprintf(out, room, "%s", text);
    return rc;
}

static tend_rc read_lesson(const tend_policy *policy, const cJSON *item, tend_lesson *out,
                           const char *where, tend_err *err)
{
    const char *known[TEND_NUMBERS_MAX + 3] = {"context", "arm"};
    if (!cJSON_IsObject(item))
        return json_fail(item, where, err, "expected an object");
    for (int i = 0; policy->numbers[i]; i++)
        known[2 + i] = policy->numbers[i];
    tend_rc rc = json_only(item, known, where, err);
    if (rc == TEND_OK)
        rc = read_name(item, "context", out->context, sizeof out->context, where, err);
    if (rc == TEND_OK)
        rc = read_name(item, "arm", out->arm, sizeof out->arm, where, err);
    for (int i = 0; policy->numbers[i] && rc == TEND_OK; i++) {
        const char *name = policy->numbers[i];
        out->number[i] = (double)NAN;
        rc = json_number(item, name, (json_range){-1e300, 1e300}, &out->number[i], where, err);
        if (rc == TEND_OK && isnan(out->number[i]))
            rc = json_fail(item, where, err, "%s is missing", name);
    }
    return rc;
}

static tend_rc read_lessons(const tend_policy *policy, const tend_node *me, const cJSON *root,
                            const char *name, tend_err *err)
{
    const cJSON *lessons = NULL, *item;
    const char *hash = NULL;
    char own[HEX], where[320];
    tend_rc rc = json_text(root, "vocabulary", true, &hash, name, err);
    if (rc == TEND_OK)
        rc = json_array(root, "lessons", true, &lessons, name, err);
    if (rc != TEND_OK)
        return rc;
    hash_text(vocabulary_of(policy, me), own);
    const char *why = strcmp(hash, own) == 0 ? "" : "; it was learnt with other words than these";
    int number = 0;
    cJSON_ArrayForEach(item, lessons)
    {
        tend_lesson lesson = {0};
        tend_err told = {TEND_OK, ""};
        snprintf(where, sizeof where, "%.256s: lessons[%d]", name, number++);
        if (!policy->restore) // what it writes has none
            return json_fail(item, where, err, "policy \"%s\" learns nothing, expected no lessons",
                             policy->base.name);
        rc = read_lesson(policy, item, &lesson, where, err);
        if (rc == TEND_OK && policy->restore(me, &lesson, &told) != TEND_OK)
            rc = json_fail(item, where, err, "%s%s", told.text, why);
        if (rc != TEND_OK)
            return rc;
    }
    return TEND_OK;
}

static tend_rc check_head(const cJSON *root, const tend_policy *policy, const char *name,
                          tend_err *err)
{
    static const char *const known[] = {"format", "version",    "policy",  "config",
                                        "params", "vocabulary", "lessons", NULL};
    const char *format = NULL, *kind = NULL;
    double version = 0;
    tend_rc rc = TEND_OK;
    if (!cJSON_IsObject(root))
        return tend_fail(err, TEND_INPUT, "%s: expected an object that holds a policy", name);
    if ((rc = json_text(root, "format", true, &format, name, err)) != TEND_OK ||
        (rc = json_text(root, "policy", true, &kind, name, err)) != TEND_OK ||
        (rc = json_number(root, "version", (json_range){0, 1e9}, &version, name, err)) != TEND_OK)
        return rc;
    if (strcmp(format, FORMAT) != 0)
        return tend_fail(err, TEND_INPUT, "%s: format \"%s\", expected \"" FORMAT "\"", name,
                         format);
    if (version < VERSION || version > VERSION)
        return tend_fail(
            err, TEND_INPUT, "%s: version %.17g, expected %d%s", name, version, VERSION,
            version < VERSION
                ? ": contexts went by number then, and numbers have shifted; learn anew"
                : "");
    if ((rc = json_only(root, known, name, err)) != TEND_OK)
        return rc;
    if (strcmp(kind, policy->base.name) != 0)
        return tend_fail(err, TEND_INPUT, "%s: policy \"%s\", but the agent's is \"%s\"", name,
                         kind, policy->base.name);
    return TEND_OK;
}

// the parameters it was learnt with against the engine's; the first that differs is named
static tend_rc check_params(const cJSON *root, const tend_engine *engine, const tend_policy *policy,
                            const char *name, tend_err *err)
{
    const tend_config *config = engine_config(engine);
    const cJSON *params = cJSON_GetObjectItemCaseSensitive(root, "params");
    const char *hash = NULL;
    const char *known[TEND_PARAMS_MAX + 1] = {NULL};
    char own[HEX];
    int count = 0;
    tend_rc rc = json_text(root, "config", true, &hash, name, err);
    if (rc != TEND_OK)
        return rc;
    if (!cJSON_IsObject(params))
        return tend_fail(err, TEND_INPUT, "%s: params, expected an object", name);
    for (const tend_param *p = policy->base.params; p && p->name; p++) {
        double had = 0, has = params_get(p, config_learner(config));
        known[count++] = p->name;
        if (!cJSON_GetObjectItemCaseSensitive(params, p->name))
            return tend_fail(err, TEND_INPUT, "%s: params.%s is missing", name, p->name);
        rc = json_number(params, p->name, (json_range){p->least, p->most}, &had, name, err);
        if (rc != TEND_OK)
            return rc;
        if (had < has || had > has)
            return tend_fail(err, TEND_INPUT,
                             "%s: learnt with policy.%s %.15g, but the agent's is %.15g: what was "
                             "learnt means something else there",
                             name, p->name, had, has);
    }
    if ((rc = json_only(params, known, name, err)) != TEND_OK)
        return rc;
    hash_text(config_learner_hash(config), own);
    if (strcmp(hash, own) != 0)
        return tend_fail(err, TEND_INPUT, "%s: config \"%s\", expected \"%s\" for its params", name,
                         hash, own);
    return TEND_OK;
}

// half a policy is none: after an error the engine has what it had
static tend_rc replace(const tend_policy *policy, const tend_node *me, const cJSON *root,
                       const char *name, tend_err *err)
{
    size_t size = policy->base.state_size ? policy->base.state_size(me->system, me->params) : 0;
    void *before = malloc(size + 1);
    if (!before)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory for %zu bytes", name, size);
    memcpy(before, me->state, size);
    policy->base.init(me, 0);
    tend_rc rc = read_lessons(policy, me, root, name, err);
    if (rc != TEND_OK)
        memcpy(me->state, before, size);
    free(before);
    return rc;
}

tend_rc tend_policy_parse(tend_engine *engine, const char *text, size_t length, const char *name,
                          tend_err *err)
{
    tend_node me;
    const tend_policy *policy = engine_policy(engine, &me);
    cJSON *root = NULL;
    tend_rc rc = json_parse(text, length, name, &root, err);
    if (rc == TEND_OK)
        rc = check_head(root, policy, name, err);
    if (rc == TEND_OK)
        rc = check_params(root, engine, policy, name, err);
    if (rc == TEND_OK)
        rc = replace(policy, &me, root, name, err);
    cJSON_Delete(root);
    return rc;
}
