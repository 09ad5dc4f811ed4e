// SPDX-License-Identifier: GPL-3.0-or-later
// json.c - cJSON trees whose values know their line, and what readers ask of them.
#include "core/json.h"

#include "base/text.h"
#include "core/json_scan.h"
#include "core/params.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

tend_rc json_fail(const cJSON *at, const char *where, tend_err *err, const char *format, ...)
{
    char what[400];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    // "file: path" -> "file:line: path"
    const char *path = strstr(where, ": ");
    int file = path ? (int)(path - where) : (int)strlen(where);
    return tend_fail(err, TEND_INPUT, "%.*s:%d%s: %s", file, where, at ? at->valueint : 1,
                     path ? path : "", what);
}

// by key, equal keys in the order of the text
static int by_key(const void *a, const void *b)
{
    const cJSON *one = *(const cJSON *const *)a, *two = *(const cJSON *const *)b;
    int order = strcmp(one->string, two->string);
    return order ? order : (one->valueint > two->valueint) - (one->valueint < two->valueint);
}

// the members of one object, sorted: twins are neighbours
static tend_rc find_twin(const cJSON *object, const char *name, tend_err *err)
{
    int count = cJSON_GetArraySize(object), n = 0;
    // one more: malloc(0) may be NULL
    const cJSON **members = malloc(((size_t)count + 1) * sizeof(const cJSON *));
    if (!members)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", name);
    const cJSON *item;
    cJSON_ArrayForEach(item, object) members[n++] = item;
    qsort(members, (size_t)n, sizeof(const cJSON *), by_key);
    tend_rc rc = TEND_OK;
    for (int i = 1; i < n && rc == TEND_OK; i++)
        if (strcmp(members[i - 1]->string, members[i]->string) == 0)
            rc = json_fail(members[i], name, err,
                           "key \"%.80s\" twice in one object, expected once", members[i]->string);
    free(members);
    return rc;
}

// cJSON keeps both of two equal keys and finds the first: refused at any depth.
static tend_rc find_twins(const cJSON *value, const char *name, tend_err *err)
{
    tend_rc rc = cJSON_IsObject(value) ? find_twin(value, name, err) : TEND_OK;
    const cJSON *item;
    if (!cJSON_IsObject(value) && !cJSON_IsArray(value))
        return rc;
    cJSON_ArrayForEach(item, value)
    {
        if (rc != TEND_OK)
            return rc;
        rc = find_twins(item, name, err);
    }
    return rc;
}

tend_rc json_parse(const char *text, size_t length, const char *name, cJSON **out, tend_err *err)
{
    // twice over the text: first to refuse what cJSON would take, then to number the tree's lines
    tend_rc rc = json_scan(text, length, name, NULL, err);
    if (rc != TEND_OK)
        return rc;
    cJSON *root = cJSON_ParseWithLength(text, length);
    if (!root)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", name);
    rc = json_scan(text, length, name, root, err);
    if (rc == TEND_OK)
        rc = find_twins(root, name, err);
    if (rc == TEND_OK)
        *out = root;
    else
        cJSON_Delete(root);
    return rc;
}

// What stands there instead, in words for a message.
static const char *kind_of(const cJSON *item)
{
    return !item                  ? "missing"
           : cJSON_IsNumber(item) ? "a number"
           : cJSON_IsString(item) ? item->valuestring[0] ? "a text" : "an empty text"
           : cJSON_IsArray(item)  ? "an array"
           : cJSON_IsObject(item) ? "an object"
           : cJSON_IsNull(item)   ? "null"
                                  : "true or false";
}

// An unknown key is an error: a misspelt one would silently leave the default.
tend_rc json_only(const cJSON *object, const char *const *known, const char *where, tend_err *err)
{
    return json_only_all(object, known, where, NULL, err);
}

tend_rc json_only_all(const cJSON *object, const char *const *known, const char *where,
                      err_list *all, tend_err *err)
{
    const cJSON *item;
    tend_rc rc = TEND_OK;
    cJSON_ArrayForEach(item, object)
    {
        if (rc != TEND_OK)
            return rc;
        const char *const *name = known;
        while (*name && strcmp(*name, item->string) != 0)
            name++;
        if (*name)
            continue;
        const char *near = nearest_name(item->string, known);
        rc = json_fail(item, where, err, "unknown key \"%.80s\"%s%s%s", item->string,
                       near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
        rc = err_note(all, rc, err);
    }
    return rc;
}

tend_rc json_number(const cJSON *object, const char *key, json_range range, double *out,
                    const char *where, tend_err *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!item) // absent: *out keeps its value, the default
        return TEND_OK;
    if (!cJSON_IsNumber(item))
        return json_fail(item, where, err, "%s: %s, expected a number", key, kind_of(item));
    // written so that NAN is out of range too
    if (!(item->valuedouble >= range.least && item->valuedouble <= range.most))
        return json_fail(item, where, err, "%s: %g, expected %g to %g", key, item->valuedouble,
                         range.least, range.most);
    *out = item->valuedouble;
    return TEND_OK;
}

tend_rc json_text(const cJSON *object, const char *key, bool required, const char **out,
                  const char *where, tend_err *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!item && !required)
        return TEND_OK;
    if (!cJSON_IsString(item) || !item->valuestring[0])
        return json_fail(item ? item : object, where, err, "%s: %s, expected a text", key,
                         kind_of(item));
    if (!text_is_plain(item->valuestring))
        return json_fail(item, where, err, "%s: \"%.80s\", expected no control characters", key,
                         item->valuestring);
    *out = item->valuestring;
    return TEND_OK;
}

tend_rc json_array(const cJSON *object, const char *key, bool required, const cJSON **out,
                   const char *where, tend_err *err)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!item && !required)
        return TEND_OK;
    if (!cJSON_IsArray(item))
        return json_fail(item ? item : object, where, err, "%s: %s, expected an array", key,
                         kind_of(item));
    *out = item;
    return TEND_OK;
}
