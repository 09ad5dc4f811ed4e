// json.h - cJSON behind the checks every reader of outside bytes needs.
//
// json_parse adds what cJSON does not: the line of an error, a depth limit, rejection of trailing
// text, a BOM, NUL bytes, duplicate keys and numbers that are not finite. Accessors report
// `file: path.to.key "found", expected ...`.
#ifndef TEND_CORE_JSON_H
#define TEND_CORE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <tend/err.h>

tend_rc json_parse(const char *text, size_t length, const char *name, cJSON **out, tend_err *err);

// An unknown member is an error naming the nearest of `known` (ended by NULL).
tend_rc json_only(const cJSON *object, const char *const *known, const char *where, tend_err *err);
tend_rc json_number(const cJSON *object, const char *key, double least, double most, double *out,
                    const char *where, tend_err *err); // absent: *out keeps its value, TEND_OK
tend_rc json_text(const cJSON *object, const char *key, bool required, const char **out,
                  const char *where, tend_err *err); // text stays in the cJSON tree
tend_rc json_array(const cJSON *object, const char *key, bool required, const cJSON **out,
                   const char *where, tend_err *err);

#endif
