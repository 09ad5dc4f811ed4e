// SPDX-License-Identifier: GPL-3.0-or-later
// test_text.c - what may be shown, and how the rest is shown.
#include "base/text.h"
#include "support.h"

#include <tend/err.h>

static void letters_of_any_script_may_be_shown(void **state)
{
    (void)state;
    static const char *const good[] = {
        "",
        "plain ~",
        "\xc2\xa0",
        "\xc3\xa4",
        "\xd7\xa9",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xe2\x82\xac",
        "\xed\x9f\xbf",
        "\xef\xbf\xbd",
        "\xf0\x9f\x98\x80",
        "\xf4\x8f\xbf\xbf",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(text_is_plain(good[i]));
}

static void controls_and_what_is_no_utf8_may_not(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x01",
        "\t",
        "\n",
        "\x1b[0m",
        "\x7f",
        "\x80",
        "\xc0\x80",         // overlong
        "\xc2",             // cut
        "\xc2\x80",         // C1
        "\xc2\x9f",         //
        "\xe0\x80\x80",     // overlong
        "\xe2\x82",         // cut
        "\xe2\x80\xa8",     // line separator
        "\xe2\x80\xae",     // right-to-left override
        "\xe2\x81\xa6",     // isolate
        "\xed\xa0\x80",     // surrogate
        "\xf0\x80\x80\x80", // overlong
        "\xf4\x90\x80\x80", // beyond Unicode
        "\xf8\x88\x80\x80", //
        "\xff",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[16];
        snprintf(text, sizeof text, "ok%s", bad[i]);
        assert_false(text_is_plain(text));
        assert_int_equal(text_plain(text, strlen(text)), 2);
    }
    assert_int_equal(text_plain("a\0b", 3), 1);
}

static void what_may_not_be_shown_is_spelt_out(void **state)
{
    (void)state;
    char out[32];
    text_shown("a\x1b[0m\xff \xc3\xa4", out, sizeof out);
    assert_string_equal(out, "a\\x1b[0m\\xff \xc3\xa4");
    text_shown("abcdef", out, 4); // cut, and terminated
    assert_string_equal(out, "abc");
    text_shown("ab\x1b", out, 6); // no half of an escape
    assert_string_equal(out, "ab");
    text_shown("ab\xc3\xa4", out, 4); // no half of a letter
    assert_string_equal(out, "ab");
}

static void a_message_is_one_line_of_text_whatever_it_quotes(void **state)
{
    (void)state;
    tend_err err;
    assert_int_equal(tend_fail(&err, TEND_INPUT, "%s:1: \"%s\"", "f", "\x1b]0;x\x07\n\xfe"),
                     TEND_INPUT);
    assert_string_equal(err.text, "f:1: \"\\x1b]0;x\\x07\\x0a\\xfe\"");
    tend_fail(&err, TEND_INPUT, "again %s", err.text); // its own text may be quoted
    assert_string_equal(err.text, "again f:1: \"\\x1b]0;x\\x07\\x0a\\xfe\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_any_script_may_be_shown),
        cmocka_unit_test(controls_and_what_is_no_utf8_may_not),
        cmocka_unit_test(what_may_not_be_shown_is_spelt_out),
        cmocka_unit_test(a_message_is_one_line_of_text_whatever_it_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
