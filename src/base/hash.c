// SPDX-License-Identifier: GPL-3.0-or-later
// hash.c - FNV-1a over words, in four lanes where there is much to hash, and a finaliser.
#include "base/hash.h"

#include <string.h>

enum { LANES = 4, WORD = 8 }; // four lanes of 8-byte words

static uint64_t add_word(uint64_t hash, const unsigned char *p)
{
    uint64_t word; // as it lies in memory: base/machine.h holds the byte order
    memcpy(&word, p, sizeof word);
    // a word at a time instead of FNV's byte; the shift brings high bits down, as a product only
    // goes up
    hash = (hash ^ word) * 0x9E3779B97F4A7C15ull;
    return hash ^ (hash >> 32);
}

// a multiplication waits for the one before it; four lanes keep the multiplier busy
static uint64_t add_lanes(uint64_t hash, const unsigned char *p, size_t count)
{
    uint64_t lane[LANES];
    for (int i = 0; i < LANES; i++)
        lane[i] = hash + (uint64_t)i;
    for (; count > 0; count -= LANES * WORD, p += LANES * WORD)
        for (int i = 0; i < LANES; i++)
            lane[i] = add_word(lane[i], p + i * WORD);
    for (int i = 0; i < LANES; i++)
        hash = hash_mix(hash ^ lane[i]);
    return hash;
}

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
    const unsigned char *p = bytes;
    if (count >= 1024) { // below, setting up and joining the lanes costs more than it saves
        size_t whole = count / (LANES * WORD) * (LANES * WORD);
        hash = add_lanes(hash, p, whole);
        p += whole;
        count -= whole;
    }
    for (; count >= WORD; count -= WORD, p += WORD)
        hash = add_word(hash, p);
    for (; count > 0; count--, p++)
        hash = (hash ^ *p) * 0x100000001B3ull;
    return hash;
}

uint64_t hash_text(const char *text)
{
    return hash_bytes(HASH_START, text, strlen(text));
}
