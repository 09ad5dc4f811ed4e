// SPDX-License-Identifier: GPL-3.0-or-later
// json.h - cJSON behind the checks every reader of outside bytes needs.
//
// json_parse adds what cJSON does not: the line of an error, a depth limit, rejection of trailing
// text, a BOM, NUL bytes, duplicate keys and numbers that are not finite. In a tree it made, a
// value's valueint is its line. `where` below is the file, or `file: path.to.object`; messages
// become `file:line: path.to.object: key: found, expected what`.
#ifndef TEND_CORE_JSON_H
#define TEND_CORE_JSON_H

#include "core/err_list.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

tend_rc json_parse(const char *text, size_t length, const char *name, cJSON **out, tend_err *err);

typedef struct json_file { // a file's text, and its name for messages
    const char *text;
    size_t length;
    const char *name;
} json_file;

// For what only the reader can know to be wrong. `at` (NULL: line 1) is the value at fault; returns
// TEND_INPUT.
tend_rc json_fail(const cJSON *at, const char *where, tend_err *err, const char *format, ...)
    TEND_PRINTF(4, 5);

// An unknown member is an error naming the nearest of `known` (ended by NULL).
tend_rc json_only(const cJSON *object, const char *const *known, const char *where, tend_err *err);
// The same of every unknown member, as far as there is a list to note them in.
tend_rc json_only_all(const cJSON *object, const char *const *known, const char *where,
                      err_list *all, tend_err *err);
typedef struct json_range {
    double least, most;
} json_range;
// Absent: *out keeps its value, TEND_OK.
tend_rc json_number(const cJSON *object, const char *key, json_range range, double *out,
                    const char *where, tend_err *err);
// A text with control characters (base/text.h) is refused: it would be shown somewhere.
tend_rc json_text(const cJSON *object, const char *key, bool required, const char **out,
                  const char *where, tend_err *err); // text stays in the cJSON tree
tend_rc json_array(const cJSON *object, const char *key, bool required, const cJSON **out,
                   const char *where, tend_err *err);

#endif
