// SPDX-License-Identifier: GPL-3.0-or-later
// ring.h - fixed window over the last `rows` rows of `width` doubles, always contiguous.
//
// Every row is written twice, `rows` apart, so that any run of past rows can be read as one plain
// array without wrapping. The header is followed by its 2 * rows * width doubles in the same
// block; nothing in it is a pointer, so it can be moved, saved and hashed as bytes.
#ifndef TEND_BASE_RING_H
#define TEND_BASE_RING_H

#include <stddef.h>
#include <stdint.h>

typedef struct ring {
    int64_t rows, width;
    int64_t pushed; // rows ever pushed
    double cell[];  // [2 * rows][width]
} ring;

size_t ring_size(int rows, int width); // bytes, multiple of 8
void ring_init(ring *r, int rows, int width);
double *ring_push(ring *r);     // a row to fill; then call ring_commit
void ring_commit(ring *r);      // mirrors the row just filled
int ring_filled(const ring *r); // rows available, <= rows

// `count` consecutive rows, oldest first, of which the last is `age` rows old (0 = newest).
// Needs age + count <= ring_filled. Valid until the next push.
const double *ring_window(const ring *r, int age, int count);

#endif
