// SPDX-License-Identifier: GPL-3.0-or-later
// text.c - strict UTF-8 (RFC 3629: no overlong form, no surrogate, at most U+10FFFF), no controls.
#include "base/text.h"

#include <stdio.h>
#include <string.h>

size_t text_character(const char *text, size_t left, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char first = bytes[0];
    *code = first;
    if (first < 0x80)
        return 1;
    size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    if (first < 0xC2 || first > 0xF4 || left <= more)
        return 0;
    *code = first & (0x3Fu >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (bytes[i] & 0x3Fu);
    }
    bool overlong = (more == 2 && *code < 0x800) || (more == 3 && *code < 0x10000);
    bool surrogate = *code >= 0xD800 && *code <= 0xDFFF;
    return overlong || surrogate || *code > 0x10FFFF ? 0 : more + 1;
}

// Bytes of the character at text, 0 when it may not be shown.
static size_t character(const char *text, size_t left)
{
    uint32_t code;
    size_t took = text_character(text, left, &code);
    // escapes, ends of line and turns of direction let a name rewrite what stands around it
    bool control = code < ' ' || (code >= 127 && code < 0xA0);
    bool ends = code == 0x2028 || code == 0x2029; // of a line, of a paragraph
    bool turns = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    return control || ends || turns ? 0 : took;
}

size_t text_plain(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t took = character(text + at, length - at);
        if (!took)
            break;
        at += took;
    }
    return at;
}

bool text_is_plain(const char *text)
{
    size_t length = strlen(text);
    return text_plain(text, length) == length;
}

void text_shown(const char *text, char *out, size_t room)
{
    size_t left = strlen(text), used = 0;
    while (left && used + 1 < room) {
        size_t took = character(text, left);
        if (used + (took ? took : 4) >= room) // "\xNN" takes four
            break;
        if (took)
            memcpy(out + used, text, took);
        else
            snprintf(out + used, room - used, "\\x%02x", (unsigned char)*text);
        used += took ? took : 4;
        text += took ? took : 1;
        left -= took ? took : 1;
    }
    out[used] = 0;
}

void text_copy(const char *text, char *out, size_t room)
{
    size_t left = strlen(text), used = 0;
    uint32_t code;
    while (left) {
        size_t took = text_character(text + used, left, &code);
        took += !took; // what is no character counts as a byte
        if (used + took >= room)
            break;
        used += took;
        left -= took;
    }
    memcpy(out, text, used);
    out[used] = 0;
}
