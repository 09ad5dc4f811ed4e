// SPDX-License-Identifier: GPL-3.0-or-later
// open.c - simulations and agents from files and examples.
#include "edge/example.h"

#include <stdlib.h>
#include <tend/engine.h>
#include <tend/sim.h>

tend_rc tend_sim_setup_open(const char *system, const tend_sim_options *options,
                            tend_sim_setup **out, tend_err *err)
{
    char path[EXAMPLE_PATH_MAX], *text = NULL;
    size_t length = 0;
    *out = NULL;
    tend_rc rc = example_read("systems", system, &text, &length, path, err);
    if (rc == TEND_OK)
        rc = tend_sim_setup_parse(text, length, path, options, out, err);
    free(text);
    return rc;
}

tend_rc tend_config_open(const char *name, tend_config **out, tend_err *err)
{
    char path[EXAMPLE_PATH_MAX], *text = NULL;
    size_t length = 0;
    *out = NULL;
    if (!name)
        return tend_config_new(out, err);
    tend_rc rc = example_read("agents", name, &text, &length, path, err);
    if (rc == TEND_OK)
        rc = tend_config_parse(text, length, path, out, err);
    free(text);
    return rc;
}
