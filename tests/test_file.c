// SPDX-License-Identifier: GPL-3.0-or-later
// test_file.c - files are read whole, and written whole or not at all.
#include "folder_support.h"

#include "edge/file.h"
#include "edge/place.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static tend_err err;

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
    assert_int_equal(folder_entries(), 1); // no temporary file is left
    unlink(inside("big"));
    free(back);
    free(text);
}

// what is in the file `name`, and how many files lie beside it
static void holds_alone(const char *name, const char *text)
{
    char *back = NULL;
    size_t got = 0;
    assert_int_equal(file_read(inside(name), 0, &back, &got, &err), TEND_OK);
    assert_string_equal(back, text);
    assert_int_equal(folder_entries(), 1);
    free(back);
}

static void pieces_make_a_file_that_is_there_at_its_end(void **state)
{
    (void)state;
    file_out *to = NULL;
    assert_int_equal(file_write(inside("p"), "before", 6, &err), TEND_OK);
    assert_int_equal(file_begin(inside("p"), &to, &err), TEND_OK);
    assert_int_equal(file_add(to, "one,", 4, &err), TEND_OK);
    assert_int_equal(file_add(to, "two", 3, &err), TEND_OK);
    assert_int_equal(folder_entries(), 2); // it grows beside the old one
    assert_int_equal(file_end(to, true, &err), TEND_OK);
    holds_alone("p", "one,two");
    assert_int_equal(file_begin(inside("p"), &to, &err), TEND_OK);
    assert_int_equal(file_add(to, "three", 5, &err), TEND_OK);
    assert_int_equal(file_end(to, false, &err), TEND_OK);
    holds_alone("p", "one,two");
    assert_int_equal(file_end(NULL, true, &err), TEND_OK);
    assert_int_equal(unlink(inside("p")), 0);
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
    assert_int_equal(folder_entries(), 0);
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

static void a_failed_write_leaves_the_old_file_intact_and_nothing_beside_it(void **state)
{
    (void)state;
    struct rlimit old, small = {4096, 4096};
    char *text = calloc(100000, 1), *kept;
    assert_non_null(text);
    put_file(inside("kept"), "old", 3);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    tend_rc rc = file_write(inside("kept"), text, 100000, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, before);
    assert_int_equal(rc, TEND_IO);
    assert_holds(err.text, "kept: cannot write: File too large");
    kept = get_file(inside("kept"));
    assert_string_equal(kept, "old");
    assert_int_equal(folder_entries(), 1);
    unlink(inside("kept"));
    free(kept);
    free(text);
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void permissions_are_kept_and_a_new_file_gets_what_the_umask_says(void **state)
{
    (void)state;
    mode_t mask = umask(027);
    assert_int_equal(file_write(inside("mode"), "1", 1, &err), TEND_OK);
    umask(mask);
    assert_int_equal(mode_of(inside("mode")), 0640);
    const mode_t modes[] = {0600, 0444, 0666, 0755};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(inside("mode"), modes[i]), 0);
        assert_int_equal(file_write(inside("mode"), "2", 1, &err), TEND_OK);
        assert_int_equal(mode_of(inside("mode")), modes[i]);
    }
    unlink(inside("mode"));
}

static void a_link_stays_a_link_and_its_target_is_replaced(void **state)
{
    (void)state;
    char first[600], target[600], *got;
    struct stat st;
    snprintf(first, sizeof first, "%s", inside("first"));
    snprintf(target, sizeof target, "%s", inside("sub/target"));
    assert_int_equal(mkdir(inside("sub"), 0700), 0);
    assert_int_equal(symlink("sub/second", first), 0);
    assert_int_equal(symlink(target, inside("sub/second")), 0);
    for (int round = 0; round < 2; round++) { // to nothing yet, then to a file
        const char *text = round ? "there" : "new";
        assert_int_equal(file_write(first, text, strlen(text), &err), TEND_OK);
        assert_int_equal(lstat(first, &st), 0);
        assert_true(S_ISLNK(st.st_mode));
        assert_int_equal(lstat(target, &st), 0);
        assert_true(S_ISREG(st.st_mode));
        got = get_file(target);
        assert_string_equal(got, text);
        free(got);
    }
    assert_int_equal(folder_entries(), 2); // first and sub: the temporary lay beside the target
    unlink(target);
    unlink(inside("sub/second"));
    unlink(first);
    rmdir(inside("sub"));
    assert_int_equal(symlink("round", inside("round")), 0);
    assert_int_equal(file_write(inside("round"), "x", 1, &err), TEND_IO);
    assert_holds(err.text, "Too many levels");
    unlink(inside("round"));
}

