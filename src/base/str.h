// SPDX-License-Identifier: GPL-3.0-or-later
// str.h - a growing string. Out of memory is remembered, so a caller checks once, at the end.
#ifndef TEND_BASE_STR_H
#define TEND_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <tend/api.h>

typedef struct str { // start with {0}; free with str_free
    char *text;      // terminated once anything was added, NULL before
    size_t length, room;
    bool failed; // out of memory: the content is not to be used
} str;

void str_add(str *s, const char *text);
void str_add_bytes(str *s, const char *bytes, size_t count);
void str_char(str *s, char c);
void str_repeat(str *s, const char *text, int times);
void str_format(str *s, const char *format, ...) TEND_PRINTF(2, 3);
// A text from column `indent` on and its line end: breaks at the last space that fits into
// `columns`, or hard where half a line has none; further lines are indented to there.
void str_wrap(str *s, const char *text, int indent, int columns);
void str_end_line(str *s); // without the blanks before its end
void str_free(str *s);

#endif
