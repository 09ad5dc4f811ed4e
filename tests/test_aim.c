// SPDX-License-Identifier: GPL-3.0-or-later
// test_aim.c - whether an action was aimed at a faulty place, and what the story says of blame.
#include "support.h"

#include "report/story.h"
#include "report/tally.h"

#include <string.h>
#include <tend/tend.h>

enum { API, CACHE, DB };

typedef struct stage {
    tend_system *system;
    double value[64], score[8];
    int metric[8];
    tend_suspect suspect[8];
    unsigned char masked[64];
    tend_obs obs;
    tend_frame frame;
} stage;

static const char text[] =
    "{\"name\":\"three\",\"entry\":\"api\",\"slo\":{\"p95_ms\":100,\"error_share\":0.01},"
    "\"services\":[{\"name\":\"api\"},{\"name\":\"cache\",\"kind\":\"cache\"},"
    "{\"name\":\"db\",\"kind\":\"database\"}],"
    "\"edges\":[{\"caller\":\"api\",\"callee\":\"cache\"},{\"caller\":\"api\",\"callee\":\"db\"}]}";

static void set_up(stage *x)
{
    tend_err err = {TEND_OK, ""};
    memset(x, 0, sizeof *x);
    if (tend_system_parse(text, strlen(text), "three.json", &x->system, &err) != TEND_OK)
        fail_msg("%s", err.text);
    x->obs = (tend_obs){.tick = -1,
                        .value = x->value,
                        .edge = x->value,
                        .ready = x->value,
                        .deploy_age = x->value,
                        .breach = true};
    x->frame.obs = &x->obs;
    x->frame.findings = (tend_findings){.score = x->score, .metric = x->metric, .alarm = true};
    x->frame.causes.suspect = x->suspect;
    x->frame.causes.room = 5;
    x->frame.causes.count = 1;
    x->frame.decision.masked = x->masked;
    x->frame.decision.wanted = -1;
}

static void blame(stage *x, int service, int edge, double confidence)
{
    x->suspect[0] =
        (tend_suspect){.service = service, .edge = edge, .metric = -1, .confidence = confidence};
}

static void act(stage *x, tally *t, tend_action_kind kind, int service, int edge)
{
    int action = tend_system_action(x->system, kind, service, edge);
    assert_true(action > 0);
    x->obs.tick++;
    x->frame.decision.action = action;
    tally_add(t, &x->frame);
}

static result aim_at_each(fault_type type, int service, int edge)
{
    stage x;
    tally t;
    result row;
    scenario incident = {.faults = 1};
    incident.fault[0] = (fault){.type = type, .service = service, .edge = edge, .duration = 100};
    set_up(&x);
    blame(&x, DB, -1, 0.75);
    tally_start(&t, x.system, &incident, NULL);
    act(&x, &t, TEND_RESTART, API, -1);
    act(&x, &t, TEND_CLEAR_CACHE, CACHE, -1);
    act(&x, &t, TEND_RESTART, DB, -1);
    act(&x, &t, TEND_LIMIT, -1, -1); // neither has a target
    act(&x, &t, TEND_LIFT, -1, -1);
    tally_finish(&t, &row);
    tend_system_free(x.system);
    return row;
}

static void only_the_faulty_service_is_a_right_target(void **state)
{
    (void)state;
    result row = aim_at_each(FAULT_SLOW_DB, DB, -1);
    assert_int_equal(row.actions, 5);
    assert_int_equal(row.targeted, 3);
    assert_int_equal(row.wrong_actions, 2);
    assert_near(row.said, 3 * 0.75, 1e-12);
}

static void both_ends_of_a_faulty_edge_are(void **state)
{
    (void)state;
    assert_int_equal(aim_at_each(FAULT_NETWORK_DELAY, DB, 1).wrong_actions, 1);    // the cache
    assert_int_equal(aim_at_each(FAULT_NETWORK_DELAY, CACHE, 0).wrong_actions, 1); // the db
}

static void of_a_traffic_fault_the_entry_is_right_too(void **state)
{
    (void)state;
    assert_int_equal(aim_at_each(FAULT_FLASH_CROWD, API, -1).wrong_actions, 2);
    assert_int_equal(aim_at_each(FAULT_RETRY_STORM, DB, -1).wrong_actions, 1);
    assert_int_equal(aim_at_each(FAULT_CPU_HOG, DB, -1).wrong_actions, 2);
}

