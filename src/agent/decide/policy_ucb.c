// SPDX-License-Identifier: GPL-3.0-or-later
// policy_ucb.c - UCB1 keyed by an incident signature, with a playbook as its prior.
//
// Context: family of the suspected cause, kind of service, whether it fails or is slow, how hard
// the objective is missed, and the last action of this incident. A context learns from its own
// rewards; where it has few, it leans on the coarser context (family and kind), and that one on the
// playbook below: pseudo counts at both levels. So it acts sensibly in its first episode and
// improves with every one.
// Index: Auer, Cesa-Bianchi, Fischer 2002 (bandit.h).
#include "agent/decide/bandit.h"
#include "agent/decide/playbook.h"
#include "agent/plugins.h"
#include "base/assert.h"

#include <stdio.h>
#include <string.h>

typedef struct ucb_params {
    double alpha, prior, coarse, patience, lift_after, hold, severe, raw;
} ucb_params;

static const tend_param table[] = {
    {"alpha", offsetof(ucb_params, alpha), TEND_NUMBER, 0.02, 0, 100,
     "exploration; 2 = UCB1 on rewards in 0..1"},
    {"prior", offsetof(ucb_params, prior), TEND_NUMBER, 4, 0, 1000,
     "pseudo-count of the playbook, 0 = none"},
    {"coarse", offsetof(ucb_params, coarse), TEND_NUMBER, 4, 0, 1000,
     "pseudo-count of the coarser context"},
    {"patience", offsetof(ucb_params, patience), TEND_SECONDS, 2, 1, 86400,
     "trouble before acting"},
    {"lift_after", offsetof(ucb_params, lift_after), TEND_SECONDS, 4, 1, 86400,
     "calm that ends a limit"},
    {"hold", offsetof(ucb_params, hold), TEND_SECONDS, 8, 1, 86400,
     "from one decision to the next"},
    {"severe", offsetof(ucb_params, severe), TEND_NUMBER, 2, 1, 100,
     "times the objective that counts as severe"},
    {"raw", offsetof(ucb_params, raw), TEND_FLAG, 0, 0, 1,
     "1: key by suspect, latency and errors alone, the original recipe"},
    {NULL, 0, TEND_NUMBER, 0, 0, 0, NULL},
};

enum {
    KINDS = TEND_CLASSES,
    SIGNS = 2,
    LEVELS = 3,
    COARSE = TEND_FAMILIES * KINDS * SIGNS,
    FINE = COARSE * LEVELS * ARMS,
    SUSPECTS = 64
}; // SUSPECTS are told apart by the raw key

typedef struct ucb_state {
    playbook_memory memory;
    bandit_arm coarse[COARSE][ARMS];
    bandit_arm fine[FINE][ARMS];
} ucb_state;

static double playbook_value(tend_family family, int arm)
{
    int rank = playbook_rank(family, arm);
    if (rank >= 0)
        return 0.8 - 0.1 * rank;
    return arm == ARM_WAIT ? 0.45 : 0.3;
}

static size_t state_size(const tend_system *system, const void *params)
{
    (void)system, (void)params;
    return sizeof(ucb_state);
}

static void reset(const tend_node *me, uint64_t seed)
{
    (void)seed;
    ucb_state *state = me->state;
    playbook_forget(&state->memory);
}

static void init(const tend_node *me, uint64_t seed)
{
    memset(me->state, 0, sizeof(ucb_state));
    reset(me, seed);
}

static int kind_of(const tend_system *system, int service)
{
    tend_service_kind kind = service < 0 ? TEND_SERVICE : system->services[service].kind;
    return (int)tend_service_row(kind)->policy_class;
}

static int fails(const tend_system *system, const tend_suspect *suspect)
{
    return suspect->metric >= 0 && system->metrics[suspect->metric].kind == TEND_ERRORS;
}

