// SPDX-License-Identifier: GPL-3.0-or-later
// file.h - whole files in, whole files out.
#ifndef TEND_EDGE_FILE_H
#define TEND_EDGE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <tend/err.h>

// Reads a whole file (at most `most` bytes, 0 = 1 GiB); *text is malloc'ed and terminated by a NUL
// that length does not count. "-" is standard input.
tend_rc file_read(const char *path, size_t most, char **text, size_t *length, tend_err *err);

// For those who read piece by piece: a stream that file_close ends. "-" is standard input.
tend_rc file_open(const char *path, FILE **out, tend_err *err);
void file_close(FILE *from); // NULL is fine

// Writes a file whole or not at all: temporary file beside it, fsync, rename. Links stay and their
// target is replaced; owner and permissions of an old file are kept. "-" is standard output; that,
// devices and pipes are written as they stand (place.h).
tend_rc file_write(const char *path, const char *text, size_t length, tend_err *err);

// The same piece by piece: begun, added to, and ended, which frees it (NULL is fine). The file is
// there when it has been ended with `keep`; without, or after an error, it is what it was.
typedef struct file_out file_out;
tend_rc file_begin(const char *path, file_out **out, tend_err *err);
tend_rc file_add(file_out *to, const char *text, size_t length, tend_err *err);
tend_rc file_end(file_out *to, bool keep, tend_err *err);

#endif
