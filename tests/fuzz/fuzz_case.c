// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_case.c - case.json beside sound metrics and call graph files: read, or refused with a line.
#include "edge/case_read.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/tend-fuzz-XXXXXX";

static void put(const char *name, const void *bytes, size_t count)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, count, f) != count || fclose(f) != 0)
        abort();
}

static void remove_folder(void)
{
    static const char *const names[] = {"case.json", "normal.csv", "abnormal.csv", "graph.csv"};
    char path[128];
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void make_folder(void)
{
    static const char rows[] = "time,web|latency,web|cpu,web>store|latency\n"
                               "1,10,0.2,4\n2,11,0.3,4\n3,12,0.2,5\n4,10,,4\n";
    static const char calls[] = "caller,callee\nweb,store\n";
    if (!mkdtemp(folder))
        abort();
    atexit(remove_folder);
    put("normal.csv", rows, sizeof rows - 1);
    put("abnormal.csv", rows, sizeof rows - 1);
    put("graph.csv", calls, sizeof calls - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int made;
    if (!made++)
        make_folder();
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
