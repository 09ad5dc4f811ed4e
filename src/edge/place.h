// SPDX-License-Identifier: GPL-3.0-or-later
// place.h - where an output is to lie, found and checked before the work that fills it.
//
// A name may be a link, a device, a pipe or a descriptor that is open already. A plain file is
// replaced whole (file.h), at the end of all links so that the links stay; everything else is
// written as it stands, because a rename would put a plain file where a device was.
#ifndef TEND_EDGE_PLACE_H
#define TEND_EDGE_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <tend/err.h>

typedef struct place {
    char path[PATH_MAX]; // real folder and last name, no link left
    int descriptor;      // open in this process: 1 for "-", /dev/stdout, /dev/fd/1; otherwise -1
    bool in_place;       // descriptor, device, pipe: never replaced
    bool exists;
    struct stat st; // of what is there now, if anything is
} place;

// Fails for what could not be written later: a directory, no folder, no right to write.
tend_rc place_find(const char *path, place *out, tend_err *err);

// Two outputs would spoil each other there. A device takes both (/dev/null).
bool place_same(const place *a, const place *b);

#endif
