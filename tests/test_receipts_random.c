// SPDX-License-Identifier: GPL-3.0-or-later
// test_receipts_random.c - whatever is told of actions, late, crosswise or twice: what the guard
// allows breaks no rule of the audit.
#include "guard_support.h"

#include "base/rng.h"

enum { SEEDS = 600, TICKS = 150, TOLD_MOST = 64 };

typedef struct bout {
    yard y;
    audit check;
    rng r;
    tend_receipt sent[TICKS], told[TOLD_MOST];
    int sents;
} bout;

static int below(bout *b, int n)
{
    return (int)rng_below(&b->r, (uint32_t)n);
}

// short times and small budgets, so that every rule binds now and then
static void draw_rules(bout *b)
{
    guard_params *p = &b->y.params;
    const struct {
        const char *name;
        double *to;
        int least, most;
    } rules[] = {{"verify", &p->verify, 0, 6},
                 {"cooldown", &p->cooldown, 0, 8},
                 {"in_flight", &p->in_flight, 0, 6},
                 {"window", &p->window, 1, 40},
                 {"target_budget", &p->target_budget, 1, 6},
                 {"budget", &p->budget, 1, 12},
                 {"ineffective", &p->ineffective, 1, 4},
                 {"escalate", &p->escalate, 1, 12},
                 {"limit_most", &p->limit_most, 1, 20},
                 {"calm", &p->calm, 1, 6}};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        char path[40], value[20];
        int drawn = rules[i].least + below(b, rules[i].most - rules[i].least + 1);
        *rules[i].to = drawn;
        snprintf(path, sizeof path, "guard.%s", rules[i].name);
        snprintf(value, sizeof value, "%d", drawn);
        assert_int_equal(tend_config_set(b->y.config, path, value, NULL), TEND_OK);
    }
}

// one sample of a system in which anything may be missing, and news of any action ever sent
static void draw_tick(bout *b)
{
    yard *y = &b->y;
    yard_trouble(y, below(b, 10) < 7, below(b, 10) < 4);
    y->suspect.confidence = below(b, 100) / 100.0;
    y->frame.causes.count = below(b, 10) > 0;
    for (int s = 0; s < YARD_S; s++) {
        y->ready[s] = below(b, 12) ? below(b, 5) : (double)NAN;
        y->age[s] = below(b, 8) ? below(b, 50) : (double)NAN;
    }
    y->obs.receipt = b->told;
    y->obs.receipts = 0;
    for (int i = 0; i < b->sents && y->obs.receipts < TOLD_MOST; i++)
        if (below(b, 6) == 0) {
            b->told[y->obs.receipts] = b->sent[i];
            b->told[y->obs.receipts++].state = (tend_receipt_state)below(b, TEND_RECEIPT_STATES);
        }
}

// some allowed action, in two of three ticks that have one
static int draw_action(bout *b)
{
    int A = b->y.system->A, from = below(b, A);
    for (int i = 0; i < A; i++) {
        int action = (from + i) % A;
        if (action > 0 && b->y.allowed[action])
            return below(b, 3) ? action : 0;
    }
    return 0;
}

static void play(bout *b, uint64_t seed)
{
    yard *y = &b->y;
    memset(b, 0, sizeof *b);
    b->r = rng_make(seed, "receipts");
    yard_open(y);
    draw_rules(b);
    audit_start(&b->check, y->system, y->config);
    for (int64_t t = 0; t < TICKS; t++) {
        draw_tick(b);
        yard_look(y, t);
        int action = draw_action(b);
        tend_decision d = {.action = action, .wanted = -1, .masked = y->masked};
        guard_note(y->g, &y->terms, y->system, &y->obs, &d);
        double confidence = y->frame.causes.count > 0 ? y->suspect.confidence : 0;
        assert_int_equal(
            audit_tick(&b->check, &y->obs, y->frame.findings.alarm, confidence, action, NULL),
            TEND_OK);
        if (b->check.violations > 0)
            fail_msg("seed %d: %s", (int)seed, b->check.first);
        if (action)
            b->sent[b->sents++] = (tend_receipt){t, action, TEND_RECEIPT_UNKNOWN};
    }
    audit_close(&b->check);
    yard_close(y);
}

static void no_news_of_actions_makes_the_guard_break_a_rule(void **state)
{
    (void)state;
    static bout b;
    int actions = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        play(&b, seed);
        actions += b.sents;
    }
    assert_true(actions > 10 * SEEDS); // something was there to break them
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_news_of_actions_makes_the_guard_break_a_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
