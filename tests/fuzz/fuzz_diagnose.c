// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_diagnose.c - the metrics of a case: confidences are shares of one, an onset lies inside.
//
// Bytes before the first 0xFF are the abnormal file, those behind it the normal one.
#include "cases/rank.h"
#include "edge/case_read.h"
#include "folder.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const incident *c, const rank_result *r)
{
    double sum = 0;
    for (int i = 0; i < r->suspects; i++) {
        double confidence = r->suspect[i].confidence;
        if (!(confidence >= 0 && confidence <= 1))
            abort();
        sum += confidence;
    }
    if (sum > 1.001 || r->onset >= c->window.rows)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char calls[] = "caller,callee\nweb,store\n";
    if (folder_made())
        put("graph.csv", calls, sizeof calls - 1);
    if (size < 4)
        return 0;
    const uint8_t *end = memchr(data, 0xFF, size);
    size_t before = end ? (size_t)(end - data) : size;
    char json[200];
    int length = snprintf(json, sizeof json,
                          "{\"case\":\"x\",\"normal\":%s,\"abnormal\":\"a.csv\",\"graph\":%s,"
                          "\"onset_row\":%s}",
                          end ? "\"n.csv\"" : "null", size & 1 ? "\"graph.csv\"" : "null",
                          size & 2 ? "2" : "null");
    put("case.json", json, (size_t)length);
    put("a.csv", data, before);
    if (end)
        put("n.csv", end + 1, size - before - 1);
    case_cache cache = {0};
    incident *c = NULL;
    rank_result *r = NULL;
    rank_params by;
    tend_err err;
    rank_defaults(&by);
    if (case_read(folder, &cache, &c, &err) == TEND_OK && c->window.rows < 2000 &&
        rank_window(&c->window, &by, &r, &err) == TEND_OK)
        check(c, r);
    rank_free(r);
    case_free(c);
    case_cache_free(&cache);
    return 0;
}
