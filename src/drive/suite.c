// SPDX-License-Identifier: GPL-3.0-or-later
// suite.c - reads a suite.
#include "drive/suite.h"

#include "core/params.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_LEAST 20 // as of `tend eval`
#define SEED_MOST 9e15 // below, every whole number is a double
#define COUNT_MOST 10000

typedef struct reader {
    const char *where;
    err_list *all;
    tend_err *err;
} reader;

static tend_rc note(const reader *r, tend_rc rc)
{
    return err_note(r->all, rc, r->err);
}

// A whole number; absent: *out stays.
static tend_rc read_whole(const reader *r, const cJSON *from, const char *key, json_range range,
                          double *out)
{
    tend_rc rc = json_number(from, key, range, out, r->where, r->err);
    if (rc == TEND_OK && floor(*out) < *out)
        rc = json_fail(cJSON_GetObjectItemCaseSensitive(from, key), r->where, r->err,
                       "%s: %g, expected a whole number", key, *out);
    return note(r, rc);
}

static tend_rc read_count(const reader *r, const cJSON *from, const char *key, json_range range,
                          int *out)
{
    double value = *out;
    tend_rc rc = read_whole(r, from, key, range, &value);
    *out = rc == TEND_OK && value >= range.least && value <= range.most ? (int)value : *out;
    return rc;
}

// One of a list of words; absent: *out stays.
static tend_rc read_word(const reader *r, const cJSON *from, const char *key,
                         const char *const *words, int *out)
{
    const char *text = NULL;
    tend_rc rc = json_text(from, key, false, &text, r->where, r->err);
    if (rc != TEND_OK || !text)
        return note(r, rc);
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return TEND_OK;
        }
    const char *near = nearest_name(text, words);
    rc = json_fail(cJSON_GetObjectItemCaseSensitive(from, key), r->where, r->err,
                   "%s: \"%.80s\"%s%s%s", key, text, near ? ", did you mean \"" : " is not known",
                   near ? near : "", near ? "\"?" : "");
    return note(r, rc);
}

static tend_rc read_generate(const reader *r, const cJSON *from, suite_entry *out)
{
    static const char *const keys[] = {"seed", "count", "services", "step_s", NULL};
    const char *services = NULL;
    tend_rc rc = json_only_all(from, keys, r->where, r->all, r->err);
    out->ask = design_usual();
    out->system_seed = 1;
    if (rc == TEND_OK)
        rc = read_count(r, from, "seed", (json_range){0, INT_MAX - COUNT_MOST}, &out->system_seed);
    if (rc == TEND_OK)
        rc = read_count(r, from, "count", (json_range){1, COUNT_MOST}, &out->count);
    if (rc == TEND_OK)
        rc = note(r, json_number(from, "step_s", (json_range){0.1, 3600}, &out->ask.step_s,
                                 r->where, r->err));
    if (rc == TEND_OK)
        rc = note(r, json_text(from, "services", false, &services, r->where, r->err));
    if (rc == TEND_OK && services && !design_read_services(services, &out->ask))
        rc = note(r, json_fail(cJSON_GetObjectItemCaseSensitive(from, "services"), r->where, r->err,
                               "services: \"%.40s\", expected A..B within %d..%d", services,
                               DESIGN_SERVICES_LEAST, DESIGN_SERVICES_MOST));
    return rc;
}

// A name, or {"generate": {...}}.
static tend_rc read_system(const reader *r, const cJSON *item, suite_entry *out)
{
    static const char *const keys[] = {"generate", NULL};
    const cJSON *system = cJSON_GetObjectItemCaseSensitive(item, "system");
    const cJSON *generate = cJSON_GetObjectItemCaseSensitive(system, "generate");
    const char *name = NULL;
    out->count = 1;
    if (cJSON_IsObject(system)) {
        tend_rc rc = json_only_all(system, keys, r->where, r->all, r->err);
        if (rc == TEND_OK && !cJSON_IsObject(generate))
            rc = note(r, json_fail(system, r->where, r->err,
                                   "system: \"generate\" is missing, expected an object"));
        return rc == TEND_OK ? read_generate(r, generate, out) : rc;
    }
    tend_rc rc = note(r, json_text(item, "system", true, &name, r->where, r->err));
    if (rc == TEND_OK && name && !(out->system = strdup(name)))
        rc = tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", r->where);
    return rc;
}

