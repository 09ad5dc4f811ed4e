// SPDX-License-Identifier: GPL-3.0-or-later
// cmd_help.c - the help command, and the version.
#include "core/params.h"
#include "runners/help.h"

#include <cjson/cJSON.h>
#include <csv.h>
#include <gsl/gsl_version.h>
#include <string.h>
#include <tend/api.h>

typedef struct help_options {
    bool man;
    const char *completion;
} help_options;

static const option options[] = {
    {"--man", 0, OPTION_FLAG, offsetof(help_options, man), NULL, 0, 0,
     "the manual page as troff source"},
    {"--completion", 0, OPTION_TEXT, offsetof(help_options, completion), "SHELL", 0, 0,
     "completion script of a shell (bash)"},
    {NULL, 0, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const char *const examples[] = {"tend help eval", "tend help --man | man -l -",
                                       "source <(tend help --completion bash)", NULL};

// Everything a bug report needs that changes what is computed.
tend_rc command_version(void)
{
#if defined(__clang__)
    const char *compiler = ""; // its __VERSION__ begins with its name
#else
    const char *compiler = "gcc ";
#endif
    printf("tend %s\nbuilt with %s%s, %d-bit\nGSL %s, cJSON %s, libcsv %d.%d.%d\n", TEND_VERSION,
           compiler, __VERSION__, (int)(8 * sizeof(void *)), gsl_version, cJSON_Version(),
           CSV_MAJOR, CSV_MINOR, CSV_RELEASE);
    return TEND_OK;
}

static tend_rc help_named(const char *name, tend_err *err)
{
    const char *names[32]; // more than there are commands
    int count = 0;
    for (const command *const *c = command_table(); *c && count < 31; c++) {
        if (strcmp((*c)->name, name) == 0)
            return command_help_on(*c, err);
        names[count++] = (*c)->name;
    }
    names[count] = NULL;
    const char *near = nearest_name(name, names);
    return tend_fail(err, TEND_USAGE, "help: no command %s%s%s%s", name,
                     near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
}

static tend_rc run(int argc, char **argv, tend_err *err)
{
    help_options o = {false, NULL};
    arguments given = {argc, argv};
    bool helped;
    tend_rc rc = options_parse(&command_help, &given, &o, &helped, err);
    if (rc != TEND_OK || helped)
        return rc;
    if (o.completion && strcmp(o.completion, "bash") != 0)
        return tend_fail(err, TEND_USAGE, "--completion %s, expected bash", o.completion);
    if (o.man)
        help_man();
    else if (o.completion)
        help_completion_bash();
    else if (given.count == 0)
        help_overview();
    // several commands may be asked for at once
    for (int i = 0; i < given.count && rc == TEND_OK; i++)
        rc = help_named(given.word[i], err);
    return rc;
}

const command command_help = {
    .name = "help",
    .usage = "[COMMAND]",
    .help = "this help, or the help of one command",
    .options = options,
    .examples = examples,
    .run = run,
};
