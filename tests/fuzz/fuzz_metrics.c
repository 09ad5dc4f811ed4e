// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_metrics.c - metrics and call graphs as CSV: a table of finite numbers or one clean error.
#include "edge/csv_table.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    csv_table *table = NULL;
    csv_calls *calls = NULL;
    tend_err err;
    if (csv_table_parse(text, size, "fuzz.csv", CSV_TIMES_RISE, &table, &err) == TEND_OK)
        for (int i = 0; i < table->rows * table->columns; i++)
            if (isinf(table->value[i]))
                abort();
    csv_table_free(table);
    if (csv_calls_parse(text, size, "calls.csv", &calls, &err) == TEND_OK && calls->count < 0)
        abort();
    csv_calls_free(calls);
    return 0;
}
