// SPDX-License-Identifier: GPL-3.0-or-later
// help_command.c - the help of one command. Apart from the texts made of the whole table: every
// command parses options, and would else reach every other one through its own --help.
#include "runners/command.h"

// Two columns; an option longer than the left one pushes only its own line.
tend_rc command_help_on(const command *cmd, tend_err *err)
{
    (void)err;
    printf("tend %s - %s\n\nUsage: tend %s%s%s\n", cmd->name, cmd->help, cmd->name,
           cmd->usage[0] ? " " : "", cmd->usage);
    if (cmd->details && cmd->details[0])
        printf("\n%s\n", cmd->details);
    if (cmd->options->name)
        printf("\nOptions\n");
    for (const option *o = cmd->options; o->name; o++) {
        char left[64];
        if (o->letter)
            snprintf(left, sizeof left, "-%c, %s %s", o->letter, o->name, o->value ? o->value : "");
        else
            snprintf(left, sizeof left, "    %s %s", o->name, o->value ? o->value : "");
        printf("  %-26s %s\n", left, o->help);
    }
    if (cmd->examples && cmd->examples[0])
        printf("\nExamples\n");
    for (const char *const *e = cmd->examples; e && *e; e++)
        printf("  %s\n", *e);
    return TEND_OK;
}
