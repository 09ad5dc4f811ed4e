// SPDX-License-Identifier: GPL-3.0-or-later
// result.c - the columns of the eval CSV, described once for writer and reader.
#include "report/result.h"

#include "base/text.h"
#include "edge/file.h"

#include <csv.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// COUNT: an int, -1 is an empty cell; NUMBER: a double, NAN is an empty cell; TENTHS: ten counts
// with blanks between, an empty cell is ten times none
typedef enum kind { SEED, TEXT, COUNT, NUMBER, HASH, TENTHS } kind;

static const struct column {
    const char *name;
    kind kind;
    size_t offset;
    bool late; // tables written before there was this column are read too: empty cells
} columns[] = {
// it takes #field for a directive
// clang-format off
#define COLUMN(field, kind) {#field, kind, offsetof(result, field), false}
#define LATE(field, kind) {#field, kind, offsetof(result, field), true}
    // clang-format on
    COLUMN(seed, SEED),
    COLUMN(system, TEXT),
    COLUMN(fault_type, TEXT),
    COLUMN(fault_service, TEXT),
    COLUMN(fault_t_start, COUNT),
    COLUMN(fault_duration, COUNT),
    COLUMN(fault_severity, NUMBER),
    COLUMN(anomaly_steps, COUNT),
    COLUMN(slo_steps, COUNT),
    COLUMN(first_slo, COUNT),
    COLUMN(recovered, COUNT),
    COLUMN(mttr, COUNT),
    COLUMN(detected_at, COUNT),
    COLUMN(false_alarm_steps, COUNT),
    COLUMN(healthy_steps, COUNT),
    COLUMN(root_cause, TEXT),
    COLUMN(top1, COUNT),
    COLUMN(top3, COUNT),
    COLUMN(fault_family_hit, COUNT),
    COLUMN(actions, COUNT),
    COLUMN(false_actions, COUNT),
    COLUMN(masked, COUNT),
    COLUMN(violations, COUNT),
    COLUMN(refused, NUMBER),
    COLUMN(reward, NUMBER),
    COLUMN(policy, TEXT),
    COLUMN(detector, TEXT),
    COLUMN(diagnoser, TEXT),
    COLUMN(first_visible, COUNT),
    COLUMN(delay, COUNT),
    COLUMN(confidence, NUMBER),
    COLUMN(escalated, COUNT),
    COLUMN(targeted, COUNT),
    COLUMN(wrong_actions, COUNT),
    COLUMN(said, NUMBER),
    LATE(slo_before, COUNT),
    LATE(relapses, COUNT),
    LATE(stuck, COUNT),
    LATE(escalated_at, COUNT),
    LATE(escalation_right, COUNT),
    LATE(fault2_service, TEXT),
    LATE(fault2_t_start, COUNT),
    LATE(fault2_first_slo, COUNT),
    LATE(fault2_recovered, COUNT),
    LATE(fault2_top1, COUNT),
    LATE(aimed, TENTHS),
    LATE(aimed_right, TENTHS),
    LATE(aimed_said, TENTHS),
    COLUMN(state_hash, HASH),
    COLUMN(config_hash, HASH),
    LATE(preset, TEXT),
    LATE(family, TEXT),
    LATE(system_seed, COUNT),
    LATE(noop_steps, COUNT),
    LATE(beam_steps, COUNT),
    LATE(oracle_steps, COUNT),
    LATE(lost_detection, COUNT),
    LATE(lost_confirmation, COUNT),
    LATE(lost_first_action, COUNT),
    LATE(lost_later_actions, COUNT),
    LATE(oracle_opens, TEXT),
#undef COLUMN
#undef LATE
};

enum { COLUMNS = sizeof columns / sizeof *columns };

void result_csv_header(str *out)
{
    for (int i = 0; i < COLUMNS; i++)
        str_format(out, "%s%s", i ? "," : "", columns[i].name);
    str_char(out, '\n');
}

