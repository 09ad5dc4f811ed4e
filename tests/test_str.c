// SPDX-License-Identifier: GPL-3.0-or-later
// test_str.c - the growing string.
#include "support.h"

#include "base/str.h"

static void pieces_join_in_order(void **state)
{
    (void)state;
    str s = {0};
    str_add(&s, "a");
    str_char(&s, '-');
    str_repeat(&s, "xy", 3);
    str_add_bytes(&s, "12345", 2);
    str_format(&s, "[%d %s]", 7, "z");
    assert_string_equal(s.text, "a-xyxyxy12[7 z]");
    assert_int_equal(s.length, strlen(s.text));
    assert_false(s.failed);
    str_free(&s);
    assert_null(s.text);
}

static void it_grows_past_any_room(void **state)
{
    (void)state;
    str s = {0};
    for (int i = 0; i < 10000; i++)
        str_format(&s, "%04d,", i);
    assert_int_equal(s.length, 50000);
    assert_memory_equal(s.text + 5 * 4321, "4321,", 5);
    assert_int_equal(s.text[s.length], 0);
    str_free(&s);
}

static void nothing_added_is_no_text(void **state)
{
    (void)state;
    str s = {0};
    str_repeat(&s, "x", 0);
    assert_null(s.text);
    str_add(&s, "");
    assert_string_equal(s.text, "");
    str_free(&s);
}

static void a_failed_string_stays_failed(void **state)
{
    (void)state;
    str s = {0};
    str_add(&s, "kept");
    s.failed = true;
    str_add(&s, "lost");
    str_format(&s, "%d", 1);
    assert_string_equal(s.text, "kept");
    assert_true(s.failed);
    str_free(&s);
}

static void a_line_ends_without_blanks_and_breaks_at_one(void **state)
{
    (void)state;
    str s = {0};
    str_add(&s, "a  ");
    str_end_line(&s);
    str_end_line(&s);
    assert_string_equal(s.text, "a\n\n");
    str_free(&s);
    str_add(&s, "  name ");
    str_wrap(&s, "one two three four", 7, 15);
    assert_string_equal(s.text, "  name one two\n       three\n       four\n");
    str_free(&s);
    str_wrap(&s, "äää", 0, 3); // never within a character
    assert_string_equal(s.text, "ä\nä\nä\n");
    str_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_join_in_order),
        cmocka_unit_test(it_grows_past_any_room),
        cmocka_unit_test(nothing_added_is_no_text),
        cmocka_unit_test(a_failed_string_stays_failed),
        cmocka_unit_test(a_line_ends_without_blanks_and_breaks_at_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
