// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_case.c - case.json beside sound metrics and call graph files: read, or refused with a line.
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
    incident *c = NULL;
    tend_err err;
    if (case_read(folder, &cache, &c, &err) == TEND_OK && (!c || c->normal_rows < 0))
        abort();
    case_free(c);
    case_cache_free(&cache);
    return 0;
}
