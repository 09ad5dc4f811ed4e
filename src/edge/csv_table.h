// SPDX-License-Identifier: GPL-3.0-or-later
// csv_table.h - recorded metrics and call graphs from CSV files.
//
// A metrics table has a header `time,<name>,<name>,...` and rows of numbers; an empty field is a
// missing value (NAN). Names are unique, and time never goes back. Bytes come from outside:
// what csv_rows.h refuses is refused, and so are a ragged row, text where a number belongs, NaN,
// infinity, a number out of a double's range, a time out of order and more than CSV_CELLS_MOST
// cells, with one line `file:line: what, expected what`. The memory held while
// reading is that of the table and one block of rows.
#ifndef TEND_EDGE_CSV_TABLE_H
#define TEND_EDGE_CSV_TABLE_H

#include "edge/csv_rows.h"

#include <stddef.h>
#include <tend/err.h>

#define CSV_CELLS_MOST ((size_t)1 << 27) // 1 GiB of numbers
#define CSV_CALLS_MOST 16384             // as many edges as a system may have

typedef struct csv_table {
    int rows, columns; // time is not counted as a column
    char **name;       // [columns]
    double *time;      // [rows] seconds, none earlier than the one before
    double *value;     // [columns][rows], finite or NAN
    char *text;        // the names' bytes
} csv_table;

// How times go on. A tick of a replay is a moment, so each must be later than the one before. A
// window of a case is rows: people cut and paste them, and some keep the time they had.
typedef enum csv_times { CSV_TIMES_RISE, CSV_TIMES_REPEAT } csv_times;

// The caller frees *out with csv_table_free. A table without rows is an error.
tend_rc csv_table_read(const char *path, csv_times times, csv_table **out, tend_err *err);
tend_rc csv_table_parse(const char *text, size_t length, const char *name, csv_times times,
                        csv_table **out, tend_err *err);
void csv_table_free(csv_table *table); // NULL is fine

// A call graph: header `caller,callee`, then one call a row. Names are not checked against
// anything; a repeated row is dropped, a service that calls itself is an error.
typedef struct csv_calls {
    int count;
    char **caller, **callee; // [count]; both names of a call are one allocation
} csv_calls;

tend_rc csv_calls_read(const char *path, csv_calls **out, tend_err *err);
tend_rc csv_calls_parse(const char *text, size_t length, const char *name, csv_calls **out,
                        tend_err *err);
void csv_calls_free(csv_calls *calls); // NULL is fine

#endif
