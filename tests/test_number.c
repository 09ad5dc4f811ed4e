// SPDX-License-Identifier: GPL-3.0-or-later
// test_number.c - a host that writes 0,5 for a half changes nothing in what is read and written.
#include "support.h"

#include "base/number.h"

#include <locale.h>
#include <tend/tend.h>

static tend_err err;

static void a_number_is_read_up_to_its_end_and_written_in_so_many_digits(void **state)
{
    (void)state;
    char *end, out[40], few[4];
    const char *text = "-0.25e2,5";
    assert_near(number_read(text, &end), -25, 0);
    assert_string_equal(end, ",5");
    text = "none";
    assert_near(number_read(text, &end), 0, 0);
    assert_ptr_equal(end, text);
    number_write(0.1, 17, out, sizeof out);
    assert_string_equal(out, "0.10000000000000001");
    number_write(0.1, 15, out, sizeof out);
    assert_string_equal(out, "0.1");
    number_write(0.125, 15, few, sizeof few);
    assert_string_equal(few, "0.1");
}

// Makes this process write a comma; false where there is no such locale and none can be made.
static bool write_commas(char *folder)
{
    char command[200], path[80];
    snprintf(path, sizeof path, "%s/comma", folder);
    snprintf(command, sizeof command, "localedef -c -i de_DE -f UTF-8 %s >/dev/null 2>&1", path);
    // a status other than 0 may be a warning: what counts is whether it can be used
    if (system(command) == -1 || setenv("LOCPATH", folder, 1) != 0)
        return false;
    if (!setlocale(LC_ALL, "comma") && !setlocale(LC_ALL, "de_DE.UTF-8"))
        return false;
    return strcmp(localeconv()->decimal_point, ",") == 0;
}

static void a_host_with_a_decimal_comma_reads_and_writes_the_same_files(void **state)
{
    (void)state;
    static const char text[] = "{\"name\":\"one\",\"step_s\":0.5,\"services\":[{\"name\":\"web\"}],"
                               "\"entry\":\"web\",\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}";
    static const char beyond[] = "{\"name\":\"one\",\"step_s\":1.0e999}";
    char folder[] = "/tmp/tend-locale-XXXXXX", remove[64], *lessons = NULL, shown[16];
    tend_system *made = NULL, *none = NULL;
    tend_config *config = NULL;
    tend_engine *engine = NULL;
    assert_non_null(mkdtemp(folder));
    bool commas = write_commas(folder);
    snprintf(remove, sizeof remove, "rm -r %s", folder);
    assert_int_equal(system(remove), 0);
    if (!commas) {
        setlocale(LC_ALL, "C");
        print_message("no locale with a decimal comma here\n");
        skip();
    }
    assert_int_equal(tend_config_new(&config, &err), TEND_OK);
    assert_int_equal(tend_config_set(config, "policy.alpha", "0.25", &err), TEND_OK);
    assert_near(tend_config_number(config, "policy", "alpha"), 0.25, 0);
    assert_int_equal(tend_config_set(config, "policy.alpha", "0,5", &err), TEND_USAGE);
    assert_int_equal(tend_system_parse(text, strlen(text), "one", &made, &err), TEND_OK);
    assert_near(made->step_s, 0.5, 0);
    assert_int_equal(tend_system_parse(beyond, strlen(beyond), "one", &none, &err), TEND_INPUT);
    assert_holds(err.text, "a double can hold");
    assert_int_equal(tend_open(made, config, 1, &engine, &err), TEND_OK);
    tend_learn(engine, &(tend_outcome){.key = 5, .arm = 2, .reward = 0.75});
    assert_int_equal(tend_policy_write(engine, &lessons, &err), TEND_OK);
    assert_holds(lessons, "\"alpha\":0.25,");
    assert_holds(lessons, "\"sum\":0.75}");
    assert_int_equal(tend_policy_parse(engine, lessons, strlen(lessons), "p", &err), TEND_OK);
    // the host goes on as it was
    snprintf(shown, sizeof shown, "%g", 0.5);
    assert_string_equal(shown, "0,5");
    setlocale(LC_ALL, "C");
    free(lessons);
    tend_close(engine);
    tend_config_free(config);
    tend_system_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_read_up_to_its_end_and_written_in_so_many_digits),
        cmocka_unit_test(a_host_with_a_decimal_comma_reads_and_writes_the_same_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
