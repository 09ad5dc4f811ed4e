// SPDX-License-Identifier: GPL-3.0-or-later
// test_receipts.c - what became of an action, from the world that carries it out to the guard, the
// audit, the judge and the story that hear of it.
#include "guard_support.h"
#include "world_support.h"

#include "agent/decide/judge.h"
#include "base/rng.h"
#include "core/params.h"
#include "edge/actuator_world.h"
#include "report/story.h"

// --- the world tells ---------------------------------------------------------------------------

typedef struct shop {
    bed b;
    source_world source;
    tend_obs obs;
} shop;

static void shop_open(shop *s)
{
    scenario quiet = scenario_none();
    s->b = bed_of_file("examples/systems/default.json");
    assert_int_equal(source_world_open(&s->source, s->b.model, 400, NULL), TEND_OK);
    source_world_start(&s->source, &quiet, 7);
}

static void shop_close(shop *s)
{
    source_world_close(&s->source);
    bed_close(&s->b);
}

static const tend_receipt *shop_tick(shop *s)
{
    tend_source from = source_world_source(&s->source);
    assert_int_equal(from.next(from.self, &s->obs, NULL), TEND_OK);
    return s->obs.receipt;
}

static int shop_send(shop *s, const char *name)
{
    tend_actuator to = actuator_world(&s->source);
    for (int a = 0; a < s->b.system->A; a++)
        if (strcmp(s->b.system->actions[a].name, name) == 0) {
            tend_decision d = {.action = a, .tick = s->obs.tick};
            assert_int_equal(to.apply(to.self, &d, NULL), TEND_OK);
            return a;
        }
    fail_msg("no action %s", name);
    return -1;
}

static void a_restart_is_started_until_it_is_done_and_told_once(void **state)
{
    (void)state;
    shop s;
    shop_open(&s);
    shop_tick(&s);
    assert_int_equal(s.obs.receipts, 0);
    int64_t sent = s.obs.tick;
    int restart = shop_send(&s, "restart(db)"), started = 0;
    while (shop_tick(&s)->state == TEND_RECEIPT_STARTED) {
        assert_int_equal(s.obs.receipts, 1);
        assert_int_equal(s.obs.receipt->id, sent);
        assert_int_equal(s.obs.receipt->action, restart);
        assert_true(s.obs.ready[tend_system_service(s.b.system, "db")] <
                    s.b.system->services[tend_system_service(s.b.system, "db")].replicas);
        started++;
    }
    assert_true(started >= 1);
    assert_int_equal(s.obs.receipt->state, TEND_RECEIPT_DONE);
    shop_tick(&s);
    assert_int_equal(s.obs.receipts, 0);
    shop_close(&s);
}

static void what_cannot_be_done_now_is_refused(void **state)
{
    (void)state;
    static const char *const second[] = {"restart(db)", "rollback(db)"};
    for (int i = 0; i < 2; i++) {
        shop s;
        shop_open(&s);
        shop_tick(&s);
        shop_send(&s, "restart(db)");
        shop_tick(&s);
        int sent = shop_send(&s, second[i]);
        shop_tick(&s);
        assert_int_equal(s.obs.receipts, 2);
        assert_int_equal(s.obs.receipt[0].state, TEND_RECEIPT_STARTED);
        assert_int_equal(s.obs.receipt[1].action, sent);
        assert_int_equal(s.obs.receipt[1].state, TEND_RECEIPT_REFUSED);
        shop_tick(&s); // once
        assert_int_equal(s.obs.receipts, 1);
        shop_close(&s);
    }
}

static void replicas_beyond_the_bounds_are_refused(void **state)
{
    (void)state;
    static const char *const kinds[] = {"scale(api,+1)", "scale(api,-1)"};
    for (int i = 0; i < 2; i++) {
        shop s;
        shop_open(&s);
        const tend_service *api = &s.b.system->services[tend_system_service(s.b.system, "api")];
        int room = i ? api->replicas - api->least_replicas : api->most_replicas - api->replicas;
        for (int sent = 0; sent <= room; sent++) {
            shop_tick(&s);
            shop_send(&s, kinds[i]);
        }
        shop_tick(&s);
        const tend_receipt *last = &s.obs.receipt[s.obs.receipts - 1];
        assert_int_equal(last->state, TEND_RECEIPT_REFUSED);
        for (int r = 0; r + 1 < s.obs.receipts; r++)
            assert_int_not_equal(s.obs.receipt[r].state, TEND_RECEIPT_REFUSED);
        shop_close(&s);
    }
}

