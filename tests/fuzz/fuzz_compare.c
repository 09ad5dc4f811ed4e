// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_compare.c - an eval CSV: refused with one line, or rows that come back as the same bytes
// and can be compared with themselves.
#include "report/compare.h"
#include "report/result.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS_COMPARED = 200 }; // the bootstrap takes its time

static void write_rows(const result *rows, size_t count, str *out)
{
    result_csv_header(out);
    for (size_t i = 0; i < count; i++)
        result_csv_row(&rows[i], out);
}

static void compare_with_itself(const result *rows, size_t count)
{
    contrast *lines = NULL;
    size_t many = 0;
    str text = {0};
    tend_err err;
    compare_run run = {rows, count};
    if (compare_rows(run, run, 240, &lines, &many, &err) == TEND_OK) {
        compare_text(lines, many, "a", "b", &text);
        compare_json(lines, many, &text);
    }
    str_free(&text);
    free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    result *rows = NULL, *again = NULL;
    size_t count = 0, recount = 0;
    tend_err err;
    if (size == 0 ||
        result_csv_parse((const char *)data, size, "fuzz.csv", &rows, &count, &err) != TEND_OK)
        return 0;
    if (count < ROWS_COMPARED)
        compare_with_itself(rows, count);
    str first = {0}, second = {0};
    write_rows(rows, count, &first);
    if (result_csv_parse(first.text, first.length, "again.csv", &again, &recount, &err) !=
            TEND_OK ||
        recount != count)
        abort();
    write_rows(again, recount, &second);
    if (first.length != second.length || memcmp(first.text, second.text, first.length) != 0)
        abort();
    str_free(&first);
    str_free(&second);
    free(rows);
    free(again);
    return 0;
}
