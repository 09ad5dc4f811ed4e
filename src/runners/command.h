// SPDX-License-Identifier: GPL-3.0-or-later
// command.h - the command table: one row, one file per command.
#ifndef TEND_RUNNERS_COMMAND_H
#define TEND_RUNNERS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <tend/err.h>

typedef enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_INT,
    OPTION_NUMBER,
    OPTION_LIST
} option_kind;

// One option of one command; a table ends with a NULL name. A command's options are a struct:
// bool for FLAG, const char * for TEXT, int64_t for INT, double for NUMBER, option_list for LIST.
typedef struct option {
    const char *name; // "--steps"
    char letter;      // 'q' for -q, 0 for none
    option_kind kind;
    size_t offset;      // of the field in the command's option struct
    const char *value;  // "N", "FILE", shown in help; NULL for a flag
    double least, most; // INT and NUMBER
    const char *help;
} option;

#define OPTION_LIST_MAX 32
typedef struct option_list {
    const char *item[OPTION_LIST_MAX];
    int count;
} option_list;

typedef struct command {
    const char *name, *usage, *help; // usage: "CASE_DIR... --out FILE"
    const char *details;             // further paragraphs for `tend help COMMAND`
    const option *options;
    const char *const *examples;                          // ended by NULL
    tend_rc (*run)(int argc, char **argv, tend_err *err); // argv[0] = command name
} command;

const command *const *command_table(void);                  // ended by NULL
tend_rc command_help_on(const command *cmd, tend_err *err); // prints the help of one command
tend_rc command_version(void);

typedef struct arguments { // of a command line
    int count;
    char **word;
} arguments;

// Parses given->word[1..] into the struct at `fields` (preset with defaults by the caller) and
// leaves what is no option in `given`, in order. Unknown option: TEND_USAGE naming the nearest
// known one. --help prints the command's help and sets *helped.
tend_rc options_parse(const command *cmd, arguments *given, void *fields, bool *helped,
                      tend_err *err);

// Options every command understands are read by main.c before dispatch: --color WHEN, --version.
bool output_set_colour(const char *when); // auto, always, never; false: none of these
bool output_colour(FILE *to); // colour wanted and possible: a terminal, no NO_COLOR, TERM not dumb
bool output_utf8(void);       // the locale can print the timeline's blocks
int output_columns(void);     // COLUMNS or the terminal's, clamped to 60..100; 100 without both
bool output_progress(void);   // stderr is a terminal

// "1200 of 5000 episodes, 24 %, 310/s, 12 s left" of a run that finished `finished`, `before` of
// them before it began, in `seconds`. The line is always 60 wide, so that it covers the last.
void output_progress_text(int finished, int before, int episodes, double seconds, char line[64]);

#define OUTPUTS_MOST 4 // of one command
typedef struct output_file {
    const char *option; // "--out"
    const char **path;  // the option's value; *path NULL: not asked for
} output_file;

// What would only be found out after the work is asked before it: each output can be written and no
// two are one place (TEND_USAGE). Another name of standard output (/dev/stdout) becomes "-".
tend_rc output_check(const output_file *files, int count, tend_err *err);

typedef struct input_file {
    const char *option, *path; // path NULL: not given; the name of an example is no file
} input_file;

// And none is a file that the command reads and does not mean to replace (TEND_USAGE).
tend_rc output_spare(const output_file *files, int count, const input_file *inputs, int reads,
                     tend_err *err);

extern const command command_demo, command_episode, command_eval, command_compare, command_replay,
    command_diagnose, command_params, command_check, command_bench, command_help, command_sweep,
    command_generate, command_learn;

#endif
