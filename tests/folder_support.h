// SPDX-License-Identifier: GPL-3.0-or-later
// folder_support.h - a folder of its own for a test program whose tests read and write files.
//
// folder_make and folder_remove are the set-up and tear-down of a test or of the whole group.
#ifndef TEND_TESTS_FOLDER_SUPPORT_H
#define TEND_TESTS_FOLDER_SUPPORT_H

#include "support.h"

#include <dirent.h>
#include <sys/stat.h>

static char folder[256];

static inline int folder_make(void **state)
{
    (void)state;
    temp_path(folder, sizeof folder, "folder");
    return mkdir(folder, 0700);
}

// The path of a name in the folder; the last two stay valid.
static inline const char *inside(const char *name)
{
    static char path[2][512];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static inline void put(const char *name, const char *text)
{
    put_file(inside(name), text, strlen(text));
}

// How many files and folders lie in it.
static inline int folder_entries(void)
{
    int count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return count;
}

static inline int folder_remove(void **state)
{
    (void)state;
    char line[300];
    snprintf(line, sizeof line, "rm -r '%s'", folder);
    return system(line);
}

// For tests that must leave nothing behind: what lies in it is a failure.
static inline int folder_remove_empty(void **state)
{
    (void)state;
    return rmdir(folder);
}

#endif
