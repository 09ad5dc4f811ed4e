// SPDX-License-Identifier: GPL-3.0-or-later
// oracle_cache.h - answers of the oracle in a file, so that a suite of policies asks for each once.
//
// An answer depends on nothing but the program, the setup (system, world, scenario) and the seed,
// and stands under these three. Rows of another program are dropped when the file is written: it
// may have searched otherwise. The last line is a checksum: a file that was cut or changed is
// refused and not believed.
#ifndef TEND_RUNNERS_ORACLE_CACHE_H
#define TEND_RUNNERS_ORACLE_CACHE_H

#include "drive/oracle_book.h"

// Adds the file's answers to the book; a file that does not exist has none.
tend_rc oracle_cache_load(const char *path, oracle_book *book, tend_err *err);

// Writes the book's answers to the file, whole or not at all; what others have put there since it
// was read is added to both.
tend_rc oracle_cache_save(const char *path, oracle_book *book, tend_err *err);

#endif
