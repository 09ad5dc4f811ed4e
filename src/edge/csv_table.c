// SPDX-License-Identifier: GPL-3.0-or-later
// csv_table.c - rows of numbers kept in blocks while they come, then column by column.
#include "edge/csv_table.h"

#include "base/lookup.h"
#include "base/number.h"
#include "base/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_CELLS = 1 << 16 }; // half a megabyte: what is held twice at the end

typedef struct table_builder {
    csv_table *table;
    csv_times times;
    double **block; // [blocks] of block_rows rows of 1 + columns cells
    size_t blocks, room, block_rows;
    size_t line; // of the row last seen
} table_builder;

static const char *field(const csv_row *row, int index)
{
    return row->bytes + row->start[index];
}

// Plain decimal numbers are exact in one multiplication (Clinger 1990, "How to read floating point
// numbers accurately"); whatever is not plain goes through strtod.
static bool plain_number(const char *text, double *out)
{
    static const double power[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char *at = text + (*text == '-');
    double whole = 0;
    int digits = 0, decimals = 0;
    bool point = false;

    for (; (*at >= '0' && *at <= '9') || (*at == '.' && !point); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        whole = whole * 10 + (*at - '0');
        digits++;
        decimals += point;
    }
    // 15 digits and powers up to 10^15 are exact doubles, so one rounding is all there is
    if (*at || digits == 0 || digits > 15)
        return false;
    whole /= power[decimals];
    *out = *text == '-' ? -whole : whole;
    return true;
}

// A cell: empty is missing; anything but a plain finite decimal is an error.
static tend_rc number(const csv_row *row, int index, const char *column, double *out, tend_err *err)
{
    const char *text = field(row, index);
    char *end;

    if (!*text) {
        *out = (double)NAN;
        return TEND_OK;
    }
    if (plain_number(text, out))
        return TEND_OK;
    // strtod would take hexadecimal, "inf" and "nan"
    if (strspn(text, "0123456789+-.eE") == strlen(text)) {
        *out = number_read(text, &end);
        if (!*end && isfinite(*out))
            return TEND_OK;
        if (!*end)
            return tend_fail(err, TEND_INPUT,
                             "%s:%zu: %.80s %.40s, expected a number below 1.8e308", row->file,
                             row->line, column, text);
    }
    return tend_fail(err, TEND_INPUT, "%s:%zu: %.80s \"%.40s\", expected a number or nothing",
                     row->file, row->line, column, text);
}

static tend_rc check_names(const csv_row *row, const csv_table *t, tend_err *err)
{
    lookup seen = {0};
    tend_rc rc = TEND_OK;

    // a column named twice would have two answers to one question
    for (int i = 0; i < t->columns && rc == TEND_OK; i++) {
        const char *name = t->name[i];
        size_t length = strlen(name);
        if (length == 0)
            rc = tend_fail(err, TEND_INPUT, "%s:%zu: column %d has no name, expected one",
                           row->file, row->line, i + 2);
        else if (!text_is_plain(name))
            rc = tend_fail(err, TEND_INPUT,
                           "%s:%zu: column %d is \"%.80s\", expected no control characters",
                           row->file, row->line, i + 2, name);
        else if (lookup_name(&seen, name, length) >= 0)
            rc = tend_fail(err, TEND_INPUT,
                           "%s:%zu: column \"%.80s\" appears twice, expected unique names",
                           row->file, row->line, name);
        else if (!lookup_add_name(&seen, name, length, i))
            rc = tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", row->file);
    }
    lookup_free(&seen);
    return rc;
}

static tend_rc table_header(table_builder *b, const csv_row *row, tend_err *err)
{
    csv_table *t = b->table;

    if (row->fields < 2 || strcmp(field(row, 0), "time") != 0)
        return tend_fail(err, TEND_INPUT,
                         "%s:%zu: header begins \"%.40s\"%s, expected \"time\" and "
                         "at least one metric",
                         row->file, row->line, field(row, 0),
                         row->fields < 2 ? " and ends there" : "");
    t->columns = row->fields - 1;
    // at least one row, however wide
    b->block_rows = 1 + BLOCK_CELLS / (size_t)row->fields;
    t->text = malloc(row->length);
    t->name = calloc((size_t)t->columns, sizeof *t->name);
    if (!t->text || !t->name)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", row->file);
    memcpy(t->text, row->bytes, row->length);
    for (int i = 0; i < t->columns; i++)
        t->name[i] = t->text + row->start[i + 1];
    return check_names(row, t, err);
}

// The cells of a row, of the last block or a new one; NULL: out of memory.
static double *cells_of(table_builder *b, size_t row)
{
    size_t width = (size_t)b->table->columns + 1, index = row / b->block_rows;

    // blocks never move while rows come: nothing is copied until the size is known
    if (index == b->blocks) {
        if (b->blocks == b->room) {
            size_t room = b->room ? 2 * b->room : 16;
            double **more = realloc(b->block, room * sizeof *more);
            if (!more)
                return NULL;
            b->block = more;
            b->room = room;
        }
        b->block[index] = malloc(b->block_rows * width * sizeof **b->block);
        if (!b->block[index])
            return NULL;
        b->blocks++;
    }
    return b->block[index] + row % b->block_rows * width;
}

// Onwards only: a window is rows, and rows that go back in time are two recordings.
static tend_rc check_time(const table_builder *b, const csv_row *row, double time, double before,
                          tend_err *err)
{
    if (isnan(time))
        return tend_fail(err, TEND_INPUT, "%s:%zu: no time, expected seconds", row->file,
                         row->line);
    bool repeats = b->times == CSV_TIMES_REPEAT;
    if (b->table->rows > 0 && !(time > before || (repeats && time >= before)))
        return tend_fail(err, TEND_INPUT, "%s:%zu: time %.17g %s, expected %s %.17g", row->file,
                         row->line, time, time < before ? "goes back" : "repeats",
                         repeats ? "at least" : "more than", before);
    return TEND_OK;
}

static tend_rc table_row(void *self, const csv_row *row, tend_err *err)
{
    table_builder *b = self;
    csv_table *t = b->table;
    tend_rc rc = TEND_OK;

    b->line = row->line;
    if (!t->name)
        return table_header(b, row, err);
    size_t width = (size_t)t->columns + 1;
    if ((size_t)row->fields != width)
        return tend_fail(err, TEND_INPUT, "%s:%zu: %d field%s, expected %zu as in the header",
                         row->file, row->line, row->fields, row->fields == 1 ? "" : "s", width);
    // checked before the memory is asked for
    if (((size_t)t->rows + 1) * width > CSV_CELLS_MOST)
        return tend_fail(err, TEND_INPUT, "%s:%zu: more than %zu cells, expected at most that",
                         row->file, row->line, CSV_CELLS_MOST);
    double before = t->rows ? *cells_of(b, (size_t)t->rows - 1) : 0;
    double *cell = cells_of(b, (size_t)t->rows);
    if (!cell)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", row->file);
    for (int i = 0; i < row->fields && rc == TEND_OK; i++)
        rc = number(row, i, i ? t->name[i - 1] : "time", &cell[i], err);
    if (rc == TEND_OK)
        rc = check_time(b, row, cell[0], before, err);
    t->rows++;
    return rc;
}

// Column by column is how medians want it. A block is given back as soon as it is copied.
static tend_rc transpose(table_builder *b, const char *name, tend_err *err)
{
    csv_table *t = b->table;
    size_t rows = (size_t)t->rows, columns = (size_t)t->columns;

    t->time = malloc(rows * sizeof *t->time);
    t->value = malloc(rows * columns * sizeof *t->value);
    if (!t->time || !t->value)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", name);
    for (size_t from = 0, k = 0; from < rows; from += b->block_rows, k++) {
        size_t count = rows - from < b->block_rows ? rows - from : b->block_rows;
        const double *cell = b->block[k];
        for (size_t i = 0; i < count; i++)
            t->time[from + i] = cell[i * (columns + 1)];
        for (size_t j = 0; j < columns; j++)
            for (size_t i = 0; i < count; i++)
                t->value[j * rows + from + i] = cell[i * (columns + 1) + j + 1];
        free(b->block[k]);
        b->block[k] = NULL;
    }
    return TEND_OK;
}

// Hands the table over in columns, or frees what there is of it.
static tend_rc finish_table(table_builder *b, tend_rc rc, const char *name, csv_table **out,
                            tend_err *err)
{
    if (rc == TEND_OK && !b->table->name)
        rc = tend_fail(err, TEND_INPUT, "%s:1: empty, expected a header time,...", name);
    if (rc == TEND_OK && b->table->rows == 0)
        rc = tend_fail(err, TEND_INPUT, "%s:%zu: no rows below the header, expected some", name,
                       b->line);
    if (rc == TEND_OK)
        rc = transpose(b, name, err);
    for (size_t i = 0; i < b->blocks; i++)
        free(b->block[i]);
    free(b->block);
    if (rc == TEND_OK)
        *out = b->table;
    else
        csv_table_free(b->table);
    return rc;
}

tend_rc csv_table_parse(const char *text, size_t length, const char *name, csv_times times,
                        csv_table **out, tend_err *err)
{
    table_builder b = {.table = calloc(1, sizeof *b.table), .times = times};

    *out = NULL;
    if (!b.table)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", name);
    tend_rc rc = csv_rows_parse(text, length, name, table_row, &b, err);
    return finish_table(&b, rc, name, out, err);
}

tend_rc csv_table_read(const char *path, csv_times times, csv_table **out, tend_err *err)
{
    table_builder b = {.table = calloc(1, sizeof *b.table), .times = times};

    *out = NULL;
    if (!b.table)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
    tend_rc rc = csv_rows_read(path, table_row, &b, err);
    return finish_table(&b, rc, path, out, err);
}

void csv_table_free(csv_table *table)
{
    if (!table)
        return;
    free(table->name);
    free(table->text);
    free(table->time);
    free(table->value);
    free(table);
}
