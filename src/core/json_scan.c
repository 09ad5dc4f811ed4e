// SPDX-License-Identifier: GPL-3.0-or-later
// json_scan.c - a strict walk over JSON text before cJSON sees it: errors get a line, and what
// cJSON is lenient about (trailing text, control bytes, deep nesting, huge numbers) is refused.
//
// Strings hold no raw newline, so lines are counted in blanks alone.
#include "core/json_scan.h"

#include "base/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 64 }; // recursion is bounded, here and in cJSON; no file of ours has ten

typedef struct scan {
    const char *at, *end;
    const char *name;
    int line, depth;
    cJSON *node; // the value about to be read, NULL while there is no tree yet
    tend_err *err;
} scan;

static tend_rc refuse(const scan *s, const char *what)
{
    char found[24] = "end of text";
    if (s->at < s->end) {
        unsigned char c = (unsigned char)*s->at; // printable: as it is, else its number
        if (c >= ' ' && c < 127)
            snprintf(found, sizeof found, "'%c'", c);
        else
            snprintf(found, sizeof found, "byte 0x%02x", c);
    }
    return tend_fail(s->err, TEND_INPUT, "%s:%d: %s, expected %s", s->name, s->line, found, what);
}

static void skip_blank(scan *s)
{
    // strchr finds the NUL too, hence the last condition
    for (; s->at < s->end && strchr(" \t\n\r", *s->at) && *s->at; s->at++)
        s->line += *s->at == '\n';
}

static bool is_digit(const scan *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

// RFC 8259, 6: no leading zero, no bare point, no plus; and no more than a double holds.
static tend_rc scan_number(scan *s)
{
    const char *from = s->at;
    if (*s->at == '-')
        s->at++;
    if (!is_digit(s))
        return refuse(s, "a number");
    // 01 is octal to some readers and one to others
    if (*s->at == '0' && s->at++ && is_digit(s))
        return refuse(s, "a number without leading zeros");
    while (is_digit(s))
        s->at++;
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (!is_digit(s))
            return refuse(s, "digits after the point");
        while (is_digit(s))
            s->at++;
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
            s->at++;
        if (!is_digit(s))
            return refuse(s, "digits of an exponent");
        while (is_digit(s))
            s->at++;
    }
    // more than any finite double needs in full (309 digits)
    char text[400];
    size_t length = (size_t)(s->at - from);
    s->at = length < sizeof text ? s->at : from;
    if (length >= sizeof text)
        return refuse(s, "a number of fewer than 400 digits");
    memcpy(text, from, length);
    text[length] = 0;
    if (isfinite(number_read(text, NULL)))
        return TEND_OK;
    return tend_fail(s->err, TEND_INPUT, "%s:%d: %.40s, expected a number that a double can hold",
                     s->name, s->line, text);
}

// one UTF-8 sequence (RFC 3629: no overlong form, no surrogate, at most U+10FFFF)
static tend_rc scan_utf8(scan *s)
{
    unsigned char c = (unsigned char)*s->at;
    int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
    uint32_t code = c & (more == 3 ? 7u : more == 2 ? 15u : 31u);
    if (c < 0xC2 || c > 0xF4 || s->end - s->at <= more)
        return refuse(s, "valid UTF-8");
    for (int i = 1; i <= more; i++) {
        unsigned char next = (unsigned char)s->at[i];
        if ((next & 0xC0) != 0x80)
            return refuse(s, "valid UTF-8");
        code = code << 6 | (next & 63u);
    }
    if ((more == 2 && code < 0x800) || (more == 3 && code < 0x10000) || code > 0x10FFFF ||
        (code >= 0xD800 && code < 0xE000))
        return refuse(s, "valid UTF-8");
    s->at += 1 + more;
    return TEND_OK;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static tend_rc scan_hex4(scan *s, int *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        int digit = s->at < s->end ? hex_value(*s->at) : -1;
        if (digit < 0)
            return refuse(s, "four hexadecimal digits");
        *out = *out * 16 + digit;
    }
    return TEND_OK;
}

