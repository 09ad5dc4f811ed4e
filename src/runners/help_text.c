// SPDX-License-Identifier: GPL-3.0-or-later
// help_text.c - the overview: every command, and what the exit status means.
#include "runners/help.h"

// What scripts may rely on; interrupt_status gives them, the manual page lists them.
const exit_status *help_exit_statuses(void)
{
    static const exit_status table[] = {{0, "ok"},
                                        {1, "failed"},
                                        {2, "usage"},
                                        {3, "bad input or configuration"},
                                        {4, "a gate failed"},
                                        {129, "hung up"},
                                        {130, "interrupted"},
                                        {143, "terminated"},
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
