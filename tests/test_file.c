// test_file.c - files are read whole, and written whole or not at all.
#include "support.h"

#include "edge/file.h"

#include <dirent.h>
#include <sys/stat.h>

static tend_err err;
static char folder[256];

static int make_folder(void **state)
{
    (void)state;
    temp_path(folder, sizeof folder, "files");
    return mkdir(folder, 0700);
}

static int entries(void)
{
    int count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));)
        count += e->d_name[0] != '.';
    closedir(dir);
    return count;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static const char *inside(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void what_was_written_is_read_back(void **state)
{
    (void)state;
    size_t length = 3u << 20, got = 0;
    char *text = malloc(length), *back = NULL;
    assert_non_null(text);
    for (size_t i = 0; i < length; i++)
        text[i] = (char)(i * 31 + i / 1000);
    assert_int_equal(file_write(inside("big"), text, length, &err), TEND_OK);
    assert_int_equal(file_read(inside("big"), 0, &back, &got, &err), TEND_OK);
    assert_int_equal(got, length);
    assert_memory_equal(back, text, length);
    assert_int_equal(back[got], 0);
    free(back);
    assert_int_equal(file_write(inside("big"), "", 0, &err), TEND_OK);
    assert_int_equal(file_read(inside("big"), 0, &back, &got, &err), TEND_OK);
    assert_int_equal(got, 0);
    assert_int_equal(entries(), 1); // no temporary file is left
    unlink(inside("big"));
    free(back);
    free(text);
}

static void a_file_larger_than_allowed_is_refused(void **state)
{
    (void)state;
    char *text = NULL, bytes[200000] = {0};
    size_t length;
    put_file(inside("large"), bytes, sizeof bytes);
    assert_int_equal(file_read(inside("large"), 100000, &text, &length, &err), TEND_INPUT);
    assert_holds(err.text, "expected less");
    assert_null(text);
    unlink(inside("large"));
}

static void a_missing_file_and_a_directory_are_told_apart(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length;
    assert_int_equal(file_read(inside("none"), 0, &text, &length, &err), TEND_IO);
    assert_holds(err.text, "none: cannot open: No such file");
    assert_int_equal(file_read(folder, 0, &text, &length, &err), TEND_IO);
    assert_holds(err.text, "a directory, expected a file");
    assert_int_equal(file_write(folder, "x", 1, &err), TEND_IO);
    assert_holds(err.text, "a directory, expected a file");
    assert_null(text);
}

static void an_unwritable_place_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_int_equal(file_write(inside("no/such/folder"), "x", 1, &err), TEND_IO);
    assert_holds(err.text, "cannot create: No such file");
    assert_int_equal(entries(), 0);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    assert_int_equal(file_write("/dev/full", "x", 1, &err), TEND_IO);
    assert_holds(err.text, "/dev/full: cannot write: No space left");
}

static void a_device_is_written_in_place(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(file_write("/dev/null", "x", 1, &err), TEND_OK);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode)); // and is still a device
}

static void a_failed_write_leaves_the_old_file_intact(void **state)
{
    (void)state;
    char *old, *blocker = strdup(inside("kept"));
    assert_non_null(blocker);
    put_file(blocker, "old", 3);
    // the temporary file's name is taken by a directory: it cannot be created
    char taken[600];
    snprintf(taken, sizeof taken, "%s.%ld.tmp", blocker, (long)getpid());
    assert_int_equal(mkdir(taken, 0700), 0);
    assert_int_equal(file_write(blocker, "new", 3, &err), TEND_IO);
    old = get_file(blocker);
    assert_string_equal(old, "old");
    rmdir(taken);
    unlink(blocker);
    free(old);
    free(blocker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(a_file_larger_than_allowed_is_refused),
        cmocka_unit_test(a_missing_file_and_a_directory_are_told_apart),
        cmocka_unit_test(an_unwritable_place_leaves_nothing_behind),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(a_device_is_written_in_place),
        cmocka_unit_test(a_failed_write_leaves_the_old_file_intact),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
