// cmd_help.c - help, the manual page and the version, all from the command table.
#include "runners/command.h"

#include "core/params.h"

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

static void print_overview(void)
{
    printf("tend - rehearse, replay and watch an AIOps control loop\n\n"
           "Usage: tend COMMAND [OPTIONS]\n\n"
           "Start here\n"
           "  tend demo                                    one incident, start to recovery\n"
           "  tend episode --steps 240 --seed 7 --render   one episode, drawn as a timeline\n"
           "  tend eval --episodes 50 --out results.csv    many episodes, one CSV row each\n"
           "  tend diagnose CASE_DIR                       root causes of a recorded incident\n\n"
           "Commands\n");
    for (const command *const *c = command_table(); *c; c++)
        printf("  %-10s %s\n", (*c)->name, (*c)->help);
    printf("\nEverywhere\n"
           "      --color WHEN   auto, always, never (NO_COLOR and TERM=dumb are respected)\n"
           "  -h, --help         this help; `tend COMMAND --help` for one command\n"
           "      --version      version, build, library versions\n\n"
           "Exit status: 0 ok, 1 failed, 2 usage, 3 bad input or configuration, 4 a gate failed,\n"
           "130 interrupted\n");
}

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

tend_rc command_version(void)
{
#if defined(__clang__)
    const char *compiler = "";
#else
    const char *compiler = "gcc ";
#endif
    printf("tend %s\nbuilt with %s%s, %d-bit\nGSL %s, cJSON %s, libcsv %d.%d.%d\n", TEND_VERSION,
           compiler, __VERSION__, (int)(8 * sizeof(void *)), gsl_version, cJSON_Version(),
           CSV_MAJOR, CSV_MINOR, CSV_RELEASE);
    return TEND_OK;
}

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

static void print_man(void)
{
    printf(".TH TEND 1 \"\" \"tend %s\" \"User Commands\"\n.SH NAME\ntend \\- rehearse, replay and "
           "watch an AIOps control loop\n.SH SYNOPSIS\n.B tend\n.I COMMAND\n[\\fIOPTIONS\\fR]\n"
           ".SH DESCRIPTION\nA closed loop in one program: observe, detect, diagnose, decide, act, "
           "measure, learn;\nover a simulated system, over recorded metrics, reproducible to the "
           "byte.\n.SH COMMANDS\n",
           TEND_VERSION);
    for (const command *const *c = command_table(); *c; c++)
        print_man_command(*c);
    printf(".SH EXIT STATUS\n0 ok, 1 failed, 2 usage, 3 bad input or configuration, 4 a gate "
           "failed, 130 interrupted.\n.SH ENVIRONMENT\n.B NO_COLOR\nand\n.B TERM=dumb\nswitch "
           "colour off.\n");
}

// one branch per command; an option that takes a FILE completes file names, another nothing
static void print_completion(void)
{
    printf("# bash completion for tend, made by `tend help --completion bash`\n"
           "_tend()\n{\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    local options=\"\" values=\"\"\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"--help --version --color");
    for (const command *const *c = command_table(); *c; c++)
        printf(" %s", (*c)->name);
    printf("\" -- \"$word\")\n        return\n    fi\n"
           "    case ${COMP_WORDS[1]} in\n");
    for (const command *const *c = command_table(); *c; c++) {
        printf("    %s)\n        options=\"--help --color", (*c)->name);
        for (const option *o = (*c)->options; o->name; o++)
            printf(" %s", o->name);
        printf("\"\n        values=\"");
        const char *blank = "";
        for (const option *o = (*c)->options; o->name; o++)
            if (o->value && strcmp(o->value, "FILE") != 0) {
                printf("%s%s", blank, o->name);
                blank = " ";
            }
        printf("\" ;;\n");
    }
    printf("    esac\n"
           "    case \" $values \" in\n"
           "    *\" $before \"*) return ;; # a value that is no file\n"
           "    esac\n"
           "    case $word in\n"
           "    -*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\") ;;\n"
           "    *) mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n"
           "    esac\n}\n"
           "complete -o filenames -F _tend tend\n");
}

static tend_rc help_named(const char *name, tend_err *err)
{
    const char *names[32];
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
        print_man();
    else if (o.completion)
        print_completion();
    else if (given.count == 0)
        print_overview();
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
