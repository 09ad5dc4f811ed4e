// SPDX-License-Identifier: GPL-3.0-or-later
// help_man.c - the manual page as troff source.
#include "env/scenario.h"
#include "runners/help.h"

#include <tend/api.h>

// troff reads a leading dot or quote as a request and a plain dash as a hyphen
static void print_troff(const char *text)
{
    for (const char *p = text; *p; p++) {
        if ((p == text || p[-1] == '\n') && (*p == '.' || *p == '\''))
            printf("\\&");
        if (*p == '-')
            printf("\\-");
        else if (*p == '\\')
            printf("\\e");
        else
            putchar(*p);
    }
}

static void print_man_command(const command *cmd)
{
    printf(".SS tend %s ", cmd->name);
    print_troff(cmd->usage);
    printf("\n");
    print_troff(cmd->help);
    printf(".\n");
    if (cmd->details && cmd->details[0]) {
        printf(".PP\n");
        print_troff(cmd->details);
        printf("\n");
    }
    for (const option *o = cmd->options; o->name; o++) {
        printf(".TP\n.B ");
        print_troff(o->name);
        if (o->value)
            printf(" \\fI%s\\fR", o->value);
        printf("\n");
        print_troff(o->help);
        printf("\n");
    }
}

// Commands without examples have no heading.
static void print_man_examples(void)
{
    printf(".SH EXAMPLES\n");
    for (const command *const *c = command_table(); *c; c++) {
        if (!(*c)->examples || !(*c)->examples[0])
            continue;
        printf(".TP\n.B tend %s\n", (*c)->name);
        print_troff((*c)->help);
        printf(".\n.RS\n.nf\n");
        for (const char *const *e = (*c)->examples; *e; e++) {
            print_troff(*e);
            printf("\n");
        }
        printf(".fi\n.RE\n");
    }
}

// What --fault takes.
static void print_man_faults(void)
{
    printf(".SH FAULTS\n");
    for (int type = 0; type < FAULT_TYPES; type++) {
        printf(".TP\n.B %s\n", fault_name((fault_type)type));
        print_troff(fault_help((fault_type)type));
        printf("\n");
    }
}

// No date in the head: the page must be the same bytes for the same sources.
void help_man(void)
{
    printf(".TH TEND 1 \"\" \"tend %s\" \"User Commands\"\n.SH NAME\ntend \\- rehearse, replay and "
           "watch an AIOps control loop\n.SH SYNOPSIS\n.B tend\n.I COMMAND\n[\\fIOPTIONS\\fR]\n"
           ".SH DESCRIPTION\nA closed loop in one program: observe, detect, diagnose, decide, act, "
           "measure, learn;\nover a simulated system, over recorded metrics, reproducible to the "
           "byte.\n.SH COMMANDS\n",
           TEND_VERSION);
    for (const command *const *c = command_table(); *c; c++)
        print_man_command(*c);
    print_man_faults();
    print_man_examples();
    printf(".SH EXIT STATUS\n");
    for (const exit_status *e = help_exit_statuses(); e->meaning; e++)
        printf(".TP\n.B %d\n%s\n", e->status, e->meaning);
    printf(".SH ENVIRONMENT\n.B NO_COLOR\nand\n.B TERM=dumb\nswitch colour off.\n");
}
