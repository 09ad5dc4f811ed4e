// SPDX-License-Identifier: GPL-3.0-or-later
// test_csv_table.c - metrics and call graphs as CSV: what is read, and what is refused where.
#include "edge/csv_table.h"
#include "support.h"

static csv_table *read_table(const char *text, size_t length)
{
    csv_table *t = NULL;
    tend_err err = {TEND_OK, ""};

    if (csv_table_parse(text, length, "m.csv", CSV_TIMES_RISE, &t, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return t;
}

static void refused(const char *text, size_t length, const char *where, const char *what)
{
    csv_table *t = NULL;
    tend_err err = {TEND_OK, ""};

    assert_int_equal(csv_table_parse(text, length, "m.csv", CSV_TIMES_RISE, &t, &err), TEND_INPUT);
    assert_null(t);
    assert_holds(err.text, where);
    assert_holds(err.text, what);
    assert_holds(err.text, "expected");
    assert_null(strchr(err.text, '\n'));
}

#define REFUSED(text, where, what) refused(text, sizeof(text) - 1, where, what)

static void numbers_are_read_column_by_column(void **state)
{
    (void)state;
    const char text[] = "time,a|x,b|y\n1,2,-3.5\n2,1e-3,0.1\n3,123456789012345678,1E2\n";
    csv_table *t = read_table(text, sizeof text - 1);

    assert_int_equal(t->rows, 3);
    assert_int_equal(t->columns, 2);
    assert_string_equal(t->name[1], "b|y");
    assert_near(t->time[2], 3, 0);
    assert_near(t->value[1], 1e-3, 0);
    assert_near(t->value[2], 123456789012345678.0, 0);
    assert_near(t->value[3], -3.5, 0);
    assert_near(t->value[4], 0.1, 0);
    csv_table_free(t);
}

static void every_number_reads_as_strtod_reads_it(void **state)
{
    (void)state;
    static const char *const numbers[] = {"0.1",
                                          "123.456",
                                          "0.000001",
                                          "999999999999999",
                                          "1.5e300",
                                          "4.9e-324",
                                          "0.30000000000000004",
                                          "+7",
                                          "-0.0"};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char text[80];
        int n = snprintf(text, sizeof text, "time,x\n1,%s\n", numbers[i]);
        csv_table *t = read_table(text, (size_t)n);
        assert_near(t->value[0], strtod(numbers[i], NULL), 0);
        csv_table_free(t);
    }
}

static void an_empty_field_is_a_missing_value(void **state)
{
    (void)state;
    const char text[] = "time,a,b\n1,,5\n2,7,\n";
    csv_table *t = read_table(text, sizeof text - 1);

    assert_true(isnan(t->value[0]));
    assert_near(t->value[1], 7, 0);
    assert_true(isnan(t->value[3]));
    csv_table_free(t);
}

static void a_bom_crlf_blank_lines_and_quotes_are_accepted(void **state)
{
    (void)state;
    const char text[] = "\xEF\xBB\xBFtime,\"a,b|x\"\r\n\r\n1,\"2\"\r\n2,3";
    csv_table *t = read_table(text, sizeof text - 1);

    assert_int_equal(t->rows, 2);
    assert_string_equal(t->name[0], "a,b|x");
    assert_near(t->value[0], 2, 0);
    csv_table_free(t);
}

static void what_is_no_number_is_refused_with_its_line(void **state)
{
    (void)state;
    REFUSED("time,a|x\n1,2\n2,abc\n", "m.csv:3", "a|x \"abc\"");
    REFUSED("time,a|x\n1,nan\n", "m.csv:2", "nan");
    REFUSED("time,a|x\n1,inf\n", "m.csv:2", "inf");
    REFUSED("time,a|x\n1,0x10\n", "m.csv:2", "0x10");
    REFUSED("time,a|x\n1,1e400\n", "m.csv:2", "1e400");
    REFUSED("time,a|x\n1,1e\n", "m.csv:2", "1e");
    REFUSED("time,a|x\n1,-\n", "m.csv:2", "\"-\"");
    REFUSED("time,a|x\n,1\n", "m.csv:2", "no time");
}

static void a_broken_shape_is_refused_with_its_line(void **state)
{
    (void)state;
    REFUSED("time,a,b\n1,2,3\n2,3\n", "m.csv:3", "2 fields");
    REFUSED("time,a\r1,2\r2,3,4\r", "m.csv:3", "3 fields");
    REFUSED("", "m.csv:1", "empty");
    REFUSED("time,a\n", "m.csv:", "no rows");
    REFUSED("a,b\n1,2\n", "m.csv:1", "\"a\"");
    REFUSED("time\n1\n", "m.csv:1", "ends there");
    REFUSED("time,a,a\n1,2,3\n", "m.csv:1", "twice");
    REFUSED("time,a,\n1,2,3\n", "m.csv:1", "no name");
    REFUSED("time,a\n1,\"2\n", "m.csv:2", "quotes");
    REFUSED("time,a\n1,2\"3\n", "m.csv:2", "quote");
    REFUSED("time,a\n1,\0\n", "m.csv:2", "NUL");
}

static void time_goes_forward_or_the_row_is_refused(void **state)
{
    (void)state;
    REFUSED("time,a\n3,1\n2,1\n", "m.csv:3", "time 2 goes back, expected more than 3");
    REFUSED("time,a\n3,1\n\n3,2\n", "m.csv:4", "time 3 repeats, expected more than 3");
    REFUSED("time,a\n-1,1\n-1.5,2", "m.csv:3", "time -1.5 goes back");
    const char uneven[] = "time,a\n-3,1\n-2.5,1\n1e9,1\n";
    csv_table *t = read_table(uneven, sizeof uneven - 1);
    assert_int_equal(t->rows, 3);
    csv_table_free(t);
}

static void rows_of_a_window_may_share_a_time_but_not_go_back(void **state)
{
    (void)state;
    static const char same[] = "time,a\n3,1\n3,2\n4,5\n", back[] = "time,a\n3,1\n3,2\n2,5\n";
    csv_table *t = NULL;
    tend_err err = {TEND_OK, ""};
    assert_int_equal(csv_table_parse(same, sizeof same - 1, "m.csv", CSV_TIMES_REPEAT, &t, &err),
                     TEND_OK);
    assert_int_equal(t->rows, 3);
    assert_near(t->time[1], 3, 0);
    csv_table_free(t);
    assert_int_equal(csv_table_parse(back, sizeof back - 1, "m.csv", CSV_TIMES_REPEAT, &t, &err),
                     TEND_INPUT);
    assert_holds(err.text, "m.csv:4: time 2 goes back, expected at least 3");
}

static void what_would_speak_to_the_terminal_is_refused_and_letters_are_not(void **state)
{
    (void)state;
    REFUSED("time,\x1b[31mweb|cpu\n1,2\n", "m.csv:1", "byte 0x1b");
    REFUSED("time,w\xff|cpu\n1,2\n", "m.csv:1", "UTF-8");
    REFUSED("time,w\xc2\x9b|cpu\n1,2\n", "m.csv:1", "byte 0xc2");
    REFUSED("time,w\xe2\x80\xae|cpu\n1,2\n", "m.csv:1", "control characters");
    REFUSED("time,a\tb|cpu\n1,2\n", "m.csv:1", "column 2 is \"a\\x09b|cpu\"");
    REFUSED("time,\"a\nb|cpu\"\n1,2\n", "m.csv:2", "\\x0a");
    REFUSED("time,a|cpu\n1,\x1b[2J\n", "m.csv:2", "byte 0x1b");
    const char text[] = "time,\tdienst-\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80|cpu\n1,\t2\n";
    csv_table *t = read_table(text, sizeof text - 1);
    assert_string_equal(t->name[0], "dienst-\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80|cpu");
    csv_table_free(t);
}

// Blocks of rows are put together in order, and a file is read like its text.
static void a_long_file_reads_like_its_text(void **state)
{
    (void)state;
    enum { ROWS = 70000 };
    size_t room = (size_t)ROWS * 40 + 100, length = 0;
    char *text = malloc(room), path[256];
    assert_non_null(text);

    length += (size_t)snprintf(text, room, "\xEF\xBB\xBFtime,a,b\r\n");
    for (int i = 0; i < ROWS; i++)
        length += (size_t)snprintf(text + length, room - length, "%d,%d,%d.5%s", i, 2 * i, -i,
                                   i % 3 == 0   ? "\r\n"
                                   : i % 3 == 1 ? "\n"
                                                : "\r");
    temp_path(path, sizeof path, "long.csv");
    put_file(path, text, length);
    csv_table *parsed = read_table(text, length), *read = NULL;
    tend_err err = {TEND_OK, ""};
    if (csv_table_read(path, CSV_TIMES_RISE, &read, &err) != TEND_OK)
        fail_msg("%s", err.text);
    remove(path);
    free(text);
    assert_int_equal(parsed->rows, ROWS);
    assert_int_equal(read->rows, ROWS);
    assert_near(read->time[ROWS - 1], ROWS - 1, 0);
    assert_near(read->value[ROWS - 1], 2 * (ROWS - 1), 0);
    assert_near(read->value[2 * ROWS - 1], -(ROWS - 1) - 0.5, 0);
    assert_memory_equal(read->value, parsed->value, 2 * ROWS * sizeof(double));
    csv_table_free(parsed);
    csv_table_free(read);
}

static void a_file_that_is_one_endless_line_is_refused(void **state)
{
    (void)state;
    csv_table *t = NULL;
    tend_err err = {TEND_OK, ""};
    char path[256], *text = malloc((size_t)3 << 20);
    assert_non_null(text);

    memset(text, 'x', (size_t)3 << 20);
    temp_path(path, sizeof path, "line.csv");
    put_file(path, text, (size_t)3 << 20);
    assert_int_equal(csv_table_read(path, CSV_TIMES_RISE, &t, &err), TEND_INPUT);
    assert_null(t);
    assert_holds(err.text, "line.csv:1: a line of more than");
    remove(path);
    free(text);
}

static void a_line_of_ten_megabytes_is_refused_and_a_long_one_is_not(void **state)
{
    (void)state;
    size_t size = (size_t)10 << 20, head = strlen("time,a\n1,");
    char *text = malloc(size);
    assert_non_null(text);

    memset(text, '1', size);
    memcpy(text, "time,a\n1,", head);
    refused(text, size, "m.csv:2", "a line of");
    memset(text + head, '0', 100000);
    text[head + 100000] = '\n';
    csv_table *t = read_table(text, head + 100001);
    assert_near(t->value[0], 0, 0);
    csv_table_free(t);
    free(text);
}

static void a_call_graph_is_read_and_repeated_calls_are_dropped(void **state)
{
    (void)state;
    const char text[] = "caller,callee\na,b\nb,\"c,d\"\na,b\n";
    csv_calls *c;
    tend_err err;

    assert_int_equal(csv_calls_parse(text, sizeof text - 1, "g.csv", &c, &err), TEND_OK);
    assert_int_equal(c->count, 2);
    assert_string_equal(c->caller[1], "b");
    assert_string_equal(c->callee[1], "c,d");
    csv_calls_free(c);
}

static void a_call_graph_of_many_repeated_calls_is_read_and_too_many_calls_are_not(void **state)
{
    (void)state;
    size_t room = (size_t)64 * CSV_CALLS_MOST, length;
    char *text = malloc(room);
    csv_calls *c = NULL;
    tend_err err = {TEND_OK, ""};
    assert_non_null(text);

    for (int over = 0; over <= 1; over++) {
        length = (size_t)snprintf(text, room, "caller,callee\n");
        for (int i = 0; i < 2 * CSV_CALLS_MOST; i++) // every call twice, but one when over
            length += (size_t)snprintf(text + length, room - length, "a%d,b\n",
                                       i % (CSV_CALLS_MOST + over));
        tend_rc rc = csv_calls_parse(text, length, "g.csv", &c, &err);
        assert_int_equal(rc, over ? TEND_INPUT : TEND_OK);
        if (over) {
            assert_null(c);
            assert_holds(err.text, "g.csv:16386: another call, expected at most 16384");
        } else {
            assert_int_equal(c->count, CSV_CALLS_MOST);
            assert_string_equal(c->caller[CSV_CALLS_MOST - 1], "a16383");
        }
        csv_calls_free(c);
    }
    free(text);
}

static void a_bad_call_graph_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where;
    } bad[] = {{"", "g.csv:1"},
               {"a,b\n", "g.csv:1"},
               {"caller,callee\na\n", "g.csv:2"},
               {"caller,callee\na,b\na,\n", "g.csv:3"},
               {"caller,callee\na,a\n", "g.csv:2"},
               {"caller,callee\na,b\x1b[0m\n", "g.csv:2"},
               {"caller,callee\na,\xff\n", "g.csv:2"}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        csv_calls *c = NULL;
        tend_err err = {TEND_OK, ""};
        assert_int_equal(csv_calls_parse(bad[i].text, strlen(bad[i].text), "g.csv", &c, &err),
                         TEND_INPUT);
        assert_null(c);
        assert_holds(err.text, bad[i].where);
    }
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    csv_table *t = NULL;
    tend_err err = {TEND_OK, ""};

    assert_int_not_equal(csv_table_read("/nowhere/m.csv", CSV_TIMES_RISE, &t, &err), TEND_OK);
    assert_holds(err.text, "/nowhere/m.csv");
    assert_null(t);
}

