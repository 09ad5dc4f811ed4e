// SPDX-License-Identifier: GPL-3.0-or-later
// fuzz_suite.c - any bytes as a suite: a list that can be laid out, or refused with a line.
#include "both_ways.h"
#include "drive/suite.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const suite *s)
{
    int episodes = suite_episodes(s);
    if (!s->name || s->steps < 20 || s->entries < 1 || s->entries > SUITE_ENTRIES_MOST ||
        episodes < 1 || episodes > SUITE_EPISODES_MOST || suite_systems(s) > episodes)
        abort();
    for (int i = 0; i < s->entries; i++) {
        const suite_entry *e = &s->entry[i];
        if (e->count < 1 || (e->system && e->count > 1) || e->system_seed < 0)
            abort();
        if (!e->system && (e->ask.least < DESIGN_SERVICES_LEAST ||
                           e->ask.most > DESIGN_SERVICES_MOST || e->ask.least > e->ask.most))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    suite *s = NULL, *same = NULL;
    err_list all = {0};
    tend_err err = {TEND_OK, ""}, ignored;
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    const json_file file = {text, size, "fuzz"};
    tend_rc rc = suite_parse(&file, NULL, &s, &err);
    if (rc == TEND_OK)
        look(s);
    agree(rc, &err, suite_parse(&file, &all, &same, &ignored), &all);
    suite_free(s);
    suite_free(same);
    free(text);
    return 0;
}
