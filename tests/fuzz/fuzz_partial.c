// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_partial.c - what an interrupted eval left: refused with one line, or taken and written again
// as a file that is taken again. The hash in its last line is made right first, so that the fuzzer
// comes to what lies behind it.
#include "base/hash.h"
#include "folder.h"
#include "runners/partial.h"

#include <inttypes.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EPISODES = 16 };

static run_setup setup;
static tend_engine *engine;

static void begin(void)
{
    tend_err err;
    run_files none = {NULL, NULL, NULL};
    if (run_setup_open(&setup, &none, 240, &err) != TEND_OK ||
        tend_open(setup.sim->system, setup.config, 1, &engine, &err) != TEND_OK)
        abort();
}

// whether the file was taken; then what was taken is written, and taken again
static bool take(const char *out, bool again)
{
    static result rows[EPISODES];
    static unsigned char done[EPISODES];
    eval_job job = {.setup = &setup,
                    .seed0 = 1,
                    .episodes = EPISODES,
                    .round = 4,
                    .master = engine,
                    .rows = rows,
                    .done = done};
    partial p = {.job = &job, .learning = true};
    tend_err err;
    memset(done, 0, sizeof done);
    str_add(&p.identity, "version 1\nseed0 1\n");
    bool taken =
        partial_find(&p, out, true, &err) == TEND_OK && partial_load(&p, &job, &err) == TEND_OK;
    if (taken && !again && (partial_save(&p, done, &err) != TEND_OK || !take(out, true)))
        abort();
    partial_close(&p);
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char out[64], end[32];
    if (folder_made())
        begin();
    snprintf(out, sizeof out, "%s/rows", folder);
    int length =
        snprintf(end, sizeof end, "end %016" PRIx64 "\n", hash_bytes(HASH_START, data, size));
    uint8_t *sealed = malloc(size + (size_t)length);
    if (!sealed)
        return 0;
    if (size)
        memcpy(sealed, data, size);
    memcpy(sealed + size, end, (size_t)length);
    put("rows.partial", sealed, size + (size_t)length);
    free(sealed);
    take(out, false);
    folder_empty();
    return 0;
}