static void what_takes_no_time_is_done_at_the_next_tick(void **state)
{
    (void)state;
    static const char *const at_once[] = {"clear_cache(cache)", "limit", "scale(api,-1)"};
    for (int i = 0; i < 3; i++) {
        shop s;
        shop_open(&s);
        shop_tick(&s);
        shop_send(&s, "scale(api,+1)"); // so that there is one to take away
        while (shop_tick(&s)->state != TEND_RECEIPT_DONE)
            ;
        shop_send(&s, at_once[i]);
        assert_int_equal(shop_tick(&s)->state, TEND_RECEIPT_DONE);
        assert_int_equal(s.obs.receipts, 1);
        shop_close(&s);
    }
}

static void users_come_back_in_steps_after_a_lift(void **state)
{
    (void)state;
    shop s;
    shop_open(&s);
    shop_tick(&s);
    shop_send(&s, "limit");
    shop_tick(&s);
    assert_true(s.obs.refused > 0.4);
    shop_send(&s, "lift");
    int ticks = 0;
    while (shop_tick(&s)->state == TEND_RECEIPT_STARTED || s.obs.receipts > 1)
        ticks++;
    assert_int_equal(s.obs.receipt->state, TEND_RECEIPT_DONE);
    assert_between(ticks, 2, 8); // from a half to all, a tenth at a time
    shop_close(&s);
}

// --- guard and audit hear ----------------------------------------------------------------------

typedef struct court {
    yard y;
    audit check;
    tend_receipt told;
} court;

static void court_open(court *c)
{
    static const char *const loose[][2] = {
        {"verify", "0"},         {"cooldown", "0"}, {"in_flight", "0"},    {"window", "1"},
        {"target_budget", "32"}, {"budget", "32"},  {"ineffective", "32"}, {"escalate", "32"},
        {"blast_radius", "1"},   {"calm", "3"}};
    char path[64];
    yard_open(&c->y);
    yard_loosen(&c->y);
    c->y.params.calm = 3;
    for (size_t i = 0; i < sizeof loose / sizeof *loose; i++) {
        snprintf(path, sizeof path, "guard.%s", loose[i][0]);
        assert_int_equal(tend_config_set(c->y.config, path, loose[i][1], NULL), TEND_OK);
    }
    audit_start(&c->check, c->y.system, c->y.config);
}

static void tell(court *c, int64_t id, const char *action, tend_receipt_state became)
{
    c->told = (tend_receipt){id, action ? yard_action(&c->y, action) : 0, became};
    c->y.obs.receipt = &c->told;
    c->y.obs.receipts = action != NULL;
}

// guard and audit agree: the rule that is against the action now, "" for none
static void held(court *c, int64_t tick, const char *action, const char *rule)
{
    char told[160];
    audit *twin = malloc(sizeof *twin); // asks without sending
    assert_string_equal(yard_rule(&c->y, tick, action), rule);
    memcpy(twin, &c->check, sizeof *twin);
    twin->violations = 0, twin->first[0] = 0;
    audit_tick(twin, &c->y.obs, true, 0.9, yard_action(&c->y, action));
    snprintf(told, sizeof told, "t=%lld %s breaks %s", (long long)tick, action, rule);
    assert_string_equal(twin->first, rule[0] ? told : "");
    free(twin);
}

static void pass(court *c, int64_t tick, const char *action)
{
    if (action)
        yard_take(&c->y, tick, action);
    else
        yard_look(&c->y, tick);
    audit_tick(&c->check, &c->y.obs, true, 0.9, action ? yard_action(&c->y, action) : 0);
    assert_int_equal(c->check.violations, 0);
}

