// SPDX-License-Identifier: GPL-3.0-or-later
// hash.h - 64-bit hashes for state comparison and for splitting random streams; not cryptographic.
#ifndef TEND_BASE_HASH_H
#define TEND_BASE_HASH_H

#include "base/machine.h"

#include <stddef.h>
#include <stdint.h>

#define HASH_START 0xCBF29CE484222325ull // FNV-1a's offset basis

// FNV-1a over 8-byte words, the rest by bytes; continued from `hash` (start with HASH_START).
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count);

// A bijective finaliser (Stafford 2011, variant 13): near keys become unrelated ones.
static inline uint64_t hash_mix(uint64_t key)
{
    key += 0x9E3779B97F4A7C15ull;
    key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9ull;
    key = (key ^ (key >> 27)) * 0x94D049BB133111EBull;
    return key ^ (key >> 31);
}

uint64_t hash_text(const char *text); // of its bytes, from HASH_START

#endif
