// SPDX-License-Identifier: GPL-3.0-or-later
// block.h - laying out one flat block: parts appended one behind the other, each aligned.
//
// All that changes in an engine or a world is one block of plain values and offsets, so that save,
// fork and hash are one memcpy. A layout is made once, when something is opened:
//     block b = {.align = 8};
//     size_t scores_at = block_add(&b, S, sizeof(double));   // bytes from the block's beginning
//     ... malloc(b.size)
// Padding between parts is the caller's to clear: a block is hashed with it.
#ifndef TEND_BASE_BLOCK_H
#define TEND_BASE_BLOCK_H

#include <stddef.h>

typedef struct block {
    size_t align; // of every part and of the size, a power of two
    size_t size;  // bytes so far, a multiple of align
} block;

// Room for `count` items of `size` bytes; its offset. A size that does not fit is the caller's bug.
size_t block_add(block *b, size_t count, size_t size);

#endif
