// SPDX-License-Identifier: GPL-3.0-or-later
// support.h - what every test program shares: cmocka, assertions on doubles, data and temp files.
//
// cmocka's float assertions cast to float; assert_near compares doubles. Data sets are found
// through the environment variable TEND_DATA; without it a test says so and is skipped, except
// under CI=true, where a missing data set is a failure.
#ifndef TEND_TESTS_SUPPORT_H
#define TEND_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// |a - b| <= tolerance; NAN is near nothing, equal infinities are near.
#define assert_near(a, b, tolerance) support_near((a), (b), (tolerance), #a, __FILE__, __LINE__)

// |a - b| <= tolerance * |b|
#define assert_near_relative(a, b, tolerance)                                                      \
    support_near((a), (b), (tolerance)*fabs((double)(b)), #a, __FILE__, __LINE__)

static inline void support_near(double a, double b, double tolerance, const char *what,
                                const char *file, int line)
{
    if (a == b || fabs(a - b) <= tolerance)
        return;
    print_error("%s is %.17g, expected %.17g within %.3g\n", what, a, b, tolerance);
    _fail(file, line);
}

// lower < value < upper
static inline void support_between(double value, double lower, double upper, const char *what,
                                   const char *file, int line)
{
    if (value > lower && value < upper)
        return;
    print_error("%s is %.17g, expected between %.17g and %.17g\n", what, value, lower, upper);
    _fail(file, line);
}

#define assert_between(value, lower, upper)                                                        \
    support_between((value), (lower), (upper), #value, __FILE__, __LINE__)

// The text holds the part.
static inline void support_holds(const char *text, const char *part, const char *file, int line)
{
    if (text && strstr(text, part))
        return;
    print_error("\"%s\" does not hold \"%s\"\n", text ? text : "(null)", part);
    _fail(file, line);
}

#define assert_holds(text, part) support_holds((text), (part), __FILE__, __LINE__)

// Fills path with TEND_DATA/name and returns true; or skips (fails under CI=true) the test.
static inline bool data_path(char *path, size_t room, const char *name)
{
    const char *root = getenv("TEND_DATA");
    if (root && *root) {
        snprintf(path, room, "%s/%s", root, name);
        if (access(path, R_OK) == 0)
            return true;
    }
    const char *ci = getenv("CI");
    if (ci && strcmp(ci, "true") == 0)
        fail_msg("TEND_DATA holds no %s, which CI must have", name);
    print_message("data set %s is absent: set TEND_DATA to run this test\n", name);
    skip();
    return false;
}

// A fresh name for a scratch file, e.g. temp_path(path, sizeof path, "rows.csv").
static inline void temp_path(char *path, size_t room, const char *name)
{
    const char *dir = getenv("TMPDIR");
    snprintf(path, room, "%s/tend-test-%ld-%s", dir && *dir ? dir : "/tmp", (long)getpid(), name);
}

// Writes bytes to a file, for tests of readers.
static inline void put_file(const char *path, const void *bytes, size_t count)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, count, f), count);
    assert_int_equal(fclose(f), 0);
}

// A whole file as a NUL-terminated string; the caller frees it. NULL when there is no such file.
static inline char *get_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    size_t room = 1 << 16, used = 0, got;
    char *text = malloc(room + 1);
    assert_non_null(text);
    while ((got = fread(text + used, 1, room - used, f)) > 0) {
        used += got;
        if (used == room) {
            char *more = realloc(text, (room *= 2) + 1);
            assert_non_null(more);
            text = more;
        }
    }
    fclose(f);
    text[used] = 0;
    return text;
}

#endif
