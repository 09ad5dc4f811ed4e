// SPDX-License-Identifier: GPL-3.0-or-later
// command_table.c - every command, one line each, in the order the help lists them.
//
// `help` stands in the table it lists; that circle is the only one among the commands.
#include "runners/command.h"

const command *const *command_table(void)
{
    // one line each
    // clang-format off
    static const command *const table[] = {
        &command_demo,
        &command_episode,
        &command_eval,
        &command_compare,
        &command_sweep,
        &command_learn,
        &command_replay,
        &command_diagnose,
        &command_params,
        &command_generate,
        &command_check,
        &command_bench,
        &command_help,
        NULL,
    };
    // clang-format on
    return table;
}