// A spreadsheet takes a cell that begins so for a formula; an apostrophe before it makes it text.
// One that begins with an apostrophe gets one too, so that the reader can take it off again.
static bool is_formula(const char *text)
{
    return *text && strchr("=+-@'", *text);
}

static void add_text(str *out, const char *text)
{
    const char *mark = is_formula(text) ? "'" : "";
    // RFC 4180: quoted only where it must be, quotes doubled
    if (!strpbrk(text, ",\"\n\r")) {
        str_add(out, mark);
        str_add(out, text);
        return;
    }
    str_char(out, '"');
    str_add(out, mark);
    for (; *text; text++) // quotes are doubled inside of quotes
        str_add(out, *text == '"' ? "\"\"" : (char[]){*text, 0});
    str_char(out, '"');
}

static void add_tenths(str *out, const char *field)
{
    int counts[RESULT_TENTHS], sum = 0;
    memcpy(counts, field, sizeof counts);
    for (int i = 0; i < RESULT_TENTHS; i++)
        sum += counts[i];
    for (int i = 0; i < RESULT_TENTHS && sum > 0; i++) // an empty cell where there is nothing
        str_format(out, "%s%d", i ? " " : "", counts[i]);
}

static void add_row(const result *r, int digits, str *out)
{
    for (int i = 0; i < COLUMNS; i++) {
        const char *field = (const char *)r + columns[i].offset;
        uint64_t wide;
        double number;
        int count;
        if (i)
            str_char(out, ',');
        // memcpy: a column is known by its offset only, its type by its kind
        switch (columns[i].kind) {
        case SEED:
            memcpy(&wide, field, sizeof wide);
            str_format(out, "%" PRIu64, wide);
            break;
        case TEXT:
            add_text(out, field);
            break;
        case COUNT:
            memcpy(&count, field, sizeof count);
            if (count >= 0)
                str_format(out, "%d", count);
            break;
        case NUMBER:
            memcpy(&number, field, sizeof number);
            if (isfinite(number))
                str_format(out, "%.*g", digits, number);
            break;
        case HASH:
            memcpy(&wide, field, sizeof wide);
            str_format(out, "%016" PRIx64, wide);
            break;
        case TENTHS:
            add_tenths(out, field);
            break;
        }
    }
    str_char(out, '\n');
}

void result_csv_row(const result *r, str *out)
{
    add_row(r, 9, out); // for people: what differs in the tenth digit differs by compiler elsewhere
}

tend_rc result_csv_text(const result *r, char **out, tend_err *err)
{
    str s = {0};
    *out = NULL;
    if (r)
        result_csv_row(r, &s);
    else
        result_csv_header(&s);
    if (s.failed) {
        str_free(&s);
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for a row");
    }
    *out = s.text;
    return TEND_OK;
}

void result_csv_row_exact(const result *r, str *out)
{
    add_row(r, 17, out); // a resumed run must go on from the same bits
}

typedef struct reader {
    const char *path;
    result *rows;
    size_t count, room;
    int column_of[512]; // csv field -> column, -1 ignored
    int fields;         // in the header
    int field, line;
    bool seen[COLUMNS];
    tend_rc rc;
    tend_err *err;
} reader;

// The first complaint counts; later ones follow from it.
static void refuse(reader *r, const char *name, const char *found, const char *expected)
{
    if (r->rc == TEND_OK)
        r->rc = tend_fail(r->err, TEND_INPUT, "%s:%d: %s \"%.40s\", expected %s", r->path, r->line,
                          name, found, expected);
}

// Columns are found by name, so files with more of them, or in another order, are read too.
static void take_header(reader *r, const char *text)
{
    if (r->field >= (int)(sizeof r->column_of / sizeof *r->column_of)) {
        refuse(r, "field", text, "fewer columns");
        return;
    }
    r->column_of[r->field] = -1; // unknown columns are let be
    for (int i = 0; i < COLUMNS; i++)
        if (strcmp(columns[i].name, text) == 0) {
            // a column twice: either could be meant
            if (r->seen[i])
                refuse(r, "column", text, "it once");
            r->seen[i] = true;
            r->column_of[r->field] = i;
        }
}

