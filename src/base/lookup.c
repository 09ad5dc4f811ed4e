// SPDX-License-Identifier: GPL-3.0-or-later
// lookup.c - open addressing with linear probing (Knuth 1998, vol. 3, 6.4, algorithm L).
//
// The hash is not keyed: somebody may choose names that collide. What callers accept is bounded
// (thousands of services), and so is the harm.
#include "base/lookup.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

typedef struct lookup_slot {
    uint64_t key;
    const char *name; // NULL for a pair, whose key is exact
    size_t length;
    int number;
    bool used;
} lookup_slot;

static uint64_t name_key(const char *name, size_t length)
{
    return hash_mix(hash_bytes(HASH_START, name, length));
}

// hash_mix is bijective: equal keys are equal pairs
static uint64_t pair_key(int a, int b)
{
    return hash_mix((uint64_t)(uint32_t)a << 32 | (uint32_t)b);
}

// where it is, or the free slot it would go to
static lookup_slot *find(const lookup *l, uint64_t key, const char *name, size_t length)
{
    size_t at = key & (l->room - 1);
    for (;; at = (at + 1) & (l->room - 1)) {
        lookup_slot *s = &l->slot[at];
        if (!s->used ||
            (s->key == key && s->length == length && (!name || memcmp(s->name, name, length) == 0)))
            return s;
    }
}

static int number(const lookup *l, uint64_t key, const char *name, size_t length)
{
    if (!l->room)
        return -1;
    const lookup_slot *s = find(l, key, name, length);
    return s->used ? s->number : -1;
}

// Doubles and files everything anew; false: out of memory, nothing has changed.
static bool grow(lookup *l)
{
    lookup more = {.room = l->room ? 2 * l->room : 64, .count = l->count};
    more.slot = calloc(more.room, sizeof *more.slot);
    if (!more.slot)
        return false;
    for (size_t i = 0; i < l->room; i++)
        if (l->slot[i].used)
            *find(&more, l->slot[i].key, l->slot[i].name, l->slot[i].length) = l->slot[i];
    free(l->slot);
    *l = more;
    return true;
}

static bool add(lookup *l, lookup_slot slot)
{
    // at most three quarters full: beyond, probing gets long, and one free slot ends every search
    if (4 * (l->count + 1) > 3 * l->room && !grow(l))
        return false;
    *find(l, slot.key, slot.name, slot.length) = slot;
    l->count++;
    return true;
}

int lookup_name(const lookup *l, const char *name, size_t length)
{
    return number(l, name_key(name, length), name, length);
}

int lookup_pair(const lookup *l, int a, int b)
{
    return number(l, pair_key(a, b), NULL, 0);
}

bool lookup_add_name(lookup *l, const char *name, size_t length, int number_of)
{
    return add(l, (lookup_slot){name_key(name, length), name, length, number_of, true});
}

bool lookup_add_pair(lookup *l, int a, int b, int number_of)
{
    return add(l, (lookup_slot){pair_key(a, b), NULL, 0, number_of, true});
}

void lookup_free(lookup *l)
{
    free(l->slot);
    *l = (lookup){0};
}
