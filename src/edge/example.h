// SPDX-License-Identifier: GPL-3.0-or-later
// example.h - files by path, or examples by name: "shop" for examples/systems/shop.json.
#ifndef TEND_EDGE_EXAMPLE_H
#define TEND_EDGE_EXAMPLE_H

#include <stddef.h>
#include <tend/err.h>

#define EXAMPLE_PATH_MAX 2048

// Reads a file of a kind ("systems", "scenarios", "agents"): a name with / or . in it, or of a file
// that is there, is a path; another one is looked for in examples/ below the current folder, beside
// the program or this library, and where examples are installed. path receives where it was; *text
// is malloc'ed, the caller frees it.
tend_rc example_read(const char *kind, const char *name, char **text, size_t *length,
                     char path[EXAMPLE_PATH_MAX], tend_err *err);

#endif
