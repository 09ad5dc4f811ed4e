// SPDX-License-Identifier: GPL-3.0-or-later
// rng.c - Philox4x32-10 and what is built on it.
#include "base/rng.h"

#include "base/assert.h"
#include "base/hash.h"
#include "base/math.h"

#include <string.h>

void rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t)0xD2511F53u * a, q = (uint64_t)0xCD9E8D57u * c;
        a = (uint32_t)(q >> 32) ^ b ^ k0;
        b = (uint32_t)q;
        c = (uint32_t)(p >> 32) ^ d ^ k1;
        d = (uint32_t)p;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
}

static rng from_key(uint64_t key)
{
    rng r;
    memset(&r, 0, sizeof r);
    r.key[0] = (uint32_t)key;
    r.key[1] = (uint32_t)(key >> 32);
    r.used = 4; // the first draw makes the first block
    return r;
}

rng rng_make(uint64_t seed, const char *name)
{
    return from_key(hash_mix(seed ^ hash_bytes(HASH_START, name, strlen(name))));
}

// By name and index, not by position: adding a stream shifts nobody's numbers.
rng rng_split(const rng *parent, const char *name, uint64_t index)
{
    uint64_t key = (uint64_t)parent->key[1] << 32 | parent->key[0];
    key = hash_mix(key ^ hash_bytes(HASH_START, name, strlen(name)));
    return from_key(hash_mix(key + index));
}

uint32_t rng_next(rng *r)
{
    if (r->used == 4) {
        rng_philox(r->counter, r->key, r->block);
        r->used = 0;
        // 128 bits, carried by hand
        for (int i = 0; i < 4 && ++r->counter[i] == 0; i++)
            continue;
    }
    return r->block[r->used++];
}

uint64_t rng_next64(rng *r)
{
    uint64_t low = rng_next(r);
    return (uint64_t)rng_next(r) << 32 | low;
}

double rng_uniform(rng *r)
{
    // 53 bits: every multiple of 2^-53 below 1, all alike
    return (double)(rng_next64(r) >> 11) * 0x1p-53;
}

uint32_t rng_below(rng *r, uint32_t n)
{
    TEND_ASSERT(n > 0);
    // Lemire 2019: multiply, reject the short remainder
    uint64_t product = (uint64_t)rng_next(r) * n;
    if ((uint32_t)product < n) {
        uint32_t threshold = (0u - n) % n;
        while ((uint32_t)product < threshold)
            product = (uint64_t)rng_next(r) * n;
    }
    return (uint32_t)(product >> 32);
}

double rng_normal(rng *r)
{
    // by inversion: one draw, one value; the half keeps both ends finite
    return math_normal_quantile(((double)(rng_next64(r) >> 12) + 0.5) * 0x1p-52);
}