static void an_action_under_way_is_not_repeated(void **state)
{
    (void)state;
    static const tend_receipt_state open[] = {TEND_RECEIPT_ACCEPTED, TEND_RECEIPT_STARTED};
    static const tend_receipt_state shut[] = {TEND_RECEIPT_UNKNOWN, TEND_RECEIPT_DONE,
                                              TEND_RECEIPT_FAILED, TEND_RECEIPT_STATES};
    court c;
    court_open(&c);
    pass(&c, 0, "scale(web,+1)");
    for (int i = 0; i < 2; i++) {
        tell(&c, 0, "scale(web,+1)", open[i]);
        held(&c, 500, "scale(web,+1)", "in_flight");
        held(&c, 500, "scale(db,+1)", "");
        held(&c, 500, "restart(web)", "");
    }
    for (int i = 0; i < 4; i++) {
        tell(&c, 0, "scale(web,+1)", shut[i]);
        held(&c, 500, "scale(web,+1)", "");
    }
    yard_close(&c.y);
}

static void one_disruption_at_a_time_whoever_sent_it(void **state)
{
    (void)state;
    court c;
    court_open(&c);
    tell(&c, -1, "restart(db)", TEND_RECEIPT_STARTED);
    held(&c, 3, "restart(web)", "in_flight");
    held(&c, 3, "limit", "in_flight");
    held(&c, 3, "scale(web,+1)", "");
    tell(&c, -1, "restart(db)", TEND_RECEIPT_DONE);
    held(&c, 3, "restart(web)", "");
    yard_close(&c.y);
}

static void a_service_under_change_counts_for_the_blast_radius(void **state)
{
    (void)state;
    court c;
    court_open(&c);
    c.y.params.blast_radius = 0.01; // one service
    assert_int_equal(tend_config_set(c.y.config, "guard.blast_radius", "0.01", NULL), TEND_OK);
    audit_start(&c.check, c.y.system, c.y.config);
    tell(&c, -1, "scale(db,+1)", TEND_RECEIPT_STARTED);
    held(&c, 3, "scale(web,+1)", "blast_radius");
    held(&c, 3, "restart(db)", "");
    tell(&c, 0, NULL, TEND_RECEIPT_UNKNOWN);
    held(&c, 3, "scale(web,+1)", "");
    yard_close(&c.y);
}

