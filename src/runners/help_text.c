// SPDX-License-Identifier: GPL-3.0-or-later
// help_text.c - the overview and the help of one command.
#include "runners/help.h"

// What scripts may rely on; tend_rc_status gives them, the manual page lists them.
const exit_status *help_exit_statuses(void)
{
    static const exit_status table[] = {{0, "ok"},
                                        {1, "failed"},
                                        {2, "usage"},
                                        {3, "bad input or configuration"},
                                        {4, "a gate failed"},
                                        {130, "interrupted"},
                                        {0, NULL}};
    return table;
}

void help_overview(void)
{
    printf("tend - rehearse, replay and watch an AIOps control loop\n\n"
           "Usage: tend COMMAND [OPTIONS]\n\n"
           "Start here\n"
           "  tend demo                                    one incident, start to recovery\n"
           "  tend episode --steps 240 --seed 7 --render   one episode, drawn as a timeline\n"
           "  tend eval --episodes 50 --out results.csv    many episodes, one CSV row each\n"
           "  tend diagnose CASE_DIR                       root causes of an incident\n\n"
           "Commands\n");
    for (const command *const *c = command_table(); *c; c++)
        printf("  %-10s %s\n", (*c)->name, (*c)->help);
    printf("\nEverywhere\n"
           "      --color WHEN   auto, always, never (NO_COLOR and TERM=dumb are respected)\n"
           "  -h, --help         this help; `tend COMMAND --help` for one command\n"
           "      --version      version, build, library versions\n\n"
           "Exit status: ");
    for (const exit_status *e = help_exit_statuses(); e->meaning; e++)
        printf("%s%d %s",
               e->status == 0   ? ""
               : e->status == 4 ? ",\n"
                                : ", ",
               e->status, e->meaning);
    printf("\n");
}

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
