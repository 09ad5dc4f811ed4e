// SPDX-License-Identifier: GPL-3.0-or-later
// text.h - which bytes from outside may be shown: UTF-8 without control characters.
//
// A name that holds an escape sequence, a byte that is no UTF-8 or an invisible change of direction
// (U+202A..202E, U+2066..2069) would speak to the terminal or deceive the reader of a report.
// Readers refuse such names; what is printed all the same (an error's quotation, a file's name)
// is shown by text_shown.
#ifndef TEND_BASE_TEXT_H
#define TEND_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes of the UTF-8 character at text (RFC 3629) and its code, 0 for what is none; left >= 1.
size_t text_character(const char *text, size_t left, uint32_t *code);

// Bytes before the first that may not be shown; `length` when all may.
size_t text_plain(const char *text, size_t length);

// The whole string may be shown.
bool text_is_plain(const char *text);

// Copies text with each byte that may not be shown as \xNN; cut at `room`, always terminated.
void text_shown(const char *text, char *out, size_t room);

// Copies text cut at `room` between two characters, always terminated.
void text_copy(const char *text, char *out, size_t room);

#endif