static void the_bad_csv_corpus_gets_clean_answers(void **state)
{
    (void)state;
    static const char *const names[] = {"bom.csv",
                                        "cr_only.csv",
                                        "dup_header.csv",
                                        "empty.csv",
                                        "nul.csv",
                                        "numbers.csv",
                                        "ragged.csv",
                                        "semicolon.csv",
                                        "header_only.csv",
                                        "invalid_utf8.csv",
                                        "long_field.csv",
                                        "many_cols.csv",
                                        "timestamps.csv",
                                        "unterminated_quote.csv",
                                        "formula_injection.csv"};
    char path[512];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[64];
        csv_table *t = NULL;
        tend_err err = {TEND_OK, ""};
        snprintf(name, sizeof name, "corpora/csv-bad/%s", names[i]);
        if (!data_path(path, sizeof path, name))
            return;
        if (csv_table_read(path, CSV_TIMES_RISE, &t, &err) != TEND_OK)
            assert_holds(err.text, names[i]);
        csv_table_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_column_by_column),
        cmocka_unit_test(every_number_reads_as_strtod_reads_it),
        cmocka_unit_test(an_empty_field_is_a_missing_value),
        cmocka_unit_test(a_bom_crlf_blank_lines_and_quotes_are_accepted),
        cmocka_unit_test(what_is_no_number_is_refused_with_its_line),
        cmocka_unit_test(a_broken_shape_is_refused_with_its_line),
        cmocka_unit_test(time_goes_forward_or_the_row_is_refused),
        cmocka_unit_test(rows_of_a_window_may_share_a_time_but_not_go_back),
        cmocka_unit_test(what_would_speak_to_the_terminal_is_refused_and_letters_are_not),
        cmocka_unit_test(a_long_file_reads_like_its_text),
        cmocka_unit_test(a_file_that_is_one_endless_line_is_refused),
        cmocka_unit_test(a_line_of_ten_megabytes_is_refused_and_a_long_one_is_not),
        cmocka_unit_test(a_call_graph_is_read_and_repeated_calls_are_dropped),
        cmocka_unit_test(a_call_graph_of_many_repeated_calls_is_read_and_too_many_calls_are_not),
        cmocka_unit_test(a_bad_call_graph_is_refused_with_its_line),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(the_bad_csv_corpus_gets_clean_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
