// SPDX-License-Identifier: GPL-3.0-or-later
// test_csv_lines.c - lines of a table end in LF, CRLF or a lone CR, wherever a block of the file
// ends, and the last one need not end at all.
#include "support.h"

#include "edge/csv_table.h"

static char path[256];

// rows of the table N, N + 0.5 from 1 on
static void expect(const char *text, size_t length, int rows)
{
    csv_table *t = NULL;
    tend_err err = {TEND_OK, ""};
    put_file(path, text, length);
    if (csv_table_read(path, CSV_TIMES_RISE, &t, &err) != TEND_OK)
        fail_msg("%s", err.text);
    assert_int_equal(t->rows, rows);
    assert_int_equal(t->columns, 1);
    assert_string_equal(t->name[0], "a|cpu");
    for (int i = 0; i < rows; i++) {
        assert_near(t->time[i], i + 1, 0);
        assert_near(t->value[i], i + 1.5, 0);
    }
    csv_table_free(t);
    unlink(path);
}

static void any_end_of_line_will_do(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    for (int e = 0; e < 3; e++)
        for (int last = 0; last < 2; last++) {
            char text[400] = "";
            snprintf(text, sizeof text, "time,a|cpu%s", ends[e]);
            for (int i = 1; i <= 5; i++)
                snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%d.5%s", i, i,
                         i < 5 || last ? ends[e] : "");
            expect(text, strlen(text), 5);
        }
}

// A file is read in blocks; long ones put every kind of end on every side of a block's edge.
static void lines_may_lie_across_blocks(void **state)
{
    (void)state;
    enum { ROWS = 40000 };
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    char *text = malloc(ROWS * 24 + 64);
    assert_non_null(text);
    for (int e = 0; e < 3; e++)
        for (int shift = 0; shift < 3; shift++) {
            size_t used = (size_t)sprintf(text, "time,a|cpu%s", ends[e]);
            for (int i = 1; i <= ROWS; i++)
                used += (size_t)sprintf(text + used, "%d,%d.5%.*s%s", i, i, i == 1 ? shift : 0,
                                        "00", ends[e]);
            expect(text, used, ROWS);
        }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_end_of_line_will_do),
        cmocka_unit_test(lines_may_lie_across_blocks),
    };
    temp_path(path, sizeof path, "lines.csv");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
