// SPDX-License-Identifier: GPL-3.0-or-later
// key.h - what an object of a file may hold, a row per key: for its reader and for `tend params`.
//
// Numbers that stand in a struct are rows of tend_param tables (tend/plugin.h); these are the
// others.
#ifndef TEND_CORE_KEY_H
#define TEND_CORE_KEY_H

#include "core/json.h"

#include <math.h>

typedef struct key_row {
    const char *name, *kind; // "text", "number", "integer", "list", "object"
    json_range range;        // NAN: has none
    const char *left_out;    // what stands for it when it is left out, in a word; or "required"
    const char *help;
} key_row;

#define KEY_NO_RANGE                                                                               \
    {                                                                                              \
        (double)NAN, (double)NAN                                                                   \
    }

enum { KEYS_MOST = 16 }; // in one table, which ends with a NULL name

// Names of a table, ended by NULL.
void key_names(const key_row *table, const char *names[KEYS_MOST + 1]);
// The range of a key, which must be in the table.
json_range key_range(const key_row *table, const char *name);

#endif
