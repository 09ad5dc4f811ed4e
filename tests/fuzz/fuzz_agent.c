// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_agent.c - an agent file: refused with one line, or a configuration that can be asked.
#include "agent/config.h"
#include "both_ways.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tend_config *config = NULL, *same = NULL;
    err_list all = {0};
    tend_err err = {TEND_OK, ""}, ignored;
    const json_file file = {(const char *)data, size, "fuzz.json"};
    tend_rc rc = tend_config_parse(file.text, size, file.name, &config, &err);
    if (rc == TEND_OK)
        if (!tend_config_name(config) || !tend_config_plugin(config, "policy"))
            abort();
    if (tend_config_new(&same, &ignored) == TEND_OK)
        agree(rc, &err, config_read_all(same, &file, &all, &ignored), &all);
    tend_config_free(config);
    tend_config_free(same);
    return 0;
}
