// SPDX-License-Identifier: GPL-3.0-or-later
// place.c - where an output is to lie, found and checked before the work that fills it.
#include "edge/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINKS_MOST 40 // as many as Linux follows

// folder and last component of a path, each with room for PATH_MAX bytes
static bool split(const char *path, char *folder, char *last)
{
    const char *slash = strrchr(path, '/');
    // errno says why to whoever tells the user
    errno = strlen(path) >= PATH_MAX ? ENAMETOOLONG : !*path ? ENOENT : 0;
    if (errno)
        return false;
    snprintf(folder, PATH_MAX, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    snprintf(last, PATH_MAX, "%s", slash ? slash + 1 : path);
    return true;
}

static bool join(const char *folder, const char *last, char *path)
{
    const char *between = strcmp(folder, "/") == 0 ? "" : "/";
    if (strlen(folder) + strlen(last) + 2 > PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    stpcpy(stpcpy(stpcpy(path, folder), between), last);
    return true;
}

// An entry of /proc/PID/fd looks like a link to a file but stands for what is open already: to
// rename over that file would cut off everybody who writes to the same descriptor.
static void see_descriptor(const char *folder, const char *last, place *out)
{
    char own[64], tasks[64], *end;
    size_t length = strlen(folder);
    if (strncmp(folder, "/proc/", 6) != 0 || strcmp(folder + length - 3, "/fd") != 0)
        return;
    out->in_place = true;
    snprintf(own, sizeof own, "/proc/%ld/fd", (long)getpid());
    snprintf(tasks, sizeof tasks, "/proc/%ld/task/", (long)getpid());
    long number = strtol(last, &end, 10);
    if (strcmp(folder, own) == 0 || strncmp(folder, tasks, strlen(tasks)) == 0)
        out->descriptor =
            end != last && !*end && number >= 0 && number <= INT_MAX ? (int)number : -1;
}

// follows the links of the last component to where the bytes are to lie, if need be to nothing
static bool follow(const char *path, place *out)
{
    char folder[PATH_MAX], last[PATH_MAX], real[PATH_MAX], link[PATH_MAX];
    if (strlen(path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(out->path, path, strlen(path) + 1);
    // the folder is resolved by the system, the last component by hand: it need not exist
    for (int links = 0; links < LINKS_MOST; links++) {
        if (!split(out->path, folder, last) || !realpath(folder, real) ||
            !join(real, last, out->path))
            return false;
        see_descriptor(real, last, out);
        if (out->in_place)
            return out->exists = stat(out->path, &out->st) == 0;
        out->exists = lstat(out->path, &out->st) == 0;
        if (!out->exists || !S_ISLNK(out->st.st_mode))
            return out->exists || errno == ENOENT;
        ssize_t length = readlink(out->path, link, sizeof link - 1);
        if (length <= 0)
            return false;
        link[length] = 0;
        // a relative link goes on from the folder it stands in
        if (link[0] == '/')
            memcpy(out->path, link, (size_t)length + 1);
        else if (!join(real, link, out->path))
            return false;
    }
    errno = ELOOP;
    return false;
}

// Open for writing at all; whether it takes bytes only writing tells.
static bool writable_descriptor(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY) // not open at all
        return flags >= 0;
    errno = EBADF;
    return false;
}

static bool writable_folder(const char *path)
{
    char folder[PATH_MAX], last[PATH_MAX];
    return split(path, folder, last) && access(folder, W_OK | X_OK) == 0;
}

tend_rc place_find(const char *path, place *out, tend_err *err)
{
    *out = (place){.descriptor = -1};
    if (strcmp(path, "-") == 0) {
        out->descriptor = STDOUT_FILENO;
        out->in_place = true;
        path = "standard output";
    } else if (!follow(path, out)) {
        return tend_fail(err, TEND_IO, "%s: cannot create: %s", path, strerror(errno));
    }
    if (out->descriptor >= 0)
        return writable_descriptor(out->descriptor)
                   ? TEND_OK
                   : tend_fail(err, TEND_IO, "%s: cannot write: %s", path, strerror(errno));
    if (out->exists && S_ISDIR(out->st.st_mode))
        return tend_fail(err, TEND_IO, "%s: a directory, expected a file", path);
    // devices, pipes and sockets are written as they stand: renaming over one replaces it for all
    if (out->exists && !S_ISREG(out->st.st_mode))
        out->in_place = true;
    if (out->in_place && access(out->path, W_OK) != 0)
        return tend_fail(err, TEND_IO, "%s: cannot write: %s", path, strerror(errno));
    if (!out->in_place && !writable_folder(out->path))
        return tend_fail(err, TEND_IO, "%s: cannot write into its folder: %s", path,
                         strerror(errno));
    return TEND_OK;
}

bool place_same(const place *a, const place *b)
{
    if (a->descriptor >= 0 || b->descriptor >= 0)
        return a->descriptor == b->descriptor;
    // two outputs may go to one terminal, or both to /dev/null
    if (a->exists && b->exists && S_ISCHR(a->st.st_mode))
        return false;
    return strcmp(a->path, b->path) == 0;
}
