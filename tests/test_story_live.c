// SPDX-License-Identifier: GPL-3.0-or-later
// test_story_live.c - what is told as it happens: each change once, in the words of the story.
#include "frame_support.h"

#include "report/story_live.h"

#include <tend/engine.h>

typedef struct stage {
    desk d;
    story_live story;
    event news[STORY_LIVE_MAX];
} stage;

static void stage_open(stage *s)
{
    desk_open(&s->d);
    s->d.frame.decision.masked = s->d.masked;
    story_live_start(&s->story, s->d.system);
}

// the kinds of the next tick's events, "breach detected"
static const char *tick(stage *s, char *room, size_t size)
{
    int count = story_live_tick(&s->story, &s->d.frame, s->news);
    assert_in_range(count, 0, STORY_LIVE_MAX);
    room[0] = 0;
    for (int i = 0; i < count; i++) {
        assert_int_equal(s->news[i].tick, s->d.obs.tick);
        snprintf(room + strlen(room), size - strlen(room), "%s%s", i ? " " : "", s->news[i].kind);
    }
    s->d.obs.tick++;
    return room;
}

#define TELLS(s, kinds)                                                                            \
    do {                                                                                           \
        char told[200];                                                                            \
        assert_string_equal(tick(s, told, sizeof told), kinds);                                    \
    } while (0)

static void a_breach_and_an_alarm_are_told_when_they_come_and_go(void **state)
{
    (void)state;
    stage s;
    stage_open(&s);
    TELLS(&s, "");
    s.d.obs.breach = true;
    s.d.obs.entry_p95_ms = 376;
    s.d.obs.entry_errors = 0.03;
    TELLS(&s, "breach");
    assert_string_equal(s.news[0].detail,
                        "p95 376 ms (objective 200), errors 3.00 % (objective 2.00 %)");
    assert_int_equal(s.news[0].service, API);
    TELLS(&s, "");
    // nothing is known for a while: neither a breach nor its end
    s.d.obs.breach = false;
    s.d.obs.entry_p95_ms = s.d.obs.entry_errors = (double)NAN;
    TELLS(&s, "");
    s.d.obs.breach = true;
    s.d.obs.entry_p95_ms = 376;
    s.d.obs.entry_errors = 0.03;
    TELLS(&s, "");
    s.d.score[CACHE] = 0.7;
    s.d.score[DB] = 0.9;
    s.d.metric[DB] = CPU;
    s.d.frame.findings.alarm = true;
    s.d.frame.findings.overall = 0.8;
    s.d.frame.findings.threshold = 0.6;
    TELLS(&s, "detected");
    assert_string_equal(s.news[0].detail, "cache 0.70, db 0.90, overall 0.80 (threshold 0.60)");
    assert_int_equal(s.news[0].service, DB);
    assert_int_equal(s.news[0].metric, CPU);
    s.d.obs.breach = s.d.frame.findings.alarm = false;
    s.d.obs.entry_p95_ms = (double)NAN;
    TELLS(&s, "healthy quiet");
    assert_string_equal(s.news[0].detail, "errors 3.00 % (objective 2.00 %)");
    assert_int_equal(s.news[1].service, -1);
    TELLS(&s, "");
    s.d.score[CACHE] = 0.9; // of equals the first
    s.d.frame.findings.alarm = true;
    TELLS(&s, "detected");
    assert_int_equal(s.news[0].service, CACHE);
    desk_close(&s.d);
}

