// SPDX-License-Identifier: GPL-3.0-or-later
// folder.h - a scratch folder for fuzz targets whose reader takes paths; gone when the fuzzer ends.
#ifndef TEND_FUZZ_FOLDER_H
#define TEND_FUZZ_FOLDER_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/tend-fuzz-XXXXXX";

static inline void put(const char *name, const void *bytes, size_t count)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, count, f) != count || fclose(f) != 0)
        abort();
}

static inline void folder_empty(void)
{
    char path[400];
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        unlink(path); // not "." and "..": those are folders
    }
    if (dir)
        closedir(dir);
}

static inline void folder_remove(void)
{
    folder_empty();
    rmdir(folder);
}

// True the first time, when the folder has just been made.
static inline bool folder_made(void)
{
    static bool made;
    if (made)
        return false;
    if (!mkdtemp(folder))
        abort();
    atexit(folder_remove);
    return made = true;
}

#endif
