// SPDX-License-Identifier: GPL-3.0-or-later
// plugin.h - what a detector, a diagnoser and a policy are made of.
//
// A plug-in is one const table in one .c file. Its parameters are a struct of doubles described
// by a tend_param table; its state is one flat block of plain values without pointers, so that
// save, load, fork and hash are a memcpy. Calls are made once per tick on whole arrays, cannot
// fail and allocate nothing.
#ifndef TEND_PLUGIN_H
#define TEND_PLUGIN_H

#include <tend/err.h>
#include <tend/frame.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tend_param_kind {
    TEND_INTEGER, // counts something: a whole number
    TEND_FLAG,    // 0 or 1; its range is 0 to 1
    TEND_NUMBER,  // any
    TEND_SECONDS, // a time, given in whole seconds; what a plug-in is handed is in ticks
    TEND_PATIENCE // the same, of what must be seen before it is believed
} tend_param_kind;

// One tunable: a double at `offset` in the parameter struct. A table ends with a NULL name.
// tend_open turns seconds into ticks by the system's step_s, rounded up: 0 stays 0, anything more
// is one tick at least. A patience is two, or as many as seconds when fewer are given: where ticks
// are long a single bad sample would be acted upon, before a second could show what it is.
typedef struct tend_param {
    const char *name;
    size_t offset;
    tend_param_kind kind;
    double initial, least, most;
    const char *help; // one line, with the reference where the value comes from a paper
} tend_param;

#define TEND_PARAMS_MAX 32 // doubles in a parameter struct, at most

typedef enum tend_learning {
    TEND_FROZEN,   // use what was learnt: no exploration, no updates
    TEND_DEFERRED, // explore, but outcomes are only shown; the caller hands them over later
    TEND_ONLINE    // explore, and learn from every outcome at once
} tend_learning;

typedef struct tend_node { // one plug-in at work
    const tend_system *system;
    const void *params; // times in ticks
    void *state;
    tend_learning learning;
    uint64_t seed; // fresh for each decision: a random policy draws from it and nothing else
} tend_node;

typedef struct tend_plugin {
    const char *name, *help;
    const tend_param *params;
    size_t params_size;
    size_t (*state_size)(const tend_system *system, const void *params); // multiple of 8
    void (*init)(const tend_node *me, uint64_t seed);
} tend_plugin;

typedef struct tend_detector {
    tend_plugin base;
    // Fills score [S] (0..1), metric [S], overall and threshold; the engine owns the alarm.
    void (*detect)(const tend_node *me, const tend_obs *obs, double *score, int *metric,
                   double *overall, double *threshold);
} tend_detector;

// What a stage reads: everything upstream of it. To a diagnoser causes and allowed are NULL.
typedef struct tend_view {
    const tend_obs *obs;
    const tend_findings *findings;
    const tend_incident *incident; // [incidents], oldest first
    int incidents;
    const tend_causes *causes;
    const bool *allowed; // [A] the guard has masked before the choice; allowed[0] always holds
    bool lift_due; // a limit has been held for as long as the guard lets it: it is time to lift it
} tend_view;

typedef struct tend_diagnoser {
    tend_plugin base;
    void (*diagnose)(const tend_node *me, const tend_view *view, tend_causes *out);
} tend_diagnoser;

// What was learnt in one context for one arm: numbers such as how often and how well. Context and
// arm are known by name, for their numbers shift when a word is added; together they are unique.
#define TEND_NUMBERS_MAX 16
typedef struct tend_lesson {
    char context[TEND_CONTEXT_MAX], arm[32];
    double number[TEND_NUMBERS_MAX]; // as many as the policy's `numbers` names; all finite
} tend_lesson;

typedef struct tend_policy {
    tend_plugin base;
    // Writes one action of those allowed, and where it chose: propensity, key, arm and context;
    // only a decision with a key is judged. The engine stops the program at an action that is not
    // allowed, for the guard masks before the choice and does not look again, and at a propensity
    // that is not above 0 and at most 1: whoever weighs by it would be misled without a word.
    void (*decide)(const tend_node *me, const tend_view *view, tend_decision *out);
    // A new episode: forget the incident, keep what was learnt. NULL: the same as init.
    void (*reset)(const tend_node *me, uint64_t seed);
    void (*learn)(const tend_node *me, const tend_outcome *outcome); // NULL: does not learn
    // What was learnt, for saving: the names of a lesson's numbers (words as a plug-in's, ended by
    // NULL), lesson after lesson (false past the last; one with an empty context holds nothing and
    // is passed over), and back, in any order, into a state fresh from init. restore refuses names
    // and numbers that are not its own and says which. All three or none.
    const char *const *numbers;
    bool (*row)(const tend_node *me, int index, tend_lesson *out);
    tend_rc (*restore)(const tend_node *me, const tend_lesson *row, tend_err *err);
    // Hash of the words that contexts and arms are made of, whatever their order. It goes into what
    // is saved, to tell a word of another vocabulary from damage. NULL: 0.
    uint64_t (*vocabulary)(const tend_node *me);
} tend_policy;

// Ended by NULL.
TEND_API const tend_detector *const *tend_detectors(void);
TEND_API const tend_diagnoser *const *tend_diagnosers(void);
TEND_API const tend_policy *const *tend_policies(void);

TEND_API const char *tend_param_kind_name(tend_param_kind kind);

#ifdef __cplusplus
}
#endif
#endif
