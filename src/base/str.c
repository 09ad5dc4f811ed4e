// SPDX-License-Identifier: GPL-3.0-or-later
// str.c - doubling buffer.
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Once it has failed it stays failed: callers ask at the end, not at every word.
static bool make_room(str *s, size_t more)
{
    if (s->failed)
        return false;
    if (s->length + more + 1 <= s->room)
        return true;
    size_t room = s->room ? s->room : 256; // bytes; most lines fit the first time
    while (room < s->length + more + 1)
        room *= 2;
    char *text = realloc(s->text, room);
    if (!text) {
        s->failed = true;
        return false;
    }
    s->text = text;
    s->room = room;
    return true;
}

void str_add_bytes(str *s, const char *bytes, size_t count)
{
    if (!make_room(s, count))
        return;
    memcpy(s->text + s->length, bytes, count);
    s->length += count;
    s->text[s->length] = 0;
}

void str_add(str *s, const char *text)
{
    str_add_bytes(s, text, strlen(text));
}

void str_char(str *s, char c)
{
    str_add_bytes(s, &c, 1);
}

void str_repeat(str *s, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        str_add(s, text);
}

// Measured first, then written: no text is ever cut.
void str_format(str *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int count = vsnprintf(NULL, 0, format, args);
    va_end(args);
    // negative: an encoding error, nothing is added
    if (count >= 0 && make_room(s, (size_t)count)) {
        vsnprintf(s->text + s->length, s->room - s->length, format, again);
        s->length += (size_t)count;
    }
    va_end(again);
}

void str_wrap(str *s, const char *text, int indent, int columns)
{
    int room = columns - indent;
    while ((int)strlen(text) > room) {
        int cut = room;
        while (cut > room / 2 && text[cut] != ' ')
            cut--;
        if (text[cut] != ' ') // not within a character
            for (cut = room; ((unsigned char)text[cut] & 0xC0) == 0x80;)
                cut--;
        str_add_bytes(s, text, (size_t)cut);
        str_char(s, '\n');
        str_repeat(s, " ", indent);
        text += cut + (text[cut] == ' ');
    }
    str_add(s, text);
    str_char(s, '\n');
}

void str_end_line(str *s)
{
    while (!s->failed && s->length > 0 && s->text[s->length - 1] == ' ')
        s->length--;
    str_char(s, '\n');
}

void str_free(str *s)
{
    free(s->text);
    *s = (str){0}; // may be used again
}
