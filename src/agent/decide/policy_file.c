// SPDX-License-Identifier: GPL-3.0-or-later
// policy_file.c - what a policy has learnt, as versioned JSON, written and read back exactly.
//
// Other parameters may give a key another meaning (policy.raw does), so a file carries those it was
// learnt with and their hash, and is refused by a policy that has others.
#include "agent/config.h"
#include "agent/engine_policy.h"
#include "base/str.h"
#include "core/json.h"
#include "core/params.h"

#include <stdio.h>
#include <string.h>

#define FORMAT "tend-policy"
#define VERSION 2

enum { HEX = 17 };

static void hash_text(const tend_config *config, char out[HEX])
{
    snprintf(out, HEX, "%016llx", (unsigned long long)config_learner_hash(config));
}

static void write_params(const tend_engine *engine, const tend_policy *policy, str *s)
{
    const tend_config *config = engine_config(engine);
    const char *comma = "";
    char hash[HEX];
    hash_text(config, hash);
    str_format(s, "  \"config\": \"%s\",\n  \"params\": {", hash);
    for (const tend_param *p = policy->base.params; p && p->name; p++, comma = ", ")
        str_format(s, "%s\"%s\": %.17g", comma, p->name, params_get(p, config_learner(config)));
    str_add(s, "},\n");
}

tend_rc tend_policy_write(const tend_engine *engine, char **out, tend_err *err)
{
    tend_node me;
    const tend_policy *policy = engine_policy(engine, &me);
    str s = {0};
    str_format(&s, "{\n  \"format\": \"%s\",\n  \"version\": %d,\n  \"policy\": \"%s\",\n", FORMAT,
               VERSION, policy->base.name);
    write_params(engine, policy, &s);
    str_add(&s, "  \"rows\": [");
    tend_lesson row;
    const char *comma = "";
    for (int i = 0; policy->row && policy->row(&me, i, &row); i++) {
        if (row.count <= 0)
            continue;
        str_format(&s,
                   "%s\n    {\"key\": %llu, \"context\": \"%s\", \"arm\": \"%s\", \"number\": %d, ",
                   comma, (unsigned long long)row.key, row.context, row.arm_name, row.arm);
        str_format(&s, "\"count\": %.17g, \"sum\": %.17g}", row.count, row.sum);
        comma = ",";
    }
    str_add(&s, "\n  ]\n}\n");
    if (s.failed) {
        str_free(&s);
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a policy file");
    }
    *out = s.text;
    return TEND_OK;
}

static tend_rc read_row(const tend_policy *policy, const tend_node *me, const cJSON *item,
                        const char *where, tend_err *err)
{
    static const char *const known[] = {"key", "context", "arm", "number", "count", "sum", NULL};
    if (!cJSON_IsObject(item))
        return tend_fail(err, TEND_INPUT, "%s: expected an object", where);
    tend_rc rc = json_only(item, known, where, err);
    double key = 0, arm = -1, count = -1, sum = -1;
    if (rc == TEND_OK)
        rc = json_number(item, "key", (json_range){1, 0x1p53}, &key, where, err);
    if (rc == TEND_OK)
        rc = json_number(item, "number", (json_range){0, 1000}, &arm, where, err);
    if (rc == TEND_OK)
        rc = json_number(item, "count", (json_range){0, 1e15}, &count, where, err);
    if (rc == TEND_OK)
        rc = json_number(item, "sum", (json_range){0, 1e15}, &sum, where, err);
    if (rc != TEND_OK)
        return rc;
    tend_lesson row = {.key = (uint64_t)key, .arm = (int)arm, .count = count, .sum = sum};
    if (key < 1 || arm < 0 || count < 0 || sum < 0 || sum > count)
        return tend_fail(err, TEND_INPUT, "%s: key, number, count and sum <= count expected",
                         where);
    if (!policy->restore(me, &row))
        return tend_fail(err, TEND_INPUT, "%s: key %.0f, arm %d are not of policy %s", where, key,
                         row.arm, policy->base.name);
    return TEND_OK;
}

