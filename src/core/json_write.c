// SPDX-License-Identifier: GPL-3.0-or-later
// json_write.c - commas, indentation and escapes.
#include "core/json_write.h"

#include "base/number.h"
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

// What may not stand as it is; bytes that are no character become U+FFFD.
static void escaped(str *out, const char *text, size_t left, size_t *took)
{
    static const char letters[] = "\b\f\n\r\t\"\\", names[] = "bfnrt\"\\";
    uint32_t code;
    *took = text_character(text, left, &code);
    const char *letter = *took == 1 ? strchr(letters, *text) : NULL;
    if (letter)
        str_format(out, "\\%c", names[letter - letters]);
    else
        str_format(out, "\\u%04x", *took ? (unsigned)code : 0xFFFDu);
    *took += !*took;
}

// In runs: what needs no escape is copied at once.
static void quoted(str *out, const char *text)
{
    size_t left = strlen(text);
    str_char(out, '"');
    while (left) {
        size_t plain = text_plain(text, left), upto = strcspn(text, "\"\\"), took = 0;
        plain = upto < plain ? upto : plain;
        str_add_bytes(out, text, plain);
        text += plain;
        left -= plain;
        if (left)
            escaped(out, text, left, &took);
        text += took;
        left -= took;
    }
    str_char(out, '"');
}

// What stands before a value: comma, line, key.
static void lead(json_writer *w, const char *key)
{
    // the first of an object or an array has no comma
    if (w->more)
        str_add(w->to, w->one_line ? "," : key ? ",\n" : ", ");
    w->more = true;
    if (!key)
        return;
    if (!w->one_line)
        str_repeat(w->to, "\t", w->depth);
    quoted(w->to, key);
    str_add(w->to, w->one_line ? ":" : ":\t");
}

void json_open_object(json_writer *w, const char *key)
{
    lead(w, key);
    str_add(w->to, w->one_line ? "{" : "{\n");
    w->depth++;
    w->more = false;
}

void json_close_object(json_writer *w)
{
    w->depth--;
    if (!w->one_line) {
        str_add(w->to, w->more ? "\n" : "");
        str_repeat(w->to, "\t", w->depth);
    }
    str_char(w->to, '}');
    w->more = true;
}

void json_open_array(json_writer *w, const char *key)
{
    lead(w, key);
    str_char(w->to, '[');
    w->depth++;
    w->more = false;
}

void json_close_array(json_writer *w)
{
    w->depth--;
    str_char(w->to, ']');
    w->more = true;
}

void json_put_text(json_writer *w, const char *key, const char *text)
{
    lead(w, key);
    if (text)
        quoted(w->to, text);
    else
        str_add(w->to, "null");
}

// As few digits as read back to the same double, of 15 or 17.
void json_put_number(json_writer *w, const char *key, double value)
{
    char digits[40];
    lead(w, key);
    if (!isfinite(value)) {
        str_add(w->to, "null");
        return;
    }
    number_write(value == 0 ? 0.0 : value, 15, digits, sizeof digits); // no -0
    if (number_read(digits, NULL) != value)
        number_write(value, 17, digits, sizeof digits);
    str_add(w->to, digits);
}

// Negative is "not known" wherever tend counts: null.
void json_put_count(json_writer *w, const char *key, int64_t value)
{
    lead(w, key);
    if (value >= 0)
        str_format(w->to, "%" PRId64, value);
    else
        str_add(w->to, "null");
}

void json_put_key(json_writer *w, const char *key, uint64_t value)
{
    lead(w, key);
    str_format(w->to, "%" PRIu64, value);
}

void json_put_bool(json_writer *w, const char *key, bool value)
{
    lead(w, key);
    str_add(w->to, value ? "true" : "false");
}