static void without_a_fault_every_target_is_wrong(void **state)
{
    (void)state;
    stage x;
    tally t;
    result row;
    scenario healthy = {.faults = 0};
    set_up(&x);
    tally_start(&t, x.system, &healthy, NULL);
    act(&x, &t, TEND_RESTART, API, -1);
    tally_finish(&t, &row);
    assert_int_equal(row.targeted, 1);
    assert_int_equal(row.wrong_actions, 1);
    tend_system_free(x.system);
}

static void tick(stage *x, record *r, int service, int edge)
{
    tend_err err = {TEND_OK, ""};
    x->obs.tick++;
    blame(x, service, edge, 0.9);
    assert_int_equal(record_add(r, &x->frame, &err), TEND_OK);
}

// From whom to whom, and why: two reasons for the one, two against the other, and no more.
static void a_move_of_the_blame_is_told_with_its_reasons(void **state)
{
    (void)state;
    stage x;
    record *r = NULL;
    tend_err err = {TEND_OK, ""};
    set_up(&x);
    assert_int_equal(record_open(x.system, 20, &r, &err), TEND_OK);
    tick(&x, r, DB, -1);
    tend_causes *causes = &x.frame.causes;
    static const int about[] = {CACHE, CACHE, CACHE, CACHE, DB, DB, DB, DB};
    causes->evidence[0] = (tend_evidence){TEND_EVIDENCE_ONSET, CACHE, .metric = -1, .tick = 1};
    for (int i = 1; i < 8; i++)
        causes->evidence[i] = (tend_evidence){.kind = TEND_EVIDENCE_LATER,
                                              .service = about[i],
                                              .metric = -1,
                                              .other = API,
                                              .value = i,
                                              .tick = -1,
                                              .against = i > 4};
    causes->evidence_count = 8;
    tick(&x, r, CACHE, -1); // before any action: the ranking that is judged is not settled yet
    assert_int_equal(r->blames, 1);
    event_list events = events_of(r);
    const char *said = NULL;
    for (int i = 0; i < events.count; i++)
        if (strncmp(events.item[i].detail, "now ", 4) == 0)
            said = events.item[i].detail;
    assert_non_null(said);
    assert_holds(said, "now cache 0.90; ");
    assert_holds(said, ": stood out 1 steps after api; stood out 2 steps after api; was db (");
    assert_holds(said, "): stood out 5 steps after api; stood out 6 steps after api");
    assert_null(strstr(said, "3 steps"));
    assert_null(strstr(said, "4 steps")); // it speaks for the db
    assert_null(strstr(said, "7 steps"));
    assert_null(strstr(said, "moved first"));
    events_free(&events);
    record_close(r);
    tend_system_free(x.system);
}

static void every_move_of_the_blame_is_told_once(void **state)
{
    (void)state;
    static const int blamed[][2] = {{DB, -1}, {DB, -1}, {CACHE, -1}, {CACHE, -1},
                                    {DB, 1},  {DB, 1},  {DB, -1}};
    stage x;
    record *r = NULL;
    tend_err err = {TEND_OK, ""};
    set_up(&x);
    assert_int_equal(record_open(x.system, 20, &r, &err), TEND_OK);
    tick(&x, r, DB, -1);
    x.frame.decision.action = tend_system_action(x.system, TEND_RESTART, DB, -1);
    tick(&x, r, DB, -1); // the first action: the diagnosis that is judged is settled
    x.frame.decision.action = 0;
    for (size_t i = 0; i < sizeof blamed / sizeof *blamed; i++)
        tick(&x, r, blamed[i][0], blamed[i][1]);
    assert_int_equal(r->blames, 3);
    event_list events = events_of(r);
    int told = 0;
    for (int i = 0; i < events.count; i++)
        told += strncmp(events.item[i].detail, "now ", 4) == 0;
    assert_int_equal(told, 3);
    assert_int_equal(r->blame[0].suspect.service, CACHE);
    assert_int_equal(r->blame[1].suspect.edge, 1);
    assert_int_equal(r->blame[2].suspect.edge, -1);
    events_free(&events);
    record_close(r);
    tend_system_free(x.system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_faulty_service_is_a_right_target),
        cmocka_unit_test(both_ends_of_a_faulty_edge_are),
        cmocka_unit_test(of_a_traffic_fault_the_entry_is_right_too),
        cmocka_unit_test(without_a_fault_every_target_is_wrong),
        cmocka_unit_test(a_move_of_the_blame_is_told_with_its_reasons),
        cmocka_unit_test(every_move_of_the_blame_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