static void take_tenths(reader *r, const struct column *c, const char *text, char *field)
{
    int counts[RESULT_TENTHS] = {0}, n = 0;
    const char *at = text;
    char *end;
    for (; *at && n < RESULT_TENTHS; at = end, n++) {
        long value = strtol(at, &end, 10);
        if (end == at || errno || value < 0 || value > INT32_MAX)
            break;
        counts[n] = (int)value;
    }
    if (*at || (*text && n < RESULT_TENTHS))
        refuse(r, c->name, text, "ten counts or nothing");
    memcpy(field, counts, sizeof counts);
}

static void take_value(reader *r, const struct column *c, const char *text)
{
    char *field = (char *)&r->rows[r->count] + c->offset, *end = NULL;
    size_t length = strlen(text);
    errno = 0;
    if (c->kind == TEXT) {
        bool marked = *text == '\'' && is_formula(text + 1);
        text += marked;
        length -= marked;
        // names reach terminals and reports
        if (!text_is_plain(text))
            refuse(r, c->name, text, "no control characters");
        else if (length >= RESULT_NAME_MAX)
            refuse(r, c->name, text, "fewer than 64 bytes");
        else
            memcpy(field, text, length + 1);
    } else if (c->kind == COUNT) {
        long value = length ? strtol(text, &end, 10) : -1; // an empty cell is not known
        if ((length && *end) || errno || value < -1 || value > INT32_MAX)
            refuse(r, c->name, text, "a count or nothing");
        int count = (int)value;
        memcpy(field, &count, sizeof count);
    } else if (c->kind == NUMBER) {
        double value = length ? strtod(text, &end) : (double)NAN;
        if ((length && *end) || errno || (length && !isfinite(value)))
            refuse(r, c->name, text, "a number or nothing");
        memcpy(field, &value, sizeof value);
    } else if (c->kind == TENTHS) {
        take_tenths(r, c, text, field);
    } else {
        uint64_t value = strtoull(text, &end, c->kind == HASH ? 16 : 10);
        // strtoull takes a sign and wraps
        if (!length || *end || errno || *text == '-')
            refuse(r, c->name, text, c->kind == HASH ? "a hash" : "a seed");
        memcpy(field, &value, sizeof value);
    }
}

// libcsv cannot be stopped: after an error fields are let pass.
static void on_field(void *bytes, size_t length, void *data)
{
    reader *r = data;
    const char *text = bytes ? bytes : "";
    if (r->rc != TEND_OK)
        return;
    if (strlen(text) != length)
        refuse(r, "field", text, "no NUL byte");
    else if (r->line == 1)
        take_header(r, text);
    else if (r->field >= r->fields)
        refuse(r, "field", text, "as many fields as the header");
    else if (r->column_of[r->field] >= 0)
        take_value(r, &columns[r->column_of[r->field]], text);
    r->field++;
}

// What an older table does not tell is not known, which is not none.
static void empty_late(result *row)
{
    const int unknown = -1;
    for (int i = 0; i < COLUMNS; i++)
        if (columns[i].late && columns[i].kind == COUNT)
            memcpy((char *)row + columns[i].offset, &unknown, sizeof unknown);
}

// Room for the row being read, zeroed: a field may come before its row is known to be complete.
static bool ready_next_row(reader *r)
{
    if (r->count + 1 < r->room)
        return true;
    size_t room = r->room ? 2 * r->room : 256; // rows; an eval has hundreds
    result *more = realloc(r->rows, room * sizeof *more);
    if (!more) {
        r->rc = tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->path);
        return false;
    }
    memset(more + r->room, 0, (room - r->room) * sizeof *more);
    for (size_t i = r->room; i < room; i++)
        empty_late(&more[i]);
    r->rows = more;
    r->room = room;
    return true;
}

