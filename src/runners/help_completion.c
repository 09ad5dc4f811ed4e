// SPDX-License-Identifier: GPL-3.0-or-later
// help_completion.c - bash completion: commands, options, and the values an option knows.
#include "agent/config.h"
#include "core/plant.h"
#include "env/scenario.h"
#include "runners/help.h"

#include <string.h>

// Each prints its words, a blank before each: values of an option, straight from the tables.
static void print_faults(void)
{
    for (int type = 0; type < FAULT_TYPES; type++)
        printf(" %s", fault_name((fault_type)type));
}

static void print_detectors(void)
{
    for (int i = 0; tend_detectors()[i]; i++)
        printf(" %s", tend_detectors()[i]->base.name);
}

static void print_diagnosers(void)
{
    for (int i = 0; tend_diagnosers()[i]; i++)
        printf(" %s", tend_diagnosers()[i]->base.name);
}

static void print_policies(void)
{
    for (int i = 0; tend_policies()[i]; i++)
        printf(" %s", tend_policies()[i]->base.name);
}

static void print_parameters(const char *section, const tend_param *table)
{
    for (const tend_param *p = table; p && p->name; p++)
        printf(" %s.%s=", section, p->name);
}

// of every plug-in: which of them is chosen may stand anywhere on the line
static void print_paths(void)
{
    for (int i = 0; tend_detectors()[i]; i++)
        print_parameters(config_part_name(CONFIG_DETECTOR), tend_detectors()[i]->base.params);
    for (int i = 0; tend_diagnosers()[i]; i++)
        print_parameters(config_part_name(CONFIG_DIAGNOSER), tend_diagnosers()[i]->base.params);
    for (int i = 0; tend_policies()[i]; i++)
        print_parameters(config_part_name(CONFIG_POLICY), tend_policies()[i]->base.params);
    const config_part fixed[] = {CONFIG_ALARM, CONFIG_GUARD, CONFIG_JUDGE};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        print_parameters(config_part_name(fixed[i]), config_table(fixed[i], NULL));
    print_parameters("world", plant_world_params());
}

// a sweep's values may be the plug-ins themselves
static void print_grids(void)
{
    for (config_part part = CONFIG_DETECTOR; part <= CONFIG_POLICY; part++)
        printf(" %s=", config_part_name(part));
    print_paths();
}

static void print_presets(void)
{
    for (int i = 0; plant_presets[i]; i++)
        printf(" %s", plant_presets[i]);
}

static void print_commands(void)
{
    for (const command *const *c = command_table(); *c; c++)
        printf(" %s", (*c)->name);
}

static void print_colours(void)
{
    printf(" auto always never");
}

// what may follow an option or a command; a folder of examples is read when the user asks
static const struct {
    const char *after, *folder;
    void (*print)(void);
} values[] = {
    {"--fault", NULL, print_faults},
    {"--detector", NULL, print_detectors},
    {"--diagnoser", NULL, print_diagnosers},
    {"--policy", NULL, print_policies},
    {"--set", NULL, print_paths},
    {"--grid", NULL, print_grids},
    {"--preset", NULL, print_presets},
    {"--test-preset", NULL, print_presets},
    {"--color", NULL, print_colours},
    {"help", NULL, print_commands},
    {"--system", "systems", NULL},
    {"--test-system", "systems", NULL},
    {"--agent", "agents", NULL},
    {"--scenario", "scenarios", NULL},
    {"--suite", "suites", NULL},
};

static void print_values(void)
{
    printf("    case $before in\n");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        printf("    %s) ", values[i].after);
        // names of examples are files of the user's machine: the script looks when it runs
        if (values[i].folder) {
            printf("words=$(_tend_examples %s); files=-f ;;\n", values[i].folder);
            continue;
        }
        printf("words=\"");
        values[i].print();
        printf("\" ;;\n");
    }
    printf("    esac\n");
}

// one branch per command: its options, and which of them take a value that is no file
static void print_options(const command *cmd)
{
    printf("    %s)\n        options=\"--help --color", cmd->name);
    for (const option *o = cmd->options; o->name; o++)
        printf(" %s", o->name);
    printf("\"\n        values=\"");
    const char *blank = "";
    for (const option *o = cmd->options; o->name; o++)
        if (o->value && strcmp(o->value, "FILE") != 0) {
            printf("%s%s", blank, o->name);
            blank = " ";
        }
    printf("\" ;;\n");
}

// Made from the tables, so a new option or plug-in is completed without anybody thinking of it.
void help_completion_bash(void)
{
    printf(
        "# bash completion for tend, made by `tend help --completion bash`\n"
        "_tend_examples() # names of the examples here and beside the program\n{\n"
        "    local folder file\n"
        "    for folder in examples \"$(dirname \"$(type -P tend)\")/../share/tend/examples\"; do\n"
        "        for file in \"$folder/$1\"/*.json; do\n"
        "            [ -e \"$file\" ] && basename \"$file\" .json\n"
        "        done\n    done\n}\n"
        "_tend()\n{\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local options=\"\" values=\"\" words=\"\" files=\"\"\n"
        "    COMPREPLY=()\n"
        "    # readline takes --fault=NAME for three words\n"
        "    if [ \"$word\" = \"=\" ]; then\n        word=\"\"\n"
        "    elif [ \"$before\" = \"=\" ]; then\n        before=${COMP_WORDS[COMP_CWORD-2]}\n"
        "    fi\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"--help --version --color");
    print_commands();
    printf("\" -- \"$word\")\n        return\n    fi\n"
           "    case ${COMP_WORDS[1]} in\n");
    for (const command *const *c = command_table(); *c; c++)
        print_options(*c);
    printf("    esac\n");
    print_values();
    printf("    if [ -n \"$words$files\" ]; then\n"
           "        case $before in --set | --grid) compopt -o nospace 2>/dev/null ;; esac\n"
           "        mapfile -t COMPREPLY < <(compgen $files -W \"$words\" -- \"$word\" | sort -u)\n"
           "        return\n    fi\n"
           "    case \" $values \" in\n"
           "    *\" $before \"*) return ;; # a value nobody knows beforehand\n"
           "    esac\n"
           "    case $word in\n"
           "    -*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\") ;;\n"
           "    *) mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n"
           "    esac\n}\n"
           "complete -o filenames -F _tend tend\n");
}
