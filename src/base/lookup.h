// SPDX-License-Identifier: GPL-3.0-or-later
// lookup.h - names, or pairs of numbers, to numbers in constant time.
//
// For readers of outside bytes: a header of many names is then read in a time that grows with its
// length, not with its square. Names are not copied and must outlive the table.
#ifndef TEND_BASE_LOOKUP_H
#define TEND_BASE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lookup { // start with {0}; free with lookup_free
    struct lookup_slot *slot;
    size_t room, count; // room is a power of two, at most 3/4 of it used
} lookup;

// The number stored, or -1.
int lookup_name(const lookup *l, const char *name, size_t length);
int lookup_pair(const lookup *l, int a, int b);

// Stores a number >= 0 for what is not in the table yet; false: out of memory, nothing changed.
// One table holds either names or pairs.
bool lookup_add_name(lookup *l, const char *name, size_t length, int number);
bool lookup_add_pair(lookup *l, int a, int b, int number);

void lookup_free(lookup *l);

#endif