static void on_row(int end, void *data)
{
    (void)end;
    reader *r = data;
    if (r->rc != TEND_OK)
        return;
    if (r->line == 1) {
        r->fields = r->field;
        for (int i = 0; i < COLUMNS; i++)
            if (!r->seen[i] && !columns[i].late)
                refuse(r, "column", columns[i].name, "it in the header");
    } else if (r->field != r->fields) {
        refuse(r, "row", "", "as many fields as the header");
    } else {
        r->count++;
    }
    r->field = 0;
    r->line++; // rows, not lines: a quoted cell may hold line ends
    ready_next_row(r);
}

// from a file, or else from memory
static tend_rc parse_rows(reader *r, FILE *from, const char *text, size_t length)
{
    struct csv_parser parser;
    char buffer[1 << 16];
    size_t n;
    // strict: a stray quote is an error, not a guess
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->path);
    if (!from && csv_parse(&parser, text, length, on_field, on_row, r) != length)
        refuse(r, "row", "", "valid CSV");
    while (from && r->rc == TEND_OK && (n = fread(buffer, 1, sizeof buffer, from)) > 0)
        if (csv_parse(&parser, buffer, n, on_field, on_row, r) != n)
            refuse(r, "row", "", "valid CSV");
    // rows that cannot be read are no end: what came before them would pass for the whole run
    if (from && ferror(from) && r->rc == TEND_OK)
        r->rc = tend_fail(r->err, TEND_IO, "%s: cannot read: %s", r->path, strerror(errno));
    if (r->rc == TEND_OK && csv_fini(&parser, on_field, on_row, r) != 0)
        refuse(r, "row", "", "the end of a quoted field");
    csv_free(&parser);
    if (r->rc == TEND_OK && r->line == 1)
        r->rc = tend_fail(r->err, TEND_INPUT, "%s: empty, expected the rows of an eval", r->path);
    return r->rc;
}

static tend_rc hand_over(reader *r, result **rows, size_t *count)
{
    if (r->rc != TEND_OK) {
        free(r->rows);
        return r->rc;
    }
    *rows = r->rows;
    *count = r->count;
    return TEND_OK;
}

tend_rc result_csv_read(const char *path, result **rows, size_t *count, tend_err *err)
{
    reader r = {.path = path, .line = 1, .err = err};
    FILE *from;
    tend_rc rc = file_open(path, &from, err);
    if (rc != TEND_OK)
        return rc;
    if (ready_next_row(&r))
        parse_rows(&r, from, NULL, 0);
    file_close(from);
    return hand_over(&r, rows, count);
}

tend_rc result_csv_parse(const char *text, size_t length, const char *name, result **rows,
                         size_t *count, tend_err *err)
{
    reader r = {.path = name, .line = 1, .err = err};
    if (ready_next_row(&r))
        parse_rows(&r, NULL, text, length);
    return hand_over(&r, rows, count);
}

// The first row of the same system; rows of one stand together, so only the first of each is asked.
static size_t first_alike(const result *rows, size_t i, const int *of)
{
    size_t k = 0;
    while (k < i && strcmp(rows[k].system, rows[i].system) != 0)
        for (int same = of[k]; k < i && of[k] == same;)
            k++;
    return k;
}

size_t result_systems(const result *rows, size_t count, int *of)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && strcmp(rows[i].system, rows[i - 1].system) == 0;
        size_t k = again ? i - 1 : first_alike(rows, i, of);
        of[i] = k < i ? of[k] : (int)n++;
    }
    return n;
}

size_t result_faults(const result *rows, size_t count, const char *names[RESULT_FAULTS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < n && strcmp(names[k], rows[i].fault_type) != 0)
            k++;
        if (k == n && n < RESULT_FAULTS_MAX)
            names[n++] = rows[i].fault_type;
    }
    // insertion sort: the list is short
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && strcmp(names[k - 1], names[k]) > 0; k--) {
            const char *held = names[k];
            names[k] = names[k - 1];
            names[k - 1] = held;
        }
    return n;
}
