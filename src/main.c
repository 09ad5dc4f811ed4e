// SPDX-License-Identifier: GPL-3.0-or-later
// main.c - finds the command and turns its result into an exit status.
#include "core/params.h"
#include "runners/command.h"
#include "runners/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const command *find(const char *name)
{
    for (const command *const *c = command_table(); *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

static tend_rc unknown_command(const char *name, tend_err *err)
{
    const char *names[32]; // more commands than there are; further ones are only not suggested
    int count = 0;
    for (const command *const *c = command_table(); *c && count < 31; c++)
        names[count++] = (*c)->name;
    names[count] = NULL;
    const char *near = nearest_name(name, names);
    return tend_fail(err, TEND_USAGE, "unknown command %s%s%s%s", name,
                     near ? ", did you mean " : "; see `tend help`", near ? near : "",
                     near ? "?" : "");
}

// Without a command the help is what was wanted; it is not an error.
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

// A descriptor that was closed at the start would be given to the first file opened, and what is
// meant for standard output would end in that. Opened for the other direction, its use still fails.
static bool hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    return true;
}

// what was printed long ago may have been lost then: the stream remembers
static tend_rc end_output(tend_rc rc, tend_err *err)
{
    errno = 0;
    bool lost = fflush(stdout) != 0;
    int why = errno;
    lost |= ferror(stdout) != 0;
    if (fclose(stdout) != 0) {
        lost = true;
        why = why ? why : errno;
    }
    if (!lost || (rc != TEND_OK && rc != TEND_GATE))
        return rc;
    return tend_fail(err, TEND_IO, "standard output: cannot write%s%s", why ? ": " : "",
                     why ? strerror(why) : "");
}

int main(int argc, char **argv)
{
    tend_err err = {TEND_OK, ""};
    if (!hold_standard_descriptors())
        return tend_rc_status(TEND_IO);
    gsl_set_error_handler_off(); // GSL's own handler aborts
    signal(SIGXFSZ, SIG_IGN);    // a limit on file size is then an error of write, cleaned up after
    int count = argc - 1;
    tend_rc rc = take_colour(&count, argv + 1, &err);
    if (rc == TEND_OK)
        rc = dispatch(count, argv + 1, &err);
    rc = end_output(rc, &err);
    // a gate has told its story in the summary: only the exit status is left to say
    if (rc != TEND_OK && rc != TEND_GATE && err.text[0])
        fprintf(stderr, "tend: %s\n", err.text);
    return interrupt_status(rc);
}
