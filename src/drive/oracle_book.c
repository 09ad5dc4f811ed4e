// SPDX-License-Identifier: GPL-3.0-or-later
// oracle_book.c - a sorted list under a lock: a search takes a second, an insertion microseconds.
#include "drive/oracle_book.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct oracle_book {
    pthread_mutex_t lock;
    oracle_entry *entry; // [count], ascending
    size_t count, room;
};

tend_rc oracle_book_open(oracle_book **out, tend_err *err)
{
    oracle_book *b = *out = calloc(1, sizeof *b);
    if (!b)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for answers");
    pthread_mutex_init(&b->lock, NULL);
    return TEND_OK;
}

void oracle_book_close(oracle_book *b)
{
    if (!b)
        return;
    pthread_mutex_destroy(&b->lock);
    free(b->entry);
    free(b);
}

// The first entry that is not before it.
static size_t place(const oracle_book *b, uint64_t setup, uint64_t seed)
{
    size_t low = 0, high = b->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const oracle_entry *e = &b->entry[middle];
        if (e->setup < setup || (e->setup == setup && e->seed < seed))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool stands(const oracle_book *b, size_t at, uint64_t setup, uint64_t seed)
{
    return at < b->count && b->entry[at].setup == setup && b->entry[at].seed == seed;
}

bool oracle_book_find(oracle_book *b, uint64_t setup, uint64_t seed, oracle_answer *out)
{
    pthread_mutex_lock(&b->lock);
    size_t at = place(b, setup, seed);
    bool found = stands(b, at, setup, seed);
    if (found)
        *out = b->entry[at].answer;
    pthread_mutex_unlock(&b->lock);
    return found;
}

static bool make_room(oracle_book *b)
{
    if (b->count < b->room)
        return true;
    size_t room = b->room ? 2 * b->room : 64; // entries; a suite has some hundreds
    oracle_entry *more = realloc(b->entry, room * sizeof *more);
    if (!more)
        return false;
    b->entry = more;
    b->room = room;
    return true;
}

tend_rc oracle_book_add(oracle_book *b, const oracle_entry *entry, tend_err *err)
{
    pthread_mutex_lock(&b->lock);
    bool fits = make_room(b);
    size_t at = place(b, entry->setup, entry->seed);
    if (fits && !stands(b, at, entry->setup, entry->seed)) {
        memmove(&b->entry[at + 1], &b->entry[at], (b->count - at) * sizeof *b->entry);
        b->count++;
    }
    if (fits)
        b->entry[at] = *entry;
    pthread_mutex_unlock(&b->lock);
    return fits ? TEND_OK : tend_fail(err, TEND_NO_MEMORY, "out of memory for answers");
}

const oracle_entry *oracle_book_entries(const oracle_book *b, size_t *count)
{
    *count = b->count;
    return b->entry;
}

tend_rc oracle_book_ask(oracle_book *b, reckoner *r, uint64_t setup, uint64_t seed,
                        oracle_answer *out, tend_err *err)
{
    if (oracle_book_find(b, setup, seed, out) && reckon_fits(r, out))
        return TEND_OK;
    tend_rc rc = reckon_ask(r, seed, out, err);
    return rc == TEND_OK ? oracle_book_add(b, &(oracle_entry){setup, seed, *out}, err) : rc;
}