// how hard the objective is missed: 0 not (yet), 1 missed, 2 severely
static int level_of(const tend_system *system, const tend_obs *obs, double severe)
{
    if (!obs->breach)
        return 0;
    return obs->entry_p95_ms > severe * system->slo.p95_ms ||
                   obs->entry_errors > severe * system->slo.error_share
               ? 2
               : 1;
}

static int context_of(const tend_node *me, const tend_obs *obs, const playbook_view *view)
{
    const ucb_params *p = me->params;
    const ucb_state *state = me->state;
    if (p->raw > 0) {
        int suspect = view->suspect.service < 0 ? 0 : 1 + view->suspect.service % (SUSPECTS - 1);
        int slow = obs->entry_p95_ms > me->system->slo.p95_ms;
        int failing = obs->entry_errors > me->system->slo.error_share;
        return suspect * 4 + slow * 2 + failing;
    }
    int coarse = (int)view->suspect.family * KINDS + kind_of(me->system, view->suspect.service);
    coarse = coarse * SIGNS + fails(me->system, &view->suspect);
    return (coarse * LEVELS + level_of(me->system, obs, p->severe)) * ARMS + state->memory.last_arm;
}

// the row the bandit sees: own counts on top of what is believed without them
static void believe(const tend_node *me, int context, bandit_arm *row)
{
    const ucb_params *p = me->params;
    const ucb_state *state = me->state;
    if (p->raw > 0) {
        memcpy(row, state->fine[context], sizeof state->fine[context]);
        return;
    }
    int coarse = context / (LEVELS * ARMS);
    bool eased = context / ARMS % LEVELS == 0 && context % ARMS != ARM_WAIT;
    for (int arm = 0; arm < ARMS; arm++) {
        double prior = playbook_value((tend_family)(coarse / (KINDS * SIGNS)), arm);
        const bandit_arm *wide = &state->coarse[coarse][arm], *own = &state->fine[context][arm];
        double count = wide->count + p->prior;
        double mean = count > 0 ? (wide->sum + p->prior * prior) / count : prior;
        if (state->memory.tried & 1u << arm) // it was tried and did not do
            mean -= arm == ARM_SCALE ? 0.1 : 0.5;
        if (arm == ARM_WAIT && eased) // the objective holds since the last action: let it work
            mean += 0.4;
        mean = mean < 0 ? 0 : mean > 1 ? 1 : mean;
        row[arm].count = own->count + p->coarse;
        row[arm].sum = own->sum + p->coarse * mean;
    }
}

static void explain(const playbook_view *view, const double *index, tend_decision *out)
{
    bool used[ARMS] = {false};
    for (int n = 0; n < ARMS && n < TEND_COMPARED_MAX; n++) {
        int best = -1;
        for (int arm = 0; arm < ARMS; arm++)
            if (view->allowed[arm] && !used[arm] && (best < 0 || index[arm] > index[best]))
                best = arm;
        if (best < 0)
            return;
        used[best] = true;
        out->compared[out->compared_count++] = (tend_compared){view->action[best], index[best]};
    }
}

// what it would have chosen had the guard masked nothing
static int unmasked(const playbook_view *view, const bandit_arm *row, double alpha, uint64_t seed)
{
    bool sensible[ARMS];
    double index[ARMS];
    for (int arm = 0; arm < ARMS; arm++)
        sensible[arm] = view->action[arm] >= 0;
    return view->action[bandit_choose(row, sensible, ARMS, alpha, seed, index).arm];
}

