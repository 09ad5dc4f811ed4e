// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_replay.c - recorded metrics through inference, engine and policy: every score a share.
#include "edge/source_csv.h"

#include <stdlib.h>
#include <tend/engine.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool share(double value)
{
    return value >= 0 && value <= 1;
}

static void check(const tend_frame *frame, int services)
{
    double sum = 0;
    for (int s = 0; s < services; s++)
        if (!share(frame->findings.score[s]))
            abort();
    for (int i = 0; i < frame->causes.count; i++) {
        if (!share(frame->causes.suspect[i].confidence))
            abort();
        sum += frame->causes.suspect[i].confidence;
    }
    if (!share(frame->findings.overall) || sum > 1.0001)
        abort();
}

// the first byte picks the plug-ins
static tend_config *configuration(unsigned pick)
{
    static const char *const detectors[] = {"iforest", "robust_z", "threshold", "iforest"};
    static const char *const diagnosers[] = {"blend", "impact", "correlation", "blend"};
    static const char *const policies[] = {"ucb", "rules", "random", "ucb"};
    tend_config *config = NULL;
    tend_err err;
    if (tend_config_new(&config, &err) != TEND_OK ||
        tend_config_set(config, "detector", detectors[pick & 3], &err) != TEND_OK ||
        tend_config_set(config, "diagnoser", diagnosers[pick >> 2 & 3], &err) != TEND_OK ||
        tend_config_set(config, "policy", policies[pick >> 4 & 3], &err) != TEND_OK)
        abort();
    return config;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    csv_table *table = NULL;
    tend_system *system = NULL;
    csv_source *source = NULL;
    tend_engine *engine = NULL;
    tend_config *config = configuration(data[0]);
    tend_obs obs;
    tend_err err;
    if (csv_table_parse((const char *)data + 1, size - 1, "fuzz.csv", CSV_TIMES_RISE, &table,
                        &err) == TEND_OK &&
        table->rows < 400 &&
        source_csv_infer(table, "fuzz.csv", NULL, NULL, &system, &err) == TEND_OK &&
        system->S < 30 && source_csv_open(table, "fuzz.csv", system, &source, &err) == TEND_OK &&
        tend_open(system, config, data[0], &engine, &err) == TEND_OK) {
        tend_source rows = source_csv(source);
        while (rows.next(rows.self, &obs, &err) == TEND_OK)
            check(tend_step(engine, &obs), system->S);
    }
    tend_close(engine);
    source_csv_close(source);
    tend_config_free(config);
    tend_system_free(system);
    csv_table_free(table);
    return 0;
}
