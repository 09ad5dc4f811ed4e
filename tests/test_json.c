// SPDX-License-Identifier: GPL-3.0-or-later
// test_json.c - strict JSON: what must be read, what must be refused, and where it says it is.
#include "support.h"

#include "core/json.h"

#include <dirent.h>

static tend_err err;

static cJSON *read_text(const char *text)
{
    cJSON *root = NULL;
    memset(&err, 0, sizeof err);
    tend_rc rc = json_parse(text, strlen(text), "t.json", &root, &err);
    assert_int_equal(rc == TEND_OK, root != NULL);
    return root;
}

static void refused(const char *text, const char *message)
{
    assert_null(read_text(text));
    assert_int_equal(err.rc, TEND_INPUT);
    assert_holds(err.text, message);
}

static void a_plain_object_is_read(void **state)
{
    (void)state;
    cJSON *root = read_text("{\"a\": [1, -2.5e3, true, null, \"x\\u00e9\\ud83d\\ude00\"]}\r\n");
    const cJSON *a = cJSON_GetObjectItemCaseSensitive(root, "a");
    assert_int_equal(cJSON_GetArraySize(a), 5);
    assert_near(cJSON_GetArrayItem(a, 1)->valuedouble, -2500, 0);
    assert_string_equal(cJSON_GetArrayItem(a, 4)->valuestring, "x\xC3\xA9\xF0\x9F\x98\x80");
    cJSON_Delete(root);
}

static void every_value_knows_its_line(void **state)
{
    (void)state;
    cJSON *root = read_text("\n{\"a\":\n [1,\n  {\"b\": 2}, [],\r\n 3], \"c\": {}, \"d\"\n:\n4}");
    assert_int_equal(root->valueint, 2);
    const cJSON *a = root->child;
    assert_int_equal(a->valueint, 3);
    assert_int_equal(cJSON_GetArrayItem(a, 0)->valueint, 3);
    assert_int_equal(cJSON_GetArrayItem(a, 1)->valueint, 4);
    assert_int_equal(cJSON_GetArrayItem(a, 1)->child->valueint, 4);
    assert_int_equal(cJSON_GetArrayItem(a, 2)->valueint, 4);
    assert_int_equal(cJSON_GetArrayItem(a, 3)->valueint, 5);
    assert_int_equal(a->next->valueint, 5);
    assert_int_equal(a->next->next->valueint, 7);
    cJSON_Delete(root);
}

static void an_error_names_file_line_and_expectation(void **state)
{
    (void)state;
    refused("", "t.json:1: end of text, expected a value");
    refused("{\n\"a\": 1,\n}", "t.json:3: '}', expected a quoted key");
    refused("{\"a\" 1}", "t.json:1: '1', expected ':'");
    refused("[1\n2]", "t.json:2: '2', expected ',' or ']'");
    refused("[1] x", "expected the end of the text");
    refused("[\"a\nb\"]", "byte 0x0a, expected no control byte");
    refused("[\"a", "expected the end of a string");
    refused("\xEF\xBB\xBF[]", "byte order mark");
    refused("[tru]", "expected a value");
    refused("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}", "t.json:3: key \"a\" twice");
    refused("[{\"x\": {\"k\": 1, \"k\": 1}}]", "key \"k\" twice");
}

static void numbers_a_double_cannot_hold_are_refused(void **state)
{
    (void)state;
    refused("[1e400]", "t.json:1: 1e400, expected a number that a double can hold");
    refused("[-1e400]", "expected a number that a double can hold");
    refused("[NaN]", "expected a number");
    refused("[Infinity]", "expected a number");
    refused("[-Infinity]", "expected a number");
    refused("[01]", "leading zeros");
    refused("[+1]", "expected a number");
    refused("[1.]", "digits after the point");
    refused("[.5]", "expected a number");
    refused("[1e]", "digits of an exponent");
    refused("[0x10]", "expected ',' or ']'");
    cJSON *root = read_text("[1e308, 1e-400, -0, 0.1]");
    assert_near(root->child->valuedouble, 1e308, 0);
    assert_near(root->child->next->valuedouble, 0, 0);
    cJSON_Delete(root);
}

