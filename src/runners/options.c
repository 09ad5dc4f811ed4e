// SPDX-License-Identifier: GPL-3.0-or-later
// options.c - one parser for every command's option table.
#include "core/params.h"
#include "runners/command.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// By its whole name, or by its letter alone: no abbreviations, which a new option would break.
static const option *find_option(const option *table, const char *word, size_t length)
{
    for (; table->name; table++) {
        if (strlen(table->name) == length && strncmp(table->name, word, length) == 0)
            return table;
        if (table->letter && length == 2 && word[0] == '-' && word[1] == table->letter)
            return table;
    }
    return NULL;
}

static tend_rc unknown_option(const command *cmd, const char *word, tend_err *err)
{
    const char *names[64]; // room for --help and the end behind 61 options
    int count = 0;
    for (const option *o = cmd->options; o->name && count < 61; o++)
        names[count++] = o->name;
    names[count++] = "--help";
    names[count] = NULL;
    char name[80];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    const char *near = nearest_name(name, names);
    return tend_fail(err, TEND_USAGE, "%s: unknown option %s%s%s%s", cmd->name, name,
                     near ? ", did you mean " : "; see `tend help ", near ? near : cmd->name,
                     near ? "?" : "`");
}

static tend_rc set_number(const option *o, const char *value, char *field, tend_err *err)
{
    char *end = NULL;
    errno = 0;
    // whole numbers are read twice: for the range, and as an integer so that no digit is lost
    double number = strtod(value, &end);
    long long whole = o->kind == OPTION_INT ? strtoll(value, &end, 10) : 0;
    if (end == value || *end || errno || !isfinite(number))
        return tend_fail(err, TEND_USAGE, "%s %s, expected a %snumber", o->name, value,
                         o->kind == OPTION_INT ? "whole " : "");
    if (number < o->least || number > o->most)
        return tend_fail(err, TEND_USAGE, "%s %s, expected %.15g to %.15g", o->name, value,
                         o->least, o->most);
    int64_t integer = whole;
    if (o->kind == OPTION_INT)
        memcpy(field, &integer, sizeof integer);
    else
        memcpy(field, &number, sizeof number);
    return TEND_OK;
}

// Writes the value where the option's field is; memcpy, since only its kind tells the type.
static tend_rc set_option(const option *o, char *value, void *fields, tend_err *err)
{
    char *field = (char *)fields + o->offset;
    option_list *list = (option_list *)(void *)field;
    switch (o->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return TEND_OK;
    case OPTION_TEXT:
        memcpy(field, &value, sizeof value);
        return TEND_OK;
    case OPTION_INT:
    case OPTION_NUMBER:
        return set_number(o, value, field, err);
    case OPTION_LIST:
        if (list->count == OPTION_LIST_MAX)
            return tend_fail(err, TEND_USAGE, "%s given more than %d times", o->name,
                             OPTION_LIST_MAX);
        list->item[list->count++] = value;
        return TEND_OK;
    }
    return TEND_OK;
}

// Options and words may be mixed; what is no option is left in `given`, in order.
tend_rc options_parse(const command *cmd, arguments *given, void *fields, bool *helped,
                      tend_err *err)
{
    bool only_rest = false;
    int argc = given->count;
    char **argv = given->word;
    given->count = 0;
    *helped = false;
    for (int i = 1; i < argc; i++) {
        char *word = argv[i];
        // a lone "-" is a file, as elsewhere
        if (only_rest || word[0] != '-' || word[1] == 0) {
            argv[given->count++] = word; // never ahead of i
            continue;
        }
        if (strcmp(word, "--") == 0) {
            only_rest = true;
            continue;
        }
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            *helped = true;
            return command_help_on(cmd, err);
        }
        // --name=value and --name value; a letter takes its value from the next word only
        char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
        size_t length = equals ? (size_t)(equals - word) : strlen(word);
        const option *o = find_option(cmd->options, word, length);
        if (!o)
            return unknown_option(cmd, word, err);
        if (o->kind == OPTION_FLAG && equals)
            return tend_fail(err, TEND_USAGE, "%s takes no value", o->name);
        char *value = equals ? equals + 1 : NULL;
        if (o->kind != OPTION_FLAG && !value && ++i < argc)
            value = argv[i];
        if (o->kind != OPTION_FLAG && !value)
            return tend_fail(err, TEND_USAGE, "%s needs a value: %s %s", o->name, o->name,
                             o->value);
        tend_rc rc = set_option(o, value, fields, err);
        if (rc != TEND_OK)
            return rc;
    }
    return TEND_OK;
}