static void decide(const tend_node *me, const tend_view *seen, tend_decision *out)
{
    const ucb_params *p = me->params;
    ucb_state *state = me->state;
    playbook_view view;
    playbook_scene scene = {seen, (int)p->patience, (int)p->lift_after};
    playbook_look(&state->memory, me->system, &scene, &view);
    if (view.lift >= 0) {
        out->action = view.lift;
        state->memory.limited = 0;
        return;
    }
    if (!view.due)
        return;
    bandit_arm row[ARMS];
    double index[ARMS], alpha = me->learning == TEND_FROZEN ? 0 : p->alpha;
    int context = context_of(me, seen->obs, &view);
    believe(me, context, row);
    bandit_choice choice = bandit_choose(row, view.allowed, ARMS, alpha, me->seed, index);
    int wanted = unmasked(&view, row, alpha, me->seed);
    out->action = view.action[choice.arm];
    out->wanted = wanted != out->action ? wanted : -1;
    out->propensity = choice.propensity;
    out->key = (uint64_t)context + 1;
    out->arm = choice.arm;
    out->confidence = view.suspect.confidence;
    explain(&view, index, out);
    playbook_note(&state->memory, &view, choice.arm, seen->obs->tick, (int)p->hold);
}

static void learn(const tend_node *me, const tend_outcome *outcome)
{
    const ucb_params *p = me->params;
    ucb_state *state = me->state;
    if (outcome->key == 0 || outcome->key > FINE || outcome->arm < 0 || outcome->arm >= ARMS)
        return;
    size_t context = (size_t)outcome->key - 1;
    bandit_arm *own = &state->fine[context][outcome->arm];
    own->count += 1;
    own->sum += outcome->reward;
    if (p->raw > 0)
        return;
    bandit_arm *wide = &state->coarse[context / (LEVELS * ARMS)][outcome->arm];
    wide->count += 1;
    wide->sum += outcome->reward;
}

static const char *const kind_names[KINDS] = {"service", "store", "cache"};
static const char *const sign_names[SIGNS] = {"slow", "failing"};
static const char *const level_names[LEVELS] = {"held", "missed", "severe"};

// rows are numbered coarse first, then fine; empty ones are passed over by the writer (count 0)
static bool row(const tend_node *me, int index, tend_lesson *out)
{
    const ucb_state *state = me->state;
    const ucb_params *p = me->params;
    if (index >= (COARSE + FINE) * ARMS)
        return false;
    int context = index / ARMS;
    bool coarse = context < COARSE;
    const bandit_arm *arms = coarse ? state->coarse[context] : state->fine[context - COARSE];
    *out = (tend_lesson){.key = (uint64_t)context + 1, .arm = index % ARMS};
    out->count = arms[out->arm].count;
    out->sum = arms[out->arm].sum;
    snprintf(out->arm_name, sizeof out->arm_name, "%s", playbook_arm_name(out->arm));
    int fine = context - COARSE, wide = coarse ? context : fine / (LEVELS * ARMS);
    if (p->raw > 0) {
        snprintf(out->context, sizeof out->context, "suspect %d, latency %d, errors %d",
                 fine / 4 - 1, fine / 2 % 2, fine % 2);
    } else {
        const char *family = tend_family_name((tend_family)(wide / (KINDS * SIGNS)));
        int used = snprintf(out->context, sizeof out->context, "%s, %s, %s", family,
                            kind_names[wide / SIGNS % KINDS], sign_names[wide % SIGNS]);
        if (!coarse)
            snprintf(out->context + used, sizeof out->context - (size_t)used, ", %s, after %s",
                     level_names[fine / ARMS % LEVELS], playbook_arm_name(fine % ARMS));
    }
    return true;
}

static bool restore(const tend_node *me, const tend_lesson *saved)
{
    ucb_state *state = me->state;
    if (saved->key == 0 || saved->key > COARSE + FINE || saved->arm < 0 || saved->arm >= ARMS)
        return false;
    int context = (int)saved->key - 1;
    bandit_arm *arms = context < COARSE ? state->coarse[context] : state->fine[context - COARSE];
    arms[saved->arm] = (bandit_arm){saved->count, saved->sum};
    return true;
}

const tend_policy policy_ucb = {
    .base = {.name = "ucb",
             .help = "UCB1 keyed by the incident's signature, the playbook as its prior",
             .params = table,
             .params_size = sizeof(ucb_params),
             .state_size = state_size,
             .init = init},
    .decide = decide,
    .reset = reset,
    .learn = learn,
    .row = row,
    .restore = restore,
};