// A surrogate half alone is no character; a NUL would cut the text short where C reads it.
static tend_rc scan_escape(scan *s)
{
    int unit, low;
    s->at++; // the backslash
    if (s->at >= s->end || !*s->at || !strchr("\"\\/bfnrtu", *s->at))
        return refuse(s, "an escape sequence");
    if (*s->at++ != 'u')
        return TEND_OK;
    tend_rc rc = scan_hex4(s, &unit);
    if (rc != TEND_OK)
        return rc;
    if (unit == 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
        return refuse(s, "no NUL and no lone surrogate");
    if (unit < 0xD800 || unit > 0xDBFF)
        return TEND_OK;
    if (s->end - s->at < 6 || s->at[0] != '\\' || s->at[1] != 'u')
        return refuse(s, "the second half of a surrogate pair");
    s->at += 2;
    rc = scan_hex4(s, &low);
    if (rc == TEND_OK && (low < 0xDC00 || low > 0xDFFF))
        rc = refuse(s, "the second half of a surrogate pair");
    return rc;
}

static tend_rc scan_string(scan *s)
{
    s->at++; // the quote
    while (s->at < s->end && *s->at != '"') {
        unsigned char c = (unsigned char)*s->at;
        tend_rc rc = TEND_OK;
        if (c < ' ')
            return refuse(s, "no control byte inside a string");
        if (c == '\\')
            rc = scan_escape(s);
        else if (c >= 0x80)
            rc = scan_utf8(s);
        else
            s->at++;
        if (rc != TEND_OK)
            return rc;
    }
    if (s->at >= s->end)
        return refuse(s, "the end of a string");
    s->at++;
    return TEND_OK;
}

static tend_rc scan_word(scan *s, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0)
        return refuse(s, "a value");
    s->at += length;
    return TEND_OK;
}

static tend_rc scan_value(scan *s);

// A key and its colon; the value is the caller's.
static tend_rc scan_member(scan *s)
{
    if (s->at >= s->end || *s->at != '"')
        return refuse(s, "a quoted key");
    tend_rc rc = scan_string(s);
    skip_blank(s);
    if (rc == TEND_OK && (s->at >= s->end || *s->at != ':'))
        rc = refuse(s, "':'");
    if (rc == TEND_OK)
        s->at++;
    return rc;
}

// Walks the tree beside the text, if there is one: the n-th item read is the n-th child.
static tend_rc scan_nested(scan *s, char close)
{
    tend_rc rc = TEND_OK;
    cJSON *child = s->node ? s->node->child : NULL;
    if (++s->depth > DEPTH_MAX)
        return refuse(s, "at most 64 levels of nesting");
    s->at++;
    skip_blank(s);
    if (s->at < s->end && *s->at == close) {
        s->at++;
        s->depth--;
        return TEND_OK;
    }
    for (;;) {
        skip_blank(s);
        if (close == '}')
            rc = scan_member(s);
        s->node = child; // NULL while there is no tree
        if (rc == TEND_OK)
            rc = scan_value(s);
        child = child ? child->next : NULL;
        if (rc != TEND_OK)
            return rc;
        skip_blank(s);
        if (s->at < s->end && *s->at == close)
            break;
        if (s->at >= s->end || *s->at != ',')
            return refuse(s, close == '}' ? "',' or '}'" : "',' or ']'");
        s->at++;
    }
    s->at++;
    s->depth--;
    return TEND_OK;
}

static tend_rc scan_value(scan *s)
{
    skip_blank(s);
    if (s->at >= s->end)
        return refuse(s, "a value");
    // cJSON's integer copy of a number, which nobody reads, holds the line instead
    if (s->node)
        s->node->valueint = s->line;
    switch (*s->at) {
    case '{':
        return scan_nested(s, '}');
    case '[':
        return scan_nested(s, ']');
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        return scan_number(s);
    }
}

tend_rc json_scan(const char *text, size_t length, const char *name, cJSON *tree, tend_err *err)
{
    scan s = {text, text + length, name, 1, 0, tree, err};
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        return tend_fail(err, TEND_INPUT, "%s:1: a byte order mark, expected JSON without it",
                         name);
    tend_rc rc = scan_value(&s);
    if (rc != TEND_OK)
        return rc;
    skip_blank(&s);
    return s.at < s.end ? refuse(&s, "the end of the text") : TEND_OK;
}
