// SPDX-License-Identifier: GPL-3.0-or-later
// file.c - whole files in, whole files out, at once or piece by piece.
#include "edge/file.h"

#include "edge/place.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

// By doubling, since a pipe does not say how long it is.
static tend_rc read_all(FILE *from, const char *path, size_t most, char **text, size_t *length,
                        tend_err *err)
{
    size_t room = most < 1 << 16 ? most + 1 : 1 << 16, used = 0;
    char *buffer = malloc(room + 1);
    while (buffer) {
        used += fread(buffer + used, 1, room - used, from);
        if (used < room)
            break;
        if (used > most) {
            free(buffer);
            return tend_fail(err, TEND_INPUT, "%s: more than %zu bytes, expected less", path, most);
        }
        room = 2 * room > most ? most + 1 : 2 * room; // one byte more tells too long from full
        char *more = realloc(buffer, room + 1);
        if (!more)
            free(buffer);
        buffer = more;
    }
    if (!buffer)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory after %zu bytes", path, used);
    if (ferror(from)) {
        free(buffer);
        return tend_fail(err, TEND_IO, "%s: cannot read: %s", path, strerror(errno));
    }
    buffer[used] = 0;
    *text = buffer;
    *length = used;
    return TEND_OK;
}

tend_rc file_open(const char *path, FILE **out, tend_err *err)
{
    struct stat st;
    bool standard = strcmp(path, "-") == 0;
    *out = NULL;
    // fopen takes a folder too, and only reading it fails
    if (!standard && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return tend_fail(err, TEND_IO, "%s: a directory, expected a file", path);
    *out = standard ? stdin : fopen(path, "rb");
    return *out ? TEND_OK : tend_fail(err, TEND_IO, "%s: cannot open: %s", path, strerror(errno));
}

void file_close(FILE *from)
{
    if (from && from != stdin)
        fclose(from);
}

tend_rc file_read(const char *path, size_t most, char **text, size_t *length, tend_err *err)
{
    FILE *from;
    tend_rc rc = file_open(path, &from, err);
    if (rc == TEND_OK)
        // 1 GiB unless told
        rc = read_all(from, path, most ? most : (size_t)1 << 30, text, length, err);
    file_close(from);
    return rc;
}

// All of it: a write may take a part, or be interrupted before it took any.
static tend_rc write_out(int fd, const char *path, const char *text, size_t length, tend_err *err)
{
    size_t written = 0;
    while (written < length) {
        ssize_t n = write(fd, text + written, length - written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return tend_fail(err, TEND_IO, "%s: cannot write: %s", path, strerror(errno));
        written += (size_t)n;
    }
    return TEND_OK;
}

// A new file beside the real one, under a name nobody can have taken: what a killed run left
// behind, even one of the same process id, is in nobody's way.
static int create_beside(const char *path, mode_t mode, char *temporary)
{
    const char *slash = strrchr(path, '/');
    int fd = -1, folder = slash ? (int)(slash - path) + 1 : 0;
    // 64 random bits do not meet by chance: a hundred misses mean somebody is in the way
    for (int tries = 0; tries < 100 && fd < 0; tries++) {
        uint64_t random;
        if (getrandom(&random, sizeof random, 0) != sizeof random)
            return -1;
        // 200 bytes of the name: with the ending it stays below the 255 a component may have
        int length = snprintf(temporary, PATH_MAX, "%.*s%.200s.%016" PRIx64 ".tmp", folder, path,
                              path + folder, random);
        if (length >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0 && errno != EEXIST && errno != EINTR)
            return -1;
    }
    return fd;
}

// the owner where that is allowed, the permissions always: a private file stays private
static bool keep_mode(int fd, const place *at)
{
    if (!at->exists)
        return true;
    // not the owner and not root: the new file is ours, its mode is kept all the same
    if (fchown(fd, at->st.st_uid, at->st.st_gid) != 0 && errno != EPERM)
        return false;
    return fchmod(fd, at->st.st_mode & 0777) == 0;
}

struct file_out {
    place at;
    char name[PATH_MAX]; // for messages
    char temporary[PATH_MAX];
    int fd;
};

static tend_rc failed(const file_out *to, const char *what, tend_err *err)
{
    return tend_fail(err, TEND_IO, "%s: cannot %s: %s", to->name, what, strerror(errno));
}

// what is open already, a device or a pipe: written as it stands
static tend_rc begin_in_place(file_out *to, tend_err *err)
{
    to->fd = to->at.descriptor;
    // what was printed before comes before
    if (to->fd == STDOUT_FILENO && fflush(stdout) != 0)
        return failed(to, "write", err);
    // another process's open file is added to, not written over
    if (to->fd < 0)
        to->fd = open(to->at.path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
    return to->fd < 0 ? failed(to, "open", err) : TEND_OK;
}

// Written beside and renamed: a reader sees the old file or the new one, a crash leaves the old.
static tend_rc begin_beside(file_out *to, tend_err *err)
{
    // 0600 until the mode of the old file is known to be set
    to->fd = create_beside(to->at.path, to->at.exists ? 0600 : 0666, to->temporary);
    if (to->fd < 0)
        return failed(to, "create", err);
    return keep_mode(to->fd, &to->at) ? TEND_OK : failed(to, "keep its mode", err);
}

tend_rc file_begin(const char *path, file_out **out, tend_err *err)
{
    file_out *to = malloc(sizeof *to);
    if (!to)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
    to->fd = -1;
    snprintf(to->name, sizeof to->name, "%s", strcmp(path, "-") == 0 ? "standard output" : path);
    tend_rc rc = place_find(path, &to->at, err);
    if (rc != TEND_OK) {
        free(to);
        return rc;
    }
    rc = to->at.in_place ? begin_in_place(to, err) : begin_beside(to, err);
    if (rc == TEND_OK)
        *out = to;
    else
        file_end(to, false, NULL);
    return rc;
}

tend_rc file_add(file_out *to, const char *text, size_t length, tend_err *err)
{
    return write_out(to->fd, to->name, text, length, err);
}

tend_rc file_end(file_out *to, bool keep, tend_err *err)
{
    tend_rc rc = TEND_OK;
    if (!to)
        return rc;
    bool beside = !to->at.in_place && to->fd >= 0;
    // before the name changes: else a power cut leaves a new name with nothing behind it
    if (beside && keep && fsync(to->fd) != 0)
        rc = failed(to, "write", err);
    if (to->fd >= 0 && to->fd != to->at.descriptor && close(to->fd) != 0 && rc == TEND_OK)
        rc = failed(to, "write", err);
    if (beside && keep && rc == TEND_OK && rename(to->temporary, to->at.path) != 0)
        rc = failed(to, "replace", err);
    if (beside && (!keep || rc != TEND_OK))
        unlink(to->temporary);
    free(to);
    return rc;
}

tend_rc file_write(const char *path, const char *text, size_t length, tend_err *err)
{
    file_out *to = NULL;
    tend_rc rc = file_begin(path, &to, err);
    if (rc == TEND_OK)
        rc = file_add(to, text, length, err);
    tend_rc end = file_end(to, rc == TEND_OK, rc == TEND_OK ? err : NULL);
    return rc == TEND_OK ? end : rc;
}
