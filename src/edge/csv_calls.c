// SPDX-License-Identifier: GPL-3.0-or-later
// csv_calls.c - a call graph, each call once.
#include "base/lookup.h"
#include "base/text.h"
#include "edge/csv_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct calls_builder {
    csv_calls *calls;
    lookup seen; // of caller, NUL, callee, NUL, as a row and an allocation hold them
    size_t room;
    bool header;
} calls_builder;

static tend_rc out_of_memory(const char *file, tend_err *err)
{
    return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", file);
}

// Two different services, by names that may be shown.
static tend_rc check_call(const csv_row *row, const char *caller, const char *callee, tend_err *err)
{
    if (!*caller || !*callee)
        return tend_fail(err, TEND_INPUT, "%s:%zu: an empty name, expected caller,callee",
                         row->file, row->line);
    if (!text_is_plain(caller) || !text_is_plain(callee))
        return tend_fail(err, TEND_INPUT,
                         "%s:%zu: \"%.80s,%.80s\", expected names without control characters",
                         row->file, row->line, caller, callee);
    if (strcmp(caller, callee) == 0)
        return tend_fail(err, TEND_INPUT, "%s:%zu: \"%.80s\" calls itself, expected two services",
                         row->file, row->line, caller);
    return TEND_OK;
}

// Both lists grow together: each is kept as soon as it has grown, so that all is freed in the end.
static bool make_room(calls_builder *b)
{
    csv_calls *c = b->calls;
    size_t room = b->room ? 2 * b->room : 64;

    if ((size_t)c->count < b->room)
        return true;
    char **caller = realloc(c->caller, room * sizeof *caller);
    if (caller)
        c->caller = caller;
    char **callee = realloc(c->callee, room * sizeof *callee);
    if (callee)
        c->callee = callee;
    if (caller && callee)
        b->room = room;
    return caller && callee;
}

static tend_rc add_call(calls_builder *b, const csv_row *row, tend_err *err)
{
    csv_calls *c = b->calls;

    // a call told twice is no error: such files come from traces
    if (lookup_name(&b->seen, row->bytes, row->length) >= 0)
        return TEND_OK;
    if (c->count == CSV_CALLS_MOST)
        return tend_fail(err, TEND_INPUT, "%s:%zu: another call, expected at most %d", row->file,
                         row->line, CSV_CALLS_MOST);
    // one allocation for both names, as they lie in the row
    char *pair = make_room(b) ? malloc(row->length) : NULL;
    if (!pair)
        return out_of_memory(row->file, err);
    memcpy(pair, row->bytes, row->length);
    c->caller[c->count] = pair;
    c->callee[c->count] = pair + row->start[1];
    c->count++; // from here on csv_calls_free has it
    // the pair as it lies there is the key: names cannot hold its NUL
    return lookup_add_name(&b->seen, pair, row->length, c->count) ? TEND_OK
                                                                  : out_of_memory(row->file, err);
}

// The first row is the header, every other a call.
static tend_rc calls_row(void *self, const csv_row *row, tend_err *err)
{
    calls_builder *b = self;

    if (row->fields != 2)
        return tend_fail(err, TEND_INPUT, "%s:%zu: %d field%s, expected caller,callee", row->file,
                         row->line, row->fields, row->fields == 1 ? "" : "s");
    const char *caller = row->bytes + row->start[0], *callee = row->bytes + row->start[1];
    if (!b->header) {
        b->header = true;
        if (strcmp(caller, "caller") == 0 && strcmp(callee, "callee") == 0)
            return TEND_OK;
        return tend_fail(err, TEND_INPUT, "%s:%zu: header \"%.40s,%.40s\", expected caller,callee",
                         row->file, row->line, caller, callee);
    }
    tend_rc rc = check_call(row, caller, callee, err);
    return rc == TEND_OK ? add_call(b, row, err) : rc;
}

// Hands the calls over, or frees them.
static tend_rc finish(calls_builder *b, tend_rc rc, const char *name, csv_calls **out,
                      tend_err *err)
{
    if (rc == TEND_OK && !b->header)
        rc = tend_fail(err, TEND_INPUT, "%s:1: empty, expected a header caller,callee", name);
    lookup_free(&b->seen);
    if (rc == TEND_OK)
        *out = b->calls;
    else
        csv_calls_free(b->calls);
    return rc;
}

tend_rc csv_calls_parse(const char *text, size_t length, const char *name, csv_calls **out,
                        tend_err *err)
{
    calls_builder b = {.calls = calloc(1, sizeof *b.calls)};

    *out = NULL;
    tend_rc rc =
        b.calls ? csv_rows_parse(text, length, name, calls_row, &b, err) : out_of_memory(name, err);
    return finish(&b, rc, name, out, err);
}

tend_rc csv_calls_read(const char *path, csv_calls **out, tend_err *err)
{
    calls_builder b = {.calls = calloc(1, sizeof *b.calls)};

    *out = NULL;
    tend_rc rc = b.calls ? csv_rows_read(path, calls_row, &b, err) : out_of_memory(path, err);
    return finish(&b, rc, path, out, err);
}

void csv_calls_free(csv_calls *calls)
{
    if (!calls)
        return;
    for (int i = 0; i < calls->count; i++)
        free(calls->caller[i]); // the callee lies behind it
    free(calls->caller);
    free(calls->callee);
    free(calls);
}
