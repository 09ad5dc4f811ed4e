// SPDX-License-Identifier: GPL-3.0-or-later
// example.c - where an example is, for a checkout as for an installation.
#include "edge/example.h"

#include "edge/file.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool readable(const char *path)
{
    return access(path, R_OK) == 0;
}

// A folder that happens to have an example's name hides none.
static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

// In one of the folders above a program or library: a checkout has examples/ two above build/tend
// and three above build/lib/libtend.so, an installation share/tend/ two or three above.
static bool above(char *binary, const char *kind, const char *name, char *path, size_t room)
{
    static const char *const places[] = {"examples", "share/tend/examples"};
    for (int up = 1; up <= 4; up++) {
        char *slash = strrchr(binary, '/');
        if (!slash)
            return false;
        *slash = 0;
        // not its own folder, which may be anything
        for (size_t i = 0; up > 1 && i < sizeof places / sizeof *places; i++) {
            int used = snprintf(path, room, "%s/%s/%s/%s.json", binary, places[i], kind, name);
            if (used < (int)room && readable(path))
                return true;
        }
    }
    return false;
}

static bool beside_program(const char *kind, const char *name, char *path, size_t room)
{
    char self[EXAMPLE_PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0) // no /proc: only the current folder is looked into
        return false;
    self[length] = 0;
    return above(self, kind, name, path, room);
}

// Loaded into somebody else's program, such as an interpreter.
static bool beside_library(const char *kind, const char *name, char *path, size_t room)
{
    static const char here; // an address in this library; a function's may be its caller's
    Dl_info found;
    char self[EXAMPLE_PATH_MAX];
    if (!dladdr(&here, &found) || !found.dli_fname || found.dli_fname[0] != '/')
        return false;
    snprintf(self, sizeof self, "%s", found.dli_fname);
    return above(self, kind, name, path, room);
}

static tend_rc find(const char *kind, const char *name, char *path, size_t room, tend_err *err)
{
    snprintf(path, room, "%s", name);
    if (strchr(name, '/') || strchr(name, '.') || (readable(name) && !is_folder(name)))
        return TEND_OK; // a path: reading it says what is wrong
    snprintf(path, room, "examples/%s/%s.json", kind, name);
    if (readable(path) || beside_program(kind, name, path, room) ||
        beside_library(kind, name, path, room))
        return TEND_OK;
    snprintf(path, room, "%s", name);
    if (is_folder(name))
        return TEND_OK; // as above
    return tend_fail(err, TEND_INPUT, "%s: no such file, and no %s/%s.json among the examples",
                     name, kind, name);
}

tend_rc example_read(const char *kind, const char *name, char **text, size_t *length,
                     char path[EXAMPLE_PATH_MAX], tend_err *err)
{
    tend_rc rc = find(kind, name, path, EXAMPLE_PATH_MAX, err);
    // 64 MiB: thousands of services
    return rc == TEND_OK ? file_read(path, 64u << 20, text, length, err) : rc;
}