static void a_long_number_is_read_whole(void **state)
{
    (void)state;
    char text[420] = "[1.";
    memset(text + 3, '5', 200);
    memcpy(text + 203, "e2]", 4);
    cJSON *root = read_text(text);
    assert_non_null(root);
    assert_near(root->child->valuedouble, 155.555555555555555, 1e-12);
    cJSON_Delete(root);
    memset(text + 3, '5', 410);
    memcpy(text + 413, "]", 2);
    refused(text, "fewer than 400 digits");
}

static void nesting_ends_at_64_levels(void **state)
{
    (void)state;
    char text[200] = "";
    for (int depth = 64; depth <= 65; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        text[2 * depth] = 0;
        cJSON *root = read_text(text);
        assert_int_equal(root != NULL, depth == 64);
        cJSON_Delete(root);
    }
    assert_holds(err.text, "64 levels");
}

static void a_hundred_thousand_brackets_do_not_overflow_the_stack(void **state)
{
    (void)state;
    size_t count = 100000;
    char *text = malloc(count + 1);
    assert_non_null(text);
    memset(text, '[', count);
    text[count] = 0;
    refused(text, "64 levels");
    free(text);
}

static void bad_utf8_and_lone_surrogates_are_refused(void **state)
{
    (void)state;
    refused("[\"\xC0\x80\"]", "valid UTF-8");         // overlong
    refused("[\"\xED\xA0\x80\"]", "valid UTF-8");     // a surrogate
    refused("[\"\xF4\x90\x80\x80\"]", "valid UTF-8"); // above U+10FFFF
    refused("[\"\xE2\x82\"]", "valid UTF-8");         // cut short
    refused("[\"\xFF\"]", "valid UTF-8");
    refused("[\"\\ud800\"]", "second half of a surrogate pair");
    refused("[\"\\ud800\\u0041\"]", "second half of a surrogate pair");
    refused("[\"\\udc00\"]", "no lone surrogate");
    refused("[\"\\u00g0\"]", "four hexadecimal digits");
    refused("[\"\\x41\"]", "an escape sequence");
}

static void a_nul_byte_is_refused_wherever_it_stands(void **state)
{
    (void)state;
    static const char inside[] = "[\"a\0b\"]", behind[] = "[1]\0";
    cJSON *root = NULL;
    assert_int_equal(json_parse(inside, sizeof inside - 1, "t", &root, &err), TEND_INPUT);
    assert_int_equal(json_parse(behind, sizeof behind - 1, "t", &root, &err), TEND_INPUT);
    refused("[\"\\u0000\"]", "no NUL");
}

static void accessors_report_path_line_and_range(void **state)
{
    (void)state;
    static const char *const known[] = {"replicas", "name", NULL};
    const char *where = "t.json: services[2]", *text = "kept";
    const cJSON *array = NULL;
    double number = 7;
    cJSON *root = read_text("{\"name\": \"\",\n\"replicas\": -3,\n\"sort\": 1,\"nam\": []}");

    assert_int_equal(json_number(root, "replicas", (json_range){1, 9}, &number, where, &err),
                     TEND_INPUT);
    assert_string_equal(err.text, "t.json:2: services[2]: replicas: -3, expected 1 to 9");
    assert_int_equal(json_number(root, "name", (json_range){1, 9}, &number, where, &err),
                     TEND_INPUT);
    assert_holds(err.text, "expected a number");
    assert_int_equal(json_number(root, "absent", (json_range){1, 9}, &number, where, &err),
                     TEND_OK);
    assert_near(number, 7, 0);
    assert_int_equal(json_number(root, "replicas", (json_range){-9, 9}, &number, where, &err),
                     TEND_OK);
    assert_near(number, -3, 0);

    assert_int_equal(json_text(root, "name", true, &text, where, &err), TEND_INPUT);
    assert_holds(err.text, "t.json:1: services[2]: name: an empty text, expected a text");
    assert_int_equal(json_text(root, "absent", true, &text, where, &err), TEND_INPUT);
    assert_holds(err.text, "absent: missing");
    assert_int_equal(json_text(root, "absent", false, &text, where, &err), TEND_OK);
    assert_string_equal(text, "kept");

    assert_int_equal(json_array(root, "sort", true, &array, where, &err), TEND_INPUT);
    assert_holds(err.text, "sort: a number, expected an array");
    assert_int_equal(json_array(root, "nam", true, &array, where, &err), TEND_OK);
    assert_non_null(array);

    assert_int_equal(json_only(root, known, where, &err), TEND_INPUT);
    assert_holds(err.text, "t.json:3: services[2]: unknown key \"sort\"");
    cJSON_Delete(root);

    root = read_text("{\"replcias\": 1}");
    assert_int_equal(json_only(root, known, "t.json", &err), TEND_INPUT);
    assert_string_equal(err.text, "t.json:1: unknown key \"replcias\", did you mean \"replicas\"?");
    cJSON_Delete(root);
}

