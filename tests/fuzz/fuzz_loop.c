// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_loop.c - an agent file, and what it configures run over 120 rough ticks.
#include "base/hash.h"

#include <math.h>
#include <stdlib.h>
#include <tend/engine.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TICKS = 120, STATE_MOST = 50000000 }; // bytes: larger engines are sound but slow here

static tend_system *three(void)
{
    static const char text[] =
        "{\"name\":\"three\",\"services\":[{\"name\":\"web\",\"replicas\":2,\"most_replicas\":4},"
        "{\"name\":\"store\",\"kind\":\"database\",\"replicas\":1},{\"name\":\"hot\",\"kind\":"
        "\"cache\",\"replicas\":2}],\"edges\":[{\"caller\":\"web\",\"callee\":\"store\"},"
        "{\"caller\":\"web\",\"callee\":\"hot\"}],\"entry\":\"web\","
        "\"slo\":{\"p95_ms\":250,\"error_share\":0.05}}";
    tend_system *system = NULL;
    tend_err err;
    if (tend_system_parse(text, sizeof text - 1, "three", &system, &err) != TEND_OK)
        abort();
    return system;
}

static void run(tend_engine *engine, const tend_system *system, uint64_t seed)
{
    double value[32], edge[8], ready[4], age[4];
    uint64_t x = hash_mix(seed);
    for (int t = 0; t < TICKS; t++) {
        for (int i = 0; i < system->S * system->M; i++) {
            x = hash_mix(x);
            value[i] = (double)(x % 1000) / 1000 * (t > 40 && i < system->M ? 30 : 1);
            if (x >> 20 & 63) // one in 64 is missing
                continue;
            value[i] = (double)NAN;
        }
        for (int i = 0; i < 2 * system->E; i++)
            edge[i] = value[i];
        for (int s = 0; s < system->S; s++) {
            ready[s] = 1 + (double)(x >> (30 + s) & 1);
            age[s] = s ? (double)NAN : t;
        }
        tend_obs obs = {.size = sizeof obs,
                        .tick = t,
                        .value = value,
                        .edge = edge,
                        .ready = ready,
                        .deploy_age = age,
                        .entry_p95_ms = value[0] * 100,
                        .breach = t > 45 && t % 17 < 12};
        const tend_frame *frame = tend_step(engine, &obs);
        if (frame->decision.action < 0 || frame->decision.action >= system->A ||
            !(frame->findings.overall >= 0 && frame->findings.overall <= 1))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static tend_system *system;
    if (!system)
        system = three();
    tend_config *config = NULL;
    tend_engine *engine = NULL;
    tend_err err;
    if (tend_config_parse((const char *)data, size, "fuzz.json", &config, &err) == TEND_OK &&
        tend_open(system, config, 1, &engine, &err) == TEND_OK &&
        tend_state_size(engine) < STATE_MOST)
        run(engine, system, size);
    tend_close(engine);
    tend_config_free(config);
    return 0;
}