static tend_rc read_entry(const reader *r, const cJSON *item, suite_entry *out)
{
    static const char *const keys[] = {"system", "preset", "family", "episodes", "seed0", NULL};
    int preset = PRESET_USUAL, family = SCENARIO_MIXED;
    double seed0 = 1;
    if (!cJSON_IsObject(item))
        return note(r, json_fail(item, r->where, r->err, "expected an object"));
    tend_rc rc = json_only_all(item, keys, r->where, r->all, r->err);
    if (rc == TEND_OK)
        rc = read_system(r, item, out);
    if (rc == TEND_OK)
        rc = read_word(r, item, "preset", plant_presets, &preset);
    if (rc == TEND_OK)
        rc = read_word(r, item, "family", scenario_families, &family);
    out->episodes = 8;
    if (rc == TEND_OK)
        rc = read_count(r, item, "episodes", (json_range){1, SUITE_EPISODES_MOST}, &out->episodes);
    if (rc == TEND_OK)
        rc = read_whole(r, item, "seed0", (json_range){0, SEED_MOST}, &seed0);
    out->preset = (plant_preset)preset;
    out->open = cJSON_GetObjectItemCaseSensitive(item, "preset") == NULL;
    out->family = (scenario_family)family;
    out->seed0 = (uint64_t)seed0;
    return rc;
}

static tend_rc read_entries(const json_file *file, const reader *r, const cJSON *root, suite *s)
{
    const cJSON *list = NULL, *item;
    tend_rc rc = json_array(root, "entries", true, &list, r->where, r->err);
    if (rc != TEND_OK)
        return note(r, rc);
    if (!list->child || cJSON_GetArraySize(list) > SUITE_ENTRIES_MOST)
        return note(r, json_fail(list, r->where, r->err, "%d entries, expected 1 to %d",
                                 cJSON_GetArraySize(list), SUITE_ENTRIES_MOST));
    double rows = 0;
    cJSON_ArrayForEach(item, list)
    {
        char where[192];
        snprintf(where, sizeof where, "%.100s: entries[%d]", file->name, s->entries);
        suite_entry *e = &s->entry[s->entries++];
        rc = read_entry(&(reader){where, r->all, r->err}, item, e);
        if (rc != TEND_OK)
            return rc;
        rows += (double)e->count * e->episodes;
    }
    if (rows > SUITE_EPISODES_MOST)
        rc = note(r, json_fail(list, r->where, r->err, "%.0f episodes in all, expected at most %d",
                               rows, SUITE_EPISODES_MOST));
    return rc;
}

static tend_rc read_all(const json_file *file, const reader *r, const cJSON *root, suite *s)
{
    static const char *const keys[] = {"name", "help", "steps", "entries", NULL};
    const char *name = NULL, *help = NULL;
    tend_rc rc = json_only_all(root, keys, r->where, r->all, r->err);
    if (rc == TEND_OK)
        rc = note(r, json_text(root, "name", true, &name, r->where, r->err));
    if (rc == TEND_OK)
        rc = note(r, json_text(root, "help", false, &help, r->where, r->err));
    s->steps = 240;
    if (rc == TEND_OK)
        rc = read_count(r, root, "steps", (json_range){STEPS_LEAST, TEND_STEPS_MOST}, &s->steps);
    if (rc == TEND_OK)
        rc = read_entries(file, r, root, s);
    s->name = name ? strdup(name) : NULL;
    s->help = help ? strdup(help) : NULL;
    if (rc == TEND_OK && ((name && !s->name) || (help && !s->help)))
        rc = tend_fail(r->err, TEND_NO_MEMORY, "%s: out of memory", file->name);
    return rc;
}

tend_rc suite_parse(const json_file *file, err_list *all, suite **out, tend_err *err)
{
    char where[128];
    cJSON *root = NULL;
    suite *s = calloc(1, sizeof *s);
    reader r = {where, all, err};
    *out = NULL;
    if (!s)
        return tend_fail(err, TEND_NO_MEMORY, "%s: out of memory", file->name);
    snprintf(where, sizeof where, "%.100s", file->name);
    tend_rc rc = json_parse(file->text, file->length, file->name, &root, err);
    if (rc == TEND_OK && !cJSON_IsObject(root))
        rc = json_fail(root, where, err, "expected an object with \"entries\"");
    if (rc == TEND_OK)
        rc = read_all(file, &r, root, s);
    if (rc == TEND_OK && err_noted(all) > 0)
        rc = TEND_INPUT;
    cJSON_Delete(root);
    if (rc == TEND_OK)
        *out = s;
    else
        suite_free(s);
    return rc;
}

void suite_free(suite *s)
{
    if (!s)
        return;
    for (int i = 0; i < s->entries; i++)
        free(s->entry[i].system);
    free(s->name);
    free(s->help);
    free(s);
}

int suite_systems(const suite *s)
{
    int n = 0;
    for (int i = 0; i < s->entries; i++)
        n += s->entry[i].count;
    return n;
}

int suite_episodes(const suite *s)
{
    int n = 0;
    for (int i = 0; i < s->entries; i++)
        n += s->entry[i].count * s->entry[i].episodes;
    return n;
}
