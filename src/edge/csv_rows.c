// SPDX-License-Identifier: GPL-3.0-or-later
// csv_rows.c - libcsv fed one physical line at a time.
#include "edge/csv_rows.h"

#include "base/text.h"
#include "edge/file.h"

#include <csv.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    csv_row row;
    csv_row_call call;
    void *self;
    struct csv_parser parser;
    char *bytes;
    size_t room, starts_room;
    size_t *start;
    bool no_memory;
    tend_rc rc;
    tend_err *err;
} reader;

// Doubled until `needed` items fit; NULL: out of memory, the old one still stands.
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

// Fields of a row lie one behind the other, each ended by a NUL: one buffer for any row.
static void on_field(void *bytes, size_t length, void *self)
{
    reader *r = self;
    csv_row *row = &r->row;

    // libcsv cannot be stopped from inside: what follows is let pass
    if (r->no_memory)
        return;
    char *text = grown(r->bytes, &r->room, row->length + length + 1, 1);
    if (text)
        r->bytes = text;
    size_t *start = grown(r->start, &r->starts_room, (size_t)row->fields + 1, sizeof *start);
    if (start)
        r->start = start;
    if (!text || !start) {
        r->no_memory = true;
        return;
    }
    start[row->fields++] = row->length;
    if (length)
        memcpy(text + row->length, bytes, length);
    text[row->length + length] = 0;
    row->length += length + 1;
}

// After an error rows are let pass: libcsv goes on to the end of the line.
static void on_row(int end, void *self)
{
    reader *r = self;

    (void)end;
    r->row.bytes = r->bytes;
    r->row.start = r->start;
    if (r->rc == TEND_OK && !r->no_memory)
        r->rc = r->call(r->self, &r->row, r->err);
    r->row.fields = 0;
    r->row.length = 0;
}

// Bytes of the line at `text`, its end included: LF, CRLF or a lone CR. 0: the end is not in sight
// yet (`last`: there is nothing behind text).
static size_t line_length(const char *text, size_t left, bool last)
{
    for (size_t i = 0; i < left; i++) {
        if (text[i] == '\n')
            return i + 1;
        // a CR at the end of what is in sight may be half of a CRLF
        if (text[i] == '\r' && i + 1 < left)
            return text[i + 1] == '\n' ? i + 2 : i + 1;
    }
    return last ? left : 0;
}

// The line's bytes but for tabs and its end may all be shown; a cell goes into messages as it is.
static tend_rc check_bytes(const reader *r, const char *text, size_t length)
{
    const csv_row *row = &r->row;
    size_t at = 0;

    // tabs and ends of line are the only control bytes a CSV needs
    while ((at += text_plain(text + at, length - at)) < length && strchr("\t\r\n", text[at]) &&
           text[at])
        at++;
    if (at == length)
        return TEND_OK;
    unsigned char c = (unsigned char)text[at];
    if (c == 0)
        return tend_fail(r->err, TEND_INPUT, "%s:%zu: a NUL byte, expected text", row->file,
                         row->line);
    return tend_fail(r->err, TEND_INPUT,
                     "%s:%zu: byte 0x%02x, expected UTF-8 without control characters", row->file,
                     row->line, c);
}

static tend_rc out_of_memory(const reader *r)
{
    return tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->row.file);
}

// By the line, so that errors can name it.
static tend_rc feed_line(reader *r, const char *text, size_t bytes)
{
    const csv_row *row = &r->row;

    if (bytes > CSV_LINE_MOST)
        return tend_fail(r->err, TEND_INPUT,
                         "%s:%zu: a line of more than %zu bytes, expected at most that", row->file,
                         row->line, CSV_LINE_MOST);
    tend_rc rc = check_bytes(r, text, bytes);
    if (rc != TEND_OK)
        return rc;
    if (csv_parse(&r->parser, text, bytes, on_field, on_row, r) != bytes && !r->no_memory)
        return tend_fail(r->err, TEND_INPUT,
                         "%s:%zu: a stray quote, expected a quoted field to be closed and "
                         "followed by a comma",
                         row->file, row->line);
    return r->no_memory ? out_of_memory(r) : r->rc;
}

