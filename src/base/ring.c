// SPDX-License-Identifier: GPL-3.0-or-later
// ring.c - mirrored ring buffer.
#include "base/ring.h"

#include "base/assert.h"

#include <string.h>

size_t ring_size(int rows, int width)
{
    return sizeof(ring) + 2 * (size_t)rows * (size_t)width * sizeof(double);
}

void ring_init(ring *r, int rows, int width)
{
    memset(r, 0, ring_size(rows, width));
    r->rows = rows;
    r->width = width;
}

// The row is filled in place, then copied to the mirror: any window is one piece of memory.
double *ring_push(ring *r)
{
    int64_t slot = r->pushed % r->rows;
    r->pushed++;
    return r->cell + slot * r->width;
}

void ring_commit(ring *r)
{
    int64_t slot = (r->pushed - 1) % r->rows;
    memcpy(r->cell + (slot + r->rows) * r->width, r->cell + slot * r->width,
           (size_t)r->width * sizeof(double));
}

int ring_filled(const ring *r)
{
    return (int)(r->pushed < r->rows ? r->pushed : r->rows);
}

const double *ring_window(const ring *r, int age, int count)
{
    TEND_ASSERT(age >= 0 && count >= 0 && age + count <= ring_filled(r));
    int64_t last = (r->pushed - 1 - age) % r->rows + r->rows; // in the mirrored half
    // last is in the second half, so count - 1 rows before it always exist
    return r->cell + (last - count + 1) * r->width;
}
