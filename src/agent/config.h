// SPDX-License-Identifier: GPL-3.0-or-later
// config.h - an agent: which plug-ins, with which parameters.
//
// Six sections, each a parameter table over a struct of doubles. Three name a plug-in (detector,
// diagnoser, policy); three are the engine's own (alarm, guard, judge). Read from JSON such as
//     {"name": "mine", "detector": {"plugin": "iforest", "trees": 100}, "guard": {"cooldown": 8}}
#ifndef TEND_AGENT_CONFIG_H
#define TEND_AGENT_CONFIG_H

#include "core/json.h"

#include <tend/engine.h>

typedef enum config_part {
    CONFIG_DETECTOR,
    CONFIG_DIAGNOSER,
    CONFIG_POLICY,
    CONFIG_ALARM,
    CONFIG_GUARD,
    CONFIG_JUDGE,
    CONFIG_PARTS
} config_part;

const char *config_part_name(config_part part);

// tend_config_read with a list for faults: TEND_INPUT, and nothing changed, when there are any.
tend_rc config_read_all(tend_config *config, const json_file *file, err_list *all, tend_err *err);

// Table of a part: of the named plug-in for the first three (plugin NULL: the default one).
// NULL when there is no such plug-in.
const tend_param *config_table(config_part part, const char *plugin);

const void *config_params(const tend_config *config, config_part part);
const tend_plugin *config_plugin(const tend_config *config, config_part part); // NULL: own part

tend_rc config_copy(const tend_config *config, tend_config **out, tend_err *err);
// Every time in it from seconds to ticks: what an engine keeps is in ticks. The judge's horizon
// gets the few ticks it needs at least (judge.h).
void config_to_ticks(tend_config *config, double step_s);
// Throws a switch of the guard; false when there is none of that name.
bool config_switch(tend_config *config, const char *name, bool on);

const struct guard_lists *config_guard_lists(const tend_config *config);

// After config_to_ticks: the policy's parameters as they were given, and a hash of its name and of
// them. What was learnt is of a policy, whatever the step of the system it was learnt on.
const double *config_learner(const tend_config *config);
uint64_t config_learner_hash(const tend_config *config);

uint64_t config_hash(const tend_config *config); // of names and every parameter

#endif