// web may have nine replicas and has three; db must keep two of its three
static void a_replica_that_never_came_is_not_counted(void **state)
{
    (void)state;
    static const struct {
        tend_receipt_state became;
        const char *rule;
    } cases[] = {{TEND_RECEIPT_FAILED, ""},
                 {TEND_RECEIPT_REFUSED, ""},
                 {TEND_RECEIPT_TIMEOUT, "replica_bounds"},
                 {TEND_RECEIPT_DONE, "replica_bounds"},
                 {TEND_RECEIPT_STARTED, "replica_bounds"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int up = 0; up < 2; up++) {
            const char *action = up ? "scale(web,+1)" : "scale(db,-1)";
            court c;
            court_open(&c);
            int64_t last = up ? 5 : 0;
            for (int64_t t = 0; t <= last; t++)
                pass(&c, t, action);
            held(&c, last + 1, action, "replica_bounds");
            tell(&c, last, action, cases[i].became);
            pass(&c, last + 1, NULL);
            pass(&c, last + 2, NULL); // told twice, taken back once
            tell(&c, 0, NULL, TEND_RECEIPT_UNKNOWN);
            held(&c, last + 3, action, cases[i].rule);
            if (!cases[i].rule[0]) {
                pass(&c, last + 3, action);
                held(&c, last + 4, action, "replica_bounds");
            }
            yard_close(&c.y);
        }
}

static void a_limit_that_never_bit_needs_no_lift(void **state)
{
    (void)state;
    static const tend_receipt_state nothing[] = {TEND_RECEIPT_FAILED, TEND_RECEIPT_REFUSED};
    for (int i = 0; i < 2; i++) {
        court c;
        court_open(&c);
        pass(&c, 0, "limit");
        held(&c, 1, "lift", "");
        tell(&c, 0, "limit", nothing[i]);
        pass(&c, 1, NULL);
        held(&c, 2, "lift", "undone");
        held(&c, 2, "limit", "");
        yard_close(&c.y);
    }
    court c;
    court_open(&c);
    pass(&c, 0, "limit");
    tell(&c, 0, "limit", TEND_RECEIPT_TIMEOUT); // it may be in force
    pass(&c, 1, NULL);
    held(&c, 2, "lift", "");
    held(&c, 2, "limit", "undone");
    yard_close(&c.y);
}

static void a_lift_that_may_have_come_to_nothing_may_be_repeated(void **state)
{
    (void)state;
    static const tend_receipt_state doubt[] = {TEND_RECEIPT_FAILED, TEND_RECEIPT_REFUSED,
                                               TEND_RECEIPT_TIMEOUT};
    for (int i = 0; i < 3; i++) {
        court c;
        court_open(&c);
        pass(&c, 0, "limit");
        pass(&c, 3, "lift");
        held(&c, 4, "lift", "undone");
        tell(&c, 3, "lift", doubt[i]);
        pass(&c, 4, NULL);
        held(&c, 5, "lift", "");
        pass(&c, 5, "lift");
        tell(&c, 5, "lift", TEND_RECEIPT_DONE);
        pass(&c, 6, NULL);
        held(&c, 7, "lift", "undone");
        yard_close(&c.y);
    }
}

static void what_is_no_receipt_of_ours_changes_nothing(void **state)
{
    (void)state;
    court c;
    court_open(&c);
    tend_receipt odd[] = {{0, -5, TEND_RECEIPT_STARTED},       {0, 1 << 20, TEND_RECEIPT_STARTED},
                          {0, 0, TEND_RECEIPT_STARTED},        {0, 1 << 20, TEND_RECEIPT_FAILED},
                          {77, 1, TEND_RECEIPT_FAILED},        {0, 1, (tend_receipt_state)99},
                          {INT64_MIN, 1, TEND_RECEIPT_REFUSED}};
    pass(&c, 0, "scale(web,+1)");
    c.y.obs.receipt = odd;
    c.y.obs.receipts = (int)(sizeof odd / sizeof *odd);
    uint64_t replicas = 0;
    for (int64_t t = 1; yard_rule(&c.y, t, "scale(web,+1)")[0] == 0; t++, replicas++)
        pass(&c, t, "scale(web,+1)");
    assert_int_equal(replicas, 5); // of the six there is room for one was asked for
    held(&c, 50, "restart(web)", "");
    yard_close(&c.y);
}

// --- the judge -----------------------------------------------------------------------------------

static void a_failed_restart_is_not_judged_as_a_restart(void **state)
{
    (void)state;
    for (int became = TEND_RECEIPT_UNKNOWN; became < TEND_RECEIPT_STATES; became++) {
        yard y;
        judge_state j;
        judge_params p;
        tend_frame frame;
        int judged = 0;
        yard_open(&y);
        params_default(judge_param_table, &p);
        p.horizon = 5;
        judge_init(&j);
        int restart = yard_action(&y, "restart(db)"), scale = yard_action(&y, "scale(db,+1)");
        judge_note(&j, &(tend_decision){.key = 9, .action = restart, .tick = 0});
        judge_note(&j, &(tend_decision){.key = 9, .action = scale, .tick = 1});
        tend_receipt told[] = {{0, restart, (tend_receipt_state)became},
                               {1, restart, TEND_RECEIPT_FAILED}, // no such decision
                               {0, scale, TEND_RECEIPT_FAILED}};
        for (int64_t t = 1; t < 9; t++) {
            tend_obs obs = {.tick = t, .receipt = told, .receipts = t == 3 ? 3 : 0};
            judge_tick(&j, &p, y.system, &obs, &frame);
            for (int i = 0; i < frame.outcomes; i++)
                judged += frame.outcome[i].action == restart ? 1 : 10;
        }
        bool nothing = became == TEND_RECEIPT_FAILED || became == TEND_RECEIPT_TIMEOUT ||
                       became == TEND_RECEIPT_REFUSED;
        assert_int_equal(judged, nothing ? 10 : 11);
        assert_int_equal(j.count, 0);
        yard_close(&y);
    }
}

// --- the engine ----------------------------------------------------------------------------------

static void an_observation_of_before_has_no_receipts(void **state)
{
    (void)state;
    yard y;
    tend_engine *engine = NULL;
    yard_open(&y);
    assert_int_equal(tend_open(y.system, y.config, 1, &engine, NULL), TEND_OK);
    tend_receipt told = {0, 1, TEND_RECEIPT_STARTED};
    y.obs.receipt = &told;
    y.obs.receipts = 1;
    assert_int_equal(tend_step(engine, &y.obs)->obs->receipts, 1);
    y.obs.size = TEND_OBS_FIRST;
    assert_int_equal(tend_step(engine, &y.obs)->obs->receipts, 0);
    y.obs.size = offsetof(tend_obs, receipts); // the pointer without its count
    assert_int_equal(tend_step(engine, &y.obs)->obs->receipts, 0);
    y.obs.size = sizeof y.obs;
    y.obs.receipt = NULL;
    assert_int_equal(tend_step(engine, &y.obs)->obs->receipts, 0);
    y.obs.receipt = &told;
    y.obs.receipts = -3;
    assert_true(tend_step(engine, &y.obs)->obs->receipts <= 0);
    tend_close(engine);
    yard_close(&y);
}

// --- the story -----------------------------------------------------------------------------------

static void the_story_tells_what_came_to_nothing(void **state)
{
    (void)state;
    static const char *const words[TEND_RECEIPT_STATES] = {
        "", "", "", "", "; failed", "; no word of it in time", "; refused"};
    for (int became = TEND_RECEIPT_ACCEPTED; became < TEND_RECEIPT_STATES; became++) {
        yard y;
        record *r = NULL;
        double score[YARD_S] = {0};
        int metric[YARD_S] = {0};
        yard_open(&y);
        y.frame.findings = (tend_findings){.score = score, .metric = metric};
        assert_int_equal(record_open(y.system, 8, &r, NULL), TEND_OK);
        int restart = yard_action(&y, "restart(db)");
        tend_receipt told = {2, restart, (tend_receipt_state)became};
        for (int64_t t = 0; t < 8; t++) {
            y.obs.tick = t;
            y.frame.decision =
                (tend_decision){.action = t == 2 ? restart : 0, .tick = t, .wanted = -1};
            y.obs.receipt = &told;
            y.obs.receipts = t >= 5; // told at 5, and again
            assert_int_equal(record_add(r, &y.frame, NULL), TEND_OK);
        }
        bool over = became >= TEND_RECEIPT_DONE;
        assert_int_equal(r->action[0].became, became);
        assert_int_equal(r->action[0].over, over ? 5 : -1);
        r->result.first_slo = r->result.recovered = r->result.fault_t_start = -1;
        event_list events = events_of(r);
        const event *e = NULL;
        for (int i = 0; i < events.count; i++)
            if (strcmp(events.item[i].kind, "action") == 0)
                e = &events.item[i];
        assert_non_null(e);
        assert_string_equal(e->receipt, tend_receipt_name((tend_receipt_state)became));
        assert_int_equal(e->until, over ? 5 : -1);
        for (int w = TEND_RECEIPT_FAILED; w < TEND_RECEIPT_STATES; w++)
            assert_true((strstr(e->detail, words[w]) != NULL) == (w == became));
        events_free(&events);
        record_close(r);
        yard_close(&y);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_is_started_until_it_is_done_and_told_once),
        cmocka_unit_test(what_cannot_be_done_now_is_refused),
        cmocka_unit_test(replicas_beyond_the_bounds_are_refused),
        cmocka_unit_test(what_takes_no_time_is_done_at_the_next_tick),
        cmocka_unit_test(users_come_back_in_steps_after_a_lift),
        cmocka_unit_test(an_action_under_way_is_not_repeated),
        cmocka_unit_test(one_disruption_at_a_time_whoever_sent_it),
        cmocka_unit_test(a_service_under_change_counts_for_the_blast_radius),
        cmocka_unit_test(a_replica_that_never_came_is_not_counted),
        cmocka_unit_test(a_limit_that_never_bit_needs_no_lift),
        cmocka_unit_test(a_lift_that_may_have_come_to_nothing_may_be_repeated),
        cmocka_unit_test(what_is_no_receipt_of_ours_changes_nothing),
        cmocka_unit_test(a_failed_restart_is_not_judged_as_a_restart),
        cmocka_unit_test(an_observation_of_before_has_no_receipts),
        cmocka_unit_test(the_story_tells_what_came_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
