// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_oracle_cache.c - answers of --oracle-cache: refused with one line, or taken and written
// again as a file that is taken again. The hash in its last line is made right first, so that the
// fuzzer comes to what lies behind it.
#include "base/hash.h"
#include "folder.h"
#include "runners/oracle_cache.h"

#include <inttypes.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// How many answers were taken; what was taken is written, and taken again.
static void take(const char *path)
{
    tend_err err;
    oracle_book *book, *again;
    size_t count, more;
    if (oracle_book_open(&book, &err) != TEND_OK || oracle_book_open(&again, &err) != TEND_OK)
        abort();
    if (oracle_cache_load(path, book, &err) == TEND_OK) {
        oracle_book_entries(book, &count);
        if (oracle_cache_save(path, book, &err) != TEND_OK ||
            oracle_cache_load(path, again, &err) != TEND_OK)
            abort();
        oracle_book_entries(again, &more);
        if (more != count)
            abort();
    }
    oracle_book_close(book);
    oracle_book_close(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64], end[32];
    folder_made();
    snprintf(path, sizeof path, "%s/cache", folder);
    int length =
        snprintf(end, sizeof end, "end %016" PRIx64 "\n", hash_bytes(HASH_START, data, size));
    uint8_t *sealed = malloc(size + (size_t)length);
    if (!sealed)
        return 0;
    if (size)
        memcpy(sealed, data, size);
    memcpy(sealed + size, end, (size_t)length);
    put("cache", sealed, size + (size_t)length);
    free(sealed);
    take(path);
    folder_empty();
    return 0;
}
