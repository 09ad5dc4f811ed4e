// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_case.c - case.json beside sound metrics and call graph files: read, or refused with a line.
#include "both_ways.h"
#include "edge/case_read.h"
#include "folder.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_sound_files(void)
{
    static const char rows[] = "time,web|latency,web|cpu,web>store|latency\n"
                               "1,10,0.2,4\n2,11,0.3,4\n3,12,0.2,5\n4,10,,4\n";
    static const char calls[] = "caller,callee\nweb,store\n";
    put("normal.csv", rows, sizeof rows - 1);
    put("abnormal.csv", rows, sizeof rows - 1);
    put("graph.csv", calls, sizeof calls - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (folder_made())
        put_sound_files();
    put("case.json", data, size);
    case_cache cache = {0};
    incident *c = NULL, *same = NULL;
    err_list all = {0};
    tend_err err = {TEND_OK, ""}, ignored;
    tend_rc rc = case_read(folder, &cache, &c, &err);
    if (rc == TEND_OK && (!c || c->normal_rows < 0))
        abort();
    // a file that is not there ends the looking whatever came before
    tend_rc rest = case_read_all(folder, &cache, &all, &same, &ignored);
    agree(rc, &err, rest == TEND_IO && all.count > 0 ? TEND_INPUT : rest, &all);
    case_free(c);
    case_free(same);
    case_cache_free(&cache);
    return 0;
}
