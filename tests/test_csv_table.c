// test_csv_table.c - metrics and call graphs as CSV: what is read, and what is refused where.
#include "edge/csv_table.h"
#include "support.h"

static csv_table *read_table(const char *text, size_t length)
{
    csv_table *t = NULL;
    tend_err err = {TEND_OK, ""};

    if (csv_table_parse(text, length, "m.csv", &t, &err) != TEND_OK)
        fail_msg("%s", err.text);
    return t;
}

static void refused(const char *text, size_t length, const char *where, const char *what)
{
    csv_table *t = NULL;
    tend_err err = {TEND_OK, ""};

    assert_int_equal(csv_table_parse(text, length, "m.csv", &t, &err), TEND_INPUT);
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

static void a_bad_call_graph_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where;
    } bad[] = {{"", "g.csv:1"},
               {"a,b\n", "g.csv:1"},
               {"caller,callee\na\n", "g.csv:2"},
               {"caller,callee\na,b\na,\n", "g.csv:3"},
               {"caller,callee\na,a\n", "g.csv:2"}};

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

    assert_int_not_equal(csv_table_read("/nowhere/m.csv", &t, &err), TEND_OK);
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
        if (csv_table_read(path, &t, &err) != TEND_OK)
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
        cmocka_unit_test(a_line_of_ten_megabytes_is_refused_and_a_long_one_is_not),
        cmocka_unit_test(a_call_graph_is_read_and_repeated_calls_are_dropped),
        cmocka_unit_test(a_bad_call_graph_is_refused_with_its_line),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(the_bad_csv_corpus_gets_clean_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
