// SPDX-License-Identifier: GPL-3.0-or-later
// test_json_write.c - JSON that is written: its layout, its escapes, and that it reads back.
#include "core/json.h"
#include "core/json_write.h"
#include "support.h"

static void values_stand_in_the_order_and_layout_they_are_put(void **state)
{
    (void)state;
    for (int one_line = 0; one_line <= 1; one_line++) {
        str s = {0};
        json_writer w = {.to = &s, .one_line = one_line};
        json_open_object(&w, NULL);
        json_put_text(&w, "name", "x");
        json_open_array(&w, "list");
        json_put_number(&w, NULL, 1.5);
        json_put_bool(&w, NULL, true);
        json_open_object(&w, NULL);
        json_put_count(&w, "n", -1);
        json_close_object(&w);
        json_close_array(&w);
        json_open_array(&w, "none");
        json_close_array(&w);
        json_close_object(&w);
        assert_false(s.failed);
        assert_string_equal(s.text, one_line
                                        ? "{\"name\":\"x\",\"list\":[1.5,true,{\"n\":null}],"
                                          "\"none\":[]}"
                                        : "{\n\t\"name\":\t\"x\",\n\t\"list\":\t[1.5, true, {\n"
                                          "\t\t\t\"n\":\tnull\n\t\t}],\n\t\"none\":\t[]\n}");
        str_free(&s);
    }
}

static void numbers_read_back_as_they_were_and_what_is_none_is_null(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},           {-0.0, "0"},
                 {3, "3"},           {0.1, "0.1"},
                 {1e300, "1e+300"},  {0.1 + 0.2, "0.30000000000000004"},
                 {-2.5, "-2.5"},     {123456789012, "123456789012"},
                 {INFINITY, "null"}, {(double)NAN, "null"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str s = {0};
        json_put_number(&(json_writer){.to = &s}, NULL, cases[i].value);
        assert_string_equal(s.text, cases[i].text);
        str_free(&s);
    }
}

static void no_text_can_break_out_or_speak_to_the_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *text, *written;
    } cases[] = {
        {"plain \xc3\xa4", "\"plain \xc3\xa4\""},
        {"a\"b\\c\n\t", "\"a\\\"b\\\\c\\n\\t\""},
        {"\x1b[31m\x7f", "\"\\u001b[31m\\u007f\""},
        {"\xc2\x9b\xe2\x80\xae", "\"\\u009b\\u202e\""},
        {"\xff\xc3", "\"\\ufffd\\ufffd\""},
        {"\"", "\"\\\"\""},
        {"", "\"\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str s = {0};
        cJSON *back = NULL;
        tend_err err;
        json_put_text(&(json_writer){.to = &s}, NULL, cases[i].text);
        assert_string_equal(s.text, cases[i].written);
        assert_int_equal(json_parse(s.text, s.length, "t", &back, &err), TEND_OK);
        if (i < 4)
            assert_string_equal(back->valuestring, cases[i].text);
        cJSON_Delete(back);
        str_free(&s);
    }
    str s = {0};
    json_put_text(&(json_writer){.to = &s}, NULL, NULL);
    assert_string_equal(s.text, "null");
    str_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_in_the_order_and_layout_they_are_put),
        cmocka_unit_test(numbers_read_back_as_they_were_and_what_is_none_is_null),
        cmocka_unit_test(no_text_can_break_out_or_speak_to_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