// as `command --out /dev/stdout >FILE`: the file may be held open by others, it is not replaced
static void a_descriptor_is_written_where_it_stands(void **state)
{
    (void)state;
    char name[64], *got;
    struct stat before, after;
    int fd = open(inside("open"), O_RDWR | O_CREAT, 0600);
    assert_true(fd > 2);
    assert_int_equal(write(fd, "one ", 4), 4);
    assert_int_equal(fstat(fd, &before), 0);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    assert_int_equal(file_write(name, "two ", 4, &err), TEND_OK);
    snprintf(name, sizeof name, "/dev/fd/%d", fd);
    if (access("/dev/fd", X_OK) == 0)
        assert_int_equal(file_write(name, "three", 5, &err), TEND_OK);
    else
        assert_int_equal(write(fd, "three", 5), 5);
    assert_int_equal(stat(inside("open"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    got = get_file(inside("open"));
    assert_string_equal(got, "one two three");
    close(fd);
    assert_int_equal(file_write(name, "x", 1, &err), TEND_IO);
    fd = open(inside("open"), O_RDONLY);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    assert_int_equal(file_write(name, "x", 1, &err), TEND_IO);
    assert_holds(err.text, "cannot write: Bad file descriptor");
    close(fd);
    unlink(inside("open"));
    free(got);
}

static void one_place_under_two_names_is_seen(void **state)
{
    (void)state;
    place a, b;
    char *other = strdup(inside("./b"));
    assert_int_equal(symlink("a", inside("link")), 0);
    assert_int_equal(place_find(inside("a"), &a, &err), TEND_OK);
    assert_int_equal(place_find(inside("../"), &b, &err), TEND_IO);
    assert_int_equal(place_find(inside("link"), &b, &err), TEND_OK);
    assert_true(place_same(&a, &b));
    assert_int_equal(place_find(other, &b, &err), TEND_OK);
    assert_false(place_same(&a, &b));
    assert_int_equal(place_find("-", &a, &err), TEND_OK);
    assert_false(place_same(&a, &b));
    assert_int_equal(place_find("/proc/self/fd/1", &b, &err), TEND_OK);
    assert_true(place_same(&a, &b));
    assert_int_equal(place_find("/proc/self/fd/2", &b, &err), TEND_OK);
    assert_false(place_same(&a, &b));
    assert_int_equal(place_find("/dev/null", &a, &err), TEND_OK);
    assert_int_equal(place_find("/dev/null", &b, &err), TEND_OK);
    assert_false(place_same(&a, &b)); // takes whatever comes
    unlink(inside("link"));
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(pieces_make_a_file_that_is_there_at_its_end),
        cmocka_unit_test(a_file_larger_than_allowed_is_refused),
        cmocka_unit_test(a_missing_file_and_a_directory_are_told_apart),
        cmocka_unit_test(an_unwritable_place_leaves_nothing_behind),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(a_device_is_written_in_place),
        cmocka_unit_test(a_failed_write_leaves_the_old_file_intact_and_nothing_beside_it),
        cmocka_unit_test(permissions_are_kept_and_a_new_file_gets_what_the_umask_says),
        cmocka_unit_test(a_link_stays_a_link_and_its_target_is_replaced),
        cmocka_unit_test(a_descriptor_is_written_where_it_stands),
        cmocka_unit_test(one_place_under_two_names_is_seen),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove_empty);
}