static void a_line_of_ten_megabytes_is_read(void **state)
{
    (void)state;
    size_t length = 10u << 20;
    char *text = malloc(length + 5);
    assert_non_null(text);
    memcpy(text, "[\"", 2);
    memset(text + 2, 'x', length);
    memcpy(text + 2 + length, "\"]", 3);
    cJSON *root = read_text(text);
    assert_int_equal(strlen(root->child->valuestring), length);
    cJSON_Delete(root);
    free(text);
}

// y_ files that we refuse on purpose: RFC 8259 lets a reader
static bool stricter(const char *file)
{
    static const char *const names[] = {
        "y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json",
        "y_string_null_escape.json", "y_object_escaped_null_in_key.json", NULL};
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], file) == 0)
            return true;
    return false;
}

// JSONTestSuite (Nicolas Seriot): y_ must be read, n_ must be refused, i_ must not crash
static void the_json_test_suite_agrees(void **state)
{
    (void)state;
    char folder[512], path[1024];
    int read = 0, refused_count = 0, either = 0, exceptions = 0, wrong = 0;
    if (!data_path(folder, sizeof folder, "corpora/json-testsuite/test_parsing"))
        return;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!strstr(entry->d_name, ".json"))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        char *text = malloc(1 << 20);
        assert_non_null(text);
        size_t length = fread(text, 1, 1 << 20, f);
        fclose(f);
        cJSON *root = NULL;
        tend_rc rc = json_parse(text, length, entry->d_name, &root, &err);
        bool expected = entry->d_name[0] == 'y' && !stricter(entry->d_name);
        if (entry->d_name[0] != 'i' && (rc == TEND_OK) != expected) {
            print_error("%s: %s\n", entry->d_name, rc == TEND_OK ? "read" : err.text);
            wrong++;
        }
        assert_true(rc == TEND_OK || rc == TEND_INPUT);
        either += entry->d_name[0] == 'i';
        exceptions += entry->d_name[0] == 'y' && !expected;
        read += entry->d_name[0] == 'y' && rc == TEND_OK;
        refused_count += entry->d_name[0] == 'n' && rc != TEND_OK;
        cJSON_Delete(root);
        free(text);
    }
    closedir(dir);
    print_message("JSONTestSuite: %d of y_ read, %d refused on purpose, %d of n_ refused, %d of i_ "
                  "answered\n",
                  read, exceptions, refused_count, either);
    assert_int_equal(wrong, 0);
    assert_true(read > 80 && refused_count > 180);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_object_is_read),
        cmocka_unit_test(every_value_knows_its_line),
        cmocka_unit_test(an_error_names_file_line_and_expectation),
        cmocka_unit_test(numbers_a_double_cannot_hold_are_refused),
        cmocka_unit_test(a_long_number_is_read_whole),
        cmocka_unit_test(nesting_ends_at_64_levels),
        cmocka_unit_test(a_hundred_thousand_brackets_do_not_overflow_the_stack),
        cmocka_unit_test(bad_utf8_and_lone_surrogates_are_refused),
        cmocka_unit_test(a_nul_byte_is_refused_wherever_it_stands),
        cmocka_unit_test(accessors_report_path_line_and_range),
        cmocka_unit_test(a_line_of_ten_megabytes_is_read),
        cmocka_unit_test(the_json_test_suite_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
