// SPDX-License-Identifier: GPL-3.0-or-later
// guard_lists.c - lists of a guard as lines of text, and what they mean for a system.
#include "agent/decide/guard_lists.h"

#include "base/hash.h"
#include "base/number.h"
#include "core/params.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FREEZE_LATEST 1e12 // seconds: exact in a double, far beyond any run

// what --set and an agent file accept beside numbers; the names are also JSON keys
const key_row guard_list_table[] = {
    {"allow", "list", KEY_NO_RANGE, "all",
     "kinds or names of actions that may be taken, lift always: all, none, A,B,..."},
    {"freeze", "list", KEY_NO_RANGE, "none",
     "times in which nothing disruptive is done: FROM-UNTIL,... from the start"},
    {.name = NULL},
};

bool guard_lists_have(const char *name)
{
    for (const key_row *list = guard_list_table; list->name; list++)
        if (strcmp(list->name, name) == 0)
            return true;
    return false;
}

const char *guard_lists_text(const guard_lists *lists, const char *name)
{
    if (strcmp(name, "freeze") == 0)
        return lists->freeze;
    return lists->listed ? lists->allow : "all";
}

// Appends an entry on a line of its own; TEND_INPUT when it does not fit.
static tend_rc add_line(char *text, size_t room, const char *entry, size_t length)
{
    size_t used = strlen(text), gap = used > 0;
    if (used + gap + length + 1 > room)
        return TEND_INPUT;
    if (gap)
        text[used] = '\n';
    memcpy(text + used + gap, entry, length);
    text[used + gap + length] = 0;
    return TEND_OK;
}

// Looked up when an engine is opened; here only what could not be kept as a line is refused.
static tend_rc add_allowed(guard_lists *lists, const char *entry, size_t length, const char *where,
                           tend_err *err)
{
    if (length == 0 || memchr(entry, '\n', length))
        return tend_fail(err, TEND_INPUT, "%s: allow \"%.*s\", expected a kind or name of action",
                         where, (int)(length < 80 ? length : 80), entry);
    if (add_line(lists->allow, sizeof lists->allow, entry, length) != TEND_OK)
        return tend_fail(err, TEND_INPUT, "%s: allow holds more than %d bytes of names", where,
                         GUARD_ALLOW_TEXT - 1);
    return TEND_OK;
}

// Stored in one spelling whatever it was written as, so that equal freezes hash alike.
static tend_rc add_freeze(guard_lists *lists, double from, double until, const char *where,
                          tend_err *err)
{
    char line[64];
    if (!(from >= 0 && from < until && until <= FREEZE_LATEST && from == floor(from) &&
          until == floor(until)))
        return tend_fail(err, TEND_INPUT,
                         "%s: freeze %g-%g, expected whole seconds, the first before the second",
                         where, from, until);
    int count = lists->freeze[0] != 0, length; // lines: line ends and the one without
    for (const char *c = lists->freeze; *c; c++)
        count += *c == '\n';
    length = snprintf(line, sizeof line, "%.0f-%.0f", from, until);
    if (count == GUARD_FREEZES_MAX ||
        add_line(lists->freeze, sizeof lists->freeze, line, (size_t)length) != TEND_OK)
        return tend_fail(err, TEND_INPUT, "%s: more than %d freezes", where, GUARD_FREEZES_MAX);
    return TEND_OK;
}

// bytes up to the comma that ends an entry: those in brackets belong to a name
static size_t entry_length(const char *text)
{
    int depth = 0;
    size_t n = 0;
    for (; text[n] && (text[n] != ',' || depth > 0); n++)
        depth += (text[n] == '(') - (text[n] == ')');
    return n;
}

// "FROM-UNTIL" of one entry; anything behind it is an error.
static tend_rc set_freeze(guard_lists *lists, const char *entry, size_t length, const char *where,
                          tend_err *err)
{
    char word[64], *end = NULL, *last = NULL;
    double from, until = 0;
    snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word), entry);
    from = number_read(word, &end);
    if (end != word && *end == '-')
        until = number_read(end + 1, &last);
    if (!last || last == end + 1 || *last)
        return tend_fail(err, TEND_INPUT, "%s: freeze \"%s\", expected FROM-UNTIL in seconds",
                         where, word);
    return add_freeze(lists, from, until, where, err);
}

// Setting a list replaces it: an allow-list that is set and empty allows nothing.
static void clear(guard_lists *lists, const char *name)
{
    if (strcmp(name, "freeze") == 0) {
        lists->freeze[0] = 0;
        return;
    }
    lists->allow[0] = 0;
    lists->listed = true;
}

tend_rc guard_lists_set(guard_lists *lists, const char *name, const char *value, const char *where,
                        tend_err *err)
{
    // a copy: a bad entry leaves the list as it was
    guard_lists set = *lists;
    bool freeze = strcmp(name, "freeze") == 0;
    tend_rc rc = TEND_OK;
    clear(&set, name);
    if (!freeze && strcmp(value, "all") == 0)
        set.listed = false;
    else if (strcmp(value, "none") != 0)
        for (const char *at = value; rc == TEND_OK; at++) {
            size_t length = entry_length(at);
            rc = freeze ? set_freeze(&set, at, length, where, err)
                        : add_allowed(&set, at, length, where, err);
            at += length;
            if (!*at)
                break;
        }
    if (rc == TEND_OK)
        *lists = set;
    return rc;
}