// Feeds the whole lines of text and says in *used how many bytes they were.
static tend_rc feed(reader *r, const char *text, size_t length, bool last, size_t *used)
{
    size_t bytes;

    *used = 0;
    while ((bytes = line_length(text + *used, length - *used, last)) > 0) {
        tend_rc rc = feed_line(r, text + *used, bytes);
        if (rc != TEND_OK)
            return rc;
        *used += bytes;
        r->row.line++;
    }
    return TEND_OK;
}

// A last line without an end is handed over here.
static tend_rc finish(reader *r, tend_rc rc)
{
    // counted up after the last line: errors at the end belong to that line
    if (rc == TEND_OK && r->row.line > 1)
        r->row.line--;
    if (rc == TEND_OK && csv_fini(&r->parser, on_field, on_row, r) != 0)
        rc = tend_fail(r->err, TEND_INPUT,
                       "%s:%zu: the file ends inside quotes, expected a closing quote", r->row.file,
                       r->row.line);
    if (rc == TEND_OK)
        rc = r->no_memory ? out_of_memory(r) : r->rc;
    csv_free(&r->parser);
    free(r->bytes);
    free(r->start);
    return rc;
}

static size_t byte_order_mark(const char *text, size_t length)
{
    return length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

tend_rc csv_rows_parse(const char *text, size_t length, const char *name, csv_row_call call,
                       void *self, tend_err *err)
{
    reader r = {.row = {.file = name, .line = 1}, .call = call, .self = self, .err = err};
    size_t skip = byte_order_mark(text, length), used;

    if (csv_init(&r.parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return out_of_memory(&r);
    return finish(&r, feed(&r, text + skip, length - skip, true, &used));
}

// `most` bytes of buffer hold the unfinished line and what was read behind it.
static tend_rc read_stream(reader *r, FILE *from, char *buffer, size_t most)
{
    size_t held = 0, total = 0, used, got;
    tend_rc rc = TEND_OK;

    do {
        got = fread(buffer + held, 1, most - held, from);
        if (ferror(from))
            return tend_fail(r->err, TEND_IO, "%s: cannot read: %s", r->row.file, strerror(errno));
        size_t skip = total ? 0 : byte_order_mark(buffer, got);
        held += got;
        total += got;
        if (total > CSV_BYTES_MOST)
            return tend_fail(r->err, TEND_INPUT, "%s:%zu: more than %zu bytes, expected less",
                             r->row.file, r->row.line, CSV_BYTES_MOST);
        rc = feed(r, buffer + skip, held - skip, held < most, &used);
        if (rc == TEND_OK && used == 0 && held == most) // a line that fills it is too long
            rc = feed_line(r, buffer, held);
        held -= used + skip;
        memmove(buffer, buffer + skip + used, held); // the unfinished line goes to the front
    } while (rc == TEND_OK && got > 0);
    return rc;
}

tend_rc csv_rows_read(const char *path, csv_row_call call, void *self, tend_err *err)
{
    reader r = {.row = {.file = path, .line = 1}, .call = call, .self = self, .err = err};
    // a line of any legal length, and enough behind it to read in large pieces
    const size_t most = CSV_LINE_MOST + ((size_t)1 << 16);
    FILE *from = NULL;
    tend_rc rc = file_open(path, &from, err);

    if (rc != TEND_OK)
        return rc;
    char *buffer = malloc(most);
    if (!buffer || csv_init(&r.parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        rc = out_of_memory(&r);
    else
        rc = finish(&r, read_stream(&r, from, buffer, most));
    free(buffer);
    file_close(from);
    return rc;
}
