// SPDX-License-Identifier: GPL-3.0-or-later
// key.c - names and ranges out of a table of keys.
#include "core/key.h"

#include "base/assert.h"

#include <string.h>

void key_names(const key_row *table, const char *names[KEYS_MOST + 1])
{
    int count = 0;
    for (; table[count].name; count++) {
        TEND_ASSERT(count < KEYS_MOST);
        names[count] = table[count].name;
    }
    names[count] = NULL;
}

json_range key_range(const key_row *table, const char *name)
{
    while (table->name && strcmp(table->name, name) != 0)
        table++;
    TEND_ASSERT(table->name);
    return table->range;
}