static tend_rc read_freeze(guard_lists *lists, const cJSON *pair, const char *where, tend_err *err)
{
    const cJSON *from = cJSON_GetArrayItem(pair, 0), *until = cJSON_GetArrayItem(pair, 1);
    if (cJSON_GetArraySize(pair) != 2 || !cJSON_IsNumber(from) || !cJSON_IsNumber(until))
        return tend_fail(err, TEND_INPUT, "%s: freeze, expected pairs of seconds such as [60, 90]",
                         where);
    return add_freeze(lists, from->valuedouble, until->valuedouble, where, err);
}

tend_rc guard_lists_read(guard_lists *lists, const cJSON *item, const char *where, tend_err *err)
{
    bool freeze = strcmp(item->string, "freeze") == 0;
    const cJSON *entry;
    tend_rc rc = TEND_OK;
    if (!cJSON_IsArray(item))
        return tend_fail(err, TEND_INPUT, "%s.%s: expected an array", where, item->string);
    clear(lists, item->string);
    cJSON_ArrayForEach(entry, item)
    {
        if (rc != TEND_OK)
            break;
        if (freeze)
            rc = read_freeze(lists, cJSON_IsArray(entry) ? entry : NULL, where, err);
        else if (cJSON_IsString(entry))
            rc = add_allowed(lists, entry->valuestring, strlen(entry->valuestring), where, err);
        else
            rc = tend_fail(err, TEND_INPUT, "%s: allow, expected names of actions", where);
    }
    return rc;
}

uint64_t guard_lists_hash(const guard_lists *lists, uint64_t hash)
{
    // 1 and 2 keep an allow-list from hashing as a freeze of the same text
    if (lists->listed)
        hash = hash_bytes(hash_mix(hash + 1), lists->allow, strlen(lists->allow));
    if (lists->freeze[0])
        hash = hash_bytes(hash_mix(hash + 2), lists->freeze, strlen(lists->freeze));
    return hash;
}

// "scale_up(api)" is scale(api,+1): kind and place are right, only the name is another.
static const char *meant(const tend_system *system, const char *name)
{
    size_t kind = strcspn(name, "(");
    for (int a = 0; a < system->A; a++) {
        const tend_action *action = &system->actions[a];
        const char *word = tend_action_kind_name(action->kind);
        if (tend_action_row(action->kind)->target != TEND_AT_SERVICE || strlen(word) != kind ||
            strncmp(name, word, kind) != 0 || name[kind] != '(')
            continue;
        const char *place = system->services[action->service].name;
        size_t length = strlen(place);
        if (strncmp(name + kind + 1, place, length) == 0 &&
            strcmp(name + kind + 1 + length, ")") == 0)
            return action->name;
    }
    return NULL;
}

// Names the nearest of kinds and actions together: either may have been meant.
static tend_rc no_such_action(const tend_system *system, const char *name, tend_err *err)
{
    const char **names = calloc((size_t)system->A + TEND_ACTION_KINDS + 1, sizeof *names);
    int count = 0;
    if (!names)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory for the names of actions");
    for (int kind = 0; kind < TEND_ACTION_KINDS; kind++)
        names[count++] = tend_action_kind_name((tend_action_kind)kind);
    for (int a = 0; a < system->A; a++)
        names[count++] = system->actions[a].name;
    const char *same = meant(system, name), *near = same ? same : nearest_name(name, names);
    tend_rc rc = tend_fail(
        err, TEND_INPUT, "guard.allow: \"%.80s\" is no kind of action and no action of %.80s%s%s%s",
        name, system->name, near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    free(names);
    return rc;
}

bool guard_lists_fits(const char *entry, const tend_system *system, tend_err *err)
{
    for (int kind = 0; kind < TEND_ACTION_KINDS; kind++)
        if (strcmp(tend_action_kind_name((tend_action_kind)kind), entry) == 0)
            return true;
    for (int a = 0; a < system->A; a++)
        if (strcmp(system->actions[a].name, entry) == 0)
            return true;
    no_such_action(system, entry, err);
    return false;
}

// A kind lists all actions of its kind; a kind the system has none of is no error, a typo is.
static tend_rc open_allowed(const guard_lists *lists, const tend_system *system, bool *listed,
                            tend_err *err)
{
    char text[GUARD_ALLOW_TEXT], *rest = NULL;
    memcpy(text, lists->allow, sizeof text);
    memset(listed, !lists->listed, (size_t)system->A * sizeof *listed);
    for (char *name = strtok_r(text, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest)) {
        tend_err other = {TEND_OK, ""}; // err may be NULL
        if (!guard_lists_fits(name, system, &other))
            return tend_fail(err, other.rc, "%s", other.text);
        for (int a = 0; a < system->A; a++) {
            const tend_action *action = &system->actions[a];
            bool named = strcmp(action->name, name) == 0 ||
                         strcmp(tend_action_kind_name(action->kind), name) == 0;
            listed[a] |= named;
        }
    }
    return TEND_OK;
}

tend_rc guard_lists_open(const guard_lists *lists, const tend_system *system, bool *listed,
                         guard_freeze *freeze, int *freezes, tend_err *err)
{
    *freezes = 0;
    for (const char *at = lists->freeze; *at && *freezes < GUARD_FREEZES_MAX;) {
        char *end;
        double from = number_read(at, &end), until = number_read(end + 1, &end);
        // ticks that any part of the freeze falls into; 0.3 / 0.1 is a hair below 3
        freeze[*freezes].from = (int64_t)floor(from / system->step_s + 1e-9);
        freeze[*freezes].until = (int64_t)ceil(until / system->step_s - 1e-9);
        ++*freezes;
        at = *end ? end + 1 : end; // over the line end
    }
    return open_allowed(lists, system, listed, err);
}
