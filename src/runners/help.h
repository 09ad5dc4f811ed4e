// SPDX-License-Identifier: GPL-3.0-or-later
// help.h - texts made from the command table; what knows them parses no option.
#ifndef TEND_RUNNERS_HELP_H
#define TEND_RUNNERS_HELP_H

#include "runners/command.h"

typedef struct exit_status {
    int status;
    const char *meaning;
} exit_status;

const exit_status *help_exit_statuses(void); // ended by a NULL meaning

void help_overview(void);
void help_man(void);             // troff
void help_completion_bash(void); // names and values of options, of this very build

#endif
