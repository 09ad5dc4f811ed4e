// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_agent.c - an agent file: refused with one line, or a configuration that can be asked.
#include <tend/engine.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tend_config *config = NULL;
    tend_err err;
    if (tend_config_parse((const char *)data, size, "fuzz.json", &config, &err) == TEND_OK)
        if (!tend_config_name(config) || !tend_config_plugin(config, "policy"))
            abort();
    tend_config_free(config);
    return 0;
}
