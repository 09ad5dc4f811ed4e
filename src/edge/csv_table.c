// csv_table.c - libcsv fed one physical line at a time, so that every message can name its line.
#include "edge/csv_table.h"

#include "edge/file.h"

#include <csv.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader reader;
typedef tend_rc (*row_call)(reader *r, tend_err *err);

// One record as libcsv hands it over: fields back to back, each terminated.
struct reader {
    const char *file;
    void *to; // what the row call fills
    row_call row;
    size_t line;
    char *bytes;
    size_t length, room;
    size_t *start; // [fields] offsets into bytes
    int fields, start_room;
    bool no_memory;
    tend_rc rc;
    tend_err *err;
};

static void *grown(void *old, size_t *room, size_t needed, size_t item)
{
    size_t wanted = *room ? *room : 64;

    while (wanted < needed)
        wanted *= 2;
    if (wanted == *room && old)
        return old;
    void *grew = realloc(old, wanted * item);
    if (grew)
        *room = wanted;
    return grew;
}

static void on_field(void *bytes, size_t length, void *self)
{
    reader *r = self;
    size_t room = (size_t)r->start_room;

    if (r->no_memory)
        return;
    char *text = grown(r->bytes, &r->room, r->length + length + 1, 1);
    if (text)
        r->bytes = text;
    size_t *start = grown(r->start, &room, (size_t)r->fields + 1, sizeof *start);
    if (start) {
        r->start = start;
        r->start_room = (int)room;
    }
    if (!text || !start) {
        r->no_memory = true;
        return;
    }
    r->start[r->fields++] = r->length;
    if (length)
        memcpy(r->bytes + r->length, bytes, length);
    r->bytes[r->length + length] = 0;
    r->length += length + 1;
}

static void on_row(int end, void *self)
{
    reader *r = self;

    (void)end;
    if (r->rc == TEND_OK && !r->no_memory)
        r->rc = r->row(r, r->err);
    r->fields = 0;
    r->length = 0;
}

static const char *field(const reader *r, int index)
{
    return r->bytes + r->start[index];
}

// Bytes of the line at `text`, its end included: LF, CRLF or a lone CR.
static size_t line_length(const char *text, size_t left)
{
    for (size_t i = 0; i < left; i++) {
        if (text[i] == '\n')
            return i + 1;
        if (text[i] == '\r')
            return i + 1 < left && text[i + 1] == '\n' ? i + 2 : i + 1;
    }
    return left;
}

static tend_rc feed(reader *r, struct csv_parser *parser, const char *text, size_t length)
{
    size_t at = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    for (r->line = 1; at < length && r->rc == TEND_OK; r->line++) {
        size_t bytes = line_length(text + at, length - at);
        if (bytes > CSV_LINE_MOST)
            return tend_fail(r->err, TEND_INPUT,
                             "%s:%zu: a line of %zu bytes, expected at most %zu", r->file, r->line,
                             bytes, CSV_LINE_MOST);
        if (memchr(text + at, 0, bytes))
            return tend_fail(r->err, TEND_INPUT, "%s:%zu: a NUL byte, expected text", r->file,
                             r->line);
        if (csv_parse(parser, text + at, bytes, on_field, on_row, r) != bytes && !r->no_memory)
            return tend_fail(r->err, TEND_INPUT,
                             "%s:%zu: a stray quote, expected a quoted field to be closed and "
                             "followed by a comma",
                             r->file, r->line);
        at += bytes;
        if (r->no_memory)
            return tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->file);
    }
    if (r->rc == TEND_OK && csv_fini(parser, on_field, on_row, r) != 0)
        return tend_fail(r->err, TEND_INPUT,
                         "%s:%zu: the file ends inside quotes, expected a "
                         "closing quote",
                         r->file, r->line - 1);
    if (r->no_memory)
        return tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->file);
    return r->rc;
}

static tend_rc scan(const char *text, size_t length, reader *r)
{
    struct csv_parser parser;

    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->file);
    tend_rc rc = feed(r, &parser, text, length);
    csv_free(&parser);
    free(r->bytes);
    free(r->start);
    return rc;
}

typedef struct table_builder {
    csv_table *table;
    double *cell; // [rows][1 + columns]
    size_t room;
} table_builder;

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
    if (*at || digits == 0 || digits > 15)
        return false;
    whole /= power[decimals];
    *out = *text == '-' ? -whole : whole;
    return true;
}

