// SPDX-License-Identifier: GPL-3.0-or-later
// context.h - the moment of a decision as policies read it: key, features, prior, account.
//
// A context says what sort of trouble there is in words that mean the same on every system: family
// of the first suspect, kind of its service, whether it fails or is slow; how hard the objective is
// missed, and the last action of this incident. The first three are its coarse part, to lean on
// where little was seen. A policy keeps what it learns by number, in arrays, and saves it by name:
// a new word shifts numbers, never names.
#ifndef TEND_AGENT_DECIDE_CONTEXT_H
#define TEND_AGENT_DECIDE_CONTEXT_H

#include "agent/decide/playbook.h"

enum {
    CONTEXT_KINDS = TEND_CLASSES, // service, store, cache
    CONTEXT_SIGNS = 2,            // slow, failing
    CONTEXT_LEVELS = 3,           // objective held (yet), missed, missed severely
    CONTEXTS_COARSE = TEND_FAMILIES * CONTEXT_KINDS * CONTEXT_SIGNS,
    CONTEXTS = CONTEXTS_COARSE * CONTEXT_LEVELS * ARMS
};

// Times the objective that counts as severe, for policies without a parameter for it. Larger: the
// worst incidents share what was learnt with the mild ones.
#define CONTEXT_SEVERE 2

typedef struct context {
    tend_family family;
    int kind, sign;  // with family the coarse part
    int level, last; // last: arm of the action before, ARM_WAIT for none
    uint32_t tried;  // bit per arm tried on the suspect in this incident; in no number and no name
} context;

// What a policy has before it when a decision is due.
typedef struct context_scene {
    const tend_system *system;
    const tend_view *view;
    const playbook_view *options;
    const playbook_memory *memory;
} context_scene;

context context_of(const context_scene *s, double severe);

int context_number(const context *c);  // 0..CONTEXTS-1
int context_coarse(const context *c);  // 0..CONTEXTS_COARSE-1
context context_at(int number);        // `tried` empty
context context_at_coarse(int number); // level and last 0

// "compute, store, slow, missed, after restart"; coarse: "compute, store, slow".
void context_name(const context *c, bool coarse, char out[TEND_CONTEXT_MAX]);
// Back from the name; *coarse tells of which sort it is. The message names the word that is not
// known and the nearest one.
tend_rc context_find(const char *name, context *out, bool *coarse, tend_err *err);
tend_rc context_find_arm(const char *name, int *out, tend_err *err);
// Of all words names are made of, whatever their order.
uint64_t context_vocabulary(void);

// Where the trouble stands, for policies that weigh rather than count (no built-in one does yet):
// each 0..1, a reading that is missing 0. X(name, meaning)
#define CONTEXT_FEATURE_TABLE(X)                                                                   \
    X(one, "1, the offset of a linear policy")                                                     \
    X(confidence, "in the first suspect")                                                          \
    X(overall, "how unusual the tick is")                                                          \
    X(latency, "p95 at the entry, x / (x + objective): 0.5 at the objective")                      \
    X(errors, "share of errors at the entry, likewise")                                            \
    X(refused, "share of users turned away")                                                       \
    X(breach, "1 while the objective is missed")                                                   \
    X(age, "of the oldest incident, s / (s + 60 s)")                                               \
    X(tried, "share of the arms tried on the suspect in this incident")

typedef enum context_feature {
#define CONTEXT_FEATURE_ENUM(name, meaning) CONTEXT_FEATURE_##name,
    CONTEXT_FEATURE_TABLE(CONTEXT_FEATURE_ENUM)
#undef CONTEXT_FEATURE_ENUM
        CONTEXT_FEATURES
} context_feature;

const char *context_feature_name(int feature);
void context_features(const context_scene *s, double out[CONTEXT_FEATURES]);

// Reward 0..1 expected of an arm before anything was learnt: by its rank in the family's playbook.
double context_prior(const context *c, int arm);
// What this incident says on top of any belief, to be added: an arm that was tried did not do;
// where the objective holds since the last action, waiting lets it work.
double context_shift(const context *c, int arm);

// The account of a choice: action, arm, confidence, the context's key (its number + 1) and name,
// and what the allowed arms were ranked by, best first. index [ARMS]; NULL: nothing is ranked.
void context_tell(const context_scene *s, const context *c, int arm, const double *index,
                  tend_decision *out);

#endif
