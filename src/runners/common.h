// SPDX-License-Identifier: GPL-3.0-or-later
// common.h - options that episode, demo, eval, sweep and learn share, some of them replay too,
// and what they stand for.
#ifndef TEND_RUNNERS_COMMON_H
#define TEND_RUNNERS_COMMON_H

#include "base/str.h"
#include "drive/setup.h"
#include "runners/command.h"

typedef struct common_options {
    const char *system, *scenario, *agent, *policy, *detector, *diagnoser;
    const char *fault, *target, *policy_in, *preset, *family;
    double severity, healthy, compound;
    int64_t steps;
    option_list set;
} common_options;

// Defaults; the macro below lists the rows for a command's option table.
common_options common_defaults(void);

// one option, two lines
// clang-format off
#define COMMON_OPTIONS(type, field)                                                                \
    {"--steps", 0, OPTION_INT, offsetof(type, field.steps), "N", 20, 1000000,                      \
     "ticks per episode (240)"},                                                                   \
    {"--system", 0, OPTION_TEXT, offsetof(type, field.system), "FILE", 0, 0,                       \
     "system.json, or the name of an example (default)"},                                          \
    {"--scenario", 0, OPTION_TEXT, offsetof(type, field.scenario), "FILE", 0, 0,                   \
     "scenario file or example; otherwise the seed draws one"},                                    \
    {"--agent", 0, OPTION_TEXT, offsetof(type, field.agent), "FILE", 0, 0,                         \
     "agent file or example (iforest + blend + ucb)"},                                             \
    {"--detector", 0, OPTION_TEXT, offsetof(type, field.detector), "NAME", 0, 0,                   \
     "detector plug-in instead of the agent's"},                                                   \
    {"--diagnoser", 0, OPTION_TEXT, offsetof(type, field.diagnoser), "NAME", 0, 0,                 \
     "diagnoser plug-in instead of the agent's"},                                                  \
    {"--policy", 0, OPTION_TEXT, offsetof(type, field.policy), "NAME", 0, 0,                       \
     "policy plug-in instead of the agent's"},                                                     \
    {"--set", 0, OPTION_LIST, offsetof(type, field.set), "PATH=X", 0, 0,                           \
     "a parameter, such as guard.cooldown=8; may be repeated"},                                    \
    {"--policy-in", 0, OPTION_TEXT, offsetof(type, field.policy_in), "FILE", 0, 0,                 \
     "what a policy has learnt before"},                                                           \
    {"--fault", 0, OPTION_TEXT, offsetof(type, field.fault), "NAME", 0, 0,                         \
     "only this fault (none: healthy)"},                                                           \
    {"--target", 0, OPTION_TEXT, offsetof(type, field.target), "SERVICE", 0, 0,                    \
     "only this service, or caller>callee for an edge"},                                           \
    {"--severity", 0, OPTION_NUMBER, offsetof(type, field.severity), "X", 0, 1,                    \
     "instead of a drawn one, 0..1"},                                                              \
    {"--healthy", 0, OPTION_NUMBER, offsetof(type, field.healthy), "X", 0, 1,                      \
     "share of healthy episodes (0.1)"},                                                           \
    {"--compound", 0, OPTION_NUMBER, offsetof(type, field.compound), "X", 0, 1,                    \
     "share of episodes with two faults (0)"},                                                     \
    {"--family", 0, OPTION_TEXT, offsetof(type, field.family), "NAME", 0, 0,                       \
     "mixed, single, two, twice, crowd, strange or quiet (mixed)"},                                \
    {"--preset", 0, OPTION_TEXT, offsetof(type, field.preset), "NAME", 0, 0,                       \
     "world that a system leaves open: calm, real or rough (real)"}
// clang-format on

// Opens the setup the options ask for. Call run_setup_close in any case.
tend_rc common_open(const common_options *o, run_setup *setup, tend_err *err);

// The agent alone, and what --set says of the world, ended by NULL. tend_config_free in any case.
tend_rc common_agent(const common_options *o, const char *of_world[OPTION_LIST_MAX + 1],
                     tend_config **out, tend_err *err);

// --detector, --diagnoser, --policy and --set into a configuration.
tend_rc common_configure(const common_options *o, tend_config *config, tend_err *err);

// Loads --policy-in into an engine.
tend_rc common_policy(const common_options *o, tend_engine *engine, tend_err *err);

// output_check, and no output is the system, scenario or agent that is read. What was learnt before
// (--policy-in) may be replaced by what is learnt now.
tend_rc common_outputs(const common_options *o, const output_file *files, int count, tend_err *err);

// The world of --preset, given or not.
const char *common_preset(const common_options *o);

// The options that differ from their defaults, as a command line would give them.
void common_reproduce(const common_options *o, str *out);
// Of them those that say who acts: --agent, plug-ins, --set, --policy-in.
void common_reproduce_agent(const common_options *o, str *out);
// One of them, " --name value", the value quoted for a shell where it must be; NULL: nothing.
void common_add_text(str *out, const char *name, const char *value);

#endif