static tend_rc number(const reader *r, int index, const char *column, double *out, tend_err *err)
{
    const char *text = field(r, index);
    char *end;

    if (!*text) {
        *out = (double)NAN;
        return TEND_OK;
    }
    if (plain_number(text, out))
        return TEND_OK;
    // strtod would take hexadecimal, "inf" and "nan"
    if (strspn(text, "0123456789+-.eE") == strlen(text)) {
        *out = strtod(text, &end);
        if (!*end && isfinite(*out))
            return TEND_OK;
        if (!*end)
            return tend_fail(err, TEND_INPUT,
                             "%s:%zu: %.80s %.40s, expected a number below 1.8e308", r->file,
                             r->line, column, text);
    }
    return tend_fail(err, TEND_INPUT, "%s:%zu: %.80s \"%.40s\", expected a number or nothing",
                     r->file, r->line, column, text);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static tend_rc unique_names(const reader *r, const csv_table *t, tend_err *err)
{
    tend_rc rc = TEND_OK;
    char **sorted = malloc((size_t)t->columns * sizeof *sorted);

    if (!sorted)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", r->file);
    memcpy(sorted, t->name, (size_t)t->columns * sizeof *sorted);
    qsort(sorted, (size_t)t->columns, sizeof *sorted, by_text);
    for (int i = 1; i < t->columns && rc == TEND_OK; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            rc = tend_fail(err, TEND_INPUT,
                           "%s:%zu: column \"%.80s\" appears twice, expected "
                           "unique names",
                           r->file, r->line, sorted[i]);
    free(sorted);
    return rc;
}

static tend_rc table_header(reader *r, csv_table *t, tend_err *err)
{
    if (r->fields < 2 || strcmp(field(r, 0), "time") != 0)
        return tend_fail(err, TEND_INPUT,
                         "%s:%zu: header begins \"%.40s\"%s, expected \"time\" and "
                         "at least one metric",
                         r->file, r->line, field(r, 0), r->fields < 2 ? " and ends there" : "");
    t->columns = r->fields - 1;
    t->text = malloc(r->length);
    t->name = calloc((size_t)t->columns, sizeof *t->name);
    if (!t->text || !t->name)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", r->file);
    memcpy(t->text, r->bytes, r->length);
    for (int i = 0; i < t->columns; i++) {
        t->name[i] = t->text + r->start[i + 1];
        if (!*t->name[i])
            return tend_fail(err, TEND_INPUT, "%s:%zu: column %d has no name, expected one",
                             r->file, r->line, i + 2);
    }
    return unique_names(r, t, err);
}

static tend_rc table_row(reader *r, tend_err *err)
{
    table_builder *b = r->to;
    csv_table *t = b->table;
    tend_rc rc = TEND_OK;

    if (!t->name)
        return table_header(r, t, err);
    size_t width = (size_t)t->columns + 1;
    if ((size_t)r->fields != width)
        return tend_fail(err, TEND_INPUT, "%s:%zu: %d field%s, expected %zu as in the header",
                         r->file, r->line, r->fields, r->fields == 1 ? "" : "s", width);
    double *cell = grown(b->cell, &b->room, ((size_t)t->rows + 1) * width, sizeof *cell);
    if (!cell)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", r->file);
    b->cell = cell;
    cell += (size_t)t->rows * width;
    for (int i = 0; i < r->fields && rc == TEND_OK; i++)
        rc = number(r, i, i ? t->name[i - 1] : "time", &cell[i], err);
    if (rc == TEND_OK && isnan(cell[0]))
        rc = tend_fail(err, TEND_INPUT, "%s:%zu: no time, expected seconds", r->file, r->line);
    t->rows++;
    return rc;
}

// Column by column is how medians want it.
static tend_rc transpose(const table_builder *b, const char *name, tend_err *err)
{
    csv_table *t = b->table;
    size_t rows = (size_t)t->rows, columns = (size_t)t->columns;

    t->time = malloc(rows * sizeof *t->time);
    t->value = malloc(rows * columns * sizeof *t->value);
    if (!t->time || !t->value)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", name);
    for (size_t i = 0; i < rows; i++) {
        const double *row = b->cell + i * (columns + 1);
        t->time[i] = row[0];
        for (size_t j = 0; j < columns; j++)
            t->value[j * rows + i] = row[j + 1];
    }
    return TEND_OK;
}

tend_rc csv_table_parse(const char *text, size_t length, const char *name, csv_table **out,
                        tend_err *err)
{
    table_builder b = {.table = calloc(1, sizeof *b.table)};
    reader r = {.file = name, .to = &b, .row = table_row, .err = err};
    tend_rc rc;

    *out = NULL;
    if (!b.table)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", name);
    rc = scan(text, length, &r);
    if (rc == TEND_OK && !b.table->name)
        rc = tend_fail(err, TEND_INPUT, "%s:1: empty, expected a header time,...", name);
    if (rc == TEND_OK && b.table->rows == 0)
        rc = tend_fail(err, TEND_INPUT, "%s:%zu: no rows below the header, expected some", name,
                       r.line);
    if (rc == TEND_OK)
        rc = transpose(&b, name, err);
    free(b.cell);
    if (rc == TEND_OK)
        *out = b.table;
    else
        csv_table_free(b.table);
    return rc;
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

enum { CALLS_MOST = 10000 };

typedef struct calls_builder {
    csv_calls *calls;
    char *text;
    size_t length, room;
    bool header;
} calls_builder;

static tend_rc calls_row(reader *r, tend_err *err)
{
    calls_builder *b = r->to;

    if (r->fields != 2)
        return tend_fail(err, TEND_INPUT, "%s:%zu: %d field%s, expected caller,callee", r->file,
                         r->line, r->fields, r->fields == 1 ? "" : "s");
    const char *caller = field(r, 0), *callee = field(r, 1);
    if (!b->header) {
        b->header = true;
        if (strcmp(caller, "caller") == 0 && strcmp(callee, "callee") == 0)
            return TEND_OK;
        return tend_fail(err, TEND_INPUT, "%s:%zu: header \"%.40s,%.40s\", expected caller,callee",
                         r->file, r->line, caller, callee);
    }
    if (!*caller || !*callee)
        return tend_fail(err, TEND_INPUT, "%s:%zu: an empty name, expected caller,callee", r->file,
                         r->line);
    if (strcmp(caller, callee) == 0)
        return tend_fail(err, TEND_INPUT, "%s:%zu: \"%.80s\" calls itself, expected two services",
                         r->file, r->line, caller);
    if (b->calls->count == CALLS_MOST)
        return tend_fail(err, TEND_INPUT, "%s:%zu: another call, expected at most %d", r->file,
                         r->line, CALLS_MOST);
    for (size_t at = 0; at < b->length;) { // a call seen before?
        const char *a = b->text + at, *c = a + strlen(a) + 1;
        if (strcmp(a, caller) == 0 && strcmp(c, callee) == 0)
            return TEND_OK;
        at += strlen(a) + strlen(c) + 2;
    }
    char *text = grown(b->text, &b->room, b->length + r->length, 1);
    if (!text)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", r->file);
    b->text = text;
    memcpy(text + b->length, r->bytes, r->length);
    b->length += r->length;
    b->calls->count++;
    return TEND_OK;
}

tend_rc csv_calls_parse(const char *text, size_t length, const char *name, csv_calls **out,
                        tend_err *err)
{
    calls_builder b = {.calls = calloc(1, sizeof *b.calls)};
    reader r = {.file = name, .to = &b, .row = calls_row, .err = err};
    tend_rc rc;

    *out = NULL;
    if (!b.calls)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", name);
    rc = scan(text, length, &r);
    if (rc == TEND_OK && !b.header)
        rc = tend_fail(err, TEND_INPUT, "%s:1: empty, expected a header caller,callee", name);
    b.calls->text = b.text;
    if (rc == TEND_OK && b.calls->count) {
        size_t count = (size_t)b.calls->count, at = 0;
        b.calls->caller = calloc(count, sizeof *b.calls->caller);
        b.calls->callee = calloc(count, sizeof *b.calls->callee);
        if (!b.calls->caller || !b.calls->callee)
            rc = tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", name);
        for (size_t i = 0; i < count && rc == TEND_OK; i++) {
            b.calls->caller[i] = b.text + at;
            at += strlen(b.text + at) + 1;
            b.calls->callee[i] = b.text + at;
            at += strlen(b.text + at) + 1;
        }
    }
    if (rc == TEND_OK)
        *out = b.calls;
    else
        csv_calls_free(b.calls);
    return rc;
}

void csv_calls_free(csv_calls *calls)
{
    if (!calls)
        return;
    free(calls->caller);
    free(calls->callee);
    free(calls->text);
    free(calls);
}

tend_rc csv_table_read(const char *path, csv_table **out, tend_err *err)
{
    char *text;
    size_t length;

    *out = NULL;
    tend_rc rc = file_read(path, 0, &text, &length, err);
    if (rc != TEND_OK)
        return rc;
    rc = csv_table_parse(text, length, path, out, err);
    free(text);
    return rc;
}

tend_rc csv_calls_read(const char *path, csv_calls **out, tend_err *err)
{
    char *text;
    size_t length;

    *out = NULL;
    tend_rc rc = file_read(path, 0, &text, &length, err);
    if (rc != TEND_OK)
        return rc;
    rc = csv_calls_parse(text, length, path, out, err);
    free(text);
    return rc;
}
