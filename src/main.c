// main.c - finds the command and turns its result into an exit status.
#include "core/params.h"
#include "runners/command.h"

#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <string.h>

static const command *find(const char *name)
{
    for (const command *const *c = command_table(); *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

static tend_rc unknown_command(const char *name, tend_err *err)
{
    const char *names[32];
    int count = 0;
    for (const command *const *c = command_table(); *c && count < 31; c++)
        names[count++] = (*c)->name;
    names[count] = NULL;
    const char *near = nearest_name(name, names);
    return tend_fail(err, TEND_USAGE, "unknown command %s%s%s%s", name,
                     near ? ", did you mean " : "; see `tend help`", near ? near : "",
                     near ? "?" : "");
}

static tend_rc dispatch(int argc, char **argv, tend_err *err)
{
    static char *help[] = {"help", NULL};
    if (argc == 0 || strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)
        return command_help.run(1, help, err);
    if (strcmp(argv[0], "--version") == 0)
        return command_version();
    const command *cmd = find(argv[0]);
    return cmd ? cmd->run(argc, argv, err) : unknown_command(argv[0], err);
}

// --color may stand anywhere; it is taken out before the command sees its options
static tend_rc take_colour(int *argc, char **argv, tend_err *err)
{
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        const char *when = NULL;
        if (strncmp(argv[i], "--color=", 8) == 0)
            when = argv[i] + 8;
        else if (strcmp(argv[i], "--color") == 0)
            when = i + 1 < *argc ? argv[++i] : "";
        if (!when)
            argv[kept++] = argv[i];
        else if (!output_set_colour(when))
            return tend_fail(err, TEND_USAGE, "--color \"%s\", expected auto, always or never",
                             when);
    }
    *argc = kept;
    return TEND_OK;
}

int main(int argc, char **argv)
{
    tend_err err = {TEND_OK, ""};
    gsl_set_error_handler_off(); // GSL's own handler aborts
    int count = argc - 1;
    tend_rc rc = take_colour(&count, argv + 1, &err);
    if (rc == TEND_OK)
        rc = dispatch(count, argv + 1, &err);
    if (fflush(stdout) != 0 && rc == TEND_OK)
        rc = tend_fail(&err, TEND_IO, "standard output: cannot write");
    if (rc != TEND_OK && rc != TEND_GATE && err.text[0])
        fprintf(stderr, "tend: %s\n", err.text);
    return tend_rc_status(rc);
}
