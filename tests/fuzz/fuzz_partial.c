// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_partial.c - what an interrupted eval left: refused with one line, or taken and written again
// as a file that is taken again. The hash in its last line is made right first, so that the fuzzer
// comes to what lies behind it.
#include "base/hash.h"
#include "runners/partial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EPISODES = 16 };

static run_setup setup;
static tend_engine *engine;
static char folder[] = "/tmp/fuzz_partial.XXXXXX";

static void forget(void)
{
    rmdir(folder);
}

static void begin(void)
{
    tend_err err;
    run_files none = {NULL, NULL, NULL};
    if (run_setup_open(&setup, &none, 240, &err) != TEND_OK ||
        tend_open(setup.system, setup.config, 1, &engine, &err) != TEND_OK || !mkdtemp(folder))
        abort();
    atexit(forget);
}

static void put(const char *path, const uint8_t *data, size_t size)
{
    FILE *file = fopen(path, "w");
    uint64_t hash = hash_bytes(HASH_START, data, size);
    if (!file)
        abort();
    fwrite(data, 1, size, file);
    fprintf(file, "end %016" PRIx64 "\n", hash);
    fclose(file);
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
    char out[64], path[80];
    if (!engine)
        begin();
    snprintf(out, sizeof out, "%s/rows", folder);
    snprintf(path, sizeof path, "%s.partial", out);
    put(path, data, size);
    take(out, false);
    unlink(path);
    return 0;
}
