// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_policy.c - a policy file: refused without a trace, or taken and written back the same.
#include <tend/engine.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static tend_engine *open_engine(void)
{
    static const char text[] = "{\"name\": \"pair\", \"services\": [{\"name\": \"web\", \"kind\": "
                               "\"service\", \"replicas\": 2}, {\"name\": \"store\", \"kind\": "
                               "\"database\", \"replicas\": 1}], \"edges\": [{\"caller\": \"web\", "
                               "\"callee\": \"store\"}], \"entry\": \"web\", "
                               "\"slo\": {\"p95_ms\": 250, \"error_share\": 0.05}}";
    tend_system *system = NULL;
    tend_config *config = NULL;
    tend_engine *engine = NULL;
    tend_err err;
    if (tend_system_parse(text, sizeof text - 1, "pair", &system, &err) != TEND_OK ||
        tend_config_new(&config, &err) != TEND_OK ||
        tend_open(system, config, 1, &engine, &err) != TEND_OK)
        abort();
    tend_config_free(config); // the engine has its own
    return engine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static tend_engine *engine, *again; // made once: the reader is what is tried here
    if (!engine) {
        engine = open_engine();
        again = open_engine();
    }
    tend_err err;
    uint64_t before = tend_hash(engine);
    if (tend_policy_parse(engine, (const char *)data, size, "fuzz.json", &err) != TEND_OK) {
        if (tend_hash(engine) != before)
            abort();
        return 0;
    }
    char *first = NULL, *second = NULL;
    if (tend_policy_write(engine, &first, &err) != TEND_OK ||
        tend_policy_parse(again, first, strlen(first), "again.json", &err) != TEND_OK ||
        tend_policy_write(again, &second, &err) != TEND_OK || strcmp(first, second) != 0)
        abort();
    free(first);
    free(second);
    return 0;
}
