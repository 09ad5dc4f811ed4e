// SPDX-License-Identifier: GPL-3.0-or-later
// oracle_book.h - answers of the oracle by setup and seed, so that each is searched for once.
//
// Shared by the threads of a run. An answer depends on setup and seed alone, so it does not matter
// who looked it up and who found it.
#ifndef TEND_DRIVE_ORACLE_BOOK_H
#define TEND_DRIVE_ORACLE_BOOK_H

#include "drive/reckon.h"

typedef struct oracle_entry {
    uint64_t setup, seed; // tend_sim_setup_hash
    oracle_answer answer;
} oracle_entry;

typedef struct oracle_book oracle_book;
tend_rc oracle_book_open(oracle_book **out, tend_err *err);
void oracle_book_close(oracle_book *b); // NULL is fine

bool oracle_book_find(oracle_book *b, uint64_t setup, uint64_t seed, oracle_answer *out);
// One it holds already is replaced.
tend_rc oracle_book_add(oracle_book *b, const oracle_entry *entry, tend_err *err);

// All of them by setup and seed; valid until the next is added. Of one thread, when the others are
// through.
const oracle_entry *oracle_book_entries(const oracle_book *b, size_t *count);

// From the book, or else asked of the reckoner (of the setup) and put into it; what cannot be an
// answer of this setup is asked for anew.
tend_rc oracle_book_ask(oracle_book *b, reckoner *r, uint64_t setup, uint64_t seed,
                        oracle_answer *out, tend_err *err);

#endif
