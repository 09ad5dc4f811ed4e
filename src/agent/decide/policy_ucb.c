// SPDX-License-Identifier: GPL-3.0-or-later
// policy_ucb.c - UCB1 keyed by an incident signature, with a playbook as its prior.
//
// A context (context.h) learns from its own rewards; where it has few, it leans on its coarse part,
// and that one on the playbook: pseudo counts at both levels. So it acts sensibly in its first
// episode and improves with every one.
// Index: Auer, Cesa-Bianchi, Fischer 2002 (bandit.h).
#include "agent/decide/bandit.h"
#include "agent/decide/context_raw.h"
#include "agent/plugins.h"

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
    {"patience", offsetof(ucb_params, patience), TEND_PATIENCE, 2, 1, 86400,
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

// rows of the table: contexts of the raw recipe, or all coarse ones and then all others
typedef struct ucb_state {
    playbook_memory memory;
    bandit_arm row[][ARMS];
} ucb_state;

static bool is_raw(const tend_node *me)
{
    return ((const ucb_params *)me->params)->raw > 0;
}

static int rows_of(const tend_system *system, const ucb_params *p)
{
    return p->raw > 0 ? context_raws(system) : CONTEXTS_COARSE + CONTEXTS;
}

static size_t state_size(const tend_system *system, const void *params)
{
    return sizeof(ucb_state) + (size_t)rows_of(system, params) * sizeof(bandit_arm[ARMS]);
}

static void reset(const tend_node *me, uint64_t seed)
{
    (void)seed;
    ucb_state *state = me->state;
    playbook_forget(&state->memory);
}

static void init(const tend_node *me, uint64_t seed)
{
    memset(me->state, 0, state_size(me->system, me->params));
    reset(me, seed);
}

// the row the bandit sees: own counts on top of what is believed without them
static void believe(const tend_node *me, const context *c, bandit_arm *row)
{
    const ucb_params *p = me->params;
    const ucb_state *state = me->state;
    const bandit_arm *wide = state->row[context_coarse(c)];
    const bandit_arm *own = state->row[CONTEXTS_COARSE + context_number(c)];
    for (int arm = 0; arm < ARMS; arm++) {
        double prior = context_prior(c, arm), count = wide[arm].count + p->prior;
        double mean = count > 0 ? (wide[arm].sum + p->prior * prior) / count : prior;
        mean += context_shift(c, arm);
        mean = mean < 0 ? 0 : mean > 1 ? 1 : mean;
        row[arm].count = own[arm].count + p->coarse;
        row[arm].sum = own[arm].sum + p->coarse * mean;
    }
}

// what it would have chosen had the guard masked nothing
static int unmasked(const playbook_view *options, const bandit_arm *row, double alpha,
                    uint64_t seed)
{
    bool sensible[ARMS];
    double index[ARMS];
    for (int arm = 0; arm < ARMS; arm++)
        sensible[arm] = options->action[arm] >= 0;
    return options->action[bandit_choose(row, sensible, ARMS, alpha, seed, index).arm];
}

static void decide(const tend_node *me, const tend_view *seen, tend_decision *out)
{
    const ucb_params *p = me->params;
    ucb_state *state = me->state;
    playbook_view options;
    playbook_scene scene = {seen, (int)p->patience, (int)p->lift_after};
    if (!playbook_turn(&state->memory, me->system, &scene, &options, out))
        return;
    context_scene now = {me->system, seen, &options, &state->memory};
    context where = context_of(&now, p->severe);
    bandit_arm row[ARMS];
    double index[ARMS], alpha = me->learning == TEND_FROZEN ? 0 : p->alpha;
    int raw = is_raw(me) ? context_raw(&now) : -1;
    if (raw >= 0)
        memcpy(row, state->row[raw], sizeof row);
    else
        believe(me, &where, row);
    bandit_choice choice = bandit_choose(row, options.allowed, ARMS, alpha, me->seed, index);
    context_tell(&now, &where, choice.arm, index, out);
    if (raw >= 0) {
        out->key = (uint64_t)raw + 1;
        context_raw_name(me->system, raw, out->context);
    }
    int wanted = unmasked(&options, row, alpha, me->seed);
    out->wanted = wanted != out->action ? wanted : -1;
    out->propensity = choice.propensity;
    playbook_note(&state->memory, &options, choice.arm, seen->obs->tick, (int)p->hold);
}

static void add(bandit_arm *arm, double reward)
{
    arm->count += 1;
    arm->sum += reward;
}

static void learn(const tend_node *me, const tend_outcome *outcome)
{
    ucb_state *state = me->state;
    int first = is_raw(me) ? 0 : CONTEXTS_COARSE; // of the rows that decisions have keys of
    uint64_t keys = (uint64_t)(rows_of(me->system, me->params) - first);
    if (outcome->key == 0 || outcome->key > keys || outcome->arm < 0 || outcome->arm >= ARMS)
        return;
    int number = (int)outcome->key - 1;
    add(&state->row[first + number][outcome->arm], outcome->reward);
    if (is_raw(me))
        return;
    context c = context_at(number);
    add(&state->row[context_coarse(&c)][outcome->arm], outcome->reward);
}

static const char *const numbers[] = {"count", "sum", NULL};

static bool row(const tend_node *me, int index, tend_lesson *out)
{
    const ucb_state *state = me->state;
    int n = index / ARMS, arm = index % ARMS;
    if (n >= rows_of(me->system, me->params))
        return false;
    const bandit_arm *had = &state->row[n][arm];
    out->context[0] = 0;
    if (had->count <= 0)
        return true;
    bool coarse = n < CONTEXTS_COARSE;
    context c = {0};
    if (is_raw(me)) {
        context_raw_name(me->system, n, out->context);
    } else {
        c = coarse ? context_at_coarse(n) : context_at(n - CONTEXTS_COARSE);
        context_name(&c, coarse, out->context);
    }
    snprintf(out->arm, sizeof out->arm, "%s", playbook_arm_name(arm));
    out->number[0] = had->count;
    out->number[1] = had->sum;
    return true;
}

static tend_rc restore(const tend_node *me, const tend_lesson *saved, tend_err *err)
{
    ucb_state *state = me->state;
    double count = saved->number[0], sum = saved->number[1];
    int n = 0, arm;
    bool coarse = false;
    context c = {0};
    tend_rc rc = is_raw(me) ? context_raw_find(me->system, saved->context, &n, err)
                            : context_find(saved->context, &c, &coarse, err);
    if (rc == TEND_OK)
        rc = context_find_arm(saved->arm, &arm, err);
    if (rc != TEND_OK)
        return rc;
    if (!is_raw(me))
        n = coarse ? context_coarse(&c) : CONTEXTS_COARSE + context_number(&c);
    // a count of 2^53 would no longer grow; rewards are 0..1
    if (!(count > 0 && count <= 0x1p52 && sum >= 0 && sum <= count))
        return tend_fail(err, TEND_INPUT, "count %g and sum %g, expected 0 <= sum <= count > 0",
                         count, sum);
    if (state->row[n][arm].count > 0)
        return tend_fail(err, TEND_INPUT, "\"%.80s\", %s is there twice, expected once",
                         saved->context, saved->arm);
    state->row[n][arm] = (bandit_arm){count, sum};
    return TEND_OK;
}

static uint64_t vocabulary(const tend_node *me)
{
    return is_raw(me) ? context_raw_vocabulary(me->system) : context_vocabulary();
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
    .numbers = numbers,
    .row = row,
    .restore = restore,
    .vocabulary = vocabulary,
};