static tend_rc check_head(const cJSON *root, const tend_policy *policy, const char *name,
                          tend_err *err)
{
    static const char *const known[] = {"format", "version", "policy", "config",
                                        "params", "rows",    NULL};
    const char *format = NULL, *kind = NULL;
    double version = 0;
    tend_rc rc = TEND_OK;
    if (!cJSON_IsObject(root))
        return tend_fail(err, TEND_INPUT, "%s: expected an object that holds a policy", name);
    if ((rc = json_only(root, known, name, err)) != TEND_OK ||
        (rc = json_text(root, "format", true, &format, name, err)) != TEND_OK ||
        (rc = json_text(root, "policy", true, &kind, name, err)) != TEND_OK ||
        (rc = json_number(root, "version", (json_range){0, 1e9}, &version, name, err)) != TEND_OK)
        return rc;
    if (strcmp(format, FORMAT) != 0)
        return tend_fail(err, TEND_INPUT, "%s: format \"%s\", expected \"" FORMAT "\"", name,
                         format);
    if ((int)version != VERSION)
        return tend_fail(err, TEND_INPUT, "%s: version %g, expected %d", name, version, VERSION);
    if (strcmp(kind, policy->base.name) != 0)
        return tend_fail(err, TEND_INPUT, "%s: policy \"%s\", but the agent's is \"%s\"", name,
                         kind, policy->base.name);
    if (!policy->restore)
        return tend_fail(err, TEND_INPUT, "%s: policy \"%s\" learns nothing", name, kind);
    return TEND_OK;
}

// the parameters it was learnt with against the engine's; the first that differs is named
static tend_rc check_params(const cJSON *root, const tend_engine *engine, const tend_policy *policy,
                            const char *name, tend_err *err)
{
    const tend_config *config = engine_config(engine);
    const cJSON *params = cJSON_GetObjectItemCaseSensitive(root, "params");
    const char *hash = NULL;
    char own[HEX];
    tend_rc rc = json_text(root, "config", true, &hash, name, err);
    if (rc != TEND_OK)
        return rc;
    if (!cJSON_IsObject(params))
        return tend_fail(err, TEND_INPUT, "%s: params, expected an object", name);
    for (const tend_param *p = policy->base.params; p && p->name; p++) {
        double had = 0, has = params_get(p, config_learner(config));
        if (!cJSON_GetObjectItemCaseSensitive(params, p->name))
            return tend_fail(err, TEND_INPUT, "%s: params.%s is missing", name, p->name);
        rc = json_number(params, p->name, (json_range){p->least, p->most}, &had, name, err);
        if (rc != TEND_OK)
            return rc;
        if (had < has || had > has)
            return tend_fail(err, TEND_INPUT,
                             "%s: learnt with policy.%s %g, but the agent's is %g: what was learnt "
                             "means something else there",
                             name, p->name, had, has);
    }
    hash_text(config, own);
    if (strcmp(hash, own) != 0)
        return tend_fail(err, TEND_INPUT, "%s: config \"%s\", expected \"%s\" for its params", name,
                         hash, own);
    return TEND_OK;
}

tend_rc tend_policy_parse(tend_engine *engine, const char *text, size_t length, const char *name,
                          tend_err *err)
{
    tend_node me;
    const tend_policy *policy = engine_policy(engine, &me);
    cJSON *root = NULL;
    const cJSON *rows = NULL, *item;
    tend_rc rc = json_parse(text, length, name, &root, err);
    if (rc == TEND_OK)
        rc = check_head(root, policy, name, err);
    if (rc == TEND_OK)
        rc = check_params(root, engine, policy, name, err);
    if (rc == TEND_OK)
        rc = json_array(root, "rows", true, &rows, name, err);
    if (rc == TEND_OK) {
        policy->base.init(&me, 0);
        int number = 0;
        cJSON_ArrayForEach(item, rows)
        {
            char where[320];
            snprintf(where, sizeof where, "%.256s: rows[%d]", name, number++);
            if (rc == TEND_OK)
                rc = read_row(policy, &me, item, where, err);
        }
        if (rc != TEND_OK) // half a policy is none
            policy->base.init(&me, 0);
    }
    cJSON_Delete(root);
    return rc;
}
