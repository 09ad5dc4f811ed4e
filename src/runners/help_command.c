// SPDX-License-Identifier: GPL-3.0-or-later
// help_command.c - the help of one command. Apart from the texts made of the whole table: every
// command parses options, and would else reach every other one through its own --help.
#include "base/str.h"
#include "runners/command.h"

// Two columns; an option longer than the left one pushes only its own line.
// A paragraph; the breaks of the source are not the terminal's.
static void add_details(str *out, const char *details, int columns)
{
    str words = {0};
    for (const char *c = details; *c; c++)
        str_char(&words, *c == '\n' ? ' ' : *c);
    str_char(out, '\n');
    str_wrap(out, words.text ? words.text : "", 0, columns);
    out->failed |= words.failed;
    str_free(&words);
}

tend_rc command_help_on(const command *cmd, tend_err *err)
{
    printf("tend %s - %s\n\nUsage: tend %s%s%s\n", cmd->name, cmd->help, cmd->name,
           cmd->usage[0] ? " " : "", cmd->usage);
    int columns = output_columns();
    str text = {0};
    if (cmd->details && cmd->details[0])
        add_details(&text, cmd->details, columns);
    if (cmd->options->name)
        str_add(&text, "\nOptions\n");
    for (const option *o = cmd->options; o->name; o++) {
        char left[64];
        if (o->letter)
            snprintf(left, sizeof left, "-%c, %s %s", o->letter, o->name, o->value ? o->value : "");
        else
            snprintf(left, sizeof left, "    %s %s", o->name, o->value ? o->value : "");
        str_format(&text, "  %-26s ", left);
        str_wrap(&text, o->help, 29, columns);
    }
    if (text.failed)
        return tend_fail(err, TEND_NO_MEMORY, "out of memory");
    fputs(text.text ? text.text : "", stdout);
    str_free(&text);
    if (cmd->examples && cmd->examples[0])
        printf("\nExamples\n");
    for (const char *const *e = cmd->examples; e && *e; e++)
        printf("  %s\n", *e);
    return TEND_OK;
}
