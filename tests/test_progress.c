// SPDX-License-Identifier: GPL-3.0-or-later
// What a long run says on a terminal.
#include "runners/command.h"
#include "support.h"

#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_running_one_tells_share_rate_and_time_left),
        cmocka_unit_test(episodes_of_an_earlier_run_do_not_count_as_speed),
        cmocka_unit_test(a_long_rest_is_told_in_minutes),
        cmocka_unit_test(before_the_first_there_is_no_rate_and_the_line_keeps_its_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
