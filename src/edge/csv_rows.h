// SPDX-License-Identifier: GPL-3.0-or-later
// csv_rows.h - a CSV file row by row, in memory that does not grow with the file.
//
// One physical line is held at a time, so that every message can name it. Accepted: a BOM, LF, CRLF
// or a lone CR, blank lines, quoted fields. Refused with `file:line: what, expected what`: a NUL or
// other control byte, what is no UTF-8 (base/text.h), a stray or open quote, a line of more than
// CSV_LINE_MOST bytes, and from a file more than CSV_BYTES_MOST.
#ifndef TEND_EDGE_CSV_ROWS_H
#define TEND_EDGE_CSV_ROWS_H

#include <stddef.h>
#include <tend/err.h>

#define CSV_LINE_MOST ((size_t)1 << 20)  // bytes in one line
#define CSV_BYTES_MOST ((size_t)1 << 30) // bytes in one file

// One record; the fields' bytes lie back to back, each terminated, and are gone after the call.
typedef struct csv_row {
    const char *file;
    size_t line; // where it ends, from 1
    int fields;
    const char *bytes;
    size_t length;
    const size_t *start; // [fields] offsets into bytes
} csv_row;

// Anything but TEND_OK ends the reading and is what it returns.
typedef tend_rc (*csv_row_call)(void *self, const csv_row *row, tend_err *err);

// "-" is standard input.
tend_rc csv_rows_read(const char *path, csv_row_call call, void *self, tend_err *err);
tend_rc csv_rows_parse(const char *text, size_t length, const char *name, csv_row_call call,
                       void *self, tend_err *err);

#endif
