// SPDX-License-Identifier: GPL-3.0-or-later
// command_support.h - commands called as a user calls them, and what they print.
#ifndef TEND_TESTS_COMMAND_SUPPORT_H
#define TEND_TESTS_COMMAND_SUPPORT_H

#include "support.h"

#include "runners/command.h"

static tend_err command_err; // of the last command

typedef struct capture { // standard output and error, going to a file meanwhile
    char path[256];
    int out, talk;
    FILE *to;
} capture;

static inline void capture_begin(capture *c)
{
    temp_path(c->path, sizeof c->path, "said");
    fflush(stdout);
    fflush(stderr);
    c->out = dup(STDOUT_FILENO);
    c->talk = dup(STDERR_FILENO);
    c->to = fopen(c->path, "wb");
    assert_non_null(c->to);
    dup2(fileno(c->to), STDOUT_FILENO);
    dup2(fileno(c->to), STDERR_FILENO);
}

// What was printed, to be freed.
static inline char *capture_end(capture *c)
{
    fflush(stdout);
    fflush(stderr);
    dup2(c->out, STDOUT_FILENO);
    dup2(c->talk, STDERR_FILENO);
    close(c->out);
    close(c->talk);
    fclose(c->to);
    char *text = get_file(c->path);
    unlink(c->path);
    return text;
}

// Runs a command with words separated by blanks; returns what it printed, to be freed.
static inline char *command_said(const command *cmd, const char *line, tend_rc expected)
{
    char copy[2400], *argv[40];
    int argc = 0;
    capture c;
    snprintf(copy, sizeof copy, "%s %s", cmd->name, line);
    for (char *word = strtok(copy, " "); word && argc < 40; word = strtok(NULL, " "))
        argv[argc++] = word;
    capture_begin(&c);
    command_err.text[0] = 0;
    tend_rc rc = cmd->run(argc, argv, &command_err);
    char *text = capture_end(&c);
    if (rc != expected)
        print_error("%s %s: %s\n", cmd->name, line, command_err.text);
    assert_int_equal(rc, expected);
    return text;
}

static inline void command_printed(const command *cmd, const char *line, const char *part)
{
    char *text = command_said(cmd, line, TEND_OK);
    assert_holds(text, part);
    free(text);
}

static inline void command_failed(const command *cmd, const char *line, tend_rc rc,
                                  const char *message)
{
    free(command_said(cmd, line, rc));
    assert_holds(command_err.text, message);
}

#endif
