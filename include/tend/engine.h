// SPDX-License-Identifier: GPL-3.0-or-later
// engine.h - the agent: one object that turns observations into guarded decisions.
//
//     tend_config *config;  tend_config_parse(text, length, "agent.json", &config, &err);
//     tend_engine *engine;  tend_open(system, config, seed, &engine, &err); // both: a tend_rc
//     while (next(&obs)) { const tend_frame *frame = tend_step(engine, &obs); ... }
//     tend_close(engine);
//
// tend_open allocates all it will ever use; tend_step allocates nothing, does no I/O and cannot
// fail. Everything that changes lives in one flat block (tend_save, tend_load, tend_hash).
#ifndef TEND_ENGINE_H
#define TEND_ENGINE_H

#include <tend/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

// Which plug-ins and which parameters. Sections: detector, diagnoser, policy, alarm, guard, judge.
typedef struct tend_config tend_config;

TEND_API tend_rc tend_config_new(tend_config **out, tend_err *err); // the default agent
TEND_API tend_rc tend_config_parse(const char *text, size_t length, const char *name,
                                   tend_config **out, tend_err *err);
// Reads an agent file into a configuration: a section that the file names a plug-in for starts from
// that plug-in's defaults, what it does not name stays. On an error nothing is changed.
// tend_config_parse is this on a new one.
TEND_API tend_rc tend_config_read(tend_config *config, const char *text, size_t length,
                                  const char *name, tend_err *err);

// The same from a file, or an example by its name: examples/agents/ below the current folder,
// beside this library or program, or installed. NULL: the default agent.
TEND_API tend_rc tend_config_open(const char *name, tend_config **out, tend_err *err);

// A plug-in of the caller's own: from then on this configuration knows its name and its parameters
// like a built-in one's (tend_config_set, tend_config_read). The table is not copied and must
// outlive the configuration and every engine opened with it. At most 8 a kind. Refused: a name
// that is taken or no word of letters, digits, _ and - (at most 31 bytes), a parameter outside the
// struct, twice at one place or with an initial value out of its range, a flag with another range
// than 0 to 1, a call that is missing.
TEND_API tend_rc tend_config_register_detector(tend_config *config, const tend_detector *detector,
                                               tend_err *err);
TEND_API tend_rc tend_config_register_diagnoser(tend_config *config,
                                                const tend_diagnoser *diagnoser, tend_err *err);
TEND_API tend_rc tend_config_register_policy(tend_config *config, const tend_policy *policy,
                                             tend_err *err);

// path: "detector" (value a plug-in's name), "detector.trees", "guard.cooldown" (a number), or a
// list of the guard: "guard.allow" ("restart,scale(api,+1)", all, none), "guard.freeze" ("60-90",
// none).
TEND_API tend_rc tend_config_set(tend_config *config, const char *path, const char *value,
                                 tend_err *err);
// The plug-in of a section, "" for one that has none; the name in the agent file, else "default".
TEND_API const char *tend_config_plugin(const tend_config *config, const char *section);
TEND_API const char *tend_config_name(const tend_config *config);
// As it was given, times in seconds; NAN when there is none.
TEND_API double tend_config_number(const tend_config *config, const char *section,
                                   const char *param);
// A list, one entry a line, valid until the next change: "guard", "allow" ("all" without a list) or
// "freeze". NULL when there is none of that name.
TEND_API const char *tend_config_list(const tend_config *config, const char *section,
                                      const char *name);
TEND_API void tend_config_free(tend_config *config); // NULL is fine

typedef struct tend_engine tend_engine;

// The system must outlive the engine. What the engine needs of the config is copied: changing or
// freeing it afterwards leaves the engine as it is. Fails on an allow-list that names an action the
// system has not.
TEND_API tend_rc tend_open(const tend_system *system, const tend_config *config, uint64_t seed,
                           tend_engine **out, tend_err *err);
TEND_API void tend_close(tend_engine *engine); // NULL is fine

// A new episode: everything but what the policy has learnt starts afresh.
TEND_API void tend_reset(tend_engine *engine, uint64_t seed);

// Judge, learn, detect, diagnose, guard, decide. The frame is valid until the next step; its obs
// is the engine's copy of the struct (the arrays stay the caller's). Time never runs backwards in
// an engine: a tick that is not after the last one (a source that started again) counts as the
// next, one more than 2^31 later as 2^31 later, and a first one outside 0..2^60 as 0; the frame
// shows the tick as the engine counts it.
TEND_API const tend_frame *tend_step(tend_engine *engine, const tend_obs *obs);

// A new engine is TEND_ONLINE. In every mode outcomes are judged and shown in the frame; a caller
// of a TEND_DEFERRED engine gathers them and hands them over later, in an order of its own.
TEND_API void tend_set_learning(tend_engine *engine, tend_learning mode);
TEND_API void tend_learn(tend_engine *engine, const tend_outcome *outcome);

// The only parameters that may change while running: name is "kill_switch" or "dry_run". They are
// the operator's and no part of the state: loading an old state does not lift a kill switch.
TEND_API tend_rc tend_guard_switch(tend_engine *engine, const char *name, bool on, tend_err *err);

// The flat state block and its checksum: size, copy out, copy in (refused, and nothing changed,
// when it is of another agent or system, or damaged), hash. Of the system counts what it consists
// of and what may be done; name, objective and bounds of scaling may differ. Not proof against
// forgery: keep it as private as a program.
TEND_API size_t tend_state_size(const tend_engine *engine);
TEND_API void tend_save(const tend_engine *engine, void *out);
TEND_API tend_rc tend_load(tend_engine *engine, const void *state, size_t size, tend_err *err);
TEND_API uint64_t tend_hash(const tend_engine *engine);
// The same without what the policy has learnt: what this episode did to the engine.
TEND_API uint64_t tend_hash_episode(const tend_engine *engine);

// What the policy has learnt: flat copy between engines of one system and equal configuration;
// others stop the program.
TEND_API void tend_copy_policy(tend_engine *to, const tend_engine *from);
// As versioned JSON; *out is malloc'ed, the caller frees it. What is refused changes nothing.
TEND_API tend_rc tend_policy_write(const tend_engine *engine, char **out, tend_err *err);
TEND_API tend_rc tend_policy_parse(tend_engine *engine, const char *text, size_t length,
                                   const char *name, tend_err *err);

// The guard's rules, for reports: name and help of rule r (1..tend_guard_rules(), "" of others),
// and how often in this episode it masked what the policy wanted.
TEND_API int tend_guard_rules(void);
TEND_API const char *tend_guard_rule_name(int rule);
TEND_API const char *tend_guard_rule_help(int rule);
TEND_API int64_t tend_guard_count(const tend_engine *engine, int rule);

#ifdef __cplusplus
}
#endif
#endif
