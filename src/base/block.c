// SPDX-License-Identifier: GPL-3.0-or-later
// block.c - one sum, made in one place.
#include "base/block.h"

#include "base/assert.h"

#include <stdint.h>

size_t block_add(block *b, size_t count, size_t size)
{
    size_t at = b->size, mask = b->align - 1;
    TEND_ASSERT(b->align > 0 && (b->align & mask) == 0);
    // a size that wraps would give a small block with offsets far outside
    TEND_ASSERT(size == 0 || count <= (SIZE_MAX - mask - at) / size);
    b->size = (at + count * size + mask) & ~mask;
    return at;
}
