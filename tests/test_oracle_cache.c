// SPDX-License-Identifier: GPL-3.0-or-later
// test_oracle_cache.c - answers outlive the process, but not the program that gave them.
#include "support.h"

#include "base/hash.h"
#include "runners/oracle_cache.h"

#include <inttypes.h>

static tend_err err;

static oracle_book *book_of(void)
{
    oracle_book *book;
    assert_int_equal(oracle_book_open(&book, &err), TEND_OK);
    return book;
}

static size_t loaded(const char *path, oracle_answer *out)
{
    oracle_book *book = book_of();
    size_t count;
    assert_int_equal(oracle_cache_load(path, book, &err), TEND_OK);
    oracle_book_find(book, 3, 4, out);
    oracle_book_entries(book, &count);
    oracle_book_close(book);
    return count;
}

// The file with one digit of its second line changed, and a checksum that holds.
static void change(const char *path, size_t digit)
{
    char *text = get_file(path), *end = strstr(text, "end "), *line = strchr(text, '\n') + 1;
    line[digit] = line[digit] == '0' ? '1' : '0';
    snprintf(end, strlen(end) + 1, "end %016" PRIx64 "\n",
             hash_bytes(HASH_START, text, (size_t)(end - text)));
    put_file(path, text, strlen(text));
    free(text);
}

static void only_what_this_program_found_is_taken(void **state)
{
    (void)state;
    char path[256];
    oracle_answer answer = {.beam = 5, .plan = {.actions = 1}}, found = {.beam = 0};
    answer.plan.step[0].tick = 60;
    answer.plan.step[0].action = 2;
    temp_path(path, sizeof path, "oracle-cache");
    unlink(path);
    assert_int_equal(loaded(path, &found), 0); // none yet: nothing is known
    oracle_book *book = book_of();
    assert_int_equal(oracle_book_add(book, &(oracle_entry){3, 4, answer}, &err), TEND_OK);
    assert_int_equal(oracle_cache_save(path, book, &err), TEND_OK);
    oracle_book_close(book);
    assert_int_equal(loaded(path, &found), 1);
    assert_int_equal(found.beam, 5);
    assert_int_equal(found.plan.actions, 1);
    assert_int_equal(found.plan.step[0].tick, 60);
    assert_int_equal(found.plan.step[0].action, 2);
    change(path, 0); // of the program
    assert_int_equal(loaded(path, &found), 0);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_what_this_program_found_is_taken)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
