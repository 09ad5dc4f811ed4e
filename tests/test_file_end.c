// SPDX-License-Identifier: GPL-3.0-or-later
// test_file_end.c - a file that cannot be put in its place in the end: the old one stays, nothing
// is left beside it, and the failure is told.
#include "folder_support.h"

#include "edge/file.h"

static tend_err err;

static void a_folder_in_its_place_is_not_replaced(void **state)
{
    (void)state;
    file_out *to = NULL;
    assert_int_equal(file_begin(inside("f"), &to, &err), TEND_OK);
    assert_int_equal(file_add(to, "new", 3, &err), TEND_OK);
    assert_int_equal(mkdir(inside("f"), 0700), 0); // meanwhile
    assert_int_equal(file_end(to, true, &err), TEND_IO);
    assert_holds(err.text, "f: cannot replace: Is a directory");
    assert_int_equal(folder_entries(), 1);
    assert_int_equal(rmdir(inside("f")), 0);
}

// A descriptor somebody closed cannot be made safe: what was there stays.
static void what_cannot_be_made_safe_is_not_put_in_place(void **state)
{
    (void)state;
    file_out *to = NULL;
    assert_int_equal(file_write(inside("g"), "old", 3, &err), TEND_OK);
    int next = dup(0); // the number the next file gets
    close(next);
    assert_int_equal(file_begin(inside("g"), &to, &err), TEND_OK);
    assert_int_equal(file_add(to, "new", 3, &err), TEND_OK);
    assert_int_equal(close(next), 0);
    assert_int_equal(file_end(to, true, &err), TEND_IO);
    assert_holds(err.text, "g: cannot write: Bad file descriptor");
    assert_int_equal(folder_entries(), 1);
    char *kept = get_file(inside("g"));
    assert_string_equal(kept, "old");
    free(kept);
    unlink(inside("g"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_in_its_place_is_not_replaced),
        cmocka_unit_test(what_cannot_be_made_safe_is_not_put_in_place),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove_empty);
}
