// SPDX-License-Identifier: GPL-3.0-or-later
// What a long run says on a terminal.
#include "command_support.h"

#include "runners/progress.h"

static void a_running_one_tells_share_rate_and_time_left(void **state)
{
    (void)state;
    char line[64];
    output_progress_text(250, 0, 1000, 5, line);
    assert_non_null(strstr(line, "250 of 1000 episodes, 25 %, 50/s, 15 s left"));
}

static void episodes_of_an_earlier_run_do_not_count_as_speed(void **state)
{
    (void)state;
    char line[64];
    output_progress_text(900, 800, 1000, 10, line);
    assert_non_null(strstr(line, "90 %, 10/s, 10 s left"));
}

static void a_long_rest_is_told_in_minutes(void **state)
{
    (void)state;
    char line[64];
    output_progress_text(10, 0, 1210, 10, line);
    assert_non_null(strstr(line, "1/s, 20 min left"));
}

static void before_the_first_there_is_no_rate_and_the_line_keeps_its_width(void **state)
{
    (void)state;
    char first[64], last[64];
    output_progress_text(0, 0, 1000, 0, first);
    output_progress_text(9999999, 1, 10000000, 1e6, last);
    assert_null(strstr(first, "left"));
    assert_int_equal(strlen(first), 60);
    assert_int_equal(strlen(last), 60);
}

static void a_line_is_wiped_once_at_the_end(void **state)
{
    (void)state;
    progress p = {.episodes = 10, .began = progress_clock()};
    capture c;
    capture_begin(&c);
    progress_end(&p); // nothing was shown yet
    progress_show(&p, 3);
    progress_end(&p);
    progress_end(&p);
    char *text = capture_end(&c), expected[200];
    assert_int_equal(strncmp(text, "\r3 of 10 episodes, 30 %", 23), 0);
    snprintf(expected, sizeof expected, "\r%60s\r", "");
    assert_int_equal(strlen(text), 61 + 62);
    assert_string_equal(text + 61, expected);
    free(text);
}

static void what_comes_too_soon_is_not_shown(void **state)
{
    (void)state;
    progress p = {.episodes = 10, .began = progress_clock(), .shown = progress_clock() + 1000};
    capture c;
    capture_begin(&c);
    progress_show(&p, 3);
    char *text = capture_end(&c);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_running_one_tells_share_rate_and_time_left),
        cmocka_unit_test(episodes_of_an_earlier_run_do_not_count_as_speed),
        cmocka_unit_test(a_long_rest_is_told_in_minutes),
        cmocka_unit_test(before_the_first_there_is_no_rate_and_the_line_keeps_its_width),
        cmocka_unit_test(a_line_is_wiped_once_at_the_end),
        cmocka_unit_test(what_comes_too_soon_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