static void the_blame_is_told_when_place_or_family_change(void **state)
{
    (void)state;
    stage s;
    stage_open(&s);
    s.story.alarm = s.d.frame.findings.alarm = true;
    desk_suspect(&s.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.5);
    desk_suspect(&s.d, 1, API, -1, TEND_FAMILY_COMPUTE, 0.3);
    s.d.frame.causes.evidence[0] = (tend_evidence){.kind = TEND_EVIDENCE_ONSET,
                                                   .service = DB,
                                                   .metric = -1,
                                                   .edge = -1,
                                                   .other = -1,
                                                   .tick = 3};
    s.d.frame.causes.evidence_count = 1;
    TELLS(&s, "diagnosed");
    assert_holds(s.news[0].detail, "db 0.50 | api 0.30; compute: ");
    desk_suspect(&s.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.9); // surer
    TELLS(&s, "");
    desk_suspect(&s.d, 0, DB, -1, TEND_FAMILY_DEPLOY, 0.9);
    TELLS(&s, "diagnosed");
    assert_string_equal(s.news[0].detail, "now db 0.90; deploy; was db (compute)");
    desk_suspect(&s.d, 0, DB, API_DB, TEND_FAMILY_DEPLOY, 0.9);
    TELLS(&s, "diagnosed");
    assert_int_equal(s.news[0].edge, API_DB);
    desk_suspect(&s.d, 0, CACHE, -1, TEND_FAMILY_DEPLOY, 0.9);
    TELLS(&s, "diagnosed");
    s.d.frame.causes.count = 0; // it abstains for a tick while the alarm is up
    TELLS(&s, "");
    s.d.frame.causes.count = 1;
    TELLS(&s, "");
    s.story.alarm = s.d.frame.findings.alarm = false;
    s.d.frame.causes.count = 0;
    TELLS(&s, "");
    s.d.frame.causes.count = 1; // the same again is another incident's
    TELLS(&s, "diagnosed");
    assert_null(strstr(s.news[0].detail, "now "));
    desk_close(&s.d);
}

static void what_is_masked_is_told_once_while_it_lasts(void **state)
{
    (void)state;
    stage s;
    stage_open(&s);
    int restart = desk_action(&s.d, TEND_RESTART, DB, -1);
    int scale = desk_action(&s.d, TEND_SCALE_UP, DB, -1);
    tend_decision *d = &s.d.frame.decision;
    s.d.masked[restart] = 3;
    s.d.masked[scale] = 3;
    d->wanted = restart;
    TELLS(&s, "masked");
    assert_holds(s.news[0].detail, "restart(db) by rule ");
    assert_holds(s.news[0].detail, tend_guard_rule_name(3));
    TELLS(&s, "");
    s.d.masked[restart] = 4;
    TELLS(&s, "masked");
    d->wanted = scale;
    TELLS(&s, "masked");
    d->wanted = -1;
    TELLS(&s, "");
    d->wanted = scale;
    TELLS(&s, "masked");
    desk_close(&s.d);
}

static void actions_advice_and_escalation(void **state)
{
    (void)state;
    stage s;
    stage_open(&s);
    int restart = desk_action(&s.d, TEND_RESTART, DB, -1);
    tend_decision *d = &s.d.frame.decision;
    *d = (tend_decision){.action = restart, .propensity = 0.25, .wanted = -1};
    TELLS(&s, "action");
    assert_int_equal(s.news[0].action, restart);
    assert_int_equal(s.news[0].service, DB);
    assert_near(s.news[0].value, 0.25, 0);
    TELLS(&s, "action"); // each one
    d->dry_run = true;
    TELLS(&s, "advice");
    d->action = 0;
    d->escalated = true;
    TELLS(&s, "escalated");
    TELLS(&s, "");
    d->escalated = false;
    TELLS(&s, "");
    d->escalated = true;
    TELLS(&s, "escalated");
    desk_close(&s.d);
}

// all that can happen at once fits
static void the_worst_tick_has_six_events(void **state)
{
    (void)state;
    stage s;
    stage_open(&s);
    s.d.obs.breach = s.d.frame.findings.alarm = true;
    desk_suspect(&s.d, 0, DB, -1, TEND_FAMILY_COMPUTE, 0.5);
    int restart = desk_action(&s.d, TEND_RESTART, DB, -1);
    s.d.masked[restart] = 1;
    s.d.frame.decision.wanted = restart;
    s.d.frame.decision.action = desk_action(&s.d, TEND_SCALE_UP, DB, -1);
    s.d.frame.decision.escalated = true;
    TELLS(&s, "breach detected diagnosed masked action escalated");
    desk_close(&s.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_breach_and_an_alarm_are_told_when_they_come_and_go),
        cmocka_unit_test(the_blame_is_told_when_place_or_family_change),
        cmocka_unit_test(what_is_masked_is_told_once_while_it_lasts),
        cmocka_unit_test(actions_advice_and_escalation),
        cmocka_unit_test(the_worst_tick_has_six_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
