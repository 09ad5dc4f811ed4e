// file.c - whole files in, whole files out.
#include "edge/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static tend_rc read_all(FILE *from, const char *path, size_t most, char **text, size_t *length,
                        tend_err *err)
{
    size_t room = 1 << 16, used = 0;
    char *buffer = malloc(room + 1);
    while (buffer) {
        used += fread(buffer + used, 1, room - used, from);
        if (used < room)
            break;
        if (room > most) {
            free(buffer);
            return tend_fail(err, TEND_INPUT, "%s: more than %zu bytes, expected less", path, most);
        }
        room *= 2;
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

tend_rc file_read(const char *path, size_t most, char **text, size_t *length, tend_err *err)
{
    struct stat st;
    bool standard = strcmp(path, "-") == 0;
    if (!standard && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return tend_fail(err, TEND_IO, "%s: a directory, expected a file", path);
    FILE *from = standard ? stdin : fopen(path, "rb");
    if (!from)
        return tend_fail(err, TEND_IO, "%s: cannot open: %s", path, strerror(errno));
    tend_rc rc = read_all(from, path, most ? most : (size_t)1 << 30, text, length, err);
    if (!standard)
        fclose(from);
    return rc;
}

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

// a device or a pipe cannot be replaced by a rename: it is written in place
static tend_rc write_in_place(const char *path, const char *text, size_t length, tend_err *err)
{
    int fd = open(path, O_WRONLY);
    if (fd < 0)
        return tend_fail(err, TEND_IO, "%s: cannot open: %s", path, strerror(errno));
    tend_rc rc = write_out(fd, path, text, length, err);
    if (close(fd) != 0 && rc == TEND_OK)
        rc = tend_fail(err, TEND_IO, "%s: cannot write: %s", path, strerror(errno));
    return rc;
}

static tend_rc replace(const char *path, const char *temporary, const char *text, size_t length,
                       tend_err *err)
{
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd < 0)
        return tend_fail(err, TEND_IO, "%s: cannot create: %s", path, strerror(errno));
    tend_rc rc = write_out(fd, path, text, length, err);
    if (rc == TEND_OK && fsync(fd) != 0)
        rc = tend_fail(err, TEND_IO, "%s: cannot write: %s", path, strerror(errno));
    if (close(fd) != 0 && rc == TEND_OK)
        rc = tend_fail(err, TEND_IO, "%s: cannot write: %s", path, strerror(errno));
    if (rc == TEND_OK && rename(temporary, path) != 0)
        rc = tend_fail(err, TEND_IO, "%s: cannot replace: %s", path, strerror(errno));
    if (rc != TEND_OK)
        unlink(temporary);
    return rc;
}

tend_rc file_write(const char *path, const char *text, size_t length, tend_err *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0) {
        fflush(stdout);
        return write_out(STDOUT_FILENO, "standard output", text, length, err);
    }
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return tend_fail(err, TEND_IO, "%s: a directory, expected a file", path);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return write_in_place(path, text, length, err);
    size_t room = strlen(path) + 32;
    char *temporary = malloc(room);
    if (!temporary)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", path);
    snprintf(temporary, room, "%s.%ld.tmp", path, (long)getpid());
    tend_rc rc = replace(path, temporary, text, length, err);
    free(temporary);
    return rc;
}
