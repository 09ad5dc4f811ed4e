// SPDX-License-Identifier: GPL-3.0-or-later
// record_support.h - a record written by hand: one incident of which every report can be predicted.
//
// 422 ticks, so that a chart of 842 points has 2 to the tick. db is slow from t=10; api breaches
// from 14 to 29, the alarm comes at 15, the diagnosis at 16; a cache is cleared at 17 and the
// database restarted (as advice) at 415; the objective holds again from 30 on.
#ifndef TEND_TESTS_RECORD_SUPPORT_H
#define TEND_TESTS_RECORD_SUPPORT_H

#include "frame_support.h"

#include "report/record.h"

enum { TICKS = 422, ONSET = 10, BREACH = 14, DETECTED = 15, RECOVERED = 30 };

typedef struct hand {
    desk d;
    record *r;
    double score[SERVICES];
} hand;

static inline void hand_evidence(hand *h, tend_evidence e)
{
    h->r->diagnosis.evidence[h->r->diagnosis.evidence_count++] = e;
}

static inline void hand_action(hand *h, int tick, int action)
{
    record *r = h->r;
    r->action = realloc(r->action, (size_t)(r->actions + 1) * sizeof *r->action);
    assert_non_null(r->action);
    r->action[r->actions++] = (record_action){
        .tick = tick, .decision.action = action, .decision.wanted = -1, .outcome.settled = -1};
}

static inline void hand_masked(hand *h, int tick, int action, int rule)
{
    record *r = h->r;
    r->masked = realloc(r->masked, (size_t)(r->maskeds + 1) * sizeof *r->masked);
    assert_non_null(r->masked);
    r->masked[r->maskeds++] = (record_masked){tick, action, rule};
}

static inline void hand_blame(hand *h, int tick, tend_suspect suspect)
{
    record *r = h->r;
    r->blame = realloc(r->blame, (size_t)(r->blames + 1) * sizeof *r->blame);
    assert_non_null(r->blame);
    r->blame[r->blames++] =
        (record_blame){.tick = tick, .suspect = suspect, .was = r->diagnosis.suspect[0]};
}

// what was seen: api at 100 ms, 376 in the breach; the rest is even
static inline void hand_signals(record *r)
{
    static const double usual[SERVICES][METRICS] = {
        {100, 0, 0.3, 0.5, 9, 0.2}, {20, 0, 0.2, 0.4, 9, 0.2}, {50, 0, 0.1, 0.4, 9, 0.2}};
    for (int t = 0; t < TICKS; t++) {
        bool breach = t >= BREACH && t < RECOVERED;
        memcpy(r->value + t * SERVICES * METRICS, usual, sizeof usual);
        r->value[t * SERVICES * METRICS + P95] = breach ? 376 : 100;
        r->entry_p95_ms[t] = breach ? 376 : 100;
        r->entry_errors[t] = breach ? 0.03 : 0;
        r->breach[t] = breach;
    }
    r->steps = TICKS;
}

static inline void hand_diagnosis(hand *h)
{
    record *r = h->r;
    static const tend_suspect suspects[] = {{DB, -1, P95, TEND_FAMILY_CONTENTION, 0.72},
                                            {CACHE, API_CACHE, -1, TEND_FAMILY_NETWORK, 0.2},
                                            {API, -1, -1, TEND_FAMILY_COMPUTE, 0.05},
                                            {CACHE, -1, -1, TEND_FAMILY_CACHE, 0.02}};
    memcpy(r->diagnosis.suspect, suspects, sizeof suspects);
    r->diagnosis.count = 4;
    r->diagnosed_at = 16;
    hand_evidence(
        h, (tend_evidence){TEND_EVIDENCE_DEVIATION, DB, P95, -1, -1, 139, 21.4, 41, 12, false, 0});
    hand_evidence(
        h, (tend_evidence){TEND_EVIDENCE_ONSET, DB, P95, -1, -1, NAN, NAN, NAN, -1, false, 0});
    hand_evidence(h, (tend_evidence){TEND_EVIDENCE_CORRELATION, DB, CPU, -1, -1, 0.11, NAN, NAN, -1,
                                     true, 0});
    hand_evidence(
        h, (tend_evidence){TEND_EVIDENCE_EXPLAINED, API, P95, API_DB, DB, 12, 480, 6, -1, true, 0});
}

static inline void hand_open(hand *h)
{
    tend_err err = {TEND_OK, ""};
    memset(h, 0, sizeof *h);
    desk_open(&h->d);
    if (record_open(h->d.system, TICKS, &h->r, &err) != TEND_OK)
        fail_msg("%s", err.text);
    record *r = h->r;
    hand_signals(r);
    double *score = (double *)(uintptr_t)r->detection.score;
    score[API] = 0.65, score[CACHE] = 0.6, score[DB] = 0.9;
    r->detection.overall = 0.8;
    r->detection.threshold = 0.6;
    r->detected_at = DETECTED;
    hand_diagnosis(h);
    hand_blame(h, 25, (tend_suspect){DB, API_DB, -1, TEND_FAMILY_NETWORK, 0.5});
    int scale = desk_action(&h->d, TEND_SCALE_UP, API, -1);
    int clear = desk_action(&h->d, TEND_CLEAR_CACHE, CACHE, -1);
    int restart = desk_action(&h->d, TEND_RESTART, DB, -1);
    for (int t = 16; t <= 18; t++)
        hand_masked(h, t, scale, 1);
    hand_masked(h, 19, scale, 2);
    hand_masked(h, 20, restart, 2);
    hand_action(h, 17, clear);
    r->action[0].decision.compared_count = 2;
    r->action[0].decision.compared[0] = (tend_compared){clear, 0.81};
    r->action[0].decision.compared[1] = (tend_compared){restart, 0.64};
    r->action[0].outcome.settled = 27;
    r->action[0].outcome.reward = 0.62;
    hand_action(h, 415, restart);
    r->action[1].decision.dry_run = true;
    r->has_truth = true;
    snprintf(r->truth, sizeof r->truth, "slow_db on db from t=10, severity 0.70");
    r->reproduce = "tend episode --seed 5";
    snprintf(r->result.fault_service, sizeof r->result.fault_service, "db");
    r->result.fault_t_start = ONSET;
    r->result.first_slo = BREACH;
    r->result.recovered = RECOVERED;
    r->result.mttr = RECOVERED - BREACH;
    r->result.detected_at = DETECTED;
    r->result.slo_steps = RECOVERED - BREACH;
    r->result.actions = 2;
    r->result.masked = 5;
    r->result.top1 = 1;
    r->result.targeted = 2;
    r->result.wrong_actions = 1;
    r->result.refused = 0.0125;
    r->result.reward = 0.62;
    r->result.state_hash = 0xfedcba9876543210u;
}

static inline void hand_close(hand *h)
{
    record_close(h->r);
    desk_close(&h->d);
}

// a record in which nothing was noticed
static inline void hand_forget(hand *h)
{
    record *r = h->r;
    r->detected_at = r->diagnosed_at = -1;
    r->diagnosis.count = r->diagnosis.evidence_count = 0;
    r->actions = r->maskeds = r->blames = 0;
    r->has_truth = false;
    memset(&r->result, 0, sizeof r->result);
    r->result.fault_t_start = r->result.first_slo = r->result.recovered = r->result.mttr = -1;
    r->result.detected_at = r->result.top1 = r->result.top3 = -1;
    r->result.reward = NAN;
}

#endif
