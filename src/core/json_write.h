// SPDX-License-Identifier: GPL-3.0-or-later
// json_write.h - JSON text written value by value into a growing string.
//
// Out of memory is remembered by the string (base/str.h), so a writer checks once, at the end, and
// never hands out half a document. Numbers that are not finite become null, control and direction
// characters \uXXXX, bytes that are no UTF-8 U+FFFD. Laid out as cJSON prints it: members on lines
// of their own, indented by tabs, or all on one line.
#ifndef TEND_CORE_JSON_WRITE_H
#define TEND_CORE_JSON_WRITE_H

#include "base/str.h"

#include <stdint.h>

typedef struct json_writer { // start with {.to = &text} or {.to = &text, .one_line = true}
    str *to;
    bool one_line;
    int depth;
    bool more; // a value stands before the next one
} json_writer;

// `key` is NULL inside an array and for the outermost value.
void json_open_object(json_writer *w, const char *key);
void json_close_object(json_writer *w);
void json_open_array(json_writer *w, const char *key);
void json_close_array(json_writer *w);
void json_put_text(json_writer *w, const char *key, const char *text); // NULL: null
void json_put_number(json_writer *w, const char *key, double value);
void json_put_count(json_writer *w, const char *key, int64_t value); // below 0: null
void json_put_key(json_writer *w, const char *key, uint64_t value);  // all 64 bits
void json_put_bool(json_writer *w, const char *key, bool value);

#endif
